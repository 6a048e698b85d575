"""Sees to it that a node gets no audio of a format that it does not declare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remotemedia._data import RuntimeData
    from remotemedia._facts import AudioFormat

# As AudioData has them in its fields; 0 is a sender that did not say.
_FORMATS = ("unspecified", "f32", "i16", "i32")


class AudioFormatError(Exception):
    """A node got audio of a format that it does not take; the text names the node and both formats."""

    code = "input.invalid"


def audio_check(
    declared: AudioFormat | None, params: Mapping[str, Any], node_id: str, node_type: str
) -> Callable[[RuntimeData], None] | None:
    """What to call with each message before `process`, chosen once per node.

    Args:
        declared: The formats that the node takes.
        params: Its parameters with the defaults filled in, for fields that name one.
        node_id: For the error.
        node_type: For the error.

    Returns:
        A function that raises AudioFormatError for audio of another format and lets other kinds of data pass; None
        where every format will do.
    """
    described = {} if declared is None else declared.described()
    rates, channels, formats = (
        _accepted(described.get(name), params) for name in ("sample_rate", "channels", "format")
    )
    if rates is None and channels is None and formats is None:
        return None
    codes = None if formats is None else tuple(_FORMATS.index(each) for each in formats)
    takes = _text(rates, channels, formats)

    def check(data: RuntimeData) -> None:
        if data.kind != "audio":
            return
        rate, channel_count, code = data._get_fields()[:3]
        if (
            (rates is None or rate in rates)
            and (channels is None or channel_count in channels)
            and (codes is None or code in codes)
        ):
            return
        name = _FORMATS[code] if 0 <= code < len(_FORMATS) else f"format {code}"
        got = _text((rate,), (channel_count,), (name,))
        raise AudioFormatError(f"Node {node_id!r} ({node_type}) takes {takes} and got {got}")

    return check


def _accepted(field: list[Any] | str | None, params: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The values that will do; None for any, as with a parameter that is not set."""
    if isinstance(field, str):
        value = params.get(field.removeprefix("param:")) if field.startswith("param:") else None
        return None if value is None or value == "keep" else (value,)
    return None if field is None else tuple(field)


def _text(rates: tuple[int, ...] | None, channels: tuple[int, ...] | None, formats: tuple[str, ...] | None) -> str:
    """`8000 or 16000 Hz, 1 channel, i16`."""
    parts = []
    if rates is not None:
        parts.append(f"{_either(rates)} Hz")
    if channels is not None:
        parts.append(f"{_either(channels)} {'channel' if channels == (1,) else 'channels'}")
    if formats is not None:
        parts.append(_either(formats))
    return ", ".join(parts)


def _either(values: tuple[Any, ...]) -> str:
    *others, last = map(str, values)
    return f"{', '.join(others)} or {last}" if others else last
