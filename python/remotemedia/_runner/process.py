"""One node's process, from its configuration to its exit code."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable
from logging import getLogger
from typing import TYPE_CHECKING, Any, NoReturn

from remotemedia._audio_check import audio_check
from remotemedia._failure import Failure
from remotemedia._node import MultiprocessNode, NodeContext
from remotemedia._params import ParamsError
from remotemedia._registry import NodeType
from remotemedia._runner.commands import Commands
from remotemedia._runner.configure import Configuration, parse_configuration
from remotemedia._runner.flow import Flow, FlowStopped
from remotemedia._runner.hooks import Emit, call_hook, create_node, drive, is_default
from remotemedia._runner.load import NodeTypeNotFoundError, load_node_type
from remotemedia._runner.reporter import Reporter, route_logging
from remotemedia._runner.watchdog import Watchdog, Work
from remotemedia._runner.worker import Worker

if TYPE_CHECKING:
    from remotemedia._channel import Control, Domain

# How long an aborted plain hook may take to return before cleanup runs beside it, seconds.
_ABANDON_AFTER = 0.5


def run_process(control: Control, open_domain: Callable[[str, str, int], Domain]) -> int:
    """Runs one node until the service says stop.

    Until the node is made, SIGTERM ends the process as it is: there is nothing to clean up yet.

    Returns:
        The exit code: 0 after a stop, 1 after a failure. Does not return after an abort: the process exits.
    """
    reporter = Reporter(control)
    commands = Commands(control)
    with asyncio.Runner() as runner:
        try:
            configuration = parse_configuration(commands.wait())
            route_logging(reporter, configuration.log_level)
            reporter.progress("starting", None, "wiring")
            domain = open_domain(configuration.root, configuration.prefix, configuration.inbox)
            flow = Flow(runner.get_loop(), domain, configuration.inputs, configuration.outputs, reporter)
            reporter.wired()
        except Exception as error:
            reporter.failed("configure", error)
            commands.wait_for_stop()
            return 1
        try:
            node_type = load_node_type(
                configuration, lambda module: reporter.progress("starting", None, f"importing module {module}")
            )
        except NodeTypeNotFoundError as error:
            reporter.failed("import", error.failure)
            commands.wait_for_stop()
            return 1
        return runner.run(NodeProcess(configuration, node_type, commands, domain, flow, reporter, control).run())


class NodeProcess:
    """A node that is being made, run and stopped."""

    def __init__(
        self,
        configuration: Configuration,
        node_type: NodeType,
        commands: Commands,
        domain: Domain,
        flow: Flow,
        reporter: Reporter,
        work: Work,
    ) -> None:
        self._configuration = configuration
        self._node_type = node_type
        self._commands = commands
        self._domain = domain
        self._flow = flow
        self._reporter = reporter
        self._work_clock = work
        self._worker = Worker()
        # Which hook an exception belongs to; the phases of the protocol's failed line.
        self._phase = "configure"
        # Set once initialize has returned, and so once there is something to clean up.
        self._node: MultiprocessNode | None = None
        self._exit_code = 0
        self._is_signalled = False
        loop = flow.loop
        self._stopped: asyncio.Future[None] = loop.create_future()
        self._aborted: asyncio.Future[None] = loop.create_future()

    async def run(self) -> int:
        """Runs the node until it is stopped.

        Returns:
            The exit code.
        """
        loop = asyncio.get_running_loop()
        loop.add_reader(self._commands.fileno(), self._on_command)
        loop.add_reader(self._domain.fileno(), self._flow.on_doorbell)
        loop.add_signal_handler(signal.SIGTERM, self._on_terminate)
        # What came while modules were imported has made the descriptor readable already.
        work = loop.create_task(self._work())
        await asyncio.wait({work, self._stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done() and not self._aborted.done():
            self._flow.stop()
            await asyncio.wait({work, self._aborted}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await self._stopped
        else:
            work.cancel()
            await asyncio.wait({work})
        await self._clean_up()
        self._flow.close()
        self._domain.close()
        if self._aborted.done():
            if self._is_signalled and not self._commands.has_stopped():
                # Somebody else ended this process: the service shall see how.
                _end_by(signal.SIGTERM)
            # A hook that was left behind, or a library's thread, must not keep an aborted process.
            _flush_output()
            os._exit(self._exit_code)
        # From here on nobody listens, and SIGTERM may end what a library still waits for.
        loop.remove_signal_handler(signal.SIGTERM)
        return self._exit_code

    async def _work(self) -> None:
        """Everything the node does on its own: from its making to its end."""
        try:
            node = await self._initialize()
            await self._process(node)
        except FlowStopped:
            return
        except asyncio.CancelledError as error:
            # Ours ends an aborted node; one of the node's own is a failure like any other.
            if self._aborted.done():
                raise
            self._fail(error)
        except BaseException as error:  # sys.exit() in a hook must not pass for an end
            self._fail(error)

    async def _initialize(self) -> MultiprocessNode:
        configuration, worker = self._configuration, self._worker
        context = NodeContext(
            node_id=configuration.node_id,
            session_id=configuration.session_id,
            params=configuration.params,
            log=getLogger(f"remotemedia.node.{configuration.node_id}"),
            on_progress=self._on_progress,
            take_slot=self._flow.take_slot,
        )
        try:
            check_requirements(self._node_type, configuration.params)
            node = await create_node(self._node_type, context, worker)
        except ParamsError:
            raise
        except BaseException:
            self._phase = "initialize"  # the constructor is the node's own code
            raise
        self._phase = "initialize"
        self._reporter.progress("loading_model")
        await call_hook(node, "initialize", worker)
        self._node = node
        # A model is a million objects that never become garbage: no collection need look at them again.
        gc.freeze()
        self._reporter.ready(self._node_type.input_types, self._node_type.output_types)
        return node

    async def _process(self, node: MultiprocessNode) -> None:
        flow, worker = self._flow, self._worker
        flow.output_types = self._node_type.output_types
        own = self._node_type
        flow.check_audio = audio_check(own.input_format, node.params, self._configuration.node_id, own.name)
        emit: Emit = flow.emit
        if self._configuration.process_timeout_ms is not None:
            flow.watchdog = Watchdog(self._configuration.process_timeout_ms, self._on_timeout, self._work_clock)
            emit = flow.watchdog.pausing(flow.emit)
        self._phase = "process"
        await flow.run(drive(node.process, worker, emit))
        self._phase = "flush"
        if not is_default(node, "flush"):
            with contextlib.nullcontext() if flow.watchdog is None else flow.watchdog.watch(None):
                await drive(node.flush, worker, emit)()
        await flow.end()
        process_ms, rescues = flow.process_ns / 1_000_000, self._domain.rescues()
        self._reporter.ended(flow.items_in, flow.items_out, flow.output_kinds, process_ms, rescues, flow.left_out)

    async def _clean_up(self) -> None:
        if self._node is None:
            return
        self._phase = "cleanup"
        is_idle = await self._worker.is_idle_within(_ABANDON_AFTER)
        try:
            await call_hook(self._node, "cleanup", self._worker if is_idle else Worker("cleanup"))
        except BaseException as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._exit_code = 1
        self._reporter.failed(self._phase, error, self._flow.sequence if self._phase == "process" else None)

    def _on_progress(self, fraction: float | None, message: str) -> None:
        if self._node is None:
            self._reporter.progress("loading_model", fraction, message)
        else:
            share = "" if fraction is None else f" {fraction:.0%}"
            self._reporter.log("info", f"progress{share} {message}".rstrip())

    def _on_timeout(self, hook: str, failure: Failure, sequence: int | None) -> None:
        # From the watchdog's thread: the loop may be what hangs.
        self._exit_code = 1
        self._reporter.failed(hook, failure, sequence)

    def _on_terminate(self) -> None:
        self._is_signalled = True
        self._stop("abort")

    def _on_command(self) -> None:
        for mode in self._commands.take_stops():
            self._stop(mode)

    def _stop(self, mode: str) -> None:
        if not self._stopped.done():
            self._stopped.set_result(None)
        if mode == "abort" and not self._aborted.done():
            self._aborted.set_result(None)


def check_requirements(node_type: NodeType, params: dict[str, Any]) -> None:
    """Looks for what the node needs before it is made.

    Raises:
        MissingRequirementsError: it lacks something.
    """
    requirements = node_type.requirements(params)
    if not requirements:
        return
    from remotemedia._requirements import MissingRequirementsError, find_gaps

    if gaps := find_gaps(requirements, node_type.name):
        raise MissingRequirementsError(gaps)


def _flush_output() -> None:
    """Writes out what was printed, wherever the node has put it; it may have closed that, or replaced it by anything."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _end_by(number: signal.Signals) -> NoReturn:
    """Ends this process by a signal, as if nobody had handled it."""
    _flush_output()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    os._exit(1)  # not reached, unless the signal is blocked
