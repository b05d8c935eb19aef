"""Grading on a GPU: what is arranged for it everywhere, and, where there is one, what submissions earn on it."""

import json
import os
import resource
import subprocess
import sys

import pytest
import torch

from autograder import gpu, sandbox
from autograder.calls import Call, perform
from autograder.errors import AutograderError
from autograder.pool import Pool
from autograder.release import reference_answers
from autograder.results import Job
from autograder.sandbox import Limits

WITHOUT = not torch.cuda.device_count()
needs_gpu = [
    pytest.mark.gpu,
    pytest.mark.skipif(WITHOUT, reason="this machine has no GPU that torch can use"),
]

EXACT = """
def dropout(x, p, training=True):
    numbers = torch.linspace(0.5, 1, 64 * 64, device=x.device)
    for multiply, *shapes in ((torch.matmul, (64, 64), (64, 64)), (torch.conv2d, (1, 16, 16, 16), (16, 16, 4, 4))):
        low, high = (multiply(*(some.reshape(shape) for shape in shapes)) for some in (numbers, numbers.double()))
        assert (low.double() - high).abs().max() <= 1e-5 * high.abs().max(), "TF32"
    return right(x, p, training)
"""
BROKEN = "def dropout(x, p, training=True):\n    return x[torch.tensor([10**6], device=x.device)]"
TOO_LARGE = "def dropout(x, p, training=True):\n    return torch.empty(1 << 40, device=x.device)"
ON_THE_CPU = "def dropout(x, p, training=True):\n    return right(x.cpu(), p, training)"
LOOK = "print('a GPU in sight:', torch.cuda.is_available(), torch.cuda.device_count())"


@pytest.mark.skipif(not WITHOUT, reason="this machine has a GPU")
def test_a_machine_without_a_gpu_says_so(units):
    with pytest.raises(AutograderError, match="no GPU that torch can use; leave --device cuda out"):
        Pool(list(units.values()), hidden=True, device="cuda")


@pytest.mark.skipif(not WITHOUT, reason="this machine has a GPU")
def test_a_gpu_that_cannot_be_used_inside_is_said_before_anything_is_graded(units, monkeypatch):
    monkeypatch.setattr(gpu, "visible", lambda: ["0"])
    with (
        Pool(list(units.values()), hidden=True, device="cuda") as pool,
        pytest.raises(AutograderError, match=r"from inside the sandbox here .+; leave --device cuda out"),
    ):
        pool.wait_until_ready()


def test_cells_see_no_gpu_and_touching_it_is_an_error_like_any_other():
    code = (
        "import torch; from autograder import gpu; gpu.hide(); print(torch.cuda.is_available())\n"
        "try: torch.cuda.init()\nexcept RuntimeError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[0] == "False" and "cells run without a GPU" in said


@pytest.mark.skipif(not os.path.exists("/dev/tty"), reason="there is no device to show")
@pytest.mark.usefixtures("shut_in")
def test_with_a_gpu_its_devices_are_in_sight_and_address_space_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, "FILES", ("/dev/tt[y]",))
    monkeypatch.setattr(gpu, "FOLDERS", ("/sys/devices",))

    level = sandbox.probe()

    def inside(with_gpu):
        def look():
            sandbox.enter(str(tmp_path), level, Limits(), 0, b"", with_gpu)
            assert os.path.exists("/dev/tty") == with_gpu, "the device"
            assert os.path.exists("/sys/devices/system") == with_gpu, "the folder"
            free = resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
            assert free == with_gpu, "address space"
            assert not os.access("/sys/devices", os.W_OK), "it can be written to"

        return look

    for with_gpu in (False, True):
        assert sandbox.problem_inside(str(tmp_path), inside(with_gpu), with_gpu=with_gpu) == ""


def test_without_tensors_a_generator_stays_where_it_is():
    """A permutation drawn from a generator is made on the generator's device, which nothing says is a GPU."""
    call = Call("f", (5, torch.Generator().manual_seed(1)))
    reply = perform(lambda n, generator: torch.randperm(n, generator=generator), call, torch.device("meta"))
    assert sorted(reply.result.tolist()) == [0, 1, 2, 3, 4]


@pytest.fixture(scope="module")
def on_gpu(hand_in, units):
    reference = reference_answers(units["regularization"])["dropout"]
    right = reference.replace("def dropout", "def right") + "\n"
    answers = {
        "right": reference,
        "exact": right + EXACT,
        "broken": BROKEN,
        "too large": TOO_LARGE,
        "on the CPU": right + ON_THE_CPU,
        "right again": reference + "\n# again",
    }
    jobs = [
        Job(name, text=json.dumps(hand_in("regularization", answers={"dropout": answer}, before=[LOOK])))
        for name, answer in answers.items()
    ]
    with Pool(list(units.values()), hidden=True, device="cuda") as pool:
        return {result.notebook: result for _, result in pool.grade(jobs)}


def dropout_of(result):
    assert result.status == "graded", result.error
    return next(exercise for exercise in result.exercises if exercise.name == "dropout")


class TestOnAGpu:
    pytestmark = needs_gpu

    @pytest.mark.parametrize("name", ["right", "exact", "right again"])
    def test_right_answers_earn_all_points(self, on_gpu, name):
        assert dropout_of(on_gpu[name]).outcome == "passed", dropout_of(on_gpu[name]).feedback

    def test_cells_see_no_gpu(self, on_gpu):
        assert "a GPU in sight: False 0" in json.dumps([cell.outputs for cell in on_gpu["right"].cells])

    def test_a_result_on_the_cpu_is_told_so_in_a_sentence(self, on_gpu):
        found = dropout_of(on_gpu["on the CPU"])
        assert found.outcome != "passed" and "Traceback" not in found.feedback
        assert "device" in found.feedback

    def test_what_breaks_the_gpu_costs_itself_alone(self, on_gpu):
        assert dropout_of(on_gpu["broken"]).score == 0
        assert "an index was out of range" in dropout_of(on_gpu["broken"]).feedback

    def test_too_much_memory_is_an_outcome_of_its_own(self, on_gpu):
        assert dropout_of(on_gpu["too large"]).outcome == "out of memory"
