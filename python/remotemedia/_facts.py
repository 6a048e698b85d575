"""What a node type says about itself besides its kinds of data: audio formats, and the engine behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_FORMATS = ("f32", "i16", "i32")
_FIELDS = ("sample_rate", "channels", "format")


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """A format of audio that a node takes or gives. None of a field is any.

    As a node's input, a field is one value, or several of which each will do. As its output, a field is the one value
    that it gives, ``"input"`` for that of its input, or ``"param:NAME"`` for the value of a parameter.

    Attributes:
        sample_rate: Hz, of one channel.
        channels: Number of channels.
        format: ``"f32"``, ``"i16"`` or ``"i32"``.
    """

    sample_rate: int | Sequence[int] | str | None = None
    channels: int | Sequence[int] | str | None = None
    format: str | Sequence[str] | None = None

    def described(self) -> dict[str, Any]:
        """As the service reads it: a list of values, a reference, or None for each field."""
        return {name: _listed(getattr(self, name)) for name in _FIELDS}


def _listed(value: int | str | Sequence[int] | Sequence[str] | None) -> list[Any] | str | None:
    if value is None or (isinstance(value, str) and (value == "input" or value.startswith("param:"))):
        return value
    if isinstance(value, str):
        if value not in _FORMATS:
            raise ValueError(f"unknown sample format {value!r}; there are {', '.join(_FORMATS)}")
        return [value]
    return [value] if isinstance(value, int) else list(value)


@dataclass(frozen=True, slots=True)
class Engine:
    """The library or program that does a node's work, for people who choose one.

    Attributes:
        name: With its version: ``faster-whisper 1.2.1``.
        license: Of its code, as SPDX writes it.
        weights_license: Of the weights; None where it has none.
        memory: What a process needs, in words: ``about 300 MB with base``.
        offline: What runs without a network, in words.
    """

    name: str
    license: str
    weights_license: str | None = None
    memory: str = ""
    offline: str = "everything"

    def described(self) -> dict[str, Any]:
        """As the service reads it."""
        return {
            "name": self.name,
            "license": self.license,
            "weights_license": self.weights_license,
            "memory": self.memory,
            "offline": self.offline,
        }
