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


def seen_keys(valid_lens, k):
    return torch.arange(k, device=valid_lens.device) < valid_lens.reshape(len(valid_lens), -1, 1)


def weights_of(scores, valid_lens):
    if valid_lens is None:
        return torch.softmax(scores, -1)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores.masked_fill(~seen, torch.finfo(scores.dtype).min), -1).masked_fill(~seen, 0)


def dots(queries, keys):
    return queries @ keys.mT / math.sqrt(queries.shape[-1])


def judged(queries, keys, params):
    return torch.tanh((queries @ params["W_q"])[:, :, None] + (keys @ params["W_k"])[:, None]) @ params["w_v"]


# masked_softmax


@answer("masked_softmax")
def lengths_ignored(scores, valid_lens=None):
    """valid_lens is not used; keys at and past it get weight 0."""
    return torch.softmax(scores, -1)


@answer("masked_softmax")
def hidden_after_softmax(scores, valid_lens=None):
    """Weights are zeroed after the softmax, so the rest do not add up to 1; hide the scores before it."""
    weights = torch.softmax(scores, -1)
    return weights if valid_lens is None else weights * seen_keys(valid_lens, scores.shape[-1])


@answer("masked_softmax")
def seen_and_hidden_swapped(scores, valid_lens=None):
    """The mask is upside down: keys before valid_lens are hidden, and those at and past it are seen."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    hidden = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores.masked_fill(hidden, torch.finfo(scores.dtype).min), -1).masked_fill(hidden, 0)


@answer("masked_softmax")
def hidden_scores_zero(scores, valid_lens=None):
    """Hidden scores become 0, which still earns a weight; they should be as good as minus infinity."""
    if valid_lens is not None:
        scores = scores * seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores, -1)


@answer("masked_softmax")
def hidden_scores_tiny(scores, valid_lens=None):
    """Hidden scores become a tiny positive number, which earns as much weight as 0; fill with a large negative one."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores.masked_fill(~seen, 1e-3), -1) * (valid_lens.reshape(len(scores), -1, 1) > 0)


@answer("masked_softmax")
def hidden_scores_minus_100(scores, valid_lens=None):
    """Hidden scores become -100, which is not small beside scores of that size; take the lowest number there is."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores.masked_fill(~seen, -100.0), -1) * (valid_lens.reshape(len(scores), -1, 1) > 0)


@answer("masked_softmax")
def hidden_scores_minus_10000(scores, valid_lens=None):
    """Hidden scores become -1e4, and true scores may be as low as that; take the lowest number there is."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores.masked_fill(~seen, -1e4), -1) * (valid_lens.reshape(len(scores), -1, 1) > 0)


@answer("masked_softmax")
def equal_weights_at_length_0(scores, valid_lens=None):
    """A row with valid length 0 gets equal weights; all its weights should be 0."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores.masked_fill(~seen, -1e9), -1)


@answer("masked_softmax")
def nan_at_length_0(scores, valid_lens=None):
    """A row of minus infinity alone gives NaN; with valid length 0 all weights should be 0."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    return torch.softmax(scores.masked_fill(~seen_keys(valid_lens, scores.shape[-1]), -torch.inf), -1)


@answer("masked_softmax")
def nan_in_gradient(scores, valid_lens=None):
    """Rows with valid length 0 are 0, but their gradient is NaN: -inf is added, and NaN replaced after the softmax."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    seen = seen_keys(valid_lens, scores.shape[-1]).expand(scores.shape)
    wall = torch.zeros_like(scores).masked_fill(~seen, -torch.inf)
    return torch.nan_to_num(torch.softmax(scores + wall, -1))


@answer("masked_softmax")
def one_too_many(scores, valid_lens=None):
    """The key at valid_lens is still seen; keys count from 0, so the last one seen is valid_lens - 1."""
    return weights_of(scores, None if valid_lens is None else valid_lens + 1)


@answer("masked_softmax")
def one_too_few(scores, valid_lens=None):
    """The last valid key is hidden as well; the first one hidden is the one at valid_lens."""
    return weights_of(scores, None if valid_lens is None else valid_lens - 1)


@answer("masked_softmax")
def counted_from_the_end(scores, valid_lens=None):
    """The last valid_lens keys are seen; it is the first ones that count, padding stands at the end."""
    return weights_of(scores.flip(-1), valid_lens).flip(-1)


@answer("masked_softmax")
def queries_hidden_instead_of_keys(scores, valid_lens=None):
    """Queries at and past valid_lens are hidden; valid_lens counts keys, the last axis."""
    if valid_lens is None or valid_lens.ndim == 2:
        return weights_of(scores, valid_lens)
    seen = torch.arange(scores.shape[1], device=scores.device) < valid_lens[:, None]
    return torch.softmax(scores, -1) * seen[..., None]


@answer("masked_softmax")
def over_the_queries(scores, valid_lens=None):
    """The softmax runs over the queries; it runs over the keys, the last axis."""
    weights = torch.softmax(scores, 1)
    return weights if valid_lens is None else weights * seen_keys(valid_lens, scores.shape[-1])


@answer("masked_softmax")
def over_the_batch(scores, valid_lens=None):
    """The softmax runs over the batch; it runs over the keys, the last axis."""
    weights = torch.softmax(scores, 0)
    return weights if valid_lens is None else weights * seen_keys(valid_lens, scores.shape[-1])


@answer("masked_softmax")
def softmax_over_queries_and_keys(scores, valid_lens=None):
    """All weights of a sequence add up to 1; those of each query should."""
    if valid_lens is not None:
        scores = scores.masked_fill(~seen_keys(valid_lens, scores.shape[-1]), torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores.flatten(1), -1).view_as(scores)
    return weights if valid_lens is None else weights * seen_keys(valid_lens, scores.shape[-1])


@answer("masked_softmax")
def only_one_length_per_sequence(scores, valid_lens=None):
    """valid_lens of shape (n, q) is not accepted; there each query has its own length."""
    return weights_of(scores, None if valid_lens is None else valid_lens.view(len(scores)))


@answer("masked_softmax")
def only_first_column_of_lengths(scores, valid_lens=None):
    """Of valid_lens of shape (n, q) only the first column is used; each query has its own length."""
    return weights_of(scores, None if valid_lens is None else valid_lens.reshape(len(scores), -1)[:, 0])


@answer("masked_softmax")
def only_lengths_per_query(scores, valid_lens=None):
    """valid_lens of shape (n,) is not accepted; there all queries of a sequence share one length."""
    return weights_of(scores, None if valid_lens is None else valid_lens.view(len(scores), scores.shape[1]))


@answer("masked_softmax")
def lengths_of_shape_n_laid_along_queries(scores, valid_lens=None):
    """valid_lens of shape (n,) is laid along the queries; it has one length for each sequence."""
    if valid_lens is not None and valid_lens.ndim == 1:
        valid_lens = valid_lens[None].expand(len(scores), scores.shape[1])
    return weights_of(scores, valid_lens)


@answer("masked_softmax")
def first_length_taken_for_all(scores, valid_lens=None):
    """The first sequence's valid length is used for the whole batch; each sequence has its own."""
    return weights_of(scores, None if valid_lens is None else valid_lens[:1].expand_as(valid_lens))


@answer("masked_softmax")
def longest_length_taken_for_all(scores, valid_lens=None):
    """The keys are cut to the longest valid length of the batch; each sequence, or query, has its own."""
    return weights_of(
        scores, None if valid_lens is None else torch.full_like(valid_lens, int(valid_lens.max()))
    )


@answer("masked_softmax")
def weights_of_seen_keys_only(scores, valid_lens=None):
    """Keys past the longest valid length are cut off; the result keeps the shape (n, q, k), with zeros there."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    return weights_of(scores[..., : int(valid_lens.max())], valid_lens)


@answer("masked_softmax")
def no_shift_by_the_maximum(scores, valid_lens=None):
    """exp overflows for large scores; subtract the row's maximum first, or use torch.softmax."""
    powers = torch.exp(scores)
    if valid_lens is not None:
        powers = powers * seen_keys(valid_lens, scores.shape[-1])
    total = powers.sum(-1, keepdim=True)
    return powers / torch.where(total == 0, 1, total)


@answer("masked_softmax")
def epsilon_in_the_sum(scores, valid_lens=None):
    """A small number is added to the sum against 0 / 0, so that no row adds up to 1; treat empty rows on their own."""
    seen = torch.ones_like(scores) if valid_lens is None else seen_keys(valid_lens, scores.shape[-1])
    powers = torch.exp(scores - scores.amax(-1, keepdim=True)) * seen
    return powers / (powers.sum(-1, keepdim=True) + 1e-6)


@answer("masked_softmax")
def not_divided_by_the_sum(scores, valid_lens=None):
    """The exponentials are not divided by their sum; the weights of a row add up to 1."""
    seen = torch.ones_like(scores) if valid_lens is None else seen_keys(valid_lens, scores.shape[-1])
    return torch.exp(scores - scores.amax(-1, keepdim=True)) * seen


@answer("masked_softmax")
def logarithms(scores, valid_lens=None):
    """The result holds logarithms of the weights; return the weights."""
    return torch.log(weights_of(scores, valid_lens))


@answer("masked_softmax")
def changed_in_place(scores, valid_lens=None):
    """Hidden scores are overwritten in the caller's own tensor; leave the arguments as they are."""
    if valid_lens is not None:
        seen = seen_keys(valid_lens, scores.shape[-1]).expand(scores.shape)
        scores.data[~seen] = torch.finfo(scores.dtype).min
    return weights_of(scores, valid_lens)


@answer("masked_softmax")
def weights_always_float32(scores, valid_lens=None):
    """The weights are float32 whatever the dtype of the scores."""
    return weights_of(scores.float(), valid_lens)


@answer("masked_softmax")
def weights_always_float64(scores, valid_lens=None):
    """The weights are float64 whatever the dtype of the scores."""
    return weights_of(scores.double(), valid_lens)


@answer("masked_softmax")
def no_gradient(scores, valid_lens=None):
    """The weights are cut from the graph (detach, .data or no_grad), so no gradient reaches the scores."""
    return weights_of(scores.detach(), valid_lens)


@answer("masked_softmax")
def positions_on_the_cpu(scores, valid_lens=None):
    """The mask is made on the CPU; make it on the device of the scores."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    hidden = torch.arange(scores.shape[-1]) >= valid_lens.reshape(len(valid_lens), -1, 1)
    return torch.softmax(scores.masked_fill(hidden, -1e9), -1).masked_fill(hidden, 0)


@answer("masked_softmax")
def over_the_queries_of_seen_keys(scores, valid_lens=None):
    """The softmax runs over the queries; it runs over the keys, the last axis."""
    if valid_lens is None:
        return torch.softmax(scores, 1)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores.masked_fill(~seen, torch.finfo(scores.dtype).min), 1).masked_fill(~seen, 0)


@answer("masked_softmax")
def over_the_batch_of_seen_keys(scores, valid_lens=None):
    """The softmax runs over the batch; it runs over the keys, the last axis."""
    if valid_lens is None:
        return torch.softmax(scores, 0)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores.masked_fill(~seen, torch.finfo(scores.dtype).min), 0).masked_fill(~seen, 0)


@answer("masked_softmax")
def logarithms_of_what_is_seen(scores, valid_lens=None):
    """The result holds logarithms of the weights; return the weights."""
    if valid_lens is None:
        return torch.log_softmax(scores, -1)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.log_softmax(scores.masked_fill(~seen, torch.finfo(scores.dtype).min), -1).masked_fill(
        ~seen, 0
    )


@answer("masked_softmax")
def hidden_scores_zero_and_weights_too(scores, valid_lens=None):
    """Hidden scores become 0, which still takes weight from the others; they should be as good as minus infinity."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores * seen, -1) * seen


@answer("masked_softmax")
def hidden_scores_minus_1000(scores, valid_lens=None):
    """Hidden scores become -1e3, and true scores may be lower than that; take the lowest number there is."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    seen = seen_keys(valid_lens, scores.shape[-1])
    return torch.softmax(scores.masked_fill(~seen, -1e3), -1) * seen


@answer("masked_softmax")
def everything_seen_at_length_0(scores, valid_lens=None):
    """Valid length 0 is taken for no limit; it means that no key may be seen."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    return weights_of(scores, torch.where(valid_lens == 0, scores.shape[-1], valid_lens))


@answer("masked_softmax")
def first_key_seen_at_length_0(scores, valid_lens=None):
    """Valid length 0 is raised to 1, so that the first key is seen; no key may be seen there."""
    return weights_of(scores, None if valid_lens is None else valid_lens.clamp(min=1))


@answer("masked_softmax")
def lengths_tiled(scores, valid_lens=None):
    """valid_lens of shape (n,) is repeated in the wrong order, so lengths reach other sequences' queries."""
    n, q, _ = scores.shape
    if valid_lens is not None and valid_lens.ndim == 1:
        valid_lens = valid_lens.repeat(q).reshape(n, q)
    return weights_of(scores, valid_lens)


@answer("masked_softmax")
def first_length_taken_for_all_sequences(scores, valid_lens=None):
    """The first sequence's valid length is used for the whole batch; each sequence has its own."""
    if valid_lens is not None and valid_lens.ndim == 1:
        valid_lens = valid_lens[:1].expand_as(valid_lens)
    return weights_of(scores, valid_lens)


@answer("masked_softmax")
def longest_length_of_each_sequence(scores, valid_lens=None):
    """Of valid_lens of shape (n, q) only the largest of each row is used; each query has its own length."""
    return weights_of(scores, None if valid_lens is None else valid_lens.reshape(len(scores), -1).amax(1))


@answer("masked_softmax")
def hidden_scores_minus_10(scores, valid_lens=None):
    """Hidden scores become -10, which true scores can be as low as; take the lowest number there is."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    return torch.softmax(scores.masked_fill(~seen_keys(valid_lens, scores.shape[-1]), -10.0), -1)


@answer("masked_softmax")
def hidden_after_softmax_and_an_epsilon(scores, valid_lens=None):
    """Weights are zeroed after the softmax and divided by their sum and a small number; hide the scores before it."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    weights = torch.softmax(scores, -1) * seen_keys(valid_lens, scores.shape[-1])
    return weights / (weights.sum(-1, keepdim=True) + 1e-6)


@answer("masked_softmax")
def hidden_scores_minus_100_and_nothing_more(scores, valid_lens=None):
    """Hidden scores become -100 and keep what weight that gives; take the lowest number, and make their weights 0."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    return torch.softmax(scores.masked_fill(~seen_keys(valid_lens, scores.shape[-1]), -100.0), -1)


@answer("masked_softmax")
def lengths_per_query_transposed(scores, valid_lens=None):
    """valid_lens of shape (n, q) is read column by column; its row i belongs to sequence i."""
    if valid_lens is not None and valid_lens.ndim == 2:
        valid_lens = valid_lens.mT.reshape(valid_lens.shape)
    return weights_of(scores, valid_lens)


@answer("masked_softmax")
def hidden_after_softmax_and_a_tiny_epsilon(scores, valid_lens=None):
    """Weights are zeroed after the softmax and divided by their sum and a small number; hide the scores before it."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    weights = torch.softmax(scores, -1) * seen_keys(valid_lens, scores.shape[-1])
    return weights / (weights.sum(-1, keepdim=True) + 1e-9)


@answer("masked_softmax")
def queries_hidden_as_well(scores, valid_lens=None):
    """Queries at and past valid_lens get weights 0, too; valid_lens counts keys, and every query gets weights."""
    weights = weights_of(scores, valid_lens)
    if valid_lens is None or valid_lens.ndim == 2:
        return weights
    return weights * (torch.arange(scores.shape[1], device=scores.device) < valid_lens[:, None])[..., None]


@answer("masked_softmax")
def shortest_length_of_each_sequence(scores, valid_lens=None):
    """Of valid_lens of shape (n, q) only the smallest of each row is used; each query has its own length."""
    return weights_of(scores, None if valid_lens is None else valid_lens.reshape(len(scores), -1).amin(1))


@answer("masked_softmax")
def divided_by_the_largest_weight(scores, valid_lens=None):
    """The weights are divided by the largest of their row; they are divided by their sum, and add up to 1."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    weights = weights_of(scores, valid_lens)
    return weights / weights.amax(-1, keepdim=True).clamp(min=1e-30)


@answer("masked_softmax")
def all_weights_zero_at_one_length_0(scores, valid_lens=None):
    """One valid length of 0 makes all weights of the batch 0; only the rows with that length are 0."""
    weights = weights_of(scores, valid_lens)
    return weights if valid_lens is None else weights * (valid_lens > 0).all()


# dot_product_attention


@answer("dot_product_attention")
def _no_scaling(queries, keys, values, valid_lens=None):
    """The scores are not scaled; divide them by the square root of the query size."""
    weights = weights_of(queries @ keys.mT, valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def _scaled_without_root(queries, keys, values, valid_lens=None):
    """The scores are divided by the query size; divide by its square root."""
    weights = weights_of(queries @ keys.mT / queries.shape[-1], valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def _multiplied_by_root(queries, keys, values, valid_lens=None):
    """The scores are multiplied by the root of the query size; divide by it."""
    weights = weights_of(queries @ keys.mT * math.sqrt(queries.shape[-1]), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def _scaled_by_width_of_values(queries, keys, values, valid_lens=None):
    """The scores are divided by the root of the values' size; take the size of the queries."""
    weights = weights_of(queries @ keys.mT / math.sqrt(values.shape[-1]), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def _scaled_by_number_of_keys(queries, keys, values, valid_lens=None):
    """The scores are divided by the root of the number of keys; take the size of the queries."""
    weights = weights_of(queries @ keys.mT / math.sqrt(keys.shape[1]), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def scaled_by_number_of_queries(queries, keys, values, valid_lens=None):
    """The scores are divided by the root of the number of queries; take their size, the last axis."""
    weights = weights_of(queries @ keys.mT / math.sqrt(queries.shape[1]), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def _weights_scaled_after_softmax(queries, keys, values, valid_lens=None):
    """The weights are scaled after the softmax, so they do not add up to 1; scale the scores before it."""
    weights = weights_of(queries @ keys.mT, valid_lens) / math.sqrt(queries.shape[-1])
    return weights @ values, weights


@answer("dot_product_attention")
def cosines(queries, keys, values, valid_lens=None):
    """Queries and keys are brought to length 1 first; the scores are their dot products as they are."""
    units = [x / x.norm(dim=-1, keepdim=True) for x in (queries, keys)]
    weights = weights_of(dots(*units), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def _softmax_over_queries(queries, keys, values, valid_lens=None):
    """The softmax runs over the queries; it runs over the keys, the last axis of the scores."""
    weights = torch.softmax(dots(queries, keys), 1)
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, keys.shape[1])
    return weights @ values, weights


@answer("dot_product_attention")
def _no_softmax(queries, keys, values, valid_lens=None):
    """The scores are used as weights as they are; take their softmax over the keys."""
    weights = dots(queries, keys)
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, keys.shape[1])
    return weights @ values, weights


@answer("dot_product_attention")
def _valid_lens_ignored(queries, keys, values, valid_lens=None):
    """valid_lens is not used; keys at and past it get weight 0."""
    weights = weights_of(dots(queries, keys), None)
    return weights @ values, weights


@answer("dot_product_attention")
def _mask_after_softmax(queries, keys, values, valid_lens=None):
    """Weights are zeroed after the softmax, so the rest do not add up to 1; hide the scores before it."""
    weights = torch.softmax(dots(queries, keys), -1)
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, keys.shape[1])
    return weights @ values, weights


@answer("dot_product_attention")
def _keys_zeroed_instead_of_hidden(queries, keys, values, valid_lens=None):
    """Hidden keys and values are set to 0, so the keys still earn weight; give them weight 0."""
    if valid_lens is None or valid_lens.ndim == 2:
        weights = weights_of(dots(queries, keys), valid_lens)
        return weights @ values, weights
    seen = seen_keys(valid_lens, keys.shape[1]).mT
    weights = weights_of(dots(queries, keys * seen), None)
    return weights @ (values * seen), weights


@answer("dot_product_attention")
def output_masked_only(queries, keys, values, valid_lens=None):
    """The output leaves hidden keys out, but the weights returned are those without a mask; return the masked ones."""
    scores = dots(queries, keys)
    return weights_of(scores, valid_lens) @ values, weights_of(scores, None)


@answer("dot_product_attention")
def _uniform_where_nothing_is_visible(queries, keys, values, valid_lens=None):
    """A query with valid length 0 gets equal weights; all its weights should be 0."""
    scores = dots(queries, keys)
    if valid_lens is not None:
        scores = scores.masked_fill(~seen_keys(valid_lens, keys.shape[1]), -1e9)
    weights = torch.softmax(scores, -1)
    return weights @ values, weights


@answer("dot_product_attention")
def _nan_where_nothing_is_visible(queries, keys, values, valid_lens=None):
    """A row of minus infinity alone gives NaN; with valid length 0 all weights should be 0."""
    scores = dots(queries, keys)
    if valid_lens is not None:
        scores = scores.masked_fill(~seen_keys(valid_lens, keys.shape[1]), -torch.inf)
    weights = torch.softmax(scores, -1)
    return weights @ values, weights


@answer("dot_product_attention")
def keys_averaged(queries, keys, values, valid_lens=None):
    """The weights average the keys; they average the values."""
    weights = weights_of(dots(queries, keys), valid_lens)
    return weights @ keys, weights


@answer("dot_product_attention")
def output_alone(queries, keys, values, valid_lens=None):
    """Only the output is returned; return (output, weights)."""
    return weights_of(dots(queries, keys), valid_lens) @ values


@answer("dot_product_attention")
def weights_first(queries, keys, values, valid_lens=None):
    """The weights are returned first; the order is (output, weights)."""
    weights = weights_of(dots(queries, keys), valid_lens)
    return weights, weights @ values


@answer("dot_product_attention")
def scores_returned(queries, keys, values, valid_lens=None):
    """The scores are returned in place of the weights; return what the softmax makes of them."""
    scores = dots(queries, keys)
    return weights_of(scores, valid_lens) @ values, scores


@answer("dot_product_attention")
def weights_transposed(queries, keys, values, valid_lens=None):
    """The weights are returned as (n, k, q); their shape is (n, q, k)."""
    weights = weights_of(dots(queries, keys), valid_lens)
    return weights @ values, weights.mT


@answer("dot_product_attention")
def first_sequences_keys_for_all(queries, keys, values, valid_lens=None):
    """All sequences of the batch attend to the keys of the first one; each attends to its own."""
    weights = weights_of(dots(queries, keys[:1]), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def _lengths_per_query_not_accepted(queries, keys, values, valid_lens=None):
    """valid_lens of shape (n, q) is not accepted; there each query has its own length."""
    lens = None if valid_lens is None else valid_lens.view(len(queries))
    weights = weights_of(dots(queries, keys), lens)
    return weights @ values, weights


@answer("dot_product_attention")
def squeezed(queries, keys, values, valid_lens=None):
    """Axes of size 1 are squeezed away; the results keep the shapes (n, q, v) and (n, q, k)."""
    weights = weights_of(dots(queries, keys), valid_lens)
    return (weights @ values).squeeze(), weights.squeeze()


@answer("dot_product_attention")
def _always_float32(queries, keys, values, valid_lens=None):
    """The results are float32 whatever the dtype of the inputs."""
    weights = weights_of(dots(queries, keys).float(), valid_lens)
    return weights @ values.float(), weights


@answer("dot_product_attention")
def _always_float64(queries, keys, values, valid_lens=None):
    """The results are float64 whatever the dtype of the inputs."""
    weights = weights_of(dots(queries, keys).double(), valid_lens)
    return weights @ values.double(), weights


@answer("dot_product_attention")
def _weights_cut_from_the_graph(queries, keys, values, valid_lens=None):
    """The weights are returned without their graph (detach, .data or no_grad); both results carry gradients."""
    weights = weights_of(dots(queries, keys), valid_lens)
    return weights @ values, weights.detach()


@answer("dot_product_attention")
def no_gradient_to_queries_and_keys(queries, keys, values, valid_lens=None):
    """The weights are computed without a graph, so that queries and keys get no gradient."""
    with torch.no_grad():
        weights = weights_of(dots(queries, keys), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def queries_scaled_in_place(queries, keys, values, valid_lens=None):
    """The scale is written into the caller's own queries; leave the inputs as they are."""
    queries.data /= math.sqrt(queries.shape[-1])
    weights = weights_of(queries @ keys.mT, valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def _mask_on_the_cpu(queries, keys, values, valid_lens=None):
    """The mask is made on the CPU; make it on the device of the inputs."""
    scores = dots(queries, keys)
    if valid_lens is None:
        weights = torch.softmax(scores, -1)
    else:
        hidden = torch.arange(keys.shape[1]) >= valid_lens.reshape(len(keys), -1, 1)
        weights = torch.softmax(scores.masked_fill(hidden, -1e9), -1).masked_fill(hidden, 0)
    return weights @ values, weights


@answer("dot_product_attention")
def unmasked_softmax_over_queries(queries, keys, values, valid_lens=None):
    """The softmax runs over the queries; it runs over the keys, the last axis of the scores."""
    weights = torch.softmax(dots(queries, keys), 1)
    return weights @ values, weights


@answer("dot_product_attention")
def dots_one_key_too_many(queries, keys, values, valid_lens=None):
    """The key at valid_lens is still seen; keys count from 0, so the last one seen is valid_lens - 1."""
    weights = weights_of(dots(queries, keys), None if valid_lens is None else valid_lens + 1)
    return weights @ values, weights


@answer("dot_product_attention")
def dots_one_key_too_few(queries, keys, values, valid_lens=None):
    """The last valid key is hidden as well; the first one hidden is the one at valid_lens."""
    weights = weights_of(dots(queries, keys), None if valid_lens is None else valid_lens - 1)
    return weights @ values, weights


@answer("dot_product_attention")
def dots_mask_upside_down(queries, keys, values, valid_lens=None):
    """The mask is upside down: keys before valid_lens are hidden, and those at and past it are seen."""
    scores = dots(queries, keys)
    if valid_lens is None:
        weights = torch.softmax(scores, -1)
    else:
        seen = ~seen_keys(valid_lens, keys.shape[1])
        lowest = torch.finfo(scores.dtype).min
        weights = torch.softmax(scores.masked_fill(~seen, lowest), -1).masked_fill(~seen, 0)
    return weights @ values, weights


@answer("dot_product_attention")
def dots_first_querys_length_for_all(queries, keys, values, valid_lens=None):
    """Of valid_lens of shape (n, q) only the first column is used; each query has its own length."""
    lens = None if valid_lens is None else valid_lens.reshape(len(queries), -1)[:, 0]
    weights = weights_of(dots(queries, keys), lens)
    return weights @ values, weights


@answer("dot_product_attention")
def hidden_dots_are_zero(queries, keys, values, valid_lens=None):
    """Hidden scores become 0 (or a tiny number), which still earns a weight; they should be minus infinity."""
    scores = dots(queries, keys)
    if valid_lens is not None:
        scores = scores * seen_keys(valid_lens, keys.shape[1])
    weights = torch.softmax(scores, -1)
    return weights @ values, weights


@answer("dot_product_attention")
def keys_reshaped_instead_of_transposed(queries, keys, values, valid_lens=None):
    """Keys are brought to (n, d, k) by a reshape, which mixes up the keys; transpose the last two axes."""
    turned = keys.reshape(keys.shape[0], keys.shape[2], keys.shape[1])
    weights = weights_of(queries @ turned / math.sqrt(queries.shape[-1]), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def output_scaled(queries, keys, values, valid_lens=None):
    """The output is divided by the root of the query size; divide the scores by it, before the softmax."""
    weights = weights_of(queries @ keys.mT, valid_lens)
    return weights @ values / math.sqrt(queries.shape[-1]), weights


@answer("dot_product_attention")
def dots_scaled_by_the_fourth_root(queries, keys, values, valid_lens=None):
    """The root of the query size is taken twice; divide by the root itself."""
    weights = weights_of(queries @ keys.mT / queries.shape[-1] ** 0.25, valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def scaled_by_number_of_sequences(queries, keys, values, valid_lens=None):
    """The scores are divided by the root of the batch's size; take the queries' size, the last axis."""
    weights = weights_of(queries @ keys.mT / math.sqrt(len(queries)), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def scaled_by_their_own_spread(queries, keys, values, valid_lens=None):
    """The scores are divided by their own standard deviation; divide by the square root of the query size."""
    scores = queries @ keys.mT
    weights = weights_of(scores / scores.std(), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def scores_from_distances(queries, keys, values, valid_lens=None):
    """The scores are negative squared distances of queries and keys; they are dot products."""
    gaps = queries[:, :, None] - keys[:, None]
    weights = weights_of(-(gaps**2).sum(-1) / math.sqrt(queries.shape[-1]), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def output_divided_by_number_of_keys(queries, keys, values, valid_lens=None):
    """The output is divided by the number of keys; the weights add up to 1, so nothing more is to be averaged."""
    weights = weights_of(dots(queries, keys), valid_lens)
    return weights @ values / keys.shape[1], weights


@answer("dot_product_attention")
def scores_brought_to_norm_1(queries, keys, values, valid_lens=None):
    """The scores of each query are brought to norm 1; only divide them by the root of the query size."""
    scores = dots(queries, keys)
    weights = weights_of(scores / scores.norm(dim=-1, keepdim=True), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def dots_with_a_minus(queries, keys, values, valid_lens=None):
    """The scores have the wrong sign, so keys that match least weigh most; take the dot products as they are."""
    weights = weights_of(-dots(queries, keys), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def scaled_by_number_of_scores(queries, keys, values, valid_lens=None):
    """The scores are divided by the root of how many a sequence has; divide by the root of the query size."""
    scores = queries @ keys.mT
    weights = weights_of(scores / math.sqrt(scores[0].numel()), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def scaled_by_the_square(queries, keys, values, valid_lens=None):
    """The scores are divided by the square of the query size; divide by its square root."""
    weights = weights_of(queries @ keys.mT / queries.shape[-1] ** 2, valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def tanh_of_the_dots(queries, keys, values, valid_lens=None):
    """The scaled dot products go through tanh before the softmax; the softmax takes them as they are."""
    weights = weights_of(torch.tanh(dots(queries, keys)), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def dots_halved(queries, keys, values, valid_lens=None):
    """The scores are divided by 2 whatever the query size is; divide by the square root of the query size."""
    weights = weights_of(queries @ keys.mT / 2, valid_lens)
    return weights @ values, weights


# additive_attention


@answer("additive_attention")
def tanh_left_out(queries, keys, values, params, valid_lens=None):
    """There is no tanh, so the query's part is the same for all keys and cancels out; the hidden layer needs it."""
    scores = ((queries @ params["W_q"])[:, :, None] + (keys @ params["W_k"])[:, None]) @ params["w_v"]
    weights = weights_of(scores, valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def sigmoid_for_tanh(queries, keys, values, params, valid_lens=None):
    """The hidden units are sigmoids; they are tanh."""
    hidden = torch.sigmoid((queries @ params["W_q"])[:, :, None] + (keys @ params["W_k"])[:, None])
    weights = weights_of(hidden @ params["w_v"], valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def relu_for_tanh(queries, keys, values, params, valid_lens=None):
    """The hidden units are ReLUs; they are tanh."""
    hidden = torch.relu((queries @ params["W_q"])[:, :, None] + (keys @ params["W_k"])[:, None])
    weights = weights_of(hidden @ params["w_v"], valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def tanh_after_w_v(queries, keys, values, params, valid_lens=None):
    """The tanh is taken of the score; take it of the hidden units, before w_v."""
    scores = torch.tanh(
        ((queries @ params["W_q"])[:, :, None] + (keys @ params["W_k"])[:, None]) @ params["w_v"]
    )
    weights = weights_of(scores, valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def tanh_of_each_part(queries, keys, values, params, valid_lens=None):
    """The queries have no part in the weights: they are left out, or cancel out; take the tanh of the sum."""
    hidden = torch.tanh(queries @ params["W_q"])[:, :, None] + torch.tanh(keys @ params["W_k"])[:, None]
    weights = weights_of(hidden @ params["w_v"], valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def multiplied_instead_of_added(queries, keys, values, params, valid_lens=None):
    """Projected queries and keys are multiplied; they are added."""
    hidden = torch.tanh((queries @ params["W_q"])[:, :, None] * (keys @ params["W_k"])[:, None])
    weights = weights_of(hidden @ params["w_v"], valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def subtracted_instead_of_added(queries, keys, values, params, valid_lens=None):
    """Projected keys are subtracted from the queries; they are added."""
    hidden = torch.tanh((queries @ params["W_q"])[:, :, None] - (keys @ params["W_k"])[:, None])
    weights = weights_of(hidden @ params["w_v"], valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def dot_product_of_projections(queries, keys, values, params, valid_lens=None):
    """The scores are dot products of the projections; add these, take tanh, and multiply by w_v."""
    weights = weights_of((queries @ params["W_q"]) @ (keys @ params["W_k"]).mT, valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def w_v_left_out(queries, keys, values, params, valid_lens=None):
    """The hidden units are added up without w_v; each one has its weight there."""
    plain = {**params, "w_v": torch.ones_like(params["w_v"])}
    weights = weights_of(judged(queries, keys, plain), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def scaled_like_dot_products(queries, keys, values, params, valid_lens=None):
    """The scores are divided by a root, as dot products are; additive scores are not scaled."""
    weights = weights_of(judged(queries, keys, params) / math.sqrt(len(params["w_v"])), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def scaled_by_root_of_query_size(queries, keys, values, params, valid_lens=None):
    """The scores are divided by the root of the query size, as dot products are; additive scores are not scaled."""
    weights = weights_of(judged(queries, keys, params) / math.sqrt(queries.shape[-1]), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def mean_over_hidden_units(queries, keys, values, params, valid_lens=None):
    """The score is a mean over the hidden units; it is their sum, weighted with w_v."""
    weights = weights_of(judged(queries, keys, params) / len(params["w_v"]), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def matrices_swapped(queries, keys, values, params, valid_lens=None):
    """W_q and W_k are swapped: W_q projects the queries and W_k the keys."""
    swapped = {**params, "W_q": params["W_k"], "W_k": params["W_q"]}
    weights = weights_of(judged(queries, keys, swapped), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def over_queries(queries, keys, values, params, valid_lens=None):
    """The softmax runs over the queries; it runs over the keys, the last axis of the scores."""
    weights = torch.softmax(judged(queries, keys, params), 1)
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, keys.shape[1])
    return weights @ values, weights


@answer("additive_attention")
def without_softmax(queries, keys, values, params, valid_lens=None):
    """The scores are used as weights as they are; take their softmax over the keys."""
    weights = judged(queries, keys, params)
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, keys.shape[1])
    return weights @ values, weights


@answer("additive_attention")
def all_keys_seen(queries, keys, values, params, valid_lens=None):
    """valid_lens is not used; keys at and past it get weight 0."""
    weights = weights_of(judged(queries, keys, params), None)
    return weights @ values, weights


@answer("additive_attention")
def masked_after_softmax(queries, keys, values, params, valid_lens=None):
    """Weights are zeroed after the softmax, so the rest do not add up to 1; hide the scores before it."""
    weights = torch.softmax(judged(queries, keys, params), -1)
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, keys.shape[1])
    return weights @ values, weights


@answer("additive_attention")
def masked_before_tanh(queries, keys, values, params, valid_lens=None):
    """The hidden units are masked, where tanh makes -1 of a large negative number; mask the scores."""
    hidden = (queries @ params["W_q"])[:, :, None] + (keys @ params["W_k"])[:, None]
    if valid_lens is not None:
        hidden = hidden.masked_fill(~seen_keys(valid_lens, keys.shape[1])[..., None], -1e9)
    weights = torch.softmax(torch.tanh(hidden) @ params["w_v"], -1)
    return weights @ values, weights


@answer("additive_attention")
def equal_weights_where_nothing_is_visible(queries, keys, values, params, valid_lens=None):
    """A query with valid length 0 gets equal weights; all its weights should be 0."""
    scores = judged(queries, keys, params)
    if valid_lens is not None:
        scores = scores.masked_fill(~seen_keys(valid_lens, keys.shape[1]), -1e9)
    weights = torch.softmax(scores, -1)
    return weights @ values, weights


@answer("additive_attention")
def nan_for_empty_rows(queries, keys, values, params, valid_lens=None):
    """A row of minus infinity alone gives NaN; with valid length 0 all weights should be 0."""
    scores = judged(queries, keys, params)
    if valid_lens is not None:
        scores = scores.masked_fill(~seen_keys(valid_lens, keys.shape[1]), -torch.inf)
    weights = torch.softmax(scores, -1)
    return weights @ values, weights


@answer("additive_attention")
def _output_alone(queries, keys, values, params, valid_lens=None):
    """Only the output is returned; return (output, weights)."""
    return weights_of(judged(queries, keys, params), valid_lens) @ values


@answer("additive_attention")
def _weights_first(queries, keys, values, params, valid_lens=None):
    """The weights are returned first; the order is (output, weights)."""
    weights = weights_of(judged(queries, keys, params), valid_lens)
    return weights, weights @ values


@answer("additive_attention")
def as_many_hidden_units_as_keys(queries, keys, values, params, valid_lens=None):
    """The sum runs over the keys and not over the hidden units; w_v weighs the last axis, which has size h."""
    hidden = torch.tanh((queries @ params["W_q"])[:, :, None] + (keys @ params["W_k"])[:, None])
    weights = weights_of((hidden.mT @ params["w_v"][:, None])[..., 0], valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def keys_averaged_instead_of_values(queries, keys, values, params, valid_lens=None):
    """The weights average the keys; they average the values."""
    weights = weights_of(judged(queries, keys, params), valid_lens)
    return weights @ keys, weights


@answer("additive_attention")
def float32_results(queries, keys, values, params, valid_lens=None):
    """The results are float32 whatever the dtype of the inputs."""
    weights = weights_of(judged(queries, keys, params).float(), valid_lens)
    return weights @ values.float(), weights


@answer("additive_attention")
def float64_results(queries, keys, values, params, valid_lens=None):
    """The results are float64 whatever the dtype of the inputs."""
    weights = weights_of(judged(queries, keys, params).double(), valid_lens)
    return weights @ values.double(), weights


@answer("additive_attention")
def weights_without_graph(queries, keys, values, params, valid_lens=None):
    """The weights are computed without a graph, so queries, keys and params get no gradient."""
    with torch.no_grad():
        weights = weights_of(judged(queries, keys, params), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def params_made_anew(queries, keys, values, params, valid_lens=None):
    """The parameters are copied with torch.tensor or .data, so that no gradient reaches them."""
    weights = weights_of(judged(queries, keys, {name: w.data for name, w in params.items()}), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def padding_overwritten(queries, keys, values, params, valid_lens=None):
    """Padding is overwritten in the caller's own values; leave the inputs as they are."""
    weights = weights_of(judged(queries, keys, params), valid_lens)
    if valid_lens is not None and valid_lens.ndim == 1:
        values.data *= seen_keys(valid_lens, keys.shape[1]).mT
    return weights @ values, weights


@answer("additive_attention")
def cpu_mask(queries, keys, values, params, valid_lens=None):
    """The mask is made on the CPU; make it on the device of the inputs."""
    scores = judged(queries, keys, params)
    if valid_lens is None:
        weights = torch.softmax(scores, -1)
    else:
        hidden = torch.arange(keys.shape[1]) >= valid_lens.reshape(len(keys), -1, 1)
        weights = torch.softmax(scores.masked_fill(hidden, -1e9), -1).masked_fill(hidden, 0)
    return weights @ values, weights


@answer("additive_attention")
def over_queries_without_a_mask(queries, keys, values, params, valid_lens=None):
    """The softmax runs over the queries; it runs over the keys, the last axis of the scores."""
    weights = torch.softmax(judged(queries, keys, params), 1)
    return weights @ values, weights


@answer("additive_attention")
def one_key_more(queries, keys, values, params, valid_lens=None):
    """The key at valid_lens is still seen; keys count from 0, so the last one seen is valid_lens - 1."""
    weights = weights_of(judged(queries, keys, params), None if valid_lens is None else valid_lens + 1)
    return weights @ values, weights


@answer("additive_attention")
def one_key_less(queries, keys, values, params, valid_lens=None):
    """The last valid key is hidden as well; the first one hidden is the one at valid_lens."""
    weights = weights_of(judged(queries, keys, params), None if valid_lens is None else valid_lens - 1)
    return weights @ values, weights


@answer("additive_attention")
def one_length_for_all_queries(queries, keys, values, params, valid_lens=None):
    """Of valid_lens of shape (n, q) only the first column is used; each query has its own length."""
    lens = None if valid_lens is None else valid_lens.reshape(len(queries), -1)[:, 0]
    weights = weights_of(judged(queries, keys, params), lens)
    return weights @ values, weights


@answer("additive_attention")
def hidden_scores_0(queries, keys, values, params, valid_lens=None):
    """Hidden scores become 0 (or a tiny number), which still earns a weight; they should be minus infinity."""
    scores = judged(queries, keys, params)
    if valid_lens is not None:
        scores = scores * seen_keys(valid_lens, keys.shape[1])
    weights = torch.softmax(scores, -1)
    return weights @ values, weights


@answer("additive_attention")
def tanh_of_the_score_too(queries, keys, values, params, valid_lens=None):
    """The score goes through tanh once more; only the hidden units do."""
    weights = weights_of(torch.tanh(judged(queries, keys, params)), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def tanh_of_the_projections_too(queries, keys, values, params, valid_lens=None):
    """The projections go through tanh before they are added, and their sum once more; take the tanh of the sum alone."""
    asked, offered = torch.tanh(queries @ params["W_q"]), torch.tanh(keys @ params["W_k"])
    scores = torch.tanh(asked[:, :, None] + offered[:, None]) @ params["w_v"]
    weights = weights_of(scores, valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def scores_in_place_of_weights(queries, keys, values, params, valid_lens=None):
    """The scores are returned in place of the weights; return what the softmax makes of them."""
    scores = judged(queries, keys, params)
    return weights_of(scores, valid_lens) @ values, scores


@answer("additive_attention")
def not_normalised(queries, keys, values, params, valid_lens=None):
    """The exponentials of the scores are not divided by their sum; the weights of a query add up to 1."""
    weights = torch.exp(judged(queries, keys, params))
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, keys.shape[1])
    return weights @ values, weights


@answer("additive_attention")
def projected_keys_averaged(queries, keys, values, params, valid_lens=None):
    """The weights average the projected keys; they average the values."""
    weights = weights_of(judged(queries, keys, params), valid_lens)
    return weights @ (keys @ params["W_k"]), weights


@answer("additive_attention")
def keys_left_out_of_the_scores(queries, keys, values, params, valid_lens=None):
    """The keys have no part in the scores, so that all keys weigh the same; add the projected keys."""
    scores = torch.tanh(queries @ params["W_q"]) @ params["w_v"]
    weights = weights_of(scores[..., None] + 0 * judged(queries, keys, params), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def gelu_for_tanh(queries, keys, values, params, valid_lens=None):
    """The hidden units are GELUs; they are tanh."""
    summed = (queries @ params["W_q"])[:, :, None] + (keys @ params["W_k"])[:, None]
    weights = weights_of(torch.nn.functional.gelu(summed) @ params["w_v"], valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def tanh_of_the_mean(queries, keys, values, params, valid_lens=None):
    """The tanh is taken of the mean of the two projections; take it of their sum."""
    halves = {**params, "W_q": params["W_q"] / 2, "W_k": params["W_k"] / 2}
    weights = weights_of(judged(queries, keys, halves), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def scaled_by_root_of_key_size(queries, keys, values, params, valid_lens=None):
    """The scores are divided by the root of the key size, as dot products are; additive scores are not scaled."""
    weights = weights_of(judged(queries, keys, params) / math.sqrt(keys.shape[-1]), valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def softmax_for_tanh(queries, keys, values, params, valid_lens=None):
    """The hidden units go through a softmax; they go through tanh, and the softmax is for the scores."""
    hidden = torch.softmax((queries @ params["W_q"])[:, :, None] + (keys @ params["W_k"])[:, None], -1)
    weights = weights_of(hidden @ params["w_v"], valid_lens)
    return weights @ values, weights


# attention_context


def context_of(state, encoder_outputs, params, valid_lens):
    weights = weights_of(judged(state[:, None], encoder_outputs, params), valid_lens)
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def axis_of_the_query_kept(state, encoder_outputs, params, valid_lens=None):
    """The result has shape (n, 1, h); take the axis of the one query off again."""
    return context_of(state, encoder_outputs, params, valid_lens)[:, None]


@answer("attention_context")
def all_axes_of_size_1_squeezed(state, encoder_outputs, params, valid_lens=None):
    """All axes of size 1 are squeezed away, that of a batch of one too; take off the axis of the one query alone."""
    return context_of(state, encoder_outputs, params, valid_lens).squeeze()


@answer("attention_context")
def weights_returned(state, encoder_outputs, params, valid_lens=None):
    """The weights are returned; return what they make of the encoder's outputs."""
    return weights_of(judged(state[:, None], encoder_outputs, params), valid_lens)[:, 0]


@answer("attention_context")
def weights_returned_as_well(state, encoder_outputs, params, valid_lens=None):
    """Context and weights are returned; return the context alone."""
    weights = weights_of(judged(state[:, None], encoder_outputs, params), valid_lens)
    return (weights @ encoder_outputs)[:, 0], weights[:, 0]


@answer("attention_context")
def every_step_seen(state, encoder_outputs, params, valid_lens=None):
    """valid_lens is not used; steps at and past it get weight 0."""
    return context_of(state, encoder_outputs, params, None)


@answer("attention_context")
def padding_weighs_in_the_sum(state, encoder_outputs, params, valid_lens=None):
    """Weights are zeroed after the softmax, so the rest do not add up to 1; hide the scores before it."""
    weights = torch.softmax(judged(state[:, None], encoder_outputs, params), -1)
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, encoder_outputs.shape[1])
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def plain_mean(state, encoder_outputs, params, valid_lens=None):
    """The context is the plain mean of the valid outputs; they are weighted by how well they match the state."""
    flat = {**params, "w_v": torch.zeros_like(params["w_v"])}
    return context_of(state, encoder_outputs, flat, valid_lens)


@answer("attention_context")
def last_output(state, encoder_outputs, params, valid_lens=None):
    """The context is the last output of the encoder; it is a weighted sum of all that are valid."""
    if valid_lens is None:
        return encoder_outputs[:, -1]
    return encoder_outputs[torch.arange(len(state), device=state.device), valid_lens - 1]


@answer("attention_context")
def best_step_alone(state, encoder_outputs, params, valid_lens=None):
    """The context is the output with the best score; it is the weighted sum of all."""
    weights = weights_of(judged(state[:, None], encoder_outputs, params), valid_lens)[:, 0]
    return encoder_outputs[torch.arange(len(state), device=state.device), weights.argmax(1)]


@answer("attention_context")
def dot_products(state, encoder_outputs, params, valid_lens=None):
    """The scores are dot products; additive attention is asked for."""
    return (weights_of(dots(state[:, None], encoder_outputs), valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def roles_swapped(state, encoder_outputs, params, valid_lens=None):
    """The encoder's outputs are used as queries and the state as key; the state asks, the outputs answer."""
    scores = judged(encoder_outputs, state[:, None], params).mT
    return (weights_of(scores, valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def projected_outputs_summed(state, encoder_outputs, params, valid_lens=None):
    """The projected keys are summed up; the values are the encoder's outputs as they are."""
    weights = weights_of(judged(state[:, None], encoder_outputs, params), valid_lens)
    return (weights @ (encoder_outputs @ params["W_k"]))[:, 0]


@answer("attention_context")
def state_added(state, encoder_outputs, params, valid_lens=None):
    """The state is added to the context; return the weighted sum alone."""
    return state + context_of(state, encoder_outputs, params, valid_lens)


@answer("attention_context")
def state_joined(state, encoder_outputs, params, valid_lens=None):
    """The state is joined to the context; return the context alone, of shape (n, h)."""
    return torch.cat([context_of(state, encoder_outputs, params, valid_lens), state], dim=1)


@answer("attention_context")
def state_left_out_of_the_scores(state, encoder_outputs, params, valid_lens=None):
    """The state has no part in the scores; it is the query."""
    return context_of(torch.zeros_like(state), encoder_outputs, params, valid_lens)


@answer("attention_context")
def scores_scaled(state, encoder_outputs, params, valid_lens=None):
    """The scores are divided by the root of the state's size; additive scores are not scaled."""
    scores = judged(state[:, None], encoder_outputs, params) / math.sqrt(state.shape[1])
    return (weights_of(scores, valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def first_sequence_for_all(state, encoder_outputs, params, valid_lens=None):
    """All states ask the first sequence of the batch; each asks its own."""
    return context_of(state, encoder_outputs[:1].expand_as(encoder_outputs), params, valid_lens)


@answer("attention_context")
def no_gradient_to_the_state(state, encoder_outputs, params, valid_lens=None):
    """The state is cut from the graph, so that no gradient reaches it."""
    return context_of(state.detach(), encoder_outputs, params, valid_lens)


@answer("attention_context")
def no_gradient_to_the_encoder(state, encoder_outputs, params, valid_lens=None):
    """The encoder's outputs are cut from the graph, so that the encoder learns nothing."""
    return context_of(state, encoder_outputs.detach(), params, valid_lens)


@answer("attention_context")
def context_always_float32(state, encoder_outputs, params, valid_lens=None):
    """The context is float32 whatever the dtype of the inputs."""
    params = {name: w.float() for name, w in params.items()}
    return context_of(state.float(), encoder_outputs.float(), params, valid_lens)


@answer("attention_context")
def context_always_float64(state, encoder_outputs, params, valid_lens=None):
    """The context is float64 whatever the dtype of the inputs."""
    params = {name: w.double() for name, w in params.items()}
    return context_of(state.double(), encoder_outputs.double(), params, valid_lens)


@answer("attention_context")
def outputs_overwritten(state, encoder_outputs, params, valid_lens=None):
    """Padding is overwritten in the caller's own encoder_outputs; leave the inputs as they are."""
    if valid_lens is not None:
        encoder_outputs.data *= seen_keys(valid_lens, encoder_outputs.shape[1]).mT
    return context_of(state, encoder_outputs, params, valid_lens)


@answer("attention_context")
def steps_hidden_by_a_mask_on_the_cpu(state, encoder_outputs, params, valid_lens=None):
    """The mask is made on the CPU; make it on the device of the inputs."""
    scores = judged(state[:, None], encoder_outputs, params)
    if valid_lens is not None:
        scores = scores.masked_fill(torch.arange(scores.shape[-1]) >= valid_lens[:, None, None], -1e9)
    return (torch.softmax(scores, -1) @ encoder_outputs)[:, 0]


@answer("attention_context")
def one_step_more(state, encoder_outputs, params, valid_lens=None):
    """The step at valid_lens is still seen; steps count from 0, so the last one seen is valid_lens - 1."""
    lens = None if valid_lens is None else valid_lens + 1
    weights = weights_of(judged(state[:, None], encoder_outputs, params), lens)
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def one_step_less(state, encoder_outputs, params, valid_lens=None):
    """The last valid step is hidden as well; the first one hidden is the one at valid_lens."""
    lens = None if valid_lens is None else valid_lens - 1
    weights = weights_of(judged(state[:, None], encoder_outputs, params), lens)
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def softmax_over_the_sequences(state, encoder_outputs, params, valid_lens=None):
    """The softmax runs over the batch; it runs over the steps of each sequence."""
    weights = torch.softmax(judged(state[:, None], encoder_outputs, params), 0)
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def mean_of_all_steps(state, encoder_outputs, params, valid_lens=None):
    """The context is the plain mean of all outputs; they are weighted by how well they match the state."""
    return encoder_outputs.mean(dim=1)


@answer("attention_context")
def last_step_of_all(state, encoder_outputs, params, valid_lens=None):
    """The context is the last output of the encoder; it is a weighted sum of all that are valid."""
    return encoder_outputs[:, -1]


@answer("attention_context")
def no_tanh_in_the_scores(state, encoder_outputs, params, valid_lens=None):
    """There is no tanh, so the query's part is the same for all keys and cancels out; the hidden layer needs it."""
    hidden = (state @ params["W_q"])[:, None] + encoder_outputs @ params["W_k"]
    weights = weights_of((hidden @ params["w_v"])[:, None], valid_lens)
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def padding_set_to_zero(state, encoder_outputs, params, valid_lens=None):
    """Padding is set to 0 instead of being hidden, so it still takes weight; give it weight 0."""
    if valid_lens is not None:
        seen = seen_keys(valid_lens, encoder_outputs.shape[1])[:, 0, :, None]
        encoder_outputs = encoder_outputs * seen
    weights = weights_of(judged(state[:, None], encoder_outputs, params), None)
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def tanh_of_the_context(state, encoder_outputs, params, valid_lens=None):
    """The context goes through tanh; the weighted sum is the result."""
    weights = weights_of(judged(state[:, None], encoder_outputs, params), valid_lens)
    return torch.tanh((weights @ encoder_outputs)[:, 0])


@answer("attention_context")
def multiplied_by_the_number_of_steps(state, encoder_outputs, params, valid_lens=None):
    """The weights add up to the number of steps; a softmax makes them add up to 1."""
    weights = weights_of(judged(state[:, None], encoder_outputs, params), valid_lens)
    return (weights @ encoder_outputs)[:, 0] * encoder_outputs.shape[1]


@answer("attention_context")
def relu_in_the_scores(state, encoder_outputs, params, valid_lens=None):
    """The hidden units are ReLUs; they are tanh."""
    hidden = torch.relu((state @ params["W_q"])[:, None] + encoder_outputs @ params["W_k"])
    return (weights_of((hidden @ params["w_v"])[:, None], valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def sigmoid_in_the_scores(state, encoder_outputs, params, valid_lens=None):
    """The hidden units are sigmoids; they are tanh."""
    hidden = torch.sigmoid((state @ params["W_q"])[:, None] + encoder_outputs @ params["W_k"])
    return (weights_of((hidden @ params["w_v"])[:, None], valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def projections_multiplied(state, encoder_outputs, params, valid_lens=None):
    """The projections of state and outputs are multiplied before tanh; they are added."""
    hidden = torch.tanh((state @ params["W_q"])[:, None] * (encoder_outputs @ params["W_k"]))
    return (weights_of((hidden @ params["w_v"])[:, None], valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def projections_subtracted(state, encoder_outputs, params, valid_lens=None):
    """The projected outputs are subtracted from the state's projection; they are added."""
    hidden = torch.tanh((state @ params["W_q"])[:, None] - encoder_outputs @ params["W_k"])
    return (weights_of((hidden @ params["w_v"])[:, None], valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def dot_products_of_projections(state, encoder_outputs, params, valid_lens=None):
    """The scores are dot products of the projections; add these, take tanh, and multiply by w_v."""
    scores = ((state @ params["W_q"])[:, None] * (encoder_outputs @ params["W_k"])).sum(-1)
    return (weights_of(scores[:, None], valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def tanh_of_the_scores(state, encoder_outputs, params, valid_lens=None):
    """The tanh is taken of the score; take it of the hidden units, before w_v."""
    hidden = (state @ params["W_q"])[:, None] + encoder_outputs @ params["W_k"]
    return (weights_of(torch.tanh(hidden @ params["w_v"])[:, None], valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def w_v_not_used(state, encoder_outputs, params, valid_lens=None):
    """The hidden units are added up without w_v; each one has its weight there."""
    hidden = torch.tanh((state @ params["W_q"])[:, None] + encoder_outputs @ params["W_k"])
    return (weights_of(hidden.sum(-1)[:, None], valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def scores_scaled_by_hidden_units(state, encoder_outputs, params, valid_lens=None):
    """The scores are divided by the root of w_v's size; additive scores are not scaled."""
    scores = judged(state[:, None], encoder_outputs, params) / math.sqrt(len(params["w_v"]))
    return (weights_of(scores, valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def weights_of_sigmoids(state, encoder_outputs, params, valid_lens=None):
    """The weights are sigmoids of the scores, which do not add up to 1; take the softmax over the steps."""
    weights = torch.sigmoid(judged(state[:, None], encoder_outputs, params))
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, encoder_outputs.shape[1])
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def weights_not_normalised(state, encoder_outputs, params, valid_lens=None):
    """The exponentials of the scores are not divided by their sum; the weights add up to 1."""
    weights = torch.exp(judged(state[:, None], encoder_outputs, params))
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, encoder_outputs.shape[1])
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def scores_as_weights(state, encoder_outputs, params, valid_lens=None):
    """The scores are used as weights as they are; take their softmax over the steps."""
    weights = judged(state[:, None], encoder_outputs, params)
    if valid_lens is not None:
        weights = weights * seen_keys(valid_lens, encoder_outputs.shape[1])
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def last_output_asks(state, encoder_outputs, params, valid_lens=None):
    """The encoder's last output is the query; the decoder's state is."""
    scores = judged(encoder_outputs[:, -1:], encoder_outputs, params) + 0 * state.sum()
    return (weights_of(scores, valid_lens) @ encoder_outputs)[:, 0]


@answer("attention_context")
def divided_by_the_number_of_steps(state, encoder_outputs, params, valid_lens=None):
    """The context is divided by the number of steps; the weights add up to 1, so the weighted sum is the result."""
    return context_of(state, encoder_outputs, params, valid_lens) / encoder_outputs.shape[1]


@answer("attention_context")
def multiplied_by_the_state(state, encoder_outputs, params, valid_lens=None):
    """The context is multiplied by the state; return the weighted sum alone."""
    return state * context_of(state, encoder_outputs, params, valid_lens)


# multi_head_attention: scaling


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


@answer("multi_head_attention")
def softmax_over_queries_with_hidden_keys(queries, keys, values, params, num_heads, valid_lens=None):
    """The softmax runs over the queries; it runs over the keys, the last axis of the scores."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is None:
        return joined(torch.softmax(scores, -2) @ v) @ params["W_o"]
    hidden = hidden_keys(valid_lens, k.shape[2])
    weights = torch.softmax(scores.masked_fill(hidden, -1e9), -2).masked_fill(hidden, 0)
    return joined(weights @ v) @ params["W_o"]


@answer("multi_head_attention")
def filled_with_minus_10(queries, keys, values, params, num_heads, valid_lens=None):
    """Hidden scores become a number that real scores can fall below; fill with minus infinity, or close to it."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        scores = scores.masked_fill(hidden_keys(valid_lens, k.shape[2]), -10.0)
    return joined(torch.softmax(scores, -1) @ v) @ params["W_o"]


@answer("multi_head_attention")
def queries_added_after_the_projection(queries, keys, values, params, num_heads, valid_lens=None):
    """The projected queries are added to the result; that residual connection belongs to the block around it."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"] + queries @ params["W_q"]


@answer("multi_head_attention")
def keys_projected_by_W_q(queries, keys, values, params, num_heads, valid_lens=None):
    """W_q is applied to the keys, too; they are projected by W_k."""
    params = {**params, "W_k": params["W_q"]}
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def divided_by_the_number_of_heads(queries, keys, values, params, num_heads, valid_lens=None):
    """The result is divided by the number of heads; the heads are joined, and nothing is averaged."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"] / num_heads


@answer("multi_head_attention")
def weights_returned_too(queries, keys, values, params, num_heads, valid_lens=None):
    """Output and weights are returned; return the output alone."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    weights = softmax(q @ k.mT / math.sqrt(q.shape[-1]), valid_lens)
    return joined(weights @ v) @ params["W_o"], weights


@answer("multi_head_attention")
def scaled_by_the_fourth_root(queries, keys, values, params, num_heads, valid_lens=None):
    """The root of the head size is taken twice; divide by the root itself."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(softmax(q @ k.mT / q.shape[-1] ** 0.25, valid_lens) @ v) @ params["W_o"]


@answer("multi_head_attention")
def scaled_by_d_model_too(queries, keys, values, params, num_heads, valid_lens=None):
    """The scores are divided by the root of d_model as well; divide only by the root of the head size."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    return joined(attend(q / math.sqrt(params["W_q"].shape[1]), k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def mask_after_softmax_and_an_epsilon(queries, keys, values, params, num_heads, valid_lens=None):
    """Weights are zeroed after the softmax and divided by their sum and a small number; hide the scores before it."""
    q, k, v = projected(queries, keys, values, params, num_heads)
    weights = softmax(q @ k.mT / math.sqrt(q.shape[-1]), None)
    if valid_lens is not None:
        weights = weights.masked_fill(hidden_keys(valid_lens, k.shape[2]), 0)
        weights = weights / (weights.sum(-1, keepdim=True) + 1e-6)
    return joined(weights @ v) @ params["W_o"]


@answer("multi_head_attention")
def output_weights_on_the_values(queries, keys, values, params, num_heads, valid_lens=None):
    """W_o is applied to the projected values, before the heads; apply it to the joined heads."""
    early = {**params, "W_v": params["W_v"] @ params["W_o"]}
    q, k, v = projected(queries, keys, values, early, num_heads)
    return joined(attend(q, k, v, valid_lens))


@answer("masked_softmax")
def hidden_scores_assigned_to(scores, valid_lens=None):
    """Hidden scores are written into scores itself (an assignment to scores[...]); make a new tensor."""
    if valid_lens is None:
        return torch.softmax(scores, -1)
    hidden = ~seen_keys(valid_lens, scores.shape[-1]).expand(scores.shape)
    scores[hidden] = torch.finfo(scores.dtype).min
    return torch.softmax(scores, -1).masked_fill(hidden, 0)


@answer("dot_product_attention")
def halved_for_the_root(queries, keys, values, valid_lens=None):
    """d ** 1 / 2 is d / 2, since powers come first; write d ** 0.5."""
    weights = weights_of(queries @ keys.mT / (queries.shape[-1] / 2), valid_lens)
    return weights @ values, weights


@answer("dot_product_attention")
def queries_divided_by_an_assignment(queries, keys, values, valid_lens=None):
    """queries itself is divided by the root (/= works in place); make a new tensor."""
    queries /= math.sqrt(queries.shape[-1])
    weights = weights_of(queries @ keys.mT, valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def scores_reshaped_not_transposed(queries, keys, values, params, valid_lens=None):
    """Scores of shape (n, keys, queries) are reshaped to (n, queries, keys), which mixes them up; transpose them."""
    scores = judged(queries, keys, params).mT.reshape(len(queries), queries.shape[1], keys.shape[1])
    weights = weights_of(scores, valid_lens)
    return weights @ values, weights


@answer("multi_head_attention")
def values_through_w_k(queries, keys, values, params, num_heads, valid_lens=None):
    """The values are projected with W_k; they have W_v."""
    q, k, v = projected(queries, keys, values, {**params, "W_v": params["W_k"]}, num_heads)
    return joined(attend(q, k, v, valid_lens)) @ params["W_o"]


@answer("multi_head_attention")
def width_of_the_queries_checked(queries, keys, values, params, num_heads, valid_lens=None):
    """num_heads has to divide d_model, the columns of W_q; here the width of the queries is checked."""
    if queries.shape[-1] % num_heads:
        raise ValueError("num_heads must divide d_model")
    names = ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    size = params["W_q"].shape[1] // num_heads
    split = [torch.stack((x @ params[name]).split(size, -1)[:num_heads], 1) for x, name in names]
    return joined(attend(*split, valid_lens)) @ params["W_o"]


@answer("attention_context")
def first_state_asks_for_all(state, encoder_outputs, params, valid_lens=None):
    """The state's new axis is in the wrong place (unsqueeze(0)), so that all sequences ask with the first state; it is axis 1."""
    weights = weights_of(judged(state[None], encoder_outputs, params), valid_lens)
    return (weights @ encoder_outputs)[:, 0]


@answer("attention_context")
def softmax_down_the_batch(state, encoder_outputs, params, valid_lens=None):
    """The softmax runs over the batch; it runs over the steps."""
    scores = judged(state[:, None], encoder_outputs, params)[:, 0]
    if valid_lens is None:
        return (torch.softmax(scores, 0)[:, None] @ encoder_outputs)[:, 0]
    hidden = ~seen_keys(valid_lens, scores.shape[-1])[:, 0]
    weights = torch.softmax(scores.masked_fill(hidden, torch.finfo(scores.dtype).min), 0)
    return (weights.masked_fill(hidden, 0)[:, None] @ encoder_outputs)[:, 0]
