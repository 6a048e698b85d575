"""The constructors ``RuntimeData.audio(...)``, ``RuntimeData.text(...)`` and so on.

They live on the metaclass, so that they exist on the class alone: on a message, `text` and `json` are its content,
and `audio` on a text message is an error instead of a constructor that is always true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remotemedia._data.arrays import NumpyData, TensorData
    from remotemedia._data.audio import AudioData
    from remotemedia._data.composite import CompositeData
    from remotemedia._data.control import ControlData
    from remotemedia._data.files import BinaryData, FileData
    from remotemedia._data.text import JsonData, TextData
    from remotemedia._data.video import VideoData


class Factories(type):
    """One attribute per kind of data: the class that makes it. Each class enters itself when it is defined."""

    audio: type[AudioData]
    """``RuntimeData.audio(samples, sample_rate)``: samples as a numpy array or bytes."""
    video: type[VideoData]
    """``RuntimeData.video(pixels)``: one frame as a numpy array or bytes."""
    tensor: type[TensorData]
    """``RuntimeData.tensor(array)``: f32, f16, i32, i8 or u8 of any shape."""
    numpy: type[NumpyData]
    """``RuntimeData.numpy(array)``: a numpy array of any plain dtype."""
    text: type[TextData]
    """``RuntimeData.text("…", language="en")``."""
    json: type[JsonData]
    """``RuntimeData.json(value)``: anything the json module can write."""
    binary: type[BinaryData]
    """``RuntimeData.binary(data, mime_type)``."""
    file: type[FileData]
    """``RuntimeData.file(path)``: a reference, the content stays where it is."""
    control: type[ControlData]
    """``RuntimeData.control(BatchHint(8))``: a message about the flow."""
    named: type[CompositeData]
    """``RuntimeData.named({"left": …, "right": …})``: several messages that travel as one."""
