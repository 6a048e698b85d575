"""What every kind of data has: body, metadata, sequence, timestamp."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from remotemedia._data.factories import Factories
from remotemedia._frame import (
    COMPOSITE,
    CONTROL,
    END,
    FILE,
    KIND_NAMES,
    Fields,
    FrameError,
    pack_meta,
    unpack_fields,
    unpack_metadata,
)

if TYPE_CHECKING:
    from typing import Self

    from typing_extensions import Buffer


_D = TypeVar("_D", bound="RuntimeData")
_CLASSES: dict[int, type[RuntimeData]] = {}
_NO_METADATA: Mapping[str, str] = MappingProxyType({})


class RuntimeData(metaclass=Factories):
    """One message between nodes. Made with ``RuntimeData.audio(...)``, ``RuntimeData.text(...)`` and their siblings.

    A message is not changed once it is made; `with_metadata` and `copy` give new ones. Two messages are equal when
    kind, fields, metadata and bytes are, whatever their sequence and timestamp.

    Attributes:
        kind: ``"audio"``, ``"video"``, ``"tensor"``, ``"numpy"``, ``"text"``, ``"json"``, ``"binary"``, ``"file"``,
            ``"control"`` or ``"composite"``.
        sequence: Number of the message in its stream. None on a new message, which then inherits it from the input
            that is being processed.
        timestamp_us: Media time in microseconds, 0 when there is none. None means inherited, like `sequence`.
        source: Node that the message came from; ``""`` for one from outside the pipeline, or a new one.
    """

    __slots__ = (
        "_body",
        "_fields",
        "_meta",
        "_metadata",
        "sequence",
        "source",
        "timestamp_us",
        "__weakref__",
    )

    kind: ClassVar[str]
    _code: ClassVar[int]
    # The properties that repr shows.
    _names: ClassVar[tuple[str, ...]] = ()

    _body: Buffer
    # A received message has its meta and decodes it when asked; a new one has its fields and encodes them when sent.
    _meta: bytes | None
    _fields: Fields | None
    _metadata: Mapping[str, str] | None
    sequence: int | None
    timestamp_us: int | None
    source: str

    def __init__(self, *_: object, **__: object) -> None:
        raise TypeError("make data with RuntimeData.audio(...), RuntimeData.text(...) and so on")

    def __init_subclass__(cls, *, code: int) -> None:
        cls._code = code
        cls.kind = KIND_NAMES[code]
        _CLASSES[code] = cls
        setattr(Factories, "named" if code == COMPOSITE else cls.kind, cls)

    def _set(self, body: Buffer, fields: Fields, metadata: Mapping[str, str] | None, timestamp_us: int | None) -> None:
        """Fills a new message."""
        self._body = body
        self._meta = None
        self._fields = fields
        self._metadata = MappingProxyType(_checked(metadata)) if metadata else _NO_METADATA
        self.sequence = None
        self.timestamp_us = timestamp_us
        self.source = ""

    @property
    def body(self) -> memoryview:
        """The raw bytes of the content, read-only (samples, pixels, text …)."""
        return _flat(memoryview(self._body)).toreadonly()

    @property
    def metadata(self) -> Mapping[str, str]:
        """Text pairs that travel with the message, read-only."""
        if self._metadata is None:
            assert self._meta is not None
            _, at = unpack_fields(self._code, self._meta)
            self._metadata = MappingProxyType(unpack_metadata(self._meta, at))
        return self._metadata

    def with_metadata(self, metadata: Mapping[str, str]) -> Self:
        """The same message with these pairs added to its metadata. Shares the content."""
        twin = self._twin(self._body)
        twin._meta = None
        twin._fields = self._get_fields()
        twin._metadata = MappingProxyType({**self.metadata, **_checked(metadata)})
        return twin

    def copy(self) -> Self:
        """The same message with content of its own that may be written to, for example through `samples`."""
        return self._twin(bytearray(self.body))

    def _twin(self, body: Buffer) -> Self:
        twin = type(self).__new__(type(self))
        for name in ("_fields", "_meta", "_metadata", "sequence", "source", "timestamp_us"):
            setattr(twin, name, getattr(self, name))
        twin._body = body
        return twin

    def _get_fields(self) -> Fields:
        if self._fields is None:
            assert self._meta is not None
            self._fields, _ = unpack_fields(self._code, self._meta)
        return self._fields

    def _get_body(self) -> Buffer | list[Buffer]:
        """What to send; several buffers go one after another."""
        return self._body

    def _get_meta(self) -> bytes:
        if self._meta is None:
            assert self._fields is not None and self._metadata is not None
            self._meta = pack_meta(self._code, self._fields, self._metadata)
        return self._meta

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RuntimeData):
            return NotImplemented
        return self._code == other._code and self._has_meta_of(other) and self.body == other.body

    def _has_meta_of(self, other: RuntimeData) -> bool:
        # Equal bytes need no decoding. Others may still differ in nothing but the order of the pairs.
        if self._get_meta() == other._get_meta():
            return True
        return self._get_fields() == other._get_fields() and self.metadata == other.metadata

    __hash__ = None  # type: ignore[assignment]  # how Python says "not hashable"

    def __repr__(self) -> str:
        fields = [(name, getattr(self, name)) for name in self._names]
        shown = [f"{name}={value!r}" for name, value in fields if value not in ("", None)]
        return f"<{self.kind} {', '.join([*shown, f'{self.body.nbytes} bytes'])}>"

    # Shown to type checkers too: code that does not narrow the kind first still checks.
    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what is decoded at its first use, and what Python itself looks for
            raise AttributeError(name)
        own = [each for each in dir(type(self)) if not each.startswith("_")]
        raise AttributeError(f"{self.kind} data has no {name!r}; it has {', '.join(own)}")


def new_data(kind: type[_D], body: Buffer, fields: Fields, metadata: Mapping[str, str]) -> _D:
    """Data of one kind from its fields as they are, without the checks of its constructor."""
    data = kind.__new__(kind)
    data._set(body, fields, metadata, None)
    return data


def open_received(
    code: int, body: Buffer, meta: bytes, sequence: int | None, timestamp_us: int | None, source: str
) -> RuntimeData:
    """The data of one frame, as views on `body`. Nothing is decoded until it is asked for.

    Raises:
        FrameError: there is no such kind of data.
    """
    kind = _CLASSES.get(code)
    if kind is None:
        raise FrameError("an end has no data" if code == END else f"unknown kind of data {code}")
    if (code == FILE or code == CONTROL) and memoryview(body).nbytes:
        raise FrameError(f"{kind.kind} data has no body, but {memoryview(body).nbytes} bytes came with it")
    data = kind.__new__(kind)
    data._body = body
    data._meta = meta
    data._fields = None
    data._metadata = None
    data.sequence = sequence
    data.timestamp_us = timestamp_us
    data.source = source
    return data


def _checked(metadata: Mapping[str, str]) -> dict[str, str]:
    pairs = dict(metadata)
    for key, value in pairs.items():
        if not (isinstance(key, str) and isinstance(value, str)):  # untyped callers
            raise TypeError(f"metadata is text to text, but has {key!r}: {value!r}")
    return pairs


def _flat(view: memoryview) -> memoryview:
    # A view of nothing cannot be cast.
    return view.cast("B") if view.nbytes else memoryview(b"")
