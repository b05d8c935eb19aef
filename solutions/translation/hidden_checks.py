"""Checks that only graders have: padding and masks, the loss, the searches, BLEU."""

import itertools
import math
from functools import partial

import torch

from autograder.calls import Call
from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    assert_matches,
    randn,
)
from autograder.errors import CheckFailed
from autograder.helpers import history_log_probs, markov_log_probs, with_arguments

NAN, INF = math.nan, math.inf
FAR = 3e-3  # what is graded is not to hang on rounding: sums and scores that compete are at least this far apart


def markov(size, seed, dtype=torch.float64, sharpness=1.0):
    """Return a random model that looks at the last token only."""
    table = (sharpness * randn(size, size, seed=seed)).log_softmax(1).to(dtype)
    return partial(markov_log_probs, table=table)


def table(*rows):
    """Return the model whose row i holds the probabilities of what follows token i."""
    return partial(markov_log_probs, table=torch.tensor(rows, dtype=torch.float64).log())


# truncate_pad


def test_truncate_pad_lengths(truncate_pad):
    """Every length from 0 on is brought to num_steps, with the tokens in their order."""
    cases = list(itertools.product(range(7), range(1, 7)))
    found = [truncate_pad([10 + 3 * i for i in range(length)], n, 4) for length, n in cases]
    expected = [[10 + 3 * i if i < length else 4 for i in range(n)] for length, n in cases]
    assert_matches(found, expected, what="the results of 42 calls")


def test_truncate_pad_inside(truncate_pad):
    """A token that happens to be pad is a token like others, and so is one that stands there twice."""
    assert_matches(truncate_pad([5, 0, 5, 0, 0], 7, 0), [5, 0, 5, 0, 0, 0, 0])
    assert_matches(truncate_pad([0, 5, 5, 0, 7, 0], 4, 0), [0, 5, 5, 0])
    assert_matches(truncate_pad([0, 3, 0], 5, 6), [0, 3, 0, 6, 6])


def test_truncate_pad_leaves_tokens(truncate_pad):
    """The list of tokens itself is not changed."""
    driven = truncate_pad.driven_by(with_arguments)
    found = driven([3, 1, 4], 5, 0), driven([3, 1, 4, 2], 2, 0)
    expected = ([3, 1, 4, 0, 0], [[3, 1, 4], 5, 0]), ([3, 1], [[3, 1, 4, 2], 2, 0])
    assert_matches(found, expected, what="results and arguments of two calls")


def test_truncate_pad_keywords(truncate_pad):
    """The arguments may be given by name."""
    assert_matches(truncate_pad(pad=8, num_steps=3, tokens=[2]), [2, 8, 8])


# sequence_mask


def test_sequence_mask_axes(sequence_mask, reference):
    """x may have two, three, four or more axes, of any size."""
    for shape in ((3, 5), (2, 5, 3), (4, 3, 5, 2), (3, 3, 3), (1, 4, 1), (5, 1, 2), (2, 3, 1, 2, 2)):
        x = randn(*shape, seed=len(shape))
        agree(sequence_mask, reference, x, torch.tensor([1, 3, 2, 1, 0][: shape[0]]), 0.5)


def test_sequence_mask_ends(sequence_mask, reference):
    """A valid_len of 0 leaves nothing of a row, and one of T or more leaves all of it."""
    x = randn(5, 4, 2, seed=1)
    agree(sequence_mask, reference, x, torch.tensor([0, 4, 7, 2, 3]))
    agree(sequence_mask, reference, x, torch.tensor([5, 5, 0, 6, 1]), -1.0)
    agree(sequence_mask, reference, x, torch.tensor([0, 0, 0, 0, 0]), -1.0)


def test_sequence_mask_integers(sequence_mask, reference):
    """x may hold integers, and the result then has their dtype."""
    x = torch.arange(1, 13).reshape(3, 4)
    for dtype in (torch.int64, torch.int32):
        agree(sequence_mask, reference, x.to(dtype), torch.tensor([3, 0, 1]))
        agree(sequence_mask, reference, x.to(dtype), torch.tensor([2, 4, 1]), -5)


def test_sequence_mask_dtype(sequence_mask, reference):
    """The result has the dtype of x."""
    for dtype in (torch.float32, torch.float64, torch.float16):
        agree(sequence_mask, reference, randn(3, 4, seed=2, dtype=dtype), torch.tensor([3, 1, 2]), 2.5)


def test_sequence_mask_gradient(sequence_mask, reference):
    """The gradient reaches the valid steps of x, and is 0 at the others, whatever stands there."""
    x = randn(3, 5, 2, seed=3)
    agree_in_gradient(sequence_mask, reference, x, torch.tensor([2, 5, 1]))
    x[0, 2:] = NAN
    x[2, 1, 0], x[2, 3, 1] = INF, -INF
    agree_in_gradient(sequence_mask, reference, x, torch.tensor([2, 5, 1]), 1.5)


def test_sequence_mask_infinite_value(sequence_mask, reference):
    """The value may be infinite."""
    x = randn(3, 4, seed=4)
    agree(sequence_mask, reference, x, torch.tensor([3, 1, 4]), -INF)


def test_sequence_mask_valid_steps(sequence_mask):
    """Valid steps stay as they are, whatever stands there."""
    x = torch.tensor([[INF, 2.0, NAN, 1.0], [NAN, -INF, 1.0, NAN]], dtype=torch.float64)
    expected = torch.tensor([[INF, 2.0, NAN, 0.0], [NAN, -INF, 0.0, 0.0]], dtype=torch.float64)
    assert_matches(sequence_mask(x, torch.tensor([3, 2])), expected)


def test_sequence_mask_layout(sequence_mask, reference):
    """x need not be contiguous, and the arguments may be given by name."""
    x = randn(2, 5, 3, seed=5).transpose(0, 2)
    agree(sequence_mask, reference, x=x, valid_len=torch.tensor([4, 1, 2]), value=3.0)
    x = randn(3, 4, 2, 5, seed=15).transpose(2, 3)
    agree(sequence_mask, reference, x=x, valid_len=torch.tensor([2, 4, 1]), value=3.0)


def test_sequence_mask_leaves_x(sequence_mask):
    """x itself is not changed."""
    assert_inputs_unchanged(sequence_mask, randn(3, 4, 2, seed=6), torch.tensor([1, 4, 2]), 9.0)


def test_sequence_mask_device(sequence_mask):
    """What is compared with the lengths is made on the device of x."""
    assert_device(sequence_mask, randn(3, 4, 2, seed=7), torch.tensor([1, 4, 2]))


# masked_cross_entropy


def loss_inputs(n, T, V, seed, dtype=torch.float64):
    """Return random logits and labels."""
    labels = torch.randint(V, (n, T), generator=torch.Generator().manual_seed(seed))
    return 2 * randn(n, T, V, seed=seed, dtype=dtype), labels


def test_masked_cross_entropy_all_valid(masked_cross_entropy):
    """Without padding the loss is cross-entropy as everyone knows it."""

    def ordinary(logits, labels, valid_len):
        return torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels)

    for n, T, V in ((3, 4, 5), (1, 1, 2), (4, 1, 3), (3, 3, 3)):
        logits, labels = loss_inputs(n, T, V, seed=T)
        agree(masked_cross_entropy, ordinary, logits, labels, torch.full((n,), T))


def test_masked_cross_entropy_lengths(masked_cross_entropy, reference):
    """All valid tokens of the batch weigh the same, whichever sequence they are in."""
    logits, labels = loss_inputs(4, 5, 3, seed=10)
    for lengths in ([5, 1, 2, 3], [1, 5, 1, 1], [4, 4, 0, 1], [0, 0, 1, 0]):
        agree(masked_cross_entropy, reference, logits, labels, torch.tensor(lengths))


def test_masked_cross_entropy_gradient(masked_cross_entropy, reference):
    """The gradient at valid logits is that of the mean over all valid tokens."""
    logits, labels = loss_inputs(3, 4, 5, seed=11)
    agree_in_gradient(masked_cross_entropy, reference, logits, labels, torch.tensor([4, 1, 2]))


def test_masked_cross_entropy_wild_padding(masked_cross_entropy, reference):
    """NaN and infinities in the logits of padding are found neither in the loss nor in any gradient."""
    logits, labels = loss_inputs(3, 4, 5, seed=12)
    valid_len = torch.tensor([2, 4, 1])
    for wild in (NAN, INF, -INF):
        logits[0, 2, 1], logits[0, 3], logits[2, 1:, 3] = wild, wild, wild
        agree_in_gradient(masked_cross_entropy, reference, logits, labels, valid_len)


def test_masked_cross_entropy_gradient_of_padding(masked_cross_entropy):
    """The gradient at the logits of padding is exactly 0."""
    logits, labels = loss_inputs(3, 4, 2, seed=13)
    call = Call("masked_cross_entropy", (logits, labels, torch.tensor([1, 3, 2])))
    call.cotangents = [torch.ones((), dtype=torch.float64)]
    reply = masked_cross_entropy.ask(call)
    assert_matches(reply.result, torch.zeros(()).double(), tolerance=100.0)
    gradient = torch.zeros_like(logits) if reply.gradients[0] is None else reply.gradients[0]
    padding = torch.cat([gradient[0, 1:], gradient[1, 3:], gradient[2, 2:]])
    if not torch.equal(padding, torch.zeros_like(padding)):
        raise CheckFailed("gradient", "0 at all padding", f"up to {padding.abs().max():.3g}")


def test_masked_cross_entropy_nothing_valid(masked_cross_entropy):
    """Where nothing is valid, the loss is 0 and so is every gradient, whatever the logits are."""
    logits, labels = loss_inputs(3, 2, 4, seed=14)
    nothing = torch.zeros(3, dtype=torch.int64)
    agree_in_gradient(masked_cross_entropy, lambda x, *_: 0 * x.sum(), logits, labels, nothing)
    logits[1] = NAN
    agree(masked_cross_entropy, lambda x, *_: x.new_zeros(()), logits, labels, nothing)


def test_masked_cross_entropy_dtype(masked_cross_entropy, reference):
    """The loss has the dtype of the logits, also where nothing is valid."""
    for dtype, lengths in itertools.product((torch.float32, torch.float64), ([3, 1], [0, 0])):
        logits, labels = loss_inputs(2, 3, 4, seed=15, dtype=dtype)
        agree(masked_cross_entropy, reference, logits, labels, torch.tensor(lengths))


def test_masked_cross_entropy_layout(masked_cross_entropy, reference):
    """Logits need not be contiguous, and the arguments may be given by name."""
    logits, labels = loss_inputs(4, 3, 5, seed=16)
    case = {"logits": logits.transpose(0, 1), "labels": labels.T, "valid_len": torch.tensor([2, 4, 1])}
    agree(masked_cross_entropy, reference, **case)


def test_masked_cross_entropy_leaves_inputs(masked_cross_entropy):
    """Logits, labels and lengths are not changed."""
    logits, labels = loss_inputs(2, 3, 4, seed=17)
    assert_inputs_unchanged(masked_cross_entropy, logits, labels, torch.tensor([1, 3]))
    assert_inputs_unchanged(masked_cross_entropy, logits, labels, torch.tensor([0, 0]))


def test_masked_cross_entropy_device(masked_cross_entropy):
    """What is compared with the lengths is made on the device of the logits."""
    logits, labels = loss_inputs(2, 3, 4, seed=18)
    assert_device(masked_cross_entropy, logits, labels, torch.tensor([1, 3]))


# greedy_search


def step_by_step(log_probs, bos, eos, max_len):
    """Search greedily, and insist that the best token is far ahead of the second."""
    tokens = []
    for _ in range(max_len):
        row = log_probs((bos, *tokens)).double()
        ranking = sorted(range(len(row)), key=lambda token: -row[token].item())
        assert row[ranking[0]] - row[ranking[1]] > FAR, "nearly a tie"
        tokens = [*tokens, ranking[0]]
        if ranking[0] == eos:
            return tokens
    return tokens


def test_greedy_search_many_models(greedy_search):
    """The search is right for other models, other ids of bos and eos, and another max_len."""
    lengths = set()
    for seed, bos, eos, max_len in ((1, 2, 4, 9), (2, 6, 0, 5), (3, 0, 5, 12), (7, 3, 2, 6), (10, 4, 1, 8)):
        case = (markov(7, seed), bos, eos, max_len)
        expected = step_by_step(*case)
        lengths.add(len(expected) - max_len)
        assert_matches(greedy_search(*case), expected)
    assert len(lengths) > 2, "all searches end alike"


def test_greedy_search_reads_the_whole_prefix(greedy_search):
    """The model is asked about whole prefixes, from bos to the latest token."""
    rows = iter((1.5 * randn(25, 4, seed=12)).log_softmax(1))
    tables = {
        " ".join(map(str, (3, *tokens))): next(rows)
        for length in range(3)
        for tokens in itertools.product(range(4), repeat=length)
    }
    tables.update({token: next(rows) for token in "012"})  # what an answer meets that leaves bos out
    default = next(rows)
    cases = [(partial(history_log_probs, tables=tables, default=default), 3, eos, 3) for eos in (0, 1, 2)]
    found, expected = [greedy_search(*case) for case in cases], [step_by_step(*case) for case in cases]
    assert_matches(found, expected, what="the results of three calls")


def test_greedy_search_ties(greedy_search):
    """The smaller id wins a tie also where one of the two is eos, and where three are equal."""
    rows = ((0.1, 0.3, 0.3, 0.3), (0.3, 0.1, 0.3, 0.3), (0.1, 0.1, 0.4, 0.4), (0.35, 0.15, 0.15, 0.35))
    for eos, expected in ((1, [1]), (2, [1, 0, 1, 0]), (3, [1, 0, 1, 0]), (0, [1, 0])):
        assert_matches(greedy_search(table(*rows), 0, eos, 4), expected)
    assert_matches(greedy_search(table(*rows), 2, 3, 4), [2, 2, 2, 2])
    assert_matches(greedy_search(table(*rows), 3, 0, 4), [0])


def test_greedy_search_eos_at_once(greedy_search):
    """eos may be the very first token, or the last one that max_len has room for."""
    rows = ((0.1, 0.2, 0.6, 0.1), (0.1, 0.1, 0.2, 0.6), (0.1, 0.6, 0.2, 0.1), (0.1, 0.2, 0.1, 0.6))
    for eos, max_len, expected in ((2, 1, [2]), (2, 5, [2]), (1, 2, [2, 1]), (3, 3, [2, 1, 3])):
        assert_matches(greedy_search(table(*rows), 0, eos, max_len), expected)


def test_greedy_search_any_token(greedy_search):
    """Any token may be taken, bos and the one before too; tokens of log-probability -inf are not."""
    rows = ((0.0, 0.2, 0.8, 0.0), (0.6, 0.4, 0.0, 0.0), (0.7, 0.1, 0.0, 0.2), (0.0, 0.0, 0.4, 0.6))
    assert_matches(greedy_search(table(*rows), 0, 1, 4), [2, 0, 2, 0])
    assert_matches(greedy_search(table(*rows), 3, 1, 3), [3, 3, 3])


def test_greedy_search_float32(greedy_search):
    """Log-probabilities may be float32, and the arguments may be given by name."""
    case = {"log_probs": markov(5, 5, torch.float32), "bos": 0, "eos": 4, "max_len": 6}
    assert_matches(greedy_search(**case), step_by_step(**case))


# beam_search


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


def test_equals_are_all_found(beam_search):
    """Where the beam has room for all continuations, those with equal sums are all kept."""
    language = table(*[(0.0, 0.2, 0.4, 0.4)] * 4)
    assert_finds(
        beam_search(language, 0, 1, 12, 2), [([1], 0)] + [([a, b], 0) for a in (2, 3) for b in (1, 2, 3)]
    )


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


# viterbi


def random_chain(size, seed, sharpness=1.0, dtype=torch.float64):
    """Return a random chain: log-probabilities of the first state and of the transitions."""
    rows = (sharpness * randn(size + 1, size, seed=seed)).log_softmax(1).to(dtype)
    return rows[0], rows[1:]


def possible_chain(start, *rows):
    """Return a chain from its probabilities."""
    return torch.tensor(start, dtype=torch.float64).log(), torch.tensor(rows, dtype=torch.float64).log()


def sum_along(path, log_start, log_transition):
    """Return the log-probability of a path."""
    steps = (log_transition[a, b].item() for a, b in itertools.pairwise(path))
    return math.fsum([log_start[path[0]].item(), *steps])


def best_of_all(log_start, log_transition, length):
    """Try all paths, and insist that the best is far ahead of the second."""
    paths = itertools.product(range(len(log_start)), repeat=length)
    sums = {path: sum_along(path, log_start, log_transition) for path in paths}
    first, second = sorted(sums, key=sums.get, reverse=True)[:2]
    assert sums[first] - sums[second] > FAR, "nearly a tie"
    return list(first), sums[first]


def assert_is_a_best(found, log_start, log_transition, length, total, tolerance=1e-5):
    """Assert that a path is as good as the best, where there may be several, and that it is said to be."""
    try:
        path, log_prob = found
        ids = [type(state) is int and 0 <= state < len(log_start) for state in path]
        fits = isinstance(path, list | tuple) and len(ids) == length and all(ids)
        fits = fits and type(log_prob) in (int, float)
    except (TypeError, ValueError):
        fits = False
    assert_matches(fits, True, what="path and log_prob are what they should be")
    along = sum_along(path, log_start, log_transition)
    # Per step, since what is seen of a mistake is kept to eight digits.
    for what, number in (("log_prob", log_prob), ("the sum along the path", along)):
        assert_matches(number / length, total / length, what=f"{what}, over length", tolerance=tolerance)


def test_viterbi_against_all_paths(viterbi):
    """No path of the length is more probable than the one that is found."""
    for size, length, seed in ((3, 5, 1), (4, 4, 2), (5, 3, 3), (2, 8, 4), (3, 2, 5), (4, 5, 6), (4, 1, 7)):
        chain = random_chain(size, seed, sharpness=1.5)
        expected = best_of_all(*chain, length)
        assert_matches(viterbi(*chain, length), expected, tolerance=1e-5)


def test_viterbi_impossible_steps(viterbi):
    """States and steps of log-probability -inf are never part of the path, however improbable the others are."""
    small = 1e-13
    chains = (
        possible_chain((0.6, 0.4, 0.0), (0.0, 0.0, 1.0), (0.0, 0.7, 0.3), (0.6, 0.4, 0.0)),
        possible_chain((0.0, 0.0, 1.0), (0.5, 0.5, 0.0), (0.0, 0.0, 1.0), (0.3, 0.1, 0.6)),
        possible_chain((0.9, 0.1, 0.0), (0.0, 0.0, 0.0), (0.2, 0.0, 0.8), (0.0, 1.0, 0.0)),
        possible_chain((1.0, 0.0, 0.0), (0.0, 1 - small, small), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    )
    for chain, length in itertools.product(chains, (3, 4)):
        expected = best_of_all(*chain, length)
        assert_matches(viterbi(*chain, length), expected, tolerance=1e-5)


def test_viterbi_late_winner(viterbi):
    """A path that is far behind for many steps may be the best in the end."""
    # The first two states share what they have at each step; the third one keeps the little that it starts with.
    chain = possible_chain((0.5, 0.499, 0.001), (0.5, 0.5, 0.0), (0.5, 0.5, 0.0), (0.0, 0.0, 1.0))
    assert_matches(viterbi(*chain, 14), ([2] * 14, math.log(0.001)), tolerance=1e-5)


def test_viterbi_time(viterbi, reference):
    """The time grows with length * V**2, so a chain with too many paths to try is no trouble."""
    chain = random_chain(23, seed=8, sharpness=1.5)
    assert_is_a_best(viterbi(*chain, 50), *chain, 50, reference(*chain, 50)[1])


def test_viterbi_tiny_probabilities(viterbi, reference):
    """A path whose probability is too small for its dtype has a log-probability all the same."""
    chain = random_chain(20, seed=9, sharpness=0.05, dtype=torch.float32)
    total = reference(*(table.double() for table in chain), 60)[1]
    assert torch.tensor(total).exp() == 0, "not too small"
    assert_is_a_best(viterbi(*chain, 60), *chain, 60, total, tolerance=1e-4)


def test_viterbi_ties(viterbi, reference):
    """Where several paths are equally good, any of them is right, and it is one path from start to end."""
    two_ways = ((0.5, 0.5, 0.0), (0.0, 0.1, 0.9), (0.1, 0.0, 0.9), (0.5, 0.5, 0.0))
    two_circles = ((0.5, 0.5, 0, 0), (0, 0, 1.0, 0), (0, 0, 0, 1.0), (1.0, 0, 0, 0), (0, 1.0, 0, 0))
    alike = ((0.25,) * 4,) * 5
    for rows, length in ((two_ways, 4), (two_ways, 5), (two_circles, 4), (alike, 3)):
        chain = possible_chain(*rows)
        assert_is_a_best(viterbi(*chain, length), *chain, length, reference(*chain, length)[1])


def test_viterbi_float32(viterbi):
    """Log-probabilities may be float32, and the arguments may be given by name."""
    log_start, log_transition = random_chain(4, seed=11, sharpness=1.5, dtype=torch.float32)
    expected = best_of_all(log_start, log_transition, 5)
    found = viterbi(length=5, log_transition=log_transition, log_start=log_start)
    assert_matches(found, expected, tolerance=1e-4)


def test_viterbi_leaves_inputs(viterbi):
    """log_start and log_transition are not changed."""
    chain = random_chain(3, seed=12, sharpness=1.5)
    expected = (best_of_all(*chain, 4), [*chain, 4])
    assert_matches(viterbi.driven_by(with_arguments)(*chain, 4), expected, tolerance=1e-5)
    chain = possible_chain([0.3, 0.7, 0.0], [0.1, 0.9, 0.0], [0.6, 0.1, 0.3], [0.0, 0.8, 0.2])
    expected = (best_of_all(*chain, 3), [*chain, 3])
    assert_matches(viterbi.driven_by(with_arguments)(*chain, 3), expected, tolerance=1e-5)


# bleu


def test_bleu_random(bleu, reference):
    """BLEU is right for sentences of many lengths with many repetitions, and for k from 1 to 4."""
    for seed in range(40):
        generator = torch.Generator().manual_seed(seed)
        lengths = torch.randint(4, 12, (2,), generator=generator).tolist()
        prediction, sentence = (torch.randint(3, (n,), generator=generator).tolist() for n in lengths)
        for k in (1, 2, 3, 4):
            expected = reference(prediction, sentence, k)
            assert_matches(bleu(prediction, sentence, k), expected, tolerance=1e-6)


def test_bleu_exponents(bleu):
    """The exponent of p_n is 1/2, 1/4, 1/8, … for n = 1, 2, 3, …"""
    prediction, sentence = list("abcdxfgh"), list("abcdefgh")
    precisions = (7 / 8, 5 / 7, 3 / 6, 1 / 5)
    for k in (4, 3, 2, 1):  # the largest first: it tells most series of exponents apart
        expected = math.prod(p ** (1 / 2 ** (n + 1)) for n, p in enumerate(precisions[:k]))
        assert_matches(bleu(prediction, sentence, k), expected, tolerance=1e-6)


def test_bleu_long_predictions(bleu):
    """A prediction that is longer than the reference has no other punishment than its precision."""
    prediction, sentence = list("abcdxy"), list("abcd")
    expected = (4 / 6) ** 0.5 * (3 / 5) ** 0.25
    assert_matches(bleu(prediction, sentence, 2), expected, tolerance=1e-6)


def test_bleu_repeated_pairs(bleu):
    """Repeated n-grams of the prediction count each time, for longer n-grams, too, and match as often as they can."""
    # Of seven pairs, ab is there four times and ba three times; the reference holds ab three times and ba once.
    prediction, sentence = list("abababab"), list("abcabab")
    expected = math.sqrt(6 / 8) * (4 / 7) ** 0.25
    assert_matches(bleu(prediction, sentence, 2), expected, tolerance=1e-6)


def test_bleu_tokens_stand_apart(bleu):
    """Tokens are compared as tokens: ab, c is not a, bc."""
    assert_matches(bleu(["ab", "c", "d"], ["a", "bc", "d"], 2), 0.0)
    assert_matches(bleu(["a b", "c", "d"], ["a", "b c", "d"], 2), 0.0)
    assert_matches(bleu([1, 12, 3], [11, 2, 3], 2), 0.0)
    assert_matches(bleu(["La", "la", "the"], ["la", "La", "The"], 1), math.sqrt(2 / 3), tolerance=1e-6)


def test_bleu_any_tokens(bleu):
    """Tokens may be of any hashable kind: numbers, pairs, None."""
    prediction, sentence = [(1, "a"), None, 7, "b", (2,)], [(1, "a"), None, 8, "b", (2,)]
    expected = math.sqrt(4 / 5) * (2 / 4) ** 0.25
    assert_matches(bleu(prediction, sentence, 2), expected, tolerance=1e-6)


def test_bleu_nothing_in_common(bleu):
    """BLEU is 0 where for some n no n-gram is matched, also because the reference has none."""
    for prediction, sentence, k in (("abc", "xyz", 1), ("abc", "cba", 2), ("abcd", "ab", 3), ("ab", "", 1)):
        assert_matches(bleu(list(prediction), list(sentence), k), 0.0)


def test_bleu_just_long_enough(bleu):
    """A prediction of k tokens has one n-gram of that length."""
    assert_matches(bleu(["a", "b", "c"], ["a", "b", "c"], 3), 1.0, tolerance=1e-6)
    assert_matches(bleu(["a", "b"], ["x", "a", "b"], 2), math.exp(-0.5), tolerance=1e-6)


def test_bleu_leaves_sentences(bleu):
    """The lists of tokens are not changed, and the arguments may be given by name."""
    prediction, sentence = list("abcb"), list("abab")
    expected = math.sqrt(3 / 4) * (1 / 3) ** 0.25
    driven = bleu.driven_by(with_arguments)(prediction, sentence, 2)
    assert_matches(driven, (expected, [prediction, sentence, 2]), tolerance=1e-6)
    assert_matches(bleu(k=2, reference=sentence, prediction=prediction), expected, tolerance=1e-6)
