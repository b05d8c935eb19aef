"""What a result depends on beside the answer: versions, machine, seeds and the content of what was examined."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from autograder.results import Job
from autograder.units import Unit, versions


def conditions(
    unit: Unit, notebook: bytes, job: Job, device: str, limits: Mapping[str, Any]
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
        "student": job.student,
        "quiz": job.quiz,
        "exercises": list(job.exercises),
    }
