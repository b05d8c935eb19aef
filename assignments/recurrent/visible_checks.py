"""Checks that students have: vocabulary, batches and perplexity; cells of RNN, GRU and LSTM; networks of cells."""

import math

import torch

from autograder.checking import agree, assert_matches, randn
from autograder.helpers import damped_pair_step, damped_step


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


# build_vocab


def test_build_vocab_value(build_vocab):
    """Index 0 is "<unk>", then come the tokens, the most frequent first; the dict gives each its index."""
    idx_to_token = ["<unk>", "sea", "the", "and", "we"]
    token_to_idx = {"<unk>": 0, "sea": 1, "the": 2, "and": 3, "we": 4}
    tokens = ["the", "sea", "the", "sea", "and", "the", "sea", "and", "sea", "we"]
    assert_matches(build_vocab(tokens), (idx_to_token, token_to_idx))


def test_build_vocab_ties(build_vocab):
    """Tokens that occur equally often come in their sort order."""
    tokens = ["z", "Q", "ab", "z", "b", "Q", "7", "a", "b", " "]
    idx_to_token = ["<unk>", "Q", "b", "z", " ", "7", "a", "ab"]
    assert_matches(build_vocab(tokens), (idx_to_token, {token: k for k, token in enumerate(idx_to_token)}))


def test_build_vocab_min_freq(build_vocab):
    """Tokens that occur at least min_freq times are kept, and no others."""
    tokens = list("abacabadacab")  # a 6, b 3, c 2, d 1
    three, two = ["<unk>", "a", "b"], ["<unk>", "a", "b", "c"]
    assert_matches(build_vocab(tokens, 3), (three, {token: k for k, token in enumerate(three)}))
    assert_matches(build_vocab(tokens, 2), (two, {token: k for k, token in enumerate(two)}))


# sequential_batches


def windows(*pairs):
    """Return pairs of lists of numbers as pairs of int64 tensors."""
    return [(torch.tensor(X), torch.tensor(Y)) for X, Y in pairs]


def test_sequential_batches_value(sequential_batches):
    """Each row of the text goes on from batch to batch, and each target is the token that follows."""
    expected = windows(
        ([[50, 51, 52], [59, 60, 61]], [[51, 52, 53], [60, 61, 62]]),
        ([[53, 54, 55], [62, 63, 64]], [[54, 55, 56], [63, 64, 65]]),
        ([[56, 57, 58], [65, 66, 67]], [[57, 58, 59], [66, 67, 68]]),
    )
    assert_matches(sequential_batches(torch.arange(50, 69), 2, 3), expected)


def test_sequential_batches_remainder(sequential_batches):
    """Tokens that fill no row, and ends of rows that fill no window, are dropped."""
    expected = windows(
        ([[10, 11], [15, 16], [20, 21]], [[11, 12], [16, 17], [21, 22]]),
        ([[12, 13], [17, 18], [22, 23]], [[13, 14], [18, 19], [23, 24]]),
    )
    assert_matches(sequential_batches(torch.arange(10, 28), 3, 2), expected)


def test_sequential_batches_offset(sequential_batches):
    """The first offset tokens are left out."""
    expected = windows(
        ([[4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]], [[5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]])
    )
    assert_matches(sequential_batches(torch.arange(19), 3, 4, 4), expected)


def test_sequential_batches_last_target(sequential_batches):
    """One token is kept back for the targets, even where the tokens would fill the rows without it."""
    expected = windows(([[0, 1], [3, 4]], [[1, 2], [4, 5]]))
    assert_matches(sequential_batches(torch.arange(8), 2, 2), expected)


# perplexity


def test_perplexity_value(perplexity):
    """Perplexity is exp of the mean cross-entropy; probabilities 1/2, 1/8 and 1/4 of what came give 4."""
    probabilities = numbers([0.125, 0.25, 0.125, 0.5], [0.5, 0.125, 0.25, 0.125], [0.25, 0.5, 0.125, 0.125])
    logits = probabilities.log() + numbers([1.0], [-2.0], [0.5])  # not normalised
    assert_matches(perplexity(logits, torch.tensor([3, 1, 0])), 4.0)


def test_perplexity_bounds(perplexity):
    """To guess evenly gives the size of the vocabulary; to be sure and right gives 1."""
    assert_matches(perplexity(full(2.0, 5, 7), torch.tensor([6, 0, 3, 3, 1])), 7.0)
    sure = 60 * torch.eye(4, dtype=torch.float64)
    assert_matches(perplexity(sure, torch.arange(4)), 1.0)


def test_perplexity_large_logits(perplexity):
    """Logits of 10,000 and -10,000 do no harm."""
    logits = numbers([1e4, 1e4, -1e4], [-1e4, -1e4, -1e4], [1e4, 0.0, 1e4])
    assert_matches(perplexity(logits, torch.tensor([1, 0, 2])), 12 ** (1 / 3))


# rnn_step


def test_rnn_step_value(rnn_step):
    """The new state is tanh(x @ W_xh + h @ W_hh + b_h)."""
    x, h, params = make_inputs("h", 2, 4, 3, seed=400)
    new = numbers(
        [-0.225239564036, -0.740330795612, 0.844578637465], [-0.982456770368, -0.794144947378, 0.894944945038]
    )
    assert_matches(rnn_step(x, h, params), new)


def test_rnn_step_bias_alone(rnn_step):
    """Where x and h are zero, the new state is the tanh of the bias, in every row."""
    _, _, params = make_inputs("h", 4, 2, 3, seed=410)
    params["b_h"] = torch.tensor([math.atanh(0.6), math.atanh(-0.2), 0.0], dtype=torch.float64)
    new = numbers(*[[0.6, -0.2, 0.0]] * 4)
    agree(rnn_step, lambda *_: new, full(0.0, 4, 2), full(0.0, 4, 3), params)


def test_rnn_step_batch_of_one(rnn_step):
    """A batch of one row is a batch, and the new state has shape (1, h) then."""
    x, h, params = make_inputs("h", 1, 2, 3, seed=420)
    new = numbers([0.418648029508, -0.932900559626, 0.693502997882])
    assert_matches(rnn_step(x, h, params), new)


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


# unroll, deep_rnn, bidirectional_rnn. The cells are functions of autograder.helpers: damped_step has a tensor for its
# state, damped_pair_step a pair (h, c).


def cell(d, h, seed):
    """Return params of a damped cell."""
    return {
        "W": 0.6 * randn(d, h, seed=seed),
        "U": 0.5 * randn(h, h, seed=seed + 1),
        "b": 0.7 * randn(h, seed=seed + 2),
    }


def idle(d, h):
    """Return params that are all zero: damped_step then halves its state, whatever the inputs are."""
    return {"W": full(0.0, d, h), "U": full(0.0, h, h), "b": full(0.0, h)}


def halved(state, *times):
    """Return a state halved so many times, for each number in times, stacked."""
    return torch.stack([state / 2**k for k in times])


def faded(c, *times):
    """Return the outputs of an idle damped_pair_step, which makes c 0.7 times as large in every step."""
    return torch.stack([0.7**k * c / (1 + 0.7**k * c.abs()) for k in times])


# unroll


def test_unroll_value(unroll):
    """Each step runs on its input and on the state before it; the outputs are stacked, time first."""
    inputs, state = randn(3, 2, 5, seed=500), randn(2, 4, seed=501)
    outputs = torch.tensor(
        [
            [
                [-0.2731025, -0.5871540, -0.5870402, 0.7042919],
                [-0.3446085, -0.3546628, -0.5869946, -1.2823224],
            ],
            [[-0.7518533, 0.1554480, -0.8916687, 0.7034158], [-0.7306699, 0.4116936, -0.9947032, -0.4046554]],
            [
                [-1.1644232, 0.0035385, -0.0746838, 0.4925499],
                [-1.1465158, -0.5568088, -0.6941570, -0.6166280],
            ],
        ],
        dtype=torch.float64,
    )
    assert_matches(
        unroll(damped_step, inputs, state, cell(5, 4, 502)), (outputs, outputs[-1]), tolerance=1e-6
    )


def test_unroll_carries_the_state(unroll):
    """The state goes on from step to step, beginning with the one that is given."""
    state = randn(3, 2, seed=510)
    expected = (halved(state, 1, 2, 3, 4), halved(state, 4)[0])
    agree(unroll, lambda *_: expected, damped_step, randn(4, 3, 5, seed=511), state, idle(5, 2))


def test_unroll_one_step(unroll):
    """A sequence of one step gives outputs of shape (1, n, h)."""
    inputs, state, params = randn(1, 3, 2, seed=520), randn(3, 4, seed=521), cell(2, 4, 522)
    new = damped_step(inputs[0], state, params)
    agree(unroll, lambda *_: (new.reshape(1, 3, 4), new), damped_step, inputs, state, params)


def test_unroll_pair(unroll):
    """Where the state is a tuple, its first part is the output, and the whole tuple is carried on and returned."""
    h, c = randn(2, 3, seed=530), randn(2, 3, seed=531)
    outputs = faded(c, 1, 2, 3, 4)
    expected = (outputs, (outputs[-1], 0.7**4 * c))
    agree(unroll, lambda *_: expected, damped_pair_step, randn(4, 2, 5, seed=532), (h, c), idle(5, 3))


# deep_rnn


def test_deep_rnn_value(deep_rnn):
    """Each layer reads the outputs of the layer before, with its own params and its own first state."""
    inputs, states = randn(3, 2, 5, seed=600), [randn(2, 4, seed=601), randn(2, 4, seed=602)]
    outputs = torch.tensor(
        [
            [[-0.4803945, -0.3083849, 0.2798962, -0.5145714], [0.1844718, 0.3037264, -0.6596962, 1.2697021]],
            [[-0.1252746, 0.3249246, -0.4325197, 0.0787625], [0.6089716, 0.5468790, -0.1992314, 1.2264689]],
            [[0.2911941, 0.6888560, -0.7404738, 0.6996383], [0.8766539, 0.3587469, 0.2742454, 1.0287654]],
        ],
        dtype=torch.float64,
    )
    first = numbers(
        [0.1174480, -1.3035891, 1.3697975, -0.2665209], [0.8865283, 1.2528304, -0.1935699, -1.0361322]
    )
    got = deep_rnn(damped_step, inputs, states, [cell(5, 4, 610), cell(4, 4, 620)])
    assert_matches(got, (outputs, [first, outputs[-1]]), tolerance=1e-6)


def test_deep_rnn_one_layer(deep_rnn):
    """One layer is no special case: there is a list of one final state then."""
    state = randn(3, 2, seed=630)
    expected = (halved(state, 1, 2, 3, 4), [halved(state, 4)[0]])
    agree(deep_rnn, lambda *_: expected, damped_step, randn(4, 3, 5, seed=631), [state], [idle(5, 2)])


def test_deep_rnn_final_states(deep_rnn):
    """There is a final state for each layer, in the order of the layers, and a tuple stays a tuple."""
    states = [(randn(2, 3, seed=640 + k), randn(2, 3, seed=650 + k)) for k in range(4)]
    finals = [(faded(c, 5)[0], 0.7**5 * c) for _, c in states]
    expected = (faded(states[-1][1], 1, 2, 3, 4, 5), finals)
    layers = [idle(4, 3), idle(3, 3), idle(3, 3), idle(3, 3)]
    agree(deep_rnn, lambda *_: expected, damped_pair_step, randn(5, 2, 4, seed=660), states, layers)


# bidirectional_rnn


def test_bidirectional_rnn_value(bidirectional_rnn):
    """The forward outputs come first, then the backward ones, each at its own time step."""
    inputs = randn(3, 2, 5, seed=700)
    ahead, back = randn(2, 4, seed=701), randn(2, 4, seed=702)
    outputs = torch.tensor(
        [
            [
                [0.2609009, 0.5246388, 0.2887793, 1.0719924, -0.7914795, -0.2941236, 0.9600250, 0.2680891],
                [-0.4491269, 0.1982665, 1.3518818, 0.1215474, -0.9307261, 1.1532870, -0.2046903, 0.0937078],
            ],
            [
                [-0.3528467, -0.3991436, 0.6358631, 1.2279201, -0.1459847, -0.5110316, 0.3192736, -0.3578019],
                [-0.2840209, -0.3739015, 0.1122813, 0.6729315, -0.9942009, 1.0697168, 0.8312024, 0.7572963],
            ],
            [
                [-0.7042872, -0.7548004, -0.4753222, 0.2327094, 0.3000741, 0.3787003, -0.2085327, 0.4336368],
                [0.1759149, 0.1955468, -0.6190244, 0.5321692, -0.5660659, 1.0631033, 0.7465902, 0.4987628],
            ],
        ],
        dtype=torch.float64,
    )
    got = bidirectional_rnn(damped_step, inputs, ahead, back, cell(5, 4, 710), cell(5, 4, 720))
    assert_matches(got, outputs, tolerance=1e-6)


def test_bidirectional_rnn_directions(bidirectional_rnn):
    """The forward run begins at the first step with its state, the backward run at the last step with its own."""
    ahead, back = randn(2, 3, seed=730), randn(2, 3, seed=731)
    expected = torch.cat([halved(ahead, 1, 2, 3, 4), halved(back, 4, 3, 2, 1)], dim=2)
    inputs, params = randn(4, 2, 5, seed=732), idle(5, 3)
    agree(bidirectional_rnn, lambda *_: expected, damped_step, inputs, ahead, back, params, params)


def test_bidirectional_rnn_pair(bidirectional_rnn):
    """Where the states are tuples, the first parts are the outputs."""
    ahead, back = ((randn(2, 3, seed=740 + k), randn(2, 3, seed=745 + k)) for k in range(2))
    expected = torch.cat([faded(ahead[1], 1, 2, 3, 4), faded(back[1], 4, 3, 2, 1)], dim=2)
    inputs, params = randn(4, 2, 5, seed=750), idle(5, 3)
    agree(bidirectional_rnn, lambda *_: expected, damped_pair_step, inputs, ahead, back, params, params)
