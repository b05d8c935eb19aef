"""Checks that students have: multi_head_attention."""

import torch
from torch.nn.functional import multi_head_attention_forward

from autograder.checking import agree, agree_in_gradient, assert_raises, randn

HEADS, WIDTH = 3, 6


def weights(d_q=WIDTH, d_k=WIDTH, d_v=WIDTH, seed=0):
    """Return the four matrices for inputs of these widths."""
    names = {"W_q": d_q, "W_k": d_k, "W_v": d_v, "W_o": WIDTH}
    return {name: randn(rows, WIDTH, seed=seed + i) / 2 for i, (name, rows) in enumerate(names.items())}


def inputs(d_q=WIDTH, d_k=WIDTH, d_v=WIDTH, seed=0):
    """Return 2 sequences of 3 queries and of 4 keys and values."""
    return (
        randn(2, 3, d_q, seed=seed + 10),
        randn(2, 4, d_k, seed=seed + 11),
        randn(2, 4, d_v, seed=seed + 12),
    )


def torchs_own(queries, keys, values, params, num_heads):
    """Return what torch's own attention makes of it; queries are as wide as the model there."""
    output, _ = multi_head_attention_forward(
        *(x.transpose(0, 1) for x in (queries, keys, values)),
        embed_dim_to_check=WIDTH,
        num_heads=num_heads,
        in_proj_weight=None,
        in_proj_bias=None,
        bias_k=None,
        bias_v=None,
        add_zero_attn=False,
        dropout_p=0.0,
        out_proj_weight=params["W_o"].T,
        out_proj_bias=None,
        need_weights=False,
        use_separate_proj_weight=True,
        q_proj_weight=params["W_q"].T,
        k_proj_weight=params["W_k"].T,
        v_proj_weight=params["W_v"].T,
    )
    return output.transpose(0, 1)


def one_by_one(queries, keys, values, params, num_heads, valid_lens):
    """Give torch's own attention only the keys that a query may see; zeros where there are none."""
    results = queries.new_zeros(*queries.shape[:2], WIDTH)
    for b, lens in enumerate(valid_lens.tolist()):
        for i, length in enumerate(lens if isinstance(lens, list) else [lens]):
            some = slice(i, i + 1) if isinstance(lens, list) else slice(None)
            if length > 0:
                seen = keys[b : b + 1, :length], values[b : b + 1, :length]
                results[b, some] = torchs_own(queries[b : b + 1, some], *seen, params, num_heads)[0]
    return results


def test_heads_attend_and_are_joined(multi_head_attention):
    """Each head attends with its own columns of the projections, scaled by the root of its width; W_o follows."""
    agree(multi_head_attention, torchs_own, *inputs(), weights(), HEADS)


def test_widths_may_differ(multi_head_attention):
    """Queries, keys and values may each have a width of their own, other than d_model."""
    params = weights(d_q=7, d_k=5, d_v=4, seed=20)
    params["W_q"][6] = 0  # so the last column of the queries says nothing

    def oracle(queries, keys, values, params, num_heads):
        return torchs_own(queries[..., :6], keys, values, {**params, "W_q": params["W_q"][:6]}, num_heads)

    agree(multi_head_attention, oracle, *inputs(d_q=7, d_k=5, d_v=4, seed=20), params, HEADS)


def test_one_length_per_sequence(multi_head_attention):
    """With valid_lens of shape (n,), a sequence attends to its first valid_lens keys only."""
    agree(multi_head_attention, one_by_one, *inputs(seed=40), weights(seed=40), HEADS, torch.tensor([4, 2]))


def test_one_length_per_query(multi_head_attention):
    """With valid_lens of shape (n, q), each query has its own number of keys to attend to."""
    lens = torch.tensor([[1, 4, 2], [3, 2, 3]])
    agree(multi_head_attention, one_by_one, *inputs(seed=60), weights(seed=60), HEADS, valid_lens=lens)


def test_nothing_to_attend_to(multi_head_attention):
    """A query with valid length 0 has all weights 0: the result is 0, without NaN in value or gradient."""
    for lens in (torch.tensor([3, 0]), torch.tensor([[2, 0, 4], [0, 1, 3]])):
        agree_in_gradient(multi_head_attention, one_by_one, *inputs(seed=80), weights(seed=80), HEADS, lens)


def test_heads_share_the_width_evenly(multi_head_attention):
    """num_heads that does not divide d_model is refused with ValueError."""
    for num_heads in (4, 5, 7):
        assert_raises(multi_head_attention, *inputs(seed=90), weights(seed=90), num_heads)
