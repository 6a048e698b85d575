"""Conversation in speech and text with LFM2-Audio."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remotemedia.core.multiprocessing import (
    AudioData,
    AudioFormat,
    Engine,
    MultiprocessNode,
    Package,
    PythonVersion,
    Requirement,
    RuntimeData,
    TextData,
    register_node,
)
from remotemedia.nodes._hub import REPOSITORY_PATTERN, HubModel, is_repository
from remotemedia.nodes._lfm2_chat import (
    HEARING_RATE,
    MIMI_WEIGHTS,
    SAMPLE_RATE,
    SHORTEST_SECS,
    Finished,
    Lfm2Chat,
    Settings,
)
from remotemedia.nodes._text import MAX_TEXT_CHARS, read_text
from remotemedia.nodes._torch import DEVICE, DTYPE, choose_device, choose_dtype
from remotemedia.nodes._utterance import Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FILES = ("config.json", "tokenizer.json", MIMI_WEIGHTS)
_LICENSE = "LFM Open License v1.0: commercial use only below 10 million US dollars of yearly revenue"

MODELS = {
    name: HubModel(name, f"LiquidAI/{title}", f"huggingface.co/LiquidAI/{title}, about 3.3 GB, {_LICENSE}", _FILES)
    for name, title in (("lfm2.5-audio-1.5b", "LFM2.5-Audio-1.5B"), ("lfm2-audio-1.5b", "LFM2-Audio-1.5B"))
}

# The prompts that the library's README gives for speech; for text it gives those of tasks only, such as "Perform ASR."
_SPEECH_PROMPT = "Respond with interleaved text and audio."
_TEXT_PROMPT = "Respond with text."

PARAMS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "model": {
            "enum": list(MODELS),
            "default": "lfm2.5-audio-1.5b",
            "x-aliases": {
                "large": "lfm2-audio-1.5b",
                "LFM2-Audio-1.5B": "lfm2-audio-1.5b",
                "LiquidAI/LFM2-Audio-1.5B": "lfm2-audio-1.5b",
                "LFM2.5-Audio-1.5B": "lfm2.5-audio-1.5b",
                "LiquidAI/LFM2.5-Audio-1.5B": "lfm2.5-audio-1.5b",
            },
            "description": "Which model. There is one size.",
        },
        "hf_repo": {
            "type": "string",
            "pattern": REPOSITORY_PATTERN,
            "description": "Another model of this kind on the Hugging Face Hub, as OWNER/NAME, in place of `model`.",
        },
        "model_path": {
            "type": "string",
            "minLength": 1,
            "description": "A folder below models.paths with such a model, in place of `model`.",
        },
        "device": DEVICE,
        "dtype": DTYPE,
        "system_prompt": {
            "type": "string",
            "maxLength": MAX_TEXT_CHARS,
            "description": f"The model's instruction. Left out: {_SPEECH_PROMPT!r}, with text_only {_TEXT_PROMPT!r}. "
            "'Perform ASR.' with text_only makes it write down what it hears.",
        },
        "text_only": {"type": "boolean", "default": False, "description": "Reply in text, without audio."},
        "max_new_tokens": {
            "type": "integer",
            "minimum": 1,
            "maximum": 8192,
            "default": 512,
            "description": "Text tokens and audio frames (80 ms each) that a reply may have, both together.",
        },
        "audio_temperature": {
            "type": "number",
            "minimum": 0,
            "maximum": 10,
            "default": 1.0,
            "description": "Randomness of the audio; 0 takes the likeliest code.",
        },
        "audio_top_k": {
            "type": "integer",
            "minimum": 1,
            "maximum": 2048,
            "default": 4,
            "description": "Among how many of the likeliest codes the audio is drawn.",
        },
        "text_temperature": {
            "type": "number",
            "minimum": 0,
            "maximum": 10,
            "default": 0,
            "description": "Randomness of the text; 0 takes the likeliest word.",
        },
        "text_top_k": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "description": "Among how many of the likeliest words the text is drawn; left out: all.",
        },
        "sample_rate": {
            "const": SAMPLE_RATE,
            "default": SAMPLE_RATE,
            "x-unit": "Hz",
            "description": "Of the audio that comes out; the model has no other.",
        },
        "max_turns": {
            "type": "integer",
            "minimum": 0,
            "maximum": 100,
            "default": 8,
            "description": "Earlier turns that the model remembers.",
        },
        "max_utterance_secs": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 300,
            "default": 30,
            "x-unit": "s",
            "description": "An utterance that becomes longer is answered at this length; what follows is another turn.",
        },
    },
}


@register_node(
    "LFM2AudioNode",
    aliases=["LFM2Node"],
    input_types=["audio", "text"],
    output_types=["text", "audio"],
    output_format=AudioFormat(SAMPLE_RATE, 1, "f32"),
    params=PARAMS,
    engine=Engine(
        "liquid-audio 1.3.0",
        license="LicenseRef-LFM-Open-License-v1.0",
        weights_license=_LICENSE,
        memory="by the size of its weights about 6 GB on a CPU, 3.5 GB in bfloat16",
        offline="everything, once the weights are here",
    ),
)
class LFM2AudioNode(MultiprocessNode):
    """Answers in speech and text what it hears or reads, and remembers the conversation.

    Takes audio of any rate and any channels, and text. One text is one turn. So is one utterance: a voice gate before
    the node marks where it begins and ends (metadata ``speech``); audio without marks is one turn, which lasts until
    the input ends. Text marked ``final`` = ``false`` is only a guess at what comes, and left out.

    Gives text and audio as the model makes them: pieces of text with metadata ``final`` = ``false``, frames of audio
    of 80 ms, and at the end the whole text with ``final`` = ``true`` and ``finish_reason``: ``stop``, or ``length``
    where ``max_new_tokens`` cut it short. Metadata ``turn`` numbers the turns from 1 on.
    """

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Iterable[Requirement]:
        """Python 3.12, the library with torch, and the weights."""
        yield PythonVersion((3, 12), "liquid-audio")
        yield Package(
            "torch", "2.13.0", "torch", at_least="2.8", note="about 2.5 GB with the CUDA libraries it pulls in"
        )
        yield Package("transformers", "5.24.0", "transformers", at_least="4.55.4")
        yield Package("liquid-audio", "1.3.0", "liquid_audio", at_least="1.2")
        if "model_path" not in params:
            yield _model(params).weights()

    def initialize(self) -> None:
        """Loads the model, which takes from seconds to minutes."""
        params = self.params
        self.progress(0.0, "looking for the model")
        model = _model(params)
        folder = _folder(model, params)
        self.progress(0.1, f"loading {folder.name}")
        device = choose_device(params["device"])
        prompt = params.get("system_prompt", _TEXT_PROMPT if params["text_only"] else _SPEECH_PROMPT)
        sampling = {
            "audio_temperature": float(params["audio_temperature"]),
            "audio_top_k": params["audio_top_k"],
            "text_temperature": float(params["text_temperature"]),
            "text_top_k": params.get("text_top_k"),
        }
        settings = Settings(prompt, params["text_only"], params["max_new_tokens"], params["max_turns"], sampling)
        self._chat = Lfm2Chat(folder, device, choose_dtype(params["dtype"], device), settings)
        self._utterance = Utterance(HEARING_RATE, SHORTEST_SECS, params["max_utterance_secs"])
        self._turn = 0

    def process(self, data: AudioData | TextData) -> Iterator[RuntimeData]:
        """Collects audio, and answers each turn once it is complete."""
        if isinstance(data, TextData):
            if text := read_text(data):
                yield from self._answer(text, data.timestamp_us or 0)
        elif isinstance(data, AudioData):
            if (heard := self._utterance.add(data)) is not None:
                yield from self._answer(heard, self._utterance.timestamp_us)
        else:
            raise TypeError(f"LFM2AudioNode takes audio and text, and got {data.kind} data")

    def flush(self) -> Iterator[RuntimeData]:
        """Answers an utterance that the end of the input cut short."""
        if (heard := self._utterance.take()) is not None:
            yield from self._answer(heard, self._utterance.timestamp_us)

    def _answer(self, said: NDArray[np.float32] | str, begin_us: int) -> Iterator[RuntimeData]:
        self._turn += 1
        turn = {"turn": str(self._turn)}
        spoken = 0
        for piece in self._chat.reply(said):
            if isinstance(piece, str):
                yield RuntimeData.text(piece, metadata={**turn, "final": "false"})
            elif isinstance(piece, Finished):
                yield RuntimeData.text(piece.text, metadata={**turn, "final": "true", "finish_reason": piece.reason})
            else:
                at_us = begin_us + spoken * 1_000_000 // SAMPLE_RATE
                yield RuntimeData.audio(piece, SAMPLE_RATE, metadata=turn, timestamp_us=at_us)
                spoken += len(piece)


def _model(params: Mapping[str, Any]) -> HubModel:
    """The model that the parameters mean."""
    model = MODELS[params["model"]]
    if params.get("text_only"):
        model = replace(model, files=tuple(each for each in model.files if each != MIMI_WEIGHTS))
    repository = params.get("hf_repo")
    if repository is None:
        return model
    if not is_repository(repository):
        raise ValueError(f"hf_repo must be OWNER/NAME, and is {repository!r}")
    name = repository.replace("/", "--")
    return replace(model, name=name, repository=repository, source=f"huggingface.co/{repository}")


def _folder(model: HubModel, params: Mapping[str, Any]) -> Path:
    path = params.get("model_path")
    return model.fetch("LFM2AudioNode") if path is None else model.given(path)
