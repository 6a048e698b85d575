"""Speech recognition with PocketSphinx and the US English model inside its package."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from remotemedia.core.multiprocessing import (
    AudioData,
    AudioFormat,
    Engine,
    MultiprocessNode,
    Package,
    ParamsError,
    Requirement,
    RuntimeData,
    register_node,
)
from remotemedia.nodes._audio import to_mono_i16
from remotemedia.nodes._pocket_sphinx import SAMPLE_RATE_HZ, Recognizer
from remotemedia.nodes._speech_mark import begin_us, begins_utterance, ends_utterance, is_between_utterances

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PARAMS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "grammar": {
            "type": ["string", "null"],
            "maxLength": 20_000,
            "default": None,
            "description": "A JSGF grammar: only what its public rule allows is heard, and that much better.",
        },
        "keywords": {
            "type": ["array", "null"],
            "items": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[a-z']+( [a-z']+)*$"},
            "minItems": 1,
            "maxItems": 100,
            "default": None,
            "description": "Words or phrases, in small letters: only these are listened for, whatever else is said.",
        },
        "keyword_threshold": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1,
            "default": 1e-20,
            "description": "How likely a keyword must be: near 1 few are heard, near 0 also ones that were not said.",
        },
        "max_utterance_secs": {
            "type": "number",
            "minimum": 0.1,
            "maximum": 300,
            "default": 30,
            "x-unit": "s",
            "description": "An utterance that becomes longer is recognised in pieces of this length.",
        },
        "partial_results": {
            "type": "boolean",
            "default": False,
            "description": "Also give what is heard so far while an utterance goes on. Costs as much again.",
        },
    },
}


@register_node(
    "PocketSphinxNode",
    input_types=["audio"],
    output_types=["text"],
    params=PARAMS,
    input_format=AudioFormat(SAMPLE_RATE_HZ, 1),
    engine=Engine(
        "pocketsphinx 5.1.1",
        license="BSD-2-Clause",
        weights_license="BSD-2-Clause",
        memory="about 130 MB",
        offline="everything; the model is in the package",
    ),
)
class PocketSphinxNode(MultiprocessNode):
    """Turns each utterance into text (US English). Good at short commands, best with a grammar; weak at free speech.

    A voice gate before it marks where utterances begin and end (metadata ``speech``). Audio without marks is one
    utterance, which lasts until the input ends.

    Metadata of the text: ``final`` (``false``: a guess while the utterance goes on), ``start_ms`` and ``end_ms`` (media
    time), ``audio_ms``, ``words`` (JSON: a list of ``word``, ``start_ms``, ``end_ms``, ``confidence``), and ``confidence``
    (0 to 1, the mean of the posterior probabilities of its words). With a grammar there are no confidences.
    """

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Iterable[Requirement]:
        """The package; the model is in it."""
        return [Package("pocketsphinx", "5.1.1", "pocketsphinx", at_least="5", note="38 MB")]

    def initialize(self) -> None:
        """Loads the models, which takes about half a second, and compiles the grammar."""
        self.progress(0.1, "loading the models of PocketSphinx")
        grammar, keywords = self.params["grammar"], self.params["keywords"]
        if grammar is not None and keywords is not None:
            raise ParamsError(
                "PocketSphinxNode listens for a grammar or for keywords, not for both; leave one of them out"
            )
        self._recognizer = Recognizer(grammar, keywords, self.params["keyword_threshold"])
        self._gives_partials: bool = self.params["partial_results"]
        self._max_samples = int(self.params["max_utterance_secs"] * SAMPLE_RATE_HZ)
        self._forget()

    def process(self, data: AudioData) -> Iterator[RuntimeData]:
        """Collects audio; gives the text once the utterance is complete."""
        if is_between_utterances(data):
            return
        if begins_utterance(data):
            self._forget()
        is_last = ends_utterance(data)
        pcm = to_mono_i16(data)
        at = 0
        while at < len(pcm):
            if self._samples == 0:
                self._begin_ms = begin_us(data) // 1000 + at * 1000 // SAMPLE_RATE_HZ
            # A copy: the message's own memory is lent, and kept for long it would be missing to the sender.
            piece = pcm[at : at + self._max_samples - self._samples].copy()
            at += len(piece)
            self._pieces.append(piece)
            self._samples += len(piece)
            if self._samples == self._max_samples:
                yield from self._recognize()
            elif self._gives_partials and not is_last:
                yield from self._guess(piece)
        if is_last:
            yield from self._recognize()

    def flush(self) -> Iterator[RuntimeData]:
        """The text of an utterance that the end of the input cut short."""
        yield from self._recognize()

    def _forget(self) -> None:
        self._recognizer.forget()
        self._pieces: list[NDArray[np.int16]] = []
        self._samples = 0
        self._begin_ms = 0
        self._guessed = ""

    def _guess(self, piece: NDArray[np.int16]) -> Iterator[RuntimeData]:
        """What is heard so far, where that has changed."""
        text = self._recognizer.listen(piece.tobytes())
        if text and text != self._guessed:
            self._guessed = text
            yield self._text(text, self._begin_ms, self._samples, final="false")

    def _recognize(self) -> Iterator[RuntimeData]:
        begin_ms, samples = self._begin_ms, self._samples
        pcm = b"".join(piece.tobytes() for piece in self._pieces)
        self._forget()
        heard = self._recognizer.recognize(pcm, begin_ms)
        if heard is None:
            return
        metadata = {"words": json.dumps(heard.words)}
        if heard.confidence is not None:
            metadata["confidence"] = f"{heard.confidence:.2f}"
        yield self._text(heard.text, begin_ms, samples, final="true", **metadata)

    def _text(self, heard: str, begin_ms: int, samples: int, **metadata: str) -> RuntimeData:
        audio_ms = round(samples * 1000 / SAMPLE_RATE_HZ)
        times = {"start_ms": str(begin_ms), "end_ms": str(begin_ms + audio_ms), "audio_ms": str(audio_ms)}
        return RuntimeData.text(heard, language="en", metadata={**metadata, **times})
