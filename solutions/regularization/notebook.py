# %% [markdown]
# # Over- and underfitting, and what helps
#
# A network with enough units can learn its training set by heart, noise included. **Dropout** (Srivastava et al., 2014)
# makes that harder: in every training step it silences a random part of a layer, so that no unit can rely on one
# particular other unit being there.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import torch

from autograder import check

# %% [markdown]
# ## Dropout
#
# With probability $p$ an element becomes 0. Those that stay are divided by $1 - p$, so that the expected value does not
# change and nothing needs rescaling when the trained network is used:
#
# $$
# h' = \begin{cases} 0 & \text{with probability } p, \\ \dfrac{h}{1 - p} & \text{otherwise.} \end{cases}
# $$
#
# Every element draws its own coin, in every call. In evaluation nothing is dropped.


# %%
def dropout(x, p, training=True):
    """Apply inverted dropout to `x`.

    In training, each element is zeroed independently with probability `p` and the kept ones are divided by `1 - p`;
    in evaluation (`training=False`) the result is `x` as it is.

    x: floating-point tensor of any shape. p: a number; `p = 0` keeps everything, `p = 1` gives zeros (no NaN, and the
    gradient is zero). Returns a tensor of the same shape, dtype and device; the gradient uses the same mask.
    Raises ValueError unless 0 <= p <= 1, in evaluation too.

    Not allowed: torch's own dropout in any form. Source: Srivastava et al., 2014, JMLR 15, section 4.
    """
    ### BEGIN SOLUTION
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability, got {p}")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0  # 0 / 0 would be NaN; the product keeps the graph
    mask = torch.rand(x.shape, device=x.device) >= p
    return mask * x / (1 - p)
    ### END SOLUTION


# %%
check(dropout)

# %% [markdown]
# What it now does: the input is 1 everywhere, and the histogram shows where ten thousand copies of it go.

# %%
kept = [dropout(torch.ones(10_000), p).numpy() for p in (0.2, 0.5, 0.8)]
plt.hist(kept, bins=40, label=["p = 0.2", "p = 0.5", "p = 0.8"])
plt.xlabel("value after dropout")
plt.ylabel("elements")
plt.legend()
plt.show()

# %% [markdown]
# **To think about.** The three histograms have the same mean. Do they have the same variance? What does that mean for
# the next layer when $p$ is close to 1?
