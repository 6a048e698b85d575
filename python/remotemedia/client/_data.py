"""Runtime data to the wire's buffers and back. Every field passes as it is, numbers this version does not know too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from remotemedia._data import (
    AudioData,
    BinaryData,
    ControlData,
    FileData,
    JsonData,
    NumpyData,
    RuntimeData,
    TensorData,
    TextData,
    VideoData,
    to_data,
)
from remotemedia._data.base import new_data
from remotemedia._frame import Fields
from remotemedia.errors import make_error
from remotemedia.wire import remotemedia_pb2 as wire

if TYPE_CHECKING:
    from remotemedia._data.buffers import Array

    Input = RuntimeData | str | bytes | Array | tuple[Array, int]
    """What can be sent: data of any kind, text, bytes, an array, or samples with their rate (which is audio)."""
else:
    Input = object


def to_runtime_data(value: Input) -> RuntimeData:
    """What a caller gave, as data.

    Raises:
        TypeError: it could mean several kinds, or its dtype cannot be sent.
    """
    if isinstance(value, tuple):
        samples, sample_rate = value
        return AudioData(samples, sample_rate)
    return to_data(value)


def fill_buffer(buffer: wire.DataBuffer, data: RuntimeData) -> None:
    """Writes data into an empty buffer, where it stands in its message: a large body is copied once.

    Raises:
        InputError: a composite, for which the wire has only the named buffers of a chunk.
    """
    write = _WRITERS.get(type(data))
    if write is None:
        raise make_error(
            "input.invalid",
            f"Data of kind {data.kind} has no form of its own on the wire",
            hint="Send a composite as a chunk of a stream.",
        )
    if data.metadata:
        buffer.metadata.update(data.metadata)
    content = getattr(buffer, data.kind)
    content.SetInParent()  # also where every field has its default
    write(content, data, data._get_fields())


def from_buffer(buffer: wire.DataBuffer, *, node_id: str = "", sequence: int | None = None) -> RuntimeData:
    """The wire's message as data, whose arrays are views on the received bytes.

    Args:
        buffer: The message.
        node_id: Node that it came from.
        sequence: Its number in the stream.

    Raises:
        InputError: the buffer is empty.
    """
    kind = buffer.WhichOneof("data_type")
    if kind is None:
        raise make_error("input.invalid", "A buffer has no content")
    made, read = _READERS[kind]
    body, fields = read(getattr(buffer, kind))
    data = new_data(made, body, fields, buffer.metadata)
    data.sequence = sequence
    data.source = node_id
    return data


def _body(data: RuntimeData) -> bytes:
    body = data._body
    return body if isinstance(body, bytes) else data.body.tobytes()


def _write_audio(it: wire.AudioBuffer, data: RuntimeData, fields: Fields) -> None:
    it.samples = _body(data)
    it.sample_rate, it.channels, it.format, it.num_samples, metadata_json = fields
    if metadata_json is not None:
        it.metadata_json = metadata_json


def _write_video(it: wire.VideoFrame, data: RuntimeData, fields: Fields) -> None:
    it.pixel_data = _body(data)
    it.width, it.height, it.format, it.frame_number, it.timestamp_us, it.codec, it.is_keyframe = fields


def _write_tensor(it: wire.TensorBuffer, data: RuntimeData, fields: Fields) -> None:
    it.data = _body(data)
    it.dtype, shape, it.layout = fields
    it.shape.extend(shape)


def _write_numpy(it: wire.NumpyBuffer, data: RuntimeData, fields: Fields) -> None:
    it.data = _body(data)
    it.dtype, shape, strides, it.c_contiguous, it.f_contiguous = fields
    it.shape.extend(shape)
    it.strides.extend(strides)


def _write_text(it: wire.TextBuffer, data: RuntimeData, fields: Fields) -> None:
    it.text_data = _body(data)
    it.encoding, it.language, it.channel = fields


def _write_json(it: wire.JsonData, data: RuntimeData, fields: Fields) -> None:
    it.json_payload = str(data._body, "utf-8")
    (it.schema_type,) = fields


def _write_binary(it: wire.BinaryBuffer, data: RuntimeData, fields: Fields) -> None:
    it.data = _body(data)
    (it.mime_type,) = fields


def _write_file(it: wire.FileBuffer, _: RuntimeData, fields: Fields) -> None:
    it.path, it.filename, it.mime_type, it.size, it.offset, it.length, it.stream_id = fields


def _write_control(it: wire.ControlMessage, _: RuntimeData, fields: Fields) -> None:
    code, a, b, it.segment_id, it.timestamp_ms, it.metadata = fields
    if code == 1:
        it.cancel_speculation.CopyFrom(wire.CancelSpeculation(from_timestamp=a, to_timestamp=b))
    elif code == 2:
        it.batch_hint.CopyFrom(wire.BatchHint(suggested_batch_size=a))
    elif code == 3:
        it.deadline_warning.CopyFrom(wire.DeadlineWarning(deadline_us=a))


def _read_audio(it: wire.AudioBuffer) -> tuple[bytes, Fields]:
    metadata_json = it.metadata_json if it.HasField("metadata_json") else None
    return it.samples, (it.sample_rate, it.channels, it.format, it.num_samples, metadata_json)


def _read_video(it: wire.VideoFrame) -> tuple[bytes, Fields]:
    numbers = (it.width, it.height, it.format, it.frame_number, it.timestamp_us, it.codec)
    return it.pixel_data, (*numbers, it.is_keyframe)


def _read_tensor(it: wire.TensorBuffer) -> tuple[bytes, Fields]:
    return it.data, (it.dtype, tuple(it.shape), it.layout)


def _read_numpy(it: wire.NumpyBuffer) -> tuple[bytes, Fields]:
    return it.data, (it.dtype, tuple(it.shape), tuple(it.strides), it.c_contiguous, it.f_contiguous)


def _read_text(it: wire.TextBuffer) -> tuple[bytes, Fields]:
    return it.text_data, (it.encoding, it.language, it.channel)


def _read_json(it: wire.JsonData) -> tuple[bytes, Fields]:
    return it.json_payload.encode(), (it.schema_type,)


def _read_binary(it: wire.BinaryBuffer) -> tuple[bytes, Fields]:
    return it.data, (it.mime_type,)


def _read_file(it: wire.FileBuffer) -> tuple[bytes, Fields]:
    return b"", (it.path, it.filename, it.mime_type, it.size, it.offset, it.length, it.stream_id)


def _read_control(it: wire.ControlMessage) -> tuple[bytes, Fields]:
    match it.WhichOneof("message_type"):
        case "cancel_speculation":
            request = (1, it.cancel_speculation.from_timestamp, it.cancel_speculation.to_timestamp)
        case "batch_hint":
            request = (2, it.batch_hint.suggested_batch_size, 0)
        case "deadline_warning":
            request = (3, it.deadline_warning.deadline_us, 0)
        case _:
            request = (0, 0, 0)
    return b"", (*request, it.segment_id, it.timestamp_ms, it.metadata)


_WRITERS: Mapping[type[RuntimeData], Callable[[Any, RuntimeData, Fields], None]] = {
    AudioData: _write_audio,
    VideoData: _write_video,
    TensorData: _write_tensor,
    NumpyData: _write_numpy,
    TextData: _write_text,
    JsonData: _write_json,
    BinaryData: _write_binary,
    FileData: _write_file,
    ControlData: _write_control,
}
_READERS: Mapping[str, tuple[type[RuntimeData], Callable[[Any], tuple[bytes, Fields]]]] = {
    "audio": (AudioData, _read_audio),
    "video": (VideoData, _read_video),
    "tensor": (TensorData, _read_tensor),
    "numpy": (NumpyData, _read_numpy),
    "text": (TextData, _read_text),
    "json": (JsonData, _read_json),
    "binary": (BinaryData, _read_binary),
    "file": (FileData, _read_file),
    "control": (ControlData, _read_control),
}
