"""The channel in one process, for tests of what the runner does with it."""

import asyncio
import socket
from collections import deque


class FakeMessage(bytes):
    """A frame: its bytes are its body. Counts how many are alive, as slots are."""

    alive = 0

    def __new__(cls, frame, scarce=False):
        kind, sequence, timestamp_us, body, meta = frame
        message = super().__new__(cls, b"".join(body) if isinstance(body, list) else bytes(body))
        message.kind, message.sequence, message.timestamp_us, message.meta = kind, sequence, timestamp_us, meta
        message.scarce = scarce
        message.dropped = 0
        message.head = (kind, sequence, timestamp_us, scarce, meta)
        FakeMessage.alive += 1
        return message

    def __del__(self):
        FakeMessage.alive -= 1


class FakeEdge:
    """Both ends of one edge."""

    def __init__(self, ring, capacity=10):
        self.ring = ring
        self.capacity = capacity
        self.frames = deque()
        self.is_scarce = False
        self.closed = 0
        # Set when a send finds no room, and when a receiver finds nothing.
        self.refused = asyncio.Event()
        self.looked = asyncio.Event()
        # Set when a frame comes after one was taken.
        self.filled = asyncio.Event()
        # How many messages each one that is received says were dropped before it.
        self.dropped = 0

    def try_send(self, *frame):
        if len(self.frames) >= self.capacity:
            self.refused.set()
            return False
        self.frames.append(frame)
        self.filled.set()
        self.ring()
        return True

    def try_receive(self):
        if self.frames:
            message = FakeMessage(self.frames.popleft(), self.is_scarce)
            message.dropped = self.dropped
            return message
        self.looked.set()
        return None

    def take(self):
        """What the far end does: takes a frame, and rings because there is room again."""
        frame = self.frames.popleft()
        self.filled.clear()
        self.ring()
        return frame

    def all_taken(self):
        return not self.frames

    def close(self):
        self.closed += 1


class FakeDomain:
    """Edges by number, and the doorbell: a socket that is readable once somebody rang."""

    def __init__(self, edges=4):
        self.bell, self.button = socket.socketpair()
        self.bell.setblocking(False)
        self.edges = [FakeEdge(self.ring) for _ in range(edges)]

    def ring(self):
        self.button.send(b"!")

    def fileno(self):
        return self.bell.fileno()

    def drain(self):
        try:
            while self.bell.recv(4096):
                pass
        except BlockingIOError:
            pass

    def open_sender(self, edge):
        return self.edges[edge]

    def open_receiver(self, edge):
        return self.edges[edge]

    def rescues(self):
        return 0

    def close(self):
        self.bell.close()
        self.button.close()


class FakeReporter:
    """Keeps what is reported."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *arguments: self.calls.append((name, *arguments))
