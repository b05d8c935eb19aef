"""Checks that students have: positional_encoding."""

import math

import torch

from autograder.checking import assert_matches

# float32 is good enough for these few positions; how exact far ones are is checked elsewhere.
EXACT = 1e-5


def values(encoding):
    """Return a tensor's values in float64; its dtype is the affair of one check. What is no tensor stays as it is."""
    floating = isinstance(encoding, torch.Tensor) and encoding.is_floating_point()
    return encoding.double() if floating else encoding


def test_sines_and_cosines_take_turns(positional_encoding):
    """Even columns are sines and odd columns cosines, both of pos / 10000**(2j/d)."""
    # With d = 8 the four frequencies are 1, 1/10, 1/100 and 1/1000.
    turns = [[pos, pos / 10, pos / 100, pos / 1000] for pos in range(5)]
    rows = [[f(angle) for angle in row for f in (math.sin, math.cos)] for row in turns]
    expected = torch.tensor(rows, dtype=torch.float64)
    assert_matches(values(positional_encoding(5, 8)), expected, tolerance=EXACT)


def test_an_odd_size_ends_with_a_sine(positional_encoding):
    """Where d is odd, the last column is a sine without its cosine."""
    # With d = 5 the exponents are 0, 0.4 and 0.8.
    slow, slower = 0.025118864315095794, 0.000630957344480193
    rows = [
        [math.sin(pos), math.cos(pos), math.sin(slow * pos), math.cos(slow * pos), math.sin(slower * pos)]
        for pos in range(7)
    ]
    assert_matches(
        values(positional_encoding(7, 5)), torch.tensor(rows, dtype=torch.float64), tolerance=EXACT
    )


def test_position_0_comes_first(positional_encoding):
    """The first row belongs to position 0: its sines are 0 and its cosines are 1."""
    expected = torch.tensor([[0.0, 1.0, 0.0, 1.0, 0.0, 1.0]], dtype=torch.float64)
    assert_matches(values(positional_encoding(1, 6)), expected, tolerance=EXACT)


def test_dtype_is_the_one_asked_for(positional_encoding):
    """The result has the dtype that is passed, and float32 where none is."""
    expected = torch.tensor([[math.sin(pos), math.cos(pos)] for pos in range(4)], dtype=torch.float64)
    assert_matches(positional_encoding(4, 2, dtype=torch.float64), expected, tolerance=EXACT)
    assert_matches(positional_encoding(4, 2, dtype=torch.float32), expected.float(), tolerance=EXACT)
    assert_matches(positional_encoding(4, 2), expected.float(), tolerance=EXACT)
