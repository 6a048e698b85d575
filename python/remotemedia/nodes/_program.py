"""Programs that a node runs: text goes in by standard input, audio comes out."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_MAX_COMPLAINT_BYTES = 1_000


class ProgramRunner:
    """Runs one program at a time; `stop` ends it from any thread.

    The program stays in the process group of the node, which the service ends as a whole.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    @contextmanager
    def run(
        self, command: Sequence[str], text: str, *, keep_descriptors: Sequence[int] = ()
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Runs a program; its output is read in the block, and at the end of the block it has ended.

        Args:
            command: The program and its arguments. Never the text: one that begins with a dash would be an option.
            text: What it reads. Control characters become spaces.
            keep_descriptors: Those that it inherits.

        Raises:
            RuntimeError: it failed, or `stop` was called.
        """
        plain = "".join(each if each.isprintable() else " " for each in text)
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as complaints:
            # A file and not a pipe: nobody has to write while somebody else has to read.
            source.write(plain.encode("utf-8", "replace") + b"\n")
            source.seek(0)
            with self._lock:
                if self._is_stopped:
                    raise RuntimeError(f"{command[0]} is not started: the node has been stopped")
                program = self._running = subprocess.Popen(
                    command, stdin=source, stdout=subprocess.PIPE, stderr=complaints, pass_fds=keep_descriptors
                )
            try:
                with program:
                    try:
                        yield program
                    except BaseException:  # also where nobody wants the rest of a generator
                        program.kill()
                        raise
            finally:
                self._running = None
            if program.returncode != 0:
                complaints.seek(0)
                said = " ".join(complaints.read(_MAX_COMPLAINT_BYTES).decode("utf-8", "replace").split())
                raise RuntimeError(
                    f"{command[0]} ended with {_ending(program.returncode)}: {said or 'it said nothing'}"
                )

    def stop(self) -> None:
        """Kills what runs, and lets nothing start any more."""
        with self._lock:
            self._is_stopped = True
            if self._running is not None:
                self._running.kill()


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
