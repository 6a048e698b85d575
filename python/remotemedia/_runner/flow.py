"""The way of a message: from an input edge through `process` to the output edges.

This is the hot path. One task does everything, and waits in one place: until the doorbell rings. Between a doorbell
and `process` there is one resumed task and nothing else: no queue, no second task, no lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from remotemedia._channel import Loan
from remotemedia._data import RuntimeData, open_received, to_data
from remotemedia._frame import AUDIO, END, KIND_NAMES
from remotemedia._runner.hooks import Drive
from remotemedia._runner.wake import Wake

if TYPE_CHECKING:
    from collections.abc import Callable

    from remotemedia._channel import Domain, Receiver, Sender
    from remotemedia._runner.configure import Edge
    from remotemedia._runner.reporter import Reporter
    from remotemedia._runner.watchdog import Watchdog

    # Kind, sequence, timestamp, body, meta: what a sender takes.
    Frame = tuple[int, int, int, Any, bytes]

# How long a busy stream may keep the loop from everything else, such as a stop or a node's own tasks.
_TURN_NS = 1_000_000

# How long drops on an input go on without being reported again.
_QUIET_NS = 1_000_000_000

_END_FRAME = (END, 0, 0, b"", b"")


class FlowStopped(Exception):  # noqa: N818 - not an error: how a normal stop ends a wait
    """The service ended the session before the inputs did."""


class _Input:
    """The receiving end of one edge."""

    __slots__ = ("edge", "quiet_until_ns", "receiver")

    def __init__(self, receiver: Receiver, edge: Edge) -> None:
        self.receiver = receiver
        self.edge = edge
        # Drops before this time have been reported with those before them.
        self.quiet_until_ns = 0


class _Output:
    """The sending end of one edge."""

    __slots__ = ("edge", "is_full", "sender")

    def __init__(self, sender: Sender, edge: Edge) -> None:
        self.sender = sender
        self.edge = edge
        self.is_full = False


class Flow:
    """All edges of one process.

    Attributes:
        loop: The event loop that all of it runs on.
        items_in: Messages taken.
        process_ns: Time spent in `process`, waiting for room in the outputs included.
        sequence: Sequence of the message that is being processed, or was last; None before the first.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        domain: Domain,
        inputs: Sequence[Edge],
        outputs: Sequence[Edge],
        reporter: Reporter,
    ) -> None:
        self.loop = loop
        self._drain = domain.drain
        self._inputs = [_Input(domain.open_receiver(each.number), each) for each in inputs]
        self._outputs = [_Output(domain.open_sender(each.number), each) for each in outputs]
        # By the number of a kind: the edges that carry it.
        self._carriers = [[each for each in self._outputs if _carries(each.edge, kind)] for kind in KIND_NAMES]
        self._reporter = reporter
        self._bell = Wake(self.loop)
        self._is_stopped = False
        # Nodes that never take a loan are not asked about it for each output.
        self._has_lent = False
        self._has_warned = False
        self.watchdog: Watchdog | None = None
        self.output_types: Sequence[str] | None = None
        # Raises where the node does not take the audio; None where it takes any.
        self.check_audio: Callable[[RuntimeData], None] | None = None
        self.items_in = 0
        # Outputs sent, by the number of their kind, each counted once however many edges it goes to.
        self._outputs_of_kind = [0] * len(KIND_NAMES)
        # Outputs that no edge carries, by the number of their kind.
        self._left_out_of_kind = [0] * len(KIND_NAMES)
        self.process_ns = 0
        self.sequence: int | None = None
        self._timestamp_us = 0

    @property
    def output_kinds(self) -> dict[str, int]:
        """How many outputs of each kind there were."""
        return _by_name(self._outputs_of_kind)

    @property
    def left_out(self) -> dict[str, int]:
        """How many outputs of each kind there were that no edge carries."""
        return _by_name(self._left_out_of_kind)

    @property
    def items_out(self) -> int:
        """Outputs sent."""
        return sum(self._outputs_of_kind)

    def on_doorbell(self) -> None:
        """Call when the domain's doorbell is readable."""
        self._drain()
        self._bell.ring()

    def stop(self) -> None:
        """Ends `run` before the next message, and every wait with FlowStopped."""
        self._is_stopped = True
        self._bell.ring_soon()

    async def run(self, process: Drive) -> None:
        """Processes messages until every input has ended: one at a time, in turn from each input that has some.

        Raises:
            FlowStopped: `stop` was called.
            Exception: what `process` raised.
        """
        inputs = self._inputs
        at = 0
        turn_ends = perf_counter_ns() + _TURN_NS
        while inputs:
            message = None
            for step in range(len(inputs)):
                index = (at + step) % len(inputs)
                message = inputs[index].receiver.try_receive()
                if message is not None:
                    break
            if message is None:
                # As in `_wake`, which would be one more coroutine for every message.
                if self._is_stopped:
                    raise FlowStopped
                await self._bell
                if self._is_stopped:
                    raise FlowStopped
                turn_ends = perf_counter_ns() + _TURN_NS
                continue
            kind, sequence, timestamp_us, is_scarce, meta = message.head
            if message.dropped:
                self._report_drops(inputs[index])
            if kind == END:
                inputs.pop(index).receiver.close()
                at = index
                continue
            at = index + 1

            self.items_in += 1
            self.sequence = sequence
            self._timestamp_us = timestamp_us
            # Keeping a scarce message would starve its edge of slots or bytes, so it is copied and let go.
            body = bytes(message) if is_scarce else message
            data = open_received(kind, body, meta, sequence, timestamp_us, inputs[index].edge.node)
            del message, body  # from here on the data alone holds the slot

            if kind == AUDIO and self.check_audio is not None:
                self.check_audio(data)
            started = perf_counter_ns()
            if self.watchdog is None:
                await process(data)
            else:
                with self.watchdog.watch(self.sequence):
                    await process(data)
            now = perf_counter_ns()
            self.process_ns += now - started
            del data  # and gives it back before the next wait

            if self._is_stopped:
                raise FlowStopped
            if now > turn_ends:
                await asyncio.sleep(0)
                turn_ends = perf_counter_ns() + _TURN_NS

    def emit(self, item: Any) -> Awaitable[None] | None:
        """Sends one output on every edge that carries its kind. It inherits sequence and timestamp where it has none.

        Returns:
            None when it is on its way, else what to await until it is.

        Raises:
            TypeError: this cannot be an output, or is of a kind that the node does not declare.
            ChannelError: it can never be sent.
        """
        data = item if isinstance(item, RuntimeData) else to_data(item)
        if self.output_types is not None and data.kind not in self.output_types:
            raise TypeError(f"the node declares output_types={list(self.output_types)} but gave {data.kind} data")
        if self._outputs and not self._carriers[data._code]:
            self._leave_out(data)
            return None
        sequence = self.sequence or 0 if data.sequence is None else data.sequence
        timestamp_us = self._timestamp_us if data.timestamp_us is None else data.timestamp_us
        frame = (data._code, sequence, timestamp_us, data._get_body(), data._get_meta())
        self._outputs_of_kind[data._code] += 1
        if self._has_lent and data._code == AUDIO and type(data._body) is Loan:
            return self._send_loan(data._body, frame)
        return self._send(frame)

    def take_slot(self, body_len: int, meta_len: int) -> Loan | None:
        """A slot of the first edge that carries audio, to write a body into; None when there is none to be had now.

        May be called from any thread.

        Raises:
            ChannelError: a message of this size can never be sent.
        """
        if not self._carriers[AUDIO]:
            return None
        loan = self._carriers[AUDIO][0].sender.loan(body_len, meta_len)
        if loan is not None:
            self._has_lent = True
        return loan

    async def end(self) -> None:
        """Sends the end on every output edge, and returns once everything that was sent is taken."""
        # An edge that drops would drop its last message in favour of the end, so each edge gets the end when it is empty,
        # whatever the others do: a reader may want the end of one before it looks at the next.
        pending = self._outputs
        while pending:
            pending = [each for each in pending if not (each.sender.all_taken() and each.sender.try_send(*_END_FRAME))]
            if pending:
                await self._wake()
        # all() would stop asking at the first False; each one that is asked rings when it is done.
        while [each for each in self._outputs if not each.sender.all_taken()]:
            await self._wake()

    def close(self) -> None:
        """Closes all edges."""
        for each in self._inputs:
            each.receiver.close()
        for output in self._outputs:
            output.sender.close()

    def _send(self, frame: Frame) -> Awaitable[None] | None:
        blocked = None
        for output in self._carriers[frame[0]]:
            if output.sender.try_send(*frame):
                output.is_full = False
            elif blocked is None:
                blocked = [output]
            else:
                blocked.append(output)
        return None if blocked is None else self._send_blocked(blocked, frame)

    def _send_loan(self, loan: Loan, frame: Frame) -> Awaitable[None] | None:
        """Sends the slot itself on the first edge, and copies of it on the others."""
        code, sequence, timestamp_us, _, meta = frame
        first, *others = self._carriers[code]
        blocked = [each for each in others if not _send_now(each, frame)]
        # What has to wait needs a copy: in a moment the slot is its receiver's.
        waiting = (code, sequence, timestamp_us, bytes(loan), meta) if blocked else frame
        try:
            if first.sender.commit(loan, code, sequence, timestamp_us, meta):
                first.is_full = False
            else:  # what was sent since the loan was taken has filled the edge
                waiting = (code, sequence, timestamp_us, bytes(loan), meta)
                blocked.append(first)
        except BufferError as reason:
            if not _send_now(first, frame):
                blocked.append(first)
            self._warn_of_copy(reason)
        return self._send_blocked(blocked, waiting) if blocked else None

    def _leave_out(self, data: RuntimeData) -> None:
        self._left_out_of_kind[data._code] += 1
        if self._left_out_of_kind[data._code] == 1:
            self._reporter.log("info", f"gives {data.kind} data, which no node that it is connected to takes: left out")

    def _warn_of_copy(self, reason: BufferError) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._reporter.log("warn", f"audio of loan_audio had to be copied when it was sent: {reason}")

    async def _send_blocked(self, blocked: list[_Output], frame: Frame) -> None:
        for output in blocked:
            # An episode lasts until a send goes through at once.
            if not output.is_full:
                output.is_full = True
                self._reporter.full(output.edge.number, output.edge.node)
        while blocked:
            await self._wake()
            blocked = [output for output in blocked if not output.sender.try_send(*frame)]

    def _report_drops(self, source: _Input) -> None:
        """Under load there are drops before every message; the service makes one episode of reports that follow closely."""
        now = perf_counter_ns()
        if now >= source.quiet_until_ns:
            source.quiet_until_ns = now + _QUIET_NS
            self._reporter.dropping(source.edge.number, source.edge.node)

    async def _wake(self) -> None:
        """Returns when the doorbell has rung. Whoever waits has just looked, and looks again."""
        if self._is_stopped:
            raise FlowStopped
        await self._bell
        if self._is_stopped:
            raise FlowStopped


def _carries(edge: Edge, kind: str) -> bool:
    return edge.kinds is None or kind in edge.kinds


def _by_name(counts: Sequence[int]) -> dict[str, int]:
    """The counts that are not 0, by the names of their kinds."""
    return {kind: count for kind, count in zip(KIND_NAMES, counts, strict=True) if count > 0}


def _send_now(output: _Output, frame: Frame) -> bool:
    """Sends one frame on one edge; False when that is full."""
    if not output.sender.try_send(*frame):
        return False
    output.is_full = False
    return True
