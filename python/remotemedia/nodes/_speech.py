"""What the nodes that speak have in common: parameters, and the way from sentences to pieces of audio."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from remotemedia.core.multiprocessing import RuntimeData

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# After a full stop only where the word before it is no abbreviation: "Dr. Smith" is spoken well only as a whole.
_SENTENCE_BORDER = re.compile(r"(?:(?<=[!?])|(?<=\w{4}\.))\s+|\n+")

# Longer than sentences are. Engines look at every pair of sounds of a sentence, so that time and memory grow with its square.
_MAX_SENTENCE_CHARS = 400

_SHARED: dict[str, Any] = {
    "speed": {
        "type": "number",
        "minimum": 0.5,
        "maximum": 2,
        "default": 1,
        "description": "2 is twice as fast as the voice's own pace.",
    },
    "chunk_ms": {
        "type": "integer",
        "minimum": 1,
        "maximum": 10_000,
        "default": 100,
        "x-unit": "ms",
        "description": "Length of one piece of audio; the last of a sentence may be shorter.",
    },
}


def speech_params(**own: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a speaking node: its own parameters, then the shared ones."""
    return {"type": "object", "additionalProperties": False, "properties": {**own, **_SHARED}}


def cut_sentences(text: str) -> Iterator[str]:
    """The sentences of a text; one of more than 400 characters in parts, cut between words where it has some."""
    for sentence in _SENTENCE_BORDER.split(text):
        rest = sentence.strip()
        while len(rest) > _MAX_SENTENCE_CHARS:
            space = rest.rfind(" ", 1, _MAX_SENTENCE_CHARS + 1)
            end = space if space > 0 else _MAX_SENTENCE_CHARS
            yield rest[:end]
            rest = rest[end:].lstrip()
        if rest:
            yield rest


def speak(
    sentences: Iterable[NDArray[np.int16]], sample_rate_hz: int, chunk_ms: int, begin_us: int
) -> Iterator[RuntimeData]:
    """Cuts sentences into pieces and gives each its media time, as if one sentence followed the other without a pause.

    Args:
        sentences: Mono, each of shape ``(n,)``; taken one by one, so that the first is out before the next is made.
        sample_rate_hz: Of all sentences.
        chunk_ms: Length of one piece.
        begin_us: Media time of the first sample.
    """
    size = max(1, sample_rate_hz * chunk_ms // 1000)
    spoken = 0
    for sentence in sentences:
        for at in range(0, len(sentence), size):
            piece = sentence[at : at + size]
            yield RuntimeData.audio(piece, sample_rate_hz, timestamp_us=begin_us + spoken * 1_000_000 // sample_rate_hz)
            spoken += len(piece)
