"""Break down on demand: in a hook of one's choice, in a way of one's choice."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


class UnprintableError(Exception):
    """Cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words for it")


@register_node("BreakDownNode")
class BreakDownNode(MultiprocessNode):
    """Echoes until it breaks down; one that hangs says "hanging" first.

    Args:
        hook: `initialize`, `process`, `flush` or `cleanup`.
        way: See `break_down`.
        number: Exit code or number of the signal.
        after: Messages that go well before.
    """

    def __init__(self, hook: str = "process", way: str = "raise", number: int = 1, after: int = 0) -> None:
        self.hook = hook
        self.way = way
        self.number = number
        self.left = after

    async def initialize(self) -> None:
        """Start, or break down."""
        if self.hook == "initialize":
            self.progress(0.5, "hanging")
            await self.break_down()

    async def process(self, data: RuntimeData) -> AsyncIterator[RuntimeData]:
        """Hand the message on, or break down."""
        if self.hook == "process" and self.left == 0:
            if self.way.startswith("hang"):
                yield RuntimeData.text("hanging")
            await self.break_down()
        self.left -= 1
        yield data

    async def flush(self) -> AsyncIterator[RuntimeData]:
        """End well, or break down."""
        if self.hook == "flush":
            if self.way.startswith("hang"):
                yield RuntimeData.text("hanging")
            await self.break_down()

    async def cleanup(self) -> None:
        """Go, or break down."""
        if self.hook == "cleanup":
            await self.break_down()

    async def break_down(self) -> None:
        """Do what `way` says; none returns but a signal that something catches."""
        match self.way:
            case "raise":
                raise ValueError("broken down on demand")
            case "raise_huge":
                raise ValueError("broken down " * 100_000)
            case "raise_unprintable":
                raise UnprintableError
            case "raise_group":
                raise ExceptionGroup("broken down twice", [ValueError("one"), OSError("two")])
            case "cancel":
                raise asyncio.CancelledError
            case "interrupt":
                raise KeyboardInterrupt
            case "recurse":
                await self.break_down_deeper()
            case "sys_exit":
                sys.exit(self.number)
            case "exit":
                os._exit(self.number)
            case "signal":
                os.kill(os.getpid(), self.number)
                signal.pause()
            case "hang_blocked":
                lock = threading.Lock()
                lock.acquire()
                lock.acquire()
            case "hang_waiting":
                await asyncio.Event().wait()
            case _:
                raise NotImplementedError(self.way)

    async def break_down_deeper(self) -> None:
        """Never comes to the ground."""
        await self.break_down_deeper()
