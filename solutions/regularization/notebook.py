# %% [markdown]
# # Over- and underfitting, and what helps
#
# A model is trained on the examples at hand and used on others. Its mean loss on the former is the **training error**;
# its expected loss on new examples from the same source is the **generalisation error**, which nobody can compute, only
# estimate from examples that training has not seen. Two things can go wrong:
#
# - **Underfitting**: both errors are large, since the model cannot express what is there to be learnt.
# - **Overfitting**: the training error is small and the generalisation error is not, since the model has learnt its
#   examples by heart, noise included.
#
# Between them stands the model's **capacity**: how many different functions it can become. More capacity always lowers
# the training error. Whether it lowers the other one depends on how much data there is to tie the model down: a gap
# that 20 examples leave open may close with 2,000. This unit estimates the gap, narrows it in three ways (weight decay,
# dropout, early stopping), and ends with what none of the three can help against: data that change their distribution.

# %% [markdown] lang="zh_CN"
# # 过拟合与欠拟合，以及应对的办法
#
# 模型用手头的样本训练，却要用在别的样本上。它在前者上的平均损失是**训练误差**；它在同一来源的新样本上的期望损失是**泛化误差**，谁也无法算出它，只能用训练没有见过的样本来估计。可能出两种问题：
#
# - **欠拟合**：两种误差都大，因为模型表达不了要学的东西。
# - **过拟合**：训练误差小，泛化误差却不小，因为模型把样本背了下来，连噪声也一起背了。
#
# 介于两者之间的，是模型的**容量**：它能变成多少种不同的函数。容量越大，训练误差总是越低。泛化误差是否也随之降低，取决于有多少数据来约束模型：20 个样本时存在的差距，2,000 个样本时也许就消失了。本单元先估计这个差距，再用三种方法（权重衰减、暂退法（dropout）、早停）缩小它，最后讨论三种方法都无能为力的情况：数据改变了分布。

# %% tags=["setup"]
import math
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch
from tqdm import tqdm

from autograder import after, check

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=COLOURS)
torch.set_num_threads(1)  # the networks here are too small to share out

# %% [markdown]
# ## Validation, and how to afford it
#
# To choose between models one needs examples that no model was trained on, a **validation set**; the test set is no
# choice, because what was chosen by a test set is no longer tested by it. Where examples are scarce, **$k$-fold
# cross-validation** uses each of them for both purposes. The data are cut into $k$ folds; $k$ models are trained, each
# on all folds but one, and validated on that one. The mean of the $k$ validation errors is the estimate.
#
# Where $k$ does not divide $n$, some folds have to be longer. With $n = qk + r$ and $0 \le r < k$, the first $r$ folds
# hold $q + 1$ indices and the others $q$; no index is lost, none is used twice.

# %% [markdown] lang="zh_CN"
# ## 验证，以及怎样负担得起
#
# 要在几个模型之间做选择，需要没有任何模型训练过的样本，即**验证集**；测试集不行，因为用测试集选出来的模型，就不能再用它来测试了。样本稀少时，**$k$ 折交叉验证**让每个样本兼作两种用途。数据切成 $k$ 折；训练 $k$ 个模型，每个都在除一折以外的所有折上训练，并在那一折上验证。$k$ 个验证误差的平均值就是估计值。
#
# $k$ 不能整除 $n$ 时，有些折必须长一些。设 $n = qk + r$，其中 $0 \le r < k$，则前 $r$ 折各有 $q + 1$ 个索引，其余的各有 $q$ 个；没有索引丢失，也没有索引用两次。


# %%
def k_fold_split(n, k, i):
    """Return `(train, valid)`, the indices for round `i` of `k`-fold cross-validation.

    The indices 0 to n - 1 are cut into k contiguous folds; the first n % k folds hold one more than the others.
    `valid` holds the indices of fold i (counted from 0), `train` all the others.

    n, k, i: ints. Returns two int64 tensors, both ascending.
    Raises ValueError unless 2 <= k <= n and 0 <= i < k.

    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, section 7.10.
    """
    ### BEGIN SOLUTION
    if not (2 <= k <= n and 0 <= i < k):
        raise ValueError(f"there is no fold {i} of {k} folds of {n} indices")
    size, extra = divmod(n, k)
    start = i * size + min(i, extra)
    stop = start + size + (i < extra)
    index = torch.arange(n)
    return torch.cat([index[:start], index[stop:]]), index[start:stop]
    ### END SOLUTION


# %%
check(k_fold_split)


# %% [markdown]
# Thirty noisy samples of a smooth function, and polynomials as models: the degree is the capacity. On the left, look
# for the fit that misses the bend and for the one that bends too often. On the right, follow the two errors from left
# to right: the training error can only fall, and the validation error, estimated with your folds, turns.

# %% [markdown] lang="zh_CN"
# 一个光滑函数的三十个带噪声的样本，以多项式为模型：次数就是容量。在左图中，请找出没有跟上弯曲的那条拟合曲线，以及弯曲得太频繁的那一条。在右图中，请从左到右跟踪两种误差：训练误差只会下降，而用你的折估计出的验证误差会掉头。


# %%
def noisy_samples(n, seed):
    """Return `n` inputs from [-1, 1] in random order, and noisy values of a smooth function there."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, n)
    return x, smooth(x) + 0.25 * random.standard_normal(n)


def smooth(x):
    """Return what there is to be learnt."""
    return np.sin(3 * x) + 0.5 * x**2


def cross_validated(x, y, degree, k=10):
    """Return the mean squared training and validation errors of a polynomial, over `k` folds."""
    errors = []
    for i in range(k):
        parts = k_fold_split(len(x), k, i)
        fit = np.polynomial.Polynomial.fit(x[parts[0]], y[parts[0]], degree, domain=[-1, 1])
        errors.append([float(((fit(x[part]) - y[part]) ** 2).mean()) for part in parts])
    return np.mean(errors, axis=0)


@after(k_fold_split)
def capacity():
    x, y = noisy_samples(30, seed=5)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    grid = np.linspace(-1, 1, 300)
    left.plot(x, y, "o", color="grey", label="samples")
    left.plot(grid, smooth(grid), color="black", linewidth=1, label="the truth")
    for degree, style in ((1, ":"), (4, "-"), (16, "--")):
        fit = np.polynomial.Polynomial.fit(x, y, degree, domain=[-1, 1])
        left.plot(grid, fit(grid), style, linewidth=2, label=f"degree {degree}")
    left.set(title="Too little, enough, too much", xlabel="x", ylabel="y", ylim=(-2, 2.2))
    left.legend(ncols=2, fontsize=9)
    degrees = range(17)
    errors = np.array([cross_validated(x, y, degree) for degree in degrees])
    right.semilogy(degrees, errors[:, 0], "o-", label="training")
    right.semilogy(degrees, errors[:, 1], "s-", label="validation")
    right.axhline(0.25**2, color="grey", linewidth=1, label="the noise")
    right.set(title="10-fold cross-validation", xlabel="degree", ylabel="mean squared error")
    right.set_ylim(0.01, 30)
    right.legend()
    plt.show()


# %% [markdown]
# The same two errors for one polynomial of degree 10 and more and more data. Look at the gap between the curves, and at
# where they meet: data size does to overfitting what no choice of capacity can do for free.

# %% [markdown] lang="zh_CN"
# 同样的两种误差，这次是一个 10 次多项式，而数据越来越多。请看两条曲线之间的差距，以及它们在哪里相遇：数据量对过拟合的作用，是选择任何容量都不能白白换来的。


# %%
@after(k_fold_split)
def data_size():
    sizes = (20, 30, 50, 100, 300, 1000)
    errors = [[cross_validated(*noisy_samples(n, seed), 10, k=5) for seed in range(15)] for n in sizes]
    middle = np.median(errors, axis=1)
    plt.figure(figsize=(6, 4), layout="constrained")
    plt.loglog(sizes, middle[:, 0], "o-", label="training")
    plt.loglog(sizes, middle[:, 1], "s-", label="validation")
    plt.axhline(0.25**2, color="grey", linewidth=1, label="the noise")
    plt.title("Degree 10, median of 15 data sets")
    plt.xlabel("number of samples")
    plt.ylabel("mean squared error")
    plt.legend()
    plt.show()


# %% [markdown]
# **To think about.** `k_fold_split` cuts the data as they lie, and the samples above lie in random order. What would
# the validation error say if they were sorted by $x$? And what does it cost to choose $k = n$ in place of $k = 10$?
#
# **And:** after the best degree has been chosen, its validation error is a little too good to be true. Why?
#
# ## Weight decay: the penalty
#
# Capacity can be had in small steps. In place of a smaller model, take a large one and make large weights expensive:
# minimise
#
# $$
# L(w) + \lambda \, \Omega(w), \qquad \Omega(w) = \tfrac{1}{2} \lVert w \rVert^2 = \tfrac{1}{2} \sum_j w_j^2 .
# $$
#
# The half is there for the gradient's sake, which is just $w$. With $\lambda = 0$ nothing changes; with a large
# $\lambda$ all weights are near 0.

# %% [markdown] lang="zh_CN"
# **想一想。** `k_fold_split` 按数据原来的顺序切分，而上面的样本是随机排列的。如果样本按 $x$ 排序，验证误差会说明什么？另外，选择 $k = n$ 而不是 $k = 10$，代价是什么？
#
# **还有：** 选出最佳的次数之后，它的验证误差有点好得不真实。为什么？
#
# ## 权重衰减：惩罚
#
# 容量可以一点一点地调节。不必换成更小的模型，而是用一个大模型，并让大的权重付出代价：最小化
#
# $$
# L(w) + \lambda \, \Omega(w), \qquad \Omega(w) = \tfrac{1}{2} \lVert w \rVert^2 = \tfrac{1}{2} \sum_j w_j^2 .
# $$
#
# 取一半是为了梯度的方便，这样梯度就是 $w$。$\lambda = 0$ 时什么也不变；$\lambda$ 很大时，所有权重都接近 0。


# %%
def l2_penalty(w):
    """Return half the sum of the squares of all elements of `w`.

    w: floating-point tensor of any shape. Returns a scalar tensor (no axes) of the same dtype and device; its gradient
    flows to w. w itself stays as it is.

    Source: Krogh and Hertz, 1991, A simple weight decay can improve generalization, NeurIPS 4.
    """
    ### BEGIN SOLUTION
    return (w * w).sum() / 2
    ### END SOLUTION


# %%
check(l2_penalty)


# %% [markdown]
# The polynomial of degree 16 that overfitted, now trained with your penalty. Look at how its curve calms down as
# $\lambda$ grows, and at how far it goes too far; the right picture shows what has become of its 17 coefficients.

# %% [markdown] lang="zh_CN"
# 先前过拟合的 16 次多项式，现在用你的惩罚来训练。请看随着 $\lambda$ 增大，它的曲线怎样平静下来，以及到什么程度就过头了；右图显示它的 17 个系数变成了什么样。


# %%
@after(l2_penalty)
def penalised():
    x, y = map(torch.from_numpy, noisy_samples(30, seed=5))
    powers = torch.arange(17)

    def fitted(decay):
        w = torch.zeros(17, dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.LBFGS([w], max_iter=1000, line_search_fn="strong_wolfe")

        def loss():
            optimiser.zero_grad()
            value = ((x[:, None] ** powers @ w - y) ** 2).mean() / 2 + decay * l2_penalty(w)
            value.backward()
            return value

        optimiser.step(loss)
        return w.detach()

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    grid = torch.linspace(-1, 1, 300).double()
    left.plot(x, y, "o", color="grey")
    for decay, style in ((1e-8, "--"), (1e-3, "-"), (1.0, ":")):
        w = fitted(decay)
        left.plot(grid, grid[:, None] ** powers @ w, style, linewidth=2, label=f"$\\lambda$ = {decay:g}")
        right.semilogy(powers, w.abs(), style, marker="o", label=f"$\\lambda$ = {decay:g}")
    left.set(title="One capacity, three penalties", xlabel="x", ylabel="y", ylim=(-2, 2.2))
    right.set(title="Its coefficients", xlabel="power of x", ylabel="magnitude")
    left.legend()
    right.legend()
    plt.show()


# %% [markdown]
# ## Weight decay: the step
#
# For gradient descent the penalty need not be computed at all. The gradient of $\lambda \Omega(w)$ is $\lambda w$, so a
# step on loss and penalty together is
#
# $$
# w \leftarrow w - \eta \, (\nabla L(w) + \lambda w) = (1 - \eta \lambda) \, w - \eta \, \nabla L(w) :
# $$
#
# in each step the weights first *decay* by the share $\eta \lambda$, and what the data keep asking for is put back.

# %% [markdown] lang="zh_CN"
# ## 权重衰减：一步
#
# 做梯度下降时，根本不必计算惩罚。$\lambda \Omega(w)$ 的梯度是 $\lambda w$，因此对损失和惩罚一起做的一步是
#
# $$
# w \leftarrow w - \eta \, (\nabla L(w) + \lambda w) = (1 - \eta \lambda) \, w - \eta \, \nabla L(w) :
# $$
#
# 在每一步中，权重先按比例 $\eta \lambda$ *衰减*，然后数据一直要求的部分再补回来。


# %%
def sgd_weight_decay_step(w, grad, lr, weight_decay):
    """Take one step of gradient descent with weight decay.

    Returns (1 - lr * weight_decay) * w - lr * grad.

    w, grad: floating-point tensors of one shape, dtype and device: weights and the gradient of the loss (without any
    penalty). lr, weight_decay: numbers. Returns a new tensor like w; the arguments stay as they are. No gradient is
    needed: working under `torch.no_grad()` is fine.

    Source: Krogh and Hertz, 1991, A simple weight decay can improve generalization, NeurIPS 4.
    """
    ### BEGIN SOLUTION
    return (1 - lr * weight_decay) * w - lr * grad
    ### END SOLUTION


# %%
check(sgd_weight_decay_step)


# %% [markdown]
# A loss that cares much about $w_1$ and little about $w_2$, with its minimum at the cross. Look at where the steps end:
# weight decay pulls every path towards the origin, but hardly along the direction that the data have an opinion on.

# %% [markdown] lang="zh_CN"
# 一个对 $w_1$ 很敏感、对 $w_2$ 不太敏感的损失，它的最小值在叉号处。请看各步最后停在哪里：权重衰减把每条路径都拉向原点，但在数据有明确要求的方向上几乎拉不动。


# %%
@after(sgd_weight_decay_step)
def paths():
    curvature, minimum = torch.tensor([1.0, 0.05]), torch.tensor([2.0, 2.0])
    w1, w2 = torch.meshgrid(torch.linspace(-1, 3, 80), torch.linspace(-1, 3, 80), indexing="ij")
    loss = (curvature[0] * (w1 - 2) ** 2 + curvature[1] * (w2 - 2) ** 2) / 2
    plt.figure(figsize=(5.5, 4.5), layout="constrained")
    plt.contour(w1, w2, loss, levels=[0.01, 0.05, 0.15, 0.4, 0.9, 1.8, 3], colors="lightgrey")
    for decay, style in ((0.0, "o-"), (0.05, "s-"), (0.5, "^-")):
        path = [torch.tensor([-0.5, 2.7])]
        for _ in range(300):
            grad = curvature * (path[-1] - minimum)
            path.append(sgd_weight_decay_step(path[-1], grad, 0.3, decay))
        plt.plot(*torch.stack(path).T, style, markersize=3, label=f"weight decay {decay:g}")
    plt.plot(*minimum, "kx", markersize=10)
    plt.plot(0, 0, "k+", markersize=10)
    plt.title("300 steps of gradient descent")
    plt.xlabel("$w_1$")
    plt.ylabel("$w_2$")
    plt.legend(loc="lower left")
    plt.show()


# %% [markdown]
# **To think about.** Biases are often left out of weight decay. What is lost if the bias of a linear regression decays?
#
# **And:** step and penalty are one and the same for plain gradient descent. Are they for momentum, and for a method
# that divides each gradient by its typical size, as Adam does?
#
# ## Dropout
#
# A network with enough units can still learn its examples by heart, by letting some units correct the mistakes of
# particular others. **Dropout** (Srivastava et al., 2014) makes that harder: in every training step it silences a
# random part of a layer, so that no unit can rely on one particular other unit being there. With probability $p$ an
# element becomes 0. Those that stay are divided by $1 - p$, so that the expected value does not change and nothing
# needs rescaling when the trained network is used:
#
# $$
# h' = \begin{cases} 0 & \text{with probability } p, \\ \dfrac{h}{1 - p} & \text{otherwise.} \end{cases}
# $$
#
# Every element draws its own coin, in every call. In evaluation nothing is dropped.

# %% [markdown] lang="zh_CN"
# **想一想。** 权重衰减常常不包括偏置。如果线性回归的偏置也衰减，会失去什么？
#
# **还有：** 对普通的梯度下降来说，这样的一步与惩罚是一回事。对动量法来说也是这样吗？对 Adam 那样把每个梯度除以其典型大小的方法呢？
#
# ## 暂退法
#
# 单元足够多的网络仍然可以把样本背下来，办法是让一些单元去纠正另外某些单元的错误。**暂退法**（dropout，Srivastava et al., 2014）使这变得更难：在每个训练步中，它让一层的随机一部分沉默，这样任何单元都不能指望另一个特定的单元一定在场。一个元素以概率 $p$ 变成 0。留下的元素除以 $1 - p$，这样期望值不变，使用训练好的网络时也就不必再缩放：
#
# $$
# h' = \begin{cases} 0 & \text{以概率 } p, \\ \dfrac{h}{1 - p} & \text{否则。} \end{cases}
# $$
#
# 每次调用时，每个元素都掷自己的硬币。评估时什么也不丢弃。


# %%
def dropout(x, p, training=True):
    """Apply inverted dropout to `x`.

    In training, each element is zeroed independently with probability `p` and the kept ones are divided by `1 - p`;
    in evaluation (`training=False`) the result is `x` as it is.

    x: floating-point tensor of any shape. p: a number; `p = 0` keeps everything, `p = 1` gives zeros (no NaN, and the
    gradient is zero). Returns a tensor of the same shape, dtype and device; the gradient uses the same mask. x itself
    stays as it is. Raises ValueError unless 0 <= p <= 1, in evaluation too.

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
# What it now does to twenty thousand activations with mean 1, counted on a logarithmic scale. Look at the spike at 0,
# at where the others have gone, and at the dashed line, the mean of all: it stays.

# %% [markdown] lang="zh_CN"
# 看看它现在怎样处理两万个均值为 1 的激活值，计数用对数坐标轴。请看 0 处的尖峰，看其余的值去了哪里，再看虚线，它是全部的均值：它不变。


# %%
@after(dropout)
def histograms():
    x = 1 + 0.2 * torch.randn(20_000, generator=torch.Generator().manual_seed(1))
    figure, axes = plt.subplots(1, 4, figsize=(11, 3), sharex=True, sharey=True, layout="constrained")
    for axis, p in zip(axes, (0.0, 0.2, 0.5, 0.8), strict=True):
        y = dropout(x, p)
        axis.hist(y, bins=np.linspace(-0.1, 8.1, 83))
        axis.axvline(y.mean(), color="black", linestyle="--")
        axis.set(title=f"p = {p:g}", xlabel="value after dropout")
    axes[0].set(ylabel="elements", xlim=(-0.3, 8), yscale="log")
    plt.show()


# %% [markdown]
# **To think about.** The four histograms have the same mean. Do they have the same variance? What does that mean for
# the next layer when $p$ is close to 1?
#
# **And:** a network trained with dropout often shows a *lower* validation error than training error. How can that be?
#
# ## Early stopping
#
# Training itself adds capacity: gradient descent starts from small weights and needs time to reach the large ones that
# learning by heart takes. So one may watch the validation loss after each epoch, remember the best epoch and its
# weights, and give up once **patience** runs out: when so many epochs have gone by without a new best. A loss that is
# only as low as the best one is not a new best; nor is NaN, which a diverging run produces.

# %% [markdown] lang="zh_CN"
# **想一想。** 四个直方图的均值相同。它们的方差也相同吗？当 $p$ 接近 1 时，这对下一层意味着什么？
#
# **还有：** 用暂退法训练的网络，验证误差常常比训练误差还*低*。这怎么可能？
#
# ## 早停
#
# 训练本身也会增加容量：梯度下降从小的权重出发，需要时间才能到达背下样本所需的大权重。因此可以在每一轮（epoch）之后观察验证损失，记住最佳的一轮和当时的权重，并在**耐心值**（patience）耗尽时放弃：也就是过了这么多轮都没有新的最佳值的时候。只是与最佳值同样低的损失不算新的最佳值；训练发散时产生的 NaN 也不算。


# %%
def early_stopping(losses, patience):
    """Return `(stop, best)`: the epoch at which training stops, and the best epoch until then.

    `best` is the first epoch of the lowest validation loss seen so far; `stop` is the first epoch at which `patience`
    epochs have gone by since `best` (stop - best = patience), or the last epoch if that never happens. What comes
    after `stop` is not seen. NaN never improves, so `best` is 0 until a number comes.

    losses: non-empty list of floats, the validation loss of epoch 0, 1, ...; it stays as it is. patience: int, at
    least 1. Returns two ints.

    Source: Prechelt, 1998, Early stopping - but when?, in Neural Networks: Tricks of the Trade.
    """
    ### BEGIN SOLUTION
    best, lowest = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < lowest:  # never the case for NaN
            best, lowest = epoch, loss
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best
    ### END SOLUTION


# %%
check(early_stopping)


# %% [markdown]
# A small network learns the noisy samples from above. Look at the validation loss: it falls, wavers, and rises. Each
# patience has two marks, a dot at the best epoch that it found and a cross where it gave up.

# %% [markdown] lang="zh_CN"
# 一个小网络学习前面那些带噪声的样本。请看验证损失：它下降，摇摆，然后上升。每个耐心值有两个标记：它找到的最佳一轮处的圆点，以及它放弃之处的叉号。


# %%
@after(early_stopping)
def patience():
    torch.manual_seed(3)
    x, y, x_valid, y_valid = map(torch.from_numpy, noisy_samples(30, seed=5) + noisy_samples(200, seed=50))
    net = torch.nn.Sequential(
        torch.nn.Linear(1, 64),
        torch.nn.Tanh(),
        torch.nn.Linear(64, 64),
        torch.nn.Tanh(),
        torch.nn.Linear(64, 1),
    ).double()
    optimiser = torch.optim.Adam(net.parameters(), lr=0.003)
    history = []
    for _ in tqdm(range(400), file=sys.stdout, desc="epochs"):
        order = torch.randperm(30)
        for part in order.split(6):
            optimiser.zero_grad()
            ((net(x[part, None])[:, 0] - y[part]) ** 2).mean().backward()
            optimiser.step()
        with torch.no_grad():
            error = [
                ((net(a[:, None])[:, 0] - b) ** 2).mean().item() for a, b in ((x, y), (x_valid, y_valid))
            ]
        history.append(error)
    training, validation = zip(*history, strict=True)
    plt.figure(figsize=(9, 4), layout="constrained")
    plt.semilogy(training, linewidth=1, label="training")
    plt.semilogy(validation, linewidth=1, color="grey", label="validation")
    for colour, waiting in zip(COLOURS[1:], (3, 15, 60), strict=False):
        stop, best = early_stopping(list(validation), waiting)
        plt.plot(best, validation[best], "o", color=colour, label=f"patience {waiting}: epoch {best}")
        plt.plot(stop, validation[stop], "X", color=colour, markersize=9)
    plt.title("When to stop")
    plt.xlabel("epoch")
    plt.ylabel("mean squared error")
    plt.legend()
    plt.show()


# %% [markdown]
# **To think about.** Which weights should be kept in the end, those of `stop` or those of `best`? What does that ask of
# the training loop?
#
# **And:** the best of 400 validation losses was chosen. Is it an honest estimate of the generalisation error?
#
# ## When the data change: covariate shift
#
# Everything so far took for granted that new examples come from where the old ones came from. Let $p$ be the
# distribution of the training data, the **source**, and $q$ that of the data on which the model is used, the
# **target**. Three kinds of shift between them can be told apart by what stays the same:
#
# | shift | what changes | what stays | example |
# | --- | --- | --- | --- |
# | covariate shift | the inputs, $q(x) \ne p(x)$ | $q(y \mid x) = p(y \mid x)$ | photographs in training, drawings in use |
# | label shift | the labels, $q(y) \ne p(y)$ | $q(x \mid y) = p(x \mid y)$ | an epidemic: more are ill, with the same symptoms |
# | concept shift | the meaning, $q(y \mid x) \ne p(y \mid x)$ | possibly $q(x) = p(x)$ | what counts as spam, or as a soft drink |
#
# Against the first two there is a remedy that needs no labels from the target: weigh each training example by how much
# more common it is there, $\beta(x) = q(x) / p(x)$, since the mean of $\beta(x)$ times the loss over the source is the
# mean of the loss over the target. Concept shift needs new labels.
#
# Under covariate shift, the ratio can be had from a classifier (Bickel et al., 2007). Teach it to tell as many target
# examples (class 1) from source examples (class 0); with the probability $\sigma(f(x))$ of class 1,
#
# $$
# \beta(x) = \frac{q(x)}{p(x)} = \frac{P(1 \mid x)}{P(0 \mid x)} = \frac{\sigma(f(x))}{1 - \sigma(f(x))} = e^{f(x)} .
# $$
#
# A few examples may get enormous weights, and then the result hangs on them. Hence the weights are often clipped:
# $\min(\beta(x), c)$.

# %% [markdown] lang="zh_CN"
# **想一想。** 最后应该保留哪些权重，`stop` 那一轮的还是 `best` 那一轮的？这对训练循环提出了什么要求？
#
# **还有：** 这是从 400 个验证损失中挑出的最佳值。它是泛化误差的可信估计吗？
#
# ## 当数据改变时：协变量偏移
#
# 到目前为止，一切都理所当然地认为新样本与旧样本来自同一处。设 $p$ 是训练数据的分布，即**源**；$q$ 是使用模型时的数据的分布，即**目标**。两者之间的偏移有三种，可以根据什么保持不变来区分：
#
# | 偏移 | 什么改变 | 什么不变 | 例子 |
# | --- | --- | --- | --- |
# | 协变量偏移 | 输入，$q(x) \ne p(x)$ | $q(y \mid x) = p(y \mid x)$ | 训练时是照片，使用时是图画 |
# | 标签偏移 | 标签，$q(y) \ne p(y)$ | $q(x \mid y) = p(x \mid y)$ | 流行病：病人变多，症状相同 |
# | 概念偏移 | 含义，$q(y \mid x) \ne p(y \mid x)$ | 可能 $q(x) = p(x)$ | 什么算垃圾邮件，什么算软饮料 |
#
# 对前两种有一个不需要目标标签的补救办法：给每个训练样本加权，权重是它在目标中比在源中常见多少倍，即 $\beta(x) = q(x) / p(x)$，因为 $\beta(x)$ 乘损失在源上的均值，就是损失在目标上的均值。概念偏移则需要新的标签。
#
# 在协变量偏移下，这个比值可以由一个分类器得到（Bickel et al., 2007）。教它区分数量相同的目标样本（类别 1）和源样本（类别 0）；设它给出的类别 1 的概率是 $\sigma(f(x))$，则
#
# $$
# \beta(x) = \frac{q(x)}{p(x)} = \frac{P(1 \mid x)}{P(0 \mid x)} = \frac{\sigma(f(x))}{1 - \sigma(f(x))} = e^{f(x)} .
# $$
#
# 少数样本可能得到极大的权重，这时结果就全靠它们了。因此权重常常要截断：$\min(\beta(x), c)$。


# %%
def covariate_shift_weights(logits, clip=None):
    """Return the importance weights of examples under covariate shift.

    The weights are exp(logits), at most `clip` where that is given.

    logits: floating-point tensor of any shape, the output (before the sigmoid) of a classifier that tells target
    examples (1) from source examples (0). clip: a positive number, or None for no limit. Returns a tensor of the same
    shape, dtype and device; logits stay as they are. No gradient is needed: working under `torch.no_grad()` is fine.

    Source: Bickel, Brueckner and Scheffer, 2007, Discriminative learning for differing training and test
    distributions, ICML.
    """
    ### BEGIN SOLUTION
    weights = torch.exp(logits)
    return weights if clip is None else weights.clamp(max=clip)
    ### END SOLUTION


# %%
check(covariate_shift_weights)


# %% [markdown]
# A straight line is fitted to a bent function. Most inputs of the source are on the left, those of the target on the
# right, where no label is known. A logistic regression tells the two apart; its logits, through your function, say how
# much each source example counts (the area of its dot). Look at which bit of the curve each line follows. On the right
# is the error on the target in 60 repetitions: look at how a limit leads from the line without weights to the other.

# %% [markdown] lang="zh_CN"
# 用一条直线拟合一个弯曲的函数。源的输入大多在左边，目标的输入大多在右边，那里没有已知的标签。一个逻辑斯谛回归区分这两者；它的 logits 经过你的函数，说明每个源样本占多大的分量（圆点的面积）。请看每条直线跟随的是曲线的哪一段。右图是 60 次重复中目标上的误差：请看加上限制怎样从没有权重的直线过渡到另一条。


# %%
@after(covariate_shift_weights)
def reweighted():
    from sklearn.linear_model import LogisticRegression

    def drawn(seed):
        """Return source inputs and labels, target inputs, and a classifier's logits of the source inputs."""
        random = np.random.default_rng(seed)
        source, target = random.normal(-0.3, 0.5, 80), random.normal(0.6, 0.25, 80)
        y = smooth(source) + 0.2 * random.standard_normal(80)
        inputs = np.concatenate([source, target])
        features = np.stack([inputs, inputs**2], axis=1)
        classifier = LogisticRegression(C=100).fit(features, [0] * 80 + [1] * 80)
        return source, y, target, torch.from_numpy(classifier.decision_function(features[:80]))

    def line(source, y, weights):
        return np.polynomial.Polynomial.fit(source, y, 1, w=np.sqrt(weights))

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    grid = np.linspace(-1.3, 1.3, 100)
    source, y, _, logits = drawn(1)
    weights = covariate_shift_weights(logits).numpy()
    left.axvspan(0.1, 1.1, color="lightgrey", alpha=0.5, label="where the target is")
    left.plot(grid, smooth(grid), color="black", linewidth=1, label="the truth")
    left.scatter(source, y, s=3 + 12 * weights, alpha=0.6)
    left.plot(grid, line(source, y, np.ones(80))(grid), "--", color=COLOURS[1], label="without weights")
    left.plot(grid, line(source, y, weights)(grid), color=COLOURS[2], label="with weights")
    left.set(title="A line for the target", xlabel="x", ylabel="y", ylim=(-2, 2))
    left.legend(loc="lower right", fontsize=9)
    errors = []
    for seed in range(60):
        source, y, target, logits = drawn(seed)
        choices = [torch.ones(80), *(covariate_shift_weights(logits, clip) for clip in (0.3, 1, 3, None))]
        fits = [line(source, y, weights.numpy()) for weights in choices]
        errors.append([((fit(target) - smooth(target)) ** 2).mean() for fit in fits])
    right.boxplot(np.array(errors), showfliers=False, whis=(5, 95), medianprops={"color": COLOURS[1]})
    right.set_xticks(range(1, 6), ["no weights", "clip 0.3", "clip 1", "clip 3", "no clip"])
    right.set(title="Median, quarters, 5 to 95 %", ylabel="mean squared error on the target", yscale="log")
    plt.show()


# %% [markdown]
# ## Label shift
#
# Under label shift the weight belongs to the label, $\beta(y) = q(y) / p(y)$, and $q(y)$ is not known: there are no
# labels from the target. But there is a classifier, trained on the source, and its predictions on the target can be
# counted. Let $C_{ij} = P(\text{predicted } i \mid \text{true } j)$ be its **confusion matrix**, measured on source
# data that were held out. As $x$ given $y$ is the same in both places, so are these mistakes, and the share $\mu_i$ of
# target examples predicted as $i$ is
#
# $$
# \mu_i = \sum_j C_{ij} \, q(y = j) \qquad \text{or} \qquad \mu = C q .
# $$
#
# Solving for $q$ undoes the classifier's mistakes. Since $C$ and $\mu$ are estimates, an entry of $q$ may come out
# negative. Set such entries to 0, rescale $q$ to sum 1, and only then divide by $p(y)$.

# %% [markdown] lang="zh_CN"
# ## 标签偏移
#
# 在标签偏移下，权重属于标签，即 $\beta(y) = q(y) / p(y)$，而 $q(y)$ 是未知的：目标没有标签。但是有一个在源上训练的分类器，可以数一数它在目标上的各种预测。设 $C_{ij} = P(\text{预测为 } i \mid \text{真实为 } j)$ 是它的**混淆矩阵**，用留出的源数据测得。由于给定 $y$ 时的 $x$ 在两处相同，分类器犯的错也相同，目标样本中预测为 $i$ 的比例 $\mu_i$ 就是
#
# $$
# \mu_i = \sum_j C_{ij} \, q(y = j) \qquad \text{即} \qquad \mu = C q .
# $$
#
# 解出 $q$，就消除了分类器错误的影响。由于 $C$ 和 $\mu$ 都是估计值，$q$ 中可能出现负的项。把这样的项置为 0，缩放 $q$ 使其和为 1，然后才除以 $p(y)$。


# %%
def label_shift_weights(confusion, target_prediction, source_label):
    """Return the importance weight of each label under label shift.

    Solves confusion @ q = target_prediction for the target's label shares q, sets negative ones to 0, rescales q to
    sum 1, and returns q / source_label, element by element.

    confusion: `(k, k)`, floating-point; confusion[i, j] = P(predicted i | true j) on source data, so each column sums
    to 1. target_prediction: `(k,)`, the share of target examples predicted as i. source_label: `(k,)`, the share of
    label j in the source. Returns a tensor `(k,)` of the same dtype and device; the arguments stay as they are. No
    gradient is needed: working under `torch.no_grad()` is fine.

    Source: Lipton, Wang and Smola, 2018, Detecting and correcting for label shift with black box predictors, ICML
    (with joint instead of conditional shares).
    """
    ### BEGIN SOLUTION
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    return target / target.sum() / source_label
    ### END SOLUTION


# %%
check(label_shift_weights)


# %% [markdown]
# Handwritten digits, and a poor classifier that has seen sixty of them. In the target, high digits are common and low
# ones rare. Look at the right picture: the bars are the truth, the crosses what the classifier says, and the dots what
# your function makes of it (weights times source shares).

# %% [markdown] lang="zh_CN"
# 手写数字，以及一个只见过六十个数字的差劲的分类器。在目标中，大的数字常见，小的数字罕见。请看右图：条形是真实的比例，叉号是分类器所说的，圆点是你的函数由此得出的（权重乘源的比例）。


# %%
@after(label_shift_weights)
def recovered_shares():
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    x, y = load_digits(return_X_y=True)
    random = np.random.default_rng(4)
    train, held_out, pool = np.split(random.permutation(len(y)), [60, 900])
    classifier = LogisticRegression(max_iter=500).fit(x[train] / 16, y[train])
    counts = np.zeros((10, 10))
    np.add.at(counts, (classifier.predict(x[held_out] / 16), y[held_out]), 1)
    share = np.arange(1, 11) ** 1.5
    chance = (share / np.bincount(y[pool]))[y[pool]]
    target = random.choice(pool, 600, p=chance / chance.sum())
    predicted = np.bincount(classifier.predict(x[target] / 16), minlength=10) / 600
    source = counts.sum(0) / counts.sum()
    confusion = counts / counts.sum(0)
    weights = label_shift_weights(*map(torch.from_numpy, (confusion, predicted, source)))

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    image = left.imshow(confusion, cmap="cividis", vmin=0, vmax=1)
    figure.colorbar(image, ax=left)
    left.set(title="P(predicted | true), held-out source", xlabel="true", ylabel="predicted")
    left.set_xticks(range(10))
    left.set_yticks(range(10))
    truth = np.bincount(y[target], minlength=10) / 600
    right.bar(range(10), truth, color="lightgrey", label="target, the truth")
    right.step(np.arange(-1, 11), [source[0], *source, source[9]], where="mid", color="grey", label="source")
    right.plot(range(10), predicted, "X", markersize=9, color=COLOURS[1], label="as predicted")
    right.plot(range(10), weights.numpy() * source, "o", markersize=8, color=COLOURS[0], label="recovered")
    right.set(title="Label shares", xlabel="digit", ylabel="share", xlim=(-0.6, 9.6))
    right.set_xticks(range(10))
    right.legend()
    plt.show()


# %% [markdown]
# **To think about.** In the covariate shift above, every limit on the weights made the result worse. What would have to
# be different for a limit to help?
#
# **And:** two labels that the classifier always mixes up make two columns of $C$ equal. What happens to the
# system, and could a better estimate of $C$ help?
#
# **And:** a model that was trained on faces of adults is used on faces of children, or one that was trained in winter
# in summer. Which kind of shift is it, and what would you measure to find out?
#
# ## Borrowing data: pre-training and fine-tuning
#
# The strongest remedy for too little data is other data. **Pre-training** trains a network on a large related task;
# **fine-tuning** takes over its weights, replaces the output layer by a new one with random weights, and goes on
# training with the few examples at hand. The layers taken over change little, so they get a small learning rate, or
# none at all (they are *frozen*, and the features that they compute stay as they are); the new layer gets a larger one.
# Starting from good weights limits capacity much as early stopping does: few steps lead to no place that is far away.
# Where the two tasks have nothing in common, the borrowed weights are no better than random ones, and may be worse.
#
# ## All of it, on real data
#
# A network of two hidden layers of 256 units learns the digits from 300 examples, and a third of the labels, in
# training and validation alike, are drawn at random, as if someone had been careless. Only the labels of the test set
# are all right. Your `sgd_weight_decay_step` trains it (weights decay, biases do not), your `dropout` acts on both
# hidden layers, and your `early_stopping` says where to stop.

# %% [markdown] lang="zh_CN"
# **想一想。** 在上面的协变量偏移中，对权重的每一种限制都使结果变差。要使限制有帮助，情况得有什么不同？
#
# **还有：** 如果分类器总是混淆两个标签，$C$ 就有两列相等。这时方程组会怎样？更好的 $C$ 的估计值能有帮助吗？
#
# **还有：** 用成年人的脸训练的模型，被用在儿童的脸上；或者冬天训练的模型，用在夏天。这是哪一种偏移？你会测量什么来查明？
#
# ## 借用数据：预训练与微调
#
# 对付数据太少，最有力的办法是借用别的数据。**预训练**在一个大的相关任务上训练网络；**微调**沿用它的权重，把输出层换成权重随机的新层，并用手头的少量样本继续训练。沿用的层改变不大，所以它们的学习率很小，甚至为零（这时它们被*冻结*，计算出的特征保持不变）；新层的学习率则大一些。从好的权重出发，对容量的限制很像早停：少数几步走不到很远的地方。如果两个任务毫无共同之处，借来的权重并不比随机的好，甚至可能更差。
#
# ## 综合运用：真实数据
#
# 一个有两个隐藏层、每层 256 个单元的网络从 300 个样本学习识别数字，而且训练集和验证集中都有三分之一的标签是随机抽的，就像有人粗心大意一样。只有测试集的标签全都正确。你的 `sgd_weight_decay_step` 负责训练（权重衰减，偏置不衰减），你的 `dropout` 作用于两个隐藏层，你的 `early_stopping` 决定在哪里停止。


# %%
@after(sgd_weight_decay_step, dropout)
def histories():
    from sklearn.datasets import load_digits

    generator = torch.Generator().manual_seed(0)
    x, y = (torch.from_numpy(part) for part in load_digits(return_X_y=True))
    order = torch.randperm(len(y), generator=generator)
    x, y = (x[order] / 16).float(), y[order]
    wrong = torch.rand(800, generator=generator) < 1 / 3
    noisy = torch.where(wrong, torch.randint(10, (800,), generator=generator), y[:800])
    train, valid, test = (x[:300], noisy[:300]), (x[300:800], noisy[300:800]), (x[800:], y[800:])

    def output(params, x, p, training):
        for w, b in zip(params[0:4:2], params[1:4:2], strict=True):
            x = dropout(torch.relu(x @ w + b), p, training)
        return x @ params[4] + params[5]

    def run(name, decay, p):
        torch.manual_seed(1)
        params = []
        for d, h in ((64, 256), (256, 256), (256, 10)):
            params += [math.sqrt(2 / d) * torch.randn(d, h), torch.zeros(h)]
        history = []
        for _ in tqdm(range(100), file=sys.stdout, desc=name):
            for part in torch.randperm(300).split(30):
                params = [w.detach().requires_grad_() for w in params]
                scores = output(params, train[0][part], p, training=True)
                grads = torch.autograd.grad(torch.nn.functional.cross_entropy(scores, train[1][part]), params)
                with torch.no_grad():
                    rates = [decay if w.dim() == 2 else 0.0 for w in params]
                    params = [
                        sgd_weight_decay_step(*args, weight_decay=rate)
                        for *args, rate in zip(params, grads, [0.1] * 6, rates, strict=True)
                    ]
            with torch.no_grad():
                seen = [output(params, part[0], p, training=False) for part in (train, valid, test)]
                losses = [
                    torch.nn.functional.cross_entropy(scores, part[1]).item()
                    for scores, part in zip(seen, (train, valid), strict=False)
                ]
                history.append([*losses, (seen[2].argmax(1) == test[1]).double().mean().item()])
        return torch.tensor(history)

    settings = {
        "neither": (0.0, 0.0),
        "weight decay": (0.02, 0.0),
        "dropout": (0.0, 0.7),
        "both": (0.01, 0.5),
    }
    return {name: run(name, *values) for name, values in settings.items()}


# %% [markdown]
# Look at the gap between the two curves, at what becomes of the validation loss on the left after its minimum, and at
# where early stopping (patience 20) gives up, if at all: the dot is the best epoch, the dashed line the end. Under each
# picture is the share of the test set that is recognised, after 100 epochs and with the weights of the best epoch.

# %% [markdown] lang="zh_CN"
# 请看两条曲线之间的差距，看左图中的验证损失过了最小值之后怎样变化，再看早停（耐心值 20）在哪里放弃，或者根本没有放弃：圆点是最佳的一轮，虚线是结束之处。每幅图下面是测试集中识别正确的比例，分别对应 100 轮之后的权重和最佳一轮的权重。


# %%
@after(early_stopping, sgd_weight_decay_step, dropout)
def comparison():
    if histories is None:
        raise NotImplementedError
    figure, axes = plt.subplots(1, 4, figsize=(13, 3.8), sharey=True, layout="constrained")
    for axis, (name, history) in zip(axes, histories.items(), strict=True):
        training, validation, accuracy = history.T
        stop, best = early_stopping(validation.tolist(), 20)
        axis.plot(training, label="training")
        axis.plot(validation, label="validation")
        axis.plot(best, validation[best], "o", color="black", label="best epoch")
        axis.axvline(stop, color="grey", linestyle="--", label="stop")
        axis.set(title=name, xlim=(-3, 102), ylim=(0, 3))
        axis.set_xlabel(f"epoch\ntest: {accuracy[-1]:.1%} at the end, {accuracy[best]:.1%} at the best")
    axes[0].set_ylabel("cross-entropy")
    axes[0].legend(fontsize=9)
    plt.show()


# %% [markdown]
# **To think about.** Early stopping alone gets far here, and costs nothing. What do weight decay and dropout spare you?
#
# **And:** no validation loss falls far below 1.5, however one trains. How low could it be at best, if a third of the
# labels is drawn evenly from ten?

# %% [markdown] lang="zh_CN"
# **想一想。** 在这里，单用早停就能走得很远，而且不费什么。权重衰减和暂退法能替你省去什么？
#
# **还有：** 无论怎样训练，验证损失都不会比 1.5 低多少。如果有三分之一的标签是从十个类别中均匀抽取的，它最低能到多少？
