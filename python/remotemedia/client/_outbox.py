"""The way from `send` to the thread in which gRPC writes."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Condition

from remotemedia.wire import remotemedia_pb2 as wire


class Outbox(Iterator[wire.StreamRequest]):
    """Holds one message: gRPC takes the next when it has written the last, so that `put` waits for a slow service."""

    def __init__(self, first: wire.StreamRequest) -> None:
        self._changed = Condition()
        self._message: wire.StreamRequest | None = first
        self._ended = False
        self._abandoned = False

    @property
    def ended(self) -> bool:
        """Whether no more messages may come."""
        return self._ended

    def put(self, message: wire.StreamRequest) -> bool:
        """Waits for room. False: the call is over, and nobody will take the message."""
        with self._changed:
            self._changed.wait_for(lambda: self._message is None or self._abandoned)
            if self._abandoned:
                return False
            self._message = message
            self._changed.notify_all()
            return True

    def end(self) -> None:
        """No message follows those that were put."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def abandon(self) -> None:
        """The call is over: wakes whoever waits, on either side."""
        with self._changed:
            self._ended = self._abandoned = True
            self._message = None
            self._changed.notify_all()

    def __next__(self) -> wire.StreamRequest:
        with self._changed:
            self._changed.wait_for(lambda: self._message is not None or self._ended)
            message, self._message = self._message, None
            if message is None:
                raise StopIteration
            self._changed.notify_all()
            return message
