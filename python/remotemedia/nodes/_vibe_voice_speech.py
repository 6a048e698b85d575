"""Speech from a VibeVoice model, through the classes that transformers has for it.

`VibeVoiceForConditionalGeneration.generate` gives the audio of a whole text when all of it is made. The model makes it
frame by frame, though: 7.5 a second, 3200 samples each, every one from a call of the decoder of the acoustic tokenizer,
which goes on where the last call ended. A forward hook on that decoder hears each frame as it is made. A run that
nobody listens to any more is ended there, and before each step of the diffusion, of which a frame has several.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import torch
    from numpy.typing import NDArray

SAMPLE_RATE = 24_000
"""Hz of what the model says, and of the voices that it imitates."""

_FRAMES_PER_SECOND = 7.5

# Frames that may be made and not taken: what comes next does not run far ahead of who listens.
_AHEAD_FRAMES = 8

# How long a run may take to end. It is a daemon's, and the process does not wait for it.
_PATIENCE_SECS = 0.3


@dataclass(frozen=True, slots=True)
class Settings:
    """How speech is made.

    Attributes:
        cfg_scale: How closely it follows the text (classifier-free guidance).
        inference_steps: Steps of diffusion for each frame.
        max_audio_secs: A text's speech is over at this length.
    """

    cfg_scale: float
    inference_steps: int
    max_audio_secs: float


class VibeVoiceSpeech:
    """A loaded model and the voice that it speaks with.

    Args:
        folder: The model's files.
        device: What computes.
        dtype: Number format of the weights.
        voice: A sample of the voice, mono at `SAMPLE_RATE`, shape ``(n,)``; None: the model takes one for each text.
        settings: How speech is made.
    """

    def __init__(
        self,
        folder: Path,
        device: torch.device,
        dtype: torch.dtype,
        voice: NDArray[np.float32] | None,
        settings: Settings,
    ) -> None:
        from transformers import VibeVoiceForConditionalGeneration, VibeVoiceProcessor
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        self._processor: Any = VibeVoiceProcessor.from_pretrained(folder, local_files_only=True)
        model: Any = VibeVoiceForConditionalGeneration.from_pretrained(
            folder, dtype=dtype, local_files_only=True, use_safetensors=True
        )
        self._model = model.to(device).eval()
        self._voice = voice
        self._settings = settings
        self._frames: _Handover | None = None
        # One run at a time: the model keeps things of a run in itself.
        self._run = threading.Lock()

    def speak(self, text: str) -> Iterator[NDArray[np.float32]]:
        """Speaks one text.

        Yields:
            Audio as it is made, shape ``(n,)`` at `SAMPLE_RATE`.
        """
        frames = self._frames = _Handover(_AHEAD_FRAMES)
        threading.Thread(target=self._generate, args=(text, frames), name="vibe-voice", daemon=True).start()
        try:
            while (frame := frames.take()) is not None:
                yield frame
        finally:
            frames.close()

    def close(self) -> None:
        """Ends what is being spoken, and waits for that, but not long: the reading of a long text cannot be ended."""
        if self._frames is not None:
            self._frames.close()
        if self._run.acquire(timeout=_PATIENCE_SECS):
            self._run.release()

    def _generate(self, text: str, frames: _Handover) -> None:
        with self._run:
            model = self._model.model
            hooks = (
                model.audio_tower.decoder.register_forward_hook(lambda _module, _in, out: _give(out.audio, frames)),
                model.diffusion_head.register_forward_pre_hook(lambda _module, _in: frames.check()),
            )
            try:
                self._model.generate(
                    **self._inputs(text),
                    max_new_tokens=math.ceil(self._settings.max_audio_secs * _FRAMES_PER_SECOND),
                    guidance_scale=self._settings.cfg_scale,
                    num_diffusion_steps=self._settings.inference_steps,
                )
                frames.finish(None)
            except _NobodyListensError:
                pass
            except BaseException as error:
                frames.finish(error)
            finally:
                for hook in hooks:
                    hook.remove()

    def _inputs(self, text: str) -> Any:
        # One line, and no token of the model's own: both would begin something else than a text to speak.
        content = [{"type": "text", "text": " ".join(text.replace("<|", "< |").split())}]
        if self._voice is not None:
            content.append({"type": "audio"})
        prompt = self._processor.apply_chat_template([{"role": "0", "content": content}], tokenize=False)
        heard = {} if self._voice is None else {"audio": [self._voice], "sampling_rate": SAMPLE_RATE}
        return self._processor(text=[prompt], return_tensors="pt", **heard).to(self._model.device, self._model.dtype)


class _NobodyListensError(Exception):
    """Raised within a run to end it."""


class _Handover:
    """Frames from the thread that makes them to the one that takes them.

    Args:
        ahead: Frames that may wait.
    """

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead
        self._frames: deque[NDArray[np.float32]] = deque()
        self._changed = threading.Condition()
        self._is_finished = False
        self._is_closed = False
        self._error: BaseException | None = None

    def give(self, frame: NDArray[np.float32]) -> None:
        """Hands a frame over, once there is room.

        Raises:
            _NobodyListensError: no more are taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or len(self._frames) < self._ahead)
            if self._is_closed:
                raise _NobodyListensError
            self._frames.append(frame)
            self._changed.notify_all()

    def check(self) -> None:
        """Does nothing, as long as frames are taken.

        Raises:
            _NobodyListensError: no more are taken.
        """
        if self._is_closed:
            raise _NobodyListensError

    def finish(self, error: BaseException | None) -> None:
        """Says that no more come, and why if that is a failure."""
        with self._changed:
            self._is_finished, self._error = True, error
            self._changed.notify_all()

    def take(self) -> NDArray[np.float32] | None:
        """The next frame; None: that was all, or no more are taken.

        Raises:
            BaseException: what ended the run.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_finished or self._is_closed or self._frames)
            if self._frames:
                self._changed.notify_all()
                return self._frames.popleft()
            if self._error is not None:
                raise self._error
            return None

    def close(self) -> None:
        """Says that no more are taken."""
        with self._changed:
            self._is_closed = True
            self._frames.clear()
            self._changed.notify_all()


def _give(audio: torch.Tensor, frames: _Handover) -> None:
    frames.give(audio[0, 0].float().cpu().numpy())
