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
from remotemedia._facts import AudioFormat, Engine
from remotemedia._frame import FrameError
from remotemedia._node import MultiprocessNode
from remotemedia._params import ParamsError
from remotemedia._registry import NodeType, find_node_type, register_node, registered_node_types
from remotemedia._requirements import (
    Gap,
    MissingRequirementsError,
    Package,
    Program,
    PythonVersion,
    Requirement,
    Weights,
    allowed_model_path,
    find_model,
)

__all__ = [
    "AudioData",
    "AudioFormat",
    "BatchHint",
    "BinaryData",
    "CancelSpeculation",
    "CompositeData",
    "ControlData",
    "DeadlineWarning",
    "Engine",
    "FileData",
    "FrameError",
    "Gap",
    "JsonData",
    "MissingRequirementsError",
    "MultiprocessNode",
    "NodeType",
    "NumpyData",
    "Package",
    "ParamsError",
    "Program",
    "PythonVersion",
    "Requirement",
    "RuntimeData",
    "TensorData",
    "TextData",
    "VideoData",
    "Weights",
    "allowed_model_path",
    "find_model",
    "find_node_type",
    "register_node",
    "registered_node_types",
]
