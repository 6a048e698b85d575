"""The first line from the service: who this process is and which edges it has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge.

    Attributes:
        number: Its number in the domain.
        node: The node at the other end, ``""`` for outside the pipeline.
        kinds: Kinds of data that it carries; None for all.
    """

    number: int
    node: str
    kinds: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the service says before anything else.

    Attributes:
        module: The module that registers the node type, where discovery found it; None to search.
        root: Directory of the session's channel domain.
        prefix: Name prefix of the session's shared memory.
        inbox: This process's inbox in the domain.
        process_timeout_ms: How long one call of `process` or `flush` may take; None for any time.
    """

    session_id: str
    node_id: str
    node_type: str
    params: dict[str, Any]
    module: str | None
    module_paths: list[str]
    modules: list[str]
    root: str
    prefix: str
    inbox: int
    inputs: list[Edge]
    outputs: list[Edge]
    process_timeout_ms: float | None
    log_level: str


def parse_configuration(line: bytes) -> Configuration:
    """Reads the configure line.

    Raises:
        ValueError: this is not a configure line.
    """
    message = json.loads(line)
    if not isinstance(message, dict) or message.get("type") != "configure":
        raise ValueError(f"the first line from the service must be configure, not {line[:200]!r}")
    try:
        return Configuration(
            session_id=message["session_id"],
            node_id=message["node_id"],
            node_type=message["node_type"],
            params=message["params"],
            module=message["module"],
            module_paths=message["module_paths"],
            modules=message["modules"],
            root=message["root"],
            prefix=message["prefix"],
            inbox=message["inbox"],
            inputs=[Edge(each["edge"], each["from"]) for each in message["inputs"]],
            outputs=[Edge(each["edge"], each["to"], _kinds(each.get("kinds"))) for each in message["outputs"]],
            process_timeout_ms=message.get("process_timeout_ms"),
            log_level=message.get("log_level", "info"),
        )
    except KeyError as error:
        raise ValueError(f"the configure line has no {error.args[0]!r}") from error


def _kinds(kinds: list[str] | None) -> tuple[str, ...] | None:
    return None if kinds is None else tuple(kinds)


def parse_stop(line: bytes) -> str | None:
    """The mode of a stop line, ``"normal"`` or ``"abort"``; None for lines of any other type."""
    message = json.loads(line)
    if not isinstance(message, dict) or message.get("type") != "stop":
        return None
    return "normal" if message.get("mode") == "normal" else "abort"
