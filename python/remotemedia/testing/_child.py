"""A node's process, seen from the service's side of the control connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable
from typing import Any, TypeVar

from remotemedia._json_text import write_json
from remotemedia.testing._failed import NodeFailedError

_T = TypeVar("_T")

# A failed line carries a whole traceback.
_LINE_LIMIT = 1024 * 1024


class ChildProcess:
    """Starts ``python -m remotemedia`` and talks to it. Leaving the context kills what is left of it.

    Args:
        configure: The configure line.

    Attributes:
        log: Its log lines, as (level, message).
        progress: Its progress lines.
    """

    def __init__(self, configure: dict[str, Any]) -> None:
        self._configure = configure
        self._lines: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._output: list[str] = []
        self.log: list[tuple[str, str]] = []
        self.progress: list[dict[str, Any]] = []
        self._said: dict[str, asyncio.Future[None]] = {}

    async def __aenter__(self) -> ChildProcess:
        loop = asyncio.get_running_loop()
        # Two futures, because what a process says last is more telling than how it ended.
        self._failed: asyncio.Future[NodeFailedError] = loop.create_future()
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = await self._spawn(theirs.fileno())
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=_LINE_LIMIT)
        self._printing = loop.create_task(self._read_output())
        self._talking = loop.create_task(self._read_lines())
        self.send(self._configure)
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        await asyncio.wait([self._talking])
        self.hang_up()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
        # Here pytest shows it where a test fails.
        sys.stdout.write(self.output)

    @property
    def pid(self) -> int:
        """Its process id, which is its group's too."""
        return self._child.pid

    @property
    def output(self) -> str:
        """What it has printed, on both streams."""
        return "".join(self._output)

    def send(self, line: dict[str, Any]) -> None:
        """Sends one line."""
        self._writer.write(write_json(line) + b"\n")

    def hang_up(self) -> None:
        """Closes the connection, as a service does that dies."""
        self._writer.close()

    async def wait_for(self, kind: str) -> dict[str, Any]:
        """The first line of this type.

        Raises:
            NodeFailedError: the node failed, or the process ended first.
        """
        return await self.race(asyncio.shield(self._line(kind)))

    async def race(self, awaitable: Awaitable[_T]) -> _T:
        """The result, unless the node fails first.

        Raises:
            NodeFailedError: it did.
        """
        task = asyncio.ensure_future(awaitable)
        either: set[asyncio.Future[Any]] = {task, self._failed}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait({task})
        raise self._failed.result()

    async def failure(self) -> NodeFailedError:
        """How the node failed, or how the process ended."""
        return await asyncio.shield(self._failed)

    async def said(self, message: str) -> None:
        """Waits until a log or progress line has this message.

        Raises:
            NodeFailedError: the node failed first.
        """
        await self.race(asyncio.shield(self._message(message)))

    async def exit_code(self) -> int:
        """Waits for the process to end; negative for a signal."""
        code = await self._child.wait()
        await asyncio.wait([self._talking])
        return code

    async def stop(self, mode: str = "normal") -> None:
        """Lets the process clean up and exit.

        Raises:
            NodeFailedError: its cleanup failed.
        """
        self.send({"type": "stop", "mode": mode})
        if await self.exit_code() != 0:
            raise self._failed.result()

    async def _spawn(self, fd: int) -> asyncio.subprocess.Process:
        arguments = ("-m", "remotemedia", self._configure["node_id"], "--session", self._configure["session_id"])
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            "--control-fd",
            str(fd),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=(fd,),
            # A group of its own, which the watch thread can kill without killing the test.
            start_new_session=True,
            # What this process can import, that one can.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
        )

    def _line(self, kind: str) -> asyncio.Future[dict[str, Any]]:
        if kind not in self._lines:
            self._lines[kind] = asyncio.get_running_loop().create_future()
        return self._lines[kind]

    async def _read_lines(self) -> None:
        with contextlib.suppress(ConnectionError):
            while text := await self._reader.readline():
                self._take(json.loads(text))
        code = await self._child.wait()
        await asyncio.wait([self._printing])
        self._fail("exit", "ProcessExited", f"the process ended with exit code {code}", "")

    def _message(self, message: str) -> asyncio.Future[None]:
        if message not in self._said:
            self._said[message] = asyncio.get_running_loop().create_future()
        return self._said[message]

    def _take(self, line: dict[str, Any]) -> None:
        kind = line["type"]
        if kind == "failed":
            self._fail(line["phase"], line["error_type"], line["message"], line["traceback"], line["sequence"])
        elif kind in ("log", "progress"):
            if kind == "log":
                self.log.append((line["level"], line["message"]))
            else:
                self.progress.append(line)
            if not (said := self._message(line["message"])).done():
                said.set_result(None)
        elif not (future := self._line(kind)).done():
            future.set_result(line)

    def _fail(self, phase: str, error_type: str, message: str, traceback: str, sequence: int | None = None) -> None:
        if not self._failed.done():
            self._failed.set_result(NodeFailedError(phase, error_type, message, traceback, sequence, self.output))

    async def _read_output(self) -> None:
        assert self._child.stdout is not None
        while part := await self._child.stdout.read(64 * 1024):
            self._output.append(part.decode(errors="replace"))
