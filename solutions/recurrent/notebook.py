# %% [markdown]
# # Recurrent networks
#
# A text, a melody, the pressure in a boiler minute by minute: in a sequence the order matters, and what matters now
# may have been said long ago. A **recurrent network** reads a sequence one step at a time and carries a **state**
# along, which is all that it knows about the past.
#
# This notebook builds a **language model** out of such networks: it reads a text letter by letter and says, at each
# place, how likely every letter is to come next. You write all of its parts.
#
# 1. From a text to tensors: `build_vocab` and `sequential_batches`, and `perplexity`, which tells how good a model is.
# 2. Cells, which make one step: `rnn_step`, then the gated ones, GRU and LSTM.
# 3. Networks, which run cells over a sequence: `unroll`, `deep_rnn`, `bidirectional_rnn`.
# 4. The work: models of two texts of different styles, trained and compared.
#
# Notation: a mini-batch $X_t$ has shape $(n, d)$, the state $H_t$ has shape $(n, h)$. Weights multiply from the
# right, $\sigma$ is the logistic sigmoid and $\odot$ multiplies element by element.

# %% [markdown] lang="zh_CN"
# # 循环神经网络
#
# 一篇文章、一段旋律、锅炉里每分钟的压力：在序列中，顺序很重要，而此刻重要的内容可能很久以前就说过了。**循环神经网络**每次读取序列的一步，并一路带着**状态**，这就是它对过去所知道的一切。
#
# 这个 notebook 用这样的网络构建一个**语言模型**：它逐个字母地读取文本，并在每个位置说出每个字母接下来出现的可能性有多大。它的所有部分都由你来写。
#
# 1. 从文本到张量：`build_vocab` 和 `sequential_batches`，以及说明模型有多好的 `perplexity`。
# 2. 走一步的循环单元：先是 `rnn_step`，然后是带门的两种，GRU 和 LSTM。
# 3. 让循环单元沿序列运行的网络：`unroll`、`deep_rnn`、`bidirectional_rnn`。
# 4. 实际应用：为两种风格不同的文本训练模型，并加以比较。
#
# 记号：小批量 $X_t$ 的形状是 $(n, d)$，状态 $H_t$ 的形状是 $(n, h)$。权重从右边相乘，$\sigma$ 是 logistic sigmoid，$\odot$ 表示按元素相乘。

# %% tags=["setup"]
import math
import sys
import time
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from tqdm import tqdm

from autograder import after, check

torch.set_num_threads(1)  # for matrices this small, sharing the work among cores takes longer than the work
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]  # safe for the colour-blind
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=COLOURS)

# %% [markdown]
# ## A vocabulary
#
# Two texts lie in the folder `data`: `harbour.txt`, lyrical prose about a town by the sea, and `manual.txt`,
# instructions for machines. A network reads numbers, so a text is cut into **tokens** (words or single characters),
# and each distinct token gets an **index**. The list of distinct tokens is the **vocabulary**.
#
# Which index a token gets is of no importance to a network. Two conventions help people, though. Frequent tokens come
# first, so that the tail of the list holds the rare ones. And rare ones may be left out: a word that occurs once
# teaches next to nothing, yet costs a row of weights. All that is not in the list is read as one special token,
# `"<unk>"` for *unknown*, which has index 0.

# %% [markdown] lang="zh_CN"
# ## 词表
#
# 文件夹 `data` 中有两篇文本：`harbour.txt` 是关于一座海滨小城的抒情散文，`manual.txt` 是机器的使用说明。网络读取的是数，所以要把文本切成**词元**（单词或单个字符），并给每个不同的词元一个**索引**。不同词元的列表就是**词表**。
#
# 词元得到哪个索引，对网络来说并不重要，不过有两个约定对人有帮助。出现最多的词元排在最前面，这样罕见的词元就都在列表的尾部。罕见的词元还可以不要：只出现一次的单词几乎教不会模型什么，却要占用一行权重。列表以外的一切都读作一个特殊词元 `"<unk>"`，意思是*未知*（unknown），它的索引是 0。


# %%
def build_vocab(tokens, min_freq=0):
    """Return `(idx_to_token, token_to_idx)`, the vocabulary of a list of tokens.

    idx_to_token is a list: index 0 is "<unk>", then come the other tokens that occur at least `min_freq` times, the
    most frequent first, ties in the tokens' sort order (as `sorted` puts them). token_to_idx is a dict that gives
    each token of that list, "<unk>" included, its index, and holds no other token.

    tokens: a list of strings, which stays as it is. min_freq: an int. If the text itself holds "<unk>", then that is
    no other token: it stands at index 0, however often it occurs, and nowhere else.
    """
    ### BEGIN SOLUTION
    counts = Counter(token for token in tokens if token != "<unk>")
    kept = [token for token, count in counts.items() if count >= min_freq]
    idx_to_token = ["<unk>", *sorted(kept, key=lambda token: (-counts[token], token))]
    return idx_to_token, {token: idx for idx, token in enumerate(idx_to_token)}
    ### END SOLUTION


# %%
check(build_vocab)

# %% [markdown]
# What it now does, with words for tokens. On the left, how often each word of the vocabulary occurs, against its
# index: on logarithmic axes, natural texts come close to a falling straight line (**Zipf's law**), and even these two
# do over a stretch. On the right, what `min_freq` costs and saves: look for a value at which the vocabulary has shrunk
# a lot while few words of the text have become unknown.

# %% [markdown] lang="zh_CN"
# 看看它现在的效果，这里以单词为词元。左图是词表中每个单词的出现次数与索引的关系：在对数坐标轴上，自然语言文本接近一条下降的直线（**齐普夫定律**，Zipf's law），就连这两篇文本也在一段范围内如此。右图是 `min_freq` 的得与失：请找出这样一个值，使词表缩小了很多，而文本中变成未知的单词却很少。


# %%
def read_text(name):
    """Return one of the texts in the folder `data`."""
    return Path("data", name).read_text(encoding="utf-8")


@after(build_vocab)
def rank_and_frequency():
    texts = {name: read_text(name).lower().split() for name in ("harbour.txt", "manual.txt")}
    vocabularies = {name: build_vocab(words)[0] for name, words in texts.items()}
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    for (name, words), style in zip(texts.items(), ("-", "--"), strict=True):
        counts, idx_to_token = Counter(words), vocabularies[name]
        left.loglog(
            range(1, len(idx_to_token)), [counts[word] for word in idx_to_token[1:]], style, label=name
        )
        limits = range(1, 31)
        sizes, unknown = [], []
        for limit in limits:
            known = set(build_vocab(words, limit)[0])
            sizes.append(len(known))
            unknown.append(100 * sum(word not in known for word in words) / len(words))
        right.plot(unknown, sizes, style, marker=".", label=name)
        for limit in (1, 5, 10):
            right.annotate(f"  {limit}", (unknown[limit - 1], sizes[limit - 1]), fontsize=8)
    left.set(xlabel="index in the vocabulary", ylabel="occurrences", title="Few words are frequent")
    right.set(xlabel="words of the text that are unknown, %", ylabel="size of the vocabulary")
    right.set_title("min_freq from 1 to 30")
    left.legend()
    right.legend()
    plt.show()


# %% [markdown]
# **To think about.** A word-level model of a new text meets words that no vocabulary foresaw; a character-level model
# hardly ever meets a new character. What does the character-level model pay for that?
#
# Why must the order of ties be fixed at all, if the network does not care?

# %% [markdown] lang="zh_CN"
# **想一想。** 以单词为词元的模型在新文本中会遇到词表没有预料到的单词；以字符为词元的模型几乎不会遇到新字符。后者为此付出了什么代价？
#
# 既然网络不在乎，为什么还一定要规定次数相同的词元的顺序？

# %% [markdown]
# ## Batches of a long sequence
#
# A text of 60,000 characters is one long sequence, too long to be read at once. So it is read in windows of $T$ steps,
# and for speed $n$ places of the text are read at a time. With **sequential partitioning**, row $i$ of one batch goes
# on exactly where row $i$ of the batch before has stopped; then the network's state at the end of a window is the
# right one to begin the next window with.
#
# Of $N$ tokens, `offset` are dropped and one is kept back, as the last target; the rest is cut into $n$ rows of
#
# $$
# m = \left\lfloor \frac{N - \text{offset} - 1}{n} \right\rfloor
# $$
#
# tokens. The first batch holds the first $T$ tokens of each row, the next one the $T$ tokens after these, and so on, as
# long as $T$ are left. The target of every token is the token that follows it in the text.
#
# The gradient does not go back beyond the window: the state that comes from the window before counts as a given
# number. That is **truncated backpropagation through time**. Without it, the thousandth window would be a network of
# a thousand times $T$ layers. A different offset in each epoch moves the cuts, so that every stretch of text is at some
# time read in one piece.

# %% [markdown] lang="zh_CN"
# ## 长序列的批量
#
# 一篇有 60,000 个字符的文本是一个很长的序列，无法一次读完。所以我们按 $T$ 步的窗口来读，并且为了速度，同时读文本中的 $n$ 处。使用**顺序分区**时，一个批量的第 $i$ 行恰好从前一个批量的第 $i$ 行结束的地方继续；于是网络在一个窗口末尾的状态，正好适合作为下一个窗口的开始。
#
# 在 $N$ 个词元中，丢弃 `offset` 个，留出一个作为最后一个目标，其余的切成 $n$ 行，每行有
#
# $$
# m = \left\lfloor \frac{N - \text{offset} - 1}{n} \right\rfloor
# $$
#
# 个词元。第一个批量含有每一行的前 $T$ 个词元，下一个批量含有接下来的 $T$ 个词元，依此类推，直到剩下的不足 $T$ 个。每个词元的目标是文本中紧接着它的词元。
#
# 梯度不会传到窗口之前：前一个窗口传来的状态被当作给定的数。这就是**截断的通过时间反向传播**（truncated backpropagation through time）。若不这样做，到第一千个窗口时，网络就有 $T$ 的一千倍那么多层。每一轮（epoch）使用不同的偏移量，切口就会移动，这样每一段文本都会在某个时候被完整地读到。


# %%
def sequential_batches(corpus, batch_size, num_steps, offset=0):
    """Return a list of mini-batches `(X, Y)` that walk along a text, window by window.

    Drop the first `offset` tokens and cut what is left into `batch_size` equal rows, one after the other in the text;
    one token is kept back for the targets, so that a row has (len(corpus) - offset - 1) // batch_size tokens, and the
    remainder is dropped. Batch k holds the k-th window of `num_steps` tokens of every row; windows do not overlap,
    and what is left at the end of the rows, too short for a window, is dropped.

    corpus: 1-D int64 tensor. The row length is at least `num_steps`.
    X, Y: int64 tensors of shape `(batch_size, num_steps)` on the device of corpus. Y is X one token later: each
    target is the token that follows in the text, at the end of a row, too. corpus stays as it is.
    """
    ### BEGIN SOLUTION
    row_length = (len(corpus) - offset - 1) // batch_size
    used = batch_size * row_length
    inputs = corpus[offset : offset + used].reshape(batch_size, row_length)
    targets = corpus[offset + 1 : offset + 1 + used].reshape(batch_size, row_length)
    return [
        (inputs[:, start : start + num_steps], targets[:, start : start + num_steps])
        for start in range(0, row_length - num_steps + 1, num_steps)
    ]
    ### END SOLUTION


# %%
check(sequential_batches)

# %% [markdown]
# What it now does with the beginning of a text: `batch_size` 4, `num_steps` 6. Each square is a token of some `X`, its
# colour is the batch that it is in, and the small letter below is its target. Read a row from left to right, across
# the batches, and you read the text; the end of a row goes on at the beginning of the next one.

# %% [markdown] lang="zh_CN"
# 看看它现在怎样处理一篇文本的开头：`batch_size` 为 4，`num_steps` 为 6。每个方格是某个 `X` 中的一个词元，颜色表示它所在的批量，下面的小字母是它的目标。从左到右跨过各个批量读一行，读到的就是文本；一行的末尾接着下一行的开头。


# %%
@after(build_vocab, sequential_batches)
def windows_of_a_text():
    text = read_text("harbour.txt")[:93]
    idx_to_token, token_to_idx = build_vocab(list(text))
    corpus = torch.tensor([token_to_idx[character] for character in text])
    batches = sequential_batches(corpus, batch_size=4, num_steps=6)
    figure, axes = plt.subplots(figsize=(10, 2.9), layout="constrained")
    for k, (X, Y) in enumerate(batches):
        for row in range(X.shape[0]):
            for step in range(X.shape[1]):
                column = k * X.shape[1] + step
                axes.add_patch(
                    plt.Rectangle((column, row), 1, 1, facecolor=COLOURS[k], alpha=0.35, edgecolor="w")
                )
                now, then = (idx_to_token[i].replace(" ", "␣") for i in (X[row, step], Y[row, step]))
                axes.text(column + 0.5, row + 0.4, now, ha="center", va="center", fontsize=12)
                axes.text(column + 0.5, row + 0.84, then, ha="center", va="center", fontsize=7, color="0.25")
    axes.set(xlim=(0, 6 * len(batches)), ylim=(4, 0), yticks=[0.5, 1.5, 2.5, 3.5], yticklabels=range(4))
    axes.set(xticks=[6 * k + 3 for k in range(len(batches))], ylabel="row of X")
    axes.set_xticklabels([f"batch {k}" for k in range(len(batches))])
    axes.set_title("Sequential partitioning: the state goes on along each row")
    axes.tick_params(length=0)
    plt.show()


# %% [markdown]
# **To think about.** With **random sampling**, the rows of each batch are windows from random places. What must then
# become of the state between two batches? What does a model lose by that, and what does it gain?
#
# What changes in training if the windows are twice as long: in the cost of a step, in the memory it takes, and in what
# can be learnt?

# %% [markdown] lang="zh_CN"
# **想一想。** 使用**随机采样**时，每个批量的各行是取自随机位置的窗口。这时状态在两个批量之间应该怎样处理？模型由此失去什么，又得到什么？
#
# 如果窗口的长度增加一倍，训练会有什么变化：一步的开销、所需的内存，以及能学到的内容？

# %% [markdown]
# ## Perplexity
#
# How good is a language model? It gives each token that really came, $x_t$, a probability, and the mean of
# $-\log P(x_t \mid x_1, \dots, x_{t-1})$ is the **cross-entropy**: the smaller, the better. Its exponential is easier
# to picture:
#
# $$
# \text{perplexity} = \exp\left(-\frac{1}{m} \sum_{t=1}^{m} \log P(x_t \mid x_1, \dots, x_{t-1})\right).
# $$
#
# A perplexity of 5 means that the model is as uncertain as if it had to choose among five equally likely tokens each
# time. A perfect model has 1; to guess evenly gives the size of the vocabulary; a model that holds something for
# impossible that then happens has infinity.
#
# Probabilities come from logits through softmax, and $e^{10000}$ is more than any float holds. The logarithm of the
# softmax can do without it: $\log \operatorname{softmax}(o)_j = (o_j - \max o) - \log \sum_k e^{o_k - \max o}$.

# %% [markdown] lang="zh_CN"
# ## 困惑度
#
# 一个语言模型有多好？它给每个真正出现的词元 $x_t$ 一个概率，而 $-\log P(x_t \mid x_1, \dots, x_{t-1})$ 的平均值就是**交叉熵**：越小越好。它的指数更容易想象：
#
# $$
# \text{perplexity} = \exp\left(-\frac{1}{m} \sum_{t=1}^{m} \log P(x_t \mid x_1, \dots, x_{t-1})\right).
# $$
#
# 困惑度（perplexity）为 5，意味着模型的不确定程度就像每次都要在五个可能性相等的词元中选择一样。完美的模型是 1；均匀地猜得到词表大小；如果模型认为不可能的事后来发生了，就是无穷大。
#
# 概率是 logits 经过 softmax 得到的，而 $e^{10000}$ 超出了任何浮点数的范围。softmax 的对数可以绕开它：$\log \operatorname{softmax}(o)_j = (o_j - \max o) - \log \sum_k e^{o_k - \max o}$。


# %%
def perplexity(logits, targets):
    """Return the perplexity of predictions: exp of the mean cross-entropy, as a Python float.

    logits: floating-point tensor `(m, V)`, unnormalised log-probabilities, a row for each prediction. targets: int64
    tensor `(m,)`, the index of the token that really came. Both stay as they are; no gradient is needed.

    No intermediate result is NaN or overflows for logits up to 1e4 of either sign. Where the true value is past the
    largest float64, return `inf` (mind that `math.exp` raises OverflowError there, and that exp of a float32 tensor
    overflows long before).

    Source: Jelinek et al., 1977, Journal of the Acoustical Society of America 62 (S1).
    """
    ### BEGIN SOLUTION
    cross_entropy = F.cross_entropy(logits.detach().double(), targets)
    return cross_entropy.exp().item()
    ### END SOLUTION


# %%
check(perplexity)

# %% [markdown]
# What it now says of three models that need no network, made by counting characters in the first nine tenths of
# `harbour.txt` and tried on the last tenth: one that guesses evenly, one that knows how frequent each character is,
# and one that knows how frequent each is *after the character before* (a **bigram** model). Look for how much a single
# character of context is worth. These are the numbers to beat.

# %% [markdown] lang="zh_CN"
# 看看它现在对三个不需要网络的模型怎么说。这些模型是在 `harbour.txt` 的前十分之九中对字符计数得到的，并在最后十分之一上测试：第一个均匀地猜；第二个知道每个字符的频率；第三个知道每个字符*在前一个字符之后*的频率（**二元语法**模型，bigram）。看看仅仅一个字符的上下文有多大价值。这些就是需要超越的数字。


# %%
def read_corpus(*names):
    """Return `(train, valid, idx_to_token)` of some texts, cut into characters.

    `train` and `valid` are lists with a tensor for each text: nine tenths of it to train on, one tenth to try. The
    texts share one vocabulary.
    """
    texts = [list(read_text(name)) for name in names]
    idx_to_token, token_to_idx = build_vocab([character for text in texts for character in text])
    train, valid = [], []
    for text in texts:
        corpus = torch.tensor([token_to_idx[character] for character in text])
        cut = len(corpus) * 9 // 10
        train.append(corpus[:cut])
        valid.append(corpus[cut:])
    return train, valid, idx_to_token


@after(build_vocab, perplexity)
def counting_models():
    (train,), (valid,), idx_to_token = read_corpus("harbour.txt")
    size = len(idx_to_token)
    once = torch.full((size,), 0.1)  # a little for what was never seen, or the perplexity is infinite
    once.index_put_((train,), torch.tensor(1.0), accumulate=True)
    twice = torch.full((size, size), 0.1)
    twice.index_put_((train[:-1], train[1:]), torch.tensor(1.0), accumulate=True)
    last, targets = valid[:-1], valid[1:]
    values = {
        "all alike": perplexity(torch.zeros(len(targets), size), targets),
        "by frequency": perplexity(once.log().expand(len(targets), size), targets),
        "bigrams": perplexity(twice.log()[last], targets),
    }
    figure, axes = plt.subplots(figsize=(7, 2.2), layout="constrained")
    bars = axes.barh(list(values), list(values.values()), color=COLOURS[:3])
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.invert_yaxis()
    axes.set(xlabel="perplexity per character", title="What counting can do", xlim=(0, size * 1.1))
    plt.show()


# %% [markdown]
# **To think about.** Two models are compared, one on words with perplexity 80 and one on characters with perplexity 3.
# Which one is better? What would you have to know to tell?
#
# Why is the mean taken over the logarithms, and not over the probabilities?

# %% [markdown] lang="zh_CN"
# **想一想。** 比较两个模型，一个以单词为词元，困惑度是 80；另一个以字符为词元，困惑度是 3。哪一个更好？要作出判断，你还需要知道什么？
#
# 为什么平均值是对对数取的，而不是对概率取的？

# %% [markdown]
# ## A plain recurrent step
#
# A recurrent layer makes its new state from the input and from its old state:
#
# $$
# H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h).
# $$
#
# The weights are the same in every step, so the layer takes sequences of any length.

# %% [markdown] lang="zh_CN"
# ## 普通循环层的一步
#
# 循环层用输入和自己的旧状态算出新状态：
#
# $$
# H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h).
# $$
#
# 每一步的权重都相同，所以这一层可以接受任意长度的序列。


# %%
def rnn_step(x, h, params):
    """Return the new state of a plain recurrent layer after one step, tanh(x @ W_xh + h @ W_hh + b_h).

    x: `(n, d)`, the inputs of this step. h: `(n, h)`, the old state. params: a dict with `W_xh` `(d, h)`, `W_hh`
    `(h, h)` and `b_h` `(h,)`.
    Returns one tensor `(n, h)` of the same dtype and device as x; gradients flow to x, h and the weights. The
    arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Elman, 1990, Cognitive Science 14 (2).
    """
    ### BEGIN SOLUTION
    return torch.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
    ### END SOLUTION


# %%
check(rnn_step)

# %% [markdown]
# What it now does: all inputs are 0 but for a single pulse at step 5, and the curves show how large the state of eight
# units is. The three layers differ in one number only, by which their $W_{hh}$ is multiplied. Look for the echo: too
# small a $W_{hh}$ and the pulse is soon forgotten, too large a one and the state never comes to rest again. The
# gradient on its way back meets the same matrix as often, so it vanishes or explodes likewise.

# %% [markdown] lang="zh_CN"
# 看看它现在的效果：除了第 5 步的一个脉冲以外，所有输入都是 0，曲线表示八个单元的状态有多大。三个层只有一个数不同，即 $W_{hh}$ 所乘的倍数。请注意回声：$W_{hh}$ 太小，脉冲很快就被忘掉；太大，状态就再也不会平静下来。梯度在往回传的途中同样多次遇到这个矩阵，所以它也会同样地消失或爆炸。


# %%
@after(rnn_step)
def echo_of_a_pulse():
    generator = torch.Generator().manual_seed(4)
    rotation, _ = torch.linalg.qr(torch.randn(8, 8, generator=generator))
    weights = torch.randn(1, 8, generator=generator)
    pulse = torch.zeros(45, 1, 1)
    pulse[5] = 1.0
    sizes = {}
    for factor in (0.7, 0.97, 1.3):
        params = {"W_xh": weights, "W_hh": factor * rotation, "b_h": torch.zeros(8)}
        h, sizes[factor] = torch.zeros(1, 8), []
        for x in pulse:
            h = rnn_step(x, h, params)
            sizes[factor].append(h.norm())
    figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
    for (factor, values), style in zip(sizes.items(), ("-", "--", "-."), strict=True):
        axes.plot(values, style, label=f"{factor} × a rotation")
    axes.axvline(5, color="0.7", linestyle="dotted")
    axes.set(xlabel="time step", ylabel="Euclidean norm of the state", title="The echo of one pulse")
    axes.legend(title="$W_{hh}$")
    plt.show()


# %% [markdown]
# **To think about.** Write out the derivative of $H_3$ with respect to $H_0$ for a layer of one unit. Which factors
# occur three times, and what does each derivative of tanh, at most 1, do to the product?
#
# Would a larger learning rate help against gradients that vanish? Would clipping?

# %% [markdown] lang="zh_CN"
# **想一想。** 对只有一个单元的层，写出 $H_3$ 对 $H_0$ 的导数。哪些因子出现了三次？tanh 的每个导数都不超过 1，它对乘积有什么影响？
#
# 更大的学习率能对付梯度消失吗？裁剪呢？

# %% [markdown]
# ## The gates of a GRU
#
# A plain recurrent layer makes the whole state anew in every step, so a fact from twenty steps ago has been multiplied
# by the same matrix twenty times. **Gates** are the remedy. A gate is a number between 0 and 1, one per unit, that the
# network computes from what it sees. It can leave a unit of the state alone for many steps, and open when something
# worth noting comes by.
#
# A gated recurrent unit (Cho et al., 2014) has two gates. The **reset gate** $R_t$ says how much of the old state may
# be used for a proposal of the new one; the **update gate** $Z_t$ says how much of the old state is kept:
#
# $$
# \begin{aligned}
# R_t &= \sigma(X_t W_{xr} + H_{t-1} W_{hr} + b_r), \\
# Z_t &= \sigma(X_t W_{xz} + H_{t-1} W_{hz} + b_z).
# \end{aligned}
# $$

# %% [markdown] lang="zh_CN"
# ## GRU 的门
#
# 普通循环层每一步都重新算出整个状态，所以二十步以前的信息已经与同一个矩阵相乘了二十次。**门**是解决办法。门是 0 和 1 之间的一个数，每个单元一个，由网络根据所看到的内容算出。它可以让状态的一个单元在许多步中保持不变，而在值得记下的内容经过时打开。
#
# 门控循环单元（GRU，Cho et al., 2014）有两个门。**重置门** $R_t$ 说明提出新状态时可以使用多少旧状态；**更新门** $Z_t$ 说明保留多少旧状态：
#
# $$
# \begin{aligned}
# R_t &= \sigma(X_t W_{xr} + H_{t-1} W_{hr} + b_r), \\
# Z_t &= \sigma(X_t W_{xz} + H_{t-1} W_{hz} + b_z).
# \end{aligned}
# $$


# %%
def gru_gates(x, h, params):
    """Return `(r, z)`, the reset gate and the update gate of a GRU.

    Each gate is sigmoid(x @ W_x + h @ W_h + b) with weights of its own.

    x: `(n, d)`, the inputs of this step. h: `(n, h)`, the old state. params: a dict with `W_xr W_hr b_r` for the
    reset gate, `W_xz W_hz b_z` for the update gate and `W_xh W_hh b_h` for the candidate, which is not needed here;
    `W_x…` are `(d, h)`, `W_h…` are `(h, h)`, `b_…` are `(h,)`.
    Returns two tensors `(n, h)` of the same dtype and device as x; gradients flow to x, h and the weights. The
    arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Cho et al., 2014, arXiv:1406.1078, section 2.3.
    """
    ### BEGIN SOLUTION
    r = torch.sigmoid(x @ params["W_xr"] + h @ params["W_hr"] + params["b_r"])
    z = torch.sigmoid(x @ params["W_xz"] + h @ params["W_hz"] + params["b_z"])
    return r, z
    ### END SOLUTION


# %%
check(gru_gates)

# %% [markdown]
# ## A step of a GRU
#
# The candidate $\tilde H_t$ is a plain recurrent step in which the reset gate has blanked parts of the old state. The
# update gate then mixes old and new, unit by unit:
#
# $$
# \begin{aligned}
# \tilde H_t &= \tanh\bigl(X_t W_{xh} + (R_t \odot H_{t-1}) W_{hh} + b_h\bigr), \\
# H_t &= Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde H_t.
# \end{aligned}
# $$
#
# Libraries differ in two places. Some reset *after* the product with $W_{hh}$, which saves time on a GPU, and some
# papers let $Z_t$ weigh the candidate. Networks learn with either; here the formulas above count.

# %% [markdown] lang="zh_CN"
# ## GRU 的一步
#
# 候选隐状态 $\tilde H_t$ 是普通循环层的一步，只是重置门已经抹去了旧状态的一些部分。然后更新门逐个单元地混合新旧状态：
#
# $$
# \begin{aligned}
# \tilde H_t &= \tanh\bigl(X_t W_{xh} + (R_t \odot H_{t-1}) W_{hh} + b_h\bigr), \\
# H_t &= Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde H_t.
# \end{aligned}
# $$
#
# 各种库在两处有所不同。有些在与 $W_{hh}$ 相乘*之后*才重置，这在 GPU 上更省时间；有些论文让 $Z_t$ 作为候选隐状态的权重。无论哪一种，网络都能学习；这里以上面的公式为准。


# %%
def gru_step(x, h, params):
    """Return the new state of a GRU after one step.

    h_tilde = tanh(x @ W_xh + (r * h) @ W_hh + b_h), and the new state is z * h + (1 - z) * h_tilde, with the reset
    gate r and the update gate z as in `gru_gates`, which you may call.

    x: `(n, d)`, the inputs of this step. h: `(n, h)`, the old state. params: a dict with `W_xr W_hr b_r`,
    `W_xz W_hz b_z` and `W_xh W_hh b_h`, of shapes `(d, h)`, `(h, h)` and `(h,)`.
    Returns one tensor `(n, h)` of the same dtype and device as x; gradients flow to x, h and the weights. The
    arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Cho et al., 2014, arXiv:1406.1078, section 2.3.
    """
    ### BEGIN SOLUTION
    r, z = gru_gates(x, h, params)
    h_tilde = torch.tanh(x @ params["W_xh"] + (r * h) @ params["W_hh"] + params["b_h"])
    return z * h + (1 - z) * h_tilde
    ### END SOLUTION


# %%
check(gru_step)

# %% [markdown]
# What it now does. The sequence has two inputs: a noisy value, and a flag that says "remember this one". The weights
# of this one-unit GRU are set by hand: the flag pushes the update gate towards 0, so that the state is written anew,
# and the reset gate as well, so that the old state has no part in what is written.

# %% [markdown] lang="zh_CN"
# 看看它现在的效果。序列有两个输入：一个带噪声的值，以及一个表示“记住这一个”的标志。这个只有一个单元的 GRU 的权重是手工设定的：标志把更新门推向 0，于是重新写入状态；也把重置门推向 0，于是旧状态不参与所写的内容。


# %%
def remember_task():
    """Return a noisy value, a flag that says when to remember it, and another input that says when to show it."""
    steps = 30
    noise = torch.randn(steps, generator=torch.Generator().manual_seed(3))
    flag, show = torch.zeros(steps), torch.zeros(steps)
    flag[[4, 13, 22]] = 1.0
    show[[9, 10, 18, 19, 28]] = 1.0
    return noise, flag, show


def plot_gates(noise, flag, states, state_names, gates, gate_names):
    """Draw states above and gates below, over time."""
    steps, styles = range(len(noise)), ("-", "--", ":")
    figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(9, 4.2), layout="constrained")
    above.plot(noise, "o", color="0.75", label="value")
    for k, name in enumerate(state_names):
        above.step(steps, states[:, k], styles[k], where="mid", label=name)
    above.vlines(flag.nonzero().flatten(), -2, 2, "0.4", linestyles="dotted", label="flag")
    for k, name in enumerate(gate_names):
        below.step(steps, gates[:, k], styles[k], color=COLOURS[k + 2], where="mid", label=name)
    above.set(ylabel="value and state", title="What is remembered, and how the gates stand")
    below.set(xlabel="time step", ylabel="gate", ylim=(-0.05, 1.05))
    for axes in (above, below):
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


@after(gru_gates, gru_step)
def gru_remembers():
    noise, flag, _ = remember_task()
    no_h = torch.zeros(1, 1)
    params = {
        "W_xr": torch.tensor([[0.0], [-6.0]]), "W_hr": no_h, "b_r": torch.tensor([2.0]),
        "W_xz": torch.tensor([[0.0], [-7.0]]), "W_hz": no_h, "b_z": torch.tensor([4.0]),
        "W_xh": torch.tensor([[1.0], [0.0]]), "W_hh": torch.ones(1, 1), "b_h": torch.zeros(1),
    }  # fmt: skip
    state, states, gates = torch.zeros(1, 1), [], []
    for x in torch.stack([noise, flag], dim=1).unsqueeze(1):
        gates.append(torch.cat(tuple(gru_gates(x, state, params)), dim=1))
        state = gru_step(x, state, params)
        states.append(state)
    names = ["reset gate r", "update gate z"]
    plot_gates(noise, flag, torch.cat(states), ["state h"], torch.cat(gates), names)


# %% [markdown]
# **To think about.** Between two flags the state hardly moves, but it does leak a little. What would the state be a
# thousand steps later? Which entry of the parameters would you change to make it forget more slowly, and what happens
# to the gradient of that entry then?
#
# What does a GRU compute if $R_t = 1$ and $Z_t = 0$ all the time?

# %% [markdown] lang="zh_CN"
# **想一想。** 在两个标志之间，状态几乎不动，但确实会泄漏一点。一千步之后状态会是多少？要让它忘得更慢，你会修改模型参数中的哪一项？那一项的梯度又会怎样？
#
# 如果一直是 $R_t = 1$ 和 $Z_t = 0$，GRU 计算的是什么？

# %% [markdown]
# ## The gates of an LSTM
#
# Long short-term memory is older (Hochreiter and Schmidhuber, 1997) and keeps two things: a **cell** $C_t$, the
# memory proper, and the state $H_t$, the part of it that is shown to the rest of the network. Three gates guard the
# cell: the **input gate** $I_t$ lets new things in, the **forget gate** $F_t$ keeps or clears what is there, and the
# **output gate** $O_t$ decides what is shown:
#
# $$
# \begin{aligned}
# I_t &= \sigma(X_t W_{xi} + H_{t-1} W_{hi} + b_i), \\
# F_t &= \sigma(X_t W_{xf} + H_{t-1} W_{hf} + b_f), \\
# O_t &= \sigma(X_t W_{xo} + H_{t-1} W_{ho} + b_o).
# \end{aligned}
# $$

# %% [markdown] lang="zh_CN"
# ## LSTM 的门
#
# 长短期记忆网络（LSTM）出现得更早（Hochreiter and Schmidhuber, 1997），它保存两样东西：**记忆元** $C_t$，即真正的记忆；状态 $H_t$，即记忆元中显示给网络其余部分的内容。三个门看守着记忆元：**输入门** $I_t$ 放进新内容，**遗忘门** $F_t$ 保留或清除已有的内容，**输出门** $O_t$ 决定显示什么：
#
# $$
# \begin{aligned}
# I_t &= \sigma(X_t W_{xi} + H_{t-1} W_{hi} + b_i), \\
# F_t &= \sigma(X_t W_{xf} + H_{t-1} W_{hf} + b_f), \\
# O_t &= \sigma(X_t W_{xo} + H_{t-1} W_{ho} + b_o).
# \end{aligned}
# $$


# %%
def lstm_gates(x, h, params):
    """Return `(i, f, o)`, the input gate, the forget gate and the output gate of an LSTM.

    Each gate is sigmoid(x @ W_x + h @ W_h + b) with weights of its own.

    x: `(n, d)`, the inputs of this step. h: `(n, h)`, the old state. params: a dict with `W_xi W_hi b_i`,
    `W_xf W_hf b_f` and `W_xo W_ho b_o` for the gates and `W_xc W_hc b_c` for the candidate, which is not needed here;
    `W_x…` are `(d, h)`, `W_h…` are `(h, h)`, `b_…` are `(h,)`.
    Returns three tensors `(n, h)` of the same dtype and device as x; gradients flow to x, h and the weights. The
    arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Gers, Schmidhuber and Cummins, 2000, Neural Computation 12 (10).
    """
    ### BEGIN SOLUTION
    i = torch.sigmoid(x @ params["W_xi"] + h @ params["W_hi"] + params["b_i"])
    f = torch.sigmoid(x @ params["W_xf"] + h @ params["W_hf"] + params["b_f"])
    o = torch.sigmoid(x @ params["W_xo"] + h @ params["W_ho"] + params["b_o"])
    return i, f, o
    ### END SOLUTION


# %%
check(lstm_gates)

# %% [markdown]
# ## A step of an LSTM
#
# The candidate $\tilde C_t$ is what could be written into the cell. The cell itself is only scaled and added to, so
# that its gradient passes through many steps without a matrix in between:
#
# $$
# \begin{aligned}
# \tilde C_t &= \tanh(X_t W_{xc} + H_{t-1} W_{hc} + b_c), \\
# C_t &= F_t \odot C_{t-1} + I_t \odot \tilde C_t, \\
# H_t &= O_t \odot \tanh(C_t).
# \end{aligned}
# $$

# %% [markdown] lang="zh_CN"
# ## LSTM 的一步
#
# 候选记忆元 $\tilde C_t$ 是可以写入记忆元的内容。记忆元本身只会被缩放和累加，所以它的梯度可以经过许多步，中间不会遇到矩阵：
#
# $$
# \begin{aligned}
# \tilde C_t &= \tanh(X_t W_{xc} + H_{t-1} W_{hc} + b_c), \\
# C_t &= F_t \odot C_{t-1} + I_t \odot \tilde C_t, \\
# H_t &= O_t \odot \tanh(C_t).
# \end{aligned}
# $$


# %%
def lstm_step(x, state, params):
    """Return `(h, c)`, the new state and the new cell of an LSTM after one step.

    c_tilde = tanh(x @ W_xc + h @ W_hc + b_c), the new cell is f * c + i * c_tilde, and the new state is
    o * tanh(new cell), with the gates i, f and o as in `lstm_gates`, which you may call.

    x: `(n, d)`, the inputs of this step. state: a tuple `(h, c)`, the old state and the old cell, both `(n, h)`.
    params: a dict with `W_xi W_hi b_i`, `W_xf W_hf b_f`, `W_xo W_ho b_o` and `W_xc W_hc b_c`, of shapes `(d, h)`,
    `(h, h)` and `(h,)`.
    Returns two tensors `(n, h)` of the same dtype and device as x; gradients flow to x, both parts of the state and
    the weights. The arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Gers, Schmidhuber and Cummins, 2000, Neural Computation 12 (10).
    """
    ### BEGIN SOLUTION
    h, c = state
    i, f, o = lstm_gates(x, h, params)
    c_tilde = torch.tanh(x @ params["W_xc"] + h @ params["W_hc"] + params["b_c"])
    c = f * c + i * c_tilde
    return o * torch.tanh(c), c
    ### END SOLUTION


# %%
check(lstm_step)

# %% [markdown]
# The same task as above, for an LSTM of one unit. Here writing and keeping have a gate each. A third input, "show it
# now", opens the output gate.

# %% [markdown] lang="zh_CN"
# 与上面相同的任务，这次用只有一个单元的 LSTM。在这里，写入和保留各有一个门。第三个输入“现在显示”会打开输出门。


# %%
@after(lstm_gates, lstm_step)
def lstm_remembers():
    noise, flag, show = remember_task()
    no_h = torch.zeros(1, 1)
    params = {
        "W_xi": torch.tensor([[0.0], [7.0], [0.0]]), "W_hi": no_h, "b_i": torch.tensor([-4.0]),
        "W_xf": torch.tensor([[0.0], [-7.0], [0.0]]), "W_hf": no_h, "b_f": torch.tensor([4.0]),
        "W_xo": torch.tensor([[0.0], [0.0], [6.0]]), "W_ho": no_h, "b_o": torch.tensor([-3.0]),
        "W_xc": torch.tensor([[1.0], [0.0], [0.0]]), "W_hc": no_h, "b_c": torch.zeros(1),
    }  # fmt: skip
    state, states, gates = (torch.zeros(1, 1), torch.zeros(1, 1)), [], []
    for x in torch.stack([noise, flag, show], dim=1).unsqueeze(1):
        gates.append(torch.cat(tuple(lstm_gates(x, state[0], params)), dim=1))
        state = lstm_step(x, state, params)
        states.append(torch.cat(tuple(state), dim=1))
    names = ["input gate i", "forget gate f", "output gate o"]
    plot_gates(noise, flag, torch.cat(states), ["state h", "cell c"], torch.cat(gates), names)


# %% [markdown]
# **To think about.** The state of a GRU that starts at zero never leaves the interval from -1 to 1. Is that so for
# the cell of an LSTM? What could a network do with a cell that may grow?
#
# A GRU ties keeping and writing together: what it does not keep, it overwrites. Find a task on a sequence where an
# LSTM profits from having a gate for each. How many parameters does each of the two have, for $d$ inputs and $h$
# units?

# %% [markdown] lang="zh_CN"
# **想一想。** 从零开始的 GRU 状态永远不会离开 -1 到 1 的区间。LSTM 的记忆元也是这样吗？记忆元可以增长，网络能用它做什么？
#
# GRU 把保留和写入绑在一起：不保留的，就被覆盖。请找出一个序列上的任务，使 LSTM 能从两者各有一个门中获益。对于 $d$ 个输入和 $h$ 个单元，两者各有多少个模型参数？

# %% [markdown]
# ## Over a whole sequence
#
# A cell makes one step. To read a sequence, it is run step after step, each time on the next input and on the state
# that the step before has left: the network is **unrolled** in time. Written once for any cell, that is
#
# $$
# S_t = \operatorname{step}(X_t, S_{t-1}, \text{params}), \qquad t = 1, \dots, T,
# $$
#
# where $S_t$ is the state $H_t$, or the pair $(H_t, C_t)$ for an LSTM. What the next layer gets to see is $H_t$ alone.

# %% [markdown] lang="zh_CN"
# ## 沿整个序列运行
#
# 循环单元走一步。要读取一个序列，就让它一步接一步地运行，每次用下一个输入和上一步留下的状态：网络在时间上**展开**。写成对任何循环单元都适用的形式，就是
#
# $$
# S_t = \operatorname{step}(X_t, S_{t-1}, \text{params}), \qquad t = 1, \dots, T,
# $$
#
# 其中 $S_t$ 是状态 $H_t$，对于 LSTM 则是一对 $(H_t, C_t)$。下一层能看到的只有 $H_t$。


# %%
def unroll(step, inputs, state, params):
    """Return `(outputs, state)` of a recurrent cell that is run over a sequence.

    step: a function `step(x, state, params)` that returns the next state; it may be any cell, such as `gru_step` or
    `lstm_step`. inputs: `(T, n, d)`, time first. state: the first state, a tensor `(n, h)` or a tuple of such
    tensors; where it is a tuple, its first part is the output. params: passed on to step as they are.
    outputs: `(T, n, h)`, the output of every step in the order of time. state: what the last step returned, the whole
    tuple where it is one. T = 1 is no special case.
    Gradients flow to the inputs, the first state and the params. The arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Werbos, 1990, Proceedings of the IEEE 78 (10).
    """
    ### BEGIN SOLUTION
    outputs = []
    for x in inputs:
        state = step(x, state, params)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs), state
    ### END SOLUTION


# %%
check(unroll)

# %% [markdown]
# What it now does, and what gates are for: each cell reads 80 random inputs, and autograd tells how strongly the last
# output depends on the input of each step. Look for straight falling lines: on this logarithmic axis they mean that a
# gradient shrinks by the same factor in every step. Where do the gated cells, whose gates are open by their biases, get
# with the same number of steps?

# %% [markdown] lang="zh_CN"
# 看看它现在的效果，以及门有什么用：每种循环单元读取 80 个随机输入，自动求导给出最后一个输出在多大程度上依赖于每一步的输入。请找出下降的直线：在这个对数坐标轴上，它们表示梯度每一步都按相同的倍数缩小。带门的循环单元由偏置把门打开，用同样的步数，它们能到达哪里？


# %%
def cell_params(letters, d, h, generator, input_scale=None):
    """Return normal weights and zero biases for each letter; inputs and state of a layer keep their size."""
    params = {}
    for letter in letters:
        scale = d**-0.5 if input_scale is None else input_scale
        params["W_x" + letter] = scale * torch.randn(d, h, generator=generator)
        params["W_h" + letter] = h**-0.5 * torch.randn(h, h, generator=generator)
        params["b_" + letter] = torch.zeros(h)
    return params


@after(rnn_step, gru_step, lstm_step, unroll)
def gradients_through_time():
    generator = torch.Generator().manual_seed(8)
    T, n, d, h = 80, 16, 8, 32
    zeros = torch.zeros(n, h)
    plain = cell_params("h", d, h, generator)
    gru = cell_params("rzh", d, h, generator)
    lstm = cell_params("ifoc", d, h, generator)
    cells = {
        "RNN": (rnn_step, plain, zeros, "-"),
        "GRU": (gru_step, gru, zeros, "--"),
        "GRU, b_z = 4": (gru_step, {**gru, "b_z": gru["b_z"] + 4}, zeros, "--"),
        "LSTM": (lstm_step, lstm, (zeros, zeros), "-."),
        "LSTM, b_f = 4": (lstm_step, {**lstm, "b_f": lstm["b_f"] + 4}, (zeros, zeros), "-."),
    }
    curves = {}
    for name, (step, params, state, style) in cells.items():
        inputs = torch.randn(T, n, d, generator=torch.Generator().manual_seed(9), requires_grad=True)
        outputs, _ = unroll(step, inputs, state, params)
        (gradient,) = torch.autograd.grad(outputs[-1].sum(), inputs)
        curves[name] = gradient.flatten(1).norm(dim=1).clamp(min=1e-30), style
    figure, axes = plt.subplots(figsize=(8, 3.8), layout="constrained")
    for name, (norms, style) in curves.items():
        axes.semilogy(range(1, T + 1), norms, style, label=name)
    axes.set(xlabel="time step of the input", ylabel="gradient of the last output", ylim=(1e-12, 1e2))
    axes.set_title("How far back does the gradient reach?")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


# %% [markdown]
# **To think about.** `unroll` keeps every output. Which intermediate results does autograd keep beside them, and how
# does the memory for training grow with $T$, $n$ and $h$?
#
# A forget bias of 4 carries the gradient far. Why not always begin like that?

# %% [markdown] lang="zh_CN"
# **想一想。** `unroll` 保存每个输出。除此之外，自动求导还保存哪些中间结果？训练所需的内存怎样随 $T$、$n$ 和 $h$ 增长？
#
# 为 4 的遗忘门偏置能把梯度带到很远。为什么不总是这样开始？

# %% [markdown]
# ## Deep recurrent networks
#
# The outputs of a recurrent layer are a sequence as well, so another layer can read them:
#
# $$
# H^{(l)}_t = \operatorname{step}\bigl(H^{(l-1)}_t, H^{(l)}_{t-1}, \text{params}^{(l)}\bigr), \qquad H^{(0)}_t = X_t.
# $$
#
# Each layer has its own params and its own state. The first layer's weights $W_{x\cdot}$ are $(d, h)$, those of the
# others $(h, h)$.

# %% [markdown] lang="zh_CN"
# ## 深度循环神经网络
#
# 循环层的输出也是一个序列，所以另一层可以读取它：
#
# $$
# H^{(l)}_t = \operatorname{step}\bigl(H^{(l-1)}_t, H^{(l)}_{t-1}, \text{params}^{(l)}\bigr), \qquad H^{(0)}_t = X_t.
# $$
#
# 每一层都有自己的模型参数和自己的状态。第一层的权重 $W_{x\cdot}$ 的形状是 $(d, h)$，其余各层的是 $(h, h)$。


# %%
def deep_rnn(step, inputs, states, layers):
    """Return `(outputs, states)` of `L` recurrent layers, stacked.

    Layer l runs over the outputs of layer l-1, the first one over `inputs`, with `layers[l]` as params and
    `states[l]` as first state; `unroll`, which you may call, runs one layer.

    step: a function `step(x, state, params)` that returns the next state. inputs: `(T, n, d)`. states: a list of the
    L first states, each a tensor `(n, h)` or a tuple of such tensors, whose first part is the output. layers: a list
    of the L params.
    outputs: `(T, n, h)`, those of the last layer. states: a list of the L final states, the first layer's first.
    Gradients flow to the inputs, the first states and all params. The arguments, the list of states too, stay as they
    are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Graves, Mohamed and Hinton, 2013, arXiv:1303.5778, section 2.
    """
    ### BEGIN SOLUTION
    final_states = []
    for state, params in zip(states, layers, strict=True):
        inputs, state = unroll(step, inputs, state, params)
        final_states.append(state)
    return inputs, final_states
    ### END SOLUTION


# %%
check(deep_rnn)

# %% [markdown]
# What it now does: five GRU layers read 40 random inputs twice, the second time with another input at step 8. The map
# shows by how much the outputs of each layer differ between the two. Look for the two ways on which the news
# travels, upward through the layers within one step and onward in time, and for how long each layer remembers it.

# %% [markdown] lang="zh_CN"
# 看看它现在的效果：五个 GRU 层读取 40 个随机输入，共读两遍，第二遍在第 8 步换了一个输入。图中显示每一层的输出在两遍之间相差多少。请看这个变化传播的两条路：在同一步内逐层向上，以及沿时间向前；再看每一层能把它记住多久。


# %%
@after(gru_step, unroll, deep_rnn)
def news_travels():
    generator = torch.Generator().manual_seed(10)
    T, d, h, depth = 40, 6, 32, 5
    layers = [cell_params("rzh", d if l == 0 else h, h, generator) for l in range(depth)]
    for params in layers:
        params["b_z"] += 1.0
        params["W_xh"] *= 2.0
    inputs = torch.randn(T, 1, d, generator=generator)
    others = inputs.clone()
    others[8] = -others[8]
    states = [torch.zeros(1, h) for _ in layers]
    rows = []
    for top in range(1, depth + 1):
        one, _ = deep_rnn(gru_step, inputs, states[:top], layers[:top])
        other, _ = deep_rnn(gru_step, others, states[:top], layers[:top])
        rows.append((one - other).norm(dim=2).squeeze(1))
    figure, axes = plt.subplots(figsize=(9, 2.8), layout="constrained")
    picture = axes.imshow(torch.stack(rows), aspect="auto", origin="lower", cmap="viridis")
    axes.set(xlabel="time step", ylabel="layer", yticks=range(depth), yticklabels=range(1, depth + 1))
    axes.set_title("Difference that one input makes, layer by layer")
    figure.colorbar(picture, label="norm of the difference")
    plt.show()


# %% [markdown]
# **To think about.** Between the input of step 1 and the output of step $T$ of an $L$-layer network, how many steps
# does the shortest way have, and how many different shortest ways are there?
#
# Layer 2 at step 3 and layer 1 at step 4 do not need each other. How could one use that on a machine with many cores?

# %% [markdown] lang="zh_CN"
# **想一想。** 在一个 $L$ 层网络中，从第 1 步的输入到第 $T$ 步的输出，最短的路径要走多少步？有多少条不同的最短路径？
#
# 第 2 层的第 3 步和第 1 层的第 4 步互不需要。在有许多核心的机器上，怎样利用这一点？

# %% [markdown]
# ## Both directions
#
# "He rowed across the … to fetch the doctor." What belongs into the gap is told by what comes after it, too. A
# **bidirectional** layer has two cells with weights and first states of their own: one reads the sequence from its
# first step to its last, the other from its last step to its first. At every time step, the outputs that the two
# have made *there* are joined:
#
# $$
# H_t = \bigl[\overrightarrow{H}_t, \overleftarrow{H}_t\bigr] \in \mathbb{R}^{n \times 2h}.
# $$

# %% [markdown] lang="zh_CN"
# ## 两个方向
#
# “他划着船渡过……去请医生。”空缺处该填什么，后面的内容也能告诉我们。**双向**层有两个循环单元，各有自己的权重和初始状态：一个从第一步到最后一步读取序列，另一个从最后一步到第一步。在每个时间步，把两者在*这里*的输出连接起来：
#
# $$
# H_t = \bigl[\overrightarrow{H}_t, \overleftarrow{H}_t\bigr] \in \mathbb{R}^{n \times 2h}.
# $$


# %%
def bidirectional_rnn(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Return the outputs `(T, n, 2h)` of a bidirectional recurrent layer.

    One run goes over the inputs from the first step to the last, from `forward_state` with `forward_params`; the
    other one from the last step to the first, from `backward_state` with `backward_params`. The result at time step t
    is the forward run's output at t, then the backward run's output at that same t, side by side in the last axis.
    `unroll`, which you may call, makes one run.

    step: a function `step(x, state, params)` that returns the next state. inputs: `(T, n, d)`. The states: tensors
    `(n, h)`, or tuples of such tensors, whose first part is the output.
    Gradients flow to the inputs, both states and both params. The arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Schuster and Paliwal, 1997, IEEE Transactions on Signal Processing 45 (11).
    """
    ### BEGIN SOLUTION
    ahead, _ = unroll(step, inputs, forward_state, forward_params)
    back, _ = unroll(step, inputs.flip(0), backward_state, backward_params)
    return torch.cat([ahead, back.flip(0)], dim=-1)
    ### END SOLUTION


# %%
check(bidirectional_rnn)

# %% [markdown]
# What it now does: a row of each map is an output, a column an input, and a bright spot says that this output depends
# on this input. Look at which side of the diagonal is dark in each half of the result: what can the output at step 10
# know?

# %% [markdown] lang="zh_CN"
# 看看它现在的效果：每幅图的一行是一个输出，一列是一个输入，亮点表示这个输出依赖于这个输入。请看在结果的两半中，对角线的哪一侧是暗的：第 10 步的输出能知道什么？


# %%
@after(gru_step, unroll, bidirectional_rnn)
def who_sees_what():
    generator = torch.Generator().manual_seed(11)
    T, d, h = 20, 4, 16
    params = [cell_params("rzh", d, h, generator) for _ in range(2)]
    for p in params:
        p["b_z"] += 1.0
    inputs = torch.randn(T, 1, d, generator=generator, requires_grad=True)
    state = torch.zeros(1, h)
    outputs = bidirectional_rnn(gru_step, inputs, state, state, *params)
    halves = (outputs[..., :h], outputs[..., h:], outputs)
    titles = ("forward half", "backward half", "both")
    figure, axes = plt.subplots(1, 3, sharey=True, figsize=(10, 3.4), layout="constrained")
    for axis, half, title in zip(axes, halves, titles, strict=True):
        rows = []
        for t in range(T):
            (gradient,) = torch.autograd.grad(half[t].sum(), inputs, retain_graph=True)
            rows.append(gradient.norm(dim=2).squeeze(1))
        picture = axis.imshow(torch.stack(rows), cmap="viridis")
        axis.set(xlabel="input at step", title=title, xticks=range(0, T, 5), yticks=range(0, T, 5))
    axes[0].set_ylabel("output at step")
    figure.colorbar(picture, ax=axes, label="norm of the gradient")
    plt.show()


# %% [markdown]
# And what it is good for. A small network is shown stretches of 17 characters of `harbour.txt` whose middle one is
# blanked, and has to say which it was. Once it may read what stands before the gap, once both sides. The perplexity is
# that of the gap alone, on text not seen in training.

# %% [markdown] lang="zh_CN"
# 再看看它有什么用。给一个小网络看 `harbour.txt` 中长为 17 个字符的片段，中间的那个字符被抹去，网络必须说出它是什么。一次只允许它读空缺之前的内容，另一次允许读两侧。困惑度只针对空缺处，在训练中没有见过的文本上计算。


# %%
@after(build_vocab, perplexity, gru_step, unroll, bidirectional_rnn)
def fill_the_gap():
    (train,), (valid,), idx_to_token = read_corpus("harbour.txt")
    size, h, n, steps, half = len(idx_to_token), 32, 96, 250, 8
    window = torch.arange(2 * half + 1)

    def logits_of(characters, weights, both):
        blank = (window == half).long()  # index 0, "<unk>", stands for the gap
        seen = F.one_hot(characters * (1 - blank), size).float().transpose(0, 1)
        state = torch.zeros(len(characters), h)
        if both:
            outputs = bidirectional_rnn(gru_step, seen, state, state, weights["ahead"], weights["back"])
        else:
            outputs, _ = unroll(gru_step, seen[: half + 1], state, weights["ahead"])
        return outputs[half] @ weights["out"]["W"] + weights["out"]["b"]

    values = {}
    for both in (False, True):
        generator = torch.Generator().manual_seed(12)
        weights = {name: cell_params("rzh", size, h, generator, 1.0) for name in ("ahead", "back")}
        width = 2 * h if both else h
        weights["out"] = {
            "W": width**-0.5 * torch.randn(width, size, generator=generator),
            "b": torch.zeros(size),
        }
        tensors = [tensor.requires_grad_() for part in weights.values() for tensor in part.values()]
        optimizer = torch.optim.Adam(tensors, lr=0.02)
        label = "both sides" if both else "the left side"
        for _ in tqdm(range(steps), file=sys.stdout, desc=f"{label:>13}", leave=False):
            starts = torch.randint(len(train) - 2 * half, (n,), generator=generator)
            characters = train[starts[:, None] + window]
            loss = F.cross_entropy(logits_of(characters, weights, both), characters[:, half])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            characters = valid.unfold(0, 2 * half + 1, 3)
            values[label] = perplexity(logits_of(characters, weights, both), characters[:, half])
    for label, value in values.items():
        print(f"perplexity of the gap, reading {label:>13}: {value:5.2f}")


# %% [markdown]
# **To think about.** A bidirectional network would make a splendid language model by its perplexity: each output knows
# what comes next. Why is that no use for writing text?
#
# At which steps of a sequence do the two halves of the output know least?

# %% [markdown] lang="zh_CN"
# **想一想。** 只看困惑度，双向网络会是一个极好的语言模型：每个输出都知道接下来是什么。为什么这对写文本毫无用处？
#
# 在序列的哪些步，输出的两半各自知道得最少？

# %% [markdown]
# ## A language model
#
# Now everything comes together. The model below reads characters as one-hot vectors, runs them through `deep_rnn` with
# a cell of yours, and a linear layer turns each output into logits of the next character. It is trained on windows
# from `sequential_batches`: the state goes on from one to the next, detached, so that backpropagation is truncated at
# the window's beginning. Gradients are **clipped**: where the norm of all of them together is above 1, they are scaled
# down to it, because a recurrent network's loss has cliffs, and one step off a cliff can undo a thousand good ones.

# %% [markdown] lang="zh_CN"
# ## 语言模型
#
# 现在把一切组合起来。下面的模型以独热向量的形式读取字符，用你的一种循环单元让它们经过 `deep_rnn`，再由一个线性层把每个输出变成下一个字符的 logits。它在 `sequential_batches` 给出的窗口上训练：状态从一个窗口传到下一个窗口，但已被分离，所以反向传播在窗口的开头截断。梯度要经过**裁剪**：如果所有梯度合在一起的范数大于 1，就把它们缩小到范数为 1，因为循环神经网络的损失有悬崖，从悬崖上迈出一步，就可能毁掉一千步的成果。


# %%
CELLS = {"RNN": ("h", 1), "GRU": ("rzh", 1), "LSTM": ("ifoc", 1), "GRU, 2 layers": ("rzh", 2)}


class LanguageModel:
    """Say how likely each character is to come next, by a recurrent network of one of `CELLS`."""

    def __init__(self, name, size, h=64, seed=1):
        letters, depth = CELLS[name]
        generator = torch.Generator().manual_seed(seed)
        self.step = {"h": rnn_step, "rzh": gru_step, "ifoc": lstm_step}[letters]
        self.name, self.size, self.h = name, size, h
        self.layers = [cell_params(letters, size, h, generator, input_scale=1.0)]
        self.layers += [cell_params(letters, h, h, generator) for _ in range(depth - 1)]
        for params in self.layers:
            if "b_f" in params:
                params["b_f"] += 1.0  # an LSTM that begins by forgetting learns slowly
        self.head = {"W": h**-0.5 * torch.randn(h, size, generator=generator), "b": torch.zeros(size)}
        self.weights = [w.requires_grad_() for params in [*self.layers, self.head] for w in params.values()]

    def begin(self, n):
        """Return a state for each layer in which nothing has been read."""
        pair = self.step is lstm_step
        return [(torch.zeros(n, self.h),) * 2 if pair else torch.zeros(n, self.h) for _ in self.layers]

    def __call__(self, X, states):
        """Return logits `(T * n, size)` for the characters after X `(n, T)`, step by step, and the states."""
        inputs = F.one_hot(X.T, self.size).float()
        outputs, states = deep_rnn(self.step, inputs, states, self.layers)
        return (outputs @ self.head["W"] + self.head["b"]).flatten(0, 1), states


def detach(states):
    """Return the states without their past."""
    return [tuple(part.detach() for part in s) if isinstance(s, tuple | list) else s.detach() for s in states]


@torch.no_grad()
def evaluate(model, corpus):
    """Return the perplexity of a text that is read in 24 rows."""
    states, logits, targets = model.begin(24), [], []
    for X, Y in sequential_batches(corpus, 24, 30):
        scores, states = model(X, states)
        logits.append(scores)
        targets.append(Y.T.flatten())
    return perplexity(torch.cat(logits), torch.cat(targets))


def train(model, corpus, steps, valid=None, n=32, T=24, lr=0.03):
    """Train a model for some steps; return its history and the seconds that a step took.

    The history holds, every 25 steps, the step, the perplexity of the batches since, and that of `valid` if given.
    """
    generator = torch.Generator().manual_seed(2)
    optimizer = torch.optim.Adam(model.weights, lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    history, recent, spent, batches = [], [], 0.0, []
    for step in tqdm(range(1, steps + 1), file=sys.stdout, desc=f"{model.name:>13}", leave=False):
        if not batches:
            batches = sequential_batches(corpus, n, T, offset=int(torch.randint(T, (), generator=generator)))
            states = model.begin(n)
        begun = time.perf_counter()
        X, Y = batches.pop(0)
        logits, states = model(X, detach(states))
        loss = F.cross_entropy(logits, Y.T.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.weights, 1.0)
        optimizer.step()
        schedule.step()
        spent += time.perf_counter() - begun
        recent.append(perplexity(logits.detach(), Y.T.flatten()))
        if step % 25 == 0:
            unseen = evaluate(model, valid) if valid is not None else math.nan
            history.append((step, math.exp(sum(map(math.log, recent)) / len(recent)), unseen))
            recent = []
    return history, spent / steps


@torch.no_grad()
def write(model, idx_to_token, beginning, length=160, temperature=0.5, seed=3):
    """Return a text that begins with `beginning` and goes on as the model would have it."""
    generator = torch.Generator().manual_seed(seed)
    known = {token: idx for idx, token in enumerate(idx_to_token)}
    X = torch.tensor([[known.get(character, 0) for character in beginning]])
    states, text = model.begin(1), beginning
    for _ in range(length):
        logits, states = model(X, states)
        X = torch.multinomial(torch.softmax(logits[-1:] / temperature, dim=1), 1, generator=generator)
        text += idx_to_token[int(X)]
    return " ".join(text.split())


# %% [markdown]
# ### Four networks, one text
#
# Four networks of 64 units a layer are trained on nine tenths of `harbour.txt`, for 400 steps each. Your parts work
# together if the GRU ends **below a perplexity of 4** on the tenth that it has not seen; counting bigrams gave more
# than twice that. Look for which cells learn fastest per step, which per second, and whether the solid line
# (training, a mean over 25 steps, so that it lags behind at first) and the dotted one (unseen text) part.

# %% [markdown] lang="zh_CN"
# ### 四个网络，一篇文本
#
# 四个每层 64 个单元的网络在 `harbour.txt` 的十分之九上训练，各训练 400 步。如果 GRU 在没有见过的十分之一上最终达到**低于 4 的困惑度**，你写的各部分就配合好了；对二元语法计数得到的困惑度是这个数的两倍多。请看哪种循环单元每一步学得最快，哪种每一秒学得最快，以及实线（训练，25 步的平均值，所以开始时会滞后）和虚线（没有见过的文本）是否分开。


# %%
@after(build_vocab, sequential_batches, perplexity, rnn_step, gru_step, lstm_step, unroll, deep_rnn)
def four_networks():
    (corpus,), (valid,), idx_to_token = read_corpus("harbour.txt")
    histories, lines, samples = {}, [], []
    for name in CELLS:
        model = LanguageModel(name, len(idx_to_token))
        histories[name], seconds = train(model, corpus, 400, valid)
        _, seen, unseen = histories[name][-1]
        count = sum(weight.numel() for weight in model.weights)
        lines.append(f"{name:<14}{count:>11,}{1000 * seconds:>13.1f}{seen:>11.2f}{unseen:>9.2f}")
        samples.append(f"{name}: {write(model, idx_to_token, 'In the evening ')}")
    reached = histories["GRU"][-1][2]
    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    for (name, history), colour in zip(histories.items(), COLOURS, strict=False):
        steps, seen, unseen = zip(*history, strict=True)
        axes.plot(steps, seen, color=colour, label=name)
        axes.plot(steps, unseen, ":", color=colour)
    axes.set_yscale("log")
    axes.set_yticks([2, 3, 4, 6, 10, 20], labels=["2", "3", "4", "6", "10", "20"])
    axes.minorticks_off()
    axes.axhline(4, color="0.7", linewidth=0.8)
    axes.set(
        xlabel="step of training",
        ylabel="perplexity (dotted: unseen text)",
        title="Four networks learn to spell",
    )
    axes.legend()
    plt.show()
    print(f"{'network':<14}{'parameters':>11}{'ms a step':>13}{'perplexity':>11}{'unseen':>9}")
    print("\n".join(lines))
    print(
        f"\nThe GRU reaches {reached:.2f}: {'below the bound of 4' if reached < 4 else 'NOT below 4 yet'}.\n"
    )
    print("\n\n".join(samples))


# %% [markdown]
# ### More text, less text
#
# The same GRU, as many steps, but on a part of the text only. Look at the gap between the two bars of each pair: where
# does the network know its text by heart?

# %% [markdown] lang="zh_CN"
# ### 文本多一些，文本少一些
#
# 同样的 GRU，同样多的步数，但只用文本的一部分。请看每一对柱子之间的差距：网络在哪里把文本背了下来？


# %%
@after(build_vocab, sequential_batches, perplexity, gru_step, unroll, deep_rnn)
def more_and_less_text():
    (corpus,), (valid,), idx_to_token = read_corpus("harbour.txt")
    parts, seen, unseen = (32, 8, 1), [], []
    for part in parts:
        piece = corpus[: len(corpus) // part]
        model = LanguageModel("GRU", len(idx_to_token))
        train(model, piece, 250)
        seen.append(evaluate(model, piece[-len(valid) :]))
        unseen.append(evaluate(model, valid))
    figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
    places = range(len(parts))
    left = axes.bar([p - 0.2 for p in places], seen, 0.38, label="text it was trained on")
    right = axes.bar(
        [p + 0.2 for p in places], unseen, 0.38, label="unseen text", hatch="//", edgecolor="white"
    )
    for bars in (left, right):
        axes.bar_label(bars, fmt="%.1f", padding=2)
    axes.set_xticks(places, labels=[f"{len(corpus) // part:,}" for part in parts])
    axes.set(xlabel="characters to train on", ylabel="perplexity", yscale="log", ylim=(1, 2 * max(unseen)))
    axes.set_yticks([1, 2, 4, 8, 16, 32], labels=["1", "2", "4", "8", "16", "32"])
    axes.minorticks_off()
    axes.set_title("A GRU after 250 steps on more and less text")
    axes.legend()
    plt.show()


# %% [markdown]
# ### Two authors
#
# One GRU is trained on `harbour.txt`, one on `manual.txt` and one on both, mixed: rows of a batch come from either. A
# field of the table is the perplexity of unseen text of one author. Look first at what a model makes of the author
# whom it has never read, and compare that with counting single characters (18 for the harbour, above). Then look at
# what the mixed model, which trains for twice as many steps and so reads as much of each, pays for knowing both, and at
# whether the beginning decides in which style it goes on.

# %% [markdown] lang="zh_CN"
# ### 两位作者
#
# 一个 GRU 在 `harbour.txt` 上训练，一个在 `manual.txt` 上训练，还有一个在两者的混合上训练：一个批量的各行可能来自任何一篇。表中的每一格是在一位作者未被见过的文本上的困惑度。先看模型怎样对待从未读过的作者，并与对单个字符计数的结果比较（上面 harbour 的是 18）。混合模型训练了两倍的步数，所以每篇都读得一样多；再看它为同时掌握两者付出了什么代价，以及文本的开头是否决定它以哪种风格写下去。


# %%
@after(build_vocab, sequential_batches, perplexity, gru_step, unroll, deep_rnn)
def two_authors():
    names = ("harbour.txt", "manual.txt")
    texts, valid, idx_to_token = read_corpus(*names)
    corpora = {**dict(zip(names, texts, strict=True)), "both": torch.cat(texts)}
    table = []
    for name, corpus in corpora.items():
        model = LanguageModel("GRU", len(idx_to_token))
        train(model, corpus, 800 if name == "both" else 400)
        table.append([evaluate(model, text) for text in valid])
    figure, axes = plt.subplots(figsize=(5.5, 3.2), layout="constrained")
    values = torch.tensor(table)
    axes.imshow(values.log(), cmap="cividis")
    for row, line in enumerate(table):
        for column, value in enumerate(line):
            bright = values[row, column].log() > values.log().mean()
            axes.text(column, row, f"{value:.1f}", ha="center", va="center", color="k" if bright else "w")
    axes.set_xticks(range(2), labels=names)
    axes.set_yticks(range(3), labels=list(corpora))
    axes.set(xlabel="perplexity of unseen text from", ylabel="trained on")
    plt.show()
    print(f"{len(idx_to_token)} characters in the vocabulary")
    for beginning in ("In the old harbour ", "WARNING: do not ", "Before you open the "):
        print(f"\nThe mixed model: {write(model, idx_to_token, beginning)}")


# %% [markdown]
# **To think about.** Which cell would you take for a text ten times as long? The table above has numbers for it; which
# number is missing?
#
# Set the clipping bound to 0.01 and to 1000 and train again. Which of the two hurts, and why does Adam suffer less from
# a small bound than plain gradient descent would?
#
# The mixed model has to find out from the text itself whose it is. In which units could it keep that, and how would you
# find them? What would a test look like that tells two authors apart by two perplexities?

# %% [markdown] lang="zh_CN"
# **想一想。** 对于长十倍的文本，你会选哪种循环单元？上面的表给出了一些数；还缺哪个数？
#
# 把裁剪的界限设为 0.01 和 1000，再次训练。两者中哪一个有害？为什么界限很小时，Adam 受到的影响比普通梯度下降小？
#
# 混合模型必须从文本本身看出它出自谁手。它可能把这个信息保存在哪些单元中？你怎样找到它们？如果要用两个困惑度来区分两位作者，这样的测试会是什么样的？
