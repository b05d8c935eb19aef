"""Checks that only graders have: GRU and LSTM, gates and steps."""

import math

import torch

from autograder.checking import agree, agree_in_gradient, assert_device, assert_inputs_unchanged, randn

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
    """The gates have the dtype of the inputs."""
    agree(gru_gates, slow_gru_gates, *gru_inputs(3, 5, 4, seed=1140, dtype=torch.float32))


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
