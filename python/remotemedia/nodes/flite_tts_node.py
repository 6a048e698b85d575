"""Speech synthesis with the program flite."""

from __future__ import annotations

import tempfile
import wave
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

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
from remotemedia.nodes._speech import cut_sentences, speak, speech_params
from remotemedia.nodes._text import read_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PARAMS = speech_params(
    voice={
        "type": "string",
        "enum": ["slt", "awb", "kal", "kal16", "rms"],
        "default": "slt",
        "description": "slt: US English, female. rms, kal, kal16: US English, male. awb: Scottish English, male.",
    },
)


@register_node(
    "FliteTTSNode",
    input_types=["text"],
    output_types=["audio"],
    params=PARAMS,
    # 8 kHz with the voice kal, 16 kHz with the others.
    output_format=AudioFormat(None, 1, "i16"),
    engine=Engine(
        "flite 2.2",
        license="MIT-like, Carnegie Mellon University",
        weights_license="the same",
        memory="about 60 MB with the program",
        offline="everything; the voices are in the program",
    ),
)
class FliteTTSNode(MultiprocessNode):
    """Speaks text in English with the small program flite: quick, clear, and plainly a machine.

    16 kHz, 16 bit, mono; 8 kHz with the voice kal. Gives each sentence as soon as it is spoken.
    """

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Iterable[Requirement]:
        """The program; its voices are in it."""
        return [Program("flite", "flite")]

    def initialize(self) -> None:
        """Speaks once: the program then is in memory, and known to work."""
        self._runner = ProgramRunner()
        self._rate_hz, _ = self._speak_sentence("Ready.")

    def process(self, data: TextData) -> Iterator[RuntimeData]:
        """Speaks one text, sentence by sentence."""
        spoken = (self._speak_sentence(each)[1] for each in cut_sentences(read_text(data)))
        return speak(spoken, self._rate_hz, self.params["chunk_ms"], data.timestamp_us or 0)

    def cleanup(self) -> None:
        """Ends the program where it still speaks."""
        self._runner.stop()

    def _speak_sentence(self, sentence: str) -> tuple[int, NDArray[np.int16]]:
        """Sample rate in Hz, and samples of shape ``(n,)``."""
        import numpy as np

        # flite goes back to the beginning of what it writes, so it needs a file; one without a name leaves nothing behind.
        with tempfile.TemporaryFile() as speech:
            options = ["-voice", self.params["voice"], "--setf", f"duration_stretch={1 / self.params['speed']:.3f}"]
            files = ["-f", "/dev/stdin", "-o", f"/dev/fd/{speech.fileno()}"]
            with self._runner.run(["flite", *options, *files], sentence, keep_descriptors=[speech.fileno()]):
                pass
            speech.seek(0)
            with wave.open(speech, "rb") as reader:
                samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
                return reader.getframerate(), samples
