# %% [markdown]
# # The Transformer
#
# A recurrent network reads word after word. Step 30 cannot begin before step 29 is done, so a GPU with room for
# thousands of sums does a handful at a time; and what the first word says reaches the thirtieth through
# twenty-nine states. The **Transformer** (Vaswani et al., 2017) has no states. Every token looks at every other
# one by attention, all of them at once, and the way from one word to any other is a single step.
#
# A few simple parts around the attention make that work, and you write them here: an encoding of positions,
# since attention alone knows no order; layer norm and residual connections, so that many layers can be stacked
# and still be trained; a small network that works on each token by itself; and a mask for the decoder, which
# must not see the words that it is about to write. Then they are put together, and translate from English to
# French.
#
# Notation: a batch $X$ has shape $(n, T, d)$: $n$ sequences of $T$ tokens, each a vector of size $d$.

# %% [markdown] lang="zh_CN"
# # Transformer
#
# 循环神经网络一个词一个词地读。第 29 步没有完成，第 30 步就不能开始，所以一块容得下数千次求和的 GPU，一次只做寥寥几次；而第一个词说了什么，要经过二十九个状态才能传到第三十个词。**Transformer**（Vaswani et al., 2017）没有状态。每个词元都通过注意力查看其他每个词元，全部同时进行，从一个词到任何另一个词只有一步之遥。
#
# 注意力周围的几个简单部分使这成为可能，在这里你要把它们写出来：位置编码，因为仅靠注意力不知道顺序；层规范化和残差连接，使许多层能堆叠起来而仍然可以训练；一个分别处理每个词元的小网络；以及解码器的掩码，因为解码器不能看到它将要写的词。然后把它们组合起来，从英语翻译成法语。
#
# 记号：一个批量 $X$ 的形状为 $(n, T, d)$：$n$ 个序列，每个有 $T$ 个词元，每个词元是一个大小为 $d$ 的向量。

# %% tags=["setup"]
import math
import random
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn
from tqdm import tqdm

from autograder import after, check

plt.style.use("tableau-colorblind10")
torch.set_num_threads(1)  # the networks here are too small to share out

# %% [markdown]
# ## Positional encoding
#
# Self-attention compares every token with every other one, wherever they stand: shuffle the tokens, and the
# outputs are shuffled the same way. *The dog bites the man* and *the man bites the dog* would be the same to
# it. So the order has to be put back in, and that is done in the vectors themselves.
#
# The Transformer adds a fixed vector to each token, one per position. Its entries are like the hands of many
# clocks: each pair of columns is a sine and a cosine, and each pair turns more slowly than the one before.
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

# %% [markdown] lang="zh_CN"
# ## 位置编码
#
# 自注意力把每个词元与其他每个词元比较，不管它们在哪里：打乱词元，输出也以同样的方式打乱。*The dog bites the man*（狗咬人）和 *the man bites the dog*（人咬狗）对它来说是一样的。所以必须把顺序放回去，而这是在向量本身中完成的。
#
# Transformer 给每个词元加上一个固定的向量，每个位置一个。它的各项就像许多钟的指针：每一对列是一个正弦和一个余弦，每一对都比前一对转得慢。
#
# $$
# P_{pos,\, 2j} = \sin\!\left(\frac{pos}{10000^{2j/d}}\right), \qquad
# P_{pos,\, 2j+1} = \cos\!\left(\frac{pos}{10000^{2j/d}}\right).
# $$
#
# 快钟区分相邻的位置，慢钟区分文本的开头和结尾。
#
# 有一点要注意：在位置 5,000 处，快钟已经转了几千弧度。这么大的 float32 数只能精确到大约 0.0003，远远超过这里允许的误差。


# %%
def positional_encoding(max_len, d, dtype=torch.float32, device=None):
    """Return the sinusoidal encoding of the positions 0 to `max_len - 1`.

    max_len: number of positions, d: size of the encoding, both at least 1. Returns a tensor `(max_len, d)` of
    `dtype` on `device` (None: the default one). Column `2j` is `sin(pos / 10000**(2j/d))`, column `2j+1` is
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
# What it now looks like. On the left each row is one position: the left columns flicker from row to row, the
# right ones hardly change. On the right is how similar the encodings of two positions are, their dot product:
# it depends on the distance between the two alone, and is largest on the diagonal.

# %% [markdown] lang="zh_CN"
# 现在看看它的样子。左边每一行是一个位置：靠左的列逐行闪烁，靠右的列几乎不变。右边是两个位置的编码有多相似，即它们的点积：它只取决于两者之间的距离，在对角线上最大。


# %%
@after(positional_encoding)
def positions_in_pictures():
    encoding = positional_encoding(80, 48)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    image = left.imshow(encoding, aspect="auto", cmap="RdBu", vmin=-1, vmax=1)
    left.set(title="The encoding of 80 positions", xlabel="column", ylabel="position")
    figure.colorbar(image, ax=left)
    image = right.imshow(encoding @ encoding.T, cmap="viridis")
    right.set(title="Dot products of two encodings", xlabel="position", ylabel="position")
    figure.colorbar(image, ax=right)
    plt.show()


# %% [markdown]
# **To think about.** The encoding of position $pos + 3$ is a linear function of that of $pos$, with the same
# matrix for every $pos$. Which matrix turns one pair of columns? And what is lost if only the sines are kept?
#
# The encoding is *added* to the word's vector and not joined to it. How can a later layer still tell the two apart?

# %% [markdown] lang="zh_CN"
# **想一想。** 位置 $pos + 3$ 的编码是位置 $pos$ 的编码的线性函数，而且对每个 $pos$ 矩阵都相同。哪个矩阵能转动一对列？如果只保留正弦，会失去什么？
#
# 编码是*加*到词的向量上的，而不是与它连接在一起。后面的层怎么还能把两者区分开？

# %% [markdown]
# ## The attention, on the house
#
# Multi-head attention was an exercise of the unit on attention; here it is given, built on torch's own. It
# takes `valid_lens` of shape $(n,)$, a length for each sequence, or $(n, q)$, one for each query. You need not
# change it, and you may use your own instead.

# %% [markdown] lang="zh_CN"
# ## 现成的注意力
#
# 多头注意力是注意力单元的一个练习；这里直接给出，它建立在 torch 自带的实现之上。它接受形状为 $(n,)$ 的 `valid_lens`，为每个序列给出一个长度，或形状为 $(n, q)$ 的，为每个查询给出一个。你不必改动它，也可以换成你自己写的。


# %%
def multi_head_attention(queries, keys, values, params, num_heads, valid_lens=None):
    """Attend with several heads at once: `(n, q, d_model)` from queries `(n, q, …)`, keys and values `(n, k, …)`.

    params: a dict with `W_q W_k W_v` and `W_o`, which multiply from the right. valid_lens: None, `(n,)` or
    `(n, q)`; keys at and past it get weight 0, and a query that may see none gets zeros.
    """
    d_model = params["W_q"].shape[1]
    if num_heads < 1 or d_model % num_heads:
        raise ValueError(f"{num_heads} heads cannot share {d_model} columns evenly")

    def project(x, w):
        return (x @ w).unflatten(-1, (num_heads, -1)).transpose(1, 2)

    q, k, v = project(queries, params["W_q"]), project(keys, params["W_k"]), project(values, params["W_v"])
    if valid_lens is None:
        heads = nn.functional.scaled_dot_product_attention(q, k, v)
    else:
        lens = valid_lens.to(k.device).reshape(len(valid_lens), 1, -1, 1)
        seen = torch.arange(k.shape[2], device=k.device) < lens
        blind = lens < 1  # these see everything for a moment, since a row without any key could be NaN
        heads = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen | blind)
        heads = heads.masked_fill(blind, 0.0)
    return heads.transpose(1, 2).flatten(2) @ params["W_o"]


# %% [markdown]
# ## Layer norm
#
# Deep networks train well when the numbers between their layers keep a size of about 1. Batch norm sees to that
# with statistics over the batch, one mean and variance for each column. With text this is awkward: sentences
# have different lengths, much of a batch is padding, and when a translator runs there may be a single sentence.
#
# **Layer norm** (Ba et al., 2016) turns it by a quarter. Each token is normalised by the mean and variance of
# its *own* $d$ entries, and does not depend on anybody else:
#
# $$
# \mathrm{LN}(x) = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta , \qquad
# \mu = \frac{1}{d} \sum_{i=1}^{d} x_i , \quad \sigma^2 = \frac{1}{d} \sum_{i=1}^{d} (x_i - \mu)^2 .
# $$
#
# The scale $\gamma$ and the shift $\beta$, one of each per column, are learned: so a layer may undo what it
# does not like.

# %% [markdown] lang="zh_CN"
# ## 层规范化
#
# 深度网络的各层之间的数大小保持在 1 左右时，训练才顺利。批量规范化用批量上的统计量做到这一点，每一列有一个均值和一个方差。对文本来说这很别扭：句子长短不一，一个批量中很大一部分是填充，而翻译器运行时可能只有一个句子。
#
# **层规范化**（Ba et al., 2016）把它转了四分之一圈。每个词元用它*自己*的 $d$ 项的均值和方差做规范化，不依赖于任何别的词元：
#
# $$
# \mathrm{LN}(x) = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta , \qquad
# \mu = \frac{1}{d} \sum_{i=1}^{d} x_i , \quad \sigma^2 = \frac{1}{d} \sum_{i=1}^{d} (x_i - \mu)^2 .
# $$
#
# 缩放 $\gamma$ 和平移 $\beta$ 每列各有一个，由学习得出：这样，一层可以撤销它不想要的规范化。


# %%
def layer_norm(x, gamma, beta, eps=1e-5):
    """Normalise over the last axis, then scale and shift.

    `(x - mean) / sqrt(variance + eps) * gamma + beta`, with mean and biased variance (divided by `d`) over the
    last axis.

    x: floating-point tensor `(…, d)` with any number of axes in front. gamma, beta: `(d,)`. Returns a tensor of
    the shape, dtype and device of x; gradients flow to x, gamma and beta. The arguments stay as they are.

    Not allowed: torch's own `LayerNorm` and `layer_norm`. Source: Ba, Kiros and Hinton, 2016, arXiv:1607.06450,
    section 3.
    """
    ### BEGIN SOLUTION
    mean = x.mean(dim=-1, keepdim=True)
    variance = (x - mean).square().mean(dim=-1, keepdim=True)
    return gamma * (x - mean) / torch.sqrt(variance + eps) + beta
    ### END SOLUTION


# %%
check(layer_norm)

# %% [markdown]
# Below, each row is a token with a level of its own, and each column has its own level, too. Layer norm takes
# out the differences between rows and leaves those between columns in; batch norm does it the other way round.
# Compare which stripes are gone.

# %% [markdown] lang="zh_CN"
# 下面每一行是一个有自己水平的词元，每一列也有自己的水平。层规范化去掉行与行之间的差异，留下列与列之间的差异；批量规范化则相反。比较一下哪些条纹消失了。


# %%
@after(layer_norm)
def layer_norm_beside_batch_norm():
    dice = torch.Generator().manual_seed(1)
    tokens, d = 12, 20
    rows, columns = torch.randn(tokens, 1, generator=dice), torch.randn(d, generator=dice)
    x = 1.5 * rows + 1.5 * columns + torch.randn(tokens, d, generator=dice)
    panels = {
        "before": x,
        "layer norm: each row": layer_norm(x, torch.ones(d), torch.zeros(d)),
        "batch norm: each column": nn.functional.batch_norm(x, None, None, training=True),
    }
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), sharey=True, layout="constrained")
    for axis, (title, values) in zip(axes, panels.items(), strict=True):
        image = axis.imshow(values, cmap="RdBu", vmin=-4, vmax=4, aspect="auto")
        axis.set(title=title, xlabel="column", xticks=range(0, d, 4))
    axes[0].set_ylabel("token")
    figure.colorbar(image, ax=axes)
    plt.show()


# %% [markdown]
# **To think about.** Multiply a token by 10 and add 3 to each entry: what does layer norm make of it? What
# information about the token is lost, then, and how could $\gamma$ and $\beta$ not bring it back?
#
# A batch of one sentence, or a thousand: for which of the two norms does a sentence's result depend on that?

# %% [markdown] lang="zh_CN"
# **想一想。** 把一个词元乘以 10，再给每一项加 3：层规范化会得出什么？那么这个词元的哪些信息丢失了，为什么 $\gamma$ 和 $\beta$ 也不能把它们找回来？
#
# 一个批量有一个句子，或者一千个句子：对两种规范化中的哪一种，一个句子的结果会取决于此？

# %% [markdown]
# ## Add & norm
#
# Each part of a Transformer is wrapped alike. What the part found is *added* to what went in (a **residual
# connection**, He et al., 2016), and the sum is normalised:
#
# $$
# \mathrm{AddNorm}(x, y) = \mathrm{LN}(x + y) , \qquad y = \mathrm{part}(x) .
# $$
#
# So a part need not carry a token's whole content along, only what it has to add to it, and the gradient has a
# short way past every part.

# %% [markdown] lang="zh_CN"
# ## 加法和规范化（add & norm）
#
# Transformer 的每个部分都以同样的方式包起来。把这个部分的结果*加*到它的输入上（**残差连接**，He et al., 2016），再对和做规范化：
#
# $$
# \mathrm{AddNorm}(x, y) = \mathrm{LN}(x + y) , \qquad y = \mathrm{part}(x) .
# $$
#
# 因此一个部分不必带着词元的全部内容，只需要给出该加上什么，而且梯度有一条绕过每个部分的捷径。


# %%
def add_norm(x, y, gamma, beta, eps=1e-5):
    """Return the layer norm of `x + y`.

    As in `layer_norm`, which you may call: over the last axis, with the biased variance and `eps` inside the
    root, scaled by gamma and shifted by beta.

    x, y: tensors of the same shape `(…, d)`, what went into a part of the network and what came out of it.
    gamma, beta: `(d,)`. Returns a tensor of the shape, dtype and device of x; gradients flow to x, y, gamma and
    beta. The arguments stay as they are.

    Source: Vaswani et al., 2017, arXiv:1706.03762, section 3.1.
    """
    ### BEGIN SOLUTION
    return layer_norm(x + y, gamma, beta, eps)
    ### END SOLUTION


# %%
check(add_norm)

# %% [markdown]
# Forty random layers on top of each other, wrapped in three ways. Left: how large the numbers are after each
# layer. Right: how large the gradient is when it comes back there from the top. Without anything, both die out.
# With the sum alone, both grow from layer to layer without end. With sum and norm the numbers stay as they are,
# and the gradient changes by a factor of ten where it was millions before.

# %% [markdown] lang="zh_CN"
# 四十个随机的层叠在一起，用三种方式包起来。左边：每一层之后的数有多大。右边：梯度从顶部传回到那里时有多大。什么都不加，两者都会消失。只有求和，两者都会逐层无限增长。既求和又规范化，数的大小保持不变，而梯度原来变化几百万倍，现在只变化十倍。


# %%
@after(add_norm)
def forty_layers():
    d, depth = 64, 40
    dice = torch.Generator().manual_seed(3)
    matrices = [torch.randn(d, d, generator=dice) / math.sqrt(d) for _ in range(depth)]
    x, target = torch.randn(32, d, generator=dice), torch.randn(32, d, generator=dice)
    ways = {
        "the part alone": lambda x, y: y,
        "add": lambda x, y: x + y,
        "add & norm": lambda x, y: add_norm(x, y, torch.ones(d), torch.zeros(d)),
    }
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    for (name, wrap), style in zip(ways.items(), ("-", "--", "-."), strict=True):
        states = [x.clone().requires_grad_()]
        for w in matrices:
            states.append(wrap(states[-1], torch.relu(states[-1] @ w)))
        gradients = torch.autograd.grad((states[-1] * target).mean(), states)
        left.plot([state.std().item() for state in states], style, label=name)
        right.plot([gradient.norm().item() for gradient in gradients], style, label=name)
    left.set(title="Size of the numbers", xlabel="layer", ylabel="standard deviation", yscale="log")
    right.set(title="Size of the gradient", xlabel="layer", ylabel="norm", yscale="log")
    left.legend()
    plt.show()


# %% [markdown]
# **To think about.** Here the norm comes after the sum ("post-norm"). Many newer models normalise the part's
# *input* instead, $x + \mathrm{part}(\mathrm{LN}(x))$. Which of the two leaves a way from the top to the bottom
# without any norm on it?

# %% [markdown] lang="zh_CN"
# **想一想。** 这里的规范化在求和之后（post-norm）。许多较新的模型则对部分的*输入*做规范化，即 $x + \mathrm{part}(\mathrm{LN}(x))$。两者之中，哪一种留有一条从顶部到底部、途中没有任何规范化的路？

# %% [markdown]
# ## A network for each position
#
# Attention moves information between positions, but what it makes of it is a weighted mean: nothing but sums.
# The thinking is done by a small network with one hidden layer, applied to each token by itself, with the same
# weights at every position:
#
# $$
# \mathrm{FFN}(x) = \max(0,\, x W_1 + b_1)\, W_2 + b_2 .
# $$
#
# The hidden layer is usually four times as wide as the token, so that two thirds of a Transformer layer's
# weights are in here.

# %% [markdown] lang="zh_CN"
# ## 每个位置上的网络
#
# 注意力在位置之间传递信息，但它得出的只是加权平均：除了求和没有别的。思考由一个小网络来完成，它有一个隐藏层，分别作用于每个词元，在每个位置上权重都相同：
#
# $$
# \mathrm{FFN}(x) = \max(0,\, x W_1 + b_1)\, W_2 + b_2 .
# $$
#
# 隐藏层的宽度通常是词元的四倍，因此 Transformer 一层的权重有三分之二在这里。


# %%
def position_wise_ffn(x, params):
    """Apply the same two-layer network to each position: `relu(x @ W_1 + b_1) @ W_2 + b_2`.

    x: `(…, d)`, usually `(n, T, d)`. params: a dict with `W_1` `(d, f)`, `b_1` `(f,)`, `W_2` `(f, d_out)` and `b_2`
    `(d_out,)`. Returns a tensor `(…, d_out)` of the dtype and on the device of x; gradients flow to x and to all of
    `params`. The arguments stay as they are.

    Source: Vaswani et al., 2017, arXiv:1706.03762, section 3.3.
    """
    ### BEGIN SOLUTION
    hidden = torch.relu(x @ params["W_1"] + params["b_1"])
    return hidden @ params["W_2"] + params["b_2"]
    ### END SOLUTION


# %%
check(position_wise_ffn)

# %% [markdown]
# Who learns of whom? In the pictures, token $j$ of a sentence is changed a little, and row $i$ shows by how
# much output $i$ changes, on average over forty sentences of random tokens. Through the network each position
# hears of itself alone: a diagonal. Through attention everybody hears of everybody, and most of itself, since
# it is the one who asks.

# %% [markdown] lang="zh_CN"
# 谁能得知谁的消息？图中稍微改变一个句子的词元 $j$，第 $i$ 行显示输出 $i$ 改变了多少，这是四十个由随机词元组成的句子的平均值。经过这个网络，每个位置只得知自己的消息：一条对角线。经过注意力，每个位置得知所有位置的消息，其中自己的最多，因为提问的就是它。


# %%
def random_params(d, f, dice, attentions=("attention",)):
    """Return random parameters of a block with tokens of size `d` and `f` hidden units."""

    def matrix(rows, columns):
        return torch.randn(rows, columns, generator=dice) / math.sqrt(rows)

    params = {"ffn": {"W_1": matrix(d, f), "b_1": torch.zeros(f), "W_2": matrix(f, d), "b_2": torch.zeros(d)}}
    for name in attentions:
        params[name] = {matrix_name: matrix(d, d) for matrix_name in ("W_q", "W_k", "W_v", "W_o")}
    for i in range(len(attentions) + 1):
        params[f"norm_{i + 1}"] = {"gamma": torch.ones(d), "beta": torch.zeros(d)}
    return params


def influence(function, x):
    """Return `(T, T)`: how much output `i` of `function` changes when token `j` of `x` does, as a mean of many `x`."""
    base = function(x)
    changes = []
    for j in range(x.shape[1]):
        moved = x.clone()
        moved[:, j] += 0.1
        changes.append((function(moved) - base).norm(dim=-1).mean(dim=0))
    return torch.stack(changes, dim=1)


def show_influence(panels):
    """Draw influence maps side by side, each with its title."""
    figure, axes = plt.subplots(
        1, len(panels), figsize=(4.2 * len(panels), 3.6), squeeze=False, layout="constrained"
    )
    for axis, (title, changes) in zip(axes[0], panels.items(), strict=True):
        image = axis.imshow(changes, cmap="viridis", vmin=0)
        axis.set(title=title, xlabel="token that is changed", ylabel="output")
        figure.colorbar(image, ax=axis, label="change")
    plt.show()


@after(position_wise_ffn)
def who_hears_of_whom():
    dice = torch.Generator().manual_seed(4)
    x, params = torch.randn(40, 9, 16, generator=dice), random_params(16, 64, dice)

    def attend(x):
        return multi_head_attention(x, x, x, params["attention"], 2)

    show_influence(
        {
            "feed-forward network": influence(lambda x: position_wise_ffn(x, params["ffn"]), x),
            "self-attention": influence(attend, x),
        }
    )


# %% [markdown]
# **To think about.** What would a Transformer without these networks compute, apart from the softmax and the
# norm? Could it do without the ReLU?
#
# A convolution with a kernel of size 1 along the sequence: is that the same or something else?

# %% [markdown] lang="zh_CN"
# **想一想。** 除去 softmax 和规范化，没有这些网络的 Transformer 计算的是什么？没有 ReLU 行吗？
#
# 沿序列做卷积核大小为 1 的卷积：这与它相同，还是不同？

# %% [markdown]
# ## What the decoder may see
#
# A decoder writes word after word. When it is trained, though, the whole translation is known, and it would be
# a waste not to train all positions at once. So all of them are computed in one pass, with one rule: position
# $t$ sees the positions up to $t$ and none after it. Else it would copy the next word instead of learning to
# guess it. As valid lengths for the attention, that is a staircase.

# %% [markdown] lang="zh_CN"
# ## 解码器可以看到什么
#
# 解码器一个词一个词地写。不过训练时，整个译文是已知的，不同时训练所有位置就太浪费了。所以所有位置在一次计算中得出，只有一条规则：位置 $t$ 能看到不晚于 $t$ 的位置，看不到之后的任何位置。否则它会照抄下一个词，而不是学着去猜。写成注意力的有效长度，这就是一个阶梯。


# %%
def causal_valid_lens(n, steps):
    """Return how many positions each step of each sequence may see: itself and those before it.

    n: number of sequences, steps: number of positions, both at least 1. Returns an int64 tensor `(n, steps)`;
    position `t`, counted from 0, sees `t + 1` positions.

    Source: Vaswani et al., 2017, arXiv:1706.03762, section 3.2.3.
    """
    ### BEGIN SOLUTION
    return torch.arange(1, steps + 1).repeat(n, 1)
    ### END SOLUTION


# %%
check(causal_valid_lens)

# %% [markdown]
# The same picture as before for self-attention, with your lengths: nothing above the diagonal. Information flows
# forward only.

# %% [markdown] lang="zh_CN"
# 与前面同样的自注意力图，这次用你的长度：对角线上方什么都没有。信息只向前传。


# %%
@after(causal_valid_lens)
def nothing_from_the_future():
    dice = torch.Generator().manual_seed(4)
    x, params = torch.randn(40, 9, 16, generator=dice), random_params(16, 64, dice)

    def masked(x):
        return multi_head_attention(x, x, x, params["attention"], 2, causal_valid_lens(40, 9))

    show_influence({"self-attention under the causal mask": influence(masked, x)})


# %% [markdown]
# **To think about.** A decoder was trained without the mask by mistake. What will its training loss look like,
# and what happens when it has to translate?
#
# If a batch is padded at the end, does causal self-attention need the sentences' lengths as well?

# %% [markdown] lang="zh_CN"
# **想一想。** 有人不小心在没有掩码的情况下训练了一个解码器。它的训练损失会是什么样子，需要翻译时又会怎样？
#
# 如果一个批量是在末尾填充的，因果自注意力还需要句子的长度吗？

# %% [markdown]
# ## A block of the encoder
#
# Two parts, each with add & norm: the tokens look at each other, then each one works on what it has seen.
#
# $$
# \begin{aligned}
# Y &= \mathrm{AddNorm}_1\bigl(X,\ \mathrm{MultiHead}(X, X, X)\bigr), \\
# Z &= \mathrm{AddNorm}_2\bigl(Y,\ \mathrm{FFN}(Y)\bigr).
# \end{aligned}
# $$
#
# What comes out has the shape of what went in, so that blocks can be stacked as high as one likes.

# %% [markdown] lang="zh_CN"
# ## 编码器的块
#
# 两个部分，各带一次加法和规范化：词元先互相查看，然后各自处理所看到的。
#
# $$
# \begin{aligned}
# Y &= \mathrm{AddNorm}_1\bigl(X,\ \mathrm{MultiHead}(X, X, X)\bigr), \\
# Z &= \mathrm{AddNorm}_2\bigl(Y,\ \mathrm{FFN}(Y)\bigr).
# \end{aligned}
# $$
#
# 输出的形状与输入相同，所以块可以想叠多高就叠多高。


# %%
def encoder_block(x, params, num_heads, valid_lens=None):
    """Run one block of a Transformer's encoder, post-norm.

    `y = add_norm(x, self-attention of x)`, then `add_norm(y, ffn(y))`; you may call `multi_head_attention` from
    above, `add_norm` and `position_wise_ffn`. The norms have `eps = 1e-5`.

    x: `(n, T, d)`. params: a dict with `attention` (a dict with `W_q W_k W_v W_o`, each `(d, d)`), `norm_1` and
    `norm_2` (each a dict with `gamma` and `beta`, `(d,)`), the first after the attention and the second after
    the ffn, and `ffn` (a dict with `W_1 b_1 W_2 b_2`). num_heads: divides `d`. valid_lens: None or an int64
    tensor `(n,)`, lengths from 1 to `T`; no position attends to positions at and past it. Every position gets a
    result, those past the length too.

    Returns a tensor `(n, T, d)` of the dtype and on the device of x; gradients flow to x and to all of
    `params`. The arguments stay as they are.

    Source: Vaswani et al., 2017, arXiv:1706.03762, section 3.1.
    """
    ### BEGIN SOLUTION
    found = multi_head_attention(x, x, x, params["attention"], num_heads, valid_lens)
    y = add_norm(x, found, **params["norm_1"])
    return add_norm(y, position_wise_ffn(y, params["ffn"]), **params["norm_2"])
    ### END SOLUTION


# %%
check(encoder_block)

# %% [markdown]
# Left, a block with nine tokens; the diagonal is bright, because the residual connection carries each token on.
# Right, the same with a valid length of 6: the last three are heard by nobody but themselves.
#
# Below the pictures is what positional encoding is good for: the words of a sentence are shuffled, run through the
# block, and put back in order. Without the encoding the block has not noticed anything, but for rounding.

# %% [markdown] lang="zh_CN"
# 左边是有九个词元的一个块；对角线很亮，因为残差连接把每个词元继续传下去。右边是有效长度为 6 的同一个块：最后三个词元除了它们自己，谁也听不到。
#
# 图的下方是位置编码的用处：把一个句子的词打乱，送入这个块，再恢复顺序。没有编码时，除了舍入误差，块什么也没有察觉。


# %%
@after(encoder_block, positional_encoding)
def inside_an_encoder_block():
    dice = torch.Generator().manual_seed(4)
    x, params = torch.randn(40, 9, 16, generator=dice), random_params(16, 64, dice)
    show_influence(
        {
            "encoder block": influence(lambda x: encoder_block(x, params, 2), x),
            "valid length 6": influence(lambda x: encoder_block(x, params, 2, torch.tensor([6] * 40)), x),
        }
    )
    shuffled, encoding = torch.randperm(9, generator=dice), positional_encoding(9, 16)
    back = shuffled.argsort()
    for name, added in (("without", 0 * encoding), ("with", encoding)):
        straight = encoder_block(x + added, params, 2)
        other = encoder_block(x[:, shuffled] + added, params, 2)[:, back]
        print(
            f"{name:>7} positional encoding, shuffling changes the outputs by {(straight - other).abs().max():.6f}"
        )


# %% [markdown]
# **To think about.** For $T$ tokens of size $d$, attention's scores cost about $T^2 d$ multiplications, the
# projections and the feed-forward network about $T d^2$. When is which of them the larger part?
#
# What is in the rows of padding positions after the block, and why does that do no harm?

# %% [markdown] lang="zh_CN"
# **想一想。** 对 $T$ 个大小为 $d$ 的词元，注意力的分数大约需要 $T^2 d$ 次乘法，投影和前馈网络大约需要 $T d^2$ 次。什么时候哪一部分更大？
#
# 经过这个块之后，填充位置的行里是什么，为什么没有害处？

# %% [markdown]
# ## A block of the decoder
#
# Three parts: the tokens written so far look at each other under the causal mask; then they ask the encoder's
# outputs, where they may see all that is valid (**cross-attention**: queries from the decoder, keys and values
# from the encoder); then the feed-forward network.
#
# $$
# \begin{aligned}
# Y &= \mathrm{AddNorm}_1\bigl(X,\ \mathrm{MultiHead}_{\text{causal}}(X, X, X)\bigr), \\
# Z &= \mathrm{AddNorm}_2\bigl(Y,\ \mathrm{MultiHead}(Y, H, H)\bigr), \\
# U &= \mathrm{AddNorm}_3\bigl(Z,\ \mathrm{FFN}(Z)\bigr).
# \end{aligned}
# $$
#
# In training $X$ is a whole sentence. In use the words come one by one, and the rows of the old words do not
# change any more: nothing flows backwards. It would be a waste to compute them again for every new word. All
# that a new word needs of the old ones is what self-attention asks of them. So the block returns a **cache**
# with it, and gets it back with the next word. What you put into the cache is your affair.
#
# A cache may be used more than once. Beam search, for one, goes on from the same beginning with different
# words. So a call makes a new cache and leaves the one it was given as it is.

# %% [markdown] lang="zh_CN"
# ## 解码器的块
#
# 三个部分：到目前为止写出的词元先在因果掩码下互相查看；然后向编码器的输出提问，在那里可以看到所有有效的输出（**交叉注意力**：查询来自解码器，键和值来自编码器）；最后是前馈网络。
#
# $$
# \begin{aligned}
# Y &= \mathrm{AddNorm}_1\bigl(X,\ \mathrm{MultiHead}_{\text{causal}}(X, X, X)\bigr), \\
# Z &= \mathrm{AddNorm}_2\bigl(Y,\ \mathrm{MultiHead}(Y, H, H)\bigr), \\
# U &= \mathrm{AddNorm}_3\bigl(Z,\ \mathrm{FFN}(Z)\bigr).
# \end{aligned}
# $$
#
# 训练时，$X$ 是整个句子。使用时，词一个一个地来，旧词的行不再改变：没有任何信息向后传。每来一个新词就把它们重算一遍，太浪费了。新词需要旧词提供的，只是自注意力向它们要的东西。所以块一并返回一个**缓存**，在下一个词到来时再拿回它。缓存里放什么由你决定。
#
# 一个缓存可以使用不止一次。例如束搜索，就会从同一个开头接上不同的词。所以一次调用要创建新的缓存，并让传入的缓存保持原样。


# %%
def decoder_block(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Run one block of a Transformer's decoder, post-norm; return `(y, cache)`.

    Causal self-attention, then attention to the encoder's outputs, then the ffn, each followed by add & norm
    (`norm_1`, `norm_2`, `norm_3`, with `eps = 1e-5`).

    x: `(n, T, d)`. encoder_outputs: `(n, S, d)`. params: a dict with `self_attention` and `cross_attention`
    (each a dict with `W_q W_k W_v W_o`, each `(d, d)`), `norm_1`, `norm_2` and `norm_3` (each a dict with
    `gamma` and `beta`) and `ffn` (a dict with `W_1 b_1 W_2 b_2`). encoder_valid_lens: None or an int64 tensor
    `(n,)`, lengths from 1 to `S`: nothing attends to encoder outputs at and past it.

    cache: None, or what an earlier call returned. With None, `x` is read whole, from the first step on, under
    the causal mask: step `t` sees the steps up to `t`. With a cache, `x` holds the next steps only, one or
    several, and the result equals the last rows of the whole pass over all steps so far. What a cache holds is
    up to you; a cache that is passed in is not changed by the call, so it can be used again.

    Returns `(y, cache)`, with `y` of the shape, dtype and device of x; gradients flow from `y` to x,
    encoder_outputs and all of `params`, and through the cache to the steps before. The arguments stay as they
    are.

    Source: Vaswani et al., 2017, arXiv:1706.03762, section 3.1.
    """
    ### BEGIN SOLUTION
    steps = x if cache is None else torch.cat([cache, x], dim=1)
    lens = causal_valid_lens(len(x), steps.shape[1])[:, -x.shape[1] :].to(x.device)
    found = multi_head_attention(x, steps, steps, params["self_attention"], num_heads, lens)
    y = add_norm(x, found, **params["norm_1"])
    found = multi_head_attention(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, encoder_valid_lens
    )
    z = add_norm(y, found, **params["norm_2"])
    return add_norm(z, position_wise_ffn(z, params["ffn"]), **params["norm_3"]), steps
    ### END SOLUTION


# %%
check(decoder_block)

# %% [markdown]
# Left, who hears of whom in a decoder block: the staircase again. Right, the time that each further step takes
# when a text is written step by step, with the cache and without one. Without it, every step runs the whole
# pass again.

# %% [markdown] lang="zh_CN"
# 左边是解码器块中谁能得知谁的消息：又是那个阶梯。右边是一步一步地写一段文本时，有缓存和没有缓存时每多一步所用的时间。没有缓存时，每一步都要把完整计算再做一遍。


# %%
@after(decoder_block)
def what_the_cache_saves():
    dice = torch.Generator().manual_seed(4)
    both = ("self_attention", "cross_attention")
    x, source = torch.randn(2, 40, 9, 16, generator=dice)
    params = random_params(16, 64, dice, both)
    changes = influence(lambda x: decoder_block(x, source, params, 2)[0], x)
    long, params = torch.randn(1, 300, 64, generator=dice), random_params(64, 256, dice, both)
    source = torch.randn(1, 20, 64, generator=dice)
    seconds = {"without": [], "with the cache": []}
    with torch.no_grad():
        cache = None
        for t in range(300):
            started = time.perf_counter()
            _, cache = decoder_block(long[:, t : t + 1], source, params, 4, cache=cache)
            seconds["with the cache"].append(1000 * (time.perf_counter() - started))
            started = time.perf_counter()
            decoder_block(long[:, : t + 1], source, params, 4)
            seconds["without"].append(1000 * (time.perf_counter() - started))
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    image = left.imshow(changes, cmap="viridis", vmin=0)
    left.set(title="Decoder block", xlabel="token that is changed", ylabel="output")
    figure.colorbar(image, ax=left, label="change")
    for (name, times), style in zip(seconds.items(), ("s", "o"), strict=True):
        middle = torch.tensor(times).unfold(0, 15, 15).median(dim=1).values
        right.plot(torch.arange(len(middle)) * 15 + 7, middle, style + "-", label=name)
    right.set(title="Time for one more step", xlabel="steps so far", ylabel="milliseconds", ylim=(0, None))
    right.legend()
    plt.show()


# %% [markdown]
# **To think about.** A cache may hold the inputs $X$ of all steps so far, or their keys $X W_k$ and values $X W_v$,
# as most implementations do. What does each of them save, and what does it cost?
#
# Why can an encoder have no such cache?

# %% [markdown] lang="zh_CN"
# **想一想。** 缓存可以保存到目前为止所有步的输入 $X$，也可以像大多数实现那样保存它们的键 $X W_k$ 和值 $X W_v$。两种做法各省了什么，代价又是什么？
#
# 为什么编码器不能有这样的缓存？

# %% [markdown]
# ## From English to French
#
# Now all of it together: two encoder blocks and two decoder blocks, made of your functions, learn to translate
# short sentences. `data/eng-fra.tsv` holds a few thousand pairs, already cut into tokens. Two hundred of them
# are put aside.

# %% [markdown] lang="zh_CN"
# ## 从英语到法语
#
# 现在把这一切组合起来：两个编码器块和两个解码器块，由你的函数构成，学习翻译短句。`data/eng-fra.tsv` 含有几千对句子，已经切分成词元。其中两百对留出来不用于训练。


# %%
PAD, BOS, EOS = range(3)


class Language:
    """Turn the words of one language into numbers and back."""

    def __init__(self, sentences):
        self.words = ["<pad>", "<bos>", "<eos>", *sorted({word for words in sentences for word in words})]
        self.numbers = {word: number for number, word in enumerate(self.words)}

    def encode(self, sentences, first=()):
        """Return `(n, T)` padded numbers, each row ending with `<eos>`."""
        rows = [torch.tensor([*first, *(self.numbers[word] for word in words), EOS]) for words in sentences]
        return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)

    def decode(self, row):
        """Return the words up to `<eos>`."""
        row = row[: row.index(EOS)] if EOS in row else row
        return [self.words[number] for number in row]


class Translator:
    """A small Transformer, made of the functions of this notebook."""

    def __init__(self, english, french, d=64, f=128, heads=4, blocks=2):
        self.english, self.french, self.heads = english, french, heads
        dice, both = torch.Generator().manual_seed(0), ("self_attention", "cross_attention")
        self.params = {
            "english": torch.randn(len(english.words), d, generator=dice) / math.sqrt(d),
            "french": torch.randn(len(french.words), d, generator=dice) / math.sqrt(d),
            "output": torch.randn(d, len(french.words), generator=dice) / math.sqrt(d),
            "encoder": {i: random_params(d, f, dice) for i in range(blocks)},
            "decoder": {i: random_params(d, f, dice, both) for i in range(blocks)},
        }
        self.positions = positional_encoding(64, d)
        self.scale = math.sqrt(d)

    def parameters(self, params=None):
        """Yield all tensors that are learned."""
        for value in (params or self.params).values():
            if isinstance(value, dict):
                yield from self.parameters(value)
            else:
                yield value

    def encode(self, embedded, lens):
        """Return the encoder's outputs for embedded English tokens `(n, S, d)`."""
        x = embedded + self.positions[: embedded.shape[1]]
        for block in self.params["encoder"].values():
            x = encoder_block(x, block, self.heads, lens)
        return x

    def embed(self, source):
        return self.params["english"][source] * self.scale, (source != PAD).sum(dim=1)

    def decode(self, target, encoded, lens, caches=None, start=0):
        """Return scores of the next French token at each step `(n, T, V)`, and the blocks' caches."""
        x = self.params["french"][target] * self.scale + self.positions[start : start + target.shape[1]]
        new = []
        for i, block in self.params["decoder"].items():
            x, cache = decoder_block(
                x, encoded, block, self.heads, lens, None if caches is None else caches[i]
            )
            new.append(cache)
        return x @ self.params["output"], new

    @torch.no_grad()
    def translate(self, sentences, max_len=16):
        """Translate greedily: the best token at each step, which is all that the decoder reads next."""
        embedded, lens = self.embed(self.english.encode(sentences))
        encoded, caches = self.encode(embedded, lens), None
        tokens = [torch.full((len(sentences), 1), BOS)]
        for step in range(max_len):
            scores, caches = self.decode(tokens[-1], encoded, lens, caches, start=step)
            tokens.append(scores[:, -1:].argmax(dim=-1))
        return [self.french.decode(row) for row in torch.cat(tokens[1:], dim=1).tolist()]


# %% [markdown]
# In training the decoder reads the true translation, one place to the right of what it has to say (teacher
# forcing), and all positions are trained in one pass: that is what the causal mask is for. When it translates,
# it reads its own words step by step, through your cache. Twelve times through the pairs takes half a minute.

# %% [markdown] lang="zh_CN"
# 训练时，解码器读的是真正的译文，比它要说的内容右移一个位置（强制教学），所有位置在一次计算中训练：这就是因果掩码的用处。翻译时，它借助你的缓存，一步一步地读自己写出的词。把所有句子对过十二遍，需要半分钟。


# %%
@after(positional_encoding, encoder_block, decoder_block)
def translation():
    lines = Path("data/eng-fra.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [[sentence.split() for sentence in line.split("\t")] for line in lines]
    random.Random(0).shuffle(pairs)
    new, known = pairs[:200], pairs[200:]
    model = Translator(Language(pair[0] for pair in pairs), Language(pair[1] for pair in pairs))
    params = [tensor.requires_grad_() for tensor in model.parameters()]
    optimizer = torch.optim.Adam(params, lr=0.002, betas=(0.9, 0.98))
    losses, shares, batch = [], [], 64
    bar = tqdm(range(12), "training", file=sys.stdout)
    for epoch in bar:
        random.Random(epoch).shuffle(known)
        for start in range(0, len(known), batch):
            english, french = zip(*known[start : start + batch], strict=True)
            target = model.french.encode(french, first=[BOS])
            embedded, lens = model.embed(model.english.encode(english))
            scores, _ = model.decode(target[:, :-1], model.encode(embedded, lens), lens)
            loss = nn.functional.cross_entropy(
                scores.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        written = model.translate([english for english, _ in new])
        shares.append(sum(w == french for w, (_, french) in zip(written, new, strict=True)) / len(new))
        bar.set_postfix(exact=f"{shares[-1]:.0%}")
    print(f"\n{shares[-1]:.1%} of {len(new)} new sentences are translated word for word as in the file")

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
    left.plot(losses)
    left.set(title="Training", xlabel="step", ylabel="cross-entropy per token", yscale="log")
    right.plot(range(1, 13), shares, "o-")
    right.set(title="New sentences", xlabel="epoch", ylabel="share of exact translations", ylim=(0, 1.02))
    plt.show()
    return model, new


# %% [markdown]
# Some sentences that the network has never seen, and all that it got wrong among the new ones. Are its mistakes
# those of a beginner, or nonsense?

# %% [markdown] lang="zh_CN"
# 这里是网络从未见过的一些句子，以及新句子中它译错的全部。它的错误像初学者的错误，还是胡言乱语？


# %%
@after(positional_encoding, encoder_block, decoder_block)
def some_translations():
    if translation is None:
        return
    model, new = translation
    written = model.translate([english for english, _ in new])
    for (english, french), words in list(zip(new, written, strict=True))[:12]:
        print(f"{' '.join(english):44}{' '.join(words)}{'' if words == french else '   (!)'}")
    print("\nNot as in the file:")
    for (english, french), words in zip(new, written, strict=True):
        if words != french:
            print(f"{' '.join(english):44}{' '.join(words)}\n{'':>34}not       {' '.join(french)}")


# %% [markdown]
# And on which English word does each French word hang? Each row shows how strongly the score of the word that
# was chosen reacts to a small change of each English word (the size of the gradient, as a share of the row's
# sum). Look for words that stand in another order in the two languages, and for a French word that takes two
# English ones.

# %% [markdown] lang="zh_CN"
# 每个法语词又取决于哪个英语词？每一行显示，所选的词的分数对每个英语词的微小改变反应有多强（梯度的大小，以占该行总和的比例表示）。请找出在两种语言中顺序不同的词，以及一个需要两个英语词的法语词。


# %%
@after(positional_encoding, encoder_block, decoder_block)
def who_depends_on_whom():
    if translation is None:
        return
    model, new = translation
    sentences = [english for english, _ in new if 6 <= len(english) <= 8][:3]
    figure, axes = plt.subplots(1, len(sentences), figsize=(4.4 * len(sentences), 4.4), layout="constrained")
    for axis, english in zip(axes, sentences, strict=True):
        [words] = model.translate([english])
        target = model.french.encode([words], first=[BOS])
        embedded, lens = model.embed(model.english.encode([english]))
        embedded = embedded.detach().requires_grad_()
        scores, _ = model.decode(target[:, :-1], model.encode(embedded, lens), lens)
        rows = []
        for step, number in enumerate(target[0, 1:-1].tolist()):
            (gradient,) = torch.autograd.grad(scores[0, step, number], embedded, retain_graph=True)
            rows.append(gradient[0, : len(english)].norm(dim=-1))
        rows = torch.stack(rows)
        image = axis.imshow(rows / rows.sum(dim=1, keepdim=True), cmap="viridis", vmin=0)
        axis.set_xticks(range(len(english)), english, rotation=60, ha="right")
        axis.set_yticks(range(len(words)), words)
        axis.set(xlabel="English", ylabel="French")
    figure.colorbar(image, ax=axes, label="share of the row")
    plt.show()


# %% [markdown]
# **To think about.** The word embeddings are multiplied by $\sqrt d$ before the encoding is added. What would
# happen to the order of words, or to their meaning, if they were not?
#
# At step $t$ without a cache, how many rows go through the feed-forward network? And for a whole text of $T$
# tokens? With the cache, what is left that still grows with $T^2$?
#
# Greedy decoding takes the best word at each step. What would you have to keep per hypothesis to run beam
# search on this decoder?

# %% [markdown] lang="zh_CN"
# **想一想。** 加上编码之前，词嵌入先乘以 $\sqrt d$。如果不乘，词的顺序或词的含义会怎样？
#
# 没有缓存时，第 $t$ 步有多少行要经过前馈网络？对一段有 $T$ 个词元的文本，总共又是多少行？有缓存时，还有什么仍然随 $T^2$ 增长？
#
# 贪心解码在每一步取最好的词。要在这个解码器上做束搜索，需要为每个候选序列保存什么？
