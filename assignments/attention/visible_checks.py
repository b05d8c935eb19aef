"""Checks that students have: masked softmax, three kinds of attention, and the decoder's context."""

import torch
from torch.nn.functional import multi_head_attention_forward, scaled_dot_product_attention

from autograder.checking import agree, agree_in_gradient, assert_matches, assert_raises, randn


def numbers(*rows):
    """Return a float64 tensor."""
    return torch.tensor(rows, dtype=torch.float64)


# masked_softmax: the exponentials of the scores are small whole numbers here.

COUNTS = numbers(
    [[1, 2, 3, 4], [4, 4, 2, 10], [1, 1, 1, 1]],
    [[3, 1, 6, 5], [2, 2, 12, 4], [1, 7, 2, 5]],
)


def test_masked_softmax_one_length_per_sequence(masked_softmax):
    """With valid_lens of shape (n,), each row is a softmax over the first valid_lens keys, and the others get 0."""
    expected = numbers(
        [[1 / 6, 2 / 6, 3 / 6, 0], [0.4, 0.4, 0.2, 0], [1 / 3, 1 / 3, 1 / 3, 0]],
        [[0.75, 0.25, 0, 0], [0.5, 0.5, 0, 0], [0.125, 0.875, 0, 0]],
    )
    assert_matches(masked_softmax(COUNTS.log(), torch.tensor([3, 2])), expected)


def test_masked_softmax_all_keys(masked_softmax):
    """Without valid_lens it is the softmax over the last axis."""
    agree(masked_softmax, lambda scores: torch.softmax(scores, dim=-1), COUNTS.log())
    agree(masked_softmax, lambda scores, lens: torch.softmax(scores, dim=-1), 2 * COUNTS.log(), None)


def test_masked_softmax_one_length_per_query(masked_softmax):
    """With valid_lens of shape (n, q), each row has its own number of keys."""
    expected = numbers(
        [[1, 0, 0, 0], [0.2, 0.2, 0.1, 0.5], [0.5, 0.5, 0, 0]],
        [[0.2, 1 / 15, 0.4, 1 / 3], [0.5, 0.5, 0, 0], [0.1, 0.7, 0.2, 0]],
    )
    lens = torch.tensor([[1, 4, 2], [4, 2, 3]])
    assert_matches(masked_softmax(COUNTS.log(), lens), expected)


def test_masked_softmax_nothing_to_see(masked_softmax):
    """A row with valid length 0 is all zeros, without NaN in value or gradient."""

    def second_is_empty(scores, valid_lens):
        first = torch.softmax(scores[:1, :, :3], dim=-1)
        return torch.cat([torch.cat([first, scores.new_zeros(1, 3, 1)], dim=2), torch.zeros_like(scores[1:])])

    for lens in (torch.tensor([3, 0]), torch.tensor([[3, 3, 3], [0, 0, 0]])):
        agree_in_gradient(masked_softmax, second_is_empty, COUNTS.log(), lens)


# dot_product_attention


def torchs_own_dots(queries, keys, values, seen=None):
    """Return output and weights of torch's own attention; unit vectors as values show the weights."""
    units = torch.eye(keys.shape[1], dtype=keys.dtype).expand(len(keys), -1, -1)
    return tuple(scaled_dot_product_attention(queries, keys, v, attn_mask=seen) for v in (values, units))


def vectors(seed, q=2, k=4, d_q=9, d_k=9, d_v=3):
    """Return 2 sequences of queries, keys and values; the root of 9 is exact in any dtype."""
    return randn(2, q, d_q, seed=seed), randn(2, k, d_k, seed=seed + 1), randn(2, k, d_v, seed=seed + 2)


def test_dot_product_attention_value(dot_product_attention):
    """The weights are the softmax of the scaled dot products; the result is (output, weights)."""
    agree(dot_product_attention, torchs_own_dots, *vectors(seed=100))


def test_dot_product_attention_by_hand(dot_product_attention):
    """With d = 4 the dot products are halved: products of 2 log 1, 2 log 2 and 2 log 5 give weights 1/8, 2/8, 5/8."""
    queries = numbers([[2, 0, 0, 0], [0, 0, 0, 3]])
    keys = torch.zeros(1, 3, 4, dtype=torch.float64)
    keys[0, :, 0] = torch.tensor([1.0, 2.0, 5.0]).double().log()
    values = numbers([[8, 0], [0, 4], [1.6, 0.8]])
    weights = numbers([[1 / 8, 2 / 8, 5 / 8], [1 / 3, 1 / 3, 1 / 3]])
    assert_matches(dot_product_attention(queries, keys, values), (numbers([[2.0, 1.5], [3.2, 1.6]]), weights))


def test_dot_product_attention_valid_lens(dot_product_attention):
    """Keys at and past valid_lens get weight 0, with one length per sequence or one per query."""
    seen = torch.tensor([[[1, 1, 1, 0]] * 2, [[1, 0, 0, 0]] * 2]).bool()
    agree(
        dot_product_attention,
        lambda q, k, v, _: torchs_own_dots(q, k, v, seen),
        *vectors(110),
        torch.tensor([3, 1]),
    )
    each = torch.tensor([[[1, 1, 0, 0], [1, 1, 1, 1]], [[1, 1, 1, 0], [1, 0, 0, 0]]]).bool()
    lens = torch.tensor([[2, 4], [3, 1]])
    agree(
        dot_product_attention,
        lambda q, k, v, valid_lens: torchs_own_dots(q, k, v, each),
        *vectors(120),
        valid_lens=lens,
    )


def test_dot_product_attention_nothing_to_see(dot_product_attention):
    """With valid length 0, weights and output are 0, without NaN in value or gradient."""

    def second_is_empty(queries, keys, values, valid_lens):
        output, weights = torchs_own_dots(queries[:1], keys[:1], values[:1])
        return torch.cat([output, 0 * output]), torch.cat([weights, 0 * weights])

    agree_in_gradient(dot_product_attention, second_is_empty, *vectors(130), torch.tensor([4, 0]))


# additive_attention


def test_additive_attention_value(additive_attention):
    """The scores are tanh(queries @ W_q + keys @ W_k) @ w_v; the result is (output, weights)."""
    params = {"W_q": randn(3, 4, seed=1) / 2, "W_k": randn(2, 4, seed=2) / 2, "w_v": randn(4, seed=3)}
    output = numbers(
        [[-0.964814685497, -0.509016325427], [-0.839770893746, -0.395151216758]],
        [[1.201104472572, -0.257516159614], [1.184072604, -0.251763823468]],
    )
    weights = numbers(
        [[0.363209578215, 0.298196541321, 0.338593880464], [0.240217059358, 0.332669737916, 0.427113202727]],
        [[0.242641230103, 0.463238302116, 0.294120467781], [0.237980961532, 0.458728318776, 0.303290719692]],
    )
    assert_matches(additive_attention(*vectors(4, k=3, d_q=3, d_k=2, d_v=2), params), (output, weights))


def test_additive_attention_by_hand(additive_attention):
    """With one hidden unit and w_v = 2, sums with tanh of 0, 1/2 log 2 and 1/2 log 5 give weights 1/8, 2/8, 5/8."""
    one = numbers([1.0])
    params = {"W_q": one, "W_k": -one, "w_v": 2 * one[0]}
    keys = numbers([[0.5], [0.5], [0.5]]) - numbers([[1.0], [2.0], [5.0]]).log().div(2).atanh()
    weights = numbers([[1 / 8, 2 / 8, 5 / 8]])
    values = numbers([[8, 0], [0, 4], [1.6, 0.8]])
    got = additive_attention(numbers([[0.5]]), keys, values, params)
    assert_matches(got, (numbers([[2.0, 1.5]]), weights))


def test_additive_attention_valid_lens(additive_attention):
    """Keys at and past valid_lens get weight 0, with one length per sequence or one per query."""
    args = vectors(140, q=3, k=4, d_q=2, d_k=5, d_v=2)
    params = {"W_q": randn(2, 3, seed=143), "W_k": randn(5, 3, seed=144), "w_v": torch.zeros(3).double()}
    # Where w_v is 0, all scores are alike: what is left is a mean over the keys that may be seen.
    means = args[2].cumsum(dim=1) / numbers([[1], [2], [3], [4]])
    shares = torch.tril(torch.ones(4, 4).double()) / numbers([1], [2], [3], [4])
    for lens in (torch.tensor([3, 1]), torch.tensor([[2, 4, 1], [3, 1, 4]])):
        rows = (lens if lens.ndim == 2 else torch.stack([lens] * 3, dim=1)) - 1
        expected = torch.stack([means[b, rows[b]] for b in range(2)]), shares[rows]
        assert_matches(additive_attention(*args, params, lens), expected)


def test_additive_attention_nothing_to_see(additive_attention):
    """With valid length 0, weights and output are 0, without NaN in value or gradient."""
    args = vectors(150, q=3, k=1, d_q=2, d_k=5, d_v=2)
    params = {"W_q": randn(2, 3, seed=153), "W_k": randn(5, 3, seed=154), "w_v": randn(3, seed=155)}

    def one_key_or_none(queries, keys, values, params, valid_lens):
        weights = torch.stack([queries.new_ones(3, 1), queries.new_zeros(3, 1)])
        return weights @ values, weights

    agree_in_gradient(additive_attention, one_key_or_none, *args, params, torch.tensor([1, 0]))


# multi_head_attention


HEADS, WIDTH = 2, 8  # heads of 4 columns, whose root is exact in any dtype


def weights(d_q=WIDTH, d_k=WIDTH, d_v=WIDTH, seed=0):
    """Return the four matrices for inputs of these widths."""
    names = {"W_q": d_q, "W_k": d_k, "W_v": d_v, "W_o": WIDTH}
    return {name: randn(rows, WIDTH, seed=seed + i) / 2 for i, (name, rows) in enumerate(names.items())}


def inputs(d_q=WIDTH, d_k=WIDTH, d_v=WIDTH, seed=0):
    """Return 2 sequences of 3 queries and of 5 keys and values."""
    return (
        randn(2, 3, d_q, seed=seed + 10),
        randn(2, 5, d_k, seed=seed + 11),
        randn(2, 5, d_v, seed=seed + 12),
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
    params = weights(d_q=9, d_k=6, d_v=7, seed=20)
    params["W_q"][8] = 0  # so the last column of the queries says nothing

    def oracle(queries, keys, values, params, num_heads):
        return torchs_own(queries[..., :8], keys, values, {**params, "W_q": params["W_q"][:8]}, num_heads)

    agree(multi_head_attention, oracle, *inputs(d_q=9, d_k=6, d_v=7, seed=20), params, HEADS)


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
    for num_heads in (3, 5, 9):
        assert_raises(multi_head_attention, *inputs(seed=90), weights(seed=90), num_heads)


# attention_context


def decoder(seed):
    """Return a state, the outputs of an encoder and the parameters of an attention."""
    params = {
        "W_q": randn(3, 4, seed=seed) / 2,
        "W_k": randn(3, 4, seed=seed + 1) / 2,
        "w_v": randn(4, seed=seed + 2),
    }
    return randn(2, 3, seed=seed + 3), randn(2, 5, 3, seed=seed + 4), params


def test_attention_context_value(attention_context):
    """The context is the weighted sum of the encoder's outputs, with weights from additive attention."""
    expected = numbers(
        [0.64499969781, 0.233410015067, -0.011182485715], [0.903218315951, -0.07939997986, -0.05998618939]
    )
    assert_matches(attention_context(*decoder(11)), expected)


def test_attention_context_valid_lens(attention_context):
    """Steps at and past valid_lens have no part in the context."""
    expected = numbers(
        [0.85354377654, 0.227990867817, 0.530757907963], [1.099100416763, -0.032149664358, -0.013947599243]
    )
    assert_matches(attention_context(*decoder(11), torch.tensor([2, 4])), expected)


def test_attention_context_is_a_mean(attention_context):
    """Where all steps match equally well, the context is the mean of the encoder's outputs."""
    state, outputs, params = decoder(160)
    params["w_v"] = torch.zeros(4, dtype=torch.float64)
    agree(attention_context, lambda state, outputs, params: outputs.mean(dim=1), state, outputs, params)
    state, outputs, params = decoder(170)
    agree(attention_context, lambda state, outputs, params: outputs[:, 0], state, outputs[:, :1], params)
