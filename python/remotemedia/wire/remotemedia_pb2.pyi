from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RuntimeHint(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUNTIME_HINT_UNSPECIFIED: _ClassVar[RuntimeHint]
    RUNTIME_HINT_RUSTPYTHON: _ClassVar[RuntimeHint]
    RUNTIME_HINT_CPYTHON: _ClassVar[RuntimeHint]
    RUNTIME_HINT_CPYTHON_WASM: _ClassVar[RuntimeHint]
    RUNTIME_HINT_AUTO: _ClassVar[RuntimeHint]

class DataTypeHint(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATA_TYPE_HINT_UNSPECIFIED: _ClassVar[DataTypeHint]
    DATA_TYPE_HINT_AUDIO: _ClassVar[DataTypeHint]
    DATA_TYPE_HINT_VIDEO: _ClassVar[DataTypeHint]
    DATA_TYPE_HINT_TENSOR: _ClassVar[DataTypeHint]
    DATA_TYPE_HINT_JSON: _ClassVar[DataTypeHint]
    DATA_TYPE_HINT_TEXT: _ClassVar[DataTypeHint]
    DATA_TYPE_HINT_BINARY: _ClassVar[DataTypeHint]
    DATA_TYPE_HINT_ANY: _ClassVar[DataTypeHint]
    DATA_TYPE_HINT_FILE: _ClassVar[DataTypeHint]

class AudioFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIO_FORMAT_UNSPECIFIED: _ClassVar[AudioFormat]
    AUDIO_FORMAT_F32: _ClassVar[AudioFormat]
    AUDIO_FORMAT_I16: _ClassVar[AudioFormat]
    AUDIO_FORMAT_I32: _ClassVar[AudioFormat]

class PixelFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PIXEL_FORMAT_UNSPECIFIED: _ClassVar[PixelFormat]
    PIXEL_FORMAT_RGB24: _ClassVar[PixelFormat]
    PIXEL_FORMAT_RGBA32: _ClassVar[PixelFormat]
    PIXEL_FORMAT_YUV420P: _ClassVar[PixelFormat]
    PIXEL_FORMAT_GRAY8: _ClassVar[PixelFormat]
    PIXEL_FORMAT_I420: _ClassVar[PixelFormat]
    PIXEL_FORMAT_NV12: _ClassVar[PixelFormat]
    PIXEL_FORMAT_ENCODED: _ClassVar[PixelFormat]

class VideoCodec(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VIDEO_CODEC_UNSPECIFIED: _ClassVar[VideoCodec]
    VIDEO_CODEC_VP8: _ClassVar[VideoCodec]
    VIDEO_CODEC_H264: _ClassVar[VideoCodec]
    VIDEO_CODEC_AV1: _ClassVar[VideoCodec]

class TensorDtype(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TENSOR_DTYPE_UNSPECIFIED: _ClassVar[TensorDtype]
    TENSOR_DTYPE_F32: _ClassVar[TensorDtype]
    TENSOR_DTYPE_F16: _ClassVar[TensorDtype]
    TENSOR_DTYPE_I32: _ClassVar[TensorDtype]
    TENSOR_DTYPE_I8: _ClassVar[TensorDtype]
    TENSOR_DTYPE_U8: _ClassVar[TensorDtype]

class ExecutionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXECUTION_STATUS_UNSPECIFIED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_SUCCESS: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_PARTIAL_SUCCESS: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_FAILED: _ClassVar[ExecutionStatus]

class NodeStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NODE_STATUS_UNSPECIFIED: _ClassVar[NodeStatus]
    NODE_STATUS_SUCCESS: _ClassVar[NodeStatus]
    NODE_STATUS_SKIPPED: _ClassVar[NodeStatus]
    NODE_STATUS_FAILED: _ClassVar[NodeStatus]

class ErrorType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_TYPE_UNSPECIFIED: _ClassVar[ErrorType]
    ERROR_TYPE_VALIDATION: _ClassVar[ErrorType]
    ERROR_TYPE_NODE_EXECUTION: _ClassVar[ErrorType]
    ERROR_TYPE_RESOURCE_LIMIT: _ClassVar[ErrorType]
    ERROR_TYPE_AUTHENTICATION: _ClassVar[ErrorType]
    ERROR_TYPE_VERSION_MISMATCH: _ClassVar[ErrorType]
    ERROR_TYPE_INTERNAL: _ClassVar[ErrorType]
    ERROR_TYPE_TYPE_VALIDATION: _ClassVar[ErrorType]

class StreamErrorType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STREAM_ERROR_UNSPECIFIED: _ClassVar[StreamErrorType]
    STREAM_ERROR_INIT_REQUIRED: _ClassVar[StreamErrorType]
    STREAM_ERROR_INVALID_SEQUENCE: _ClassVar[StreamErrorType]
    STREAM_ERROR_BUFFER_OVERFLOW: _ClassVar[StreamErrorType]
    STREAM_ERROR_TIMEOUT: _ClassVar[StreamErrorType]
    STREAM_ERROR_CLIENT_DISCONNECT: _ClassVar[StreamErrorType]
    STREAM_ERROR_EXECUTION: _ClassVar[StreamErrorType]

class ControlDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTROL_DIRECTION_UNSPECIFIED: _ClassVar[ControlDirection]
    CONTROL_DIRECTION_IN: _ClassVar[ControlDirection]
    CONTROL_DIRECTION_OUT: _ClassVar[ControlDirection]

class NodeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NODE_STATE_UNSPECIFIED: _ClassVar[NodeState]
    NODE_STATE_ENABLED: _ClassVar[NodeState]
    NODE_STATE_BYPASS: _ClassVar[NodeState]
    NODE_STATE_DISABLED: _ClassVar[NodeState]

class ControlErrorCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTROL_ERROR_CODE_UNSPECIFIED: _ClassVar[ControlErrorCode]
    CONTROL_ERROR_CODE_SESSION_NOT_FOUND: _ClassVar[ControlErrorCode]
    CONTROL_ERROR_CODE_UNKNOWN_NODE: _ClassVar[ControlErrorCode]
    CONTROL_ERROR_CODE_INVALID_ADDRESS: _ClassVar[ControlErrorCode]
    CONTROL_ERROR_CODE_PROTOCOL: _ClassVar[ControlErrorCode]
    CONTROL_ERROR_CODE_UNAUTHORIZED: _ClassVar[ControlErrorCode]
    CONTROL_ERROR_CODE_INTERNAL: _ClassVar[ControlErrorCode]

class CloseReasonCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOSE_REASON_CODE_UNSPECIFIED: _ClassVar[CloseReasonCode]
    CLOSE_REASON_CODE_NORMAL: _ClassVar[CloseReasonCode]
    CLOSE_REASON_CODE_ERROR: _ClassVar[CloseReasonCode]
RUNTIME_HINT_UNSPECIFIED: RuntimeHint
RUNTIME_HINT_RUSTPYTHON: RuntimeHint
RUNTIME_HINT_CPYTHON: RuntimeHint
RUNTIME_HINT_CPYTHON_WASM: RuntimeHint
RUNTIME_HINT_AUTO: RuntimeHint
DATA_TYPE_HINT_UNSPECIFIED: DataTypeHint
DATA_TYPE_HINT_AUDIO: DataTypeHint
DATA_TYPE_HINT_VIDEO: DataTypeHint
DATA_TYPE_HINT_TENSOR: DataTypeHint
DATA_TYPE_HINT_JSON: DataTypeHint
DATA_TYPE_HINT_TEXT: DataTypeHint
DATA_TYPE_HINT_BINARY: DataTypeHint
DATA_TYPE_HINT_ANY: DataTypeHint
DATA_TYPE_HINT_FILE: DataTypeHint
AUDIO_FORMAT_UNSPECIFIED: AudioFormat
AUDIO_FORMAT_F32: AudioFormat
AUDIO_FORMAT_I16: AudioFormat
AUDIO_FORMAT_I32: AudioFormat
PIXEL_FORMAT_UNSPECIFIED: PixelFormat
PIXEL_FORMAT_RGB24: PixelFormat
PIXEL_FORMAT_RGBA32: PixelFormat
PIXEL_FORMAT_YUV420P: PixelFormat
PIXEL_FORMAT_GRAY8: PixelFormat
PIXEL_FORMAT_I420: PixelFormat
PIXEL_FORMAT_NV12: PixelFormat
PIXEL_FORMAT_ENCODED: PixelFormat
VIDEO_CODEC_UNSPECIFIED: VideoCodec
VIDEO_CODEC_VP8: VideoCodec
VIDEO_CODEC_H264: VideoCodec
VIDEO_CODEC_AV1: VideoCodec
TENSOR_DTYPE_UNSPECIFIED: TensorDtype
TENSOR_DTYPE_F32: TensorDtype
TENSOR_DTYPE_F16: TensorDtype
TENSOR_DTYPE_I32: TensorDtype
TENSOR_DTYPE_I8: TensorDtype
TENSOR_DTYPE_U8: TensorDtype
EXECUTION_STATUS_UNSPECIFIED: ExecutionStatus
EXECUTION_STATUS_SUCCESS: ExecutionStatus
EXECUTION_STATUS_PARTIAL_SUCCESS: ExecutionStatus
EXECUTION_STATUS_FAILED: ExecutionStatus
NODE_STATUS_UNSPECIFIED: NodeStatus
NODE_STATUS_SUCCESS: NodeStatus
NODE_STATUS_SKIPPED: NodeStatus
NODE_STATUS_FAILED: NodeStatus
ERROR_TYPE_UNSPECIFIED: ErrorType
ERROR_TYPE_VALIDATION: ErrorType
ERROR_TYPE_NODE_EXECUTION: ErrorType
ERROR_TYPE_RESOURCE_LIMIT: ErrorType
ERROR_TYPE_AUTHENTICATION: ErrorType
ERROR_TYPE_VERSION_MISMATCH: ErrorType
ERROR_TYPE_INTERNAL: ErrorType
ERROR_TYPE_TYPE_VALIDATION: ErrorType
STREAM_ERROR_UNSPECIFIED: StreamErrorType
STREAM_ERROR_INIT_REQUIRED: StreamErrorType
STREAM_ERROR_INVALID_SEQUENCE: StreamErrorType
STREAM_ERROR_BUFFER_OVERFLOW: StreamErrorType
STREAM_ERROR_TIMEOUT: StreamErrorType
STREAM_ERROR_CLIENT_DISCONNECT: StreamErrorType
STREAM_ERROR_EXECUTION: StreamErrorType
CONTROL_DIRECTION_UNSPECIFIED: ControlDirection
CONTROL_DIRECTION_IN: ControlDirection
CONTROL_DIRECTION_OUT: ControlDirection
NODE_STATE_UNSPECIFIED: NodeState
NODE_STATE_ENABLED: NodeState
NODE_STATE_BYPASS: NodeState
NODE_STATE_DISABLED: NodeState
CONTROL_ERROR_CODE_UNSPECIFIED: ControlErrorCode
CONTROL_ERROR_CODE_SESSION_NOT_FOUND: ControlErrorCode
CONTROL_ERROR_CODE_UNKNOWN_NODE: ControlErrorCode
CONTROL_ERROR_CODE_INVALID_ADDRESS: ControlErrorCode
CONTROL_ERROR_CODE_PROTOCOL: ControlErrorCode
CONTROL_ERROR_CODE_UNAUTHORIZED: ControlErrorCode
CONTROL_ERROR_CODE_INTERNAL: ControlErrorCode
CLOSE_REASON_CODE_UNSPECIFIED: CloseReasonCode
CLOSE_REASON_CODE_NORMAL: CloseReasonCode
CLOSE_REASON_CODE_ERROR: CloseReasonCode

class PipelineManifest(_message.Message):
    __slots__ = ("version", "metadata", "nodes", "connections")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    version: str
    metadata: ManifestMetadata
    nodes: _containers.RepeatedCompositeFieldContainer[NodeManifest]
    connections: _containers.RepeatedCompositeFieldContainer[Connection]
    def __init__(self, version: _Optional[str] = ..., metadata: _Optional[_Union[ManifestMetadata, _Mapping]] = ..., nodes: _Optional[_Iterable[_Union[NodeManifest, _Mapping]]] = ..., connections: _Optional[_Iterable[_Union[Connection, _Mapping]]] = ...) -> None: ...

class ManifestMetadata(_message.Message):
    __slots__ = ("name", "description", "created_at", "multiprocess")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    MULTIPROCESS_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    created_at: str
    multiprocess: _struct_pb2.Struct
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., created_at: _Optional[str] = ..., multiprocess: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class NodeManifest(_message.Message):
    __slots__ = ("id", "node_type", "params", "is_streaming", "capabilities", "host", "runtime_hint", "input_types", "output_types", "params_json")
    class ParamsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _struct_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    NODE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PARAMS_FIELD_NUMBER: _ClassVar[int]
    IS_STREAMING_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_HINT_FIELD_NUMBER: _ClassVar[int]
    INPUT_TYPES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TYPES_FIELD_NUMBER: _ClassVar[int]
    PARAMS_JSON_FIELD_NUMBER: _ClassVar[int]
    id: str
    node_type: str
    params: _containers.MessageMap[str, _struct_pb2.Value]
    is_streaming: bool
    capabilities: CapabilityRequirements
    host: str
    runtime_hint: RuntimeHint
    input_types: _containers.RepeatedScalarFieldContainer[DataTypeHint]
    output_types: _containers.RepeatedScalarFieldContainer[DataTypeHint]
    params_json: str
    def __init__(self, id: _Optional[str] = ..., node_type: _Optional[str] = ..., params: _Optional[_Mapping[str, _struct_pb2.Value]] = ..., is_streaming: _Optional[bool] = ..., capabilities: _Optional[_Union[CapabilityRequirements, _Mapping]] = ..., host: _Optional[str] = ..., runtime_hint: _Optional[_Union[RuntimeHint, str]] = ..., input_types: _Optional[_Iterable[_Union[DataTypeHint, str]]] = ..., output_types: _Optional[_Iterable[_Union[DataTypeHint, str]]] = ..., params_json: _Optional[str] = ...) -> None: ...

class Connection(_message.Message):
    __slots__ = ("to",)
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    to: str
    def __init__(self, to: _Optional[str] = ..., **kwargs) -> None: ...

class CapabilityRequirements(_message.Message):
    __slots__ = ("gpu", "cpu", "memory_gb")
    GPU_FIELD_NUMBER: _ClassVar[int]
    CPU_FIELD_NUMBER: _ClassVar[int]
    MEMORY_GB_FIELD_NUMBER: _ClassVar[int]
    gpu: GpuRequirement
    cpu: CpuRequirement
    memory_gb: float
    def __init__(self, gpu: _Optional[_Union[GpuRequirement, _Mapping]] = ..., cpu: _Optional[_Union[CpuRequirement, _Mapping]] = ..., memory_gb: _Optional[float] = ...) -> None: ...

class GpuRequirement(_message.Message):
    __slots__ = ("type", "min_memory_gb", "required")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MIN_MEMORY_GB_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    type: str
    min_memory_gb: float
    required: bool
    def __init__(self, type: _Optional[str] = ..., min_memory_gb: _Optional[float] = ..., required: _Optional[bool] = ...) -> None: ...

class CpuRequirement(_message.Message):
    __slots__ = ("cores", "arch")
    CORES_FIELD_NUMBER: _ClassVar[int]
    ARCH_FIELD_NUMBER: _ClassVar[int]
    cores: int
    arch: str
    def __init__(self, cores: _Optional[int] = ..., arch: _Optional[str] = ...) -> None: ...

class DataBuffer(_message.Message):
    __slots__ = ("audio", "video", "tensor", "json", "text", "binary", "control", "numpy", "file", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    AUDIO_FIELD_NUMBER: _ClassVar[int]
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    TENSOR_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    BINARY_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    NUMPY_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    audio: AudioBuffer
    video: VideoFrame
    tensor: TensorBuffer
    json: JsonData
    text: TextBuffer
    binary: BinaryBuffer
    control: ControlMessage
    numpy: NumpyBuffer
    file: FileBuffer
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, audio: _Optional[_Union[AudioBuffer, _Mapping]] = ..., video: _Optional[_Union[VideoFrame, _Mapping]] = ..., tensor: _Optional[_Union[TensorBuffer, _Mapping]] = ..., json: _Optional[_Union[JsonData, _Mapping]] = ..., text: _Optional[_Union[TextBuffer, _Mapping]] = ..., binary: _Optional[_Union[BinaryBuffer, _Mapping]] = ..., control: _Optional[_Union[ControlMessage, _Mapping]] = ..., numpy: _Optional[_Union[NumpyBuffer, _Mapping]] = ..., file: _Optional[_Union[FileBuffer, _Mapping]] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class AudioBuffer(_message.Message):
    __slots__ = ("samples", "sample_rate", "channels", "format", "num_samples", "metadata_json")
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    NUM_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    METADATA_JSON_FIELD_NUMBER: _ClassVar[int]
    samples: bytes
    sample_rate: int
    channels: int
    format: AudioFormat
    num_samples: int
    metadata_json: bytes
    def __init__(self, samples: _Optional[bytes] = ..., sample_rate: _Optional[int] = ..., channels: _Optional[int] = ..., format: _Optional[_Union[AudioFormat, str]] = ..., num_samples: _Optional[int] = ..., metadata_json: _Optional[bytes] = ...) -> None: ...

class VideoFrame(_message.Message):
    __slots__ = ("pixel_data", "width", "height", "format", "frame_number", "timestamp_us", "codec", "is_keyframe")
    PIXEL_DATA_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    FRAME_NUMBER_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_US_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    IS_KEYFRAME_FIELD_NUMBER: _ClassVar[int]
    pixel_data: bytes
    width: int
    height: int
    format: PixelFormat
    frame_number: int
    timestamp_us: int
    codec: VideoCodec
    is_keyframe: bool
    def __init__(self, pixel_data: _Optional[bytes] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., format: _Optional[_Union[PixelFormat, str]] = ..., frame_number: _Optional[int] = ..., timestamp_us: _Optional[int] = ..., codec: _Optional[_Union[VideoCodec, str]] = ..., is_keyframe: _Optional[bool] = ...) -> None: ...

class TensorBuffer(_message.Message):
    __slots__ = ("data", "shape", "dtype", "layout")
    DATA_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    DTYPE_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    shape: _containers.RepeatedScalarFieldContainer[int]
    dtype: TensorDtype
    layout: str
    def __init__(self, data: _Optional[bytes] = ..., shape: _Optional[_Iterable[int]] = ..., dtype: _Optional[_Union[TensorDtype, str]] = ..., layout: _Optional[str] = ...) -> None: ...

class NumpyBuffer(_message.Message):
    __slots__ = ("data", "shape", "dtype", "strides", "c_contiguous", "f_contiguous")
    DATA_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    DTYPE_FIELD_NUMBER: _ClassVar[int]
    STRIDES_FIELD_NUMBER: _ClassVar[int]
    C_CONTIGUOUS_FIELD_NUMBER: _ClassVar[int]
    F_CONTIGUOUS_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    shape: _containers.RepeatedScalarFieldContainer[int]
    dtype: str
    strides: _containers.RepeatedScalarFieldContainer[int]
    c_contiguous: bool
    f_contiguous: bool
    def __init__(self, data: _Optional[bytes] = ..., shape: _Optional[_Iterable[int]] = ..., dtype: _Optional[str] = ..., strides: _Optional[_Iterable[int]] = ..., c_contiguous: _Optional[bool] = ..., f_contiguous: _Optional[bool] = ...) -> None: ...

class TextBuffer(_message.Message):
    __slots__ = ("text_data", "encoding", "language", "channel")
    TEXT_DATA_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    text_data: bytes
    encoding: str
    language: str
    channel: str
    def __init__(self, text_data: _Optional[bytes] = ..., encoding: _Optional[str] = ..., language: _Optional[str] = ..., channel: _Optional[str] = ...) -> None: ...

class JsonData(_message.Message):
    __slots__ = ("json_payload", "schema_type")
    JSON_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_TYPE_FIELD_NUMBER: _ClassVar[int]
    json_payload: str
    schema_type: str
    def __init__(self, json_payload: _Optional[str] = ..., schema_type: _Optional[str] = ...) -> None: ...

class BinaryBuffer(_message.Message):
    __slots__ = ("data", "mime_type")
    DATA_FIELD_NUMBER: _ClassVar[int]
    MIME_TYPE_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    mime_type: str
    def __init__(self, data: _Optional[bytes] = ..., mime_type: _Optional[str] = ...) -> None: ...

class FileBuffer(_message.Message):
    __slots__ = ("path", "filename", "mime_type", "size", "offset", "length", "stream_id")
    PATH_FIELD_NUMBER: _ClassVar[int]
    FILENAME_FIELD_NUMBER: _ClassVar[int]
    MIME_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    path: str
    filename: str
    mime_type: str
    size: int
    offset: int
    length: int
    stream_id: str
    def __init__(self, path: _Optional[str] = ..., filename: _Optional[str] = ..., mime_type: _Optional[str] = ..., size: _Optional[int] = ..., offset: _Optional[int] = ..., length: _Optional[int] = ..., stream_id: _Optional[str] = ...) -> None: ...

class ControlMessage(_message.Message):
    __slots__ = ("cancel_speculation", "batch_hint", "deadline_warning", "segment_id", "timestamp_ms", "metadata")
    CANCEL_SPECULATION_FIELD_NUMBER: _ClassVar[int]
    BATCH_HINT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_WARNING_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_MS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    cancel_speculation: CancelSpeculation
    batch_hint: BatchHint
    deadline_warning: DeadlineWarning
    segment_id: str
    timestamp_ms: int
    metadata: str
    def __init__(self, cancel_speculation: _Optional[_Union[CancelSpeculation, _Mapping]] = ..., batch_hint: _Optional[_Union[BatchHint, _Mapping]] = ..., deadline_warning: _Optional[_Union[DeadlineWarning, _Mapping]] = ..., segment_id: _Optional[str] = ..., timestamp_ms: _Optional[int] = ..., metadata: _Optional[str] = ...) -> None: ...

class CancelSpeculation(_message.Message):
    __slots__ = ("from_timestamp", "to_timestamp")
    FROM_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    TO_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    from_timestamp: int
    to_timestamp: int
    def __init__(self, from_timestamp: _Optional[int] = ..., to_timestamp: _Optional[int] = ...) -> None: ...

class BatchHint(_message.Message):
    __slots__ = ("suggested_batch_size",)
    SUGGESTED_BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    suggested_batch_size: int
    def __init__(self, suggested_batch_size: _Optional[int] = ...) -> None: ...

class DeadlineWarning(_message.Message):
    __slots__ = ("deadline_us",)
    DEADLINE_US_FIELD_NUMBER: _ClassVar[int]
    deadline_us: int
    def __init__(self, deadline_us: _Optional[int] = ...) -> None: ...

class ExecuteRequest(_message.Message):
    __slots__ = ("manifest", "data_inputs", "resource_limits", "client_version", "version", "metadata", "nodes", "connections", "manifest_json")
    class DataInputsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: DataBuffer
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[DataBuffer, _Mapping]] = ...) -> None: ...
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    DATA_INPUTS_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_LIMITS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_JSON_FIELD_NUMBER: _ClassVar[int]
    manifest: PipelineManifest
    data_inputs: _containers.MessageMap[str, DataBuffer]
    resource_limits: ResourceLimits
    client_version: str
    version: str
    metadata: ManifestMetadata
    nodes: _containers.RepeatedCompositeFieldContainer[NodeManifest]
    connections: _containers.RepeatedCompositeFieldContainer[Connection]
    manifest_json: str
    def __init__(self, manifest: _Optional[_Union[PipelineManifest, _Mapping]] = ..., data_inputs: _Optional[_Mapping[str, DataBuffer]] = ..., resource_limits: _Optional[_Union[ResourceLimits, _Mapping]] = ..., client_version: _Optional[str] = ..., version: _Optional[str] = ..., metadata: _Optional[_Union[ManifestMetadata, _Mapping]] = ..., nodes: _Optional[_Iterable[_Union[NodeManifest, _Mapping]]] = ..., connections: _Optional[_Iterable[_Union[Connection, _Mapping]]] = ..., manifest_json: _Optional[str] = ...) -> None: ...

class ResourceLimits(_message.Message):
    __slots__ = ("max_memory_bytes", "max_timeout_ms", "max_audio_samples")
    MAX_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_AUDIO_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    max_memory_bytes: int
    max_timeout_ms: int
    max_audio_samples: int
    def __init__(self, max_memory_bytes: _Optional[int] = ..., max_timeout_ms: _Optional[int] = ..., max_audio_samples: _Optional[int] = ...) -> None: ...

class ExecuteResponse(_message.Message):
    __slots__ = ("result", "error", "status", "warnings")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    result: ExecutionResult
    error: ErrorResponse
    status: str
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, result: _Optional[_Union[ExecutionResult, _Mapping]] = ..., error: _Optional[_Union[ErrorResponse, _Mapping]] = ..., status: _Optional[str] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class ExecutionResult(_message.Message):
    __slots__ = ("data_outputs", "metrics", "node_results", "status", "outputs")
    class DataOutputsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: DataBuffer
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[DataBuffer, _Mapping]] = ...) -> None: ...
    DATA_OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    NODE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    data_outputs: _containers.MessageMap[str, DataBuffer]
    metrics: ExecutionMetrics
    node_results: _containers.RepeatedCompositeFieldContainer[NodeResult]
    status: ExecutionStatus
    outputs: _containers.RepeatedCompositeFieldContainer[NodeOutput]
    def __init__(self, data_outputs: _Optional[_Mapping[str, DataBuffer]] = ..., metrics: _Optional[_Union[ExecutionMetrics, _Mapping]] = ..., node_results: _Optional[_Iterable[_Union[NodeResult, _Mapping]]] = ..., status: _Optional[_Union[ExecutionStatus, str]] = ..., outputs: _Optional[_Iterable[_Union[NodeOutput, _Mapping]]] = ...) -> None: ...

class NodeOutput(_message.Message):
    __slots__ = ("node_id", "sequence", "buffer")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    BUFFER_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    sequence: int
    buffer: DataBuffer
    def __init__(self, node_id: _Optional[str] = ..., sequence: _Optional[int] = ..., buffer: _Optional[_Union[DataBuffer, _Mapping]] = ...) -> None: ...

class ExecutionMetrics(_message.Message):
    __slots__ = ("wall_time_ms", "cpu_time_ms", "memory_used_bytes", "node_metrics", "serialization_time_ms", "proto_to_runtime_ms", "runtime_to_proto_ms", "data_type_breakdown", "connections", "messages_dropped", "sequence_gaps")
    class NodeMetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: NodeMetrics
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[NodeMetrics, _Mapping]] = ...) -> None: ...
    class DataTypeBreakdownEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    WALL_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    CPU_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    NODE_METRICS_FIELD_NUMBER: _ClassVar[int]
    SERIALIZATION_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    PROTO_TO_RUNTIME_MS_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_TO_PROTO_MS_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_BREAKDOWN_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_DROPPED_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_GAPS_FIELD_NUMBER: _ClassVar[int]
    wall_time_ms: float
    cpu_time_ms: float
    memory_used_bytes: int
    node_metrics: _containers.MessageMap[str, NodeMetrics]
    serialization_time_ms: float
    proto_to_runtime_ms: float
    runtime_to_proto_ms: float
    data_type_breakdown: _containers.ScalarMap[str, int]
    connections: _containers.RepeatedCompositeFieldContainer[ConnectionMetrics]
    messages_dropped: int
    sequence_gaps: int
    def __init__(self, wall_time_ms: _Optional[float] = ..., cpu_time_ms: _Optional[float] = ..., memory_used_bytes: _Optional[int] = ..., node_metrics: _Optional[_Mapping[str, NodeMetrics]] = ..., serialization_time_ms: _Optional[float] = ..., proto_to_runtime_ms: _Optional[float] = ..., runtime_to_proto_ms: _Optional[float] = ..., data_type_breakdown: _Optional[_Mapping[str, int]] = ..., connections: _Optional[_Iterable[_Union[ConnectionMetrics, _Mapping]]] = ..., messages_dropped: _Optional[int] = ..., sequence_gaps: _Optional[int] = ...) -> None: ...

class ConnectionMetrics(_message.Message):
    __slots__ = ("to", "sent", "received", "dropped", "depth", "full_episodes")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    FULL_EPISODES_FIELD_NUMBER: _ClassVar[int]
    to: str
    sent: int
    received: int
    dropped: int
    depth: int
    full_episodes: int
    def __init__(self, to: _Optional[str] = ..., sent: _Optional[int] = ..., received: _Optional[int] = ..., dropped: _Optional[int] = ..., depth: _Optional[int] = ..., full_episodes: _Optional[int] = ..., **kwargs) -> None: ...

class NodeMetrics(_message.Message):
    __slots__ = ("execution_time_ms", "memory_bytes", "items_processed", "custom_metrics")
    EXECUTION_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    ITEMS_PROCESSED_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_METRICS_FIELD_NUMBER: _ClassVar[int]
    execution_time_ms: float
    memory_bytes: int
    items_processed: int
    custom_metrics: str
    def __init__(self, execution_time_ms: _Optional[float] = ..., memory_bytes: _Optional[int] = ..., items_processed: _Optional[int] = ..., custom_metrics: _Optional[str] = ...) -> None: ...

class NodeResult(_message.Message):
    __slots__ = ("node_id", "status", "error", "output_metadata")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_METADATA_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    status: NodeStatus
    error: ErrorResponse
    output_metadata: str
    def __init__(self, node_id: _Optional[str] = ..., status: _Optional[_Union[NodeStatus, str]] = ..., error: _Optional[_Union[ErrorResponse, _Mapping]] = ..., output_metadata: _Optional[str] = ...) -> None: ...

class ErrorResponse(_message.Message):
    __slots__ = ("error_type", "message", "failing_node_id", "context", "stack_trace", "code", "hint", "exit_code", "signal", "sequence")
    ERROR_TYPE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FAILING_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    STACK_TRACE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    error_type: ErrorType
    message: str
    failing_node_id: str
    context: str
    stack_trace: str
    code: str
    hint: str
    exit_code: int
    signal: str
    sequence: int
    def __init__(self, error_type: _Optional[_Union[ErrorType, str]] = ..., message: _Optional[str] = ..., failing_node_id: _Optional[str] = ..., context: _Optional[str] = ..., stack_trace: _Optional[str] = ..., code: _Optional[str] = ..., hint: _Optional[str] = ..., exit_code: _Optional[int] = ..., signal: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class StreamErrorResponse(_message.Message):
    __slots__ = ("base_error", "stream_error_type", "failing_sequence", "session_id")
    BASE_ERROR_FIELD_NUMBER: _ClassVar[int]
    STREAM_ERROR_TYPE_FIELD_NUMBER: _ClassVar[int]
    FAILING_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    base_error: ErrorResponse
    stream_error_type: StreamErrorType
    failing_sequence: int
    session_id: str
    def __init__(self, base_error: _Optional[_Union[ErrorResponse, _Mapping]] = ..., stream_error_type: _Optional[_Union[StreamErrorType, str]] = ..., failing_sequence: _Optional[int] = ..., session_id: _Optional[str] = ...) -> None: ...

class VersionRequest(_message.Message):
    __slots__ = ("client_version",)
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    client_version: str
    def __init__(self, client_version: _Optional[str] = ...) -> None: ...

class VersionResponse(_message.Message):
    __slots__ = ("version_info", "compatible", "compatibility_message")
    VERSION_INFO_FIELD_NUMBER: _ClassVar[int]
    COMPATIBLE_FIELD_NUMBER: _ClassVar[int]
    COMPATIBILITY_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    version_info: VersionInfo
    compatible: bool
    compatibility_message: str
    def __init__(self, version_info: _Optional[_Union[VersionInfo, _Mapping]] = ..., compatible: _Optional[bool] = ..., compatibility_message: _Optional[str] = ...) -> None: ...

class VersionInfo(_message.Message):
    __slots__ = ("protocol_version", "runtime_version", "supported_node_types", "supported_protocols", "build_timestamp")
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_VERSION_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_NODE_TYPES_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_PROTOCOLS_FIELD_NUMBER: _ClassVar[int]
    BUILD_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    protocol_version: str
    runtime_version: str
    supported_node_types: _containers.RepeatedScalarFieldContainer[str]
    supported_protocols: _containers.RepeatedScalarFieldContainer[str]
    build_timestamp: str
    def __init__(self, protocol_version: _Optional[str] = ..., runtime_version: _Optional[str] = ..., supported_node_types: _Optional[_Iterable[str]] = ..., supported_protocols: _Optional[_Iterable[str]] = ..., build_timestamp: _Optional[str] = ...) -> None: ...

class StreamRequest(_message.Message):
    __slots__ = ("init", "data_chunk", "audio_chunk", "control")
    INIT_FIELD_NUMBER: _ClassVar[int]
    DATA_CHUNK_FIELD_NUMBER: _ClassVar[int]
    AUDIO_CHUNK_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    init: StreamInit
    data_chunk: DataChunk
    audio_chunk: AudioChunk
    control: StreamControl
    def __init__(self, init: _Optional[_Union[StreamInit, _Mapping]] = ..., data_chunk: _Optional[_Union[DataChunk, _Mapping]] = ..., audio_chunk: _Optional[_Union[AudioChunk, _Mapping]] = ..., control: _Optional[_Union[StreamControl, _Mapping]] = ...) -> None: ...

class StreamInit(_message.Message):
    __slots__ = ("manifest", "data_inputs", "resource_limits", "client_version", "expected_chunk_size", "manifest_json")
    class DataInputsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: DataBuffer
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[DataBuffer, _Mapping]] = ...) -> None: ...
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    DATA_INPUTS_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_LIMITS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_CHUNK_SIZE_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_JSON_FIELD_NUMBER: _ClassVar[int]
    manifest: PipelineManifest
    data_inputs: _containers.MessageMap[str, DataBuffer]
    resource_limits: ResourceLimits
    client_version: str
    expected_chunk_size: int
    manifest_json: str
    def __init__(self, manifest: _Optional[_Union[PipelineManifest, _Mapping]] = ..., data_inputs: _Optional[_Mapping[str, DataBuffer]] = ..., resource_limits: _Optional[_Union[ResourceLimits, _Mapping]] = ..., client_version: _Optional[str] = ..., expected_chunk_size: _Optional[int] = ..., manifest_json: _Optional[str] = ...) -> None: ...

class DataChunk(_message.Message):
    __slots__ = ("node_id", "buffer", "named_buffers", "sequence", "timestamp_ms")
    class NamedBuffersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: DataBuffer
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[DataBuffer, _Mapping]] = ...) -> None: ...
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    BUFFER_FIELD_NUMBER: _ClassVar[int]
    NAMED_BUFFERS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_MS_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    buffer: DataBuffer
    named_buffers: _containers.MessageMap[str, DataBuffer]
    sequence: int
    timestamp_ms: int
    def __init__(self, node_id: _Optional[str] = ..., buffer: _Optional[_Union[DataBuffer, _Mapping]] = ..., named_buffers: _Optional[_Mapping[str, DataBuffer]] = ..., sequence: _Optional[int] = ..., timestamp_ms: _Optional[int] = ...) -> None: ...

class AudioChunk(_message.Message):
    __slots__ = ("node_id", "buffer", "sequence", "timestamp_ms")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    BUFFER_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_MS_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    buffer: AudioBuffer
    sequence: int
    timestamp_ms: int
    def __init__(self, node_id: _Optional[str] = ..., buffer: _Optional[_Union[AudioBuffer, _Mapping]] = ..., sequence: _Optional[int] = ..., timestamp_ms: _Optional[int] = ...) -> None: ...

class StreamControl(_message.Message):
    __slots__ = ("command",)
    class Command(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        COMMAND_UNSPECIFIED: _ClassVar[StreamControl.Command]
        COMMAND_CLOSE: _ClassVar[StreamControl.Command]
        COMMAND_CANCEL: _ClassVar[StreamControl.Command]
    COMMAND_UNSPECIFIED: StreamControl.Command
    COMMAND_CLOSE: StreamControl.Command
    COMMAND_CANCEL: StreamControl.Command
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    command: StreamControl.Command
    def __init__(self, command: _Optional[_Union[StreamControl.Command, str]] = ...) -> None: ...

class StreamResponse(_message.Message):
    __slots__ = ("ready", "result", "error", "metrics", "closed", "init_progress")
    READY_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    INIT_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    ready: StreamReady
    result: ChunkResult
    error: ErrorResponse
    metrics: StreamMetrics
    closed: StreamClosed
    init_progress: InitProgress
    def __init__(self, ready: _Optional[_Union[StreamReady, _Mapping]] = ..., result: _Optional[_Union[ChunkResult, _Mapping]] = ..., error: _Optional[_Union[ErrorResponse, _Mapping]] = ..., metrics: _Optional[_Union[StreamMetrics, _Mapping]] = ..., closed: _Optional[_Union[StreamClosed, _Mapping]] = ..., init_progress: _Optional[_Union[InitProgress, _Mapping]] = ...) -> None: ...

class InitProgress(_message.Message):
    __slots__ = ("node_id", "status", "fraction", "message", "elapsed_ms")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_MS_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    status: str
    fraction: float
    message: str
    elapsed_ms: float
    def __init__(self, node_id: _Optional[str] = ..., status: _Optional[str] = ..., fraction: _Optional[float] = ..., message: _Optional[str] = ..., elapsed_ms: _Optional[float] = ...) -> None: ...

class StreamReady(_message.Message):
    __slots__ = ("session_id", "recommended_chunk_size", "max_buffer_latency_ms", "warnings")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RECOMMENDED_CHUNK_SIZE_FIELD_NUMBER: _ClassVar[int]
    MAX_BUFFER_LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    recommended_chunk_size: int
    max_buffer_latency_ms: int
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, session_id: _Optional[str] = ..., recommended_chunk_size: _Optional[int] = ..., max_buffer_latency_ms: _Optional[int] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class ChunkResult(_message.Message):
    __slots__ = ("sequence", "data_outputs", "processing_time_ms", "total_items_processed")
    class DataOutputsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: DataBuffer
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[DataBuffer, _Mapping]] = ...) -> None: ...
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DATA_OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    PROCESSING_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_ITEMS_PROCESSED_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    data_outputs: _containers.MessageMap[str, DataBuffer]
    processing_time_ms: float
    total_items_processed: int
    def __init__(self, sequence: _Optional[int] = ..., data_outputs: _Optional[_Mapping[str, DataBuffer]] = ..., processing_time_ms: _Optional[float] = ..., total_items_processed: _Optional[int] = ...) -> None: ...

class StreamMetrics(_message.Message):
    __slots__ = ("session_id", "chunks_processed", "average_latency_ms", "total_items", "buffer_items", "chunks_dropped", "peak_memory_bytes", "data_type_breakdown", "cache_hits", "cache_misses", "cached_nodes_count", "cache_hit_rate", "connections", "sequence_gaps")
    class DataTypeBreakdownEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CHUNKS_PROCESSED_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_ITEMS_FIELD_NUMBER: _ClassVar[int]
    BUFFER_ITEMS_FIELD_NUMBER: _ClassVar[int]
    CHUNKS_DROPPED_FIELD_NUMBER: _ClassVar[int]
    PEAK_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    DATA_TYPE_BREAKDOWN_FIELD_NUMBER: _ClassVar[int]
    CACHE_HITS_FIELD_NUMBER: _ClassVar[int]
    CACHE_MISSES_FIELD_NUMBER: _ClassVar[int]
    CACHED_NODES_COUNT_FIELD_NUMBER: _ClassVar[int]
    CACHE_HIT_RATE_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_GAPS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    chunks_processed: int
    average_latency_ms: float
    total_items: int
    buffer_items: int
    chunks_dropped: int
    peak_memory_bytes: int
    data_type_breakdown: _containers.ScalarMap[str, int]
    cache_hits: int
    cache_misses: int
    cached_nodes_count: int
    cache_hit_rate: float
    connections: _containers.RepeatedCompositeFieldContainer[ConnectionMetrics]
    sequence_gaps: int
    def __init__(self, session_id: _Optional[str] = ..., chunks_processed: _Optional[int] = ..., average_latency_ms: _Optional[float] = ..., total_items: _Optional[int] = ..., buffer_items: _Optional[int] = ..., chunks_dropped: _Optional[int] = ..., peak_memory_bytes: _Optional[int] = ..., data_type_breakdown: _Optional[_Mapping[str, int]] = ..., cache_hits: _Optional[int] = ..., cache_misses: _Optional[int] = ..., cached_nodes_count: _Optional[int] = ..., cache_hit_rate: _Optional[float] = ..., connections: _Optional[_Iterable[_Union[ConnectionMetrics, _Mapping]]] = ..., sequence_gaps: _Optional[int] = ...) -> None: ...

class StreamClosed(_message.Message):
    __slots__ = ("session_id", "final_metrics", "reason")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    FINAL_METRICS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    final_metrics: ExecutionMetrics
    reason: str
    def __init__(self, session_id: _Optional[str] = ..., final_metrics: _Optional[_Union[ExecutionMetrics, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class ControlFrame(_message.Message):
    __slots__ = ("hello", "subscribe", "unsubscribe", "publish", "intercept", "remove_intercept", "intercept_reply", "set_node_state", "clear_node_state")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    UNSUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_FIELD_NUMBER: _ClassVar[int]
    INTERCEPT_FIELD_NUMBER: _ClassVar[int]
    REMOVE_INTERCEPT_FIELD_NUMBER: _ClassVar[int]
    INTERCEPT_REPLY_FIELD_NUMBER: _ClassVar[int]
    SET_NODE_STATE_FIELD_NUMBER: _ClassVar[int]
    CLEAR_NODE_STATE_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    subscribe: Subscribe
    unsubscribe: Unsubscribe
    publish: Publish
    intercept: Intercept
    remove_intercept: RemoveIntercept
    intercept_reply: InterceptReply
    set_node_state: SetNodeState
    clear_node_state: ClearNodeState
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., subscribe: _Optional[_Union[Subscribe, _Mapping]] = ..., unsubscribe: _Optional[_Union[Unsubscribe, _Mapping]] = ..., publish: _Optional[_Union[Publish, _Mapping]] = ..., intercept: _Optional[_Union[Intercept, _Mapping]] = ..., remove_intercept: _Optional[_Union[RemoveIntercept, _Mapping]] = ..., intercept_reply: _Optional[_Union[InterceptReply, _Mapping]] = ..., set_node_state: _Optional[_Union[SetNodeState, _Mapping]] = ..., clear_node_state: _Optional[_Union[ClearNodeState, _Mapping]] = ...) -> None: ...

class ControlEvent(_message.Message):
    __slots__ = ("attached", "tap", "intercept_request", "error", "session_closed")
    ATTACHED_FIELD_NUMBER: _ClassVar[int]
    TAP_FIELD_NUMBER: _ClassVar[int]
    INTERCEPT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    SESSION_CLOSED_FIELD_NUMBER: _ClassVar[int]
    attached: Attached
    tap: TapEvent
    intercept_request: InterceptRequest
    error: ErrorEvent
    session_closed: SessionClosed
    def __init__(self, attached: _Optional[_Union[Attached, _Mapping]] = ..., tap: _Optional[_Union[TapEvent, _Mapping]] = ..., intercept_request: _Optional[_Union[InterceptRequest, _Mapping]] = ..., error: _Optional[_Union[ErrorEvent, _Mapping]] = ..., session_closed: _Optional[_Union[SessionClosed, _Mapping]] = ...) -> None: ...

class ControlAddress(_message.Message):
    __slots__ = ("node_id", "port", "direction")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    port: str
    direction: ControlDirection
    def __init__(self, node_id: _Optional[str] = ..., port: _Optional[str] = ..., direction: _Optional[_Union[ControlDirection, str]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("session_id", "attach_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ATTACH_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    attach_id: str
    def __init__(self, session_id: _Optional[str] = ..., attach_id: _Optional[str] = ...) -> None: ...

class Attached(_message.Message):
    __slots__ = ("session_id", "attach_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ATTACH_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    attach_id: str
    def __init__(self, session_id: _Optional[str] = ..., attach_id: _Optional[str] = ...) -> None: ...

class Subscribe(_message.Message):
    __slots__ = ("addr",)
    ADDR_FIELD_NUMBER: _ClassVar[int]
    addr: ControlAddress
    def __init__(self, addr: _Optional[_Union[ControlAddress, _Mapping]] = ...) -> None: ...

class Unsubscribe(_message.Message):
    __slots__ = ("addr",)
    ADDR_FIELD_NUMBER: _ClassVar[int]
    addr: ControlAddress
    def __init__(self, addr: _Optional[_Union[ControlAddress, _Mapping]] = ...) -> None: ...

class Publish(_message.Message):
    __slots__ = ("addr", "data")
    ADDR_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    addr: ControlAddress
    data: DataBuffer
    def __init__(self, addr: _Optional[_Union[ControlAddress, _Mapping]] = ..., data: _Optional[_Union[DataBuffer, _Mapping]] = ...) -> None: ...

class TapEvent(_message.Message):
    __slots__ = ("addr", "data")
    ADDR_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    addr: ControlAddress
    data: DataBuffer
    def __init__(self, addr: _Optional[_Union[ControlAddress, _Mapping]] = ..., data: _Optional[_Union[DataBuffer, _Mapping]] = ...) -> None: ...

class Intercept(_message.Message):
    __slots__ = ("addr", "deadline_ms")
    ADDR_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    addr: ControlAddress
    deadline_ms: int
    def __init__(self, addr: _Optional[_Union[ControlAddress, _Mapping]] = ..., deadline_ms: _Optional[int] = ...) -> None: ...

class RemoveIntercept(_message.Message):
    __slots__ = ("addr",)
    ADDR_FIELD_NUMBER: _ClassVar[int]
    addr: ControlAddress
    def __init__(self, addr: _Optional[_Union[ControlAddress, _Mapping]] = ...) -> None: ...

class InterceptRequest(_message.Message):
    __slots__ = ("addr", "correlation_id", "data")
    ADDR_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    addr: ControlAddress
    correlation_id: int
    data: DataBuffer
    def __init__(self, addr: _Optional[_Union[ControlAddress, _Mapping]] = ..., correlation_id: _Optional[int] = ..., data: _Optional[_Union[DataBuffer, _Mapping]] = ...) -> None: ...

class InterceptReply(_message.Message):
    __slots__ = ("correlation_id", "decision")
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    correlation_id: int
    decision: InterceptDecision
    def __init__(self, correlation_id: _Optional[int] = ..., decision: _Optional[_Union[InterceptDecision, _Mapping]] = ...) -> None: ...

class InterceptDecision(_message.Message):
    __slots__ = ("replace", "drop")
    PASS_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    DROP_FIELD_NUMBER: _ClassVar[int]
    replace: DataBuffer
    drop: Empty
    def __init__(self, replace: _Optional[_Union[DataBuffer, _Mapping]] = ..., drop: _Optional[_Union[Empty, _Mapping]] = ..., **kwargs) -> None: ...

class Empty(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SetNodeState(_message.Message):
    __slots__ = ("node_id", "state")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    state: NodeState
    def __init__(self, node_id: _Optional[str] = ..., state: _Optional[_Union[NodeState, str]] = ...) -> None: ...

class ClearNodeState(_message.Message):
    __slots__ = ("node_id",)
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    def __init__(self, node_id: _Optional[str] = ...) -> None: ...

class ErrorEvent(_message.Message):
    __slots__ = ("code", "message", "addr")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ADDR_FIELD_NUMBER: _ClassVar[int]
    code: ControlErrorCode
    message: str
    addr: ControlAddress
    def __init__(self, code: _Optional[_Union[ControlErrorCode, str]] = ..., message: _Optional[str] = ..., addr: _Optional[_Union[ControlAddress, _Mapping]] = ...) -> None: ...

class SessionClosed(_message.Message):
    __slots__ = ("reason", "detail")
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    reason: CloseReasonCode
    detail: str
    def __init__(self, reason: _Optional[_Union[CloseReasonCode, str]] = ..., detail: _Optional[str] = ...) -> None: ...
