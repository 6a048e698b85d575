"""A child of a session, for the bench: opens its ends of the edges when told, says how long that took, closes them.

Reads one JSON line per order on standard input and answers each with one.
"""

from __future__ import annotations

import json
import sys
import time

from remotemedia import _channel

Port = _channel.Sender | _channel.Receiver


def open_ports(order: dict[str, object]) -> tuple[_channel.Domain, list[Port]]:
    """What a node process does before it reports that it is wired."""
    domain = _channel.Domain.open(order["root"], order["prefix"], order["inbox"])
    ports: list[Port] = [domain.open_receiver(edge) for edge in order["receivers"]]
    ports += [domain.open_sender(edge) for edge in order["senders"]]
    return domain, ports


def main() -> None:
    """Opens and closes in turn until the input ends."""
    opened: tuple[_channel.Domain, list[Port]] | None = None
    for line in sys.stdin:
        order = json.loads(line)
        started = time.monotonic_ns()
        if opened is None:
            opened = open_ports(order)
        else:
            domain, ports = opened
            for port in ports:
                port.close()
            domain.close()
            opened = None
        print(json.dumps({"ms": (time.monotonic_ns() - started) / 1e6}), flush=True)


main()
