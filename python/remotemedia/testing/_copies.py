"""Data as it looks after its way through shared memory."""

from __future__ import annotations

from remotemedia._data import RuntimeData, open_received


def received(data: RuntimeData, sequence: int, timestamp_us: int, source: str = "") -> RuntimeData:
    """The same data with bytes of its own that are read-only, encoded and not yet decoded."""
    return open_received(data._code, bytes(data.body), data._get_meta(), sequence, timestamp_us, source)
