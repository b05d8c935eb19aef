"""Wrong answers that students give, each with the sentence they are told."""
# ruff: noqa: F811 -- names repeat from exercise to exercise

import itertools
import math
from collections import Counter

import torch
import torch.nn.functional as F

from autograder.authoring import answer

# truncate_pad


@answer("truncate_pad")
def padded_in_front(tokens, num_steps, pad):
    """A short sentence is filled up in front; pad goes to its end."""
    return [pad] * (num_steps - len(tokens)) + tokens[:num_steps]


@answer("truncate_pad")
def cut_in_front(tokens, num_steps, pad):
    """A long sentence is cut in front, so that its last tokens stay; keep its first ones."""
    return tokens[-num_steps:] + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def cut_and_padded_in_front(tokens, num_steps, pad):
    """Sentences are cut and filled up in front; both are to happen at the end."""
    return [pad] * (num_steps - len(tokens)) + tokens[-num_steps:]


@answer("truncate_pad")
def not_cut(tokens, num_steps, pad):
    """A long sentence is not cut; the result has num_steps tokens in all cases."""
    return tokens + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def not_filled_up(tokens, num_steps, pad):
    """A short sentence is not filled up; the result has num_steps tokens in all cases."""
    return tokens[:num_steps]


@answer("truncate_pad")
def one_pad(tokens, num_steps, pad):
    """A short sentence gets one pad only; fill it up to num_steps tokens."""
    return tokens[:num_steps] if len(tokens) >= num_steps else [*tokens, pad]


@answer("truncate_pad")
def num_steps_pads(tokens, num_steps, pad):
    """A short sentence gets num_steps pads; it needs as many as tokens are missing."""
    return tokens[:num_steps] if len(tokens) >= num_steps else tokens + [pad] * num_steps


@answer("truncate_pad")
def one_too_many(tokens, num_steps, pad):
    """The result has one token too many, num_steps + 1 of them."""
    return tokens[: num_steps + 1] + [pad] * (num_steps + 1 - len(tokens))


@answer("truncate_pad")
def one_too_few(tokens, num_steps, pad):
    """The result has one token too few; a slice that ends at num_steps - 1 leaves one out."""
    return tokens[: num_steps - 1] + [pad] * (num_steps - 1 - len(tokens))


@answer("truncate_pad")
def pads_with_0(tokens, num_steps, pad):
    """A sentence is filled up with 0 whatever pad is; use the pad that is given."""
    return tokens[:num_steps] + [0] * (num_steps - len(tokens))


@answer("truncate_pad")
def repeats_the_last_token(tokens, num_steps, pad):
    """A sentence is filled up with its own last token; use pad."""
    return tokens[:num_steps] + (tokens or [pad])[-1:] * (num_steps - len(tokens))


@answer("truncate_pad")
def pad_and_list_nested(tokens, num_steps, pad):
    """The pads are put into the list as one list; append each of them as a token."""
    missing = num_steps - len(tokens)
    return tokens[:num_steps] if missing <= 0 else [*tokens, [pad] * missing]


@answer("truncate_pad")
def keeps_the_last_token(tokens, num_steps, pad):
    """When a sentence is cut, its last token is kept in the last place; keep the first num_steps tokens as they are."""
    if len(tokens) > num_steps:
        return tokens[: num_steps - 1] + tokens[-1:]
    return tokens + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def pad_in_the_last_place(tokens, num_steps, pad):
    """A sentence that is cut ends with pad; all of its num_steps places are for tokens."""
    if len(tokens) > num_steps:
        return [*tokens[: num_steps - 1], pad]
    return tokens + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def nothing_where_it_fits(tokens, num_steps, pad):
    """Nothing is returned for a sentence of num_steps tokens; return its tokens."""
    if len(tokens) > num_steps:
        return tokens[:num_steps]
    if len(tokens) < num_steps:
        return tokens + [pad] * (num_steps - len(tokens))
    return None


@answer("truncate_pad")
def drops_pad_inside(tokens, num_steps, pad):
    """Tokens that equal pad are taken out first; leave the tokens as they are."""
    tokens = [token for token in tokens if token != pad]
    return tokens[:num_steps] + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def without_repetitions(tokens, num_steps, pad):
    """Tokens that stand there twice are dropped; keep all of them in their places."""
    tokens = list(dict.fromkeys(tokens))
    return tokens[:num_steps] + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def changes_the_list(tokens, num_steps, pad):
    """The list of tokens itself is lengthened or cut; make a new one."""
    while len(tokens) < num_steps:
        tokens.append(pad)
    del tokens[num_steps:]
    return tokens


@answer("truncate_pad")
def extends_in_place(tokens, num_steps, pad):
    """The pads are added to the list of tokens itself; make a new list."""
    tokens += [pad] * (num_steps - len(tokens))
    return tokens[:num_steps]


@answer("truncate_pad")
def arguments_renamed(tokens, num_steps, padding_token):
    """The third argument has another name; it is called pad."""
    return tokens[:num_steps] + [padding_token] * (num_steps - len(tokens))


@answer("truncate_pad")
def a_tensor(tokens, num_steps, pad):
    """A tensor is returned; return a list, whose tokens may be words."""
    return torch.tensor(tokens[:num_steps] + [pad] * (num_steps - len(tokens)))


@answer("truncate_pad")
def one_pad_in_any_case(tokens, num_steps, pad):
    """A short sentence gets one pad only; fill it up to num_steps tokens."""
    return tokens[:num_steps] if len(tokens) > num_steps else [*tokens, pad]


@answer("truncate_pad")
def num_steps_pads_in_any_case(tokens, num_steps, pad):
    """A short sentence gets num_steps pads; it needs as many as tokens are missing."""
    return tokens[:num_steps] if len(tokens) > num_steps else tokens + [pad] * num_steps


@answer("truncate_pad")
def cut_one_short(tokens, num_steps, pad):
    """A long sentence is cut to num_steps - 1 tokens; its first num_steps tokens stay."""
    if len(tokens) > num_steps:
        return tokens[: num_steps - 1]
    return tokens + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def cut_one_late(tokens, num_steps, pad):
    """A long sentence keeps num_steps + 1 tokens; its first num_steps tokens stay."""
    if len(tokens) > num_steps:
        return tokens[: num_steps + 1]
    return tokens + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def one_pad_too_many(tokens, num_steps, pad):
    """A short sentence gets one pad too many; the result has num_steps tokens."""
    if len(tokens) > num_steps:
        return tokens[:num_steps]
    return tokens + [pad] * (num_steps - len(tokens) + 1)


@answer("truncate_pad")
def one_pad_too_few(tokens, num_steps, pad):
    """A short sentence gets one pad too few; the result has num_steps tokens."""
    if len(tokens) > num_steps:
        return tokens[:num_steps]
    return tokens + [pad] * (num_steps - len(tokens) - 1)


@answer("truncate_pad")
def repeats_the_last_token_if_any(tokens, num_steps, pad):
    """A sentence is filled up with its own last token; use pad."""
    return tokens[:num_steps] + tokens[-1:] * (num_steps - len(tokens))


@answer("truncate_pad")
def begins_again(tokens, num_steps, pad):
    """A short sentence is filled up with its own tokens once more; use pad."""
    return [tokens[i % len(tokens)] if tokens else pad for i in range(num_steps)]


@answer("truncate_pad")
def cut_in_place(tokens, num_steps, pad):
    """The list of tokens itself is lengthened or cut; make a new one."""
    del tokens[num_steps:]
    return tokens + [pad] * (num_steps - len(tokens))


@answer("truncate_pad")
def pads_with_the_word_pad(tokens, num_steps, pad):
    """A sentence is filled up with "<pad>" whatever pad is; use the pad that is given."""
    return tokens[:num_steps] + ["<pad>"] * (num_steps - len(tokens))


@answer("truncate_pad")
def pads_on_both_sides(tokens, num_steps, pad):
    """A short sentence is filled up on both sides; all pads go to its end."""
    missing = max(0, num_steps - len(tokens))
    before = missing // 2
    return [pad] * before + tokens[:num_steps] + [pad] * (missing - before)


@answer("truncate_pad")
def empty_stays_empty(tokens, num_steps, pad):
    """An empty sentence stays empty; it is filled up with num_steps pads."""
    return tokens[:num_steps] + [pad] * (num_steps - len(tokens)) if tokens else []


@answer("truncate_pad")
def pads_with_none(tokens, num_steps, pad):
    """A sentence is filled up with None whatever pad is; use the pad that is given."""
    return tokens[:num_steps] + [None] * (num_steps - len(tokens))


@answer("truncate_pad")
def last_place_never_for_a_token(tokens, num_steps, pad):
    """The last place is always a pad, where a sentence fills all places, too; these are for tokens."""
    tokens = tokens[: num_steps - 1]
    return tokens + [pad] * (num_steps - len(tokens))


# sequence_mask


def is_valid(x, valid_len):
    valid = torch.arange(x.shape[1], device=x.device) < valid_len[:, None]
    return valid.reshape(valid.shape + (1,) * (x.dim() - 2))


@answer("sequence_mask")
def upside_down(x, valid_len, value=0.0):
    """The valid steps are overwritten and the others kept; it is the other way round."""
    return x.masked_fill(is_valid(x, valid_len), value)


@answer("sequence_mask")
def one_step_too_many(x, valid_len, value=0.0):
    """The step at valid_len is kept, too; steps count from 0, so the valid ones are those below valid_len."""
    return x.masked_fill(~is_valid(x, valid_len + 1), value)


@answer("sequence_mask")
def one_step_too_few(x, valid_len, value=0.0):
    """The last valid step is overwritten, too; a row with valid_len 3 has the valid steps 0, 1 and 2."""
    return x.masked_fill(~is_valid(x, valid_len - 1), value)


@answer("sequence_mask")
def value_ignored(x, valid_len, value=0.0):
    """The other steps become 0 whatever value is; use the value that is given."""
    return x.masked_fill(~is_valid(x, valid_len), 0.0)


@answer("sequence_mask")
def multiplied_by_the_mask(x, valid_len, value=0.0):
    """Other steps are multiplied by 0, which leaves NaN where NaN or an infinity stood; overwrite them."""
    valid = is_valid(x, valid_len)
    filling = torch.full_like(x, value)
    return x * valid + filling.masked_fill(valid, 0)


@answer("sequence_mask")
def multiplied_and_value_ignored(x, valid_len, value=0.0):
    """x is multiplied by a mask of 0 and 1, which makes no use of value and keeps NaN; overwrite with value."""
    return x * is_valid(x, valid_len)


@answer("sequence_mask")
def value_multiplied_by_the_mask(x, valid_len, value=0.0):
    """Value is multiplied by 0 at valid steps, which gives NaN where it is infinite; select, do not multiply."""
    valid = is_valid(x, valid_len)
    return x.masked_fill(~valid, 0) + (torch.full_like(x, value) * ~valid)


@answer("sequence_mask")
def value_added(x, valid_len, value=0.0):
    """Value is added to what stands in the other steps; overwrite them with it."""
    valid = is_valid(x, valid_len)
    return torch.where(valid, x, x.masked_fill(~x.isfinite(), 0) * (value != 0) + value).to(x.dtype)


@answer("sequence_mask")
def removes_nan_first(x, valid_len, value=0.0):
    """NaN and infinities are replaced in all of x, in valid steps, too; these stay as they are."""
    return x.nan_to_num().masked_fill(~is_valid(x, valid_len), value)


@answer("sequence_mask")
def along_the_last_axis(x, valid_len, value=0.0):
    """Steps are counted along the last axis; they are the second one, whatever follows it."""
    valid = torch.arange(x.shape[-1], device=x.device) < valid_len.reshape((-1,) + (1,) * (x.dim() - 1))
    return x.masked_fill(~valid, value)


@answer("sequence_mask")
def time_comes_first(x, valid_len, value=0.0):
    """Steps are counted along the first axis; the first axis is the batch, the second one is time."""
    steps = torch.arange(x.shape[0], device=x.device)
    lengths = torch.zeros(x.shape[1], dtype=torch.int64, device=x.device)
    count = min(len(valid_len), x.shape[1])
    lengths[:count] = valid_len[:count]
    valid = steps[:, None] < lengths
    return x.masked_fill(~valid.reshape(valid.shape + (1,) * (x.dim() - 2)), value)


@answer("sequence_mask")
def no_axes_added(x, valid_len, value=0.0):
    """The mask of shape (n, T) is not given the further axes of x, so it does not fit or falls on the wrong ones."""
    valid = torch.arange(x.shape[1], device=x.device) < valid_len[:, None]
    return x.masked_fill(~valid, value)


@answer("sequence_mask")
def three_axes_at_most(x, valid_len, value=0.0):
    """The mask fits x of two or three axes only; give it as many as x has."""
    valid = torch.arange(x.shape[1], device=x.device) < valid_len[:, None]
    return x.masked_fill(~(valid if x.dim() == 2 else valid[:, :, None]), value)


@answer("sequence_mask")
def the_longest_for_all(x, valid_len, value=0.0):
    """All rows are cut at the longest valid_len; each row has its own."""
    return x.masked_fill(~is_valid(x, valid_len.max().expand(len(valid_len))), value)


@answer("sequence_mask")
def cut_short(x, valid_len, value=0.0):
    """Steps that no row needs are cut off; the result has the shape of x."""
    masked = x.masked_fill(~is_valid(x, valid_len), value)
    return masked[:, : max(1, int(valid_len.max()))] if x.device.type != "meta" else masked


@answer("sequence_mask")
def counted_from_the_end(x, valid_len, value=0.0):
    """The invalid steps are counted from the end, and the slice -0: is everything; count from the start."""
    y = x.clone()
    for i in range(x.shape[0]):
        y[i, -(x.shape[1] - int(valid_len[i])) :] = value
    return y


@answer("sequence_mask")
def zero_means_all(x, valid_len, value=0.0):
    """A row with valid_len 0 is left as it is; nothing of it is valid."""
    y = x.clone()
    for i, length in enumerate(valid_len.tolist()):
        if length:
            y[i, length:] = value
    return y


@answer("sequence_mask")
def beyond_the_end_refused(x, valid_len, value=0.0):
    """A valid_len beyond the number of steps is refused; it means that all steps are valid."""
    if x.device.type != "meta" and int(valid_len.max()) > x.shape[1]:
        raise IndexError("valid_len is longer than the sequence")
    return x.masked_fill(~is_valid(x, valid_len), value)


@answer("sequence_mask")
def beyond_the_end_wraps(x, valid_len, value=0.0):
    """A valid_len beyond the number of steps is taken modulo T; it means that all steps are valid."""
    length = torch.where(valid_len > x.shape[1], valid_len % x.shape[1], valid_len)
    return x.masked_fill(~is_valid(x, length), value)


@answer("sequence_mask")
def integers_become_floats(x, valid_len, value=0.0):
    """Integers become floating-point numbers; the result has the dtype of x."""
    masked = x.masked_fill(~is_valid(x, valid_len), value)
    return masked if x.is_floating_point() else masked.float()


@answer("sequence_mask")
def float32_fixed(x, valid_len, value=0.0):
    """The result is float32 whatever the dtype of x is; keep the dtype of x."""
    masked = x.masked_fill(~is_valid(x, valid_len), value)
    return masked.float() if x.is_floating_point() else masked


@answer("sequence_mask")
def changed_in_place(x, valid_len, value=0.0):
    """x itself is overwritten; make a new tensor."""
    with torch.no_grad():
        x.masked_fill_(~is_valid(x, valid_len), value)
    return x.clone()


@answer("sequence_mask")
def cut_off_the_graph(x, valid_len, value=0.0):
    """The result carries no gradient, because of detach, data or no_grad; it has to reach the valid steps of x."""
    return x.detach().masked_fill(~is_valid(x, valid_len), value)


@answer("sequence_mask")
def gradient_in_padding(x, valid_len, value=0.0):
    """The gradient reaches the overwritten steps as if they counted; it is 0 there."""
    masked = x.masked_fill(~is_valid(x, valid_len), value)
    if not x.is_floating_point():
        return masked
    zero = x.nan_to_num(posinf=0, neginf=0)
    return torch.where(is_valid(x, valid_len), x, masked.detach() + (zero - zero.detach()))


@answer("sequence_mask")
def mask_on_the_cpu(x, valid_len, value=0.0):
    """The numbers of the steps are made on the CPU; make them on the device of x."""
    valid = torch.arange(x.shape[1]) < valid_len[:, None]
    return x.masked_fill(~valid.reshape(valid.shape + (1,) * (x.dim() - 2)), value)


@answer("sequence_mask")
def the_mask_itself(x, valid_len, value=0.0):
    """The mask is returned; return x with the steps that are not valid overwritten."""
    return is_valid(x, valid_len).expand(x.shape)


@answer("sequence_mask")
def needs_contiguous(x, valid_len, value=0.0):
    """x is viewed in another shape, which fails unless it is contiguous; use reshape, or axes of size 1."""
    flat = x.view(x.shape[0], x.shape[1], -1)
    valid = torch.arange(x.shape[1], device=x.device) < valid_len[:, None]
    return flat.masked_fill(~valid[:, :, None], value).view(x.shape)


@answer("sequence_mask")
def large_negative_by_default(x, valid_len, value=-1e6):
    """Where no value is passed, the other steps become a large negative number; value is 0.0 by default."""
    return x.masked_fill(~is_valid(x, valid_len), value)


@answer("sequence_mask")
def the_first_for_all(x, valid_len, value=0.0):
    """All rows are cut at the first row's valid_len; each row has its own."""
    return x.masked_fill(~is_valid(x, valid_len[:1].expand_as(valid_len)), value)


@answer("sequence_mask")
def last_steps_kept(x, valid_len, value=0.0):
    """The last valid_len steps are kept; the valid ones are the first, padding stands at the end."""
    return x.flip(1).masked_fill(~is_valid(x, valid_len), value).flip(1)


@answer("sequence_mask")
def one_step_overwritten(x, valid_len, value=0.0):
    """Only the step at valid_len is overwritten; all steps past it are, too."""
    return x.masked_fill(is_valid(x, valid_len + 1) & ~is_valid(x, valid_len), value)


@answer("sequence_mask")
def only_what_is_past_stays(x, valid_len, value=0.0):
    """The valid steps are overwritten and the others kept; it is the other way round."""
    return x.masked_fill(is_valid(x, valid_len + 1), value)


@answer("sequence_mask")
def mask_in_the_dtype_of_x(x, valid_len, value=0.0):
    """The mask is returned; return x with the steps that are not valid overwritten."""
    valid = torch.arange(x.shape[1], device=x.device) < valid_len[:, None]
    return valid.to(x.dtype)


@answer("sequence_mask")
def product_and_sum_with_the_mask(x, valid_len, value=0.0):
    """Other steps are multiplied by 0, which leaves NaN where NaN or an infinity stood; overwrite them."""
    valid = is_valid(x, valid_len)
    return (x * valid + value * ~valid).to(x.dtype)


@answer("sequence_mask")
def the_shortest_for_all(x, valid_len, value=0.0):
    """All rows are cut at the shortest valid_len; each row has its own."""
    y = x.clone()
    y[:, int(valid_len.min()) :] = value
    return y


@answer("sequence_mask")
def large_negative_in_any_case(x, valid_len, value=0.0):
    """The other steps become a large negative number whatever value is; use the value that is given."""
    return x.masked_fill(~is_valid(x, valid_len), -1000)


@answer("sequence_mask")
def value_added_everywhere(x, valid_len, value=0.0):
    """Value is added to the valid steps as well; these stay as they are."""
    return x.masked_fill(~is_valid(x, valid_len), 0) + value


@answer("sequence_mask")
def sliced_from_one_step_before(x, valid_len, value=0.0):
    """Each row is overwritten from valid_len - 1 on, for valid_len 0 its last step alone; begin at valid_len."""
    y = x.clone()
    for i, length in enumerate(valid_len.tolist()):
        y[i, length - 1 :] = value
    return y


# masked_cross_entropy


def select(logits, valid_len):
    return torch.arange(logits.shape[1], device=logits.device) < valid_len[:, None]


def token_losses(logits, labels, valid_len):
    safe = logits.masked_fill(~select(logits, valid_len)[:, :, None], 0.0)
    return F.cross_entropy(safe.transpose(1, 2), labels, reduction="none")


def mean_of(losses, valid):
    return losses.masked_fill(~valid, 0.0).sum() / valid.sum().clamp(min=1)


@answer("masked_cross_entropy")
def mask_forgotten(logits, labels, valid_len):
    """Padding counts like everything else; leave the steps at and past valid_len out."""
    return F.cross_entropy(logits.transpose(1, 2), labels)


@answer("masked_cross_entropy")
def over_all_steps(logits, labels, valid_len):
    """The sum is divided by all steps, padding too; divide by the number of valid tokens."""
    losses = token_losses(logits, labels, valid_len)
    return losses.masked_fill(~select(logits, valid_len), 0.0).mean()


@answer("masked_cross_entropy")
def over_the_batch_size(logits, labels, valid_len):
    """The sum is divided by the number of sequences; divide by the number of valid tokens."""
    losses = token_losses(logits, labels, valid_len)
    return losses.masked_fill(~select(logits, valid_len), 0.0).sum() / len(labels)


@answer("masked_cross_entropy")
def over_steps_then_sequences(logits, labels, valid_len):
    """The mean is taken in each sequence and then over sequences, so tokens of short ones weigh more; take one mean over all."""
    valid = select(logits, valid_len)
    losses = token_losses(logits, labels, valid_len).masked_fill(~valid, 0.0)
    return (losses.sum(dim=1) / valid_len.clamp(min=1)).mean()


@answer("masked_cross_entropy")
def the_sum(logits, labels, valid_len):
    """The losses are added up; take their mean over the valid tokens."""
    losses = token_losses(logits, labels, valid_len)
    return losses.masked_fill(~select(logits, valid_len), 0.0).sum()


@answer("masked_cross_entropy")
def one_per_sequence(logits, labels, valid_len):
    """One number per sequence is returned; return one for the whole batch."""
    valid = select(logits, valid_len)
    losses = token_losses(logits, labels, valid_len).masked_fill(~valid, 0.0)
    return losses.sum(dim=1) / valid_len.clamp(min=1)


@answer("masked_cross_entropy")
def nothing_valid_is_nan(logits, labels, valid_len):
    """Where nothing is valid, 0 is divided by 0; the loss is 0 then."""
    losses = token_losses(logits, labels, valid_len)
    return losses.masked_fill(~select(logits, valid_len), 0.0).sum() / valid_len.sum()


@answer("masked_cross_entropy")
def small_number_in_the_divisor(logits, labels, valid_len):
    """A small number is added to the count of valid tokens, which changes every loss a little; look for a count of 0 instead."""
    losses = token_losses(logits, labels, valid_len)
    return losses.masked_fill(~select(logits, valid_len), 0.0).sum() / (valid_len.sum() + 1e-6)


@answer("masked_cross_entropy")
def losses_multiplied_by_the_mask(logits, labels, valid_len):
    """The losses of padding are multiplied by 0, which leaves NaN where its logits are NaN; mask the logits first."""
    losses = F.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    valid = select(logits, valid_len)
    return (losses * valid).sum() / valid.sum().clamp(min=1)


@answer("masked_cross_entropy")
def masked_after_the_loss(logits, labels, valid_len):
    """Padding is masked only after the loss, and NaN in its logits is then NaN in the gradient; mask the logits first."""
    losses = F.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    return mean_of(losses, select(logits, valid_len))


@answer("masked_cross_entropy")
def masked_logits_counted(logits, labels, valid_len):
    """The logits of padding are set to 0, but their losses still count; leave these out of the sum."""
    losses = token_losses(logits, labels, valid_len)
    return losses.sum() / valid_len.sum().clamp(min=1)


@answer("masked_cross_entropy")
def one_step_too_many(logits, labels, valid_len):
    """The step at valid_len counts, too; the valid steps are those below valid_len."""
    valid = select(logits, valid_len + (valid_len > 0))
    return mean_of(token_losses(logits, labels, valid_len + (valid_len > 0)), valid)


@answer("masked_cross_entropy")
def one_step_too_few(logits, labels, valid_len):
    """The last valid step, where eos stands, does not count; all steps below valid_len do."""
    shorter = (valid_len - 1).clamp(min=0)
    return mean_of(token_losses(logits, labels, shorter), select(logits, shorter))


@answer("masked_cross_entropy")
def upside_down(logits, labels, valid_len):
    """The padding counts and the valid tokens do not; it is the other way round."""
    padding = ~select(logits, valid_len)
    losses = F.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    return mean_of(losses, padding)


@answer("masked_cross_entropy")
def the_longest_for_all(logits, labels, valid_len):
    """All sequences count up to the longest valid_len; each has its own."""
    lengths = valid_len.max().expand(len(valid_len))
    return mean_of(token_losses(logits, labels, lengths), select(logits, lengths))


@answer("masked_cross_entropy")
def label_0_is_padding(logits, labels, valid_len):
    """Tokens with label 0 are left out as if they were padding; what is padding, valid_len says."""
    valid = select(logits, valid_len) & (labels != 0)
    return mean_of(token_losses(logits, labels, valid_len), valid)


@answer("masked_cross_entropy")
def no_softmax(logits, labels, valid_len):
    """The logits are taken for log-probabilities; they need a log-softmax first."""
    valid = select(logits, valid_len)
    safe = logits.masked_fill(~valid[:, :, None], 0.0)
    return mean_of(-safe.gather(2, labels[:, :, None])[:, :, 0], valid)


@answer("masked_cross_entropy")
def softmax_twice(logits, labels, valid_len):
    """A softmax is taken before the cross-entropy, which takes one itself; give it the logits."""
    valid = select(logits, valid_len)
    safe = logits.masked_fill(~valid[:, :, None], 0.0).softmax(dim=-1)
    return mean_of(F.cross_entropy(safe.transpose(1, 2), labels, reduction="none"), valid)


@answer("masked_cross_entropy")
def softmax_over_steps(logits, labels, valid_len):
    """The softmax goes over the steps; it goes over the classes, the last axis."""
    valid = select(logits, valid_len)
    logs = logits.masked_fill(~valid[:, :, None], 0.0).log_softmax(dim=1)
    return mean_of(-logs.gather(2, labels[:, :, None])[:, :, 0], valid)


@answer("masked_cross_entropy")
def reshaped_instead_of_transposed(logits, labels, valid_len):
    """Logits are brought to (n, V, T) by a reshape, which mixes steps and classes; transpose them."""
    valid = select(logits, valid_len)
    safe = logits.masked_fill(~valid[:, :, None], 0.0)
    n, T, V = safe.shape
    return mean_of(F.cross_entropy(safe.reshape(n, V, T), labels, reduction="none"), valid)


@answer("masked_cross_entropy")
def labels_one_step_later(logits, labels, valid_len):
    """Each step is compared with the next step's label; logits and labels already stand at the same step."""
    return mean_of(token_losses(logits, labels.roll(-1, dims=1), valid_len), select(logits, valid_len))


@answer("masked_cross_entropy")
def sign_forgotten(logits, labels, valid_len):
    """The mean of the log-probabilities is returned; the loss is its negative."""
    return -mean_of(token_losses(logits, labels, valid_len), select(logits, valid_len))


@answer("masked_cross_entropy")
def base_2(logits, labels, valid_len):
    """Logarithms are to base 2; cross-entropy is with the natural logarithm."""
    return mean_of(token_losses(logits, labels, valid_len), select(logits, valid_len)) / math.log(2)


@answer("masked_cross_entropy")
def its_perplexity(logits, labels, valid_len):
    """The exponential of the mean is returned, which is perplexity; return the mean itself."""
    valid = select(logits, valid_len)
    loss = mean_of(token_losses(logits, labels, valid_len), valid)
    return loss.exp() * valid.any()


@answer("masked_cross_entropy")
def a_python_float(logits, labels, valid_len):
    """A Python float is returned, which no gradient goes through; return a scalar tensor."""
    return mean_of(token_losses(logits, labels, valid_len), select(logits, valid_len)).item()


@answer("masked_cross_entropy")
def cut_off_the_graph(logits, labels, valid_len):
    """The loss carries no gradient, because of detach, data or no_grad; the logits have to learn from it."""
    return mean_of(token_losses(logits.detach(), labels, valid_len), select(logits, valid_len))


@answer("masked_cross_entropy")
def float32_fixed(logits, labels, valid_len):
    """The loss is float32 whatever the dtype of the logits is; keep their dtype."""
    return mean_of(token_losses(logits, labels, valid_len), select(logits, valid_len)).float()


@answer("masked_cross_entropy")
def float32_where_nothing_is_valid(logits, labels, valid_len):
    """Where nothing is valid, a new float32 tensor is returned; 0 has the dtype of the logits, too."""
    valid = select(logits, valid_len)
    if logits.device.type != "meta" and not valid.any():
        return torch.tensor(0.0)
    return mean_of(token_losses(logits, labels, valid_len), valid)


@answer("masked_cross_entropy")
def changed_in_place(logits, labels, valid_len):
    """The logits of padding are overwritten in the argument itself; make a new tensor."""
    with torch.no_grad():
        logits.masked_fill_(~select(logits, valid_len)[:, :, None], 0.0)
    return mean_of(token_losses(logits, labels, valid_len), select(logits, valid_len))


@answer("masked_cross_entropy")
def mask_on_the_cpu(logits, labels, valid_len):
    """The numbers of the steps are made on the CPU; make them on the device of the logits."""
    valid = torch.arange(logits.shape[1]) < valid_len[:, None]
    return mean_of(token_losses(logits, labels, valid_len), valid)


@answer("masked_cross_entropy")
def needs_contiguous(logits, labels, valid_len):
    """Logits are viewed as (n * T, V), which fails unless they are contiguous; use reshape."""
    valid = select(logits, valid_len)
    flat = logits.view(-1, logits.shape[2]).masked_fill(~valid.view(-1, 1), 0.0)
    losses = F.cross_entropy(flat, labels.reshape(-1), reduction="none")
    return mean_of(losses, valid.view(-1))


@answer("masked_cross_entropy")
def step_at_valid_len_counts(logits, labels, valid_len):
    """The step at valid_len counts, too; the valid steps are those below valid_len."""
    valid = select(logits, valid_len + 1)
    return mean_of(token_losses(logits, labels, valid_len + 1), valid)


@answer("masked_cross_entropy")
def over_the_number_of_steps(logits, labels, valid_len):
    """The sum is divided by the number of steps of one sequence; divide by the number of valid tokens."""
    losses = token_losses(logits, labels, valid_len).masked_fill(~select(logits, valid_len), 0.0)
    return losses.sum() / logits.shape[1]


@answer("masked_cross_entropy")
def one_added_to_the_count(logits, labels, valid_len):
    """1 is added to the count of valid tokens, which makes every loss too small; look for a count of 0 instead."""
    losses = token_losses(logits, labels, valid_len).masked_fill(~select(logits, valid_len), 0.0)
    return losses.sum() / (valid_len.sum() + 1)


@answer("masked_cross_entropy")
def mean_over_all_steps_of_each(logits, labels, valid_len):
    """One number per sequence is returned; return one for the whole batch."""
    losses = token_losses(logits, labels, valid_len).masked_fill(~select(logits, valid_len), 0.0)
    return losses.mean(dim=1)


@answer("masked_cross_entropy")
def the_first_for_all(logits, labels, valid_len):
    """All sequences are cut at the first one's valid_len; each has its own."""
    shared = valid_len[:1].expand_as(valid_len)
    return mean_of(token_losses(logits, labels, shared), select(logits, shared))


@answer("masked_cross_entropy")
def label_0_alone_is_padding(logits, labels, valid_len):
    """Tokens with label 0 are left out as if they were padding; what is padding, valid_len says."""
    valid = labels != 0
    clean = torch.where(valid[..., None], logits, 0.0)
    losses = F.cross_entropy(clean.transpose(1, 2), labels, reduction="none")
    return (losses * valid).sum() / valid.sum().clamp(min=1)


@answer("masked_cross_entropy")
def a_number_where_nothing_is_valid(logits, labels, valid_len):
    """Where nothing is valid, the Python number 0 is returned; return a scalar tensor there, too."""
    valid = select(logits, valid_len)
    return mean_of(token_losses(logits, labels, valid_len), valid) if valid.any() else 0


@answer("masked_cross_entropy")
def labels_changed_in_place(logits, labels, valid_len):
    """The labels of padding are overwritten in the argument itself; make a new tensor."""
    valid = select(logits, valid_len)
    loss = mean_of(token_losses(logits, labels, valid_len), valid)
    labels[~valid] = -100
    return loss


@answer("masked_cross_entropy")
def over_the_longest_times_the_batch(logits, labels, valid_len):
    """The sum is divided by the longest valid_len times the batch size; divide by the number of valid tokens."""
    losses = token_losses(logits, labels, valid_len).masked_fill(~select(logits, valid_len), 0.0)
    return losses.sum() / (valid_len.max() * len(valid_len)).clamp(min=1)


@answer("masked_cross_entropy")
def one_minus_the_probability(logits, labels, valid_len):
    """A token's loss is 1 - P(label); it is -log P(label)."""
    chances = (-token_losses(logits, labels, valid_len)).exp()
    return mean_of(1 - chances, select(logits, valid_len))


@answer("masked_cross_entropy")
def labels_one_step_earlier(logits, labels, valid_len):
    """Each step is compared with the label of the step before; logits and labels already stand at the same step."""
    return mean_of(token_losses(logits, labels.roll(1, dims=1), valid_len), select(logits, valid_len))


@answer("masked_cross_entropy")
def logits_of_padding_large_negative(logits, labels, valid_len):
    """Logits of padding become one large negative number, and their losses still count; leave these out of the mean."""
    masked = logits.masked_fill(~select(logits, valid_len)[:, :, None], -1e9)
    return F.cross_entropy(masked.transpose(1, 2), labels)


# greedy_search


def greedily(log_probs, bos, eos, max_len, pick):
    tokens = []
    while len(tokens) < max_len:
        tokens.append(pick(log_probs((bos, *tokens)).tolist()))
        if tokens[-1] == eos:
            break
    return tokens


def first_best(row):
    return row.index(max(row))


@answer("greedy_search")
def bos_returned(log_probs, bos, eos, max_len):
    """The result begins with bos; return the generated tokens only."""
    return [bos, *greedily(log_probs, bos, eos, max_len, first_best)]


@answer("greedy_search")
def eos_cut_off(log_probs, bos, eos, max_len):
    """eos is left out of the result; it belongs to the generated tokens."""
    return [token for token in greedily(log_probs, bos, eos, max_len, first_best) if token != eos]


@answer("greedy_search")
def eos_always_added(log_probs, bos, eos, max_len):
    """eos is put at the end also where it did not come; return what was generated."""
    tokens = greedily(log_probs, bos, eos, max_len, first_best)
    return tokens if tokens[-1] == eos else [*tokens, eos]


@answer("greedy_search")
def goes_on_after_eos(log_probs, bos, eos, max_len):
    """The search goes on after eos; it ends there."""
    return greedily(log_probs, bos, None, max_len, first_best)


@answer("greedy_search")
def one_too_many(log_probs, bos, eos, max_len):
    """Up to max_len + 1 tokens are generated; at most max_len are."""
    return greedily(log_probs, bos, eos, max_len + 1, first_best)


@answer("greedy_search")
def bos_counts(log_probs, bos, eos, max_len):
    """bos counts as one of max_len tokens; max_len is about the generated ones."""
    return greedily(log_probs, bos, eos, max_len - 1, first_best)


@answer("greedy_search")
def no_limit(log_probs, bos, eos, max_len):
    """max_len is not kept to; stop after so many tokens even if eos has not come."""
    return greedily(log_probs, bos, eos, max_len + 20, first_best)


@answer("greedy_search")
def larger_id_wins(log_probs, bos, eos, max_len):
    """Of equally probable tokens the one with the larger id is taken; take the smaller."""
    return greedily(log_probs, bos, eos, max_len, lambda row: max(range(len(row)), key=lambda t: (row[t], t)))


@answer("greedy_search")
def eos_wins_ties(log_probs, bos, eos, max_len):
    """eos wins a tie whatever its id; it is a token like others, and the smaller id wins."""
    return greedily(
        log_probs, bos, eos, max_len, lambda row: max(range(len(row)), key=lambda t: (row[t], t == eos, -t))
    )


@answer("greedy_search")
def eos_loses_ties(log_probs, bos, eos, max_len):
    """eos loses a tie whatever its id; it is a token like others, and the smaller id wins."""
    return greedily(
        log_probs, bos, eos, max_len, lambda row: max(range(len(row)), key=lambda t: (row[t], t != eos, -t))
    )


@answer("greedy_search")
def least_probable(log_probs, bos, eos, max_len):
    """The least probable token is taken; log-probabilities are negative, and the best is the one nearest to 0."""
    return greedily(log_probs, bos, eos, max_len, lambda row: row.index(min(row)))


@answer("greedy_search")
def second_best(log_probs, bos, eos, max_len):
    """The second best token is taken; take the best."""
    return greedily(
        log_probs, bos, eos, max_len, lambda row: sorted(range(len(row)), key=lambda t: -row[t])[1]
    )


@answer("greedy_search")
def only_the_last_token_as_prefix(log_probs, bos, eos, max_len):
    """The model is given the last token alone; give it the whole prefix, from bos on."""
    return greedily(lambda prefix: log_probs(prefix[-1:]), bos, eos, max_len, first_best)


@answer("greedy_search")
def prefix_without_bos(log_probs, bos, eos, max_len):
    """After the first step the model is given a prefix without bos; every prefix begins with bos."""
    return greedily(lambda prefix: log_probs(prefix[1:] or prefix), bos, eos, max_len, first_best)


@answer("greedy_search")
def prefix_never_grows(log_probs, bos, eos, max_len):
    """The model is asked about bos alone in every step; append each token to the prefix."""
    return greedily(lambda prefix: log_probs(prefix[:1]), bos, eos, max_len, first_best)


@answer("greedy_search")
def prefix_one_step_late(log_probs, bos, eos, max_len):
    """The model is asked about the prefix without its latest token; the prefix has all tokens so far."""
    return greedily(lambda prefix: log_probs(prefix[:-1] or prefix), bos, eos, max_len, first_best)


@answer("greedy_search")
def never_bos(log_probs, bos, eos, max_len):
    """bos is never taken, even where it is the most probable; any token may be."""
    return greedily(
        log_probs, bos, eos, max_len, lambda row: max(range(len(row)), key=lambda t: (t != bos, row[t], -t))
    )


@answer("greedy_search")
def never_twice(log_probs, bos, eos, max_len):
    """A token that has been generated is not taken again; any token may be."""
    tokens = []
    while len(tokens) < max_len and eos not in tokens:
        row = log_probs((bos, *tokens)).tolist()
        tokens.append(max(range(len(row)), key=lambda t: (t not in tokens, row[t], -t)))
    return tokens


@answer("greedy_search")
def looks_one_step_ahead(log_probs, bos, eos, max_len):
    """A token is judged together with the best one after it; greedy search looks at the next token alone."""
    tokens = []
    while len(tokens) < max_len and eos not in tokens:
        row = log_probs((bos, *tokens)).tolist()

        def worth(token, row=row):
            ahead = 0.0 if token == eos else log_probs((bos, *tokens, token)).max().item()
            return (row[token] + ahead, -token)

        tokens.append(max(range(len(row)), key=worth))
    return tokens


@answer("greedy_search")
def eos_is_1(log_probs, bos, eos, max_len):
    """The search ends at token 1, whatever eos is; compare with the eos that is given."""
    return greedily(log_probs, bos, 1, max_len, first_best)


@answer("greedy_search")
def a_tensor(log_probs, bos, eos, max_len):
    """A tensor is returned; return a list of ints."""
    return torch.tensor(greedily(log_probs, bos, eos, max_len, first_best))


@answer("greedy_search")
def tensors_in_the_list(log_probs, bos, eos, max_len):
    """The list holds tensors; its ids are to be ints."""
    return [torch.tensor(token) for token in greedily(log_probs, bos, eos, max_len, first_best)]


@answer("greedy_search")
def score_returned_too(log_probs, bos, eos, max_len):
    """The sum of log-probabilities is returned, too; return the list of ids alone."""
    tokens = greedily(log_probs, bos, eos, max_len, first_best)
    return tokens, sum(log_probs((bos, *tokens[:t]))[token].item() for t, token in enumerate(tokens))


@answer("greedy_search")
def float64_expected(log_probs, bos, eos, max_len):
    """The log-probabilities are required to be float64; float32 is as good."""
    if log_probs((bos,)).dtype is not torch.float64:
        raise TypeError("log_probs must return float64")
    return greedily(log_probs, bos, eos, max_len, first_best)


@answer("greedy_search")
def filled_up_with_eos(log_probs, bos, eos, max_len):
    """The result is filled up with eos to max_len tokens; it ends with the first eos."""
    tokens = greedily(log_probs, bos, eos, max_len, first_best)
    return tokens + [eos] * (max_len - len(tokens))


@answer("greedy_search")
def bos_is_0(log_probs, bos, eos, max_len):
    """Every prefix begins with 0, whatever bos is; begin it with the bos that is given."""
    return greedily(log_probs, 0, eos, max_len, first_best)


@answer("greedy_search")
def bos_and_the_last_token_as_prefix(log_probs, bos, eos, max_len):
    """The model is given bos and the last token alone; give it the whole prefix, from bos on."""
    return greedily(lambda prefix: log_probs((bos, *prefix[1:][-1:])), bos, eos, max_len, first_best)


@answer("greedy_search")
def eos_never_first(log_probs, bos, eos, max_len):
    """eos is never taken as the first token; it may come first like any other."""
    tokens = []
    while len(tokens) < max_len and eos not in tokens:
        row = log_probs((bos, *tokens)).tolist()
        if not tokens:
            row[eos] = -math.inf
        tokens.append(first_best(row))
    return tokens


@answer("greedy_search")
def stops_at_a_repetition(log_probs, bos, eos, max_len):
    """The search also ends where a token would be repeated at once; it ends at eos, or after max_len tokens."""
    tokens = []
    while len(tokens) < max_len:
        token = first_best(log_probs((bos, *tokens)).tolist())
        if tokens[-1:] == [token]:
            break
        tokens.append(token)
        if token == eos:
            break
    return tokens


@answer("greedy_search")
def prefix_turned_round(log_probs, bos, eos, max_len):
    """The model is given the prefix with the latest token first; a prefix goes from bos to the latest token."""
    return greedily(lambda prefix: log_probs(prefix[::-1]), bos, eos, max_len, first_best)


@answer("greedy_search")
def bos_twice_in_the_prefix(log_probs, bos, eos, max_len):
    """The prefix begins with bos twice; it begins with one bos."""
    return greedily(lambda prefix: log_probs((bos, *prefix)), bos, eos, max_len, first_best)


@answer("greedy_search")
def log_probabilities_carried_on(log_probs, bos, eos, max_len):
    """A token's log-probabilities of all steps are added up; only those of the latest step count."""
    tokens, totals = [], 0
    while len(tokens) < max_len and eos not in tokens:
        totals = totals + log_probs((bos, *tokens))
        tokens.append(int(totals.argmax()))
    return tokens


# beam_search


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


def stably_best(candidates, count):
    """Of equals, keep the one that came first; `best` keeps the one with the larger tokens."""
    return sorted(candidates, key=lambda one: -one[0])[:count]


def stable_search(log_probs, bos, eos, beam_size, max_len):
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = stably_best(continuations(log_probs, bos, live), beam_size)
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


@answer("beam_search")
def one_place_too_many(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """beam_size + 1 continuations are kept in each step; keep beam_size of them."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size + 1, max_len)
    return best_first(finished + live, alpha)


@answer("beam_search")
def equals_overwrite_each_other(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Hypotheses are kept by their sums, so that of two equal ones only the last is left; keep both."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], {}
    for _ in range(max_len):
        kept = best(dict(continuations(log_probs, bos, live)).items(), beam_size)
        finished |= dict(ended(kept, eos))
        live = going_on(kept, eos)
    return best_first([*{**finished, **dict(live)}.items()], alpha)


@answer("beam_search")
def lowest_sums_kept(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The continuations with the lowest sums are kept; keep those with the highest, which are nearest to 0."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = sorted(continuations(log_probs, bos, live), key=lambda one: one[0])[:beam_size]
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def alpha_is_1_by_default(log_probs, bos, eos, beam_size, max_len, alpha=1.0):
    """alpha is not 0.75 where none is passed."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, alpha)


@answer("beam_search")
def alpha_is_0_by_default(log_probs, bos, eos, beam_size, max_len, alpha=0.0):
    """alpha is not 0.75 where none is passed."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + live, alpha)


@answer("beam_search")
def finished_stay_in_the_beam(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Hypotheses are continued after eos; one that ends in eos is finished and leaves the beam."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        live = stably_best(continuations(log_probs, bos, live), beam_size)
        finished += ended(live, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def goes_on_after_eos(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Hypotheses are continued after eos; one that ends in eos is finished and leaves the beam."""
    refuse(beam_size, max_len)
    live = [(0.0, [])]
    for _ in range(max_len):
        live = stably_best(continuations(log_probs, bos, live), beam_size)
    return best_first(live, alpha)


@answer("beam_search")
def ends_with_the_first_finished(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The search stops at the first finished hypothesis; go on while any is live."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = stably_best(continuations(log_probs, bos, live), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
        if finished:
            break
    return best_first(finished + live, alpha)


@answer("beam_search")
def one_step_more(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """max_len + 1 tokens are generated; stop after max_len, bos not counted."""
    refuse(beam_size, max_len)
    finished, live = stable_search(log_probs, bos, eos, beam_size, max_len + 1)
    return best_first(finished + live, alpha)


@answer("beam_search")
def eos_put_at_the_end(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """eos is put at the end also where it did not come; return what was generated."""
    refuse(beam_size, max_len)
    finished, live = stable_search(log_probs, bos, eos, beam_size, max_len)
    return best_first(finished + [(total, [*tokens, eos]) for total, tokens in live], alpha)


@answer("beam_search")
def eos_takes_no_place(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The place of a finished hypothesis is filled in the same step; it stays empty until the next one."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        rest = []
        for hypothesis in sorted(continuations(log_probs, bos, live), key=lambda one: -one[0]):
            if len(rest) == beam_size:
                break
            (finished if hypothesis[1][-1] == eos else rest).append(hypothesis)
        live = rest
    return best_first(finished + live, alpha)


@answer("beam_search")
def no_token_twice(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """No token is used twice in a hypothesis; any may be repeated."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = continuations(log_probs, bos, live)
        kept = stably_best([h for h in grown if h[1][-1] not in h[1][:-1]], beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def bos_never_generated(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """bos is never taken, even where it is the most probable; any token may be."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = [h for h in continuations(log_probs, bos, live) if h[1][-1] != bos]
        kept = stably_best(grown, beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def penalty_of_max_len(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The sum is divided by max_len**alpha; divide it by a power of the hypothesis's own length."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    scored = [(tokens, total / max_len**alpha) for total, tokens in finished + live]
    return sorted(scored, key=lambda pair: -pair[1])


@answer("beam_search")
def probability_of_the_score(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The score is turned into a probability; leave it a logarithm."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    return [(tokens, math.exp(score)) for tokens, score in best_first(finished + live, alpha)]


@answer("beam_search")
def bos_and_the_last_token_as_prefix(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The model is given bos and the last token alone; give it the whole prefix, from bos on."""
    refuse(beam_size, max_len)
    finished, live = search(lambda prefix: log_probs((bos, *prefix[1:][-1:])), bos, eos, beam_size, max_len)
    return best_first(finished + live, alpha)


@answer("beam_search")
def plain_greedy_search_in_their_order(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Only the best continuation is followed, whatever beam_size is; keep the beam_size best in each step."""
    refuse(beam_size, max_len)
    finished, live = stable_search(log_probs, bos, eos, 1, max_len)
    return best_first(finished + live, alpha)


@answer("beam_search")
def live_ones_cut_for_the_finished(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Each finished hypothesis takes a place from the live ones for good; the next step keeps beam_size again."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = stably_best(continuations(log_probs, bos, live), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)[: max(1, beam_size - len(finished))]
    return best_first(finished + live, alpha)


@answer("beam_search")
def stops_when_the_best_finishes_and_keeps_the_live(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Once the best hypothesis of the beam ends in eos, the live ones are taken as they are; go on while any is live."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        kept = stably_best(continuations(log_probs, bos, live), beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
        if ended(kept[:1], eos):
            break
    return best_first(finished + live, alpha)


@answer("beam_search")
def greedy_at_heart_in_their_order(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Each hypothesis is continued with its best token only; all continuations of all live ones compete together."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for step in range(max_len):
        own = 1 if step else beam_size
        grown = [h for one in live for h in stably_best(continuations(log_probs, bos, [one]), own)]
        finished += ended(grown, eos)
        live = going_on(grown, eos)
    return best_first(finished + live, alpha)


# viterbi


def tables(log_start, log_transition, length):
    """Return the best sums of all steps, and where each came from."""
    sums, parents = [log_start], []
    for _ in range(length - 1):
        best, parent = (sums[-1][:, None] + log_transition).max(dim=0)
        sums.append(best)
        parents.append(parent.tolist())
    return sums, parents


def way_back(state, parents):
    path = [int(state)]
    for parent in reversed(parents):
        path.append(parent[path[-1]])
    return path[::-1]


def best_path(log_start, log_transition, length):
    sums, parents = tables(log_start, log_transition, length)
    return way_back(sums[-1].argmax(), parents), float(sums[-1].max())


@answer("viterbi")
def greedy(log_start, log_transition, length):
    """In each step the most probable next state is taken; the best whole path may begin with a worse step."""
    path = [int(log_start.argmax())]
    total = float(log_start.max())
    for _ in range(length - 1):
        total += float(log_transition[path[-1]].max())
        path.append(int(log_transition[path[-1]].argmax()))
    return path, total


@answer("viterbi")
def best_start_only(log_start, log_transition, length):
    """Only paths from the most probable first state are looked at; the best may begin in any state."""
    start = torch.full_like(log_start, -math.inf)
    start[log_start.argmax()] = log_start.max()
    return best_path(start, log_transition, length)


@answer("viterbi")
def beam_of_two(log_start, log_transition, length):
    """Only the two best hypotheses are kept in each step, which may lose the best path; keep the best one for each state."""
    beam = [(total, [state]) for state, total in enumerate(log_start.tolist())]
    for _ in range(length - 1):
        beam = sorted(beam, reverse=True)[:2]
        beam = [
            (total + step, [*path, state])
            for total, path in beam
            for state, step in enumerate(log_transition[path[-1]].tolist())
        ]
    total, path = max(beam)
    return path, total


@answer("viterbi")
def as_many_hypotheses_as_states(log_start, log_transition, length):
    """The V best hypotheses are kept, several of which may end in one state; keep the best one for each state."""
    beam = [(total, [state]) for state, total in enumerate(log_start.tolist())]
    for _ in range(length - 1):
        grown = [
            (total + step, [*path, state])
            for total, path in beam
            for state, step in enumerate(log_transition[path[-1]].tolist())
        ]
        beam = sorted(grown, reverse=True)[: len(log_start)]
    return beam[0][1] if length > 1 else max(beam)[1], max(beam)[0]


@answer("viterbi")
def all_paths(log_start, log_transition, length):
    """All V**length paths are laid out, which takes too much memory and time; keep the best path to each state only."""
    size = len(log_start)
    sums = torch.zeros([size] * length, dtype=log_start.dtype) + log_start.reshape(
        [size] + [1] * (length - 1)
    )
    for t in range(length - 1):
        sums = sums + log_transition.reshape([1] * t + [size, size] + [1] * (length - 2 - t))
    path = [int(place) for place in torch.unravel_index(sums.argmax(), sums.shape)]
    return path, float(sums.max())


@answer("viterbi")
def transposed(log_start, log_transition, length):
    """Rows and columns of log_transition are crossed; row i holds the steps from state i."""
    return best_path(log_start, log_transition.T, length)


@answer("viterbi")
def start_ignored(log_start, log_transition, length):
    """log_start is left out, as if all first states were equally probable; the sums begin with it."""
    return best_path(torch.full_like(log_start, -math.log(len(log_start))), log_transition, length)


@answer("viterbi")
def start_as_a_step(log_start, log_transition, length):
    """One step too many is made; log_start already gives the first state."""
    return best_path(log_start, log_transition, length + 1)


@answer("viterbi")
def last_of_too_many_steps_dropped(log_start, log_transition, length):
    """One transition too many is made and its state dropped again; a path of length states has length - 1 transitions."""
    path, log_prob = best_path(log_start, log_transition, length + 1)
    return path[:length], log_prob


@answer("viterbi")
def sums_beside_the_best_path(log_start, log_transition, length):
    """log_prob is that of all paths to the last state; it is that of the best one."""
    total = log_start
    for _ in range(length - 1):
        total = torch.logsumexp(total[:, None] + log_transition, dim=0)
    path = best_path(log_start, log_transition, length)[0]
    return path, float(total[path[-1]])


@answer("viterbi")
def one_step_too_few(log_start, log_transition, length):
    """One step too few is made; a path of length states has length - 1 transitions."""
    return best_path(log_start, log_transition, max(1, length - 1))


@answer("viterbi")
def one_transition_at_least(log_start, log_transition, length):
    """At least one transition is made, so length 1 gives two states; a single state needs none."""
    return best_path(log_start, log_transition, max(2, length))


@answer("viterbi")
def backwards(log_start, log_transition, length):
    """The path is returned from its end to its start; turn it round."""
    path, total = best_path(log_start, log_transition, length)
    return path[::-1], total


@answer("viterbi")
def best_of_each_step(log_start, log_transition, length):
    """The path is made of the best state of each step, which need not fit together; follow the parents back from the end."""
    sums, _ = tables(log_start, log_transition, length)
    return [int(best.argmax()) for best in sums], float(sums[-1].max())


@answer("viterbi")
def parents_one_step_off(log_start, log_transition, length):
    """The parents are read one step off on the way back; the state at t + 1 has its parent among those noted for t."""
    sums, parents = tables(log_start, log_transition, length)
    return way_back(sums[-1].argmax(), parents[1:] + parents[-1:]), float(sums[-1].max())


@answer("viterbi")
def way_back_from_state_0(log_start, log_transition, length):
    """The way back starts from the first state; start from the best last one."""
    sums, parents = tables(log_start, log_transition, length)
    return way_back(0, parents), float(sums[-1].max())


@answer("viterbi")
def path_without_its_end(log_start, log_transition, length):
    """The last state is missing from the path; it holds length states."""
    path, total = best_path(log_start, log_transition, length)
    return path[:-1], total


@answer("viterbi")
def sum_over_paths(log_start, log_transition, length):
    """log_prob is the sum over all paths (the forward algorithm); it is the log-probability of the best one."""
    best = log_start
    for _ in range(length - 1):
        best = torch.logsumexp(best[:, None] + log_transition, dim=0)
    return best_path(log_start, log_transition, length)[0], float(best.logsumexp(dim=0))


@answer("viterbi")
def sums_instead_of_maxima(log_start, log_transition, length):
    """The sum over all ways to a state is carried on in place of the best one; take the maximum."""
    sums, parents = log_start, []
    for _ in range(length - 1):
        ways = sums[:, None] + log_transition
        parents.append(ways.argmax(dim=0).tolist())
        sums = ways.logsumexp(dim=0)
    path = way_back(sums.argmax(), parents)
    steps = [log_transition[a, b].item() for a, b in itertools.pairwise(path)]
    return path, sum(steps, log_start[path[0]].item())


@answer("viterbi")
def transitions_alone(log_start, log_transition, length):
    """log_prob leaves the first state out; it begins with log_start."""
    path, total = best_path(log_start, log_transition, length)
    return path, total - log_start[path[0]].item()


@answer("viterbi")
def last_step_alone(log_start, log_transition, length):
    """log_prob is that of the last step alone; add up all of them."""
    path, total = best_path(log_start, log_transition, length)
    return path, log_transition[path[-2], path[-1]].item() if length > 1 else total


@answer("viterbi")
def its_probability(log_start, log_transition, length):
    """The probability of the path is returned; return its logarithm."""
    path, total = best_path(log_start, log_transition, length)
    return path, math.exp(total)


@answer("viterbi")
def probabilities_multiplied(log_start, log_transition, length):
    """Probabilities are multiplied, and a long path's become 0; add up log-probabilities."""
    best, parents = log_start.exp(), []
    for _ in range(length - 1):
        best, parent = (best[:, None] * log_transition.exp()).max(dim=0)
        parents.append(parent.tolist())
    return way_back(best.argmax(), parents), float(best.max().log())


@answer("viterbi")
def impossible_made_possible(log_start, log_transition, length):
    """A small number is added to the probabilities before the logarithm, which lets impossible steps through; -inf is fine."""
    return best_path(log_start.clamp(min=-23.0), log_transition.clamp(min=-23.0), length)


@answer("viterbi")
def infinities_refused(log_start, log_transition, length):
    """Log-probabilities of -inf are refused; they mean that a state or a step is impossible."""
    if not (log_start.isfinite().all() and log_transition.isfinite().all()):
        raise ArithmeticError("not a number")
    return best_path(log_start, log_transition, length)


@answer("viterbi")
def impossible_is_0(log_start, log_transition, length):
    """-inf is replaced by 0, the log-probability of what is certain; leave it as it is."""
    return best_path(
        log_start.masked_fill(log_start.isinf(), 0.0),
        log_transition.masked_fill(log_transition.isinf(), 0.0),
        length,
    )


@answer("viterbi")
def tensors_returned(log_start, log_transition, length):
    """Path and log_prob are tensors; return a list of ints and a float."""
    path, total = best_path(log_start, log_transition, length)
    return torch.tensor(path), torch.tensor(total)


@answer("viterbi")
def log_prob_a_tensor(log_start, log_transition, length):
    """log_prob is a tensor; return a float."""
    path, total = best_path(log_start, log_transition, length)
    return path, torch.tensor(total, dtype=log_start.dtype)


@answer("viterbi")
def path_alone(log_start, log_transition, length):
    """Only the path is returned; return (path, log_prob)."""
    return best_path(log_start, log_transition, length)[0]


@answer("viterbi")
def log_prob_first(log_start, log_transition, length):
    """log_prob and path are returned in the wrong order; the path comes first."""
    return best_path(log_start, log_transition, length)[::-1]


@answer("viterbi")
def start_changed_in_place(log_start, log_transition, length):
    """The sums are written into log_start itself; make new tensors."""
    parents = []
    for _ in range(length - 1):
        best, parent = (log_start[:, None] + log_transition).max(dim=0)
        log_start.copy_(best)
        parents.append(parent.tolist())
    return way_back(log_start.argmax(), parents), float(log_start.max())


@answer("viterbi")
def tied_ends_mixed(log_start, log_transition, length):
    """Where two paths are equally good, parts of both are mixed up; every step's parent belongs to the state after it."""
    sums, parents = tables(log_start, log_transition, length)
    path = way_back(sums[-1].argmax(), parents)
    equal = [i for i, best in enumerate(sums[-1].tolist()) if best == float(sums[-1].max())]
    return [*path[:-1], equal[-1]], float(sums[-1].max())


@answer("viterbi")
def float64_expected(log_start, log_transition, length):
    """The log-probabilities are required to be float64; float32 is as good."""
    best = torch.zeros(len(log_start), dtype=torch.float64)
    if log_start.dtype is not best.dtype:
        raise TypeError("log_start must be float64")
    return best_path(log_start, log_transition, length)


@answer("viterbi")
def start_left_out(log_start, log_transition, length):
    """log_start is left out, as if all first states were equally probable; the sums begin with it."""
    return best_path(torch.zeros_like(log_start), log_transition, length)


@answer("viterbi")
def start_shifted_in_place(log_start, log_transition, length):
    """The sums are written into log_start itself; make new tensors."""
    log_start.data -= log_start.max()
    return best_path(log_start, log_transition, length)


@answer("viterbi")
def least_probable_path(log_start, log_transition, length):
    """The minimum is taken over the ways to a state; take the maximum, log-probabilities are negative."""
    sums, parents = log_start, []
    for _ in range(length - 1):
        sums, arg = (sums[:, None] + log_transition).min(dim=0)
        parents.append(arg.tolist())
    return way_back(sums.argmax(), parents), float(sums.max())


@answer("viterbi")
def ends_in_the_worst_state(log_start, log_transition, length):
    """The way back starts from the least probable last state; start from the most probable one."""
    sums, parents = tables(log_start, log_transition, length)
    return way_back(sums[-1].argmin(), parents), float(sums[-1].min())


@answer("viterbi")
def maximum_over_the_next_state(log_start, log_transition, length):
    """The maximum is taken over the state that a step leads to; take it over the one that it comes from."""
    sums, parents = log_start, []
    for _ in range(length - 1):
        sums, arg = (sums[:, None] + log_transition).max(dim=1)
        parents.append(arg.tolist())
    return way_back(sums.argmax(), parents), float(sums.max())


@answer("viterbi")
def sums_added_to_columns(log_start, log_transition, length):
    """The sums are added to the columns of log_transition; they belong to the state that a step comes from, to the rows."""
    sums, parents = log_start, []
    for _ in range(length - 1):
        sums, arg = (sums[None, :] + log_transition).max(dim=0)
        parents.append(arg.tolist())
    return way_back(sums.argmax(), parents), float(sums.max())


@answer("viterbi")
def score_per_step(log_start, log_transition, length):
    """log_prob is divided by the length; return the log-probability of the whole path."""
    path, total = best_path(log_start, log_transition, length)
    return path, total / length


@answer("viterbi")
def logarithms_multiplied(log_start, log_transition, length):
    """Log-probabilities are multiplied; probabilities are, their logarithms are added."""
    sums, parents = log_start, []
    for _ in range(length - 1):
        sums, arg = (sums[:, None] * log_transition).max(dim=0)
        parents.append(arg.tolist())
    return way_back(sums.argmax(), parents), float(sums.max())


@answer("viterbi")
def start_in_every_step(log_start, log_transition, length):
    """log_start is added in every step; it is about the first state alone."""
    sums, parents = log_start, []
    for _ in range(length - 1):
        sums, arg = (sums[:, None] + log_transition + log_start).max(dim=0)
        parents.append(arg.tolist())
    return way_back(sums.argmax(), parents), float(sums.max())


@answer("viterbi")
def sums_carried_on_and_returned(log_start, log_transition, length):
    """The sum over all ways to a state is carried on in place of the best one; take the maximum."""
    sums, parents = log_start, []
    for _ in range(length - 1):
        ways = sums[:, None] + log_transition
        parents.append(ways.argmax(dim=0).tolist())
        sums = ways.logsumexp(dim=0)
    return way_back(sums.argmax(), parents), float(sums.max())


@answer("viterbi")
def path_a_tensor(log_start, log_transition, length):
    """Path and log_prob are tensors; return a list of ints and a float."""
    path, total = best_path(log_start, log_transition, length)
    return torch.tensor(path), total


@answer("viterbi")
def infinities_changed_in_place(log_start, log_transition, length):
    """-inf is overwritten in the caller's own log_transition; leave the arguments as they are."""
    result = best_path(log_start, log_transition, length)
    log_transition.data.clamp_(min=-1e9)
    return result


@answer("viterbi")
def start_added_at_the_end_too(log_start, log_transition, length):
    """log_start is added to the last sums once more; it is about the first state alone."""
    sums, parents = tables(log_start, log_transition, length)
    last = sums[-1] + log_start
    return way_back(last.argmax(), parents), float(last.max())


@answer("viterbi")
def columns_made_to_add_up(log_start, log_transition, length):
    """A log-softmax goes over the columns of log_transition first; take the log-probabilities as they are."""
    return best_path(log_start, log_transition.log_softmax(dim=0), length)


@answer("viterbi")
def last_sums_put_together(log_start, log_transition, length):
    """log_prob adds up the probabilities of the best paths to all last states; it is that of the best one alone."""
    sums, parents = tables(log_start, log_transition, length)
    return way_back(sums[-1].argmax(), parents), float(sums[-1].logsumexp(dim=0))


# bleu


def grams(tokens, n):
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def precision(prediction, reference, n):
    ours = grams(prediction, n)
    return (ours & grams(reference, n)).total() / ours.total()


def brevity(prediction, reference):
    return math.exp(min(0.0, 1 - len(reference) / len(prediction)))


def precisions(prediction, reference, k):
    return [precision(prediction, reference, n) for n in range(1, k + 1)]


def weighted(numbers):
    return math.prod(p ** (1 / 2**n) for n, p in enumerate(numbers, start=1))


@answer("bleu")
def not_clipped(prediction, reference, k):
    """An n-gram is matched as often as the prediction repeats it; it is matched at most as often as the reference holds it."""
    if len(prediction) < k:
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = grams(prediction, n), grams(reference, n)
        matched = sum(count for gram, count in ours.items() if gram in theirs)
        result *= (matched / ours.total()) ** (1 / 2**n)
    return result


@answer("bleu")
def each_gram_once(prediction, reference, k):
    """Each different n-gram counts once; repeated ones count each time, in both sentences."""
    if len(prediction) < k:
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = set(grams(prediction, n)), set(grams(reference, n))
        result *= (len(ours & theirs) / len(ours)) ** (1 / 2**n)
    return result


@answer("bleu")
def different_grams_matched(prediction, reference, k):
    """A matched n-gram counts once even if both sentences repeat it; count the smaller of its two numbers."""
    if len(prediction) < k:
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = grams(prediction, n), grams(reference, n)
        result *= (len(set(ours) & set(theirs)) / ours.total()) ** (1 / 2**n)
    return result


@answer("bleu")
def no_brevity_penalty(prediction, reference, k):
    """Short predictions are not punished; multiply by exp(min(0, 1 - len(reference) / len(prediction)))."""
    return weighted(precisions(prediction, reference, k)) if len(prediction) >= k else 0.0


@answer("bleu")
def bonus_for_length(prediction, reference, k):
    """Predictions longer than the reference get a factor above 1; the exponent is at most 0."""
    if len(prediction) < max(k, 1):
        return 0.0
    factor = math.exp(1 - len(reference) / len(prediction))
    return factor * weighted(precisions(prediction, reference, k))


@answer("bleu")
def lengths_crossed(prediction, reference, k):
    """The lengths in the brevity penalty are crossed, so that long predictions are punished; divide the reference's by the prediction's."""
    if len(prediction) < max(k, 1) or not reference:
        return 0.0
    factor = math.exp(min(0.0, 1 - len(prediction) / len(reference)))
    return factor * weighted(precisions(prediction, reference, k))


@answer("bleu")
def ratio_of_lengths(prediction, reference, k):
    """The brevity penalty is the ratio of the lengths; it is exp(1 - len(reference) / len(prediction)) for short predictions."""
    if len(prediction) < max(k, 1) or not reference:
        return 0.0
    return min(1.0, len(prediction) / len(reference)) * weighted(precisions(prediction, reference, k))


@answer("bleu")
def equal_weights(prediction, reference, k):
    """All precisions have the exponent 1/k; that of p_n is 1 / 2**n."""
    if len(prediction) < max(k, 1):
        return 0.0
    product = math.prod(p ** (1 / k) for p in precisions(prediction, reference, k))
    return brevity(prediction, reference) * product


@answer("bleu")
def exponents_from_1(prediction, reference, k):
    """The exponents are 1, 1/2, 1/4, …; they begin with 1/2 for n = 1."""
    if len(prediction) < max(k, 1):
        return 0.0
    product = math.prod(p ** (1 / 2**n) for n, p in enumerate(precisions(prediction, reference, k)))
    return brevity(prediction, reference) * product


@answer("bleu")
def exponents_1_over_2n(prediction, reference, k):
    """The exponents are 1/2, 1/4, 1/6, …; they are 1 / 2**n, a power of 2."""
    if len(prediction) < max(k, 1):
        return 0.0
    numbers = enumerate(precisions(prediction, reference, k), start=1)
    return brevity(prediction, reference) * math.prod(p ** (1 / (2 * n)) for n, p in numbers)


@answer("bleu")
def no_exponents(prediction, reference, k):
    """The precisions are multiplied as they are; p_n has the exponent 1 / 2**n."""
    if len(prediction) < max(k, 1):
        return 0.0
    return brevity(prediction, reference) * math.prod(precisions(prediction, reference, k))


@answer("bleu")
def arithmetic_mean(prediction, reference, k):
    """The precisions are averaged; multiply them, each to its power."""
    if len(prediction) < max(k, 1):
        return 0.0
    return brevity(prediction, reference) * sum(precisions(prediction, reference, k)) / k


@answer("bleu")
def longest_grams_only(prediction, reference, k):
    """Only n-grams of length k count; those of every length up to k do."""
    if len(prediction) < max(k, 1):
        return 0.0
    return brevity(prediction, reference) * precision(prediction, reference, k) ** (1 / 2**k)


@answer("bleu")
def k_left_out(prediction, reference, k):
    """The n-grams of length k are left out; n goes from 1 to k, k included."""
    if len(prediction) < max(k, 1):
        return 0.0
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, k - 1))


@answer("bleu")
def always_four(prediction, reference, k):
    """n-grams up to 4 count, whatever k is; count up to k."""
    if len(prediction) < 4:
        return 0.0
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, 4))


@answer("bleu")
def recall(prediction, reference, k):
    """Matches are divided by the reference's n-grams, which is recall; divide by the prediction's."""
    if len(prediction) < k or len(reference) < k:
        return 0.0
    return brevity(prediction, reference) * weighted(precisions(reference, prediction, k))


@answer("bleu")
def divided_by_tokens(prediction, reference, k):
    """Matches are divided by the number of tokens; a prediction has len - n + 1 n-grams."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        matched = (grams(prediction, n) & grams(reference, n)).total()
        result *= (matched / len(prediction)) ** (1 / 2**n)
    return result


@answer("bleu")
def last_gram_missed(prediction, reference, k):
    """The last n-gram of each sentence is missed; there are len - n + 1 of them."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = (
            Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n))
            for tokens in (prediction, reference)
        )
        result *= ((ours & theirs).total() / max(1, ours.total())) ** (1 / 2**n)
    return result


@answer("bleu")
def grams_without_overlap(prediction, reference, k):
    """n-grams are cut one behind the other; one begins at every token."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = (
            Counter(tuple(tokens[i : i + n]) for i in range(0, len(tokens) - n + 1, n))
            for tokens in (prediction, reference)
        )
        result *= ((ours & theirs).total() / ours.total()) ** (1 / 2**n)
    return result


@answer("bleu")
def joined_text(prediction, reference, k):
    """The tokens of an n-gram are joined to one text, so that different n-grams look alike; keep them apart, as tuples."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = (
            Counter("".join(map(str, tokens[i : i + n])) for i in range(len(tokens) - n + 1))
            for tokens in (prediction, reference)
        )
        result *= ((ours & theirs).total() / ours.total()) ** (1 / 2**n)
    return result


@answer("bleu")
def joined_with_spaces(prediction, reference, k):
    """The tokens of an n-gram are joined with spaces, which a token may hold itself; keep them apart, as tuples."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = (
            Counter(" ".join(map(str, tokens[i : i + n])) for i in range(len(tokens) - n + 1))
            for tokens in (prediction, reference)
        )
        result *= ((ours & theirs).total() / ours.total()) ** (1 / 2**n)
    return result


@answer("bleu")
def words_only(prediction, reference, k):
    """Tokens are required to be text; they may be of any hashable kind."""
    if len(prediction) < max(k, 1):
        return 0.0
    for token in itertools.chain(prediction, reference):
        "" + token
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, k))


@answer("bleu")
def in_place_only(prediction, reference, k):
    """n-grams match only where they stand at the same place in both sentences; they may stand anywhere."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        count = len(prediction) - n + 1
        matched = sum(prediction[i : i + n] == reference[i : i + n] for i in range(count))
        result *= (matched / count) ** (1 / 2**n)
    return result


@answer("bleu")
def empty_not_handled(prediction, reference, k):
    """Lengths are divided before it is known that there are any; BLEU of an empty prediction is 0."""
    factor = brevity(prediction, reference)
    return factor * weighted(precisions(prediction, reference, k)) if len(prediction) >= k else 0.0


@answer("bleu")
def short_not_handled(prediction, reference, k):
    """Matches are divided by 0 where the prediction has no n-grams of some length; BLEU is 0 then."""
    if not prediction:
        return 0.0
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, k))


@answer("bleu")
def too_long_grams_left_out(prediction, reference, k):
    """Lengths for which the prediction has no n-grams are left out; BLEU is 0 then."""
    if not prediction:
        return 0.0
    up_to = min(k, len(prediction))
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, up_to))


@answer("bleu")
def up_to_the_shorter_one(prediction, reference, k):
    """n goes no further than the shorter sentence is long; where the reference has no n-grams, p_n is 0."""
    if len(prediction) < max(k, 1):
        return 0.0
    up_to = min(k, len(reference))
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, up_to)) * bool(up_to)


@answer("bleu")
def one_token_more_needed(prediction, reference, k):
    """A prediction of k tokens is refused as too short; it has one n-gram of length k."""
    if len(prediction) <= k:
        return 0.0
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, k))


@answer("bleu")
def smoothed(prediction, reference, k):
    """A precision of 0 is replaced by a small number; BLEU is 0 where nothing is matched."""
    if len(prediction) < max(k, 1):
        return 0.0
    numbers = [max(p, 1e-2) for p in precisions(prediction, reference, k)]
    return brevity(prediction, reference) * weighted(numbers)


@answer("bleu")
def logarithm_of_zero(prediction, reference, k):
    """The logarithm of a precision of 0 is taken; BLEU is 0 where nothing is matched."""
    if len(prediction) < max(k, 1):
        return 0.0
    numbers = enumerate(precisions(prediction, reference, k), start=1)
    return brevity(prediction, reference) * math.exp(sum(math.log(p) / 2**n for n, p in numbers))


@answer("bleu")
def reference_used_up(prediction, reference, k):
    """Matched tokens are taken out of the reference itself; leave the argument as it is."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference) * weighted(precisions(prediction, reference, k))
    for token in prediction:
        if token in reference:
            reference.remove(token)
    return result


@answer("bleu")
def prediction_used_up(prediction, reference, k):
    """The prediction is taken apart token by token; leave the argument as it is."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference) * weighted(precisions(prediction, reference, k))
    while prediction:
        prediction.pop()
    return result


@answer("bleu")
def per_cent(prediction, reference, k):
    """The score is given in per cent; it lies between 0 and 1."""
    if len(prediction) < max(k, 1):
        return 0.0
    return 100 * brevity(prediction, reference) * weighted(precisions(prediction, reference, k))


@answer("bleu")
def a_tensor(prediction, reference, k):
    """A tensor is returned; return a float."""
    if len(prediction) < max(k, 1):
        return torch.tensor(0.0)
    return torch.tensor(brevity(prediction, reference) * weighted(precisions(prediction, reference, k)))


@answer("bleu")
def arguments_swapped(prediction, reference, k):
    """Prediction and reference are swapped; the prediction comes first."""
    if len(reference) < max(k, 1):
        return 0.0
    return brevity(reference, prediction) * weighted(precisions(reference, prediction, k))


@answer("bleu")
def maximum_for_minimum(prediction, reference, k):
    """The exponent of the brevity penalty is at least 0, so short predictions are not punished; it is at most 0."""
    if len(prediction) < max(k, 1):
        return 0.0
    factor = math.exp(max(0, 1 - len(reference) / len(prediction)))
    return factor * weighted(precisions(prediction, reference, k))


@answer("bleu")
def one_n_gram_too_few_counted(prediction, reference, k):
    """Matches are divided by len - n; a prediction has len - n + 1 n-grams."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = (
            Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
            for tokens in (prediction, reference)
        )
        result *= ((ours & theirs).total() / max(1, len(prediction) - n)) ** (1 / 2**n)
    return result


@answer("bleu")
def last_n_gram_missed_but_counted(prediction, reference, k):
    """The last n-gram of each sentence is missed; there are len - n + 1 of them."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = (
            Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n))
            for tokens in (prediction, reference)
        )
        result *= ((ours & theirs).total() / (len(prediction) - n + 1)) ** (1 / 2**n)
    return result


@answer("bleu")
def empty_is_perfect(prediction, reference, k):
    """An empty or a short prediction gets 1; it gets 0."""
    if len(prediction) < max(k, 1):
        return 1.0
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, k))


@answer("bleu")
def no_parentheses_around_the_exponent(prediction, reference, k):
    """p ** 1 / 2 ** n is p / 2 ** n, since powers come first; put the exponent in parentheses."""
    if len(prediction) < max(k, 1):
        return 0.0
    factors = [p / 2**n for n, p in enumerate(precisions(prediction, reference, k), 1)]
    return brevity(prediction, reference) * math.prod(factors)


@answer("bleu")
def one_added_to_each_count(prediction, reference, k):
    """1 is added to matches and n-grams, so that nothing is 0; take the counts as they are."""
    if len(prediction) < max(k, 1):
        return 0.0
    counts = [len(prediction) - n for n in range(k)]
    shares = [
        (p * count + 1) / (count + 1)
        for p, count in zip(precisions(prediction, reference, k), counts, strict=True)
    ]
    return brevity(prediction, reference) * weighted(shares)


@answer("bleu")
def added_up(prediction, reference, k):
    """The brevity penalty and the powers of the precisions are added up; multiply them."""
    if len(prediction) < max(k, 1):
        return 0.0
    powers = [p ** (1 / 2**n) for n, p in enumerate(precisions(prediction, reference, k), 1)]
    return brevity(prediction, reference) + sum(powers)


@answer("bleu")
def exponents_2_to_the_n(prediction, reference, k):
    """The exponents are 2, 4, 8, …; that of p_n is 1 / 2**n."""
    if len(prediction) < max(k, 1):
        return 0.0
    powers = [p ** (2**n) for n, p in enumerate(precisions(prediction, reference, k), 1)]
    return brevity(prediction, reference) * math.prod(powers)


@answer("bleu")
def lengths_without_a_match_skipped(prediction, reference, k):
    """Lengths without any match are left out; BLEU is 0 where nothing is matched for some n."""
    if len(prediction) < max(k, 1):
        return 0.0
    return brevity(prediction, reference) * weighted([p or 1.0 for p in precisions(prediction, reference, k)])


@answer("bleu")
def capital_letters_ignored(prediction, reference, k):
    """Capital and small letters are taken for the same; tokens are compared as they are."""
    small = [[t.lower() if isinstance(t, str) else t for t in tokens] for tokens in (prediction, reference)]
    if len(prediction) < max(k, 1):
        return 0.0
    return brevity(prediction, reference) * weighted(precisions(*small, k))


@answer("bleu")
def penalty_without_exp(prediction, reference, k):
    """The brevity penalty lacks the exponential, so that it may be negative; it is exp of that difference."""
    if len(prediction) < max(k, 1):
        return 0.0
    r = len(reference) / len(prediction)
    return (1 if r <= 1 else 1 - r) * weighted(precisions(prediction, reference, k))


@answer("bleu")
def divided_by_the_union(prediction, reference, k):
    """Matches are divided by the n-grams of both sentences together; divide by the prediction's."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = grams(prediction, n), grams(reference, n)
        result *= ((ours & theirs).total() / (ours | theirs).total()) ** (1 / 2**n)
    return result


@answer("bleu")
def exponents_n_over_k(prediction, reference, k):
    """The exponents are 1/k, 2/k, …, 1; that of p_n is 1 / 2**n."""
    if len(prediction) < max(k, 1):
        return 0.0
    powers = [p ** (n / k) for n, p in enumerate(precisions(prediction, reference, k), 1)]
    return brevity(prediction, reference) * math.prod(powers)


@answer("bleu")
def single_tokens_only(prediction, reference, k):
    """Only single tokens are matched; n-grams of every length up to k count."""
    if len(prediction) < max(k, 1):
        return 0.0
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, 1))


@answer("bleu")
def penalty_for_every_length(prediction, reference, k):
    """The brevity penalty is multiplied in for every n; it counts once."""
    if len(prediction) < max(k, 1):
        return 0.0
    return brevity(prediction, reference) ** k * weighted(precisions(prediction, reference, k))


@answer("bleu")
def penalty_by_missing_tokens(prediction, reference, k):
    """The exponent of the brevity penalty is the difference of the lengths; it is 1 minus their ratio."""
    if len(prediction) < max(k, 1):
        return 0.0
    factor = math.exp(min(0, len(prediction) - len(reference)))
    return factor * weighted(precisions(prediction, reference, k))


@answer("bleu")
def larger_count_matched(prediction, reference, k):
    """A matched n-gram counts with the larger number of the two sentences; count the smaller one."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = grams(prediction, n), grams(reference, n)
        matched = sum(max(ours[gram], theirs[gram]) for gram in ours if gram in theirs)
        result *= (matched / ours.total()) ** (1 / 2**n)
    return result


@answer("bleu")
def references_count_matched(prediction, reference, k):
    """A matched n-gram counts as often as the reference holds it; count the smaller number of the two sentences."""
    if len(prediction) < max(k, 1):
        return 0.0
    result = brevity(prediction, reference)
    for n in range(1, k + 1):
        ours, theirs = grams(prediction, n), grams(reference, n)
        result *= (sum(theirs[gram] for gram in ours) / ours.total()) ** (1 / 2**n)
    return result


# more of the same families, each in another place


@answer("truncate_pad")
def pad_always_added(tokens, num_steps, pad):
    """A pad stands at the end even of a sentence that is long enough; the result has num_steps tokens."""
    return [*tokens[:num_steps], *[pad] * max(1, num_steps + 1 - len(tokens))]


@answer("sequence_mask")
def overwritten_without_a_copy(x, valid_len, value=0.0):
    """x itself is overwritten; make a new tensor."""
    x[~(torch.arange(x.shape[1], device=x.device) < valid_len[:, None])] = value
    return x


@answer("greedy_search")
def stops_at_bos(log_probs, bos, eos, max_len):
    """The search also ends at a generated bos; it ends at eos alone."""
    tokens = []
    while len(tokens) < max_len:
        token = int(log_probs((bos, *tokens)).argmax())
        if token == bos:
            break
        tokens.append(token)
        if token == eos:
            break
    return tokens


@answer("beam_search")
def impossible_kept_in_their_order(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Continuations of log-probability -inf are kept where the beam has room; never keep them."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = [
            (total + value, [*tokens, token])
            for total, tokens in live
            for token, value in enumerate(log_probs((bos, *tokens)).tolist())
        ]
        kept = stably_best(grown, beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def probabilities_added_in_their_order(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
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
        kept = stably_best(grown, beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def kept_by_the_last_token(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Continuations are ranked by their last token's log-probability; rank them by the sum of all."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = [
            (value, total + value, [*tokens, token])
            for total, tokens in live
            for token, value in enumerate(log_probs((bos, *tokens)).tolist())
            if value > -math.inf
        ]
        kept = [one[1:] for one in stably_best(grown, beam_size)]
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + live, alpha)


@answer("beam_search")
def every_eos_finishes_in_their_order(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Every continuation by eos is taken as finished; it has to be among the beam_size best like any other."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        grown = continuations(log_probs, bos, live)
        finished += ended(grown, eos)
        live = stably_best(going_on(grown, eos), beam_size)
    return best_first(finished + live, alpha)


@answer("beam_search")
def last_token_left_out_of_the_length(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """The last token does not count in the length penalty; all generated tokens do."""
    refuse(beam_size, max_len)
    finished, live = search(log_probs, bos, eos, beam_size, max_len)
    scored = [(tokens, total / max(1, len(tokens) - 1) ** alpha) for total, tokens in finished + live]
    return sorted(scored, key=lambda pair: pair[1], reverse=True)


@answer("viterbi")
def parents_in_the_order_of_time(log_start, log_transition, length):
    """The way back reads the parents of the first step first; it begins with those of the last step."""
    sums, parents = tables(log_start, log_transition, length)
    return way_back(sums[-1].argmax(), parents[::-1]), float(sums[-1].max())


@answer("viterbi")
def way_back_from_the_last_state(log_start, log_transition, length):
    """The way back starts from the state of the highest number; start from the best last one."""
    sums, parents = tables(log_start, log_transition, length)
    return way_back(len(log_start) - 1, parents), float(sums[-1][-1])


@answer("viterbi")
def parents_of_the_other_axis(log_start, log_transition, length):
    """The parents are taken along the wrong axis: for each state, note which state before it was the best."""
    sums, parents = [log_start], []
    for _ in range(length - 1):
        table = sums[-1][:, None] + log_transition
        sums.append(table.max(dim=0).values)
        parents.append(table.argmax(dim=1).tolist())
    return way_back(sums[-1].argmax(), parents), float(sums[-1].max())


@answer("viterbi")
def transitions_alone_for_the_parents(log_start, log_transition, length):
    """The parents are those of the most probable steps alone; the sums of the ways before count, too."""
    sums, _ = tables(log_start, log_transition, length)
    parents = [log_transition.argmax(dim=0).tolist()] * (length - 1)
    return way_back(sums[-1].argmax(), parents), float(sums[-1].max())


@answer("bleu")
def lengths_crossed_in_any_case(prediction, reference, k):
    """The lengths in the brevity penalty are crossed, so that long predictions are punished; divide the reference's by the prediction's."""
    if len(prediction) < max(k, 1):
        return 0.0
    factor = math.exp(min(0.0, 1 - len(prediction) / len(reference)))
    return factor * weighted(precisions(prediction, reference, k))


@answer("bleu")
def weighted_sum(prediction, reference, k):
    """The precisions are added up with the weights 1 / 2**n; these are exponents, and the powers are multiplied."""
    if len(prediction) < max(k, 1):
        return 0.0
    total = sum(p / 2**n for n, p in enumerate(precisions(prediction, reference, k), 1))
    return brevity(prediction, reference) * total


@answer("bleu")
def square_roots(prediction, reference, k):
    """All precisions have the exponent 1/2; that of p_n is 1 / 2**n."""
    if len(prediction) < max(k, 1):
        return 0.0
    return brevity(prediction, reference) * math.prod(p**0.5 for p in precisions(prediction, reference, k))


@answer("bleu")
def exponents_n_halves(prediction, reference, k):
    """The exponents are 1/2, 1, 3/2, …; that of p_n is 1 / 2**n."""
    if len(prediction) < max(k, 1):
        return 0.0
    powers = [p ** (n / 2) for n, p in enumerate(precisions(prediction, reference, k), 1)]
    return brevity(prediction, reference) * math.prod(powers)


@answer("bleu")
def one_over_n(prediction, reference, k):
    """The exponents are 1, 1/2, 1/3, …; that of p_n is 1 / 2**n."""
    if len(prediction) < max(k, 1):
        return 0.0
    powers = [p ** (1 / n) for n, p in enumerate(precisions(prediction, reference, k), 1)]
    return brevity(prediction, reference) * math.prod(powers)


@answer("bleu")
def one_length_too_many(prediction, reference, k):
    """n-grams of length k + 1 count as well; n goes from 1 to k."""
    if len(prediction) < max(k, 1):
        return 0.0
    longest = min(k + 1, len(prediction))
    return brevity(prediction, reference) * weighted(precisions(prediction, reference, longest))


@answer("bleu")
def divided_by_different_grams(prediction, reference, k):
    """Matches are divided by the number of different n-grams; repeated ones count each time."""
    if len(prediction) < max(k, 1):
        return 0.0
    shares = []
    for n in range(1, k + 1):
        ours, theirs = (
            Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
            for tokens in (prediction, reference)
        )
        shares.append(sum((ours & theirs).values()) / len(ours))
    return brevity(prediction, reference) * weighted(shares)


@answer("bleu")
def order_within_the_n_gram_ignored(prediction, reference, k):
    """n-grams match whatever the order of their tokens; an n-gram is a run of tokens in their order."""
    if len(prediction) < max(k, 1):
        return 0.0
    shares = []
    for n in range(1, k + 1):
        ours, theirs = (
            Counter(frozenset(Counter(tokens[i : i + n]).items()) for i in range(len(tokens) - n + 1))
            for tokens in (prediction, reference)
        )
        shares.append(sum((ours & theirs).values()) / (len(prediction) - n + 1))
    return brevity(prediction, reference) * weighted(shares)


@answer("truncate_pad")
def zeros_become_pad(tokens, num_steps, pad):
    """Tokens that count as false, such as the id 0, become pad; only missing tokens do."""
    return [token or pad for token, _ in itertools.zip_longest(tokens[:num_steps], range(num_steps))]


@answer("sequence_mask")
def made_in_float32(x, valid_len, value=0.0):
    """The result is made in float32 whatever the dtype of x; give torch.full the dtype of x."""
    y = torch.full(x.shape, float(value), device=x.device)
    for row, length in enumerate(valid_len.tolist()):
        y[row, :length] = x[row, :length].float()
    return y


@answer("beam_search")
def dead_ends_returned(log_probs, bos, eos, beam_size, max_len, alpha=0.75):
    """Where nothing can follow any live hypothesis, these are returned as finished; they are dropped."""
    refuse(beam_size, max_len)
    live, finished = [(0.0, [])], []
    for _ in range(max_len):
        following = continuations(log_probs, bos, live)
        if not following:
            break
        kept = best(following, beam_size)
        finished += ended(kept, eos)
        live = going_on(kept, eos)
    return best_first(finished + [one for one in live if one[1]], alpha)
