"""As much of torch's API as the built-in nodes call themselves, on numpy arrays."""

import contextlib
from types import ModuleType, SimpleNamespace

import numpy as np


class Tensor:
    def __init__(self, values):
        self.values = np.asarray(values)

    @property
    def shape(self):
        return self.values.shape

    def numel(self):
        return self.values.size

    def __int__(self):
        return int(self.values.reshape(()) if self.values.size != 1 else self.values.item())

    def __getitem__(self, index):
        return Tensor(self.values[index])

    def float(self):
        return Tensor(self.values.astype(np.float32))

    def cpu(self):
        return self

    def numpy(self):
        return self.values


def make_torch():
    torch = ModuleType("torch")
    torch.__version__ = "2.13.0"
    torch.float32, torch.bfloat16, torch.long = "float32", "bfloat16", "long"
    torch.cuda = SimpleNamespace(is_available=lambda: False)
    torch.backends = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: False))
    torch.device = lambda name: SimpleNamespace(type=name)
    torch.no_grad = contextlib.nullcontext
    torch.from_numpy = Tensor
    torch.tensor = lambda values, dtype=None: Tensor(values)
    torch.empty = lambda shape, dtype=None: Tensor(np.empty(shape, int))
    torch.stack = lambda tensors, dim: Tensor(np.stack([each.values for each in tensors], dim))
    return torch
