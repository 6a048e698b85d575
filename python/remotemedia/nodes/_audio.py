"""What engines ask of audio: one channel, one sample format, one rate.

numpy is imported where it is used: the service imports every node module only to list its nodes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from remotemedia.core.multiprocessing import AudioData

MIN_RATE_HZ, MAX_RATE_HZ = 1_000, 192_000
"""Rates that `Resampler` converts between."""

# Full scale of each sample format.
_FULL_SCALE = {"f32": 1.0, "i16": 32_768.0, "i32": 2_147_483_648.0}

# The filter of `Resampler`: 64 samples of the lower rate on each side, a sinc in a Kaiser window for 100 dB. The window's
# beta, and the width of the transition band that follows, 5 % of the lower rate, are from J. F. Kaiser, "Nonrecursive digital filter design
# using the I0-sinh window function", 1974: beta = 0.1102 (A - 8.7), width = (A - 7.95) / (14.36 taps).
_HALF_SAMPLES = 64
_KAISER_BETA = 0.1102 * (100 - 8.7)
# In the middle of the transition band, which ends at half the lower rate: nothing is mirrored.
_CUTOFF = 0.95
# Two rates without a common divisor have one phase for each Hz. More than these are interpolated linearly, as in
# J. O. Smith, "Digital Audio Resampling", which leaves an error of about -115 dB.
_MAX_PHASES = 512
# Samples gathered at once: 4 MiB of floats.
_BLOCK_SAMPLES = 1 << 20


def to_mono_f32(data: AudioData) -> NDArray[np.float32]:
    """The samples as one channel of floats from -1 to 1.

    Several channels become their mean. What is beyond full scale is clipped, and what is no number is silence.

    Returns:
        Shape ``(n,)``, n samples per channel; a read-only view of the message where nothing had to change.

    Raises:
        ValueError: the sample format is not known, or a sample is torn.
    """
    import numpy as np

    samples = data.samples
    if data.format == "f32":
        # Two comparisons cost less than the copies that they mostly save. With a NaN both are false.
        is_fit = samples.size == 0 or (samples.min() >= -1 and samples.max() <= 1)
        fit = samples if is_fit else np.clip(np.nan_to_num(samples), -1, 1)
        mono = fit if fit.ndim == 1 else fit.mean(axis=1, dtype=np.float32)
        return mono.astype(np.float32, copy=False)
    scaled = samples.astype(np.float32) / np.float32(_FULL_SCALE[data.format])
    return scaled if scaled.ndim == 1 else scaled.mean(axis=1, dtype=np.float32)


def to_mono_i16(data: AudioData) -> NDArray[np.int16]:
    """The samples as one channel of 16-bit integers; channels and limits as `to_mono_f32` has them.

    Returns:
        Shape ``(n,)``; a read-only view of the message where nothing had to change.

    Raises:
        ValueError: the sample format is not known, or a sample is torn.
    """
    if data.format == "i16" and data.channels == 1:
        samples: NDArray[np.int16] = data.samples
        return samples
    return to_i16(to_mono_f32(data))


def to_i16(samples: NDArray[Any]) -> NDArray[np.int16]:
    """Floats, full scale 1, as 16-bit integers of the same shape. Beyond full scale they are clipped."""
    import numpy as np

    scaled = np.rint(samples * np.float32(_FULL_SCALE["i16"]))
    return np.clip(scaled, -32_768, 32_767, out=scaled).astype(np.int16)


class Resampler:
    """Converts one channel from one rate to another, piece by piece, with a polyphase windowed sinc.

    Passes 90 % of the lower rate's band. What comes out does not depend on how the input is cut into pieces, is aligned
    with it in time, and is as long.

    Args:
        from_rate: Hz of the input, 1000 to 192000.
        to_rate: Hz of the output, 1000 to 192000.

    Raises:
        ValueError: a rate is out of these limits.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        for rate in (from_rate, to_rate):
            if not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
                raise ValueError(
                    f"cannot resample {from_rate} Hz to {to_rate} Hz; "
                    f"rates from {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz are possible"
                )
        ratio = Fraction(to_rate, from_rate)
        # Output n lies at the input's sample n * down / up.
        self._up, self._down = ratio.numerator, ratio.denominator
        self._bank = _filter_bank(self._up, self._down)
        # What windows still need, and where it begins in the whole line.
        self._line: NDArray[np.float32]
        self._start: int
        # Samples of the input so far, and of the output.
        self._taken: int
        self._given: int
        self._restart()

    def process(self, samples: NDArray[np.float32], last: bool = False) -> NDArray[np.float32]:
        """Converts the next piece.

        Args:
            samples: Shape ``(n,)``. What has to be kept of them is copied.
            last: The stream ends with them: gives what the filter still holds. The next call begins another stream.

        Returns:
            Shape ``(m,)``. All pieces together have ``round(n * to_rate / from_rate)`` samples, where n counts all inputs.
        """
        import numpy as np

        if self._up == self._down:
            return samples
        taps = self._bank.shape[1]
        self._taken += len(samples)
        silence = np.zeros(taps // 2 if last else 0, np.float32)
        self._line = np.concatenate([self._line, samples.astype(np.float32, copy=False), silence])
        if last:
            stop = (2 * self._taken * self._up + self._down) // (2 * self._down)
        else:
            # The last output whose window is complete, and one more.
            windows = self._start + len(self._line) - taps + 1
            stop = max(self._given, (windows * self._up - 1) // self._down + 1)
        output = self._convert(stop)
        if last:
            self._restart()
        else:
            self._given = stop
            unused = min(stop * self._down // self._up - self._start, len(self._line))
            self._line = self._line[unused:].copy()
            self._start += unused
        return output

    def _restart(self) -> None:
        import numpy as np

        # The first window has its middle at the first sample.
        self._line = np.zeros(self._bank.shape[1] // 2 - 1, np.float32)
        self._start = 0
        self._taken = 0
        self._given = 0

    def _convert(self, stop: int) -> NDArray[np.float32]:
        """The outputs from the next one to `stop`."""
        import numpy as np

        taps, phases = self._bank.shape[1], self._bank.shape[0] - 1
        output = np.empty(stop - self._given, np.float32)
        block = max(1, _BLOCK_SAMPLES // taps)
        for begin in range(self._given, stop, block):
            numbers = np.arange(begin, min(begin + block, stop), dtype=np.int64)
            whole, rest = np.divmod(numbers * self._down, self._up)
            windows = np.lib.stride_tricks.sliding_window_view(self._line, taps)[whole - self._start]
            phase, between = np.divmod(rest * phases, self._up)
            filters = self._bank[phase]
            if phases < self._up:
                share = (between / self._up).astype(np.float32)[:, None]
                filters += share * (self._bank[phase + 1] - filters)
            at = begin - self._given
            output[at : at + len(numbers)] = np.einsum("nt,nt->n", windows, filters)
        return output


def _filter_bank(up: int, down: int) -> NDArray[np.float32]:
    """The filter's taps for positions from one sample of the input to the next.

    Returns:
        Shape ``(phases + 1, taps)``; row p is for p / phases of a sample after the middle of the window.
    """
    import numpy as np

    ratio = min(1.0, up / down)
    half = int(np.ceil(_HALF_SAMPLES / ratio))
    phases = min(up, _MAX_PHASES)
    distance = np.arange(1 - half, half + 1) - np.arange(phases + 1)[:, None] / phases
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0, 1 - (distance / half) ** 2)))
    bank = np.sinc(_CUTOFF * ratio * distance) * window
    # Every phase passes a constant unchanged.
    normal: NDArray[np.float32] = (bank / bank.sum(axis=1, keepdims=True)).astype(np.float32)
    return normal
