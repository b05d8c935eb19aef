"""Checks that only graders have: beam_search."""

import itertools
import math
from functools import partial

import torch

from autograder.checking import assert_matches, randn
from autograder.helpers import history_log_probs, markov_log_probs

INF = math.inf
FAR = 3e-3  # what is graded is not to hang on rounding: sums and scores that compete are at least this far apart


def by_counting(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Rank each continuation by counting the better ones, with every sum made from scratch; insist on no near ties."""
    size = len(log_probs((bos,)))
    live, finished = [()], {}
    for length in range(1, max_len + 1):
        rivals = {}
        for tokens in ((*parent, token) for parent in live for token in range(size)):
            steps = (float(log_probs((bos, *tokens[:i]))[tokens[i]]) for i in range(length))
            rivals[tokens] = math.fsum(steps)
        possible = [total for total in rivals.values() if total > -INF]
        kept = {t: s for t, s in rivals.items() if s > -INF and sum(o > s for o in possible) < beam_size}
        left = [total for tokens, total in rivals.items() if total > -INF and tokens not in kept]
        assert len(kept) == min(beam_size, len(possible)), "a tie"
        assert not left or min(kept.values()) - max(left) > FAR, "nearly a tie"
        live = [tokens for tokens in kept if tokens[-1] != eos]
        finished.update({t: s for t, s in kept.items() if t[-1] == eos or length == max_len})
    scores = {tokens: total / len(tokens) ** alpha for tokens, total in finished.items()}
    ranking = sorted(scores, key=lambda tokens: -scores[tokens])
    assert all(scores[a] - scores[b] > FAR for a, b in itertools.pairwise(ranking)), "nearly a tie"
    return [(list(tokens), scores[tokens]) for tokens in ranking]


def markov(size, seed, dtype=torch.float64, sharpness=1.0):
    """Return a random model that looks at the last token only."""
    table = (sharpness * randn(size, size, seed=seed)).log_softmax(1).to(dtype)
    return partial(markov_log_probs, table=table)


def table(*rows):
    """Return the model whose row i holds the probabilities of what follows token i."""
    return partial(markov_log_probs, table=torch.tensor(rows, dtype=torch.float64).log())


def assert_finds(found, expected):
    """Assert that the same hypotheses are found; scores and their order are the affair of other checks."""
    try:
        found = sorted(list(tokens) for tokens, _ in found)
    except (TypeError, ValueError):
        pass  # no list of pairs: compared as it is
    assert_matches(found, sorted(tokens for tokens, _ in expected), what="all tokens found")


def test_all_parts_together(beam_search):
    """Hypotheses, scores and order are right for beams of several sizes, lengths and values of alpha."""
    for seed, beam_size, max_len, alpha in (
        (7, 3, 4, 0.75),
        (13, 4, 5, 1.3),
        (10, 2, 5, 0.4),
        (18, 5, 3, 2.0),
    ):
        case = (markov(4, seed), 2, 0, beam_size, max_len, alpha)
        assert_matches(beam_search(*case), by_counting(*case), tolerance=1e-5)


def test_longer_searches(beam_search, reference):
    """Longer searches over more tokens find the same hypotheses with the same scores."""
    for seed, bos, eos in ((38, 4, 6), (29, 0, 3)):
        case = (markov(7, seed), bos, eos, 3, 8)
        expected = reference(*case)
        assert len(by_counting(*case)) == len(expected), "the oracles differ"
        assert_matches(beam_search(*case), expected, tolerance=1e-5)


def test_the_model_reads_the_whole_prefix(beam_search):
    """The model is asked about whole prefixes, from bos to the latest token."""
    rows = iter((1.5 * randn(25, 4, seed=1)).log_softmax(1))
    tables = {
        " ".join(map(str, (3, *tokens))): next(rows)
        for length in range(3)
        for tokens in itertools.product(range(4), repeat=length)
    }
    tables.update({token: next(rows) for token in "012"})  # what an answer meets that leaves bos out
    language = partial(history_log_probs, tables=tables, default=next(rows))
    case = (language, 3, 1, 3, 3)
    assert_finds(beam_search(*case), by_counting(*case))


def test_the_impossible_is_never_kept(beam_search):
    """Continuations of probability 0 are not kept, even where the beam has room for them."""
    language = table(
        (0.0, 0.0, 0.7, 0.3, 0.0),
        (0.2, 0.2, 0.2, 0.2, 0.2),
        (0.0, 0.0, 0.0, 0.0, 1.0),
        (0.0, 0.0, 0.6, 0.0, 0.4),
        (0.0, 0.9, 0.0, 0.1, 0.0),
    )
    for beam_size, max_len in ((4, 2), (5, 4)):
        case = (language, 0, 1, beam_size, max_len)
        assert_finds(beam_search(*case), by_counting(*case))


def test_hypotheses_die(beam_search):
    """A live hypothesis that no token can continue dies, and the list is empty where all die before any finishes."""
    nothing = (0.0, 0.0, 0.0, 0.0)
    some = table((0.0, 0.1, 0.5, 0.4), nothing, nothing, (0.0, 0.3, 0.2, 0.5))
    all_later = table((0.0, 0.1, 0.5, 0.4), nothing, (0.0, 0.0, 0.0, 1.0), nothing)
    all_at_once = table((0.0, 0.0, 0.6, 0.4), nothing, nothing, nothing)
    for language, beam_size, max_len in (
        (some, 2, 3),
        (all_later, 3, 5),
        (all_later, 2, 4),
        (all_at_once, 2, 3),
    ):
        case = (language, 0, 1, beam_size, max_len)
        assert_finds(beam_search(*case), by_counting(*case))


def test_a_beam_may_be_wider_than_the_vocabulary(beam_search):
    """A beam with room for every continuation finds every sequence there is."""
    case = (markov(4, 8), 1, 2, 40, 2)
    assert_finds(beam_search(*case), by_counting(*case))


def test_the_search_goes_on_while_any_is_live(beam_search):
    """The search goes on after as many as beam_size have finished, and all that finish are returned."""
    language = table(
        (0.02, 0.40, 0.35, 0.23),
        (0.25, 0.25, 0.25, 0.25),
        (0.02, 0.60, 0.03, 0.35),
        (0.02, 0.45, 0.40, 0.13),
    )
    for max_len in (4, 7):
        case = (language, 0, 1, 2, max_len)
        assert_finds(beam_search(*case), by_counting(*case))


def test_one_token(beam_search):
    """The very first token may be eos, and max_len may be 1."""
    language = table(
        (0.05, 0.15, 0.55, 0.25), (0.1, 0.2, 0.3, 0.4), (0.25, 0.25, 0.25, 0.25), (0.1, 0.6, 0.2, 0.1)
    )
    for beam_size, max_len in ((1, 1), (3, 1), (1, 5)):
        case = (language, 0, 2, beam_size, max_len)
        assert_finds(beam_search(*case), by_counting(*case))


def test_the_search_ends_when_none_is_live(beam_search):
    """Where all hypotheses finish early, a large max_len changes nothing."""
    language = table(
        (0.0, 0.2, 0.5, 0.3), (0.25, 0.25, 0.25, 0.25), (0.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.0, 0.0)
    )
    case = (language, 0, 1, 3)
    assert_finds(beam_search(*case, 60), by_counting(*case, 4))


def test_float32(beam_search):
    """Log-probabilities may be float32."""
    case = (markov(4, 9, torch.float32), 3, 1, 3, 4)
    assert_matches(beam_search(*case), by_counting(*case), tolerance=1e-4)
