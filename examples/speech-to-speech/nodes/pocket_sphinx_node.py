"""Speech recognition with PocketSphinx and the US English model inside its package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remotemedia.core.multiprocessing import AudioData, MultiprocessNode, RuntimeData, register_node

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hz; what the model was trained on."""

# From the numbers of each format to those of 16-bit samples.
_SCALE = {"f32": 32767.0, "i16": 1.0, "i32": 1 / 65536}


PARAMS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "max_utterance_secs": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 300,
            "default": 30,
            "description": "An utterance that becomes longer is recognised in pieces of this length.",
        },
    },
}


@register_node("PocketSphinxNode", input_types=["audio"], output_types=["text"], params=PARAMS)
class PocketSphinxNode(MultiprocessNode):
    """Turns each utterance into text (US English). Takes 16 kHz audio.

    A voice gate before it marks where utterances begin and end (metadata ``speech``). Audio without marks is one
    utterance, which lasts until the input ends.

    Metadata of the text: ``confidence`` (0 to 1, the mean of the posterior probabilities of its words) and ``audio_ms``.
    """

    def initialize(self) -> None:
        """Loads the models, which takes about half a second."""
        self.progress(0.1, "loading the models of PocketSphinx")
        # Here and not above, because the service imports this file only to list its node.
        from pocketsphinx import Decoder

        self._decoder = Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")
        self._max_samples = int(self.params["max_utterance_secs"] * SAMPLE_RATE)
        self._forget()

    def process(self, data: AudioData) -> RuntimeData | None:
        """Collects audio; gives the text once the utterance is complete."""
        mark = data.metadata.get("speech")
        if mark == "none":
            return None
        if mark == "start":
            self._forget()
        if data.sample_rate != SAMPLE_RATE:
            raise ValueError(
                f"audio has {data.sample_rate} Hz but PocketSphinx needs {SAMPLE_RATE}; "
                "put a ResampleNode before this node"
            )
        pcm = to_pcm16(data)
        self._pieces.append(pcm)
        self._samples += len(pcm)
        if mark == "end" or self._samples >= self._max_samples:
            return self._recognise()
        return None

    def flush(self) -> RuntimeData | None:
        """The text of an utterance that the end of the input cut short."""
        return self._recognise()

    def _forget(self) -> None:
        self._pieces: list[NDArray[np.int16]] = []
        self._samples = 0

    def _recognise(self) -> RuntimeData | None:
        samples = self._samples
        pcm = b"".join(piece.tobytes() for piece in self._pieces)
        self._forget()
        if not pcm:
            return None
        self._decoder.start_utt()
        # The utterance as a whole: its loudness and colour are then known from its first frame on. Piece by piece the
        # decoder starts from a guess, and heard "ten years" where the speaker says "ten meters".
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        best = self._decoder.hyp()
        if best is None or not best.hypstr:
            return None
        # Silence, breath and the sentence's borders are segments too: <sil>, [BREATH], <s>.
        words = [segment.prob for segment in self._decoder.seg() if segment.word[0] not in "<["]
        confidence = sum(words) / max(1, len(words))
        metadata = {"confidence": f"{confidence:.2f}", "audio_ms": str(round(samples * 1000 / SAMPLE_RATE))}
        return RuntimeData.text(best.hypstr, language="en", metadata=metadata)


def to_pcm16(data: AudioData) -> NDArray[np.int16]:
    """The samples as 16-bit mono, in memory of their own.

    Raises:
        ValueError: the sample format is not known.
    """
    import numpy as np

    samples: NDArray[Any] = data.samples
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    scaled = np.rint(mono * _SCALE[data.format])
    return np.clip(scaled, -32768, 32767).astype(np.int16)
