"""Speech synthesis with hibari and the voice inside its package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from remotemedia.core.multiprocessing import (
    AudioFormat,
    Engine,
    MultiprocessNode,
    Package,
    Requirement,
    RuntimeData,
    TextData,
    register_node,
)
from remotemedia.nodes._audio import to_i16
from remotemedia.nodes._speech import cut_sentences, speak, speech_params
from remotemedia.nodes._text import read_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# hibari fails on numbers beyond those that it has a name for.
_LONG_NUMBER = re.compile(r"\d[\d,]{15,}")

PARAMS = speech_params(
    seed={
        "type": "integer",
        "minimum": 0,
        "maximum": 4_294_967_295,
        "default": 0,
        "description": "Of the noise in the voice: the same seed and text give the same samples.",
    }
)


@register_node(
    "HibariTTSNode",
    aliases=["HibariSpeechNode"],
    input_types=["text"],
    output_types=["audio"],
    params=PARAMS,
    output_format=AudioFormat(24_000, 1, "i16"),
    engine=Engine(
        "hibari-tts 0.2.1",
        license="Apache-2.0",
        weights_license="Apache-2.0",
        memory="about 190 MB",
        offline="everything; the voice is in the package",
    ),
)
class HibariTTSNode(MultiprocessNode):
    """Speaks text: US English, a female voice, 24 kHz, 16 bit, mono. Gives each sentence as soon as it is spoken."""

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Iterable[Requirement]:
        """The package, in which the voice is, and what runs it."""
        return [
            Package("hibari-tts", "0.2.1", "hibari", note="16 MB"),
            Package("onnxruntime", "1.32.0", "onnxruntime", note="78 MB"),
        ]

    def initialize(self) -> None:
        """Loads the voice and speaks once, so that the first reply is as fast as the others."""
        self.progress(0.1, "loading the voice")
        # Here and not above, because the service imports this file only to list its node.
        from hibari import Hibari

        # No name of a voice: the others would be downloaded.
        self._voice = Hibari()
        self.progress(0.6, "loading the dictionary")
        self._voice("Ready.")

    def process(self, data: TextData) -> Iterator[RuntimeData]:
        """Speaks one text, piece by piece."""
        sentences = self._sentences(read_text(data))
        return speak(sentences, self._voice.sample_rate, self.params["chunk_ms"], data.timestamp_us or 0)

    def _sentences(self, text: str) -> Iterator[NDArray[np.int16]]:
        for sentence in cut_sentences(_LONG_NUMBER.sub(_digits, text)):
            for spoken in self._voice.stream(sentence, speed=self.params["speed"], seed=self.params["seed"]):
                yield to_i16(spoken)


def _digits(number: re.Match[str]) -> str:
    return " ".join(number[0].replace(",", ""))
