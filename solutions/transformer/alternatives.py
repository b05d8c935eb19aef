"""Right answers written differently."""

import math
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from autograder.authoring import answer


@answer("positional_encoding")
def plain_loops(max_len, d, dtype=torch.float32, device=None):
    """Goes through all elements with Python's own numbers."""
    rows = []
    for pos in range(max_len):
        row = []
        for column in range(d):
            angle = pos / math.pow(10000, 2 * (column // 2) / d)
            row.append(math.sin(angle) if column % 2 == 0 else math.cos(angle))
        rows.append(row)
    return torch.tensor(rows, dtype=dtype, device=device)


@answer("positional_encoding")
def with_numpy(max_len, d, dtype=torch.float32, device=None):
    """Computes in NumPy and moves the result."""
    angles = np.arange(max_len)[:, None] / np.power(10000.0, np.arange(0, d, 2) / d)
    encoding = np.empty((max_len, d))
    encoding[:, ::2] = np.sin(angles)
    encoding[:, 1::2] = np.cos(angles)[:, : d // 2]
    return torch.from_numpy(encoding).to(device=device, dtype=dtype)


@answer("positional_encoding")
def stacked_and_cut(max_len, d, dtype=torch.float32, device=None):
    """Stacks pairs and cuts a cosine too many; frequencies from exp and log."""
    steps = torch.arange((d + 1) // 2, dtype=torch.double, device=device)
    frequencies = torch.exp(steps * -(2 * math.log(10000.0) / d))
    angles = torch.outer(torch.arange(max_len, dtype=torch.double, device=device), frequencies)
    return (
        torch.stack((torch.sin(angles), torch.cos(angles)), dim=-1).flatten(-2)[:, :d].to(dtype).contiguous()
    )


@answer("positional_encoding")
def shifted_sines(max_len, d, dtype=torch.float32, device=None):
    """A cosine is a sine a quarter turn ahead."""
    column = torch.arange(d, device=device)
    odd = column % 2
    frequency = torch.pow(10000.0, -(column - odd).double() / d)
    pos = torch.arange(max_len, device=device).double().unsqueeze(1)
    return torch.sin(pos * frequency + odd * (math.pi / 2)).to(dtype)


@answer("positional_encoding")
def complex_numbers(max_len, d, dtype=torch.float32, device=None):
    """Sine and cosine are the two parts of a complex exponential."""
    pairs = -(-d // 2)
    angles = torch.arange(max_len).double().view(-1, 1) * 10.0 ** (torch.arange(pairs).double() * (-8 / d))
    circle = torch.view_as_real(torch.exp(1j * angles)).flip(-1)
    return circle.reshape(max_len, 2 * pairs)[:, :d].to(dtype).to(device)


@answer("positional_encoding")
def turned_step_by_step(max_len, d, dtype=torch.float32, device=None):
    """Each row is the row before it, turned by one step."""
    exponents = torch.arange(d, device=device) // 2 * 2 / torch.tensor(d, dtype=torch.float64, device=device)
    step = 10000**-exponents
    even = torch.arange(d, device=device) % 2 == 0
    sine, cosine = torch.zeros_like(step), torch.ones_like(step)
    rows = []
    for _ in range(max_len):
        rows.append(torch.where(even, sine, cosine))
        sine, cosine = (
            sine * torch.cos(step) + cosine * torch.sin(step),
            cosine * torch.cos(step) - sine * torch.sin(step),
        )
    return torch.stack(rows).type(dtype)


@answer("positional_encoding")
def column_by_column(max_len, d, dtype=torch.float32, device="cpu"):
    """Fills an empty result one column at a time; the device is the CPU where none is passed."""
    result = torch.empty((max_len, d), dtype=dtype, device=device)
    pos = torch.arange(max_len, dtype=torch.float64, device=device)
    for i in range(d):
        function = torch.cos if i & 1 else torch.sin
        result[:, i] = function(pos / 10000.0 ** ((i - i % 2) / d))
    return result


@answer("positional_encoding")
def whole_turns_taken_off(max_len, d, dtype=torch.float32, device=None):
    """Takes whole turns off in float64, and the sine of what is left in float32."""
    pos = torch.arange(max_len, dtype=torch.float64, device=device)[:, None]
    i = torch.arange(d, dtype=torch.float64, device=device)
    odd = i.remainder(2)
    turns = pos * torch.exp((i - odd) / d * -math.log(1e4)) / (2 * math.pi)
    angle = ((turns - turns.round()) * (2 * math.pi)).float()
    return torch.where(odd.bool(), angle.cos(), angle.sin()).to(dtype)


# layer_norm


@answer("layer_norm")
def var_mean(x, gamma, beta, eps=1e-5):
    """Uses torch.var_mean and rsqrt."""
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return (x - mean) * torch.rsqrt(variance + eps) * gamma + beta


@answer("layer_norm")
def square_of_the_mean(x, gamma, beta, eps=1e-5):
    """The variance as the mean of squares less the square of the mean, in float64, cast back."""
    wide = x.double()
    mean = wide.mean(-1)
    variance = (wide**2).mean(-1) - mean**2
    result = (wide - mean.unsqueeze(-1)) / (variance.clamp(min=0) + eps).sqrt().unsqueeze(-1)
    return (result * gamma.double() + beta.double()).to(x.dtype)


@answer("layer_norm")
def groups(x, gamma, beta, eps=1e-5):
    """Calls group norm with one group, on rows."""
    d = x.shape[-1]
    rows = x.reshape(-1, d)
    if d == 1:
        return (x - x) * gamma + beta
    return F.group_norm(rows, 1, gamma, beta, eps).reshape(x.shape)


@answer("layer_norm")
def rows_of_a_batch(x, gamma, beta, eps=1e-5):
    """Normalises the transpose, so that rows become columns."""
    columns = x.reshape(-1, x.size(-1)).T
    columns = columns - torch.mean(columns, 0)
    columns = columns / (torch.sum(columns * columns, 0) / len(columns) + eps) ** 0.5
    return columns.T.reshape(x.size()) * gamma + beta


@answer("layer_norm")
def row_by_row(x, gamma, beta, eps=1e-5):
    """Loops over the rows."""
    d = x.shape[-1]
    rows = []
    for row in x.reshape(-1, d).unbind():
        centred = row - row.sum() / d
        rows.append(centred / torch.sqrt(centred.dot(centred) / d + eps))
    return torch.addcmul(beta, torch.stack(rows), gamma).view(x.shape)


@answer("layer_norm")
def by_a_centring_matrix(x, gamma, beta, eps=1e-5):
    """Multiplies by the matrix that takes the mean out, then normalises by the root mean square."""
    d = x.shape[-1]
    centring = torch.eye(d, dtype=x.dtype, device=x.device) - 1 / d
    centred = x @ centring
    return F.rms_norm(centred, (d,), gamma, eps) + beta


# add_norm


@answer("add_norm")
def torchs_own(x, y, gamma, beta, eps=1e-5):
    """Calls torch's own layer norm, which is allowed here."""
    return F.layer_norm(x + y, gamma.shape, gamma, beta, eps)


@answer("add_norm")
def written_out(x, y, gamma, beta, eps=1e-5):
    """Writes the norm out."""
    z = torch.add(x, y)
    z = z - z.mean(-1, keepdim=True)
    return gamma * (z / (z.pow(2).mean(-1, keepdim=True) + eps).sqrt()) + beta


@answer("add_norm")
def a_module(x, y, gamma, beta, eps=1e-5):
    """Runs a LayerNorm module with these weights."""
    norm = nn.LayerNorm(len(gamma), eps=eps, dtype=x.dtype, device=x.device)
    return torch.func.functional_call(norm, {"weight": gamma, "bias": beta}, (x + y,))


@answer("add_norm")
def stacked(x, y, gamma, beta, eps=1e-5):
    """Stacks the two and sums; standardises by var with correction 0."""
    z = torch.stack((x, y)).sum(0)
    variance = z.var(dim=-1, correction=0, keepdim=True)
    return (z - z.mean(dim=-1, keepdim=True)).div((variance + eps).sqrt()).mul(gamma).add(beta)


# position_wise_ffn


@answer("position_wise_ffn")
def linear_layers(x, params):
    """Uses F.linear with transposed weights."""
    hidden = F.relu(F.linear(x, params["W_1"].T, params["b_1"]))
    return F.linear(hidden, params["W_2"].mT, params["b_2"])


@answer("position_wise_ffn")
def convolutions(x, params):
    """A convolution with a kernel of size 1 along the steps is the same."""
    hidden = F.conv1d(x.transpose(1, 2), params["W_1"].T.unsqueeze(-1), params["b_1"]).clamp(min=0)
    return F.conv1d(hidden, params["W_2"].T.unsqueeze(-1), params["b_2"]).transpose(1, 2)


@answer("position_wise_ffn")
def position_by_position(x, params):
    """Loops over the steps."""
    results = []
    for t in range(x.shape[1]):
        hidden = torch.addmm(params["b_1"], x[:, t], params["W_1"])
        hidden = torch.where(hidden > 0, hidden, torch.zeros_like(hidden))
        results.append(torch.addmm(params["b_2"], hidden, params["W_2"]))
    return torch.stack(results, dim=1)


@answer("position_wise_ffn")
def einsums(x, params):
    """Writes the products as einsum, and the ReLU as a product with a mask."""
    hidden = torch.einsum("ntd,df->ntf", x, params["W_1"]) + params["b_1"]
    hidden = hidden * (hidden > 0).to(hidden.dtype)
    return torch.einsum("ntf,fo->nto", hidden, params["W_2"]) + params["b_2"]


@answer("position_wise_ffn")
def modules(x, params):
    """Builds modules with these weights."""
    W_1, W_2 = params["W_1"], params["W_2"]
    net = nn.Sequential(nn.Linear(*W_1.shape), nn.ReLU(), nn.Linear(*W_2.shape)).to(x.device, x.dtype)
    state = {"0.weight": W_1.T, "0.bias": params["b_1"], "2.weight": W_2.T, "2.bias": params["b_2"]}
    return torch.func.functional_call(net, state, (x,))


# causal_valid_lens


@answer("causal_valid_lens")
def expanded(n, steps):
    """Expands one row; all rows share memory."""
    return (1 + torch.arange(steps)).expand(n, steps)


@answer("causal_valid_lens")
def cumulated(n, steps):
    """Counts ones."""
    return torch.ones((n, steps), dtype=torch.long).cumsum(dim=-1)


@answer("causal_valid_lens")
def from_lists(n, steps):
    """Builds nested lists."""
    return torch.tensor([[t + 1 for t in range(steps)] for _ in range(n)])


@answer("causal_valid_lens")
def counted_in_a_triangle(n, steps):
    """Counts the ones of a triangle of ones."""
    seen = torch.tril(torch.ones(steps, steps)).sum(1).long()
    return torch.stack([seen] * n)


@answer("causal_valid_lens")
def with_numpys_tile(n, steps):
    """Computes in NumPy."""
    return torch.from_numpy(np.tile(np.arange(1, steps + 1, dtype=np.int64), (n, 1)))


# The blocks: helpers of a student's own


def own_attention(queries, keys, values, params, heads, hidden=None):
    """Attend head by head; `hidden` `(n, q or 1, k)` is True where nothing may be seen."""
    found = []
    for W_q, W_k, W_v in zip(
        *(params[name].chunk(heads, dim=1) for name in ("W_q", "W_k", "W_v")), strict=True
    ):
        scores = (queries @ W_q) @ (keys @ W_k).transpose(1, 2) / math.sqrt(W_q.shape[1])
        if hidden is not None:
            scores = scores.masked_fill(hidden, float("-inf"))
        found.append(scores.softmax(-1) @ (values @ W_v))
    return torch.cat(found, dim=2) @ params["W_o"]


def torchs_attention(queries, keys, values, params, heads, mask=None):
    """Run torch's own multi-head attention; `mask` `(n, q or 1, k)` is True where nothing may be seen."""
    n, q, d = queries.shape
    if mask is not None:
        mask = mask.expand(n, q, keys.shape[1]).repeat_interleave(heads, dim=0)
    output, _ = F.multi_head_attention_forward(
        queries.transpose(0, 1), keys.transpose(0, 1), values.transpose(0, 1), d, heads,
        None, None, None, None, False, 0.0, params["W_o"].T, None,
        need_weights=False, attn_mask=mask, use_separate_proj_weight=True,
        q_proj_weight=params["W_q"].T, k_proj_weight=params["W_k"].T, v_proj_weight=params["W_v"].T,
    )  # fmt: skip
    return output.transpose(0, 1)


def norm_of(x, norm):
    """Return the layer norm."""
    return F.layer_norm(x, x.shape[-1:], norm["gamma"], norm["beta"])


def network(x, p):
    """Return the feed-forward network's result."""
    return (x @ p["W_1"] + p["b_1"]).relu() @ p["W_2"] + p["b_2"]


def beyond(lens, k, device):
    """Return `(n, 1, k)`, True at and past the lengths."""
    return None if lens is None else (torch.arange(k, device=device) >= lens[:, None])[:, None]


# encoder_block


@answer("encoder_block")
def own_parts(x, params, num_heads, valid_lens=None):
    """Uses an attention of its own."""
    found = own_attention(x, x, x, params["attention"], num_heads, beyond(valid_lens, x.shape[1], x.device))
    y = norm_of(x + found, params["norm_1"])
    return norm_of(y + network(y, params["ffn"]), params["norm_2"])


@answer("encoder_block")
def torchs_attention_function(x, params, num_heads, valid_lens=None):
    """Uses torch's own multi-head attention."""
    found = torchs_attention(
        x, x, x, params["attention"], num_heads, beyond(valid_lens, x.shape[1], x.device)
    )
    y = norm_of(x + found, params["norm_1"])
    return norm_of(y + network(y, params["ffn"]), params["norm_2"])


@answer("encoder_block")
def torchs_layer(x, params, num_heads, valid_lens=None):
    """Runs torch's own encoder layer with these weights."""
    d, f = params["ffn"]["W_1"].shape
    layer = nn.TransformerEncoderLayer(d, num_heads, f, 0.0, batch_first=True, dtype=x.dtype, device=x.device)
    weights, zeros = params["attention"], torch.zeros(3 * d, dtype=x.dtype, device=x.device)
    state = {
        "self_attn.in_proj_weight": torch.cat([weights[k].T for k in ("W_q", "W_k", "W_v")]),
        "self_attn.in_proj_bias": zeros,
        "self_attn.out_proj.weight": weights["W_o"].T,
        "self_attn.out_proj.bias": zeros[:d],
        "linear1.weight": params["ffn"]["W_1"].T,
        "linear1.bias": params["ffn"]["b_1"],
        "linear2.weight": params["ffn"]["W_2"].T,
        "linear2.bias": params["ffn"]["b_2"],
    }
    for i in (1, 2):
        state |= {
            f"norm{i}.weight": params[f"norm_{i}"]["gamma"],
            f"norm{i}.bias": params[f"norm_{i}"]["beta"],
        }
    hidden = None if valid_lens is None else beyond(valid_lens, x.shape[1], x.device)[:, 0]
    return torch.func.functional_call(layer, state, (x,), {"src_key_padding_mask": hidden})


@answer("encoder_block")
def sequence_by_sequence(x, params, num_heads, valid_lens=None):
    """Loops over the batch and cuts the keys to their length."""
    results = []
    for b in range(len(x)):
        one = x[b : b + 1]
        seen = one if valid_lens is None else one[:, : int(valid_lens[b])]
        y = norm_of(one + own_attention(one, seen, seen, params["attention"], num_heads), params["norm_1"])
        results.append(norm_of(network(y, params["ffn"]) + y, params["norm_2"]))
    return torch.cat(results)


# decoder_block


def after_self_attention(x, found, encoder_outputs, params, heads, lens):
    """Run the rest of a decoder block."""
    y = norm_of(x + found, params["norm_1"])
    hidden = beyond(lens, encoder_outputs.shape[1], x.device)
    z = norm_of(
        y + own_attention(y, encoder_outputs, encoder_outputs, params["cross_attention"], heads, hidden),
        params["norm_2"],
    )
    return norm_of(z + network(z, params["ffn"]), params["norm_3"])


@answer("decoder_block")
def whole_pass_again(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Keeps all inputs, computes everything again, and returns the last rows."""
    steps = x if cache is None else torch.cat((cache, x), 1)
    T = steps.shape[1]
    future = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(diagonal=1)[None]
    found = own_attention(steps, steps, steps, params["self_attention"], num_heads, future)
    y = after_self_attention(steps, found, encoder_outputs, params, num_heads, encoder_valid_lens)
    return y[:, T - x.shape[1] :], steps


class Kept(NamedTuple):
    """Hold the keys and values of earlier steps."""

    keys: torch.Tensor
    values: torch.Tensor


@answer("decoder_block")
def keys_and_values_kept(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Keeps projected keys and values, as most implementations do, in a named tuple."""
    n, T, d = x.shape
    weights = params["self_attention"]

    def heads(t):
        return t.reshape(n, t.shape[1], num_heads, -1).transpose(1, 2)

    q, k, v = heads(x @ weights["W_q"]), heads(x @ weights["W_k"]), heads(x @ weights["W_v"])
    if cache is not None:
        k, v = torch.cat([cache.keys, k], dim=2), torch.cat([cache.values, v], dim=2)
    total = k.shape[2]
    seen = torch.ones(T, total, dtype=torch.bool, device=x.device).tril(total - T)
    found = F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).reshape(n, T, d)
    y = after_self_attention(
        x, found @ weights["W_o"], encoder_outputs, params, num_heads, encoder_valid_lens
    )
    return y, Kept(k, v)


@answer("decoder_block")
def list_of_pieces(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Keeps a list of the pieces in a dict, and goes through the new steps one by one."""
    pieces = [*(cache["pieces"] if cache else []), x]
    before = sum(piece.shape[1] for piece in pieces) - x.shape[1]
    steps = torch.cat(pieces, dim=1)
    rows = []
    for t in range(x.shape[1]):
        seen = steps[:, : before + t + 1]
        rows.append(own_attention(x[:, t : t + 1], seen, seen, params["self_attention"], num_heads))
    found = torch.cat(rows, dim=1)
    y = after_self_attention(x, found, encoder_outputs, params, num_heads, encoder_valid_lens)
    return [y, {"pieces": pieces, "length": steps.shape[1]}]


class Memory:
    """Hold earlier steps, and the encoder's keys, which never change."""

    def __init__(self, steps):
        self.steps = steps


@answer("decoder_block")
def object_as_cache(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Keeps an object of its own class; torch's own attention."""
    steps = x if cache is None else torch.cat([cache.steps, x], dim=1)
    future = torch.arange(steps.shape[1], device=x.device)[None, None] > torch.arange(
        steps.shape[1] - x.shape[1], steps.shape[1], device=x.device
    ).reshape(1, -1, 1)
    y = norm_of(
        x + torchs_attention(x, steps, steps, params["self_attention"], num_heads, future), params["norm_1"]
    )
    hidden = beyond(encoder_valid_lens, encoder_outputs.shape[1], x.device)
    found = torchs_attention(
        y, encoder_outputs, encoder_outputs, params["cross_attention"], num_heads, hidden
    )
    z = norm_of(y + found, params["norm_2"])
    return norm_of(z + network(z, params["ffn"]), params["norm_3"]), Memory(steps)


@answer("decoder_block")
def deep_copies(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Makes a clone of the cache, and keeps a count of the steps in it."""
    past, count = (x[:, :0], 0) if cache is None else cache
    steps = torch.cat([past.clone(), x], dim=1)
    later = torch.full((x.shape[1], steps.shape[1]), 1.0, dtype=x.dtype, device=x.device).triu(count + 1) > 0
    found = own_attention(x, steps, steps, params["self_attention"], num_heads, later.unsqueeze(0))
    y = after_self_attention(x, found, encoder_outputs, params, num_heads, encoder_valid_lens)
    return y, (steps, count + x.shape[1])


@answer("decoder_block")
def encoder_projected_once(x, encoder_outputs, params, num_heads, encoder_valid_lens=None, cache=None):
    """Keeps the encoder's keys and values in the cache as well, so that they are computed once."""
    own, cross = params["self_attention"], params["cross_attention"]
    if cache is None:
        cache = {
            "k": x[:, :0] @ own["W_k"],
            "v": x[:, :0] @ own["W_v"],
            "encoder": (encoder_outputs @ cross["W_k"], encoder_outputs @ cross["W_v"]),
        }
    k, v = (torch.cat([cache[key], x @ own[name]], dim=1) for key, name in (("k", "W_k"), ("v", "W_v")))

    def look(q, k, v, mask, W_o):
        q, k, v = (t.unflatten(-1, (num_heads, -1)) for t in (q, k, v))
        scores = torch.einsum("nqhd,nkhd->nhqk", q, k) / q.shape[-1] ** 0.5
        if mask is not None:
            scores = scores + torch.where(mask, -1e9, 0.0).to(scores.dtype)
        return torch.einsum("nhqk,nkhd->nqhd", scores.softmax(-1), v).flatten(2) @ W_o

    T, total = x.shape[1], k.shape[1]
    future = torch.arange(total, device=x.device) > torch.arange(total - T, total, device=x.device)[:, None]
    y = norm_of(x + look(x @ own["W_q"], k, v, future, own["W_o"]), params["norm_1"])
    hidden = None
    if encoder_valid_lens is not None:
        hidden = beyond(encoder_valid_lens, encoder_outputs.shape[1], x.device)[:, None]
    z = norm_of(y + look(y @ cross["W_q"], *cache["encoder"], hidden, cross["W_o"]), params["norm_2"])
    return norm_of(z + network(z, params["ffn"]), params["norm_3"]), {**cache, "k": k, "v": v}
