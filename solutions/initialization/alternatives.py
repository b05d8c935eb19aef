"""Right answers written differently."""
# ruff: noqa: F811 -- names repeat from exercise to exercise

import copy
import functools
import math
import random
from typing import NamedTuple

import numpy as np
import torch

from autograder.authoring import answer


def place(generator):
    return generator.device if generator is not None else torch.device("cpu")


@answer("xavier_uniform")
def filled_in_place(shape, gain=1.0, generator=None):
    """Fills an empty tensor with uniform_."""
    w = torch.empty(shape, device=place(generator))
    fan_in, fan_out = w[0].numel(), w[:, 0].numel()
    a = gain * (6.0 / (fan_in + fan_out)) ** 0.5
    return w.uniform_(-a, a, generator=generator)


@answer("xavier_uniform")
def torch_distributions(shape, gain=1.0, generator=None):
    """Uses torch.distributions where no generator is given, and double precision inside."""
    receptive_field = 1
    for size in shape[2:]:
        receptive_field *= size
    a = (
        gain
        * torch.tensor(
            6 / (shape[0] * receptive_field + shape[1] * receptive_field), dtype=torch.float64
        ).sqrt()
    )
    if generator is None:
        return torch.distributions.Uniform(-a, a).sample(shape).float()
    u = torch.rand(shape, generator=generator, device=generator.device, dtype=torch.float64)
    return (a.to(u.device) - 2 * a.to(u.device) * u).to(torch.float32)


@answer("xavier_uniform")
def numpy_draws(shape, gain=1.0, generator=None):
    """Draws with NumPy, seeded from the generator where one is given."""
    n_out, n_in = shape[0], shape[1]
    kernel = int(np.prod(shape[2:])) if len(shape) > 2 else 1
    a = gain * np.sqrt(6 / (kernel * (n_in + n_out)))
    if generator is None:
        return torch.tensor(np.random.uniform(-a, a, size=shape), dtype=torch.float32)
    seed = torch.randint(2**31, (1,), generator=generator, device=generator.device).item()
    numbers = np.random.default_rng(seed).uniform(-a, a, size=shape)
    return torch.from_numpy(numbers).float().to(generator.device)


@answer("xavier_uniform")
def element_by_element(shape, gain=1.0, generator=None):
    """Draws a list of numbers and reshapes it; the order of draws is another."""
    size = functools.reduce(lambda a, b: a * b, shape)
    a = gain * math.sqrt(6 / (size // shape[0] + size // shape[1]))
    if generator is None:
        numbers = [random.uniform(-a, a) for _ in range(size)]
    else:
        draws = torch.rand(size, generator=generator, device=generator.device).tolist()
        numbers = [a - 2 * a * u for u in reversed(draws)]
    return torch.tensor(numbers, device=place(generator)).reshape(shape)


@answer("xavier_uniform")
def row_by_row(shape, gain=1.0, generator=None):
    """Draws one output's weights after the other."""
    field = math.prod(shape) // (shape[0] * shape[1])
    width = 2 * gain * math.sqrt(6 / (field * (shape[0] + shape[1])))
    rows = [
        torch.rand(shape[1:], generator=generator, device=place(generator)) - 0.5 for _ in range(shape[0])
    ]
    return torch.stack(rows) * width


@answer("xavier_uniform")
def parameter(shape, gain=1.0, generator=None):
    """Returns a parameter that requires a gradient."""
    like = torch.empty(shape, device="meta")
    a = gain * math.sqrt(3) * math.sqrt(2 / (like[0].numel() + like[:, 0].numel()))
    w = torch.nn.Parameter(torch.zeros(shape, device=place(generator)))
    with torch.no_grad():
        w.uniform_(generator=generator).mul_(2).sub_(1).mul_(a)
    return w


@answer("xavier_uniform")
def sign_times_magnitude(shape, gain=1.0, generator=None):
    """Draws magnitudes and signs apart."""
    kernel = torch.Size(shape[2:]).numel()
    a = gain * math.sqrt(6 / (shape[1] * kernel + shape[0] * kernel))
    magnitude = torch.rand(shape, generator=generator, device=place(generator)) * a
    signs = torch.randint(0, 2, shape, generator=generator, device=place(generator)).mul(2).sub(1)
    return torch.copysign(magnitude, signs)


@answer("xavier_uniform")
def generator_of_its_own(shape, gain=1.0, generator=None):
    """Makes a freshly seeded generator where none is given."""
    if generator is None:
        generator = torch.Generator()
        generator.seed()
    fan = sum(shape[:2]) * math.prod(shape[2:])
    a = gain * math.sqrt(6 / fan)
    return torch.lerp(
        torch.tensor(-a, device=generator.device),
        torch.tensor(a, device=generator.device),
        torch.rand(*shape, generator=generator, device=generator.device),
    )


@answer("xavier_normal")
def _filled_in_place(shape, gain=1.0, generator=None):
    """Fills an empty tensor with normal_."""
    w = torch.empty(shape, device=place(generator))
    fan_in, fan_out = w[0].numel(), w[:, 0].numel()
    return w.normal_(0, gain * (2 / (fan_in + fan_out)) ** 0.5, generator=generator)


@answer("xavier_normal")
def torch_normal(shape, gain=1.0, generator=None):
    """Uses torch.normal with a size."""
    kernel = 1
    for size in shape[2:]:
        kernel *= size
    std = gain * math.sqrt(2 / ((shape[0] + shape[1]) * kernel))
    return torch.normal(0.0, std, size=shape, generator=generator, device=place(generator))


@answer("xavier_normal")
def _torch_distributions(shape, gain=1.0, generator=None):
    """Uses torch.distributions where no generator is given, and double precision inside."""
    like = torch.empty(shape, device="meta")
    std = gain * math.sqrt(2) / math.sqrt(like[0].numel() + like[:, 0].numel())
    if generator is None:
        return torch.distributions.Normal(0.0, std).sample(torch.Size(shape))
    z = torch.randn(shape, generator=generator, device=generator.device, dtype=torch.float64)
    return (z * std).float()


@answer("xavier_normal")
def _numpy_draws(shape, gain=1.0, generator=None):
    """Draws with NumPy, seeded from the generator where one is given."""
    std = gain * np.sqrt(2 / (sum(shape[:2]) * np.prod(shape[2:], dtype=int)))
    if generator is None:
        return torch.from_numpy(np.random.randn(*shape) * std).float()
    seed = torch.randint(2**31, (1,), generator=generator, device=generator.device).item()
    return torch.tensor(np.random.default_rng(seed).normal(0, std, shape)).float().to(generator.device)


@answer("xavier_normal")
def box_muller(shape, gain=1.0, generator=None):
    """Makes normal numbers from two uniform ones."""
    kernel = math.prod(shape[2:])
    std = gain * math.sqrt(2 / (shape[1] * kernel + shape[0] * kernel))
    u, angle = torch.rand((2, *shape), generator=generator, device=place(generator), dtype=torch.float64)
    z = (-2 * torch.log1p(-u)).sqrt() * torch.sin(2 * math.pi * angle)
    return (std * z).to(torch.float32)


@answer("xavier_normal")
def inverse_distribution_function(shape, gain=1.0, generator=None):
    """Turns uniform numbers into normal ones by the inverse of the distribution function."""
    variance = gain**2 * 2 / (math.prod(shape[2:]) * (shape[0] + shape[1]))
    u = torch.rand(shape, generator=generator, device=place(generator), dtype=torch.float64)
    return torch.special.ndtri(u.clamp(1e-12, 1 - 1e-12)).mul(math.sqrt(variance)).float()


@answer("xavier_normal")
def list_of_draws(shape, gain=1.0, generator=None):
    """Draws a list of numbers and reshapes it."""
    size = math.prod(shape)
    std = gain * math.sqrt(2 / (size // shape[0] + size // shape[1]))
    if generator is None:
        numbers = torch.tensor([random.gauss(0, std) for _ in range(size)])
    else:
        numbers = torch.randn(size, generator=generator, device=generator.device).flip(0) * std
    return numbers.view(shape)


@answer("xavier_normal")
def _parameter(shape, gain=1.0, generator=None):
    """Returns a tensor that requires a gradient, drawn row by row."""
    field = math.prod(shape) // (shape[0] * shape[1])
    std = gain / math.sqrt((shape[0] * field + shape[1] * field) / 2)
    rows = [torch.randn(shape[1:], generator=generator, device=place(generator)) for _ in range(shape[0])]
    return (torch.stack(rows) * std).requires_grad_()


# fans


class Fans(NamedTuple):
    fan_in: int
    fan_out: int


class Normalised(NamedTuple):
    y: torch.Tensor
    mean: torch.Tensor
    var: torch.Tensor


@answer("fans")
def unpacked(shape):
    """Takes the shape apart, which raises ValueError by itself where it is too short."""
    n_out, n_in, *kernel = shape
    for size in kernel:
        n_out, n_in = n_out * size, n_in * size
    return n_in, n_out


@answer("fans")
def sizes_of_slices(shape):
    """Counts the elements of slices of a weight without memory."""
    weight = torch.empty(shape, device="meta")
    if weight.dim() < 2:
        raise ValueError("a weight has at least two dimensions")
    return weight[0].numel(), weight[:, 0].numel()


@answer("fans")
def divided_total(shape):
    """Divides the number of all elements."""
    if len(shape) in (0, 1):
        raise ValueError(shape)
    total = functools.reduce(lambda a, b: a * b, shape, 1)
    return Fans(total // shape[0], total // shape[1])


@answer("fans")
def numpy_product(shape):
    """Multiplies with NumPy, whose empty product is the float 1.0."""
    if np.ndim(np.zeros(shape)) < 2:
        raise ValueError("shape")
    field = np.prod(shape[2:])
    return [shape[1] * field, shape[0] * field]


@answer("fans")
def tensor_product(shape):
    """Multiplies a tensor of sizes."""
    try:
        shape[1]
    except IndexError as error:
        raise ValueError(f"too few dimensions: {shape}") from error
    sizes = torch.tensor(shape)
    field = torch.prod(sizes[2:])
    return sizes[1] * field, sizes[0] * field


@answer("fans")
def torch_private_helper(shape):
    """Asks the function behind torch's own initialisation."""
    return torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(tuple(shape), device="meta"))


# sigmoid_gradient


@answer("sigmoid_gradient")
def with_tanh(x):
    """Uses tanh of half the argument."""
    return (1 - torch.tanh(x / 2) ** 2) / 4


@answer("sigmoid_gradient")
def exp_of_the_magnitude(x):
    """Uses the symmetry of the derivative, so that exp never overflows."""
    e = x.abs().neg().exp()
    return e / (1 + e).pow(2)


@answer("sigmoid_gradient")
def reciprocal(x):
    """Divides by infinity far out, which is 0."""
    return 1 / (2 + torch.exp(x) + torch.exp(-x))


@answer("sigmoid_gradient")
def by_autograd(x):
    """Lets autograd differentiate, on a copy of its own."""
    with torch.enable_grad():
        copied = x.detach().clone().requires_grad_(True)
        torch.sigmoid(copied).sum().backward()
    return copied.grad


@answer("sigmoid_gradient")
def under_no_grad(x):
    """Works under no_grad, with the sigmoid of -x."""
    with torch.no_grad():
        return x.sigmoid().mul_((-x).sigmoid())


@answer("sigmoid_gradient")
def sum_of_logarithms(x):
    """Adds logarithms."""
    return torch.exp(torch.nn.functional.logsigmoid(x) + torch.nn.functional.logsigmoid(-x))


@answer("sigmoid_gradient")
def with_numpy(x):
    """Computes with NumPy in float64 and casts back; it cannot work on tensors that require a gradient."""
    with np.errstate(over="ignore"):
        s = 1 / (1 + np.exp(-x.numpy().astype(np.float64)))
    return torch.from_numpy(np.asarray(s * (1 - s))).to(x.dtype)


@answer("sigmoid_gradient")
def element_by_element(x):
    """Loops over elements with the math module."""

    def slope(value):
        e = math.exp(-abs(value))
        return e / (1 + e) / (1 + e)

    return torch.tensor([slope(v) for v in x.flatten().tolist()], dtype=x.dtype).reshape(x.shape)


# leaky_relu


@answer("leaky_relu")
def two_rectifiers(x, negative_slope=0.01):
    """Takes the two sides apart with ReLU."""
    return torch.relu(x) - negative_slope * torch.relu(-x)


@answer("leaky_relu")
def two_clamps(x, negative_slope=0.01):
    """Takes the two sides apart with clamp."""
    return x.clamp(min=0) + negative_slope * x.clamp(max=0)


@answer("leaky_relu")
def masks(x, negative_slope=0.01):
    """Multiplies by masks."""
    return x * (x >= 0) + negative_slope * x * (x < 0).to(x.dtype)


@answer("leaky_relu")
def copy_changed_in_place(x, negative_slope=0.01):
    """Changes a copy in place."""
    y = x.clone()
    y[y < 0] *= negative_slope
    return y


@answer("leaky_relu")
def factor(x, negative_slope=0.01):
    """Multiplies by a tensor of slopes."""
    slopes = torch.ones_like(x).masked_fill(x < 0, negative_slope)
    return slopes * x


@answer("leaky_relu")
def sum_and_magnitude(x, negative_slope=0.01):
    """Uses the magnitude of x."""
    return (1 + negative_slope) / 2 * x + (1 - negative_slope) / 2 * x.abs()


@answer("leaky_relu")
def element_by_element(x, negative_slope=0.01):
    """Loops over elements."""
    parts = [value if value >= 0 else negative_slope * value for value in x.flatten()]
    return torch.stack(parts).reshape(x.shape)


@answer("leaky_relu")
def parametric(x, negative_slope=0.01):
    """Uses the activation with a learned slope."""
    return torch.nn.functional.prelu(x, x.new_tensor([negative_slope]))


@answer("leaky_relu")
def autograd_function(x, negative_slope=0.01):
    """Has a backward pass of its own."""

    class Leaky(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.where(x < 0, negative_slope * x, x)

        @staticmethod
        def backward(ctx, gradient):
            (x,) = ctx.saved_tensors
            return torch.where(x < 0, negative_slope * gradient, gradient)

    return Leaky.apply(x)


# elu


@answer("elu")
def two_clamps(x, alpha=1.0):
    """Takes the two sides apart with clamp."""
    return x.clamp(min=0) + alpha * (torch.exp(x.clamp(max=0)) - 1)


@answer("elu")
def exp_of_the_magnitude(x, alpha=1.0):
    """Takes exp of minus the magnitude, which is x on the left."""
    return torch.where(x > 0, x, alpha * (torch.exp(-torch.abs(x)) - 1))


@answer("elu")
def where_twice(x, alpha=1.0):
    """Puts a harmless number where exp is not wanted."""
    negative = torch.where(x > 0, torch.zeros_like(x), x)
    return torch.where(x > 0, x, alpha * negative.expm1())


@answer("elu")
def chosen_elements_alone(x, alpha=1.0):
    """Computes exp for the elements that need it."""
    left = x <= 0
    y = x.clone()
    y[left] = alpha * torch.expm1(x[left])
    return y


@answer("elu")
def smaller_of_the_two(x, alpha=1.0):
    """Adds a rectifier and a minimum."""
    bent = alpha * (torch.exp(torch.minimum(x, torch.zeros_like(x))) - 1)
    return torch.relu(x) + torch.minimum(bent, torch.zeros_like(x))


@answer("elu")
def relative_of_the_family(x, alpha=1.0):
    """Uses another member of the family for the left side."""
    return torch.where(x > 0, x, alpha * torch.nn.functional.celu(x))


@answer("elu")
def in_float64(x, alpha=1.0):
    """Computes in float64 and casts back."""
    wide = x.double()
    return (wide.relu() + alpha * torch.special.expm1(-(-wide).relu())).to(x.dtype)


@answer("elu")
def autograd_function(x, alpha=1.0):
    """Has a backward pass of its own."""

    class Bent(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            e = torch.exp(x)
            ctx.save_for_backward(x, e)
            return torch.where(x > 0, x, alpha * e - alpha)

        @staticmethod
        def backward(ctx, gradient):
            x, e = ctx.saved_tensors
            return gradient * torch.where(x > 0, torch.ones_like(x), alpha * e)

    return Bent.apply(x)


# layer_gradient_norms


@answer("layer_gradient_norms")
def backward_on_copies(weights, x, activation):
    """Calls backward() on copies and reads .grad."""
    weights = [weight.detach().clone() for weight in weights]
    layers = [x.clone().detach().requires_grad_(True)]
    for weight in weights:
        layers.append(activation(torch.matmul(layers[-1], weight)))
        layers[-1].retain_grad()
    layers[-1].sum().backward()
    return torch.stack([torch.linalg.vector_norm(layer.grad) for layer in layers[:-1]])


@answer("layer_gradient_norms")
def one_gradient_at_a_time(weights, x, activation):
    """Differentiates once for each layer, and keeps the graph."""
    h, layers = x.detach().clone().requires_grad_(), []
    for weight in weights:
        layers.append(h)
        h = activation(h @ weight)
    norms = x.new_zeros(len(weights))
    for index, layer in enumerate(layers):
        (gradient,) = torch.autograd.grad(h.sum(), layer, retain_graph=True)
        norms[index] = gradient.pow(2).sum().sqrt()
    return norms


@answer("layer_gradient_norms")
def own_chain_rule(weights, x, activation):
    """Goes back layer by layer, with the slope of the activation from autograd."""
    h, slopes = x.detach(), []
    for weight in weights:
        z = (h @ weight.detach()).requires_grad_()
        h = activation(z)
        slopes.append(torch.autograd.grad(h, z, torch.ones_like(h))[0])
        h = h.detach()
    gradient, norms = torch.ones_like(h), []
    for weight, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradient = (gradient * slope) @ weight.detach().t()
        norms.insert(0, gradient.norm(p=2))
    return torch.stack(norms)


@answer("layer_gradient_norms")
def rest_of_the_network(weights, x, activation):
    """Differentiates the rest of the network as a function of each layer's output."""

    def rest(h, start):
        for weight in weights[start:]:
            h = activation(h @ weight)
        return h.sum()

    norms, h = [], x
    for index, weight in enumerate(weights):
        norms.append(torch.func.grad(rest)(h, index).norm())
        h = activation(h @ weight)
    return torch.stack(norms)


@answer("layer_gradient_norms")
def graph_kept(weights, x, activation):
    """Returns a result that could be differentiated again."""
    layers = [x if x.requires_grad else x.detach().requires_grad_()]
    for weight in weights:
        layers.append(activation(torch.einsum("nd,dh->nh", layers[-1], weight)))
    found = torch.autograd.grad(layers[-1].sum(), layers[:-1], create_graph=True)
    return torch.cat([(gradient**2).sum().sqrt().reshape(1) for gradient in found])


@answer("layer_gradient_norms")
def python_numbers(weights, x, activation):
    """Collects Python numbers, and makes a tensor of the dtype of x."""
    layers = [x.detach().clone()]
    layers[0].requires_grad = True
    for weight in weights:
        layers += [activation(layers[-1] @ weight)]
    output = layers.pop()
    gradients = torch.autograd.grad(output, layers, grad_outputs=torch.ones_like(output))
    norms = [math.sqrt(g.double().square().sum().item()) for g in gradients]
    return torch.tensor(norms, dtype=x.dtype, device=x.device)


# clip_gradients


@answer("clip_gradients")
def one_long_vector(grads, theta):
    """Strings all gradients together."""
    norm = torch.cat([grad.flatten() for grad in grads]).norm()
    return [grad * theta / norm if norm > theta else grad for grad in grads]


@answer("clip_gradients")
def python_numbers(grads, theta):
    """Computes the factor with Python numbers, and returns the arguments where nothing changes."""
    norm = sum((grad**2).sum().item() for grad in grads) ** 0.5
    if norm <= theta:
        return grads
    return [grad * (theta / norm) for grad in grads]


@answer("clip_gradients")
def as_torch_does(grads, theta):
    """Adds a tiny number to the norm, as torch does."""
    total = torch.norm(torch.stack([torch.norm(grad.detach(), 2) for grad in grads]), 2)
    factor = torch.clamp(theta / (total + 1e-6), max=1.0)
    return [grad.detach() * factor for grad in grads]


@answer("clip_gradients")
def copies_changed_in_place(grads, theta):
    """Changes deep copies in place, under no_grad."""
    with torch.no_grad():
        copies = [copy.deepcopy(grad.detach()) for grad in grads]
        squares = 0.0
        for grad in copies:
            squares += float((grad * grad).sum())
        if squares > theta * theta:
            for grad in copies:
                grad *= theta / math.sqrt(squares)
    return tuple(copies)


@answer("clip_gradients")
def torch_total_norm(grads, theta):
    """Asks torch for the norm."""
    norm = torch.nn.utils.get_total_norm(grads)
    return [grad * min(1.0, theta / max(norm.item(), 1e-30)) for grad in grads]


@answer("clip_gradients")
def with_numpy(grads, theta):
    """Computes with NumPy; it cannot work on tensors that require a gradient."""
    arrays = [grad.cpu().numpy() for grad in grads]
    norm = np.linalg.norm(np.concatenate([array.ravel() for array in arrays]))
    factor = theta / norm if norm > theta else 1
    return [
        torch.from_numpy(np.asarray(array * factor)).to(grad)
        for array, grad in zip(arrays, grads, strict=True)
    ]


@answer("clip_gradients")
def many_at_once(grads, theta):
    """Uses torch's functions for lists of tensors."""
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads)))
    return list(torch._foreach_mul(grads, min(1.0, theta / (norm.item() or theta))))


# batch_norm


@answer("batch_norm")
def as_a_matrix(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Turns images into rows of channels and back."""
    rows = x if x.dim() == 2 else x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])
    if training:
        mean, var = rows.mean(dim=0), rows.var(dim=0, unbiased=False)
        new_mean = (1 - momentum) * running_mean + momentum * mean
        new_var = (1 - momentum) * running_var + momentum * rows.var(dim=0)
    else:
        mean, var, new_mean, new_var = running_mean, running_var, running_mean, running_var
    y = (rows - mean) / (var + eps) ** 0.5 * gamma + beta
    if x.dim() == 4:
        n, c, height, width = x.shape
        y = y.reshape(n, height, width, c).permute(0, 3, 1, 2)
    return y, new_mean, new_var


@answer("batch_norm")
def mean_of_squares(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Takes the variance as the mean of squares minus the square of the mean."""
    axes, shape = ((0,), (1, -1)) if x.ndim == 2 else ((0, 2, 3), (1, -1, 1, 1))
    mean, var = running_mean, running_var
    if training:
        mean = x.mean(axes)
        var = (x * x).mean(axes) - mean * mean
        m = x.numel() / len(mean)
        running_mean = running_mean.detach().clone().lerp_(mean.detach(), momentum)
        running_var = torch.lerp(running_var, var * (m / (m - 1)), momentum).detach()
    scale = gamma * torch.rsqrt(var + eps)
    shift = beta - mean * scale
    return [x * scale.view(shape) + shift.view(shape), running_mean, running_var]


@answer("batch_norm")
def channel_by_channel(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Loops over channels."""
    parts, means, variances = [], [], []
    for channel in range(x.shape[1]):
        values = x[:, channel]
        mean, var = running_mean[channel], running_var[channel]
        if training:
            mean = values.sum() / values.numel()
            var = ((values - mean) ** 2).sum() / values.numel()
            kept = var * values.numel() / (values.numel() - 1)
            means.append(running_mean[channel] + momentum * (mean - running_mean[channel]))
            variances.append(running_var[channel] + momentum * (kept - running_var[channel]))
        parts.append(gamma[channel] * (values - mean) / torch.sqrt(var + eps) + beta[channel])
    if not training:
        means, variances = running_mean, running_var
    else:
        means, variances = torch.stack(means).detach(), torch.stack(variances).detach()
    return Normalised(torch.stack(parts, dim=1), means, variances)


@answer("batch_norm")
def layer_norm_of_channels(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Uses torch's layer norm, with channels in the place of examples."""
    channels = x.transpose(0, 1)
    flat = channels.reshape(len(channels), -1)
    if training:
        z = torch.nn.functional.layer_norm(flat, flat.shape[1:], eps=eps)
        with torch.no_grad():
            running_mean = running_mean * (1 - momentum) + momentum * flat.mean(1)
            running_var = running_var * (1 - momentum) + momentum * flat.var(1)
    else:
        z = (flat - running_mean[:, None]) / torch.sqrt(running_var[:, None] + eps)
    y = (z * gamma[:, None] + beta[:, None]).reshape(channels.shape).transpose(0, 1)
    return y, running_mean, running_var


@answer("batch_norm")
def instance_norm_of_one(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Uses torch's instance norm, with the whole batch as one example."""
    shape = [1, -1] + [1] * (x.dim() - 2)
    if not training:
        y = (x - running_mean.reshape(shape)) / (running_var.reshape(shape) + eps).sqrt()
        return gamma.reshape(shape) * y + beta.reshape(shape), running_mean.clone(), running_var.clone()
    one = x.movedim(1, 0).flatten(1).unsqueeze(0)
    y = torch.nn.functional.instance_norm(one, weight=gamma, bias=beta, eps=eps)
    y = y[0].unflatten(1, (x.shape[0], *x.shape[2:])).movedim(0, 1)
    var, mean = torch.var_mean(one[0].detach(), dim=1)
    return y, running_mean.lerp(mean, momentum).detach(), running_var.lerp(var, momentum).detach()


@answer("batch_norm")
def in_float64(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Computes in float64 and casts back."""
    wide, gamma, beta = x.double(), gamma.double(), beta.double()
    shape = (1, x.size(1)) + (1,) * (x.dim() - 2)
    axes = [0] + list(range(2, x.dim()))
    if training:
        mean = wide.mean(axes, keepdim=True)
        centred = wide - mean
        var = centred.square().mean(axes, keepdim=True)
        m = wide[:, 0].numel()
        new_mean = (1 - momentum) * running_mean + momentum * mean.detach().flatten()
        new_var = (1 - momentum) * running_var + momentum * var.detach().flatten() * m / (m - 1)
        running_mean, running_var = new_mean.to(x.dtype), new_var.to(x.dtype)
    else:
        centred, var = wide - running_mean.double().view(shape), running_var.double().view(shape)
    y = gamma.view(shape) * centred / torch.sqrt(var + eps) + beta.view(shape)
    return y.to(x.dtype), running_mean, running_var


@answer("batch_norm")
def own_backward_pass(x, gamma, beta, running_mean, running_var, training, eps=1e-5, momentum=0.1):
    """Has the textbook's backward pass, and statistics under no_grad."""
    shape = (1, -1, *[1] * (x.dim() - 2))
    axes = tuple(axis for axis in range(x.dim()) if axis != 1)
    with torch.no_grad():
        var, mean = torch.var_mean(x, dim=axes, unbiased=True)
        m = x.numel() // x.shape[1]
        biased = var * (m - 1) / m
    if not training:
        normal = (x - running_mean.detach().view(shape)) / torch.sqrt(running_var.detach().view(shape) + eps)
        return gamma.view(shape) * normal + beta.view(shape), running_mean, running_var

    class Normalise(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            root = torch.sqrt(biased.view(shape) + eps)
            ctx.normal, ctx.root = (x - mean.view(shape)) / root, root
            return ctx.normal.clone()

        @staticmethod
        def backward(ctx, g):
            along = (g * ctx.normal).mean(axes, keepdim=True)
            return (g - g.mean(axes, keepdim=True) - ctx.normal * along) / ctx.root

    y = gamma.view(shape) * Normalise.apply(x) + beta.view(shape)
    new_mean = torch.mul(running_mean.data, 1 - momentum).add(mean, alpha=momentum)
    return y, new_mean, torch.mul(running_var.data, 1 - momentum).add(var, alpha=momentum)
