"""Checks that students have: beam_search."""

import math
from functools import partial

import torch

from autograder.checking import assert_matches, assert_raises
from autograder.helpers import markov_log_probs

# Token 0 is bos, 1 is eos; row i holds the probabilities of what follows token i. No two sums or scores that
# compete in these checks are closer than 0.05.
LANGUAGE = [
    [0.03, 0.05, 0.50, 0.30, 0.12],
    [0.20, 0.20, 0.20, 0.20, 0.20],
    [0.05, 0.60, 0.20, 0.10, 0.05],
    [0.05, 0.10, 0.20, 0.15, 0.50],
    [0.05, 0.30, 0.50, 0.10, 0.05],
]
ENDLESS = [
    [0.02, 0.02, 0.63, 0.29, 0.04],
    [0.20, 0.20, 0.20, 0.20, 0.20],
    [0.02, 0.02, 0.04, 0.38, 0.54],
    [0.02, 0.02, 0.15, 0.09, 0.72],
    [0.02, 0.02, 0.23, 0.31, 0.42],
]
HASTY = [
    [0.02, 0.16, 0.08, 0.64, 0.10],
    [0.20, 0.20, 0.20, 0.20, 0.20],
    [0.02, 0.16, 0.37, 0.19, 0.26],
    [0.02, 0.26, 0.37, 0.23, 0.12],
    [0.02, 0.28, 0.29, 0.23, 0.18],
]


def model(rows):
    """Return the model that a table of probabilities describes."""
    return partial(markov_log_probs, table=torch.tensor(rows, dtype=torch.float64).log())


def sequence(tokens, *probabilities, alpha):
    """Return what is expected of one finished hypothesis, from the probability of each of its tokens."""
    return tokens, sum(map(math.log, probabilities)) / len(tokens) ** alpha


def tokens_of(found):
    """Return the tokens of all hypotheses found, sorted by id; what is no list of pairs stays as it is."""
    try:
        return sorted(list(tokens) for tokens, _ in found)
    except (TypeError, ValueError):
        return found


def test_the_highest_sums_are_kept(beam_search):
    """Of all continuations of all live hypotheses, those with the highest sums of log-probabilities are kept."""
    found = beam_search(model(ENDLESS), 0, 1, 2, 3)
    assert_matches(tokens_of(found), [[2, 3, 4], [2, 4, 4]], what="all tokens found")


def test_score_has_a_length_penalty(beam_search):
    """The score of a hypothesis is its sum of log-probabilities over its number of tokens to the power of alpha."""
    for given, alpha in (({}, 0.75), ({"alpha": 1.0}, 1.0), ({"alpha": 0.0}, 0.0)):
        expected = [
            sequence([2, 1], 0.5, 0.6, alpha=alpha),
            sequence([3, 4], 0.3, 0.5, alpha=alpha),
        ]
        assert_matches(beam_search(model(LANGUAGE), 0, 1, 2, 2, **given), expected, tolerance=1e-5)


def test_the_highest_score_comes_first(beam_search):
    """Hypotheses are returned in the order of their scores, the highest first."""
    expected = [
        sequence([3, 4, 2], 0.3, 0.5, 0.5, alpha=3),
        sequence([3, 4, 1], 0.3, 0.5, 0.3, alpha=3),
        sequence([2, 1], 0.5, 0.6, alpha=3),
    ]
    assert_matches(beam_search(model(LANGUAGE), 0, 1, 2, 3, alpha=3), expected, tolerance=1e-5)


def test_a_finished_one_leaves_the_beam(beam_search):
    """A finished hypothesis takes up a place in the step in which it ends, and none in the steps after it."""
    found = [
        tokens_of(beam_search(model(rows), 0, 1, 2, steps)) for rows, steps in ((LANGUAGE, 3), (HASTY, 4))
    ]
    expected = [[[2, 1], [3, 4, 1], [3, 4, 2]], [[1], [3, 1], [3, 2, 2, 2], [3, 2, 2, 4]]]
    assert_matches(found, expected, what="all tokens found in two searches")


def test_live_ones_count_at_max_len(beam_search):
    """What is still live after max_len tokens counts as finished, whatever else has ended before."""
    found = beam_search(model(LANGUAGE), 0, 1, 4, 1)
    assert_matches(tokens_of(found), [[1], [2], [3], [4]], what="all tokens found")


def test_a_beam_of_one_is_greedy(beam_search):
    """With beam_size 1 the most probable token is taken in every step, until it is eos."""
    found = beam_search(model(LANGUAGE), 0, 1, 1, 6)
    assert_matches(tokens_of(found), [[2, 1]], what="all tokens found")


def test_beam_size_is_positive(beam_search):
    """A beam_size below 1 is refused with ValueError."""
    assert_raises(beam_search, model(LANGUAGE), 0, 1, 0, 3)
    assert_raises(beam_search, model(LANGUAGE), 0, 1, -2, 3)


def test_max_len_is_positive(beam_search):
    """A max_len below 1 is refused with ValueError."""
    assert_raises(beam_search, model(LANGUAGE), 0, 1, 2, 0)
    assert_raises(beam_search, model(LANGUAGE), 0, 1, 2, -1)
