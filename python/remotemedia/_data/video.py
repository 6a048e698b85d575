"""Video: one frame, raw or encoded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from remotemedia._data.base import RuntimeData
from remotemedia._data.buffers import array_body, array_view, is_bytes_like, plain_array, plain_bytes
from remotemedia._frame import VIDEO

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from remotemedia._data.buffers import Array

# The wire's PixelFormat and VideoCodec.
_PIXEL_FORMATS = {
    "unspecified": 0, "rgb24": 1, "rgba32": 2, "yuv420p": 3, "gray8": 4, "i420": 5, "nv12": 6, "encoded": 255,
}  # fmt: skip
_PIXEL_NAMES = {code: name for name, code in _PIXEL_FORMATS.items()}
_CODECS = ("", "vp8", "h264", "av1")
_DEPTH = {"rgb24": 3, "rgba32": 4}
_PLANAR = ("yuv420p", "i420", "nv12")


class VideoData(RuntimeData, code=VIDEO):
    """One frame.

    Args:
        pixels: A uint8 array of shape ``(height, width, 3)``, ``(height, width, 4)`` or ``(height, width)``; or bytes.
        width: In pixels; taken from the array when left out.
        height: In pixels; taken from the array when left out.
        format: ``"rgb24"``, ``"rgba32"``, ``"gray8"``, ``"yuv420p"``, ``"i420"``, ``"nv12"`` or ``"encoded"``. An array
            has rgb24, rgba32 or gray8 by its shape; a planar one of shape ``(height * 3 / 2, width)`` needs to be told.
        frame_number: Number of the frame in its stream.
        video_timestamp_us: The frame's own presentation time, microseconds.
        codec: ``"vp8"``, ``"h264"``, ``"av1"``, or ``""`` for raw pixels.
        is_keyframe: Whether the frame can be decoded alone.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time of the message; inherited from the input when left out.

    Raises:
        TypeError: bytes come without width, height and format, or the array is not uint8.
        ValueError: the array's shape fits no format.
    """

    __slots__ = ()
    _names = ("width", "height", "format", "frame_number", "video_timestamp_us", "codec", "is_keyframe")

    def __init__(
        self,
        pixels: Array | Buffer,
        width: int | None = None,
        height: int | None = None,
        format: str | None = None,
        *,
        frame_number: int = 0,
        video_timestamp_us: int = 0,
        codec: str = "",
        is_keyframe: bool = False,
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        if not is_bytes_like(pixels):
            array = plain_array(pixels, "pixels")
            own_width, own_height, format = _read_shape(array, format)
            if width not in (None, own_width) or height not in (None, own_height):
                raise ValueError(f"pixels of shape {array.shape} are {own_width}x{own_height}, not {width}x{height}")
            width, height, body = own_width, own_height, array_body(array)
        elif width is None or height is None or format is None:
            raise TypeError("bytes of pixels need width, height and format")
        else:
            body = plain_bytes(pixels, "pixels")
        if format not in _PIXEL_FORMATS or codec not in _CODECS:
            raise ValueError(f"unknown pixel format {format!r} or codec {codec!r}")
        numbers = (
            width,
            height,
            _PIXEL_FORMATS[format],
            frame_number,
            video_timestamp_us,
            _CODECS.index(codec),
        )
        self._set(body, (*numbers, is_keyframe), metadata, timestamp_us)

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self._get_fields()[0])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self._get_fields()[1])

    @property
    def format(self) -> str:
        """The pixel format, ``"encoded"`` for compressed frames."""
        code = self._get_fields()[2]
        return _PIXEL_NAMES.get(code, f"unknown ({code})")

    @property
    def frame_number(self) -> int:
        """Number of the frame in its stream."""
        return int(self._get_fields()[3])

    @property
    def video_timestamp_us(self) -> int:
        """The frame's own presentation time, microseconds."""
        return int(self._get_fields()[4])

    @property
    def codec(self) -> str:
        """The codec, ``""`` for raw pixels."""
        code = self._get_fields()[5]
        return _CODECS[code] if code < len(_CODECS) else f"unknown ({code})"

    @property
    def is_keyframe(self) -> bool:
        """Whether the frame can be decoded alone."""
        return bool(self._get_fields()[6])

    @property
    def array(self) -> Array:
        """The pixels as uint8: ``(height, width, 3 or 4)``, ``(height, width)`` for gray8, else flat.

        Planar formats come as ``(height * 3 / 2, width)``, the layout OpenCV converts from. A view, read-only on a
        received message.

        Raises:
            ValueError: the bytes do not fill the frame.
        """
        import numpy as np

        width, height, form = self.width, self.height, self.format
        shape: tuple[int, ...]
        if form in _DEPTH:
            shape = (height, width, _DEPTH[form])
        elif form == "gray8":
            shape = (height, width)
        elif form in _PLANAR and height % 2 == 0:
            shape = (height * 3 // 2, width)
        else:
            shape = (memoryview(self._body).nbytes,)
        return array_view(self._body, np.dtype(np.uint8), shape)


def _read_shape(array: Array, format: str | None) -> tuple[int, int, str]:
    """Width, height and pixel format of an array."""
    if array.dtype.str != "|u1":
        raise TypeError(f"pixels are {array.dtype} but must be uint8")
    if array.ndim == 2 and format in _PLANAR and array.shape[0] % 3 == 0:
        return array.shape[1], array.shape[0] * 2 // 3, format
    by_shape = {2: "gray8", 3: {3: "rgb24", 4: "rgba32"}.get(array.shape[-1], "") if array.ndim == 3 else ""}
    own = by_shape.get(array.ndim, "")
    if not own or format not in (None, own):
        raise ValueError(f"pixels of shape {array.shape} are not {format or 'a frame: (h, w, 3), (h, w, 4) or (h, w)'}")
    return array.shape[1], array.shape[0], own
