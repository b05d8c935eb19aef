# %% [markdown]
# # Convolution
#
# Connect a picture of a million pixels fully to a thousand hidden units, and the layer has a billion weights. Shift the
# picture by one pixel, and every one of these weights meets another pixel: what was learnt about a cat on the left says
# nothing about a cat on the right.
#
# Two observations help. What makes an edge an edge is the same in every corner of the picture (**translation
# invariance**), and it can be seen in a patch a few pixels wide (**locality**). So a convolutional layer looks through a
# small window, moves it over the picture, and uses the same few weights wherever the window stands.
#
# In this unit you write such a layer from nothing: first one channel, then the arithmetic of sizes, then the layer with
# channels, padding and stride, its smallest case (a window of one pixel), and pooling. At the end you compute how much of
# the picture one number in a deep network has seen.

# %% [markdown] lang="zh_CN"
# # 卷积
#
# 把一幅一百万像素的图像全连接到一千个隐藏单元，这一层就有十亿个权重。图像只要平移一个像素，每个权重遇到的就是另一个像素：关于左边的猫学到的东西，对右边的猫毫无用处。
#
# 有两点观察可以帮忙。边缘之所以是边缘，在图像的每个角落都一样（**平移不变性**）；而且在几个像素宽的一小块中就能看出来（**局部性**）。所以卷积层透过一个小窗口来看，让窗口在图像上移动，无论窗口停在哪里，都使用同样的少数几个权重。
#
# 在本单元中，你要从零开始写出这样的层：先是一个通道，然后是大小的计算，接着是有通道、填充和步幅的层，它最小的情形（一个像素的窗口），以及汇聚（pooling）。最后，你要计算深层网络中的一个数看到了图像的多大部分。

# %% tags=["setup"]
import sys

import matplotlib.pyplot as plt
import torch
from tqdm import tqdm

from autograder import after, check

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## Cross-correlation
#
# The window is called a **kernel**: a small matrix of weights. Wherever it stands, its weights are multiplied with the
# pixels below them, and the products are added up to one number of the result:
#
# $$
# y_{i,j} = \sum_{u=0}^{k_h - 1} \sum_{v=0}^{k_w - 1} x_{i+u,\,j+v} \; k_{u,v} .
# $$
#
# The kernel never leaves the picture. So from $H$ rows there are $H - k_h + 1$ places for it, and the result is a
# little smaller than the picture.

# %% [markdown] lang="zh_CN"
# ## 互相关
#
# 这个窗口叫做**卷积核**：一个小的权重矩阵。无论它停在哪里，它的权重都与下面的像素相乘，乘积加起来，成为结果中的一个数：
#
# $$
# y_{i,j} = \sum_{u=0}^{k_h - 1} \sum_{v=0}^{k_w - 1} x_{i+u,\,j+v} \; k_{u,v} .
# $$
#
# 卷积核从不离开图像。所以在 $H$ 行中它有 $H - k_h + 1$ 个位置，结果比图像略小。


# %%
def corr2d(x, k):
    """Cross-correlate one picture with one kernel.

    y[i, j] is the sum over u and v of x[i + u, j + v] * k[u, v]: the kernel is not turned, nothing is padded, and it
    moves by one pixel at a time.

    x: `(H, W)`. k: `(kh, kw)`, no larger than `x` on either axis.
    Returns `(H - kh + 1, W - kw + 1)`, of the dtype and on the device of `x`. Gradients flow to `x` and `k`; neither
    is changed.

    Not allowed: convolution, pooling and `unfold`/`fold` of `torch.nn`, and what they are made of.
    `Tensor.unfold`, `as_strided`, `einsum` and `matmul` are fine.
    Source: Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning", section 1.1.
    """
    ### BEGIN SOLUTION
    kh, kw = k.shape
    windows = x.unfold(0, kh, 1).unfold(1, kw, 1)  # a view: no pixel is copied
    return torch.einsum("ijuv,uv->ij", windows, k)
    ### END SOLUTION


# %%
check(corr2d)

# %% [markdown]
# What a kernel finds depends on its weights. Below, a handwritten digit meets three kernels: one averages nine
# neighbours, one takes the left neighbours from the right ones, and one takes the upper neighbours from the lower ones.
# Look at where the third and the fourth picture are red (it gets brighter to the right, or downwards), where they are
# blue, and which strokes each of them does not see at all.

# %% [markdown] lang="zh_CN"
# 卷积核能找到什么，取决于它的权重。下面，一个手写数字遇到三个卷积核：一个对九个相邻像素取平均，一个用右边的相邻像素减去左边的，一个用下面的相邻像素减去上面的。看看第三幅和第四幅图哪里是红色（向右或向下变亮），哪里是蓝色，以及它们各自完全看不到哪些笔画。

# %%
filters = {
    "average of 3 × 3": torch.full((3, 3), 1 / 9),
    "right minus left": torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 4,
    "below minus above": torch.tensor([[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]]) / 4,
}


def digit(index, size=40):
    """Return one of scikit-learn's handwritten digits, 8 × 8 pixels enlarged to `size` × `size`, from 0 to 1."""
    from sklearn.datasets import load_digits

    small = torch.tensor(load_digits().images[index], dtype=torch.float32) / 16
    large = torch.nn.functional.interpolate(small[None, None], size=(size, size), mode="bicubic")
    return large[0, 0].clamp(0, 1)


def show(pictures, unit=2.7, **how):
    """Show pictures side by side under their titles."""
    figure, axes = plt.subplots(
        1, len(pictures), figsize=(unit * len(pictures), unit + 0.4), layout="constrained"
    )
    for axis, (title, picture) in zip(axes, pictures.items(), strict=True):
        signed = picture.ndim == 2 and picture.min() < 0
        style = (
            {"cmap": "RdBu_r", "vmin": -1, "vmax": 1} if signed else {"cmap": "gray", "vmin": 0, "vmax": 1}
        )
        axis.imshow(picture, **{**style, **how})
        axis.set_title(f"{title}\n{picture.shape[0]} × {picture.shape[1]}")
        axis.axis("off")
    plt.show()


@after(corr2d)
def filtered_digit():
    picture = digit(9)
    show({"input": picture} | {title: corr2d(picture, k) for title, k in filters.items()})


# %% [markdown]
# **To think about.** Which 3×3 kernel gives the picture back as it was, but for its rim? Which one moves it by a pixel
# to the left?
#
# The edge kernels have weights that add up to 0, the blur has weights that add up to 1. What does each do to a part of
# the picture that has one colour all over?

# %% [markdown] lang="zh_CN"
# **想一想。** 哪个 3×3 卷积核会原样返回图像，只是少了边缘？哪个会把图像向左移动一个像素？
#
# 边缘卷积核的权重之和为 0，模糊卷积核的权重之和为 1。对图像中颜色处处相同的部分，它们各起什么作用？

# %% [markdown]
# ## How large is the output?
#
# The result of `corr2d` is smaller than its input: ten such layers with 5×5 kernels cost forty rows and columns.
# **Padding** prevents that: the picture is framed with $p$ zeros on each side first. **Stride** does the opposite on
# purpose: the kernel moves by $s$ pixels at a time, so that the result has about $1/s$ as many rows and columns. The
# kernel never leaves the frame, and a step that would lead past its end is not taken. Along an axis of $n$ pixels it
# stands at
#
# $$
# \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1
# $$
#
# places: one at the start, and one more for each whole step that fits into what the kernel leaves over.

# %% [markdown] lang="zh_CN"
# ## 输出有多大？
#
# `corr2d` 的结果比输入小：十个这样的层，如果卷积核是 5×5，就会失去四十行和四十列。**填充**可以避免这一点：先在图像的每一侧加上 $p$ 圈零。**步幅**则有意做相反的事：卷积核每次移动 $s$ 个像素，于是结果的行数和列数大约是原来的 $1/s$。卷积核从不离开这个框，会越过末端的一步不走。沿一个有 $n$ 个像素的轴，它有
#
# $$
# \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1
# $$
#
# 个位置：起点处一个，卷积核剩下的余地里每放得下完整的一步，就再多一个。


# %%
def conv_output_shape(size, kernel, stride=1, padding=0):
    """Return `(height, width)` of what a kernel makes of a picture.

    On each axis that is floor((n + 2p - k) / s) + 1, with that axis's size n, kernel k, stride s and padding p.

    size, kernel, stride, padding: each an int for both axes, or a pair of ints `(height, width)`. Padding counts per
    side. Returns a pair of ints.

    Raises ValueError where the kernel is larger than the padded picture on either axis, or where a stride is below 1.

    Source: Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning", relationship 6.
    """
    ### BEGIN SOLUTION

    def pair(value):
        return tuple(value) if isinstance(value, tuple | list) else (value, value)

    def length(n, k, s, p):
        if s < 1:
            raise ValueError(f"the stride is at least 1, got {s}")
        if k > n + 2 * p:
            raise ValueError(f"a kernel of {k} does not fit into {n} pixels padded by {p}")
        return (n + 2 * p - k) // s + 1

    height, width = map(length, pair(size), pair(kernel), pair(stride), pair(padding))
    return height, width
    ### END SOLUTION


# %%
check(conv_output_shape)

# %% [markdown]
# Here is one axis of eight pixels, white, with its zeros, grey, for five choices of kernel, stride and padding. Each bar
# is a place of the kernel; their number comes from your function. In the last three cases, look at what is left over at
# the right end.

# %% [markdown] lang="zh_CN"
# 这里是一个有八个像素的轴，像素是白色，填充的零是灰色，卷积核、步幅和填充有五种选择。每个横条是卷积核的一个位置；横条的个数来自你的函数。在最后三种情形中，看看右端剩下了什么。


# %%
@after(conv_output_shape)
def places_of_a_kernel():
    cases = [(3, 1, 0), (3, 1, 1), (3, 2, 0), (3, 3, 1), (5, 2, 2)]
    figure, axes = plt.subplots(1, len(cases), figsize=(13, 3.6), sharey=True, layout="constrained")
    for axis, (k, s, p) in zip(axes, cases, strict=True):
        count, _ = conv_output_shape(8, k, s, p)
        for place in range(-p, 8 + p):
            inside = 0 <= place < 8
            axis.barh(0, 1, left=place, height=0.7, color="white" if inside else "silver", edgecolor="black")
        for step in range(count):
            axis.barh(step + 1, k, left=step * s - p, height=0.7, color=f"C{step % 2}")
        axis.set_title(f"k = {k}, s = {s}, p = {p}\n{count} places")
        axis.set_xticks(range(-p, 9 + p, 2))
        axis.set_xlabel("position")
    axes[0].set_yticks(range(9), ["pixels", *(str(row) for row in range(8))])
    axes[0].set_ylabel("element of the output")
    axes[0].invert_yaxis()
    plt.show()


# %% [markdown]
# **To think about.** Which padding keeps the size for a 3×3, a 5×5, a 7×7 kernel with stride 1? Why is there none for a
# 4×4 kernel, and what could a library do about it?
#
# With stride 2, pictures of 224 and of 223 rows can give outputs of the same height. What does that mean for a network
# that is to undo the step?

# %% [markdown] lang="zh_CN"
# **想一想。** 步幅为 1 时，3×3、5×5、7×7 的卷积核各用多大的填充能保持大小？为什么 4×4 的卷积核没有这样的填充，一个库又可以怎么办？
#
# 步幅为 2 时，224 行和 223 行的图像可以给出高度相同的输出。对于一个要把这一步还原的网络，这意味着什么？

# %% [markdown]
# ## Convolution proper
#
# Mathematics and signal processing knew convolution long before neural networks did, and there the kernel runs against
# the picture:
#
# $$
# y_{i,j} = \sum_{u} \sum_{v} x_{i-u,\,j-v} \; k_{u,v} .
# $$
#
# The signs have a purpose. Think of a picture as a heap of single bright pixels: in a convolution each of them leaves
# behind a copy of the kernel, as it is, and the copies add up. (That also makes convolution commutative, which
# cross-correlation is not.) Shifted to where the kernel fits into the picture, convolution is cross-correlation with
# a kernel that has been turned by 180°.

# %% [markdown] lang="zh_CN"
# ## 严格意义上的卷积
#
# 早在神经网络之前，数学和信号处理就有了卷积，在那里，卷积核与图像的方向相反：
#
# $$
# y_{i,j} = \sum_{u} \sum_{v} x_{i-u,\,j-v} \; k_{u,v} .
# $$
#
# 这些负号是有用意的。把图像看作一堆单个的亮像素：在卷积中，每个亮像素都留下一份原样的卷积核，这些副本加在一起。（这也使卷积满足交换律，而互相关不满足。）平移到卷积核放得进图像的位置之后，卷积就是与旋转了 180° 的卷积核做互相关。


# %%
def true_convolution2d(x, k):
    """Convolve one picture with one kernel, in the proper sense: cross-correlation with the kernel turned by 180°.

    x: `(H, W)`. k: `(kh, kw)`, no larger than `x` on either axis; it is turned here, so pass it as it is.
    Returns `(H - kh + 1, W - kw + 1)`, of the dtype and on the device of `x`. Gradients flow to `x` and `k`; neither
    is changed. You may call `corr2d`.

    Not allowed: convolution, pooling and `unfold`/`fold` of `torch.nn`, and what they are made of.
    `Tensor.unfold`, `as_strided`, `einsum` and `matmul` are fine.
    Source: Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning", section 1.1.
    """
    ### BEGIN SOLUTION
    return corr2d(x, k.flip(0, 1))
    ### END SOLUTION


# %%
check(true_convolution2d)

# %% [markdown]
# The kernel is a letter F, and the picture is black but for three bright pixels. Which operation writes the letter, and
# what does the other one do with it?

# %% [markdown] lang="zh_CN"
# 卷积核是字母 F，图像除了三个亮像素之外全黑。哪种运算会写出这个字母，另一种又会把它怎么样？


# %%
@after(corr2d, true_convolution2d)
def three_pixels_and_a_letter():
    letter = torch.zeros(7, 7)
    letter[1:6, 2] = letter[1, 2:5] = letter[3, 2:4] = 1
    points = torch.zeros(26, 40)
    points[[8, 17, 12], [9, 18, 30]] = 1
    pictures = {
        "kernel": letter,
        "picture": points,
        "cross-correlation": corr2d(points, letter),
        "convolution": true_convolution2d(points, letter),
    }
    show(pictures)


# %% [markdown]
# **To think about.** Why does it make no difference to what a network can learn whether its layers cross-correlate or
# convolve? When does it make one, all the same? (You load weights that somebody else has trained with another library.)
#
# For which kernels are both operations one and the same?

# %% [markdown] lang="zh_CN"
# **想一想。** 对于网络能学到什么，为什么它的层做互相关还是做卷积没有区别？什么时候还是会有区别？（你装入了别人用另一个库训练的权重。）
#
# 对哪些卷积核来说，两种运算是一回事？

# %% [markdown]
# ## A convolutional layer
#
# Pictures have channels: red, green and blue at first, and in a network as many as the layer before has kernels. The
# window looks at all input channels at once, with weights for each of them, and adds everything up. Each *output*
# channel $o$ has such a kernel, and a bias, of its own:
#
# $$
# y_{b,o,i,j} = \beta_o + \sum_{c} \sum_{u=0}^{k_h - 1} \sum_{v=0}^{k_w - 1}
# x_{b,\,c,\,i s_h + u - p_h,\; j s_w + v - p_w} \; w_{o,c,u,v} .
# $$
#
# Here $b$ counts the pictures of the batch, $s$ is the stride and $p$ the padding; pixels outside of the picture count
# as 0. The kernel is not turned around: what the field calls a convolutional layer is cross-correlation.

# %% [markdown] lang="zh_CN"
# ## 卷积层
#
# 图像有通道：起初是红、绿、蓝；在网络中，前一层有多少个卷积核，就有多少个通道。窗口同时看所有的输入通道，对每个通道各有权重，并把一切加起来。每个*输出*通道 $o$ 都有一个自己的这种卷积核，以及一个自己的偏置：
#
# $$
# y_{b,o,i,j} = \beta_o + \sum_{c} \sum_{u=0}^{k_h - 1} \sum_{v=0}^{k_w - 1}
# x_{b,\,c,\,i s_h + u - p_h,\; j s_w + v - p_w} \; w_{o,c,u,v} .
# $$
#
# 其中 $b$ 是批量中图像的编号，$s$ 是步幅，$p$ 是填充；图像之外的像素算作 0。卷积核不旋转：这个领域所说的卷积层，其实是互相关。


# %%
def conv2d(x, weight, bias=None, stride=1, padding=0):
    """Cross-correlate a batch of images with the kernels of a convolutional layer.

    x: `(n, c_in, H, W)`. weight: `(c_out, c_in, kh, kw)`. bias: `(c_out,)`, one number per output channel, or None.
    stride, padding: an int for both axes, or a pair `(height, width)`. Padding is zeros, so many on each side.

    Returns `(n, c_out, h, w)`, of the dtype and on the device of `x`, where `h = floor((H + 2p - kh) / s) + 1` with the
    height's padding and stride, and `w` likewise. Rows and columns that no whole window reaches are left out.
    Gradients flow to `x`, `weight` and `bias`; none of them is changed.

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
# Nobody writes kernels by hand any more: they are learnt, because the gradient reaches them through the layer. Below, a
# layer is shown random pictures and what two hidden kernels make of them, and gradient descent on your `conv2d` has to
# find out which kernels these are. The first target comes from cross-correlation, the second from convolution proper.
# Positive weights are red, negative ones blue. Look at what the layer learns for the second target.

# %% [markdown] lang="zh_CN"
# 现在没有人再手工写卷积核了：它们是学到的，因为梯度能通过这一层传到卷积核。下面，给一个层看随机的图像，以及两个隐藏的卷积核作用于图像的结果，对你的 `conv2d` 做梯度下降，就要找出这些卷积核是什么。第一个目标来自互相关，第二个来自严格意义上的卷积。正的权重是红色，负的是蓝色。看看对第二个目标，这一层学到了什么。


# %%
def learn_kernels(pictures, targets, steps=120):
    """Return the weights `(2, 1, 3, 3)` of a layer fitted to `targets`, and the loss at each step."""
    weight = torch.zeros(2, 1, 3, 3, requires_grad=True)
    losses = []
    for _ in tqdm(range(steps), desc="learning kernels", file=sys.stdout):
        loss = (conv2d(pictures, weight) - targets).square().mean()
        (gradient,) = torch.autograd.grad(loss, weight)
        weight = (weight - 0.2 * gradient).detach().requires_grad_()
        losses.append(loss.item())
    return weight.detach(), losses


@after(corr2d, true_convolution2d, conv2d)
def kernels_learnt():
    hidden = torch.tensor([[0.0, 1.0, -1.0], [0.0, 0.5, -0.5], [1.0, 0.0, 0.0]])
    pictures = torch.randn(8, 1, 14, 14, generator=torch.Generator().manual_seed(5))
    targets = [
        torch.stack([corr2d(picture, hidden), true_convolution2d(picture, hidden)])
        for picture in pictures[:, 0]
    ]
    weight, losses = learn_kernels(pictures, torch.stack(targets))
    show({"hidden kernel": hidden, "learnt for corr2d": weight[0, 0], "learnt for convolution": weight[1, 0]})
    plt.figure(figsize=(5, 2.6), layout="constrained")
    plt.semilogy(losses)
    plt.xlabel("step")
    plt.ylabel("mean squared error")
    plt.show()


# %% [markdown]
# **To think about.** How many weights would a fully connected layer need for the same pictures and outputs, and how many
# pictures to learn them from?
#
# The gradient of the loss with respect to a kernel is itself the result of a cross-correlation. Of what with what?

# %% [markdown] lang="zh_CN"
# **想一想。** 对同样的图像和输出，全连接层需要多少个权重，又需要多少幅图像来学习它们？
#
# 损失关于一个卷积核的梯度，本身就是一次互相关的结果。是什么与什么的互相关？

# %% [markdown]
# ## A window of one pixel
#
# What is a 1×1 kernel good for? It sees no neighbours at all. But it sees all *channels* of its pixel, and mixes them
# anew: it is a fully connected layer that is applied to each pixel on its own,
#
# $$
# y_{b,o,i,j} = \beta_o + \sum_{c} w_{o,c}\; x_{b,c,i,j} .
# $$
#
# Networks use it to change the number of channels cheaply, above all to make it smaller before an expensive 3×3 or 5×5
# convolution, and to put another non-linearity on top. As a matrix product over the channels it is also very fast.

# %% [markdown] lang="zh_CN"
# ## 一个像素的窗口
#
# 1×1 的卷积核有什么用？它完全看不到相邻的像素。但它能看到自己那个像素的所有*通道*，并把它们重新混合：它是一个应用于每个单独像素的全连接层，
#
# $$
# y_{b,o,i,j} = \beta_o + \sum_{c} w_{o,c}\; x_{b,c,i,j} .
# $$
#
# 网络用它以很小的代价改变通道数，尤其是在昂贵的 3×3 或 5×5 卷积之前减少通道数，以及再增加一个非线性。作为通道上的矩阵乘积，它也非常快。


# %%
def conv1x1(x, weight, bias=None):
    """Apply a convolutional layer with 1×1 kernels, as a matrix product over the channels.

    Each output pixel is `weight` times the vector of the input pixel's channels, plus `bias`.

    x: `(n, c_in, H, W)`. weight: `(c_out, c_in)`. bias: `(c_out,)`, one number per output channel, or None.
    Returns `(n, c_out, H, W)`, of the dtype and on the device of `x`. Gradients flow to `x`, `weight` and `bias`; none
    of them is changed.

    Not allowed: convolution, pooling and `unfold`/`fold` of `torch.nn`, and what they are made of.
    `einsum` and `matmul` are fine.
    Source: Lin, Chen and Yan, 2014, "Network in network", arXiv:1312.4400, section 3.1.
    """
    ### BEGIN SOLUTION
    y = torch.einsum("nchw,oc->nohw", x, weight)
    return y if bias is None else y + bias.reshape(-1, 1, 1)
    ### END SOLUTION


# %%
check(conv1x1)

# %% [markdown]
# Three channels, red, green and blue, are mixed to one in three ways. Compare the discs: which of them does each mixture
# tell apart, and which do look alike in it?

# %% [markdown] lang="zh_CN"
# 红、绿、蓝三个通道以三种方式混合成一个。比较这些圆盘：每种混合能区分哪些圆盘，哪些在其中看起来一样？


# %%
@after(conv1x1)
def channels_mixed():
    rows, columns = torch.meshgrid(torch.arange(48.0), torch.arange(72.0), indexing="ij")
    colours = [
        (0.9, 0.1, 0.1),
        (0.95, 0.8, 0.1),
        (0.1, 0.6, 0.2),
        (0.1, 0.3, 0.8),
        (0.55, 0.55, 0.55),
        (1.0, 1.0, 1.0),
    ]
    picture = torch.zeros(3, 48, 72)
    for number, colour in enumerate(colours):
        row, column = 12 + 24 * (number // 3), 12 + 24 * (number % 3)
        disc = (rows - row) ** 2 + (columns - column) ** 2 < 80
        picture[:, disc] = torch.tensor(colour)[:, None]
    mixtures = {
        "brightness": [0.3, 0.59, 0.11],
        "red minus blue": [1.0, 0.0, -1.0],
        "green minus the others": [-0.5, 1.0, -0.5],
    }
    mixed = conv1x1(picture[None], torch.tensor(list(mixtures.values())))[0]
    show({"input": picture.permute(1, 2, 0)} | dict(zip(mixtures, mixed, strict=True)))


# %% [markdown]
# **To think about.** A layer takes 192 channels to 32 with 5×5 kernels. How many weights does it have? How many if 1×1
# kernels first bring the 192 channels down to 16? What is lost?
#
# Two 1×1 convolutions in a row, with nothing between them, can be replaced by one. By which?

# %% [markdown] lang="zh_CN"
# **想一想。** 一个层用 5×5 卷积核把 192 个通道变成 32 个。它有多少个权重？如果先用 1×1 卷积核把 192 个通道减少到 16 个，又有多少个？失去了什么？
#
# 连续两个 1×1 卷积，中间什么也没有，可以用一个来代替。用哪一个？

# %% [markdown]
# ## Pooling
#
# To know *that* there is an edge is often more useful than to know on which pixel it lies. Pooling makes a picture
# smaller and less particular: it cuts a window out of each channel, takes the **largest** or the **average** element, and
# goes on by the window's own size. There is nothing to learn in it. Sizes follow the formula that you know, with floor.
#
# At the rim, max-pooling pads with what can never win, $-\infty$; average-pooling pads with zeros, which count.

# %% [markdown] lang="zh_CN"
# ## 汇聚
#
# 知道*有*一条边缘，往往比知道它在哪个像素上更有用。汇聚使图像变小，也不那么拘泥于细节：它从每个通道中取出一个窗口，取其中**最大**的元素或**平均**值，然后按窗口自己的大小移动。其中没有什么要学习的。大小服从你已经知道的公式，同样向下取整。
#
# 在边缘处，最大汇聚用永远不会胜出的 $-\infty$ 来填充；平均汇聚用零填充，这些零要计入。


# %%
def pool2d(x, size, stride=None, padding=0, mode="max"):
    """Pool each channel of a batch of images.

    Each output element is the largest element of a window (`mode="max"`; padding never wins), or the average over the
    whole window (`mode="avg"`; padding counts as zeros).

    x: `(n, c, H, W)`. size: the window, an int for both axes or a pair `(height, width)`. stride: likewise; None means
    as large as `size`. padding: likewise, so much on each side, at most half of `size`.
    Returns `(n, c, h, w)`, of the dtype and on the device of `x`, where `h = floor((H + 2p - size) / stride) + 1` with
    the height's numbers, and `w` likewise. Gradients flow to `x`, which is not changed.

    Raises ValueError for another `mode`, or where the window is larger than the padded image on either axis.

    Not allowed: convolution, pooling and `unfold`/`fold` of `torch.nn`, and what they are made of.
    `Tensor.unfold`, `as_strided` and the like are fine.
    Source: Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning", section 3.
    """
    ### BEGIN SOLUTION

    def pair(value):
        return tuple(value) if isinstance(value, tuple | list) else (value, value)

    (kh, kw), (ph, pw) = pair(size), pair(padding)
    sh, sw = (kh, kw) if stride is None else pair(stride)
    n, c, height, width = x.shape
    if mode not in ("max", "avg"):
        raise ValueError(f'mode is "max" or "avg", got {mode!r}')
    if kh > height + 2 * ph or kw > width + 2 * pw:
        raise ValueError(f"a window of {kh} x {kw} does not fit into {height} x {width} padded by {padding}")
    rim = float("-inf") if mode == "max" else 0.0
    framed = x.new_full((n, c, height + 2 * ph, width + 2 * pw), rim)
    framed[:, :, ph : ph + height, pw : pw + width] = x
    windows = framed.unfold(2, kh, sh).unfold(3, kw, sw)
    return windows.amax((-2, -1)) if mode == "max" else windows.mean((-2, -1))
    ### END SOLUTION


# %%
check(pool2d)

# %% [markdown]
# Below is the outline of a digit, one pixel wide: what max-pooling with stride 1 and padding adds to the digit. It is
# shown at full size and pooled. The curves then show what pooling is for: the outline is moved to the right, pixel by
# pixel, and we ask by how much its picture changes, relative to the picture itself. Compare the curves at a shift of one
# or two pixels.

# %% [markdown] lang="zh_CN"
# 下面是一个数字的轮廓，宽一个像素：它是步幅为 1 且有填充的最大汇聚给这个数字增加的部分。先显示原来的大小，再显示汇聚之后的结果。后面的曲线说明汇聚有什么用：把轮廓逐个像素向右移动，看看它的图像相对于自身改变了多少。比较平移一两个像素时的各条曲线。


# %%
@after(pool2d)
def pooled_digit():
    shape = (digit(9) > 0.5).float()[None, None]
    outline = pool2d(shape, 3, stride=1, padding=1) - shape
    ways = {
        "no pooling": lambda x: x,
        "average of 4 × 4": lambda x: pool2d(x, 4, mode="avg"),
        "largest of 4 × 4": lambda x: pool2d(x, 4),
        "largest of 8 × 8": lambda x: pool2d(x, 8),
    }
    show({title: way(outline)[0, 0] for title, way in ways.items()})
    plt.figure(figsize=(6, 3.4), layout="constrained")
    for (title, way), style in zip(ways.items(), ("-", "--", "-.", ":"), strict=True):
        still = way(outline)
        moved = [way(outline.roll(shift, dims=3)) for shift in range(7)]
        plt.plot([(x - still).norm() / still.norm() for x in moved], style, marker="o", label=title)
    plt.xlabel("shift to the right, in pixels")
    plt.ylabel("relative change")
    plt.legend()
    plt.show()


# %% [markdown]
# **To think about.** Which of the two modes can be written as a convolutional layer with a fixed kernel? Why not the
# other?
#
# Where does the gradient go in max-pooling, and where in average-pooling? What does that mean for a pixel that is never
# the largest in its window?

# %% [markdown] lang="zh_CN"
# **想一想。** 两种模式中，哪一种可以写成卷积核固定的卷积层？另一种为什么不行？
#
# 在最大汇聚中梯度传到哪里，在平均汇聚中又传到哪里？如果一个像素在它的窗口中从来不是最大的，这对它意味着什么？

# %% [markdown]
# ## What one number has seen
#
# Every layer of 3×3 kernels lets an element see one pixel further to each side of what the layer before has seen. After
# a stride of 2, neighbours lie two pixels apart, and each further layer reaches twice as far. The stretch of input that
# one output element depends on, its **receptive field**, is along one axis
#
# $$
# 1 + \sum_{l=1}^{L} (k_l - 1) \prod_{m=1}^{l-1} s_m ,
# $$
#
# where $k_l$ and $s_l$ are the kernel and the stride of layer $l$; pooling layers count like convolutional ones.

# %% [markdown] lang="zh_CN"
# ## 一个数看到了什么
#
# 每一个 3×3 卷积核的层，都让一个元素在前一层所看到的范围上，向每一侧再多看一个像素。经过步幅 2 之后，相邻元素相距两个像素，后面的每一层也就看得远一倍。一个输出元素所依赖的那一段输入，即它的**感受野**，沿一个轴是
#
# $$
# 1 + \sum_{l=1}^{L} (k_l - 1) \prod_{m=1}^{l-1} s_m ,
# $$
#
# 其中 $k_l$ 和 $s_l$ 是第 $l$ 层的卷积核和步幅；汇聚层与卷积层的算法相同。


# %%
def receptive_field(layers):
    """Return how wide a stretch of input, along one axis, one output element sees.

    That is 1 + the sum over the layers of (kernel - 1) * (product of the strides of the layers before it).

    layers: a list of pairs of ints `(kernel, stride)`, from the input to the output. Returns an int.

    Source: Araujo, Norris and Sim, 2019, "Computing receptive fields of convolutional neural networks", Distill.
    """
    ### BEGIN SOLUTION
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field
    ### END SOLUTION


# %%
check(receptive_field)

# %% [markdown]
# On the left, the fields of three stacks of layers, drawn from your function: each 3×3 layer adds two pixels and each 5×5
# layer four, but with pooling after every second layer the gains double again and again. The dashed lines mark the size of
# MNIST's digits and of a photograph in ImageNet.
#
# On the right, the proof: a random network of your own `conv2d` and `pool2d`, and how strongly each pixel of the input
# moves one element in the middle of its output. The frame is as wide as `receptive_field` says. Is all of it used
# alike?

# %% [markdown] lang="zh_CN"
# 左图是三种层的堆叠的感受野，由你的函数画出：每个 3×3 层增加两个像素，每个 5×5 层增加四个，但如果每两层之后做一次汇聚，增量就一次又一次翻倍。虚线标出 MNIST 数字的大小和 ImageNet 照片的大小。
#
# 右图是证明：一个由你自己的 `conv2d` 和 `pool2d` 组成的随机网络，以及输入的每个像素对输出正中一个元素的影响有多强。框的宽度就是 `receptive_field` 给出的宽度。整个框内的利用程度都一样吗？


# %%
@after(conv2d, pool2d, receptive_field)
def fields():
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    stacks = {
        "3 × 3": ([(3, 1)], "-"),
        "5 × 5": ([(5, 1)], "--"),
        "3 × 3, pooling after every second": ([(3, 1), (3, 1), (2, 2)], "-."),
    }
    for title, (pattern, style) in stacks.items():
        depths = range(1, 16)
        widths = [receptive_field((pattern * depth)[:depth]) for depth in depths]
        left.semilogy(depths, widths, style, marker="o", markersize=4, label=title)
    for size, name in ((28, "28 pixels"), (224, "224 pixels")):
        left.axhline(size, color="grey", linestyle="--", linewidth=1)
        left.text(1, size * 1.06, name)
    left.set_xlabel("layers")
    left.set_ylabel("receptive field, in pixels")
    left.set_ylim(2, 400)
    left.set_yticks([2, 5, 10, 20, 50, 100, 200], [2, 5, 10, 20, 50, 100, 200])
    left.legend(loc="lower right")

    layers = [(3, 1), (3, 1), (2, 2), (3, 1), (3, 1)]
    generator = torch.Generator().manual_seed(2)
    strength = torch.zeros(40, 40)
    for _ in range(20):
        x = torch.randn(1, 1, 40, 40, generator=generator, requires_grad=True)
        y = x
        for kernel, stride in layers:
            weight = torch.randn(4, y.shape[1], kernel, kernel, generator=generator) / kernel
            y = pool2d(y, kernel, stride) if stride > 1 else torch.relu(conv2d(y, weight))
        middle = y.shape[2] // 2
        strength += torch.autograd.grad(y[0, :, middle, middle].sum(), x)[0][0, 0].abs()
    right.imshow(strength.sqrt(), cmap="cividis")
    rows = strength.sum(1).nonzero().flatten()
    width = receptive_field(layers)
    corner = rows[0].item() - 0.5
    right.add_patch(plt.Rectangle((corner, corner), width, width, fill=False, color="white", linestyle="--"))
    right.set_title(f"influence on one element; frame {width} × {width}")
    right.set_xlabel("column of the input")
    right.set_ylabel("row of the input")
    plt.show()


# %% [markdown]
# **To think about.** Two layers of 3×3 kernels see as far as one layer of 5×5 kernels. Which has more weights, and what
# else speaks for the two?
#
# An object fills a photograph of 224×224 pixels. How deep must a network of 3×3 convolutions be to see it whole, without
# any stride? Why is nothing like that ever built?

# %% [markdown] lang="zh_CN"
# **想一想。** 两个 3×3 卷积核的层与一个 5×5 卷积核的层看得一样远。哪一种权重更多，还有什么理由选择那两个层？
#
# 一个物体占满了一幅 224×224 像素的照片。由 3×3 卷积组成、没有任何步幅的网络要有多深，才能看到它的全貌？为什么从来没有人造这样的网络？
