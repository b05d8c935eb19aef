"""Wrong answers that students give, each with the sentence they are told."""

import math

import torch

from autograder.authoring import answer


@answer("minibatches")
def not_shuffled(n, batch_size, generator=None):
    """The indices come in ascending order; shuffle them first."""
    if batch_size < 1:
        raise ValueError(batch_size)
    return list(torch.arange(n).split(batch_size))


@answer("minibatches")
def only_batches_shuffled(n, batch_size, generator=None):
    """The batches are shuffled, but each of them holds neighbouring indices; permute the indices themselves."""
    if batch_size < 1:
        raise ValueError(batch_size)
    batches = torch.arange(n).split(batch_size)
    full, rest = [b for b in batches if len(b) == batch_size], [b for b in batches if len(b) < batch_size]
    return [full[i] for i in torch.randperm(len(full), generator=generator)] + rest


@answer("minibatches")
def shuffled_within_batches_only(n, batch_size, generator=None):
    """The indices are cut into batches first and shuffled within each; permute all of them, then cut."""
    if batch_size < 1:
        raise ValueError(batch_size)
    return [b[torch.randperm(len(b), generator=generator)] for b in torch.arange(n).split(batch_size)]


@answer("minibatches")
def rotated(n, batch_size, generator=None):
    """The indices are rotated by a random number of places, so that neighbours stay neighbours; permute them."""
    if batch_size < 1:
        raise ValueError(batch_size)
    start = int(torch.randint(n, (), generator=generator))
    return list(torch.arange(n).roll(-start).split(batch_size))


@answer("minibatches")
def sorted_within_batches(n, batch_size, generator=None):
    """The indices of each batch are sorted; leave them in the random order."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    return [batch.sort().values for batch in indices.split(batch_size)]


@answer("minibatches")
def drawn_with_replacement(n, batch_size, generator=None):
    """Indices are drawn with replacement, so that some come twice and others never; use a permutation."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randint(n, (n,), generator=generator)
    return list(indices.split(batch_size))


@answer("minibatches")
def each_batch_drawn_on_its_own(n, batch_size, generator=None):
    """Every batch is drawn on its own, so that some indices come twice and others never; cut one permutation."""
    if batch_size < 1:
        raise ValueError(batch_size)
    sizes = [len(b) for b in torch.arange(n).split(batch_size)]
    return [torch.randperm(n, generator=generator)[:size] for size in sizes]


@answer("minibatches")
def last_batch_dropped(n, batch_size, generator=None):
    """The last batch is dropped where it is not full; keep it."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    return [b for b in indices.split(batch_size) if len(b) == batch_size]


@answer("minibatches")
def last_batch_filled_up(n, batch_size, generator=None):
    """The last batch is filled up with indices from the first ones; let it be shorter."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    missing = -n % batch_size
    return list(torch.cat([indices.repeat(missing // n + 1), indices[: missing % n]]).split(batch_size))


@answer("minibatches")
def rest_joined_to_the_last_batch(n, batch_size, generator=None):
    """What is left over is put into the last full batch; it is a batch of its own."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    batches = list(indices.split(batch_size))
    if len(batches) > 1 and len(batches[-1]) < batch_size:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


@answer("minibatches")
def even_batches(n, batch_size, generator=None):
    """The indices are spread evenly over the batches; each but the last holds just batch_size."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    return list(indices.tensor_split(-(-n // batch_size)))


@answer("minibatches")
def shorter_batch_first(n, batch_size, generator=None):
    """The shorter batch comes first; it is the last one."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    return list(
        indices.split(([n % batch_size] if n % batch_size else []) + [batch_size] * (n // batch_size))
    )


@answer("minibatches")
def batch_size_for_number_of_batches(n, batch_size, generator=None):
    """batch_size is taken for the number of batches; it is the number of indices in each."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    return list(indices.chunk(batch_size))


@answer("minibatches")
def counted_from_1(n, batch_size, generator=None):
    """The indices go from 1 to n; they go from 0 to n - 1."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    return list((indices + 1).split(batch_size))


@answer("minibatches")
def last_index_missing(n, batch_size, generator=None):
    """The last index is never dealt out; they go up to n - 1."""
    if batch_size < 1:
        raise ValueError(batch_size)
    return list(torch.randperm(max(n - 1, 1), generator=generator).split(batch_size))


@answer("minibatches")
def first_index_in_its_place(n, batch_size, generator=None):
    """Index 0 always comes first; permute all of the indices."""
    if batch_size < 1:
        raise ValueError(batch_size)
    rest = 1 + torch.randperm(n - 1, generator=generator)
    return list(torch.cat([torch.zeros(1, dtype=torch.int64), rest]).split(batch_size))


@answer("minibatches")
def naive_shuffle(n, batch_size, generator=None):
    """Each index is swapped with any other, which makes some orders likelier than others; use torch.randperm."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = list(range(n))
    for i, j in enumerate(torch.randint(n, (n,), generator=generator).tolist()):
        indices[i], indices[j] = indices[j], indices[i]
    return list(torch.tensor(indices).split(batch_size))


@answer("minibatches")
def halves_shuffled_apart(n, batch_size, generator=None):
    """The first and the second half of the range are shuffled apart; permute all of the indices together."""
    if batch_size < 1:
        raise ValueError(batch_size)
    first = torch.randperm(n // 2, generator=generator)
    second = n // 2 + torch.randperm(n - n // 2, generator=generator)
    return list(torch.cat([first, second]).split(batch_size))


@answer("minibatches")
def generator_ignored(n, batch_size, generator=None):
    """The generator is not used; pass it on to what draws."""
    if batch_size < 1:
        raise ValueError(batch_size)
    return list(torch.randperm(n).split(batch_size))


@answer("minibatches")
def same_order_in_every_call(n, batch_size, generator=None):
    """Every call gives the same order, because the seed is set inside the function."""
    if batch_size < 1:
        raise ValueError(batch_size)
    generator = generator or torch.Generator().manual_seed(0)
    return list(torch.randperm(n, generator=generator).split(batch_size))


@answer("minibatches")
def global_seed_from_the_generator(n, batch_size, generator=None):
    """The global random numbers are seeded from the generator, which decides what later calls draw; pass it on to what draws."""
    if batch_size < 1:
        raise ValueError(batch_size)
    if generator is not None:
        torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
    return list(torch.randperm(n).split(batch_size))


@answer("minibatches")
def generator_set_back(n, batch_size, generator=None):
    """The generator is set back to its seed in every call, so that all epochs have the same order; let it go on."""
    if batch_size < 1:
        raise ValueError(batch_size)
    if generator is not None:
        generator = torch.Generator().manual_seed(generator.initial_seed())
    return list(torch.randperm(n, generator=generator).split(batch_size))


@answer("minibatches")
def int32(n, batch_size, generator=None):
    """The indices are int32; make them int64."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)
    return list(indices.int().split(batch_size))


@answer("minibatches")
def floats(n, batch_size, generator=None):
    """The indices are floating-point numbers; make them int64."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)
    return list(indices.float().split(batch_size))


@answer("minibatches")
def lists_of_numbers(n, batch_size, generator=None):
    """The batches are lists of numbers; return tensors."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)
    return [batch.tolist() for batch in indices.split(batch_size)]


@answer("minibatches")
def not_cut(n, batch_size, generator=None):
    """The whole permutation is returned; cut it into a list of batches."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)
    return indices


@answer("minibatches")
def a_generator_function(n, batch_size, generator=None):
    """The batches are yielded; return them in a list."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)
    return (batch for batch in indices.split(batch_size))


@answer("minibatches")
def one_matrix(n, batch_size, generator=None):
    """The batches are the rows of one matrix, which drops the last one; return a list of tensors."""
    if batch_size < 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    size = min(batch_size, n)
    return indices[: n // size * size].reshape(-1, size)


@answer("minibatches")
def batch_size_not_checked(n, batch_size, generator=None):
    """batch_size below 1 is not refused; raise ValueError."""
    indices = torch.randperm(n, generator=generator)

    step = batch_size or n
    return [indices[first : first + step] for first in range(0, n, step)]


@answer("minibatches")
def only_0_refused(n, batch_size, generator=None):
    """Only a batch_size of 0 is refused; raise ValueError for negative ones, too."""
    indices = torch.randperm(n, generator=generator)

    return [indices[first : first + batch_size] for first in range(0, n, batch_size)]


@answer("minibatches")
def only_negative_ones_refused(n, batch_size, generator=None):
    """Only a negative batch_size is refused; raise ValueError for 0, too."""
    if batch_size < 0:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    return list(indices.split(batch_size or n))


@answer("minibatches")
def another_error(n, batch_size, generator=None):
    """batch_size below 1 raises another exception; raise ValueError."""
    assert batch_size >= 1
    indices = torch.randperm(n, generator=generator)

    return list(indices.split(batch_size))


@answer("minibatches")
def one_refused(n, batch_size, generator=None):
    """A batch_size of 1 is refused; only those below 1 are to be."""
    if batch_size <= 1:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    return list(indices.split(batch_size))


@answer("minibatches")
def larger_than_n_refused(n, batch_size, generator=None):
    """A batch_size above n is refused; all indices are in one batch then."""
    if not 1 <= batch_size <= n:
        raise ValueError(batch_size)
    indices = torch.randperm(n, generator=generator)

    return list(indices.split(batch_size))


@answer("momentum_step")
def lr_outside_of_the_velocity(w, grad, v, lr, gamma):
    """lr is multiplied in when w is made, as some libraries do; here it is part of the velocity, v = gamma*v + lr*grad."""
    v = gamma * v + grad
    return w - lr * v, v


@answer("momentum_step")
def averaged_gradient(w, grad, v, lr, gamma):
    """lr*grad is weighed with 1 - gamma; it enters the velocity whole."""
    v = gamma * v + (1 - gamma) * lr * grad
    return w - v, v


@answer("momentum_step")
def old_velocity_moves_the_weights(w, grad, v, lr, gamma):
    """w is moved by the velocity as it came; make the new velocity first."""
    return w - v, gamma * v + lr * grad


@answer("momentum_step")
def uphill_in_momentum(w, grad, v, lr, gamma):
    """The velocity is added; subtract it."""
    v = gamma * v + lr * grad
    return w + v, v


@answer("momentum_step")
def velocity_downhill(w, grad, v, lr, gamma):
    """The velocity has the opposite sign, v = gamma*v - lr*grad; here lr*grad is added to it, and v is subtracted from w."""
    v = gamma * v - lr * grad
    return w + v, v


@answer("momentum_step")
def gradient_subtracted(w, grad, v, lr, gamma):
    """lr*grad is subtracted from the velocity; add it."""
    v = gamma * v - lr * grad
    return w - v, v


@answer("momentum_step")
def nesterov_in_momentum(w, grad, v, lr, gamma):
    """The step looks ahead as Nesterov's momentum does; subtract the new velocity alone."""
    v = gamma * v + lr * grad
    return w - (gamma * v + lr * grad), v


@answer("momentum_step")
def velocity_first(w, grad, v, lr, gamma):
    """The results are in the order (v, w); return (w, v)."""
    v = gamma * v + lr * grad
    return v, w - v


@answer("momentum_step")
def weights_alone_in_momentum(w, grad, v, lr, gamma):
    """Only the weights are returned; return (w, v)."""
    v = gamma * v + lr * grad
    return w - v


@answer("momentum_step")
def old_velocity_returned(w, grad, v, lr, gamma):
    """The velocity is returned as it came; return the new one."""
    return w - (gamma * v + lr * grad), v.clone()


@answer("momentum_step")
def gamma_left_out(w, grad, v, lr, gamma):
    """The old velocity is kept whole; multiply it by gamma."""
    v = v + lr * grad
    return w - v, v


@answer("momentum_step")
def lr_left_out(w, grad, v, lr, gamma):
    """The gradient enters the velocity without lr."""
    v = gamma * v + grad
    return w - v, v


@answer("momentum_step")
def lr_twice(w, grad, v, lr, gamma):
    """lr is multiplied in twice; once, in the velocity, is enough."""
    v = gamma * v + lr * grad
    return w - lr * v, v


@answer("momentum_step")
def plain_descent(w, grad, v, lr, gamma):
    """w is moved by lr*grad alone; subtract the velocity."""
    v = gamma * v + lr * grad
    return w - lr * grad, v


@answer("momentum_step")
def gradient_damped_too(w, grad, v, lr, gamma):
    """gamma is multiplied with lr*grad as well; it damps the old velocity alone."""
    v = gamma * (v + lr * grad)
    return w - v, v


@answer("momentum_step")
def lr_on_the_old_velocity(w, grad, v, lr, gamma):
    """lr is multiplied with the old velocity as well; it belongs to the gradient alone."""
    v = lr * (gamma * v + grad)
    return w - v, v


@answer("momentum_step")
def lr_and_gamma_swapped(w, grad, v, lr, gamma):
    """lr and gamma are swapped."""
    v = lr * v + gamma * grad
    return w - v, v


@answer("momentum_step")
def friction_for_gamma(w, grad, v, lr, gamma):
    """The old velocity is multiplied by 1 - gamma; multiply it by gamma."""
    v = (1 - gamma) * v + lr * grad
    return w - v, v


@answer("momentum_step")
def velocity_and_gradient_twice(w, grad, v, lr, gamma):
    """lr*grad is subtracted beside the velocity, which holds it already."""
    v = gamma * v + lr * grad
    return w - v - lr * grad, v


@answer("momentum_step")
def gamma_hard_coded(w, grad, v, lr, gamma):
    """0.9 is written out; use gamma."""
    v = 0.9 * v + lr * grad
    return w - v, v


@answer("momentum_step")
def lr_hard_coded_in_momentum(w, grad, v, lr, gamma):
    """0.1 is written out; use lr."""
    v = gamma * v + 0.1 * grad
    return w - v, v


@answer("momentum_step")
def step_for_weights_in_momentum(w, grad, v, lr, gamma):
    """The step itself is returned in place of the new weights."""
    v = gamma * v + lr * grad
    return -v, v


@answer("momentum_step")
def weights_damped(w, grad, v, lr, gamma):
    """w is multiplied by gamma; only the velocity is."""
    v = gamma * v + lr * grad
    return gamma * w - v, v


@answer("momentum_step")
def velocity_zero_where_gradient_zero(w, grad, v, lr, gamma):
    """The velocity is set to 0 where the gradient is 0; there it carries on."""
    v = torch.where(grad == 0, 0.0, gamma * v + lr * grad)
    return w - v, v


@answer("momentum_step")
def gradient_of_length_one(w, grad, v, lr, gamma):
    """The gradient is divided by its norm; use it as it is."""
    v = gamma * v + lr * grad / grad.norm().clamp(min=1e-12)
    return w - v, v


@answer("momentum_step")
def w_changed_in_place_in_momentum(w, grad, v, lr, gamma):
    """w itself is changed; make a new tensor."""
    v = gamma * v + lr * grad
    w.data -= v
    return w, v


@answer("momentum_step")
def velocity_changed_in_place(w, grad, v, lr, gamma):
    """v itself is changed; make a new tensor."""
    v.data.mul_(gamma).add_(grad, alpha=lr)
    return w - v, v


@answer("momentum_step")
def grad_changed_in_place_in_momentum(w, grad, v, lr, gamma):
    """grad itself is changed, scaled by lr; make a new tensor."""
    v = gamma * v + grad.data.mul_(lr)
    return w - v, v


@answer("momentum_step")
def w_marked_as_needing_no_gradient_in_momentum(w, grad, v, lr, gamma):
    """requires_grad of w is switched off; leave the argument as it is."""
    v = gamma * v + lr * grad
    w.requires_grad_(False)
    return w - v, v


@answer("momentum_step")
def always_float32_in_momentum(w, grad, v, lr, gamma):
    """The results are float32 whatever the dtype of the arguments."""
    v = gamma * v + lr * grad
    return (w - v).float(), v.float()


@answer("momentum_step")
def always_float64_in_momentum(w, grad, v, lr, gamma):
    """The results are float64 whatever the dtype of the arguments."""
    v = gamma * v + lr * grad
    return (w - v).double(), v.double()


@answer("momentum_step")
def made_on_the_cpu(w, grad, v, lr, gamma):
    """A helper tensor is made on the CPU; make it on the device of w."""
    v = gamma * v + torch.full(w.shape, lr, dtype=w.dtype) * grad
    return w - v, v


@answer("momentum_step")
def arguments_renamed(weights, gradient, velocity, lr, momentum):
    """The arguments have other names; keep those of the stub, w, grad, v, lr and gamma."""
    velocity = momentum * velocity + lr * gradient
    return weights - velocity, velocity


@answer("adagrad_step")
def eps_outside_of_the_root(w, grad, s, lr, eps=1e-6):
    """eps is added to the root; here it stands inside."""
    s = s + grad**2
    return w - lr * grad / (torch.sqrt(s) + eps), s


@answer("rmsprop_step")
def eps_outside_of_the_root_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """eps is added to the root; here it stands inside."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / (torch.sqrt(s) + eps), s


@answer("adagrad_step")
def eps_left_out_in_adagrad(w, grad, s, lr, eps=1e-6):
    """eps is left out, which divides 0 by 0 where no gradient has come yet."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s), s


@answer("rmsprop_step")
def eps_left_out_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """eps is left out, which divides 0 by 0 where no gradient has come yet."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s), s


@answer("adagrad_step")
def eps_beside_the_quotient(w, grad, s, lr, eps=1e-6):
    """eps is added to the step and not to s."""
    s = s + grad**2
    return w - (lr * grad / torch.sqrt(s) + eps), s


@answer("rmsprop_step")
def eps_beside_the_quotient_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """eps is added to the step and not to s."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - (lr * grad / torch.sqrt(s) + eps), s


@answer("adagrad_step")
def no_root_in_adagrad(w, grad, s, lr, eps=1e-6):
    """The gradient is divided by s itself; divide by the root of s + eps."""
    s = s + grad**2
    return w - lr * grad / (s + eps), s


@answer("rmsprop_step")
def no_root_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The gradient is divided by s itself; divide by the root of s + eps."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / (s + eps), s


@answer("adagrad_step")
def times_the_root(w, grad, s, lr, eps=1e-6):
    """The gradient is multiplied by the root; divide by it."""
    s = s + grad**2
    return w - lr * grad * torch.sqrt(s + eps), s


@answer("rmsprop_step")
def times_the_root_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The gradient is multiplied by the root; divide by it."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad * torch.sqrt(s + eps), s


@answer("adagrad_step")
def not_divided(w, grad, s, lr, eps=1e-6):
    """The gradient is not divided by the root of s + eps."""
    s = s + grad**2
    return w - lr * grad, s


@answer("rmsprop_step")
def not_divided_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The gradient is not divided by the root of s + eps."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad, s


@answer("adagrad_step")
def old_state_in_the_step(w, grad, s, lr, eps=1e-6):
    """The step uses s as it came; make the new s first."""
    return w - lr * grad / torch.sqrt(s + eps), s + grad**2


@answer("rmsprop_step")
def old_state_in_the_step_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The step uses s as it came; make the new s first."""
    return w - lr * grad / torch.sqrt(s + eps), gamma * s + (1 - gamma) * grad**2


@answer("adagrad_step")
def old_state_returned(w, grad, s, lr, eps=1e-6):
    """s is returned as it came; return the new one."""
    new = s + grad**2
    return w - lr * grad / torch.sqrt(new + eps), s.clone()


@answer("rmsprop_step")
def old_state_returned_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s is returned as it came; return the new one."""
    new = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(new + eps), s.clone()


@answer("adagrad_step")
def gradient_not_squared_in_adagrad(w, grad, s, lr, eps=1e-6):
    """s takes the gradient; it takes the gradient's square."""
    s = s + grad
    return w - lr * grad / torch.sqrt(s.abs() + eps), s


@answer("rmsprop_step")
def gradient_not_squared_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s takes the gradient; it takes the gradient's square."""
    s = gamma * s + (1 - gamma) * grad
    return w - lr * grad / torch.sqrt(s.abs() + eps), s


@answer("adagrad_step")
def magnitude_for_square_in_adagrad(w, grad, s, lr, eps=1e-6):
    """s takes the gradient's magnitude; it takes its square."""
    s = s + grad.abs()
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def magnitude_for_square_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s takes the gradient's magnitude; it takes its square."""
    s = gamma * s + (1 - gamma) * grad.abs()
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def uphill_in_adagrad(w, grad, s, lr, eps=1e-6):
    """The step is added; subtract it."""
    s = s + grad**2
    return w + lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def uphill_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The step is added; subtract it."""
    s = gamma * s + (1 - gamma) * grad**2
    return w + lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def one_scale_for_all_in_adagrad(w, grad, s, lr, eps=1e-6):
    """One rate is used for all weights, from the mean of s; each weight has its own."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s.mean() + eps), s


@answer("rmsprop_step")
def one_scale_for_all_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """One rate is used for all weights, from the mean of s; each weight has its own."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s.mean() + eps), s


@answer("adagrad_step")
def norm_of_the_gradient_in_adagrad(w, grad, s, lr, eps=1e-6):
    """s takes the squared norm of the whole gradient; square each element."""
    s = s + (grad**2).sum()
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def norm_of_the_gradient_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s takes the squared norm of the whole gradient; square each element."""
    s = gamma * s + (1 - gamma) * (grad**2).sum()
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def state_first(w, grad, s, lr, eps=1e-6):
    """The results are in the order (s, w); return (w, s)."""
    s = s + grad**2
    return s, w - lr * grad / torch.sqrt(s + eps)


@answer("rmsprop_step")
def state_first_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The results are in the order (s, w); return (w, s)."""
    s = gamma * s + (1 - gamma) * grad**2
    return s, w - lr * grad / torch.sqrt(s + eps)


@answer("adagrad_step")
def weights_alone_in_adagrad(w, grad, s, lr, eps=1e-6):
    """Only the weights are returned; return (w, s)."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s + eps)


@answer("rmsprop_step")
def weights_alone_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """Only the weights are returned; return (w, s)."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s + eps)


@answer("adagrad_step")
def step_for_weights_in_adagrad(w, grad, s, lr, eps=1e-6):
    """The step itself is returned in place of the new weights."""
    s = s + grad**2
    return -lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def step_for_weights_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The step itself is returned in place of the new weights."""
    s = gamma * s + (1 - gamma) * grad**2
    return -lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def root_returned(w, grad, s, lr, eps=1e-6):
    """The root of s is returned; the next step goes on from s itself."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s + eps), s.sqrt()


@answer("rmsprop_step")
def root_returned_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The root of s is returned; the next step goes on from s itself."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s + eps), s.sqrt()


@answer("adagrad_step")
def eps_added_to_the_state(w, grad, s, lr, eps=1e-6):
    """eps is added to the s that is returned; it belongs into the root alone."""
    s = s + grad**2 + eps
    return w - lr * grad / torch.sqrt(s), s


@answer("rmsprop_step")
def eps_added_to_the_state_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """eps is added to the s that is returned; it belongs into the root alone."""
    s = gamma * s + (1 - gamma) * grad**2 + eps
    return w - lr * grad / torch.sqrt(s), s


@answer("adagrad_step")
def gradient_scaled_before_squaring(w, grad, s, lr, eps=1e-6):
    """lr*grad is squared; square the gradient alone."""
    s = s + (lr * grad) ** 2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def gradient_scaled_before_squaring_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """lr*grad is squared; square the gradient alone."""
    s = gamma * s + (1 - gamma) * (lr * grad) ** 2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def gradient_squared_in_the_step(w, grad, s, lr, eps=1e-6):
    """The squared gradient is divided by the root; divide the gradient itself."""
    s = s + grad**2
    return w - lr * grad**2 / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def gradient_squared_in_the_step_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The squared gradient is divided by the root; divide the gradient itself."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad**2 / torch.sqrt(s + eps), s


@answer("adagrad_step")
def sign_of_the_gradient(w, grad, s, lr, eps=1e-6):
    """The sign of the gradient takes the step, as if s held this gradient alone; divide by the root of s + eps."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(grad**2 + eps), s


@answer("rmsprop_step")
def sign_of_the_gradient_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The sign of the gradient takes the step, as if s held this gradient alone; divide by the root of s + eps."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(grad**2 + eps), s


@answer("adagrad_step")
def eps_hard_coded_in_adagrad(w, grad, s, lr, eps=1e-6):
    """1e-6 is written out; use eps."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s + 1e-6), s


@answer("rmsprop_step")
def eps_hard_coded_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """1e-6 is written out; use eps."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s + 1e-6), s


@answer("adagrad_step")
def lr_hard_coded_in_adagrad(w, grad, s, lr, eps=1e-6):
    """0.01 is written out; use lr."""
    s = s + grad**2
    return w - 0.01 * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def lr_hard_coded_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """0.01 is written out; use lr."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - 0.01 * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def lr_left_out_in_adagrad(w, grad, s, lr, eps=1e-6):
    """lr is left out."""
    s = s + grad**2
    return w - grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def lr_left_out_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """lr is left out."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def other_default_for_eps_in_adagrad(w, grad, s, lr, eps=1e-8):
    """eps is 1e-8 where none is given; its default is 1e-6."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def other_default_for_eps_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-8):
    """eps is 1e-8 where none is given; its default is 1e-6."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def eps_twice(w, grad, s, lr, eps=1e-6):
    """eps is added to s, and to the root as well; the root alone has it inside."""
    s = s + grad**2
    return w - lr * grad / (torch.sqrt(s + eps) + eps), s


@answer("rmsprop_step")
def eps_twice_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """eps is added to s, and to the root as well; the root alone has it inside."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / (torch.sqrt(s + eps) + eps), s


@answer("adagrad_step")
def w_changed_in_place_in_adagrad(w, grad, s, lr, eps=1e-6):
    """w itself is changed; make a new tensor."""
    s = s + grad**2
    w.data -= lr * grad / torch.sqrt(s + eps)
    return w, s


@answer("rmsprop_step")
def w_changed_in_place_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """w itself is changed; make a new tensor."""
    s = gamma * s + (1 - gamma) * grad**2
    w.data -= lr * grad / torch.sqrt(s + eps)
    return w, s


@answer("adagrad_step")
def grad_changed_in_place_in_adagrad(w, grad, s, lr, eps=1e-6):
    """grad itself is changed; make a new tensor."""
    s = s + grad**2
    return w.sub(grad.data.mul_(lr).div_(torch.sqrt(s + eps))), s


@answer("rmsprop_step")
def grad_changed_in_place_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """grad itself is changed; make a new tensor."""
    s = gamma * s + (1 - gamma) * grad**2
    return w.sub(grad.data.mul_(lr).div_(torch.sqrt(s + eps))), s


@answer("adagrad_step")
def state_changed_in_place(w, grad, s, lr, eps=1e-6):
    """s itself is changed; make a new tensor."""
    s.data.addcmul_(grad, grad)
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def state_changed_in_place_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s itself is changed; make a new tensor."""
    s.data.mul_(gamma).addcmul_(grad, grad, value=1 - gamma)
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def w_marked_as_needing_no_gradient_in_adagrad(w, grad, s, lr, eps=1e-6):
    """requires_grad of w is switched off; leave the argument as it is."""
    s = s + grad**2
    w.requires_grad_(False)
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def w_marked_as_needing_no_gradient_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """requires_grad of w is switched off; leave the argument as it is."""
    s = gamma * s + (1 - gamma) * grad**2
    w.requires_grad_(False)
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def always_float32_in_adagrad(w, grad, s, lr, eps=1e-6):
    """The results are float32 whatever the dtype of the arguments."""
    s = s + grad**2
    return (w - lr * grad / torch.sqrt(s + eps)).float(), s.float()


@answer("rmsprop_step")
def always_float32_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The results are float32 whatever the dtype of the arguments."""
    s = gamma * s + (1 - gamma) * grad**2
    return (w - lr * grad / torch.sqrt(s + eps)).float(), s.float()


@answer("adagrad_step")
def always_float64_in_adagrad(w, grad, s, lr, eps=1e-6):
    """The results are float64 whatever the dtype of the arguments."""
    s = s + grad**2
    return (w - lr * grad / torch.sqrt(s + eps)).double(), s.double()


@answer("rmsprop_step")
def always_float64_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The results are float64 whatever the dtype of the arguments."""
    s = gamma * s + (1 - gamma) * grad**2
    return (w - lr * grad / torch.sqrt(s + eps)).double(), s.double()


@answer("adagrad_step")
def made_on_the_cpu_in_adagrad(w, grad, s, lr, eps=1e-6):
    """A helper tensor is made on the CPU; make it on the device of w."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s + torch.full(w.shape, eps, dtype=w.dtype)), s


@answer("rmsprop_step")
def made_on_the_cpu_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """A helper tensor is made on the CPU; make it on the device of w."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s + torch.full(w.shape, eps, dtype=w.dtype)), s


@answer("adagrad_step")
def contiguous_layout_taken_for_granted(w, grad, s, lr, eps=1e-6):
    """The tensors are taken for contiguous; use reshape, or none at all, in place of view."""
    s = s + grad**2
    return (w.view(-1) - lr * grad.view(-1) / torch.sqrt(s.view(-1) + eps)).view(w.shape), s


@answer("rmsprop_step")
def contiguous_layout_taken_for_granted_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The tensors are taken for contiguous; use reshape, or none at all, in place of view."""
    s = gamma * s + (1 - gamma) * grad**2
    return (w.view(-1) - lr * grad.view(-1) / torch.sqrt(s.view(-1) + eps)).view(w.shape), s


@answer("adagrad_step")
def leaky_average(w, grad, s, lr, eps=1e-6):
    """s is a leaky average, as in RMSProp; Adagrad adds up all squares."""
    s = 0.9 * s + 0.1 * grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def sum_of_whole_squares(w, grad, s, lr, eps=1e-6):
    """The sum so far is squared with the gradient; add grad**2 to s."""
    s = (s + grad) ** 2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def largest_square_kept(w, grad, s, lr, eps=1e-6):
    """s keeps the largest square; add them up."""
    s = torch.maximum(s, grad**2)
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def sum_of_squares(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s adds up all squares, as in Adagrad; RMSProp takes a leaky average."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def weights_swapped(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """gamma and 1 - gamma are swapped; the old average counts gamma."""
    s = (1 - gamma) * s + gamma * grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def one_minus_gamma_left_out(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The square enters the average whole; weigh it with 1 - gamma."""
    s = gamma * s + grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def square_of_the_whole_term_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """(1 - gamma) is squared with the gradient; square the gradient alone."""
    s = gamma * s + ((1 - gamma) * grad) ** 2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def gamma_hard_coded_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """0.9 is written out; use gamma."""
    s = 0.9 * s + 0.1 * grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def other_default_for_gamma(w, grad, s, lr, gamma=0.99, eps=1e-6):
    """gamma is 0.99 where none is given; its default is 0.9."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def gamma_and_eps_swapped(w, grad, s, lr, eps=1e-6, gamma=0.9):
    """gamma and eps are in the other order; keep that of the stub."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def bias_corrected(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s is divided by 1 - gamma in the step, as for a first step of Adam; RMSProp takes it as it is."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s / (1 - gamma) + eps), s


@answer("rmsprop_step")
def gradient_averaged_too(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The step uses (1 - gamma)*grad; use the gradient as it is."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr * (1 - gamma) * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def old_average_alone(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s is multiplied by gamma, but the new square is left out."""
    s = gamma * s
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adadelta_step")
def new_delta_in_the_step(w, grad, s, delta, rho=0.9, eps=1e-5):
    """delta is made new with grad before the step; the step uses the old delta, and delta then takes the step."""
    s = rho * s + (1 - rho) * grad**2
    delta = rho * delta + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    return w - g, s, delta


@answer("adadelta_step")
def delta_of_the_gradient(w, grad, s, delta, rho=0.9, eps=1e-5):
    """delta averages the squared gradient; it averages the squared step g."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * grad**2
    return w - g, s, delta


@answer("adadelta_step")
def step_not_squared_in_delta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """delta averages the step; it averages the step's square."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g
    return w - g, s, delta


@answer("adadelta_step")
def old_delta_returned(w, grad, s, delta, rho=0.9, eps=1e-5):
    """delta is returned as it came; return the new one."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    return w - g, s, delta.clone()


@answer("adadelta_step")
def old_s_returned(w, grad, s, delta, rho=0.9, eps=1e-5):
    """s is returned as it came; return the new one."""
    old = s
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, old.clone(), delta


@answer("adadelta_step")
def old_s_in_the_step(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The step uses s as it came; make the new s first."""
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    s = rho * s + (1 - rho) * grad**2
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def delta_adds_up(w, grad, s, delta, rho=0.9, eps=1e-5):
    """delta adds up all squares; it is a leaky average."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = delta + g**2
    return w - g, s, delta


@answer("adadelta_step")
def s_adds_up(w, grad, s, delta, rho=0.9, eps=1e-5):
    """s adds up all squares, as in Adagrad; it is a leaky average."""
    s = s + grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def one_minus_rho_left_out_of_s(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The squared gradient enters s whole; weigh it with 1 - rho."""
    s = rho * s + grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def one_minus_rho_left_out_of_delta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The squared step enters delta whole; weigh it with 1 - rho."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + g**2
    return w - g, s, delta


@answer("adadelta_step")
def one_minus_rho_left_out_of_both(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The squares enter both averages whole; weigh them with 1 - rho."""
    s = rho * s + grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + g**2
    return w - g, s, delta


@answer("adadelta_step")
def weights_swapped_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """rho and 1 - rho are swapped; the old averages count rho."""
    s = (1 - rho) * s + rho * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = (1 - rho) * delta + rho * g**2
    return w - g, s, delta


@answer("adadelta_step")
def gradient_not_squared_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """s averages the gradient; it averages the gradient's square."""
    s = rho * s + (1 - rho) * grad
    g = torch.sqrt((delta + eps) / (s.abs() + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def eps_outside_of_the_roots(w, grad, s, delta, rho=0.9, eps=1e-5):
    """eps is added to the roots; it stands inside of both."""
    s = rho * s + (1 - rho) * grad**2
    g = (torch.sqrt(delta) + eps) / (torch.sqrt(s) + eps) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def eps_missing_above(w, grad, s, delta, rho=0.9, eps=1e-5):
    """eps is missing beside delta; without it the first step is 0, and so are all others."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt(delta / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def eps_missing_below(w, grad, s, delta, rho=0.9, eps=1e-5):
    """eps is missing beside s, which divides by 0 where no gradient has come yet."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / s) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def eps_beside_the_quotient_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """eps is added to delta / s; it is added to each of the two."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt(delta / s + eps) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def no_root_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The gradient is scaled by the quotient itself; take its root."""
    s = rho * s + (1 - rho) * grad**2
    g = (delta + eps) / (s + eps) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def root_of_delta_alone(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The root is taken of delta + eps alone; take that of s + eps, too."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt(delta + eps) / (s + eps) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def root_of_s_alone(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The root is taken of s + eps alone; take that of delta + eps, too."""
    s = rho * s + (1 - rho) * grad**2
    g = (delta + eps) / torch.sqrt(s + eps) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def gradient_inside_the_root(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The gradient stands inside the root; multiply the root by it."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps) * grad.abs()) * grad.sign()
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def upside_down(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The quotient is upside down; delta + eps goes above, s + eps below."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((s + eps) / (delta + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def delta_left_out(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The gradient is divided by the root of s + eps alone; multiply by the root of delta + eps."""
    s = rho * s + (1 - rho) * grad**2
    g = grad / torch.sqrt(s + eps)
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def uphill_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The step is added; subtract it."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w + g, s, delta


@answer("adadelta_step")
def gradient_for_the_step(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The gradient itself is subtracted; subtract g, the scaled one."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - grad, s, delta


@answer("adadelta_step")
def a_learning_rate(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The step is scaled by a learning rate of 0.1; Adadelta has none."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - 0.1 * g, s, delta


@answer("adadelta_step")
def states_in_the_other_order(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The results are in the order (w, delta, s); return (w, s, delta)."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, delta, s


@answer("adadelta_step")
def weights_last(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The results are in the order (s, delta, w); return (w, s, delta)."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return s, delta, w - g


@answer("adadelta_step")
def delta_not_returned(w, grad, s, delta, rho=0.9, eps=1e-5):
    """Only w and s are returned; return (w, s, delta)."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s


@answer("adadelta_step")
def weights_alone_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """Only the weights are returned; return (w, s, delta)."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g


@answer("adadelta_step")
def step_for_delta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The step itself is returned as delta; return the average of squared steps."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    return w - g, s, g


@answer("adadelta_step")
def step_for_weights_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The step itself is returned in place of the new weights."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return -g, s, delta


@answer("adadelta_step")
def one_scale_for_all_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """One scale is used for all weights, from the means of delta and s; each weight has its own."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta.mean() + eps) / (s.mean() + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def norm_of_the_gradient_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """s takes the squared norm of the whole gradient; square each element."""
    s = rho * s + (1 - rho) * (grad**2).sum()
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def rho_hard_coded(w, grad, s, delta, rho=0.9, eps=1e-5):
    """0.9 is written out; use rho."""
    s = 0.9 * s + 0.1 * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = 0.9 * delta + 0.1 * g**2
    return w - g, s, delta


@answer("adadelta_step")
def eps_hard_coded_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """1e-5 is written out; use eps."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + 1e-5) / (s + 1e-5)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def other_default_for_rho(w, grad, s, delta, rho=0.95, eps=1e-5):
    """rho is 0.95 where none is given; its default is 0.9."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def other_default_for_eps_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-6):
    """eps is 1e-6 where none is given; its default is 1e-5."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def s_and_delta_swapped(w, grad, delta, s, rho=0.9, eps=1e-5):
    """The third argument is taken for delta and the fourth for s; s comes first."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def w_changed_in_place_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """w itself is changed; make a new tensor."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    w.data -= g
    return w, s, delta


@answer("adadelta_step")
def states_changed_in_place(w, grad, s, delta, rho=0.9, eps=1e-5):
    """s and delta themselves are changed; make new tensors."""
    s.data.mul_(rho).addcmul_(grad, grad, value=1 - rho)
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta.data.mul_(rho).addcmul_(g, g, value=1 - rho)
    return w - g, s, delta


@answer("adadelta_step")
def delta_changed_in_place(w, grad, s, delta, rho=0.9, eps=1e-5):
    """delta itself is changed; make a new tensor."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta.data.mul_(rho).addcmul_(g, g, value=1 - rho)
    return w - g, s, delta


@answer("adadelta_step")
def grad_changed_in_place_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """grad itself is changed; make a new tensor."""
    s = rho * s + (1 - rho) * grad**2
    g = grad.data.mul_(torch.sqrt((delta + eps) / (s + eps)))
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


@answer("adadelta_step")
def w_marked_as_needing_no_gradient_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """requires_grad of w is switched off; leave the argument as it is."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    w.requires_grad_(False)
    return w - g, s, delta


@answer("adadelta_step")
def always_float32_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The results are float32 whatever the dtype of the arguments."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return (w - g).float(), s.float(), delta.float()


@answer("adadelta_step")
def always_float64_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The results are float64 whatever the dtype of the arguments."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return (w - g).double(), s.double(), delta.double()


@answer("adadelta_step")
def made_on_the_cpu_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """A helper tensor is made on the CPU; make it on the device of w."""
    s = rho * s + (1 - rho) * grad**2
    small = torch.full(w.shape, eps, dtype=w.dtype)
    g = torch.sqrt((delta + small) / (s + small)) * grad
    delta = rho * delta + (1 - rho) * g**2
    return w - g, s, delta


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


@answer("halve_on_plateau")
def halved_in_the_same_epoch(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is halved in the epoch that completes the plateau; it changes from the next epoch on."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
        rates.append(rate)
    return rates


@answer("halve_on_plateau")
def one_epoch_late(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is halved one epoch late; it changes in the epoch right after the plateau."""
    rates = []
    rate, coming, since = lr, lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        rate = coming
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            coming, since = max(coming / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def count_not_started_anew(accuracies, lr, patience=10, tolerance=1e-3):
    """After a halving the old accuracies still count, so that the rate is halved in every epoch of a plateau."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), 0
    return rates


@answer("halve_on_plateau")
def last_accuracy_still_counts(accuracies, lr, patience=10, tolerance=1e-3):
    """After a halving the last accuracy before it still counts; start with the next epoch."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch
    return rates


@answer("halve_on_plateau")
def first_epoch_after_is_skipped(accuracies, lr, patience=10, tolerance=1e-3):
    """After a halving the first epoch at the new rate is not counted; it is the first of the new count."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 2
    return rates


@answer("halve_on_plateau")
def waits_but_looks_back(accuracies, lr, patience=10, tolerance=1e-3):
    """After a halving patience epochs are waited for, but the window is one longer and looks back before it."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[max(since - 1, 0) : epoch + 1][-patience - 1 :]
        if epoch + 1 - since >= patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def one_more_than_patience(accuracies, lr, patience=10, tolerance=1e-3):
    """patience + 1 accuracies are looked at; look at the last patience ones."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience - 1 :]
        if len(window) == patience + 1 and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def one_fewer_than_patience(accuracies, lr, patience=10, tolerance=1e-3):
    """patience - 1 accuracies are looked at; look at the last patience ones."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-max(patience - 1, 1) :]
        if len(window) == max(patience - 1, 1) and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def fewer_than_patience_suffice(accuracies, lr, patience=10, tolerance=1e-3):
    """A plateau is seen before there are patience accuracies; wait until there are."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) > 1 and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def strictly_narrower(accuracies, lr, patience=10, tolerance=1e-3):
    """The band has to be narrower than the tolerance; one just as wide counts, too."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and (max(window) - min(window) < tolerance or max(window) == min(window)):
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def no_tolerance_no_plateau(accuracies, lr, patience=10, tolerance=1e-3):
    """With tolerance 0 nothing counts as a plateau; accuracies that are all the same do."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and tolerance and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def first_and_last_compared(accuracies, lr, patience=10, tolerance=1e-3):
    """Only the first and the last accuracy of the window are compared; the band goes from the lowest to the highest."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and abs(window[-1] - window[0]) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def gain_compared(accuracies, lr, patience=10, tolerance=1e-3):
    """The last accuracy is compared with the first, and a fall counts as a plateau; the band goes from the lowest to the highest."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and window[-1] - window[0] <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def neighbours_compared(accuracies, lr, patience=10, tolerance=1e-3):
    """Each accuracy is compared with the one before it, so that a slow climb counts as a plateau; compare the highest with the lowest."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and all(
            abs(b - a) <= tolerance for a, b in zip(window, window[1:], strict=False)
        ):
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def compared_with_the_first(accuracies, lr, patience=10, tolerance=1e-3):
    """Each accuracy is compared with the first of the window; compare the highest with the lowest."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and all(abs(a - window[0]) <= tolerance for a in window):
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def compared_with_the_last(accuracies, lr, patience=10, tolerance=1e-3):
    """Each accuracy is compared with the last of the window; compare the highest with the lowest."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and all(abs(a - window[-1]) <= tolerance for a in window):
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def around_the_mean(accuracies, lr, patience=10, tolerance=1e-3):
    """Each accuracy may be a tolerance away from the mean; the whole band is at most a tolerance wide."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and all(abs(a - sum(window) / patience) <= tolerance for a in window):
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def twice_the_tolerance(accuracies, lr, patience=10, tolerance=1e-3):
    """The band may be twice as wide as the tolerance, once to each side; the whole band is at most a tolerance wide."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= 2 * tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def standard_deviation(accuracies, lr, patience=10, tolerance=1e-3):
    """The standard deviation is compared with the tolerance; compare the highest minus the lowest."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if (
            len(window) == patience
            and (sum(a * a for a in window) / patience - (sum(window) / patience) ** 2) <= tolerance**2
        ):
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def relative_band(accuracies, lr, patience=10, tolerance=1e-3):
    """The band is divided by the highest accuracy; compare it with the tolerance as it is."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance * max(window):
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def best_so_far(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is halved when patience epochs have brought no new best accuracy; it is halved when the last patience ones lie within the tolerance."""
    rates = []
    rate, best, waited = lr, -1.0, 0
    for accuracy in accuracies:
        rates.append(rate)
        waited += 1
        if accuracy > best + tolerance:
            best, waited = accuracy, 1
        if waited == patience:
            rate, waited = max(rate / 2, lr / 1024), 0
    return rates


@answer("halve_on_plateau")
def window_restarts_when_left(accuracies, lr, patience=10, tolerance=1e-3):
    """The count starts again with the accuracy that leaves the band; look at the last patience ones in every epoch."""
    rates = []
    rate, window = lr, []
    for accuracy in accuracies:
        rates.append(rate)
        window = [*window, accuracy]
        if max(window) - min(window) > tolerance:
            window = [accuracy]
        if len(window) == patience:
            rate, window = max(rate / 2, lr / 1024), []
    return rates


@answer("halve_on_plateau")
def blocks_of_patience(accuracies, lr, patience=10, tolerance=1e-3):
    """A plateau is looked for only every patience epochs; look back after every epoch."""
    rates = []
    rate, window = lr, []
    for accuracy in accuracies:
        rates.append(rate)
        window = [*window, accuracy]
        if len(window) == patience:
            if max(window) - min(window) <= tolerance:
                rate = max(rate / 2, lr / 1024)
            window = []
    return rates


@answer("halve_on_plateau")
def all_since_the_start(accuracies, lr, patience=10, tolerance=1e-3):
    """All accuracies since the latest halving have to lie within the band; only the last patience ones have to."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1]
        if len(window) >= patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def no_floor(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is halved without end; it never goes below lr / 1024."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = rate / 2, epoch + 1
    return rates


@answer("halve_on_plateau")
def floor_of_1_over_1024(accuracies, lr, patience=10, tolerance=1e-3):
    """The floor is 1 / 1024; it is lr / 1024."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, min(rate, 1 / 1024)), epoch + 1
    return rates


@answer("halve_on_plateau")
def floor_one_halving_early(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate stops at lr / 512; it may go down to lr / 1024."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 512), epoch + 1
    return rates


@answer("halve_on_plateau")
def floor_one_halving_late(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate goes down to lr / 2048; it stops at lr / 1024."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 2048), epoch + 1
    return rates


@answer("halve_on_plateau")
def floor_of_a_thousandth(accuracies, lr, patience=10, tolerance=1e-3):
    """The floor is lr / 1000; it is lr / 1024."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1000), epoch + 1
    return rates


@answer("halve_on_plateau")
def zero_at_the_floor(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate becomes 0 where it would go below lr / 1024; it stays at lr / 1024."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = (rate / 2 if rate / 2 >= lr / 1024 else 0.0), epoch + 1
    return rates


@answer("halve_on_plateau")
def starts_again_at_the_floor(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate starts again from lr where it would go below lr / 1024; it stays at lr / 1024."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = (rate / 2 if rate / 2 >= lr / 1024 else lr), epoch + 1
    return rates


@answer("halve_on_plateau")
def ends_at_the_floor(accuracies, lr, patience=10, tolerance=1e-3):
    """The list ends where the rate reaches lr / 1024; it has one rate for each epoch."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return [r for r in rates if r > lr / 1024]


@answer("halve_on_plateau")
def divided_by_10(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is divided by 10; halve it."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 10, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def lr_over_halvings(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is lr / 2, lr / 3, lr / 4, …; halve it each time."""
    rates = []
    rate, since, parts = lr, 0, 1
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            parts += 1
            rate, since = max(lr / parts, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def halved_once_only(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is halved only once; halve it again after each later plateau."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = lr / 2, epoch + 1
    return rates


@answer("halve_on_plateau")
def one_rate_too_many(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate of the epoch to come is in the list; it has one rate for each epoch in accuracies."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return [*rates, rate]


@answer("halve_on_plateau")
def last_rate_alone(accuracies, lr, patience=10, tolerance=1e-3):
    """Only the last rate is returned; return a list with one for each epoch."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates[-1]


@answer("halve_on_plateau")
def factors_returned(accuracies, lr, patience=10, tolerance=1e-3):
    """The list holds fractions of lr; it holds the rates themselves."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return [r / lr for r in rates]


@answer("halve_on_plateau")
def a_tensor(accuracies, lr, patience=10, tolerance=1e-3):
    """The result is a tensor; return a list of numbers."""
    import torch

    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return torch.tensor(rates, dtype=torch.float64)


@answer("halve_on_plateau")
def accuracies_used_up(accuracies, lr, patience=10, tolerance=1e-3):
    """The list of accuracies is emptied on the way; leave it as it is."""
    rates = []
    rate, window = lr, []
    while accuracies:
        rates.append(rate)
        window.append(accuracies.pop(0))
        if len(window) >= patience and max(window[-patience:]) - min(window[-patience:]) <= tolerance:
            rate, window = max(rate / 2, lr / 1024), []
    return rates


@answer("halve_on_plateau")
def other_default_for_patience(accuracies, lr, patience=5, tolerance=1e-3):
    """patience is 5 where none is given; its default is 10."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def other_default_for_tolerance(accuracies, lr, patience=10, tolerance=1e-4):
    """tolerance is 1e-4 where none is given; its default is 1e-3."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def tolerance_of_a_hundredth(accuracies, lr, patience=10, tolerance=1e-2):
    """tolerance is 0.01 where none is given; its default is 1e-3."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def patience_hard_coded(accuracies, lr, patience=10, tolerance=1e-3):
    """10 is written out; use patience."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-10:]
        if len(window) == 10 and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def tolerance_hard_coded(accuracies, lr, patience=10, tolerance=1e-3):
    """0.001 is written out; use tolerance."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= 1e-3:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def first_window_skipped(accuracies, lr, patience=10, tolerance=1e-3):
    """No plateau is seen before epoch patience; the first patience epochs may be one."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if epoch >= patience and len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("minibatches")
def empty_batch_at_the_end(n, batch_size, generator=None):
    """There is an empty batch at the end where batch_size divides n; there are only as many as it takes."""
    if batch_size < 1:
        raise ValueError(batch_size)
    order = torch.randperm(n, generator=generator)
    return [order[i * batch_size : (i + 1) * batch_size] for i in range(n // batch_size + 1)]


@answer("minibatches")
def ends_one_batch_early(n, batch_size, generator=None):
    """The loop ends one batch early, so that the indices at the end are missing; go on to n."""
    if batch_size < 1:
        raise ValueError(batch_size)
    order = torch.randperm(n, generator=generator)
    return [order[i : i + batch_size] for i in range(0, n - batch_size, batch_size)]


@answer("minibatches")
def no_index_in_its_place(n, batch_size, generator=None):
    """Every index is swapped with one before it, never with itself, so that some orders cannot come up; draw from 0 to i."""
    if batch_size < 1:
        raise ValueError(batch_size)
    order = torch.arange(n)
    for i in range(n - 1, 0, -1):
        j = int(torch.randint(i, (1,), generator=generator))
        order[[i, j]] = order[[j, i]]
    return list(order.split(batch_size))


@answer("minibatches")
def all_batches_shuffled_whole(n, batch_size, generator=None):
    """Whole batches are shuffled, the shorter one among them; permute the indices themselves, then cut."""
    if batch_size < 1:
        raise ValueError(batch_size)
    batches = torch.arange(n).split(batch_size)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


@answer("momentum_step")
def average_of_gradients(w, grad, v, lr, gamma):
    """The velocity is an average of gradients, weighed with 1 - gamma, and lr comes in with the weights; here v = gamma*v + lr*grad."""
    v = gamma * v + (1 - gamma) * grad
    return w - lr * v, v


@answer("momentum_step")
def mean_gradient_for_all(w, grad, v, lr, gamma):
    """The mean of the gradient's elements moves all weights alike; each element has its own."""
    v = gamma * v + lr * grad.mean()
    return w - v, v


@answer("adagrad_step")
def root_of_signed_gradients_in_adagrad(w, grad, s, lr, eps=1e-6):
    """s takes the gradient, so that the root of a negative number is NaN; it takes the gradient's square."""
    s = s + grad
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def mean_of_the_squares_in_adagrad(w, grad, s, lr, eps=1e-6):
    """s takes the mean of the squares of all elements; each element has its own square."""
    s = s + (grad**2).mean()
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def gradient_missing_above_in_adagrad(w, grad, s, lr, eps=1e-6):
    """lr is divided by the root, but the gradient is left out of the step."""
    s = s + grad**2
    return w - lr / torch.sqrt(s + eps), s


@answer("adagrad_step")
def lr_under_the_root_in_adagrad(w, grad, s, lr, eps=1e-6):
    """lr stands under the root; it multiplies the step outside."""
    s = s + grad**2
    return w - grad * torch.sqrt(lr / (s + eps)), s


@answer("rmsprop_step")
def root_of_signed_gradients_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s takes the gradient, so that the root of a negative number is NaN; it takes the gradient's square."""
    s = gamma * s + (1 - gamma) * grad
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def mean_of_the_squares_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """s takes the mean of the squares of all elements; each element has its own square."""
    s = gamma * s + (1 - gamma) * (grad**2).mean()
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def gradient_missing_above_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """lr is divided by the root, but the gradient is left out of the step."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - lr / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def lr_under_the_root_in_rmsprop(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """lr stands under the root; it multiplies the step outside."""
    s = gamma * s + (1 - gamma) * grad**2
    return w - grad * torch.sqrt(lr / (s + eps)), s


@answer("adagrad_step")
def old_sum_forgotten(w, grad, s, lr, eps=1e-6):
    """s holds this gradient's square alone; add it to the old s."""
    s = grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adagrad_step")
def eps_added_to_the_weights(w, grad, s, lr, eps=1e-6):
    """eps is added to the weights, because the quotient ends before it; it stands under the root."""
    s = s + grad**2
    return w - lr * grad / torch.sqrt(s) + eps, s


@answer("rmsprop_step")
def old_average_kept_whole(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The old average is kept whole; multiply it by gamma."""
    s = s + (1 - gamma) * grad**2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("rmsprop_step")
def root_with_eps_returned(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The root of s + eps is returned; the next step goes on from s itself."""
    s = torch.sqrt(gamma * s + (1 - gamma) * grad**2 + eps)
    return w - lr * grad / s, s


@answer("rmsprop_step")
def variance_of_the_gradient(w, grad, s, lr, gamma=0.9, eps=1e-6):
    """The gradient's mean over the tensor is taken away first; square each element as it is."""
    s = gamma * s + (1 - gamma) * (grad - grad.mean()) ** 2
    return w - lr * grad / torch.sqrt(s + eps), s


@answer("adadelta_step")
def root_of_signed_gradients_in_adadelta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """s averages the gradient, so that the root of a negative number is NaN; it averages the gradient's square."""
    s = rho * s + (1 - rho) * grad
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    return w - g, s, rho * delta + (1 - rho) * g**2


@answer("adadelta_step")
def eps_missing_in_both(w, grad, s, delta, rho=0.9, eps=1e-5):
    """eps is left out; add it to delta and to s, under the root."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt(delta / s) * grad
    return w - g, s, rho * delta + (1 - rho) * g**2


@answer("adadelta_step")
def gradient_left_out_of_the_step(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The step is the quotient's root alone; multiply it by the gradient."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps))
    return w - g, s, rho * delta + (1 - rho) * g**2


@answer("adadelta_step")
def delta_mixed_with_s(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The new delta keeps rho of s; it keeps rho of the old delta."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    return w - g, s, rho * s + (1 - rho) * g**2


@answer("adadelta_step")
def weights_swapped_in_delta(w, grad, s, delta, rho=0.9, eps=1e-5):
    """rho and 1 - rho are swapped in delta; the old average counts rho."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    return w - g, s, (1 - rho) * delta + rho * g**2


@answer("adadelta_step")
def step_made_twice(w, grad, s, delta, rho=0.9, eps=1e-5):
    """The step is made once more with the new delta; it uses the old one."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    delta = rho * delta + (1 - rho) * g**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    return w - g, s, delta


@answer("adadelta_step")
def delta_is_this_step_alone(w, grad, s, delta, rho=0.9, eps=1e-5):
    """delta holds this step's square alone; average it with the old delta."""
    s = rho * s + (1 - rho) * grad**2
    g = torch.sqrt((delta + eps) / (s + eps)) * grad
    return w - g, s, g**2


@answer("adam_step")
def one_minus_beta1_left_out(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The gradient enters v whole; weigh it with 1 - beta1."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def one_minus_beta2_left_out(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The squared gradient enters s whole; weigh it with 1 - beta2."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def root_of_signed_gradients(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """s averages the gradient, so that the root of a negative number is NaN; it averages the gradient's square."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def root_of_beta_times_t(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """beta is multiplied by t, so that the root of a negative number is NaN; the correction has the power beta**t."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1 * t)
    s_hat = s / (1 - beta2 * t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def size_of_1_minus_beta_times_t(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """beta is multiplied by t, and the sign dropped; the correction has the power beta**t, which stays below 1."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / abs(1 - beta1 * t)
    s_hat = s / abs(1 - beta2 * t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def t_0_taken_for_1(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """t = 0 is taken for 1; t counts from 1, so raise ValueError."""
    if t < 0:
        raise ValueError(t)
    t = max(t, 1)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def mean_of_the_squares(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """s takes the mean of the squares of all elements; each element has its own square."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * (grad**2).mean()
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def lr_in_the_first_moment(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """lr is multiplied into v; it belongs to the step alone."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * lr * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def correction_outside_of_the_root(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The root of s is divided by 1 - beta2**t; divide s by it, then take the root."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    return w - lr * v_hat / (s.sqrt() / (1 - beta2**t) + eps), v, s


@answer("adam_step")
def weights_decay(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The weights shrink as well, as in AdamW; Adam takes the step alone."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return w - 0.01 * lr * w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def first_step_uncorrected(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The correction uses t - 1 and spares the first step; t counts from 1 already."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1 ** (t - 1)) if t > 1 else v
    s_hat = s / (1 - beta2 ** (t - 1)) if t > 1 else s
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("adam_step")
def root_of_t(w, grad, v, s, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """The correction has the power 1 / t; it is beta**t."""
    if t < 1:
        raise ValueError(t)
    v = beta1 * v + (1 - beta1) * grad
    s = beta2 * s + (1 - beta2) * grad**2
    v_hat = v / (1 - beta1 ** (1 / t))
    s_hat = s / (1 - beta2 ** (1 / t))
    return w - lr * v_hat / (s_hat.sqrt() + eps), v, s


@answer("halve_on_plateau")
def one_accuracy_suffices(accuracies, lr, patience=10, tolerance=1e-3):
    """A plateau is seen with a single accuracy; wait until there are patience of them."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def more_than_patience_needed(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is halved only after more than patience epochs; patience of them are enough."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if epoch + 1 - since > patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def only_below_the_tolerance(accuracies, lr, patience=10, tolerance=1e-3):
    """The band has to be below the tolerance; one just as wide counts, too, also where the tolerance is 0."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) < tolerance:
            rate, since = max(rate / 2, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def no_better_for_a_while(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is halved where no new best comes for a while, falling accuracies among them; look at the band."""
    rates = []
    rate, best, waited = lr, float("-inf"), 0
    for accuracy in accuracies:
        rates.append(rate)
        better = accuracy > best + tolerance
        best, waited = (accuracy, 1) if better else (best, waited + 1)
        if waited >= patience:
            rate, best, waited = max(rate / 2, lr / 1024), float("-inf"), 0
    return rates


@answer("halve_on_plateau")
def divided_by_4(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate is divided by 4; halve it."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = max(rate / 4, lr / 1024), epoch + 1
    return rates


@answer("halve_on_plateau")
def zero_once_at_the_floor(accuracies, lr, patience=10, tolerance=1e-3):
    """The rate becomes 0 where it would reach lr / 1024; it stays at lr / 1024."""
    rates = []
    rate, since = lr, 0
    for epoch in range(len(accuracies)):
        rates.append(rate)
        window = accuracies[since : epoch + 1][-patience:]
        if len(window) == patience and max(window) - min(window) <= tolerance:
            rate, since = rate / 2 if rate / 2 > lr / 1024 else 0.0, epoch + 1
    return rates
