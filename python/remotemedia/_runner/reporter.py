"""What this process tells the service: one JSON line per event. The whole protocol of this direction is here."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from remotemedia._failure import cut, describe
from remotemedia._json_text import write_json

if TYPE_CHECKING:
    from remotemedia._failure import Failure

_MAX_LOG_MESSAGE = 64 * 1024
# How the service names levels.
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}


class ControlLink(Protocol):
    """The part of `remotemedia._channel.Control` that is needed here."""

    def send(self, line: bytes, /) -> None:
        """Sends one line."""


class Reporter:
    """Sends lines to the service. May be used from any thread."""

    def __init__(self, control: ControlLink) -> None:
        self._control = control

    def progress(self, status: str, fraction: float | None = None, message: str = "") -> None:
        """How far the start has come: ``starting``, ``loading_model``."""
        self._send({"type": "progress", "status": status, "fraction": fraction, "message": message})

    def wired(self) -> None:
        """This process's ends of all its edges are open."""
        self._send({"type": "wired"})

    def ready(self, input_types: Sequence[str] | None, output_types: Sequence[str] | None) -> None:
        """`initialize` has returned."""
        line: dict[str, object] = {"type": "ready"}
        if input_types is not None:
            line["input_types"] = list(input_types)
        if output_types is not None:
            line["output_types"] = list(output_types)
        self._send(line)

    def failed(self, phase: str, error: BaseException | Failure, sequence: int | None = None) -> None:
        """Something was raised in this phase."""
        failure = describe(error) if isinstance(error, BaseException) else error
        self._send(
            {
                "type": "failed",
                "phase": phase,
                "error_type": failure.error_type,
                "message": failure.message,
                "traceback": failure.traceback,
                "sequence": sequence,
            }
        )

    def full(self, edge: int, to: str) -> None:
        """A send waits: the edge is full. Once per episode."""
        self._send({"type": "full", "edge": edge, "to": to})

    def dropping(self, edge: int, source: str) -> None:
        """Messages from this node gave way to newer ones. Once per episode."""
        self._send({"type": "dropping", "edge": edge, "from": source})

    def log(self, level: str, message: str) -> None:
        """A line for the service's log."""
        self._send({"type": "log", "level": level, "message": cut(message, _MAX_LOG_MESSAGE)})

    def ended(
        self,
        items_in: int,
        items_out: int,
        output_kinds: dict[str, int],
        process_ms: float,
        rescues: int,
        left_out: dict[str, int] | None = None,
    ) -> None:
        """All inputs have ended, and all outputs were taken.

        Args:
            items_in: Messages taken.
            items_out: Outputs sent.
            output_kinds: How many of them there were of each kind.
            process_ms: Time spent in the node's own code.
            rescues: Wake-ups that only the safety check found.
            left_out: How many outputs of each kind had no edge that carries them.
        """
        outputs: dict[str, object] = {"items_out": items_out, "output_kinds": output_kinds}
        if left_out:
            outputs["left_out"] = left_out
        self._send({"type": "ended", "items_in": items_in, **outputs, "process_ms": process_ms, "rescues": rescues})

    def _send(self, line: dict[str, object]) -> None:
        text = write_json(line)
        # When the service is gone there is nobody to tell, and the watch thread ends this process.
        with contextlib.suppress(Exception):
            self._control.send(text)


class LogHandler(logging.Handler):
    """Python's logging as log lines to the service."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__()
        self._reporter = reporter

    def emit(self, record: logging.LogRecord) -> None:
        """Sends one record, with its traceback."""
        try:
            level = next((name for name, least in reversed(_LEVELS.items()) if record.levelno >= least), "debug")
            self._reporter.log(level, self.format(record))
        except Exception:
            self.handleError(record)


def route_logging(reporter: Reporter, level: str) -> None:
    """Sends all logging to the service: this package's from `level` up, libraries' from their own (warning)."""
    logging.getLogger().addHandler(LogHandler(reporter))
    logging.getLogger("remotemedia").setLevel(_LEVELS.get(level, logging.INFO))
