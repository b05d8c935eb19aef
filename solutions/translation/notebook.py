# %% [markdown]
# # Encoder, decoder, beam search
#
# *i am not old .* has five tokens; *je ne suis pas vieux .* has six, and no word of one stands where its partner stands
# in the other. A network that puts out one token per token it reads can't translate. So the work is divided: an
# **encoder** reads the whole source sentence and leaves its states; a **decoder** writes the target sentence from them,
# one token at a time, given all that it has written so far:
#
# $$
# P(y_1, \dots, y_T \mid x) = \prod_{t=1}^{T} P(y_t \mid x, \mathrm{bos}, y_1, \dots, y_{t-1}).
# $$
#
# Three things stand between this product and a translation. Sentences of different lengths have to share a batch, and
# what fills up the short ones must not be learned from. A model gives probabilities, so the most probable sentence has
# to be searched for. And somebody has to say how good the sentence is that was found. You write a function for each
# step, and at the end they train a translator, search with it and mark it.

# %% [markdown] lang="zh_CN"
# # 编码器、解码器、束搜索
#
# *i am not old .* 有五个词元；*je ne suis pas vieux .* 有六个，而且一个句子里的词，没有一个与另一个句子里的对应词处在同样的位置。每读一个词元就输出一个词元的网络，是不会翻译的。所以要分工：**编码器**读完整个源句子，留下它的状态；**解码器**由这些状态写出目标句子，一次一个词元，并以到目前为止写出的全部内容为条件：
#
# $$
# P(y_1, \dots, y_T \mid x) = \prod_{t=1}^{T} P(y_t \mid x, \mathrm{bos}, y_1, \dots, y_{t-1}).
# $$
#
# 从这个乘积到一份译文，中间有三件事要做。长短不一的句子要放进同一个批量，而用来补齐短句的东西不能成为学习的对象。模型给出的是概率，所以要把概率最大的句子搜索出来。最后，还得有人说出找到的句子有多好。你要为每一步写一个函数，最后用它们训练一个翻译器，用它来搜索，再给它打分。

# %% tags=["setup"]
import itertools
import math
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn
from tqdm import tqdm

from autograder import after, check
from autograder.helpers import markov_log_probs

# %% [markdown]
# The sentences come from a small grammar: English and French, a few hundred words on each side, already cut into tokens.

# %% [markdown] lang="zh_CN"
# 句子来自一个小语法：英语和法语，每种语言几百个词，已经切分成词元。


# %%
@after()
def pairs():
    lines = Path("data/eng-fra.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [[side.split() for side in line.split("\t")] for line in lines]
    print(f"{len(pairs)} pairs of sentences, among them")
    for english, french in pairs[:6]:
        print(f"  {' '.join(english):32}{' '.join(french)}")
    return pairs


# %% [markdown]
# ## Sentences of one length
#
# A batch is a tensor, and the rows of a tensor are equally long. So every sentence is brought to `num_steps` tokens:
# a long one is cut at its end, and a short one is filled up, at its end, with a token that means nothing.

# %% [markdown] lang="zh_CN"
# ## 同样长度的句子
#
# 一个批量是一个张量，而张量的各行一样长。所以每个句子都要变成 `num_steps` 个词元：长句从末尾截断，短句在末尾用一个没有含义的词元填充。


# %%
def truncate_pad(tokens, num_steps, pad):
    """Bring a sentence to exactly `num_steps` tokens.

    tokens: a list of tokens of any kind (ids, words). num_steps: an int, at least 1. pad: the token to fill up with.
    Returns a list of `num_steps` tokens: the first ones of `tokens` where there are too many, all of them and then as
    many `pad` as are missing where there are too few. `tokens` itself is not changed.

    Source: Sutskever, Vinyals & Le, 2014, arXiv:1409.3215, section 3.4, on sentences of different lengths in one batch.
    """
    ### BEGIN SOLUTION
    return tokens[:num_steps] + [pad] * (num_steps - len(tokens))
    ### END SOLUTION


# %%
check(truncate_pad)

# %% [markdown]
# What it now does, on the left, to twelve French sentences: blue is a token, pale is padding, and orange is the last
# token of a sentence that was cut. On the right is what the choice of `num_steps` costs. Look for the length at
# which hardly anything is lost any more, and how much of a batch is padding then.

# %% [markdown] lang="zh_CN"
# 现在看看它的作用。左边是十二个法语句子：蓝色是词元，浅色是填充，橙色是被截断的句子的最后一个词元。右边是选择 `num_steps` 的代价。请找出几乎不再丢失什么的长度，再看看那时一个批量中有多少是填充。


# %%
@after(truncate_pad)
def show_batch():
    sentences = [french for _, french in pairs]
    colours = torch.tensor([[0.88, 0.91, 0.94], [0.0, 0.45, 0.70], [0.90, 0.62, 0.0]])
    kinds = torch.zeros(12, 6, dtype=torch.long)
    for i, sentence in enumerate(sentences[:12]):
        row = truncate_pad(sentence, 6, "<pad>")
        kinds[i] = torch.tensor([int(token != "<pad>") for token in row])
        kinds[i, -1] += len(sentence) > 6
    lengths = range(2, 11)
    filled, lost = [], []
    for num_steps in lengths:
        rows = [truncate_pad(sentence, num_steps, "<pad>") for sentence in sentences]
        padding = sum(row.count("<pad>") for row in rows)
        filled.append(100 * padding / (num_steps * len(rows)))
        lost.append(100 - 100 * (num_steps * len(rows) - padding) / sum(map(len, sentences)))

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    left.imshow(colours[kinds], aspect="auto")
    left.set_xticks([step + 0.5 for step in range(5)], minor=True)
    left.set_yticks([row + 0.5 for row in range(11)], minor=True)
    left.grid(which="minor", color="white", linewidth=2)
    left.set(title="a batch, num_steps = 6", xlabel="step", ylabel="sentence")
    right.plot(lengths, filled, "o-", color="#0072B2", label="share of the batch that is padding")
    right.plot(lengths, lost, "s--", color="#E69F00", label="share of all tokens that is cut off")
    right.set(title="what num_steps costs", xlabel="num_steps", ylabel="per cent")
    right.legend()
    plt.show()


# %% [markdown]
# **To think about.** A decoder learns from `eos` when to stop. What does it learn from a sentence whose `eos` was cut
# off? And why not pad in front, so that the last tokens of all sentences stand at the same step?
#
# ## What stands in the padding must not count
#
# An encoder computes states for padding as well, attention compares with them, a loss is computed at them. Each of
# these has to be told how many steps of a row are real: row $i$ has `valid_len[i]` of them. The tool for it takes a
# tensor of rows and overwrites everything from that step on:
#
# $$
# x'_{i,t} = \begin{cases} x_{i,t} & \text{if } t < \ell_i, \\ \text{value} & \text{otherwise,} \end{cases}
# $$
#
# with steps counted from 0. *Overwrite* is meant literally. To multiply by 0 is not enough: padding may hold an
# infinity or NaN, and $0 \cdot \mathrm{NaN}$ is NaN.

# %% [markdown] lang="zh_CN"
# **想一想。** 解码器从 `eos` 学习何时停止。从一个 `eos` 被截掉的句子里，它会学到什么？又为什么不在前面填充，使所有句子的最后一个词元都处在同一步？
#
# ## 填充里有什么，都不能算数
#
# 编码器也会为填充计算状态，注意力会与这些状态比较，损失也会在那里计算。每一处都必须知道一行中有多少步是真的：第 $i$ 行有 `valid_len[i]` 步。完成这件事的工具接受一个由若干行组成的张量，把从那一步起的一切覆盖掉：
#
# $$
# x'_{i,t} = \begin{cases} x_{i,t} & \text{if } t < \ell_i, \\ \text{value} & \text{otherwise,} \end{cases}
# $$
#
# 其中步从 0 数起。*覆盖*要照字面理解。乘以 0 是不够的：填充里可能有无穷大或 NaN，而 $0 \cdot \mathrm{NaN}$ 是 NaN。


# %%
def sequence_mask(x, valid_len, value=0.0):
    """Overwrite the steps at and past each sequence's valid length.

    x: tensor `(n, T, …)` with two axes or more, floating-point or integer. valid_len: int64 tensor `(n,)`; it may hold 0
    (nothing of the row is valid) and lengths beyond T (all of it is). value: what the other steps become.
    Returns a tensor of the shape, dtype and device of `x`. Valid steps are as they were. Steps at and past `valid_len`
    are `value`, whatever stood there (NaN, too), and the gradient with respect to them is 0.

    Source: Cho et al., 2014, arXiv:1406.1078, for encoder and decoder; masking as every implementation of them needs it.
    """
    ### BEGIN SOLUTION
    valid = torch.arange(x.shape[1], device=x.device) < valid_len[:, None]
    valid = valid.reshape(valid.shape + (1,) * (x.dim() - 2))
    return x.masked_fill(~valid, value)
    ### END SOLUTION


# %%
check(sequence_mask)

# %% [markdown]
# What it now does: one number per step for eight sequences, before and after. Black is NaN, left behind by something
# that divided by zero. Look for the staircase of valid lengths, and for what is left of the black.

# %% [markdown] lang="zh_CN"
# 现在看看它的作用：八个序列，每步一个数，之前和之后。黑色是 NaN，是某个除以零的运算留下的。请看有效长度形成的阶梯，再看看黑色还剩下多少。


# %%
@after(sequence_mask)
def show_mask():
    torch.manual_seed(1)
    x = torch.randn(8, 12)
    valid_len = torch.tensor([12, 10, 9, 7, 6, 4, 1, 0])
    x[2, 9:] = x[5, 6:9] = x[7] = math.nan
    colours = plt.get_cmap("PuOr").with_extremes(bad="black")
    figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True, layout="constrained")
    titles = ("x", "sequence_mask(x, valid_len)")
    for axis, values, title in zip(axes, (x, sequence_mask(x, valid_len)), titles, strict=True):
        image = axis.imshow(values, cmap=colours, vmin=-2.5, vmax=2.5)
        axis.step([*valid_len - 0.5, -0.5], torch.arange(9) - 0.5, where="pre", color="black")
        axis.set(title=title, xlabel="step", xlim=(-0.6, 11.5))
    axes[0].set_ylabel("sequence")
    figure.colorbar(image, ax=axes, label="value")
    plt.show()


# %% [markdown]
# **To think about.** Attention takes a softmax over the steps of the source. Which `value` would you mask its scores
# with, so that padding gets no weight? What happens then to a row with `valid_len` 0?
#
# ## Learning to translate: teacher forcing
#
# While it is trained, the decoder does not go on from its own guesses. At step $t$ it is given the true tokens
# $y_1, \dots, y_{t-1}$, and its guess of $y_t$ is compared with the true one. This is **teacher forcing**. All steps of
# a sentence can then be computed at once, and an early mistake does not spoil the rest. What is compared is
# cross-entropy, averaged over the tokens that are there:
#
# $$
# L = -\frac{1}{\sum_i \ell_i} \sum_{i} \sum_{t < \ell_i} \log P(y_{i,t} \mid x_i, y_{i,1}, \dots, y_{i,t-1}).
# $$
#
# Without the mask, padding counts. It is easy to guess, so the loss looks better the more of it there is, and the
# network spends its effort on learning that padding follows padding.

# %% [markdown] lang="zh_CN"
# **想一想。** 注意力沿源句子的各步做 softmax。要使填充得不到权重，你会用怎样的 `value` 来掩蔽它的分数？这时 `valid_len` 为 0 的行会怎样？
#
# ## 学习翻译：强制教学（teacher forcing）
#
# 训练时，解码器不是从自己的猜测继续下去的。在第 $t$ 步，给它的是真正的词元 $y_1, \dots, y_{t-1}$，再把它对 $y_t$ 的猜测与真正的词元比较。这就是**强制教学**。于是一个句子的所有步可以同时计算，早先的错误也不会殃及其余。比较所用的是交叉熵，在真正存在的词元上取平均：
#
# $$
# L = -\frac{1}{\sum_i \ell_i} \sum_{i} \sum_{t < \ell_i} \log P(y_{i,t} \mid x_i, y_{i,1}, \dots, y_{i,t-1}).
# $$
#
# 没有掩码，填充也会计入。填充很容易猜，所以填充越多，损失看起来越好，而网络把力气都花在学习填充之后还是填充上。


# %%
def masked_cross_entropy(logits, labels, valid_len):
    """Return the mean cross-entropy over all valid tokens of a batch.

    logits: floating-point tensor `(n, T, V)`. labels: int64 tensor `(n, T)` of class indices; padded ones are valid
    class indices, too. valid_len: int64 tensor `(n,)`, the number of valid steps of each sequence, 0 … T.
    Returns a scalar tensor of the dtype and device of `logits`: the sum of the valid tokens' losses over the number of
    valid tokens in the whole batch; 0 where nothing is valid. Padding gets gradient 0, whatever stands in its logits
    (NaN and infinities, too).

    Source: Sutskever, Vinyals & Le, 2014, arXiv:1409.3215, section 3.2.
    """
    ### BEGIN SOLUTION
    logits = sequence_mask(logits, valid_len)  # first of all: a gradient of 0 times NaN would be NaN
    losses = nn.functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    return sequence_mask(losses, valid_len).sum() / valid_len.sum().clamp(min=1)
    ### END SOLUTION


# %%
check(masked_cross_entropy)

# %% [markdown]
# What it now does: a model knows that padding follows padding, and can't tell words apart (it gives each of 50 words the
# same probability). The same 64 sentences are padded further and further. Look at which curve tells how good the
# model is with words.

# %% [markdown] lang="zh_CN"
# 现在看看它的作用：一个模型知道填充之后还是填充，却分不清词与词（它给 50 个词中的每一个同样的概率）。同样的 64 个句子被填充得越来越长。请看哪条曲线说明了模型处理词的能力。


# %%
@after(masked_cross_entropy)
def show_loss():
    torch.manual_seed(2)
    valid_len = torch.randint(3, 9, (64,))
    lengths, masked, plain = range(8, 41, 4), [], []
    for num_steps in lengths:
        real = torch.arange(num_steps) < valid_len[:, None]
        labels = torch.where(real, torch.randint(1, 50, real.shape), 0)
        logits = torch.zeros(*real.shape, 50)
        logits[..., 0] = torch.where(real, 0.0, 12.0)
        masked.append(masked_cross_entropy(logits, labels, valid_len))
        plain.append(nn.functional.cross_entropy(logits.transpose(1, 2), labels))
    plt.figure(figsize=(6, 3.2), layout="constrained")
    plt.plot(lengths, masked, "o-", color="#0072B2", label="mean over valid tokens")
    plt.plot(lengths, plain, "s--", color="#E69F00", label="mean over all tokens, padding too")
    plt.axhline(math.log(50), color="grey", linestyle=":", label="log 50: words drawn by lot")
    plt.title("One model, one set of sentences")
    plt.xlabel("num_steps")
    plt.ylabel("cross-entropy")
    plt.ylim(0, 4.3)
    plt.legend()
    plt.show()


# %% [markdown]
# **To think about.** The mean could also be taken within each sentence first, then over sentences. Which tokens would
# weigh more then? And what does a decoder never see in training, if it is always given the true words before?
#
# ## Greedy search
#
# Now the other half: a trained decoder, and no true words to be given. From here on a model is a function
# `log_probs(prefix)`: it takes the tokens so far, as a tuple that begins with `bos`, and returns the log-probability of
# each of the $V$ tokens that could be next. The simplest thing to do is to take the most probable token, append it, and
# ask again, until `eos` comes:
#
# $$
# y_t = \mathop{\mathrm{argmax}}_{v} \log P(v \mid \mathrm{bos}, y_1, \dots, y_{t-1}).
# $$

# %% [markdown] lang="zh_CN"
# **想一想。** 也可以先在每个句子内取平均，再对句子取平均。这时哪些词元的权重更大？如果之前给出的总是真正的词，解码器在训练中永远见不到什么？
#
# ## 贪心搜索
#
# 现在来看另一半：有一个训练好的解码器，却没有真正的词可给。从这里起，模型是一个函数 `log_probs(prefix)`：它接受到目前为止的词元，即以 `bos` 开头的元组，返回 $V$ 个可能的下一词元各自的对数概率。最简单的做法是取概率最大的词元，接上它，再问，直到出现 `eos`：
#
# $$
# y_t = \mathop{\mathrm{argmax}}_{v} \log P(v \mid \mathrm{bos}, y_1, \dots, y_{t-1}).
# $$


# %%
def greedy_search(log_probs, bos, eos, max_len):
    """Generate a sequence by taking the most probable token in each step.

    log_probs: the model; `log_probs(prefix)` takes a tuple of token ids, the first of them `bos`, and returns a `(V,)`
    tensor of log-probabilities of the next token. bos, eos: token ids. max_len: an int, at least 1.
    Returns the list of generated ids (ints), without `bos`, with `eos` if it came, with at most `max_len` of them in all.
    Of equally probable tokens the one with the smaller id is taken, be it `eos` or not. Needs no gradient.

    Source: Sutskever, Vinyals & Le, 2014, arXiv:1409.3215, section 3.2: their decoder with a beam of one.
    """
    ### BEGIN SOLUTION
    tokens = []
    while len(tokens) < max_len:
        tokens.append(int(log_probs((bos, *tokens)).argmax()))
        if tokens[-1] == eos:
            break
    return tokens
    ### END SOLUTION


# %%
check(greedy_search)

# %% [markdown]
# A small language to look at: five tokens, and a table with the probability of each one after each other one. On the
# left, each row is a step of greedy search, and the frame is what it takes. On the right it stands beside the most
# probable of *all* sentences of at most four tokens. Look for the step at which greedy search went wrong, and whether it
# could have known.

# %% [markdown] lang="zh_CN"
# 来看一种小语言：五个词元，以及一张表，给出每个词元出现在另一个词元之后的概率。左边每一行是贪心搜索的一步，方框是它所取的词元。右边把它与最多四个词元的*所有*句子中概率最大的那个并排放在一起。请找出贪心搜索走错的那一步，再想想它当时能不能知道。

# %%
words = ["<bos>", "<eos>", "rain", "falls", "softly"]
bos, eos = 0, 1
probabilities = [
    [0.00, 0.02, 0.50, 0.13, 0.35],
    [0.20, 0.20, 0.20, 0.20, 0.20],
    [0.00, 0.10, 0.15, 0.45, 0.30],
    [0.00, 0.60, 0.10, 0.00, 0.30],
    [0.00, 0.10, 0.05, 0.85, 0.00],
]
language = partial(markov_log_probs, table=torch.tensor(probabilities, dtype=torch.float64).log())


def sum_of(tokens):
    """Return the sum of the log-probabilities of some tokens."""
    return sum(language((bos, *tokens[:t]))[token].item() for t, token in enumerate(tokens))


@after(greedy_search)
def show_greedy():
    found = greedy_search(language, bos, eos, 4)
    complete = [
        tokens
        for length in range(1, 5)
        for tokens in itertools.product(range(5), repeat=length)
        if tokens[-1] == eos and eos not in tokens[:-1]
    ]
    best = max(complete, key=sum_of)
    steps = torch.stack([language((bos, *found[:t])) for t in range(len(found))]).exp()
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3), layout="constrained", width_ratios=(3, 2))
    left.imshow(steps, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for t, token in enumerate(found):
        left.add_patch(plt.Rectangle((token - 0.5, t - 0.5), 1, 1, fill=False, edgecolor="#D55E00", lw=3))
        for other in range(5):
            colour = "white" if steps[t, other] > 0.6 else "black"
            left.text(other, t, f"{steps[t, other]:.2f}", ha="center", va="center", color=colour)
    left.set(title="what greedy search sees and takes", xticks=range(5), xticklabels=words)
    left.set(yticks=range(len(found)), yticklabels=range(1, len(found) + 1), ylabel="step")
    names = [" ".join(words[token] for token in tokens) for tokens in (best, found)]
    sums = [math.exp(sum_of(tokens)) for tokens in (best, found)]
    right.bar(["the best of all", "greedy search"], sums, color=["#009E73", "#D55E00"], width=0.6)
    for i in range(2):
        right.text(i, sums[i] / 2, names[i].replace(" ", "\n"), ha="center", va="center", color="white")
    right.set(title=f"out of {len(complete)} sentences", ylabel="probability")
    plt.show()


# %% [markdown]
# **To think about.** Greedy search asks the model $T$ times. How many questions does it take to compare all sentences
# of $T$ tokens, with $V$ words? Is there a kind of model for which greedy search always finds the best?
#
# ## Beam search
#
# The most probable sequence need not begin with the most probable token, and trying all is out of the question: with
# $V$ words and $T$ steps there are $V^T$ of them. **Beam search** goes a way between: it keeps a few hypotheses at a
# time. A hypothesis is a sequence of tokens $y_1, \dots, y_t$ with the sum of its log-probabilities
#
# $$
# S(y_1, \dots, y_t) = \sum_{i=1}^{t} \log P(y_i \mid \mathrm{bos}, y_1, \dots, y_{i-1}).
# $$
#
# In each step every live hypothesis is continued with every token. Of all these continuations together, the $k$ with
# the highest sums are kept ($k$ is the beam size). What ends in `eos` is finished and leaves the beam. Its place stays
# empty, until in the next step the $k$ best continuations of the live ones are taken.
#
# Every further token makes the sum smaller, so sums alone would favour short sentences. Finished hypotheses are
# therefore compared by
#
# $$
# \mathrm{score} = \frac{S(y_1, \dots, y_t)}{t^{\alpha}} .
# $$

# %% [markdown] lang="zh_CN"
# **想一想。** 贪心搜索问模型 $T$ 次。有 $V$ 个词时，比较所有由 $T$ 个词元组成的句子要问多少次？有没有一类模型，贪心搜索总能为它找到最佳的句子？
#
# ## 束搜索
#
# 概率最大的序列不一定以概率最大的词元开头，而全部尝试是不可能的：有 $V$ 个词和 $T$ 步时，共有 $V^T$ 个序列。**束搜索**走中间的路：它同时保留几个候选序列。一个候选序列是词元的序列 $y_1, \dots, y_t$，连同它的对数概率之和
#
# $$
# S(y_1, \dots, y_t) = \sum_{i=1}^{t} \log P(y_i \mid \mathrm{bos}, y_1, \dots, y_{i-1}).
# $$
#
# 在每一步中，每个存活的候选序列都用每个词元来延续。把所有这些延续放在一起，保留和最高的 $k$ 个（$k$ 是束宽）。以 `eos` 结束的已完成，离开束。它的位置空着，直到下一步从存活候选序列的延续中取最好的 $k$ 个。
#
# 每多一个词元，和就更小，所以只看和会偏爱短句。因此，已完成的候选序列用下面的分数来比较：
#
# $$
# \mathrm{score} = \frac{S(y_1, \dots, y_t)}{t^{\alpha}} .
# $$


# %%
def beam_search(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Search for probable sequences, keeping the `beam_size` best hypotheses in each step.

    log_probs: the model; `log_probs(prefix)` takes a tuple of token ids, the first of them `bos`, and returns a `(V,)`
    tensor of log-probabilities of the next token. bos, eos: token ids. beam_size, max_len: ints.

    In each step, of all one-token continuations of the live hypotheses, the `beam_size` with the highest sums of
    log-probabilities are kept. Those that end in `eos` are finished and leave the beam; their places stay empty until
    the next step fills `beam_size` from the live ones. The search ends when none is live or `max_len` tokens are
    generated; what is live then counts as finished. Continuations of log-probability -inf are never kept, and a live
    hypothesis that has no other dies.

    Returns a list of `(tokens, score)` with all finished hypotheses, best first: `tokens` is the list of generated ids,
    without `bos`, with `eos` if it came; `score` is the float sum of log-probabilities / `len(tokens)**alpha`. Which of
    two equals is kept or comes first is free. Needs no gradient. Raises ValueError unless beam_size >= 1 and
    max_len >= 1.

    Source: Wu et al., 2016, arXiv:1609.08144, section 7, with a simpler length penalty.
    """
    ### BEGIN SOLUTION
    if beam_size < 1 or max_len < 1:
        raise ValueError(f"beam_size and max_len are at least 1, got {beam_size} and {max_len}")
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = [
            (total + value, [*tokens, token])
            for total, tokens in live
            for token, value in enumerate(log_probs((bos, *tokens)).tolist())
            if value > -math.inf
        ]
        grown.sort(key=lambda hypothesis: hypothesis[0], reverse=True)
        kept = grown[
            :beam_size
        ]  # cut before eos is looked at, so a finished one uses up a place in this step
        finished += [hypothesis for hypothesis in kept if hypothesis[1][-1] == eos]
        live = [hypothesis for hypothesis in kept if hypothesis[1][-1] != eos]
    scored = [(tokens, total / len(tokens) ** alpha) for total, tokens in finished + live]
    return sorted(scored, key=lambda pair: pair[1], reverse=True)
    ### END SOLUTION


# %%
check(beam_search)

# %% [markdown]
# The tree of your search, for a beam of three: a spy between search and model notes which prefixes were asked about, so
# these were live. Numbers are probabilities of whole hypotheses. Blue ones were kept, green ones with a frame are
# finished, grey ones were pruned. The orange line is the way of greedy search. Look for the step at which beam search
# saves what greedy search gave up, and for good hypotheses among the grey.

# %% [markdown] lang="zh_CN"
# 这是你的搜索的树，束宽为 3：搜索与模型之间有一个密探，记下问过哪些前缀，所以这些前缀是存活的。图中的数是整个候选序列的概率。蓝色的被保留，带框的绿色的已完成，灰色的被剪掉。橙色的线是贪心搜索走的路。请找出束搜索在哪一步保住了贪心搜索所放弃的东西，再找找灰色里有没有好的候选序列。


# %%
@after(beam_search, greedy_search)
def show_tree():
    live = set()

    def spy(prefix):
        live.add(tuple(prefix[1:]))
        return language(prefix)

    finished = {tuple(tokens) for tokens, _ in beam_search(spy, bos, eos, 3, 4)}
    greedy = greedy_search(language, bos, eos, 4)
    levels = [[()]]
    for length in range(1, 5):
        candidates = [(*parent, token) for parent in live if len(parent) == length - 1 for token in range(5)]
        candidates = [tokens for tokens in candidates if sum_of(tokens) > -math.inf]
        levels.append(sorted(candidates, key=sum_of))
    places = {
        tokens: (length, (place + 0.5) / len(level))
        for length, level in enumerate(levels)
        for place, tokens in enumerate(level)
    }
    plt.figure(figsize=(10, 6), layout="constrained")
    for tokens, (x, y) in places.items():
        if tokens in finished:
            colour, frame = "#009E73", "black"
        else:
            colour, frame = ("#0072B2", "none") if tokens in live else ("#999999", "none")
        if tokens:
            before = places[tokens[:-1]]
            on_the_way = list(tokens) == greedy[: len(tokens)]
            line = {"color": "#E69F00", "lw": 4} if on_the_way else {"color": colour, "lw": 1}
            plt.plot([before[0] + 0.18, x - 0.18], [before[1], y], zorder=2 if on_the_way else 1, **line)
        label = f"{words[tokens[-1]]} {math.exp(sum_of(tokens)):.3f}" if tokens else words[bos]
        plt.text(
            x, y, label, ha="center", va="center", color=colour, bbox={"fc": "white", "ec": frame, "pad": 2.5}
        )
    plt.title("Beam search with beam_size = 3, max_len = 4 (orange: greedy search)")
    plt.xlabel("tokens generated")
    plt.xticks(range(5))
    plt.yticks([])
    plt.xlim(-0.3, 4.4)
    plt.show()


# %% [markdown]
# And the length penalty: each line is a hypothesis that finished, with its score as $\alpha$ grows. The scale is
# logarithmic, so that all lines are straight; the highest one wins. Look for the $\alpha$ at which a longer sentence
# overtakes, and for what makes one line steeper than another.

# %% [markdown] lang="zh_CN"
# 再来看长度惩罚：每条线是一个已完成的候选序列，显示 $\alpha$ 增大时它的分数。刻度是对数的，所以所有的线都是直线；最高的胜出。请找出较长的句子在哪个 $\alpha$ 处超过去，再看看是什么使一条线比另一条更陡。


# %%
@after(beam_search)
def show_penalty():
    alphas = torch.linspace(0, 2, 41).tolist()
    scores = [{tuple(tokens): s for tokens, s in beam_search(language, bos, eos, 3, 4, a)} for a in alphas]
    plt.figure(figsize=(7, 3.6), layout="constrained")
    styles = itertools.cycle(["-", "--", "-.", ":"])
    for tokens, style in zip(scores[0], styles, strict=False):
        name = " ".join(words[token] for token in tokens)
        plt.semilogy(alphas, [-score[tokens] for score in scores], style, lw=2, label=name)
    plt.title("What the length penalty changes")
    plt.xlabel("alpha")
    plt.ylabel("score")
    plt.gca().invert_yaxis()
    plt.yticks([0.2, 0.5, 1, 2, 4], ["-0.2", "-0.5", "-1", "-2", "-4"])
    plt.minorticks_off()
    plt.legend(fontsize="small")
    plt.show()


# %% [markdown]
# **To think about.** Can a wider beam return a best hypothesis whose sum is *lower* than that of a narrower one? What
# does beam search compute when the beam is as wide as $V^T$: which step of it then has nothing left to do? And
# what goes wrong with $\alpha = 0$ if the model is sometimes very sure of `eos`?
#
# ## Viterbi: the best of all, where memory is short
#
# There is one case in which the best of $V^T$ sequences can be had for little. If the next token depends on the *last* one
# alone (a Markov chain), then of all ways that lead to state $j$ at step $t$ only the best one can be part of the best
# whole. The others may be forgotten:
#
# $$
# \delta_1(j) = \log P(j), \qquad
# \delta_{t+1}(j) = \max_i \bigl[ \delta_t(i) + \log P(j \mid i) \bigr].
# $$
#
# Note for each $j$ which $i$ was the best, and read the path off from its end. That is $V^2$ sums in each step instead of
# $V$ times as many sequences.

# %% [markdown] lang="zh_CN"
# **想一想。** 较宽的束返回的最佳候选序列，它的和会不会*低于*较窄的束所返回的？当束宽达到 $V^T$ 时，束搜索计算的是什么：它的哪一步这时无事可做？如果模型有时对 `eos` 非常确信，$\alpha = 0$ 会出什么问题？
#
# ## 维特比算法：记忆很短时的全局最佳
#
# 有一种情形，可以用很小的代价从 $V^T$ 个序列中得到最佳的一个。如果下一个词元只取决于*最后一个*词元（马尔可夫链），那么在第 $t$ 步到达状态 $j$ 的所有路径中，只有最好的一条可能是最佳完整路径的一部分。其余的可以忘掉：
#
# $$
# \delta_1(j) = \log P(j), \qquad
# \delta_{t+1}(j) = \max_i \bigl[ \delta_t(i) + \log P(j \mid i) \bigr].
# $$
#
# 为每个 $j$ 记下哪个 $i$ 最好，再从终点把路径读回来。这样每一步是 $V^2$ 个和，而不是序列的个数变成 $V$ 倍。


# %%
def viterbi(log_start, log_transition, length):
    """Find the most probable sequence of states of a Markov chain.

    log_start: tensor `(V,)`, the log-probability of each first state. log_transition: tensor `(V, V)`;
    `log_transition[i, j]` is the log-probability of going from state i to state j. Both may hold -inf. length: an int, at
    least 1.
    Returns `(path, log_prob)`: a list of `length` ints, the states of the best sequence, and its log-probability, a
    float. Takes time proportional to `length * V**2`. Needs no gradient.

    Source: Viterbi, 1967, IEEE Transactions on Information Theory 13 (2); Forney, 1973, Proceedings of the IEEE 61 (3).
    """
    ### BEGIN SOLUTION
    best, parents = log_start, []
    for _ in range(length - 1):
        best, parent = (best[:, None] + log_transition).max(dim=0)
        parents.append(parent.tolist())
    path = [int(best.argmax())]
    for parent in reversed(parents):
        path.append(parent[path[-1]])
    return path[::-1], float(best.max())
    ### END SOLUTION


# %%
check(viterbi)

# %% [markdown]
# What it now does: a chain of six states over nine steps. The thickness of a line says how probable that step is. Green
# is the best path, orange dashes are what greedy search finds. Look at where the two begin, and at how thick the lines are
# that greedy search has to take after its better start.

# %% [markdown] lang="zh_CN"
# 现在看看它的作用：一个有六个状态的链，走九步。线的粗细表示这一步的概率有多大。绿色是最佳路径，橙色虚线是贪心搜索找到的路径。请看两者从哪里开始，再看看贪心搜索有了更好的开头之后，不得不走的线有多粗。


# %%
def random_chain(size, seed, sharpness=1.5):
    """Return a random Markov chain: log-probabilities `(V,)` of its first state, `(V, V)` of what follows each."""
    numbers = sharpness * torch.randn(size + 1, size, generator=torch.Generator().manual_seed(seed))
    return numbers[0].log_softmax(0), numbers[1:].log_softmax(1)


def model_of(log_start, log_transition):
    """Return a chain as a model: a function of a prefix, which begins with -1 for bos."""
    return lambda prefix: log_start if len(prefix) == 1 else log_transition[prefix[-1]]


@after(viterbi, greedy_search)
def show_trellis():
    log_start, log_transition = random_chain(6, seed=96)
    path, total = viterbi(log_start, log_transition, 9)
    greedy = greedy_search(model_of(log_start, log_transition), -1, -1, 9)
    greedy_total = log_start[greedy[0]] + sum(log_transition[a, b] for a, b in itertools.pairwise(greedy))
    plt.figure(figsize=(9, 3.6), layout="constrained")
    for t in range(8):
        for i, j in itertools.product(range(6), repeat=2):
            plt.plot([t, t + 1], [i, j], color="lightgrey", lw=5 * log_transition[i, j].exp(), zorder=1)
    plt.scatter(*zip(*itertools.product(range(9), range(6)), strict=True), color="grey", s=15, zorder=2)
    plt.plot(path, color="#009E73", lw=3, label=f"Viterbi, log-probability {total:.2f}")
    plt.plot(greedy, "--", color="#D55E00", lw=3, label=f"greedy search, log-probability {greedy_total:.2f}")
    plt.title("A chain of six states")
    plt.xlabel("step")
    plt.ylabel("state")
    plt.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    plt.show()


# %% [markdown]
# What do four ways to search cost, and what do they find? On the left, how many log-probabilities each looks at, for
# $V = 10$: for greedy and beam search counted while yours ran, for the others computed. On the right, on forty chains, how
# far what they found is below the best on average. Look at what the next token costs each of them, and at what a
# beam of four already gets.

# %% [markdown] lang="zh_CN"
# 四种搜索方法各要花多少代价，又能找到什么？左边是 $V = 10$ 时每种方法查看多少个对数概率：贪心搜索和束搜索是在你的函数运行时数出来的，其余的是算出来的。右边是在四十个链上，它们找到的结果平均比最佳低多少。请看多一个词元要让每种方法付出什么，再看看束宽为 4 时已经得到多少。


# %%
@after(viterbi, beam_search, greedy_search)
def show_cost():
    size, lengths = 10, range(1, 13)
    looked = {"greedy": [], "beam of 4": []}
    gaps = {"greedy": [0.0] * 12, "beam of 2": [0.0] * 12, "beam of 4": [0.0] * 12}
    for seed in tqdm(range(40), desc="searching", file=sys.stdout):
        log_start, log_transition = random_chain(size, seed)
        model, asked = model_of(log_start, log_transition), []

        def counting(prefix, model=model, asked=asked):
            asked.append(prefix)
            return model(prefix)

        for length in lengths:
            _, best = viterbi(log_start, log_transition, length)
            tokens = greedy_search(counting, -1, -1, length)
            count = len(asked)
            found = {"greedy": sum(float(model((-1, *tokens[:t]))[tokens[t]]) for t in range(length))}
            found["beam of 2"] = beam_search(model, -1, -1, 2, length, 0.0)[0][1]
            asked.clear()
            found["beam of 4"] = beam_search(counting, -1, -1, 4, length, 0.0)[0][1]
            if seed == 0:
                looked["greedy"].append(count * size)
                looked["beam of 4"].append(len(asked) * size)
            asked.clear()
            for name, total in found.items():
                gaps[name][length - 1] += (best - total) / 40
    looked["Viterbi"] = [size + (length - 1) * size**2 for length in lengths]
    looked["exhaustive"] = [sum(size**t for t in range(1, length + 1)) for length in lengths]
    colours = {"greedy": "#D55E00", "beam of 2": "#56B4E9", "beam of 4": "#0072B2", "Viterbi": "#009E73"}
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    for (name, counts), marker in zip(looked.items(), "osD^", strict=True):
        left.semilogy(lengths, counts, marker + "-", color=colours.get(name, "black"), label=name)
    left.set(title="cost", xlabel="length", ylabel="log-probabilities looked at")
    for (name, gap), marker in zip(gaps.items(), "ovs", strict=True):
        right.plot(lengths, gap, marker + "-", color=colours[name], label=name)
    right.axhline(0, color=colours["Viterbi"], label="Viterbi: the best there is")
    right.set(title="what it buys", xlabel="length", ylabel="log-probability below the best")
    left.legend()
    right.legend()
    plt.show()


# %% [markdown]
# **To think about.** Why can't Viterbi's algorithm search with a recurrent decoder? What would the "states" have to be, and
# how many of them are there? How much more would a chain cost whose next state depends on the last *two*?
#
# ## How good is a translation?
#
# A sentence can be translated in more ways than one, so to ask whether it equals the reference is too much. **BLEU** counts
# what both have in common: how many of the prediction's $n$-grams (runs of $n$ tokens) are in the reference. Each $n$-gram
# of the reference can be matched as often as it stands there and no more, otherwise *the the the* would be perfect.
# With $p_n$ the share of the prediction's $n$-grams that are matched, for $n$ up to $k$, and $c$ and $r$ the
# lengths of prediction and reference,
#
# $$
# \mathrm{BLEU} = \exp\Bigl(\min\bigl(0,\ 1 - \tfrac{r}{c}\bigr)\Bigr) \prod_{n=1}^{k} p_n^{1/2^n} .
# $$
#
# Long $n$-grams are harder to match; an exponent of $1/2^n$ lets them count for more than their small $p_n$ would.
# Precision alone could be had by saying little, so the first factor, the **brevity penalty**, punishes predictions that
# are shorter than the reference.

# %% [markdown] lang="zh_CN"
# **想一想。** 为什么维特比算法不能用循环解码器来搜索？那样的话“状态”应该是什么，有多少个？如果一个链的下一个状态取决于最后*两个*状态，代价会增加多少？
#
# ## 译文有多好？
#
# 一个句子可以有不止一种译法，所以问它是否与参考译文相同，要求太高了。**BLEU** 数的是两者共有的部分：预测的 $n$ 元语法（连续的 $n$ 个词元）中，有多少出现在参考译文里。参考译文的每个 $n$ 元语法，出现几次就最多匹配几次，否则 *the the the* 就成了完美的译文。设 $p_n$ 是预测的 $n$ 元语法中匹配的所占的比例，$n$ 最大到 $k$，$c$ 和 $r$ 是预测和参考译文的长度，则
#
# $$
# \mathrm{BLEU} = \exp\Bigl(\min\bigl(0,\ 1 - \tfrac{r}{c}\bigr)\Bigr) \prod_{n=1}^{k} p_n^{1/2^n} .
# $$
#
# 长的 $n$ 元语法更难匹配；指数 $1/2^n$ 使它们的分量比单凭很小的 $p_n$ 更大。只看精确度，少说话就能得高分，所以第一个因子，即**过短惩罚**，会惩罚比参考译文短的预测。


# %%
def bleu(prediction, reference, k):
    """Score a predicted sequence against a reference.

    prediction, reference: lists of tokens of any hashable kind. k: an int, at least 1, the longest n-grams to count.
    Returns the float `exp(min(0, 1 - len(reference) / len(prediction))) * prod(p_n ** (1 / 2**n), n = 1 … k)`. `p_n` is
    the clipped n-gram precision: of all n-grams of the prediction, repeated ones included, the share that is matched in
    the reference, where each n-gram is matched at most as often as the reference holds it. Returns 0 for an empty
    prediction, or where the prediction has no n-grams for some n up to k.

    Source: Papineni et al., 2002, ACL, section 2, with weights 1/2^n and one reference.
    """
    ### BEGIN SOLUTION
    if len(prediction) < k:
        return 0.0
    result = math.exp(min(0.0, 1 - len(reference) / len(prediction)))
    for n in range(1, k + 1):
        ours, theirs = (
            Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
            for tokens in (prediction, reference)
        )
        result *= ((ours & theirs).total() / ours.total()) ** (1 / 2**n)
    return result
    ### END SOLUTION


# %%
check(bleu)

# %% [markdown]
# What it now does: six translations of *the black dog sleeps on the chair*, with BLEU for $k = 1, 2, 3, 4$. Look for what
# single words can't tell apart, and at how hard one wrong word in the middle is punished compared with one at the end.

# %% [markdown] lang="zh_CN"
# 现在看看它的作用：*the black dog sleeps on the chair* 的六种译文，以及 $k = 1, 2, 3, 4$ 时的 BLEU。请找出哪些译文只看单个的词分不出来，再比较一个错词在中间和在末尾时，受到的惩罚各有多重。


# %%
@after(bleu)
def show_bleu():
    reference = "le chien noir dort sur la chaise .".split()
    predictions = [
        "le chien noir dort sur la chaise .",
        "chaise la sur dort noir chien le .",
        "le chien noir dort .",
        "le le le le le le le le",
        "le chien noir mange sur la chaise .",
        "le chien noir dort sur la chaise !",
    ]
    plt.figure(figsize=(9, 4.2), layout="constrained")
    colours, hatches = ("#56B4E9", "#0072B2", "#E69F00", "#D55E00"), ("", "//", "", "\\\\")
    for k, colour, hatch in zip(range(1, 5), colours, hatches, strict=True):
        heights = [0.2 * k - 0.5 + row for row in range(6)]
        values = [bleu(prediction.split(), reference, k) for prediction in predictions]
        bars = plt.barh(heights, values, 0.2, color=colour, hatch=hatch, edgecolor="white", label=f"k = {k}")
        plt.bar_label(bars, fmt="%.2f", fontsize="x-small", padding=2)
    plt.yticks(range(6), predictions)
    plt.gca().invert_yaxis()
    plt.title(f"reference: {' '.join(reference)}")
    plt.xlabel("BLEU")
    plt.xlim(0, 1.1)
    plt.legend()
    plt.show()


# %% [markdown]
# **To think about.** Find two translations of the same BLEU of which one is right and one is wrong. Why is a geometric
# mean of the $p_n$ harsher than their plain mean? What is BLEU of a sentence of two tokens with $k = 4$?
#
# ## All of it together: from English to French
#
# The encoder is a bidirectional GRU. The decoder is a GRU that starts from the mean of the encoder's states, and at every
# step looks back at them: it compares its state with each (a scaled product), turns the comparisons into weights
# that sum to 1, and takes the weighted mean. That is attention, and the next unit is about it. Padding takes no part:
# its states are masked to 0 and its comparisons to $-10^9$, both with your `sequence_mask`.

# %% [markdown] lang="zh_CN"
# **想一想。** 找出 BLEU 相同的两种译文，其中一种正确，一种错误。为什么 $p_n$ 的几何平均比普通的平均更严厉？$k = 4$ 时，由两个词元组成的句子的 BLEU 是多少？
#
# ## 全部组合起来：从英语到法语
#
# 编码器是双向 GRU。解码器是一个 GRU，从编码器各状态的平均值开始，并在每一步回头查看这些状态：它把自己的状态与每一个比较（缩放后的乘积），把比较的结果变成和为 1 的权重，再取加权平均。这就是注意力，下一个单元讲的就是它。填充不参与：它的状态被掩蔽成 0，它的比较结果被掩蔽成 $-10^9$，两者都用你的 `sequence_mask`。


# %%
class Translator(nn.Module):
    """Encode a source sentence, and give logits for the tokens of a target sentence."""

    def __init__(self, num_english, num_french, embedding=64, hidden=96):
        super().__init__()
        self.english = nn.Embedding(num_english, embedding)
        self.french = nn.Embedding(num_french, embedding)
        self.encoder = nn.GRU(embedding, hidden // 2, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(hidden, hidden)
        self.decoder = nn.GRU(embedding, hidden, batch_first=True)
        self.join = nn.Linear(2 * hidden, hidden)
        self.out = nn.Linear(hidden, num_french)

    def encode(self, source, source_len):
        """Return the encoder's states `(n, S, h)`, and the decoder's first state."""
        states = sequence_mask(self.encoder(self.english(source))[0], source_len)
        return states, torch.tanh(self.bridge(states.sum(dim=1) / source_len[:, None]))[None]

    def decode(self, tokens, state, states, source_len):
        """Return logits `(n, T, V)` of what follows each of the tokens, the state after them, and attention's weights."""
        outputs, state = self.decoder(self.french(tokens), state)
        scores = states @ outputs.transpose(1, 2) / outputs.shape[-1] ** 0.5
        weights = sequence_mask(scores, source_len, -1e9).softmax(dim=1).transpose(1, 2)
        joined = torch.tanh(self.join(torch.cat([outputs, weights @ states], dim=-1)))
        return self.out(joined), state, weights


# %% [markdown]
# Sentences become rows of ids: `<eos>` is appended, words seen only once become `<unk>`, and your `truncate_pad` does the
# rest. The last 300 pairs are kept apart for the test.

# %% [markdown] lang="zh_CN"
# 句子变成由编号组成的行：末尾接上 `<eos>`，只出现过一次的词变成 `<unk>`，其余的由你的 `truncate_pad` 完成。最后 300 对留作测试。

# %%
PAD, BOS, EOS, UNK = range(4)


def vocabulary(sentences):
    """Return the tokens that occur more than once, after the four special ones."""
    counts = Counter(token for sentence in sentences for token in sentence)
    return ["<pad>", "<bos>", "<eos>", "<unk>", *sorted(t for t, count in counts.items() if count > 1)]


def as_rows(sentences, vocab, num_steps):
    """Return ids `(n, num_steps)` and valid lengths `(n,)` of sentences, with `<eos>` at their ends."""
    index = {token: i for i, token in enumerate(vocab)}
    ids = [[*(index.get(token, UNK) for token in sentence), EOS] for sentence in sentences]
    rows = [truncate_pad(row, num_steps, PAD) for row in ids]
    return torch.tensor(rows), torch.tensor([min(len(row), num_steps) for row in ids])


@after(truncate_pad)
def corpus():
    seen, unseen = pairs[:-300], pairs[-300:]
    vocabs = [vocabulary(sentences) for sentences in zip(*seen, strict=True)]
    train, test = (
        [
            tensor
            for side, vocab in zip(zip(*part, strict=True), vocabs, strict=True)
            for tensor in as_rows(side, vocab, 10)
        ]
        for part in (seen, unseen)
    )
    print(f"{len(seen)} pairs to learn from, {len(vocabs[0])} English and {len(vocabs[1])} French tokens")
    return {"train": train, "test": test, "unseen": unseen, "english": vocabs[0], "french": vocabs[1]}


# %% [markdown]
# A search asks one prefix after another, each one token longer than an earlier one. So `reader` remembers the decoder's
# state after each prefix, and every question costs one step of the decoder.

# %% [markdown] lang="zh_CN"
# 搜索一个接一个地询问前缀，每个前缀都比先前的某一个多一个词元。所以 `reader` 记住每个前缀之后解码器的状态，每次询问只需要解码器走一步。


# %%
def reader(model, source, source_len):
    """Return a trained model as `log_probs(prefix)`, for one source sentence."""
    with torch.no_grad():
        states, first = model.encode(source[None], source_len[None])
    known = {(): first}

    @torch.no_grad()
    def read(prefix):
        if prefix[:-1] not in known:
            read(prefix[:-1])
        tokens = torch.tensor([[prefix[-1]]])
        logits, known[prefix], _ = model.decode(tokens, known[prefix[:-1]], states, source_len[None])
        return logits[0, 0].log_softmax(dim=0)

    return lambda prefix: read(tuple(int(token) for token in prefix))


def as_words(tokens):
    """Return French words for ids, without `<eos>`."""
    return [corpus["french"][token] for token in tokens if token != EOS]


def mean_bleu(model, search, count):
    """Return the mean BLEU (k = 3) of a search's translations of the first `count` test sentences."""
    source, source_len, *_ = corpus["test"]
    scores = [
        bleu(as_words(search(reader(model, source[i], source_len[i]))), corpus["unseen"][i][1], 3)
        for i in range(count)
    ]
    return sum(scores) / count


def greedily(log_probs):
    """Return what greedy search finds."""
    return greedy_search(log_probs, BOS, EOS, 12)


def with_beam(log_probs, beam_size=4, alpha=0.75):
    """Return the best that beam search finds."""
    return beam_search(log_probs, BOS, EOS, beam_size, 12, alpha)[0][0]


# %% [markdown]
# Training: teacher forcing, your loss, Adam. After every epoch the model translates eighty test sentences, once with
# each search. This takes about half a minute.

# %% [markdown] lang="zh_CN"
# 训练：强制教学，你的损失，Adam。每一轮之后，模型翻译八十个测试句子，每种搜索各翻译一遍。这大约需要半分钟。


# %%
@after(truncate_pad, sequence_mask, masked_cross_entropy, greedy_search, beam_search, bleu)
def trained():
    torch.manual_seed(0)
    torch.set_num_threads(1)  # the tensors are too small to be shared out
    truncate_pad([], 1, PAD)  # while this is a stub there is nothing to learn from
    model = Translator(len(corpus["english"]), len(corpus["french"]))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

    def loss_of(source, source_len, target, target_len):
        states, first = model.encode(source, source_len)
        given = torch.cat([torch.full_like(target[:, :1], BOS), target[:, :-1]], dim=1)
        logits, _, _ = model.decode(given, first, states, source_len)
        return masked_cross_entropy(logits, target, target_len)

    history = {"train": [], "test": [], "greedy": [], "beam": []}
    for _ in tqdm(range(8), desc="epochs", file=sys.stdout):
        losses = []
        for batch in torch.randperm(len(corpus["train"][0])).split(64):
            loss = loss_of(*(tensor[batch] for tensor in corpus["train"]))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        with torch.no_grad():
            history["test"].append(loss_of(*corpus["test"]).item())
        history["train"].append(sum(losses) / len(losses))
        history["greedy"].append(mean_bleu(model, greedily, 80))
        history["beam"].append(mean_bleu(model, with_beam, 80))
    return model, history


# %% [markdown]
# On the left the loss, on the right what it is worth when the model has to go on from its own words. Look for the
# epochs in which search makes a difference, and why it makes none in the end.

# %% [markdown] lang="zh_CN"
# 左边是损失，右边是模型必须从自己写出的词继续下去时，这个损失值多少。请找出在哪些轮搜索方法有差别，再想想为什么最后没有差别。


# %%
def finished_training():
    """Return the trained model and its history, or say that there is none yet."""
    if trained is None:
        raise NotImplementedError
    return trained


@after(truncate_pad, sequence_mask, masked_cross_entropy, greedy_search, beam_search, bleu)
def show_training():
    _, history = finished_training()
    epochs = range(1, len(history["train"]) + 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
    left.plot(epochs, history["train"], "o-", color="#0072B2", label="training, mean over the epoch")
    left.plot(epochs, history["test"], "s--", color="#E69F00", label="test, after the epoch")
    left.set(title="teacher forcing", xlabel="epoch", ylabel="cross-entropy per token")
    right.plot(epochs, history["greedy"], "o-", color="#D55E00", label="greedy search")
    right.plot(epochs, history["beam"], "s--", color="#0072B2", label="beam of 4")
    right.set(title="on its own", xlabel="epoch", ylabel="mean BLEU, k = 3", ylim=(0, 1))
    left.legend()
    right.legend()
    plt.show()


# %% [markdown]
# Sentences that it has never seen. Where the translation is not the reference, both are shown: which of them is *wrong*?

# %% [markdown] lang="zh_CN"
# 这些是它从未见过的句子。译文与参考译文不同时，两者都会显示：其中哪些是*错*的？


# %%
@after(truncate_pad, sequence_mask, masked_cross_entropy, greedy_search, beam_search, bleu)
def show_translations():
    model, _ = finished_training()
    source, source_len, *_ = corpus["test"]
    wrong = 0
    for i in range(150):
        english, french = corpus["unseen"][i]
        found = as_words(with_beam(reader(model, source[i], source_len[i])))
        wrong += found != french
        if i < 8 or found != french:
            note = (
                ""
                if found == french
                else f"   reference: {' '.join(french)}, BLEU {bleu(found, french, 3):.2f}"
            )
            print(f"{' '.join(english):38}{' '.join(found)}{note}")
    print(f"{150 - wrong} of 150 are the reference to the word.")


# %% [markdown]
# Where did the decoder look? Each row is a French word, and its weights on the English words sum to 1. Look for words that
# change places, for what *ne … pas* looks at, and for where the article *une* learns its gender.

# %% [markdown] lang="zh_CN"
# 解码器看了哪里？每一行是一个法语词，它在各英语词上的权重之和为 1。请找出交换位置的词，看看 *ne … pas* 看的是什么，以及冠词 *une* 从哪里得知自己的性。


# %%
@after(truncate_pad, sequence_mask, masked_cross_entropy, greedy_search, beam_search, bleu)
def show_attention():
    model, _ = finished_training()
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axis, text in zip(axes, ("marie has a black mouse .", "do not draw the horse !"), strict=True):
        source, source_len = as_rows([text.split()], corpus["english"], 10)
        found = greedily(reader(model, source[0], source_len[0]))
        with torch.no_grad():
            states, first = model.encode(source, source_len)
            weights = model.decode(torch.tensor([[BOS, *found[:-1]]]), first, states, source_len)[2][0]
        image = axis.imshow(weights[:, : int(source_len)], cmap="Blues", vmin=0, vmax=1)
        axis.set_xticks(range(int(source_len)), [*text.split(), "<eos>"], rotation=60)
        axis.set_yticks(range(len(found)), [corpus["french"][token] for token in found])
        axis.set(xlabel="English", ylabel="French")
    figure.colorbar(image, ax=axes, label="attention weight")
    figure.suptitle("What each French word was made from")
    plt.show()


# %% [markdown]
# **To think about.** The test loss is measured with teacher forcing, BLEU is not. Which mistakes does only the second one
# see? This grammar is small and regular; which sentences would you write to find out what the model has *not* learned?
# And what would the beam gain if a sentence had ten right translations, none of them far more probable than the others?

# %% [markdown] lang="zh_CN"
# **想一想。** 测试损失是用强制教学测得的，BLEU 不是。哪些错误只有后者能看到？这个语法很小，也很规则；你会写哪些句子来查明模型*没有*学到什么？如果一个句子有十种正确的译文，而且没有哪一种的概率比其他的大很多，束会带来什么好处？
