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

# %% [markdown] lang="zh_CN"
# # 梯度消失与梯度爆炸
#
# 梯度在网络中往回传时，要逐层乘以各层的斜率和权重。二十个约为 0.5 的因子使它只剩百万分之一；二十个约为 2 的因子使它变成一百万倍。两种情况下网络都学不到东西：要么前面几层几乎不动，要么每一步都把学到的一切推翻。
#
# 本单元跟踪梯度穿过一个深度网络的过程，并修正破坏它的因素，顺序就是你排查问题时的顺序：训练开始时的**权重**、**激活函数**的斜率、**梯度本身的范数**，以及权重变化时**每一层输出的尺度**。最后，一个十三层的网络学会识别数字，或者学不会，差别就在于你在这里写的函数。

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

# %% [markdown] lang="zh_CN"
# ## 为什么权重要随机初始化，有多少权重汇入一个单元
#
# 如果一层的所有权重都从同一个数开始，它的所有单元就会计算同样的东西，得到同样的梯度。走一步之后它们仍然相同，如此永远下去：一百个单元的层只顶得上一个单元。随机权重**打破对称性**。（偏置可以都从 0 开始，有权重来区分各个单元。）
#
# 这些随机数应该有多大？线性层的一个输出是 $n_\mathrm{in}$ 个乘积之和，$o_i = \sum_j w_{ij} x_j$，所以输入越多，每个权重就要越小。往回传时，一个输入的梯度是在 $n_\mathrm{out}$ 个输出上求和。这两个数就是该层的**输入数**（fan-in）和**输出数**（fan-out）。
#
# PyTorch 把线性层的权重存成 `(out, in)`，把卷积的权重存成 `(out, in, *kernel)`。在卷积中，每个输出都在所有输入通道的卷积核的所有位置上求和，而每个输入在每个输出通道中也参与同样多个输出。因此输入数和输出数都要计入卷积核：
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

# %% [markdown] lang="zh_CN"
# 看看它现在的效果：一些著名的层的输入数和输出数。请找出两者相差最大的层，并注意：通道很少的卷积也可以有与宽的线性层一样大的输入数。


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

# %% [markdown] lang="zh_CN"
# ## 权重应该有多大？
#
# 如果权重和输入相互独立且均值为 0，那么 $o_i$ 的方差是 $n_\mathrm{in} \sigma^2 \operatorname{Var}[x]$，其中 $\sigma^2$ 是权重的方差。当 $n_\mathrm{in} \sigma^2 = 1$ 时，方差保持不变。往回传时，同样的思路要求 $n_\mathrm{out} \sigma^2 = 1$。除非该层的输入数与输出数相等，否则两者不能同时成立。**Xavier 初始化**（Glorot and Bengio, 2010）取两者的平均：
#
# $$
# \frac{1}{2} (n_\mathrm{in} + n_\mathrm{out}) \, \sigma^2 = 1
# \qquad \text{或} \qquad
# \sigma = \sqrt{\frac{2}{n_\mathrm{in} + n_\mathrm{out}}} .
# $$
#
# 前面再乘一个系数，即**增益**（gain），用来弥补激活函数带走的部分。ReLU 把一半的输入置零，使均方值减半，因此需要两倍的方差，即增益 $\sqrt 2$。**He 初始化**（2015）正是如此，只是仅由输入数得出：$\sigma = \sqrt{2 / n_\mathrm{in}}$。
#
# 如果你什么都不指定，得到的两者都不是：PyTorch 的 `nn.Linear` 在 $\pm 1 / \sqrt{n_\mathrm{in}}$ 之间均匀地抽取权重和偏置。这时方差是 $1 / (3 n_\mathrm{in})$，只有保持尺度所需的三分之一。几层还经得起，很多层就不行了。
#
# ## Xavier 初始化：均匀分布
#
# 在 $[-a, a]$ 上均匀分布的数，方差是 $a^2 / 3$。令它等于 $\sigma^2$，就得到界
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

# %% [markdown] lang="zh_CN"
# ## Xavier 初始化：正态分布
#
# 标准差相同，只是用钟形曲线代替矩形：均值为 0，并且
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

# %% [markdown] lang="zh_CN"
# 看看它们现在的效果。首先是权重本身，属于一个从 300 个单元到 200 个单元的层：标准差相同的一个矩形和一条钟形曲线。然后是一个十层 tanh 网络的输出，取三种增益。先看增益 1：输出慢慢缩小，十层之后仍然散得很开。增益小时，所有输出都聚到 0 附近；增益大时，它们堆积在 -1 和 1 处，而那里的 tanh 是平的。


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

# %% [markdown] lang="zh_CN"
# **想一想。** 增益大时，输出既不消失也不爆炸。尽管如此，它们有什么问题？
#
# 推导要求输入的均值为 0。sigmoid 的输出全是正的。这对下一层有什么影响？
#
# Xavier 的公式是针对训练开始时的层得出的。为什么一千步之后它还会有影响？

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

# %% [markdown] lang="zh_CN"
# ## sigmoid 的斜率
#
# 现在看另一个因子。每个激活函数都给梯度乘以它的斜率。多年来，逻辑斯谛 sigmoid 函数 $\sigma(x) = 1 / (1 + e^{-x})$ 是通常的选择。它的导数可以从它的值直接得出：
#
# $$
# \sigma'(x) = \sigma(x) \, \bigl(1 - \sigma(x)\bigr) \le \frac{1}{4} .
# $$
#
# 四分之一，而且只在 0 处取到：除非权重加以弥补，十层 sigmoid 至少使梯度缩小到原来的 $4^{10}$ 分之一，也就是约一百万分之一。


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

# %% [markdown] lang="zh_CN"
# ## Leaky ReLU
#
# 整流函数 $\max(x, 0)$ 在激活的地方斜率为 1，那里没有任何损失。在不激活的地方，斜率为 0：输入全为负的单元得不到梯度，可能再也恢复不过来。**带泄漏的**版本（leaky ReLU）对负的输入保留一个小斜率：
#
# $$
# \operatorname{leaky}(x) = \begin{cases} x & \text{若 } x \ge 0, \\ s \, x & \text{其他。} \end{cases}
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

# %% [markdown] lang="zh_CN"
# ## ELU
#
# **指数线性单元**（exponential linear unit）则平滑地弯向 $-\alpha$，使它的输出的均值更接近 0：
#
# $$
# \operatorname{elu}(x) = \begin{cases} x & \text{若 } x > 0, \\ \alpha \, (e^x - 1) & \text{其他。} \end{cases}
# $$
#
# 这里有一个陷阱。当 $x = 1000$ 时，指数函数是无穷大。那里并不需要它，选择另一种情形就把它遮住了。可是反向传播会经过两种情形，没有被选中的要乘以 0：零乘无穷大是 NaN，而梯度中只要有一个 NaN，一步就会毁掉所有权重。


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

# %% [markdown] lang="zh_CN"
# 看看它们现在的效果：左边是四种激活函数，右边是它们的斜率。请比较 sigmoid 的斜率与其他斜率的高度，并看看输入小于 -3 时每个斜率是多少。


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

# %% [markdown] lang="zh_CN"
# **想一想。** tanh 在 0 处的斜率是 1。深度 tanh 网络因此就安全了吗？
#
# 对哪些斜率，`max(x, negative_slope * x)` 与 leaky ReLU 相同？对其他斜率，它又是什么？

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

# %% [markdown] lang="zh_CN"
# ## 逐层看梯度
#
# 权重和斜率共同起作用。对于没有偏置的网络
#
# $$
# H_0 = X, \qquad H_l = f(H_{l-1} W_l), \quad l = 1, \dots, L,
# $$
#
# 链式法则把雅可比矩阵一个接一个地相乘，到达第 $l$ 层的是
#
# $$
# \frac{\partial s}{\partial H_l}
# = \frac{\partial s}{\partial H_L} \frac{\partial H_L}{\partial H_{L-1}} \cdots \frac{\partial H_{l+1}}{\partial H_l} .
# $$
#
# 下一个函数就来测量它。只要网络学不到东西，这个工具就值得拥有：它告诉你梯度是在往回传的哪个地方丢失的。


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

# %% [markdown] lang="zh_CN"
# 看看它现在的效果：二十层的网络，每层 100 个单元。左边都用 Xavier 的权重，激活函数不同；右边都是 ReLU 网络，权重不同。坐标是对数的，因此直线表示每层的因子是常数。请像梯度那样从右向左读这些曲线，并找出保持水平的那些。


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

# %% [markdown] lang="zh_CN"
# **想一想。** sigmoid 的曲线显示每层的因子是多少？它与 1/4 相比如何？
#
# ReLU 的 Xavier 曲线为什么是直的？为什么增益 $\sqrt 2$ 使它变成水平？
#
# 另一条出路是给梯度一条绕过各层的路。**残差连接**把块的输入加到它的输出上，$y = x + g(x)$，于是导数是 $1 + g'(x)$：无论 $g'$ 变得多小，那个 1 都还在。如果每一层都绕一个残差连接，左图会是什么样子？

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

# %% [markdown] lang="zh_CN"
# ## 裁剪
#
# 在梯度偶尔爆炸的地方，如循环神经网络，巨大的一步就可能毁掉几小时的训练。**裁剪**保持梯度的方向，把它的长度限制在 $\theta$ 以内：
#
# $$
# g \leftarrow \min\Bigl(1, \frac{\theta}{\lVert g \rVert}\Bigr) \, g .
# $$
#
# 这里 $g$ 是*所有*模型参数合在一起的梯度，就像把它们连成了一个长向量。对每个张量各自裁剪会改变方向。


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

# %% [markdown] lang="zh_CN"
# 看看它现在的效果。左边是由两个数组成的一个梯度，以及它在 $\theta = 1$ 时变成什么：方向保持不变；而把每个数截断到 $[-1, 1]$ 则会使它转向。右边是一条二十层的链上的梯度下降，每层一个权重，都等于同一个 $w$。损失 $(w^{20} - 0.5)^2$ 在最小值的右边是悬崖，左边是平坦的高地。请看没有裁剪时第一步落在哪里，以及其余 59 步从那里能走多远。


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

# %% [markdown] lang="zh_CN"
# **想一想。** 裁剪能对付爆炸的梯度。为什么没有人用同样的办法把消失的梯度*放大*到 $\theta$？
#
# 裁剪后的一步不再与梯度成正比。梯度下降最后还会到达最小值吗？

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

# %% [markdown] lang="zh_CN"
# ## 批量规范化
#
# 好的开端不会一直保持下去：随着一层的权重变化，下一层所得输入的尺度也在变化。**批量规范化**（batch normalization）在每一步都重新设定尺度。对每个特征（对图像来说是每个通道），它在含有 $m$ 个值的批量 $\mathcal{B}$ 上计算均值和方差，再由两个学到的数来选择尺度和偏移：
#
# $$
# \mu = \frac{1}{m} \sum_{i \in \mathcal{B}} x_i, \qquad
# v = \frac{1}{m} \sum_{i \in \mathcal{B}} (x_i - \mu)^2, \qquad
# y_i = \gamma \, \frac{x_i - \mu}{\sqrt{v + \varepsilon}} + \beta .
# $$
#
# 使用网络时，一个输入的结果不应取决于它的邻居。因此训练时要维护移动平均，$\text{new} = (1 - \text{momentum}) \cdot \text{old} + \text{momentum} \cdot \text{batch}$，评估时就用它们来规范化。PyTorch 的约定是：用上面的有偏方差 $v$ 来规范化；移动平均方差平均的则是*无偏*方差 $v \cdot m / (m - 1)$。对于图像，$m$ 把像素也算在内：$m = n \cdot \text{height} \cdot \text{width}$。


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

# %% [markdown] lang="zh_CN"
# 看看它现在的效果：一个二十层 ReLU 网络中每一层输出的离散程度，取三种大小的初始权重；左边没有批量规范化，右边在每个 ReLU 之前使用批量规范化。请看纵轴的坐标，以及在右边权重的选择还有多大影响。


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

# %% [markdown] lang="zh_CN"
# **想一想。** 批量规范化前面的线性层不需要偏置。为什么？
#
# 如果把批量规范化前面那一层的所有权重加倍，批量规范化的结果会怎样？这些权重的梯度又会怎样？
#
# 如果模型太大，GPU 上只放得下很小的批量，批量规范化只看得到这样的批量，会出什么问题？

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

# %% [markdown] lang="zh_CN"
# ## 识别数字的十三层网络
#
# 现在把一切用到真实数据上：1,797 个手写数字，每个 8 × 8 像素。网络有十二个隐藏层，各有 64 个 ReLU 单元，另有一层用于十个类别。用梯度下降和你的 `clip_gradients` 训练它四次，只有起点不同：
#
# - **小权重**：正态分布，标准差 0.02，看上去无害；
# - **Xavier**：你的 `xavier_normal`；
# - **Xavier，增益 √2**：同上，并弥补 ReLU 带走的部分；
# - **小权重，批量规范化**：还是第一种起点，在每个 ReLU 之前使用你的 `batch_norm`。


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


def class_scores(layers, x, normalise, training):
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
            logits = class_scores(layers, x[chosen], normalise, training=True)
            loss = torch.nn.functional.cross_entropy(logits, y[chosen])
            grads = clip_gradients(torch.autograd.grad(loss, params), theta)
            with torch.no_grad():
                for param, grad in zip(params, grads, strict=True):
                    param -= lr * grad
            losses.append(loss.item())
    with torch.no_grad():
        right = class_scores(layers, x[1400:], normalise, training=False).argmax(dim=1) == y[1400:]
    return losses, right.float().mean().item()


# %% [markdown]
# Look for the run that does not move at all from $\log 10 \approx 2.3$, which is the loss of someone who gives each
# class one tenth; and compare the two that start from the same small weights.

# %% [markdown] lang="zh_CN"
# 请找出始终停在 $\log 10 \approx 2.3$ 完全不动的那一次训练，这个值就是给每个类别十分之一概率时的损失；再比较从相同的小权重开始的两次训练。


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

# %% [markdown] lang="zh_CN"
# **想一想。** 小权重的网络能够表示其他网络能表示的一切。对它的权重使用 `layer_gradient_norms`：它的第一层处的梯度有多大？唯一确实在学习的那一层，也就是最后一层，学到了什么？
#
# 对于两层的网络，这四条曲线会是什么样子？把 ReLU 换成 tanh 呢？试试看。
