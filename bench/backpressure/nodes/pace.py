"""Nodes for the slow end of a pipeline: one that hands on, and one that takes its time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node

# Each message is its number and then one byte over and over, which follows from the number.
_HEAD = 8
_PATTERNS = 251


@register_node("HandOnNode")
class HandOnNode(MultiprocessNode):
    """Gives back every message as it came."""

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Hands the message on."""
        return data


@dataclass
class PaceParams:
    """Time that each message takes, and the size of a message in bytes."""

    delay_ms: float
    size: int


@register_node("PaceNode", params=PaceParams)
class PaceNode(MultiprocessNode):
    """Takes a fixed time for each message, looks whether it is whole, and says so."""

    async def initialize(self) -> None:
        """Makes what messages are compared with."""
        self.delay_secs = float(self.params["delay_ms"]) / 1000
        length = int(self.params["size"]) - _HEAD
        self.patterns = [bytes([value]) * length for value in range(_PATTERNS)]
        self.taken = 0
        self.missed = 0
        self.broken = 0
        self.last = -1

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Says which message this was, how many came, how many were missed and how many were out of order or damaged."""
        body = data.body
        number = int.from_bytes(body[:_HEAD], "little")
        self.taken += 1
        if number <= self.last or body[_HEAD:] != self.patterns[number % _PATTERNS]:
            self.broken += 1
        self.missed += max(0, number - self.last - 1)
        self.last = number
        await asyncio.sleep(self.delay_secs)
        return RuntimeData.json({"number": number, "taken": self.taken, "missed": self.missed, "broken": self.broken})
