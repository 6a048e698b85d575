"""Keeps its first messages in the slots they lie in, and looks at the end whether anything changed in them."""

from __future__ import annotations

import hashlib
from typing import Any

from peer import KIND_END, Peer, run


def sha256(body: Any) -> str:
    return hashlib.sha256(body).hexdigest()


async def main(peer: Peer, order: dict[str, Any]) -> None:
    kept: list[tuple[memoryview, str]] = []
    scarce: list[bool] = []
    count = 0
    while (message := await peer.receive(peer.receivers[0])).kind != KIND_END:
        count += 1
        if count <= order["keep"]:
            scarce.append(message.scarce)
            kept.append((memoryview(message), sha256(message)))
    del message
    before_close = [sha256(view) == was for view, was in kept]
    rescues = peer.domain.rescues()
    peer.close()
    # The views outlive the port and the domain.
    after_close = [sha256(view) == was for view, was in kept]
    peer.tell(
        "kept",
        count=count,
        scarce=scarce,
        is_read_only=all(view.readonly for view, _ in kept),
        digests=[was for _, was in kept],
        unchanged=before_close,
        unchanged_after_close=after_close,
        rescues=rescues,
    )


run(main)
