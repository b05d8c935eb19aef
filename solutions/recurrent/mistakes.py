"""Wrong answers that students give, each with the sentence they are told."""
# ruff: noqa: F811 -- names repeat from exercise to exercise

import torch

from autograder.authoring import answer


def affine(x, h, params, letter):
    return x @ params["W_x" + letter] + h @ params["W_h" + letter] + params["b_" + letter]


def gate(x, h, params, letter):
    return torch.sigmoid(affine(x, h, params, letter))


def tanh_candidate(x, h, params, letter):
    return torch.tanh(affine(x, h, params, letter))


def with_weights(params, **others):
    return {**params, **{name: params[other] for name, other in others.items()}}


def converted(params, dtype):
    return {name: value.to(dtype) for name, value in params.items()}


def two_gates(x, h, params):
    return gate(x, h, params, "r"), gate(x, h, params, "z")


def three_gates(x, h, params):
    return gate(x, h, params, "i"), gate(x, h, params, "f"), gate(x, h, params, "o")


def plain_gru(x, h, params):
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


def plain_lstm(x, state, params):
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


# gru_gates


@answer("gru_gates")
def update_gate_first(x, h, params):
    """The two gates are swapped; the result is (r, z), the reset gate first, and r has the weights that end in r."""
    return gate(x, h, params, "z"), gate(x, h, params, "r")


@answer("gru_gates")
def tanh_for_sigmoid(x, h, params):
    """The gates go through tanh; a gate is a sigmoid, between 0 and 1."""
    return torch.tanh(affine(x, h, params, "r")), torch.tanh(affine(x, h, params, "z"))


@answer("gru_gates")
def no_sigmoid(x, h, params):
    """The sigmoid is missing, so the gates are not between 0 and 1."""
    return affine(x, h, params, "r"), affine(x, h, params, "z")


@answer("gru_gates")
def sigmoid_twice(x, h, params):
    """The sigmoid is applied twice."""
    return torch.sigmoid(gate(x, h, params, "r")), torch.sigmoid(gate(x, h, params, "z"))


@answer("gru_gates")
def softmax_over_units(x, h, params):
    """The gates go through softmax, so the units compete; each unit has a sigmoid of its own."""
    return torch.softmax(affine(x, h, params, "r"), dim=1), torch.softmax(affine(x, h, params, "z"), dim=1)


@answer("gru_gates")
def hard_sigmoid(x, h, params):
    """The gates are a piecewise linear sigmoid; use the logistic one."""
    hard = torch.nn.functional.hardsigmoid
    return hard(affine(x, h, params, "r")), hard(affine(x, h, params, "z"))


@answer("gru_gates")
def rounded_to_0_or_1(x, h, params):
    """The gates are rounded to 0 or 1; they may lie anywhere in between."""
    r, z = two_gates(x, h, params)
    return (r > 0.5).to(x.dtype), (z > 0.5).to(x.dtype)


@answer("gru_gates")
def sign_in_sigmoid(x, h, params):
    """The sigmoid has the wrong sign in its exponent; it is 1 / (1 + exp(-a))."""
    return 1 / (1 + torch.exp(affine(x, h, params, "r"))), 1 / (1 + torch.exp(affine(x, h, params, "z")))


@answer("gru_gates")
def update_gate_complemented(x, h, params):
    """The second result is 1 - z; return z itself."""
    r, z = two_gates(x, h, params)
    return r, 1 - z


@answer("gru_gates")
def reset_gate_complemented(x, h, params):
    """The first result is 1 - r; return r itself."""
    r, z = two_gates(x, h, params)
    return 1 - r, z


@answer("gru_gates")
def bias_forgotten(x, h, params):
    """The biases are not added."""
    r = torch.sigmoid(x @ params["W_xr"] + h @ params["W_hr"])
    z = torch.sigmoid(x @ params["W_xz"] + h @ params["W_hz"])
    return r, z


@answer("gru_gates")
def reset_bias_forgotten(x, h, params):
    """The reset gate lacks its bias b_r."""
    return torch.sigmoid(x @ params["W_xr"] + h @ params["W_hr"]), gate(x, h, params, "z")


@answer("gru_gates")
def update_bias_forgotten(x, h, params):
    """The update gate lacks its bias b_z."""
    return gate(x, h, params, "r"), torch.sigmoid(x @ params["W_xz"] + h @ params["W_hz"])


@answer("gru_gates")
def bias_twice(x, h, params):
    """The bias is added twice, with the input's part and again with the state's; it is added once."""
    r = torch.sigmoid(affine(x, h, params, "r") + params["b_r"])
    z = torch.sigmoid(affine(x, h, params, "z") + params["b_z"])
    return r, z


@answer("gru_gates")
def bias_outside_sigmoid(x, h, params):
    """The bias is added after the sigmoid; it belongs inside."""
    r = torch.sigmoid(x @ params["W_xr"] + h @ params["W_hr"]) + params["b_r"]
    z = torch.sigmoid(x @ params["W_xz"] + h @ params["W_hz"]) + params["b_z"]
    return r, z


@answer("gru_gates")
def sigmoid_of_the_input_part_alone(x, h, params):
    """The sigmoid's parenthesis closes too early; it holds the input's part, the state's part and the bias."""
    r = torch.sigmoid(x @ params["W_xr"]) + h @ params["W_hr"] + params["b_r"]
    z = torch.sigmoid(x @ params["W_xz"]) + h @ params["W_hz"] + params["b_z"]
    return r, z


@answer("gru_gates")
def state_left_out(x, h, params):
    """The gates do not see the old state; add h @ W_h."""
    r = torch.sigmoid(x @ params["W_xr"] + params["b_r"])
    z = torch.sigmoid(x @ params["W_xz"] + params["b_z"])
    return r, z


@answer("gru_gates")
def input_left_out(x, h, params):
    """The gates do not see the input; add x @ W_x."""
    r = torch.sigmoid(h @ params["W_hr"] + params["b_r"])
    z = torch.sigmoid(h @ params["W_hz"] + params["b_z"])
    return r, z


@answer("gru_gates")
def parts_multiplied(x, h, params):
    """The input's part and the state's part are multiplied; they are added."""
    r = torch.sigmoid((x @ params["W_xr"]) * (h @ params["W_hr"]) + params["b_r"])
    z = torch.sigmoid((x @ params["W_xz"]) * (h @ params["W_hz"]) + params["b_z"])
    return r, z


@answer("gru_gates")
def state_weights_crossed(x, h, params):
    """W_hr and W_hz are crossed; the reset gate uses W_hr, the update gate W_hz."""
    return two_gates(x, h, with_weights(params, W_hr="W_hz", W_hz="W_hr"))


@answer("gru_gates")
def input_weights_crossed(x, h, params):
    """W_xr and W_xz are crossed; the reset gate uses W_xr, the update gate W_xz."""
    return two_gates(x, h, with_weights(params, W_xr="W_xz", W_xz="W_xr"))


@answer("gru_gates")
def biases_crossed(x, h, params):
    """b_r and b_z are crossed; the reset gate uses b_r, the update gate b_z."""
    return two_gates(x, h, with_weights(params, b_r="b_z", b_z="b_r"))


@answer("gru_gates")
def update_gate_keeps_W_hr(x, h, params):
    """The update gate uses W_hr; it has W_hz."""
    return two_gates(x, h, with_weights(params, W_hz="W_hr"))


@answer("gru_gates")
def update_gate_keeps_W_xr(x, h, params):
    """The update gate uses W_xr; it has W_xz."""
    return two_gates(x, h, with_weights(params, W_xz="W_xr"))


@answer("gru_gates")
def update_gate_keeps_b_r(x, h, params):
    """The update gate uses b_r; it has b_z."""
    return two_gates(x, h, with_weights(params, b_z="b_r"))


@answer("gru_gates")
def reset_gate_twice(x, h, params):
    """Both results are the reset gate; the second one is the update gate, with weights of its own."""
    r = gate(x, h, params, "r")
    return r, r


@answer("gru_gates")
def candidate_weights_for_reset(x, h, params):
    """The reset gate uses the candidate's W_xh, W_hh and b_h; it has W_xr, W_hr and b_r."""
    return gate(x, h, params, "h"), gate(x, h, params, "z")


@answer("gru_gates")
def candidate_weights_for_update(x, h, params):
    """The update gate uses the candidate's W_xh, W_hh and b_h; it has W_xz, W_hz and b_z."""
    return gate(x, h, params, "r"), gate(x, h, params, "h")


@answer("gru_gates")
def candidate_W_hh_for_both(x, h, params):
    """Both gates multiply the state by W_hh, which is the candidate's; use W_hr and W_hz."""
    return two_gates(x, h, with_weights(params, W_hr="W_hh", W_hz="W_hh"))


@answer("gru_gates")
def state_weights_transposed(x, h, params):
    """The state's weights are transposed; the product is h @ W_h, with W_h as it is."""
    r = torch.sigmoid(x @ params["W_xr"] + h @ params["W_hr"].T + params["b_r"])
    z = torch.sigmoid(x @ params["W_xz"] + h @ params["W_hz"].T + params["b_z"])
    return r, z


@answer("gru_gates")
def update_gate_sees_reset_state(x, h, params):
    """The update gate is computed from r * h; both gates see the old state h itself."""
    r = gate(x, h, params, "r")
    return r, gate(x, r * h, params, "z")


@answer("gru_gates")
def candidate_returned_too(x, h, params):
    """Three things are returned; the result is (r, z), without the candidate."""
    r, z = two_gates(x, h, params)
    return r, z, tanh_candidate(x, r * h, params, "h")


@answer("gru_gates")
def both_gates_in_one_tensor(x, h, params):
    """The gates are returned as one tensor side by side; return two tensors, (r, z)."""
    return torch.cat(two_gates(x, h, params), dim=1)


@answer("gru_gates")
def dict_returned(x, h, params):
    """A dict is returned; return a tuple (r, z)."""
    r, z = two_gates(x, h, params)
    return {"r": r, "z": z}


@answer("gru_gates")
def reset_gate_only(x, h, params):
    """Only the reset gate is returned; return (r, z)."""
    return gate(x, h, params, "r")


@answer("gru_gates")
def batch_axis_lost(x, h, params):
    """A batch of one row loses its first axis; the gates keep the shape (n, h), so leave out squeeze."""
    r, z = two_gates(x, h, params)
    return r.squeeze(0), z.squeeze(0)


@answer("gru_gates")
def axes_of_size_one_lost(x, h, params):
    """squeeze() removes every axis of size 1; the gates keep the shape (n, h)."""
    r, z = two_gates(x, h, params)
    return r.squeeze(), z.squeeze()


@answer("gru_gates")
def graph_cut(x, h, params):
    """The result is cut from the graph (detach, .data, NumPy or no_grad), so no gradient reaches the inputs."""
    with torch.no_grad():
        return two_gates(x, h, params)


@answer("gru_gates")
def state_detached(x, h, params):
    """The old state is detached, so no gradient reaches h."""
    return two_gates(x, h.detach(), params)


@answer("gru_gates")
def weights_detached(x, h, params):
    """The weights are detached (.data or .detach()), so no gradient reaches them."""
    return two_gates(x, h, {name: value.detach() for name, value in params.items()})


@answer("gru_gates")
def update_gate_detached(x, h, params):
    """The update gate is detached, so no gradient flows back from it."""
    r, z = two_gates(x, h, params)
    return r, z.detach()


@answer("gru_gates")
def always_float32(x, h, params):
    """The result is float32 whatever the dtype of the inputs."""
    return two_gates(x.float(), h.float(), converted(params, torch.float32))


@answer("gru_gates")
def always_float64(x, h, params):
    """The result is float64 whatever the dtype of the inputs."""
    return two_gates(x.double(), h.double(), converted(params, torch.float64))


@answer("gru_gates")
def float32_inside(x, h, params):
    """Float64 inputs are rounded to float32 on the way; compute in the dtype of the inputs."""
    r, z = two_gates(x.float(), h.float(), converted(params, torch.float32))
    return r.to(x.dtype), z.to(x.dtype)


@answer("gru_gates")
def sum_made_on_the_cpu(x, h, params):
    """A tensor is made on the CPU; make it on the device of x."""
    gates = []
    for letter in "rz":
        total = torch.zeros(h.shape, dtype=h.dtype)
        total = total + affine(x, h, params, letter)
        gates.append(torch.sigmoid(total))
    return gates[0], gates[1]


@answer("gru_gates")
def state_reset_in_place(x, h, params):
    """The old state is reset in place; leave h as it is."""
    r, z = two_gates(x, h, params)
    h.data.mul_(r.data)
    return r, z


@answer("gru_gates")
def weights_replaced_in_the_dict(x, h, params):
    """An entry of params is replaced; leave the dict as it is."""
    gates = two_gates(x, h, params)
    params["W_hr"] = params["W_hr"].T
    return gates


@answer("gru_gates")
def requires_grad_set(x, h, params):
    """requires_grad of an argument is changed; leave the arguments as they are."""
    for value in params.values():
        value.requires_grad_(True)
    return two_gates(x, h, params)


@answer("gru_gates")
def gates_stored_in_params(x, h, params):
    """The gates are stored in params; leave the dict as it is."""
    params["r"], params["z"] = two_gates(x, h, params)
    return params["r"], params["z"]


# gru_step


@answer("gru_step")
def z_and_1_minus_z_swapped(x, h, params):
    """z and 1 - z are swapped; z is the share of the old state, 1 - z that of the candidate."""
    r, z = two_gates(x, h, params)
    return (1 - z) * h + z * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def reset_after_product(x, h, params):
    """The reset gate is applied after the product with W_hh; it scales h before it: (r * h) @ W_hh."""
    r, z = two_gates(x, h, params)
    h_tilde = torch.tanh(x @ params["W_xh"] + r * (h @ params["W_hh"]) + params["b_h"])
    return z * h + (1 - z) * h_tilde


@answer("gru_step")
def reset_after_product_and_bias(x, h, params):
    """The reset gate scales h @ W_hh + b_h, as in torch's own cell; it scales h alone, before the product."""
    r, z = two_gates(x, h, params)
    h_tilde = torch.tanh(x @ params["W_xh"] + r * (h @ params["W_hh"] + params["b_h"]))
    return z * h + (1 - z) * h_tilde


@answer("gru_step")
def reset_scales_everything(x, h, params):
    """The reset gate scales the whole sum inside tanh; it scales h alone."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * torch.tanh(r * affine(x, h, params, "h"))


@answer("gru_step")
def reset_outside_tanh(x, h, params):
    """The reset gate scales the finished candidate; it scales h inside the candidate."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * r * tanh_candidate(x, h, params, "h")


@answer("gru_step")
def reset_left_out(x, h, params):
    """The reset gate is not used; the candidate is made from r * h."""
    _, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, h, params, "h")


@answer("gru_step")
def reset_complemented(x, h, params):
    """The candidate is made from (1 - r) * h; it is made from r * h."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, (1 - r) * h, params, "h")


@answer("gru_step")
def reset_on_the_input_part(x, h, params):
    """The reset gate scales the input's part of the candidate; it scales the old state."""
    r, z = two_gates(x, h, params)
    h_tilde = torch.tanh(r * (x @ params["W_xh"]) + h @ params["W_hh"] + params["b_h"])
    return z * h + (1 - z) * h_tilde


@answer("gru_step")
def gates_swapped(x, h, params):
    """The two gates are swapped; r resets the state inside the candidate, z mixes old and new."""
    z, r = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def update_gate_resets(x, h, params):
    """The candidate is made from z * h; it is made from r * h."""
    _, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, z * h, params, "h")


@answer("gru_step")
def reset_gate_mixes(x, h, params):
    """Old and new state are mixed by r; they are mixed by z."""
    r, _ = two_gates(x, h, params)
    return r * h + (1 - r) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def reset_state_kept(x, h, params):
    """The mixture takes r * h for the old state; z weighs h itself."""
    r, z = two_gates(x, h, params)
    h = r * h
    return z * h + (1 - z) * tanh_candidate(x, h, params, "h")


@answer("gru_step")
def update_gate_from_reset_state(x, h, params):
    """The update gate is computed from r * h; both gates see the old state h itself."""
    r = gate(x, h, params, "r")
    z = gate(x, r * h, params, "z")
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def sigmoid_candidate(x, h, params):
    """The candidate goes through a sigmoid; it goes through tanh."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * gate(x, r * h, params, "h")


@answer("gru_step")
def no_tanh(x, h, params):
    """The tanh of the candidate is missing."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * affine(x, r * h, params, "h")


@answer("gru_step")
def relu_candidate(x, h, params):
    """The candidate goes through ReLU; it goes through tanh."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * torch.relu(affine(x, r * h, params, "h"))


@answer("gru_step")
def tanh_of_the_mixture(x, h, params):
    """The tanh is taken of the whole mixture; it is taken of the candidate alone."""
    r, z = two_gates(x, h, params)
    return torch.tanh(z * h + (1 - z) * affine(x, r * h, params, "h"))


@answer("gru_step")
def tanh_once_more(x, h, params):
    """The new state goes through tanh once more; the mixture is the result."""
    return torch.tanh(plain_gru(x, h, params))


@answer("gru_step")
def candidate_bias_forgotten(x, h, params):
    """The candidate lacks its bias b_h."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * torch.tanh(x @ params["W_xh"] + (r * h) @ params["W_hh"])


@answer("gru_step")
def candidate_bias_outside_tanh(x, h, params):
    """The bias b_h is added after tanh; it belongs inside."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * (torch.tanh(x @ params["W_xh"] + (r * h) @ params["W_hh"]) + params["b_h"])


@answer("gru_step")
def candidate_without_input(x, h, params):
    """The candidate does not see the input; add x @ W_xh."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * torch.tanh((r * h) @ params["W_hh"] + params["b_h"])


@answer("gru_step")
def candidate_without_state(x, h, params):
    """The candidate does not see the old state; add (r * h) @ W_hh."""
    _, z = two_gates(x, h, params)
    return z * h + (1 - z) * torch.tanh(x @ params["W_xh"] + params["b_h"])


@answer("gru_step")
def candidate_W_hh_transposed(x, h, params):
    """W_hh is transposed; the product is (r * h) @ W_hh, with W_hh as it is."""
    r, z = two_gates(x, h, params)
    h_tilde = torch.tanh(x @ params["W_xh"] + (r * h) @ params["W_hh"].T + params["b_h"])
    return z * h + (1 - z) * h_tilde


@answer("gru_step")
def candidate_with_W_hr(x, h, params):
    """The candidate uses W_hr; it has W_hh."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, r * h, with_weights(params, W_hh="W_hr"), "h")


@answer("gru_step")
def candidate_with_W_hz(x, h, params):
    """The candidate uses W_hz; it has W_hh."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, r * h, with_weights(params, W_hh="W_hz"), "h")


@answer("gru_step")
def gate_state_weights_crossed(x, h, params):
    """W_hr and W_hz are crossed in the gates; the reset gate uses W_hr, the update gate W_hz."""
    r, z = two_gates(x, h, with_weights(params, W_hr="W_hz", W_hz="W_hr"))
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def gate_input_weights_crossed(x, h, params):
    """W_xr and W_xz are crossed in the gates; the reset gate uses W_xr, the update gate W_xz."""
    r, z = two_gates(x, h, with_weights(params, W_xr="W_xz", W_xz="W_xr"))
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def gate_biases_forgotten(x, h, params):
    """The gates lack their biases b_r and b_z."""
    r = torch.sigmoid(x @ params["W_xr"] + h @ params["W_hr"])
    z = torch.sigmoid(x @ params["W_xz"] + h @ params["W_hz"])
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def gates_without_state(x, h, params):
    """The gates do not see the old state; add h @ W_h."""
    r = torch.sigmoid(x @ params["W_xr"] + params["b_r"])
    z = torch.sigmoid(x @ params["W_xz"] + params["b_z"])
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def tanh_gates(x, h, params):
    """The gates go through tanh; a gate is a sigmoid, between 0 and 1."""
    r, z = tanh_candidate(x, h, params, "r"), tanh_candidate(x, h, params, "z")
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def candidate_not_weighed(x, h, params):
    """The candidate is added in full; it is weighed by 1 - z."""
    r, z = two_gates(x, h, params)
    return z * h + tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def old_state_not_weighed(x, h, params):
    """The old state is added in full; it is weighed by z."""
    r, z = two_gates(x, h, params)
    return h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def both_weighed_by_z(x, h, params):
    """Old state and candidate are both weighed by z; the candidate is weighed by 1 - z."""
    r, z = two_gates(x, h, params)
    return z * h + z * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def parenthesis_missing(x, h, params):
    """1 - z * h_tilde is not (1 - z) * h_tilde; the parenthesis is missing."""
    r, z = two_gates(x, h, params)
    return z * h + 1 - z * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def candidate_returned(x, h, params):
    """The candidate is returned; mix it with the old state first."""
    return tanh_candidate(x, gate(x, h, params, "r") * h, params, "h")


@answer("gru_step")
def old_state_returned(x, h, params):
    """The old state is returned in place of the new one."""
    plain_gru(x, h, params)
    return h


@answer("gru_step")
def state_returned_twice(x, h, params):
    """The state is returned twice, as output and as state; the result is one tensor."""
    new = plain_gru(x, h, params)
    return new, new


@answer("gru_step")
def state_in_a_tuple(x, h, params):
    """The new state comes inside a tuple; the result is the tensor itself."""
    return (plain_gru(x, h, params),)


@answer("gru_step")
def batch_axis_lost(x, h, params):
    """A batch of one row loses its first axis; the state keeps the shape (n, h), so leave out squeeze."""
    return plain_gru(x, h, params).squeeze(0)


@answer("gru_step")
def axes_of_size_one_lost(x, h, params):
    """squeeze() removes every axis of size 1; the state keeps the shape (n, h)."""
    return plain_gru(x, h, params).squeeze()


@answer("gru_step")
def graph_cut(x, h, params):
    """The result is cut from the graph (detach, .data, NumPy or no_grad), so no gradient reaches the inputs."""
    return plain_gru(x, h, params).detach()


@answer("gru_step")
def state_detached(x, h, params):
    """The old state is detached, so no gradient reaches h."""
    return plain_gru(x, h.detach(), params)


@answer("gru_step")
def weights_detached(x, h, params):
    """The weights are detached (.data or .detach()), so no gradient reaches them."""
    return plain_gru(x, h, {name: value.detach() for name, value in params.items()})


@answer("gru_step")
def gates_detached(x, h, params):
    """The gates are detached or computed under no_grad, so no gradient flows through them."""
    with torch.no_grad():
        r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def reset_state_detached(x, h, params):
    """r * h is detached inside the candidate, so no gradient flows through it."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, (r * h).detach(), params, "h")


@answer("gru_step")
def always_float32(x, h, params):
    """The result is float32 whatever the dtype of the inputs."""
    return plain_gru(x.float(), h.float(), converted(params, torch.float32))


@answer("gru_step")
def always_float64(x, h, params):
    """The result is float64 whatever the dtype of the inputs."""
    return plain_gru(x.double(), h.double(), converted(params, torch.float64))


@answer("gru_step")
def float32_inside(x, h, params):
    """Float64 inputs are rounded to float32 on the way; compute in the dtype of the inputs."""
    return plain_gru(x.float(), h.float(), converted(params, torch.float32)).to(x.dtype)


@answer("gru_step")
def ones_made_on_the_cpu(x, h, params):
    """A tensor is made on the CPU; make it on the device of x."""
    r, z = two_gates(x, h, params)
    ones = torch.ones(h.shape, dtype=h.dtype)
    return z * h + (ones - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def state_updated_in_place(x, h, params):
    """The old state is overwritten in place; make a new tensor."""
    r, z = two_gates(x, h, params)
    h_tilde = tanh_candidate(x, r * h, params, "h")
    h *= z
    h += (1 - z) * h_tilde
    return h


@answer("gru_step")
def new_state_copied_into_h(x, h, params):
    """The new state is also copied into h; leave h as it is."""
    new = plain_gru(x, h, params)
    h.data.copy_(new.data)
    return new


# lstm_gates


@answer("lstm_gates")
def forget_gate_first(x, h, params):
    """The input gate and the forget gate are swapped; the order is (i, f, o), each with weights of its own letter."""
    i, f, o = three_gates(x, h, params)
    return f, i, o


@answer("lstm_gates")
def output_before_forget(x, h, params):
    """The forget gate and the output gate are swapped; the order is (i, f, o)."""
    i, f, o = three_gates(x, h, params)
    return i, o, f


@answer("lstm_gates")
def output_gate_first(x, h, params):
    """The order is turned round to (o, f, i); return (i, f, o)."""
    i, f, o = three_gates(x, h, params)
    return o, f, i


@answer("lstm_gates")
def forget_output_input(x, h, params):
    """The gates come in the order (f, o, i); return (i, f, o)."""
    i, f, o = three_gates(x, h, params)
    return f, o, i


@answer("lstm_gates")
def output_input_forget(x, h, params):
    """The gates come in the order (o, i, f); return (i, f, o)."""
    i, f, o = three_gates(x, h, params)
    return o, i, f


@answer("lstm_gates")
def tanh_for_sigmoid(x, h, params):
    """The gates go through tanh; a gate is a sigmoid, between 0 and 1."""
    return tuple(tanh_candidate(x, h, params, letter) for letter in "ifo")


@answer("lstm_gates")
def no_sigmoid(x, h, params):
    """The sigmoid is missing, so the gates are not between 0 and 1."""
    return tuple(affine(x, h, params, letter) for letter in "ifo")


@answer("lstm_gates")
def tanh_output_gate(x, h, params):
    """The output gate goes through tanh; all three gates are sigmoids."""
    i, f, _ = three_gates(x, h, params)
    return i, f, tanh_candidate(x, h, params, "o")


@answer("lstm_gates")
def tanh_input_gate(x, h, params):
    """The input gate goes through tanh, as the candidate does; all three gates are sigmoids."""
    _, f, o = three_gates(x, h, params)
    return tanh_candidate(x, h, params, "i"), f, o


@answer("lstm_gates")
def softmax_over_gates(x, h, params):
    """A softmax makes the three gates add up to 1; each is a sigmoid by itself."""
    stacked = torch.stack([affine(x, h, params, letter) for letter in "ifo"])
    i, f, o = torch.softmax(stacked, dim=0)
    return i, f, o


@answer("lstm_gates")
def hard_sigmoid(x, h, params):
    """The gates are a piecewise linear sigmoid; use the logistic one."""
    return tuple(torch.nn.functional.hardsigmoid(affine(x, h, params, letter)) for letter in "ifo")


@answer("lstm_gates")
def sign_in_sigmoid(x, h, params):
    """The sigmoid has the wrong sign in its exponent; it is 1 / (1 + exp(-a))."""
    return tuple(1 / (1 + torch.exp(affine(x, h, params, letter))) for letter in "ifo")


@answer("lstm_gates")
def forget_gate_coupled(x, h, params):
    """The forget gate is 1 - i; it has weights of its own."""
    i, _, o = three_gates(x, h, params)
    return i, 1 - i, o


@answer("lstm_gates")
def forget_gate_complemented(x, h, params):
    """The second result is 1 - f; return f itself."""
    i, f, o = three_gates(x, h, params)
    return i, 1 - f, o


@answer("lstm_gates")
def one_added_to_the_forget_bias(x, h, params):
    """1 is added to the bias of the forget gate; b_f is used as it is."""
    i, _, o = three_gates(x, h, params)
    return i, torch.sigmoid(affine(x, h, params, "f") + 1), o


@answer("lstm_gates")
def bias_forgotten(x, h, params):
    """The biases are not added."""
    return tuple(torch.sigmoid(x @ params["W_x" + g] + h @ params["W_h" + g]) for g in "ifo")


@answer("lstm_gates")
def input_bias_forgotten(x, h, params):
    """The input gate lacks its bias b_i."""
    _, f, o = three_gates(x, h, params)
    return torch.sigmoid(x @ params["W_xi"] + h @ params["W_hi"]), f, o


@answer("lstm_gates")
def forget_bias_forgotten(x, h, params):
    """The forget gate lacks its bias b_f."""
    i, _, o = three_gates(x, h, params)
    return i, torch.sigmoid(x @ params["W_xf"] + h @ params["W_hf"]), o


@answer("lstm_gates")
def output_bias_forgotten(x, h, params):
    """The output gate lacks its bias b_o."""
    i, f, _ = three_gates(x, h, params)
    return i, f, torch.sigmoid(x @ params["W_xo"] + h @ params["W_ho"])


@answer("lstm_gates")
def bias_twice(x, h, params):
    """The bias is added twice, with the input's part and again with the state's; it is added once."""
    return tuple(torch.sigmoid(affine(x, h, params, g) + params["b_" + g]) for g in "ifo")


@answer("lstm_gates")
def bias_outside_sigmoid(x, h, params):
    """The bias is added after the sigmoid; it belongs inside."""
    return tuple(
        torch.sigmoid(x @ params["W_x" + g] + h @ params["W_h" + g]) + params["b_" + g] for g in "ifo"
    )


@answer("lstm_gates")
def state_left_out(x, h, params):
    """The gates do not see the old state; add h @ W_h."""
    return tuple(torch.sigmoid(x @ params["W_x" + g] + params["b_" + g]) for g in "ifo")


@answer("lstm_gates")
def input_left_out(x, h, params):
    """The gates do not see the input; add x @ W_x."""
    return tuple(torch.sigmoid(h @ params["W_h" + g] + params["b_" + g]) for g in "ifo")


@answer("lstm_gates")
def state_left_out_of_the_output_gate(x, h, params):
    """The output gate does not see the old state; add h @ W_ho."""
    i, f, _ = three_gates(x, h, params)
    return i, f, torch.sigmoid(x @ params["W_xo"] + params["b_o"])


@answer("lstm_gates")
def forget_and_input_state_weights_crossed(x, h, params):
    """W_hi and W_hf are crossed; the input gate uses W_hi, the forget gate W_hf."""
    return three_gates(x, h, with_weights(params, W_hi="W_hf", W_hf="W_hi"))


@answer("lstm_gates")
def forget_and_input_weights_crossed(x, h, params):
    """W_xi and W_xf are crossed; the input gate uses W_xi, the forget gate W_xf."""
    return three_gates(x, h, with_weights(params, W_xi="W_xf", W_xf="W_xi"))


@answer("lstm_gates")
def forget_and_input_biases_crossed(x, h, params):
    """b_i and b_f are crossed; the input gate uses b_i, the forget gate b_f."""
    return three_gates(x, h, with_weights(params, b_i="b_f", b_f="b_i"))


@answer("lstm_gates")
def forget_and_output_state_weights_crossed(x, h, params):
    """W_hf and W_ho are crossed; the forget gate uses W_hf, the output gate W_ho."""
    return three_gates(x, h, with_weights(params, W_hf="W_ho", W_ho="W_hf"))


@answer("lstm_gates")
def forget_gate_keeps_W_hi(x, h, params):
    """The forget gate uses W_hi; it has W_hf."""
    return three_gates(x, h, with_weights(params, W_hf="W_hi"))


@answer("lstm_gates")
def output_gate_keeps_W_hf(x, h, params):
    """The output gate uses W_hf; it has W_ho."""
    return three_gates(x, h, with_weights(params, W_ho="W_hf"))


@answer("lstm_gates")
def output_gate_keeps_W_xf(x, h, params):
    """The output gate uses W_xf; it has W_xo."""
    return three_gates(x, h, with_weights(params, W_xo="W_xf"))


@answer("lstm_gates")
def output_gate_keeps_b_f(x, h, params):
    """The output gate uses b_f; it has b_o."""
    return three_gates(x, h, with_weights(params, b_o="b_f"))


@answer("lstm_gates")
def candidate_weights_for_output(x, h, params):
    """The output gate uses the candidate's W_xc, W_hc and b_c; it has W_xo, W_ho and b_o."""
    i, f, _ = three_gates(x, h, params)
    return i, f, gate(x, h, params, "c")


@answer("lstm_gates")
def one_gate_for_all(x, h, params):
    """All three results are the input gate; forget and output gate have weights of their own."""
    i = gate(x, h, params, "i")
    return i, i, i


@answer("lstm_gates")
def state_weights_transposed(x, h, params):
    """The state's weights are transposed; the product is h @ W_h, with W_h as it is."""
    return tuple(
        torch.sigmoid(x @ params["W_x" + g] + h @ params["W_h" + g].T + params["b_" + g]) for g in "ifo"
    )


@answer("lstm_gates")
def candidate_returned_too(x, h, params):
    """Four things are returned; the result is (i, f, o), without the candidate."""
    return (*three_gates(x, h, params), tanh_candidate(x, h, params, "c"))


@answer("lstm_gates")
def output_gate_missing(x, h, params):
    """Only two gates are returned; the result is (i, f, o)."""
    return gate(x, h, params, "i"), gate(x, h, params, "f")


@answer("lstm_gates")
def all_gates_in_one_tensor(x, h, params):
    """The gates are returned as one tensor side by side; return three tensors, (i, f, o)."""
    return torch.cat(three_gates(x, h, params), dim=1)


@answer("lstm_gates")
def dict_returned(x, h, params):
    """A dict is returned; return a tuple (i, f, o)."""
    return {letter: gate(x, h, params, letter) for letter in "ifo"}


@answer("lstm_gates")
def batch_axis_lost(x, h, params):
    """A batch of one row loses its first axis; the gates keep the shape (n, h), so leave out squeeze."""
    return tuple(value.squeeze(0) for value in three_gates(x, h, params))


@answer("lstm_gates")
def axes_of_size_one_lost(x, h, params):
    """squeeze() removes every axis of size 1; the gates keep the shape (n, h)."""
    return tuple(value.squeeze() for value in three_gates(x, h, params))


@answer("lstm_gates")
def graph_cut(x, h, params):
    """The result is cut from the graph (detach, .data, NumPy or no_grad), so no gradient reaches the inputs."""
    with torch.no_grad():
        return three_gates(x, h, params)


@answer("lstm_gates")
def state_detached(x, h, params):
    """The old state is detached, so no gradient reaches h."""
    return three_gates(x, h.detach(), params)


@answer("lstm_gates")
def weights_detached(x, h, params):
    """The weights are detached (.data or .detach()), so no gradient reaches them."""
    return three_gates(x, h, {name: value.detach() for name, value in params.items()})


@answer("lstm_gates")
def output_gate_detached(x, h, params):
    """The output gate is detached, so no gradient flows back from it."""
    i, f, o = three_gates(x, h, params)
    return i, f, o.detach()


@answer("lstm_gates")
def always_float32(x, h, params):
    """The result is float32 whatever the dtype of the inputs."""
    return three_gates(x.float(), h.float(), converted(params, torch.float32))


@answer("lstm_gates")
def always_float64(x, h, params):
    """The result is float64 whatever the dtype of the inputs."""
    return three_gates(x.double(), h.double(), converted(params, torch.float64))


@answer("lstm_gates")
def float32_inside(x, h, params):
    """Float64 inputs are rounded to float32 on the way; compute in the dtype of the inputs."""
    gates = three_gates(x.float(), h.float(), converted(params, torch.float32))
    return tuple(value.to(x.dtype) for value in gates)


@answer("lstm_gates")
def sum_made_on_the_cpu(x, h, params):
    """A tensor is made on the CPU; make it on the device of x."""
    gates = []
    for letter in "ifo":
        total = torch.zeros(h.shape, dtype=h.dtype) + affine(x, h, params, letter)
        gates.append(torch.sigmoid(total))
    return tuple(gates)


@answer("lstm_gates")
def forget_bias_changed_in_place(x, h, params):
    """b_f is changed in place; leave the parameters as they are."""
    gates = three_gates(x, h, params)
    params["b_f"].data.add_(1.0)
    return gates


@answer("lstm_gates")
def weights_replaced_in_the_dict(x, h, params):
    """An entry of params is replaced; leave the dict as it is."""
    gates = three_gates(x, h, params)
    params["W_hi"] = params["W_hi"].T
    return gates


@answer("lstm_gates")
def requires_grad_set(x, h, params):
    """requires_grad of an argument is changed; leave the arguments as they are."""
    for value in params.values():
        value.requires_grad_(True)
    return three_gates(x, h, params)


@answer("lstm_gates")
def gates_stored_in_params(x, h, params):
    """The gates are stored in params; leave the dict as it is."""
    params["i"], params["f"], params["o"] = three_gates(x, h, params)
    return params["i"], params["f"], params["o"]


# lstm_step


@answer("lstm_step")
def forget_and_input_swapped(x, state, params):
    """The forget gate and the input gate are swapped; f weighs the old cell, i the candidate."""
    h, c = state
    f, i, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def forget_and_output_swapped(x, state, params):
    """The forget gate and the output gate are swapped; f weighs the old cell, o what is shown of the new one."""
    h, c = state
    i, o, f = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def input_and_output_swapped(x, state, params):
    """The input gate and the output gate are swapped; i weighs the candidate, o what is shown of the new cell."""
    h, c = state
    o, f, i = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def gates_in_the_order_f_o_i(x, state, params):
    """The gates are taken in the order (f, o, i); they come as (i, f, o)."""
    h, c = state
    f, o, i = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def gates_in_the_order_o_i_f(x, state, params):
    """The gates are taken in the order (o, i, f); they come as (i, f, o)."""
    h, c = state
    o, i, f = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def sigmoid_candidate(x, state, params):
    """The candidate goes through a sigmoid; it goes through tanh."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * gate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def no_tanh_in_the_candidate(x, state, params):
    """The tanh of the candidate is missing."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * affine(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def no_tanh_on_the_cell(x, state, params):
    """The new state is o * c; it is o * tanh(c)."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * c, c


@answer("lstm_step")
def tanh_of_the_product(x, state, params):
    """The new state is tanh(o * c); the tanh is taken of the cell alone: o * tanh(c)."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return torch.tanh(o * c), c


@answer("lstm_step")
def sigmoid_on_the_cell(x, state, params):
    """The new state is o * sigmoid(c); it is o * tanh(c)."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.sigmoid(c), c


@answer("lstm_step")
def output_gate_left_out(x, state, params):
    """The output gate is not used; the new state is o * tanh(c)."""
    h, c = state
    i, f, _ = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return torch.tanh(c), c


@answer("lstm_step")
def output_gate_on_the_cell_itself(x, state, params):
    """The output gate scales the cell that is carried on; it scales only what is shown, o * tanh(c)."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = o * (f * c + i * tanh_candidate(x, h, params, "c"))
    return torch.tanh(c), c


@answer("lstm_step")
def shows_the_old_cell(x, state, params):
    """The new state is read off from the old cell; it is o * tanh of the new one."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    return o * torch.tanh(c), f * c + i * tanh_candidate(x, h, params, "c")


@answer("lstm_step")
def shows_the_candidate(x, state, params):
    """The new state is read off from the candidate; it is o * tanh of the new cell."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c_tilde), f * c + i * c_tilde


@answer("lstm_step")
def cell_squashed(x, state, params):
    """The cell that is carried on went through tanh; only what is shown does."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = torch.tanh(f * c + i * tanh_candidate(x, h, params, "c"))
    return o * c, c


@answer("lstm_step")
def cell_overwritten_before_use(x, state, params):
    """The old cell is overwritten by the candidate before it is used; f weighs the old cell."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = tanh_candidate(x, h, params, "c")
    c = f * c + i * c
    return o * torch.tanh(c), c


@answer("lstm_step")
def forget_gate_left_out(x, state, params):
    """The forget gate is not used; it weighs the old cell."""
    h, c = state
    i, _, o = three_gates(x, h, params)
    c = c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def input_gate_left_out(x, state, params):
    """The input gate is not used; it weighs the candidate."""
    h, c = state
    _, f, o = three_gates(x, h, params)
    c = f * c + tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def old_cell_left_out(x, state, params):
    """The new cell is the weighed candidate alone; add f * c."""
    h, _ = state
    i, _, o = three_gates(x, h, params)
    c = i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def input_gate_coupled(x, state, params):
    """The candidate is weighed by 1 - f, as in a GRU; it is weighed by i."""
    h, c = state
    _, f, o = three_gates(x, h, params)
    c = f * c + (1 - f) * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def forget_gate_coupled(x, state, params):
    """The old cell is weighed by 1 - i; it is weighed by f."""
    h, c = state
    i, _, o = three_gates(x, h, params)
    c = (1 - i) * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def forget_gate_complemented(x, state, params):
    """The old cell is weighed by 1 - f; f is the share that is kept."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = (1 - f) * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def one_added_to_the_forget_bias(x, state, params):
    """1 is added to the bias of the forget gate; b_f is used as it is."""
    return plain_lstm(x, state, {**params, "b_f": params["b_f"] + 1})


@answer("lstm_step")
def candidate_bias_forgotten(x, state, params):
    """The candidate lacks its bias b_c."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * torch.tanh(x @ params["W_xc"] + h @ params["W_hc"])
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_without_state(x, state, params):
    """The candidate does not see the old state; add h @ W_hc."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * torch.tanh(x @ params["W_xc"] + params["b_c"])
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_without_input(x, state, params):
    """The candidate does not see the input; add x @ W_xc."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * torch.tanh(h @ params["W_hc"] + params["b_c"])
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_W_hc_transposed(x, state, params):
    """W_hc is transposed; the product is h @ W_hc, with W_hc as it is."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * torch.tanh(x @ params["W_xc"] + h @ params["W_hc"].T + params["b_c"])
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_with_W_ho(x, state, params):
    """The candidate uses W_ho; it has W_hc."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, with_weights(params, W_hc="W_ho"), "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_from_the_cell(x, state, params):
    """The candidate multiplies the old cell by W_hc; it takes the old state h."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, c, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_from_a_reset_state(x, state, params):
    """The candidate is made from f * h, as with a GRU's reset gate; an LSTM takes h as it is."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, f * h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def gates_from_the_cell(x, state, params):
    """The gates are computed from the old cell; they see x and the old state h."""
    h, c = state
    i, f, o = three_gates(x, c, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def old_state_for_the_cell(x, state, params):
    """The forget gate weighs the old state h; it weighs the old cell c."""
    h, _ = state
    i, f, o = three_gates(x, h, params)
    c = f * h + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def gate_biases_forgotten(x, state, params):
    """The gates lack their biases."""
    h, c = state
    i, f, o = (torch.sigmoid(x @ params["W_x" + g] + h @ params["W_h" + g]) for g in "ifo")
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def gates_without_state(x, state, params):
    """The gates do not see the old state; add h @ W_h."""
    h, c = state
    i, f, o = (torch.sigmoid(x @ params["W_x" + g] + params["b_" + g]) for g in "ifo")
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def tanh_gates(x, state, params):
    """The gates go through tanh; a gate is a sigmoid, between 0 and 1."""
    h, c = state
    i, f, o = (tanh_candidate(x, h, params, letter) for letter in "ifo")
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def forget_and_input_state_weights_crossed(x, state, params):
    """W_hi and W_hf are crossed in the gates; the input gate uses W_hi, the forget gate W_hf."""
    return plain_lstm(x, state, with_weights(params, W_hi="W_hf", W_hf="W_hi"))


@answer("lstm_step")
def output_gate_from_the_new_state(x, state, params):
    """The output gate is computed from the new cell; it sees x and the old state h, as the others do."""
    h, c = state
    i, f, _ = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return gate(x, c, params, "o") * torch.tanh(c), c


@answer("lstm_step")
def cell_first(x, state, params):
    """The result is (c, h); return (h, c)."""
    h, c = plain_lstm(x, state, params)
    return c, h


@answer("lstm_step")
def state_unpacked_as_c_h(x, state, params):
    """The state is unpacked as (c, h); it comes as (h, c)."""
    c, h = state
    return plain_lstm(x, (h, c), params)


@answer("lstm_step")
def cell_first_in_and_out(x, state, params):
    """The state is taken and returned as (c, h); it is (h, c) both times."""
    c, h = state
    h, c = plain_lstm(x, (h, c), params)
    return c, h


@answer("lstm_step")
def state_alone(x, state, params):
    """Only the new state is returned; return (h, c)."""
    return plain_lstm(x, state, params)[0]


@answer("lstm_step")
def cell_alone(x, state, params):
    """Only the new cell is returned; return (h, c)."""
    return plain_lstm(x, state, params)[1]


@answer("lstm_step")
def output_and_state(x, state, params):
    """The result is an output and a state, as torch's layers give it; return (h, c)."""
    h, c = plain_lstm(x, state, params)
    return h, (h, c)


@answer("lstm_step")
def state_returned_twice(x, state, params):
    """The new state is returned twice; return (h, c)."""
    h, _ = plain_lstm(x, state, params)
    return h, h


@answer("lstm_step")
def old_cell_returned(x, state, params):
    """The old cell is returned; return the new one."""
    return plain_lstm(x, state, params)[0], state[1]


@answer("lstm_step")
def old_state_returned(x, state, params):
    """The old state is returned; return the new one."""
    return state[0], plain_lstm(x, state, params)[1]


@answer("lstm_step")
def candidate_returned_as_cell(x, state, params):
    """The candidate is returned in the cell's place; return the new cell."""
    return plain_lstm(x, state, params)[0], tanh_candidate(x, state[0], params, "c")


@answer("lstm_step")
def stacked_in_one_tensor(x, state, params):
    """State and cell are returned as one tensor side by side; return two tensors, (h, c)."""
    return torch.cat(plain_lstm(x, state, params), dim=1)


@answer("lstm_step")
def batch_axis_lost(x, state, params):
    """A batch of one row loses its first axis; state and cell keep the shape (n, h), so leave out squeeze."""
    h, c = plain_lstm(x, state, params)
    return h.squeeze(0), c.squeeze(0)


@answer("lstm_step")
def axes_of_size_one_lost(x, state, params):
    """squeeze() removes every axis of size 1; state and cell keep the shape (n, h)."""
    h, c = plain_lstm(x, state, params)
    return h.squeeze(), c.squeeze()


@answer("lstm_step")
def graph_cut(x, state, params):
    """The result is cut from the graph (detach, .data, NumPy or no_grad), so no gradient reaches the inputs."""
    h, c = plain_lstm(x, state, params)
    return h.detach(), c.detach()


@answer("lstm_step")
def state_detached(x, state, params):
    """The old state and the old cell are detached, so no gradient reaches them."""
    return plain_lstm(x, (state[0].detach(), state[1].detach()), params)


@answer("lstm_step")
def old_cell_detached(x, state, params):
    """The old cell is detached, so no gradient reaches c."""
    return plain_lstm(x, (state[0], state[1].detach()), params)


@answer("lstm_step")
def new_cell_detached(x, state, params):
    """The new cell is returned detached, so no gradient flows back from it."""
    h, c = plain_lstm(x, state, params)
    return h, c.detach()


@answer("lstm_step")
def shows_a_detached_cell(x, state, params):
    """The new state is read off from a detached cell, so its gradient does not reach the cell."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c.detach()), c


@answer("lstm_step")
def gates_detached(x, state, params):
    """The gates are detached or computed under no_grad, so no gradient flows through them."""
    h, c = state
    with torch.no_grad():
        i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def weights_detached(x, state, params):
    """The weights are detached (.data or .detach()), so no gradient reaches them."""
    return plain_lstm(x, state, {name: value.detach() for name, value in params.items()})


@answer("lstm_step")
def always_float32(x, state, params):
    """The result is float32 whatever the dtype of the inputs."""
    h, c = state
    return plain_lstm(x.float(), (h.float(), c.float()), converted(params, torch.float32))


@answer("lstm_step")
def always_float64(x, state, params):
    """The result is float64 whatever the dtype of the inputs."""
    h, c = state
    return plain_lstm(x.double(), (h.double(), c.double()), converted(params, torch.float64))


@answer("lstm_step")
def float32_inside(x, state, params):
    """Float64 inputs are rounded to float32 on the way; compute in the dtype of the inputs."""
    h, c = (part.float() for part in state)
    h, c = plain_lstm(x.float(), (h, c), converted(params, torch.float32))
    return h.to(x.dtype), c.to(x.dtype)


@answer("lstm_step")
def cell_made_on_the_cpu(x, state, params):
    """A tensor is made on the CPU; make it on the device of x."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    total = torch.zeros(c.shape, dtype=c.dtype)
    total = total + f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(total), total


@answer("lstm_step")
def cell_updated_in_place(x, state, params):
    """The old cell is overwritten in place; make a new tensor."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c *= f
    c += i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def new_state_copied_into_h(x, state, params):
    """The new state is also copied into the old one; leave h as it is."""
    h, c = plain_lstm(x, state, params)
    state[0].data.copy_(h.data)
    return h, c


@answer("lstm_step")
def new_cell_copied_into_c(x, state, params):
    """The new cell is also copied into the old one; leave c as it is."""
    h, c = plain_lstm(x, state, params)
    state[1].data.copy_(c.data)
    return h, c
