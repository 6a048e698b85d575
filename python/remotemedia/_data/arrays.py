"""Tensors and numpy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from remotemedia._data.base import RuntimeData
from remotemedia._data.buffers import array_body, array_view, is_bytes_like, plain_array, plain_bytes
from remotemedia._frame import NUMPY, TENSOR

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from remotemedia._data.buffers import Array

# The wire's TensorDtype by position, and numpy's name of each.
_TENSOR_DTYPES = ("unspecified", "f32", "f16", "i32", "i8", "u8")
_NUMPY_DTYPES = ("", "<f4", "<f2", "<i4", "|i1", "|u1")


class TensorData(RuntimeData, code=TENSOR):
    """A dense tensor in C order.

    Args:
        array: A numpy array, or a tensor on the CPU that numpy can view; or bytes with `shape` and `dtype`.
        layout: What the axes are, for example ``"NCHW"``.
        shape: For bytes: items along each axis.
        dtype: For bytes: ``"f32"``, ``"f16"``, ``"i32"``, ``"i8"`` or ``"u8"``.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time; inherited from the input when left out.

    Raises:
        TypeError: tensors have no such dtype (``RuntimeData.numpy`` has them all).
        ValueError: the bytes do not fill the shape.
    """

    __slots__ = ()
    _names = ("dtype", "shape", "layout")

    def __init__(
        self,
        array: Array | Buffer,
        *,
        layout: str = "",
        shape: Sequence[int] | None = None,
        dtype: str | None = None,
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        if is_bytes_like(array):
            if shape is None or dtype not in _TENSOR_DTYPES[1:]:
                raise TypeError(f"bytes of a tensor need shape=(…) and dtype= one of {', '.join(_TENSOR_DTYPES[1:])}")
            code, shape, body = _TENSOR_DTYPES.index(dtype), tuple(shape), plain_bytes(array, "a tensor")
            _check_size(body, shape, _NUMPY_DTYPES[code])
        else:
            plain = plain_array(array, "a tensor")
            if plain.dtype.str not in _NUMPY_DTYPES:
                raise TypeError(
                    f"tensors have no dtype {plain.dtype}; convert it to one of "
                    f"{', '.join(_TENSOR_DTYPES[1:])}, or send it with RuntimeData.numpy"
                )
            code, shape, body = _NUMPY_DTYPES.index(plain.dtype.str), plain.shape, array_body(plain)
        self._set(body, (code, shape, layout), metadata, timestamp_us)

    @property
    def dtype(self) -> str:
        """``"f32"``, ``"f16"``, ``"i32"``, ``"i8"``, ``"u8"``, or ``"unspecified"``."""
        code = self._get_fields()[0]
        return _TENSOR_DTYPES[code] if code < len(_TENSOR_DTYPES) else f"unknown ({code})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Items along each axis, ``()`` for a single number."""
        shape: tuple[int, ...] = self._get_fields()[1]
        return shape

    @property
    def layout(self) -> str:
        """What the axes are, empty when not said."""
        return str(self._get_fields()[2])

    @property
    def array(self) -> Array:
        """The tensor as a numpy array of `shape`: a view, read-only on a received message.

        Raises:
            ValueError: the dtype is unknown, or the bytes do not fill the shape.
        """
        import numpy as np

        code, shape, _ = self._get_fields()
        if not 0 < code < len(_NUMPY_DTYPES):
            raise ValueError(f"a tensor of dtype {self.dtype} cannot be shown as an array; its bytes are in body")
        _check_size(self._body, shape, _NUMPY_DTYPES[code])
        return array_view(self._body, np.dtype(_NUMPY_DTYPES[code]), shape)


class NumpyData(RuntimeData, code=NUMPY):
    """A numpy array, bit for bit.

    Every plain dtype goes: numbers of all sizes, bool, complex, dates, fixed-size text and bytes. The array is sent
    in C order and little endian, and copied first when it is not. Objects and structured dtypes are refused.

    Args:
        array: A numpy array of any shape, 0-d and empty ones too.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time; inherited from the input when left out.

    Raises:
        TypeError: the dtype cannot be sent.
    """

    __slots__ = ()
    _names = ("dtype", "shape", "strides", "c_contiguous", "f_contiguous")

    def __init__(
        self,
        array: Array,
        *,
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        plain = plain_array(array, "an array")
        flags = plain.flags
        fields = (str(plain.dtype), plain.shape, plain.strides, flags.c_contiguous, flags.f_contiguous)
        self._set(array_body(plain), fields, metadata, timestamp_us)

    @property
    def dtype(self) -> str:
        """As numpy writes it, for example ``"float32"`` or ``"<f4"``."""
        return str(self._get_fields()[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """Items along each axis, ``()`` for a 0-d array."""
        shape: tuple[int, ...] = self._get_fields()[1]
        return shape

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one item to the next along each axis."""
        strides: tuple[int, ...] = self._get_fields()[2]
        return strides

    @property
    def c_contiguous(self) -> bool:
        """Whether the sender said that the last axis lies densest."""
        return bool(self._get_fields()[3])

    @property
    def f_contiguous(self) -> bool:
        """Whether the sender said that the first axis lies densest."""
        return bool(self._get_fields()[4])

    @property
    def array(self) -> Array:
        """The array: a view, read-only on a received message, so that writing raises.

        ``array.copy()`` is writable.

        Raises:
            ValueError: numpy knows no such dtype, it holds objects, or shape and strides leave the bytes.
        """
        import numpy as np

        name, shape, strides, c_contiguous, _ = self._get_fields()
        try:
            dtype = np.dtype(name)
        except (TypeError, ValueError, SyntaxError) as error:
            raise ValueError(f"numpy knows no dtype {name!r}") from error
        # Strides say nothing that C order does not, and senders in other languages leave them out.
        return array_view(self._body, dtype, shape, None if c_contiguous or not strides else strides)


def _check_size(body: Buffer, shape: Sequence[int], dtype: str) -> None:
    expected = int(dtype[-1])
    for length in shape:
        expected *= length
    size = memoryview(body).nbytes
    if size != expected:
        raise ValueError(f"shape {tuple(shape)} needs {expected} bytes, but there are {size}")
