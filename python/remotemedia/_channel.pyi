"""Types of the native module: the shared-memory channel and the control watch, built from channel/python.

Everything here is cheap, never blocks and may be called from any thread; a message may be dropped in any thread.
"""

from typing import Final, final

from typing_extensions import Buffer

BUILD: Final[str]
"""Fingerprint of the channel's sources; the service's own must be the same."""

class ChannelError(Exception):
    """What the channel refuses: `code` is one of the error table, for example ``limit.message_size``."""

    code: str
    message: str

@final
class Message:
    """One frame. The buffer protocol shows its body, read-only; the frame's slot is held while this object lives."""

    @property
    def kind(self) -> int: ...
    @property
    def edge_seq(self) -> int: ...
    @property
    def sequence(self) -> int: ...
    @property
    def timestamp_us(self) -> int: ...
    @property
    def sent_ns(self) -> int:
        """CLOCK_MONOTONIC of the sender, nanoseconds."""

    @property
    def dropped(self) -> int:
        """Messages that were dropped between the one before and this one."""

    @property
    def scarce(self) -> bool:
        """Whether keeping this message could starve its edge: copy it and let go."""

    @property
    def meta(self) -> bytes: ...
    @property
    def body_len(self) -> int: ...
    @property
    def head(self) -> tuple[int, int, int, bool, bytes]:
        """Kind, sequence, timestamp_us, scarce and meta at once: one call where a message's way is counted."""

    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class Loan:
    """A slot of shared memory to write a body into; the buffer protocol shows it, writable.

    What it holds at first is what an earlier message left there. Dropping it gives the slot back.
    """

    def __buffer__(self, flags: int, /) -> memoryview:
        """A view.

        Raises:
            BufferError: the loan was sent.
        """

@final
class Sender:
    """The sending end of one edge."""

    def try_send(
        self, kind: int, sequence: int, timestamp_us: int, body: Buffer | list[Buffer], meta: bytes, /
    ) -> bool:
        """Copies the body (any C-contiguous buffer, or several one after another) into a slot and sends it.

        Returns:
            False when the edge is full; the doorbell rings once it is worth trying again.

        Raises:
            ChannelError: the message can never be sent.
        """

    def loan(self, body_len: int, meta_len: int, /) -> Loan | None:
        """A slot for a body and a meta of these lengths; None when the edge is full or another loan of it is out.

        Raises:
            ChannelError: the message can never be sent.
        """

    def commit(self, loan: Loan, kind: int, sequence: int, timestamp_us: int, meta: bytes, /) -> bool:
        """Sends a slot that was loaned from this sender, without a copy. Afterwards nobody can view the loan.

        Returns:
            False when others were sent since and the edge is full; the doorbell rings once it is worth trying again.

        Raises:
            BufferError: a view of it is alive, the meta has another length, or it was sent already.
            ChannelError: it cannot be sent.
        """

    def all_taken(self) -> bool:
        """Whether the other end took everything; when not, the doorbell rings once it has."""

    def close(self) -> None: ...

@final
class Receiver:
    """The receiving end of one edge."""

    def try_receive(self) -> Message | None:
        """Takes the next message; None when there is none, and then the doorbell rings for the next one."""

    def close(self) -> None: ...

@final
class Domain:
    """One session's shared memory, seen from one inbox."""

    @staticmethod
    def open(root: str, prefix: str, inbox: int, /) -> Domain: ...
    @staticmethod
    def create(base_dir: str | None, inboxes: int, edges: list[tuple[int, int, int, int, bool]], /) -> Domain:
        """Makes a domain of its own and opens inbox 0 of it; `close` removes it.

        Args:
            base_dir: Where domains live; None for the default place.
            inboxes: How many inboxes there are.
            edges: Per edge: from inbox, to inbox, capacity in messages, budget in bytes, lossless.
        """

    @property
    def root(self) -> str: ...
    @property
    def prefix(self) -> str: ...
    def fileno(self) -> int:
        """The doorbell, readable when there is something to look at."""

    def drain(self) -> None:
        """Silences the doorbell. Look for messages and credit after this, not before."""

    def open_sender(self, edge: int, /) -> Sender: ...
    def open_receiver(self, edge: int, /) -> Receiver: ...
    def rescues(self) -> int:
        """Wake-ups that the safety check had to make up for; 0 unless there is a bug."""

    def close(self) -> None:
        """Ends this end of the domain. Close its ports first; messages may outlive it."""

@final
class Control:
    """The control connection, watched by a native thread that needs no GIL.

    It answers pings itself, and kills this process's own group when the service hangs up.
    """

    def __init__(self, fd: int, /) -> None: ...
    def fileno(self) -> int:
        """Readable when there are lines to take."""

    def take(self) -> list[bytes]:
        """The lines that came since the last call, without their newlines."""

    def begin_work(self, sequence: int | None, /) -> None:
        """The node is in `process` with the message of this sequence from now on, or in `flush` for None.

        Answers to pings tell so, and for how long.
        """

    def end_work(self) -> None:
        """The node is in neither."""

    def send(self, line: bytes, /) -> None:
        """Sends one line; the newline is added.

        Raises:
            ChannelError: the service has hung up.
        """
