# %% [markdown]
# # The Transformer
#
# Self-attention compares every token with every other one, wherever they stand: shuffle the tokens, and the outputs are
# shuffled the same way. A sentence is not a bag of words, so the order has to be put back in.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import torch

from autograder import check

# %% [markdown]
# ## Positional encoding
#
# The Transformer (Vaswani et al., 2017) adds a fixed vector to each token, one per position. Its entries are like the
# hands of many clocks: each pair of columns is a sine and a cosine, and each pair turns more slowly than the one
# before.
#
# $$
# P_{pos,\, 2j} = \sin\!\left(\frac{pos}{10000^{2j/d}}\right), \qquad
# P_{pos,\, 2j+1} = \cos\!\left(\frac{pos}{10000^{2j/d}}\right).
# $$
#
# The fast clocks tell neighbours apart, the slow ones tell the beginning of a text from its end.
#
# One thing to mind: at position 5,000 the fast clocks have turned by thousands of radians. A float32 number of that
# size is known to about 0.0003 only, which is far more than the error allowed here.


# %%
def positional_encoding(max_len, d, dtype=torch.float32, device=None):
    """Return the sinusoidal encoding of the positions 0 to `max_len - 1`.

    max_len: number of positions, d: size of the encoding, both at least 1. Returns a tensor `(max_len, d)` of `dtype`
    on `device` (None: the default one). Column `2j` is `sin(pos / 10000**(2j/d))`, column `2j+1` is
    `cos(pos / 10000**(2j/d))`; an odd `d` ends with a sine. Exact to 1e-5 for positions up to 5,000.

    Source: Vaswani et al., 2017, arXiv:1706.03762, section 3.5.
    """
    ### BEGIN SOLUTION
    # float32 angles of thousands of radians are off by more than the result may be
    positions = torch.arange(max_len, dtype=torch.float64, device=device)
    exponents = torch.arange(0, d, 2, dtype=torch.float64, device=device) / d
    angles = positions[:, None] / 10000**exponents
    encoding = torch.empty(max_len, d, dtype=torch.float64, device=device)
    encoding[:, 0::2] = angles.sin()
    encoding[:, 1::2] = angles[:, : d // 2].cos()
    return encoding.to(dtype)
    ### END SOLUTION


# %%
check(positional_encoding)

# %% [markdown]
# What it now looks like. On the left each row is one position; on the right is how similar the encodings of two
# positions are: their dot product, which depends on the distance between the two alone.

# %%
encoding = positional_encoding(80, 48)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
left.imshow(encoding, aspect="auto", cmap="RdBu")
left.set_xlabel("column")
left.set_ylabel("position")
image = right.imshow(encoding @ encoding.T, cmap="viridis")
right.set_xlabel("position")
right.set_ylabel("position")
figure.colorbar(image, ax=right)
plt.show()

# %% [markdown]
# **To think about.** The encoding of position $pos + 3$ is a linear function of that of $pos$, with the same matrix for
# every $pos$. Which matrix turns one pair of columns? And what is lost if only the sines are kept?
