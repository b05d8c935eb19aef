"""Checks that students have: padding and masks, the loss, the searches, BLEU."""

import math
from functools import partial

import torch

from autograder.checking import agree, assert_matches, assert_raises
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
# The weather: sun, clouds, rain. It starts in the row START, and tomorrow's depends on today's.
START = [0.5, 0.2, 0.3]
WEATHER = [[0.4, 0.35, 0.25], [0.3, 0.3, 0.4], [0.05, 0.15, 0.8]]
NAN, INF = math.nan, math.inf


def model(rows):
    """Return the model that a table of probabilities describes."""
    return partial(markov_log_probs, table=numbers(rows).log())


def numbers(rows):
    """Return nested lists of numbers as a float64 tensor."""
    return torch.tensor(rows, dtype=torch.float64)


# truncate_pad


def test_truncate_pad_value(truncate_pad):
    """A long sentence is cut at its end, and a short one is filled up at its end with pad."""
    assert_matches(truncate_pad([7, 3, 5], 5, 9), [7, 3, 5, 9, 9])
    assert_matches(truncate_pad([4, 8, 6, 2, 5], 3, 9), [4, 8, 6])


def test_truncate_pad_that_fits(truncate_pad):
    """A sentence of num_steps tokens stays as it is."""
    assert_matches(truncate_pad([6, 2, 8, 1], 4, 0), [6, 2, 8, 1])


def test_truncate_pad_words(truncate_pad):
    """Tokens may be words."""
    assert_matches(truncate_pad(["il", "dort", "."], 4, "<pad>"), ["il", "dort", ".", "<pad>"])
    assert_matches(truncate_pad(["il", "dort", "."], 2, "<pad>"), ["il", "dort"])


# sequence_mask


def test_sequence_mask_value(sequence_mask):
    """In row i, the steps at and past valid_len[i] become 0, and those before stay."""
    x = numbers([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]])
    expected = numbers([[1.0, 0.0, 0.0, 0.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 0.0]])
    assert_matches(sequence_mask(x, torch.tensor([1, 4, 3])), expected)


def test_sequence_mask_given_value(sequence_mask):
    """The steps at and past valid_len become the value that is given."""
    x = numbers([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    expected = numbers([[1.0, 2.0, -7.5], [4.0, -7.5, -7.5]])
    assert_matches(sequence_mask(x, torch.tensor([2, 1]), -7.5), expected)


def test_sequence_mask_more_axes(sequence_mask):
    """Where x has a third axis, steps are still counted along the second one."""
    x = numbers([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]])
    expected = numbers([[[1, 2], [3, 4], [0, 0]], [[7, 8], [0, 0], [0, 0]]])
    assert_matches(sequence_mask(x, torch.tensor([2, 1])), expected)


def test_sequence_mask_nan(sequence_mask):
    """A step past valid_len becomes value even where NaN or an infinity stood there."""
    x = numbers([[1.0, NAN, INF], [2.0, 3.0, -INF]])
    expected = numbers([[1.0, 0.0, 0.0], [2.0, 3.0, 0.0]])
    assert_matches(sequence_mask(x, torch.tensor([1, 2])), expected)


# masked_cross_entropy


def test_masked_cross_entropy_value(masked_cross_entropy):
    """The loss is the mean of -log P(label) over all valid tokens of the batch."""
    probabilities = [
        [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25]],
        [[0.2, 0.5, 0.2, 0.1], [0.1, 0.1, 0.4, 0.4], [0.6, 0.2, 0.1, 0.1]],
    ]
    logits = numbers(probabilities).log() + numbers([[[1.0], [0.0], [-2.0]], [[0.5], [3.0], [-1.0]]])
    labels = torch.tensor([[2, 0, 1], [3, 2, 1]])
    expected = -(math.log(0.3) + math.log(0.7) + math.log(0.25) + math.log(0.1)) / 4
    assert_matches(masked_cross_entropy(logits, labels, torch.tensor([3, 1])), numbers(expected))


def test_masked_cross_entropy_padding(masked_cross_entropy):
    """Logits and labels of padding change nothing."""
    logits = numbers([[[0.0, math.log(3)], [5.0, -2.0], [8.0, 1.0]]])
    for label in (0, 1):
        labels = torch.tensor([[1, label, label]])
        agree(masked_cross_entropy, lambda *_: numbers(math.log(4 / 3)), logits, labels, torch.tensor([1]))


def test_masked_cross_entropy_of_nothing(masked_cross_entropy):
    """Where no token is valid, the loss is 0."""
    logits = numbers([[[1.0, 2.0, 3.0]], [[2.0, 0.0, 1.0]]])
    loss = masked_cross_entropy(logits, torch.tensor([[0], [1]]), torch.tensor([0, 0]))
    assert_matches(loss, numbers(0.0))


# greedy_search


def test_greedy_search_value(greedy_search):
    """In each step the most probable token is taken, until it is eos, which belongs to the result."""
    assert_matches(greedy_search(model(LANGUAGE), 0, 1, 6), [2, 1])
    assert_matches(greedy_search(model(LANGUAGE), 3, 1, 6), [4, 2, 1])


def test_greedy_search_max_len(greedy_search):
    """Where eos does not come, max_len tokens are generated."""
    assert_matches(greedy_search(model(ENDLESS), 0, 1, 3), [2, 4, 4])
    assert_matches(greedy_search(model(ENDLESS), 0, 1, 1), [2])


def test_greedy_search_tie(greedy_search):
    """Of equally probable tokens the one with the smaller id is taken."""
    rows = [[0.1, 0.1, 0.4, 0.4], [0.25] * 4, [0.1, 0.2, 0.2, 0.5], [0.1, 0.4, 0.4, 0.1]]
    assert_matches(greedy_search(model(rows), 0, 1, 5), [2, 3, 1])


# beam_search


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


# viterbi


def test_viterbi_value(viterbi):
    """The best sequence of states is found, with its log-probability."""
    expected = ([2, 2, 2, 2], math.log(0.3 * 0.8 * 0.8 * 0.8))
    assert_matches(viterbi(numbers(START).log(), numbers(WEATHER).log(), 4), expected, tolerance=1e-5)


def test_viterbi_way_back(viterbi):
    """The states before the last one are those that the best path came through."""
    rows = [[0.1, 0.5, 0.4], [0.2, 0.5, 0.3], [0.9, 0.02, 0.08]]
    expected = ([0, 2, 0, 1], math.log(0.8 * 0.4 * 0.9 * 0.5))
    assert_matches(viterbi(numbers([0.8, 0.1, 0.1]).log(), numbers(rows).log(), 4), expected, tolerance=1e-5)


def test_viterbi_length_1(viterbi):
    """Where length is 1, the most probable first state is the path."""
    expected = ([0], math.log(0.5))
    assert_matches(viterbi(numbers(START).log(), numbers(WEATHER).log(), 1), expected, tolerance=1e-5)


# bleu


def test_bleu_value(bleu):
    """The clipped precisions p_1 … p_k are multiplied, p_n to the power of 1 / 2**n."""
    prediction, reference = "le chat est sous la table".split(), "le chat est sur la table".split()
    assert_matches(bleu(prediction, reference, 1), math.sqrt(5 / 6), tolerance=1e-6)
    assert_matches(bleu(prediction, reference, 2), math.sqrt(5 / 6) * (3 / 5) ** 0.25, tolerance=1e-6)


def test_bleu_perfect(bleu):
    """A prediction that is the reference has BLEU 1."""
    sentence = "il ne dort pas .".split()
    for k in (1, 2, 4):
        assert_matches(bleu(sentence, sentence, k), 1.0, tolerance=1e-6)


def test_bleu_brevity(bleu):
    """A prediction that is shorter than the reference is punished by exp(1 - len(reference) / len(prediction))."""
    assert_matches(bleu(["je", "dors"], ["je", "dors", "bien", "."], 2), math.exp(-1), tolerance=1e-6)


def test_bleu_clips(bleu):
    """An n-gram is matched at most as often as the reference holds it."""
    assert_matches(
        bleu(["le", "le", "le", "le"], ["le", "chat", "et", "le"], 1), math.sqrt(2 / 4), tolerance=1e-6
    )


def test_bleu_too_short(bleu):
    """BLEU is 0 for an empty prediction, and for one that is too short to have n-grams for some n up to k."""
    assert_matches(bleu([], ["je", "dors"], 1), 0.0, tolerance=1e-6)
    assert_matches(bleu(["je", "dors"], ["je", "dors"], 3), 0.0, tolerance=1e-6)
