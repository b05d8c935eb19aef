"""Checks that only graders have: multi_head_attention."""

import math

import torch

from autograder.calls import Call
from autograder.checking import (
    agree,
    agree_in_gradient,
    assert_device,
    assert_inputs_unchanged,
    observe,
    randn,
)


def problem(n, q, k, d_q, d_k, d_v, d_model, seed, dtype=torch.float64):
    """Return queries, keys, values and params of these sizes."""
    shapes = {"W_q": (d_q, d_model), "W_k": (d_k, d_model), "W_v": (d_v, d_model), "W_o": (d_model, d_model)}
    params = {
        name: randn(*shape, seed=seed + i, dtype=dtype) / math.sqrt(shape[0])
        for i, (name, shape) in enumerate(shapes.items())
    }
    sizes = ((n, q, d_q), (n, k, d_k), (n, k, d_v))
    return *(randn(*size, seed=seed + 10 + i, dtype=dtype) for i, size in enumerate(sizes)), params


def slowly(queries, keys, values, params, num_heads, valid_lens=None):
    """Attend one query of one head of one sequence at a time, adding up number by number."""
    (n, q, _), k, d_model = queries.shape, keys.shape[1], params["W_o"].shape[0]
    size = d_model // num_heads
    if valid_lens is None:
        valid_lens = torch.full((n,), k)
    lens = valid_lens.reshape(n, -1).expand(n, q).tolist()
    asked = (queries @ params["W_q"]).tolist()
    offered = (keys @ params["W_k"]).tolist()
    carried = (values @ params["W_v"]).tolist()
    joined = [[[0.0] * d_model for _ in range(q)] for _ in range(n)]
    for b in range(n):
        for i in range(q):
            for first in range(0, d_model, size):
                columns, seen = range(first, first + size), range(lens[b][i])
                matches = [sum(asked[b][i][c] * offered[b][j][c] for c in columns) for j in seen]
                powers = [math.exp(match / math.sqrt(size)) for match in matches]
                for c in columns:
                    joined[b][i][c] = sum(power * carried[b][j][c] for j, power in enumerate(powers)) / sum(
                        powers
                    )
    return torch.tensor(joined, dtype=queries.dtype) @ params["W_o"]


def test_every_size_another(multi_head_attention):
    """Batch, queries, keys, the three widths and the number of heads may all be different numbers."""
    args = problem(n=3, q=5, k=7, d_q=11, d_k=13, d_v=2, d_model=8, seed=100)
    agree(multi_head_attention, slowly, *args, 4)
    agree(multi_head_attention, slowly, *args, 2, valid_lens=torch.tensor([7, 1, 4]))
    lens = torch.tensor([[1, 7, 3, 2, 5], [6, 4, 2, 7, 1], [5, 5, 1, 3, 7]])
    agree(multi_head_attention, slowly, *args, 4, lens)


def test_one_head_and_as_many_as_columns(multi_head_attention, reference):
    """One head works, and so do heads of one column; so do one sequence, one query and one key."""
    args = problem(n=2, q=3, k=5, d_q=3, d_k=7, d_v=11, d_model=5, seed=200)
    agree(multi_head_attention, reference, *args, 1, torch.tensor([5, 3]))
    agree(multi_head_attention, reference, *args, 5, torch.tensor([2, 5]))
    alone = problem(n=1, q=1, k=3, d_q=7, d_k=2, d_v=5, d_model=6, seed=220)
    agree(multi_head_attention, reference, *alone, 2, torch.tensor([2]))
    agree(multi_head_attention, reference, *alone, 3, torch.tensor([[3]]))
    alone = problem(n=2, q=3, k=1, d_q=7, d_k=2, d_v=5, d_model=6, seed=240)
    agree(multi_head_attention, reference, *alone, 2)


def test_hidden_keys_have_no_influence(multi_head_attention, reference):
    """What hidden keys and values hold makes no difference, however well they match and however large they are."""
    queries, keys, values, params = problem(n=2, q=3, k=5, d_q=4, d_k=7, d_v=3, d_model=6, seed=300)
    lens = torch.tensor([3, 2])
    # Visible scores lie around -150, hidden ones around 150: exp of neither leaves a float64.
    queries[..., -1], params["W_q"][-1] = 4, 1
    params["W_q"][:-1] /= 4
    params["W_k"][-1] = 1
    for b, length in enumerate(lens.tolist()):
        keys[b, :length, -1] = -26
        keys[b, length:, -1] = 26
        values[b, length:] *= 1e10
    agree(multi_head_attention, reference, queries, keys, values, params, 3, lens)
    each = torch.tensor([[3, 1, 2], [2, 2, 1]])
    agree(multi_head_attention, reference, queries, keys, values, params, 2, each)


def test_gradients(multi_head_attention, reference):
    """Gradients flow to queries, keys, values and all four matrices."""
    args = problem(n=2, q=3, k=5, d_q=7, d_k=4, d_v=11, d_model=6, seed=400)
    reply = multi_head_attention.ask(
        Call("multi_head_attention", (*args, 3), cotangents=[randn(2, 3, 6, seed=420)])
    )
    for name, gradient in zip(("queries", "keys", "values", *args[3]), reply.gradients, strict=True):
        observe(f"no gradient reaches {name}", float(gradient is None or not gradient.any()))
    agree_in_gradient(multi_head_attention, reference, *args, 3)
    agree_in_gradient(multi_head_attention, reference, *args, 2, torch.tensor([5, 2]))
    agree_in_gradient(multi_head_attention, reference, *args, 3, torch.tensor([[1, 5, 3], [4, 2, 5]]))


def test_float32_stays(multi_head_attention, reference):
    """float32 inputs give a float32 result."""
    args = problem(n=2, q=4, k=3, d_q=5, d_k=7, d_v=2, d_model=6, seed=500, dtype=torch.float32)
    agree(multi_head_attention, reference, *args, 3)
    agree(multi_head_attention, reference, *args, 2, torch.tensor([3, 1]))


def test_inputs_are_left_alone(multi_head_attention):
    """Queries, keys, values, params and valid_lens are not changed."""
    args = problem(n=2, q=3, k=5, d_q=4, d_k=7, d_v=2, d_model=6, seed=600)
    assert_inputs_unchanged(multi_head_attention, *args, 3)
    assert_inputs_unchanged(multi_head_attention, *args, 3, torch.tensor([4, 2]))


def test_device(multi_head_attention):
    """Whatever is made is made on the device of the inputs."""
    args = problem(n=2, q=3, k=5, d_q=4, d_k=7, d_v=2, d_model=6, seed=700)
    assert_device(multi_head_attention, *args, 3)
    assert_device(multi_head_attention, *args, 3, torch.tensor([4, 2]))
    assert_device(multi_head_attention, *args, 3, torch.tensor([[4, 2, 1], [5, 3, 2]]))
