"""Whisper as faster-whisper runs it: samples in, words out."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hz; what Whisper was trained on."""

WINDOW_SECS = 30
"""What Whisper hears at once."""

# The encoder's frames in a second, one for each 10 ms.
_FRAMES_PER_SEC = 100

# Whisper was trained on windows of 30 s. In one that ends with the speech it repeats itself without end, and hears
# words in the silence: of the 75 words of six recordings it got 8 % wrong instead of 1 %. In one of 10 s it does so
# hardly ever (3 %), and the encoder needs a seventh of the time. So a text that is soon replaced is heard in a short window.
_SHORT_WINDOW_SECS = 10
_SHORT_WINDOW_MARGIN_SECS = 1.5

# In silence a short window holds "you" now and then, with 0.5 and more; in the recordings it gave speech 0.06 at most.
_QUICK_NO_SPEECH = 0.3

# Written without spaces: a piece of text without one before it is still a word of its own.
_UNSPACED = frozenset(("zh", "ja", "th", "lo", "my", "yue"))

# The longest text of one window, as OpenAI's own decoder has it: half of the 448 tokens of the text context.
_MAX_TOKENS = 224
# A fast speaker says some 6 words a second, at most 2 tokens each. What is longer is a repetition without end.
_MAX_TOKENS_PER_SEC = 12
_MIN_TOKENS = 24

# Where the text repeats itself or is unlikely, it is decoded again, less greedily ("Robust Speech Recognition via
# Large-Scale Weak Supervision", section 4.5). The paper tries six temperatures; three bound what a noise can cost.
_TEMPERATURES = [0.0, 0.4, 0.8]


@dataclass(frozen=True, slots=True)
class Word:
    """One word.

    Attributes:
        text: Without spaces around it, with its punctuation.
        start_secs: From the first sample on.
        end_secs: From the first sample on; not before its start.
        probability: From 0 to 1.
    """

    text: str
    start_secs: float
    end_secs: float
    probability: float


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was heard.

    Attributes:
        text: Without spaces around it; empty where nothing was said.
        language: Whisper's code of it, such as ``en``.
        language_probability: From 0 to 1; 1 where the language was given.
        no_speech_prob: How likely it is that nobody speaks, from 0 to 1.
        words: Empty where they were not asked for.
    """

    text: str
    language: str
    language_probability: float
    no_speech_prob: float
    words: tuple[Word, ...]


class Recogniser:
    """Whisper with its weights loaded.

    Args:
        folder: With the weights, as `_whisper_weights.FILES` lists them.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        compute_type: How CTranslate2 counts; ``"default"`` is 8-bit integers on a CPU and 16-bit floats on a GPU.
        cpu_threads: Threads on a CPU.
        language: Whisper's code of the language; None detects it anew in each piece.
        beam_size: Texts that are followed at once.

    Raises:
        ValueError: the device, the type or the language is not to be had.
        RuntimeError: the weights cannot be loaded.
    """

    def __init__(
        self, folder: Path, device: str, compute_type: str, cpu_threads: int, language: str | None, beam_size: int
    ) -> None:
        # Threads that spin while they wait steal the cores of the other nodes: on two busy cores they cost more than half of
        # the time. Read when the library is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        import ctranslate2

        has_gpu = ctranslate2.get_cuda_device_count() > 0
        if device == "cuda" and not has_gpu:
            raise ValueError("device is cuda, but CTranslate2 finds no CUDA device here; auto takes the CPU then")
        chosen = "cuda" if device != "cpu" and has_gpu else "cpu"
        if compute_type == "default":
            compute_type = "float16" if chosen == "cuda" else "int8"
        known = ctranslate2.get_supported_compute_types(chosen)
        if compute_type not in known and compute_type not in ("auto", "default"):
            raise ValueError(
                f"compute_type {compute_type} is not possible on this {chosen}; there are {', '.join(sorted(known))}"
            )
        model_class = _model_class()
        self._model = model_class(str(folder), device=chosen, compute_type=compute_type, cpu_threads=cpu_threads)
        self._fit_features()
        self._beam_size = beam_size
        self._is_multilingual = bool(self._model.model.is_multilingual)
        if language is not None and language not in self._model.supported_languages:
            raise ValueError(f"language {language!r}: the weights in {folder.name} know English only")
        self._detects = language is None and self._is_multilingual
        self._language = language or "en"

    def _fit_features(self) -> None:
        """Gives the weights the mel bands they were trained with: a folder without preprocessor_config.json means 80."""
        from faster_whisper.feature_extractor import FeatureExtractor

        bands = self._model.model.n_mels
        if self._model.feature_extractor.mel_filters.shape[0] != bands:
            self._model.feature_extractor = FeatureExtractor(feature_size=bands)

    def recognise(self, samples: NDArray[np.float32], words: bool) -> Recognised:
        """Hears one piece as well as it can.

        Args:
            samples: One channel, 16 kHz, shape ``(n,)``, at most 30 s.
            words: Whether to say when each word was spoken.
        """
        return self._hear(samples, WINDOW_SECS, _MAX_TOKENS, _TEMPERATURES, words)

    def recognise_quickly(self, samples: NDArray[np.float32]) -> Recognised:
        """Hears one piece in a fraction of the time, for a text that is soon replaced; where in doubt, it hears nothing."""
        secs = len(samples) / SAMPLE_RATE
        window = min(WINDOW_SECS, max(_SHORT_WINDOW_SECS, math.ceil(secs + _SHORT_WINDOW_MARGIN_SECS)))
        tokens = min(_MAX_TOKENS, _MIN_TOKENS + math.ceil(secs * _MAX_TOKENS_PER_SEC))
        heard = self._hear(samples, window, tokens, _TEMPERATURES[:1], False)
        return heard if heard.no_speech_prob < _QUICK_NO_SPEECH else replace(heard, text="")

    def _hear(
        self, samples: NDArray[np.float32], window_secs: int, max_tokens: int, temperatures: list[float], words: bool
    ) -> Recognised:
        model = self._model
        model.window_frames = window_secs * _FRAMES_PER_SEC
        model.detects = self._detects
        model.detected = None
        pieces, _ = model.transcribe(
            samples,
            language=self._language,
            # The language of each window, from the encoding that it has anyway. Left to transcribe(), a detection
            # would cost an encoding of its own.
            multilingual=self._detects,
            beam_size=self._beam_size,
            best_of=1,
            temperature=temperatures,
            max_new_tokens=max_tokens,
            word_timestamps=words,
            condition_on_previous_text=False,
            without_timestamps=not words,
        )
        heard = list(pieces)
        language, probability = model.detected or (self._language, 1.0)
        return Recognised(
            "".join(each.text for each in heard).strip(),
            language,
            probability,
            max((each.no_speech_prob for each in heard), default=1.0),
            tuple(_in_order([word for each in heard for word in each.words or []], language not in _UNSPACED)),
        )


def _in_order(pieces: list[Any], is_spaced: bool) -> list[Word]:
    """The words with times that never go back, as those of two windows that touch may.

    Args:
        pieces: faster-whisper's words. It splits "ill-disposed" in two, of which only the first begins with a space.
        is_spaced: Whether a space is what separates words.
    """
    ordered: list[Word] = []
    now = 0.0
    for each in pieces:
        start = max(now, float(each.start))
        now = max(start, float(each.end))
        word = Word(each.word.strip(), start, now, float(each.probability))
        if ordered and is_spaced and not each.word.startswith(" "):
            first = ordered.pop()
            word = Word(first.text + word.text, first.start_secs, now, min(first.probability, word.probability))
        ordered.append(word)
    return ordered


def _model_class() -> Any:
    """faster-whisper's model with a window of any length; made here, since the library takes long to import."""
    from faster_whisper import WhisperModel

    class WindowedModel(WhisperModel):  # type: ignore[misc, unused-ignore]  # the library may not be installed
        """Encodes no more than a window of so many frames, and remembers the language that it hears in it."""

        window_frames = WINDOW_SECS * _FRAMES_PER_SEC
        detects = False
        detected: tuple[str, float] | None = None

        def encode(self, features: NDArray[np.float32]) -> Any:
            encoded = super().encode(features[..., : self.window_frames])
            if self.detects and self.detected is None:
                token, probability = self.model.detect_language(encoded)[0][0]
                self.detected = (token[2:-2], probability)
            return encoded

    return WindowedModel
