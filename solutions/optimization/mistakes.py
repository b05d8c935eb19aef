"""Wrong answers that students give, each with the sentence they are told."""

import math

import torch

from autograder.authoring import answer


@answer("adam_step")
def no_bias_correction(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Neither moment is corrected; divide v by 1 - beta1**t and s by 1 - beta2**t."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    return w - lr * v / (s.sqrt() + eps), v, s


@answer("adam_step")
def second_moment_not_corrected(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Only v is corrected; divide s by 1 - beta2**t, too."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    return w - lr * v_hat / (s.sqrt() + eps), v, s


@answer("adam_step")
def first_moment_not_corrected(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Only s is corrected; divide v by 1 - beta1**t, too."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    s_hat = s / (1 - beta2**t)
    return w - lr * v / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def power_of_t_left_out(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The moments are divided by 1 - beta; divide by 1 - beta**t."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1)
    s_hat = s / (1 - beta2)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def beta_times_t(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """beta is multiplied by t; the correction has the power beta**t."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1 * t)
    s_hat = (s / (1 - beta2 * t)).abs()
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def times_the_correction(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The moments are multiplied by 1 - beta**t; divide by it."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v * (1 - beta1**t)
    s_hat = s * (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def divided_by_the_power(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The moments are divided by beta**t; divide by 1 - beta**t."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / beta1**t if beta1 else v
    s_hat = s / beta2**t
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def t_one_late(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The correction uses t + 1; t counts from 1 already."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1 ** (t + 1))
    s_hat = s / (1 - beta2 ** (t + 1))
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def t_one_early(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The correction uses t - 1, which divides by 0 in the first step; t counts from 1 already."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / torch.tensor(1 - beta1 ** (t - 1))
    s_hat = s / torch.tensor(1 - beta2 ** (t - 1))
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def betas_swapped_in_the_correction(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The correction of v uses beta2 and that of s uses beta1; it is the other way round."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta2**t)
    s_hat = s / (1 - beta1**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def beta1_in_both_corrections(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Both corrections use beta1; that of s uses beta2."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta1**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def corrected_moments_returned(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The corrected moments are returned; the next step goes on from the uncorrected ones."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v_hat, s_hat


@answer("adam_step")
def corrected_first_moment_returned(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The corrected v is returned; the next step goes on from the uncorrected one."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v_hat, s


@answer("adam_step")
def corrected_second_moment_returned(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The corrected s is returned; the next step goes on from the uncorrected one."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s_hat


@answer("adam_step")
def old_moments_returned(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The moments are returned as they came; return the updated ones."""
    if t < 1:
        raise ValueError(t)
    new_v = beta1 * v + (1 - beta1) * grad
    new_s = beta2 * s + (1 - beta2) * grad**2
    v_hat = new_v / (1 - beta1**t)
    s_hat = new_s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v.clone(), s.clone()


@answer("adam_step")
def moments_updated_after_the_step(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The step is taken with the moments as they came; update them first."""
    if t < 1:
        raise ValueError(t)
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def eps_inside_the_root(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """eps stands inside the root; Adam adds it to the root."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat + eps).sqrt(), v, s


@answer("adam_step")
def eps_left_out(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """eps is left out, so that a gradient of 0 from the start gives NaN; add it to the root."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / s_hat.sqrt(), v, s


@answer("adam_step")
def eps_before_the_correction(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """eps is added to the root of the uncorrected s; correct s first."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    return w - lr * math.sqrt(1 - beta2**t) * v_hat / (s.sqrt() + eps), v, s


@answer("adam_step")
def eps_under_the_whole_fraction(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """eps is added to the fraction; add it to the root in the denominator."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * (v_hat / s_hat.sqrt() + eps), v, s


@answer("adam_step")
def eps_as_a_lower_bound(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """eps is used as a lower bound of the root; add it."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / s_hat.sqrt().clamp(min=eps), v, s


@answer("adam_step")
def no_root(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The root of s_hat is missing."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat + eps), v, s


@answer("adam_step")
def betas_swapped(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """beta1 and beta2 are swapped: beta1 belongs to v, beta2 to s."""
    if t < 1:
        raise ValueError(t)
    v = beta2 * v + (1 - beta2) * grad
    s = beta1 * s + (1 - beta1) * grad**2
    v_hat = v / (1 - beta2**t)
    s_hat = s / (1 - beta1**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def beta1_for_both_moments(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """beta1 is used for s as well; s has beta2."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta1 * s + (1 - beta1) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta1**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def beta_and_rest_swapped(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The old moment gets 1 - beta and the gradient beta; it is the other way round."""
    if t < 1:
        raise ValueError(t)
    v = (1 - beta1) * v + beta1 * grad
    s = (1 - beta2) * s + beta2 * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def betas_hard_coded(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """0.9 and 0.999 are written out; use beta1 and beta2."""
    if t < 1:
        raise ValueError(t)
    beta1, beta2 = 0.9, 0.999
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def lr_ignored(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """lr is not used; multiply the step by it."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def lr_hard_coded(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """0.001 is written out; use lr."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - 0.001 * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def eps_hard_coded(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """1e-8 is written out; use eps."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + 1e-8), v, s


@answer("adam_step")
def gradient_not_squared(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """s averages the gradient; it averages the gradient's square."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.abs().sqrt() + eps), v, s


@answer("adam_step")
def magnitude_for_square(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """s averages the gradient's magnitude; it averages its square."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad.abs()
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def square_of_the_first_moment(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """s averages the square of v; it averages the square of the gradient."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * v**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def square_of_the_whole_term(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """(1 - beta2) is squared with the gradient; square the gradient alone."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + ((1 - beta2) * grad) ** 2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def one_minus_beta_left_out(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The gradient enters the moments whole; weigh it with 1 - beta."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + grad
    s = beta2 * s + grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def uphill(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The step is added; subtract it."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w + lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def gradient_for_the_first_moment(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The step uses the gradient itself; use v_hat."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    s_hat = s / (1 - beta2**t)
    return w - lr * grad / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def root_not_applied_to_the_step(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The step is lr * v_hat, as with momentum alone; divide by the root of s_hat plus eps."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    return w - lr * v_hat, v, s


@answer("adam_step")
def one_scale_for_all(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """s is averaged over all weights; each weight has its own."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.mean().sqrt() + eps), v, s


@answer("adam_step")
def norm_of_the_gradient(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """s takes the squared norm of the whole gradient; square each element."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * (grad**2).sum()
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def largest_second_moment_kept(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """s never falls, as in AMSGrad; take the average as it is."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = torch.maximum(s, beta2 * s + (1 - beta2) * grad**2)
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def learning_rate_decays(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """lr is divided by the root of t; it stays the same in every step."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr / math.sqrt(t) * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def t_not_checked(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """t below 1 is not refused; raise ValueError."""
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t or 1)
    s_hat = s / (1 - beta2**t or 1)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def t_0_accepted(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """t = 0 is accepted; t counts from 1, so raise ValueError."""
    if t < 0:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t or 1)
    s_hat = s / (1 - beta2**t or 1)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def only_t_0_refused(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Only t = 0 is refused; raise ValueError for every t below 1."""
    if t == 0:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def another_error_for_t(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """t below 1 raises another exception; raise ValueError."""
    assert t >= 1
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def t_counted_from_0(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """t = 1 is refused; t counts from 1."""
    if t <= 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def moments_first(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The results are in the order (v, s, w); return (w, v, s)."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return v, s, w - lr * v_hat / (s_hat.sqrt() + eps)


@answer("adam_step")
def moments_in_the_other_order(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The results are in the order (w, s, v); return (w, v, s)."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), s, v


@answer("adam_step")
def weights_alone(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Only the weights are returned; return (w, v, s)."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps)


@answer("adam_step")
def step_for_weights(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The step itself is returned in place of the new weights."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return -lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def w_changed_in_place(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """w itself is changed; make a new tensor."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    w.data -= lr * v_hat / (s_hat.sqrt() + eps)
    return w, v, s


@answer("adam_step")
def moments_changed_in_place(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """v and s themselves are changed; make new tensors."""
    if t < 1:
        raise ValueError(t)
    v.data.mul_(beta1).add_(grad, alpha=1 - beta1)
    s.data.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def grad_changed_in_place(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """grad itself is changed, squared or scaled; make a new tensor."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad.data.pow_(2)
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def w_marked_as_needing_no_gradient(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """requires_grad of w is switched off; leave the argument as it is."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    w.requires_grad_(False)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def always_float32(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The results are float32 whatever the dtype of the arguments."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    w = w - lr * v_hat / (s_hat.sqrt() + eps)
    return w.float(), v.float(), s.float()


@answer("adam_step")
def always_float64(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The results are float64 whatever the dtype of the arguments."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    w = w - lr * v_hat / (s_hat.sqrt() + eps)
    return w.double(), v.double(), s.double()


@answer("adam_step")
def eps_on_the_cpu(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """A helper tensor is made on the CPU; make it on the device of w."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + torch.full(w.shape, eps, dtype=w.dtype)), v, s


@answer("adam_step")
def other_default_for_lr(w, grad, v, s, t, lr=1e-2, beta1=0.9, beta2=0.999, eps=1e-8):
    """lr is 0.01 where none is given; its default is 1e-3."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def other_default_for_beta2(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.99, eps=1e-8):
    """beta2 is 0.99 where none is given; its default is 0.999."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def other_default_for_eps(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-6):
    """eps is 1e-6 where none is given; its default is 1e-8."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def gradient_in_the_decay(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """A share of the weights is added to the gradient, as weight decay does; use the gradient as it is."""
    if t < 1:
        raise ValueError(t)
    grad = grad + 0.01 * w
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def nesterov(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The step looks ahead as Nesterov's momentum does; use v_hat alone."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * (beta1 * v_hat + (1 - beta1) * grad / (1 - beta1**t)) / (s_hat.sqrt() + eps), v, s
