"""Right answers written differently."""

import functools
import math
import random

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
