# %% [markdown]
# # Convolution
#
# A picture of a million pixels, fully connected to a thousand hidden units, takes a billion weights. But what makes an
# edge an edge is the same in every corner of the picture, and a few pixels wide. So a convolutional layer looks through
# a small window, with the same weights wherever the window stands.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import torch

from autograder import check

# %% [markdown]
# ## A convolutional layer
#
# The window slides over all input channels at once, and each output channel $o$ has a kernel of its own:
#
# $$
# y_{b,o,i,j} = \beta_o + \sum_{c} \sum_{u=0}^{k_h - 1} \sum_{v=0}^{k_w - 1}
# x_{b,\,c,\,i s_h + u - p_h,\; j s_w + v - p_w} \; w_{o,c,u,v} .
# $$
#
# Every step moves the window by the stride $s$. The input is framed with $p$ zeros on each side, and the window never
# leaves the frame, so an axis of $n$ elements becomes
#
# $$
# \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1
# $$
#
# elements long. In the formula the kernel is not turned around: strictly speaking this is **cross-correlation**. As
# weights are learnt, the name makes no difference to what a layer can do.


# %%
def conv2d(x, weight, bias=None, stride=1, padding=0):
    """Cross-correlate a batch of images with the kernels of a convolutional layer.

    x: `(n, c_in, H, W)`. weight: `(c_out, c_in, kh, kw)`. bias: `(c_out,)`, one number per output channel, or None.
    stride, padding: an int for both axes, or a pair `(height, width)`. Padding is zeros, so many on each side.

    Returns `(n, c_out, h, w)`, of the dtype and on the device of `x`, where `h = floor((H + 2p - kh) / s) + 1` with the
    height's padding and stride, and `w` likewise. Rows and columns that no whole window reaches are left out.
    Gradients flow to `x`, `weight` and `bias`.

    Raises ValueError where `x` and `weight` differ in `c_in`, where the kernel is larger than the padded input on
    either axis, or where a stride is below 1.

    Not allowed: convolution, pooling and `unfold`/`fold` of `torch.nn`, and what they are made of.
    `Tensor.unfold`, `as_strided`, `einsum` and `matmul` are fine.
    Source: Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning", section 2.
    """
    ### BEGIN SOLUTION

    def pair(value):
        return tuple(value) if isinstance(value, tuple | list) else (value, value)

    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    n, c_in, height, width = x.shape
    c_out, c_weight, kh, kw = weight.shape
    if c_in != c_weight:
        raise ValueError(f"x has {c_in} channels, weight takes {c_weight}")
    if sh < 1 or sw < 1:
        raise ValueError(f"the stride is at least 1, got {stride}")
    if kh > height + 2 * ph or kw > width + 2 * pw:
        raise ValueError(f"a kernel of {kh} x {kw} does not fit into {height} x {width} padded by {padding}")
    framed = x.new_zeros(n, c_in, height + 2 * ph, width + 2 * pw)
    framed[:, :, ph : ph + height, pw : pw + width] = x
    windows = framed.unfold(2, kh, sh).unfold(3, kw, sw)  # a view: no pixel is copied
    y = torch.einsum("nchwij,ocij->nohw", windows, weight)
    return y if bias is None else y + bias.reshape(c_out, 1, 1)
    ### END SOLUTION


# %%
check(conv2d)

# %% [markdown]
# Kernels written by hand find edges: one takes the left neighbours from the right ones, one the upper from the lower,
# and the third does both. Brightness that rises along the way is red, brightness that falls is blue.

# %%
rows, columns = torch.meshgrid(torch.arange(32.0), torch.arange(48.0), indexing="ij")
image = ((rows - 16) ** 2 + (columns - 13) ** 2 < 80).float()
image[8:25, 29:42] = 0.7
kernels = {
    "vertical edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "horizontal edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "diagonal edges": [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]],
}
filters = torch.tensor(list(kernels.values()), dtype=torch.float32)[:, None]
found = conv2d(image[None, None], filters, padding=1)[0]
figure, axes = plt.subplots(1, 4, figsize=(12, 2.6), layout="constrained")
axes[0].imshow(image, cmap="gray")
axes[0].set_title("input")
for axis, title, channel in zip(axes[1:], kernels, found, strict=True):
    axis.imshow(channel, cmap="RdBu_r", vmin=-4, vmax=4)
    axis.set_title(title)
for axis in axes:
    axis.axis("off")
plt.show()

# %% [markdown]
# **To think about.** Where would the pictures change if the kernels were turned by 180°, as convolution proper has it?
#
# With `padding=1` and a 3×3 kernel the output is as large as the input. Which padding keeps the size for a 5×5 kernel,
# and why is there none for a 4×4 kernel?
