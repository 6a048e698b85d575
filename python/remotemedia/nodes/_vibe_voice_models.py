"""Models and voices of VibeVoice, and where they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remotemedia._requirements import Gap, find_model
from remotemedia.nodes._hub import HubModel
from remotemedia.nodes._vibe_voice_speech import SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

MODELS = {
    name: HubModel(
        name, repository, f"huggingface.co/{repository}, about {size}, MIT", ("config.json", "tokenizer.json")
    )
    for name, repository, size in (
        ("vibevoice-1.5b", "vibevoice/VibeVoice-1.5B-hf", "5.4 GB"),
        ("vibevoice-7b", "bezzam/VibeVoice-7B-hf", "19 GB"),
    )
}

VOICES = (
    "en-Alice_woman",
    "en-Carter_man",
    "en-Frank_man",
    "en-Mary_woman_bgm",
    "en-Maya_woman",
    "in-Samuel_man",
    "zh-Anchen_man_bgm",
    "zh-Bowen_man",
    "zh-Xinran_woman",
)
"""The voices that came with VibeVoice, in its folder demo/voices: a WAV file for each."""

_VOICES_FOLDER = "vibevoice-voices"

# What the model hears of a voice takes room that its text then lacks; the voices that came with it last half a minute.
_LONGEST_VOICE_SECS = 60


@dataclass(frozen=True, slots=True)
class Voice:
    """A sample of a voice, as a requirement of a node.

    Attributes:
        name: One of `VOICES`.
    """

    name: str

    def gap(self) -> Gap | None:
        """Looks for its file."""
        if self._folder() is not None:
            return None
        what = f"the voice {self.name} (a WAV file from demo/voices of the VibeVoice repository, MIT) is not on this machine"
        return Gap(
            "weights",
            what,
            f"put it into {_VOICES_FOLDER}/{self.name}.wav of models.paths; or leave out the parameter voice",
        )

    def samples(self) -> NDArray[np.float32]:
        """Its samples, mono at the model's rate, shape ``(n,)``.

        Raises:
            FileNotFoundError: it is not there.
            ValueError: the file is not 16-bit PCM at that rate, or is too long.
        """
        import wave

        import numpy as np

        folder = self._folder()
        if folder is None:
            raise FileNotFoundError(f"the voice {self.name} is not there")
        path = folder / f"{self.name}.wav"
        try:
            with wave.open(str(path), "rb") as file:
                rate, width, channels, length = (
                    file.getframerate(),
                    file.getsampwidth(),
                    file.getnchannels(),
                    file.getnframes(),
                )
                is_fit = rate == SAMPLE_RATE and width == 2 and 0 < length <= _LONGEST_VOICE_SECS * rate
                data = file.readframes(length) if is_fit else b""
        except (wave.Error, EOFError) as error:
            raise ValueError(f"the voice {path} is no WAV file of PCM samples: {error}") from error
        if not is_fit:
            raise ValueError(
                f"the voice {path} has {length} samples of {8 * width} bits at {rate} Hz; "
                f"it must have 16 bits, {SAMPLE_RATE} Hz, and at most {_LONGEST_VOICE_SECS} s"
            )
        pcm = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32_768)
        return pcm if channels == 1 else pcm.reshape(-1, channels).mean(axis=1, dtype=np.float32)

    def _folder(self) -> Path | None:
        return find_model(_VOICES_FOLDER, f"{self.name}.wav")


def check_kind(folder: Path) -> None:
    """Checks that transformers can load this model.

    Raises:
        ValueError: it is another kind, or in the form that Microsoft published.
    """
    config = json.loads((folder / "config.json").read_text("utf-8"))
    kind = config.get("model_type")
    if kind != "vibevoice":
        raise ValueError(f"{folder.name} is a model of type {kind!r}, and VibeVoiceNode can load type 'vibevoice' only")
    if "acoustic_tokenizer_config" in config:
        raise ValueError(
            f"{folder.name} is in the form that Microsoft published; transformers needs it converted, "
            "as the repositories whose names end in -hf have it"
        )
