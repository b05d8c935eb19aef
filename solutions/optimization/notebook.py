# %% [markdown]
# # From SGD to Adam
#
# Plain gradient descent has one learning rate for all weights. In a valley that is steep across and flat along, it must
# be small enough for the steep direction, and then hardly anything moves in the flat one. Two remedies came first:
# *momentum* averages the gradient over the last steps, so that what points to and fro cancels; *RMSProp* divides each
# weight's gradient by its own typical size. **Adam** (Kingma and Ba, 2015) does both.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import torch

from autograder import check

# %% [markdown]
# ## Adam
#
# Adam keeps two *moments*, the running averages of the gradient $g$ and of its square, element by element:
#
# $$
# v_t = \beta_1 v_{t-1} + (1 - \beta_1) \, g_t, \qquad s_t = \beta_2 s_{t-1} + (1 - \beta_2) \, g_t^2 .
# $$
#
# Both start at 0, and with $\beta_2 = 0.999$ it takes some thousand steps until that is forgotten: until then they are
# too small. After $t$ steps the weights of all gradients in the average add up to $1 - \beta^t$ in place of 1, so
# dividing by that sum corrects the *bias*:
#
# $$
# \hat v_t = \frac{v_t}{1 - \beta_1^t}, \qquad \hat s_t = \frac{s_t}{1 - \beta_2^t}, \qquad
# w_t = w_{t-1} - \eta \, \frac{\hat v_t}{\sqrt{\hat s_t} + \epsilon} .
# $$
#
# The next step goes on from $v_t$ and $s_t$ as they are; the corrected ones are used for this step alone.


# %%
def adam_step(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Take one step of Adam.

    v = beta1*v + (1-beta1)*grad and s = beta2*s + (1-beta2)*grad**2, then, with v_hat = v / (1-beta1**t) and
    s_hat = s / (1-beta2**t), w = w - lr * v_hat / (sqrt(s_hat) + eps).

    w, grad, v, s: tensors of one shape, dtype and device (weights, gradient, first and second moment). t: the number
    of this step, counted from 1. lr, beta1, beta2, eps: numbers. Returns `(w, v, s)`, new tensors with the moments
    uncorrected; the arguments stay as they are. No gradient is needed: working under `torch.no_grad()` is fine.
    Raises ValueError for t < 1.

    Not allowed: `torch.optim`. Source: Kingma and Ba, 2015, ICLR, algorithm 1 (v is called m there, and s is called v).
    """
    ### BEGIN SOLUTION
    if t < 1:
        raise ValueError(f"t counts from 1, got {t}")
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s
    ### END SOLUTION


# %%
check(adam_step)

# %% [markdown]
# What it now does: the first steps down the valley $f(x) = 0.1 \, x_1^2 + 2 \, x_2^2$. For a very large $t$ both
# corrections are 1, so handing in such a $t$ shows what Adam would do without them.

# %%
curvature = torch.tensor([0.2, 4.0])
x1, x2 = torch.meshgrid(torch.linspace(-6, 4, 60), torch.linspace(-3, 3, 60), indexing="ij")
plt.contour(x1, x2, 0.1 * x1**2 + 2 * x2**2, levels=12, colors="lightgrey")
for label, first in (("with bias correction", 1), ("without", 10**6)):
    w, v, s = torch.tensor([-5.0, -2.0]), torch.zeros(2), torch.zeros(2)
    path = [w]
    for step in range(8):
        w, v, s = adam_step(w, curvature * w, v, s, first + step, lr=0.4)
        path.append(w)
    plt.plot(*torch.stack(path).T, "o-", label=label)
plt.xlabel("$x_1$")
plt.ylabel("$x_2$")
plt.legend()
plt.show()

# %% [markdown]
# **To think about.** With the correction, the first step is as long in the flat direction as in the steep one. How long
# is it, and why does the size of the gradient not matter? Without the correction, the first steps are *longer*,
# although both moments are too small: which of the two has the upper hand, and why?
#
# **And:** what happens to a weight whose gradient is 0 for a long time, and then is not?
