"""Which device and number format a torch model gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

DEVICE: dict[str, Any] = {
    "enum": ["auto", "cpu", "cuda", "mps"],
    "default": "auto",
    "description": "What computes. auto: cuda where there is one, then mps, then cpu.",
}
"""The schema of a parameter ``device``."""

DTYPE: dict[str, Any] = {
    "enum": ["auto", "float32", "bfloat16"],
    "default": "auto",
    "description": "Number format of the weights. auto: bfloat16 on cuda, else float32, which needs twice the memory "
    "and is the faster one on most CPUs.",
}
"""The schema of a parameter ``dtype``."""


def choose_device(name: str) -> torch.device:
    """The device of that name.

    Raises:
        ValueError: this machine has none, or this torch cannot use it.
    """
    import torch

    has_cuda, has_mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda" if has_cuda else "mps" if has_mps else "cpu")
    if (name == "cuda" and not has_cuda) or (name == "mps" and not has_mps):
        raise ValueError(f"device {name} cannot be used: torch {torch.__version__} finds none here; take auto or cpu")
    return torch.device(name)


def choose_dtype(name: str, device: torch.device) -> torch.dtype:
    """The number format of that name, for weights on the device."""
    import torch

    if name == "auto":
        name = "bfloat16" if device.type == "cuda" else "float32"
    return torch.bfloat16 if name == "bfloat16" else torch.float32
