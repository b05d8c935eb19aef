"""Right answers written differently."""

import heapq
import itertools
import math

import numpy as np
import torch

from autograder.authoring import answer


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
