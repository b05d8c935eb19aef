"""Wrong answers that students give, each with the sentence they are told."""

import math

import torch

from autograder.authoring import answer


def heads(x, num_heads):
    return x.unflatten(-1, (num_heads, -1)).transpose(1, 2)


def projected(queries, keys, values, params, num_heads):
    if params["W_q"].shape[1] % num_heads:
        raise ValueError("num_heads must divide d_model")
    return [
        heads(x @ params[name], num_heads) for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    ]


def hidden_keys(valid_lens, k):
    return torch.arange(k, device=valid_lens.device) >= valid_lens.reshape(len(valid_lens), 1, -1, 1)


def softmax(scores, valid_lens):
    if valid_lens is None:
        return torch.softmax(scores, -1)
    hidden = hidden_keys(valid_lens, scores.shape[-1])
    lowest = torch.finfo(scores.dtype).min
    return torch.softmax(scores.masked_fill(hidden, lowest), -1).masked_fill(hidden, 0)


def attend(q, k, v, valid_lens):
    return softmax(q @ k.mT / math.sqrt(q.shape[-1]), valid_lens) @ v


def joined(x):
    return x.transpose(1, 2).flatten(2)


# Scaling


@answer("multi_head_attention")
def no_scaling(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are not scaled; divide them by the square root of the head size."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT, valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def scaled_without_root(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are divided by the head size, or by its root twice; divide once by its square root."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT / q.shape[-1], valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def scaled_by_d_model(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are divided by the root of d_model; take the size of one head, d_model / num_heads."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scale = math.sqrt(params["W_q"].shape[1])
    return joined(softmax(q @ k.mT / scale, valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def scaled_by_number_of_heads(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are divided by the root of the number of heads; take the size of one head."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT / math.sqrt(num_heads), valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def scaled_by_number_of_keys(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are divided by the root of the number of keys; take the size of one head."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT / math.sqrt(k.shape[2]), valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def scaled_by_width_of_queries(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are divided by the root of the queries' width before projection; take the size of one head."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT / math.sqrt(queries.shape[-1]), valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def scaled_by_width_of_keys(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are divided by the root of the keys' width before projection; take the size of one head."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT / math.sqrt(keys.shape[-1]), valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def scaled_by_width_of_values(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are divided by the root of the values' width; take the size of one head of the queries."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT / math.sqrt(values.shape[-1]), valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def multiplied_by_root(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are multiplied by the root of the head size; divide by it."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT * math.sqrt(q.shape[-1]), valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def weights_scaled_after_softmax(queries, keys, values, params, num_heads, valid_lens=None):
    """The weights are scaled after the softmax, so they do not add up to 1; scale the scores before it."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT, valid_lens) / math.sqrt(q.shape[-1]) @ v) @ params["W_o"]


# Softmax


@answer("multi_head_attention")
def softmax_over_queries(queries, keys, values, params, num_heads, valid_lens=None):
    """The softmax runs over the queries; it runs over the keys, the last axis of the scores."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = torch.softmax(scores, -2)
    if valid_lens is not None:
        weights = weights.masked_fill(hidden_keys(valid_lens, k.shape[2]), 0)
    return joined(weights @ v) @ params["W_o"]


@answer("multi_head_attention")
def softmax_over_heads(queries, keys, values, params, num_heads, valid_lens=None):
    """The softmax runs over the heads; it runs over the keys, the last axis of the scores."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    weights = torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]), 1)
    if valid_lens is not None:
        weights = weights.masked_fill(hidden_keys(valid_lens, k.shape[2]), 0)
    return joined(weights @ v) @ params["W_o"]


@answer("multi_head_attention")
def softmax_over_the_batch(queries, keys, values, params, num_heads, valid_lens=None):
    """The softmax runs over the batch; it runs over the keys, the last axis of the scores."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    weights = torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]), 0)
    if valid_lens is not None:
        weights = weights.masked_fill(hidden_keys(valid_lens, k.shape[2]), 0)
    return joined(weights @ v) @ params["W_o"]


@answer("multi_head_attention")
def no_softmax(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are used as weights as they are; take their softmax over the keys."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    weights = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        weights = weights.masked_fill(hidden_keys(valid_lens, k.shape[2]), 0)
    return joined(weights @ v) @ params["W_o"]


# The mask


@answer("multi_head_attention")
def valid_lens_ignored(queries, keys, values, params, num_heads, valid_lens=None):
    """valid_lens is not used; keys at and past it get weight 0."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, None)) @ params["W_o"]


@answer("multi_head_attention")
def mask_after_softmax(queries, keys, values, params, num_heads, valid_lens=None):
    """Weights are zeroed after the softmax, so the rest do not add up to 1; hide the scores before it."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    weights = softmax(q @ k.mT / math.sqrt(q.shape[-1]), None)
    if valid_lens is not None:
        weights = weights.masked_fill(hidden_keys(valid_lens, k.shape[2]), 0)
    return joined(weights @ v) @ params["W_o"]


@answer("multi_head_attention")
def mask_upside_down(queries, keys, values, params, num_heads, valid_lens=None):
    """The mask is upside down: keys before valid_lens are hidden, and those at and past it are seen."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    weights = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        seen = hidden_keys(valid_lens, k.shape[2])
        weights = softmax(weights.masked_fill(~seen, torch.finfo(q.dtype).min), None).masked_fill(~seen, 0)
    else:
        weights = softmax(weights, None)
    return joined(weights @ v) @ params["W_o"]


@answer("multi_head_attention")
def filled_with_zero(queries, keys, values, params, num_heads, valid_lens=None):
    """Hidden scores become 0 (or a tiny number), which still earns a weight; they should be minus infinity."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        scores = scores.masked_fill(hidden_keys(valid_lens, k.shape[2]), 0)
    return joined(softmax(scores, None) @ v) @ params["W_o"]


@answer("multi_head_attention")
def filled_with_zero_but_in_empty_rows(queries, keys, values, params, num_heads, valid_lens=None):
    """Scores are multiplied by the mask, which leaves 0 for hidden keys, a score like others; use minus infinity."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is None:
        return joined(softmax(scores, None) @ v) @ params["W_o"]
    hidden = hidden_keys(valid_lens, k.shape[2])
    weights = softmax(scores * ~hidden, None).masked_fill((valid_lens == 0).reshape(len(q), 1, -1, 1), 0)
    return joined(weights @ v) @ params["W_o"]


@answer("multi_head_attention")
def filled_with_minus_100(queries, keys, values, params, num_heads, valid_lens=None):
    """Hidden scores become a number that real scores can fall below; fill with minus infinity, or close to it."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is None:
        return joined(softmax(scores, None) @ v) @ params["W_o"]
    hidden = hidden_keys(valid_lens, k.shape[2])
    empty = (valid_lens == 0).reshape(len(q), 1, -1, 1)
    weights = softmax(scores.masked_fill(hidden, -100), None).masked_fill(empty, 0)
    return joined(weights @ v) @ params["W_o"]


@answer("multi_head_attention")
def nan_where_nothing_is_visible(queries, keys, values, params, num_heads, valid_lens=None):
    """With valid length 0 the softmax runs over minus infinity alone and is NaN; all weights should be 0 there."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        scores = scores.masked_fill(hidden_keys(valid_lens, k.shape[2]), -math.inf)
    return joined(softmax(scores, None) @ v) @ params["W_o"]


@answer("multi_head_attention")
def uniform_where_nothing_is_visible(queries, keys, values, params, num_heads, valid_lens=None):
    """With valid length 0 all keys get the same weight, since all are filled alike; all weights should be 0 there."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        scores = scores.masked_fill(hidden_keys(valid_lens, k.shape[2]), -1e9)
    return joined(softmax(scores, None) @ v) @ params["W_o"]


@answer("multi_head_attention")
def nan_in_gradient_of_scores(queries, keys, values, params, num_heads, valid_lens=None):
    """With valid length 0 the result is 0 but gradients are NaN: minus infinity was added, so NaN flows back."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        scores = scores + torch.zeros_like(scores).masked_fill(hidden_keys(valid_lens, k.shape[2]), -math.inf)
    return joined(softmax(scores, None).nan_to_num(0) @ v) @ params["W_o"]


@answer("multi_head_attention")
def nan_in_gradient_of_values(queries, keys, values, params, num_heads, valid_lens=None):
    """With valid length 0 NaN is replaced in the result only, so the values' gradients are NaN; replace the weights."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        scores = scores.masked_fill(hidden_keys(valid_lens, k.shape[2]), -math.inf)
    return joined((softmax(scores, None) @ v).nan_to_num(0)) @ params["W_o"]


@answer("multi_head_attention")
def everything_visible_at_length_0(queries, keys, values, params, num_heads, valid_lens=None):
    """Valid length 0 is taken for no limit; it means that no key may be seen."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    if valid_lens is not None:
        valid_lens = torch.where(valid_lens > 0, valid_lens, k.shape[2])
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def one_key_too_many(queries, keys, values, params, num_heads, valid_lens=None):
    """The key at valid_lens is still seen; keys count from 0, so the last one seen is valid_lens - 1."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, None if valid_lens is None else valid_lens + 1)) @ params["W_o"]


@answer("multi_head_attention")
def one_key_too_few(queries, keys, values, params, num_heads, valid_lens=None):
    """The last valid key is hidden as well; the first one hidden is the one at valid_lens."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, None if valid_lens is None else valid_lens - 1)) @ params["W_o"]


@answer("multi_head_attention")
def last_keys_seen(queries, keys, values, params, num_heads, valid_lens=None):
    """The last valid_lens keys are seen; it is the first ones that count, padding stands at the end."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k.flip(2), v.flip(2), valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def lengths_in_the_wrong_order(queries, keys, values, params, num_heads, valid_lens=None):
    """valid_lens is repeated in the wrong order for the heads, so sequences get each other's lengths."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    if valid_lens is not None:
        valid_lens = valid_lens.repeat(num_heads, *[1] * (valid_lens.ndim - 1))
    folded = (x.flatten(0, 1)[:, None] for x in (q, k, v))
    return joined(attend(*folded, valid_lens).reshape(v.shape[0], num_heads, q.shape[2], -1)) @ params["W_o"]


@answer("multi_head_attention")
def first_length_for_all(queries, keys, values, params, num_heads, valid_lens=None):
    """The first sequence's valid length is used for the whole batch; each sequence has its own."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, None if valid_lens is None else valid_lens[:1])) @ params["W_o"]


@answer("multi_head_attention")
def longest_length_for_all(queries, keys, values, params, num_heads, valid_lens=None):
    """The keys are cut to the longest valid length of the batch; each sequence, or query, has its own."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    if valid_lens is not None:
        valid_lens = torch.full_like(valid_lens, int(valid_lens.max()))
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def lengths_per_query_not_accepted(queries, keys, values, params, num_heads, valid_lens=None):
    """valid_lens of shape (n, q) is not accepted; there each query has its own length."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    if valid_lens is not None:
        valid_lens = valid_lens.view(len(queries))
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def first_querys_length_for_all(queries, keys, values, params, num_heads, valid_lens=None):
    """Of valid_lens of shape (n, q) only the first column is used; each query has its own length."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    if valid_lens is not None and valid_lens.ndim == 2:
        valid_lens = valid_lens[:, 0]
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def lengths_per_sequence_not_accepted(queries, keys, values, params, num_heads, valid_lens=None):
    """valid_lens of shape (n,) is not accepted; there all queries of a sequence share one length."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    if valid_lens is not None:
        n, steps = valid_lens.shape
        valid_lens = valid_lens.reshape(n, steps)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def queries_hidden_too(queries, keys, values, params, num_heads, valid_lens=None):
    """Queries past valid_lens are zeroed as well; valid_lens is about keys, and every query gets a result."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    result = joined(attend(q, k, v, valid_lens)) @ params["W_o"]
    if valid_lens is not None:
        steps = torch.arange(q.shape[2], device=q.device)
        result = result * (steps < valid_lens.reshape(len(q), -1))[..., None]
    return result


@answer("multi_head_attention")
def first_head_masked_only(queries, keys, values, params, num_heads, valid_lens=None):
    """Only the first head is masked; keys at and past valid_lens are hidden from every head."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    seen = attend(q, k, v, None)
    if valid_lens is not None:
        seen = torch.cat([attend(q, k, v, valid_lens)[:, :1], seen[:, 1:]], dim=1)
    return joined(seen) @ params["W_o"]


@answer("multi_head_attention")
def keys_zeroed_instead_of_hidden(queries, keys, values, params, num_heads, valid_lens=None):
    """Hidden keys and values are set to 0, so the keys still earn weight; give them weight 0."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    if valid_lens is None:
        return joined(attend(q, k, v, None)) @ params["W_o"]
    lens = valid_lens if valid_lens.ndim == 2 else valid_lens[:, None].expand(-1, q.shape[2])
    hidden = hidden_keys(lens, k.shape[2])[..., None]
    k, v = k[:, :, None].masked_fill(hidden, 0), v[:, :, None].masked_fill(hidden, 0)
    return joined(attend(q[:, :, :, None], k, v, None).squeeze(3)) @ params["W_o"]


# Heads


@answer("multi_head_attention")
def heads_merged_without_transposing(queries, keys, values, params, num_heads, valid_lens=None):
    """The heads are joined by a reshape alone; move the head axis back beside the columns first."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return attend(q, k, v, valid_lens).reshape(len(q), q.shape[2], -1) @ params["W_o"]


@answer("multi_head_attention")
def heads_split_without_transposing(queries, keys, values, params, num_heads, valid_lens=None):
    """The heads are split off by a reshape to (n, heads, steps, size), cutting through the steps, not the columns."""
    if params["W_q"].shape[1] % num_heads:
        raise ValueError("num_heads must divide d_model")
    q, k, v = (
        (x @ params[name]).reshape(len(x), num_heads, x.shape[1], -1)
        for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    )
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def heads_split_and_merged_without_transposing(queries, keys, values, params, num_heads, valid_lens=None):
    """Heads are split off and joined by a reshape alone, which cuts through the steps; transpose in both places."""
    if params["W_q"].shape[1] % num_heads:
        raise ValueError("num_heads must divide d_model")
    q, k, v = (
        (x @ params[name]).reshape(len(x), num_heads, x.shape[1], -1)
        for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    )
    return attend(q, k, v, valid_lens).reshape(len(q), queries.shape[1], -1) @ params["W_o"]


@answer("multi_head_attention")
def columns_interleaved(queries, keys, values, params, num_heads, valid_lens=None):
    """Head i takes every num_heads-th column; it takes a block of neighbouring columns."""
    if params["W_q"].shape[1] % num_heads:
        raise ValueError("num_heads must divide d_model")
    q, k, v = (
        (x @ params[name]).unflatten(-1, (-1, num_heads)).permute(0, 3, 1, 2)
        for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    )
    return attend(q, k, v, valid_lens).permute(0, 2, 3, 1).flatten(2) @ params["W_o"]


@answer("multi_head_attention")
def columns_interleaved_in_the_split(queries, keys, values, params, num_heads, valid_lens=None):
    """Head i takes every num_heads-th column, and the heads are joined as blocks; it takes a block from the start."""
    if params["W_q"].shape[1] % num_heads:
        raise ValueError("num_heads must divide d_model")
    q, k, v = (
        (x @ params[name]).unflatten(-1, (-1, num_heads)).permute(0, 3, 1, 2)
        for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    )
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def columns_interleaved_in_the_join(queries, keys, values, params, num_heads, valid_lens=None):
    """The heads' columns are interleaved when joined; put each head's columns side by side, head after head."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return attend(q, k, v, valid_lens).permute(0, 2, 3, 1).flatten(2) @ params["W_o"]


@answer("multi_head_attention")
def heads_joined_in_reverse(queries, keys, values, params, num_heads, valid_lens=None):
    """The heads are joined in reverse order; the first head's columns come first."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, valid_lens).flip(1)) @ params["W_o"]


@answer("multi_head_attention")
def one_head_only(queries, keys, values, params, num_heads, valid_lens=None):
    """All columns form a single head; split them into num_heads heads that attend on their own."""
    projected(queries, keys, values, params, num_heads)
    q, k, v = projected(queries, keys, values, params, 1)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def scores_of_all_heads_added(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores of all heads are added up, so all heads share the same weights; each head has its own."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).sum(1, keepdim=True)
    return joined(softmax(scores, valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def every_head_takes_the_first_columns(queries, keys, values, params, num_heads, valid_lens=None):
    """Every head works on the first block of columns; head i takes the i-th block."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, valid_lens)[:, :1].expand(-1, num_heads, -1, -1)) @ params["W_o"]


@answer("multi_head_attention")
def heads_summed(queries, keys, values, params, num_heads, valid_lens=None):
    """The heads' results are averaged; join them side by side."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    mean = attend(q, k, v, valid_lens).mean(1, keepdim=True)
    return joined(mean.expand(-1, num_heads, -1, -1)) @ params["W_o"]


@answer("multi_head_attention")
def number_and_size_of_heads_swapped(queries, keys, values, params, num_heads, valid_lens=None):
    """num_heads is taken for the head size; it is how many heads there are."""
    projected(queries, keys, values, params, num_heads)
    q, k, v = projected(queries, keys, values, params, params["W_q"].shape[1] // num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def heads_before_the_projection(queries, keys, values, params, num_heads, valid_lens=None):
    """The inputs are split into heads, not their projections; project first, then split."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    q = heads(queries, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


# The four matrices


@answer("multi_head_attention")
def output_not_projected(queries, keys, values, params, num_heads, valid_lens=None):
    """The joined heads are returned as they are; multiply them by W_o."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, valid_lens))


@answer("multi_head_attention")
def output_weights_transposed(queries, keys, values, params, num_heads, valid_lens=None):
    """W_o is transposed, as in torch.nn.Linear; here weights multiply from the right as they are."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return torch.nn.functional.linear(joined(attend(q, k, v, valid_lens)), params["W_o"])


@answer("multi_head_attention")
def values_not_projected(queries, keys, values, params, num_heads, valid_lens=None):
    """The values are not multiplied by W_v."""
    q, k, _ = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, heads(values, num_heads), valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def keys_not_projected(queries, keys, values, params, num_heads, valid_lens=None):
    """The keys are not multiplied by W_k."""
    q, _, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, heads(keys, num_heads), v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def values_made_from_keys(queries, keys, values, params, num_heads, valid_lens=None):
    """W_v is applied to the keys; it is the values that it projects."""
    q, k, v = projected(queries, keys, keys, params, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def projected_keys_as_values(queries, keys, values, params, num_heads, valid_lens=None):
    """The weights average the projected keys; they average the projected values."""
    q, k, _ = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, k, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def keys_made_from_values(queries, keys, values, params, num_heads, valid_lens=None):
    """W_k is applied to the values; it is the keys that it projects."""
    q, k, v = projected(queries, values, values, params, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def key_and_value_weights_swapped(queries, keys, values, params, num_heads, valid_lens=None):
    """W_k and W_v are swapped: W_k projects the keys and W_v the values."""
    swapped = {**params, "W_k": params["W_v"], "W_v": params["W_k"]}
    q, k, v = projected(queries, keys, values, swapped, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def query_and_key_weights_swapped(queries, keys, values, params, num_heads, valid_lens=None):
    """W_q and W_k are swapped: W_q projects the queries and W_k the keys."""
    swapped = {**params, "W_q": params["W_k"], "W_k": params["W_q"]}
    q, k, v = projected(queries, keys, values, swapped, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def keys_and_values_swapped(queries, keys, values, params, num_heads, valid_lens=None):
    """Keys and values are swapped: weights come from queries and keys, and they average the values."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, v, k, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def one_matrix_for_all(queries, keys, values, params, num_heads, valid_lens=None):
    """W_q projects queries, keys and values alike; each has a matrix of its own."""
    same = {**params, "W_k": params["W_q"], "W_v": params["W_q"]}
    q, k, v = projected(queries, keys, values, same, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def queries_added_to_the_result(queries, keys, values, params, num_heads, valid_lens=None):
    """The projected queries are added to the result; that residual connection belongs to the block around it."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return (joined(attend(q, k, v, valid_lens)) + queries @ params["W_q"]) @ params["W_o"]


# Batch, shape, type, graph


@answer("multi_head_attention")
def batch_as_one_sequence(queries, keys, values, params, num_heads, valid_lens=None):
    """Queries see the keys of other sequences of the batch; each sequence attends to its own keys."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = torch.einsum("bhqd,chkd->bhqck", q, k) / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        hidden = hidden_keys(valid_lens, k.shape[2])
        scores = scores.masked_fill(hidden.expand(-1, 1, q.shape[2], -1)[:, :, :, None], -1e9)
    weights = torch.softmax(scores.flatten(3), -1).view_as(scores)
    return joined(torch.einsum("bhqck,chkd->bhqd", weights, v)) @ params["W_o"]


@answer("multi_head_attention")
def result_squeezed(queries, keys, values, params, num_heads, valid_lens=None):
    """Axes of size 1 are squeezed away; the result keeps the shape (n, q, d_model) for one sequence or one query."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return (joined(attend(q, k, v, valid_lens)) @ params["W_o"]).squeeze()


@answer("multi_head_attention")
def width_of_queries_for_d_model(queries, keys, values, params, num_heads, valid_lens=None):
    """The width of the queries is taken for d_model; d_model is the number of columns of the weights."""
    n, steps, d = queries.shape
    if d % num_heads:
        raise ValueError("num_heads must divide d_model")
    q, k, v = (
        (x @ params[name]).view(n, -1, num_heads, d // num_heads).transpose(1, 2)
        for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    )
    return attend(q, k, v, valid_lens).transpose(1, 2).reshape(n, steps, d) @ params["W_o"]


@answer("multi_head_attention")
def as_many_keys_as_queries(queries, keys, values, params, num_heads, valid_lens=None):
    """The number of keys is taken to be the number of queries; they may differ."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    steps = queries.shape[1]
    return joined(attend(q, k[:, :, :steps], v[:, :, :steps], valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def no_error_for_uneven_heads(queries, keys, values, params, num_heads, valid_lens=None):
    """num_heads that does not divide d_model is not refused with ValueError but fails later, with another error."""
    q, k, v = (
        (x @ params[name]).view(*x.shape[:2], num_heads, params["W_q"].shape[1] // num_heads).transpose(1, 2)
        for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    )
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def uneven_heads_accepted(queries, keys, values, params, num_heads, valid_lens=None):
    """num_heads that does not divide d_model gives heads of different sizes; raise ValueError."""
    q, k, v = queries @ params["W_q"], keys @ params["W_k"], values @ params["W_v"]
    pieces = zip(*(x[:, None].tensor_split(num_heads, dim=-1) for x in (q, k, v)), strict=True)
    parts = [attend(*three, valid_lens)[:, 0] for three in pieces if three[0].shape[-1]]
    return torch.cat(parts, dim=-1) @ params["W_o"]


@answer("multi_head_attention")
def surplus_columns_dropped(queries, keys, values, params, num_heads, valid_lens=None):
    """num_heads that does not divide d_model leaves columns out; raise ValueError."""
    size = max(1, params["W_q"].shape[1] // num_heads)
    cut = {name: w if name == "W_o" else w[:, : size * num_heads] for name, w in params.items()}
    used = cut["W_q"].shape[1]
    q, k, v = projected(queries, keys, values, cut, min(num_heads, used))
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"][:used]


@answer("multi_head_attention")
def more_heads_than_columns_accepted(queries, keys, values, params, num_heads, valid_lens=None):
    """More heads than columns are not refused; raise ValueError, since num_heads does not divide d_model there."""
    num_heads = min(num_heads, params["W_q"].shape[1])
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def always_float32(queries, keys, values, params, num_heads, valid_lens=None):
    """The result is float32 whatever the dtype of the inputs."""
    params = {name: w.float() for name, w in params.items()}
    q, k, v = projected(queries.float(), keys.float(), values.float(), params, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def always_float64(queries, keys, values, params, num_heads, valid_lens=None):
    """The result is float64 whatever the dtype of the inputs."""
    params = {name: w.double() for name, w in params.items()}
    q, k, v = projected(queries.double(), keys.double(), values.double(), params, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def weights_cut_from_the_graph(queries, keys, values, params, num_heads, valid_lens=None):
    """The attention weights are cut from the graph (detach, .data or no_grad), so queries and keys get no gradient."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q.detach(), k.detach(), v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def graph_cut(queries, keys, values, params, num_heads, valid_lens=None):
    """The result is cut from the graph (detach, .data or no_grad), so no gradient reaches inputs and params."""
    with torch.no_grad():
        q, k, v = projected(queries, keys, values, params, num_heads)
        return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def keys_changed_in_place(queries, keys, values, params, num_heads, valid_lens=None):
    """Padding is overwritten in the caller's own keys and values; leave the inputs as they are."""
    if valid_lens is not None and valid_lens.ndim == 1:
        padding = torch.arange(keys.shape[1], device=keys.device) >= valid_lens[:, None]
        keys.data.masked_fill_(padding[..., None], 0)
        values.data.masked_fill_(padding[..., None], 0)
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def params_changed_in_place(queries, keys, values, params, num_heads, valid_lens=None):
    """The scale is written into the caller's own W_q; leave params as they are."""
    if params["W_q"].shape[1] % num_heads:
        raise ValueError("num_heads must divide d_model")
    params["W_q"].data /= math.sqrt(params["W_q"].shape[1] // num_heads)
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT, valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def mask_on_the_cpu(queries, keys, values, params, num_heads, valid_lens=None):
    """The mask is made on the CPU; make it on the device of the inputs."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is None:
        return joined(softmax(scores, None) @ v) @ params["W_o"]
    hidden = torch.arange(k.shape[2]) >= valid_lens.reshape(len(q), 1, -1, 1)
    weights = torch.softmax(scores.masked_fill(hidden, -1e9), -1).masked_fill(hidden, 0)
    return joined(weights @ v) @ params["W_o"]
