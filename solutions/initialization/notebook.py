# %% [markdown]
# # Vanishing and exploding gradients
#
# A gradient on its way back through a network is multiplied by one layer's slope and weights after the other. Twenty
# factors of about 0.5 leave a millionth of it; twenty factors of about 2 make it a million times larger. Either way
# the network does not learn: its first layers hardly move, or every step throws all that was learned away.
#
# This unit follows the gradient through a deep network and mends what spoils it, in the order in which you would look
# for the trouble: the **weights** that training starts from, the slope of the **activation function**, the **norm of
# the gradient** itself, and the **scale of each layer's outputs** while the weights change. At the end a network of
# thirteen layers learns to read digits, or fails to, and the difference is made by the functions that you write here.

# %% tags=["setup"]
import math
import sys

import matplotlib.pyplot as plt
import torch
from tqdm import tqdm

from autograder import after, check

plt.style.use("tableau-colorblind10")

# %% [markdown]
# ## Why weights start at random, and how many of them feed a unit
#
# If all weights of a layer start with the same number, all its units compute the same and receive the same gradient.
# After the step they are still the same, and so on for ever: a layer of a hundred units does the work of one. Random
# weights **break the symmetry**. (Biases may all start at 0; the weights tell the units apart.)
#
# How large should these random numbers be? One output of a linear layer is a sum of $n_\mathrm{in}$ products,
# $o_i = \sum_j w_{ij} x_j$, so the more inputs there are, the smaller each weight has to be. Going back, the gradient
# of an input is a sum over $n_\mathrm{out}$ outputs. These two counts are the layer's **fan-in** and **fan-out**.
#
# PyTorch keeps the weight of a linear layer as `(out, in)`, and that of a convolution as `(out, in, *kernel)`. In a
# convolution each output sums over all kernel positions of all input channels, and each input has a part in as many
# outputs per output channel. So both fans count the kernel:
#
# $$
# n_\mathrm{in} = \text{in} \cdot \prod \text{kernel}, \qquad n_\mathrm{out} = \text{out} \cdot \prod \text{kernel} .
# $$


# %%
def fans(shape):
    """Return `(fan_in, fan_out)`, two ints, of a weight of this shape in PyTorch's layout.

    shape: a tuple of ints, `(out, in)` for a linear layer or `(out, in, *kernel)` for a convolution with any number of
    kernel axes. fan_in is `in` and fan_out is `out`, and both count the kernel's elements: each is multiplied by the
    product of the kernel's sizes.
    Raises ValueError if there are fewer than 2 dimensions.

    Source: Glorot and Bengio, 2010, AISTATS, section 4.2; for kernels He et al., 2015, arXiv:1502.01852, section 2.2.
    """
    ### BEGIN SOLUTION
    if len(shape) < 2:
        raise ValueError(f"a weight has at least 2 dimensions, not the shape {shape}")
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel
    ### END SOLUTION


# %%
check(fans)

# %% [markdown]
# What it now does: the fans of some well-known layers. Look for the layers whose two fans differ most, and note that a
# convolution with few channels can have as large a fan-in as a wide linear layer.


# %%
@after(fans)
def fans_of_some_layers():
    layers = {
        "linear 784 → 256": (256, 784),
        "linear 4096 → 10": (10, 4096),
        "conv 1×1, 64 → 256": (256, 64, 1, 1),
        "conv 3×3, 64 → 64": (64, 64, 3, 3),
        "conv 11×11, 3 → 96": (96, 3, 11, 11),
    }
    fan_in, fan_out = zip(*map(fans, layers.values()), strict=True)
    rows = torch.arange(len(layers))
    _, axes = plt.subplots(figsize=(7, 3), layout="constrained")
    axes.bar_label(axes.barh(rows - 0.2, fan_in, height=0.4, label="fan-in"), padding=3)
    axes.bar_label(axes.barh(rows + 0.2, fan_out, height=0.4, label="fan-out"), padding=3)
    axes.set(xscale="log", xlim=(1, 1e5), xlabel="connections", title="Fans of some layers")
    axes.set_yticks(rows, list(layers))
    axes.invert_yaxis()
    axes.legend(loc="upper right", bbox_to_anchor=(1, 0.6))
    plt.show()


# %% [markdown]
# ## How large should a weight be?
#
# If weights and inputs are independent with mean 0, the variance of $o_i$ is
# $n_\mathrm{in} \sigma^2 \operatorname{Var}[x]$, where $\sigma^2$ is the variance of the weights. It stays what it was
# if $n_\mathrm{in} \sigma^2 = 1$. On the way back, the same thought asks for $n_\mathrm{out} \sigma^2 = 1$. Both cannot
# hold unless the layer is square. **Xavier initialisation** (Glorot and Bengio, 2010) takes the mean of the two:
#
# $$
# \frac{1}{2} (n_\mathrm{in} + n_\mathrm{out}) \, \sigma^2 = 1
# \qquad \text{or} \qquad
# \sigma = \sqrt{\frac{2}{n_\mathrm{in} + n_\mathrm{out}}} .
# $$
#
# A factor in front, the *gain*, makes up for what the activation function takes away. ReLU blanks half of its inputs,
# which halves the mean square, so it needs twice the variance, a gain of $\sqrt 2$. **He initialisation** (2015) is
# just that, made from one fan alone: $\sigma = \sqrt{2 / n_\mathrm{in}}$.
#
# What you get without asking is neither: PyTorch's `nn.Linear` draws weights and biases evenly between
# $\pm 1 / \sqrt{n_\mathrm{in}}$. The variance is then $1 / (3 n_\mathrm{in})$, a third of what keeps the scale. A few
# layers stand that; many do not.
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
    elements (1 for a linear layer), as in `fans`, which you may call. gain: a number. generator: a `torch.Generator`;
    where given, all draws come from it and the result is on its device. Returns a new float32 tensor of that shape;
    every call draws anew.

    Not allowed: `torch.nn.init`. Source: Glorot and Bengio, 2010, AISTATS, equation 16.
    """
    ### BEGIN SOLUTION
    bound = gain * math.sqrt(6 / sum(fans(shape)))
    device = None if generator is None else generator.device  # torch.rand refuses one of another device
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
    elements (1 for a linear layer), as in `fans`, which you may call. gain: a number. generator: a `torch.Generator`;
    where given, all draws come from it and the result is on its device. Returns a new float32 tensor of that shape;
    every call draws anew.

    Not allowed: `torch.nn.init`. Source: Glorot and Bengio, 2010, AISTATS, equation 12.
    """
    ### BEGIN SOLUTION
    std = gain * math.sqrt(2 / sum(fans(shape)))
    device = None if generator is None else generator.device  # torch.randn refuses one of another device
    return std * torch.randn(shape, generator=generator, device=device, dtype=torch.float32)
    ### END SOLUTION


# %%
check(xavier_normal)

# %% [markdown]
# What they now do. First the weights themselves, for a layer from 300 to 200 units: a box and a bell of the same
# standard deviation. Then the outputs of a network of ten tanh layers, for three gains. Look at gain 1 first: the outputs
# shrink slowly, and after ten layers they are still well spread. With the small gain all of them come to lie near 0; with
# the large one they pile up at -1 and 1, where tanh is flat.


# %%
@after(xavier_uniform, xavier_normal)
def weights_and_what_they_do():
    _, panels = plt.subplots(1, 4, figsize=(12, 3), layout="constrained")
    for draw, name in ((xavier_uniform, "uniform"), (xavier_normal, "normal")):
        panels[0].hist(draw((200, 300)).flatten().numpy(), bins=80, histtype="step", density=True, label=name)
    panels[0].set(title="Xavier's weights", xlabel="weight", ylabel="density", ylim=(0, 9))
    panels[0].legend()
    for panel, gain in zip(panels[1:], (0.3, 1.0, 4.0), strict=True):
        h = torch.randn(200, 200)
        for layer in range(1, 11):
            h = torch.tanh(h @ xavier_normal((200, 200), gain).T)
            if layer in (1, 4, 10):
                values = h.flatten().numpy()
                panel.hist(values, bins=50, range=(-1, 1), histtype="step", label=f"layer {layer}")
        panel.set(title=f"tanh layers, gain {gain}", xlabel="output", yscale="log", ylim=(1, 1e5))
    panels[1].set_ylabel("units")
    panels[3].legend(loc="lower center")
    plt.show()


# %% [markdown]
# **To think about.** With the large gain, the outputs neither vanish nor explode. What is wrong with them all the same?
#
# The derivation needs inputs with mean 0. Outputs of a sigmoid are all positive. What does that do to the next layer?
#
# Xavier's formula was made for a layer at the start of training. Why should it matter a thousand steps later?

# %% [markdown]
# ## The slope of the sigmoid
#
# Now to the other factor. Each activation multiplies the gradient by its slope. For years the logistic sigmoid
# $\sigma(x) = 1 / (1 + e^{-x})$ was the usual choice. Its derivative can be read off from its value:
#
# $$
# \sigma'(x) = \sigma(x) \, \bigl(1 - \sigma(x)\bigr) \le \frac{1}{4} .
# $$
#
# A quarter, and that only at 0: ten layers of sigmoids shrink the gradient at least by the factor $4^{10}$, about a
# million, unless the weights make up for it.


# %%
def sigmoid_gradient(x):
    """Return the derivative of the logistic sigmoid, at each element of `x`.

    The logistic sigmoid is 1 / (1 + exp(-x)). The result is finite for every finite x, however large, of either sign.

    x: floating-point tensor of any shape. Returns a tensor of the same shape, dtype and device. The result needs no
    gradient of its own. x stays as it is.

    Source: Glorot and Bengio, 2010, AISTATS, section 3.
    """
    ### BEGIN SOLUTION
    s = torch.sigmoid(x)
    return s * (1 - s)
    ### END SOLUTION


# %%
check(sigmoid_gradient)

# %% [markdown]
# ## Leaky ReLU
#
# The rectifier, $\max(x, 0)$, has slope 1 wherever it is active, and nothing is lost there. Where it is not, the slope
# is 0: a unit whose inputs are all negative gets no gradient and may never come back. The **leaky** one keeps a small
# slope for negative inputs:
#
# $$
# \operatorname{leaky}(x) = \begin{cases} x & \text{if } x \ge 0, \\ s \, x & \text{otherwise.} \end{cases}
# $$


# %%
def leaky_relu(x, negative_slope=0.01):
    """Return x where x >= 0, and negative_slope * x elsewhere, element by element.

    x: floating-point tensor of any shape. negative_slope: any number: it may be 0, negative, or above 1.
    Returns a tensor of the same shape, dtype and device; gradients flow to x, which stays as it is.

    Not allowed: torch's own leaky ReLU in any form. Source: Maas, Hannun and Ng, 2013, ICML workshop, section 2.
    """
    ### BEGIN SOLUTION
    return torch.where(x >= 0, x, negative_slope * x)
    ### END SOLUTION


# %%
check(leaky_relu)

# %% [markdown]
# ## ELU
#
# The **exponential linear unit** bends smoothly towards $-\alpha$ instead, so that its outputs have a mean nearer to 0:
#
# $$
# \operatorname{elu}(x) = \begin{cases} x & \text{if } x > 0, \\ \alpha \, (e^x - 1) & \text{otherwise.} \end{cases}
# $$
#
# There is a trap in it. For $x = 1000$ the exponential is infinite. It is not wanted there, and picking the other case
# hides it. The backward pass goes through both cases, though, and what was not picked is multiplied by 0: zero times
# infinity is NaN, and one NaN in a gradient spoils all weights in one step.


# %%
def elu(x, alpha=1.0):
    """Return x where x > 0, and alpha * (exp(x) - 1) elsewhere, element by element.

    x: floating-point tensor of any shape. alpha: a positive number.
    Returns a tensor of the same shape, dtype and device; gradients flow to x, which stays as it is. There is no NaN or
    infinity, in the value or in the gradient, for large x of either sign.

    Not allowed: torch's own ELU in any form.
    Source: Clevert, Unterthiner and Hochreiter, 2016, arXiv:1511.07289, equation 14.
    """
    ### BEGIN SOLUTION
    # The cut keeps exp finite where it is not picked: the gradient there would be 0 * inf.
    return torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0)))
    ### END SOLUTION


# %%
check(elu)

# %% [markdown]
# What they now do: four activation functions on the left, their slopes on the right. Look at the height of the
# sigmoid's slope beside the others, and at what each slope is for inputs below -3.


# %%
@after(sigmoid_gradient, leaky_relu, elu)
def activations_and_slopes():
    x = torch.linspace(-5, 5, 401, requires_grad=True)
    curves = {
        "sigmoid": (torch.sigmoid, "-"),
        "tanh": (torch.tanh, "--"),
        "leaky ReLU, slope 0.1": (lambda x: leaky_relu(x, 0.1), "-."),
        "ELU": (elu, ":"),
    }
    _, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
    for name, (function, line) in curves.items():
        y = function(x)
        slope = sigmoid_gradient(x) if name == "sigmoid" else torch.autograd.grad(y.sum(), x)[0]
        left.plot(x.detach(), y.detach(), line, linewidth=2, label=name)
        right.plot(x.detach(), slope.detach(), line, linewidth=2)
    left.set(title="Activation", xlabel="x", ylabel="value", ylim=(-1.5, 3))
    right.set(title="Derivative", xlabel="x", ylabel="slope")
    right.axhline(0.25, color="grey", linewidth=0.8)
    right.annotate("1/4", (-5, 0.27), color="grey")
    left.legend()
    plt.show()


# %% [markdown]
# **To think about.** The slope of tanh is 1 at 0. Does that make a deep tanh network safe?
#
# For which slopes is `max(x, negative_slope * x)` the same as leaky ReLU, and what is it for the others?

# %% [markdown]
# ## The gradient, layer by layer
#
# Weights and slopes act together. For a network without biases,
#
# $$
# H_0 = X, \qquad H_l = f(H_{l-1} W_l), \quad l = 1, \dots, L,
# $$
#
# the chain rule multiplies one Jacobian after the other, and what arrives at layer $l$ is
#
# $$
# \frac{\partial s}{\partial H_l}
# = \frac{\partial s}{\partial H_L} \frac{\partial H_L}{\partial H_{L-1}} \cdots \frac{\partial H_{l+1}}{\partial H_l} .
# $$
#
# The next function measures it. It is a tool worth having whenever a network does not learn: it says where on the way
# back the gradient is lost.


# %%
def layer_gradient_norms(weights, x, activation):
    """Return the norms of the gradients that arrive at each layer of a network.

    H_0 = x, H_l = activation(H_{l-1} @ weights[l-1]). The result holds the Euclidean norms (the root of the sum of the
    squares of all elements) of the gradient of H_L.sum() with respect to H_0, H_1, ..., H_{L-1}, in this order.

    weights: a list of L tensors, `(d, h_1)`, `(h_1, h_2)` and so on. x: `(n, d)`. activation: a function of a tensor.
    Returns a tensor `(L,)` of the same dtype and device as x; it needs no gradient. The arguments stay as they are,
    their `requires_grad` and `.grad` too.

    Source: Glorot and Bengio, 2010, AISTATS, section 4.2.1.
    """
    ### BEGIN SOLUTION
    layers = [x.detach().requires_grad_()]
    for weight in weights:
        layers.append(activation(layers[-1] @ weight))
    # Unlike backward(), grad() leaves no .grad behind in the weights.
    gradients = torch.autograd.grad(layers[-1].sum(), layers[:-1])
    return torch.stack([gradient.norm() for gradient in gradients])
    ### END SOLUTION


# %%
check(layer_gradient_norms)

# %% [markdown]
# What it now does: networks of twenty layers with 100 units each. On the left all have Xavier's weights, and the
# activation differs; on the right all are ReLU networks, and the weights differ. The scale is logarithmic, so that a
# straight line is a constant factor per layer. Read the curves from right to left, as the gradient travels, and look
# for those that stay level.


# %%
@after(xavier_normal, leaky_relu, layer_gradient_norms)
def gradients_by_depth():
    depth, width = 20, 100
    x = torch.randn(64, width)
    _, (left, right) = plt.subplots(1, 2, figsize=(11, 4), sharey=True, layout="constrained")

    def curve(panel, draw, activation, label, line):
        weights = [draw() for _ in range(depth)]
        norms = layer_gradient_norms(weights, x, activation).detach()
        panel.semilogy(range(depth), norms / norms[-1], line, linewidth=2, label=label)

    def xavier(gain=1.0):
        return lambda: xavier_normal((width, width), gain).T

    def plain(std):
        return lambda: std * torch.randn(width, width)

    curve(left, xavier(), torch.sigmoid, "sigmoid", "-")
    curve(left, xavier(), torch.tanh, "tanh", "--")
    curve(left, xavier(), torch.relu, "ReLU", "-.")
    curve(left, xavier(), lambda x: leaky_relu(x, 0.5), "leaky ReLU, slope 0.5", ":")
    curve(right, plain(0.03), torch.relu, "standard deviation 0.03", "-")
    curve(right, xavier(), torch.relu, "Xavier", "--")
    curve(right, xavier(math.sqrt(2)), torch.relu, "Xavier, gain √2", "-.")
    curve(right, plain(0.5), torch.relu, "standard deviation 0.5", ":")
    for panel, title in ((left, "Xavier's weights"), (right, "ReLU")):
        panel.set(title=title, xlabel="layer at which the gradient arrives", xticks=range(0, depth, 4))
        panel.legend()
    left.set_ylabel("norm, relative to the last layer")
    plt.show()


# %% [markdown]
# **To think about.** What factor per layer does the sigmoid's curve show, and how does it compare with 1/4?
#
# Why is the Xavier curve for ReLU straight, and why does a gain of $\sqrt 2$ make it level?
#
# Another way out is to give the gradient a road around the layers. A **residual connection** adds a block's input to
# its output, $y = x + g(x)$, so that the derivative is $1 + g'(x)$: however small $g'$ becomes, the 1 stays. What would
# the left panel look like with a residual connection around every layer?

# %% [markdown]
# ## Clipping
#
# Where gradients explode now and then, as in recurrent networks, one huge step can undo hours of training. **Clipping**
# leaves the direction of the gradient and limits its length to $\theta$:
#
# $$
# g \leftarrow \min\Bigl(1, \frac{\theta}{\lVert g \rVert}\Bigr) \, g .
# $$
#
# Here $g$ is the gradient of *all* parameters together, as if they were strung into one long vector. Clipping each
# tensor on its own would change the direction.


# %%
def clip_gradients(grads, theta):
    """Return the gradients, all scaled by min(1, theta / norm).

    norm is the Euclidean norm of all of them together. All-zero gradients stay zero.

    grads: a list of floating-point tensors of any shapes. theta: a positive number.
    Returns a list of tensors of the same shapes, dtypes and device, in the same order; the results need no gradient.
    The arguments stay as they are.

    Not allowed: `torch.nn.utils.clip_grad*`. Source: Pascanu, Mikolov and Bengio, 2013, arXiv:1211.5063, section 3.2.
    """
    ### BEGIN SOLUTION
    norm = torch.stack([grad.norm() for grad in grads]).norm()
    factor = (theta / norm).clamp(max=1)  # where the norm is 0, this is infinity cut to 1
    return [factor * grad for grad in grads]
    ### END SOLUTION


# %%
check(clip_gradients)

# %% [markdown]
# What it now does. On the left, a gradient of two numbers and what becomes of it for $\theta = 1$: it keeps its
# direction, whereas cutting each number to $[-1, 1]$ turns it. On the right, gradient descent for a chain of twenty
# layers with one weight each, all the same $w$. The loss $(w^{20} - 0.5)^2$ is a cliff on the right of its minimum and
# a plateau on the left. Look at where the first step without clipping lands, and how far the other 59 get from there.


# %%
@after(clip_gradients)
def what_clipping_does():
    _, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    gradient = torch.tensor([2.6, 0.9])
    arrows = {
        "gradient": (gradient, "C0"),
        "by value": (gradient.clamp(-1, 1), "C1"),
        "by norm": (clip_gradients([gradient], 1.0)[0].detach(), "C5"),
    }
    for name, (arrow, color) in arrows.items():
        left.annotate("", arrow.tolist(), (0, 0), arrowprops={"arrowstyle": "->", "color": color, "lw": 2})
        offset = (-10, -18) if name == "by norm" else (5, 5)
        left.annotate(name, arrow.tolist(), offset, textcoords="offset points", color=color)
    left.add_patch(plt.Circle((0, 0), 1, fill=False, linestyle=":", color="grey"))
    left.set(title="Clipping a gradient", xlabel="first number", ylabel="second number", aspect="equal")
    left.set(xlim=(-0.2, 3.3), ylim=(-0.2, 1.6))

    def loss_of(w):
        return (w**20 - 0.5) ** 2

    road = torch.linspace(0, 1.09, 400)
    right.semilogy(road, loss_of(road), color="grey", linewidth=1)
    for clipped, marker, label in ((False, "s-", "not clipped"), (True, "o-", "clipped")):
        w = torch.tensor(1.08, requires_grad=True)
        path = []
        for _ in range(60):
            path.append(w.item())
            grads = list(torch.autograd.grad(loss_of(w), [w]))
            [grad] = clip_gradients(grads, 10.0) if clipped else grads
            w = (w - 0.001 * grad).detach().requires_grad_()
        right.semilogy(path, loss_of(torch.tensor(path)), marker, markersize=4, label=label)
    right.set(title="Sixty steps down a cliff", xlabel="w", ylabel="loss", ylim=(1e-4, 50))
    right.legend()
    plt.show()


# %% [markdown]
# **To think about.** Clipping helps against gradients that explode. Why does nobody scale vanishing gradients *up* to
# $\theta$ in the same way?
#
# A clipped step is no longer proportional to the gradient. Does gradient descent still end up in a minimum?

# %% [markdown]
# ## Batch normalisation
#
# A good start does not last: as the weights of one layer change, so does the scale of what the next one is given.
# **Batch norm** sets the scale anew in every step. For each feature (each channel, for images) it takes the mean and
# variance over the batch $\mathcal{B}$ of $m$ values, and lets two learned numbers choose the scale and the offset:
#
# $$
# \mu = \frac{1}{m} \sum_{i \in \mathcal{B}} x_i, \qquad
# v = \frac{1}{m} \sum_{i \in \mathcal{B}} (x_i - \mu)^2, \qquad
# y_i = \gamma \, \frac{x_i - \mu}{\sqrt{v + \varepsilon}} + \beta .
# $$
#
# When the network is used, one input's result should not depend on its neighbours. So training keeps running averages,
# $\text{new} = (1 - \text{momentum}) \cdot \text{old} + \text{momentum} \cdot \text{batch}$, and evaluation normalises
# with these. PyTorch's convention: the biased variance $v$, as above, normalises; the running variance averages the
# *unbiased* one, $v \cdot m / (m - 1)$. For images, $m$ counts the pixels too: $m = n \cdot \text{height} \cdot
# \text{width}$.


# %%
def batch_norm(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Return `(y, running_mean, running_var)`: a normalised batch, and the running statistics after it.

    In training, y = gamma * (x - mean) / sqrt(var + eps) + beta with the mean and the biased variance of the batch, per
    feature. The running statistics returned are (1 - momentum) * old + momentum * batch, where the batch's variance is
    the unbiased one. With `training=False` the running statistics normalise, and they are returned unchanged.

    x: `(n, d)`, with statistics per column, or `(n, c, height, width)`, with statistics per channel over all images and
    pixels; in training there is more than one value per channel. gamma, beta, running_mean, running_var: `(d,)` or
    `(c,)`. training: True or False.
    Returns three tensors, y of the shape of x, all of the same dtype and device as x. Gradients flow from y to x, also
    through the batch's statistics, and to gamma and beta; the running statistics returned need no gradient. The
    arguments stay as they are: the running statistics are not updated in place.

    Not allowed: torch's own batch norm in any form.
    Source: Ioffe and Szegedy, 2015, arXiv:1502.03167, algorithms 1 and 2.
    """
    ### BEGIN SOLUTION
    mean, var = running_mean, running_var
    if training:
        axes = [axis for axis in range(x.dim()) if axis != 1]
        var, mean = torch.var_mean(x, axes, correction=0)
        m = x.numel() // x.shape[1]
        with torch.no_grad():
            running_mean = (1 - momentum) * running_mean + momentum * mean
            running_var = (1 - momentum) * running_var + momentum * var * m / (m - 1)
    shape = (-1,) + (1,) * (x.dim() - 2)  # broadcasts along axis 1
    scale = gamma / torch.sqrt(var + eps)
    y = (x - mean.reshape(shape)) * scale.reshape(shape) + beta.reshape(shape)
    return y, running_mean, running_var
    ### END SOLUTION


# %%
check(batch_norm)

# %% [markdown]
# What it now does: the spread of each layer's outputs in a ReLU network of twenty layers, for three sizes of the
# initial weights; without batch norm on the left, with it before every ReLU on the right. Look at the scale of the
# vertical axis, and at how much the choice of the weights still matters on the right.


# %%
@after(batch_norm)
def spread_by_depth():
    depth, width = 20, 100
    ones, zeros = torch.ones(width), torch.zeros(width)
    _, panels = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    for panel, normalised in zip(panels, (False, True), strict=True):
        for std, line, thick in ((0.05, "-", 5), (0.14, "--", 3), (0.5, ":", 2)):
            h, spread = torch.randn(64, width), []
            for _ in range(depth):
                h = h @ (std * torch.randn(width, width))
                if normalised:
                    h = batch_norm(h, ones, zeros, zeros, ones, True)[0].detach()
                h = torch.relu(h)
                spread.append(h.std().item())
            panel.semilogy(range(1, depth + 1), spread, line, linewidth=thick, label=std)
        panel.set(title="with batch norm" if normalised else "without batch norm", xlabel="layer")
        panel.set_xticks(range(1, depth + 1, 3))
    panels[0].set_ylabel("standard deviation of the outputs")
    panels[1].legend(title="standard deviation of the weights")
    plt.show()


# %% [markdown]
# **To think about.** A linear layer in front of batch norm needs no bias. Why?
#
# What happens to the result of batch norm if all weights of the layer before it are doubled? And to the gradient of
# these weights?
#
# What goes wrong if the very small batches of a model too large for its GPU are all that batch norm sees?

# %% [markdown]
# ## Thirteen layers that read digits
#
# Now everything at once, on real data: 1,797 handwritten digits of 8 × 8 pixels. The network has twelve hidden layers
# of 64 ReLU units and one for the ten classes. It is trained four times by gradient descent with your
# `clip_gradients`; only the start differs:
#
# - **small weights**: normal, standard deviation 0.02, which looks harmless;
# - **Xavier**: your `xavier_normal`;
# - **Xavier, gain √2**: the same, made up for what ReLU takes away;
# - **small weights, batch norm**: the first start again, with your `batch_norm` before each ReLU.


# %%
@after(fans)
def digits():
    from sklearn.datasets import load_digits  # here, since it takes a second that grading need not spend

    data = load_digits()
    x = torch.tensor(data.data, dtype=torch.float32)
    x = (x - x.mean(dim=0)) / x.std()
    y = torch.tensor(data.target)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    return x[order], y[order]


def make_network(draw, generator, sizes=(64, *[64] * 12, 10)):
    """Return parameters and running statistics; `draw(shape, generator)` makes a weight."""
    layers = [
        {
            "weight": draw((n_out, n_in), generator),
            "gamma": torch.ones(n_out),
            "beta": torch.zeros(n_out),
            "running": (torch.zeros(n_out), torch.ones(n_out)),
        }
        for n_in, n_out in zip(sizes, sizes[1:], strict=False)
    ]
    params = [layer[name].requires_grad_() for layer in layers for name in ("weight", "gamma", "beta")]
    return layers, params


def forward(layers, x, normalise, training):
    """Return the logits; gamma is a bias-free layer's scale, and beta its bias, with batch norm or without."""
    for depth, layer in enumerate(layers, 1):
        x = x @ layer["weight"].T
        if normalise and depth < len(layers):
            x, *layer["running"] = batch_norm(x, layer["gamma"], layer["beta"], *layer["running"], training)
        else:
            x = layer["gamma"] * x + layer["beta"]
        if depth < len(layers):
            x = torch.relu(x)
    return x


def train(draw, normalise, label, epochs=15, batch=100, lr=0.2, theta=1.0):
    """Train on the first 1,400 digits; return the loss of every step and the accuracy on the others."""
    x, y = digits
    generator = torch.Generator().manual_seed(1)
    layers, params = make_network(draw, generator)
    losses = []
    for _ in tqdm(range(epochs), desc=label, file=sys.stdout):
        for chosen in torch.randperm(1400, generator=generator).split(batch):
            logits = forward(layers, x[chosen], normalise, training=True)
            loss = torch.nn.functional.cross_entropy(logits, y[chosen])
            grads = clip_gradients(torch.autograd.grad(loss, params), theta)
            with torch.no_grad():
                for param, grad in zip(params, grads, strict=True):
                    param -= lr * grad
            losses.append(loss.item())
    with torch.no_grad():
        right = forward(layers, x[1400:], normalise, training=False).argmax(dim=1) == y[1400:]
    return losses, right.float().mean().item()


# %% [markdown]
# Look for the run that does not move at all from $\log 10 \approx 2.3$, which is the loss of someone who gives each
# class one tenth; and compare the two that start from the same small weights.


# %%
@after(xavier_normal, clip_gradients, batch_norm)
def four_starts():
    def small(shape, generator):
        return 0.02 * torch.randn(shape, generator=generator)

    def xavier(shape, generator):
        return xavier_normal(shape, generator=generator)

    def xavier_for_relu(shape, generator):
        return xavier_normal(shape, gain=math.sqrt(2), generator=generator)

    starts = {
        "small weights, batch norm": (small, True, ":"),
        "small weights": (small, False, "-"),
        "Xavier": (xavier, False, "--"),
        "Xavier, gain √2": (xavier_for_relu, False, "-."),
    }
    _, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for label, (draw, normalise, line) in starts.items():
        losses, accuracy = train(draw, normalise, label)
        smooth = torch.tensor(losses).unfold(0, 14, 7).mean(dim=1)  # over one epoch, every half epoch
        epochs = 0.5 + 0.5 * torch.arange(len(smooth))
        axes.plot(epochs, smooth, line, linewidth=2, label=f"{label}: {accuracy:.0%} of test digits right")
    axes.set(title="One network, four starts", xlabel="epoch", ylabel="training loss", ylim=(0, 2.5))
    axes.legend(loc="upper right", bbox_to_anchor=(1, 0.9))
    plt.show()


# %% [markdown]
# **To think about.** The network with small weights can represent all that the others can. Use `layer_gradient_norms`
# on its weights: how large is the gradient at its first layer? What does the only layer that does learn, the last one,
# learn?
#
# How would the four curves look for a network of two layers? And with tanh in place of ReLU? Try it.
