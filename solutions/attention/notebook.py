# %% [markdown]
# # Attention
#
# A recurrent network hands everything it has read through one vector. **Attention** lets each position look back at
# all the others and take what it needs: a *query* says what is wanted, *keys* say what there is, and the *values*
# of well-matching keys are averaged.

# %% tags=["setup"]
import math

import matplotlib.pyplot as plt
import torch

from autograder import check

# %% [markdown]
# ## Several heads
#
# One average is often not enough: a word may need the word before it and, at the same time, its subject.
# **Multi-head attention** (Vaswani et al., 2017) asks several questions at once. Queries, keys and values are
# projected, and head $i$ works on its own block of columns of the projections, $d_h = d_{\text{model}} / \text{heads}$
# columns wide:
#
# $$
# \mathrm{head}_i = \mathrm{softmax}\!\left(\frac{(Q W_q)_i \, (K W_k)_i^\top}{\sqrt{d_h}}\right) (V W_v)_i,
# \qquad
# Y = [\mathrm{head}_1, \dots, \mathrm{head}_h] \, W_o .
# $$
#
# The softmax runs over the keys. Sentences of one batch differ in length, so keys at and past a valid length are
# padding: they get weight 0. Where no key is left at all, every weight is 0.


# %%
def multi_head_attention(queries, keys, values, params, num_heads, valid_lens=None):
    """Attend with several heads at once, and project what they found.

    queries: `(n, q, d_q)`, keys: `(n, k, d_k)`, values: `(n, k, d_v)`; the three widths may differ.
    params: a dict with `W_q` `(d_q, d_model)`, `W_k` `(d_k, d_model)`, `W_v` `(d_v, d_model)` and `W_o`
    `(d_model, d_model)`; they multiply from the right. Head `i` takes columns `i * d_model / num_heads` up to
    `(i + 1) * d_model / num_heads` of the three projections, and scales its scores by the square root of that width.
    The heads are joined in order before `W_o`.

    valid_lens: None, or an int64 tensor `(n,)`, or `(n, q)` with a length for each query. Keys at and past the length
    get weight exactly 0, whatever finite numbers they hold. A query with length 0 gets all-zero weights, without NaN
    in value or gradient.

    Returns `(n, q, d_model)`, of the dtype and on the device of the inputs. Gradients flow to the inputs and to all of
    `params`. Raises ValueError unless `num_heads` divides `d_model`.

    Not allowed: torch's `MultiheadAttention`, `multi_head_attention_forward` and `scaled_dot_product_attention`.
    Source: Vaswani et al., 2017, "Attention is all you need", section 3.2.
    """
    ### BEGIN SOLUTION
    d_model = params["W_q"].shape[1]
    if num_heads < 1 or d_model % num_heads:
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
# The function keeps its weights to itself, yet they can be read off: let value $j$ be the $j$-th unit vector, let every
# head keep the values as they are, and let $W_o$ be the identity. Then what head $i$ puts out *is* its row of weights.
#
# Below, two heads read one sentence. The first has weights that match each position with the one before; the second
# matches equal words.

# %%
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
    axis.set_title(title)
    axis.set_xlabel("key")
    axis.set_xticks(range(T), words, rotation=90)
axes[0].set_ylabel("query")
axes[0].set_yticks(range(T), words)
figure.colorbar(image, ax=axes, label="weight")
plt.show()

# %% [markdown]
# **To think about.** Row one of the first head, and the rows for *and* and *bird* in the last picture, have no key that
# matches. Where does their attention go, and what would you add if they should be able to look at nothing?
#
# With twice as many heads and the same `d_model`, how many more parameters does the layer have?
