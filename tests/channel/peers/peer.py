"""What every peer does: obeys lines on fd 3, opens its inbox, sleeps until the doorbell rings."""

from __future__ import annotations

import asyncio
import hashlib
import json
import struct
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from remotemedia import _channel

KIND_END = 0


class Digest:
    """One hash over all that went by, in order: headers, bodies and meta sections."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()

    def add(self, kind: int, sequence: int, timestamp_us: int, body: Any, meta: bytes) -> None:
        self.count += 1
        lengths = (memoryview(body).nbytes, len(meta))
        self._hash.update(struct.pack("<BQQII", kind, sequence, timestamp_us, *lengths))
        self._hash.update(body)
        self._hash.update(meta)

    def add_message(self, message: _channel.Message) -> None:
        self.add(message.kind, message.sequence, message.timestamp_us, message, message.meta)

    def facts(self) -> dict[str, object]:
        return {"count": self.count, "digest": self._hash.hexdigest()}


class Peer:
    """A process at one inbox of a domain."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._control = _channel.Control(3)
        self._orders: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._loop.add_reader(self._control.fileno(), self._on_lines)
        self._waiting: list[asyncio.Future[None]] = []
        self.wake_ups = 0

    async def order(self) -> dict[str, Any]:
        """The next line from the other side."""
        return await self._orders.get()

    def tell(self, type_: str, **facts: object) -> None:
        self._control.send(json.dumps({"type": type_, **facts}).encode())

    async def open(self) -> dict[str, Any]:
        """Opens the inbox and the ports that the first order names, and waits until every peer has done so."""
        order = await self.order()
        self.domain = _channel.Domain.open(order["root"], order["prefix"], order["inbox"])
        self._loop.add_reader(self.domain.fileno(), self._on_bell)
        self.receivers = [self.domain.open_receiver(edge) for edge in order["inputs"]]
        self.senders = [self.domain.open_sender(edge) for edge in order["outputs"]]
        self.tell("wired")
        await self.order()
        return order

    async def woken(self) -> None:
        """Until the doorbell rings: nothing else ends this."""
        future = self._loop.create_future()
        self._waiting.append(future)
        await future

    async def send(
        self, sender: _channel.Sender, kind: int, sequence: int, time_us: int, body: Any, meta: bytes
    ) -> None:
        while not sender.try_send(kind, sequence, time_us, body, meta):
            await self.woken()

    async def receive(self, receiver: _channel.Receiver) -> _channel.Message:
        while (message := receiver.try_receive()) is None:
            await self.woken()
        return message

    async def end(self, sender: _channel.Sender) -> None:
        """Sends END and waits until all was taken."""
        await self.send(sender, KIND_END, 0, 0, b"", b"")
        while not sender.all_taken():
            await self.woken()

    def done(self, **facts: object) -> None:
        """The last line of a peer."""
        self.tell("done", wake_ups=self.wake_ups, rescues=self.domain.rescues(), **facts)

    def close(self) -> None:
        for port in (*self.receivers, *self.senders):
            port.close()
        self._loop.remove_reader(self.domain.fileno())
        self.domain.close()

    def _on_lines(self) -> None:
        for line in self._control.take():
            self._orders.put_nowait(json.loads(line))

    def _on_bell(self) -> None:
        self.domain.drain()
        self.wake_ups += 1
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            future.set_result(None)


def run(main: Callable[[Peer, dict[str, Any]], Awaitable[None]]) -> None:
    """Runs one peer from its first order to its end."""

    async def whole() -> None:
        peer = Peer()
        order = await peer.open()
        await main(peer, order)
        peer.close()

    asyncio.run(whole())
    sys.exit(0)
