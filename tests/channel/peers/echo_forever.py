"""The peer of a service that is about to be killed: sends everything back until it dies by the end of its control pipe."""

from __future__ import annotations

import asyncio
import json

from remotemedia import _channel


async def main() -> None:
    loop = asyncio.get_running_loop()
    control = _channel.Control(3)
    ordered, rang = asyncio.Event(), asyncio.Event()
    loop.add_reader(control.fileno(), ordered.set)
    await ordered.wait()
    order = json.loads(control.take()[0])
    domain = _channel.Domain.open(order["root"], order["prefix"], 1)
    loop.add_reader(domain.fileno(), lambda: (domain.drain(), rang.set()))
    there, dropping, back = domain.open_receiver(0), domain.open_receiver(1), domain.open_sender(2)
    control.send(b"wired")
    message = None
    while True:
        rang.clear()
        while dropping.try_receive() is not None:
            pass
        while (message := message or there.try_receive()) is not None:
            if not back.try_send(message.kind, message.sequence, 0, message, message.meta):
                break
            message = None
        await rang.wait()


asyncio.run(main())
