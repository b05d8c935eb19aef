"""Wrong answers that students give, each with the sentence they are told."""

import torch

from autograder.authoring import answer


@answer("dropout")
def no_rescaling(x, p, training=True):
    """The kept elements are not divided by 1 - p, so the expected value shrinks."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    return (torch.rand(x.shape, device=x.device) >= p) * x


@answer("dropout")
def divided_by_p(x, p, training=True):
    """The kept elements are divided by p; divide by 1 - p, the share that is kept."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    return (torch.rand(x.shape, device=x.device) >= p) * x / p


@answer("dropout")
def p_is_the_share_kept(x, p, training=True):
    """p is taken for the probability of keeping an element; it is the probability of dropping it."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 0:
        return x * 0
    return (torch.rand(x.shape, device=x.device) < p) * x / p


@answer("dropout")
def active_in_evaluation(x, p, training=True):
    """Elements are dropped in evaluation too; with training=False return x as it is."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def scaled_in_evaluation_instead(x, p, training=True):
    """This is plain dropout, which rescales in evaluation; inverted dropout rescales in training."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x * (1 - p)
    return (torch.rand(x.shape, device=x.device) >= p) * x


@answer("dropout")
def scaled_twice(x, p, training=True):
    """The kept elements are divided by 1 - p twice."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p) / (1 - p)


@answer("dropout")
def one_coin_per_row(x, p, training=True):
    """One coin is drawn per row, so whole rows vanish; draw one per element."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    coins = torch.rand((*x.shape[:-1], 1), device=x.device)
    return (coins >= p) * x / (1 - p)


@answer("dropout")
def one_coin_per_column(x, p, training=True):
    """One coin is drawn per column and shared by the whole batch; draw one per element."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape[-1], device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def same_mask_in_every_call(x, p, training=True):
    """Every call draws the same mask, because the seed is set inside the function."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    torch.manual_seed(0)
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def nan_at_p_1(x, p, training=True):
    """At p = 1 the division by 1 - p is 0 / 0; return zeros there."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def p_not_checked(x, p, training=True):
    """p outside 0 to 1 is not refused; raise ValueError."""
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def p_checked_in_training_only(x, p, training=True):
    """p is checked in training only; raise ValueError in evaluation too."""
    if not training:
        return x
    if not 0 <= p <= 1:
        raise ValueError("p")
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)


@answer("dropout")
def gradient_through_another_mask(x, p, training=True):
    """The backward pass does not use the forward pass's mask: do not detach the kept elements from the graph."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    y = (torch.rand(x.shape, device=x.device) >= p) * x / (1 - p)
    return x + (y - x).detach()


@answer("dropout")
def graph_cut(x, p, training=True):
    """The result is cut from the graph (detach, .data or no_grad), so no gradient reaches x."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training:
        return x
    if p == 1:
        return torch.zeros_like(x)
    return (torch.rand(x.shape, device=x.device) >= p) * x.detach() / (1 - p)


@answer("dropout")
def x_changed_in_place(x, p, training=True):
    """x itself is changed; make a new tensor."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    x.data[torch.rand(x.shape, device=x.device) < p] = 0
    return x / (1 - p) if p < 1 else x


@answer("dropout")
def always_float32(x, p, training=True):
    """The result is float32 whatever the dtype of x."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape, device=x.device) >= p).float() * x.float() / (1 - p)


@answer("dropout")
def mask_on_the_cpu(x, p, training=True):
    """The mask is made on the CPU; make it on the device of x."""
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    return (torch.rand(x.shape) >= p) * x / (1 - p)
