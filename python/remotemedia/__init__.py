"""Python nodes for RemoteMedia pipelines.

    from remotemedia import MultiprocessNode, RuntimeData, register_node

Importing this loads next to nothing; a name loads what it needs when it is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remotemedia.core.multiprocessing import (
        AudioData,
        AudioFormat,
        BatchHint,
        BinaryData,
        CancelSpeculation,
        CompositeData,
        ControlData,
        DeadlineWarning,
        Engine,
        FileData,
        FrameError,
        Gap,
        JsonData,
        MissingRequirementsError,
        MultiprocessNode,
        NodeType,
        NumpyData,
        Package,
        ParamsError,
        Program,
        PythonVersion,
        Requirement,
        RuntimeData,
        TensorData,
        TextData,
        VideoData,
        Weights,
        allowed_model_path,
        find_model,
        find_node_type,
        register_node,
        registered_node_types,
    )

__version__ = "0.1.0"

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
    "__version__",
    "allowed_model_path",
    "find_model",
    "find_node_type",
    "register_node",
    "registered_node_types",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from remotemedia.core import multiprocessing

    value = globals()[name] = getattr(multiprocessing, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
