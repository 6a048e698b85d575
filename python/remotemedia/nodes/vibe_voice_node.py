"""Speech synthesis with VibeVoice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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
from remotemedia.nodes._text import read_text
from remotemedia.nodes._torch import DEVICE, DTYPE, choose_device, choose_dtype
from remotemedia.nodes._vibe_voice_models import MODELS, VOICES, Voice, check_kind
from remotemedia.nodes._vibe_voice_speech import SAMPLE_RATE, Settings, VibeVoiceSpeech

PARAMS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "model": {
            "enum": list(MODELS),
            "default": "vibevoice-1.5b",
            "x-aliases": {
                "VibeVoice-1.5B": "vibevoice-1.5b",
                "microsoft/VibeVoice-1.5B": "vibevoice-1.5b",
                "VibeVoice-7B": "vibevoice-7b",
                "VibeVoice-Large": "vibevoice-7b",
            },
            "description": "Which model. The one for real time (0.5B) is of another kind, which transformers cannot load.",
        },
        "model_path": {
            "type": "string",
            "minLength": 1,
            "description": "A folder below models.paths with such a model, in place of `model`.",
        },
        "voice": {
            "enum": list(VOICES),
            "x-aliases": {
                "sarah": "en-Alice_woman",
                "alice": "en-Alice_woman",
                "carter": "en-Carter_man",
                "frank": "en-Frank_man",
                "mary": "en-Mary_woman_bgm",
                "maya": "en-Maya_woman",
                "samuel": "in-Samuel_man",
                "anchen": "zh-Anchen_man_bgm",
                "bowen": "zh-Bowen_man",
                "xinran": "zh-Xinran_woman",
            },
            "description": "Whose voice it imitates; its sample lies in the models folder vibevoice-voices. "
            "Left out: another voice for each text, as the model likes.",
        },
        "cfg_scale": {
            "type": "number",
            "minimum": 1,
            "maximum": 10,
            "default": 1.3,
            "description": "How closely the speech follows the text: 1 is freest, above 2 it sounds forced.",
        },
        "inference_steps": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "default": 10,
            "description": "Steps of diffusion for each 133 ms of speech: more are better and slower.",
        },
        "device": DEVICE,
        "dtype": DTYPE,
        "max_audio_secs": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 5400,
            "default": 300,
            "x-unit": "s",
            "description": "The speech of one text is cut at this length.",
        },
    },
}


@register_node(
    "VibeVoiceNode",
    aliases=["VibeVoiceTTSNode"],
    input_types=["text"],
    output_types=["audio"],
    output_format=AudioFormat(SAMPLE_RATE, 1, "f32"),
    params=PARAMS,
    engine=Engine(
        "transformers 5.24.0",
        license="Apache-2.0",
        weights_license="MIT",
        memory="by the size of the weights of vibevoice-1.5b about 11 GB on a CPU, 5.5 GB in bfloat16",
        offline="everything, once the weights are here",
    ),
)
class VibeVoiceNode(MultiprocessNode):
    """Speaks text, English and Chinese, and gives the audio while it is being made: 24 kHz, float, mono.

    One text is spoken at a time, white space in it as single spaces. Text marked ``final`` = ``false`` is left out, since
    the whole text follows. So is data of other kinds, such as the audio of a node that gives both.
    """

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Iterable[Requirement]:
        """The library with torch, the weights, and the sample of the voice."""
        yield Package(
            "torch", "2.13.0", "torch", at_least="2.6", note="about 2.5 GB with the CUDA libraries it pulls in"
        )
        yield Package("transformers", "5.24.0", "transformers", at_least="5.24")
        yield Package("diffusers", "0.42.1", "diffusers", at_least="0.35")
        if "model_path" not in params:
            yield MODELS[params["model"]].weights()
        if "voice" in params:
            yield Voice(params["voice"])

    def initialize(self) -> None:
        """Loads the model, which takes from seconds to minutes."""
        params = self.params
        self.progress(0.0, "looking for the model")
        model, path = MODELS[params["model"]], params.get("model_path")
        folder = model.fetch("VibeVoiceNode") if path is None else model.given(path)
        check_kind(folder)
        voice = Voice(params["voice"]).samples() if "voice" in params else None
        self.progress(0.1, f"loading {folder.name}")
        device = choose_device(params["device"])
        settings = Settings(params["cfg_scale"], params["inference_steps"], params["max_audio_secs"])
        self._speech = VibeVoiceSpeech(folder, device, choose_dtype(params["dtype"], device), voice, settings)
        self._has_warned = False

    def process(self, data: RuntimeData) -> Iterator[RuntimeData]:
        """Speaks one text."""
        if not isinstance(data, TextData):
            self._leave_out(data)
            return
        if not (text := read_text(data)):
            return
        begin_us, spoken = data.timestamp_us or 0, 0
        for frame in self._speech.speak(text):
            at_us = begin_us + spoken * 1_000_000 // SAMPLE_RATE
            yield RuntimeData.audio(frame, SAMPLE_RATE, timestamp_us=at_us)
            spoken += len(frame)

    def cleanup(self) -> None:
        """Ends what is being spoken."""
        self._speech.close()

    def _leave_out(self, data: RuntimeData) -> None:
        if not self._has_warned:
            self.log.warning("%s data from %s is left out: VibeVoiceNode speaks text", data.kind, data.source)
            self._has_warned = True
