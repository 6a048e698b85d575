"""Audio: interleaved samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from remotemedia._data.base import RuntimeData
from remotemedia._data.buffers import array_body, is_bytes_like, plain_array, plain_bytes
from remotemedia._frame import AUDIO

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from remotemedia._data.buffers import Array

    SampleFormat = Literal["f32", "i16", "i32"]

# The wire's AudioFormat, and numpy's name of each.
_CODES = {"f32": 1, "i16": 2, "i32": 3}
_DTYPES = ("", "<f4", "<i2", "<i4")
_FORMATS = ("unspecified", "f32", "i16", "i32")
_ITEM_SIZES = {"f32": 4, "i16": 2, "i32": 4}
# By kind and size, because to ask a dtype for its name is slow.
_FORMAT_OF_DTYPE: dict[tuple[str, int], SampleFormat] = {("f", 4): "f32", ("i", 2): "i16", ("i", 4): "i32"}


class AudioData(RuntimeData, code=AUDIO):
    """Samples of one or more channels.

    Args:
        samples: A numpy array of float32, int16 or int32, shape ``(n,)`` or ``(n, channels)``; or interleaved bytes.
        sample_rate: Samples per second of one channel.
        channels: Taken from the array's shape when left out; 1 for bytes.
        format: Needed for bytes: ``"f32"``, ``"i16"`` or ``"i32"``, little endian. An array has its own.
        metadata_json: JSON that belongs to these samples, as bytes of UTF-8.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time; inherited from the input when left out.

    Raises:
        TypeError: the dtype is not one of the three, or bytes come without a format.
        ValueError: shape and channels do not fit each other.
    """

    __slots__ = ()
    _names = ("sample_rate", "channels", "format", "num_samples", "metadata_json")

    def __init__(
        self,
        samples: Array | Buffer,
        sample_rate: int,
        channels: int | None = None,
        *,
        format: SampleFormat | None = None,
        metadata_json: bytes | None = None,
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        if is_bytes_like(samples):
            channels = channels or 1
            body, code, count = _from_bytes(samples, channels, format)
        else:
            body, channels, code, count = _from_array(samples, channels, format)
        self._set(body, (sample_rate, channels, code, count, metadata_json), metadata, timestamp_us)

    @property
    def sample_rate(self) -> int:
        """Samples per second of one channel."""
        return int(self._get_fields()[0])

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self._get_fields()[1])

    @property
    def format(self) -> str:
        """``"f32"``, ``"i16"``, ``"i32"``, or ``"unspecified"`` where the sender left it out."""
        code = self._get_fields()[2]
        return _FORMATS[code] if code < len(_FORMATS) else f"unknown ({code})"

    @property
    def num_samples(self) -> int:
        """The sample count as its sender wrote it; what this SDK writes counts the samples of all channels."""
        return int(self._get_fields()[3])

    @property
    def metadata_json(self) -> bytes | None:
        """JSON that belongs to these samples, as bytes of UTF-8, or None."""
        metadata_json: bytes | None = self._get_fields()[4]
        return metadata_json

    @property
    def duration(self) -> float:
        """How long the samples last, in seconds."""
        return len(self.samples) / self.sample_rate

    @property
    def samples(self) -> Array:
        """The samples as a numpy array: ``(n,)`` for one channel, ``(n, channels)`` for more.

        A view without a copy: read-only on a received message, so that writing raises. ``samples.copy()`` is
        writable.

        Raises:
            ValueError: the format is unknown, or the bytes are no whole number of samples.
        """
        import numpy as np

        _, channels, code, _, _ = self._get_fields()
        if not 0 < code < len(_DTYPES):
            raise ValueError(
                f"audio of format {self.format} has no samples that numpy could show; its bytes are in body"
            )
        try:
            flat: Array = np.frombuffer(memoryview(self._body), _DTYPES[code])
            return flat if channels <= 1 else flat.reshape(-1, channels)
        except ValueError as error:
            size = self.body.nbytes
            raise ValueError(f"{size} bytes are no whole number of {channels}-channel {self.format} samples") from error


def audio_to_fill(
    take_slot: Callable[[int, int], Buffer | None],
    num_samples: int,
    sample_rate: int,
    channels: int,
    format: str,
    metadata: Mapping[str, str] | None,
    timestamp_us: int | None,
) -> AudioData:
    """Audio whose samples are still to be written, in a slot of shared memory where there is one.

    Args:
        take_slot: Gives memory for so many bytes of body and of meta, or None.
        num_samples: Samples of all channels.
        sample_rate: Samples per second of one channel.
        channels: Number of channels.
        format: ``"f32"``, ``"i16"`` or ``"i32"``.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time; inherited when None.

    Raises:
        TypeError: there is no such format.
        ValueError: the samples cannot be split into the channels.
    """
    if format not in _CODES:
        raise TypeError(f"the format of samples is 'f32', 'i16' or 'i32', not {format!r}")
    if channels < 1 or num_samples < 0 or num_samples % channels:
        raise ValueError(f"{num_samples} samples cannot be split into {channels} channels")
    data = AudioData.__new__(AudioData)
    data._set(b"", (sample_rate, channels, _CODES[format], num_samples, None), metadata, timestamp_us)
    size = num_samples * _ITEM_SIZES[format]
    slot = take_slot(size, len(data._get_meta()))
    data._body = bytearray(size) if slot is None else slot
    return data


def _from_bytes(samples: Buffer, channels: int, format: str | None) -> tuple[Buffer, int, int]:
    if format not in _CODES:
        raise TypeError(f"bytes of samples need format='f32', 'i16' or 'i32', not {format!r}")
    body = plain_bytes(samples, "samples")
    frame = channels * _ITEM_SIZES[format]
    size = memoryview(body).nbytes
    if size % frame:
        raise ValueError(f"{size} bytes are no whole number of {channels}-channel {format} samples")
    return body, _CODES[format], size // frame * channels


def _from_array(samples: object, channels: int | None, format: str | None) -> tuple[Buffer, int, int, int]:
    array = plain_array(samples, "samples")
    dtype = array.dtype
    own = _FORMAT_OF_DTYPE.get((dtype.kind, dtype.itemsize))
    if own is None or format not in (None, own):
        wanted = "float32, int16 or int32" if own is None else f"of format {format}"
        raise TypeError(
            f"samples are {dtype} but must be {wanted}; convert them first, for example with "
            "(samples * 32767).astype('int16') or samples.astype('float32')"
        )
    if array.ndim not in (1, 2):
        raise ValueError(f"samples have shape {array.shape} but must be (n,) or (n, channels)")
    if array.ndim == 2 and channels not in (None, array.shape[1]):
        raise ValueError(
            f"samples have shape {array.shape} but {channels} channels need (n, {channels}); transpose them?"
        )
    if channels is None:
        channels = 1 if array.ndim == 1 else array.shape[1]
    if channels < 1 or array.size % channels:
        raise ValueError(f"{array.size} samples cannot be split into {channels} channels")
    return array_body(array), channels, _CODES[own], array.size
