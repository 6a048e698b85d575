"""Collects the audio of one utterance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remotemedia.nodes._audio import Resampler, to_mono_f32
from remotemedia.nodes._speech_mark import begins_utterance, ends_utterance, is_between_utterances

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from remotemedia.core.multiprocessing import AudioData


class Utterance:
    """Pieces of audio, joined where the marks of a voice gate say that an utterance is over.

    Args:
        sample_rate: Hz of what comes out; pieces of other rates are brought to it.
        min_secs: What is shorter is dropped.
        max_secs: An utterance is over at this length.

    Attributes:
        timestamp_us: Media time of the last piece that belongs to an utterance.
    """

    def __init__(self, sample_rate: int, min_secs: float, max_secs: float) -> None:
        self._sample_rate = sample_rate
        self._min_samples = max(1, int(min_secs * sample_rate))
        self._max_samples = int(max_secs * sample_rate)
        self._resampler: Resampler | None = None
        self._from_rate = 0
        self._forget()
        self.timestamp_us = 0

    def add(self, data: AudioData) -> NDArray[np.float32] | None:
        """Takes a piece.

        Returns:
            The utterance once it is complete, shape ``(n,)``.

        Raises:
            ValueError: the audio has a format or a rate that cannot be converted.
        """
        if is_between_utterances(data):
            return None
        if begins_utterance(data):
            self._forget()
        self.timestamp_us = data.timestamp_us or 0
        if data.sample_rate != self._from_rate or self._resampler is None:
            self._drain()
            self._resampler, self._from_rate = Resampler(data.sample_rate, self._sample_rate), data.sample_rate
        samples = self._resampler.process(to_mono_f32(data))
        # A message's own memory is lent: kept for long, it would be missing to the sender.
        self._keep(samples if samples.flags.owndata else samples.copy())
        return self.take() if ends_utterance(data) or self._samples >= self._max_samples else None

    def take(self) -> NDArray[np.float32] | None:
        """The utterance as far as it goes; None where it is too short to be one."""
        import numpy as np

        self._drain()
        pieces, samples = self._pieces, self._samples
        self._forget()
        return np.concatenate(pieces) if samples >= self._min_samples else None

    def _keep(self, samples: NDArray[np.float32]) -> None:
        self._pieces.append(samples)
        self._samples += len(samples)

    def _drain(self) -> None:
        """What the resampler still holds belongs to this utterance."""
        import numpy as np

        if self._resampler is not None:
            self._keep(self._resampler.process(np.empty(0, np.float32), last=True))
            self._resampler = None

    def _forget(self) -> None:
        self._resampler = None
        self._pieces: list[NDArray[np.float32]] = []
        self._samples = 0
