"""Right answers written differently."""

import math

import torch
import torch.nn.functional as F

from autograder.authoring import answer

# masked_softmax


@answer("masked_softmax")
def row_by_row(scores, valid_lens=None):
    """Loops over rows, takes the softmax of the part that is seen, and writes it into zeros."""
    n, q, k = scores.shape
    weights = torch.zeros_like(scores)
    for b in range(n):
        for i in range(q):
            length = k
            if valid_lens is not None:
                length = int(valid_lens[b] if valid_lens.dim() == 1 else valid_lens[b][i])
            if length:
                weights[b, i, :length] = torch.softmax(scores[b, i, :length], dim=0)
    return weights


@answer("masked_softmax")
def exponentials_by_hand(scores, valid_lens=None):
    """Shifts by the maximum of what is seen, takes exponentials, zeroes and divides."""
    if valid_lens is None:
        valid_lens = torch.tensor([scores.size(2)], device=scores.device).repeat(scores.size(0))
    if valid_lens.ndim == 1:
        valid_lens = valid_lens.repeat_interleave(scores.size(1)).view(scores.size(0), scores.size(1))
    mask = torch.arange(scores.size(2), device=scores.device).view(1, 1, -1) < valid_lens.unsqueeze(2)
    hidden = torch.where(mask, scores, torch.full_like(scores, -1e12))
    powers = torch.exp(hidden - hidden.max(dim=2, keepdim=True).values) * mask.to(scores.dtype)
    return powers / powers.sum(dim=2, keepdim=True).clamp(
        min=1e-300 if scores.dtype == torch.float64 else 1e-30
    )


@answer("masked_softmax")
def minus_infinity_then_where(scores, valid_lens=None):
    """Hides with -inf and replaces the NaN of empty rows; the graph goes round them."""
    if valid_lens is None:
        return scores.softmax(-1)
    lens = valid_lens[:, None] if valid_lens.dim() == 1 else valid_lens
    lens = lens.expand(scores.shape[:2])[..., None]
    hidden = torch.arange(scores.shape[-1], device=lens.device).expand_as(scores) >= lens
    safe = scores.masked_fill(hidden & (lens > 0), float("-inf")).softmax(-1)
    return torch.where(lens > 0, safe, torch.zeros((), dtype=scores.dtype, device=scores.device))


@answer("masked_softmax")
def renormalised(scores, valid_lens=None):
    """Takes the softmax of everything first, in float64, zeroes what is hidden, and rescales the rest."""
    if valid_lens is None:
        return F.softmax(scores, dim=2)
    weights = F.softmax(scores, dim=2, dtype=torch.float64)
    lens = valid_lens.reshape(valid_lens.shape[0], -1)
    columns = [(lens > j).to(scores.dtype).expand(scores.shape[:2]) for j in range(scores.shape[2])]
    weights = weights * torch.stack(columns, dim=-1)
    total = weights.sum(-1, keepdim=True)
    return (weights / (total + (total == 0))).to(scores.dtype)


@answer("masked_softmax")
def logsumexp_with_a_large_negative_number(scores, valid_lens=None):
    """Adds -1e9 to hidden scores, subtracts logsumexp, and multiplies empty rows by 0."""
    if valid_lens is None:
        return (scores - scores.logsumexp(-1, keepdim=True)).exp()
    lens = valid_lens.view(len(scores), -1, 1)
    hidden = (torch.arange(scores.shape[-1], device=scores.device)[None, None, :] >= lens).type_as(scores)
    shifted = scores - 1e9 * hidden
    return (shifted - torch.logsumexp(shifted, dim=-1, keepdim=True)).exp() * (1 - hidden)


@answer("masked_softmax")
def flattened_rows(scores, valid_lens=None):
    """Flattens to one row a query and fills through an index, on a copy."""
    n, q, k = scores.shape
    rows = scores.reshape(-1, k).clone()
    if valid_lens is None:
        return F.softmax(rows, dim=1).reshape(n, q, k)
    lens = torch.repeat_interleave(valid_lens, q) if valid_lens.dim() == 1 else valid_lens.reshape(-1)
    mask = torch.arange(k, device=scores.device)[None] >= lens[:, None]
    rows[mask] = -1e6
    weights = F.softmax(rows, dim=1)
    return weights.masked_fill(mask, 0).reshape(n, q, k)


# dot_product_attention


def shares(scores, lens=None):
    """A student's own masked softmax."""
    if lens is None:
        return scores.softmax(-1)
    hidden = torch.arange(scores.shape[-1], device=scores.device) >= lens.reshape(len(lens), -1, 1)
    return scores.masked_fill(hidden, -1e9).softmax(-1).masked_fill(hidden, 0)


@answer("dot_product_attention")
def batched_products(queries, keys, values, valid_lens=None):
    """Uses bmm, and scales queries and keys by the fourth root each."""
    d = queries.shape[-1]
    scores = torch.bmm(queries / d**0.25, (keys / d**0.25).permute(0, 2, 1))
    weights = shares(scores, valid_lens)
    return torch.bmm(weights, values), weights


@answer("dot_product_attention")
def einsums(queries, keys, values, valid_lens=None):
    """Writes both products as einsum; returns a list."""
    d = queries.size(2)
    weights = shares(torch.einsum("nqd,nkd->nqk", queries, keys) * d**-0.5, valid_lens)
    return [torch.einsum("nqk,nkv->nqv", weights, values), weights]


@answer("dot_product_attention")
def sums_of_products(queries, keys, values, valid_lens=None):
    """Broadcasts and sums instead of multiplying matrices."""
    root = torch.sqrt(torch.tensor(queries.shape[-1], dtype=queries.dtype, device=queries.device))
    scores = (queries.unsqueeze(2) * keys.unsqueeze(1)).sum(dim=-1) / root
    weights = shares(scores, valid_lens)
    return (weights[..., None] * values[:, None]).sum(2), weights


@answer("dot_product_attention")
def _query_by_query(queries, keys, values, valid_lens=None):
    """Loops over sequences and queries, cuts the keys, and pads the weights with zeros."""
    n, q, d = queries.shape
    outputs, all_weights = [], []
    for b in range(n):
        for i in range(q):
            length = keys.shape[1]
            if valid_lens is not None:
                length = (valid_lens[b] if valid_lens.ndim == 1 else valid_lens[b, i]).item()
            weights = torch.softmax(keys[b, :length] @ queries[b, i] / math.sqrt(d), dim=0)
            outputs.append(weights @ values[b, :length])
            all_weights.append(F.pad(weights, (0, keys.shape[1] - length)))
    return torch.stack(outputs).view(n, q, -1), torch.stack(all_weights).view(n, q, -1)


@answer("dot_product_attention")
def in_float64(queries, keys, values, valid_lens=None):
    """Computes in float64 and casts back; baddbmm scales on the way."""
    q, k, v = queries.double(), keys.double(), values.double()
    empty = torch.zeros(q.shape[0], q.shape[1], k.shape[1], dtype=torch.float64, device=q.device)
    weights = shares(torch.baddbmm(empty, q, k.transpose(1, 2), alpha=1 / math.sqrt(q.shape[2])), valid_lens)
    return (weights @ v).to(queries.dtype), weights.to(queries.dtype)


# additive_attention


@answer("additive_attention")
def unsqueezed_features(queries, keys, values, params, valid_lens=None):
    """Broadcasts, and multiplies by w_v as a column."""
    q, k = torch.matmul(queries, params["W_q"]), torch.matmul(keys, params["W_k"])
    features = torch.tanh(q.unsqueeze(2) + k.unsqueeze(1))
    weights = shares((features @ params["w_v"].unsqueeze(1)).squeeze(-1), valid_lens)
    return torch.bmm(weights, values), weights


@answer("additive_attention")
def joined_and_projected(queries, keys, values, params, valid_lens=None):
    """Puts each query and key side by side, and multiplies by the two matrices stacked."""
    n, q, _ = queries.shape
    k = keys.shape[1]
    pairs = torch.cat([queries[:, :, None].expand(n, q, k, -1), keys[:, None].expand(n, q, k, -1)], dim=-1)
    hidden = (pairs @ torch.cat([params["W_q"], params["W_k"]])).tanh()
    weights = shares(torch.einsum("nqkh,h->nqk", hidden, params["w_v"]), valid_lens)
    return weights.matmul(values), weights


@answer("additive_attention")
def one_query_at_a_time(queries, keys, values, params, valid_lens=None):
    """Loops over the queries, which saves memory."""
    offered = keys @ params["W_k"]
    scores = torch.stack(
        [
            (offered + (queries[:, i : i + 1] @ params["W_q"])).tanh().mul(params["w_v"]).sum(-1)
            for i in range(queries.shape[1])
        ],
        dim=1,
    )
    weights = shares(scores, valid_lens)
    return torch.einsum("nqk,nkv->nqv", weights, values), weights


@answer("additive_attention")
def one_hidden_unit_at_a_time(queries, keys, values, params, valid_lens=None):
    """Adds up the scores unit by unit; tanh by its sigmoid."""
    scores = 0
    for u, w in enumerate(params["w_v"]):
        total = (queries @ params["W_q"][:, u])[:, :, None] + (keys @ params["W_k"][:, u])[:, None, :]
        scores = scores + w * (2 * torch.sigmoid(2 * total) - 1)
    weights = shares(scores, valid_lens)
    return weights @ values, weights


@answer("additive_attention")
def _mapped_over_the_batch(queries, keys, values, params, valid_lens=None):
    """Writes the scores of one sequence and maps them over the batch; linear layers by F.linear."""

    def scores_of(q, k):
        return F.linear(
            torch.tanh(F.linear(q, params["W_q"].T)[:, None] + F.linear(k, params["W_k"].T)), params["w_v"]
        )

    weights = shares(torch.vmap(scores_of)(queries, keys), valid_lens)
    return weights @ values, weights


# attention_context


@answer("attention_context")
def without_a_query_axis(state, encoder_outputs, params, valid_lens=None):
    """Never makes an axis for the one query."""
    scores = (
        torch.tanh((state @ params["W_q"]).unsqueeze(1) + encoder_outputs @ params["W_k"]) @ params["w_v"]
    )
    if valid_lens is not None:
        steps = torch.arange(encoder_outputs.size(1), device=state.device)
        scores = scores.masked_fill(steps[None] >= valid_lens[:, None], -torch.inf)
    return (scores.softmax(1).unsqueeze(2) * encoder_outputs).sum(dim=1)


@answer("attention_context")
def sequence_by_sequence(state, encoder_outputs, params, valid_lens=None):
    """Loops over the batch and cuts each sequence to its length."""
    contexts = []
    for b, s in enumerate(state):
        seen = encoder_outputs[b] if valid_lens is None else encoder_outputs[b][: valid_lens[b]]
        contexts.append(
            torch.softmax(torch.tanh(s @ params["W_q"] + seen @ params["W_k"]) @ params["w_v"], 0) @ seen
        )
    return torch.stack(contexts)


@answer("attention_context")
def batched_vectors(state, encoder_outputs, params, valid_lens=None):
    """Repeats the state for each step and uses bmm."""
    n, T, h = encoder_outputs.shape
    asked = state.repeat(T, 1, 1).transpose(0, 1)
    scores = torch.tanh(asked @ params["W_q"] + encoder_outputs @ params["W_k"]).matmul(params["w_v"])
    weights = shares(scores.view(n, 1, T), valid_lens)
    return torch.bmm(weights, encoder_outputs).view(n, h)


@answer("attention_context")
def all_in_einsum(state, encoder_outputs, params, valid_lens=None):
    """Writes every product as einsum, and renormalises after the softmax."""
    asked = torch.einsum("nh,ha->na", state, params["W_q"])
    offered = torch.einsum("nth,ha->nta", encoder_outputs, params["W_k"])
    weights = torch.einsum("nta,a->nt", torch.tanh(asked[:, None] + offered), params["w_v"]).softmax(-1)
    if valid_lens is not None:
        weights = weights * (torch.arange(weights.shape[1], device=state.device) < valid_lens.unsqueeze(-1))
        weights = weights / weights.sum(1, keepdim=True)
    return torch.einsum("nt,nth->nh", weights, encoder_outputs)


# multi_head_attention


@answer("multi_head_attention")
def head_by_head(queries, keys, values, params, num_heads, valid_lens=None):
    """Loops over heads with slices; hides with -inf and replaces NaN."""
    d_model = params["W_o"].shape[0]
    if d_model % num_heads != 0:
        raise ValueError
    size = d_model // num_heads
    outputs = []
    for head in range(num_heads):
        columns = slice(head * size, (head + 1) * size)
        q = queries @ params["W_q"][:, columns]
        k = keys @ params["W_k"][:, columns]
        v = values @ params["W_v"][:, columns]
        scores = torch.bmm(q, k.transpose(1, 2)) / size**0.5
        if valid_lens is not None:
            lens = valid_lens[:, None] if valid_lens.dim() == 1 else valid_lens
            mask = torch.arange(keys.shape[1], device=keys.device)[None, None] < lens[:, :, None]
            scores = scores.masked_fill(~mask, float("-inf"))
        outputs.append(torch.bmm(torch.nan_to_num(scores.softmax(dim=-1)), v))
    return torch.cat(outputs, dim=-1) @ params["W_o"]


@answer("multi_head_attention")
def all_einsum(queries, keys, values, params, num_heads, valid_lens=None):
    """Splits the matrices, not the projections, and writes every product as einsum."""
    d_model = params["W_q"].size(1)
    if d_model % num_heads:
        raise ValueError("uneven heads")
    size = d_model // num_heads
    W_q, W_k, W_v = (params[name].unflatten(1, (num_heads, size)) for name in ("W_q", "W_k", "W_v"))
    q = torch.einsum("nqi,ihd->nhqd", queries, W_q)
    k = torch.einsum("nki,ihd->nhkd", keys, W_k)
    v = torch.einsum("nki,ihd->nhkd", values, W_v)
    scores = torch.einsum("nhqd,nhkd->nhqk", q, k) * size**-0.5
    if valid_lens is not None:
        lens = valid_lens if valid_lens.ndim == 2 else valid_lens[:, None].repeat(1, queries.size(1))
        seen = (torch.arange(keys.size(1), device=lens.device) < lens[..., None])[:, None]
        weights = torch.where(seen, scores, torch.finfo(scores.dtype).min).softmax(-1)
        weights = torch.where(seen, weights, torch.zeros_like(weights))
    else:
        weights = scores.softmax(-1)
    return torch.einsum("nhqk,nhkd,hdo->nqo", weights, v, params["W_o"].unflatten(0, (num_heads, size)))


@answer("multi_head_attention")
def heads_folded_into_the_batch(queries, keys, values, params, num_heads, valid_lens=None):
    """Folds heads into the batch, sequence by sequence, and repeats the lengths for them."""
    n, steps, _ = queries.shape
    d_model = params["W_o"].shape[1]
    if d_model % num_heads:
        raise ValueError(num_heads)

    def fold(x):
        x = x.reshape(x.shape[0], x.shape[1], num_heads, -1).permute(0, 2, 1, 3)
        return x.reshape(-1, x.shape[2], x.shape[3])

    q, k, v = fold(queries @ params["W_q"]), fold(keys @ params["W_k"]), fold(values @ params["W_v"])
    scores = torch.bmm(q, k.transpose(1, 2)) / math.sqrt(q.shape[-1])
    if valid_lens is not None:
        lens = torch.repeat_interleave(valid_lens, num_heads, dim=0)
        if lens.dim() == 1:
            lens = lens.unsqueeze(1).expand(-1, steps)
        mask = (torch.arange(k.shape[1], device=lens.device).expand_as(scores) < lens.unsqueeze(2)).to(
            scores.dtype
        )
        scores = scores * mask - 1e9 * (1 - mask)
        weights = F.softmax(scores, dim=-1) * mask
    else:
        weights = F.softmax(scores, dim=-1)
    out = torch.bmm(weights, v).reshape(n, num_heads, steps, -1).permute(0, 2, 1, 3)
    return out.reshape(n, steps, d_model) @ params["W_o"]


@answer("multi_head_attention")
def chunks_stacked_head_first(queries, keys, values, params, num_heads, valid_lens=None):
    """Stacks chunks of columns, all sequences of one head after another."""
    if params["W_k"].shape[1] % num_heads != 0:
        raise ValueError("num_heads")
    q, k, v = (
        torch.cat(torch.chunk(x @ params[name], num_heads, dim=2))
        for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    )
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    if valid_lens is not None:
        lens = torch.cat([valid_lens] * num_heads)
        lens = lens.view(len(lens), -1, 1)
        hidden = torch.arange(k.shape[1], device=k.device).view(1, 1, -1) >= lens
        scores = torch.masked_fill(scores, hidden, -1e6)
        weights = torch.softmax(scores, 2) * (lens > 0)
    else:
        weights = torch.softmax(scores, 2)
    return torch.cat((weights @ v).chunk(num_heads, 0), 2) @ params["W_o"]


@answer("multi_head_attention")
def query_by_query(queries, keys, values, params, num_heads, valid_lens=None):
    """Loops over sequences, heads and queries, and cuts the keys to their length: reads values, needs no mask."""
    n, steps, _ = queries.shape
    d_model = params["W_o"].shape[0]
    size, rest = divmod(d_model, num_heads)
    if rest:
        raise ValueError("d_model is not a multiple of num_heads")
    q, k, v = queries @ params["W_q"], keys @ params["W_k"], values @ params["W_v"]
    rows = []
    for b in range(n):
        for i in range(steps):
            length = keys.shape[1]
            if valid_lens is not None:
                length = (valid_lens[b] if valid_lens.ndim == 1 else valid_lens[b, i]).item()
            for h in range(0, d_model, size):
                scores = k[b, :length, h : h + size].mv(q[b, i, h : h + size]) / math.sqrt(size)
                rows.append(scores.softmax(0) @ v[b, :length, h : h + size])
    return torch.stack(rows).reshape(n, steps, d_model) @ params["W_o"]


@answer("multi_head_attention")
def softmax_by_hand(queries, keys, values, params, num_heads, valid_lens=None):
    """Exponentials by hand, multiplied by the mask, over a sum that is never 0."""
    n, steps, _ = queries.shape
    _, d_model = params["W_q"].shape
    if (d_model // num_heads) * num_heads != d_model:
        raise ValueError
    q = (queries @ params["W_q"]).view(n, steps, num_heads, -1)
    k = (keys @ params["W_k"]).view(n, keys.shape[1], num_heads, -1)
    v = (values @ params["W_v"]).view(n, keys.shape[1], num_heads, -1)
    scores = (q[:, :, None] * k[:, None]).sum(-1) / math.sqrt(q.shape[-1])
    mask = torch.ones_like(scores)
    if valid_lens is not None:
        lens = valid_lens.reshape(n, -1, 1, 1)
        mask = mask * (torch.arange(keys.shape[1], device=keys.device).reshape(1, 1, -1, 1) < lens)
        scores = scores.masked_fill(mask == 0, -1e9)
    powers = torch.exp(scores - scores.amax(2, keepdim=True).detach()) * mask
    total = powers.sum(2, keepdim=True)
    weights = powers / torch.where(total == 0, torch.ones_like(total), total)
    return (weights.unsqueeze(-1) * v[:, None]).sum(2).reshape(n, steps, d_model) @ params["W_o"]


@answer("multi_head_attention")
def sum_of_projected_heads(queries, keys, values, params, num_heads, valid_lens=None):
    """Gives each head its rows of W_o and adds the results up; renormalises after a softmax in float64."""
    d_model = params["W_q"].shape[-1]
    if d_model % num_heads > 0:
        raise ValueError(f"{d_model} % {num_heads}")
    pieces = [params[name].split(d_model // num_heads, dim=1) for name in ("W_q", "W_k", "W_v")]
    result = 0
    for W_q, W_k, W_v, W_o in zip(*pieces, params["W_o"].split(d_model // num_heads), strict=True):
        weights = ((queries @ W_q) @ (keys @ W_k).mT / math.sqrt(W_q.shape[1])).softmax(-1, torch.float64)
        if valid_lens is not None:
            lens = valid_lens.unsqueeze(-1) if valid_lens.ndim == 2 else valid_lens[:, None, None]
            weights = weights * (torch.arange(keys.shape[1], device=keys.device) < lens)
            total = weights.sum(-1, keepdim=True)
            weights = weights / total.masked_fill(total == 0, 1)
        result = result + weights.to(values.dtype) @ (values @ W_v) @ W_o
    return result


@answer("multi_head_attention")
def boolean_indexing(queries, keys, values, params, num_heads, valid_lens=None):
    """Writes into the scores through a boolean index, and zeroes empty rows at the end."""
    n, steps = queries.shape[:2]
    count = keys.shape[1]
    d_model = params["W_q"].shape[1]
    if d_model % num_heads:
        raise ValueError("heads")
    size = d_model // num_heads
    q = F.linear(queries, params["W_q"].T).view(n, steps, num_heads, size).transpose(1, 2)
    k = F.linear(keys, params["W_k"].T).view(n, count, num_heads, size).transpose(1, 2)
    v = F.linear(values, params["W_v"].T).view(n, count, num_heads, size).transpose(1, 2)
    scores = torch.matmul(q, k.transpose(2, 3)) / torch.sqrt(
        torch.tensor(size, dtype=q.dtype, device=q.device)
    )
    empty = None
    if valid_lens is not None:
        if valid_lens.dim() == 1:
            valid_lens = valid_lens.reshape(-1, 1).expand(n, steps)
        positions = torch.arange(count, device=q.device)
        mask = (positions.view(1, 1, 1, -1) >= valid_lens.view(n, 1, steps, 1)).expand(scores.shape)
        scores = scores.clone()
        scores[mask] = -1e9
        empty = (valid_lens == 0).view(n, 1, steps, 1)
    attention = F.softmax(scores, dim=3)
    if empty is not None:
        attention = attention.masked_fill(empty, 0.0)
    context = torch.matmul(attention, v).transpose(1, 2).contiguous().view(n, steps, d_model)
    return F.linear(context, params["W_o"].T)


@answer("multi_head_attention")
def mapped_over_the_batch(queries, keys, values, params, num_heads, valid_lens=None):
    """Writes one sequence and one head, and maps it over both."""
    d_model = params["W_q"].shape[1]
    if d_model % num_heads:
        raise ValueError("heads")
    n, steps, _ = queries.shape
    lens = torch.full((n,), keys.shape[1], device=keys.device) if valid_lens is None else valid_lens
    lens = lens.reshape(n, -1).expand(n, steps)

    def attend(q, k, v, lens):
        seen = torch.arange(k.shape[0], device=k.device) < lens[:, None]
        shifted = (q @ k.T / math.sqrt(q.shape[1])).masked_fill(~seen, -1e9)
        logs = shifted - torch.logsumexp(shifted, 1, keepdim=True)
        return torch.where(seen, logs.exp(), 0.0) @ v

    q, k, v = (
        (x @ params[name]).unflatten(-1, (num_heads, -1))
        for x, name in ((queries, "W_q"), (keys, "W_k"), (values, "W_v"))
    )
    over_heads = torch.vmap(attend, in_dims=(1, 1, 1, None), out_dims=1)
    return torch.vmap(over_heads)(q, k, v, lens).flatten(2) @ params["W_o"]


@answer("multi_head_attention")
def no_batch_axis(queries, keys, values, params, num_heads, valid_lens=None):
    """Loops over sequences; a block-diagonal mask stands for the heads' own columns."""
    d_model = params["W_q"].shape[1]
    if d_model % num_heads:
        raise ValueError("heads")
    size = d_model // num_heads
    own = torch.arange(d_model, device=keys.device).div(size, rounding_mode="floor")
    results = []
    for b in range(len(queries)):
        q, k, v = queries[b] @ params["W_q"], keys[b] @ params["W_k"], values[b] @ params["W_v"]
        total = torch.zeros(queries.shape[1], d_model, dtype=q.dtype, device=q.device)
        for head in range(num_heads):
            columns = (own == head).to(q.dtype)
            scores = (q * columns) @ k.T / math.sqrt(size)
            if valid_lens is not None:
                seen = torch.arange(len(k), device=k.device)[None] < valid_lens[b].reshape(-1, 1)
                floor = scores.masked_fill(~seen, -torch.inf).logsumexp(1, keepdim=True)
                floor = torch.where(seen.any(1, keepdim=True), floor, torch.zeros_like(floor))
                weights = torch.exp(scores - floor).masked_fill(~seen, 0)
            else:
                weights = scores.softmax(1)
            total = total + weights @ (v * columns)
        results.append(total @ params["W_o"])
    return torch.stack(results)
