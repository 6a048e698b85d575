"""Takes everything from its one input and tells what it was."""

from __future__ import annotations

from typing import Any

from peer import KIND_END, Digest, Peer, run


async def main(peer: Peer, order: dict[str, Any]) -> None:
    receiver, digest = peer.receivers[0], Digest()
    while (message := await peer.receive(receiver)).kind != KIND_END:
        assert message.edge_seq == digest.count, "lost or out of order"
        digest.add_message(message)
    peer.done(**digest.facts())


run(main)
