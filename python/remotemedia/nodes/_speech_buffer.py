"""Holds the audio of one utterance, and finds where a long one can be cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# How long a pause between two words is, roughly. Stops such as the p in "stop" are shorter, so none is cut.
_PAUSE_SECS = 0.3
# Where a cut is looked for: at the end of the utterance, in this share of it.
_SEARCHED_SHARE = 1 / 3


class SpeechBuffer:
    """The samples of one utterance, in one piece of memory that is as large as the longest one.

    Args:
        sample_rate: Hz.
        max_secs: How much it holds.

    Attributes:
        samples: What has been added, shape ``(n,)``; a view that the next `add` or `cut` may change.
    """

    def __init__(self, sample_rate: int, max_secs: float) -> None:
        import numpy as np

        self._memory = np.zeros(max(1, round(sample_rate * max_secs)), np.float32)
        self._pause = max(1, round(sample_rate * _PAUSE_SECS))
        self._count = 0

    @property
    def samples(self) -> NDArray[np.float32]:
        """What has been added and not cut off, shape ``(n,)``."""
        return self._memory[: self._count]

    @property
    def is_full(self) -> bool:
        """Whether no sample more has room."""
        return self._count == len(self._memory)

    def add(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Copies samples to the end.

        Returns:
            Those that had no room; add them after a `cut`.
        """
        taken = min(len(samples), len(self._memory) - self._count)
        self._memory[self._count : self._count + taken] = samples[:taken]
        self._count += taken
        return samples[taken:]

    def cut(self) -> NDArray[np.float32]:
        """Takes the samples up to a quiet place near the end off, so that no word is torn.

        Returns:
            A copy, shape ``(n,)``.
        """
        at = quiet_place(self.samples, self._pause)
        first = self._memory[:at].copy()
        rest = self._count - at
        self._memory[:rest] = self._memory[at : self._count].copy()
        self._count = rest
        return first

    def clear(self) -> None:
        """Forgets all samples."""
        self._count = 0


def quiet_place(samples: NDArray[np.float32], pause: int) -> int:
    """Where in the last third the energy is the least over the length of a pause.

    Args:
        samples: Shape ``(n,)``.
        pause: Length of a pause in samples.

    Returns:
        The index in the middle of the quietest stretch, the last of several; n where that third is shorter than a pause.
    """
    import numpy as np

    begin = len(samples) - int(len(samples) * _SEARCHED_SHARE)
    searched = samples[begin:].astype(np.float64)
    if len(searched) <= pause:
        return len(samples)
    sums = np.concatenate([[0.0], np.cumsum(searched * searched)])
    energy = sums[pause:] - sums[:-pause]
    # Of digital silence all stretches are equal; the last leaves the least for the next piece.
    quietest = len(energy) - 1 - int(np.argmin(energy[::-1]))
    return begin + quietest + pause // 2
