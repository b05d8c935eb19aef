"""Functions that run beside a student's code, because checks pass them to it or drive it with them.

Students have this module, so nothing in it gives an answer away. A check binds data with `functools.partial`:

    beam_search(partial(markov_log_probs, table=table), bos, eos, ...)
"""

from __future__ import annotations

from typing import Any

import torch

from autograder.networks import run_network as run_network

# What checks pass to answers as an argument: an answer may pass it on to an exercise that a reference stands in for.
STEPS = frozenset(
    {
        "markov_log_probs",
        "history_log_probs",
        "identity",
        "softsign",
        "sine",
        "damped_step",
        "damped_pair_step",
    }
)


def markov_log_probs(prefix: tuple[int, ...], table: torch.Tensor) -> torch.Tensor:
    """Return the row of `table` `(V, V)` for the last token of `prefix`: a model with a memory of one."""
    return table[int(prefix[-1])].clone()


def history_log_probs(
    prefix: tuple[int, ...], tables: dict[str, torch.Tensor], default: torch.Tensor
) -> torch.Tensor:
    """Return the log-probabilities `(V,)` listed for the whole prefix, else `default`.

    `tables` is keyed by the prefix's ids joined with spaces, so a check can lay out any tree.
    """
    key = " ".join(str(int(token)) for token in prefix)
    return tables.get(key, default).clone()


def identity(x: Any) -> Any:
    """Return the argument."""
    return x


def softsign(x: torch.Tensor) -> torch.Tensor:
    """Return `x / (1 + |x|)`: an activation that no unit asks for."""
    return x / (1 + x.abs())


def damped_step(x: torch.Tensor, h: torch.Tensor, params: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the next state `(n, h)` of a small recurrent cell: `0.5 h + softsign(x W + h U + b)`."""
    return 0.5 * h + softsign(x @ params["W"] + h @ params["U"] + params["b"])


def damped_pair_step(
    x: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor], params: dict[str, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the next state `(h, c)` of a small recurrent cell with two parts, each `(n, h)`."""
    h, c = state
    c = 0.7 * c + softsign(x @ params["W"] + h @ params["U"])
    return softsign(c + params["b"]), c


def joined_calls(function: Any, *args: Any, times: int, **kwargs: Any) -> torch.Tensor:
    """Call `function` again and again with the same arguments; return a matrix with one call a row.

    A row holds the tensors that the call returned, joined. A generator is not set back between the calls.
    """
    return torch.stack([torch.cat(tuple(function(*args, **kwargs))) for _ in range(times)])


def with_arguments(function: Any, *args: Any, **kwargs: Any) -> tuple[Any, list[Any]]:
    """Return what a call gives, and its positional arguments as they are afterwards."""
    result = function(*args, **kwargs)
    return result, list(args)


def sine(x: torch.Tensor) -> torch.Tensor:
    """Return `sin(x)`: an activation that rises and falls."""
    return x.sin()


def in_steps(
    function: Any,
    x: torch.Tensor,
    encoder_outputs: torch.Tensor,
    params: dict[str, Any],
    num_heads: int,
    encoder_valid_lens: torch.Tensor | None = None,
    *,
    sizes: list[int],
) -> torch.Tensor:
    """Feed `x` `(n, T, d)` to a decoder block in pieces of these sizes, each with the cache of the one before.

    Return the pieces' results, joined. One piece of size `T` is the whole pass.
    """
    results, cache = [], None
    for piece in x.split(list(sizes), dim=1):
        y, cache = _two(function(piece, encoder_outputs, params, num_heads, encoder_valid_lens, cache))
        results.append(y)
    return torch.cat(results, dim=1)


def in_branches(
    function: Any,
    x: torch.Tensor,
    branches: list[torch.Tensor],
    encoder_outputs: torch.Tensor,
    params: dict[str, Any],
    num_heads: int,
    encoder_valid_lens: torch.Tensor | None = None,
) -> list[Any]:
    """Feed `x` to a decoder block, then each of `branches` with the same cache; return the branches' results."""
    fixed = {"encoder_valid_lens": encoder_valid_lens}
    _, cache = _two(function(x, encoder_outputs, params, num_heads, **fixed))
    return [
        _two(function(branch, encoder_outputs, params, num_heads, cache=cache, **fixed))[0]
        for branch in branches
    ]


def _two(result: Any) -> tuple[Any, Any]:
    """Return the two parts of a result; raise `TypeError` where it does not have two."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise TypeError(f"expected (y, cache), but the function returned a {type(result).__name__}")
    return result[0], result[1]
