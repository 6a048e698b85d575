"""Speech synthesis with the program espeak-ng."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from remotemedia.core.multiprocessing import (
    AudioFormat,
    Engine,
    MultiprocessNode,
    Program,
    Requirement,
    RuntimeData,
    TextData,
    register_node,
)
from remotemedia.nodes._program import ProgramRunner
from remotemedia.nodes._speech import speak, speech_params
from remotemedia.nodes._text import read_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PARAMS = speech_params(
    voice={
        "type": "string",
        # Neither an option nor a path. The longest names have some forty characters.
        "pattern": "^[A-Za-z0-9][A-Za-z0-9_+-]{0,63}$",
        "default": "en-us",
        "description": "A language or voice of espeak-ng, as `espeak-ng --voices` lists them, such as de or en-gb+f3.",
    },
    pitch={
        "type": "integer",
        "minimum": 0,
        "maximum": 99,
        "default": 50,
        "description": "How high the voice is; 50 is its own pitch.",
    },
)

_WORDS_PER_MINUTE = 175
"""The program's own pace."""

# What comes before the samples: espeak-ng writes it before it knows how many there will be.
_HEADER_BYTES = 44


@register_node(
    "EspeakTTSNode",
    input_types=["text"],
    output_types=["audio"],
    params=PARAMS,
    # 22.05 kHz, but another rate with voices of MBROLA.
    output_format=AudioFormat(None, 1, "i16"),
    engine=Engine(
        "espeak-ng 1.51",
        license="GPL-3.0-or-later, run as a program",
        memory="about 60 MB with the program",
        offline="everything; the voices come with the program",
    ),
)
class EspeakTTSNode(MultiprocessNode):
    """Speaks text in more than a hundred languages with the small program espeak-ng: quick, and plainly a machine.

    22.05 kHz, 16 bit, mono. Gives audio while it is spoken.
    """

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Iterable[Requirement]:
        """The program; its voices come with it."""
        return [Program("espeak-ng", "espeak-ng")]

    def initialize(self) -> None:
        """Speaks once: the voice is then known to be there."""
        self._runner = ProgramRunner()
        for _ in self._speak("Ready.", 0):
            pass

    def process(self, data: TextData) -> Iterator[RuntimeData]:
        """Speaks one text, piece by piece."""
        if text := read_text(data):
            yield from self._speak(text, data.timestamp_us or 0)

    def cleanup(self) -> None:
        """Ends the program where it still speaks."""
        self._runner.stop()

    def _speak(self, text: str, begin_us: int) -> Iterator[RuntimeData]:
        params = self.params
        voice = [
            "-v",
            params["voice"],
            "-p",
            str(params["pitch"]),
            "-s",
            str(round(_WORDS_PER_MINUTE * params["speed"])),
        ]
        # -b 1: the text is UTF-8, whatever the locale.
        with self._runner.run(["espeak-ng", *voice, "-b", "1", "--stdin", "--stdout"], text) as program:
            assert program.stdout is not None  # it is a pipe
            header = program.stdout.read(_HEADER_BYTES)
            if len(header) < _HEADER_BYTES:  # it failed, or there was nothing to speak
                return
            rate_hz = int.from_bytes(header[24:28], "little")
            blocks = _read_blocks(program.stdout, max(1, rate_hz * params["chunk_ms"] // 1000))
            yield from speak(blocks, rate_hz, params["chunk_ms"], begin_us)


def _read_blocks(stream: IO[bytes], block_samples: int) -> Iterator[NDArray[np.int16]]:
    import numpy as np

    while block := stream.read(2 * block_samples):
        yield np.frombuffer(block[: len(block) // 2 * 2], "<i2")
