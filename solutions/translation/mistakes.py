"""Wrong answers that students give, each with the sentence they are told."""

import math

import torch

from autograder.authoring import answer


def refuse(beam_size, max_len):
    if beam_size < 1 or max_len < 1:
        raise ValueError("beam_size and max_len must be at least 1")


def continuations(log_probs, bos, live):
    return [
        (total + value, [*tokens, token])
        for total, tokens in live
        for token, value in enumerate(log_probs((bos, *tokens)).tolist())
        if value > -math.inf
    ]


def best(candidates, count):
    return sorted(candidates, reverse=True)[:count]


def ended(hypotheses, eos):
    return [hypothesis for hypothesis in hypotheses if hypothesis[1][-1] == eos]


def going_on(hypotheses, eos):
    return [hypothesis for hypothesis in hypotheses if hypothesis[1][-1] != eos]


def best_first(hypotheses, alpha):
    scored = [(tokens, total / len(tokens) ** alpha) for total, tokens in hypotheses]
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


def search(log_probs, bos, eos, beam_size, max_len):
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = best(continuations(log_probs, bos, live), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return finished, live


# What a hypothesis is worth while the search runs.


@answer("beam_search")
def last_token_alone(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """A hypothesis is judged by its last token's log-probability alone; add up those of all its tokens."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        fresh = [(0.0, tokens) for _, tokens in live]
        kept = best(continuations(log_probs, bos, fresh), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def probabilities_added(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Probabilities are added up; add up their logarithms."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = [
            (total + math.exp(value), [*tokens, token])
            for total, tokens in live
            for token, value in enumerate(log_probs((bos, *tokens)).tolist())
            if value > -math.inf
        ]
        kept = best(grown, beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def normalised_in_every_step(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The sum is divided by the length penalty in every step, over and over; divide once, when the search is over."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = continuations(log_probs, bos, live)
        kept = best([(total / len(tokens) ** alpha, tokens) for total, tokens in grown], beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    scored = [(tokens, score) for score, tokens in finished + live]
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


@answer("beam_search")
def only_the_last_token_as_prefix(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The model is given the last token alone; give it the whole prefix, from bos on."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = [
            (total + value, [*tokens, token])
            for total, tokens in live
            for token, value in enumerate(log_probs((tokens[-1] if tokens else bos,)).tolist())
            if value > -math.inf
        ]
        kept = best(grown, beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def prefix_without_bos(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """After the first step the model is given a prefix without bos; every prefix begins with bos."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = [
            (total + value, [*tokens, token])
            for total, tokens in live
            for token, value in enumerate(log_probs(tuple(tokens) or (bos,)).tolist())
            if value > -math.inf
        ]
        kept = best(grown, beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


# What is kept.


@answer("beam_search")
def greedy_at_heart(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Each hypothesis is continued with its best token only; all continuations of all live ones compete together."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for step in range(max_len):
        if step == 0:
            kept = best(continuations(log_probs, bos, live), beam_size)
        else:
            kept = [h for one in live for h in best(continuations(log_probs, bos, [one]), 1)]
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def plain_greedy_search(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Only the best continuation is followed, whatever beam_size is; keep the beam_size best in each step."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, 1, max_len)
    return best_first(finished + live, alpha)


@answer("beam_search")
def each_keeps_its_own(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Each live hypothesis keeps beam_size continuations of its own; beam_size are kept of all of them together."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = [h for one in live for h in best(continuations(log_probs, bos, [one]), beam_size)]
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def copies_at_the_start(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The search starts with beam_size copies of one hypothesis, so the beam fills with twins; start with one."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])] * beam_size, []
    for _ in range(max_len):
        kept = best(continuations(log_probs, bos, live), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def impossible_kept(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Continuations of log-probability -inf are kept where the beam has room; never keep them."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = [
            (total + value, [*tokens, token])
            for total, tokens in live
            for token, value in enumerate(log_probs((bos, *tokens)).tolist())
        ]
        kept = best(grown, beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def dead_ones_finish(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """A live hypothesis without any possible continuation is returned as finished; it dies."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        finished += [one for one in live if one[1] and not continuations(log_probs, bos, [one])]
        kept = best(continuations(log_probs, bos, live), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def more_asked_than_there_are(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """beam_size continuations are asked of topk even where there are fewer; keep as many as there are."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        if not live:
            break
        sums = torch.stack([total + log_probs((bos, *tokens)) for total, tokens in live])
        values, places = sums.flatten().topk(beam_size)
        kept = []
        for total, place in zip(values.tolist(), places.tolist(), strict=True):
            if total > -math.inf:
                kept.append((total, [*live[place // sums.shape[1]][1], place % sums.shape[1]]))
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


# What happens to those that end.


@answer("beam_search")
def finished_dropped(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Hypotheses that end in eos are removed and lost; keep them, and return them."""
    refuse(beam_size, max_len)
    _, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(live, alpha)


@answer("beam_search")
def finished_extended(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Hypotheses are continued after eos; one that ends in eos is finished and leaves the beam."""
    refuse(beam_size, max_len)
    live = [(0.0, [])]
    for _ in range(max_len):
        live = best(continuations(log_probs, bos, live), beam_size)
    return best_first(live, alpha)


@answer("beam_search")
def finished_keep_their_places(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Finished hypotheses stay in the beam and compete with the live ones; they leave it, and all are returned."""
    refuse(beam_size, max_len)
    beam = [(0.0, [])]
    for step in range(max_len):
        finished = ended(beam, eos) if step else []
        live = going_on(beam, eos) if step else beam
        beam = best(finished + continuations(log_probs, bos, live), beam_size)
    return best_first(beam, alpha)


@answer("beam_search")
def finished_compete_by_score(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The beam is cut by normalised score, with finished hypotheses in it; cut the live ones by their sums alone."""
    refuse(beam_size, max_len)
    beam = [(0.0, [])]
    for step in range(max_len):
        finished = ended(beam, eos) if step else []
        live = going_on(beam, eos) if step else beam
        pool = finished + continuations(log_probs, bos, live)
        pool.sort(key=lambda h: h[0] / len(h[1]) ** alpha, reverse=True)
        beam = pool[:beam_size]
    return best_first(beam, alpha)


@answer("beam_search")
def beam_shrinks(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Each finished hypothesis makes the beam smaller for good; the next step keeps beam_size again."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = best(continuations(log_probs, bos, live), beam_size - len(finished))
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def places_refilled_at_once(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The place of a finished hypothesis is filled in the same step; it stays empty until the next one."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = continuations(log_probs, bos, live)
        finished += ended(best(grown, beam_size), eos)
        live = best(going_on(grown, eos), beam_size)
    return best_first(finished + live, alpha)


@answer("beam_search")
def every_eos_finishes(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Every continuation by eos is taken as finished; it has to be among the beam_size best like any other."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = continuations(log_probs, bos, live)
        finished += ended(grown, eos)
        live = best(going_on(grown, eos), beam_size)
    return best_first(finished + live, alpha)


@answer("beam_search")
def eos_costs_nothing(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The log-probability of eos is missing from the sum of a finished hypothesis; it counts like any other."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        before = {tuple(tokens): total for total, tokens in live}
        kept = best(continuations(log_probs, bos, live), beam_size)
        finished += [(before[tuple(tokens[:-1])], tokens) for _, tokens in ended(kept, eos)]
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


# When the search ends.


@answer("beam_search")
def first_finished_taken(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The search stops at the first finished hypothesis; go on while any is live."""
    refuse(beam_size, max_len)
    live = [(0.0, [])]
    for _ in range(max_len):
        kept = best(continuations(log_probs, bos, live), beam_size)
        if ended(kept, eos):
            return best_first(ended(kept, eos), alpha)
        live = kept
    return best_first(live, alpha)


@answer("beam_search")
def stops_when_the_best_finishes(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The search stops as soon as the best hypothesis of the beam ends in eos; go on while any is live."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = best(continuations(log_probs, bos, live), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
        if kept and kept[0][1][-1] == eos:
            return best_first(finished, alpha)
    return best_first(finished + live, alpha)


@answer("beam_search")
def stops_at_beam_size_finished(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The search stops once beam_size hypotheses are finished; go on while any is live."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = best(continuations(log_probs, bos, live), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
        if len(finished) >= beam_size:
            return best_first(finished, alpha)
    return best_first(finished + live, alpha)


@answer("beam_search")
def stops_early_and_keeps_the_live(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Once beam_size hypotheses are finished, the live ones are taken as they are; go on while any is live."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = best(continuations(log_probs, bos, live), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
        if len(finished) >= beam_size:
            break
    return best_first(finished + live, alpha)


@answer("beam_search")
def one_step_too_many(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """max_len + 1 tokens are generated; stop after max_len, bos not counted."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len + 1)
    return best_first(finished + live, alpha)


@answer("beam_search")
def bos_counted_in_max_len(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """One step is missing, as if bos counted in max_len; max_len tokens are generated after it."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len - 1)
    return best_first([h for h in finished + live if h[1]], alpha)


@answer("beam_search")
def live_lost_at_max_len(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """What is still live after max_len tokens is thrown away; it counts as finished."""
    refuse(beam_size, max_len)
    finished, _ = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished, alpha)


@answer("beam_search")
def live_only_where_none_finished(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """What is live after max_len tokens counts only where nothing has finished; it counts in any case."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished or live, alpha)


@answer("beam_search")
def lost_without_live_ones(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The search breaks down in the step after the last live hypothesis is gone; it ends there."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        sums = torch.stack([total + log_probs((bos, *tokens)) for total, tokens in live])
        values, places = sums.flatten().sort(descending=True)
        kept = []
        for total, place in list(zip(values.tolist(), places.tolist(), strict=True))[:beam_size]:
            if total > -math.inf:
                kept.append((total, [*live[place // sums.shape[1]][1], place % sums.shape[1]]))
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


# The score.


@answer("beam_search")
def no_length_penalty(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The score is the plain sum; divide it by len(tokens)**alpha."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, 0)


@answer("beam_search")
def plain_mean(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The sum is divided by the length and alpha is ignored; divide by len(tokens)**alpha."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, 1)


@answer("beam_search")
def alpha_fixed(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The length penalty always uses 0.75; use the alpha that is passed."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, 0.75)


@answer("beam_search")
def another_default_of_alpha(log_probs, bos, eos, beam_size, max_len, alpha=0.7):
    """alpha is not 0.75 where none is passed."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, alpha)


@answer("beam_search")
def multiplied_by_the_penalty(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The sum is multiplied by len(tokens)**alpha; divide by it."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, -alpha)


@answer("beam_search")
def alpha_times_length(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The sum is divided by alpha times the length; alpha is an exponent: divide by len(tokens)**alpha."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    scored = [(tokens, total / (alpha * len(tokens))) for total, tokens in finished + live]
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


@answer("beam_search")
def bos_counted_in_the_length(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """bos counts in the length penalty; only the generated tokens do."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    scored = [(tokens, total / (1 + len(tokens)) ** alpha) for total, tokens in finished + live]
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


@answer("beam_search")
def eos_left_out_of_the_length(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """eos does not count in the length penalty; it is a generated token like any other."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    scored = [
        (tokens, total / max(1, len(tokens) - (tokens[-1] == eos)) ** alpha)
        for total, tokens in finished + live
    ]
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


@answer("beam_search")
def another_length_penalty(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """This is the penalty ((5 + length) / 6)**alpha of a well-known system; here it is length**alpha."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    scored = [(tokens, total / ((5 + len(tokens)) / 6) ** alpha) for total, tokens in finished + live]
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


@answer("beam_search")
def live_ones_not_normalised(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Hypotheses still live at the end get their plain sum as a score; divide theirs by len(tokens)**alpha, too."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    scored = best_first(finished, alpha) + best_first(live, 0)
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


@answer("beam_search")
def score_is_a_probability(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The score is made from the probability of the sequence; make it from the sum of log-probabilities."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first([(math.exp(total), tokens) for total, tokens in finished + live], alpha)


@answer("beam_search")
def score_is_a_cost(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The score has the wrong sign: it is a sum of log-probabilities, at most 0, and the highest is the best."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return [(tokens, -score) for tokens, score in best_first(finished + live, alpha)]


@answer("beam_search")
def score_is_a_tensor(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The score is a tensor of one element; return a float."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return [(tokens, torch.tensor(score)) for tokens, score in best_first(finished + live, alpha)]


# What is returned, and in which order.


@answer("beam_search")
def bos_included(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The tokens returned begin with bos; return the generated ones only."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return [([bos, *tokens], score) for tokens, score in best_first(finished + live, alpha)]


@answer("beam_search")
def eos_cut_off(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """eos is cut off the tokens returned; it belongs to them."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return [([t for t in tokens if t != eos], score) for tokens, score in best_first(finished + live, alpha)]


@answer("beam_search")
def in_the_order_of_finishing(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Hypotheses are returned in the order in which they finished; the highest score comes first."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return [(tokens, total / len(tokens) ** alpha) for total, tokens in finished + live]


@answer("beam_search")
def worst_first(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Hypotheses are returned with the lowest score first; the highest comes first."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, alpha)[::-1]


@answer("beam_search")
def sorted_by_sum(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Hypotheses are returned in the order of their sums; order them by score."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return [(tokens, total / len(tokens) ** alpha) for total, tokens in sorted(finished + live, reverse=True)]


@answer("beam_search")
def only_the_best(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Only the best hypothesis is returned; return all that finished."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, alpha)[:1]


@answer("beam_search")
def only_beam_size_returned(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """At most beam_size hypotheses are returned; return all that finished."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, alpha)[:beam_size]


@answer("beam_search")
def one_pair_instead_of_a_list(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The best hypothesis alone is returned, outside of any list; return the list of all that finished."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return max(best_first(finished + live, alpha), key=lambda pair: pair[1], default=None)


# Arguments.


@answer("beam_search")
def sizes_not_checked(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """A beam_size or max_len below 1 is not refused; raise ValueError."""
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first([h for h in finished + live if h[1]], alpha)


@answer("beam_search")
def max_len_not_checked(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """A max_len below 1 is not refused; raise ValueError for it, as for beam_size."""
    refuse(beam_size, 1)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first([h for h in finished + live if h[1]], alpha)


@answer("beam_search")
def beam_size_not_checked(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """A beam_size below 1 is not refused; raise ValueError for it, as for max_len."""
    refuse(1, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, alpha)


@answer("beam_search")
def asserted_instead_of_raised(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """A bad beam_size or max_len is met with an assertion or another error; raise ValueError."""
    assert beam_size >= 1, beam_size
    assert max_len >= 1, max_len
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, alpha)
