"""From what users hand in to plain bytes: C order, little endian, nothing that is a pointer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard, cast

if TYPE_CHECKING:
    import numpy as np
    from typing_extensions import Buffer

    Array = np.ndarray[Any, np.dtype[Any]]


_BYTES_LIKE = (bytes, bytearray, memoryview)
# The kinds of dtype whose arrays the buffer protocol exports as they are: bool, integers, floats, complex.
_EXPORTED = "biufc"


def is_array(value: object) -> TypeGuard[Array]:
    """Whether this is a numpy array; loads numpy for nobody."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def is_array_like(value: object) -> bool:
    """Whether numpy can view this: its own arrays and scalars, and tensors of other libraries on the CPU."""
    return hasattr(value, "__array__")


def is_bytes_like(value: object) -> TypeGuard[Buffer]:
    """Whether this is bytes, bytearray or memoryview."""
    return isinstance(value, _BYTES_LIKE)


def plain_bytes(data: Buffer, what: str) -> Buffer:
    """The data itself when its bytes lie one after another, otherwise a copy in which they do.

    Raises:
        TypeError: this is not bytes, bytearray or memoryview.
    """
    if not is_bytes_like(data):
        raise TypeError(f"{what} must be bytes, not {type(data).__name__}")
    if isinstance(data, memoryview) and not data.c_contiguous:
        return data.tobytes()
    return data


def plain_array(values: object, what: str) -> Array:
    """The values as an array in C order and little endian; copied only when they were not.

    Raises:
        TypeError: numpy cannot view this, or its dtype holds references or has no plain name.
    """
    import numpy as np

    if not is_array_like(values):
        raise TypeError(f"{what} must be a numpy array, not {type(values).__name__}")
    array = np.asarray(values)
    dtype = array.dtype
    if dtype.isbuiltin == 1 and dtype.isnative and dtype.kind in _EXPORTED and array.flags.c_contiguous:
        return array  # the usual case, without the questions below
    if dtype.hasobject:
        raise TypeError(f"{what} of dtype {dtype} holds Python objects, which cannot leave this process")
    if dtype.fields is not None:
        raise TypeError(f"{what} has a structured dtype; send its fields one by one: {', '.join(dtype.fields)}")
    little = dtype.newbyteorder("<")
    if not _is_named(little):
        raise TypeError(f"{what} of dtype {dtype} has no name that another process knows; send a view of it")
    # Unlike ascontiguousarray, asarray leaves a 0-d array 0-d.
    return np.asarray(array, dtype=little, order="C")


def array_body(array: Array) -> Buffer:
    """The bytes of a plain array, shared with it. Dates, times and text cannot be exported, and go as numbers."""
    if array.dtype.kind in _EXPORTED:
        return cast("Buffer", array)
    import numpy as np

    return array.reshape(-1).view(np.uint8).data if array.size else b""


def array_view(
    body: Buffer, dtype: np.dtype[Any], shape: tuple[int, ...], strides: tuple[int, ...] | None = None
) -> Array:
    """An array on these bytes, without a copy. It keeps their owner alive, and is read-only when they are.

    Args:
        body: The bytes.
        dtype: What an item is.
        shape: Items along each axis; ``()`` for a single one.
        strides: Bytes from one item to the next along each axis, negative ones too; None for C order.

    Raises:
        ValueError: the array would not lie within the bytes.
    """
    import numpy as np

    if dtype.hasobject:
        # numpy itself would take the bytes for pointers.
        raise ValueError(f"dtype {dtype} holds Python objects")
    flat = np.frombuffer(memoryview(body), np.uint8)
    start = 0
    if strides is not None:
        if len(strides) != len(shape):
            raise ValueError(f"{len(strides)} strides {strides} for the {len(shape)} axes of shape {shape}")
        if 0 in shape:
            strides = None  # no items, no steps; along the other axes they would lead out of an empty body
        else:
            start = sum(-stride * (length - 1) for stride, length in zip(strides, shape, strict=True) if stride < 0)
    try:
        return np.ndarray(shape, dtype, flat, start, strides)
    except (TypeError, ValueError) as error:
        layout = "" if strides is None else f", strides {strides}"
        raise ValueError(f"shape {shape} of {dtype}{layout} does not fit a body of {flat.size} bytes") from error


def _is_named(dtype: np.dtype[Any]) -> bool:
    import numpy as np

    try:
        return np.dtype(str(dtype)) == dtype
    except TypeError:
        return False
