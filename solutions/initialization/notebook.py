# %% [markdown]
# # Vanishing and exploding gradients
#
# A gradient on its way back through a network is multiplied by one layer's weights after the other. Twenty factors of
# about 0.5 leave a millionth of it; twenty factors of about 2 make it a million times larger. Either way the first
# layers do not learn. The cure starts before training: choose the size of the **random weights** so that a layer
# neither shrinks nor stretches what goes through it.

# %% tags=["setup"]
import math

import matplotlib.pyplot as plt
import torch

from autograder import check

# %% [markdown]
# ## How large should a weight be?
#
# One output of a linear layer is a sum of $n_\mathrm{in}$ products, $o_i = \sum_j w_{ij} x_j$. If weights and inputs
# are independent with mean 0, the variance of the sum is $n_\mathrm{in} \sigma^2 \operatorname{Var}[x]$, where
# $\sigma^2$ is the variance of the weights. It stays what it was if $n_\mathrm{in} \sigma^2 = 1$. On the way back, each
# gradient is a sum over the outputs, and the same thought asks for $n_\mathrm{out} \sigma^2 = 1$. Both cannot hold
# unless the layer is square. **Xavier initialisation** (Glorot and Bengio, 2010) takes the mean of the two:
#
# $$
# \frac{1}{2} (n_\mathrm{in} + n_\mathrm{out}) \, \sigma^2 = 1
# \qquad \text{or} \qquad
# \sigma = \sqrt{\frac{2}{n_\mathrm{in} + n_\mathrm{out}}} .
# $$
#
# A factor in front, the *gain*, makes up for what the activation function takes away.
#
# PyTorch keeps the weight of a linear layer as `(out, in)`, and that of a convolution as `(out, in, *kernel)`. There,
# each output is a sum over all kernel positions of all input channels, so $n_\mathrm{in}$ (*fan-in*) is `in` times the
# number of kernel elements, and $n_\mathrm{out}$ (*fan-out*) is `out` times that number.
#
# ## Xavier, uniform
#
# Numbers spread evenly over $[-a, a]$ have the variance $a^2 / 3$. Setting this to $\sigma^2$ gives the bound
#
# $$
# a = \text{gain} \cdot \sqrt{\frac{6}{n_\mathrm{in} + n_\mathrm{out}}} .
# $$


# %%
def xavier_uniform(shape, gain=1.0, generator=None):
    """Draw a weight tensor by Xavier's uniform initialisation.

    Each element is drawn independently and evenly from [-a, a], a = gain * sqrt(6 / (fan_in + fan_out)).

    shape: `(out, in)` or `(out, in, *kernel)`; fan_in is `in`, and fan_out is `out`, times the number of kernel
    elements (1 for a linear layer). gain: a number. generator: a `torch.Generator`; where given, all draws come from it
    and the result is on its device. Returns a new float32 tensor of that shape; every call draws anew.

    Not allowed: `torch.nn.init`. Source: Glorot and Bengio, 2010, AISTATS, equation 16.
    """
    ### BEGIN SOLUTION
    kernel = math.prod(shape[2:])
    fan_in, fan_out = shape[1] * kernel, shape[0] * kernel
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    device = (
        None if generator is None else generator.device
    )  # torch.rand refuses a generator of another device
    return bound * (2 * torch.rand(shape, generator=generator, device=device, dtype=torch.float32) - 1)
    ### END SOLUTION


# %%
check(xavier_uniform)

# %% [markdown]
# ## Xavier, normal
#
# The same standard deviation, with the bell curve in place of the box: mean 0 and
#
# $$
# \sigma = \text{gain} \cdot \sqrt{\frac{2}{n_\mathrm{in} + n_\mathrm{out}}} .
# $$


# %%
def xavier_normal(shape, gain=1.0, generator=None):
    """Draw a weight tensor by Xavier's normal initialisation.

    Each element is drawn independently from the normal distribution with mean 0 and standard deviation
    gain * sqrt(2 / (fan_in + fan_out)).

    shape: `(out, in)` or `(out, in, *kernel)`; fan_in is `in`, and fan_out is `out`, times the number of kernel
    elements (1 for a linear layer). gain: a number. generator: a `torch.Generator`; where given, all draws come from it
    and the result is on its device. Returns a new float32 tensor of that shape; every call draws anew.

    Not allowed: `torch.nn.init`. Source: Glorot and Bengio, 2010, AISTATS, equation 12.
    """
    ### BEGIN SOLUTION
    kernel = math.prod(shape[2:])
    fan_in, fan_out = shape[1] * kernel, shape[0] * kernel
    std = gain * math.sqrt(2 / (fan_in + fan_out))
    device = (
        None if generator is None else generator.device
    )  # torch.randn refuses a generator of another device
    return std * torch.randn(shape, generator=generator, device=device, dtype=torch.float32)
    ### END SOLUTION


# %%
check(xavier_normal)

# %% [markdown]
# What it now does: a network of twenty tanh layers, and the size of the gradient that arrives at the input of each. A
# gain of 1 is Xavier's choice of weights; the other two make all weights too small, or too large.

# %%
x = torch.randn(32, 64)
for gain in (0.5, 1.0, 3.0):
    inputs = [x.clone().requires_grad_()]
    for _ in range(20):
        inputs.append(torch.tanh(inputs[-1] @ xavier_normal((64, 64), gain).T))
    gradients = torch.autograd.grad(inputs[-1].sum(), inputs[:-1])
    plt.semilogy(range(1, 21), [gradient.norm() for gradient in gradients], label=f"gain = {gain}")
plt.xlabel("layer")
plt.ylabel("norm of the gradient")
plt.legend()
plt.show()

# %% [markdown]
# **To think about.** The curve for the small gain is nearly straight on the logarithmic scale: what does its slope
# tell? With the large gain, tanh saturates. Why do gradients not vanish there, although the slope of tanh is close to 0
# for most units?
#
# **And:** what would become of a network whose weights all start with the same number, however well it is chosen?
