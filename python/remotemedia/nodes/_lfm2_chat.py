"""A conversation with an LFM2-Audio model, through liquid-audio.

The library's API as of 1.3.0: `ChatState` collects the turns, `LFM2AudioModel.generate_interleaved` and
`generate_sequential` yield tensors of one text token or of one frame of eight Mimi codes, and the Mimi decoder of the
processor turns frames into sound: 12.5 frames a second, 1920 samples each. `LFM2AudioProcessor.decode`, which the
library's README shows, is not used: it needs CUDA and the whole reply at once.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import torch
    from numpy.typing import NDArray

SAMPLE_RATE = 24_000
"""Hz of what the model says."""

HEARING_RATE = 16_000
"""Hz of what the model hears."""

SHORTEST_SECS = 0.1
"""What the model's encoder needs at least: 9 frames of 10 ms (liquid_audio.utils.mel2emb_len)."""

MIMI_WEIGHTS = "tokenizer-e351c8d8-checkpoint125.safetensors"
"""The file of the Mimi decoder's weights, as liquid_audio.processor looks for it."""

# Ids of special tokens as liquid_audio.model.lfm2_audio compares them: end of the turn, begin of audio, end of text.
_TURN_END, _AUDIO_START, _TEXT_END = 7, 128, 130

# A frame that begins with this code says that the audio is over; see LFM2AudioModel.generate_interleaved.
_AUDIO_END = 2048

# What a decoder of bytes writes for a character that is not complete yet.
_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Settings:
    """How replies are made.

    Attributes:
        system_prompt: The model's instruction, before the first turn.
        text_only: No audio: the reply is over where the model would begin to speak.
        max_new_tokens: Text tokens and audio frames that a reply may have.
        max_turns: Earlier turns that the model sees again.
        sampling: Temperatures and top-k of text and audio, as the library names them.
    """

    system_prompt: str
    text_only: bool
    max_new_tokens: int
    max_turns: int
    sampling: dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a reply: ``stop`` where the model ended it, ``length`` where max_new_tokens did."""

    text: str
    reason: Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn of the past.

    Attributes:
        said: What was heard, mono at `HEARING_RATE`, or read.
        text: Text tokens of the reply, shape ``(1, n)``.
        audio: Mimi codes of the reply, shape ``(8, m)``.
        modalities: In which order they came, shape ``(n + m,)``.
    """

    said: NDArray[np.float32] | str
    text: torch.Tensor
    audio: torch.Tensor
    modalities: torch.Tensor


class Lfm2Chat:
    """A loaded model and the conversation with it.

    Args:
        folder: The model's files.
        device: What computes.
        dtype: Number format of the weights.
        settings: How replies are made.
    """

    def __init__(self, folder: Path, device: torch.device, dtype: torch.dtype, settings: Settings) -> None:
        from liquid_audio import LFM2AudioModel, LFM2AudioProcessor

        # Both take cuda where they are not told. A Path is a folder to them; a str would be asked of the Hub.
        self._processor: Any = LFM2AudioProcessor.from_pretrained(folder, device=device).eval()
        self._model: Any = LFM2AudioModel.from_pretrained(folder, dtype=dtype, device=device).eval()
        self._mimi: Any = None if settings.text_only else self._processor.mimi
        self._dtype = dtype
        self._settings = settings
        self._past: deque[_Turn] = deque(maxlen=settings.max_turns)

    def reply(self, said: NDArray[np.float32] | str) -> Iterator[str | NDArray[np.float32] | Finished]:
        """Answers, and remembers both.

        Args:
            said: Audio, mono at `HEARING_RATE`, shape ``(n,)``; or text.

        A reply that is not taken to its end is forgotten, and what was said with it.

        Yields:
            Pieces of text, frames of audio of shape ``(n,)`` at `SAMPLE_RATE`, and at last `Finished`.
        """
        tokens: list[torch.Tensor] = []
        texts: list[str] = []
        decoder = _TextDecoder(self._processor.text)
        count = 0
        with self._speaking():
            for token in self._generate(said):
                count += 1
                if token.numel() == 1:
                    number = int(token)
                    if self._settings.text_only and number in (_AUDIO_START, _TURN_END):
                        count = 0  # the model was not cut short
                        break
                    piece = decoder.push(number)
                    if piece:
                        texts.append(piece)
                        yield piece
                elif int(token[0]) != _AUDIO_END:
                    yield self._sound(token)
                tokens.append(token)
        if piece := decoder.rest():
            texts.append(piece)
            yield piece
        self._remember(said, tokens)
        yield Finished("".join(texts), "length" if count == self._settings.max_new_tokens else "stop")

    def _generate(self, said: NDArray[np.float32] | str) -> Iterator[torch.Tensor]:
        from liquid_audio import ChatState

        chat: Any = ChatState(self._processor, dtype=self._dtype)
        chat.new_turn("system")
        chat.add_text(self._settings.system_prompt)
        chat.end_turn()
        for turn in self._past:
            _ask(chat, turn.said)
            chat.append(text=turn.text, audio_out=turn.audio, modality_flag=turn.modalities)
            chat.end_turn()
        _ask(chat, said)
        model, settings = self._model, self._settings
        generate = model.generate_sequential if settings.text_only else model.generate_interleaved
        return generate(**chat, max_new_tokens=settings.max_new_tokens, **settings.sampling)  # type: ignore[no-any-return]

    def _speaking(self) -> Any:
        """The decoder's state for one reply: each frame goes on where the one before ended."""
        return contextlib.nullcontext() if self._mimi is None else self._mimi.streaming(1)

    def _sound(self, codes: torch.Tensor) -> NDArray[np.float32]:
        import torch

        with torch.no_grad():
            wave = self._mimi.decode(codes[None, :, None])
        return wave[0, 0].float().cpu().numpy()  # type: ignore[no-any-return]

    def _remember(self, said: NDArray[np.float32] | str, tokens: list[torch.Tensor]) -> None:
        import torch
        from liquid_audio import LFMModality

        text = [each for each in tokens if each.numel() == 1]
        audio = [each for each in tokens if each.numel() > 1]
        flags = [LFMModality.TEXT if each.numel() == 1 else LFMModality.AUDIO_OUT for each in tokens]
        self._past.append(
            _Turn(
                said,
                torch.stack(text, 1) if text else torch.empty((1, 0), dtype=torch.long),
                torch.stack(audio, 1) if audio else torch.empty((8, 0), dtype=torch.long),
                torch.tensor(flags, dtype=torch.long),
            )
        )


class _TextDecoder:
    """Tokens to text, piece by piece; a character of several tokens is held until it is complete."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._pending: list[int] = []

    def push(self, token: int) -> str:
        """What can be read now; empty: nothing yet."""
        if token == _TEXT_END:
            return self.rest()
        self._pending.append(token)
        text = self._decode()
        # No character has more than four bytes, so what stays incomplete is none.
        if text.endswith(_INCOMPLETE) and len(self._pending) < 4:
            return ""
        self._pending.clear()
        return text

    def rest(self) -> str:
        """What is left at the end."""
        text = self._decode() if self._pending else ""
        self._pending.clear()
        return text

    def _decode(self) -> str:
        text: str = self._tokenizer.decode(self._pending, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text


def _ask(chat: Any, said: NDArray[np.float32] | str) -> None:
    """Adds a turn of the user, and begins that of the model."""
    import torch

    chat.new_turn("user")
    if isinstance(said, str):
        # Text must not end its own turn, nor begin one of the system: such tokens begin with these two characters.
        chat.add_text(said.replace("<|", "< |"))
    else:
        chat.add_audio(torch.from_numpy(said)[None], HEARING_RATE)
    chat.end_turn()
    chat.new_turn("assistant")
