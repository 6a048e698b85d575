"""Sends what its seed says to its one output, and tells what it was."""

from __future__ import annotations

import random
from typing import Any

from peer import Digest, Peer, run

POOL_BYTES = 1024 * 1024


async def main(peer: Peer, order: dict[str, Any]) -> None:
    sender, digest = peer.senders[0], Digest()
    rng = random.Random(order["seed"])
    pool = memoryview(rng.randbytes(POOL_BYTES))
    for sequence in range(order["count"]):
        is_large = order["large_every"] > 0 and sequence % order["large_every"] == 1
        size = rng.randint(65_537, 512 * 1024) if is_large else int(2 ** rng.uniform(0, 16)) - 1
        start = rng.randrange(POOL_BYTES - size)
        meta = bytes(pool[start : start + rng.randrange(40)])
        message = (1 + sequence % 10, sequence * 3, sequence * 20_000, pool[start : start + size], meta)
        while not sender.try_send(*message):
            peer.tell("full", sent=sequence)
            await peer.woken()
        digest.add(*message)
    await peer.send(sender, 0, 0, 0, b"", b"")
    peer.tell("end_sent", all_taken=sender.all_taken())
    while not sender.all_taken():
        await peer.woken()
    peer.done(**digest.facts())


run(main)
