"""An exception as facts that travel: its type, one paragraph, and the traceback of the user's own code."""

from __future__ import annotations

import importlib
import os
import traceback
from dataclasses import dataclass
from types import TracebackType

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
# Errors of these modules are named by their code in the error table.
_SYSTEM = ("remotemedia._channel", "remotemedia._requirements", "remotemedia._audio_check")
_MAX_MESSAGE = 2_000
_MAX_TRACEBACK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong.

    Attributes:
        error_type: The exception's class; for a failure of the system itself, its code in the error table.
        message: One paragraph, ``ValueError: no such voice``.
        traceback: The whole traceback as Python prints it, causes included.
    """

    error_type: str
    message: str
    traceback: str


def describe(error: BaseException) -> Failure:
    """The facts of an exception. Frames of this package before the user's first are left out."""
    name = type(error).__name__
    lines = traceback.format_exception(type(error), error, _own_frames(error))
    is_system = type(error).__module__ in _SYSTEM
    kind = str(getattr(error, "code", name)) if is_system else name
    return Failure(kind, _paragraph(kind, error), cut("".join(lines), _MAX_TRACEBACK))


def cut(text: str, limit: int) -> str:
    """The text, with its middle left out where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def _paragraph(kind: str, error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # a user's __str__ may fail too
        text = "(its message cannot be shown)"
    return cut(f"{kind}: {text}" if text else kind, _MAX_MESSAGE)


def _own_frames(error: BaseException) -> TracebackType | None:
    own = error.__traceback__
    while own is not None and _is_ours(own.tb_frame.f_code.co_filename):
        own = own.tb_next
    if own is None and not isinstance(error, SyntaxError):  # which names its own place
        return error.__traceback__  # a failure inside this package
    return own


def _is_ours(filename: str) -> bool:
    return filename.startswith((_PACKAGE, "<frozen ")) or filename == importlib.__file__
