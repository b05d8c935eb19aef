"""Checks that students have: positional encoding, the parts of a Transformer, and its two blocks."""

import math
from functools import partial

import torch
from torch import nn
from torch.func import functional_call

from autograder.checking import agree, assert_matches, randn
from autograder.helpers import in_steps

# positional_encoding

# float32 is good enough for these few positions; how exact far ones are is checked elsewhere.
EXACT = 1e-5


def values(encoding):
    """Return a tensor's values in float64; its dtype is the affair of one check. What is no tensor stays as it is."""
    floating = isinstance(encoding, torch.Tensor) and encoding.is_floating_point()
    return encoding.double() if floating else encoding


def test_sines_and_cosines_take_turns(positional_encoding):
    """Even columns are sines and odd columns cosines, both of pos / 10000**(2j/d)."""
    # With d = 8 the four frequencies are 1, 1/10, 1/100 and 1/1000.
    turns = [[pos, pos / 10, pos / 100, pos / 1000] for pos in range(5)]
    rows = [[f(angle) for angle in row for f in (math.sin, math.cos)] for row in turns]
    expected = torch.tensor(rows, dtype=torch.float64)
    assert_matches(values(positional_encoding(5, 8)), expected, tolerance=EXACT)


def test_an_odd_size_ends_with_a_sine(positional_encoding):
    """Where d is odd, the last column is a sine without its cosine."""
    # With d = 5 the exponents are 0, 0.4 and 0.8.
    slow, slower = 0.025118864315095794, 0.000630957344480193
    rows = [
        [math.sin(pos), math.cos(pos), math.sin(slow * pos), math.cos(slow * pos), math.sin(slower * pos)]
        for pos in range(7)
    ]
    assert_matches(
        values(positional_encoding(7, 5)), torch.tensor(rows, dtype=torch.float64), tolerance=EXACT
    )


def test_position_0_comes_first(positional_encoding):
    """The first row belongs to position 0: its sines are 0 and its cosines are 1."""
    expected = torch.tensor([[0.0, 1.0, 0.0, 1.0, 0.0, 1.0]], dtype=torch.float64)
    assert_matches(values(positional_encoding(1, 6)), expected, tolerance=EXACT)


def test_dtype_is_the_one_asked_for(positional_encoding):
    """The result has the dtype that is passed, and float32 where none is."""
    expected = torch.tensor([[math.sin(pos), math.cos(pos)] for pos in range(4)], dtype=torch.float64)
    assert_matches(positional_encoding(4, 2, dtype=torch.float64), expected, tolerance=EXACT)
    assert_matches(positional_encoding(4, 2, dtype=torch.float32), expected.float(), tolerance=EXACT)
    assert_matches(positional_encoding(4, 2), expected.float(), tolerance=EXACT)


def numbers(*rows):
    """Return a float64 tensor."""
    return torch.tensor(rows, dtype=torch.float64)


# layer_norm


def torchs_own_norm(x, gamma, beta, eps=1e-5):
    """Return what torch's own layer norm makes of it."""
    return nn.functional.layer_norm(x, x.shape[-1:], gamma, beta, eps)


def test_layer_norm_value(layer_norm):
    """Each row has mean 0 and variance 1 over its last axis, before it is scaled by gamma and shifted by beta."""
    x = numbers(
        [[1, 2, 3, 4, 5], [2, 2, 2, 2, 7]],
        [[0, 1, 0, -1, 0], [9, 3, 6, 3, 9]],
        [[5, 5, 5, 6, 4], [1, 1, 0, 0, 8]],
    )
    agree(layer_norm, torchs_own_norm, x, torch.ones(5).double(), torch.zeros(5).double())
    agree(layer_norm, torchs_own_norm, x, randn(5, seed=1), randn(5, seed=2))


def test_layer_norm_eps(layer_norm):
    """eps is added to the variance, inside the root."""
    x, gamma, beta = randn(2, 3, seed=3), randn(3, seed=4), randn(3, seed=5)
    agree(layer_norm, torchs_own_norm, x, gamma, beta, eps=0.3)
    agree(layer_norm, torchs_own_norm, 0.01 * x, gamma, beta)


def test_layer_norm_alike_entries(layer_norm):
    """Where all entries of a row are the same, the result is beta, without NaN."""
    x = numbers([3, 3, 3, 3], [-2, -2, -2, -2], [0, 0, 0, 0])
    beta = numbers(1, -2, 0.5, 4)
    agree(layer_norm, lambda x, gamma, beta: beta.repeat(3, 1), x, randn(4, seed=6), beta)


# add_norm


def test_add_norm_value(add_norm):
    """The result is the layer norm of x + y."""
    x, y, gamma, beta = randn(2, 3, 4, seed=10), randn(2, 3, 4, seed=11), randn(4, seed=12), randn(4, seed=13)
    agree(add_norm, lambda x, y, *rest: torchs_own_norm(x + y, *rest), x, y, gamma, beta)


def test_add_norm_eps(add_norm):
    """eps is passed on, and is 1e-5 where none is given."""
    x, y, gamma, beta = randn(3, 4, seed=14), randn(3, 4, seed=15), randn(4, seed=16), randn(4, seed=17)
    agree(add_norm, lambda x, y, *rest, eps: torchs_own_norm(x + y, *rest, eps), x, y, gamma, beta, eps=0.4)
    agree(add_norm, lambda x, y, *rest: torchs_own_norm(x + y, *rest), 0.01 * x, 0.01 * y, gamma, beta)


def test_add_norm_nothing_left(add_norm):
    """Where y is -x, the result is beta."""
    x, beta = randn(2, 5, seed=18), randn(5, seed=19)
    agree(add_norm, lambda x, y, gamma, beta: beta.repeat(2, 1), x, -x, randn(5, seed=20), beta)


# position_wise_ffn


def computed_by_hand():
    """Return two sequences of four positions, parameters, and the network's results."""
    params = {
        "W_1": numbers([1, 0, -1, 2], [0, 1, 1, -1]),
        "b_1": numbers(0, -1, 0.5, 1),
        "W_2": numbers([1, 2, 0], [3, 0, 1], [0, 4, -1], [-1, 1, 2]),
        "b_2": numbers(0.5, -1, 2),
    }
    x = numbers([[1, 2], [3, -1], [-1, 1], [0, 0]], [[0, 4], [2, 2], [-2, -3], [1, 0]])
    results = numbers(
        [[3.5, 8, 3.5], [-4.5, 13, 18], [0.5, 9, -0.5], [-0.5, 2, 3.5]],
        [[9.5, 17, 0.5], [2.5, 8, 8.5], [0.5, -1, 2], [-1.5, 4, 8]],
    )
    return x, params, results


def test_position_wise_ffn_by_hand(position_wise_ffn):
    """Each position goes through relu(x @ W_1 + b_1) @ W_2 + b_2."""
    x, params, results = computed_by_hand()
    assert_matches(position_wise_ffn(x, params), results)


def test_position_wise_ffn_each_position_alone(position_wise_ffn):
    """A position's result does not depend on the other positions, nor on the rest of the batch."""
    x, params, results = computed_by_hand()
    assert_matches(position_wise_ffn(x[1:, 1:3], params), results[1:, 1:3])
    assert_matches(position_wise_ffn(x[:, 3:], params), results[:, 3:])


def test_position_wise_ffn_no_hidden_unit_active(position_wise_ffn):
    """Where no hidden unit is above 0, the result is b_2."""
    params = {
        "W_1": randn(3, 5, seed=35),
        "b_1": -numbers(*[50] * 5),
        "W_2": randn(5, 2, seed=36),
        "b_2": randn(2, seed=37),
    }
    x = randn(2, 4, 3, seed=38)
    agree(position_wise_ffn, lambda x, params: params["b_2"].expand(2, 4, 2), x, params)


# causal_valid_lens


def test_causal_valid_lens_value(causal_valid_lens):
    """Step t, counted from 0, sees t + 1 positions, in each of the n sequences."""
    assert_matches(causal_valid_lens(2, 4), torch.tensor([[1, 2, 3, 4], [1, 2, 3, 4]]))


def test_causal_valid_lens_one_step(causal_valid_lens):
    """One step sees itself, and one sequence is a batch."""
    assert_matches(causal_valid_lens(3, 1), torch.tensor([[1], [1], [1]]))
    assert_matches(causal_valid_lens(1, 3), torch.tensor([[1, 2, 3]]))


# The blocks, against torch's own layers with the same weights.


def attention_weights(d, seed):
    """Return the four matrices of an attention."""
    return {
        name: randn(d, d, seed=seed + i) / math.sqrt(d) for i, name in enumerate(("W_q", "W_k", "W_v", "W_o"))
    }


def block_params(attentions, d, f, seed):
    """Return the parameters of a block with these attentions."""
    params = {name: attention_weights(d, seed + 10 * i) for i, name in enumerate(attentions)}
    for i in range(len(attentions) + 1):
        gamma, beta = 1 + 0.3 * randn(d, seed=seed + 30 + i), 0.5 * randn(d, seed=seed + 40 + i)
        params[f"norm_{i + 1}"] = {"gamma": gamma, "beta": beta}
    shapes = {"W_1": (d, f), "b_1": (f,), "W_2": (f, d), "b_2": (d,)}
    params["ffn"] = {
        name: randn(*shape, seed=seed + 50 + i) / 2 for i, (name, shape) in enumerate(shapes.items())
    }
    return params


def torchs_names(params, names):
    """Return parameters as torch's own layers name and lay them out."""
    state = {}
    for ours, theirs in names.items():
        matrices = params[ours]
        state[f"{theirs}.in_proj_weight"] = torch.cat([matrices[name].T for name in ("W_q", "W_k", "W_v")])
        state[f"{theirs}.out_proj.weight"] = matrices["W_o"].T
    for i in range(len(names) + 1):
        norm = params[f"norm_{i + 1}"]
        state |= {f"norm{i + 1}.weight": norm["gamma"], f"norm{i + 1}.bias": norm["beta"]}
    for i in (1, 2):
        state[f"linear{i}.weight"], state[f"linear{i}.bias"] = (
            params["ffn"][f"W_{i}"].T,
            params["ffn"][f"b_{i}"],
        )
    return state


def torchs_layer(kind, params, names, num_heads, *args, **kwargs):
    """Run one of torch's own layers with these parameters."""
    d, f = params["ffn"]["W_1"].shape
    layer = kind(d, num_heads, f, dropout=0.0, batch_first=True, dtype=torch.float64)
    state = {
        name: torch.zeros_like(value) for name, value in layer.named_parameters()
    }  # no bias in attention
    return functional_call(layer, state | torchs_names(params, names), args, kwargs)


def padding(valid_lens, steps):
    """Return a mask of what is padding."""
    return None if valid_lens is None else torch.arange(steps) >= valid_lens[:, None]


def torchs_encoder(x, params, num_heads, valid_lens=None):
    """Return what torch's own encoder layer makes of it."""
    hidden = padding(valid_lens, x.shape[1])
    names = {"attention": "self_attn"}
    return torchs_layer(nn.TransformerEncoderLayer, params, names, num_heads, x, src_key_padding_mask=hidden)


def torchs_decoder(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Return what torch's own decoder layer makes of a whole pass; it has no cache."""
    hidden = padding(encoder_valid_lens, encoder_outputs.shape[1])
    future = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
    names = {"self_attention": "self_attn", "cross_attention": "multihead_attn"}
    args = x, encoder_outputs
    masks = {"tgt_mask": future, "memory_key_padding_mask": hidden}
    return torchs_layer(nn.TransformerDecoderLayer, params, names, num_heads, *args, **masks)


# encoder_block


def test_encoder_block_value(encoder_block):
    """Self-attention with add & norm, then the feed-forward network with add & norm."""
    agree(
        encoder_block,
        torchs_encoder,
        randn(2, 3, 4, seed=200),
        block_params(["attention"], 4, 5, seed=201),
        2,
    )


def test_encoder_block_valid_lens(encoder_block):
    """No position attends to positions at and past valid_lens, and every position gets a result."""
    args = randn(2, 5, 4, seed=300), block_params(["attention"], 4, 3, seed=301), 2
    agree(encoder_block, torchs_encoder, *args, torch.tensor([5, 2]))
    agree(encoder_block, torchs_encoder, *args, valid_lens=torch.tensor([1, 4]))


def test_encoder_block_heads(encoder_block):
    """The attention has num_heads heads."""
    args = randn(1, 4, 6, seed=400), block_params(["attention"], 6, 7, seed=401)
    for num_heads in (1, 3, 6):
        agree(encoder_block, torchs_encoder, *args, num_heads)


# decoder_block

BOTH = ["self_attention", "cross_attention"]


def test_decoder_block_value(decoder_block):
    """In a whole pass: causal self-attention, attention to the encoder, the network, each with add & norm."""
    args = randn(2, 3, 4, seed=500), randn(2, 5, 4, seed=501), block_params(BOTH, 4, 6, seed=502), 2
    got = decoder_block.driven_by(partial(in_steps, sizes=[3]))(*args)
    assert_matches(got, torchs_decoder(*args))


def test_decoder_block_encoder_valid_lens(decoder_block):
    """Nothing attends to encoder outputs at and past encoder_valid_lens."""
    args = randn(2, 3, 4, seed=600), randn(2, 5, 4, seed=601), block_params(BOTH, 4, 6, seed=602), 2
    lens = torch.tensor([2, 4])
    got = decoder_block.driven_by(partial(in_steps, sizes=[3]))(*args, lens)
    assert_matches(got, torchs_decoder(*args, lens))


def test_decoder_block_step_by_step(decoder_block):
    """Fed one step at a time with the cache, it gives the rows of the whole pass."""
    args = randn(2, 4, 6, seed=700), randn(2, 3, 6, seed=701), block_params(BOTH, 6, 5, seed=702), 3
    lens = torch.tensor([3, 1])
    got = decoder_block.driven_by(partial(in_steps, sizes=[1, 1, 1, 1]))(*args, lens)
    assert_matches(got, torchs_decoder(*args, lens))


def test_decoder_block_several_steps_at_once(decoder_block):
    """With a cache, x may hold several steps; among these, too, nothing sees what comes later."""
    args = randn(2, 6, 4, seed=800), randn(2, 3, 4, seed=801), block_params(BOTH, 4, 5, seed=802), 2
    got = decoder_block.driven_by(partial(in_steps, sizes=[1, 3, 2]))(*args)
    assert_matches(got, torchs_decoder(*args))
