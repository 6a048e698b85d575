import asyncio

import pytest
from fake_channel import FakeDomain, FakeMessage, FakeReporter

from remotemedia import RuntimeData
from remotemedia._data import open_received
from remotemedia._frame import END
from remotemedia._runner.configure import Edge
from remotemedia._runner.flow import Flow, FlowStopped

END_FRAME = (END, 0, 0, b"", b"")


def frame(text, sequence=0, timestamp_us=0):
    data = RuntimeData.text(text)
    return data._code, sequence, timestamp_us, bytes(data.body), data._get_meta()


def text_of(sent):
    code, sequence, timestamp_us, body, meta = sent
    return open_received(code, bytes(body), meta, sequence, timestamp_us, "").text


@pytest.fixture
def domain():
    domain = FakeDomain()
    yield domain
    domain.close()


@pytest.fixture
async def make_flow(domain):
    loop = asyncio.get_running_loop()
    reporter = FakeReporter()

    def make(inputs=(0,), outputs=(2,)):
        flow = Flow(
            loop, domain, [Edge(each, f"from {each}") for each in inputs], [Edge(each, f"to {each}") for each in outputs],
            reporter,
        )  # fmt: skip
        flow.reporter = reporter
        loop.add_reader(domain.fileno(), flow.on_doorbell)
        return flow

    yield make
    loop.remove_reader(domain.fileno())


async def test_messages_keep_their_order_and_the_end_ends(domain, make_flow):
    flow, seen = make_flow(), []

    async def process(data):
        seen.append((data.text, data.sequence, data.timestamp_us, data.source))

    for number in range(3):
        domain.edges[0].try_send(*frame(str(number), number, number * 10))
    domain.edges[0].try_send(*END_FRAME)
    await flow.run(process)
    assert seen == [("0", 0, 0, "from 0"), ("1", 1, 10, "from 0"), ("2", 2, 20, "from 0")]
    assert (flow.items_in, flow.items_out) == (3, 0)
    assert domain.edges[0].closed == 1


async def test_a_message_that_comes_later_wakes_the_flow(domain, make_flow):
    flow, seen = make_flow(), asyncio.Queue()

    async def process(data):
        await seen.put(data.text)

    run = asyncio.create_task(flow.run(process))
    for text in ("a", "b"):
        domain.edges[0].try_send(*frame(text))
        assert await seen.get() == text
    domain.edges[0].try_send(*END_FRAME)
    await run


async def test_inputs_take_turns_and_each_may_end_alone(domain, make_flow):
    flow, seen = make_flow(inputs=(0, 1)), []

    async def process(data):
        seen.append(data.text)

    for text in ("a1", "a2", "a3"):
        domain.edges[0].try_send(*frame(text))
    domain.edges[0].try_send(*END_FRAME)
    for text in ("b1", "b2", "b3", "b4", "b5"):
        domain.edges[1].try_send(*frame(text))
    domain.edges[1].try_send(*END_FRAME)
    await flow.run(process)
    assert seen == ["a1", "b1", "a2", "b2", "a3", "b3", "b4", "b5"]


async def test_a_message_is_taken_only_when_process_can_start_on_it(domain, make_flow):
    flow, started, go_on = make_flow(), asyncio.Event(), asyncio.Event()

    async def process(data):
        started.set()
        await go_on.wait()

    for text in ("a", "b"):
        domain.edges[0].try_send(*frame(text))
    run = asyncio.create_task(flow.run(process))
    await started.wait()
    assert [text_of(each) for each in domain.edges[0].frames] == ["b"]
    domain.edges[0].try_send(*END_FRAME)
    go_on.set()
    await run


async def test_outputs_go_to_every_edge_with_inherited_numbers(domain, make_flow):
    flow = make_flow(outputs=(2, 3))
    kept = RuntimeData.text("kept")
    kept.sequence = 3

    async def process(data):
        flow.emit(data)
        flow.emit("new")
        flow.emit(kept)

    domain.edges[0].try_send(*frame("old", 8, 80))
    domain.edges[0].try_send(*END_FRAME)
    await flow.run(process)
    expected = [("old", 8, 80), ("new", 8, 80), ("kept", 3, 80)]
    for edge in (2, 3):
        assert [(text_of(each), each[1], each[2]) for each in domain.edges[edge].frames] == expected
    assert flow.items_out == 3


async def test_a_full_edge_is_awaited_and_reported_once_per_episode(domain, make_flow):
    flow = make_flow(outputs=(2, 3))
    slow, quick = domain.edges[2], domain.edges[3]
    slow.capacity = 1
    assert flow.emit("a") is None

    for text in ("b", "c"):
        pending = flow.emit(text)
        sending = asyncio.ensure_future(pending)
        await asyncio.sleep(0)
        assert not sending.done()
        slow.take()
        await sending
    assert flow.reporter.calls == [("full", 2, "to 2")]
    assert [text_of(each) for each in quick.frames] == ["a", "b", "c"]

    slow.take()
    assert flow.emit("d") is None  # room at once: the episode is over
    sending = asyncio.ensure_future(flow.emit("e"))
    await asyncio.sleep(0)
    slow.take()
    await sending
    assert flow.reporter.calls == [("full", 2, "to 2"), ("full", 2, "to 2")]


async def test_the_end_waits_until_everything_is_taken(domain, make_flow):
    flow = make_flow(outputs=(2, 3))
    flow.emit("a")
    ending = asyncio.create_task(flow.end())
    await asyncio.sleep(0)
    # On an edge that drops, an end that came sooner would take the place of the last message.
    for edge in (2, 3):
        assert [each[0] for each in domain.edges[edge].frames] == [5]
        domain.edges[edge].take()
    await domain.edges[3].filled.wait()
    for edge in (2, 3):
        assert [each[0] for each in domain.edges[edge].frames] == [END]
        assert not ending.done()
        domain.edges[edge].take()
    await ending


async def test_drops_on_an_input_are_reported_once_per_episode(domain, make_flow):
    flow = make_flow(inputs=(0, 1))
    domain.edges[0].dropped, domain.edges[1].dropped = 3, 0

    async def process(data):
        pass

    for _ in range(3):
        domain.edges[0].try_send(*frame("a"))
        domain.edges[1].try_send(*frame("b"))
    for edge in (0, 1):
        domain.edges[edge].try_send(*END_FRAME)
    await flow.run(process)
    assert flow.reporter.calls == [("dropping", 0, "from 0")]


async def test_a_slot_is_given_back_before_the_next_wait(domain, make_flow):
    flow, seen = make_flow(), []
    before = FakeMessage.alive

    async def process(data):
        seen.append(FakeMessage.alive - before)

    run = asyncio.create_task(flow.run(process))
    for text in ("a", "b"):
        domain.edges[0].looked.clear()
        domain.edges[0].try_send(*frame(text))
        await domain.edges[0].looked.wait()
        assert FakeMessage.alive == before
    assert seen == [1, 1]
    domain.edges[0].try_send(*END_FRAME)
    await run


async def test_a_node_may_keep_a_message_and_a_scarce_one_is_copied(domain, make_flow):
    flow, kept = make_flow(), []
    before = FakeMessage.alive

    async def process(data):
        kept.append(data)

    domain.edges[0].try_send(*frame("kept"))
    domain.edges[0].try_send(*END_FRAME)
    await flow.run(process)
    assert FakeMessage.alive - before == 1

    domain.edges[1].is_scarce = True
    domain.edges[1].try_send(*frame("copied"))
    domain.edges[1].try_send(*END_FRAME)
    await make_flow(inputs=(1,)).run(process)
    assert FakeMessage.alive - before == 1
    assert [each.text for each in kept] == ["kept", "copied"]
    kept.clear()
    assert FakeMessage.alive == before


async def test_stop_ends_a_wait_for_input_and_a_wait_for_room(domain, make_flow):
    async def process(data):
        await flow.emit("more")

    flow = make_flow()
    run = asyncio.create_task(flow.run(process))
    await asyncio.sleep(0)
    flow.stop()
    with pytest.raises(FlowStopped):
        await run

    flow = make_flow(inputs=(1,))
    domain.edges[2].capacity = 0
    domain.edges[1].try_send(*frame("a"))
    run = asyncio.create_task(flow.run(process))
    await domain.edges[2].refused.wait()
    flow.stop()
    with pytest.raises(FlowStopped):
        await run


async def test_stop_lets_the_current_message_finish_and_takes_no_other(domain, make_flow):
    flow, seen = make_flow(), []

    async def process(data):
        flow.stop()
        await asyncio.sleep(0)
        seen.append(data.text)

    for text in ("a", "b"):
        domain.edges[0].try_send(*frame(text))
    with pytest.raises(FlowStopped):
        await flow.run(process)
    assert seen == ["a"]
    assert len(domain.edges[0].frames) == 1


async def test_a_busy_stream_leaves_turns_to_the_loop(domain, make_flow):
    flow = make_flow()
    domain.edges[0].capacity = 1_000_000
    others = 0

    async def process(data):  # never waits, and keeps its input full
        if flow.items_in == 20_000:
            domain.edges[0].frames.append(END_FRAME)
        else:
            domain.edges[0].frames.append(frame("x"))

    async def other():
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    domain.edges[0].frames.append(frame("x"))
    await flow.run(process)
    task.cancel()
    assert others > 3


async def test_what_process_raises_passes_with_its_sequence(domain, make_flow):
    flow = make_flow()

    async def process(data):
        raise KeyError("x")

    domain.edges[0].try_send(*frame("a", 41))
    with pytest.raises(KeyError):
        await flow.run(process)
    assert flow.sequence == 41


async def test_an_undeclared_kind_is_not_sent(domain, make_flow):
    flow = make_flow()
    flow.output_types = ("audio",)
    with pytest.raises(TypeError, match="gave text data"):
        flow.emit("text")
    assert not domain.edges[2].frames
