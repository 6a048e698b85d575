"""Control messages: about the flow rather than media."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from remotemedia._data.base import RuntimeData
from remotemedia._frame import CONTROL, FrameError


class CancelSpeculation(NamedTuple):
    """Asks to drop what was produced ahead of time for this stretch of media time."""

    from_timestamp: int
    to_timestamp: int


class BatchHint(NamedTuple):
    """Suggests how many messages to process at once."""

    suggested_batch_size: int


class DeadlineWarning(NamedTuple):
    """Says that a result is due within this many microseconds."""

    deadline_us: int


ControlMessage = CancelSpeculation | BatchHint | DeadlineWarning


class ControlData(RuntimeData, code=CONTROL):
    """A message about the flow.

    Args:
        message: `CancelSpeculation`, `BatchHint`, `DeadlineWarning`, or None.
        segment_id: Which segment of the stream is meant.
        timestamp_ms: When it was sent, milliseconds.
        control_metadata: The text that the wire calls `metadata` of a control message.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time; inherited from the input when left out.
    """

    __slots__ = ()
    _names = ("message", "segment_id", "timestamp_ms", "control_metadata")

    def __init__(
        self,
        message: ControlMessage | None = None,
        *,
        segment_id: str = "",
        timestamp_ms: int = 0,
        control_metadata: str = "",
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        fields = (*_packed(message), segment_id, timestamp_ms, control_metadata)
        self._set(b"", fields, metadata, timestamp_us)

    @property
    def message(self) -> ControlMessage | None:
        """What is asked for, None when nothing is."""
        code, a, b = self._get_fields()[:3]
        match code:
            case 0:
                return None
            case 1:
                return CancelSpeculation(a, b)
            case 2:
                return BatchHint(a)
            case 3:
                return DeadlineWarning(a)
            case _:
                raise FrameError(f"unknown control message {code}")

    @property
    def segment_id(self) -> str:
        """Which segment of the stream is meant."""
        return str(self._get_fields()[3])

    @property
    def timestamp_ms(self) -> int:
        """When it was sent, milliseconds."""
        return int(self._get_fields()[4])

    @property
    def control_metadata(self) -> str:
        """The text that the wire calls `metadata` of a control message."""
        return str(self._get_fields()[5])


def _packed(message: ControlMessage | None) -> tuple[int, int, int]:
    match message:
        case None:
            return 0, 0, 0
        case CancelSpeculation(a, b):
            return 1, a, b
        case BatchHint(size):
            return 2, size, 0
        case DeadlineWarning(deadline):
            return 3, deadline, 0
        case _:
            raise TypeError(f"not a control message: {message!r}")
