"""Right answers written differently."""
# ruff: noqa: F811 -- names repeat from exercise to exercise

import functools
import heapq
import itertools
import math
from collections import Counter, defaultdict
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from autograder.authoring import answer

# truncate_pad


@answer("truncate_pad")
def two_cases(tokens, num_steps, pad):
    """Tells the cases apart."""
    if len(tokens) > num_steps:
        return tokens[:num_steps]
    return tokens + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def fills_a_row_of_pads(tokens, num_steps, pad):
    """Begins with nothing but pads and writes tokens over them."""
    row = [pad] * num_steps
    for i in range(min(num_steps, len(tokens))):
        row[i] = tokens[i]
    return row


@answer("truncate_pad")
def pads_first_then_cuts(tokens, num_steps, pad):
    """Appends num_steps pads and cuts; returns a tuple."""
    return tuple((list(tokens) + num_steps * [pad])[:num_steps])


@answer("truncate_pad")
def iterators(tokens, num_steps, pad):
    """Chains the tokens with an endless row of pads."""
    return list(itertools.islice(itertools.chain(tokens, itertools.repeat(pad)), num_steps))


@answer("truncate_pad")
def appends_to_a_copy(tokens, num_steps, pad):
    """Works on a copy with append and pop."""
    row = tokens.copy()
    while len(row) > num_steps:
        row.pop()
    while len(row) < num_steps:
        row.append(pad)
    return row


@answer("truncate_pad")
def returns_the_list_itself(tokens, num_steps, pad):
    """Returns the very list where nothing has to be changed."""
    missing = num_steps - len(tokens)
    if missing == 0:
        return tokens
    return tokens[:missing] if missing < 0 else [*tokens, *(pad for _ in range(missing))]


@answer("truncate_pad")
def by_index(tokens, num_steps, pad):
    """Decides place by place."""
    return [tokens[i] if i < len(tokens) else pad for i in range(num_steps)]


# sequence_mask


@answer("sequence_mask")
def row_by_row(x, valid_len, value=0.0):
    """Overwrites a slice of a copy in each row."""
    y = x.clone()
    for i, length in enumerate(valid_len):
        y[i, length:] = value
    return y


@answer("sequence_mask")
def where(x, valid_len, value=0.0):
    """Chooses with torch.where."""
    steps = torch.arange(x.size(1), device=x.device)
    keep = steps[None, :] < valid_len[:, None]
    while keep.dim() < x.dim():
        keep = keep.unsqueeze(-1)
    return torch.where(keep, x, torch.full_like(x, value))


@answer("sequence_mask")
def where_and_cast(x, valid_len, value=0.0):
    """Chooses with torch.where and a number, and casts back."""
    late = torch.arange(x.shape[1], device=x.device).expand(x.shape[:2]) >= valid_len.unsqueeze(1)
    return torch.where(late[(...,) + (None,) * (x.ndim - 2)], value, x).to(x.dtype)


@answer("sequence_mask")
def boolean_index(x, valid_len, value=0.0):
    """Assigns through a mask of two axes."""
    mask = torch.arange(x.shape[1], device=x.device)[None] >= valid_len[:, None]
    y = x.clone()
    y[mask] = value
    return y


@answer("sequence_mask")
def flattened(x, valid_len, value=0.0):
    """Flattens the further axes and restores them."""
    flat = x.reshape(x.shape[0], x.shape[1], -1)
    past = torch.arange(x.shape[1], device=x.device).unsqueeze(0).ge(valid_len.unsqueeze(1))
    return flat.masked_fill(past.unsqueeze(-1), value).reshape(x.shape)


@answer("sequence_mask")
def stacked_pieces(x, valid_len, value=0.0):
    """Joins the valid part of each row with a filled one."""
    rows = []
    for row, length in zip(x, valid_len.tolist(), strict=True):
        valid = row[:length]
        rows.append(torch.cat([valid, torch.full_like(row[len(valid) :], value)]))
    return torch.stack(rows)


@answer("sequence_mask")
def counted_with_cumsum(x, valid_len, value=0.0):
    """Counts the steps with a cumulative sum of ones, and fills in place on a copy."""
    ones = torch.ones(x.shape[:2], dtype=torch.int64, device=x.device)
    past = ones.cumsum(dim=1) > valid_len.view(-1, 1)
    return x.clone().masked_fill_(past.view(*x.shape[:2], *[1] * (x.dim() - 2)), value)


@answer("sequence_mask")
def time_first(x, valid_len, value=0.0):
    """Brings time to the front, so that the mask needs no further axes of its own."""
    y = x.movedim(0, -1).movedim(0, -2)
    past = torch.arange(x.shape[1], device=x.device)[:, None] >= valid_len
    return y.masked_fill(past, value).movedim(-2, 0).movedim(-1, 0)


@answer("sequence_mask")
def two_selections_added(x, valid_len, value=0.0):
    """Adds what is kept of x to what is kept of the filling; both are selected, not multiplied."""
    keep = torch.arange(x.shape[1], device=x.device) < valid_len[:, None]
    keep = keep.reshape(*keep.shape, *(1 for _ in x.shape[2:])).expand_as(x)
    zero = torch.zeros_like(x)
    return torch.where(keep, x, zero) + torch.where(keep, zero, torch.full_like(x, value))


@answer("sequence_mask")
def float64_inside(x, valid_len, value=0.0):
    """Works in float64 and casts back."""
    mask = torch.arange(x.shape[1], device=x.device) < valid_len[:, None]
    wide = x.double()
    wide = wide.masked_fill(mask.logical_not().view(mask.shape + (1,) * (x.dim() - 2)), float(value))
    return wide.to(x.dtype)


# masked_cross_entropy


@answer("masked_cross_entropy")
def boolean_selection(logits, labels, valid_len):
    """Selects the valid tokens first."""
    valid = torch.arange(logits.shape[1], device=logits.device) < valid_len[:, None]
    if not valid.any():
        return logits.new_zeros(())
    return F.cross_entropy(logits[valid], labels[valid])


@answer("masked_cross_entropy")
def row_by_row(logits, labels, valid_len):
    """Adds up the valid part of each sequence."""
    total, count = torch.zeros((), dtype=logits.dtype, device=logits.device), 0
    for i in range(logits.shape[0]):
        length = int(valid_len[i])
        if length > 0:
            total = total + F.cross_entropy(logits[i, :length], labels[i, :length], reduction="sum")
            count += length
    return total / max(count, 1)


@answer("masked_cross_entropy")
def token_by_token(logits, labels, valid_len):
    """Loops over every token, with logsumexp."""
    losses = [
        torch.logsumexp(logits[i, t], dim=0) - logits[i, t, labels[i, t]]
        for i in range(len(labels))
        for t in range(valid_len[i])
    ]
    return torch.stack(losses).mean() if losses else logits.new_zeros(())


@answer("masked_cross_entropy")
def gathered(logits, labels, valid_len):
    """Masks the logits, takes log_softmax and gathers."""
    keep = torch.arange(logits.shape[1], device=logits.device) < valid_len[:, None]
    safe = torch.where(keep[..., None], logits, torch.zeros_like(logits))
    picked = F.log_softmax(safe, dim=-1).gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    return -(picked * keep).sum() / keep.sum().clamp(min=1)


@answer("masked_cross_entropy")
def ignored_index(logits, labels, valid_len):
    """Marks padded labels for nll_loss to ignore, after it has masked the logits."""
    late = torch.arange(logits.shape[1], device=logits.device) >= valid_len.reshape(-1, 1)
    logs = logits.masked_fill(late[:, :, None], 0).log_softmax(2)
    targets = labels.masked_fill(late, -100)
    summed = F.nll_loss(logs.flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum")
    return summed / (~late).sum().clamp_min(1)


@answer("masked_cross_entropy")
def one_hot_labels(logits, labels, valid_len):
    """Uses labels as one-hot vectors, which are all zero in padding."""
    keep = torch.arange(logits.shape[1], device=logits.device)[None, :] < valid_len[:, None]
    hot = F.one_hot(labels, logits.shape[-1]).to(logits.dtype) * keep[:, :, None]
    logs = torch.where(keep[:, :, None], logits, logits.new_zeros(())).log_softmax(dim=-1)
    return -torch.einsum("ntv,ntv->", hot, logs) / max(int(keep.sum()), 1)


@answer("masked_cross_entropy")
def weights(logits, labels, valid_len):
    """Gives each valid token the weight one over their number."""
    valid = (torch.arange(labels.shape[1], device=labels.device) < valid_len[:, None]).to(logits.dtype)
    weight = valid / valid.sum().clamp(min=1.0)
    safe = logits.clone()
    safe[valid == 0] = 0.0
    loss = torch.nn.CrossEntropyLoss(reduction="none")(safe.permute(0, 2, 1), labels)
    return (loss * weight).sum()


@answer("masked_cross_entropy")
def packed(logits, labels, valid_len):
    """Joins the valid parts of all sequences and takes the mean of them."""
    parts = [(logits[i, :n], labels[i, :n]) for i, n in enumerate(valid_len.tolist())]
    joined, targets = (torch.cat(column) for column in zip(*parts, strict=True))
    if len(targets) == 0:
        return joined.sum()
    return F.nll_loss(joined.log_softmax(dim=1), targets)


@answer("masked_cross_entropy")
def float64_inside(logits, labels, valid_len):
    """Computes in float64 and casts back at the end."""
    valid = torch.arange(logits.shape[1], device=logits.device) < valid_len[:, None]
    chosen, targets = logits.double()[valid], labels[valid]
    total = (chosen.logsumexp(1) - chosen[torch.arange(len(targets)), targets]).sum()
    return (total / max(1, len(targets))).to(logits.dtype)


# greedy_search


@answer("greedy_search")
def for_loop(log_probs, bos, eos, max_len):
    """Keeps the prefix as a tuple that grows."""
    prefix = (bos,)
    for _ in range(max_len):
        token = torch.argmax(log_probs(prefix)).item()
        prefix += (token,)
        if token == eos:
            break
    return list(prefix[1:])


@answer("greedy_search")
def python_max(log_probs, bos, eos, max_len):
    """Works on lists; the first of equals is the one that max finds."""
    tokens = []
    for _ in range(max_len):
        row = log_probs(tuple([bos] + tokens)).tolist()
        tokens.append(max(range(len(row)), key=row.__getitem__))
        if tokens[-1] == eos:
            return tokens
    return tokens


@answer("greedy_search")
def recursive(log_probs, bos, eos, max_len):
    """Calls itself on longer prefixes; returns a tuple."""

    def rest(prefix):
        if len(prefix) > max_len or (len(prefix) > 1 and prefix[-1] == eos):
            return prefix[1:]
        values, ids = log_probs(prefix).sort(descending=True, stable=True)
        return rest((*prefix, int(ids[0])))

    return rest((bos,))


@answer("greedy_search")
def numpy(log_probs, bos, eos, max_len):
    """Uses NumPy's argmax; ids are NumPy's integers."""
    tokens, token = [], None
    while token != eos and len(tokens) < max_len:
        token = np.argmax(log_probs((bos, *tokens)).detach().cpu().numpy())
        tokens.append(token)
    return tokens


@answer("greedy_search")
def smallest_of_the_best(log_probs, bos, eos, max_len):
    """Takes the smallest id of all that have the maximum."""
    generated = []
    with torch.no_grad():
        while len(generated) != max_len:
            row = log_probs((bos,) + tuple(generated))
            best = (row == row.max()).nonzero().flatten()
            generated.append(int(best.min()))
            if generated[-1] == eos:
                break
    return generated


@answer("greedy_search")
def generator(log_probs, bos, eos, max_len):
    """Yields token by token, and compares one by one in a plain loop."""

    def stream():
        prefix = [bos]
        while True:
            best, best_value = 0, -math.inf
            for token, value in enumerate(log_probs(tuple(prefix))):
                if value > best_value:
                    best, best_value = token, value
            prefix.append(best)
            yield best
            if best == eos:
                return

    return [*itertools.islice(stream(), max_len)]


# beam_search


@answer("beam_search")
def top_k_of_a_matrix(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Stacks the log-probabilities of all live ones and takes topk of the whole matrix."""
    if beam_size < 1:
        raise ValueError("beam_size")
    if max_len < 1:
        raise ValueError("max_len")
    prefixes, totals, done = [(bos,)], torch.zeros(1, device=log_probs((bos,)).device), []
    while prefixes and len(prefixes[0]) <= max_len:
        grown = totals[:, None] + torch.stack([log_probs(prefix) for prefix in prefixes])
        size = grown.shape[1]
        values, places = grown.flatten().topk(min(beam_size, grown.numel()))
        places = places[values > -math.inf]
        values = values[values > -math.inf]
        tokens = [(*prefixes[place // size], int(place % size)) for place in places]
        ends = torch.tensor([prefix[-1] == eos for prefix in tokens], dtype=torch.bool, device=values.device)
        done += [(p, v.item()) for p, v, e in zip(tokens, values, ends, strict=True) if e]
        prefixes = [p for p, e in zip(tokens, ends, strict=True) if not e]
        totals = values[~ends]
    done += zip(prefixes, totals.tolist(), strict=True)
    result = [(list(p[1:]), v / (len(p) - 1) ** alpha) for p, v in done]
    return sorted(result, key=lambda pair: -pair[1])


@answer("beam_search")
def heap_of_costs(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Keeps costs, which are to be low, with heapq."""
    if min(beam_size, max_len) < 1:
        raise ValueError
    number = itertools.count()
    live, results = [(0.0, next(number), (bos,))], []
    for length in range(1, max_len + 1):
        heap = []
        for cost, _, prefix in live:
            for token, value in enumerate(log_probs(prefix)):
                if torch.isfinite(value):
                    heapq.heappush(heap, (cost - float(value), next(number), (*prefix, token)))
        live = []
        for _ in range(min(beam_size, len(heap))):
            cost, place, prefix = heapq.heappop(heap)
            if prefix[-1] == eos or length == max_len:
                results.append((-cost / length**alpha, prefix[1:]))
            else:
                live.append((cost, place, prefix))
    return [(list(tokens), score) for score, tokens in sorted(results, reverse=True)]


@answer("beam_search")
def recursive(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Each step is a call of an inner function."""
    if not (beam_size >= 1 and max_len >= 1):
        raise ValueError("too small")

    def step(live, left):
        if not live or not left:
            return list(live.items())
        grown = {}
        for tokens, total in live.items():
            for token, value in enumerate(log_probs((bos,) + tokens).tolist()):
                grown[tokens + (token,)] = total + value
        kept = [t for t in sorted(grown, key=grown.get, reverse=True) if grown[t] != float("-inf")][
            :beam_size
        ]
        over = [(t, grown[t]) for t in kept if t[-1] == eos]
        return over + step({t: grown[t] for t in kept if t[-1] != eos}, left - 1)

    found = [(list(t), total * len(t) ** -alpha) for t, total in step({(): 0.0}, max_len)]
    found.sort(key=lambda pair: pair[1])
    return found[::-1]


class Hypothesis:
    """Hold one hypothesis."""

    def __init__(self, tokens=(), total=0.0):
        self.tokens = list(tokens)
        self.total = total

    def score(self, alpha):
        return self.total / math.pow(len(self.tokens), alpha)


@answer("beam_search")
def objects(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Has a class for hypotheses, and gives pairs as lists and tokens as tuples."""
    if beam_size <= 0 or max_len <= 0:
        raise ValueError((beam_size, max_len))
    live, finished = [Hypothesis()], []
    step = 0
    while live and step < max_len:
        candidates = []
        for h in live:
            row = log_probs(tuple([bos] + h.tokens))
            for token in range(len(row)):
                if row[token] != -math.inf:
                    candidates.append(Hypothesis(h.tokens + [token], h.total + row[token].item()))
        candidates.sort(key=lambda h: h.total)
        live = []
        for h in candidates[-beam_size:]:
            (finished if h.tokens[-1] == eos else live).append(h)
        step += 1
    finished.extend(live)
    finished.sort(key=lambda h: h.score(alpha), reverse=True)
    return tuple([tuple(h.tokens), h.score(alpha)] for h in finished)


@answer("beam_search")
def back_pointers(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Stores one node per token with a link to its parent, and reads sequences off at the end."""
    if beam_size < 1 or max_len < 1:
        raise ValueError("beam_size, max_len")
    nodes = [(bos, None, 0.0, 0)]

    def path(index):
        tokens = []
        while index is not None:
            tokens.append(nodes[index][0])
            index = nodes[index][1]
        return tuple(reversed(tokens))

    live, leaves = [0], []
    while live:
        grown = []
        for index in live:
            _, _, total, length = nodes[index]
            row = log_probs(path(index))
            grown += [
                (token, index, total + float(v), length + 1) for token, v in enumerate(row) if v > -math.inf
            ]
        live = []
        for node in heapq.nlargest(beam_size, grown, key=lambda n: n[2]):
            nodes.append(node)
            over = node[0] == eos or node[3] == max_len
            (leaves if over else live).append(len(nodes) - 1)
    result = [(list(path(i)[1:]), nodes[i][2] / nodes[i][3] ** alpha) for i in leaves]
    return sorted(result, key=lambda pair: pair[1], reverse=True)


@answer("beam_search")
def numpy_sums(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Sorts with NumPy; ids and scores are NumPy's numbers."""
    if beam_size < 1 or max_len < 1:
        raise ValueError("at least 1")
    beam, done = [(np.float64(0), [])], []
    for _ in range(max_len):
        sums, whose = [], []
        for total, tokens in beam:
            row = total + log_probs((bos, *map(int, tokens))).detach().cpu().numpy()
            sums.extend(row)
            whose.extend((tokens, token) for token in np.arange(len(row)))
        order = np.argsort(-np.array(sums))[:beam_size] if sums else []
        kept = [(sums[i], [*whose[i][0], whose[i][1]]) for i in order if np.isfinite(sums[i])]
        done += [h for h in kept if h[1][-1] == eos]
        beam = [h for h in kept if h[1][-1] != eos]
    scores = np.array([total / len(tokens) ** alpha for total, tokens in done + beam])
    return [((done + beam)[i][1], scores[i]) for i in np.argsort(scores)[::-1]]


@answer("beam_search")
def local_top_k_first(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Takes the best of each live hypothesis, then the best of those; sums in float32."""
    if beam_size < 1 or max_len < 1:
        raise ValueError("at least 1")
    live, finished = [((), torch.tensor(0.0))], []
    for _ in range(max_len):
        pool = []
        for tokens, total in live:
            row = log_probs((bos, *tokens)).float()
            values, ids = row.topk(min(beam_size, row.numel()))
            pool += [((*tokens, i.item()), total + v) for v, i in zip(values, ids, strict=True)]
        pool = sorted((h for h in pool if not torch.isinf(h[1])), key=lambda h: h[1].item())[::-1][:beam_size]
        live = []
        for tokens, total in pool:
            if tokens[-1] == eos:
                finished.append((tokens, total))
            else:
                live.append((tokens, total))
        if not live:
            break
    finished.extend(live)
    result = [(list(tokens), float(total) / float(len(tokens) ** alpha)) for tokens, total in finished]
    result.sort(key=lambda pair: pair[1], reverse=True)
    return result


@answer("beam_search")
def flags_in_one_list(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Holds live and finished ones in one list; tells them apart by their ends."""
    if beam_size < 1 or max_len < 1:
        raise ValueError("beam_size and max_len must be positive")
    everything = {(): 0.0}
    for step in range(max_len):
        live = {t: s for t, s in everything.items() if len(t) == step and (not t or t[-1] != eos)}
        for tokens in live:
            del everything[tokens]
        grown = [
            (t + (k,), s + v)
            for t, s in live.items()
            for k, v in enumerate(log_probs((bos, *t)).tolist())
            if not math.isinf(v)
        ]
        everything.update(sorted(grown, key=lambda item: item[1], reverse=True)[:beam_size])
    scored = ((list(t), s / len(t) ** alpha) for t, s in everything.items())
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


# viterbi


@answer("viterbi")
def plain_loops(log_start, log_transition, length):
    """Loops over steps, states and parents, on lists."""
    best, step = log_start.tolist(), log_transition.tolist()
    size, parents = len(best), []
    for _ in range(1, length):
        new, came_from = [], []
        for j in range(size):
            i = max(range(size), key=lambda i: best[i] + step[i][j])
            new.append(best[i] + step[i][j])
            came_from.append(i)
        best = new
        parents.append(came_from)
    state = max(range(size), key=lambda j: best[j])
    total, path = best[state], [state]
    while parents:
        path.insert(0, parents.pop()[path[0]])
    return path, total


@answer("viterbi")
def carries_the_paths(log_start, log_transition, length):
    """Keeps the best path to each state whole, so that there is no way back."""
    paths = {state: (total, (state,)) for state, total in enumerate(log_start.tolist())}
    for _ in range(length - 1):
        paths = {
            j: max(
                (total + step, (*path, j)) for (total, path), step in zip(paths.values(), column, strict=True)
            )
            for j, column in enumerate(log_transition.T.tolist())
        }
    total, path = max(paths.values())
    return list(path), total


@answer("viterbi")
def backwards_in_time(log_start, log_transition, length):
    """Computes what is best from each state on, from the end, and reads the path off forwards."""
    ahead = [torch.zeros_like(log_start)]
    for _ in range(length - 1):
        ahead.insert(0, (log_transition + ahead[0]).amax(dim=1))
    first = log_start + ahead[0]
    path = [first.argmax().item()]
    for later in ahead[1:]:
        path.append((log_transition[path[-1]] + later).argmax().item())
    return path, first.max().item()


@answer("viterbi")
def memoised(log_start, log_transition, length):
    """Recurses from the end, with a cache."""

    @functools.cache
    def best(t, state):
        if t == 0:
            return start[state], None
        return max((best(t - 1, i)[0] + step[i][state], i) for i in range(len(start)))

    start, step = log_start.tolist(), log_transition.tolist()
    state = max(range(len(start)), key=lambda s: best(length - 1, s)[0])
    total, path = best(length - 1, state)[0], [state]
    for t in range(length - 1, 0, -1):
        path.append(best(t, path[-1])[1])
    return path[::-1], total


class Best(NamedTuple):
    path: list
    log_prob: float


@answer("viterbi")
def numpy_tables(log_start, log_transition, length):
    """Fills tables with NumPy; returns a NamedTuple with NumPy's numbers."""
    step = log_transition.detach().cpu().numpy()
    delta = np.full((length, len(log_start)), -np.inf)
    psi = np.zeros(delta.shape, dtype=int)
    delta[0] = log_start.detach().cpu().numpy()
    for t in range(1, length):
        ways = delta[t - 1][:, None] + step
        psi[t], delta[t] = ways.argmax(0), ways.max(0)
    path = np.zeros(length, dtype=int)
    path[-1] = delta[-1].argmax()
    for t in reversed(range(1, length)):
        path[t - 1] = psi[t, path[t]]
    return Best([*path], delta[-1].max())


@answer("viterbi")
def tensor_back_pointers(log_start, log_transition, length):
    """Keeps the parents in one tensor, with a large negative number for -inf."""
    start, step = log_start.clamp(min=-1e30), log_transition.clamp(min=-1e30)
    parents = torch.zeros(length, len(start), dtype=torch.int64, device=start.device)
    for t in range(1, length):
        values, parents[t] = torch.max(start.unsqueeze(1) + step, dim=0)
        start = values
    path = torch.empty(length, dtype=torch.int64)
    path[-1] = start.argmax()
    for t in range(length - 1, 0, -1):
        path[t - 1] = parents[t][path[t]]
    return tuple(path.tolist()), start.max().item()


@answer("viterbi")
def transposed_products(log_start, log_transition, length):
    """Works with the transposed table and the last axis, in float32."""
    into = log_transition.float().T.contiguous()
    score, history = log_start.float(), []
    for _ in range(length - 1):
        score, parent = torch.max(into + score, dim=-1)
        history.append(parent)
    end = torch.argmax(score)
    path = [int(end)]
    for parent in history[::-1]:
        path = [int(parent[path[0]]), *path]
    return [path, float(score[end])]


# bleu


@answer("bleu")
def plain_dicts(prediction, reference, k):
    """Counts down in a dict of the reference's n-grams."""
    if not prediction:
        return 0
    score = math.exp(min(0, 1 - len(reference) / len(prediction)))
    for n in range(1, k + 1):
        total = len(prediction) - n + 1
        if total <= 0:
            return 0.0
        left, matched = defaultdict(int), 0
        for i in range(len(reference) - n + 1):
            left[tuple(reference[i : i + n])] += 1
        for i in range(total):
            gram = tuple(prediction[i : i + n])
            if left[gram] > 0:
                left[gram] -= 1
                matched += 1
        score *= math.pow(matched / total, 0.5**n)
    return score


@answer("bleu")
def lists_used_up(prediction, reference, k):
    """Takes matched n-grams out of a list of the reference's, compared as lists."""
    if len(prediction) < k or len(prediction) == 0:
        return 0.0
    score = 1.0
    if len(prediction) < len(reference):
        score = math.e ** (1 - len(reference) / len(prediction))
    for n in range(1, k + 1):
        left = [reference[i : i + n] for i in range(len(reference) - n + 1)]
        count = matched = 0
        for i in range(len(prediction) - n + 1):
            count += 1
            if prediction[i : i + n] in left:
                left.remove(prediction[i : i + n])
                matched += 1
        score *= (matched / count) ** (1 / 2**n)
    return score


@answer("bleu")
def logarithms(prediction, reference, k):
    """Adds up logarithms, and looks for zeros first."""
    logs = 0.0
    for n in range(1, k + 1):
        ours = Counter(zip(*(prediction[i:] for i in range(n)), strict=False))
        theirs = Counter(zip(*(reference[i:] for i in range(n)), strict=False))
        matched = sum(min(count, theirs[gram]) for gram, count in ours.items())
        if matched == 0:
            return 0.0
        logs += math.log(matched / sum(ours.values())) / 2**n
    return math.exp(logs + min(0.0, 1 - len(reference) / len(prediction)))


@answer("bleu")
def numpy_product(prediction, reference, k):
    """Collects the precisions, and multiplies them with NumPy in float64."""

    def count(tokens, n):
        found = {}
        for start in range(len(tokens) - n + 1):
            gram = (*tokens[start : start + n],)
            found[gram] = found.get(gram, 0) + 1
        return found

    lengths = np.arange(1, k + 1)
    if len(prediction) < k or not prediction:
        return np.float64(0)
    precisions = []
    for n in lengths:
        ours, theirs = count(prediction, n), count(reference, n)
        hits = [min(ours[gram], theirs[gram]) for gram in ours.keys() & theirs.keys()]
        precisions.append(sum(hits) / sum(ours.values()))
    penalty = np.exp(np.minimum(0, 1 - len(reference) / len(prediction)))
    return penalty * np.prod(np.array(precisions) ** (0.5**lengths))


@answer("bleu")
def torch_numbers(prediction, reference, k):
    """Computes with float32 tensors and returns a Python float."""
    if len(prediction) < max(1, k):
        return 0.0
    precisions = []
    for n in range(1, k + 1):
        ours = [tuple(prediction[i : i + n]) for i in range(len(prediction) - n + 1)]
        theirs = [tuple(reference[i : i + n]) for i in range(len(reference) - n + 1)]
        matched = sum(min(ours.count(gram), theirs.count(gram)) for gram in set(ours))
        precisions.append(matched / len(ours))
    exponents = torch.tensor([2.0**-n for n in range(1, k + 1)])
    penalty = torch.tensor(1 - len(reference) / len(prediction)).clamp(max=0).exp()
    return (penalty * (torch.tensor(precisions) ** exponents).prod()).item()


@answer("bleu")
def exceptions(prediction, reference, k):
    """Lets divisions by zero end in 0."""
    try:
        brevity = math.exp(min(0, 1 - len(reference) / len(prediction)))
        factors = []
        for n in range(1, k + 1):
            ours, theirs = (
                Counter(tuple(s[i : i + n]) for i in range(len(s) - n + 1)) for s in (prediction, reference)
            )
            overlap = sum((ours - (ours - theirs)).values())
            factors.append((overlap / sum(ours.values())) ** (1 / 2**n))
    except ZeroDivisionError:
        return 0.0
    return functools.reduce(lambda a, b: a * b, factors, brevity)
