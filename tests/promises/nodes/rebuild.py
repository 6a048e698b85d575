"""Read every field of a message and make a new one of them with the constructor of its kind."""

from collections.abc import Callable

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


def _audio(data: RuntimeData) -> RuntimeData:
    return RuntimeData.audio(
        data.samples, data.sample_rate, data.channels, metadata_json=data.metadata_json, metadata=data.metadata
    )


def _video(data: RuntimeData) -> RuntimeData:
    # Encoded pixels have no shape.
    pixels = data.body if data.format in ("encoded", "unspecified") else data.array
    return RuntimeData.video(
        pixels,
        data.width,
        data.height,
        data.format,
        frame_number=data.frame_number,
        video_timestamp_us=data.video_timestamp_us,
        codec=data.codec,
        is_keyframe=data.is_keyframe,
        metadata=data.metadata,
    )


def _tensor(data: RuntimeData) -> RuntimeData:
    if data.dtype == "unspecified":
        return data.copy()
    return RuntimeData.tensor(data.array, layout=data.layout, metadata=data.metadata)


def _numpy(data: RuntimeData) -> RuntimeData:
    array = data.array
    assert array.shape == data.shape
    # The constructor writes C order, this machine's byte order and one spelling; what has another layout stays as it is.
    is_plain = data.c_contiguous and array.strides == data.strides and array.dtype.isnative
    if is_plain and str(array.dtype) == data.dtype:
        return RuntimeData.numpy(array, metadata=data.metadata)
    return data.copy()


def _text(data: RuntimeData) -> RuntimeData:
    # Text that already is bytes goes without a look at its encoding.
    text = data.body if data.encoding in ("", "utf-16") else data.text
    return RuntimeData.text(
        text, language=data.language, channel=data.channel, encoding=data.encoding, metadata=data.metadata
    )


def _json(data: RuntimeData) -> RuntimeData:
    if not data.payload:
        return RuntimeData.json.from_text("", schema_type=data.schema_type, metadata=data.metadata)
    return RuntimeData.json(data.json, schema_type=data.schema_type, metadata=data.metadata)


def _binary(data: RuntimeData) -> RuntimeData:
    return RuntimeData.binary(bytes(data), data.mime_type, metadata=data.metadata)


def _file(data: RuntimeData) -> RuntimeData:
    return RuntimeData.file(
        data.path,
        filename=data.filename,
        mime_type=data.mime_type,
        size=data.size,
        offset=data.offset,
        length=data.length,
        stream_id=data.stream_id,
        metadata=data.metadata,
    )


def _control(data: RuntimeData) -> RuntimeData:
    return RuntimeData.control(
        data.message,
        segment_id=data.segment_id,
        timestamp_ms=data.timestamp_ms,
        control_metadata=data.control_metadata,
        metadata=data.metadata,
    )


def _composite(data: RuntimeData) -> RuntimeData:
    parts = {name: _REBUILD[part.kind](part) for name, part in data.buffers.items()}
    return RuntimeData.named(parts, metadata=data.metadata)


_REBUILD: dict[str, Callable[[RuntimeData], RuntimeData]] = {
    "audio": _audio,
    "video": _video,
    "tensor": _tensor,
    "numpy": _numpy,
    "text": _text,
    "json": _json,
    "binary": _binary,
    "file": _file,
    "control": _control,
    "composite": _composite,
}


@register_node("RebuildNode")
class RebuildNode(MultiprocessNode):
    """Gives back an equal message that shares no field with the one that came."""

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Read and rebuild."""
        return _REBUILD[data.kind](data)
