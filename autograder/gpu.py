"""GPUs: which there are, what of them an examinee sees, and how a process takes one.

CUDA does not survive a fork. So the warm process never touches it, and a notebook's cells see no GPU: a session, forked
to answer calls, is the first to make a context. What breaks on the GPU is gone with that process.
"""

from __future__ import annotations

import functools
import glob
import os
import subprocess
import sys
from typing import Any

from autograder.errors import AutograderError

FILES = (
    "/dev/nvidia[0-9]*",
    "/dev/nvidiactl",
    "/dev/nvidia-uvm",
    "/dev/nvidia-uvm-tools",
    "/dev/nvidia-caps/*",
    "/dev/dxg",  # of Windows, through WSL
)
FOLDERS = ("/sys/devices", "/sys/bus/pci", "/sys/module/nvidia", "/sys/module/nvidia_uvm")
COUNT = "import torch; print(torch.cuda.device_count())"

_hidden: list[Any] = []  # torch's own function that makes a context


@functools.cache
def visible() -> list[str]:
    """Return the names of the GPUs that torch can use, as CUDA_VISIBLE_DEVICES has them; raise where there is none.

    A process of its own counts them: one that has touched CUDA cannot be forked any more.
    """
    said = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True)
    count = int(said.stdout) if said.returncode == 0 else 0
    if not count:
        raise AutograderError("this machine has no GPU that torch can use; leave --device cuda out")
    named = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return named[:count] or [str(number) for number in range(count)]


def device_files() -> list[str]:
    """Return the files through which programs speak to the GPUs of this machine."""
    return sorted(path for pattern in FILES for path in glob.glob(pattern))


def hide() -> None:
    """Have torch in this process find no GPU, without touching CUDA, whatever a notebook's cells ask of it."""
    import torch

    os.environ.update(CUDA_VISIBLE_DEVICES="", PYTORCH_NVML_BASED_CUDA_CHECK="1")
    _hidden.append(torch.cuda._lazy_init)
    torch.cuda._lazy_init = _no_gpu


def _no_gpu() -> Any:
    raise RuntimeError(
        "cells run without a GPU when a notebook is graded; ask torch.cuda.is_available() first"
    )


def take(name: str, memory_mb: int) -> None:
    """Make this process's context on a GPU: without TF32, and with at most so much memory for torch, in MiB."""
    import torch

    os.environ.update(CUDA_VISIBLE_DEVICES=name, NVIDIA_TF32_OVERRIDE="0")
    while _hidden:
        torch.cuda._lazy_init = _hidden.pop()
    torch.cuda.init()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, (memory_mb << 20) / total))


def compute() -> None:
    """Have the GPU compute something, in this process's context; raise where it does not."""
    import torch

    torch.ones(4, 4, device="cuda").sum().item()


def works() -> bool:
    """Tell whether this process's context is alive; an illegal access or a failed assertion ends it."""
    import torch

    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return False
    return True
