"""Checks that only graders have: positional encoding, the parts of a Transformer, and its two blocks."""

import functools
import math
from functools import partial

import torch

from autograder.checking import (
    DIFFERENT_DEVICES,
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    assert_matches,
    observe,
    randn,
)
from autograder.errors import CheckFailed, Raised
from autograder.helpers import in_branches, in_steps

# positional_encoding

EXACT = 1e-5


def values(encoding):
    """Return a tensor's values in float64; its dtype is the affair of another check."""
    floating = isinstance(encoding, torch.Tensor) and encoding.is_floating_point()
    return encoding.double() if floating else encoding


@functools.cache
def one_by_one(max_len, d):
    """Return the encoding in float64, each element from the formula with Python's own numbers."""
    return torch.tensor(
        [
            [
                math.cos(pos / 10000 ** ((column - 1) / d))
                if column % 2
                else math.sin(pos / 10000 ** (column / d))
                for column in range(d)
            ]
            for pos in range(max_len)
        ],
        dtype=torch.float64,
    )


def test_other_sizes(positional_encoding, reference):
    """Every number of positions and every d from 1 on is served, even and odd ones."""
    for max_len, d in ((1, 1), (9, 1), (6, 2), (11, 3), (2, 13), (13, 10), (16, 24)):
        assert_matches(values(positional_encoding(max_len, d)), one_by_one(max_len, d), tolerance=EXACT)
    assert_matches(values(positional_encoding(19, 7)), reference(19, 7).double(), tolerance=EXACT)


def test_far_positions_are_exact(positional_encoding):
    """The encoding is exact to 1e-5 up to position 5,000."""
    # Frequencies other than 1 are needed for rounding to show, and more than 200,000 elements so that what is
    # written down of the result is how far off it is, not the rounding of one particular way to compute it.
    expected = one_by_one(5001, 46)
    for dtype in (torch.float64, torch.float32):
        got = values(positional_encoding(5001, 46, dtype=dtype))
        assert_matches(got, expected, tolerance=0.1)
        error = (got - expected).abs().max().item()
        observe(f"not exact in {dtype}", float(error > EXACT))
        if error > EXACT:
            raise CheckFailed("value", "errors of at most 1e-05", f"an error of {error:.3g}")


def test_device_is_the_one_asked_for(positional_encoding):
    """The result is made on the device that is passed."""
    for got in (
        positional_encoding(4, 3, device="cpu"),
        positional_encoding(4, 3, torch.float64, torch.device("cpu")),
    ):
        assert_matches(values(got), one_by_one(4, 3), tolerance=EXACT)
    for device in ("meta", torch.device("meta")):
        try:
            got = positional_encoding(5, 4, device=device)
        except Raised as failure:
            # Meta tensors hold no values. An answer that reads some cannot run there; that is no device mistake.
            if "meta" in failure.text.lower() and not any(text in failure.text for text in DIFFERENT_DEVICES):
                return
            raise
        assert_matches(values(got), torch.empty(5, 4, dtype=torch.float64, device="meta"))


# layer_norm


def slow_norm(x, gamma, beta, eps=1e-5):
    """Return the layer norm, row by row, with Python's own numbers."""
    gamma, beta, rows = gamma.tolist(), beta.tolist(), []
    for row in x.reshape(-1, x.shape[-1]).tolist():
        mean = sum(row) / len(row)
        variance = sum((value - mean) ** 2 for value in row) / len(row)
        root = math.sqrt(variance + eps)
        rows.append([(v - mean) / root * g + b for v, g, b in zip(row, gamma, beta, strict=True)])
    return torch.tensor(rows, dtype=x.dtype).reshape(x.shape)


def slow_add_norm(x, y, gamma, beta, eps=1e-5):
    """Return the layer norm of the sum."""
    return slow_norm(x + y, gamma, beta, eps)


def rows(*shape, seed, dtype=torch.float64):
    """Return x of this shape, gamma and beta."""
    return [
        randn(*size, seed=seed + i, dtype=dtype) for i, size in enumerate((shape, shape[-1:], shape[-1:]))
    ]


def test_layer_norm_other_shapes(layer_norm):
    """It is taken over the last axis, however many axes there are and whatever their sizes."""
    for seed, shape in enumerate(((7,), (3, 5), (5, 3), (2, 3, 7), (4, 4, 4), (3, 2, 5, 4), (3, 1, 4))):
        agree(layer_norm, slow_norm, *rows(*shape, seed=1000 + 10 * seed))
    x, gamma, beta = rows(6, 5, seed=1080)
    agree(layer_norm, slow_norm, randn(5, 6, seed=1083).T, gamma, beta)
    agree(layer_norm, slow_norm, 3 + 20 * x, gamma, beta)


def test_layer_norm_eps_counts(layer_norm):
    """eps is added to the variance, and is 1e-5 where none is given, however small the variance is."""
    x, gamma, beta = rows(4, 3, seed=1100)
    agree(layer_norm, slow_norm, 1e-3 * x, gamma, beta)
    agree(layer_norm, slow_norm, 5 + 1e-2 * x, gamma, beta, eps=1e-3)
    agree(layer_norm, slow_norm, x, gamma, beta, 2.0)


def test_layer_norm_gradient(layer_norm, reference):
    """Gradients flow to x, through mean and variance too, to gamma and to beta."""
    agree_in_gradient(layer_norm, reference, *rows(3, 2, 5, seed=1110))
    agree_in_gradient(layer_norm, reference, *rows(4, 3, seed=1120), eps=0.2)


def test_layer_norm_float32(layer_norm):
    """The result has the dtype of x."""
    agree(layer_norm, slow_norm, *rows(3, 2, 5, seed=1130, dtype=torch.float32))


def test_layer_norm_leaves_inputs_alone(layer_norm):
    """x, gamma and beta are not changed."""
    assert_inputs_unchanged(layer_norm, *rows(3, 2, 5, seed=1140))


def test_layer_norm_device(layer_norm):
    """Everything is made on the device of x."""
    assert_device(layer_norm, *rows(3, 2, 5, seed=1150))


# add_norm


def two_of(*shape, seed, dtype=torch.float64):
    """Return x and y of this shape, gamma and beta."""
    return [randn(*shape, seed=seed + 5, dtype=dtype), *rows(*shape, seed=seed, dtype=dtype)]


def test_add_norm_other_shapes(add_norm):
    """The sum is normalised over its last axis, however many axes there are and whatever their sizes."""
    for seed, shape in enumerate(((7,), (3, 5), (2, 3, 7), (4, 4, 4), (3, 2, 5, 4))):
        agree(add_norm, slow_add_norm, *two_of(*shape, seed=1200 + 10 * seed))
    agree(add_norm, slow_add_norm, *two_of(4, 3, seed=1260), 1.5)


def test_add_norm_gradient(add_norm, reference):
    """Gradients flow to x, y, gamma and beta."""
    agree_in_gradient(add_norm, reference, *two_of(3, 2, 5, seed=1270))


def test_add_norm_float32(add_norm):
    """The result has the dtype of x."""
    agree(add_norm, slow_add_norm, *two_of(3, 2, 5, seed=1280, dtype=torch.float32))


def test_add_norm_leaves_inputs_alone(add_norm):
    """x, y, gamma and beta are not changed."""
    assert_inputs_unchanged(add_norm, *two_of(3, 2, 5, seed=1290))


def test_add_norm_device(add_norm):
    """Everything is made on the device of x."""
    assert_device(add_norm, *two_of(3, 2, 5, seed=1300))


# position_wise_ffn


def network(d, f, d_out, seed, dtype=torch.float64):
    """Return the parameters of a feed-forward network."""
    shapes = {"W_1": (d, f), "b_1": (f,), "W_2": (f, d_out), "b_2": (d_out,)}
    return {
        name: randn(*shape, seed=seed + i, dtype=dtype) / 2 for i, (name, shape) in enumerate(shapes.items())
    }


def slow_ffn(x, params):
    """Return the network's result, position by position, with Python's own numbers."""
    layers = [(params[f"W_{i}"].T.tolist(), params[f"b_{i}"].tolist()) for i in (1, 2)]

    def layer(row, weights, biases):
        return [sum(map(float.__mul__, row, w), b) for w, b in zip(weights, biases, strict=True)]

    results = [
        [layer([max(0.0, u) for u in layer(row, *layers[0])], *layers[1]) for row in sequence]
        for sequence in x.tolist()
    ]
    return torch.tensor(results, dtype=x.dtype)


def test_position_wise_ffn_other_sizes(position_wise_ffn):
    """Batch, steps and the three widths may all be different numbers."""
    for seed, (n, T, d, f, out) in enumerate(
        ((3, 5, 4, 7, 2), (1, 6, 3, 3, 3), (4, 1, 5, 2, 6), (2, 3, 1, 4, 1))
    ):
        x = randn(n, T, d, seed=1400 + 10 * seed)
        agree(position_wise_ffn, slow_ffn, x, network(d, f, out, seed=1401 + 10 * seed))


def test_position_wise_ffn_gradient(position_wise_ffn, reference):
    """Gradients flow to x and to all four parameters."""
    agree_in_gradient(position_wise_ffn, reference, randn(2, 3, 4, seed=1450), network(4, 6, 5, seed=1451))


def test_position_wise_ffn_float32(position_wise_ffn):
    """The result has the dtype of x."""
    x = randn(2, 3, 4, seed=1460, dtype=torch.float32)
    agree(position_wise_ffn, slow_ffn, x, network(4, 6, 5, seed=1461, dtype=torch.float32))


def test_position_wise_ffn_leaves_inputs_alone(position_wise_ffn):
    """x and params are not changed."""
    assert_inputs_unchanged(position_wise_ffn, randn(2, 3, 4, seed=1470), network(4, 6, 5, seed=1471))


def test_position_wise_ffn_device(position_wise_ffn):
    """Everything is made on the device of x."""
    assert_device(position_wise_ffn, randn(2, 3, 4, seed=1480), network(4, 6, 5, seed=1481))


# causal_valid_lens


def test_causal_valid_lens_other_sizes(causal_valid_lens):
    """The result is int64 of shape (n, steps), for any n and any number of steps."""
    for n, steps in ((5, 3), (2, 7), (1, 1), (4, 4), (3, 20)):
        agree(causal_valid_lens, lambda n, steps: torch.tensor([list(range(1, steps + 1))] * n), n, steps)
    assert_matches(causal_valid_lens(n=2, steps=3), torch.tensor([[1, 2, 3], [1, 2, 3]]))


# The blocks


def block(attentions, d, f, seed, dtype=torch.float64):
    """Return the parameters of a block with these attentions."""
    params = {}
    for i, attention in enumerate(attentions):
        params[attention] = {
            name: randn(d, d, seed=seed + 10 * i + j, dtype=dtype) / math.sqrt(d)
            for j, name in enumerate(("W_q", "W_k", "W_v", "W_o"))
        }
    for i in range(len(attentions) + 1):
        gamma, beta = (randn(d, seed=seed + k + i, dtype=dtype) for k in (30, 40))
        params[f"norm_{i + 1}"] = {"gamma": 1 + 0.4 * gamma, "beta": 0.5 * beta}
    return params | {"ffn": network(d, f, d, seed + 50, dtype)}


def encoder_args(n, T, d, f, seed, dtype=torch.float64):
    """Return x and params of an encoder block."""
    return randn(n, T, d, seed=seed, dtype=dtype), block(["attention"], d, f, seed + 1, dtype)


def test_encoder_block_other_sizes(encoder_block, reference):
    """Batch, steps, widths and heads may all be different numbers."""
    for seed, (n, T, d, f, heads) in enumerate(
        ((3, 5, 8, 7, 4), (1, 7, 6, 11, 3), (4, 1, 5, 2, 1), (3, 3, 4, 4, 2))
    ):
        args = *encoder_args(n, T, d, f, seed=1500 + 70 * seed), heads
        agree(encoder_block, reference, *args)
        lens = torch.tensor([T, 1 + T // 2, 1, T])[:n]
        agree(encoder_block, reference, *args, lens)
        agree(encoder_block, reference, *args, valid_lens=lens.flip(0))


def test_encoder_block_gradient(encoder_block, reference):
    """Gradients flow to x and to all parameters."""
    args = encoder_args(2, 5, 6, 7, seed=1800)
    agree_in_gradient(encoder_block, reference, *args, 3)
    agree_in_gradient(encoder_block, reference, *args, 2, torch.tensor([3, 5]))


def test_encoder_block_float32(encoder_block, reference):
    """The result has the dtype of x."""
    args = encoder_args(2, 5, 6, 7, seed=1900, dtype=torch.float32)
    agree(encoder_block, reference, *args, 2, torch.tensor([3, 5]))


def test_encoder_block_leaves_inputs_alone(encoder_block):
    """x, params and valid_lens are not changed."""
    assert_inputs_unchanged(encoder_block, *encoder_args(2, 5, 6, 7, seed=2000), 2, torch.tensor([3, 5]))


def test_encoder_block_device(encoder_block):
    """Everything is made on the device of x."""
    args = encoder_args(2, 5, 6, 7, seed=2100)
    assert_device(encoder_block, *args, 2)
    assert_device(encoder_block, *args, 2, torch.tensor([3, 5]))


# decoder_block


def decoder_args(n, T, S, d, f, seed, dtype=torch.float64):
    """Return x, the encoder's outputs and params of a decoder block."""
    x, encoder_outputs = randn(n, T, d, seed=seed, dtype=dtype), randn(n, S, d, seed=seed + 1, dtype=dtype)
    return x, encoder_outputs, block(["self_attention", "cross_attention"], d, f, seed + 2, dtype)


def agree_in_steps(answer, reference, sizes, *args, gradient=False):
    """Assert that an answer fed in pieces gives the rows of the reference's whole pass."""

    def whole_pass_each_time(x, encoder_outputs, params, num_heads, lens=None, cache=None):
        steps = x if cache is None else torch.cat([cache, x], dim=1)
        y, _ = reference(steps, encoder_outputs, params, num_heads, lens)
        return y[:, -x.shape[1] :], steps

    driven = answer.driven_by(partial(in_steps, sizes=sizes))
    (agree_in_gradient if gradient else agree)(driven, whole_pass_each_time, *args)


def test_decoder_block_other_sizes(decoder_block, reference):
    """Batch, steps, the encoder's steps, widths and heads may all be different numbers."""
    sizes = ((3, 5, 7, 8, 6, 4), (1, 6, 2, 6, 11, 3), (4, 1, 3, 5, 2, 1), (3, 3, 3, 4, 4, 2))
    for seed, (n, T, S, d, f, heads) in enumerate(sizes):
        args = *decoder_args(n, T, S, d, f, seed=2200 + 70 * seed), heads
        agree_in_steps(decoder_block, reference, [T], *args)
        agree_in_steps(decoder_block, reference, [T], *args, torch.tensor([S, 1 + S // 2, 1, S])[:n])


def test_decoder_block_pieces_of_all_sizes(decoder_block, reference):
    """However the steps are cut into pieces, the results are the rows of the whole pass."""
    args = *decoder_args(2, 7, 5, 6, 4, seed=2500), 2
    lens = torch.tensor([3, 5])
    for sizes in ([1] * 7, [3, 1, 1, 2], [2, 5], [6, 1], [1, 2, 4]):
        agree_in_steps(decoder_block, reference, sizes, *args, lens)


def test_decoder_block_cache_is_kept(decoder_block, reference):
    """A cache that is passed in is not changed: different words can go on from the same beginning."""
    x, encoder_outputs, params = decoder_args(2, 9, 4, 6, 5, seed=2600)
    lens = torch.tensor([4, 2])
    branches = [x[:, 3:5], x[:, 5:6], x[:, 6:9], x[:, 3:5]]
    expected = []
    for branch in branches:
        steps = torch.cat([x[:, :3], branch], dim=1)
        expected.append(reference(steps, encoder_outputs, params, 3, lens)[0][:, 3:])
    got = decoder_block.driven_by(in_branches)(x[:, :3], branches, encoder_outputs, params, 3, lens)
    assert_matches(got, expected)


def test_decoder_block_gradient(decoder_block, reference):
    """Gradients flow to x, to the encoder's outputs and to all parameters, and through the cache to earlier steps."""
    args = *decoder_args(2, 4, 5, 6, 7, seed=2700), 2
    agree_in_steps(decoder_block, reference, [4], *args, gradient=True)
    agree_in_steps(decoder_block, reference, [1, 2, 1], *args, torch.tensor([2, 5]), gradient=True)


def test_decoder_block_float32(decoder_block, reference):
    """The result has the dtype of x."""
    args = *decoder_args(2, 4, 5, 6, 7, seed=2800, dtype=torch.float32), 3
    agree_in_steps(decoder_block, reference, [4], *args)
    agree_in_steps(decoder_block, reference, [1, 1, 2], *args, torch.tensor([2, 5]))


def test_decoder_block_leaves_inputs_alone(decoder_block):
    """x, the encoder's outputs, params and encoder_valid_lens are not changed."""
    args = *decoder_args(2, 4, 5, 6, 7, seed=2900), 2, torch.tensor([3, 5])
    assert_inputs_unchanged(decoder_block.driven_by(partial(in_steps, sizes=[2, 1, 1])), *args)


def test_decoder_block_device(decoder_block):
    """Everything is made on the device of x, with a cache too."""
    args = *decoder_args(2, 3, 5, 6, 7, seed=3000), 2
    assert_device(decoder_block.driven_by(partial(in_steps, sizes=[3])), *args)
    assert_device(decoder_block.driven_by(partial(in_steps, sizes=[1, 2])), *args, torch.tensor([3, 5]))
