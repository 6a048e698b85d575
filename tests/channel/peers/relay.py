"""Sends everything from its one input to its one output, END included, straight out of the slot it lies in."""

from __future__ import annotations

from typing import Any

from peer import KIND_END, Digest, Peer, run


async def main(peer: Peer, order: dict[str, Any]) -> None:
    receiver, sender, digest = peer.receivers[0], peer.senders[0], Digest()
    while (message := await peer.receive(receiver)).kind != KIND_END:
        assert message.edge_seq == digest.count, "lost or out of order"
        digest.add_message(message)
        meta = message.meta
        await peer.send(sender, message.kind, message.sequence, message.timestamp_us, message, meta)
    await peer.end(sender)
    peer.done(**digest.facts())


run(main)
