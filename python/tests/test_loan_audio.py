"""Audio that a node fills in place, on a channel whose both ends are in this process."""

import asyncio
import gc

import numpy as np
import pytest
from fake_channel import FakeReporter
from lenders import place_of

from remotemedia import RuntimeData
from remotemedia._channel import ChannelError, Domain
from remotemedia._data import open_received
from remotemedia._node import MultiprocessNode, NodeContext, construct
from remotemedia._runner.configure import Edge
from remotemedia._runner.flow import Flow

MIB = 1024 * 1024


class Sending:
    """A node's flow with only outputs, and the far ends of them."""

    def __init__(self, loop, outputs, capacity, max_bytes, lossless):
        self.loop = loop
        self.far = Domain.create(None, 2, [(1, 0, capacity, max_bytes, lossless)] * outputs)
        self.receivers = [self.far.open_receiver(each) for each in range(outputs)]
        self.near = Domain.open(self.far.root, self.far.prefix, 1)
        self.reporter = FakeReporter()
        edges = [Edge(each, f"to {each}") for each in range(outputs)]
        self.flow = Flow(loop, self.near, [], edges, self.reporter)
        self.node = construct(MultiprocessNode, NodeContext(take_slot=self.flow.take_slot))
        loop.add_reader(self.near.fileno(), self.flow.on_doorbell)

    def loan(self, count=1000, **more):
        """Audio with a value of its own in every sample."""
        audio = self.node.loan_audio(count, 16000, **more)
        audio.samples.reshape(-1)[:] = values(count)
        return audio

    def emit(self, data):
        assert self.flow.emit(data) is None

    def receive(self, edge=0):
        return self.receivers[edge].try_receive()

    def close(self):
        self.flow.close()
        self.loop.remove_reader(self.near.fileno())
        self.near.close()
        for each in self.receivers:
            each.close()
        self.far.close()


@pytest.fixture
async def make():
    made = []

    def sending(outputs=1, capacity=10, max_bytes=64 * MIB, lossless=True):
        made.append(Sending(asyncio.get_running_loop(), outputs, capacity, max_bytes, lossless))
        return made[-1]

    yield sending
    for each in made:
        each.close()


def values(count):
    return np.arange(count, dtype=np.float32) / 7


def opened(message):
    return open_received(message.kind, message, message.meta, message.sequence, message.timestamp_us, "")


def is_lent(audio):
    """Whether this lies in shared memory."""
    return type(audio._body).__name__ == "Loan"


@pytest.mark.parametrize("count", [0, 1, 160, 16_384, 16_385, 3_000_000])
async def test_the_receiver_sees_the_memory_that_the_node_wrote_into(make, count):
    sending = make()
    audio = sending.loan(count, metadata={"a": "b"}, timestamp_us=5)
    place = place_of(audio.body) if count else None
    sending.emit(audio)
    message = sending.receive()
    assert opened(message) == RuntimeData.audio(values(count), 16000, metadata={"a": "b"})
    assert (message.sequence, message.timestamp_us) == (0, 5)
    assert place is None or place_of(message) == place
    assert sending.reporter.calls == []


@pytest.mark.parametrize(("format", "dtype"), [("f32", "<f4"), ("i16", "<i2"), ("i32", "<i4")])
async def test_every_format_and_several_channels(make, format, dtype):
    sending = make()
    audio = sending.node.loan_audio(600, 48000, 3, format=format)
    assert (audio.samples.shape, audio.samples.dtype, audio.samples.flags.writeable) == (
        (200, 3),
        np.dtype(dtype),
        True,
    )
    written = np.arange(600, dtype=dtype).reshape(200, 3)
    audio.samples[:] = written
    sending.emit(audio)
    received = opened(sending.receive())
    assert received == RuntimeData.audio(written, 48000)
    assert not received.samples.flags.writeable


async def test_one_edge_gets_the_memory_itself_and_the_others_copies(make):
    sending = make(outputs=3)
    audio = sending.loan()
    place = place_of(audio.body)
    sending.emit(audio)
    messages = [sending.receive(edge) for edge in range(3)]
    assert [opened(each) == RuntimeData.audio(values(1000), 16000) for each in messages] == [True] * 3
    assert [place_of(each) == place for each in messages] == [True, False, False]


async def test_a_slow_edge_waits_with_a_copy_while_the_first_has_it(make):
    sending = make(outputs=2, capacity=1)
    sending.emit("x")
    assert bytes(sending.receive(0)) == b"x"
    audio = sending.loan()
    pending = asyncio.ensure_future(sending.flow.emit(audio))
    assert place_of(sending.receive(0)) is not None
    del audio
    assert is_lent(sending.loan())  # the slot is free again, whatever waits
    assert bytes(sending.receive(1)) == b"x"
    await pending
    assert opened(sending.receive(1)) == RuntimeData.audio(values(1000), 16000)
    assert sending.reporter.calls == [("full", 1, "to 1")]


async def test_a_view_that_is_kept_cannot_change_what_was_sent(make):
    sending = make()
    audio = sending.loan()
    kept = audio.samples
    sending.emit(audio)
    first = sending.receive()
    kept[:] = -1
    assert opened(first) == RuntimeData.audio(values(1000), 16000)
    del first
    for _ in range(20):
        other = sending.loan()
        assert not is_lent(other)
        sending.emit(other)
        message = sending.receive()
        kept[:] = -2
        assert opened(message) == RuntimeData.audio(values(1000), 16000)
    warned = [text for _, level, text in sending.reporter.calls if level == "warn"]
    assert warned == ["audio of loan_audio had to be copied when it was sent: a view of it is still alive (1 in all)"]
    del kept, audio
    assert is_lent(sending.loan())


@pytest.mark.parametrize(
    "keep", [lambda audio: audio.body, lambda audio: audio.samples[3:4], lambda audio: memoryview(audio.samples)]
)
async def test_every_kind_of_view_counts(make, keep):
    sending = make()
    audio = sending.loan()
    kept = keep(audio)
    place = place_of(audio.body)
    sending.emit(audio)
    assert place_of(sending.receive()) != place
    del kept


async def test_audio_that_was_sent_cannot_be_read_or_sent_again(make):
    sending = make()
    audio = sending.loan()
    sending.emit(audio)
    for use in (lambda: audio.samples, lambda: audio.body, lambda: sending.flow.emit(audio)):
        with pytest.raises(BufferError, match="belongs to its receiver"):
            use()
    assert sending.receive() is not None
    assert sending.receive() is None


@pytest.mark.parametrize("count", [100, 100_000])
async def test_loans_that_are_not_sent_cost_nothing(make, count):
    sending = make(capacity=2)
    for _ in range(50):
        assert is_lent(sending.loan(count))
    sending.emit(sending.loan(count))
    assert opened(sending.receive()).num_samples == count


async def test_others_may_be_sent_while_a_loan_is_filled(make):
    sending = make()
    audio = sending.loan()
    second = sending.loan()
    assert (is_lent(audio), is_lent(second)) == (True, False)
    for each in (second, "text", audio):
        sending.emit(each)
    assert opened(sending.receive()) == RuntimeData.audio(values(1000), 16000)
    assert bytes(sending.receive()) == b"text"
    assert opened(sending.receive()) == RuntimeData.audio(values(1000), 16000)


async def test_a_full_edge_lends_nothing_and_sends_later(make):
    sending = make(capacity=1)
    sending.emit("x")
    audio = sending.loan()
    assert not is_lent(audio)
    pending = asyncio.ensure_future(sending.flow.emit(audio))
    assert bytes(sending.receive()) == b"x"
    await pending
    assert opened(sending.receive()) == RuntimeData.audio(values(1000), 16000)


async def test_a_loan_whose_room_was_taken_waits_for_other_room(make):
    sending = make(capacity=1)
    audio = sending.loan()
    sending.emit("x")
    pending = asyncio.ensure_future(sending.flow.emit(audio))
    assert bytes(sending.receive()) == b"x"
    await pending
    assert opened(sending.receive()) == RuntimeData.audio(values(1000), 16000)
    assert sending.reporter.calls == [("full", 0, "to 0")]


async def test_a_lossy_edge_lends_too(make):
    sending = make(capacity=4, lossless=False)
    for _ in range(9):
        sending.emit(sending.loan())
    messages = [sending.receive() for _ in range(4)]
    assert [each and opened(each) == RuntimeData.audio(values(1000), 16000) for each in messages[:3]] == [True] * 3


async def test_without_an_edge_it_lies_in_ordinary_memory(make):
    sending = make(outputs=0)
    audio = sending.loan()
    assert (is_lent(audio), audio.samples.flags.writeable) == (False, True)
    sending.emit(audio)


async def test_metadata_that_is_added_later_costs_a_copy(make):
    sending = make()
    sending.emit(sending.loan().with_metadata({"a": "b"}))
    assert opened(sending.receive()) == RuntimeData.audio(values(1000), 16000, metadata={"a": "b"})
    [(_, _, text)] = sending.reporter.calls
    assert "announced" in text


async def test_it_may_be_part_of_a_composite(make):
    sending = make()
    sending.emit(RuntimeData.named({"a": sending.loan(), "b": RuntimeData.text("x")}))
    received = opened(sending.receive())
    assert (received["a"], received["b"].text) == (RuntimeData.audio(values(1000), 16000), "x")


async def test_more_than_the_edge_may_hold_is_refused_at_once(make):
    sending = make(max_bytes=100_000)
    with pytest.raises(ChannelError, match="shm_segment_size, 100000 bytes") as caught:
        sending.node.loan_audio(50_000, 16000)
    assert caught.value.code == "limit.message_size"


async def test_a_loan_may_outlive_its_channel(make):
    sending = Sending(asyncio.get_running_loop(), 1, 10, MIB, True)
    audio = sending.loan()
    samples = audio.samples
    sending.close()
    samples[:] = 1
    del audio, samples, sending
    gc.collect()


def test_what_cannot_be_audio_is_refused():
    node = construct(MultiprocessNode, NodeContext())
    with pytest.raises(TypeError, match="'f64'"):
        node.loan_audio(2, 16000, format="f64")
    for count, channels in [(3, 2), (-1, 1), (2, 0)]:
        with pytest.raises(ValueError, match="cannot be split"):
            node.loan_audio(count, 16000, channels)
