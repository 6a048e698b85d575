"""Speech synthesis with hibari and the voice inside its package."""

from __future__ import annotations

from collections.abc import Iterator

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, TextData, register_node

PARAMS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "speed": {"type": "number", "minimum": 0.5, "maximum": 2, "default": 1},
        "chunk_ms": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10_000,
            "default": 100,
            "description": "Length of one piece of audio; the last of a sentence may be shorter.",
        },
        "seed": {
            "type": "integer",
            "minimum": 0,
            "default": 0,
            "description": "Of the noise in the voice: the same seed and text give the same samples.",
        },
    },
}


@register_node("HibariSpeechNode", input_types=["text"], output_types=["audio"], params=PARAMS)
class HibariSpeechNode(MultiprocessNode):
    """Speaks text: US English, a female voice, 24 kHz, 16 bit, mono. Gives each sentence as soon as it is spoken."""

    def initialize(self) -> None:
        """Loads the voice and speaks once, so that the first reply is as fast as the others."""
        self.progress(0.1, "loading the voice")
        # Here and not above, because the service imports this file only to list its node.
        from hibari import Hibari

        # No name of a voice: the others would be downloaded.
        self._voice = Hibari()
        self.progress(0.6, "loading the dictionary")
        self._voice("Ready.")
        self._chunk = self._voice.sample_rate * self.params["chunk_ms"] // 1000

    def process(self, data: TextData) -> Iterator[RuntimeData]:
        """Speaks one text, piece by piece."""
        import numpy as np

        rate = self._voice.sample_rate
        begin_us, spoken = data.timestamp_us or 0, 0
        speed, seed = self.params["speed"], self.params["seed"]
        for sentence in self._voice.stream(data.text, speed=speed, seed=seed):
            pcm = np.rint(np.clip(sentence, -1, 1) * 32767).astype(np.int16)
            for at in range(0, len(pcm), self._chunk):
                piece = pcm[at : at + self._chunk]
                yield RuntimeData.audio(piece, rate, timestamp_us=begin_us + spoken * 1_000_000 // rate)
                spoken += len(piece)
