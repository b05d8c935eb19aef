"""Checks that only graders have: masked softmax, three kinds of attention, and the decoder's context."""

import math

import torch

from autograder.calls import Call
from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    observe,
    randn,
)
from autograder.errors import CheckFailed

# The second oracles: lists of floats, loops and the math module; no tensor operation has a part in the values.


def lengths(valid_lens, n, q, k):
    """Return valid lengths as a list of lists, one for each query."""
    if valid_lens is None:
        return [[k] * q] * n
    return valid_lens.reshape(n, -1).expand(n, q).tolist()


def slow_weights(scores, valid_lens=None):
    """Return the weights of `(n, q, k)` scores, row by row."""
    n, q, k = scores.shape
    lens, weights = lengths(valid_lens, n, q, k), []
    for b, rows in enumerate(scores.tolist()):
        for i, row in enumerate(rows):
            seen = row[: lens[b][i]]
            powers = [math.exp(score - max(seen)) for score in seen]
            weights.append([power / sum(powers) for power in powers] + [0.0] * (k - len(seen)))
    return torch.tensor(weights, dtype=scores.dtype).reshape(n, q, k)


def slow_output(weights, values):
    """Return the weighted sums of the values, number by number."""
    held = values.tolist()
    rows = [
        [
            [sum(w * v[c] for w, v in zip(row, held[b], strict=True)) for c in range(values.shape[2])]
            for row in rows
        ]
        for b, rows in enumerate(weights.tolist())
    ]
    return torch.tensor(rows, dtype=values.dtype)


def slow_dots(queries, keys, values, valid_lens=None):
    """Return output and weights of scaled dot-product attention."""
    root = math.sqrt(queries.shape[2])
    scores = [
        [[sum(map(float.__mul__, q, k)) / root for k in offered] for q in asked]
        for asked, offered in zip(queries.tolist(), keys.tolist(), strict=True)
    ]
    weights = slow_weights(torch.tensor(scores, dtype=queries.dtype), valid_lens)
    return slow_output(weights, values), weights


def slow_additive(queries, keys, values, params, valid_lens=None):
    """Return output and weights of additive attention."""
    w_v = params["w_v"].tolist()
    scores = [
        [
            [sum(w * math.tanh(a + b) for w, a, b in zip(w_v, q, k, strict=True)) for k in offered]
            for q in asked
        ]
        for asked, offered in zip(
            (queries @ params["W_q"]).tolist(), (keys @ params["W_k"]).tolist(), strict=True
        )
    ]
    weights = slow_weights(torch.tensor(scores, dtype=queries.dtype), valid_lens)
    return slow_output(weights, values), weights


def slow_context(state, encoder_outputs, params, valid_lens=None):
    """Return the decoder's context vectors."""
    return slow_additive(state[:, None], encoder_outputs, encoder_outputs, params, valid_lens)[0][:, 0]


SIZES = ((4, 4, 3), (3, 5, 7), (1, 1, 4), (2, 3, 1))  # n, q, k


def some_lens(n, q, k, seed):
    """Return lengths from 1 to k, once `(n,)` and once `(n, q)`."""
    dice = torch.Generator().manual_seed(seed)
    return [torch.randint(1, k + 1, shape, generator=dice) for shape in ((n,), (n, q))]


# masked_softmax


def test_masked_softmax_other_sizes(masked_softmax):
    """The weights are right for any numbers of sequences, queries and keys."""
    for seed, (n, q, k) in enumerate(SIZES):
        scores = 2 * randn(n, q, k, seed=1000 + seed)
        agree(masked_softmax, slow_weights, scores)
        for lens in some_lens(n, q, k, seed):
            agree(masked_softmax, slow_weights, scores, valid_lens=lens)
    agree(masked_softmax, slow_weights, randn(3, 3, 5, seed=1010), torch.tensor([5, 1, 3]))


def test_masked_softmax_weight_exactly_0(masked_softmax):
    """Hidden keys get weight exactly 0 and have no influence, however high their scores are."""
    for seed, lens in ((1020, torch.tensor([3, 1])), (1021, torch.tensor([[1, 4, 2], [5, 3, 6]]))):
        scores = randn(2, 3, 7, seed=seed)
        hidden = torch.arange(7) >= lens.reshape(2, -1, 1)
        # The distance is kept below 700, so that no power of e leaves a float64 where hidden keys come in late.
        scores = torch.where(hidden, scores + 150, scores - 150)
        got = agree(masked_softmax, slow_weights, scores, lens)
        count = int((got[hidden.expand_as(got)] != 0).sum())
        observe("hidden keys with some weight", count)
        if count:
            raise CheckFailed("value", "weight exactly 0 for every hidden key", f"{count} with some weight")


def test_masked_softmax_large_scores(masked_softmax):
    """Scores up to 1e4 in size, of either sign, give no overflow and no weight to hidden keys."""
    for centre in (1e4, -1e4):
        scores = 0.999 * centre + 3 * randn(2, 3, 5, seed=1030)
        agree(masked_softmax, slow_weights, scores)
        agree(masked_softmax, slow_weights, scores, torch.tensor([4, 2]))


def test_masked_softmax_gradient(masked_softmax, reference):
    """Gradients flow to the scores of keys that are seen; rows without any get gradient 0."""
    scores = randn(3, 4, 5, seed=1040)
    agree_in_gradient(masked_softmax, reference, scores)
    agree_in_gradient(masked_softmax, reference, scores, torch.tensor([2, 0, 5]))
    agree_in_gradient(
        masked_softmax, reference, scores, torch.tensor([[0, 1, 2, 3], [5, 0, 4, 1], [3, 3, 0, 5]])
    )


def test_masked_softmax_float32(masked_softmax):
    """The weights have the dtype of the scores."""
    scores = randn(2, 3, 4, seed=1050, dtype=torch.float32)
    agree(masked_softmax, slow_weights, scores)
    agree(masked_softmax, slow_weights, scores, torch.tensor([0, 3]))


def test_masked_softmax_leaves_inputs_alone(masked_softmax):
    """scores and valid_lens are not changed."""
    scores = randn(2, 3, 4, seed=1060)
    assert_inputs_unchanged(masked_softmax, scores, torch.tensor([3, 1]))
    assert_inputs_unchanged(masked_softmax, scores, torch.tensor([[3, 1, 4], [2, 0, 4]]))


def test_masked_softmax_device(masked_softmax):
    """Whatever is made is made on the device of the scores."""
    scores = randn(2, 3, 4, seed=1070)
    assert_device(masked_softmax, scores)
    assert_device(masked_softmax, scores, torch.tensor([3, 1]))
    assert_device(masked_softmax, scores, torch.tensor([[3, 1, 4], [2, 3, 4]]))


# dot_product_attention


def vectors(n, q, k, d_q, d_k, d_v, seed, dtype=torch.float64):
    """Return queries, keys and values of these sizes."""
    shapes = (n, q, d_q), (n, k, d_k), (n, k, d_v)
    return [randn(*shape, seed=seed + i, dtype=dtype) for i, shape in enumerate(shapes)]


def overlarge_where_hidden(keys, values, lens, factor):
    """Return keys and values that are large past each sequence's length."""
    hidden = (torch.arange(keys.shape[1]) >= lens[:, None])[..., None]
    return torch.where(hidden, factor * keys, keys), torch.where(hidden, 1e10 * values, values)


def test_dot_product_attention_other_sizes(dot_product_attention):
    """Batch, queries, keys and both widths may all be different numbers."""
    for seed, (n, q, k) in enumerate(SIZES):
        args = vectors(n, q, k, d_q=9, d_k=9, d_v=2, seed=1100 + 10 * seed)
        agree(dot_product_attention, slow_dots, *args)
        for lens in some_lens(n, q, k, seed):
            agree(dot_product_attention, slow_dots, *args, valid_lens=lens)
    agree(dot_product_attention, slow_dots, *vectors(2, 3, 5, d_q=1, d_k=1, d_v=7, seed=1150))


def test_dot_product_attention_hidden_keys(dot_product_attention):
    """What hidden keys and values hold makes no difference."""
    queries, keys, values = vectors(2, 3, 5, d_q=4, d_k=4, d_v=2, seed=1160)
    lens = torch.tensor([3, 2])
    large = overlarge_where_hidden(keys, values, lens, factor=20)
    agree(dot_product_attention, slow_dots, queries, *large, lens)


def test_dot_product_attention_gradient(dot_product_attention, reference):
    """Gradients flow from output and weights to queries, keys and values."""
    args = vectors(2, 3, 5, d_q=4, d_k=4, d_v=7, seed=1170)
    agree_in_gradient(dot_product_attention, reference, *args)
    agree_in_gradient(dot_product_attention, reference, *args, torch.tensor([4, 0]))
    agree_in_gradient(dot_product_attention, reference, *args, torch.tensor([[1, 5, 0], [4, 2, 5]]))


def test_dot_product_attention_float32(dot_product_attention):
    """Output and weights have the dtype of the inputs."""
    args = vectors(2, 3, 4, d_q=5, d_k=5, d_v=2, seed=1180, dtype=torch.float32)
    agree(dot_product_attention, slow_dots, *args, torch.tensor([3, 4]))


def test_dot_product_attention_leaves_inputs_alone(dot_product_attention):
    """Queries, keys, values and valid_lens are not changed."""
    args = vectors(2, 3, 4, d_q=5, d_k=5, d_v=2, seed=1190)
    assert_inputs_unchanged(dot_product_attention, *args, torch.tensor([3, 1]))


def test_dot_product_attention_device(dot_product_attention):
    """Whatever is made is made on the device of the inputs."""
    args = vectors(2, 3, 4, d_q=5, d_k=5, d_v=2, seed=1200)
    assert_device(dot_product_attention, *args)
    assert_device(dot_product_attention, *args, torch.tensor([3, 1]))


# additive_attention


def scorer(d_q, d_k, h, seed, dtype=torch.float64):
    """Return the parameters of additive attention."""
    shapes = {"W_q": (d_q, h), "W_k": (d_k, h), "w_v": (h,)}
    return {
        name: randn(*shape, seed=seed + i, dtype=dtype) * 0.7
        for i, (name, shape) in enumerate(shapes.items())
    }


def test_additive_attention_other_sizes(additive_attention):
    """Batch, queries, keys, the three widths and the hidden units may all be different numbers."""
    for seed, (n, q, k) in enumerate(SIZES):
        args = (
            *vectors(n, q, k, d_q=6, d_k=5, d_v=2, seed=1300 + 10 * seed),
            scorer(6, 5, 9, seed=1305 + 10 * seed),
        )
        agree(additive_attention, slow_additive, *args)
        for lens in some_lens(n, q, k, seed):
            agree(additive_attention, slow_additive, *args, valid_lens=lens)
    args = *vectors(2, 3, 5, d_q=4, d_k=4, d_v=1, seed=1350), scorer(4, 4, 1, seed=1355)
    agree(additive_attention, slow_additive, *args)


def test_additive_attention_hidden_keys(additive_attention):
    """What hidden keys and values hold makes no difference."""
    queries, keys, values = vectors(2, 3, 5, d_q=4, d_k=6, d_v=2, seed=1360)
    lens, params = torch.tensor([3, 2]), scorer(4, 6, 5, seed=1365)
    large = overlarge_where_hidden(keys, values, lens, factor=20)
    agree(additive_attention, slow_additive, queries, *large, params, lens)


def test_additive_attention_gradient(additive_attention, reference):
    """Gradients flow from output and weights to queries, keys, values and all parameters."""
    args = *vectors(2, 3, 5, d_q=4, d_k=6, d_v=7, seed=1370), scorer(4, 6, 8, seed=1375)
    agree_in_gradient(additive_attention, reference, *args)
    agree_in_gradient(additive_attention, reference, *args, torch.tensor([4, 0]))
    agree_in_gradient(additive_attention, reference, *args, torch.tensor([[1, 5, 0], [4, 2, 5]]))


def test_additive_attention_float32(additive_attention):
    """Output and weights have the dtype of the inputs."""
    args = vectors(2, 3, 4, d_q=5, d_k=6, d_v=2, seed=1380, dtype=torch.float32)
    params = scorer(5, 6, 7, seed=1385, dtype=torch.float32)
    agree(additive_attention, slow_additive, *args, params, torch.tensor([3, 4]))


def test_additive_attention_leaves_inputs_alone(additive_attention):
    """Queries, keys, values, params and valid_lens are not changed."""
    args = *vectors(2, 3, 4, d_q=5, d_k=6, d_v=2, seed=1390), scorer(5, 6, 7, seed=1395)
    assert_inputs_unchanged(additive_attention, *args, torch.tensor([3, 1]))


def test_additive_attention_device(additive_attention):
    """Whatever is made is made on the device of the inputs."""
    args = *vectors(2, 3, 4, d_q=5, d_k=6, d_v=2, seed=1400), scorer(5, 6, 7, seed=1405)
    assert_device(additive_attention, *args)
    assert_device(additive_attention, *args, torch.tensor([3, 1]))


# attention_context


def decoder(n, T, h, a, seed, dtype=torch.float64):
    """Return a state, an encoder's outputs and the parameters of an attention."""
    return (
        randn(n, h, seed=seed, dtype=dtype),
        randn(n, T, h, seed=seed + 1, dtype=dtype),
        scorer(h, h, a, seed + 2, dtype),
    )


def test_attention_context_other_sizes(attention_context):
    """The context is right for any numbers of sequences, steps, units of the state and of the score."""
    for seed, (n, T, h) in enumerate(((3, 7, 5), (1, 4, 6), (4, 4, 4), (5, 2, 1))):
        args = decoder(n, T, h, a=h + 3, seed=1500 + 10 * seed)
        agree(attention_context, slow_context, *args)
        agree(attention_context, slow_context, *args, valid_lens=some_lens(n, 1, T, seed)[0])
    agree(attention_context, slow_context, *decoder(2, 3, 5, a=1, seed=1550))


def test_attention_context_hidden_steps(attention_context):
    """What steps past the valid length hold makes no difference."""
    state, outputs, params = decoder(3, 6, 4, a=5, seed=1560)
    lens = torch.tensor([4, 6, 1])
    large, _ = overlarge_where_hidden(outputs, outputs, lens, factor=1e6)
    agree(attention_context, slow_context, state, large, params, lens)


def test_attention_context_gradient(attention_context, reference):
    """Gradients flow to the state, to the encoder's outputs, as keys and as values, and to all parameters."""
    args = decoder(3, 5, 4, a=7, seed=1570)
    agree_in_gradient(attention_context, reference, *args)
    agree_in_gradient(attention_context, reference, *args, torch.tensor([5, 1, 3]))


def test_attention_context_float32(attention_context):
    """The context has the dtype of the inputs."""
    args = decoder(3, 5, 4, a=7, seed=1580, dtype=torch.float32)
    agree(attention_context, slow_context, *args, torch.tensor([5, 2, 3]))


def test_attention_context_leaves_inputs_alone(attention_context):
    """The state, the encoder's outputs, params and valid_lens are not changed."""
    assert_inputs_unchanged(attention_context, *decoder(3, 5, 4, a=7, seed=1590), torch.tensor([4, 2, 1]))


def test_attention_context_device(attention_context):
    """Whatever is made is made on the device of the inputs."""
    args = decoder(3, 5, 4, a=7, seed=1600)
    assert_device(attention_context, *args)
    assert_device(attention_context, *args, torch.tensor([4, 2, 1]))


# multi_head_attention


def problem(n, q, k, d_q, d_k, d_v, d_model, seed, dtype=torch.float64):
    """Return queries, keys, values and params of these sizes."""
    shapes = {"W_q": (d_q, d_model), "W_k": (d_k, d_model), "W_v": (d_v, d_model), "W_o": (d_model, d_model)}
    params = {
        name: randn(*shape, seed=seed + i, dtype=dtype) / math.sqrt(shape[0])
        for i, (name, shape) in enumerate(shapes.items())
    }
    sizes = ((n, q, d_q), (n, k, d_k), (n, k, d_v))
    return *(randn(*size, seed=seed + 10 + i, dtype=dtype) for i, size in enumerate(sizes)), params


def slowly(queries, keys, values, params, num_heads, valid_lens=None):
    """Attend one query of one head of one sequence at a time, adding up number by number."""
    (n, q, _), k, d_model = queries.shape, keys.shape[1], params["W_o"].shape[0]
    size = d_model // num_heads
    if valid_lens is None:
        valid_lens = torch.full((n,), k)
    lens = valid_lens.reshape(n, -1).expand(n, q).tolist()
    asked = (queries @ params["W_q"]).tolist()
    offered = (keys @ params["W_k"]).tolist()
    carried = (values @ params["W_v"]).tolist()
    joined = [[[0.0] * d_model for _ in range(q)] for _ in range(n)]
    for b in range(n):
        for i in range(q):
            for first in range(0, d_model, size):
                columns, seen = range(first, first + size), range(lens[b][i])
                matches = [sum(asked[b][i][c] * offered[b][j][c] for c in columns) for j in seen]
                powers = [math.exp(match / math.sqrt(size)) for match in matches]
                for c in columns:
                    joined[b][i][c] = sum(power * carried[b][j][c] for j, power in enumerate(powers)) / sum(
                        powers
                    )
    return torch.tensor(joined, dtype=queries.dtype) @ params["W_o"]


def test_every_size_another(multi_head_attention):
    """Batch, queries, keys, the three widths and the number of heads may all be different numbers."""
    args = problem(n=3, q=5, k=7, d_q=11, d_k=13, d_v=2, d_model=12, seed=100)
    agree(multi_head_attention, slowly, *args, 3)
    agree(multi_head_attention, slowly, *args, 12, valid_lens=torch.tensor([7, 1, 4]))
    lens = torch.tensor([[1, 7, 3, 2, 5], [6, 4, 2, 7, 1], [5, 5, 1, 3, 7]])
    agree(multi_head_attention, slowly, *args, 3, lens)


def test_one_head_and_as_many_as_columns(multi_head_attention, reference):
    """One head works, and so do heads of one column; so do one sequence, one query and one key."""
    args = problem(n=2, q=3, k=5, d_q=3, d_k=7, d_v=11, d_model=4, seed=200)
    agree(multi_head_attention, reference, *args, 1, torch.tensor([5, 3]))
    agree(multi_head_attention, reference, *args, 4, torch.tensor([2, 5]))
    alone = problem(n=1, q=1, k=3, d_q=7, d_k=2, d_v=5, d_model=8, seed=220)
    agree(multi_head_attention, reference, *alone, 2, torch.tensor([2]))
    agree(multi_head_attention, reference, *alone, 8, torch.tensor([[3]]))
    alone = problem(n=2, q=3, k=1, d_q=7, d_k=2, d_v=5, d_model=6, seed=240)
    agree(multi_head_attention, reference, *alone, 2)


def test_hidden_keys_have_no_influence(multi_head_attention, reference):
    """What hidden keys and values hold makes no difference, however well they match and however large they are."""
    queries, keys, values, params = problem(n=2, q=3, k=5, d_q=4, d_k=7, d_v=3, d_model=8, seed=300)
    lens = torch.tensor([3, 2])
    # Visible scores lie around -208, hidden ones around 208: exp of neither leaves a float64.
    queries[..., -1], params["W_q"][-1] = 4, 1
    params["W_q"][:-1] /= 4
    params["W_k"][-1] = 1
    for b, length in enumerate(lens.tolist()):
        keys[b, :length, -1] = -26
        keys[b, length:, -1] = 26
        values[b, length:] *= 1e10
    agree(multi_head_attention, reference, queries, keys, values, params, 2, lens)
    each = torch.tensor([[3, 1, 2], [2, 2, 1]])
    agree(multi_head_attention, reference, queries, keys, values, params, 8, each)


def test_gradients(multi_head_attention, reference):
    """Gradients flow to queries, keys, values and all four matrices."""
    args = problem(n=2, q=3, k=5, d_q=7, d_k=6, d_v=11, d_model=8, seed=400)
    reply = multi_head_attention.ask(
        Call("multi_head_attention", (*args, 2), cotangents=[randn(2, 3, 8, seed=420)])
    )
    for name, gradient in zip(("queries", "keys", "values", *args[3]), reply.gradients, strict=True):
        observe(f"no gradient reaches {name}", float(gradient is None or not gradient.any()))
    agree_in_gradient(multi_head_attention, reference, *args, 2)
    agree_in_gradient(multi_head_attention, reference, *args, 8, torch.tensor([5, 2]))
    agree_in_gradient(multi_head_attention, reference, *args, 2, torch.tensor([[1, 5, 3], [4, 2, 5]]))


def test_float32_stays(multi_head_attention, reference):
    """float32 inputs give a float32 result."""
    args = problem(n=2, q=4, k=3, d_q=5, d_k=7, d_v=2, d_model=6, seed=500, dtype=torch.float32)
    agree(multi_head_attention, reference, *args, 3)
    agree(multi_head_attention, reference, *args, 2, torch.tensor([3, 1]))


def test_inputs_are_left_alone(multi_head_attention):
    """Queries, keys, values, params and valid_lens are not changed."""
    args = problem(n=2, q=3, k=5, d_q=4, d_k=7, d_v=2, d_model=6, seed=600)
    assert_inputs_unchanged(multi_head_attention, *args, 3)
    assert_inputs_unchanged(multi_head_attention, *args, 3, torch.tensor([4, 2]))


def test_device(multi_head_attention):
    """Whatever is made is made on the device of the inputs."""
    args = problem(n=2, q=3, k=5, d_q=4, d_k=7, d_v=2, d_model=6, seed=700)
    assert_device(multi_head_attention, *args, 3)
    assert_device(multi_head_attention, *args, 3, torch.tensor([4, 2]))
    assert_device(multi_head_attention, *args, 3, torch.tensor([[4, 2, 1], [5, 3, 2]]))
