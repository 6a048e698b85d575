"""What a voice gate says of a piece of audio.

Metadata ``speech`` is ``start`` on the first piece of an utterance, then ``continue``, and ``end`` on its last piece;
``whole`` on an utterance that is one piece; ``none`` between utterances. Audio without it was never marked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remotemedia.core.multiprocessing import AudioData

# As many digits as a float holds exactly; a client may have written anything.
_MAX_DIGITS = 15


def begins_utterance(data: AudioData) -> bool:
    """Whether an utterance begins with the piece."""
    return data.metadata.get("speech") in ("start", "whole")


def ends_utterance(data: AudioData) -> bool:
    """Whether an utterance is complete with the piece."""
    return data.metadata.get("speech") in ("end", "whole")


def is_between_utterances(data: AudioData) -> bool:
    """Whether nobody speaks in the piece, as the gate says."""
    return data.metadata.get("speech") == "none"


def begin_us(data: AudioData) -> int:
    """Media time of the first sample, microseconds.

    Of the first piece of an utterance the gate knows it better than the message: a lead-in comes before what made the gate
    open, and the message has the time of that.
    """
    marked = data.metadata.get("speech_start_ms", "") if begins_utterance(data) else ""
    if 0 < len(marked) <= _MAX_DIGITS and marked.isascii() and marked.isdigit():
        return int(marked) * 1000
    return data.timestamp_us or 0
