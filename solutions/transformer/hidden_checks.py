"""Checks that only graders have: positional_encoding."""

import functools
import math

import torch

from autograder.checking import DIFFERENT_DEVICES, assert_matches, observe
from autograder.errors import CheckFailed, Raised

EXACT = 1e-5


def values(encoding):
    """Return a tensor's values in float64; its dtype is the affair of another check."""
    floating = isinstance(encoding, torch.Tensor) and encoding.is_floating_point()
    return encoding.double() if floating else encoding


@functools.cache
def one_by_one(max_len, d):
    """Return the encoding in float64, each element from the formula with Python's own numbers."""
    return torch.tensor(
        [
            [
                math.cos(pos / 10000 ** ((column - 1) / d))
                if column % 2
                else math.sin(pos / 10000 ** (column / d))
                for column in range(d)
            ]
            for pos in range(max_len)
        ],
        dtype=torch.float64,
    )


def test_other_sizes(positional_encoding, reference):
    """Every number of positions and every d from 1 on is served, even and odd ones."""
    for max_len, d in ((1, 1), (9, 1), (6, 2), (11, 3), (2, 13), (13, 10), (16, 24)):
        assert_matches(values(positional_encoding(max_len, d)), one_by_one(max_len, d), tolerance=EXACT)
    assert_matches(values(positional_encoding(19, 7)), reference(19, 7).double(), tolerance=EXACT)


def test_far_positions_are_exact(positional_encoding):
    """The encoding is exact to 1e-5 up to position 5,000."""
    # Frequencies other than 1 are needed for rounding to show, and more than 200,000 elements so that what is
    # written down of the result is how far off it is, not the rounding of one particular way to compute it.
    expected = one_by_one(5001, 46)
    for dtype in (torch.float64, torch.float32):
        got = values(positional_encoding(5001, 46, dtype=dtype))
        assert_matches(got, expected, tolerance=0.1)
        error = (got - expected).abs().max().item()
        observe(f"not exact in {dtype}", float(error > EXACT))
        if error > EXACT:
            raise CheckFailed("value", "errors of at most 1e-05", f"an error of {error:.3g}")


def test_device_is_the_one_asked_for(positional_encoding):
    """The result is made on the device that is passed."""
    for got in (
        positional_encoding(4, 3, device="cpu"),
        positional_encoding(4, 3, torch.float64, torch.device("cpu")),
    ):
        assert_matches(values(got), one_by_one(4, 3), tolerance=EXACT)
    for device in ("meta", torch.device("meta")):
        try:
            got = positional_encoding(5, 4, device=device)
        except Raised as failure:
            # Meta tensors hold no values. An answer that reads some cannot run there; that is no device mistake.
            if "meta" in failure.text.lower() and not any(text in failure.text for text in DIFFERENT_DEVICES):
                return
            raise
        assert_matches(values(got), torch.empty(5, 4, dtype=torch.float64, device="meta"))
