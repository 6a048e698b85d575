"""Takes as many messages as it is told to, and nothing else."""

from __future__ import annotations

from typing import Any

from peer import KIND_END, Peer, run


async def main(peer: Peer, order: dict[str, Any]) -> None:
    while True:
        order = await peer.order()
        for _ in range(order["take"]):
            message = await peer.receive(peer.receivers[0])
            peer.tell("taken", sequence=message.sequence)
            if message.kind == KIND_END:
                peer.done()
                return


run(main)
