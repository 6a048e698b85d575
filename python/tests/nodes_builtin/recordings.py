"""The recording of the speech example, as messages."""

import wave
from pathlib import Path

import numpy as np

from remotemedia import RuntimeData

GO_FORWARD = Path(__file__).parents[3] / "examples/speech-to-speech/recorded.wav"


def samples_of(path=GO_FORWARD):
    """Rate in Hz, and 16-bit mono samples."""
    with wave.open(str(path)) as reader:
        return reader.getframerate(), np.frombuffer(reader.readframes(reader.getnframes()), "<i2")


def pieces_of(samples, rate, piece_ms=64, begin_us=0):
    """Messages with their media time."""
    size = rate * piece_ms // 1000
    return [
        RuntimeData.audio(samples[at : at + size].copy(), rate, timestamp_us=begin_us + at * 1_000_000 // rate)
        for at in range(0, len(samples), size)
    ]


def marked(pieces):
    """The pieces as one utterance."""
    marks = ["start", *["continue"] * (len(pieces) - 2), "end"]
    return [piece.with_metadata({"speech": mark}) for piece, mark in zip(pieces, marks, strict=True)]


def joined(pieces):
    """The samples of all pieces, one after another."""
    return np.concatenate([each.samples for each in pieces])


def is_speech(samples):
    """Whether 16-bit samples are loud enough, and go up and down as speech does, unlike noise and tones."""
    tenths = np.array_split(samples / 32_768, 10)
    loudness = [float(np.sqrt(np.mean(each**2))) for each in tenths]
    return max(loudness) > 0.02 and max(loudness) > 2 * min(loudness)
