"""RuntimeData: what travels between nodes, one class per kind."""

from remotemedia._data.arrays import NumpyData, TensorData
from remotemedia._data.audio import AudioData
from remotemedia._data.base import RuntimeData, open_received
from remotemedia._data.composite import CompositeData
from remotemedia._data.control import BatchHint, CancelSpeculation, ControlData, DeadlineWarning
from remotemedia._data.files import BinaryData, FileData
from remotemedia._data.outputs import to_data
from remotemedia._data.text import JsonData, TextData
from remotemedia._data.video import VideoData

__all__ = [
    "AudioData",
    "BatchHint",
    "BinaryData",
    "CancelSpeculation",
    "CompositeData",
    "ControlData",
    "DeadlineWarning",
    "FileData",
    "JsonData",
    "NumpyData",
    "RuntimeData",
    "TensorData",
    "TextData",
    "VideoData",
    "open_received",
    "to_data",
]
