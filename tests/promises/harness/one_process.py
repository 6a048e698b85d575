"""The work of a chain of nodes in a single process, for comparison.

Reads commands as JSON lines and answers each with one: ``{"calibrate_ms": 30}`` tells how many iterations of `burn` take
so much CPU time, ``{"messages": 200, "nodes": 3, "iterations": 100000}`` does the work and tells how long it took.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "nodes"))

from _burn import burn

_PROBE_ITERATIONS = 100_000
_PROBES = 50


def calibrate(wanted_ms: float) -> int:
    """Iterations that take this much CPU time at their fastest: time that others take away does not count."""
    fastest_ns = min(_cpu_ns(_PROBE_ITERATIONS) for _ in range(_PROBES))
    return round(_PROBE_ITERATIONS * wanted_ms * 1_000_000 / fastest_ns)


def _cpu_ns(iterations: int) -> int:
    started = time.process_time_ns()
    burn(iterations)
    return time.process_time_ns() - started


def work(messages: int, nodes: int, iterations: int) -> dict[str, float]:
    """Burns once per node for every message; returns how long that took, and how much of it was on a core."""
    started, started_cpu = time.perf_counter(), time.process_time()
    for _ in range(messages):
        for _ in range(nodes):
            burn(iterations)
    return {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - started_cpu}


def main() -> None:
    """Answers commands until there are none."""
    for line in sys.stdin:
        command = json.loads(line)
        wanted_ms = command.get("calibrate_ms")
        answer = work(**command) if wanted_ms is None else {"iterations": calibrate(wanted_ms)}
        print(json.dumps(answer), flush=True)


main()
