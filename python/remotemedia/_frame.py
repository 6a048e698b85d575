"""The meta part of a frame: what each kind of data says about its body, as packed little-endian bytes.

A frame is a body (samples, pixels, text …) and this meta. Kind-specific fields come first, then for every kind the
metadata map. A string is a u32 byte length and UTF-8; bytes are a u32 length and data; a list is a u32 count and its
items. The same layout is written in contract/src/frame; golden fixtures hold the two together.

Each `unpack_*` returns the fields and the offset at which the metadata map starts, so that the map is decoded only
for those who ask. Each `pack_*` takes the same fields back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from struct import Struct
from struct import error as StructError
from typing import Any

END, AUDIO, VIDEO, TENSOR, NUMPY, TEXT, JSON, BINARY, FILE, CONTROL, COMPOSITE = range(11)

KIND_NAMES = (
    "end", "audio", "video", "tensor", "numpy", "text", "json", "binary", "file", "control", "composite",
)  # fmt: skip

Fields = tuple[Any, ...]

_U32 = Struct("<I")
_AUDIO_HEAD = Struct("<IIIQB")
_VIDEO = Struct("<IIIQQIB")
_FLAGS = Struct("<BB")
_FILE_NUMBERS = Struct("<QQQ")
_CONTROL_HEAD = Struct("<BQQ")
_U64 = Struct("<Q")
_ENTRY_TAIL = Struct("<BQQI")

_NO_METADATA = _U32.pack(0)


class FrameError(ValueError):
    """A frame whose meta does not follow the layout."""


# Strings, bytes and lists


def _string(meta: bytes, at: int) -> tuple[str, int]:
    data, end = _bytes(meta, at)
    return data.decode(), end


def _bytes(meta: bytes, at: int) -> tuple[bytes, int]:
    (length,) = _U32.unpack_from(meta, at)
    end = at + 4 + length
    if end > len(meta):
        raise FrameError(f"a field of {length} bytes at {at} runs past the end of the {len(meta)} bytes of meta")
    return meta[at + 4 : end], end


def _numbers(meta: bytes, at: int, code: str) -> tuple[tuple[int, ...], int]:
    (count,) = _U32.unpack_from(meta, at)
    if at + 4 + 8 * count > len(meta):
        raise FrameError(f"a list of {count} numbers at {at} runs past the end of the {len(meta)} bytes of meta")
    items = Struct(f"<{count}{code}")
    return items.unpack_from(meta, at + 4), at + 4 + items.size


def _flag(number: int) -> bool:
    if number > 1:
        raise FrameError(f"a flag is 0 or 1, not {number}")
    return number == 1


def _pack_string(text: str) -> bytes:
    return _pack_bytes(text.encode())


def _pack_bytes(data: bytes) -> bytes:
    return _U32.pack(len(data)) + data


def _pack_numbers(numbers: Iterable[int], code: str) -> bytes:
    items = tuple(numbers)
    return _U32.pack(len(items)) + Struct(f"<{len(items)}{code}").pack(*items)


# One pair of functions per kind


def _unpack_audio(meta: bytes) -> tuple[Fields, int]:
    rate, channels, sample_format, num_samples, has_json = _AUDIO_HEAD.unpack_from(meta)
    metadata_json, end = _bytes(meta, _AUDIO_HEAD.size) if _flag(has_json) else (None, _AUDIO_HEAD.size)
    return (rate, channels, sample_format, num_samples, metadata_json), end


def _pack_audio(rate: int, channels: int, sample_format: int, num_samples: int, metadata_json: bytes | None) -> bytes:
    if metadata_json is None:
        return _AUDIO_HEAD.pack(rate, channels, sample_format, num_samples, 0)
    return _AUDIO_HEAD.pack(rate, channels, sample_format, num_samples, 1) + _pack_bytes(metadata_json)


def _unpack_video(meta: bytes) -> tuple[Fields, int]:
    *numbers, is_keyframe = _VIDEO.unpack_from(meta)
    return (*numbers, _flag(is_keyframe)), _VIDEO.size


def _pack_video(*fields: int) -> bytes:
    return _VIDEO.pack(*fields)


def _unpack_tensor(meta: bytes) -> tuple[Fields, int]:
    (dtype,) = _U32.unpack_from(meta)
    shape, at = _numbers(meta, 4, "Q")
    layout, at = _string(meta, at)
    return (dtype, shape, layout), at


def _pack_tensor(dtype: int, shape: Iterable[int], layout: str) -> bytes:
    return _U32.pack(dtype) + _pack_numbers(shape, "Q") + _pack_string(layout)


def _unpack_numpy(meta: bytes) -> tuple[Fields, int]:
    dtype, at = _string(meta, 0)
    shape, at = _numbers(meta, at, "Q")
    strides, at = _numbers(meta, at, "q")
    c_contiguous, f_contiguous = _FLAGS.unpack_from(meta, at)
    return (dtype, shape, strides, _flag(c_contiguous), _flag(f_contiguous)), at + _FLAGS.size


def _pack_numpy(
    dtype: str, shape: Iterable[int], strides: Iterable[int], c_contiguous: bool, f_contiguous: bool
) -> bytes:
    lists = _pack_numbers(shape, "Q") + _pack_numbers(strides, "q")
    return _pack_string(dtype) + lists + _FLAGS.pack(c_contiguous, f_contiguous)


def _strings(count: int) -> tuple[Callable[[bytes], tuple[Fields, int]], Callable[..., bytes]]:
    """The pair for a kind whose fields are `count` strings and nothing else."""

    def unpack(meta: bytes) -> tuple[Fields, int]:
        fields, at = [], 0
        for _ in range(count):
            field, at = _string(meta, at)
            fields.append(field)
        return tuple(fields), at

    def pack(*fields: str) -> bytes:
        return b"".join(map(_pack_string, fields))

    return unpack, pack


def _unpack_file(meta: bytes) -> tuple[Fields, int]:
    path, at = _string(meta, 0)
    filename, at = _string(meta, at)
    mime_type, at = _string(meta, at)
    numbers = _FILE_NUMBERS.unpack_from(meta, at)
    stream_id, at = _string(meta, at + _FILE_NUMBERS.size)
    return (path, filename, mime_type, *numbers, stream_id), at


def _pack_file(path: str, filename: str, mime_type: str, size: int, offset: int, length: int, stream_id: str) -> bytes:
    names = _pack_string(path) + _pack_string(filename) + _pack_string(mime_type)
    return names + _FILE_NUMBERS.pack(size, offset, length) + _pack_string(stream_id)


def _unpack_control(meta: bytes) -> tuple[Fields, int]:
    message, a, b = _CONTROL_HEAD.unpack_from(meta)
    segment_id, at = _string(meta, _CONTROL_HEAD.size)
    (timestamp_ms,) = _U64.unpack_from(meta, at)
    control_metadata, at = _string(meta, at + 8)
    return (message, a, b, segment_id, timestamp_ms, control_metadata), at


def _pack_control(message: int, a: int, b: int, segment_id: str, timestamp_ms: int, control_metadata: str) -> bytes:
    head = _CONTROL_HEAD.pack(message, a, b) + _pack_string(segment_id)
    return head + _U64.pack(timestamp_ms) + _pack_string(control_metadata)


def _unpack_composite(meta: bytes) -> tuple[Fields, int]:
    (count,) = _U32.unpack_from(meta)
    entries, at = [], 4
    for _ in range(count):
        name, at = _string(meta, at)
        entries.append((name, *_ENTRY_TAIL.unpack_from(meta, at)))
        at += _ENTRY_TAIL.size
    return tuple(entries), at


def _pack_composite(*entries: tuple[str, int, int, int, int]) -> bytes:
    packed = [_U32.pack(len(entries))]
    for name, kind, offset, body_len, meta_len in entries:
        packed += (_pack_string(name), _ENTRY_TAIL.pack(kind, offset, body_len, meta_len))
    return b"".join(packed)


_unpack_text, _pack_text = _strings(3)
_unpack_one, _pack_one = _strings(1)

_UNPACK: dict[int, Callable[[bytes], tuple[Fields, int]]] = {
    AUDIO: _unpack_audio, VIDEO: _unpack_video, TENSOR: _unpack_tensor, NUMPY: _unpack_numpy,
    TEXT: _unpack_text, JSON: _unpack_one, BINARY: _unpack_one, FILE: _unpack_file,
    CONTROL: _unpack_control, COMPOSITE: _unpack_composite,
}  # fmt: skip

_PACK: dict[int, Callable[..., bytes]] = {
    AUDIO: _pack_audio, VIDEO: _pack_video, TENSOR: _pack_tensor, NUMPY: _pack_numpy,
    TEXT: _pack_text, JSON: _pack_one, BINARY: _pack_one, FILE: _pack_file,
    CONTROL: _pack_control, COMPOSITE: _pack_composite,
}  # fmt: skip


def unpack_fields(kind: int, meta: bytes) -> tuple[Fields, int]:
    """The kind's own fields, in the order of the layout, and where the metadata map starts.

    A composite's fields are its entries: (name, kind, offset, body length, meta length) each.

    Raises:
        FrameError: the meta does not follow the layout.
    """
    try:
        return _UNPACK[kind](meta)
    except (StructError, UnicodeDecodeError) as error:
        raise FrameError(f"malformed {KIND_NAMES[kind]} frame: {error}") from error


def unpack_metadata(meta: bytes, at: int) -> dict[str, str]:
    """The metadata map that starts at `at`, in the order it was written.

    Raises:
        FrameError: the map is cut short, or bytes follow it.
    """
    try:
        (count,) = _U32.unpack_from(meta, at)
        at += 4
        pairs = {}
        for _ in range(count):
            key, at = _string(meta, at)
            pairs[key], at = _string(meta, at)
    except (StructError, UnicodeDecodeError) as error:
        raise FrameError(f"malformed metadata: {error}") from error
    if at != len(meta):
        raise FrameError(f"{len(meta) - at} bytes follow the metadata")
    return pairs


@lru_cache(maxsize=64)
def _pack_alone(kind: int, fields: Fields) -> bytes:
    """The meta of a frame without metadata. A stream repeats the same few, so they are packed once."""
    packed: bytes = _PACK[kind](*fields)
    return packed + _NO_METADATA


def pack_meta(kind: int, fields: Fields, metadata: Mapping[str, str]) -> bytes:
    """The meta of one frame.

    Raises:
        FrameError: a number does not fit its field, or a text cannot be written as UTF-8.
    """
    try:
        if not metadata:
            try:
                return _pack_alone(kind, fields)
            except TypeError:  # fields that cannot be a key, such as a list
                return _PACK[kind](*fields) + _NO_METADATA
        head = _PACK[kind](*fields)
        pairs = [_pack_string(key) + _pack_string(value) for key, value in metadata.items()]
    except (StructError, UnicodeEncodeError) as error:
        raise FrameError(f"cannot write this {KIND_NAMES[kind]} message: {error}") from error
    return head + _U32.pack(len(pairs)) + b"".join(pairs)
