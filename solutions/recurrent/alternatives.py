"""Right answers written differently."""
# ruff: noqa: F811 -- names repeat from exercise to exercise

import functools
import heapq
import itertools
import math
from collections import Counter, OrderedDict, defaultdict
from itertools import accumulate as accumulated
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from autograder.authoring import answer


def pre_activation(x, h, params, letter):
    return x @ params["W_x" + letter] + h @ params["W_h" + letter] + params["b_" + letter]


def reset_and_update(x, h, params):
    return tuple(torch.sigmoid(pre_activation(x, h, params, letter)) for letter in "rz")


def input_forget_output(x, h, params):
    return [pre_activation(x, h, params, letter).sigmoid() for letter in "ifo"]


def gru_cell(x, h, params, letter):  # a helper's name is the student's own affair
    return torch.sigmoid(pre_activation(x, h, params, letter))


def lstm_cell(x, h, params, letter, activation=torch.sigmoid):
    return activation(pre_activation(x, h, params, letter))


class GRUGates(NamedTuple):
    reset: torch.Tensor
    update: torch.Tensor


class LSTMGates(NamedTuple):
    input: torch.Tensor
    forget: torch.Tensor
    output: torch.Tensor


class LSTMState(NamedTuple):
    h: torch.Tensor
    c: torch.Tensor


class Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        y = 1 / (1 + torch.exp(-a))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, gradient):
        (y,) = ctx.saved_tensors
        return gradient * y * (1 - y)


# build_vocab


class Vocabulary(NamedTuple):
    tokens: list
    indices: dict


@answer("build_vocab")
def stable_sort_of_a_sorted_list(tokens, min_freq=0):
    """Sorts by spelling first and then, stably, by frequency."""
    counts = Counter(tokens)
    counts.pop("<unk>", None)
    listed = sorted(sorted(counts), key=counts.get, reverse=True)
    idx_to_token = ["<unk>"] + [token for token in listed if counts[token] >= min_freq]
    return idx_to_token, dict(zip(idx_to_token, range(len(idx_to_token)), strict=True))


@answer("build_vocab")
def most_common_of_sorted_tokens(tokens, min_freq=0):
    """Lets Counter keep the order of a sorted copy, and grows both results together."""
    idx_to_token, token_to_idx = ["<unk>"], {"<unk>": 0}
    for token, count in Counter(sorted(tokens)).most_common():
        if count >= min_freq and token not in token_to_idx:
            token_to_idx[token] = len(idx_to_token)
            idx_to_token.append(token)
    return idx_to_token, token_to_idx


@answer("build_vocab")
def counts_in_a_dict(tokens, min_freq=0):
    """Counts by hand and sorts pairs."""
    counts = {}
    for token in tokens:
        counts[token] = counts.get(token, 0) + 1
    pairs = [(-count, token) for token, count in counts.items()]
    pairs.sort()
    idx_to_token = ["<unk>"]
    for negative, token in pairs:
        if -negative < min_freq:
            break
        if token == "<unk>":
            continue
        idx_to_token.append(token)
    return [idx_to_token, {idx_to_token[i]: i for i in range(len(idx_to_token))}]


@answer("build_vocab")
def numpy_unique(tokens, min_freq=0):
    """Counts with NumPy, whose unique sorts as well."""
    words, counts = np.unique(np.array(tokens, dtype=object), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    kept = [str(words[i]) for i in order if counts[i] >= min_freq and words[i] != "<unk>"]
    idx_to_token = ["<unk>", *kept]
    return Vocabulary(idx_to_token, {token: np.int64(i) for i, token in enumerate(idx_to_token)})


@answer("build_vocab")
def groups_and_a_heap(tokens, min_freq=0):
    """Groups a sorted copy, takes tokens from a heap, and returns a defaultdict."""
    heap = [(-len(list(group)), token) for token, group in itertools.groupby(sorted(tokens))]
    heapq.heapify(heap)
    token_to_idx = defaultdict(int)
    token_to_idx["<unk>"] = 0
    while heap:
        count, token = heapq.heappop(heap)
        if token != "<unk>" and -count >= min_freq:
            token_to_idx[token] = len(token_to_idx)
    return list(token_to_idx), token_to_idx


@answer("build_vocab")
def set_and_count(tokens, min_freq=0):
    """Counts each distinct token anew, with list.count."""
    distinct = sorted(set(tokens) - {"<unk>"}, key=lambda token: (tokens.count(token) * -1, token))
    idx_to_token = ["<unk>", *filter(lambda token: tokens.count(token) >= min_freq, distinct)]
    return tuple(idx_to_token), OrderedDict((token, idx) for idx, token in enumerate(idx_to_token))


# sequential_batches


class Batch(NamedTuple):
    X: torch.Tensor
    Y: torch.Tensor


@answer("sequential_batches")
def one_matrix_with_a_column_more(corpus, batch_size, num_steps, offset=0):
    """Indexes one matrix of places in the text that is one column wider."""
    m = (corpus.numel() - 1 - offset) // batch_size
    starts = offset + m * torch.arange(batch_size, device=corpus.device)
    rows = corpus[starts[:, None] + torch.arange(m + 1, device=corpus.device)]
    count = m // num_steps
    return [
        (rows[:, k * num_steps : (k + 1) * num_steps], rows[:, k * num_steps + 1 : (k + 1) * num_steps + 1])
        for k in range(count)
    ]


@answer("sequential_batches")
def loops(corpus, batch_size, num_steps, offset=0):
    """Picks token by token in loops."""
    tokens = corpus.tolist()[offset:]
    m = (len(tokens) - 1) // batch_size
    batches = []
    for begin in range(0, m, num_steps):
        if begin + num_steps > m:
            break
        X = [[tokens[row * m + begin + t] for t in range(num_steps)] for row in range(batch_size)]
        Y = [[tokens[row * m + begin + t + 1] for t in range(num_steps)] for row in range(batch_size)]
        batches.append((torch.tensor(X, device=corpus.device), torch.tensor(Y, device=corpus.device)))
    return batches


@answer("sequential_batches")
def unfold(corpus, batch_size, num_steps, offset=0):
    """Cuts windows with Tensor.unfold."""
    text = corpus[offset:]
    m = (len(text) - 1) // batch_size
    X = text[: batch_size * m].view(batch_size, m).unfold(1, num_steps, num_steps)
    Y = text[1 : batch_size * m + 1].view(batch_size, m).unfold(1, num_steps, num_steps)
    return [Batch(x, y) for x, y in zip(X.unbind(1), Y.unbind(1), strict=True)]


@answer("sequential_batches")
def split_and_contiguous(corpus, batch_size, num_steps, offset=0):
    """Splits rows whose end is dropped first; returns lists of contiguous tensors."""
    m = (corpus.shape[0] - offset - 1) // batch_size
    whole = m - m % num_steps
    halves = []
    for shift in (0, 1):
        rows = torch.narrow(corpus, 0, offset + shift, batch_size * m).reshape(batch_size, -1)
        halves.append(rows[:, :whole].split(num_steps, dim=1))
    return [[x.contiguous(), y.contiguous()] for x, y in zip(*halves, strict=True)]


@answer("sequential_batches")
def strided(corpus, batch_size, num_steps, offset=0):
    """Lays strides over the text with as_strided; the remainder is found with a while loop."""
    m = 0
    while offset + (m + 1) * batch_size + 1 <= len(corpus):
        m += 1
    text = corpus.contiguous()

    def window(place):
        return torch.as_strided(text, (batch_size, num_steps), (m, 1), text.storage_offset() + place).clone()

    return [(window(offset + t), window(offset + t + 1)) for t in range(0, m - num_steps + 1, num_steps)]


@answer("sequential_batches")
def generator_within(corpus, batch_size, num_steps, offset=0):
    """Yields batches from a generator and makes a list of it."""

    def batches():
        usable = ((len(corpus) - offset - 1) // batch_size) * batch_size
        Xs = corpus[offset : offset + usable].reshape((batch_size, -1))
        Ys = corpus[offset + 1 : offset + 1 + usable].reshape((batch_size, -1))
        for i in range(0, num_steps * (Xs.shape[1] // num_steps), num_steps):
            yield Xs[:, i : i + num_steps], Ys[:, i : i + num_steps]

    return list(batches())


# perplexity


@answer("perplexity")
def built_in_cross_entropy(logits, targets):
    """Uses torch's cross-entropy and exp."""
    return torch.exp(F.cross_entropy(logits.to(torch.float64), targets)).item()


@answer("perplexity")
def gathered_log_softmax(logits, targets):
    """Gathers from a log-softmax; float of a tensor."""
    log_p = F.log_softmax(logits, dim=-1, dtype=torch.float64)
    return float(torch.exp(-log_p[torch.arange(len(targets)), targets].mean()))


@answer("perplexity")
def math_exp_in_a_try(logits, targets):
    """Catches math.exp's OverflowError."""
    with torch.no_grad():
        loss = F.nll_loss(torch.log_softmax(logits, 1), targets)
    try:
        return math.exp(loss)
    except OverflowError:
        return float("inf")


@answer("perplexity")
def logsumexp(logits, targets):
    """Subtracts the target's logit from logsumexp, in float64."""
    wide = logits.double()
    chosen = torch.take_along_dim(wide, targets[:, None], dim=1)[:, 0]
    mean = (torch.logsumexp(wide, dim=1) - chosen).mean()
    return mean.exp().item()


@answer("perplexity")
def numpy_by_hand(logits, targets):
    """Shifts by the maximum with NumPy; returns a NumPy float."""
    z = logits.detach().cpu().numpy().astype(np.float64)
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    with np.errstate(over="ignore"):
        return np.exp(-np.mean(log_p[np.arange(len(z)), targets.cpu().numpy()]))


@answer("perplexity")
def row_by_row_in_floats(logits, targets):
    """Loops over rows in Python floats, relative to the target's logit."""
    total = 0.0
    for row, target in zip(logits.tolist(), targets.tolist(), strict=True):
        differences = [value - row[target] for value in row]
        top = max(differences)
        total += top + math.log(sum(math.exp(d - top) for d in differences))
    mean = total / len(targets)
    return math.inf if mean > 709.78 else math.exp(mean)


@answer("perplexity")
def one_hot_product(logits, targets):
    """Weights the log-softmax with one-hot targets; takes e to a float power."""
    picked = (F.one_hot(targets, logits.shape[1]) * logits.log_softmax(dim=1)).sum()
    try:
        return math.e ** (-picked.item() / logits.shape[0])
    except OverflowError:
        return math.inf


# rnn_step


@answer("rnn_step")
def joined_inputs(x, h, params):
    """Joins x and h, and both matrices, into one product."""
    W = torch.cat([params["W_xh"], params["W_hh"]], dim=0)
    return torch.tanh(torch.cat((x, h), dim=1) @ W + params["b_h"])


@answer("rnn_step")
def linear(x, h, params):
    """Uses F.linear, which wants the weights transposed."""
    return F.tanh(F.linear(x, params["W_xh"].T, params["b_h"]) + F.linear(h, params["W_hh"].T))


@answer("rnn_step")
def addmm(x, h, params):
    """Uses torch.addmm twice, and tanh in place on its own result."""
    return torch.addmm(torch.addmm(params["b_h"], x, params["W_xh"]), h, params["W_hh"]).tanh_()


@answer("rnn_step")
def einsum(x, h, params):
    """Uses einsum and writes tanh with a sigmoid."""
    a = torch.einsum("nd,dh->nh", x, params["W_xh"]) + torch.einsum("nk,kh->nh", h, params["W_hh"])
    return 2 * torch.sigmoid(2 * (a + params["b_h"])) - 1


@answer("rnn_step")
def row_loop(x, h, params):
    """Goes through the batch one row at a time."""
    rows = [x_row @ params["W_xh"] + h_row @ params["W_hh"] for x_row, h_row in zip(x, h, strict=True)]
    return torch.tanh(torch.stack(rows) + params["b_h"])


@answer("rnn_step")
def float64_inside(x, h, params):
    """Computes in float64 and casts back at the end."""
    W_x, W_h, b = (params[name].double() for name in ("W_xh", "W_hh", "b_h"))
    return torch.tanh(x.double() @ W_x + h.double() @ W_h + b).to(x.dtype)


# gru_gates


@answer("gru_gates")
def joined_weights(x, h, params):
    """Joins x and h, and the weights of both gates, into one product."""
    W_x = torch.cat([params["W_xr"], params["W_xz"]], dim=1)
    W_h = torch.cat([params["W_hr"], params["W_hz"]], dim=1)
    b = torch.cat([params["b_r"], params["b_z"]])
    a = torch.cat([x, h], dim=1) @ torch.cat([W_x, W_h]) + b
    return torch.sigmoid(a).chunk(2, dim=1)


@answer("gru_gates")
def stacked_einsum(x, h, params):
    """Stacks the weights and takes both products with einsum; returns a list."""
    W_x = torch.stack([params["W_xr"], params["W_xz"]])
    W_h = torch.stack([params["W_hr"], params["W_hz"]])
    b = torch.stack([params["b_r"], params["b_z"]])
    a = torch.einsum("nd,gdh->gnh", x, W_x) + torch.einsum("nk,gkh->gnh", h, W_h) + b[:, None, :]
    return list(torch.sigmoid(a))


@answer("gru_gates")
def linear(x, h, params):
    """Uses F.linear, which wants the weights transposed."""
    gates = []
    for gate in "rz":
        from_x = F.linear(x, params[f"W_x{gate}"].T, params[f"b_{gate}"])
        gates.append(F.sigmoid(from_x + F.linear(h, params[f"W_h{gate}"].T)))
    return gates[0], gates[1]


@answer("gru_gates")
def addmm(x, h, params):
    """Uses torch.addmm twice."""
    r = torch.addmm(torch.addmm(params["b_r"], x, params["W_xr"]), h, params["W_hr"])
    z = torch.addmm(torch.addmm(params["b_z"], h, params["W_hz"]), x, params["W_xz"])
    return r.sigmoid_(), z.sigmoid_()


@answer("gru_gates")
def written_out_sigmoid(x, h, params):
    """Writes the sigmoid as 1 / (1 + exp(-a))."""

    def sigma(a):
        return 1 / (1 + torch.exp(-a))

    return sigma(pre_activation(x, h, params, "r")), sigma(pre_activation(x, h, params, "z"))


@answer("gru_gates")
def named_tuple(x, h, params):
    """Returns a NamedTuple, and takes the sigmoid from tanh."""
    gates = {letter: 0.5 + 0.5 * torch.tanh(pre_activation(x, h, params, letter) / 2) for letter in "zr"}
    return GRUGates(reset=gates["r"], update=gates["z"])


@answer("gru_gates")
def row_by_row(x, h, params):
    """Goes through the batch one row at a time."""
    r, z = [], []
    for i in range(x.shape[0]):
        r.append(torch.special.expit(x[i] @ params["W_xr"] + h[i] @ params["W_hr"] + params["b_r"]))
        z.append(torch.special.expit(x[i] @ params["W_xz"] + h[i] @ params["W_hz"] + params["b_z"]))
    return torch.stack(r), torch.stack(z)


@answer("gru_gates")
def helper_with_a_cells_name(x, h, params):
    """Calls a helper of its own that is named as a function of torch."""
    return gru_cell(x, h, params, "r"), gru_cell(x, h, params, "z")


@answer("gru_gates")
def own_backward_pass(x, h, params):
    """Has a sigmoid with a backward pass of its own."""
    return tuple(Sigmoid.apply(pre_activation(x, h, params, letter)) for letter in ("r", "z"))


@answer("gru_gates")
def float64_inside(x, h, params):
    """Computes in float64 and casts back at the end."""
    wide = {name: value.double() for name, value in params.items()}
    r, z = reset_and_update(x.double(), h.double(), wide)
    return r.to(x.dtype), z.to(x.dtype)


@answer("gru_gates")
def bias_as_a_column_of_ones(x, h, params):
    """Appends a column of ones to the input, so that the bias is one more row of weights."""
    joined = torch.cat([x, h, x.new_ones(x.size(0), 1)], dim=1)
    both = []
    for g in ("r", "z"):
        W = torch.vstack([params["W_x" + g], params["W_h" + g], params["b_" + g].unsqueeze(0)])
        both.append(torch.exp(-F.softplus(-(joined @ W))))
    return tuple(both)


@answer("gru_gates")
def batched_product(x, h, params):
    """Uses torch.baddbmm with the gates as the batch."""
    gates = ("r", "z")
    joined = torch.cat((h, x), -1).expand(2, -1, -1)
    W = torch.stack([torch.cat((params["W_h" + g], params["W_x" + g])) for g in gates])
    b = torch.stack([params["b_" + g] for g in gates]).unsqueeze(1)
    return torch.baddbmm(b, joined, W).sigmoid().unbind(0)


@answer("gru_gates")
def vectorised_map(x, h, params):
    """Describes one row and maps it over the batch with vmap."""

    def one_row(x, h):
        return tuple(torch.sigmoid(pre_activation(x, h, params, letter)) for letter in "rz")

    return torch.vmap(one_row)(x, h)


# gru_step


@answer("gru_step")
def joined_inputs(x, h, params):
    """Joins x and h before every product."""
    both = torch.cat([x, h], dim=1)
    r = torch.sigmoid(both @ torch.cat([params["W_xr"], params["W_hr"]]) + params["b_r"])
    z = torch.sigmoid(both @ torch.cat([params["W_xz"], params["W_hz"]]) + params["b_z"])
    both = torch.cat([x, r * h], dim=1)
    h_tilde = torch.tanh(both @ torch.cat([params["W_xh"], params["W_hh"]]) + params["b_h"])
    return z * h + (1 - z) * h_tilde


@answer("gru_step")
def lerp(x, h, params):
    """Mixes with torch.lerp."""
    r, z = reset_and_update(x, h, params)
    return torch.lerp(pre_activation(x, r * h, params, "h").tanh(), h, z)


@answer("gru_step")
def other_order_of_the_mixture(x, h, params):
    """Adds the share z of the way from the candidate to the old state."""
    r, z = reset_and_update(x, h, params)
    h_tilde = torch.tanh(params["b_h"] + torch.mul(h, r).mm(params["W_hh"]) + x.mm(params["W_xh"]))
    return h_tilde + z * (h - h_tilde)


@answer("gru_step")
def reset_scales_the_weights(x, h, params):
    """Scales the rows of W_hh by the reset gate, example by example."""
    r, z = reset_and_update(x, h, params)
    scaled = r.unsqueeze(2) * params["W_hh"]
    product = torch.bmm(h.unsqueeze(1), scaled).squeeze(1)
    h_tilde = torch.tanh(x @ params["W_xh"] + product + params["b_h"])
    return (1 - z).mul(h_tilde).add(z.mul(h))


@answer("gru_step")
def exponentials(x, h, params):
    """Writes sigmoid and tanh with exp, and needs addmm and addcmul."""
    keep = 1 / (1 + torch.exp(pre_activation(x, h, params, "z")))
    r = 1 / (1 + (-pre_activation(x, h, params, "r")).exp())
    a = torch.addmm(params["b_h"], x, params["W_xh"]).addmm(r * h, params["W_hh"])
    h_tilde = 2 / (1 + torch.exp(-2 * a)) - 1
    return torch.addcmul((1 - keep) * h, keep, h_tilde)


@answer("gru_step")
def complement_by_minus_sign(x, h, params):
    """Takes 1 - z as the sigmoid of the negative."""
    a = pre_activation(x, h, params, "z")
    r = gru_cell(x, h, params, "r")
    candidate = torch.tanh(pre_activation(x, h * r, params, "h"))
    return F.sigmoid(-a) * candidate + F.sigmoid(a) * h


@answer("gru_step")
def stacked_input_product(x, h, params):
    """Takes one product of x for both gates and the candidate, and cuts it with split."""
    size = h.shape[1]
    from_x = x @ torch.cat([params["W_xr"], params["W_xz"], params["W_xh"]], dim=1)
    from_h = h @ torch.cat([params["W_hr"], params["W_hz"]], dim=1)
    x_r, x_z, x_h = from_x.split(size, dim=1)
    h_r, h_z = from_h.split(size, dim=1)
    r = torch.sigmoid(x_r + h_r + params["b_r"])
    z = torch.sigmoid(x_z + h_z + params["b_z"])
    n = torch.tanh(x_h + (r * h) @ params["W_hh"] + params["b_h"])
    return h - (1 - z) * (h - n)


@answer("gru_step")
def einsum_of_three(x, h, params):
    """Puts reset gate, state and weights into one einsum."""
    r, z = reset_and_update(x, h, params)
    recurrent = torch.einsum("ni,ni,ij->nj", r, h, params["W_hh"])
    h_tilde = torch.tanh(torch.einsum("nd,dh->nh", x, params["W_xh"]) + recurrent + params["b_h"])
    return torch.stack([h, h_tilde]).mul(torch.stack([z, 1 - z])).sum(dim=0)


@answer("gru_step")
def row_loop(x, h, params):
    """Goes through the batch one row at a time."""
    rows = []
    for x_row, h_row in zip(x, h, strict=True):
        r, z = reset_and_update(x_row, h_row, params)
        h_tilde = torch.tanh(pre_activation(x_row, r * h_row, params, "h"))
        rows.append(z * h_row + (1 - z) * h_tilde)
    return torch.stack(rows)


@answer("gru_step")
def linear_modules(x, h, params):
    """Runs nn.Linear modules on the given weights with functional_call."""

    def layer(inputs, gate):
        weight = torch.cat([params["W_x" + gate], params["W_h" + gate]]).T
        module = nn.Linear(weight.shape[1], weight.shape[0])
        return torch.func.functional_call(module, {"weight": weight, "bias": params["b_" + gate]}, inputs)

    r = torch.sigmoid(layer(torch.cat([x, h], 1), "r"))
    z = torch.sigmoid(layer(torch.cat([x, h], 1), "z"))
    return z * h + (1 - z) * torch.tanh(layer(torch.cat([x, r * h], 1), "h"))


@answer("gru_step")
def updates_a_copy(x, h, params):
    """Works in place, but on a copy of the state."""
    r, z = reset_and_update(x, h, params)
    new = h.clone()
    new *= z
    new += (1.0 - z) * torch.tanh(pre_activation(x, r * h, params, "h"))
    return new


# lstm_gates


@answer("lstm_gates")
def joined_weights(x, h, params):
    """Joins x and h, and the weights of the three gates, into one product."""
    W = torch.cat([torch.cat([params["W_x" + g], params["W_h" + g]]) for g in "ifo"], dim=1)
    b = torch.cat([params["b_" + g] for g in "ifo"])
    return torch.sigmoid(torch.cat([x, h], dim=1) @ W + b).chunk(3, dim=1)


@answer("lstm_gates")
def all_four_at_once(x, h, params):
    """Computes the candidate's part as well and drops it."""
    size = h.shape[-1]
    from_x = torch.cat([params[f"W_x{g}"] for g in "ifco"], dim=1)
    from_h = torch.cat([params[f"W_h{g}"] for g in "ifco"], dim=1)
    b = torch.hstack([params[f"b_{g}"] for g in "ifco"])
    i, f, _, o = torch.split(x @ from_x + h @ from_h + b, size, dim=1)
    return torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(o)


@answer("lstm_gates")
def stacked_einsum(x, h, params):
    """Stacks the weights and takes the products with einsum; returns a list."""
    W_x, W_h, b = (torch.stack([params[name + g] for g in "ifo"], dim=-1) for name in ("W_x", "W_h", "b_"))
    a = torch.einsum("nd,dhg->nhg", x, W_x) + torch.einsum("nk,khg->nhg", h, W_h) + b
    return [gate.sigmoid() for gate in a.unbind(dim=-1)]


@answer("lstm_gates")
def linear(x, h, params):
    """Uses F.linear on transposed weights."""
    gates = []
    for gate in ("i", "f", "o"):
        a = F.linear(x, params[f"W_x{gate}"].t()) + F.linear(h, params[f"W_h{gate}"].t(), params[f"b_{gate}"])
        gates.append(a.sigmoid())
    return tuple(gates)


@answer("lstm_gates")
def addmm(x, h, params):
    """Uses torch.addmm and an in-place sigmoid on its own result."""

    def gate(W_x, W_h, b):
        return b.addmm(x, W_x).addmm_(h, W_h).sigmoid_()

    i = gate(params["W_xi"], params["W_hi"], params["b_i"])
    f = gate(params["W_xf"], params["W_hf"], params["b_f"])
    o = gate(params["W_xo"], params["W_ho"], params["b_o"])
    return i, f, o


@answer("lstm_gates")
def named_tuple(x, h, params):
    """Returns a NamedTuple, and writes the sigmoid as 1 / (1 + exp(-a))."""
    return LSTMGates(*(1 / (1 + torch.exp(-pre_activation(x, h, params, letter))) for letter in "ifo"))


@answer("lstm_gates")
def helper_with_a_cells_name(x, h, params):
    """Calls a helper of its own that is named as a function of torch."""
    return lstm_cell(x, h, params, "i"), lstm_cell(x, h, params, "f"), lstm_cell(x, h, params, "o")


@answer("lstm_gates")
def own_backward_pass(x, h, params):
    """Has a sigmoid with a backward pass of its own."""
    return [Sigmoid.apply(pre_activation(x, h, params, letter)) for letter in "ifo"]


@answer("lstm_gates")
def column_by_column(x, h, params):
    """Computes one unit at a time, as a sum over products."""
    gates = {}
    for g in "ofi":
        columns = []
        for j in range(h.shape[1]):
            from_x = (x * params["W_x" + g][:, j]).sum(dim=1)
            from_h = (h * params["W_h" + g][:, j]).sum(dim=1)
            columns.append(torch.sigmoid(from_x + from_h + params["b_" + g][j]))
        gates[g] = torch.stack(columns, dim=1)
    return gates["i"], gates["f"], gates["o"]


@answer("lstm_gates")
def by_half_a_tanh(x, h, params):
    """Takes the sigmoid from tanh."""
    i, f, o = (torch.tanh(pre_activation(x, h, params, letter) * 0.5) for letter in "ifo")
    return (i + 1) / 2, (f + 1) / 2, (o + 1) / 2


# lstm_step


@answer("lstm_step")
def four_at_once(x, state, params):
    """Joins everything into one product and cuts it in four."""
    h, c = state
    W = torch.cat([torch.cat([params["W_x" + g], params["W_h" + g]]) for g in "ifoc"], dim=1)
    b = torch.cat([params["b_" + g] for g in "ifoc"])
    i, f, o, g = (torch.cat([x, h], dim=1) @ W + b).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    h = torch.sigmoid(o) * torch.tanh(c)
    return h, c


@answer("lstm_step")
def list_returned(x, state, params):
    """Returns a list, and sums with addcmul."""
    i, f, o = input_forget_output(x, state[0], params)
    cell = torch.addcmul(f * state[1], i, torch.tanh(pre_activation(x, state[0], params, "c")))
    return [o * cell.tanh(), cell]


@answer("lstm_step")
def named_state(x, state, params):
    """Returns a NamedTuple."""
    old = LSTMState(*state)
    i, f, o = input_forget_output(x, old.h, params)
    c = i * torch.tanh(pre_activation(x, old.h, params, "c")) + f * old.c
    return LSTMState(h=torch.tanh(c) * o, c=c)


@answer("lstm_step")
def exponentials(x, state, params):
    """Writes sigmoid and tanh with exp."""
    (h, c) = state
    i, f, o = (1 / (1 + torch.exp(-pre_activation(x, h, params, letter))) for letter in "ifo")
    candidate = 1 - 2 / (torch.exp(2 * pre_activation(x, h, params, "c")) + 1)
    c_new = f * c + i * candidate
    return o * (2 * torch.sigmoid(2 * c_new) - 1), c_new


@answer("lstm_step")
def linear(x, state, params):
    """Uses F.linear on transposed, stacked weights."""
    h, c = state[0], state[1]
    W_x = torch.cat([params["W_x" + g].T for g in "ofic"])
    W_h = torch.cat([params["W_h" + g].T for g in "ofic"])
    b = torch.cat([params["b_" + g] for g in "ofic"])
    o, f, i, candidate = torch.tensor_split(F.linear(x, W_x, b) + F.linear(h, W_h), 4, dim=-1)
    cell = f.sigmoid().mul(c) + i.sigmoid().mul(candidate.tanh())
    return o.sigmoid().mul(cell.tanh()), cell


@answer("lstm_step")
def addmm(x, state, params):
    """Uses torch.addmm and a dict of results."""
    h, c = state
    results = {}
    for letter, squash in (
        ("c", torch.tanh),
        ("o", torch.sigmoid),
        ("f", torch.sigmoid),
        ("i", torch.sigmoid),
    ):
        a = torch.addmm(params["b_" + letter], x, params["W_x" + letter])
        results[letter] = squash(torch.addmm(a, h, params["W_h" + letter]))
    c = results["f"] * c + results["i"] * results["c"]
    return results["o"] * torch.tanh(c), c


@answer("lstm_step")
def einsum(x, state, params):
    """Uses einsum for the products and for the new cell."""
    h, c = state
    a = {g: torch.einsum("nd,dh->nh", x, params["W_x" + g]) for g in "ifoc"}
    a = {g: a[g] + torch.einsum("nk,kh->nh", h, params["W_h" + g]) + params["b_" + g] for g in a}
    gates = torch.stack([a["f"], a["i"]]).sigmoid()
    c = torch.einsum("knh,knh->nh", gates, torch.stack([c, a["c"].tanh()]))
    return a["o"].sigmoid() * c.tanh(), c


@answer("lstm_step")
def updates_a_copy(x, state, params):
    """Works in place, but on copies."""
    h, c = (part.clone() for part in state)
    i, f, o = input_forget_output(x, h, params)
    candidate = torch.tanh(pre_activation(x, h, params, "c"))
    c *= f
    c += i * candidate
    h = torch.tanh(c)
    h = h * o
    return h, c


@answer("lstm_step")
def row_loop(x, state, params):
    """Goes through the batch one row at a time."""
    h_rows, c_rows = [], []
    for x_row, h_row, c_row in zip(x, *state, strict=True):
        i, f, o = input_forget_output(x_row, h_row, params)
        c_rows.append(f * c_row + i * torch.tanh(pre_activation(x_row, h_row, params, "c")))
        h_rows.append(o * torch.tanh(c_rows[-1]))
    return torch.stack(h_rows), torch.stack(c_rows)


@answer("lstm_step")
def helper_with_a_cells_name(x, state, params):
    """Calls a helper of its own that is named as a function of torch."""
    h, c = state
    remembered = lstm_cell(x, h, params, "f") * c
    written = lstm_cell(x, h, params, "i") * lstm_cell(x, h, params, "c", torch.tanh)
    return lstm_cell(x, h, params, "o") * F.tanh(remembered + written), remembered + written


@answer("lstm_step")
def float64_inside(x, state, params):
    """Computes in float64 and casts back at the end."""
    wide = {name: value.to(torch.float64) for name, value in params.items()}
    h, c = (part.to(torch.float64) for part in state)
    i, f, o = input_forget_output(x.to(torch.float64), h, wide)
    c = f * c + i * torch.tanh(pre_activation(x.to(torch.float64), h, wide, "c"))
    return (o * torch.tanh(c)).to(x.dtype), c.to(x.dtype)


# unroll


def first_of(state):
    return state[0] if isinstance(state, tuple | list) else state


@answer("unroll")
def preallocated(step, inputs, state, params):
    """Writes the outputs into an empty tensor, by index."""
    first = state[0] if type(state) is tuple else state
    outputs = torch.empty(len(inputs), *first.shape, dtype=first.dtype, device=first.device)
    for t in range(len(inputs)):
        state = step(inputs[t], state, params)
        outputs[t] = state[0] if type(state) is tuple else state
    return outputs, state


@answer("unroll")
def recursion(step, inputs, state, params):
    """Calls itself on the rest of the sequence."""

    def rest(t, state):
        if t == inputs.shape[0]:
            return [], state
        state = step(inputs[t], state, params)
        later, final = rest(t + 1, state)
        return [first_of(state), *later], final

    outputs, final = rest(0, state)
    return torch.stack(outputs), final


@answer("unroll")
def accumulate(step, inputs, state, params):
    """Lets itertools.accumulate carry the state; returns a list."""
    states = list(accumulated(inputs.unbind(0), lambda s, x: step(x, s, params), initial=state))[1:]
    return [torch.stack([first_of(s) for s in states], dim=0), states[-1]]


@answer("unroll")
def joined_with_an_axis_each(step, inputs, state, params):
    """Joins outputs that have an axis of time of their own, in a while loop."""
    outputs, t = None, 0
    while t < inputs.size(0):
        state = step(inputs.select(0, t), state, params)
        new = first_of(state)[None]
        outputs = new if outputs is None else torch.cat([outputs, new], dim=0)
        t += 1
    return outputs, state


@answer("unroll")
def cut_with_split(step, inputs, state, params):
    """Cuts the inputs with split, and returns a NamedTuple."""
    collected = []
    for piece in inputs.split(1):
        state = step(piece.squeeze(0), state, params)
        collected.append(state[0] if not torch.is_tensor(state) else state)
    return Unrolled(torch.vstack([c.unsqueeze(0) for c in collected]), state)


class Unrolled(NamedTuple):
    outputs: torch.Tensor
    state: object


@answer("unroll")
def states_as_lists(step, inputs, state, params):
    """Keeps every state, stacks part by part, and returns the final state as a list."""
    pair = isinstance(state, tuple)
    parts = [[] for _ in (state if pair else [state])]
    for x in inputs:
        state = step(x, state, params)
        for part, value in zip(parts, state if pair else [state], strict=True):
            part.append(value)
    final = [part[-1] for part in parts] if pair else parts[0][-1]
    return torch.stack(parts[0]), final


# deep_rnn


def over_time(step, inputs, state, params):
    outputs = []
    for x in inputs:
        state = step(x, state, params)
        outputs.append(first_of(state))
    return torch.stack(outputs), state


@answer("deep_rnn")
def time_outside_layers_inside(step, inputs, states, layers):
    """Goes through time in the outer loop and through layers in the inner one."""
    current = list(states)
    outputs = []
    for x in inputs:
        for l, params in enumerate(layers):
            current[l] = step(x, current[l], params)
            x = current[l][0] if isinstance(current[l], tuple) else current[l]
        outputs.append(x)
    return torch.stack(outputs), current


@answer("deep_rnn")
def layer_after_layer(step, inputs, states, layers):
    """Runs a helper layer after layer, by index."""
    final = [None] * len(layers)
    outputs = inputs
    for l in range(len(layers)):
        outputs, final[l] = over_time(step, outputs, states[l], layers[l])
    return outputs, final


@answer("deep_rnn")
def recursive(step, inputs, states, layers):
    """Runs the layers below first, by recursion; returns tuples."""

    def upto(depth):
        if depth == 0:
            return inputs, ()
        below, finals = upto(depth - 1)
        outputs, final = over_time(step, below, states[depth - 1], layers[depth - 1])
        return outputs, (*finals, final)

    return upto(len(layers))


@answer("deep_rnn")
def reduced(step, inputs, states, layers):
    """Folds over the layers with functools.reduce."""

    def add_layer(so_far, layer):
        outputs, finals = so_far
        outputs, final = over_time(step, outputs, *layer)
        return outputs, [*finals, final]

    return functools.reduce(add_layer, zip(states, layers, strict=True), (inputs, []))


@answer("deep_rnn")
def grid_of_outputs(step, inputs, states, layers):
    """Fills a table of outputs, layer by step, and preallocates the result."""
    table = {(0, t): x for t, x in enumerate(inputs)}
    finals = []
    for l, (state, params) in enumerate(zip(states, layers, strict=True), start=1):
        for t in range(len(inputs)):
            state = step(table[l - 1, t], state, params)
            table[l, t] = first_of(state)
        finals.append(state)
    first = table[len(layers), 0]
    outputs = first.new_empty((len(inputs), *first.shape))
    for t in range(len(inputs)):
        outputs[t] = table[len(layers), t]
    return outputs, finals


# bidirectional_rnn


@answer("bidirectional_rnn")
def reversed_lists(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Works on lists of steps and turns them with reversed."""
    ahead, back = [], []
    for x in inputs:
        forward_state = step(x, forward_state, forward_params)
        ahead.append(first_of(forward_state))
    for x in reversed(list(inputs)):
        backward_state = step(x, backward_state, backward_params)
        back.insert(0, first_of(backward_state))
    return torch.stack([torch.cat(both, dim=1) for both in zip(ahead, back, strict=True)])


@answer("bidirectional_rnn")
def one_loop_for_both(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Makes a step of each run in one loop and writes into an empty tensor."""
    T, n, _ = inputs.shape
    h = first_of(forward_state).shape[1]
    outputs = inputs.new_empty((T, n, 2 * h))
    for t in range(T):
        forward_state = step(inputs[t], forward_state, forward_params)
        backward_state = step(inputs[T - 1 - t], backward_state, backward_params)
        outputs[t, :, :h] = first_of(forward_state)
        outputs[-1 - t, :, h:] = first_of(backward_state)
    return outputs


@answer("bidirectional_rnn")
def turned_by_index(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Turns time round with an index tensor and joins with concat."""
    order = torch.arange(inputs.shape[0] - 1, -1, -1, device=inputs.device)
    ahead = over_time(step, inputs, forward_state, forward_params)[0]
    back = over_time(step, inputs[order], backward_state, backward_params)[0]
    return torch.concat((ahead, back.index_select(0, order)), 2)


@answer("bidirectional_rnn")
def backward_by_negative_index(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Counts down in time, keeps outputs in a dict, and joins with hstack."""
    outputs = {}
    for t in range(len(inputs) - 1, -1, -1):
        backward_state = step(inputs[t], backward_state, backward_params)
        outputs[t] = first_of(backward_state)
    for t in range(len(inputs)):
        forward_state = step(inputs[t], forward_state, forward_params)
        outputs[t] = torch.hstack([first_of(forward_state), outputs[t]])
    return torch.stack([outputs[t] for t in sorted(outputs)])


@answer("bidirectional_rnn")
def stacked_and_flattened(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Stacks the two halves on a new axis and flattens it away."""
    halves = [
        over_time(step, inputs, forward_state, forward_params)[0],
        torch.flip(over_time(step, torch.flip(inputs, [0]), backward_state, backward_params)[0], [0]),
    ]
    return torch.stack(halves, dim=2).reshape(len(inputs), inputs.shape[1], -1)


@answer("bidirectional_rnn")
def zeros_padded_sum(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Pads each half with zeros and adds them."""
    ahead, _ = over_time(step, inputs, forward_state, forward_params)
    back, _ = over_time(step, inputs.flip(0), backward_state, backward_params)
    h = ahead.shape[-1]
    return F.pad(ahead, (0, h)) + F.pad(back.flip(dims=(0,)), (h, 0))
