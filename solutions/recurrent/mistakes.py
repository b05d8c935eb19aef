"""Wrong answers that students give, each with the sentence they are told."""
# ruff: noqa: F811 -- names repeat from exercise to exercise

import math
from collections import Counter

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


# build_vocab


def counted(tokens):
    return Counter(token for token in tokens if token != "<unk>")


def in_order(counts):
    return sorted(counts, key=lambda token: (-counts[token], token))


def both_ways(listed):
    return listed, {token: idx for idx, token in enumerate(listed)}


@answer("build_vocab")
def unk_missing(tokens, min_freq=0):
    """The list lacks "<unk>", so the most frequent token stands at index 0."""
    counts = counted(tokens)
    return both_ways([token for token in in_order(counts) if counts[token] >= min_freq])


@answer("build_vocab")
def unk_at_the_end(tokens, min_freq=0):
    """ "<unk>" stands at the end of the list; it has index 0."""
    counts = counted(tokens)
    return both_ways([token for token in in_order(counts) if counts[token] >= min_freq] + ["<unk>"])


@answer("build_vocab")
def unk_of_the_text_listed_again(tokens, min_freq=0):
    """A "<unk>" in the text gets a second place in the list; it stands at index 0 and nowhere else."""
    counts = Counter(tokens)
    return both_ways(["<unk>"] + [token for token in in_order(counts) if counts[token] >= min_freq])


@answer("build_vocab")
def unk_where_its_frequency_puts_it(tokens, min_freq=0):
    """A "<unk>" in the text is sorted among the other tokens; it stands at index 0 in any case."""
    counts = Counter(tokens)
    listed = [token for token in in_order(counts) if counts[token] >= min_freq]
    return both_ways(listed if "<unk>" in listed else ["<unk>", *listed])


@answer("build_vocab")
def more_than_min_freq(tokens, min_freq=0):
    """Only tokens that occur more than min_freq times are kept; min_freq times is enough."""
    counts = counted(tokens)
    return both_ways(["<unk>"] + [token for token in in_order(counts) if counts[token] > min_freq])


@answer("build_vocab")
def min_freq_ignored(tokens, min_freq=0):
    """min_freq has no effect; tokens that occur fewer times are left out."""
    return both_ways(["<unk>", *in_order(counted(tokens))])


@answer("build_vocab")
def min_freq_for_the_size(tokens, min_freq=0):
    """min_freq is taken for the number of tokens to keep; it is how often a token has to occur."""
    return both_ways(["<unk>", *in_order(counted(tokens))[: min_freq or None]])


@answer("build_vocab")
def at_least_twice_by_default(tokens, min_freq=2):
    """min_freq is 2 where it is not given; its default is 0, so that all tokens are kept."""
    counts = counted(tokens)
    return both_ways(["<unk>"] + [token for token in in_order(counts) if counts[token] >= min_freq])


@answer("build_vocab")
def ties_as_they_come(tokens, min_freq=0):
    """Tokens that occur equally often stand in the order in which they come in the text; sort them."""
    listed = [token for token, count in counted(tokens).most_common() if count >= min_freq]
    return both_ways(["<unk>", *listed])


@answer("build_vocab")
def ties_in_reverse(tokens, min_freq=0):
    """Tokens that occur equally often stand in reverse order: reverse=True turns both parts of the key round."""
    counts = counted(tokens)
    listed = sorted(counts, key=lambda token: (counts[token], token), reverse=True)
    return both_ways(["<unk>"] + [token for token in listed if counts[token] >= min_freq])


@answer("build_vocab")
def ties_by_length(tokens, min_freq=0):
    """Tokens that occur equally often are sorted by their length; sort them as strings."""
    counts = counted(tokens)
    listed = sorted(counts, key=lambda token: (-counts[token], len(token), token))
    return both_ways(["<unk>"] + [token for token in listed if counts[token] >= min_freq])


@answer("build_vocab")
def ties_without_case(tokens, min_freq=0):
    """Ties are sorted as if capital letters were small; the sort order is that of the strings as they are."""
    counts = counted(tokens)
    listed = sorted(counts, key=lambda token: (-counts[token], token.lower(), token))
    return both_ways(["<unk>"] + [token for token in listed if counts[token] >= min_freq])


@answer("build_vocab")
def rarest_first(tokens, min_freq=0):
    """The rarest tokens come first; the most frequent ones do."""
    counts = counted(tokens)
    listed = sorted(counts, key=lambda token: (counts[token], token))
    return both_ways(["<unk>"] + [token for token in listed if counts[token] >= min_freq])


@answer("build_vocab")
def in_alphabetical_order(tokens, min_freq=0):
    """The tokens are sorted by their spelling alone; frequency comes first, spelling decides ties."""
    counts = counted(tokens)
    return both_ways(["<unk>"] + [token for token in sorted(counts) if counts[token] >= min_freq])


@answer("build_vocab")
def in_order_of_appearance(tokens, min_freq=0):
    """The tokens stand in the order in which they come in the text; the most frequent come first."""
    counts = counted(tokens)
    return both_ways(["<unk>"] + [token for token in counts if counts[token] >= min_freq])


@answer("build_vocab")
def made_lower_case(tokens, min_freq=0):
    """The tokens are turned into small letters; they are taken as they are."""
    counts = counted([token.lower() for token in tokens])
    return both_ways(["<unk>"] + [token for token in in_order(counts) if counts[token] >= min_freq])


@answer("build_vocab")
def spaces_dropped(tokens, min_freq=0):
    """Tokens that are white space are dropped; they are tokens like any other."""
    counts = counted([token for token in tokens if token.strip()])
    return both_ways(["<unk>"] + [token for token in in_order(counts) if counts[token] >= min_freq])


@answer("build_vocab")
def dict_of_counts(tokens, min_freq=0):
    """The dict gives how often each token occurs; it gives the token's index."""
    counts = counted(tokens)
    listed = ["<unk>"] + [token for token in in_order(counts) if counts[token] >= min_freq]
    return listed, {token: counts[token] for token in listed}


@answer("build_vocab")
def dict_without_unk(tokens, min_freq=0):
    """The dict lacks "<unk>", whose index is 0."""
    listed, indices = min_freq_filtered(tokens, min_freq)
    del indices["<unk>"]
    return listed, indices


@answer("build_vocab")
def dict_counts_from_the_second_token(tokens, min_freq=0):
    """The indices in the dict are one too small, because "<unk>" is not counted; the list and the dict have to agree."""
    listed, indices = min_freq_filtered(tokens, min_freq)
    return listed, {token: max(0, idx - 1) for token, idx in indices.items()}


@answer("build_vocab")
def dict_holds_rare_tokens(tokens, min_freq=0):
    """The dict holds tokens that were left out, with index 0; it holds those of the list only."""
    listed, indices = min_freq_filtered(tokens, min_freq)
    return listed, {**dict.fromkeys(tokens, 0), **indices}


def min_freq_filtered(tokens, min_freq):
    counts = counted(tokens)
    return both_ways(["<unk>"] + [token for token in in_order(counts) if counts[token] >= min_freq])


@answer("build_vocab")
def dict_first(tokens, min_freq=0):
    """The dict is returned first; the list comes first, then the dict."""
    listed, indices = min_freq_filtered(tokens, min_freq)
    return indices, listed


@answer("build_vocab")
def list_alone(tokens, min_freq=0):
    """Only the list is returned; return the list and the dict."""
    return min_freq_filtered(tokens, min_freq)[0]


@answer("build_vocab")
def tokens_sorted_in_place(tokens, min_freq=0):
    """The list of tokens is sorted in place; leave the argument as it is."""
    tokens.sort()
    return min_freq_filtered(tokens, min_freq)


@answer("build_vocab")
def unk_removed_in_place(tokens, min_freq=0):
    """Tokens "<unk>" are removed from the list that was given; leave the argument as it is."""
    while "<unk>" in tokens:
        tokens.remove("<unk>")
    return min_freq_filtered(tokens, min_freq)


@answer("build_vocab")
def dict_counts_from_1(tokens, min_freq=0):
    """The indices in the dict begin with 1, those of the list with 0; the list and the dict have to agree."""
    listed, _ = min_freq_filtered(tokens, min_freq)
    return listed, {token: idx for idx, token in enumerate(listed, start=1)}


@answer("build_vocab")
def padding_token_added(tokens, min_freq=0):
    """The list holds a further token that the text does not have, such as "<pad>"; "<unk>" is the only one to add."""
    listed, _ = min_freq_filtered(tokens, min_freq)
    return both_ways(["<unk>", "<pad>", *listed[1:]])


@answer("build_vocab")
def unk_in_capitals(tokens, min_freq=0):
    """The token at index 0 is spelt "<UNK>"; it is "<unk>"."""
    listed, _ = min_freq_filtered(tokens, min_freq)
    return both_ways(["<UNK>", *listed[1:]])


@answer("build_vocab")
def characters_counted(tokens, min_freq=0):
    """The characters of the tokens are counted; count the tokens, whole as they are."""
    return min_freq_filtered([character for token in tokens for character in token], min_freq)


@answer("build_vocab")
def words_with_their_counts(tokens, min_freq=0):
    """The list holds pairs of token and count; it holds the tokens alone."""
    listed, indices = min_freq_filtered(tokens, min_freq)
    counts = counted(tokens)
    return ["<unk>", *[(token, counts[token]) for token in listed[1:]]], indices


# sequential_batches


def rows_of(corpus, batch_size, start, length):
    return corpus[start : start + batch_size * length].reshape(batch_size, length)


def cut(X, Y, num_steps, last=None):
    last = X.shape[1] - num_steps + 1 if last is None else last
    return [(X[:, i : i + num_steps], Y[:, i : i + num_steps]) for i in range(0, last, num_steps)]


def right_rows(corpus, batch_size, offset):
    length = (len(corpus) - offset - 1) // batch_size
    return rows_of(corpus, batch_size, offset, length), rows_of(corpus, batch_size, offset + 1, length)


@answer("sequential_batches")
def offset_ignored(corpus, batch_size, num_steps, offset=0):
    """offset has no effect; the first offset tokens are dropped."""
    return cut(*right_rows(corpus, batch_size, 0), num_steps)


@answer("sequential_batches")
def offset_from_the_end(corpus, batch_size, num_steps, offset=0):
    """offset tokens are dropped at the end; they are dropped at the beginning."""
    return cut(*right_rows(corpus[: len(corpus) - offset], batch_size, 0), num_steps)


@answer("sequential_batches")
def offset_in_every_row(corpus, batch_size, num_steps, offset=0):
    """offset tokens are dropped from every row; they are dropped once, before the text is cut into rows."""
    X, Y = right_rows(corpus, batch_size, 0)
    return cut(X[:, offset:], Y[:, offset:], num_steps)


@answer("sequential_batches")
def one_token_too_many_dropped(corpus, batch_size, num_steps, offset=0):
    """One token more than offset is dropped."""
    return cut(*right_rows(corpus, batch_size, offset + 1), num_steps)


@answer("sequential_batches")
def targets_are_the_inputs(corpus, batch_size, num_steps, offset=0):
    """Y is X itself; a target is the token one later."""
    X, _ = right_rows(corpus, batch_size, offset)
    return cut(X, X, num_steps)


@answer("sequential_batches")
def targets_before_the_inputs(corpus, batch_size, num_steps, offset=0):
    """X and Y are swapped: Y is one token earlier than X; it is one token later."""
    X, Y = right_rows(corpus, batch_size, offset)
    return cut(Y, X, num_steps)


@answer("sequential_batches")
def targets_two_later(corpus, batch_size, num_steps, offset=0):
    """Y is two tokens later than X; it is one token later."""
    X, Y = right_rows(corpus, batch_size, offset)
    later = torch.cat([corpus, corpus[-1:] + 1])
    return cut(X, rows_of(later, batch_size, offset + 2, X.shape[1]), num_steps)


@answer("sequential_batches")
def targets_are_numbers_plus_one(corpus, batch_size, num_steps, offset=0):
    """Y is the index in X plus 1; it is the token that follows in the text."""
    X, _ = right_rows(corpus, batch_size, offset)
    return cut(X, X + 1, num_steps)


@answer("sequential_batches")
def last_target_of_a_row_from_its_beginning(corpus, batch_size, num_steps, offset=0):
    """The last target of each row is that row's first token, because the row was rolled; it is the token that follows."""
    X, _ = right_rows(corpus, batch_size, offset)
    return cut(X, X.roll(-1, dims=1), num_steps)


@answer("sequential_batches")
def targets_of_the_window_rolled(corpus, batch_size, num_steps, offset=0):
    """The last target of each window is the window's first token; it is the token that follows in the text."""
    X, _ = right_rows(corpus, batch_size, offset)
    return [(window, window.roll(-1, dims=1)) for window, _ in cut(X, X, num_steps)]


@answer("sequential_batches")
def one_target_for_each_window(corpus, batch_size, num_steps, offset=0):
    """Y holds the one token after each window; it holds the next token for every step."""
    X, Y = right_rows(corpus, batch_size, offset)
    return [(x, y[:, -1]) for x, y in cut(X, Y, num_steps)]


@answer("sequential_batches")
def no_token_kept_back(corpus, batch_size, num_steps, offset=0):
    """No token is kept back for the targets, so the last target is missing or made up."""
    length = (len(corpus) - offset) // batch_size
    later = torch.cat([corpus, corpus.new_zeros(1)])
    return cut(
        rows_of(corpus, batch_size, offset, length), rows_of(later, batch_size, offset + 1, length), num_steps
    )


@answer("sequential_batches")
def one_token_kept_back_in_every_row(corpus, batch_size, num_steps, offset=0):
    """Every row keeps a token back for its own targets; one token is kept back for all rows together."""
    rows = rows_of(corpus, batch_size, offset, (len(corpus) - offset) // batch_size)
    return cut(rows[:, :-1], rows[:, 1:], num_steps)


@answer("sequential_batches")
def rows_interleaved(corpus, batch_size, num_steps, offset=0):
    """Neighbouring tokens go to different rows; each row is one stretch of the text."""
    length = (len(corpus) - offset - 1) // batch_size
    X = rows_of(corpus, length, offset, batch_size).T
    Y = rows_of(corpus, length, offset + 1, batch_size).T
    return cut(X, Y, num_steps)


@answer("sequential_batches")
def windows_side_by_side(corpus, batch_size, num_steps, offset=0):
    """A batch holds neighbouring windows of the text, so row i does not go on from batch to batch."""
    X, Y = right_rows(corpus, batch_size, offset)
    count = X.shape[1] // num_steps
    used = count * batch_size * num_steps
    X, Y = (part.reshape(-1)[:used].reshape(count, batch_size, num_steps) for part in (X, Y))
    return list(zip(X, Y, strict=True))


@answer("sequential_batches")
def windows_overlap(corpus, batch_size, num_steps, offset=0):
    """The windows move on by one token; they move on by num_steps and do not overlap."""
    X, Y = right_rows(corpus, batch_size, offset)
    starts = range(X.shape[1] - num_steps + 1)
    return [(X[:, i : i + num_steps], Y[:, i : i + num_steps]) for i in starts]


@answer("sequential_batches")
def short_window_kept(corpus, batch_size, num_steps, offset=0):
    """The rest of the rows, shorter than num_steps, is kept as a last window; drop it."""
    X, Y = right_rows(corpus, batch_size, offset)
    return cut(X, Y, num_steps, X.shape[1])


@answer("sequential_batches")
def last_window_lost_where_it_just_fits(corpus, batch_size, num_steps, offset=0):
    """The last window is lost where it just fits; the last start is the row's length minus num_steps, inclusive."""
    X, Y = right_rows(corpus, batch_size, offset)
    return cut(X, Y, num_steps, X.shape[1] - num_steps)


@answer("sequential_batches")
def last_window_always_lost(corpus, batch_size, num_steps, offset=0):
    """The last window is left out, whether it fits or not."""
    return cut(*right_rows(corpus, batch_size, offset), num_steps)[:-1]


@answer("sequential_batches")
def time_first(corpus, batch_size, num_steps, offset=0):
    """X and Y have shape (num_steps, batch_size); it is (batch_size, num_steps)."""
    batches = cut(*right_rows(corpus, batch_size, offset), num_steps)
    return [(X.T, Y.T) for X, Y in batches]


@answer("sequential_batches")
def sizes_swapped(corpus, batch_size, num_steps, offset=0):
    """batch_size and num_steps are swapped: there are batch_size rows and num_steps columns."""
    return cut(*right_rows(corpus, num_steps, offset), batch_size)


@answer("sequential_batches")
def rows_padded(corpus, batch_size, num_steps, offset=0):
    """The remainder is filled up with zeros; drop it."""
    left = len(corpus) - offset - 1
    length = -(-left // batch_size)
    padded = torch.cat([corpus, corpus.new_zeros(batch_size * length - left)])
    X, Y = (rows_of(padded, batch_size, start, length) for start in (offset, offset + 1))
    return cut(X, Y, num_steps)


@answer("sequential_batches")
def remainder_dropped_at_the_beginning(corpus, batch_size, num_steps, offset=0):
    """The remainder is dropped at the beginning of the text; drop it at the end."""
    left = len(corpus) - offset - 1
    return cut(*right_rows(corpus, batch_size, offset + left % batch_size), num_steps)


@answer("sequential_batches")
def last_batch_first(corpus, batch_size, num_steps, offset=0):
    """The batches stand in reverse order; the first one holds the beginning of each row."""
    return cut(*right_rows(corpus, batch_size, offset), num_steps)[::-1]


@answer("sequential_batches")
def inputs_and_targets_apart(corpus, batch_size, num_steps, offset=0):
    """All X are returned, then all Y; return a list of pairs (X, Y)."""
    batches = cut(*right_rows(corpus, batch_size, offset), num_steps)
    return [X for X, _ in batches], [Y for _, Y in batches]


@answer("sequential_batches")
def no_targets(corpus, batch_size, num_steps, offset=0):
    """Only the X are returned; return pairs (X, Y)."""
    return [X for X, _ in cut(*right_rows(corpus, batch_size, offset), num_steps)]


@answer("sequential_batches")
def converted_to_float(corpus, batch_size, num_steps, offset=0):
    """X and Y are floats; indices are int64, as in the corpus."""
    return [(X.float(), Y.float()) for X, Y in cut(*right_rows(corpus, batch_size, offset), num_steps)]


@answer("sequential_batches")
def converted_to_int32(corpus, batch_size, num_steps, offset=0):
    """X and Y are int32; they are int64, as the corpus is."""
    return [(X.int(), Y.int()) for X, Y in cut(*right_rows(corpus, batch_size, offset), num_steps)]


@answer("sequential_batches")
def corpus_shifted_in_place(corpus, batch_size, num_steps, offset=0):
    """The corpus is changed in place; make new tensors."""
    X, Y = (part.clone() for part in right_rows(corpus, batch_size, offset))
    corpus[:-1] = corpus[1:].clone()
    return cut(X, Y, num_steps)


@answer("sequential_batches")
def batches_on_the_cpu(corpus, batch_size, num_steps, offset=0):
    """The batches are put into new tensors on the CPU; they belong on the device of the corpus."""
    batches = []
    for X, Y in cut(*right_rows(corpus, batch_size, offset), num_steps):
        x = torch.empty(batch_size, num_steps, dtype=torch.int64)
        y = torch.empty(batch_size, num_steps, dtype=torch.int64)
        x[:] = X
        y[:] = Y
        batches.append((x, y))
    return batches


@answer("sequential_batches")
def row_too_long_for_its_targets(corpus, batch_size, num_steps, offset=0):
    """No token is kept back for the targets, so the last target is missing or made up."""
    length = (len(corpus) - offset) // batch_size
    later = corpus[offset:].roll(-1)
    return cut(rows_of(corpus, batch_size, offset, length), rows_of(later, batch_size, 0, length), num_steps)


@answer("sequential_batches")
def window_kept_back_for_the_targets(corpus, batch_size, num_steps, offset=0):
    """num_steps tokens are kept back for the targets; one is enough."""
    length = (len(corpus) - offset - num_steps) // batch_size
    X = rows_of(corpus, batch_size, offset, length)
    return cut(X, rows_of(corpus, batch_size, offset + 1, length), num_steps)


@answer("sequential_batches")
def offset_1_by_default(corpus, batch_size, num_steps, offset=1):
    """Where no offset is passed, a token is dropped; offset is 0 by default."""
    return cut(*right_rows(corpus, batch_size, offset), num_steps)


@answer("sequential_batches")
def one_token_too_few_dropped(corpus, batch_size, num_steps, offset=0):
    """offset - 1 tokens are dropped; the first offset ones are."""
    return cut(*right_rows(corpus, batch_size, max(0, offset - 1)), num_steps)


# perplexity


def losses(logits, targets):
    return -torch.log_softmax(logits, dim=1).gather(1, targets.unsqueeze(1)).squeeze(1)


@answer("perplexity")
def cross_entropy_itself(logits, targets):
    """The mean cross-entropy is returned; perplexity is its exponential."""
    return losses(logits, targets).mean().item()


@answer("perplexity")
def sum_for_mean(logits, targets):
    """The cross-entropy is summed up over the predictions; take the mean."""
    return losses(logits, targets).sum().exp().item()


@answer("perplexity")
def mean_of_exponentials(logits, targets):
    """The mean is taken over the exponentials; take the mean of the logarithms first, then one exponential."""
    return losses(logits, targets).exp().mean().item()


@answer("perplexity")
def one_over_mean_probability(logits, targets):
    """It is 1 over the mean probability; the mean is taken over the logarithms."""
    return 1 / (-losses(logits, targets)).exp().mean().item()


@answer("perplexity")
def power_of_two(logits, targets):
    """2 is raised to a cross-entropy in natural logarithms; with these, the base is e."""
    return torch.exp2(losses(logits, targets).mean()).item()


@answer("perplexity")
def sign_lost(logits, targets):
    """The sign is lost: it is exp of minus the mean log-probability."""
    return (-losses(logits, targets).mean()).exp().item()


@answer("perplexity")
def divided_by_the_vocabulary(logits, targets):
    """The sum is divided by the size of the vocabulary; divide by the number of predictions."""
    return (losses(logits, targets).sum() / logits.shape[1]).exp().item()


@answer("perplexity")
def softmax_over_the_predictions(logits, targets):
    """The softmax runs over the predictions, axis 0; it runs over the vocabulary, axis 1."""
    chosen = torch.log_softmax(logits, dim=0).gather(1, targets.unsqueeze(1))
    return (-chosen.mean()).exp().item()


@answer("perplexity")
def softmax_twice(logits, targets):
    """Probabilities go into a cross-entropy that takes the softmax itself, so there are two; pass logits."""
    return losses(torch.softmax(logits, dim=1), targets).mean().exp().item()


@answer("perplexity")
def logits_taken_for_log_probabilities(logits, targets):
    """The logits are taken for log-probabilities; they are not normalised yet."""
    return (-logits.gather(1, targets.unsqueeze(1)).mean()).exp().item()


@answer("perplexity")
def entropy_of_the_prediction(logits, targets):
    """It is exp of the prediction's own entropy, which does not look at the targets."""
    log_p = torch.log_softmax(logits, dim=1)
    return (-(log_p.exp() * log_p).sum(dim=1).mean()).exp().item()


@answer("perplexity")
def no_shift_by_the_maximum(logits, targets):
    """exp of large logits overflows; shift them by their maximum, or use a stable log-softmax."""
    powers = logits.exp()
    p = powers / powers.sum(dim=1, keepdim=True)
    return (-p.gather(1, targets.unsqueeze(1)).log().mean()).exp().item()


@answer("perplexity")
def log_of_softmax_plus_eps(logits, targets):
    """A small number is added to the probabilities before the logarithm; the logarithm of softmax needs none."""
    p = torch.softmax(logits, dim=1).gather(1, targets.unsqueeze(1))
    return (-(p + 1e-8).log().mean()).exp().item()


@answer("perplexity")
def log_of_softmax(logits, targets):
    """The logarithm is taken of softmax, which is 0 for very small probabilities; use a stable log-softmax."""
    p = torch.softmax(logits, dim=1).gather(1, targets.unsqueeze(1))
    return (-p.log().mean()).exp().item()


@answer("perplexity")
def overflow_error(logits, targets):
    """math.exp raises OverflowError where the true value is past a float64; return inf there."""
    return math.exp(losses(logits, targets).mean().item())


@answer("perplexity")
def largest_float_for_infinity(logits, targets):
    """Where the value is past a float64, the largest float is returned; return inf."""
    return min(losses(logits, targets).mean().exp().item(), torch.finfo(torch.float64).max)


@answer("perplexity")
def cross_entropy_limited(logits, targets):
    """The cross-entropy is limited to 100, which makes huge perplexities smaller than they are."""
    return losses(logits, targets).mean().clamp(max=100).exp().item()


@answer("perplexity")
def infinite_past_a_float32(logits, targets):
    """The exponential is taken in float32, so that it overflows far too early; a Python float holds up to 1.8e308."""
    mean = losses(logits, targets).mean()
    return mean.exp().item() if mean <= 88 else math.inf


@answer("perplexity")
def always_float32(logits, targets):
    """Everything is computed in float32, even where the logits are float64."""
    return (
        math.exp(min(losses(logits.float(), targets).mean().item(), 709.7))
        if logits.abs().max() < 5e3
        else (losses(logits, targets).mean().exp().item())
    )


@answer("perplexity")
def rounded(logits, targets):
    """The result is rounded to two places; return it as it is."""
    return round(losses(logits, targets).mean().exp().item(), 2)


@answer("perplexity")
def tensor_returned(logits, targets):
    """A tensor is returned; the result is a Python float."""
    return losses(logits, targets).mean().exp()


@answer("perplexity")
def one_for_each_prediction(logits, targets):
    """There is one number for each prediction; the result is one float for all of them."""
    return losses(logits, targets).exp().tolist()


@answer("perplexity")
def first_prediction_left_out(logits, targets):
    """The first prediction is left out of the mean, unless it is the only one."""
    values = losses(logits, targets)
    return (values[1:] if len(values) > 1 else values).mean().exp().item()


@answer("perplexity")
def logits_shifted_in_place(logits, targets):
    """The logits are shifted in place; make a new tensor."""
    logits -= logits.max(dim=1, keepdim=True).values
    return losses(logits, targets).mean().exp().item()


@answer("perplexity")
def sum_for_mean_in_float64(logits, targets):
    """The cross-entropy is summed up over the predictions; take the mean."""
    return losses(logits.double(), targets).sum().exp().item()


@answer("perplexity")
def divided_by_all_logits(logits, targets):
    """The sum is divided by the number of all logits; divide by the number of predictions."""
    return (losses(logits.double(), targets).sum() / logits.numel()).exp().item()


@answer("perplexity")
def divided_by_one_less(logits, targets):
    """The sum is divided by one less than the number of predictions; divide by their number."""
    return (losses(logits.double(), targets).sum() / max(1, len(targets) - 1)).exp().item()


@answer("perplexity")
def logarithm_to_base_10(logits, targets):
    """The cross-entropy is taken with logarithms to base 10, the power with base e; use the natural logarithm."""
    return (losses(logits.double(), targets).mean() / math.log(10)).exp().item()


@answer("perplexity")
def every_prediction_with_every_target(logits, targets):
    """Every prediction is compared with all targets; row i belongs to target i alone."""
    return (-torch.log_softmax(logits.double(), dim=1)[:, targets]).mean().exp().item()


@answer("perplexity")
def median_for_mean(logits, targets):
    """The median of the cross-entropies is taken; take the mean."""
    return losses(logits.double(), targets).median().exp().item()


# rnn_step


@answer("rnn_step")
def no_tanh(x, h, params):
    """The tanh is missing."""
    return affine(x, h, params, "h")


@answer("rnn_step")
def sigmoid_for_tanh(x, h, params):
    """The state goes through the sigmoid; it goes through tanh."""
    return gate(x, h, params, "h")


@answer("rnn_step")
def relu_for_tanh(x, h, params):
    """The state goes through ReLU; it goes through tanh."""
    return torch.relu(affine(x, h, params, "h"))


@answer("rnn_step")
def tanh_twice(x, h, params):
    """tanh is applied twice."""
    return torch.tanh(tanh_candidate(x, h, params, "h"))


@answer("rnn_step")
def bias_forgotten(x, h, params):
    """The bias b_h is not added."""
    return torch.tanh(x @ params["W_xh"] + h @ params["W_hh"])


@answer("rnn_step")
def bias_twice(x, h, params):
    """The bias is added twice, with the input's part and again with the state's; it is added once."""
    return torch.tanh(affine(x, h, params, "h") + params["b_h"])


@answer("rnn_step")
def bias_outside_tanh(x, h, params):
    """The bias is added after tanh; it belongs inside."""
    return torch.tanh(x @ params["W_xh"] + h @ params["W_hh"]) + params["b_h"]


@answer("rnn_step")
def bias_subtracted(x, h, params):
    """The bias is subtracted; it is added."""
    return torch.tanh(x @ params["W_xh"] + h @ params["W_hh"] - params["b_h"])


@answer("rnn_step")
def state_left_out(x, h, params):
    """The old state has no part in the new one; add h @ W_hh."""
    return torch.tanh(x @ params["W_xh"] + params["b_h"])


@answer("rnn_step")
def input_left_out(x, h, params):
    """The input has no part in the new state; add x @ W_xh."""
    return torch.tanh(h @ params["W_hh"] + params["b_h"])


@answer("rnn_step")
def parts_multiplied(x, h, params):
    """The input's part and the state's part are multiplied; they are added."""
    return torch.tanh((x @ params["W_xh"]) * (h @ params["W_hh"]) + params["b_h"])


@answer("rnn_step")
def state_weights_transposed(x, h, params):
    """W_hh is transposed; the product is h @ W_hh, with W_hh as it is."""
    return torch.tanh(x @ params["W_xh"] + h @ params["W_hh"].T + params["b_h"])


@answer("rnn_step")
def state_added_without_weights(x, h, params):
    """The old state is added as it is; it is multiplied by W_hh first."""
    return torch.tanh(x @ params["W_xh"] + h + params["b_h"])


@answer("rnn_step")
def diagonal_of_W_hh(x, h, params):
    """The state is multiplied by the diagonal of W_hh, element by element; it is a matrix product."""
    return torch.tanh(x @ params["W_xh"] + h * params["W_hh"].diagonal() + params["b_h"])


@answer("rnn_step")
def tanh_of_the_input_part_alone(x, h, params):
    """tanh's parenthesis closes too early; it holds the input's part, the state's part and the bias."""
    return torch.tanh(x @ params["W_xh"]) + h @ params["W_hh"] + params["b_h"]


@answer("rnn_step")
def two_tanhs_added(x, h, params):
    """The input's part and the state's part go through tanh one by one; add them first."""
    return torch.tanh(x @ params["W_xh"] + params["b_h"]) + torch.tanh(h @ params["W_hh"])


@answer("rnn_step")
def old_state_added(x, h, params):
    """The old state is added to the new one; a plain recurrent layer makes the state anew."""
    return h + tanh_candidate(x, h, params, "h")


@answer("rnn_step")
def mean_of_old_and_new(x, h, params):
    """The result is the mean of the old and the new state; it is the new one alone."""
    return (h + tanh_candidate(x, h, params, "h")) / 2


@answer("rnn_step")
def state_averaged_over_the_batch(x, h, params):
    """The old state is averaged over the batch; each row has a state of its own."""
    return tanh_candidate(x, h.mean(dim=0, keepdim=True).expand_as(h), params, "h")


@answer("rnn_step")
def returned_twice(x, h, params):
    """Output and state are returned as two results; the result is the new state alone."""
    new = tanh_candidate(x, h, params, "h")
    return new, new


@answer("rnn_step")
def batch_axis_lost(x, h, params):
    """The axis of the batch is lost where the batch holds one row; the shape is (n, h)."""
    return tanh_candidate(x, h, params, "h").squeeze(0)


@answer("rnn_step")
def graph_cut(x, h, params):
    """The new state is cut from the graph (detach, .data or no_grad), so no gradient flows."""
    return tanh_candidate(x, h, params, "h").detach()


@answer("rnn_step")
def state_detached(x, h, params):
    """The old state is detached, so no gradient flows back in time."""
    return tanh_candidate(x, h.detach(), params, "h")


@answer("rnn_step")
def always_float32(x, h, params):
    """Everything is computed in float32 whatever the inputs are."""
    return tanh_candidate(x.float(), h.float(), converted(params, torch.float32), "h").to(x.dtype)


@answer("rnn_step")
def always_float64(x, h, params):
    """The result is float64 whatever the inputs are."""
    return tanh_candidate(x.double(), h.double(), converted(params, torch.float64), "h")


@answer("rnn_step")
def state_updated_in_place(x, h, params):
    """The old state is overwritten; make a new tensor."""
    new = tanh_candidate(x, h, params, "h")
    h.data.copy_(new)
    return new


@answer("rnn_step")
def result_on_the_cpu(x, h, params):
    """The result is put into a new tensor on the CPU; it belongs on the device of x."""
    new = tanh_candidate(x, h, params, "h")
    result = torch.zeros(new.shape, dtype=x.dtype)
    result[:] = new
    return result


@answer("rnn_step")
def tanhs_added_with_bias_to_the_state(x, h, params):
    """The input's part and the state's part go through tanh one by one; add them first."""
    return torch.tanh(x @ params["W_xh"]) + torch.tanh(h @ params["W_hh"] + params["b_h"])


@answer("rnn_step")
def state_subtracted(x, h, params):
    """The state's part is subtracted; it is added."""
    return torch.tanh(x @ params["W_xh"] - h @ params["W_hh"] + params["b_h"])


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


@answer("gru_gates")
def reset_gate_without_state(x, h, params):
    """The reset gate does not see the old state; add h @ W_hr."""
    return torch.sigmoid(x @ params["W_xr"] + params["b_r"]), gate(x, h, params, "z")


@answer("gru_gates")
def update_gate_without_state(x, h, params):
    """The update gate does not see the old state; add h @ W_hz."""
    return gate(x, h, params, "r"), torch.sigmoid(x @ params["W_xz"] + params["b_z"])


@answer("gru_gates")
def update_gate_without_input(x, h, params):
    """The update gate does not see the input; add x @ W_xz."""
    return gate(x, h, params, "r"), torch.sigmoid(h @ params["W_hz"] + params["b_z"])


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


@answer("gru_step")
def old_state_left_out(x, h, params):
    """The old state has no part in the mixture; it is weighed by z."""
    r, z = two_gates(x, h, params)
    return (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def z_minus_1(x, h, params):
    """The candidate is weighed by z - 1, which has the wrong sign; it is weighed by 1 - z."""
    r, z = two_gates(x, h, params)
    return z * h + (z - 1) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def candidate_with_W_xr(x, h, params):
    """The candidate uses W_xr; it has W_xh."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, r * h, with_weights(params, W_xh="W_xr"), "h")


@answer("gru_step")
def parts_of_the_mixture_multiplied(x, h, params):
    """The old state's part and the candidate's part are multiplied; add them."""
    r, z = two_gates(x, h, params)
    return z * h * (1 - z) * tanh_candidate(x, r * h, params, "h")


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


@answer("lstm_gates")
def forget_gate_keeps_b_i(x, h, params):
    """The forget gate uses b_i; it has b_f."""
    return three_gates(x, h, with_weights(params, b_f="b_i"))


@answer("lstm_gates")
def output_gate_is_the_forget_gate(x, h, params):
    """The output gate has the forget gate's W_xf, W_hf and b_f; it has W_xo, W_ho and b_o."""
    i, f, _ = three_gates(x, h, params)
    return i, f, f


@answer("lstm_gates")
def forget_gate_is_the_input_gate(x, h, params):
    """The forget gate has the input gate's W_xi, W_hi and b_i; it has W_xf, W_hf and b_f."""
    i, _, o = three_gates(x, h, params)
    return i, i, o


@answer("lstm_gates")
def relu_for_sigmoid(x, h, params):
    """The gates go through ReLU; a gate is a sigmoid, between 0 and 1."""
    return tuple(torch.relu(affine(x, h, params, letter)) for letter in "ifo")


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


@answer("lstm_step")
def output_gate_on_the_returned_cell(x, state, params):
    """The output gate scales the cell that is carried on; it scales only what is shown, o * tanh(c)."""
    h, c = plain_lstm(x, state, params)
    return h, gate(x, state[0], params, "o") * c


@answer("lstm_step")
def candidate_with_the_input_gates_weights(x, state, params):
    """The candidate uses the input gate's W_xi, W_hi and b_i; it has W_xc, W_hc and b_c."""
    return plain_lstm(x, state, with_weights(params, W_xc="W_xi", W_hc="W_hi", b_c="b_i"))


@answer("lstm_step")
def all_biases_forgotten(x, state, params):
    """The biases are not added."""
    zeros = {f"b_{letter}": torch.zeros_like(params[f"b_{letter}"]) for letter in "ifoc"}
    return plain_lstm(x, state, {**params, **zeros})


@answer("lstm_step")
def candidate_subtracted(x, state, params):
    """The candidate's part is subtracted from the cell; it is added."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c - i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def tanh_of_the_candidate_twice(x, state, params):
    """The candidate goes through tanh twice; once is enough."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * torch.tanh(tanh_candidate(x, h, params, "c"))
    return o * torch.tanh(c), c


@answer("lstm_step")
def peephole(x, state, params):
    """The output gate looks at the cell, as in an LSTM with peepholes; here it sees the input and the old state."""
    h, c = state
    i, f, _ = three_gates(x, h, params)
    o = torch.sigmoid(affine(x, h, params, "o") + c)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def output_gate_mixes_the_states(x, state, params):
    """Old and new state are mixed by the output gate, as in a GRU; the new state is o * tanh(c) alone."""
    h, c = plain_lstm(x, state, params)
    return h + (1 - gate(x, state[0], params, "o")) * state[0], c


# unroll


def output(state):
    return state[0] if isinstance(state, tuple) else state


def parts(function, state):
    return tuple(function(part) for part in state) if isinstance(state, tuple) else function(state)


def run(step, inputs, state, params):
    states = []
    for x in inputs:
        state = step(x, state, params)
        states.append(state)
    return states


def outputs_of(states):
    return torch.stack([output(state) for state in states])


@answer("unroll")
def outputs_not_stacked(step, inputs, state, params):
    """The outputs are a list of tensors; stack them into one tensor (T, n, h)."""
    states = run(step, inputs, state, params)
    return [output(state) for state in states], states[-1]


@answer("unroll")
def batch_first(step, inputs, state, params):
    """The outputs have shape (n, T, h); time comes first."""
    states = run(step, inputs, state, params)
    return outputs_of(states).transpose(0, 1), states[-1]


@answer("unroll")
def joined_along_the_batch(step, inputs, state, params):
    """The outputs are joined along the batch, (T * n, h); stack them along a new axis, time."""
    states = run(step, inputs, state, params)
    return torch.cat([output(state) for state in states]), states[-1]


@answer("unroll")
def state_not_carried(step, inputs, state, params):
    """Every step begins with the first state; it begins with the state that the step before has left."""
    states = [step(x, state, params) for x in inputs]
    return outputs_of(states), states[-1]


@answer("unroll")
def begins_with_zeros(step, inputs, state, params):
    """The run begins with zeros; it begins with the state that is given."""
    states = run(step, inputs, parts(torch.zeros_like, state), params)
    return outputs_of(states), states[-1]


@answer("unroll")
def first_state_returned(step, inputs, state, params):
    """The first state is returned as it was given; return what the last step has left."""
    return outputs_of(run(step, inputs, state, params)), state


@answer("unroll")
def all_states_returned(step, inputs, state, params):
    """The states of all steps are returned; beside the outputs, return the last one."""
    states = run(step, inputs, state, params)
    return outputs_of(states), states


@answer("unroll")
def outputs_begin_with_the_first_state(step, inputs, state, params):
    """The outputs hold the first state as well, so there are T + 1; there is one for each step."""
    states = run(step, inputs, state, params)
    return outputs_of([state, *states]), states[-1]


@answer("unroll")
def outputs_one_step_late(step, inputs, state, params):
    """Each output is the state before its step; it is the state after it."""
    states = run(step, inputs, state, params)
    return outputs_of([state, *states[:-1]]), states[-1]


@answer("unroll")
def backwards_in_time(step, inputs, state, params):
    """The inputs are read from the last to the first; read them in the order of time."""
    states = run(step, inputs.flip(0), state, params)
    return outputs_of(states), states[-1]


@answer("unroll")
def outputs_in_reverse(step, inputs, state, params):
    """The outputs stand in reverse order; they stand in the order of time."""
    states = run(step, inputs, state, params)
    return outputs_of(states[::-1]), states[-1]


@answer("unroll")
def first_input_every_time(step, inputs, state, params):
    """Every step reads the first input; step t reads input t."""
    states = run(step, [inputs[0]] * len(inputs), state, params)
    return outputs_of(states), states[-1]


@answer("unroll")
def last_step_left_out(step, inputs, state, params):
    """The last step is left out, unless it is the only one."""
    states = run(step, inputs[: max(1, len(inputs) - 1)], state, params)
    return outputs_of(states), states[-1]


@answer("unroll")
def last_output_alone(step, inputs, state, params):
    """Only the last output is returned; return the output of every step."""
    states = run(step, inputs, state, params)
    return output(states[-1]), states[-1]


@answer("unroll")
def one_output_for_all_steps(step, inputs, state, params):
    """All outputs are the last one, because one tensor is overwritten in every step."""
    states = run(step, inputs, state, params)
    return outputs_of([states[-1]] * len(states)), states[-1]


@answer("unroll")
def outputs_summed_up(step, inputs, state, params):
    """Each output is the sum of the states so far; it is the state after its step."""
    states = run(step, inputs, state, params)
    return outputs_of(states).cumsum(dim=0), states[-1]


@answer("unroll")
def state_alone(step, inputs, state, params):
    """Only the final state is returned; return the outputs and the final state."""
    return run(step, inputs, state, params)[-1]


@answer("unroll")
def outputs_alone(step, inputs, state, params):
    """Only the outputs are returned; return the outputs and the final state."""
    return outputs_of(run(step, inputs, state, params))


@answer("unroll")
def state_first(step, inputs, state, params):
    """The final state is returned first; the outputs come first."""
    states = run(step, inputs, state, params)
    return states[-1], outputs_of(states)


@answer("unroll")
def state_with_an_axis_of_time(step, inputs, state, params):
    """The final state has an axis of time, of size 1; it has the shape of the first state."""
    states = run(step, inputs, state, params)
    return outputs_of(states), parts(lambda part: part.unsqueeze(0), states[-1])


@answer("unroll")
def second_part_for_output(step, inputs, state, params):
    """Where the state is a tuple, its last part is taken for the output; the first part is."""
    states = run(step, inputs, state, params)
    outputs = [state[-1] if isinstance(state, tuple) else state for state in states]
    return torch.stack(outputs), states[-1]


@answer("unroll")
def parts_side_by_side(step, inputs, state, params):
    """Where the state is a tuple, its parts stand side by side in the outputs; the first part is the output."""
    states = run(step, inputs, state, params)
    outputs = [torch.cat(state, dim=1) if isinstance(state, tuple) else state for state in states]
    return torch.stack(outputs), states[-1]


@answer("unroll")
def first_part_returned_for_the_tuple(step, inputs, state, params):
    """Where the state is a tuple, only its first part is returned; the final state is the whole tuple."""
    states = run(step, inputs, state, params)
    return outputs_of(states), output(states[-1])


@answer("unroll")
def tuple_not_expected(step, inputs, state, params):
    """Where the state is a tuple, it cannot be stacked as it is; its first part is the output."""
    states = run(step, inputs, state, params)
    return torch.stack(states), states[-1]


@answer("unroll")
def second_part_not_carried(step, inputs, state, params):
    """Where the state is a tuple, only its first part goes on to the next step; the whole tuple does."""
    rest = state[1:] if isinstance(state, tuple) else ()
    states = []
    for x in inputs:
        new = step(x, state, params)
        states.append(new)
        state = (new[0], *rest) if isinstance(new, tuple) else new
    return outputs_of(states), states[-1]


@answer("unroll")
def state_detached_in_every_step(step, inputs, state, params):
    """The state is detached in every step, so no gradient flows back in time."""
    states = []
    for x in inputs:
        state = step(x, parts(torch.Tensor.detach, state), params)
        states.append(state)
    return outputs_of(states), states[-1]


@answer("unroll")
def final_state_detached(step, inputs, state, params):
    """The final state is detached; gradients flow through it, too, and to cut the graph is the caller's affair."""
    states = run(step, inputs, state, params)
    return outputs_of(states), parts(torch.Tensor.detach, states[-1])


@answer("unroll")
def outputs_detached(step, inputs, state, params):
    """The outputs are cut from the graph (detach, .data or no_grad); only the final state has a gradient."""
    states = run(step, inputs, state, params)
    return outputs_of(states).detach(), states[-1]


@answer("unroll")
def graph_cut(step, inputs, state, params):
    """Everything runs without a graph (no_grad), so no gradient flows."""
    with torch.no_grad():
        states = run(step, inputs, state, params)
    return outputs_of(states), states[-1]


@answer("unroll")
def always_float32(step, inputs, state, params):
    """The outputs are float32 whatever the inputs are: a new tensor needs their dtype."""
    states = run(step, inputs, state, params)
    return outputs_of(states).float(), states[-1]


@answer("unroll")
def first_state_overwritten(step, inputs, state, params):
    """The first state is overwritten in place; make new tensors."""
    states = run(step, inputs, state, params)
    result = outputs_of(states), parts(torch.Tensor.clone, states[-1])
    output(state).data.copy_(output(states[-1]))
    return result


@answer("unroll")
def outputs_on_the_cpu(step, inputs, state, params):
    """The outputs are put into a new tensor on the CPU; it belongs on the device of the inputs."""
    states = run(step, inputs, state, params)
    outputs = torch.empty(len(states), *output(state).shape, dtype=inputs.dtype)
    for t, state in enumerate(states):
        outputs[t] = output(state)
    return outputs, states[-1]


# deep_rnn


def run_layers(step, inputs, states, layers):
    """Return the outputs of every layer, and the final states."""
    outputs, finals = [], []
    for state, params in zip(states, layers, strict=True):
        reached = run(step, inputs, state, params)
        inputs = outputs_of(reached)
        outputs.append(inputs)
        finals.append(reached[-1])
    return outputs, finals


def map_states(function, states):
    return [parts(function, state) for state in states]


def padded(inputs, width):
    short = max(0, width - inputs.shape[2])
    return torch.cat([inputs, inputs.new_zeros(*inputs.shape[:2], short)], dim=2)[:, :, :width]


@answer("deep_rnn")
def every_layer_reads_the_inputs(step, inputs, states, layers):
    """Every layer reads the inputs; from the second layer on, a layer reads the outputs of the layer before."""
    finals, outputs = [], inputs
    for state, params in zip(states, layers, strict=True):
        reached = run(step, padded(inputs, params["W"].shape[0]), state, params)
        outputs = outputs_of(reached)
        finals.append(reached[-1])
    return outputs, finals


@answer("deep_rnn")
def last_layers_params_every_time(step, inputs, states, layers):
    """From the second layer on, all layers use the params of the last one; layer l has layers[l]."""
    outputs, finals = run_layers(step, inputs, states, [layers[0], *[layers[-1]] * (len(layers) - 1)])
    return outputs[-1], finals


@answer("deep_rnn")
def first_state_for_every_layer(step, inputs, states, layers):
    """Every layer begins with states[0]; layer l begins with states[l]."""
    outputs, finals = run_layers(step, inputs, [states[0]] * len(layers), layers)
    return outputs[-1], finals


@answer("deep_rnn")
def states_from_layer_to_layer(step, inputs, states, layers):
    """A layer begins with the final state of the layer before; layer l begins with states[l]."""
    finals, state = [], states[0]
    for params in layers:
        reached = run(step, inputs, state, params)
        inputs, state = outputs_of(reached), reached[-1]
        finals.append(state)
    return inputs, finals


@answer("deep_rnn")
def begins_with_zeros(step, inputs, states, layers):
    """All layers begin with zeros; layer l begins with states[l]."""
    outputs, finals = run_layers(step, inputs, map_states(torch.zeros_like, states), layers)
    return outputs[-1], finals


@answer("deep_rnn")
def states_in_reverse(step, inputs, states, layers):
    """The last layer begins with states[0] and the first one with the last state; layer l begins with states[l]."""
    outputs, finals = run_layers(step, inputs, states[::-1], layers)
    return outputs[-1], finals


@answer("deep_rnn")
def final_states_in_reverse(step, inputs, states, layers):
    """The final states are listed from the last layer to the first; the first layer's comes first."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return outputs[-1], finals[::-1]


@answer("deep_rnn")
def first_layer_alone(step, inputs, states, layers):
    """Only the first layer's outputs are returned; return those of the last layer."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return outputs[0], finals


@answer("deep_rnn")
def last_layer_left_out(step, inputs, states, layers):
    """The last layer is left out, unless it is the only one."""
    depth = max(1, len(layers) - 1)
    outputs, finals = run_layers(step, inputs, states[:depth], layers[:depth])
    return outputs[-1], finals


@answer("deep_rnn")
def outputs_of_all_layers(step, inputs, states, layers):
    """The outputs of all layers are returned; return those of the last layer."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return torch.stack(outputs), finals


@answer("deep_rnn")
def outputs_side_by_side(step, inputs, states, layers):
    """The outputs of all layers stand side by side in the last axis; return those of the last layer."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return torch.cat(outputs, dim=2), finals


@answer("deep_rnn")
def outputs_summed_up(step, inputs, states, layers):
    """The outputs of all layers are added up; return those of the last layer."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return torch.stack(outputs).sum(dim=0), finals


@answer("deep_rnn")
def residual_connections(step, inputs, states, layers):
    """A layer's inputs are added to its outputs where the shapes allow it; plain stacking is asked for."""
    finals = []
    for state, params in zip(states, layers, strict=True):
        reached = run(step, inputs, state, params)
        outputs = outputs_of(reached)
        inputs = outputs + inputs if outputs.shape == inputs.shape else outputs
        finals.append(reached[-1])
    return inputs, finals


@answer("deep_rnn")
def layer_reads_the_step_before(step, inputs, states, layers):
    """A layer reads what the layer before has put out one step earlier; it reads the output of the same step."""
    finals = []
    for state, params in zip(states, layers, strict=True):
        reached = run(step, inputs, state, params)
        before = outputs_of([state, *reached[:-1]])
        finals.append(reached[-1])
        inputs = before
    return outputs_of(reached), finals


@answer("deep_rnn")
def every_second_layer_backwards(step, inputs, states, layers):
    """Every second layer runs backwards in time; all layers run forward."""
    finals = []
    for k, (state, params) in enumerate(zip(states, layers, strict=True)):
        reached = run(step, inputs.flip(0) if k % 2 else inputs, state, params)
        inputs = outputs_of(reached[::-1] if k % 2 else reached)
        finals.append(reached[-1])
    return inputs, finals


@answer("deep_rnn")
def last_state_alone(step, inputs, states, layers):
    """Only the last layer's final state is returned; return a list with one for each layer."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return outputs[-1], finals[-1]


@answer("deep_rnn")
def list_of_the_last_state(step, inputs, states, layers):
    """The list holds the last layer's final state only; it holds one for each layer."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return outputs[-1], finals[-1:]


@answer("deep_rnn")
def first_states_returned(step, inputs, states, layers):
    """The first states are returned as they were given; return the final ones."""
    outputs, _ = run_layers(step, inputs, states, layers)
    return outputs[-1], states


@answer("deep_rnn")
def states_stacked(step, inputs, states, layers):
    """The final states are stacked into tensors; return a list with one state for each layer."""
    outputs, finals = run_layers(step, inputs, states, layers)
    if isinstance(finals[0], tuple):
        return outputs[-1], tuple(torch.stack(part) for part in zip(*finals, strict=True))
    return outputs[-1], torch.stack(finals)


@answer("deep_rnn")
def final_states_are_outputs(step, inputs, states, layers):
    """The final states are the last outputs, which are only the first part where a state is a tuple."""
    outputs, _ = run_layers(step, inputs, states, layers)
    return outputs[-1], [each[-1] for each in outputs]


@answer("deep_rnn")
def all_outputs_for_final_states(step, inputs, states, layers):
    """The list holds all outputs of each layer; it holds each layer's final state."""
    outputs, _ = run_layers(step, inputs, states, layers)
    return outputs[-1], outputs


@answer("deep_rnn")
def outputs_alone(step, inputs, states, layers):
    """Only the outputs are returned; return the outputs and the list of final states."""
    return run_layers(step, inputs, states, layers)[0][-1]


@answer("deep_rnn")
def states_first(step, inputs, states, layers):
    """The final states are returned first; the outputs come first."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return finals, outputs[-1]


@answer("deep_rnn")
def last_step_alone(step, inputs, states, layers):
    """Only the last step's output is returned; return the outputs of all steps."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return outputs[-1][-1], finals


@answer("deep_rnn")
def batch_first(step, inputs, states, layers):
    """The outputs have shape (n, T, h); time comes first."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return outputs[-1].transpose(0, 1), finals


@answer("deep_rnn")
def layers_detached(step, inputs, states, layers):
    """The outputs of a layer are detached before the next one reads them, so no gradient flows to the layers below."""
    finals = []
    for state, params in zip(states, layers, strict=True):
        reached = run(step, inputs.detach() if finals else inputs, state, params)
        inputs = outputs_of(reached)
        finals.append(reached[-1])
    return inputs, finals


@answer("deep_rnn")
def final_states_detached(step, inputs, states, layers):
    """The final states are detached; gradients flow through them, too."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return outputs[-1], map_states(torch.Tensor.detach, finals)


@answer("deep_rnn")
def graph_cut(step, inputs, states, layers):
    """Everything runs without a graph (no_grad), so no gradient flows."""
    with torch.no_grad():
        outputs, finals = run_layers(step, inputs, states, layers)
    return outputs[-1], finals


@answer("deep_rnn")
def always_float32(step, inputs, states, layers):
    """The outputs are float32 whatever the inputs are."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return outputs[-1].float(), finals


@answer("deep_rnn")
def states_overwritten_in_the_list(step, inputs, states, layers):
    """The final states are written into the list that was given; make a new list."""
    outputs, finals = run_layers(step, inputs, states, layers)
    states[:] = finals
    return outputs[-1], states


@answer("deep_rnn")
def outputs_on_the_cpu(step, inputs, states, layers):
    """The outputs are put into a new tensor on the CPU; it belongs on the device of the inputs."""
    outputs, finals = run_layers(step, inputs, states, layers)
    result = torch.empty(outputs[-1].shape, dtype=inputs.dtype)
    result[:] = outputs[-1]
    return result, finals


@answer("deep_rnn")
def first_layers_params_every_time(step, inputs, states, layers):
    """All layers use the params of the first one; layer l has layers[l]."""
    outputs, finals = run_layers(step, inputs, states, [layers[0]] * len(layers))
    return outputs[-1], finals


@answer("deep_rnn")
def layers_in_reverse(step, inputs, states, layers):
    """The layers run in reverse order, the last one first; begin with layers[0]."""
    outputs, finals = run_layers(step, inputs, states, layers[::-1])
    return outputs[-1], finals


# bidirectional_rnn


def ahead_of(step, inputs, state, params):
    return outputs_of(run(step, inputs, state, params))


def back_of(step, inputs, state, params):
    return ahead_of(step, inputs.flip(0), state, params).flip(0)


@answer("bidirectional_rnn")
def backward_outputs_not_turned_back(
    step, inputs, forward_state, backward_state, forward_params, backward_params
):
    """The backward outputs stand in the order in which they were made, last time step first; turn them round in time."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([ahead, ahead_of(step, inputs.flip(0), backward_state, backward_params)], dim=2)


@answer("bidirectional_rnn")
def both_forward(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Both runs go forward in time; the second one begins at the last step."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([ahead, ahead_of(step, inputs, backward_state, backward_params)], dim=2)


@answer("bidirectional_rnn")
def outputs_turned_but_inputs_not(
    step, inputs, forward_state, backward_state, forward_params, backward_params
):
    """The second run reads the inputs forward and its outputs are turned round; it has to read them backward."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([ahead, ahead_of(step, inputs, backward_state, backward_params).flip(0)], dim=2)


@answer("bidirectional_rnn")
def backward_half_first(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The backward outputs come first; the forward ones do."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([back_of(step, inputs, backward_state, backward_params), ahead], dim=2)


@answer("bidirectional_rnn")
def batch_turned_for_time(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The batch is turned round, axis 1; time is axis 0."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = ahead_of(step, inputs.flip(1), backward_state, backward_params).flip(1)
    return torch.cat([ahead, back], dim=2)


@answer("bidirectional_rnn")
def features_turned_for_time(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The features are turned round, the last axis; time is axis 0."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = ahead_of(step, inputs.flip(2), backward_state, backward_params).flip(2)
    return torch.cat([ahead, back], dim=2)


@answer("bidirectional_rnn")
def batch_turned_as_well(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The backward half is turned round along the batch as well; only time is turned."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([ahead, back_of(step, inputs, backward_state, backward_params).flip(1)], dim=2)


@answer("bidirectional_rnn")
def halves_added(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The two halves are added; they stand side by side, (T, n, 2h)."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return ahead + back_of(step, inputs, backward_state, backward_params)


@answer("bidirectional_rnn")
def joined_along_time(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The two halves are joined along time; join them along the last axis."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([ahead, back_of(step, inputs, backward_state, backward_params)], dim=0)


@answer("bidirectional_rnn")
def joined_along_the_batch(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The two halves are joined along the batch; join them along the last axis."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([ahead, back_of(step, inputs, backward_state, backward_params)], dim=1)


@answer("bidirectional_rnn")
def stacked(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The two halves are stacked along a new axis; join them along the last one."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.stack([ahead, back_of(step, inputs, backward_state, backward_params)], dim=2)


@answer("bidirectional_rnn")
def halves_interleaved(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Forward and backward units alternate; all forward ones come first, then all backward ones."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)
    return torch.stack([ahead, back], dim=3).flatten(2)


@answer("bidirectional_rnn")
def two_results(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The two halves are returned as two results; join them along the last axis."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return ahead, back_of(step, inputs, backward_state, backward_params)


@answer("bidirectional_rnn")
def states_returned_as_well(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The final states are returned as well; the result is the outputs alone."""
    there = run(step, inputs, forward_state, forward_params)
    back = run(step, inputs.flip(0), backward_state, backward_params)
    return torch.cat([outputs_of(there), outputs_of(back).flip(0)], dim=2), (there[-1], back[-1])


@answer("bidirectional_rnn")
def forward_params_twice(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Both runs use forward_params; the backward run has params of its own."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([ahead, back_of(step, inputs, backward_state, forward_params)], dim=2)


@answer("bidirectional_rnn")
def params_swapped(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The params of the two runs are swapped."""
    ahead = ahead_of(step, inputs, forward_state, backward_params)
    return torch.cat([ahead, back_of(step, inputs, backward_state, forward_params)], dim=2)


@answer("bidirectional_rnn")
def forward_state_twice(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Both runs begin with forward_state; the backward run begins with backward_state."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([ahead, back_of(step, inputs, forward_state, backward_params)], dim=2)


@answer("bidirectional_rnn")
def states_swapped(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The first states of the two runs are swapped."""
    ahead = ahead_of(step, inputs, backward_state, forward_params)
    return torch.cat([ahead, back_of(step, inputs, forward_state, backward_params)], dim=2)


@answer("bidirectional_rnn")
def backward_run_goes_on(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The backward run begins with the final state of the forward run; it begins with backward_state."""
    there = run(step, inputs, forward_state, forward_params)
    return torch.cat([outputs_of(there), back_of(step, inputs, there[-1], backward_params)], dim=2)


@answer("bidirectional_rnn")
def begins_with_zeros(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Both runs begin with zeros; they begin with the states that are given."""
    ahead = ahead_of(step, inputs, parts(torch.zeros_like, forward_state), forward_params)
    back = back_of(step, inputs, parts(torch.zeros_like, backward_state), backward_params)
    return torch.cat([ahead, back], dim=2)


@answer("bidirectional_rnn")
def backward_run_one_step_off(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The backward half at step t has not read input t yet; it is the run's output at that same step."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    states = [backward_state, *run(step, inputs.flip(0), backward_state, backward_params)[:-1]]
    return torch.cat([ahead, outputs_of(states).flip(0)], dim=2)


@answer("bidirectional_rnn")
def final_backward_output_everywhere(
    step, inputs, forward_state, backward_state, forward_params, backward_params
):
    """The last backward output is put beside every forward one; each time step has its own."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)
    return torch.cat([ahead, back[:1].expand_as(back)], dim=2)


@answer("bidirectional_rnn")
def final_outputs_alone(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Only the last outputs of the two runs are returned; return those of every time step."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)
    return torch.cat([ahead[-1], back[0]], dim=1)


@answer("bidirectional_rnn")
def backward_run_reads_the_forward_outputs(
    step, inputs, forward_state, backward_state, forward_params, backward_params
):
    """The backward run reads the forward outputs where their size allows it; both runs read the inputs."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    read = padded(ahead, inputs.shape[2])
    return torch.cat([ahead, back_of(step, read, backward_state, backward_params)], dim=2)


@answer("bidirectional_rnn")
def batch_first(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The result has shape (n, T, 2h); time comes first."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)
    return torch.cat([ahead, back], dim=2).transpose(0, 1)


@answer("bidirectional_rnn")
def second_part_for_output(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Where the states are tuples, their last part is taken for the output; the first part is."""

    def last(states):
        return torch.stack([state[-1] if isinstance(state, tuple) else state for state in states])

    there = run(step, inputs, forward_state, forward_params)
    back = run(step, inputs.flip(0), backward_state, backward_params)
    return torch.cat([last(there), last(back).flip(0)], dim=2)


@answer("bidirectional_rnn")
def backward_half_detached(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The backward half is detached, so no gradient flows through it."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)
    return torch.cat([ahead, back.detach()], dim=2)


@answer("bidirectional_rnn")
def graph_cut(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Everything runs without a graph (no_grad), so no gradient flows."""
    with torch.no_grad():
        ahead = ahead_of(step, inputs, forward_state, forward_params)
        back = back_of(step, inputs, backward_state, backward_params)
    return torch.cat([ahead, back], dim=2)


@answer("bidirectional_rnn")
def always_float32(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The result is float32 whatever the inputs are."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)
    return torch.cat([ahead, back], dim=2).float()


@answer("bidirectional_rnn")
def inputs_turned_in_place(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The inputs are turned round in place; make a new tensor."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)
    result = torch.cat([ahead, back], dim=2).clone()
    inputs.data.copy_(inputs.data.flip(0))
    return result


@answer("bidirectional_rnn")
def result_on_the_cpu(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The result is put into a new tensor on the CPU; it belongs on the device of the inputs."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    h = ahead.shape[2]
    result = torch.empty(*ahead.shape[:2], 2 * h, dtype=inputs.dtype)
    result[:, :, :h] = ahead
    result[:, :, h:] = back_of(step, inputs, backward_state, backward_params)
    return result


@answer("bidirectional_rnn")
def halves_averaged(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The two halves are averaged; they stand side by side, (T, n, 2h)."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return (ahead + back_of(step, inputs, backward_state, backward_params)) / 2


@answer("bidirectional_rnn")
def forward_half_turned_round(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The forward outputs are turned round in time, and the backward ones are not; it is the other way round."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = ahead_of(step, inputs.flip(0), backward_state, backward_params)
    return torch.cat([ahead.flip(0), back], dim=2)


@answer("bidirectional_rnn")
def last_step_alone(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Only the last time step is returned; return the outputs of all steps, (T, n, 2h)."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return torch.cat([ahead, back_of(step, inputs, backward_state, backward_params)], dim=2)[-1]


# more of the same families, each in another place


@answer("sequential_batches")
def one_token_skipped_between_windows(corpus, batch_size, num_steps, offset=0):
    """A token is left out between one window and the next; the windows lie side by side, num_steps apart."""
    X, Y = right_rows(corpus, batch_size, offset)
    starts = range(0, X.shape[1] - num_steps + 1, num_steps + 1)
    return [(X[:, i : i + num_steps], Y[:, i : i + num_steps]) for i in starts]


@answer("sequential_batches")
def two_tokens_kept_back(corpus, batch_size, num_steps, offset=0):
    """Two tokens are kept back for the targets; one is enough."""
    length = (len(corpus) - offset - 2) // batch_size
    return cut(
        rows_of(corpus, batch_size, offset, length),
        rows_of(corpus, batch_size, offset + 1, length),
        num_steps,
    )


@answer("sequential_batches")
def targets_without_the_offset(corpus, batch_size, num_steps, offset=0):
    """The targets begin at the second token of the text whatever offset is; each is one token later than its input."""
    length = (len(corpus) - offset - 1) // batch_size
    return cut(rows_of(corpus, batch_size, offset, length), rows_of(corpus, batch_size, 1, length), num_steps)


@answer("sequential_batches")
def row_length_of_the_whole_text(corpus, batch_size, num_steps, offset=0):
    """The length of a row is computed without subtracting offset, so that the rows reach past the end of the text."""
    length = (len(corpus) - 1) // batch_size
    first = offset + torch.arange(batch_size, device=corpus.device).unsqueeze(1) * length
    places = first + torch.arange(length, device=corpus.device)
    places = places.clamp(max=len(corpus) - 2)
    return cut(corpus[places], corpus[places + 1], num_steps)


@answer("perplexity")
def shifted_by_one_maximum_for_all(logits, targets):
    """All rows are shifted by the maximum of all logits, so that a row of smaller ones underflows; each has its own."""
    shifted = logits - logits.max()
    log_probs = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    mean = -log_probs.gather(1, targets.unsqueeze(1)).mean()
    return mean.double().exp().item()


@answer("perplexity")
def power_of_e_with_bits(logits, targets):
    """The cross-entropy is taken with logarithms to base 2, the power with base e; use the natural logarithm."""
    mean = losses(logits, targets).double().mean() / math.log(2)
    return mean.exp().item()


@answer("perplexity")
def probabilities_for_their_logarithms(logits, targets):
    """It is exp of minus the mean probability; the mean is taken over the logarithms of the probabilities."""
    return math.exp(-torch.exp(-losses(logits, targets).double()).mean().item())


@answer("perplexity")
def tensor_in_float64_returned(logits, targets):
    """A tensor is returned; the result is a Python float."""
    return losses(logits.double(), targets).mean().exp()


@answer("rnn_step")
def tanhs_added_with_bias_outside(x, h, params):
    """The input's part and the state's part go through tanh one by one; add them first."""
    return torch.tanh(x @ params["W_xh"]) + torch.tanh(h @ params["W_hh"]) + params["b_h"]


@answer("rnn_step")
def tanh_without_the_state_part(x, h, params):
    """tanh's parenthesis closes too early; it holds the input's part, the state's part and the bias."""
    return torch.tanh(x @ params["W_xh"] + params["b_h"]) + h @ params["W_hh"]


@answer("rnn_step")
def tanh_of_the_state_part_alone(x, h, params):
    """tanh is taken of the state's part alone; it is taken of the whole sum."""
    return x @ params["W_xh"] + torch.tanh(h @ params["W_hh"]) + params["b_h"]


@answer("rnn_step")
def tanh_of_the_state_and_bias_alone(x, h, params):
    """tanh is taken of the state's part alone; it is taken of the whole sum."""
    return x @ params["W_xh"] + torch.tanh(h @ params["W_hh"] + params["b_h"])


@answer("gru_gates")
def reset_gate_keeps_W_hz(x, h, params):
    """The reset gate uses W_hz; it has W_hr."""
    return two_gates(x, h, with_weights(params, W_hr="W_hz"))


@answer("gru_gates")
def reset_gate_keeps_W_xz(x, h, params):
    """The reset gate uses W_xz; it has W_xr."""
    return two_gates(x, h, with_weights(params, W_xr="W_xz"))


@answer("gru_gates")
def reset_gate_keeps_b_z(x, h, params):
    """The reset gate uses b_z; it has b_r."""
    return two_gates(x, h, with_weights(params, b_r="b_z"))


@answer("gru_gates")
def update_gate_twice(x, h, params):
    """Both results are the update gate; the first one is the reset gate, with weights of its own."""
    z = gate(x, h, params, "z")
    return z, z.clone()


@answer("gru_gates")
def reset_gate_without_input(x, h, params):
    """The reset gate does not see the input; add x @ W_xr."""
    return torch.sigmoid(h @ params["W_hr"] + params["b_r"]), gate(x, h, params, "z")


@answer("gru_gates")
def tanh_update_gate(x, h, params):
    """The update gate goes through tanh; both gates are sigmoids."""
    return gate(x, h, params, "r"), tanh_candidate(x, h, params, "z")


@answer("gru_gates")
def tanh_reset_gate(x, h, params):
    """The reset gate goes through tanh; both gates are sigmoids."""
    return tanh_candidate(x, h, params, "r"), gate(x, h, params, "z")


@answer("gru_step")
def reset_scales_both_products(x, h, params):
    """The reset gate scales the input's part and the state's part inside tanh; it scales h alone."""
    r, z = two_gates(x, h, params)
    h_tilde = torch.tanh(r * (x @ params["W_xh"] + h @ params["W_hh"]) + params["b_h"])
    return z * h + (1 - z) * h_tilde


@answer("gru_step")
def old_state_weighed_by_r(x, h, params):
    """The old state is weighed by r in the mixture; it is weighed by z."""
    r, z = two_gates(x, h, params)
    return r * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def update_gate_with_W_hr(x, h, params):
    """The update gate uses W_hr; it has W_hz."""
    r, z = two_gates(x, h, with_weights(params, W_hz="W_hr"))
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def update_gate_with_b_r(x, h, params):
    """The update gate uses b_r; it has b_z."""
    r, z = two_gates(x, h, with_weights(params, b_z="b_r"))
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def tanh_in_the_update_gate(x, h, params):
    """The update gate goes through tanh; both gates are sigmoids."""
    r, z = gate(x, h, params, "r"), tanh_candidate(x, h, params, "z")
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("gru_step")
def reset_twice(x, h, params):
    """The reset gate scales h before the product and the product after it; it scales h alone."""
    r, z = two_gates(x, h, params)
    h_tilde = torch.tanh(x @ params["W_xh"] + r * ((r * h) @ params["W_hh"]) + params["b_h"])
    return z * h + (1 - z) * h_tilde


@answer("lstm_gates")
def forget_gate_keeps_W_xi(x, h, params):
    """The forget gate uses W_xi; it has W_xf."""
    return three_gates(x, h, with_weights(params, W_xf="W_xi"))


@answer("lstm_gates")
def output_gate_keeps_b_i(x, h, params):
    """The output gate uses b_i; it has b_o."""
    return three_gates(x, h, with_weights(params, b_o="b_i"))


@answer("lstm_gates")
def output_gate_keeps_W_hi(x, h, params):
    """The output gate uses W_hi; it has W_ho."""
    return three_gates(x, h, with_weights(params, W_ho="W_hi"))


@answer("lstm_gates")
def output_gate_is_the_input_gate(x, h, params):
    """The output gate has the input gate's W_xi, W_hi and b_i; it has W_xo, W_ho and b_o."""
    i, f, _ = three_gates(x, h, params)
    return i, f, i.clone()


@answer("lstm_gates")
def tanh_forget_gate(x, h, params):
    """The forget gate goes through tanh; all three gates are sigmoids."""
    return gate(x, h, params, "i"), tanh_candidate(x, h, params, "f"), gate(x, h, params, "o")


@answer("lstm_gates")
def state_left_out_of_the_forget_gate(x, h, params):
    """The forget gate does not see the old state; add h @ W_hf."""
    f = torch.sigmoid(x @ params["W_xf"] + params["b_f"])
    return gate(x, h, params, "i"), f, gate(x, h, params, "o")


@answer("lstm_gates")
def sigmoid_of_the_input_part_alone_in_all(x, h, params):
    """The sigmoid's parenthesis closes too early; it holds the input's part, the state's part and the bias."""
    return tuple(
        torch.sigmoid(x @ params["W_x" + letter]) + h @ params["W_h" + letter] + params["b_" + letter]
        for letter in "ifo"
    )


@answer("lstm_step")
def shows_the_candidate_as_it_is(x, state, params):
    """The new state is read off from the candidate; it is o * tanh of the new cell."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    return o * c_tilde, f * c + i * c_tilde


@answer("lstm_step")
def tanh_of_the_output_gate(x, state, params):
    """The new state is tanh(o) * c; it is o * tanh(c)."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f * c + i * tanh_candidate(x, h, params, "c")
    return torch.tanh(o) * c, c


@answer("lstm_step")
def candidate_with_W_hf(x, state, params):
    """The candidate uses W_hf; it has W_hc."""
    return plain_lstm(x, state, with_weights(params, W_hc="W_hf"))


@answer("lstm_step")
def candidate_with_W_hi(x, state, params):
    """The candidate uses W_hi; it has W_hc."""
    return plain_lstm(x, state, with_weights(params, W_hc="W_hi"))


@answer("lstm_step")
def candidate_with_b_o(x, state, params):
    """The candidate uses b_o; it has b_c."""
    return plain_lstm(x, state, with_weights(params, b_c="b_o"))


@answer("lstm_step")
def forget_gate_added_to_the_cell(x, state, params):
    """The old cell is added to its gate; it is multiplied by it."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c = f + c + i * tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_joined_to_the_state(x, state, params):
    """The old state has a part in the new one beside o * tanh(c); it has none."""
    h, c = state
    shown, c = plain_lstm(x, state, params)
    return h + shown, c


@answer("unroll")
def last_step_always_left_out(step, inputs, state, params):
    """The last step is left out; there are T steps."""
    states = run(step, inputs[:-1], state, params)
    return outputs_of(states), states[-1]


@answer("unroll")
def first_step_left_out(step, inputs, state, params):
    """The first input is left out, unless it is the only one; there are T steps."""
    states = run(step, inputs[1:] if len(inputs) > 1 else inputs, state, params)
    return outputs_of(states), states[-1]


@answer("unroll")
def first_step_always_left_out(step, inputs, state, params):
    """The first input is left out; there are T steps."""
    states = run(step, inputs[1:], state, params)
    return outputs_of(states), states[-1]


@answer("unroll")
def axes_of_size_one_lost(step, inputs, state, params):
    """squeeze() removes every axis of size 1; the outputs keep the shape (T, n, h)."""
    states = run(step, inputs, state, params)
    return outputs_of(states).squeeze(), states[-1]


@answer("unroll")
def first_row_for_the_output(step, inputs, state, params):
    """state[0] is taken where the state is a tensor, too, which is its first row; only a tuple has a first part."""
    states = run(step, inputs, state, params)
    return torch.stack([state[0] for state in states]), states[-1]


@answer("deep_rnn")
def two_layers_at_most(step, inputs, states, layers):
    """Two layers are run, however many there are; run as many as there are params."""
    outputs, finals = run_layers(step, inputs, states[:2], layers[:2])
    return outputs[-1], finals


@answer("deep_rnn")
def second_layers_params_from_there_on(step, inputs, states, layers):
    """From the second layer on, all layers use the params of the second one; layer l has layers[l]."""
    outputs, finals = run_layers(
        step, inputs, states, [layers[min(index, 1)] for index in range(len(layers))]
    )
    return outputs[-1], finals


@answer("deep_rnn")
def last_layer_always_left_out(step, inputs, states, layers):
    """The last layer is left out; all layers run."""
    outputs, finals = run_layers(step, inputs, states[:-1], layers[:-1])
    return (outputs[-1] if outputs else inputs), [*finals, states[-1]]


@answer("deep_rnn")
def every_layer_reads_the_inputs_as_they_are(step, inputs, states, layers):
    """Every layer reads the inputs; from the second layer on, a layer reads the outputs of the layer before."""
    reached = [run(step, inputs, state, params) for state, params in zip(states, layers, strict=True)]
    return outputs_of(reached[-1]), [states[-1] for states in reached]


@answer("deep_rnn")
def last_output_repeated_for_the_next_layer(step, inputs, states, layers):
    """A layer reads the last output of the layer before in every step; it reads the output of the same step."""
    finals, outputs = [], inputs
    for state, params in zip(states, layers, strict=True):
        reached = run(step, inputs, state, params)
        outputs = outputs_of(reached)
        finals.append(reached[-1])
        inputs = outputs[-1].expand(len(outputs), *outputs[-1].shape)
    return outputs, finals


@answer("bidirectional_rnn")
def backward_units_turned_as_well(
    step, inputs, forward_state, backward_state, forward_params, backward_params
):
    """The backward half is turned round along its units as well; only time is turned."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)
    return torch.cat([ahead, back.flip(2)], dim=2)


@answer("bidirectional_rnn")
def halves_multiplied(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The two halves are multiplied; they stand side by side, (T, n, 2h)."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    return ahead * back_of(step, inputs, backward_state, backward_params)


@answer("bidirectional_rnn")
def backward_params_twice(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Both runs use backward_params; the forward run has params of its own."""
    ahead = ahead_of(step, inputs, forward_state, backward_params)
    return torch.cat([ahead, back_of(step, inputs, backward_state, backward_params)], dim=2)


@answer("bidirectional_rnn")
def backward_state_twice(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Both runs begin with backward_state; the forward run begins with forward_state."""
    ahead = ahead_of(step, inputs, backward_state, forward_params)
    return torch.cat([ahead, back_of(step, inputs, backward_state, backward_params)], dim=2)


@answer("build_vocab")
def never_below_two(tokens, min_freq=0):
    """Tokens that occur once are left out whatever min_freq is; with min_freq 0 or 1 all tokens are kept."""
    counts, least = counted(tokens), max(2, min_freq)
    return both_ways(["<unk>"] + [token for token in in_order(counts) if counts[token] >= least])


@answer("build_vocab")
def unk_only_where_frequent(tokens, min_freq=0):
    """ "<unk>" is listed only where the text itself holds it often enough; it stands at index 0 in any case."""
    counts = Counter(tokens)
    listed = [token for token in in_order(counted(tokens)) if counts[token] >= min_freq]
    return both_ways(["<unk>", *listed] if counts["<unk>"] >= min_freq else listed)


@answer("build_vocab")
def rare_tokens_kept(tokens, min_freq=0):
    """The tokens that occur at most min_freq times are kept; those that occur at least so often are."""
    counts = counted(tokens)
    return both_ways(["<unk>"] + [token for token in in_order(counts) if counts[token] <= min_freq])


@answer("sequential_batches")
def rows_cut_to_whole_windows(corpus, batch_size, num_steps, offset=0):
    """The rows are cut to whole windows before the text is laid out, so that the second row begins too early."""
    length = (len(corpus) - offset - 1) // batch_size // num_steps * num_steps
    X = rows_of(corpus, batch_size, offset, length)
    return cut(X, rows_of(corpus, batch_size, offset + 1, length), num_steps)


@answer("sequential_batches")
def offset_modulo_the_window(corpus, batch_size, num_steps, offset=0):
    """offset is taken modulo num_steps; the first offset tokens are dropped, however many."""
    return cut(*right_rows(corpus, batch_size, offset % num_steps), num_steps)


@answer("perplexity")
def most_probable_tokens(logits, targets):
    """It is the perplexity of the most probable tokens; it is that of the tokens that came, the targets."""
    best = torch.log_softmax(logits.double(), dim=1).max(dim=1).values
    return torch.exp(-best.mean()).item()


@answer("perplexity")
def label_smoothing(logits, targets):
    """The targets are smoothed; the token that came counts alone."""
    log_probs = torch.log_softmax(logits.double(), dim=1)
    mean = 0.9 * losses(logits.double(), targets).mean() - 0.1 * log_probs.mean()
    return mean.exp().item()


@answer("perplexity")
def cross_entropy_limited_to_709(logits, targets):
    """The cross-entropy is limited to 709, so that the result is never inf; return inf past the largest float64."""
    return math.exp(min(losses(logits.double(), targets).mean().item(), 709.0))


@answer("rnn_step")
def sigmoid_stretched(x, h, params):
    """The state goes through 2 * sigmoid(a) - 1, which is tanh(a / 2); it goes through tanh."""
    return 2 * torch.sigmoid(affine(x, h, params, "h")) - 1


@answer("rnn_step")
def hard_tanh(x, h, params):
    """The state goes through a piecewise linear function; it goes through tanh."""
    return affine(x, h, params, "h").clamp(-1, 1)


@answer("rnn_step")
def divided_by_the_root_of_the_width(x, h, params):
    """The sum is divided by the root of the number of units before tanh; it is not scaled."""
    return torch.tanh(affine(x, h, params, "h") / math.sqrt(h.shape[1]))


@answer("gru_gates")
def W_hr_transposed(x, h, params):
    """W_hr is transposed; the product is h @ W_hr, with W_hr as it is."""
    r = torch.sigmoid(x @ params["W_xr"] + h @ params["W_hr"].T + params["b_r"])
    return r, gate(x, h, params, "z")


@answer("gru_gates")
def W_hz_transposed(x, h, params):
    """W_hz is transposed; the product is h @ W_hz, with W_hz as it is."""
    z = torch.sigmoid(x @ params["W_xz"] + h @ params["W_hz"].T + params["b_z"])
    return gate(x, h, params, "r"), z


@answer("gru_gates")
def candidate_W_xh_for_both(x, h, params):
    """Both gates multiply the input by W_xh, which is the candidate's; use W_xr and W_xz."""
    return two_gates(x, h, with_weights(params, W_xr="W_xh", W_xz="W_xh"))


@answer("gru_gates")
def update_gate_coupled(x, h, params):
    """The update gate is 1 - r; it has weights of its own."""
    r = gate(x, h, params, "r")
    return r, 1 - r


@answer("gru_gates")
def relu_for_sigmoid(x, h, params):
    """The gates go through ReLU; a gate is a sigmoid, between 0 and 1."""
    return tuple(torch.relu(affine(x, h, params, letter)) for letter in "rz")


@answer("gru_gates")
def two_sigmoids_added(x, h, params):
    """The input's part and the state's part go through the sigmoid one by one; add them first."""
    return tuple(
        torch.sigmoid(x @ params["W_x" + letter] + params["b_" + letter])
        + torch.sigmoid(h @ params["W_h" + letter])
        for letter in "rz"
    )


@answer("gru_gates")
def two_sigmoids_added_with_bias_to_the_state(x, h, params):
    """The input's part and the state's part go through the sigmoid one by one; add them first."""
    return tuple(
        torch.sigmoid(x @ params["W_x" + letter])
        + torch.sigmoid(h @ params["W_h" + letter] + params["b_" + letter])
        for letter in "rz"
    )


@answer("gru_gates")
def both_biases_in_both_gates(x, h, params):
    """Both gates add both biases; the reset gate has b_r, the update gate b_z."""
    biases = {**params, "b_r": params["b_r"] + params["b_z"], "b_z": params["b_r"] + params["b_z"]}
    return two_gates(x, h, biases)


@answer("gru_step")
def candidate_with_the_reset_gates_weights(x, h, params):
    """The candidate uses the reset gate's W_xr, W_hr and b_r; it has W_xh, W_hh and b_h."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "r")


@answer("gru_step")
def candidate_with_the_update_gates_weights(x, h, params):
    """The candidate uses the update gate's W_xz, W_hz and b_z; it has W_xh, W_hh and b_h."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "z")


@answer("gru_step")
def candidate_bias_twice(x, h, params):
    """The candidate's bias is added twice, with the input's part and again with the state's; it is added once."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * torch.tanh(affine(x, r * h, params, "h") + params["b_h"])


@answer("gru_step")
def mean_of_old_state_and_candidate(x, h, params):
    """The result is the mean of the old state and the candidate; z says how much of each."""
    r, _ = two_gates(x, h, params)
    return (h + tanh_candidate(x, r * h, params, "h")) / 2


@answer("gru_step")
def old_state_weighed_before_the_candidate(x, h, params):
    """The old state is multiplied by z before the candidate is made from it; the candidate is made from r * h."""
    r, z = two_gates(x, h, params)
    return z * h + (1 - z) * tanh_candidate(x, r * z * h, params, "h")


@answer("gru_step")
def gate_state_weights_transposed(x, h, params):
    """The state's weights are transposed in the gates; the product is h @ W_h, with W_h as it is."""
    turned = {**params, "W_hr": params["W_hr"].T, "W_hz": params["W_hz"].T}
    r, z = two_gates(x, h, turned)
    return z * h + (1 - z) * tanh_candidate(x, r * h, params, "h")


@answer("lstm_gates")
def W_hi_transposed(x, h, params):
    """W_hi is transposed; the product is h @ W_hi, with W_hi as it is."""
    return three_gates(x, h, {**params, "W_hi": params["W_hi"].T})


@answer("lstm_gates")
def W_hf_transposed(x, h, params):
    """W_hf is transposed; the product is h @ W_hf, with W_hf as it is."""
    return three_gates(x, h, {**params, "W_hf": params["W_hf"].T})


@answer("lstm_gates")
def W_ho_transposed(x, h, params):
    """W_ho is transposed; the product is h @ W_ho, with W_ho as it is."""
    return three_gates(x, h, {**params, "W_ho": params["W_ho"].T})


@answer("lstm_gates")
def candidate_weights_for_input(x, h, params):
    """The input gate uses the candidate's W_xc, W_hc and b_c; it has W_xi, W_hi and b_i."""
    return three_gates(x, h, with_weights(params, W_xi="W_xc", W_hi="W_hc", b_i="b_c"))


@answer("lstm_gates")
def candidate_weights_for_forget(x, h, params):
    """The forget gate uses the candidate's W_xc, W_hc and b_c; it has W_xf, W_hf and b_f."""
    return three_gates(x, h, with_weights(params, W_xf="W_xc", W_hf="W_hc", b_f="b_c"))


@answer("lstm_gates")
def state_left_out_of_the_input_gate(x, h, params):
    """The input gate does not see the old state; add h @ W_hi."""
    i = torch.sigmoid(x @ params["W_xi"] + params["b_i"])
    return i, gate(x, h, params, "f"), gate(x, h, params, "o")


@answer("lstm_gates")
def forget_and_output_biases_crossed(x, h, params):
    """b_f and b_o are crossed; the forget gate uses b_f, the output gate b_o."""
    return three_gates(x, h, with_weights(params, b_f="b_o", b_o="b_f"))


@answer("lstm_gates")
def forget_and_output_weights_crossed(x, h, params):
    """W_xf and W_xo are crossed; the forget gate uses W_xf, the output gate W_xo."""
    return three_gates(x, h, with_weights(params, W_xf="W_xo", W_xo="W_xf"))


@answer("lstm_gates")
def input_and_output_state_weights_crossed(x, h, params):
    """W_hi and W_ho are crossed; the input gate uses W_hi, the output gate W_ho."""
    return three_gates(x, h, with_weights(params, W_hi="W_ho", W_ho="W_hi"))


@answer("lstm_gates")
def W_hi_for_all(x, h, params):
    """All gates multiply the state by W_hi; the forget gate has W_hf, the output gate W_ho."""
    return three_gates(x, h, with_weights(params, W_hf="W_hi", W_ho="W_hi"))


@answer("lstm_gates")
def input_gate_coupled(x, h, params):
    """The input gate is 1 - f; it has weights of its own."""
    _, f, o = three_gates(x, h, params)
    return 1 - f, f, o


@answer("lstm_gates")
def input_gate_complemented(x, h, params):
    """The first result is 1 - i; return i itself."""
    i, f, o = three_gates(x, h, params)
    return 1 - i, f, o


@answer("lstm_gates")
def output_gate_keeps_W_xi(x, h, params):
    """The output gate uses W_xi; it has W_xo."""
    return three_gates(x, h, with_weights(params, W_xo="W_xi"))


@answer("lstm_gates")
def two_sigmoids_added(x, h, params):
    """The input's part and the state's part go through the sigmoid one by one; add them first."""
    return tuple(
        torch.sigmoid(x @ params["W_x" + letter] + params["b_" + letter])
        + torch.sigmoid(h @ params["W_h" + letter])
        for letter in "ifo"
    )


@answer("lstm_gates")
def two_sigmoids_added_with_bias_to_the_state(x, h, params):
    """The input's part and the state's part go through the sigmoid one by one; add them first."""
    return tuple(
        torch.sigmoid(x @ params["W_x" + letter])
        + torch.sigmoid(h @ params["W_h" + letter] + params["b_" + letter])
        for letter in "ifo"
    )


@answer("lstm_step")
def candidate_bias_outside_tanh(x, state, params):
    """The bias b_c is added after tanh; it belongs inside."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = torch.tanh(x @ params["W_xc"] + h @ params["W_hc"]) + params["b_c"]
    c = f * c + i * c_tilde
    return o * torch.tanh(c), c


@answer("lstm_step")
def relu_candidate(x, state, params):
    """The candidate goes through ReLU; it goes through tanh."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = torch.relu(affine(x, h, params, "c"))
    c = f * c + i * c_tilde
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_bias_twice(x, state, params):
    """The candidate's bias is added twice, with the input's part and again with the state's; it is added once."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = torch.tanh(affine(x, h, params, "c") + params["b_c"])
    c = f * c + i * c_tilde
    return o * torch.tanh(c), c


@answer("lstm_step")
def input_gate_shows(x, state, params):
    """The new state is i * tanh(c); it is o * tanh(c)."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    c = f * c + i * c_tilde
    return i * torch.tanh(c), c


@answer("lstm_step")
def forget_gate_shows(x, state, params):
    """The new state is f * tanh(c); it is o * tanh(c)."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    c = f * c + i * c_tilde
    return f * torch.tanh(c), c


@answer("lstm_step")
def forget_gate_weighs_everything(x, state, params):
    """The forget gate weighs the candidate's part as well; it weighs the old cell alone."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    c = f * (c + i * c_tilde)
    return o * torch.tanh(c), c


@answer("lstm_step")
def input_gate_weighs_everything(x, state, params):
    """The input gate weighs the old cell as well; it weighs the candidate alone."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    c = i * (f * c + c_tilde)
    return o * torch.tanh(c), c


@answer("lstm_step")
def parts_of_the_cell_multiplied(x, state, params):
    """The old cell's part and the candidate's part are multiplied; add them."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    c = f * c * i * c_tilde
    return o * torch.tanh(c), c


@answer("lstm_step")
def input_gate_complemented(x, state, params):
    """The candidate is weighed by 1 - i; it is weighed by i."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    c = f * c + (1 - i) * c_tilde
    return o * torch.tanh(c), c


@answer("lstm_step")
def input_gate_weighs_the_old_cell_too(x, state, params):
    """The input gate weighs both parts; f weighs the old cell."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    c = i * c + i * c_tilde
    return o * torch.tanh(c), c


@answer("lstm_step")
def cell_shown_before_it_is_new(x, state, params):
    """The new state is read off from the old cell plus the candidate; it is o * tanh of the new cell."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, h, params, "c")
    return o * torch.tanh(c + c_tilde), f * c + i * c_tilde


@answer("lstm_step")
def candidate_from_i_times_h(x, state, params):
    """The candidate is made from i * h, as with a GRU's reset gate; an LSTM takes h as it is."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, i * h, params, "c")
    c = f * c + i * c_tilde
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_from_o_times_h(x, state, params):
    """The candidate is made from o * h, as with a GRU's reset gate; an LSTM takes h as it is."""
    h, c = state
    i, f, o = three_gates(x, h, params)
    c_tilde = tanh_candidate(x, o * h, params, "c")
    c = f * c + i * c_tilde
    return o * torch.tanh(c), c


@answer("lstm_step")
def candidate_with_W_xi(x, state, params):
    """The candidate uses W_xi; it has W_xc."""
    return plain_lstm(x, state, with_weights(params, W_xc="W_xi"))


@answer("lstm_step")
def candidate_with_W_xf(x, state, params):
    """The candidate uses W_xf; it has W_xc."""
    return plain_lstm(x, state, with_weights(params, W_xc="W_xf"))


@answer("lstm_step")
def candidate_with_W_xo(x, state, params):
    """The candidate uses W_xo; it has W_xc."""
    return plain_lstm(x, state, with_weights(params, W_xc="W_xo"))


@answer("unroll")
def state_before_the_last_step_returned(step, inputs, state, params):
    """The final state is the one before the last step; return what the last step has left."""
    states = [state, *run(step, inputs, state, params)]
    return outputs_of(states[1:]), states[-2]


@answer("unroll")
def running_mean(step, inputs, state, params):
    """Each output is the mean of the states so far; it is the state after its step."""
    states = run(step, inputs, state, params)
    outputs = outputs_of(states)
    counts = torch.arange(1, len(outputs) + 1, dtype=outputs.dtype, device=outputs.device)
    return outputs.cumsum(dim=0) / counts.reshape(-1, 1, 1), states[-1]


@answer("unroll")
def state_moved_on_twice(step, inputs, state, params):
    """The state goes through the step twice for each input; it does so once."""
    outputs = []
    for x in inputs:
        state = step(x, state, params)
        outputs.append(output(state))
        state = step(x, state, params)
    return torch.stack(outputs), state


@answer("deep_rnn")
def last_state_for_every_layer(step, inputs, states, layers):
    """Every layer begins with the last one of the states; layer l begins with states[l]."""
    outputs, finals = run_layers(step, inputs, [states[-1]] * len(layers), layers)
    return outputs[-1], finals


@answer("deep_rnn")
def upper_layers_begin_with_zeros(step, inputs, states, layers):
    """From the second layer on, the layers begin with zeros; layer l begins with states[l]."""
    begun = [states[0], *map_states(torch.zeros_like, states[1:])]
    outputs, finals = run_layers(step, inputs, begun, layers)
    return outputs[-1], finals


@answer("deep_rnn")
def outputs_averaged(step, inputs, states, layers):
    """The outputs of all layers are averaged; return those of the last layer."""
    outputs, finals = run_layers(step, inputs, states, layers)
    return sum(outputs) / len(outputs), finals


@answer("deep_rnn")
def relu_between_the_layers(step, inputs, states, layers):
    """The outputs go through ReLU before the next layer reads them; it reads them as they are."""
    finals, outputs = [], inputs
    for index, (state, params) in enumerate(zip(states, layers, strict=True)):
        reached = run(step, torch.relu(outputs) if index else outputs, state, params)
        outputs = outputs_of(reached)
        finals.append(reached[-1])
    return outputs, finals


@answer("deep_rnn")
def tanh_between_the_layers(step, inputs, states, layers):
    """The outputs go through tanh before the next layer reads them; it reads them as they are."""
    finals, outputs = [], inputs
    for index, (state, params) in enumerate(zip(states, layers, strict=True)):
        reached = run(step, torch.tanh(outputs) if index else outputs, state, params)
        outputs = outputs_of(reached)
        finals.append(reached[-1])
    return outputs, finals


@answer("bidirectional_rnn")
def forward_half_twice(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Both halves are the forward run; the second one is the backward run."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = ahead
    return torch.cat([ahead, back], dim=2)


@answer("bidirectional_rnn")
def both_backward(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """Both runs go backward in time; the first one begins at the first step."""
    ahead = back_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)
    return torch.cat([ahead, back], dim=2)


@answer("bidirectional_rnn")
def first_backward_output_everywhere(
    step, inputs, forward_state, backward_state, forward_params, backward_params
):
    """The backward half holds the backward run's first output at every step; it holds the output at that same step."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params)[-1:].expand_as(ahead)
    return torch.cat([ahead, back], dim=2)


@answer("bidirectional_rnn")
def backward_half_rolled(step, inputs, forward_state, backward_state, forward_params, backward_params):
    """The backward half stands one step late; it stands at the step whose input it has just read."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, backward_state, backward_params).roll(1, 0)
    return torch.cat([ahead, back], dim=2)


@answer("bidirectional_rnn")
def backward_run_begins_with_zeros(
    step, inputs, forward_state, backward_state, forward_params, backward_params
):
    """The backward run begins with zeros; it begins with backward_state."""
    ahead = ahead_of(step, inputs, forward_state, forward_params)
    back = back_of(step, inputs, parts(torch.zeros_like, backward_state), backward_params)
    return torch.cat([ahead, back], dim=2)


@answer("sequential_batches")
def rows_of_targets_not_filled(corpus, batch_size, num_steps, offset=0):
    """No token is kept for the last target, so that targets run out and do not fill their rows; use len(corpus) - offset - 1."""
    used = (len(corpus) - offset) // batch_size * batch_size
    inputs, targets = (corpus[start : start + used].reshape(batch_size, -1) for start in (offset, offset + 1))
    windows = range(0, inputs.shape[1] // num_steps * num_steps, num_steps)
    return [(inputs[:, i : i + num_steps], targets[:, i : i + num_steps]) for i in windows]


@answer("sequential_batches")
def offset_not_taken_off_the_length(corpus, batch_size, num_steps, offset=0):
    """The rows' length does not take off the offset, so that tokens run out; use len(corpus) - offset - 1."""
    used = (len(corpus) - 1) // batch_size * batch_size
    inputs, targets = (corpus[start : start + used].reshape(batch_size, -1) for start in (offset, offset + 1))
    windows = range(0, inputs.shape[1] // num_steps * num_steps, num_steps)
    return [(inputs[:, i : i + num_steps], targets[:, i : i + num_steps]) for i in windows]


@answer("rnn_step")
def state_assigned_to(x, h, params):
    """The new state is written into h (an assignment to h[:]); make a new tensor."""
    h[:] = torch.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
    return h


@answer("lstm_gates")
def softmax_in_all_gates(x, h, params):
    """A softmax runs over the units of each gate; each unit has a sigmoid of its own."""
    return tuple(torch.softmax(affine(x, h, params, letter), -1) for letter in "ifo")
