# %% [markdown]
# # Encoder, decoder, beam search
#
# A decoder gives a distribution over the next token, again and again. A translation is a whole sequence, though, and
# the most probable sequence need not begin with the most probable token. Trying all of them is out of the question:
# with $V$ words and $T$ steps there are $V^T$. **Beam search** goes a way between: it keeps a few hypotheses at a time.

# %% tags=["setup"]
import math
from functools import partial

import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.helpers import markov_log_probs

# %% [markdown]
# ## Beam search
#
# A hypothesis is a sequence of tokens $y_1, \dots, y_t$ with the sum of its log-probabilities
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
# A small language to look at: five words, and a table with the probability of each word after each other one. The tree
# shows what a beam of three keeps from step to step, with the probability of each hypothesis. Finished ones are framed.

# %%
words = ["<bos>", "<eos>", "rain", "falls", "softly"]
bos, eos = 0, 1
probabilities = [
    [0.02, 0.03, 0.60, 0.20, 0.15],
    [0.20, 0.20, 0.20, 0.20, 0.20],
    [0.02, 0.30, 0.02, 0.40, 0.26],
    [0.02, 0.33, 0.12, 0.08, 0.45],
    [0.02, 0.80, 0.03, 0.10, 0.05],
]
language = partial(markov_log_probs, table=torch.tensor(probabilities, dtype=torch.float64).log())

kept = {(): 0.0}
for steps in range(1, 5):
    kept.update(
        {tuple(tokens): score for tokens, score in beam_search(language, bos, eos, 3, steps, alpha=0)}
    )
height = dict.fromkeys(kept, 0.0)
for steps in range(1, 5):
    level = [tokens for tokens in kept if len(tokens) == steps]
    height.update({tokens: -place for place, tokens in enumerate(level)})
for tokens, total in kept.items():
    if tokens:
        plt.plot(
            [len(tokens) - 1, len(tokens)], [height.get(tokens[:-1], 0.0), height[tokens]], color="lightgray"
        )
    label = f"{words[tokens[-1]]}\n{math.exp(total):.3f}" if tokens else words[bos]
    frame = "black" if tokens and tokens[-1] == eos else "none"
    plt.text(len(tokens), height[tokens], label, ha="center", va="center", bbox={"fc": "white", "ec": frame})
plt.xlim(-0.4, 4.4)
plt.ylim(-2.6, 0.6)
plt.xlabel("tokens generated")
plt.yticks([])
plt.show()

# %% [markdown]
# And what comes out as the length penalty grows:

# %%
for alpha in (0.0, 0.75, 1.5):
    print(f"alpha = {alpha}")
    for tokens, score in beam_search(language, bos, eos, 3, 4, alpha):
        print(f"  {score:7.3f}  {' '.join(words[token] for token in tokens)}")

# %% [markdown]
# **To think about.** Can a wider beam return a best hypothesis whose sum is *lower* than that of a narrower one? And
# what does beam search compute when the beam is as wide as $V^T$: which step of it then has nothing left to do?
