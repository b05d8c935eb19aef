"""Right answers written differently."""
# ruff: noqa: F811 -- names repeat from exercise to exercise

from typing import NamedTuple

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
