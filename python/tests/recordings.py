"""The recorded sentences of tests/fixtures/recordings, and how many of their words were heard wrong."""

import json
import re
import wave
from pathlib import Path

import numpy as np

from remotemedia import RuntimeData

FOLDER = Path(__file__).parents[2] / "tests" / "fixtures" / "recordings"
TRANSCRIPTS = json.loads((FOLDER / "transcripts.json").read_text())
RATE = 16_000


def samples_of(name):
    """Samples of one recording: int16, 16 kHz."""
    with wave.open(str(FOLDER / name)) as wav:
        return np.frombuffer(wav.readframes(wav.getnframes()), "<i2")


def pieces_of(samples, rate=RATE, secs=0.1, marked=False):
    """Messages as a client or a voice gate sends them."""
    size = round(rate * secs)
    pieces = [samples[at : at + size] for at in range(0, len(samples), size)]
    last = len(pieces) - 1
    return [
        RuntimeData.audio(
            piece,
            rate,
            metadata={"speech": {0: "start", last: "end"}.get(number, "continue")} if marked else {},
            timestamp_us=round(number * secs * 1e6),
        )
        for number, piece in enumerate(pieces)
    ]


def words_of(text):
    """Words without case and punctuation; titles as they are spoken."""
    words = re.findall(r"[a-z']+", text.lower().replace("-", " "))
    return ["mister" if each == "mr" else each for each in words]


def word_errors(reference, heard):
    """Words that were replaced, left out or put in (Levenshtein distance)."""
    row = list(range(len(heard) + 1))
    for i, wanted in enumerate(reference, start=1):
        diagonal, row[0] = row[0], i
        for j, word in enumerate(heard, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (wanted != word))
    return row[-1]
