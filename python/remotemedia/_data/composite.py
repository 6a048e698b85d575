"""Several named messages that travel as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from remotemedia._data.base import RuntimeData, open_received
from remotemedia._frame import COMPOSITE, Fields, FrameError

if TYPE_CHECKING:
    from typing import Self

    from typing_extensions import Buffer

# Each entry starts where numpy and typed arrays can view it in place.
_ENTRY_ALIGNMENT = 64
_META_ALIGNMENT = 8


class CompositeData(RuntimeData, code=COMPOSITE):
    """Named messages that arrive in one call. Composites do not nest.

    ``data["left"]`` gives one of them; iterating gives the names.

    Args:
        buffers: The messages by name.
        metadata: Text pairs that travel with the whole.
        timestamp_us: Media time; inherited from the input when left out.
    """

    __slots__ = ("_buffers", "_parts")
    _buffers: Mapping[str, RuntimeData]
    _parts: list[Buffer]

    def __init__(
        self,
        buffers: Mapping[str, RuntimeData],
        *,
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> None:
        entries = dict(buffers)
        for name, data in entries.items():
            if not isinstance(name, str) or not isinstance(data, RuntimeData) or data._code == COMPOSITE:
                raise TypeError(f"{name!r} must name data of any kind but composite, not {data!r}")
        self._parts, fields = _laid_out(entries)
        self._set(b"", fields, metadata, timestamp_us)
        self._buffers = MappingProxyType(entries)

    @property
    def buffers(self) -> Mapping[str, RuntimeData]:
        """The messages by name, in their order. Views on this message's bytes, which they keep alive."""
        known: Mapping[str, RuntimeData] | None = getattr(self, "_buffers", None)
        if known is None:
            entries = list(self._open_entries())
            known = self._buffers = MappingProxyType(dict(entries))
            if len(known) != len(entries):
                raise FrameError(f"two entries have one name: {[name for name, _ in entries]}")
        return known

    @property
    def body(self) -> memoryview:
        """The entries as they are sent, read-only."""
        body = self._get_body()
        return memoryview(b"".join(body) if isinstance(body, list) else body)

    def __getitem__(self, name: str) -> RuntimeData:
        return self.buffers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.buffers)

    def __len__(self) -> int:
        return len(self.buffers)

    def __bool__(self) -> bool:
        return True  # an empty composite is still a message

    def __repr__(self) -> str:
        return f"<composite {dict(self.buffers)!r}>"

    def _get_body(self) -> Buffer | list[Buffer]:
        parts: list[Buffer] | None = getattr(self, "_parts", None)
        return self._body if parts is None else parts

    def _twin(self, body: Buffer) -> Self:
        twin = super()._twin(body)
        parts = self._get_body()
        if body is self._body and isinstance(parts, list):
            twin._parts = parts
        return twin

    def _open_entries(self) -> Iterator[tuple[str, RuntimeData]]:
        whole = memoryview(self._body)
        for name, code, offset, body_len, meta_len in self._get_fields():
            meta_at = offset + _aligned(body_len, _META_ALIGNMENT)
            if meta_at + meta_len > whole.nbytes or offset % _ENTRY_ALIGNMENT:
                raise FrameError(f"entry {name!r} at {offset} does not lie well in a body of {whole.nbytes} bytes")
            if code == COMPOSITE:
                raise FrameError(f"entry {name!r} is itself composite")
            body, meta = whole[offset : offset + body_len], bytes(whole[meta_at : meta_at + meta_len])
            yield name, open_received(code, body, meta, self.sequence, self.timestamp_us, self.source)


def _laid_out(entries: Mapping[str, RuntimeData]) -> tuple[list[Buffer], Fields]:
    """The body as buffers one after another, and each entry's place in it."""
    parts: list[Buffer] = []
    fields = []
    end = 0
    for name, data in entries.items():
        body, meta = data._body, data._get_meta()
        body_len = memoryview(body).nbytes
        offset = _aligned(end, _ENTRY_ALIGNMENT)
        meta_at = offset + _aligned(body_len, _META_ALIGNMENT)
        parts += (bytes(offset - end), body, bytes(meta_at - offset - body_len), meta)
        fields.append((name, data._code, offset, body_len, len(meta)))
        end = meta_at + len(meta)
    return [part for part in parts if memoryview(part).nbytes], tuple(fields)


def _aligned(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment
