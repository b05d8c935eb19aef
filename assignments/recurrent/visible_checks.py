"""Checks that students have: GRU and LSTM, gates and steps."""

import math

import torch

from autograder.checking import agree, assert_matches, randn


def make_inputs(letters, n, d, h, seed):
    """Return x, a state and weights for each letter: no two alike, none zero, small enough not to saturate a gate."""
    x, state = randn(n, d, seed=seed), randn(n, h, seed=seed + 1)
    params = {}
    for k, letter in enumerate(letters):
        params[f"W_x{letter}"] = 0.4 * randn(d, h, seed=seed + 3 * k + 2)
        params[f"W_h{letter}"] = 0.5 * randn(h, h, seed=seed + 3 * k + 3)
        params[f"b_{letter}"] = 0.7 * randn(h, seed=seed + 3 * k + 4)
    return x, state, params


def full(value, *shape):
    """Return a float64 tensor filled with one number."""
    return torch.full(shape, value, dtype=torch.float64)


def numbers(*rows):
    """Return rows of numbers as a float64 tensor."""
    return torch.tensor(rows, dtype=torch.float64)


OPEN, SHUT = full(40.0, 3), full(-40.0, 3)  # biases of a layer of 3 units that open or shut its gate
QUARTERS = full(math.log(3), 3)  # the sigmoid of log 3 is 3/4


# gru_gates


def test_gru_gates_value(gru_gates):
    """Each gate is the sigmoid of x @ W_x + h @ W_h + b with its own weights; the reset gate comes first."""
    x, h, params = make_inputs("rzh", 2, 4, 3, seed=290)
    r = numbers(
        [0.326692467277, 0.629793232920, 0.507558964410], [0.549263603986, 0.793288310939, 0.428294089424]
    )
    z = numbers(
        [0.455722964751, 0.745017574061, 0.297085398719], [0.589634535521, 0.626780304472, 0.572055941377]
    )
    assert_matches(gru_gates(x, h, params), (r, z))


def test_gru_gates_batch_of_one(gru_gates):
    """A batch of one row is a batch, and both gates have shape (1, h) then."""
    x, h, params = make_inputs("rzh", 1, 2, 3, seed=30)
    r = numbers([0.772483549969, 0.500760925368, 0.498218931668])
    z = numbers([0.430436181608, 0.764679645944, 0.634914618349])
    assert_matches(gru_gates(x, h, params), (r, z))


def test_gru_gates_bias_alone(gru_gates):
    """Where x and h are zero, each gate is the sigmoid of its own bias, in every row."""
    _, _, params = make_inputs("rzh", 4, 2, 3, seed=40)
    params |= {"b_r": QUARTERS, "b_z": -QUARTERS}
    agree(
        gru_gates, lambda *_: (full(0.75, 4, 3), full(0.25, 4, 3)), full(0.0, 4, 2), full(0.0, 4, 3), params
    )


def test_gru_gates_are_separate(gru_gates):
    """A gate whose weights and bias are all zero is 1/2 everywhere, whatever the other weights are."""
    x, h, params = make_inputs("rzh", 4, 2, 3, seed=50)
    zeros = {"W_x": full(0.0, 2, 3), "W_h": full(0.0, 3, 3), "b_": full(0.0, 3)}
    half, one = full(0.5, 4, 3), full(1.0, 4, 3)
    blank_r = {name + "r": value for name, value in zeros.items()}
    blank_z = {name + "z": value for name, value in zeros.items()}
    agree(gru_gates, lambda *_: (half, one), x, h, {**params, **blank_r, "b_z": OPEN})
    agree(gru_gates, lambda *_: (1 - one, half), x, h, {**params, **blank_z, "b_r": SHUT})


# gru_step


def test_gru_step_value(gru_step):
    """The new state is z * h + (1 - z) * h_tilde, with h_tilde = tanh(x @ W_xh + (r * h) @ W_hh + b_h)."""
    x, h, params = make_inputs("rzh", 2, 4, 3, seed=200)
    new = numbers(
        [-0.660237494528, 0.793908904909, -0.371511448446], [-0.377790986763, 1.083243142731, -0.527407773492]
    )
    assert_matches(gru_step(x, h, params), new)


def test_gru_step_update_gate_open(gru_step):
    """Where the update gate is 1, the new state is the old one."""
    x, h, params = make_inputs("rzh", 4, 2, 3, seed=80)
    agree(gru_step, lambda x, h, params: 1 * h, x, h, {**params, "b_z": OPEN})


def test_gru_step_mixture(gru_step):
    """The update gate weighs the old state, and what is missing to 1 weighs the candidate."""
    x, h, params = make_inputs("rzh", 4, 2, 3, seed=90)
    names = ("W_xz", "W_hz", "W_xh", "W_hh")
    still = {name: full(0.0, *params[name].shape) for name in names}
    params |= {**still, "b_z": QUARTERS, "b_h": full(math.atanh(0.8), 3)}
    agree(gru_step, lambda x, h, params: 0.75 * h + 0.2, x, h, params)


def test_gru_step_reset_gate_shut(gru_step):
    """Where both gates are 0, the new state is the candidate, and the old state has no part in it."""
    x, h, params = make_inputs("rzh", 3, 2, 3, seed=100)
    params |= {"b_r": SHUT, "b_z": SHUT}
    new = numbers(
        [-0.441690233140, -0.579098182473, 0.568762354936],
        [-0.150027491401, -0.715825087641, 0.371735170542],
        [0.082454835314, -0.476276818615, -0.301496999949],
    )
    assert_matches(gru_step(x, h, params), new)
    assert_matches(gru_step(x, 2 - h, params), new)


def test_gru_step_resets_before_the_product(gru_step):
    """The reset gate scales the old state before that is multiplied by W_hh."""
    _, h, params = make_inputs("rzh", 2, 4, 3, seed=120)
    to_the_right = numbers([0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])
    only_the_first = torch.tensor([40.0, -40.0, -40.0], dtype=torch.float64)
    params |= {"b_r": only_the_first, "b_z": SHUT, "W_hh": to_the_right, "b_h": full(0.0, 3)}
    new = numbers([0.0, math.tanh(h[0, 0]), 0.0], [0.0, math.tanh(h[1, 0]), 0.0])
    agree(gru_step, lambda *_: new, full(0.0, 2, 4), h, params)


# lstm_gates


def test_lstm_gates_value(lstm_gates):
    """Each gate is the sigmoid of x @ W_x + h @ W_h + b with its own weights; the order is input, forget, output."""
    x, h, params = make_inputs("ifoc", 2, 4, 3, seed=280)
    i = numbers(
        [0.249102851275, 0.223657179850, 0.527838013220], [0.427653217835, 0.486971498540, 0.614246513753]
    )
    f = numbers(
        [0.279536331580, 0.457568508273, 0.475890917861], [0.439763282589, 0.490946978932, 0.490190325395]
    )
    o = numbers(
        [0.689144739443, 0.321637154366, 0.603795894152], [0.618254447280, 0.282792291778, 0.718548049125]
    )
    assert_matches(lstm_gates(x, h, params), (i, f, o))


def test_lstm_gates_batch_of_one(lstm_gates):
    """A batch of one row is a batch, and each gate has shape (1, h) then."""
    x, h, params = make_inputs("ifoc", 1, 2, 3, seed=160)
    i = numbers([0.177311921111, 0.593467953585, 0.509014673730])
    f = numbers([0.587617897004, 0.699299323775, 0.919322592346])
    o = numbers([0.577757935122, 0.325535196370, 0.324708013290])
    assert_matches(lstm_gates(x, h, params), (i, f, o))


def test_lstm_gates_bias_alone(lstm_gates):
    """Where x and h are zero, each gate is the sigmoid of its own bias, in every row."""
    _, _, params = make_inputs("ifoc", 4, 2, 3, seed=180)
    params |= {"b_i": QUARTERS, "b_f": -QUARTERS, "b_o": full(math.log(4), 3)}
    gates = (full(0.75, 4, 3), full(0.25, 4, 3), full(0.8, 4, 3))
    agree(lstm_gates, lambda *_: gates, full(0.0, 4, 2), full(0.0, 4, 3), params)


def test_lstm_gates_are_separate(lstm_gates):
    """A gate whose weights and bias are all zero is 1/2 everywhere, whatever the other weights are."""
    x, h, params = make_inputs("ifoc", 4, 2, 3, seed=200)
    half, one = full(0.5, 4, 3), full(1.0, 4, 3)
    for k, letter in enumerate("ifo"):
        changed = {**params, "b_i": OPEN, "b_f": OPEN, "b_o": OPEN}
        changed |= {
            f"W_x{letter}": full(0.0, 2, 3),
            f"W_h{letter}": full(0.0, 3, 3),
            f"b_{letter}": full(0.0, 3),
        }
        gates = [one, one, one]
        gates[k] = half
        assert_matches(lstm_gates(x, h, changed), tuple(gates))


# lstm_step


def test_lstm_step_value(lstm_step):
    """The new cell is f * c + i * c_tilde, the new state is o * tanh(new cell); the result is (h, c)."""
    x, h, params = make_inputs("ifoc", 2, 4, 3, seed=310)
    c = randn(2, 3, seed=330)
    new_h = numbers(
        [-0.409905295244, 0.226558266578, 0.063695514843], [-0.256293120024, 0.184679368755, 0.472027185386]
    )
    new_c = numbers(
        [-0.847479566729, 0.843479772190, 0.436760910502], [-0.668987223911, 0.455339034403, 0.631514549379]
    )
    assert_matches(lstm_step(x, (h, c), params), (new_h, new_c))


def test_lstm_step_keeps_the_cell(lstm_step):
    """Where the forget gate is 1 and the input gate 0, the cell stays, and an open output gate shows its tanh."""
    x, h, params = make_inputs("ifoc", 4, 2, 3, seed=250)
    c = 2 * randn(4, 3, seed=270)
    params |= {"b_i": SHUT, "b_f": OPEN, "b_o": OPEN}
    agree(lstm_step, lambda x, state, params: (torch.tanh(state[1]), 1 * state[1]), x, (h, c), params)


def test_lstm_step_writes_the_candidate(lstm_step):
    """Where the forget gate is 0 and the input gate 1, the new cell is the candidate, made from x and h alone."""
    x, h, params = make_inputs("ifoc", 3, 2, 3, seed=280)
    params |= {"b_i": OPEN, "b_f": SHUT, "b_o": OPEN}
    new_h = numbers(
        [-0.469235823984, -0.485336846544, 0.488367022471],
        [0.239473634792, -0.182845806039, 0.285776096376],
        [-0.337627429901, -0.361281818754, 0.652497561139],
    )
    new_c = numbers(
        [-0.509089943672, -0.529942121249, 0.533913656322],
        [0.244215650527, -0.184925352530, 0.293960638688],
        [-0.351412278292, -0.378359361226, 0.779635706288],
    )
    for seed in (300, 301):
        assert_matches(lstm_step(x, (h, randn(3, 3, seed=seed)), params), (new_h, new_c))


def test_lstm_step_gates_in_their_places(lstm_step):
    """The forget gate weighs the old cell, the input gate weighs the candidate, and neither depends on the other."""
    x, h, params = make_inputs("ifoc", 4, 2, 3, seed=310)
    c = randn(4, 3, seed=330)
    for letter in "ifoc":
        params |= {f"W_x{letter}": full(0.0, 2, 3), f"W_h{letter}": full(0.0, 3, 3)}
    params |= {"b_i": full(math.log(4), 3), "b_f": QUARTERS, "b_o": SHUT, "b_c": full(math.atanh(0.5), 3)}
    agree(lstm_step, lambda x, state, params: (full(0.0, 4, 3), 0.75 * state[1] + 0.4), x, (h, c), params)
