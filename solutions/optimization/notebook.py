# %% [markdown]
# # From SGD to Adam
#
# Training a network means walking downhill on its loss, and all that can be seen on the way is the slope underfoot.
# This unit follows the question of how to take a step: how many examples to look at for one (batch, stochastic and
# mini-batch descent), what to remember of earlier steps (momentum), how to give each weight a step size of its own
# (Adagrad, RMSProp, Adadelta), how **Adam** joins all that, and when to make steps smaller (learning-rate schedules).
# At the end, everything you wrote trains a network on handwritten digits.
#
# Notation: $w$ are weights, $g$ is the gradient of the loss with respect to them, $\eta$ is the learning rate `lr`.
# Squares, roots and quotients of vectors are taken element by element. Every step is a function that gets the weights,
# the gradient and what it remembers (its *state*), and returns new tensors in the same order, so that one function
# serves any number of weights. Nothing here needs a gradient itself.

# %% [markdown] lang="zh_CN"
# # 从 SGD 到 Adam
#
# 训练网络就是在它的损失上往下走，而一路上能看到的只有脚下的坡度。本单元讨论怎样走一步：一步要看多少个样本（批量、随机和小批量梯度下降），要从之前的各步记住什么（动量），怎样给每个权重自己的步长（Adagrad、RMSProp、Adadelta），**Adam** 怎样把这一切结合起来，以及什么时候把步子变小（学习率调度）。最后，你写的一切将用手写数字训练一个网络。
#
# 记号：$w$ 是权重，$g$ 是损失对权重的梯度，$\eta$ 是学习率 `lr`。向量的平方、根和商都按元素计算。每种步都是一个函数，它接收权重、梯度和它所记住的内容（它的*状态*），并按同样的顺序返回新张量，这样一个函数就适用于任意多个权重。这里没有什么本身需要梯度。

# %% tags=["setup"]
import sys

import matplotlib.pyplot as plt
import torch
from tqdm import tqdm

from autograder import after, check

plt.style.use("tableau-colorblind10")
torch.set_num_threads(1)  # all matrices here are small, and several threads would wait for each other

# %% [markdown]
# ## Batch, stochastic, mini-batch
#
# The loss is a mean over $n$ examples, and so is its gradient. *Batch* gradient descent computes all of it for a single
# step. *Stochastic* gradient descent (SGD) takes one example drawn at random and steps at once: its gradient is right
# on average, though each one is noisy. A **mini-batch** $B$ lies in between,
#
# $$
# g = \frac{1}{|B|} \sum_{i \in B} \nabla_w \, \ell_i(w).
# $$
#
# Its noise shrinks as $1 / \sqrt{|B|}$ and its cost grows as $|B|$, so beyond some size more examples hardly pay,
# except that hardware does 32 examples in little more time than one.
#
# In an *epoch* every example is used once. Deal the $n$ indices out in a random order, new in every epoch. Without
# shuffling, a file sorted by class would give mini-batches of a single class, and each step would undo the last one.

# %% [markdown] lang="zh_CN"
# ## 批量、随机、小批量
#
# 损失是 $n$ 个样本上的平均值，它的梯度也是。*批量*梯度下降为了走一步而算出整个梯度。*随机*梯度下降（SGD）随机抽取一个样本，马上就走一步：它的梯度平均来说是正确的，尽管每一个都带有噪声。**小批量** $B$ 介于两者之间，
#
# $$
# g = \frac{1}{|B|} \sum_{i \in B} \nabla_w \, \ell_i(w).
# $$
#
# 它的噪声按 $1 / \sqrt{|B|}$ 减小，代价按 $|B|$ 增长，因此超过一定的大小之后，更多的样本就不太划算了，只不过硬件处理 32 个样本所用的时间比处理一个多不了多少。
#
# 在一*轮*（epoch）中，每个样本使用一次。把 $n$ 个索引按随机顺序分出去，每一轮都用新的顺序。如果不打乱，按类别排序的文件就会产生只含一个类别的小批量，每一步都会抵消上一步。


# %%
def minibatches(n, batch_size, generator=None):
    """Deal the indices 0 … n-1 out into mini-batches, in random order.

    A random permutation of 0 … n-1 is cut into pieces of `batch_size`; the last one is shorter if need be. Every order
    is equally likely, and every call draws anew.

    n: how many examples there are. batch_size: how many to a piece; it may be larger than n. generator: a
    `torch.Generator`, or None. Where one is given, all draws come from it, and the result is on its device; without one,
    any source of random numbers will do. Returns a list of int64 tensors, each with one dimension.
    Raises ValueError unless batch_size >= 1.

    Not allowed in this unit: `torch.optim`. Source: Bottou, Curtis and Nocedal, 2018, SIAM Review 60(2), section 3.
    """
    ### BEGIN SOLUTION
    if batch_size < 1:
        raise ValueError(f"a mini-batch holds at least one example, got {batch_size}")
    device = None if generator is None else generator.device
    return list(torch.randperm(n, generator=generator, device=device).split(batch_size))
    ### END SOLUTION


# %%
check(minibatches)

# %% [markdown]
# What it now does: three runs fit the same two weights, with the same learning rate and the same work, three epochs of
# 512 examples. Look at how far each run comes, and at what it does near the minimum (the cross).

# %% [markdown] lang="zh_CN"
# 看看它现在的效果：三次运行拟合同样的两个权重，学习率相同，工作量也相同，即 512 个样本的三轮。请看每次运行走了多远，以及它在最小值（叉号）附近的表现。


# %%
@after(minibatches)
def three_sizes_of_a_batch():
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(512, 2, generator=generator)
    y = x @ torch.tensor([2.0, -1.0]) + torch.randn(512, generator=generator)

    def fit(batch_size):
        path = [torch.tensor([-1.5, 1.5])]
        for _ in range(3):
            for index in minibatches(len(x), batch_size, generator):
                error = x[index] @ path[-1] - y[index]
                path.append(path[-1] - 0.08 * (error @ x[index]) / len(index))
        return torch.stack(path)

    paths = {"batch, 512": fit(512), "mini-batch, 32": fit(32), "stochastic, 1": fit(1)}
    w1, w2 = torch.meshgrid(torch.linspace(-2, 3, 60), torch.linspace(-2, 2, 60), indexing="ij")
    losses = (x @ torch.stack([w1, w2]).flatten(1) - y[:, None]).square().mean(0).reshape(60, 60) / 2
    figure, axes = plt.subplots(1, 3, sharex=True, sharey=True, figsize=(11, 3.8), layout="constrained")
    for axis, (name, path) in zip(axes, paths.items(), strict=True):
        axis.contour(w1, w2, losses, levels=12, colors="silver", linewidths=0.7)
        axis.plot(*path.T, "-", linewidth=0.8)
        axis.plot(*path[-1], "o", label="after 3 epochs")
        axis.plot(*torch.linalg.lstsq(x, y).solution, "kx", markersize=9, label="minimum")
        axis.set(xlabel="$w_1$", title=f"{name} a step: {len(path) - 1:,} steps")
    axes[0].set_ylabel("$w_2$")
    axes[0].legend()
    plt.show()


# %% [markdown]
# **To think about.** The stochastic run never comes to rest, although the learning rate is the same. What would bring
# it to rest, and what would that cost at the start?
#
# A mini-batch of 32 costs 32 times as much as one example. How much less noisy is its gradient, and how many examples
# would halve the noise once more?

# %% [markdown] lang="zh_CN"
# **想一想。** 随机梯度下降的那次运行始终静不下来，尽管学习率相同。怎样能使它静下来？这在开始时又要付出什么代价？
#
# 32 个样本的小批量，代价是一个样本的 32 倍。它的梯度的噪声小了多少？要使噪声再减半，需要多少个样本？

# %% [markdown]
# ## The valley
#
# Now leave noise aside. Take the loss $f(x) = 0.1 \, x_1^2 + 2 \, x_2^2$, a valley that is steep across and flat along:
# its curvatures are 0.2 and 4. Plain gradient descent multiplies each coordinate by $1 - \eta \cdot \text{curvature}$
# in every step. Across the valley this factor leaves the interval from $-1$ to $1$ as soon as $\eta > 0.5$, and the
# path flies apart; along it, even $\eta = 0.4$ makes the factor 0.92, which is a crawl. Losses of real networks are
# like that in millions of directions at once.

# %% [markdown] lang="zh_CN"
# ## 山谷
#
# 现在先不管噪声。取损失 $f(x) = 0.1 \, x_1^2 + 2 \, x_2^2$，这是一个横向陡峭、纵向平缓的山谷：它的曲率是 0.2 和 4。普通的梯度下降每一步都把每个坐标乘以 $1 - \eta \cdot \text{曲率}$。在横向上，一旦 $\eta > 0.5$，这个因子就超出 $-1$ 到 $1$ 的区间，路径随之发散；在纵向上，即使 $\eta = 0.4$，因子也有 0.92，简直是在爬。真实网络的损失同时在几百万个方向上都是这样。


# %%
def descend(step, states, steps, first=None, **setting):
    """Take steps down the valley from (-5, -2); return all points, and all values of each state.

    `step(x, grad, *state, **setting)` returns the new x and states. One that counts gets t as well, from `first` on.
    """
    x, state = torch.tensor([-5.0, -2.0]), [torch.zeros(2)] * states
    path, kept = [x], []
    for count in range(steps):
        counted = {} if first is None else {"t": first + count}
        x, *state = step(x, torch.tensor([0.2, 4.0]) * x, *state, **counted, **setting)
        path.append(x)
        kept.append(state)
    return torch.stack(path), [torch.stack(values) for values in zip(*kept, strict=True)]


def draw_path(axis, path, title):
    """Draw a path over the contours of the valley; points beyond the frame are cut off."""
    x1, x2 = torch.meshgrid(torch.linspace(-6, 3, 90), torch.linspace(-3.5, 3.5, 70), indexing="ij")
    levels = [0.02, 0.1, 0.4, 1, 2, 4, 7, 11, 16, 22]
    axis.contour(x1, x2, 0.1 * x1**2 + 2 * x2**2, levels=levels, colors="silver", linewidths=0.7)
    axis.plot(*path.T, "o-", markersize=3.5, linewidth=1.2, color="C0")
    axis.plot(*path[0], "s", markersize=7, color="C1")
    axis.plot(0, 0, "kx", markersize=8)
    axis.set(xlim=(-6, 3), ylim=(-3.5, 3.5), xlabel="$x_1$", ylabel="$x_2$", title=title)


def sgd_step(w, grad, lr):
    """Take one step of plain gradient descent, which has no state."""
    return (w - lr * grad,)


# %% [markdown]
# What to look for: twenty steps on either side of the limit. On the left $x_2$ flips its sign in each step while $x_1$
# creeps; on the right the flips grow.

# %% [markdown] lang="zh_CN"
# 要看的内容：在这个界限的两侧各走二十步。左图中，$x_2$ 每一步都变号，而 $x_1$ 慢慢地爬；右图中，来回翻转的幅度越来越大。


# %%
@after()
def plain_descent_in_the_valley():
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axis, lr in zip(axes, (0.4, 0.52), strict=True):
        path, _ = descend(sgd_step, 0, 20, lr=lr)
        draw_path(axis, path, f"gradient descent, lr = {lr}")
    plt.show()


# %% [markdown]
# ## Momentum
#
# Let the walker have a mass (Polyak, 1964). Its *velocity* $v$ gathers gradients and forgets them at a rate
# $0 \le \gamma < 1$:
#
# $$
# v_t = \gamma \, v_{t-1} + \eta \, g_t, \qquad w_t = w_{t-1} - v_t .
# $$
#
# Written out, $v_t = \eta \sum_k \gamma^k g_{t-k}$. Where gradients point to and fro they cancel; where they agree they
# add up to a step $1 / (1 - \gamma)$ times as long, ten times for $\gamma = 0.9$. Mind that libraries differ in where
# $\eta$ stands; here it is inside of $v$.

# %% [markdown] lang="zh_CN"
# ## 动量
#
# 给行走者一个质量（Polyak, 1964）。它的*速度* $v$ 积累梯度，并以速率 $0 \le \gamma < 1$ 忘掉它们：
#
# $$
# v_t = \gamma \, v_{t-1} + \eta \, g_t, \qquad w_t = w_{t-1} - v_t .
# $$
#
# 展开来写，$v_t = \eta \sum_k \gamma^k g_{t-k}$。来回摆动的梯度相互抵消；方向一致的梯度累加起来，使步长变成 $1 / (1 - \gamma)$ 倍，$\gamma = 0.9$ 时是十倍。注意各个库把 $\eta$ 放在不同的位置；这里它在 $v$ 里面。


# %%
def momentum_step(w, grad, v, lr, gamma):
    """Take one step of gradient descent with momentum.

    v = gamma*v + lr*grad, then w = w - v with this new v.

    w, grad, v: floating-point tensors of one shape, dtype and device (weights, gradient, velocity). lr, gamma: numbers.
    Returns `(w, v)`, new tensors of the same shape, dtype and device; the arguments stay as they are. No gradient is
    needed: working under `torch.no_grad()` is fine.

    Not allowed in this unit: `torch.optim`. Source: Polyak, 1964, USSR Computational Mathematics and Mathematical
    Physics 4(5).
    """
    ### BEGIN SOLUTION
    v = gamma * v + lr * grad
    return w - v, v
    ### END SOLUTION


# %%
check(momentum_step)

# %% [markdown]
# What it now does, with a learning rate at which plain descent flew apart. Look at how soon the zigzag dies down, and
# at what too much momentum does at the bottom.

# %% [markdown] lang="zh_CN"
# 看看它现在的效果，所用的学习率会使普通的梯度下降发散。请看曲折的路线多快就平息下来，以及过大的动量在谷底会怎样。


# %%
@after(momentum_step)
def momentum_in_the_valley():
    settings = ((0.4, 0.5), (0.6, 0.5), (0.4, 0.9))
    paths = [descend(momentum_step, 1, 20, lr=lr, gamma=gamma)[0] for lr, gamma in settings]
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for axis, path, (lr, gamma) in zip(axes, paths, settings, strict=True):
        draw_path(axis, path, f"momentum, lr = {lr}, gamma = {gamma}")
    plt.show()


# %% [markdown]
# Valleys are not all there is. At a **saddle point** the gradient is zero as well, but the loss rises in some
# directions and falls in others. With a million weights, most points of zero gradient are saddles: for a minimum, every
# single curvature would have to be positive. Descent comes to a saddle fast, and leaves it slowly, as the gradient
# there is next to nothing. Below is $f(x) = \frac12 x_1^2 - \frac12 x_2^2 + \frac14 x_2^4$, with a saddle at the origin
# and minima of $-\frac14$ at $x_2 = \pm 1$. Look at how long each curve stays on the plateau at 0.

# %% [markdown] lang="zh_CN"
# 不是只有山谷。在**鞍点**处梯度也为零，但损失在某些方向上升，在另一些方向下降。有一百万个权重时，梯度为零的点大多是鞍点：要成为极小值点，每一个曲率都必须为正。下降很快就到达鞍点，却很慢才离开，因为那里的梯度几乎为零。下面是 $f(x) = \frac12 x_1^2 - \frac12 x_2^2 + \frac14 x_2^4$，它在原点有一个鞍点，在 $x_2 = \pm 1$ 处有极小值 $-\frac14$。请看每条曲线在 0 处的平台期停留多久。


# %%
@after(momentum_step)
def leaving_a_saddle_point():
    def run(gamma, noise, x2, steps=150, lr=0.1):
        generator = torch.Generator().manual_seed(5)
        x, v = torch.tensor([1.0, x2]), torch.zeros(2)
        losses = []
        for _ in range(steps):
            losses.append((0.5 * x[0] ** 2 - 0.5 * x[1] ** 2 + 0.25 * x[1] ** 4).item())
            grad = torch.stack([x[0], x[1] ** 3 - x[1]]) + noise * torch.randn(2, generator=generator)
            x, v = momentum_step(x, grad, v, lr, gamma)
        return losses

    runs = {
        "no momentum, from $x_2 = 0$": (":", run(0.0, 0.0, 0.0)),
        "no momentum, from $x_2 = 0.0001$": ("--", run(0.0, 0.0, 1e-4)),
        "no momentum, noisy gradients, from $x_2 = 0$": ("-.", run(0.0, 0.05, 0.0)),
        "momentum 0.8, from $x_2 = 0.0001$": ("-", run(0.8, 0.0, 1e-4)),
    }
    plt.figure(figsize=(8, 3.6), layout="constrained")
    for label, (style, losses) in runs.items():
        plt.plot(losses, style, label=label)
    plt.xlabel("step")
    plt.ylabel("f(x)")
    plt.title("leaving a saddle point")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


# %% [markdown]
# **To think about.** Up to which $\eta$ does plain descent converge in the valley? Try out how far you can go with
# $\gamma = 0.5$. Why does the limit grow?
#
# Why does the noise of mini-batches help at a saddle point, and do harm near a minimum?

# %% [markdown] lang="zh_CN"
# **想一想。** 在山谷中，普通的梯度下降在 $\eta$ 多大以内收敛？试试 $\gamma = 0.5$ 时能达到多大。这个界限为什么会变大？
#
# 小批量的噪声为什么在鞍点处有帮助，在最小值附近却有害？

# %% [markdown]
# ## Adagrad
#
# Momentum has one learning rate for all directions still. The weight of a rare word has a gradient of 0 nearly
# always, and ought to take a long step when its word does come by. **Adagrad** (Duchi, Hazan and Singer, 2011) gives
# each weight its own rate: it adds up the squares of all gradients that the weight has seen, and divides by the root.
#
# $$
# s_t = s_{t-1} + g_t^2, \qquad w_t = w_{t-1} - \frac{\eta}{\sqrt{s_t + \epsilon}} \, g_t .
# $$
#
# The small $\epsilon$ guards against dividing by 0. Here and in the next two methods it stands *inside* the root.

# %% [markdown] lang="zh_CN"
# ## Adagrad
#
# 动量法仍然对所有方向只用一个学习率。罕见单词的权重，梯度几乎总是 0；当这个单词终于出现时，它应该迈出一大步。**Adagrad**（Duchi, Hazan and Singer, 2011）给每个权重自己的学习率：它把这个权重见过的所有梯度的平方加起来，再除以这个和的根。
#
# $$
# s_t = s_{t-1} + g_t^2, \qquad w_t = w_{t-1} - \frac{\eta}{\sqrt{s_t + \epsilon}} \, g_t .
# $$
#
# 小的 $\epsilon$ 用来防止除以 0。在这里和接下来的两种方法中，它都在根号*里面*。


# %%
def adagrad_step(w, grad, s, lr, eps=1e-6):
    """Take one step of Adagrad.

    s = s + grad**2, then w = w - lr * grad / sqrt(s + eps) with this new s, element by element.

    w, grad, s: floating-point tensors of one shape, dtype and device (weights, gradient, sum of squared gradients).
    lr, eps: numbers. Returns `(w, s)`, new tensors of the same shape, dtype and device; the arguments stay as they are.
    No gradient is needed: working under `torch.no_grad()` is fine.

    Not allowed in this unit: `torch.optim`. Source: Duchi, Hazan and Singer, 2011, JMLR 12, section 1.
    """
    ### BEGIN SOLUTION
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s + eps), s
    ### END SOLUTION


# %%
check(adagrad_step)

# %% [markdown]
# What it now does. Both directions get steps of one size, steep or flat, so the path cuts straight across the valley
# at first. Then look at the right: the sum $s$ can only grow, so both rates only fall, and with the smaller `lr` the
# walker all but stops halfway.

# %% [markdown] lang="zh_CN"
# 看看它现在的效果。无论陡峭还是平缓，两个方向的步长都一样大，因此路径一开始径直穿过山谷。然后看右图：和 $s$ 只会增大，因此两个学习率都只会下降；用较小的 `lr` 时，行走者在半路上几乎停了下来。


# %%
@after(adagrad_step)
def adagrad_in_the_valley():
    slow, (s,) = descend(adagrad_step, 1, 40, lr=0.4)
    fast, _ = descend(adagrad_step, 1, 40, lr=2.0)
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    draw_path(axes[0], slow, "Adagrad, lr = 0.4, 40 steps")
    draw_path(axes[1], fast, "Adagrad, lr = 2, 40 steps")
    axes[2].plot(range(1, 41), 0.4 / s.sqrt(), label=["for $x_1$ (flat)", "for $x_2$ (steep)"])
    axes[2].set(xlabel="step", yscale="log", title="the rate of each weight, lr = 0.4")
    axes[2].set_ylabel("lr / sqrt(s)")
    axes[2].legend()
    plt.show()


# %% [markdown]
# ## RMSProp
#
# In a long training Adagrad's rates fall to nothing, and what the first gradients were like is never forgotten.
# **RMSProp** (Tieleman and Hinton, 2012) replaces the sum by a *leaky average*, in which a gradient counts less and less
# the longer ago it was:
#
# $$
# s_t = \gamma \, s_{t-1} + (1 - \gamma) \, g_t^2, \qquad w_t = w_{t-1} - \frac{\eta}{\sqrt{s_t + \epsilon}} \, g_t .
# $$
#
# The weights $(1 - \gamma) \gamma^k$ add up to 1, so $\sqrt{s_t}$ is the typical size of the gradient over the last
# $1 / (1 - \gamma)$ steps or so, and how fast rates change no longer hangs on how long the training has been running.

# %% [markdown] lang="zh_CN"
# ## RMSProp
#
# 在漫长的训练中，Adagrad 的学习率会降到几乎为零，而最初的梯度是什么样子，它永远忘不掉。**RMSProp**（Tieleman and Hinton, 2012）把和换成*泄漏平均*，其中的梯度离现在越久，分量就越小：
#
# $$
# s_t = \gamma \, s_{t-1} + (1 - \gamma) \, g_t^2, \qquad w_t = w_{t-1} - \frac{\eta}{\sqrt{s_t + \epsilon}} \, g_t .
# $$
#
# 权重 $(1 - \gamma) \gamma^k$ 之和为 1，因此 $\sqrt{s_t}$ 大致是最近 $1 / (1 - \gamma)$ 步中梯度的典型大小，而学习率变化的快慢也不再取决于训练已经进行了多久。


# %%
def rmsprop_step(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """Take one step of RMSProp.

    s = gamma*s + (1-gamma)*grad**2, then w = w - lr * grad / sqrt(s + eps) with this new s, element by element.

    w, grad, s: floating-point tensors of one shape, dtype and device (weights, gradient, average of squared gradients).
    lr, gamma, eps: numbers. Returns `(w, s)`, new tensors of the same shape, dtype and device; the arguments stay as
    they are. No gradient is needed: working under `torch.no_grad()` is fine.

    Not allowed in this unit: `torch.optim`. Source: Tieleman and Hinton, 2012, Neural Networks for Machine Learning,
    lecture 6.5.
    """
    ### BEGIN SOLUTION
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s + eps), s
    ### END SOLUTION


# %%
check(rmsprop_step)

# %% [markdown]
# What it now does, with the `lr` at which Adagrad got stuck. On the right are the rates of both methods: Adagrad's
# (grey) only fall, those of RMSProp rise again as the gradient gets smaller.

# %% [markdown] lang="zh_CN"
# 看看它现在的效果，所用的 `lr` 会使 Adagrad 停滞不前。右图是两种方法的学习率：Adagrad 的（灰色）只会下降，RMSProp 的则随着梯度变小而重新上升。


# %%
@after(adagrad_step, rmsprop_step)
def rmsprop_in_the_valley():
    path, (s,) = descend(rmsprop_step, 1, 40, lr=0.4)
    _, (sums,) = descend(adagrad_step, 1, 40, lr=0.4)
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    draw_path(axes[0], path, "RMSProp, lr = 0.4, 40 steps")
    steps = range(1, 41)
    axes[1].plot(steps, 0.4 / sums[:, 0].sqrt(), "--", color="grey", label="Adagrad, $x_1$")
    axes[1].plot(steps, 0.4 / sums[:, 1].sqrt(), ":", color="grey", label="Adagrad, $x_2$")
    axes[1].plot(steps, 0.4 / (s + 1e-6).sqrt(), label=["RMSProp, $x_1$", "RMSProp, $x_2$"])
    axes[1].set(xlabel="step", ylabel="lr / sqrt(s)", yscale="log", title="the rate of each weight")
    axes[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


# %% [markdown]
# ## Adadelta
#
# Look at the units. If $w$ is measured in metres, a gradient is in 1/metre, and a gradient over its own typical size
# has no unit at all: Adagrad and RMSProp leave it to $\eta$ to put the metres back. **Adadelta** (Zeiler, 2012) takes
# them from the steps it has taken so far, and has no learning rate. Beside $s$ it keeps a second leaky average
# $\Delta$, of its own squared steps $g'$:
#
# $$
# \begin{aligned}
# s_t &= \rho \, s_{t-1} + (1 - \rho) \, g_t^2, &
# g'_t &= \sqrt{\frac{\Delta_{t-1} + \epsilon}{s_t + \epsilon}} \; g_t, \\
# w_t &= w_{t-1} - g'_t, &
# \Delta_t &= \rho \, \Delta_{t-1} + (1 - \rho) \, {g'_t}^2 .
# \end{aligned}
# $$
#
# The step is made with the *old* $\Delta$, as the new one holds the step itself.

# %% [markdown] lang="zh_CN"
# ## Adadelta
#
# 看看单位。如果 $w$ 以米为单位，梯度的单位就是 1/米，而梯度除以它自己的典型大小就完全没有单位了：Adagrad 和 RMSProp 靠 $\eta$ 把米补回来。**Adadelta**（Zeiler, 2012）从已经走过的各步取得单位，没有学习率。除 $s$ 之外，它还保存第二个泄漏平均 $\Delta$，即它自己的更新量 $g'$ 的平方的泄漏平均：
#
# $$
# \begin{aligned}
# s_t &= \rho \, s_{t-1} + (1 - \rho) \, g_t^2, &
# g'_t &= \sqrt{\frac{\Delta_{t-1} + \epsilon}{s_t + \epsilon}} \; g_t, \\
# w_t &= w_{t-1} - g'_t, &
# \Delta_t &= \rho \, \Delta_{t-1} + (1 - \rho) \, {g'_t}^2 .
# \end{aligned}
# $$
#
# 更新量由*旧的* $\Delta$ 算出，因为新的本身就含有这个更新量。


# %%
def adadelta_step(w, grad, s, delta, rho=0.9, eps=1e-5):
    """Take one step of Adadelta.

    s = rho*s + (1-rho)*grad**2, then g = sqrt((delta+eps)/(s+eps)) * grad with this new s and the old delta, then
    w = w - g and delta = rho*delta + (1-rho)*g**2, element by element.

    w, grad, s, delta: floating-point tensors of one shape, dtype and device (weights, gradient, average of squared
    gradients, average of squared steps). rho, eps: numbers. Returns `(w, s, delta)`, new tensors of the same shape,
    dtype and device; the arguments stay as they are. No gradient is needed: working under `torch.no_grad()` is fine.

    Not allowed in this unit: `torch.optim`. Source: Zeiler, 2012, arXiv:1212.5701, algorithm 1.
    """
    ### BEGIN SOLUTION
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    return w - g, s, rho * delta + (1 - rho) * g**2
    ### END SOLUTION


# %%
check(adadelta_step)

# %% [markdown]
# What it now does, with a dot for every fifth step. No learning rate was tuned. But look at the length of the first
# steps on the right, and at how little they grow while the gradient goes on pointing the same way: with $\Delta_0 = 0$,
# it is $\epsilon$ that decides how fast Adadelta sets out. Near the minimum, steps along the valley get shorter by
# themselves; across it, the larger $\epsilon$ keeps the walker hopping.

# %% [markdown] lang="zh_CN"
# 看看它现在的效果，每五步画一个圆点。没有调过任何学习率。不过请看右图中最初几步的长度，以及在梯度一直指向同一方向时它们增长得多么少：由于 $\Delta_0 = 0$，Adadelta 出发有多快是由 $\epsilon$ 决定的。在最小值附近，沿着山谷的步子会自己变短；而在横向上，较大的 $\epsilon$ 使行走者一直跳来跳去。


# %%
@after(adadelta_step)
def adadelta_in_the_valley():
    small, large = (descend(adadelta_step, 2, 300, eps=eps)[0] for eps in (1e-5, 1e-3))
    figure, axes = plt.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
    for axis, path, name, style in ((axes[0], small, "1e-5", "-"), (axes[1], large, "1e-3", "--")):
        draw_path(axis, path[::5], f"Adadelta, eps = {name}, 300 steps")
        axes[2].plot(range(1, 301), path.diff(dim=0)[:, 0].abs(), style, label=f"eps = {name}")
    axes[2].set(xlabel="step", ylabel="length of the step in $x_1$", ylim=(0, None))
    axes[2].set_title("how long the steps are")
    axes[2].legend()
    plt.show()


# %% [markdown]
# **To think about.** Multiply the loss by 100. What happens to the first steps of gradient descent, of Adagrad with its
# small $\epsilon$, and of Adadelta?
#
# Adagrad is at home where gradients are *sparse*, as with words. Why do leaky averages fit there less well?

# %% [markdown] lang="zh_CN"
# **想一想。** 把损失乘以 100。梯度下降、$\epsilon$ 很小的 Adagrad，以及 Adadelta，它们的最初几步各会怎样？
#
# Adagrad 擅长处理*稀疏*的梯度，例如单词的梯度。泄漏平均为什么不太适合那种情况？

# %% [markdown]
# ## Adam
#
# Momentum averages gradients and RMSProp averages their squares. **Adam** (Kingma and Ba, 2015) does both. It keeps two
# *moments*, the running averages of $g$ and of $g^2$:
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
# The next step goes on from $v_t$ and $s_t$ as they are; the corrected ones are used for this step alone. And mind
# $\epsilon$: in Adam it stands *outside* the root.

# %% [markdown] lang="zh_CN"
# ## Adam
#
# 动量法对梯度取平均，RMSProp 对梯度的平方取平均。**Adam**（Kingma and Ba, 2015）两样都做。它保存两个*矩*，即 $g$ 和 $g^2$ 的移动平均：
#
# $$
# v_t = \beta_1 v_{t-1} + (1 - \beta_1) \, g_t, \qquad s_t = \beta_2 s_{t-1} + (1 - \beta_2) \, g_t^2 .
# $$
#
# 两者都从 0 开始，而当 $\beta_2 = 0.999$ 时，要过一千步左右才会忘掉这一点：在那之前它们都偏小。$t$ 步之后，平均值中所有梯度的权重之和是 $1 - \beta^t$ 而不是 1，因此除以这个和就修正了*偏差*：
#
# $$
# \hat v_t = \frac{v_t}{1 - \beta_1^t}, \qquad \hat s_t = \frac{s_t}{1 - \beta_2^t}, \qquad
# w_t = w_{t-1} - \eta \, \frac{\hat v_t}{\sqrt{\hat s_t} + \epsilon} .
# $$
#
# 下一步从原样的 $v_t$ 和 $s_t$ 继续；修正后的只用于这一步。还要注意 $\epsilon$：在 Adam 中，它在根号*外面*。


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
# What the correction is for: the same first steps with it and without. For a very large $t$ both corrections are 1, so
# handing in such a $t$ shows what Adam would do if it had none. On the right, look at the first steps: with the
# correction they are about as long as the learning rate (dotted).

# %% [markdown] lang="zh_CN"
# 修正有什么用：同样的最初几步，一次有修正，一次没有。$t$ 非常大时，两个修正都是 1，因此传入这样的 $t$，就能看到没有修正的 Adam 会怎样。在右图中，请看最初几步：有修正时，它们大约与学习率（点线）一样长。


# %%
@after(adam_step)
def adam_with_and_without_correction():
    corrected, raw = (descend(adam_step, 2, 10, first=first, lr=0.4)[0] for first in (1, 10**6))
    figure, axes = plt.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
    kinds = (axes[0], corrected, "with bias correction", "o-"), (axes[1], raw, "without", "s--")
    for axis, path, name, style in kinds:
        draw_path(axis, path, f"Adam's first 10 steps, {name}")
        axes[2].plot(range(1, 11), path.diff(dim=0)[:, 0].abs(), style, label=name)
    axes[2].axhline(0.4, color="grey", linestyle=":", label="lr")
    axes[2].set(xlabel="step", ylabel="length of the step in $x_1$", ylim=(0, None))
    axes[2].set_title("how long the steps are")
    axes[2].legend()
    plt.show()


# %% [markdown]
# And here they all are, 40 steps each from the same place. No panel says which method is best: each has a learning rate
# that suits this valley. Look at the *shapes*: who zigzags, who overshoots, who cuts straight across, who has hardly
# set out.

# %% [markdown] lang="zh_CN"
# 所有方法都在这里了，从同一个位置出发各走 40 步。没有哪幅图说明哪种方法最好：每种方法用的都是适合这个山谷的学习率。请看*形状*：谁走得曲折，谁冲过了头，谁径直穿过，谁几乎还没有出发。


# %%
@after(momentum_step, adagrad_step, rmsprop_step, adadelta_step, adam_step)
def all_paths():
    methods = {
        "gradient descent, lr = 0.4": {"step": sgd_step, "states": 0, "lr": 0.4},
        "momentum, lr = 0.4, gamma = 0.5": {"step": momentum_step, "states": 1, "lr": 0.4, "gamma": 0.5},
        "Adagrad, lr = 2": {"step": adagrad_step, "states": 1, "lr": 2.0},
        "RMSProp, lr = 0.4": {"step": rmsprop_step, "states": 1, "lr": 0.4},
        "Adadelta": {"step": adadelta_step, "states": 2},
        "Adam, lr = 0.4": {"step": adam_step, "states": 2, "first": 1, "lr": 0.4},
    }
    paths = {title: descend(steps=40, **method)[0] for title, method in methods.items()}
    figure, axes = plt.subplots(2, 3, sharex=True, sharey=True, figsize=(12, 6.6), layout="constrained")
    for axis, (title, path) in zip(axes.flat, paths.items(), strict=True):
        draw_path(axis, path, title)
        axis.label_outer()
    plt.show()


# %% [markdown]
# **To think about.** With the correction, the first step is as long in the flat direction as in the steep one. How long
# is it, and why does the size of the gradient not matter? Without the correction, the first steps are *longer*,
# although both moments are too small: which of the two has the upper hand, and why?
#
# What happens to a weight whose gradient is 0 for a long time, and then is not?

# %% [markdown] lang="zh_CN"
# **想一想。** 有修正时，第一步在平缓方向上与在陡峭方向上一样长。它有多长？梯度的大小为什么不起作用？没有修正时，最初几步反而*更长*，尽管两个矩都偏小：两者中哪一个占了上风？为什么？
#
# 如果一个权重的梯度长时间为 0，后来不再为 0，它会怎样？

# %% [markdown]
# ## A schedule for the learning rate
#
# A high rate crosses the plain fast, but near a minimum it leaves the walker hopping about; a low one settles, but
# takes for ever to get there. So start high and come down. A *schedule* says when: at fixed epochs (step decay), along
# a curve (polynomial, cosine), often after a *warm-up* in which the rate first rises. Or let the training itself say
# when: as long as validation accuracy moves, keep the rate; once it has stopped moving, halve it.
#
# "Stopped moving" wants a definition. Here it means that the last $p$ accuracies (the *patience*) all lie in a band
# whose width, highest minus lowest, is at most a *tolerance*. After halving, look at new epochs only, as the lower rate
# must be given time to show what it can do; and stop halving at a 1024th, ten halvings, of where you began.

# %% [markdown] lang="zh_CN"
# ## 学习率的调度
#
# 高的学习率能很快穿过平原，但在最小值附近会使行走者跳来跳去；低的学习率能安定下来，却要走很久很久才能到那里。所以开始时高，然后降下来。*调度*说明什么时候降：在固定的轮（分阶段衰减），沿一条曲线（多项式、余弦），之前常常有一段使学习率先上升的*预热*。也可以由训练自己来说明：只要验证精度还在变化，就保持学习率；一旦它停止变化，就减半。
#
# “停止变化”需要一个定义。在这里，它的意思是最后 $p$ 个精度（即*耐心值*那么多个）都落在一个区间内，区间的宽度，即最高减去最低，不超过*容差*。减半之后只看新的各轮，因为必须给较低的学习率一点时间来显示它的作用；减到开始时的 1024 分之一，即减半十次之后，就不再减半。


# %%
def halve_on_plateau(accuracies, lr, patience=10, tolerance=1e-3):
    """Return the learning rate used at each epoch: halved whenever validation accuracy has stopped moving.

    Epoch 0 uses lr. After an epoch, if the last `patience` accuracies since the latest halving (or the start) lie
    within a band (max - min) of at most `tolerance`, the rate is halved from the next epoch on and the count starts
    anew: accuracies from before a halving no longer count. As long as there are fewer than `patience` of them, the rate
    stays. It never goes below lr / 1024.

    accuracies: a list of floats, the accuracy after each epoch. lr: a number. patience: an int, at least 1. tolerance: a
    number, at least 0. Returns a list of numbers, one rate for each epoch in `accuracies`, which stays as it is.

    Not allowed in this unit: `torch.optim`. Compare: He et al., 2016, CVPR, section 3.4, who divide by 10 when the
    error plateaus.
    """
    ### BEGIN SOLUTION
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates
    ### END SOLUTION


# %%
check(halve_on_plateau)

# %% [markdown]
# What it now does with an accuracy curve that levels off three times. Shaded are the stretches of five epochs that lay
# within the band; the rate (below) falls right after each. On the last plateau it falls again and again, as nothing
# moves any more.

# %% [markdown] lang="zh_CN"
# 看看它怎样处理一条三次变平的精度曲线。阴影是落在区间内的各段，每段五轮；每段之后，学习率（下图）马上下降。在最后一个平台期，它一次又一次地下降，因为什么都不再变化。


# %%
@after(halve_on_plateau)
def a_schedule():
    epochs = torch.arange(40)
    levels = torch.tensor([0.6, 0.8, 0.9]).repeat_interleave(torch.tensor([12, 10, 18]))
    since = torch.cat([torch.arange(12), torch.arange(10), torch.arange(18)])
    jumps = torch.tensor([0.5, 0.2, 0.1]).repeat_interleave(torch.tensor([12, 10, 18]))
    wiggle = 0.003 * torch.sin(2.0 * epochs)
    accuracies = (levels - jumps * torch.exp(-since / 1.5) + wiggle).tolist()
    rates = halve_on_plateau(accuracies, lr=0.4, patience=5, tolerance=0.02)

    figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(8, 5), layout="constrained")
    above.plot(epochs, accuracies, "o-", markersize=4)
    for epoch in range(1, 40):
        if rates[epoch] < rates[epoch - 1]:
            above.axvspan(epoch - 5.4, epoch - 0.6, color="C1", alpha=0.3, linewidth=0)
    above.set(ylabel="validation accuracy", title="patience = 5, tolerance = 0.02")
    below.step(epochs, rates, where="mid", color="C1")
    below.set_yscale("log", base=2)
    below.set(xlabel="epoch", ylabel="learning rate")
    plt.show()


# %% [markdown]
# **To think about.** On which validation set would you call a change of 0.001 in accuracy a change at all? What happens
# if the tolerance is smaller than the noise of the accuracy?
#
# A rule with *patience* looks back on epochs that are already paid for. What does a long patience cost, what a short?

# %% [markdown] lang="zh_CN"
# **想一想。** 在什么样的验证集上，你会把 0.001 的精度变化算作变化？如果容差小于精度的噪声，会怎样？
#
# 有*耐心值*的规则回头看的是已经付出过代价的各轮。长的耐心值有什么代价？短的呢？

# %% [markdown]
# ## All of it at work
#
# Time for real data: 1,797 handwritten digits of 8 × 8 pixels, 500 of them kept back for validation, and a network with
# one hidden layer of 32 units. All runs start from the same weights and see the same mini-batches in the same order:
# yours.

# %% [markdown] lang="zh_CN"
# ## 综合运用
#
# 现在来看真实数据：1,797 个 8 × 8 像素的手写数字，其中 500 个留作验证，网络有一个 32 个单元的隐藏层。所有运行都从同样的权重出发，按同样的顺序看到同样的小批量：你的小批量。


# %%
@after()
def digits():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    x, y = torch.tensor(images, dtype=torch.float32)[order] / 16, torch.tensor(labels)[order]
    return {"train": (x[:-500], y[:-500]), "valid": (x[-500:], y[-500:])}


def first_weights():
    """Return the weights that every run starts from: 64 pixels, 32 hidden units, 10 classes."""
    generator = torch.Generator().manual_seed(1)
    sizes = [(64, 32), (32,), (32, 10), (10,)]
    return [
        torch.randn(size, generator=generator) * (2 / size[0]) ** 0.5 if len(size) == 2 else torch.zeros(size)
        for size in sizes
    ]


def class_scores(params, x):
    """Return the network's scores for ten classes."""
    w1, b1, w2, b2 = params
    return torch.relu(x @ w1 + b1) @ w2 + b2


def training(step, states, data, batch_size=32, first=None, **setting):
    """Train with a step as `descend` takes it; yield the weights and the mean loss after each epoch."""
    x, y = data
    generator = torch.Generator().manual_seed(2)
    params = first_weights()
    kept = [[torch.zeros_like(w)] * states for w in params]
    counted = {} if first is None else {"t": first}
    while True:
        total = 0.0
        for index in minibatches(len(y), batch_size, generator):
            params = [w.detach().requires_grad_() for w in params]
            loss = torch.nn.functional.cross_entropy(class_scores(params, x[index]), y[index])
            grads = torch.autograd.grad(loss, params)
            total += loss.item() * len(index)
            with torch.no_grad():
                triples = zip(params, grads, kept, strict=True)
                new = [step(w, grad, *state, **counted, **setting) for w, grad, state in triples]
            params, kept = [w for w, *_ in new], [state for _, *state in new]
            counted = {key: t + 1 for key, t in counted.items()}
        yield params, total / len(y)


def accuracy(params, data):
    """Return the share of digits that are recognised."""
    x, y = data
    return (class_scores(params, x).argmax(dim=1) == y).float().mean().item()


# %% [markdown]
# Six methods, twelve epochs each. Adam counts its steps from 1, and one count serves all tensors, as they take each
# step together; its moments, and the state of every method, belong to one tensor each. What to look for: who is fast
# in the first epochs, and how far the curves lie apart on the left (how well the training set is learnt, on a
# logarithmic axis) and on the right (what that is worth on new digits).

# %% [markdown] lang="zh_CN"
# 六种方法，各训练十二轮。Adam 的步从 1 数起，所有张量共用一个计数，因为它们的每一步都一起走；而它的矩，以及每种方法的状态，都分别属于一个张量。要看的内容：在最初几轮中谁快，以及各条曲线在左图中（训练集学得多好，用对数坐标轴）和在右图中（这对新的数字有多大用处）相距多远。


# %%
@after(minibatches, momentum_step, adagrad_step, rmsprop_step, adadelta_step, adam_step)
def digits_by_method():
    methods = {
        "SGD, lr = 0.1": {"step": sgd_step, "states": 0, "lr": 0.1},
        "momentum, lr = 0.1, gamma = 0.9": {"step": momentum_step, "states": 1, "lr": 0.1, "gamma": 0.9},
        "Adagrad, lr = 0.1": {"step": adagrad_step, "states": 1, "lr": 0.1},
        "RMSProp, lr = 0.01": {"step": rmsprop_step, "states": 1, "lr": 0.01},
        "Adadelta": {"step": adadelta_step, "states": 2},
        "Adam, lr = 0.01": {"step": adam_step, "states": 2, "first": 1, "lr": 0.01},
    }
    epochs = range(1, 13)
    curves = {}
    with tqdm(total=len(methods) * len(epochs), file=sys.stdout, unit="epoch") as bar:
        for name, method in methods.items():
            bar.set_description(name.split(",")[0])
            losses, accuracies = curves[name] = [], []
            run = training(data=digits["train"], **method)
            for _ in epochs:
                params, loss = next(run)
                losses.append(loss)
                accuracies.append(accuracy(params, digits["valid"]))
                bar.update()
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for marker, (name, (losses, accuracies)) in zip("osv^Dx", curves.items(), strict=True):
        left.plot(epochs, losses, marker=marker, markersize=4, label=name)
        right.plot(epochs, accuracies, marker=marker, markersize=4, label=name)
    left.set(xlabel="epoch", ylabel="training loss (mean over the epoch)", yscale="log")
    right.set(xlabel="epoch", ylabel="validation accuracy", ylim=(0.85, 1))
    left.set_title("loss per epoch")
    right.set_title("accuracy on 500 new digits")
    right.legend(fontsize="small")
    plt.show()


# %% [markdown]
# And the schedule. Labels of real data are not all right, so here every tenth training label is replaced by a random
# one. Plain SGD in mini-batches of 4 then never comes to rest, as there is always another wrong label that pulls the
# wrong way. It runs once at a constant rate, and once with the rate halved whenever four validation accuracies lie
# within 0.03. (The rate of an epoch does not depend on that epoch's own accuracy, so while it is still to come any
# number may stand for it.) Look at both curves after the first halving; halvings are dotted.

# %% [markdown] lang="zh_CN"
# 还有调度。真实数据的标签并非全都正确，所以这里每十个训练标签中有一个被换成随机的标签。于是小批量为 4 的普通 SGD 永远静不下来，因为总有另一个错误的标签往错误的方向拉。它运行两次：一次学习率不变，一次每当四个验证精度落在 0.03 之内时就把学习率减半。（一轮的学习率不取决于这一轮自己的精度，所以在它还没有得到时，可以用任何数代替。）请看第一次减半之后的两条曲线；减半之处画了点线。


# %%
@after(minibatches, halve_on_plateau)
def digits_with_a_schedule():
    generator = torch.Generator().manual_seed(9)
    x, y = digits["train"]
    wrong = torch.rand(len(y), generator=generator) < 0.1
    noisy = x, torch.where(wrong, torch.randint(10, y.shape, generator=generator), y)
    epochs = range(24)

    def run(patience, bar):
        losses, accuracies, rates = [], [], []
        epochs_to_come = training(lambda w, grad: (w - rates[-1] * grad,), 0, noisy, batch_size=4)
        for _ in epochs:
            rates.append(halve_on_plateau([*accuracies, 0.0], 0.1, patience, 0.03)[-1])
            params, loss = next(epochs_to_come)
            losses.append(loss)
            accuracies.append(accuracy(params, digits["valid"]))
            bar.update()
        return losses, accuracies, rates

    with tqdm(total=2 * len(epochs), file=sys.stdout, unit="epoch") as bar:
        constant, halved = run(len(epochs), bar), run(4, bar)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    curves = {"constant rate": ("s--", constant), "halved on plateaus": ("o-", halved)}
    for name, (style, (losses, accuracies, _)) in curves.items():
        left.plot(epochs, losses, style, markersize=4, label=name)
        right.plot(epochs, accuracies, style, markersize=4, label=name)
    rates = halved[2]
    for axis in (left, right):
        for epoch in epochs[1:]:
            if rates[epoch] < rates[epoch - 1]:
                axis.axvline(epoch - 0.5, color="grey", linestyle=":", linewidth=1)
        axis.set_xlabel("epoch")
    left.set(ylabel="training loss (mean over the epoch)", title="loss per epoch, some labels wrong")
    right.set(ylabel="validation accuracy", title="accuracy on 500 new digits")
    left.legend(loc="upper right")
    plt.show()


# %% [markdown]
# **To think about.** Is the comparison of the six methods fair? Which of its ingredients would you have to vary before
# you recommended one of them?
#
# The methods end far apart in training loss and close together in validation accuracy. What does the unit on
# over- and underfitting say about that?

# %% [markdown] lang="zh_CN"
# **想一想。** 这六种方法的比较公平吗？在推荐其中一种之前，你必须改变比较中的哪些条件？
#
# 这些方法最后的训练损失相距很远，验证精度却很接近。关于过拟合与欠拟合的那个单元对此是怎么说的？
