"""Bytes with a media type, and references to files."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from typing import TYPE_CHECKING

from remotemedia._data.base import RuntimeData
from remotemedia._data.buffers import plain_bytes
from remotemedia._frame import BINARY, FILE

if TYPE_CHECKING:
    from typing_extensions import Buffer


class BinaryData(RuntimeData, code=BINARY):
    """Bytes of which only the media type is known. They are in `body`.

    Args:
        data: The bytes.
        mime_type: For example ``"image/png"``.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time; inherited from the input when left out.
    """

    __slots__ = ()
    _names = ("mime_type",)

    def __init__(
        self,
        data: Buffer,
        mime_type: str = "",
        *,
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        self._set(plain_bytes(data, "data"), (mime_type,), metadata, timestamp_us)

    @property
    def mime_type(self) -> str:
        """The media type, empty when not said."""
        return str(self._get_fields()[0])

    def __bytes__(self) -> bytes:
        return bytes(self.body)


class FileData(RuntimeData, code=FILE):
    """A reference to a file or to a part of it. The content is not in the message.

    Args:
        path: Where the file is.
        filename: Its name for people.
        mime_type: Its media type.
        size: Bytes of the whole file.
        offset: First byte of the part that is meant.
        length: Bytes of that part.
        stream_id: Which stream the part belongs to.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time; inherited from the input when left out.
    """

    __slots__ = ()
    _names = ("path", "filename", "mime_type", "size", "offset", "length", "stream_id")

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        filename: str = "",
        mime_type: str = "",
        size: int = 0,
        offset: int = 0,
        length: int = 0,
        stream_id: str = "",
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        fields = (fspath(path), filename, mime_type, size, offset, length, stream_id)
        self._set(b"", fields, metadata, timestamp_us)

    @property
    def path(self) -> str:
        """Where the file is."""
        return str(self._get_fields()[0])

    @property
    def filename(self) -> str:
        """Its name for people."""
        return str(self._get_fields()[1])

    @property
    def mime_type(self) -> str:
        """Its media type, empty when not said."""
        return str(self._get_fields()[2])

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return int(self._get_fields()[3])

    @property
    def offset(self) -> int:
        """First byte of the part that is meant."""
        return int(self._get_fields()[4])

    @property
    def length(self) -> int:
        """Bytes of that part."""
        return int(self._get_fields()[5])

    @property
    def stream_id(self) -> str:
        """Which stream the part belongs to, empty when not said."""
        return str(self._get_fields()[6])
