"""Checks that only graders have: vocabulary, batches and perplexity; cells of RNN, GRU and LSTM; networks of cells."""

import math

import torch

from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    assert_matches,
    randn,
)
from autograder.helpers import damped_pair_step, damped_step, with_arguments

SIZES_OF_ONE = ((3, 2, 1), (1, 5, 4), (3, 1, 2), (1, 1, 1))  # n, d, h


def make_inputs(letters, n, d, h, seed, dtype=torch.float64):
    """Return x, a state and weights for each letter: no two alike, none zero, small enough not to saturate a gate."""
    x, state = randn(n, d, seed=seed, dtype=dtype), randn(n, h, seed=seed + 1, dtype=dtype)
    params = {}
    for k, letter in enumerate(letters):
        params[f"W_x{letter}"] = 0.4 * randn(d, h, seed=seed + 3 * k + 2, dtype=dtype)
        params[f"W_h{letter}"] = 0.5 * randn(h, h, seed=seed + 3 * k + 3, dtype=dtype)
        params[f"b_{letter}"] = 0.7 * randn(h, seed=seed + 3 * k + 4, dtype=dtype)
    return x, state, params


def gru_inputs(n, d, h, seed, dtype=torch.float64):
    """Return x, h and params of a GRU."""
    return make_inputs("rzh", n, d, h, seed, dtype)


def around_100(x, state, params):
    """Return inputs of twice the width with the same right answer, in which rounding x to float32 shows: 100 + x - 100."""
    doubled = {name: torch.cat([w, -w]) if name.startswith("W_x") else w for name, w in params.items()}
    return torch.cat([100 + x, torch.full_like(x, 100)], dim=1), state, doubled


def lstm_inputs(n, d, h, seed, dtype=torch.float64):
    """Return x, (h, c) and params of an LSTM."""
    x, state, params = make_inputs("ifoc", n, d, h, seed, dtype)
    return x, (state, 1.5 * randn(n, h, seed=seed + 14, dtype=dtype)), params


# The second oracle: lists of floats, loops and the math module; no tensor operation has a part in it.


def as_lists(value):
    """Return tensors in tuples and dicts as lists."""
    if isinstance(value, dict):
        return {name: item.tolist() for name, item in value.items()}
    return tuple(item.tolist() for item in value) if isinstance(value, tuple) else value.tolist()


def layer(x, h, params, letter, squash):
    """Return squash(x @ W_x + h @ W_h + b), element by element."""
    w_x, w_h, b = (params[name + letter] for name in ("W_x", "W_h", "b_"))
    rows = []
    for x_row, h_row in zip(x, h, strict=True):
        row = []
        for unit, total in enumerate(b):
            for k, value in enumerate(x_row):
                total += value * w_x[k][unit]
            for k, value in enumerate(h_row):
                total += value * w_h[k][unit]
            row.append(squash(total))
        rows.append(row)
    return rows


def logistic(a):
    """Return the logistic sigmoid of a float."""
    return 1 / (1 + math.exp(-a))


def each(function, *matrices):
    """Apply a function of floats to matrices, element by element."""
    return [[function(*values) for values in zip(*rows, strict=True)] for rows in zip(*matrices, strict=True)]


def as_tensors(*matrices, like):
    """Return lists as tensors of the dtype of another tensor."""
    return tuple(torch.tensor(matrix, dtype=like.dtype) for matrix in matrices)


def slow_gru_gates(x, h, params):
    inputs = as_lists(x), as_lists(h), as_lists(params)
    return as_tensors(*(layer(*inputs, letter, logistic) for letter in "rz"), like=x)


def slow_gru_step(x, h, params):
    xs, hs, weights = as_lists(x), as_lists(h), as_lists(params)
    r, z = (layer(xs, hs, weights, letter, logistic) for letter in "rz")
    candidate = layer(xs, each(lambda r, h: r * h, r, hs), weights, "h", math.tanh)
    (new,) = as_tensors(each(lambda z, h, new: z * h + (1 - z) * new, z, hs, candidate), like=x)
    return new


def slow_lstm_gates(x, h, params):
    inputs = as_lists(x), as_lists(h), as_lists(params)
    return as_tensors(*(layer(*inputs, letter, logistic) for letter in "ifo"), like=x)


def slow_lstm_step(x, state, params):
    xs, (hs, cs), weights = as_lists(x), as_lists(state), as_lists(params)
    i, f, o = (layer(xs, hs, weights, letter, logistic) for letter in "ifo")
    candidate = layer(xs, hs, weights, "c", math.tanh)
    cell = each(lambda f, c, i, new: f * c + i * new, f, cs, i, candidate)
    return as_tensors(each(lambda o, c: o * math.tanh(c), o, cell), cell, like=x)


# build_vocab

VERSE = "the Sea the boat the sea a boat Sea sea the gull a gull a sea the oar A oar sea".split()


def test_build_vocab_larger(build_vocab, reference):
    """The vocabulary of a longer text is right, capital letters, spaces and punctuation included."""
    agree(
        build_vocab,
        reference,
        list("A harbour is a door; it stands open on both sides, A to Z. 10 boats, 2 gulls!"),
    )
    agree(build_vocab, reference, VERSE)


def test_build_vocab_limits(build_vocab):
    """With min_freq 0 or 1 all tokens are kept; where no token is frequent enough, "<unk>" is left alone."""
    tokens = ["b", "a", "b", "c", "b", "a"]
    everything = (["<unk>", "b", "a", "c"], {"<unk>": 0, "b": 1, "a": 2, "c": 3})
    for min_freq in (0, 1):
        assert_matches(build_vocab(tokens, min_freq), everything)
    assert_matches(build_vocab(tokens, min_freq=4), (["<unk>"], {"<unk>": 0}))


def test_build_vocab_unk_in_the_text(build_vocab):
    """A text may hold "<unk>" itself: it stands at index 0 and nowhere else, however often it occurs."""
    often = ["<unk>", "a", "<unk>", "b", "<unk>", "b"]
    assert_matches(build_vocab(often), (["<unk>", "b", "a"], {"<unk>": 0, "b": 1, "a": 2}))
    seldom = ["a", "b", "a", "<unk>", "b", "b", "c", "<unk>"]
    for min_freq in (2, 3):
        known = ["b", "a"] if min_freq == 2 else ["b"]
        expected = ["<unk>", *known]
        assert_matches(
            build_vocab(seldom, min_freq), (expected, {token: k for k, token in enumerate(expected)})
        )


def test_build_vocab_leaves_inputs_alone(build_vocab, reference):
    """The list of tokens is not changed."""
    agree(build_vocab.driven_by(with_arguments), reference, ["b", "<unk>", "a", "b", "c", "a", "b"], 2)


# sequential_batches


def corpus_of(length, seed):
    """Return a corpus of random tokens, so that a neighbour's number says nothing about a token's."""
    return torch.randint(0, 10_000, (length,), generator=torch.Generator().manual_seed(seed))


def test_sequential_batches_larger(sequential_batches, reference):
    """The batches are right for any number of tokens, rows and steps."""
    agree(sequential_batches, reference, corpus_of(211, 1), 5, 7)
    agree(sequential_batches, reference, corpus_of(150, 2), 7, 3, 11)
    agree(sequential_batches, reference, corpus=corpus_of(97, 3), batch_size=3, num_steps=8, offset=2)


def test_sequential_batches_exact_fit(sequential_batches, reference):
    """The last window is there where it just fits, and so is the last token of the corpus, as a target."""
    agree(sequential_batches, reference, corpus_of(61, 4), 3, 5)
    agree(sequential_batches, reference, corpus_of(68, 5), 3, 5, 7)


def test_sequential_batches_sizes_of_one(sequential_batches, reference):
    """One row, windows of one step, or a single window are no special cases."""
    agree(sequential_batches, reference, corpus_of(12, 6), 1, 4)
    agree(sequential_batches, reference, corpus_of(14, 7), 3, 1)
    agree(sequential_batches, reference, corpus_of(24, 8), 4, 5, 1)


def test_sequential_batches_leaves_inputs_alone(sequential_batches):
    """The corpus is not changed."""
    assert_inputs_unchanged(sequential_batches, corpus_of(40, 9), 3, 4, 2)


def test_sequential_batches_device(sequential_batches):
    """The batches are on the device of the corpus."""
    assert_device(sequential_batches, corpus_of(40, 10), 3, 4)


# perplexity


def slow_perplexity(logits, targets):
    """Return the perplexity by floats, loops and the math module."""
    total = 0.0
    for row, target in zip(logits.tolist(), targets.tolist(), strict=True):
        top = max(row)
        total += math.log(math.fsum(math.exp(value - top) for value in row)) + top - row[target]
    return math.exp(total / len(targets))


def targets_of(m, size, seed):
    """Return random targets."""
    return torch.randint(0, size, (m,), generator=torch.Generator().manual_seed(seed))


def test_perplexity_larger(perplexity):
    """The perplexity is right for any number of predictions and any vocabulary."""
    agree(perplexity, slow_perplexity, 2 * randn(13, 5, seed=2010), targets_of(13, 5, 2011))
    agree(perplexity, slow_perplexity, logits=randn(3, 11, seed=2012) - 7, targets=targets_of(3, 11, 2013))
    agree(perplexity, slow_perplexity, randn(1, 6, seed=2014), targets_of(1, 6, 2015))
    agree(perplexity, slow_perplexity, 3 * randn(4, 17, seed=2016).T, targets_of(17, 4, 2017))


def test_perplexity_float32(perplexity):
    """Logits in float32 do as well, large ones, too."""
    logits = randn(13, 5, seed=2020, dtype=torch.float32)
    targets = targets_of(13, 5, 2021)
    assert_matches(perplexity(logits, targets), slow_perplexity(logits, targets), tolerance=1e-4)
    # One unit in the last place of 10,000 is 0.001 in float32.
    large = torch.tensor([[1e4, -1e4, 1e4], [1e4, 1e4, 1e4]], dtype=torch.float32)
    assert_matches(perplexity(large, torch.tensor([2, 0])), math.sqrt(6), tolerance=1e-2)


def test_perplexity_huge(perplexity):
    """A perplexity that a float64 can hold is right, however large it is."""
    logits = torch.tensor([[900.0, 0.0, 899.0], [0.0, 3.0, 1.0], [500.0, -450.0, 0.0]], dtype=torch.float64)
    agree(perplexity, slow_perplexity, logits / 3, torch.tensor([1, 0, 2]))
    agree(perplexity, slow_perplexity, logits, torch.tensor([1, 0, 2]))


def test_perplexity_infinite(perplexity):
    """Past the largest float64 the perplexity is inf."""
    logits = torch.tensor([[1e4, -1e4], [0.0, 1.0]], dtype=torch.float64)
    for dtype in (torch.float64, torch.float32):
        assert_matches(perplexity(logits.to(dtype), torch.tensor([1, 0])), math.inf)


def test_perplexity_leaves_inputs_alone(perplexity):
    """The logits and the targets are not changed."""
    answer = perplexity.driven_by(with_arguments)
    agree(answer, slow_perplexity, randn(6, 5, seed=2040), targets_of(6, 5, 2041))


# rnn_step


def slow_rnn_step(x, h, params):
    (new,) = as_tensors(layer(as_lists(x), as_lists(h), as_lists(params), "h", math.tanh), like=x)
    return new


def test_rnn_step_larger(rnn_step):
    """The new state is right for any number of rows, inputs and units."""
    agree(rnn_step, slow_rnn_step, *make_inputs("h", 3, 5, 4, seed=2110))
    agree(rnn_step, slow_rnn_step, *make_inputs("h", 6, 2, 7, seed=2120))


def test_rnn_step_sizes_of_one(rnn_step):
    """One row, one input or one unit are no special cases."""
    for k, sizes in enumerate(SIZES_OF_ONE):
        agree(rnn_step, slow_rnn_step, *make_inputs("h", *sizes, seed=2130 + 10 * k))


def test_rnn_step_float32(rnn_step):
    """The new state has the dtype of the inputs."""
    agree(rnn_step, slow_rnn_step, *make_inputs("h", 3, 5, 4, seed=2170, dtype=torch.float32))


def test_rnn_step_gradient(rnn_step, reference):
    """Gradients flow to x, to h and to the weights and the bias."""
    agree_in_gradient(rnn_step, reference, *make_inputs("h", 3, 5, 4, seed=2180))


def test_rnn_step_leaves_inputs_alone(rnn_step):
    """x, h and the parameters are not changed."""
    x, h, params = make_inputs("h", 3, 5, 4, seed=2190)
    assert_inputs_unchanged(rnn_step, x=x, h=h, params=params)


def test_rnn_step_device(rnn_step):
    """Everything is made on the device of the inputs."""
    assert_device(rnn_step, *make_inputs("h", 3, 5, 4, seed=2200))


# gru_gates


def test_gru_gates_larger(gru_gates):
    """Both gates are right for any number of rows, inputs and units."""
    agree(gru_gates, slow_gru_gates, *gru_inputs(3, 5, 4, seed=1010))
    agree(gru_gates, slow_gru_gates, *gru_inputs(6, 2, 7, seed=1030))


def test_gru_gates_sizes_of_one(gru_gates):
    """One row, one input or one unit are no special cases."""
    for k, sizes in enumerate(SIZES_OF_ONE):
        agree(gru_gates, slow_gru_gates, *gru_inputs(*sizes, seed=1050 + 20 * k))


def test_gru_gates_float32(gru_gates):
    """The gates have the dtype of the inputs, and its precision."""
    agree(gru_gates, slow_gru_gates, *gru_inputs(3, 5, 4, seed=1140, dtype=torch.float32))
    agree(gru_gates, slow_gru_gates, *around_100(*gru_inputs(3, 5, 4, seed=1140)))


def test_gru_gates_gradient(gru_gates, reference):
    """Gradients flow from both gates to x, to h and to the weights and biases."""
    agree_in_gradient(gru_gates, reference, *gru_inputs(3, 5, 4, seed=1160))


def test_gru_gates_leaves_inputs_alone(gru_gates):
    """x, h and the parameters are not changed."""
    assert_inputs_unchanged(gru_gates, *gru_inputs(3, 5, 4, seed=1180))


def test_gru_gates_device(gru_gates):
    """Everything is made on the device of the inputs."""
    assert_device(gru_gates, *gru_inputs(3, 5, 4, seed=1200))


# gru_step


def test_gru_step_larger(gru_step):
    """The new state is right for any number of rows, inputs and units."""
    agree(gru_step, slow_gru_step, *gru_inputs(3, 5, 4, seed=1210))
    agree(gru_step, slow_gru_step, *gru_inputs(6, 2, 7, seed=1230))


def test_gru_step_sizes_of_one(gru_step):
    """One row, one input or one unit are no special cases."""
    for k, sizes in enumerate(SIZES_OF_ONE):
        agree(gru_step, slow_gru_step, *gru_inputs(*sizes, seed=1250 + 20 * k))


def test_gru_step_float32(gru_step):
    """The new state has the dtype of the inputs."""
    agree(gru_step, slow_gru_step, *gru_inputs(3, 5, 4, seed=1340, dtype=torch.float32))


def test_gru_step_gradient(gru_step, reference):
    """Gradients flow to x, to h (through the gates and past them) and to the weights and biases."""
    agree_in_gradient(gru_step, reference, *gru_inputs(3, 5, 4, seed=1360))


def test_gru_step_leaves_inputs_alone(gru_step):
    """x, h and the parameters are not changed."""
    assert_inputs_unchanged(gru_step, *gru_inputs(3, 5, 4, seed=1380))


def test_gru_step_device(gru_step):
    """Everything is made on the device of the inputs."""
    assert_device(gru_step, *gru_inputs(3, 5, 4, seed=1400))


# lstm_gates


def test_lstm_gates_larger(lstm_gates):
    """All gates are right for any number of rows, inputs and units."""
    agree(lstm_gates, slow_lstm_gates, *make_inputs("ifoc", 3, 5, 4, seed=1410))
    agree(lstm_gates, slow_lstm_gates, *make_inputs("ifoc", 6, 2, 7, seed=1430))


def test_lstm_gates_sizes_of_one(lstm_gates):
    """One row, one input or one unit are no special cases."""
    for k, sizes in enumerate(SIZES_OF_ONE):
        agree(lstm_gates, slow_lstm_gates, *make_inputs("ifoc", *sizes, seed=1450 + 20 * k))


def test_lstm_gates_float32(lstm_gates):
    """The gates have the dtype of the inputs."""
    agree(lstm_gates, slow_lstm_gates, *make_inputs("ifoc", 3, 5, 4, seed=1540, dtype=torch.float32))


def test_lstm_gates_gradient(lstm_gates, reference):
    """Gradients flow from each gate to x, to h and to the weights and biases."""
    agree_in_gradient(lstm_gates, reference, *make_inputs("ifoc", 3, 5, 4, seed=1560))


def test_lstm_gates_leaves_inputs_alone(lstm_gates):
    """x, h and the parameters are not changed."""
    assert_inputs_unchanged(lstm_gates, *make_inputs("ifoc", 3, 5, 4, seed=1580))


def test_lstm_gates_device(lstm_gates):
    """Everything is made on the device of the inputs."""
    assert_device(lstm_gates, *make_inputs("ifoc", 3, 5, 4, seed=1600))


# lstm_step


def test_lstm_step_larger(lstm_step):
    """The new state and the new cell are right for any number of rows, inputs and units."""
    agree(lstm_step, slow_lstm_step, *lstm_inputs(3, 5, 4, seed=1610))
    agree(lstm_step, slow_lstm_step, *lstm_inputs(6, 2, 7, seed=1630))


def test_lstm_step_sizes_of_one(lstm_step):
    """One row, one input or one unit are no special cases."""
    for k, sizes in enumerate(SIZES_OF_ONE):
        agree(lstm_step, slow_lstm_step, *lstm_inputs(*sizes, seed=1650 + 20 * k))


def test_lstm_step_float32(lstm_step):
    """The new state and the new cell have the dtype of the inputs."""
    agree(lstm_step, slow_lstm_step, *lstm_inputs(3, 5, 4, seed=1740, dtype=torch.float32))


def test_lstm_step_gradient(lstm_step, reference):
    """Gradients flow from the new state and the new cell to x, to h, to c and to the weights and biases."""
    agree_in_gradient(lstm_step, reference, *lstm_inputs(3, 5, 4, seed=1760))


def test_lstm_step_leaves_inputs_alone(lstm_step):
    """x, the state, the cell and the parameters are not changed."""
    assert_inputs_unchanged(lstm_step, *lstm_inputs(3, 5, 4, seed=1780))


def test_lstm_step_device(lstm_step):
    """Everything is made on the device of the inputs."""
    assert_device(lstm_step, *lstm_inputs(3, 5, 4, seed=1800))


# unroll, deep_rnn, bidirectional_rnn, with the cells of autograder.helpers


def cell(d, h, seed, dtype=torch.float64):
    """Return params of a damped cell."""
    return {
        "W": 0.6 * randn(d, h, seed=seed, dtype=dtype),
        "U": 0.5 * randn(h, h, seed=seed + 1, dtype=dtype),
        "b": 0.7 * randn(h, seed=seed + 2, dtype=dtype),
    }


def pair(n, h, seed, dtype=torch.float64):
    """Return a state (h, c)."""
    return randn(n, h, seed=seed, dtype=dtype), 1.5 * randn(n, h, seed=seed + 1, dtype=dtype)


def sequence(T, n, d, h, seed, dtype=torch.float64):
    """Return step, inputs, state and params, with a tensor for the state."""
    inputs, state = randn(T, n, d, seed=seed, dtype=dtype), randn(n, h, seed=seed + 1, dtype=dtype)
    return damped_step, inputs, state, cell(d, h, seed + 2, dtype)


def pair_sequence(T, n, d, h, seed, dtype=torch.float64):
    """Return step, inputs, state and params, with a pair for the state."""
    _, inputs, _, params = sequence(T, n, d, h, seed, dtype)
    return damped_pair_step, inputs, pair(n, h, seed + 6, dtype), params


def stack(T, n, d, h, depth, seed, dtype=torch.float64):
    """Return step, inputs, states and layers, with tensors for the states."""
    states = [randn(n, h, seed=seed + 10 * k, dtype=dtype) for k in range(depth)]
    layers = [cell(d if k == 0 else h, h, seed + 10 * k + 1, dtype) for k in range(depth)]
    return damped_step, randn(T, n, d, seed=seed + 5, dtype=dtype), states, layers


def pair_stack(T, n, d, h, depth, seed, dtype=torch.float64):
    """Return step, inputs, states and layers, with pairs for the states."""
    _, inputs, _, layers = stack(T, n, d, h, depth, seed, dtype)
    return damped_pair_step, inputs, [pair(n, h, seed + 10 * k + 6, dtype) for k in range(depth)], layers


def two_ways(T, n, d, h, seed, dtype=torch.float64):
    """Return the arguments of a bidirectional layer, with tensors for the states."""
    step, inputs, ahead, params = sequence(T, n, d, h, seed, dtype)
    return step, inputs, ahead, randn(n, h, seed=seed + 10, dtype=dtype), params, cell(d, h, seed + 11, dtype)


def pair_two_ways(T, n, d, h, seed, dtype=torch.float64):
    """Return the arguments of a bidirectional layer, with pairs for the states."""
    _, inputs, _, _, ahead, back = two_ways(T, n, d, h, seed, dtype)
    states = pair(n, h, seed + 20, dtype), pair(n, h, seed + 22, dtype)
    return damped_pair_step, inputs, *states, ahead, back


# unroll


def test_unroll_larger(unroll, reference):
    """Outputs and final state are right for any number of steps, rows, inputs and units."""
    agree(unroll, reference, *sequence(7, 3, 5, 2, seed=3010))
    agree(unroll, reference, *sequence(2, 5, 3, 4, seed=3020))


def test_unroll_pair_larger(unroll, reference):
    """Where the state is a tuple, its first part is the output, for any number of steps, rows, inputs and units."""
    agree(unroll, reference, *pair_sequence(7, 3, 5, 2, seed=3030))
    step, inputs, state, params = pair_sequence(2, 5, 3, 4, seed=3040)
    agree(unroll, reference, step=step, inputs=inputs, state=state, params=params)


def test_unroll_sizes_of_one(unroll, reference):
    """One step, one row, one input or one unit are no special cases."""
    for k, sizes in enumerate(((1, 3, 2, 4), (4, 1, 2, 3), (3, 2, 1, 4), (3, 2, 4, 1), (1, 1, 1, 1))):
        agree(unroll, reference, *sequence(*sizes, seed=3050 + 20 * k))
        agree(unroll, reference, *pair_sequence(*sizes, seed=3060 + 20 * k))


def test_unroll_float32(unroll, reference):
    """The outputs have the dtype of the inputs."""
    agree(unroll, reference, *sequence(4, 3, 5, 2, seed=3150, dtype=torch.float32))


def test_unroll_gradient(unroll, reference):
    """Gradients flow from all outputs and from the final state, through all steps, to inputs, state and params."""
    agree_in_gradient(unroll, reference, *sequence(4, 3, 5, 2, seed=3160))
    agree_in_gradient(unroll, reference, *pair_sequence(4, 3, 5, 2, seed=3170))


def test_unroll_leaves_inputs_alone(unroll):
    """The inputs, the first state and the params are not changed."""
    assert_inputs_unchanged(unroll, *sequence(4, 3, 5, 2, seed=3180))
    assert_inputs_unchanged(unroll, *pair_sequence(4, 3, 5, 2, seed=3190))


def test_unroll_device(unroll):
    """Everything is made on the device of the inputs."""
    assert_device(unroll, *sequence(4, 3, 5, 2, seed=3200))


# deep_rnn


def test_deep_rnn_larger(deep_rnn, reference):
    """Outputs and final states are right for any number of layers, steps, rows, inputs and units."""
    agree(deep_rnn, reference, *stack(7, 3, 5, 2, 4, seed=3310))
    agree(deep_rnn, reference, *stack(2, 4, 3, 5, 3, seed=3350))


def test_deep_rnn_inputs_as_wide_as_states(deep_rnn, reference):
    """The layers read each other's outputs in their order, also where the inputs would fit as well."""
    agree(deep_rnn, reference, *stack(5, 2, 3, 3, 4, seed=3400))


def test_deep_rnn_pair_larger(deep_rnn, reference):
    """Where states are tuples, layers read the first parts, and the final states are whole tuples."""
    agree(deep_rnn, reference, *pair_stack(7, 3, 5, 2, 4, seed=3450))
    step, inputs, states, layers = pair_stack(4, 2, 3, 3, 2, seed=3500)
    agree(deep_rnn, reference, step=step, inputs=inputs, states=states, layers=layers)


def test_deep_rnn_sizes_of_one(deep_rnn, reference):
    """One layer, one step, one row or one unit are no special cases."""
    for k, sizes in enumerate(((4, 3, 5, 2, 1), (1, 3, 5, 2, 4), (4, 1, 5, 2, 3), (4, 3, 5, 1, 2))):
        agree(deep_rnn, reference, *stack(*sizes, seed=3550 + 100 * k))
        agree(deep_rnn, reference, *pair_stack(*sizes, seed=3600 + 100 * k))


def test_deep_rnn_float32(deep_rnn, reference):
    """The outputs have the dtype of the inputs."""
    agree(deep_rnn, reference, *stack(4, 3, 5, 2, 3, seed=3950, dtype=torch.float32))


def test_deep_rnn_gradient(deep_rnn, reference):
    """Gradients flow through all layers and steps to inputs, states and params."""
    agree_in_gradient(deep_rnn, reference, *stack(4, 2, 5, 3, 3, seed=4000))
    agree_in_gradient(deep_rnn, reference, *pair_stack(4, 2, 5, 3, 3, seed=4050))


def test_deep_rnn_leaves_inputs_alone(deep_rnn):
    """The inputs, the list of states and the params are not changed."""
    assert_inputs_unchanged(deep_rnn, *stack(4, 2, 5, 3, 3, seed=4100))
    assert_inputs_unchanged(deep_rnn, *pair_stack(4, 2, 5, 3, 3, seed=4150))


def test_deep_rnn_device(deep_rnn):
    """Everything is made on the device of the inputs."""
    assert_device(deep_rnn, *stack(4, 2, 5, 3, 3, seed=4200))


# bidirectional_rnn


def test_bidirectional_rnn_larger(bidirectional_rnn, reference):
    """Both halves are right for any number of steps, rows, inputs and units."""
    agree(bidirectional_rnn, reference, *two_ways(7, 3, 5, 2, seed=4310))
    agree(bidirectional_rnn, reference, *two_ways(2, 5, 3, 4, seed=4340))


def test_bidirectional_rnn_pair_larger(bidirectional_rnn, reference):
    """Where the states are tuples, both halves are first parts, for any number of steps, rows, inputs and units."""
    agree(bidirectional_rnn, reference, *pair_two_ways(7, 3, 5, 2, seed=4370))
    names = ("step", "inputs", "forward_state", "backward_state", "forward_params", "backward_params")
    given = dict(zip(names, pair_two_ways(3, 5, 2, 4, seed=4400), strict=True))
    agree(bidirectional_rnn, reference, **given)


def test_bidirectional_rnn_sizes_of_one(bidirectional_rnn, reference):
    """One step, one row, one input or one unit are no special cases."""
    for k, sizes in enumerate(((1, 3, 2, 4), (4, 1, 2, 3), (3, 2, 1, 4), (3, 2, 4, 1), (1, 1, 1, 1))):
        agree(bidirectional_rnn, reference, *two_ways(*sizes, seed=4430 + 60 * k))
        agree(bidirectional_rnn, reference, *pair_two_ways(*sizes, seed=4460 + 60 * k))


def test_bidirectional_rnn_float32(bidirectional_rnn, reference):
    """The result has the dtype of the inputs."""
    agree(bidirectional_rnn, reference, *two_ways(4, 3, 5, 2, seed=4750, dtype=torch.float32))


def test_bidirectional_rnn_gradient(bidirectional_rnn, reference):
    """Gradients flow through both runs to inputs, states and params."""
    agree_in_gradient(bidirectional_rnn, reference, *two_ways(4, 3, 5, 2, seed=4780))
    agree_in_gradient(bidirectional_rnn, reference, *pair_two_ways(4, 3, 5, 2, seed=4810))


def test_bidirectional_rnn_leaves_inputs_alone(bidirectional_rnn):
    """The inputs, the states and the params are not changed."""
    assert_inputs_unchanged(bidirectional_rnn, *two_ways(4, 3, 5, 2, seed=4840))
    assert_inputs_unchanged(bidirectional_rnn, *pair_two_ways(4, 3, 5, 2, seed=4870))


def test_bidirectional_rnn_device(bidirectional_rnn):
    """Everything is made on the device of the inputs."""
    assert_device(bidirectional_rnn, *two_ways(4, 3, 5, 2, seed=4900))
