"""Text and JSON: decoded when asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from remotemedia._data.base import RuntimeData
from remotemedia._data.buffers import plain_bytes
from remotemedia._frame import JSON, TEXT
from remotemedia._json_text import write_json

if TYPE_CHECKING:
    from typing_extensions import Buffer


class TextData(RuntimeData, code=TEXT):
    """A piece of text.

    Args:
        text: The text, or bytes that are encoded already.
        language: For example ``"en"``.
        channel: Which stream of text this belongs to, for nodes that write several.
        encoding: How the text is turned into bytes, and how a receiver reads them.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time; inherited from the input when left out.

    Raises:
        UnicodeEncodeError: the encoding cannot write this text.
    """

    __slots__ = ("_text",)
    _names = ("encoding", "language", "channel")
    _text: str

    def __init__(
        self,
        text: str | Buffer,
        *,
        language: str = "",
        channel: str = "",
        encoding: str = "utf-8",
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        body = text.encode(encoding) if isinstance(text, str) else plain_bytes(text, "text")
        self._set(body, (encoding, language, channel), metadata, timestamp_us)

    @property
    def text(self) -> str:
        """The text.

        Raises:
            UnicodeDecodeError: the bytes are not in the encoding that the message names; they are in `body`.
            LookupError: Python does not know that encoding.
        """
        known: str | None = getattr(self, "_text", None)
        if known is None:
            known = self._text = str(self._body, self.encoding or "utf-8")
        return known

    @property
    def encoding(self) -> str:
        """The encoding of the bytes; empty means UTF-8."""
        return str(self._get_fields()[0])

    @property
    def language(self) -> str:
        """The language, empty when unknown."""
        return str(self._get_fields()[1])

    @property
    def channel(self) -> str:
        """Which stream of text this belongs to, empty when there is one."""
        return str(self._get_fields()[2])

    def __str__(self) -> str:
        return self.text


class JsonData(RuntimeData, code=JSON):
    """A JSON document.

    Args:
        value: Anything the json module writes. It is written at once: later changes to it are not sent.
        schema_type: What the document is, for receivers that know several.
        metadata: Text pairs that travel with the message.
        timestamp_us: Media time; inherited from the input when left out.

    Raises:
        TypeError: the value holds something JSON has no word for.
        ValueError: the value holds NaN or an infinity, which JSON does not have.
    """

    __slots__ = ("_json",)
    _names = ("schema_type",)
    _json: Any

    def __init__(
        self,
        value: Any,
        *,
        schema_type: str = "",
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        self._set(write_json(value), (schema_type,), metadata, timestamp_us)

    @classmethod
    def from_text(
        cls,
        payload: str,
        *,
        schema_type: str = "",
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> JsonData:
        """A document that is text already; sent as it stands, without a look at it."""
        document = cls.__new__(cls)
        document._set(payload.encode(), (schema_type,), metadata, timestamp_us)
        return document

    @property
    def json(self) -> Any:
        """The parsed document: dicts, lists, str, int, float, bool, None. Parsed once, at the first use.

        Raises:
            ValueError: the document is not JSON; its text is in `payload`.
        """
        try:
            return self._json
        except AttributeError:
            pass
        self._json = json.loads(self.payload)
        return self._json

    @property
    def payload(self) -> str:
        """The document as text."""
        return str(self._body, "utf-8")

    @property
    def schema_type(self) -> str:
        """What the document is, empty when not said."""
        return str(self._get_fields()[0])
