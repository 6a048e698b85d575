"""From what a node returns to data."""

from __future__ import annotations

from remotemedia._data.arrays import NumpyData
from remotemedia._data.base import RuntimeData
from remotemedia._data.buffers import is_array, is_bytes_like
from remotemedia._data.files import BinaryData
from remotemedia._data.text import TextData


def to_data(value: object) -> RuntimeData:
    """What a node may return as it is: data, text, bytes, a numpy array.

    Raises:
        TypeError: the value is of another type, or could mean several kinds.
    """
    if isinstance(value, RuntimeData):
        return value
    if isinstance(value, str):
        return TextData(value)
    if is_bytes_like(value):
        return BinaryData(value)
    if is_array(value):
        return NumpyData(value)
    raise TypeError(
        f"a node's output must be RuntimeData, str, bytes or a numpy array, not {type(value).__name__}; "
        "make it with RuntimeData.json(...), RuntimeData.audio(...) or one of their siblings"
    )
