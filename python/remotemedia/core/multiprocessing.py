"""What a node module needs.

from remotemedia.core.multiprocessing import register_node, MultiprocessNode, RuntimeData
"""

from remotemedia._data import (
    AudioData,
    BatchHint,
    BinaryData,
    CancelSpeculation,
    CompositeData,
    ControlData,
    DeadlineWarning,
    FileData,
    JsonData,
    NumpyData,
    RuntimeData,
    TensorData,
    TextData,
    VideoData,
)
from remotemedia._frame import FrameError
from remotemedia._node import MultiprocessNode
from remotemedia._params import ParamsError
from remotemedia._registry import NodeType, find_node_type, register_node, registered_node_types

__all__ = [
    "AudioData",
    "BatchHint",
    "BinaryData",
    "CancelSpeculation",
    "CompositeData",
    "ControlData",
    "DeadlineWarning",
    "FileData",
    "FrameError",
    "JsonData",
    "MultiprocessNode",
    "NodeType",
    "NumpyData",
    "ParamsError",
    "RuntimeData",
    "TensorData",
    "TextData",
    "VideoData",
    "find_node_type",
    "register_node",
    "registered_node_types",
]
