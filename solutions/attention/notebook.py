# %% [markdown]
# # Attention
#
# An encoder that is a recurrent network reads a sentence and hands it on as one vector, its last state. That
# vector has the same size for three words and for thirty, so a long sentence does not fit; and the decoder gets
# the same summary at each step, though for the next word it may need just one word of the source.
#
# **Attention** keeps all the encoder's outputs and lets the decoder look them up. It works like a dictionary
# that answers inexact questions. A **query** says what is wanted. Each entry has a **key**, which says what the
# entry is about, and a **value**, what it holds. A score says how well the query and a key match; a softmax
# turns the scores into weights that add up to 1; and the answer is the weighted mean of the values:
#
# $$
# f(q) = \sum_{i=1}^{k} \alpha_i\, v_i , \qquad
# \alpha_i = \frac{\exp a(q, k_i)}{\sum_{j} \exp a(q, k_j)} .
# $$
#
# Every part of it has a gradient, so what to ask for and what to answer to can be learned. In this unit you
# write the softmax, two kinds of score, several heads, and the attention of a decoder. At the end a network
# reads dates with it, and you watch where it looks.
#
# Notation: $n$ sequences in a batch, $q$ queries and $k$ keys each. Weights multiply from the right.

# %% [markdown] lang="zh_CN"
# # 注意力
#
# 以循环神经网络为编码器时，它读完一个句子，再把句子作为一个向量，即它的最后一个状态，传下去。无论三个词还是三十个词，这个向量的大小都一样，所以长句子装不下；而且解码器在每一步得到的都是同一份摘要，尽管对下一个词来说，它可能只需要源句子中的一个词。
#
# **注意力**保留编码器的所有输出，让解码器去查阅它们。它就像一本能回答不精确问题的字典。**查询**说明想要什么。每个条目都有一个**键**，说明这个条目是关于什么的；还有一个**值**，即条目的内容。分数说明查询与键有多匹配；softmax 把分数变成和为 1 的权重；答案就是值的加权平均：
#
# $$
# f(q) = \sum_{i=1}^{k} \alpha_i\, v_i , \qquad
# \alpha_i = \frac{\exp a(q, k_i)}{\sum_{j} \exp a(q, k_j)} .
# $$
#
# 它的每个部分都有梯度，因此问什么、对什么作答都可以学习。在本单元中，你要写出 softmax、两种分数、多个头以及解码器的注意力。最后，一个网络用它来读日期，你可以观察它在看哪里。
#
# 记号：一个批量中有 $n$ 个序列，各有 $q$ 个查询和 $k$ 个键。权重从右边相乘。

# %% tags=["setup"]
import math
import random
import sys

import matplotlib.pyplot as plt
import torch
from torch import nn
from tqdm import tqdm

from autograder import after, check

plt.style.use("tableau-colorblind10")
torch.set_num_threads(1)  # the networks here are too small to share out

# %% [markdown]
# ## A softmax that sees part of the keys
#
# Sentences of one batch differ in length, and the short ones are filled up with padding. Padding is nothing to
# look at: its weight has to be exactly 0, and the weights of the true keys have to add up to 1 without it.
# Zeroing weights after an ordinary softmax gets the first right and the second wrong. So the scores are hidden
# *before* the softmax, where "as small as can be" is the score that earns no weight.
#
# There is one trap. If nothing at all may be seen, a row of $-\infty$ has no softmax: it is $0/0$, and one NaN
# in a batch ruins the gradients of all. Such a row is to be all zeros here, and its gradient, too.

# %% [markdown] lang="zh_CN"
# ## 只看一部分键的 softmax
#
# 一个批量中的句子长短不一，短的用填充补齐。填充不值得看：它的权重必须恰好为 0，而真正的键的权重之和，不算填充也必须为 1。先做普通的 softmax 再把权重置零，前一点对了，后一点却错了。所以分数要在 softmax *之前*掩蔽，那时“小到不能再小”的分数得不到任何权重。
#
# 这里有一个陷阱。如果什么都不可见，一行 $-\infty$ 就没有 softmax：它是 $0/0$，而一个批量中只要有一个 NaN，就会毁掉所有的梯度。在这里，这样的行应全为 0，它的梯度也是如此。


# %%
def masked_softmax(scores, valid_lens=None):
    """Take the softmax over the last axis, with weight exactly 0 for keys at and past the valid length.

    scores: floating-point tensor `(n, q, k)`, finite numbers, of which those up to 1e4 in size must not
    overflow. valid_lens: None (every key is seen), or an int64 tensor `(n,)` with a length for each sequence,
    or `(n, q)` with one for each query; lengths from 0 to `k`.

    Returns a tensor `(n, q, k)` of the same dtype and device. The weights of the keys before the valid length
    add up to 1; what the others' scores hold has no influence. A row with valid length 0 is all zeros, without
    NaN in value or gradient. The arguments stay as they are.

    Source: Bahdanau, Cho and Bengio, 2015, arXiv:1409.0473, equation 6, with the padding left out.
    """
    ### BEGIN SOLUTION
    if valid_lens is None:
        return torch.softmax(scores, dim=-1)
    lens = valid_lens.reshape(
        len(valid_lens), -1, 1
    )  # (n, 1, 1) for one length a sequence, (n, q, 1) for one a query
    hidden = torch.arange(scores.shape[-1], device=scores.device) >= lens
    # The lowest number and not -inf, since a row of -inf alone would be NaN.
    lowest = torch.finfo(scores.dtype).min
    return torch.softmax(scores.masked_fill(hidden, lowest), dim=-1).masked_fill(hidden, 0.0)
    ### END SOLUTION


# %%
check(masked_softmax)

# %% [markdown]
# The same scores three times. Look at one row: the fewer keys it may see, the more weight is left for each of
# them. In the last picture query $i$ sees the first $i$ keys only, and the first one none at all. A later unit
# has a use for such a staircase.

# %% [markdown] lang="zh_CN"
# 同样的分数，三种情形。看其中一行：可见的键越少，留给每个键的权重就越多。在最后一幅图中，查询 $i$ 只能看到前 $i$ 个键，最前面的查询则一个也看不到。后面有一个单元会用到这样的阶梯。


# %%
@after(masked_softmax)
def one_set_of_scores_under_three_masks():
    scores = torch.randn(1, 6, 8, generator=torch.Generator().manual_seed(2))
    masks = {
        "all keys": None,
        "valid length 5": torch.tensor([5]),
        "a length for each query": torch.arange(6)[None],
    }
    figure, axes = plt.subplots(1, 3, figsize=(11, 3), sharey=True, layout="constrained")
    for axis, (title, lens) in zip(axes, masks.items(), strict=True):
        image = axis.imshow(masked_softmax(scores, lens)[0], vmin=0, vmax=1, cmap="viridis")
        axis.set(title=title, xlabel="key", xticks=range(8), yticks=range(6))
    axes[0].set_ylabel("query")
    figure.colorbar(image, ax=axes, label="weight")
    plt.show()


# %% [markdown]
# **To think about.** Add 100 to all scores of a row: what happens to its weights? And what would happen to them
# if the hidden scores were set to 0?
#
# Why is a large negative number instead of $-\infty$ not enough by itself where the valid length is 0?

# %% [markdown] lang="zh_CN"
# **想一想。** 给一行的所有分数加上 100：它的权重会怎样？如果把被掩蔽的分数设为 0，权重又会怎样？
#
# 有效长度为 0 时，为什么仅仅用绝对值很大的负数代替 $-\infty$ 还不够？

# %% [markdown]
# ## Scores from a dot product
#
# The cheapest score is the dot product: large where query and key point the same way. For all queries and keys
# at once it is one matrix product, which is what hardware does best.
#
# It needs one correction. If the $d$ entries of $q$ and $k$ are independent with mean 0 and variance 1, then
# $q^\top k$ has variance $d$. Its typical size grows with the width of the vectors, and a softmax of large
# scores puts all weight on one key. **Scaled dot-product attention** (Vaswani et al., 2017) divides it out
# again:
#
# $$
# \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V .
# $$

# %% [markdown] lang="zh_CN"
# ## 由点积得到的分数
#
# 代价最小的分数是点积：查询与键方向一致时，点积就大。一次计算所有查询与所有键的分数，就是一次矩阵乘积，这正是硬件最擅长的。
#
# 它需要一处修正。如果 $q$ 和 $k$ 的 $d$ 个元素相互独立，均值为 0，方差为 1，那么 $q^\top k$ 的方差是 $d$。它的典型大小随向量的宽度增长，而对很大的分数做 softmax，会把所有权重放到一个键上。**缩放点积注意力**（Vaswani et al., 2017）用除法把它消去：
#
# $$
# \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V .
# $$


# %%
def dot_product_attention(queries, keys, values, valid_lens=None):
    """Attend with scaled dot products: return `(output, weights)`.

    The scores are the dot products of queries and keys over the square root of the query size `d`; the weights are
    their softmax over the keys; the output is the weighted sum of the values.

    queries: `(n, q, d)`, keys: `(n, k, d)`, values: `(n, k, v)`. valid_lens: None, or an int64 tensor `(n,)` or
    `(n, q)`, as in `masked_softmax`, which you may call: keys at and past it get weight exactly 0, and a query with
    length 0 gets all-zero weights, without NaN in value or gradient.

    Returns two tensors, output `(n, q, v)` and weights `(n, q, k)`, of the dtype and on the device of the inputs.
    Gradients flow from both to queries, keys and values. The arguments stay as they are.

    Not allowed: torch's `scaled_dot_product_attention`.
    Source: Vaswani et al., 2017, arXiv:1706.03762, section 3.2.1.
    """
    ### BEGIN SOLUTION
    scores = queries @ keys.mT / math.sqrt(queries.shape[-1])
    weights = masked_softmax(scores, valid_lens)
    return weights @ values, weights
    ### END SOLUTION


# %%
check(dot_product_attention)

# %% [markdown]
# Why the root matters. Queries and keys are random here, with entries of variance 1, and there are ten keys. To
# undo your division, the queries are multiplied by $\sqrt d$ before they go in.
#
# Left: the largest of the ten weights. Without scaling it goes to 1 as vectors get wider: the softmax
# **saturates** and becomes a hard choice made by chance. Right: how strongly the weights react to the scores
# (the norm of the derivative of one by the other). Without scaling that goes to 0, and nothing is learned any
# more.

# %% [markdown] lang="zh_CN"
# 看看平方根为什么重要。这里的查询和键是随机的，各元素的方差为 1，共有十个键。为了抵消你的除法，查询在输入之前先乘以 $\sqrt d$。
#
# 左边：十个权重中最大的一个。没有缩放时，向量越宽，它越接近 1：softmax **饱和**，变成一次全凭运气的硬性选择。右边：权重对分数的反应有多强（前者对后者的导数的范数）。没有缩放时，它趋于 0，再也学不到什么。


# %%
@after(dot_product_attention)
def saturation_of_the_softmax():
    widths = [2**power for power in range(1, 11)]
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
    for name, style in (("scaled", "o-"), ("not scaled", "s--")):
        largest, reaction = [], []
        for d in widths:
            dice = torch.Generator().manual_seed(d)
            queries, keys = (torch.randn(400, count, d, generator=dice) for count in (1, 10))
            factor = 1 if name == "scaled" else math.sqrt(d)
            _, weights = dot_product_attention(factor * queries, keys, keys)
            weights = weights[:, 0]
            jacobian = torch.diag_embed(weights) - weights[:, :, None] * weights[:, None, :]
            largest.append(weights.amax(dim=1).mean())
            reaction.append(jacobian.square().sum(dim=(1, 2)).sqrt().mean())
        axes[0].plot(widths, largest, style, label=name)
        axes[1].plot(widths, reaction, style, label=name)
    axes[0].set(
        title="Largest of ten weights", xlabel="width d", ylabel="mean of 400 queries", ylim=(0, 1.05)
    )
    axes[1].set(
        title="Reaction of the weights to the scores", xlabel="width d", ylabel="norm of the Jacobian"
    )
    axes[1].set_ylim(bottom=0)
    for axis in axes:
        axis.set_xscale("log", base=2)
        axis.legend()
    plt.show()


# %% [markdown]
# **To think about.** What do the weights look like in the limit where scores are divided by something far too
# large? What does attention compute then?
#
# The same division could be made once and for all in the weights that produce the queries. Why is it done in the
# formula instead?

# %% [markdown] lang="zh_CN"
# **想一想。** 如果分数除以大得离谱的数，在极限情况下权重是什么样子？这时注意力计算的是什么？
#
# 同样的除法可以一劳永逸地放进生成查询的权重里。为什么却要放在公式中？

# %% [markdown]
# ## Scores from a small network
#
# A dot product wants query and key to have the same size and the same meaning, axis by axis. In a translator
# they come from different networks, a state of the decoder and an output of the encoder. **Additive attention**
# (Bahdanau et al., 2015) brings both to a common size $h$ and lets a network with one hidden layer of $h$ units
# judge them together:
#
# $$
# a(q, k) = w_v^\top \tanh(W_q^\top q + W_k^\top k) .
# $$
#
# Each query meets each key here, so there are $q \cdot k$ hidden vectors of size $h$, where the dot product has
# $q \cdot k$ numbers. It costs more memory, and can do more.

# %% [markdown] lang="zh_CN"
# ## 由小网络得到的分数
#
# 点积要求查询与键大小相同，而且每个轴的含义也相同。在翻译模型中，它们来自不同的网络：解码器的一个状态和编码器的一个输出。**加性注意力**（Bahdanau et al., 2015）把两者变到共同的大小 $h$，再让一个有一个隐藏层、$h$ 个隐藏单元的网络对它们一起作出判断：
#
# $$
# a(q, k) = w_v^\top \tanh(W_q^\top q + W_k^\top k) .
# $$
#
# 这里每个查询都与每个键相遇，所以有 $q \cdot k$ 个大小为 $h$ 的隐藏向量，而点积只有 $q \cdot k$ 个数。它占用更多内存，也能做更多的事。


# %%
def additive_attention(queries, keys, values, params, valid_lens=None):
    """Attend with scores from a small network: return `(output, weights)`.

    The score of a query and a key is `tanh(query @ W_q + key @ W_k) @ w_v`; the weights are the softmax of the
    scores over the keys, without scaling; the output is the weighted sum of the values.

    queries: `(n, q, d_q)`, keys: `(n, k, d_k)`, values: `(n, k, v)`. params: a dict with `W_q` `(d_q, h)`,
    `W_k` `(d_k, h)` and `w_v` `(h,)`. valid_lens: None, or an int64 tensor `(n,)` or `(n, q)`, as in
    `masked_softmax`, which you may call: keys at and past it get weight exactly 0, and a query with length 0
    gets all-zero weights, without NaN in value or gradient.

    Returns two tensors, output `(n, q, v)` and weights `(n, q, k)`, of the dtype and on the device of the inputs.
    Gradients flow from both to queries, keys, values and all of `params`. The arguments stay as they are.

    Source: Bahdanau, Cho and Bengio, 2015, arXiv:1409.0473, appendix A.1.2.
    """
    ### BEGIN SOLUTION
    asked, offered = queries @ params["W_q"], keys @ params["W_k"]
    hidden = torch.tanh(asked[:, :, None] + offered[:, None])  # (n, q, k, h)
    weights = masked_softmax(hidden @ params["w_v"], valid_lens)
    return weights @ values, weights
    ### END SOLUTION


# %%
check(additive_attention)

# %% [markdown]
# What the small network can do and a plain dot product cannot. Queries and keys are twelve places $x$ on a
# line, each given as the vector $(x, 1)$. A dot product of two such vectors is $x_q x_k + 1$: it can say "far
# out on my side", but never "near". Two hidden units are enough for "near": their tanh are shifted against each
# other and subtracted, which leaves a bump where $x_q = x_k$.

# %% [markdown] lang="zh_CN"
# 看看小网络能做到、普通的点积做不到的事。查询和键是一条直线上的十二个位置 $x$，每个位置表示成向量 $(x, 1)$。两个这样的向量的点积是 $x_q x_k + 1$：它能说“在我这一侧很远的地方”，却永远说不出“附近”。要表达“附近”，两个隐藏单元就够了：它们的 tanh 彼此错开再相减，就在 $x_q = x_k$ 处留下一个凸起。


# %%
@after(dot_product_attention, additive_attention)
def near_and_far_out():
    places = torch.linspace(-2, 2, 12)
    points = torch.stack([places, torch.ones(12)], dim=1)[None]
    steep, shift, strength = 2.0, 1.0, 4.0
    bump = {
        "W_q": torch.tensor([[steep, steep], [shift, -shift]]),
        "W_k": torch.tensor([[-steep, -steep], [0.0, 0.0]]),
        "w_v": torch.tensor([strength, -strength]),
    }
    panels = {
        "dot product: the key farthest out": dot_product_attention(points, points, points)[1],
        "additive: the nearest key": additive_attention(points, points, points, bump)[1],
    }
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
    for axis, (title, weights) in zip(axes, panels.items(), strict=True):
        image = axis.imshow(weights[0], vmin=0, cmap="viridis", extent=(-2.2, 2.2, 2.2, -2.2))
        axis.set(title=title, xlabel="place of the key")
        figure.colorbar(image, ax=axis, label="weight")
    axes[0].set_ylabel("place of the query")
    plt.show()


# %% [markdown]
# Nobody has to set such weights by hand. Take fifty noisy samples of a curve: their places are the keys, their
# heights the values. The height at a new place is then the weighted mean of the samples' heights, more for
# those that match the place better. (With weights fixed beforehand this is an old method, kernel regression, by
# Nadaraya and by Watson.) What "match" means is learned: each sample in turn is guessed from the other
# forty-nine.
#
# Look for two things: how the learned curve follows the true one where the plain mean of all samples and the
# dot product fail, and the diagonal in the heat map. Nearness has been found out from the data.

# %% [markdown] lang="zh_CN"
# 这样的权重不必手工设定。取一条曲线的五十个带噪声的样本：它们的位置是键，高度是值。新位置处的高度就是各样本高度的加权平均，位置越匹配的样本权重越大。（权重事先固定时，这是一种古老的方法，即 Nadaraya 和 Watson 的核回归。）“匹配”是什么意思，则由学习得出：依次用其余四十九个样本来猜测每一个样本。
#
# 请看两点：在所有样本的普通平均和点积都失败的地方，学到的曲线怎样跟随真实的曲线；以及热图中的对角线。“附近”是从数据中发现的。


# %%
@after(dot_product_attention, additive_attention)
def learned_kernel_regression():
    dice = torch.Generator().manual_seed(5)
    places = torch.linspace(-3, 3, 50) + 0.1 * torch.randn(50, generator=dice)

    def curve(x):
        return torch.sin(2 * x) + x / 2

    heights = curve(places) + 0.2 * torch.randn(50, generator=dice)

    def points(x):
        return torch.stack([x, torch.ones_like(x)], dim=-1)

    others = torch.tensor([[j for j in range(50) if j != i] for i in range(50)])
    params = {
        name: torch.randn(*shape, generator=dice).requires_grad_()
        for name, shape in (("W_q", (2, 32)), ("W_k", (2, 32)), ("w_v", (32,)))
    }
    optimizer = torch.optim.Adam(params.values(), lr=0.03)
    for _ in tqdm(range(500), "learning", file=sys.stdout):
        guess, _ = additive_attention(
            points(places)[:, None], points(places)[others], heights[others][..., None], params
        )
        loss = (guess[:, 0, 0] - heights).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    x = torch.linspace(-3, 3, 121)
    asked = points(x)[None], points(places)[None], heights[None, :, None]
    with torch.no_grad():
        plain, _ = dot_product_attention(*asked)
        learned, weights = additive_attention(*asked, params)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", width_ratios=(3, 2))
    left.plot(places, heights, "o", color="grey", label="samples")
    left.plot(x, curve(x), color="black", label="true curve")
    left.axhline(heights.mean(), linestyle=":", color="black", label="mean of the samples")
    left.plot(x, plain[0, :, 0], "--", label="dot product")
    left.plot(x, learned[0, :, 0], linewidth=2.5, label="additive, learned")
    left.set(title=f"Left-out samples: mean squared error {loss:.3f}", xlabel="place", ylabel="height")
    left.legend()
    order = places.argsort()
    image = right.pcolormesh(places[order], x, weights[0][:, order], cmap="viridis", shading="nearest")
    right.set(title="What additive attention looks at", xlabel="place of a sample", ylabel="place asked for")
    right.invert_yaxis()
    figure.colorbar(image, ax=right, label="weight")
    plt.show()


# %% [markdown]
# **To think about.** The hidden layer makes $q \cdot k$ vectors of size $h$. How many numbers is that for a text of
# 1,000 tokens that attends to itself, with $h = 512$? How many does the dot product need?
#
# Which function of the scores could a dot product compute if the points were given as $(x, x^2, 1)$ and
# projected first?

# %% [markdown] lang="zh_CN"
# **想一想。** 隐藏层生成 $q \cdot k$ 个大小为 $h$ 的向量。对于一篇关注自身的 1,000 个词元的文本，$h = 512$ 时一共是多少个数？点积需要多少个？
#
# 如果点以 $(x, x^2, 1)$ 给出，并先做投影，点积可以计算出怎样的分数函数？

# %% [markdown]
# ## Several heads
#
# One average is often not enough: a word may need the word before it and, at the same time, its subject.
# **Multi-head attention** (Vaswani et al., 2017) asks several questions at once. Queries, keys and values are
# projected, and head $i$ works on its own block of columns of the projections,
# $d_h = d_{\text{model}} / \text{heads}$ columns wide:
#
# $$
# \mathrm{head}_i = \mathrm{softmax}\!\left(\frac{(Q W_q)_i \, (K W_k)_i^\top}{\sqrt{d_h}}\right) (V W_v)_i,
# \qquad
# Y = [\mathrm{head}_1, \dots, \mathrm{head}_h] \, W_o .
# $$
#
# The softmax runs over the keys. Sentences of one batch differ in length, so keys at and past a valid length are
# padding: they get weight 0. Where no key is left at all, every weight is 0.

# %% [markdown] lang="zh_CN"
# ## 多个头
#
# 一种平均往往不够：一个词可能既需要它前面的词，同时又需要它的主语。**多头注意力**（Vaswani et al., 2017）一次提出多个问题。查询、键和值都经过投影，第 $i$ 个头使用各个投影中属于自己的一块列，宽度为 $d_h = d_{\text{model}} / \text{heads}$ 列：
#
# $$
# \mathrm{head}_i = \mathrm{softmax}\!\left(\frac{(Q W_q)_i \, (K W_k)_i^\top}{\sqrt{d_h}}\right) (V W_v)_i,
# \qquad
# Y = [\mathrm{head}_1, \dots, \mathrm{head}_h] \, W_o .
# $$
#
# softmax 沿各个键计算。一个批量中的句子长短不一，因此有效长度处及其后的键是填充：它们的权重为 0。如果一个键也不剩，每个权重都是 0。


# %%
def multi_head_attention(queries, keys, values, params, num_heads, valid_lens=None):
    """Attend with several heads at once, and project what they found.

    queries: `(n, q, d_q)`, keys: `(n, k, d_k)`, values: `(n, k, d_v)`; the three widths may differ. params: a
    dict with `W_q` `(d_q, d_model)`, `W_k` `(d_k, d_model)`, `W_v` `(d_v, d_model)` and `W_o`
    `(d_model, d_model)`; they multiply from the right. Head `i` takes columns `i * d_model / num_heads` up to
    `(i + 1) * d_model / num_heads` of the three projections, and scales its scores by the square root of that
    width. The heads are joined in order before `W_o`.

    valid_lens: None, or an int64 tensor `(n,)`, or `(n, q)` with a length for each query. Keys at and past the
    length get weight exactly 0, whatever finite numbers they hold. A query with length 0 gets all-zero weights,
    without NaN in value or gradient.

    Returns `(n, q, d_model)`, of the dtype and on the device of the inputs. Gradients flow to the inputs and to
    all of `params`. Raises ValueError unless `num_heads` divides `d_model`.

    Not allowed: torch's `MultiheadAttention`, `multi_head_attention_forward` and `scaled_dot_product_attention`.
    Source: Vaswani et al., 2017, "Attention is all you need", section 3.2.
    """
    ### BEGIN SOLUTION
    d_model = params["W_q"].shape[1]
    if d_model % num_heads:
        raise ValueError(f"{num_heads} heads cannot share {d_model} columns evenly")

    def project(x, w):
        return (x @ w).unflatten(-1, (num_heads, -1)).transpose(1, 2)

    q, k, v = project(queries, params["W_q"]), project(keys, params["W_k"]), project(values, params["W_v"])
    scores = q @ k.mT / math.sqrt(d_model // num_heads)
    if valid_lens is None:
        weights = torch.softmax(scores, dim=-1)
    else:
        lens = valid_lens.reshape(len(valid_lens), 1, -1, 1)  # one axis for the heads, one for the keys
        hidden = torch.arange(keys.shape[1], device=keys.device) >= lens
        # The lowest number and not -inf, since a row of -inf alone would be NaN.
        lowest = torch.finfo(scores.dtype).min
        weights = torch.softmax(scores.masked_fill(hidden, lowest), dim=-1).masked_fill(hidden, 0.0)
    return (weights @ v).transpose(1, 2).flatten(2) @ params["W_o"]
    ### END SOLUTION


# %%
check(multi_head_attention)

# %% [markdown]
# The function keeps its weights to itself, yet they can be read off: let value $j$ be the $j$-th unit vector,
# let every head keep the values as they are, and let $W_o$ be the identity. Then what head $i$ puts out *is*
# its row of weights.
#
# Below, two heads read one sentence. The first has weights that match each position with the one before; the second
# matches equal words.

# %% [markdown] lang="zh_CN"
# 这个函数不返回它的权重，但仍可以读出来：让第 $j$ 个值为第 $j$ 个单位向量，让每个头都保持值不变，并让 $W_o$ 为单位矩阵。这时第 $i$ 个头的输出*就是*它的那一行权重。
#
# 下面有两个头读同一个句子。第一个头的权重使每个位置与前一个位置匹配；第二个头使相同的词匹配。


# %%
@after(multi_head_attention)
def two_heads_read_a_sentence():
    words = "the cat saw the dog and the bird".split()
    T = len(words)
    kinds = {word: index for index, word in enumerate(dict.fromkeys(words))}
    position, kind = torch.eye(T), torch.eye(T)[[kinds[word] for word in words]]
    sentence = torch.cat([position, kind], dim=1)[None]
    params = {
        "W_q": 10 * torch.block_diag(torch.eye(T), torch.eye(T)),
        "W_k": torch.block_diag(torch.diag(torch.ones(T - 1), 1), torch.eye(T)),
        "W_v": torch.cat([torch.eye(T), torch.eye(T)], dim=1),
        "W_o": torch.eye(2 * T),
    }
    whole = multi_head_attention(sentence, sentence, torch.eye(T)[None], params, 2)[0]
    cut = multi_head_attention(sentence, sentence, torch.eye(T)[None], params, 2, torch.tensor([5]))[0]
    panels = {
        "head 1: the word before": whole[:, :T],
        "head 2: the same word": whole[:, T:],
        "head 2, valid length 5": cut[:, T:],
    }
    figure, axes = plt.subplots(1, 3, figsize=(11, 4), sharey=True, layout="constrained")
    for axis, (title, weights) in zip(axes, panels.items(), strict=True):
        image = axis.imshow(weights, vmin=0, vmax=1, cmap="viridis")
        axis.set(title=title, xlabel="key")
        axis.set_xticks(range(T), words, rotation=90)
    axes[0].set_ylabel("query")
    axes[0].set_yticks(range(T), words)
    figure.colorbar(image, ax=axes, label="weight")
    plt.show()


# %% [markdown]
# **To think about.** Row one of the first head, and the rows for *and* and *bird* in the last picture, have no
# key that matches. Where does their attention go, and what would you add if they should be able to look at
# nothing?
#
# With twice as many heads and the same `d_model`, how many more parameters does the layer have?
#
# Why is $W_o$ needed at all? Think of what the layer could say if it were the identity.

# %% [markdown] lang="zh_CN"
# **想一想。** 第一个头的第一行，以及最后一幅图中 *and* 和 *bird* 的行，都没有匹配的键。它们的注意力去了哪里？如果要让它们能够什么都不看，你会添加什么？
#
# 头的个数加倍而 `d_model` 不变，这一层会多出多少个模型参数？
#
# 究竟为什么需要 $W_o$？想一想，如果它是单位矩阵，这一层能表达什么。

# %% [markdown]
# ## The decoder asks
#
# Now attention takes its first place in history. A decoder has a state $s_{t-1}$, and before it makes the next
# token it uses this state as the **one query** of an additive attention. The encoder's outputs
# $h_1, \dots, h_T$ are keys and values at once. What comes out is the **context** of this step:
#
# $$
# c_t = \sum_{i=1}^{T} \alpha_{t,i}\, h_i .
# $$
#
# The next state is made from the last token, the old state and this context. So the summary of the source is
# another one at each step, and the way from an output back to the input token that it needs is one step long.

# %% [markdown] lang="zh_CN"
# ## 解码器提问
#
# 现在来看注意力在历史上最早的用途。解码器有一个状态 $s_{t-1}$，在生成下一个词元之前，它把这个状态用作加性注意力的**唯一查询**。编码器的输出 $h_1, \dots, h_T$ 同时是键和值。得到的结果是这一步的**上下文**：
#
# $$
# c_t = \sum_{i=1}^{T} \alpha_{t,i}\, h_i .
# $$
#
# 下一个状态由上一个词元、旧状态和这个上下文得出。因此源句子的摘要每一步都不同，而从一个输出回到它所需要的输入词元，只有一步之遥。


# %%
def attention_context(state, encoder_outputs, params, valid_lens=None):
    """Return the decoder's context vector: additive attention with the decoder's state as the one query.

    state: `(n, h)`. encoder_outputs: `(n, T, h)`, used as keys and as values. params: a dict with `W_q` and
    `W_k` `(h, a)` and `w_v` `(a,)`, as in `additive_attention`, which you may call: the score of step `i` is
    `tanh(state @ W_q + encoder_outputs[:, i] @ W_k) @ w_v`. valid_lens: None or an int64 tensor `(n,)`; steps
    at and past it get weight exactly 0.

    Returns one tensor `(n, h)` of the dtype and on the device of the inputs. Gradients flow to state,
    encoder_outputs and all of `params`. The arguments stay as they are.

    Source: Bahdanau, Cho and Bengio, 2015, arXiv:1409.0473, section 3.1, equations 5 and 6.
    """
    ### BEGIN SOLUTION
    output, _ = additive_attention(state[:, None], encoder_outputs, encoder_outputs, params, valid_lens)
    return output[:, 0]
    ### END SOLUTION


# %%
check(attention_context)

# %% [markdown]
# ## Reading dates
#
# A task small enough to learn in seconds: read a date in words, letter by letter, and write it as `2031-08-24`. The
# dates are made up on the spot, in four fashions, so no two batches are alike.

# %% [markdown] lang="zh_CN"
# ## 读日期
#
# 一个小到几秒钟就能学会的任务：逐个字母地读一个用文字写的日期，再把它写成 `2031-08-24` 的形式。日期是当场生成的，有四种写法，因此没有两个批量相同。


# %%
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 ,-"
DAYS = "mon tue wed thu fri sat sun".split()
MONTHS = "january february march april may june july august september october november december".split()


def some_date(dice):
    """Return a date as somebody would write it, and as `year-month-day`."""
    year, month, day = dice.randint(1950, 2049), dice.randint(1, 12), dice.randint(1, 28)
    name = MONTHS[month - 1]
    fashions = [
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"the {day} of {name}, {year}",
        f"{dice.choice(DAYS)} {day} {name[:3]} {year}",
    ]
    return dice.choice(fashions), f"{year}-{month:02d}-{day:02d}"


def some_dates(count, dice):
    """Return padded letters `(count, T)`, their lengths, the dates to be written `(count, 10)`, and all as text."""
    pairs = [some_date(dice) for _ in range(count)]
    sources = [torch.tensor([LETTERS.index(letter) for letter in source]) for source, _ in pairs]
    targets = torch.tensor([[LETTERS.index(letter) for letter in target] for _, target in pairs])
    lens = torch.tensor([len(source) for source in sources])
    return nn.utils.rnn.pad_sequence(sources, batch_first=True), lens, targets, pairs


for source, target in some_dates(4, random.Random(4))[3]:
    print(f"{source:32}{target}")

# %% [markdown]
# The encoder is a bidirectional GRU. The decoder is a GRU as well, and it comes in two kinds that differ in one
# line: in one the context is your `attention_context`, in the other it is the encoder's last state, the same at
# each step. Both are trained on the same 12,800 dates and then read 500 new ones.

# %% [markdown] lang="zh_CN"
# 编码器是双向 GRU。解码器也是 GRU，有两种，只差一行代码：一种的上下文是你的 `attention_context`，另一种是编码器的最后一个状态，每一步都相同。两者都用同样的 12,800 个日期训练，然后读 500 个新日期。


# %%
class DateReader(nn.Module):
    """Read a date letter by letter, and write ten characters, with attention or without."""

    def __init__(self, attentive, size=64):
        super().__init__()
        self.attentive = attentive
        self.embedding = nn.Embedding(len(LETTERS), 24)
        self.encoder = nn.GRU(24, size // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.GRUCell(24 + size, size)
        self.output = nn.Linear(2 * size, len(LETTERS))
        shapes = {"W_q": (size, size), "W_k": (size, size), "w_v": (size,)}
        self.params = nn.ParameterDict(
            {name: torch.randn(*shape) / math.sqrt(size) for name, shape in shapes.items()}
        )

    def encode(self, sources, lens):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(sources), lens, batch_first=True, enforce_sorted=False
        )
        outputs, last = self.encoder(packed)
        return nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)[0], torch.cat(tuple(last), dim=1)

    def context(self, state, outputs, last, lens):
        return attention_context(state, outputs, self.params, lens) if self.attentive else last

    def forward(self, sources, lens, targets=None):
        outputs, last = self.encode(sources, lens)
        state, letter, logits = last, torch.full((len(sources),), LETTERS.index(" ")), []
        for step in range(10):
            context = self.context(state, outputs, last, lens)
            state = self.decoder(torch.cat([self.embedding(letter), context], dim=1), state)
            logits.append(self.output(torch.cat([state, context], dim=1)))
            letter = logits[-1].argmax(dim=1) if targets is None else targets[:, step]
        return torch.stack(logits, dim=1)


@after(attention_context)
def date_readers():
    readers, losses = {}, {}
    new = some_dates(500, random.Random(2))
    for name, attentive in (("with attention", True), ("without", False)):
        torch.manual_seed(0)
        dice, reader, history = random.Random(1), DateReader(attentive), []
        optimizer = torch.optim.Adam(reader.parameters(), lr=0.005)
        for _ in tqdm(range(200), f"{name:>14}", file=sys.stdout):
            sources, lens, targets, _ = some_dates(64, dice)
            logits = reader(sources, lens, targets)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimizer.step()
            history.append(loss.item())
        with torch.no_grad():
            right = (reader(new[0], new[1]).argmax(dim=2) == new[2]).all(dim=1).double().mean()
        print(f"{name}: {right:.1%} of 500 new dates are right to the last character")
        readers[name], losses[name] = reader, history
    figure, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for (name, history), style in zip(losses.items(), ("-", "--"), strict=True):
        axis.plot(history, style, label=name)
    axis.set(title="Learning to read dates", xlabel="step", ylabel="cross-entropy", yscale="log")
    axis.legend()
    plt.show()
    return readers


# %% [markdown]
# And where does it look? Let the encoder's outputs be the unit vectors for a moment, and the context *is* the
# row of weights; the keys are made from the true outputs all the same, because $W_k$ can be multiplied in
# beforehand.
#
# Each row below is a character that is written, each column a letter that is read. Nobody told the network
# where the year stands. Look for the year, which comes last and is written first, and for the letters by which
# it tells *june* from *july*.

# %% [markdown] lang="zh_CN"
# 那么它在看哪里呢？暂时让编码器的输出为单位向量，上下文*就是*那一行权重；键仍然由真正的输出得出，因为 $W_k$ 可以事先乘进去。
#
# 下面每一行是一个写出的字符，每一列是一个读到的字母。没有人告诉过网络年份在哪里。请找出年份，它在末尾出现，却最先写出；再找出网络用来区分 *june* 和 *july* 的字母。


# %%
@after(attention_context)
def where_the_reader_looks():
    if date_readers is None:
        return
    reader = date_readers["with attention"]
    figure, axes = plt.subplots(1, 2, figsize=(12, 4.2), layout="constrained")
    for axis, text in zip(axes, ("the 24 of july, 2031", "december 7, 1968"), strict=True):
        source = torch.tensor([[LETTERS.index(letter) for letter in text]])
        T, lens, rows, written = len(text), torch.tensor([len(text)]), [], ""
        with torch.no_grad():
            outputs, last = reader.encode(source, lens)
            state, letter = last, torch.tensor([LETTERS.index(" ")])
            for _ in range(10):
                # The unit vectors in front carry the weights out; the zeros keep them out of the scores.
                marked = torch.cat([torch.eye(T)[None], outputs], dim=2)
                params = {
                    "W_q": torch.cat([torch.zeros(T, state.shape[1]), reader.params["W_q"]]),
                    "W_k": torch.cat([torch.zeros(T, state.shape[1]), reader.params["W_k"]]),
                    "w_v": reader.params["w_v"],
                }
                both = attention_context(torch.cat([torch.zeros(1, T), state], dim=1), marked, params)
                weights, context = both[:, :T], both[:, T:]
                rows.append(weights[0])
                state = reader.decoder(torch.cat([reader.embedding(letter), context], dim=1), state)
                letter = reader.output(torch.cat([state, context], dim=1)).argmax(dim=1)
                written += LETTERS[letter]
        image = axis.imshow(torch.stack(rows), vmin=0, vmax=1, cmap="viridis", aspect="auto")
        axis.set(xticks=range(T), xticklabels=text, yticks=range(10), yticklabels=written, xlabel="read")
        axis.set_title(f"{text!r} is read as {written}")
    axes[0].set_ylabel("written")
    figure.colorbar(image, ax=axes, label="weight")
    plt.show()


# %% [markdown]
# **To think about.** The encoder's outputs are states of a GRU, so each of them knows of its neighbours. Which
# rows look beside the letter that you would have looked at, and why is that no mistake?
#
# The decoder asks with the state *before* it has seen the token of this step (in some papers it is the state
# after). What would change in the code if it were the other way round?
#
# Reading a source of $T$ tokens and writing as many takes $T^2$ scores. Which of the two readers would you take
# for a source of a million letters, and what would you lose?

# %% [markdown] lang="zh_CN"
# **想一想。** 编码器的输出是 GRU 的状态，所以每个输出都知道它的邻居。哪些行看的不是你会看的那个字母，而是它旁边的字母？为什么这不算错误？
#
# 解码器用的是看到这一步的词元*之前*的状态来提问（在有些论文中是之后的状态）。如果反过来，代码中要改变什么？
#
# 读一个有 $T$ 个词元的源序列并写出同样多的词元，需要 $T^2$ 个分数。对于一百万个字母的源序列，这两种读法你会选哪一种？你会失去什么？
