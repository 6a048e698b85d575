"""Nodes that measure the way of a message: its first eight bytes are the clock of its start."""

from __future__ import annotations

import time
from dataclasses import dataclass

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


class Latencies:
    """What one node saw arrive."""

    def __init__(self) -> None:
        self.all: list[int] = []
        self.started_ns = 0
        self.ended_ns = 0

    def add(self, now: int, body: memoryview) -> None:
        """Counts a message that arrived at `now`."""
        stamp = int.from_bytes(body[:8], "little")
        if not self.all:
            self.started_ns = stamp
        self.ended_ns = now
        self.all.append(now - stamp)

    def to_json(self) -> RuntimeData:
        """All of it, for the bench."""
        facts = {"latencies_ns": self.all, "started_ns": self.started_ns, "ended_ns": self.ended_ns}
        return RuntimeData.json(facts)


@dataclass
class RestampParams:
    """Size of what is sent, in bytes, and whether what arrives is measured."""

    size: int
    measure: bool = False


@register_node("RestampNode", params=RestampParams)
class RestampNode(MultiprocessNode):
    """Sends one payload of its own for each message that comes."""

    async def initialize(self) -> None:
        """Makes the payload once: making it is not part of a hop."""
        self.is_measured = bool(self.params.get("measure", False))
        self.payload = bytearray(max(int(self.params["size"]), 8))
        self.latencies = Latencies()

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Stamps last, so that the stamp is the start of the next hop."""
        if self.is_measured:
            self.latencies.add(time.monotonic_ns(), data.body)
        self.payload[:8] = time.monotonic_ns().to_bytes(8, "little")
        return RuntimeData.binary(self.payload)

    async def flush(self) -> RuntimeData | None:
        """What was measured goes the same way as the payloads."""
        return self.latencies.to_json() if self.is_measured else None


@register_node("MeasureNode")
class MeasureNode(MultiprocessNode):
    """Measures what arrives and tells at the end."""

    async def initialize(self) -> None:
        """Starts with nothing."""
        self.latencies = Latencies()

    async def process(self, data: RuntimeData) -> None:
        """Looks at the clock first."""
        self.latencies.add(time.monotonic_ns(), data.body)

    async def flush(self) -> RuntimeData:
        """All latencies as JSON."""
        return self.latencies.to_json()
