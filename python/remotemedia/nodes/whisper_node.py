"""Speech recognition with Whisper, as faster-whisper runs it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from remotemedia._facts import Engine
from remotemedia._requirements import (
    MissingRequirementsError,
    Package,
    Requirement,
    allowed_model_path,
    downloads_allowed,
    find_gaps,
)
from remotemedia.core.multiprocessing import AudioData, MultiprocessNode, RuntimeData, register_node
from remotemedia.nodes._audio import Resampler, to_mono_f32
from remotemedia.nodes._speech_buffer import SpeechBuffer
from remotemedia.nodes._speech_mark import begin_us, begins_utterance, ends_utterance, is_between_utterances
from remotemedia.nodes._whisper_engine import SAMPLE_RATE, WINDOW_SECS, Recognised, Recogniser
from remotemedia.nodes._whisper_weights import ALIASES, FILES, MODELS, download, prepare, weights_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

# The codes of the languages that Whisper's tokenizer has, in the order of its tokens.
LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy "
    "sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo "
    "uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue"
).split()

# What is converted at once, so that an hour in one message does not need an hour's memory three times.
_SLICE_SECS = 10

# Of the time that passes, partial texts may take this share; where they cost more there are fewer.
_PARTIAL_SHARE = 0.25

PARAMS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "model": {
            "enum": list(MODELS),
            "default": "base",
            "x-aliases": ALIASES,
            "description": "Size of the weights. Those that end in `.en` know English only.",
        },
        "language": {
            "enum": [*LANGUAGES, None],
            "default": None,
            "description": "Code of the language that is spoken; null detects it in each utterance.",
        },
        "device": {
            "enum": ["auto", "cpu", "cuda"],
            "default": "auto",
            "description": "What computes; `auto` takes a CUDA device where there is one.",
        },
        "compute_type": {
            "enum": ["default", "int8", "int8_float16", "int8_float32", "float16", "float32", "bfloat16"],
            "default": "default",
            "description": "Numbers that are computed with; `default` is int8 on a CPU and float16 on CUDA.",
        },
        # 5, which is usual, got the same words right in 13 short recordings, and takes a tenth to a half longer.
        "beam_size": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10,
            "default": 1,
            "description": "Texts that are followed at once; more is slower, and better where speech is unclear.",
        },
        "model_path": {
            "type": ["string", "null"],
            "minLength": 1,
            "maxLength": 1024,
            "default": None,
            "description": "Folder with weights in CTranslate2's format, in a models folder; instead of those of `model`.",
        },
        "cpu_threads": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": 64,
            "default": None,
            "description": "Threads on a CPU; null: as many as the process may use, at most 4.",
        },
        "max_utterance_secs": {
            "type": "number",
            "minimum": 1,
            "maximum": WINDOW_SECS,
            "default": WINDOW_SECS,
            "x-unit": "s",
            "description": "An utterance that becomes longer is recognised in pieces, cut at a quiet place.",
        },
        "partial_results": {
            "type": ["boolean", "null"],
            "default": None,
            "description": "Whether to give the text so far while an utterance goes on; null: where no gate marks utterances.",
        },
        "partial_interval_secs": {
            "type": "number",
            "minimum": 0.2,
            "maximum": WINDOW_SECS,
            "default": 2,
            "x-unit": "s",
            "description": "Audio between two partial texts; more on a machine where they cost a quarter of it or more.",
        },
        "word_timestamps": {
            "type": "boolean",
            "default": True,
            "description": "Whether to say when each word was spoken.",
        },
    },
}


@register_node(
    "WhisperNode",
    input_types=["audio"],
    output_types=["text"],
    params=PARAMS,
    aliases=["WhisperSTTNode", "FasterWhisperNode"],
    engine=Engine(
        "faster-whisper 1.2.1",
        license="MIT",
        weights_license="MIT",
        memory="about 300 MB with base",
        offline="everything, once the weights are there",
    ),
)
class WhisperNode(MultiprocessNode):
    """Turns speech in about a hundred languages into text. Takes audio of any rate, format and number of channels.

    A voice gate before it marks where utterances begin and end (metadata ``speech``); each gives one text. Audio without
    marks is cut at quiet places into pieces of at most ``max_utterance_secs``, each of which gives one text; meanwhile
    partial texts tell what was heard of it so far. A piece in which nobody speaks gives none.

    Metadata of the text: ``final`` (``false``: the text so far, which a later one replaces), ``language``,
    ``language_probability``, ``no_speech_prob``, ``start_ms`` and ``end_ms`` of the audio in the stream's media time; of a
    final one also ``words``, a JSON list of ``{"word", "start_ms", "end_ms", "confidence"}``.
    """

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Iterable[Requirement]:
        """The library, and the weights unless the manifest names a folder with them."""
        yield Package("faster-whisper", "1.2.1", "faster_whisper", at_least="1.1", note="1 MB, MIT")
        yield Package("ctranslate2", "4.8.5", "ctranslate2", at_least="4.5", note="39 MB, MIT")
        if params["model_path"] is None:
            yield weights_of(params["model"])

    def initialize(self) -> None:
        """Finds the weights and loads them, which takes a second or two with base."""
        params = self.params
        self.progress(0.1, "looking for the weights")
        folder = self._find_weights()
        self.progress(0.4, f"loading Whisper from {folder.name}")
        threads = params["cpu_threads"] or min(4, len(os.sched_getaffinity(0)))
        self._recogniser = Recogniser(
            folder, params["device"], params["compute_type"], threads, params["language"], params["beam_size"]
        )
        self._speech = SpeechBuffer(SAMPLE_RATE, params["max_utterance_secs"])
        self._resampler: Resampler | None = None
        self._from_rate = 0
        # Media time of the utterance's first sample, and of what comes next.
        self._begin_us = 0
        self._next_us = 0
        self._messages = 0
        # Samples of the utterance that a partial text has told of, and how many more the next one waits for.
        self._told = 0
        self._partial_samples = int(params["partial_interval_secs"] * SAMPLE_RATE)
        self._between_partials = self._partial_samples

    def process(self, data: AudioData) -> Iterator[RuntimeData]:
        """Collects audio; gives the text of what is complete, and now and then what was heard so far."""
        if begins_utterance(data) or is_between_utterances(data):
            yield from self._finish()
        if is_between_utterances(data):
            return
        mono = to_mono_f32(data)
        rate = data.sample_rate
        if rate != self._from_rate:
            yield from self._finish()
            self._resampler = Resampler(rate, SAMPLE_RATE)
            self._from_rate = rate
        if not self._messages:
            self._begin_us = max(self._next_us, begin_us(data))
        self._messages += 1
        yield from self._take(mono, rate * _SLICE_SECS)
        if ends_utterance(data):
            yield from self._finish()
        elif self._wants_partial("speech" not in data.metadata):
            yield from self._tell_partial()

    def flush(self) -> Iterator[RuntimeData]:
        """The text of an utterance that the end of the input cut short."""
        yield from self._finish()

    def _find_weights(self) -> Path:
        params = self.params
        if params["model_path"] is not None:
            folder = allowed_model_path(params["model_path"], "model_path")
            if lacking := [each for each in FILES if not (folder / each).is_file()]:
                raise FileNotFoundError(
                    f"model_path {folder} has no {', '.join(lacking)}; "
                    "ct2-transformers-converter makes a folder that has them"
                )
            return folder
        model = params["model"]
        found = prepare(model, lambda: self.progress(0.1, "waiting for another node that prepares the weights"))
        if found is not None:
            return found
        if not downloads_allowed():
            raise MissingRequirementsError(find_gaps([weights_of(model)], "WhisperNode"))
        self.progress(0.2, f"downloading {MODELS[model].repository}, {MODELS[model].size}")
        return download(model)

    def _take(self, mono: NDArray[np.float32], slice_samples: int) -> Iterator[RuntimeData]:
        """Adds samples to the utterance; gives a text each time it becomes too long."""
        assert self._resampler is not None
        for at in range(0, len(mono), slice_samples):
            rest = self._speech.add(self._resampler.process(mono[at : at + slice_samples]))
            while len(rest):
                yield from self._recognise(self._speech.cut())
                rest = self._speech.add(rest)

    def _finish(self) -> Iterator[RuntimeData]:
        """Gives the text of the utterance, if there is one; what comes then is another."""
        if not self._messages:
            return
        assert self._resampler is not None
        import numpy as np

        rest = self._speech.add(self._resampler.process(np.zeros(0, np.float32), last=True))
        self._messages = 0
        while len(rest):
            yield from self._recognise(self._speech.cut())
            rest = self._speech.add(rest)
        yield from self._recognise(self._speech.samples)
        self._speech.clear()

    def _recognise(self, samples: NDArray[np.float32]) -> Iterator[RuntimeData]:
        begin_us = self._begin_us
        self._begin_us = self._next_us = begin_us + _us(len(samples))
        self._told = 0
        if len(samples):
            heard = self._recogniser.recognise(samples, self.params["word_timestamps"])
            yield from self._text(heard, begin_us, len(samples), is_final=True)

    def _wants_partial(self, is_unmarked: bool) -> bool:
        wanted = self.params["partial_results"]
        # A sender that gives everything in one message does not wait for a part of the answer.
        if wanted is False or (wanted is None and not is_unmarked) or self._messages < 2:
            return False
        return len(self._speech.samples) - self._told >= self._between_partials

    def _tell_partial(self) -> Iterator[RuntimeData]:
        samples = self._speech.samples
        started = time.perf_counter()
        heard = self._recogniser.recognise_quickly(samples)
        took_secs = time.perf_counter() - started
        self._told = len(samples)
        self._between_partials = max(self._partial_samples, int(took_secs / _PARTIAL_SHARE * SAMPLE_RATE))
        yield from self._text(heard, self._begin_us, len(samples), is_final=False)

    def _text(self, heard: Recognised, begin_us: int, samples: int, is_final: bool) -> Iterator[RuntimeData]:
        if not heard.text:
            return
        begin_ms, end_us = begin_us / 1000, begin_us + _us(samples)
        metadata = {
            "final": "true" if is_final else "false",
            "language": heard.language,
            "language_probability": f"{heard.language_probability:.2f}",
            "no_speech_prob": f"{heard.no_speech_prob:.3f}",
            "start_ms": str(round(begin_ms)),
            "end_ms": str(round(end_us / 1000)),
        }
        if is_final and self.params["word_timestamps"]:
            metadata["words"] = json.dumps(
                [
                    {
                        "word": word.text,
                        "start_ms": round(begin_ms + word.start_secs * 1000),
                        "end_ms": round(begin_ms + word.end_secs * 1000),
                        "confidence": round(word.probability, 3),
                    }
                    for word in heard.words
                ],
                ensure_ascii=False,
            )
        yield RuntimeData.text(heard.text, language=heard.language, metadata=metadata, timestamp_us=begin_us)


def _us(samples: int) -> int:
    """How long so many samples last, microseconds."""
    return samples * 1_000_000 // SAMPLE_RATE
