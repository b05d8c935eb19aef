"""What a result depends on beside the answer: versions, machine, seeds and the content of what was examined."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from autograder import __version__
from autograder.units import Unit, program_digest


@cache
def versions() -> dict[str, str]:
    """Return what has to be the same on two machines for them to give the same marks in the same words."""
    return {
        "autograder": f"{__version__} ({program_digest()[:12]})",
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
        "machine": platform.machine(),
    }


def conditions(
    unit: Unit, notebook: bytes, job: Mapping[str, Any], device: str, limits: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the record that a result carries, made in the process that examines."""
    import torch

    return {
        **versions(),
        "vector instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": device,
        "limits": dict(limits),
        "checks": unit.checks_digest,
        "notebook": hashlib.sha256(notebook).hexdigest(),
        "student": job["student"],
        "quiz": job["quiz"],
        "exercises": list(job["exercises"]),
    }
