"""run_node over the real channel: bits, sizes, and messages that are kept."""

import hashlib

import faults
import lenders
import numpy as np
import pytest
import shapes

from remotemedia import BatchHint, MultiprocessNode, RuntimeData, register_node
from remotemedia.testing import NodeFailedError, run_node, run_node_async


def of_every_kind(size, rng):
    """One message of each kind with about this many bytes."""
    raw = rng.integers(0, 256, size, dtype=np.uint8)
    text = raw.tobytes().hex()
    return [
        RuntimeData.audio(np.frombuffer(raw.tobytes()[: size // 4 * 4], np.float32), 16000, metadata={"n": str(size)}),
        RuntimeData.video(raw.reshape(1, -1), frame_number=size) if size else RuntimeData.video(b"", 0, 0, "rgb24"),
        RuntimeData.tensor(raw, layout="N"),
        RuntimeData.numpy(raw.reshape(-1, 1)),
        RuntimeData.text(text, language="x"),
        RuntimeData.json({"text": text}, schema_type="s"),
        RuntimeData.binary(raw.tobytes(), "m"),
        RuntimeData.file("/a", size=size, stream_id=text[:100]),
        RuntimeData.control(BatchHint(size), segment_id=text[:100]),
        RuntimeData.named({"a": RuntimeData.numpy(raw), "b": RuntimeData.text(text)}),
    ]


def digest(data):
    return data.kind, hashlib.sha256(data.body).hexdigest(), bytes(data._get_meta()), data.sequence


@pytest.mark.parametrize("node", [shapes.AsyncEcho, shapes.PlainEcho])
def test_every_kind_of_every_size_crosses_bit_for_bit_and_in_order(node):
    rng = np.random.default_rng(1)
    sizes = [0, 1, 63, 64, 65, 65_535, 65_536, 65_537, 300_000, *np.geomspace(1, 65_536, 60).astype(int)]
    sent = [each for size in sizes for each in of_every_kind(int(size), rng)]
    received = run_node(node, sent, over_channel=True)
    for number, each in enumerate(sent):
        each.sequence = number
    assert [digest(each) for each in received] == [digest(each) for each in sent]


def test_messages_of_megabytes_cross():
    rng = np.random.default_rng(2)
    sent = [RuntimeData.numpy(rng.integers(0, 256, size << 20, dtype=np.uint8)) for size in (1, 32, 7, 16, 1)]
    assert run_node(shapes.AsyncEcho, sent, over_channel=True) == sent


@pytest.mark.parametrize(("count", "size"), [(400, 1000), (60, 6_000_000)], ids=["small", "large"])
def test_a_node_may_keep_everything_it_gets(count, size):
    sent = [RuntimeData.numpy(np.full(size, number % 256, np.uint8)) for number in range(count)]
    received = run_node(faults.Keeps, sent, over_channel=True, timeout=60)
    assert len(received) == count
    assert all((each.array == number % 256).all() for number, each in enumerate(received))


@pytest.mark.parametrize("node", [lenders.Doubles, lenders.DoublesPlain, lenders.LosesLoans])
def test_a_node_may_fill_its_output_in_place(node):
    rng = np.random.default_rng(3)
    sizes = [0, 2, 320, 16_382, 16_384, 16_386, 1_500_000, *np.geomspace(2, 100_000, 150).astype(int) // 2 * 2]
    sent = [
        RuntimeData.audio(rng.integers(-99, 99, size, dtype=np.int32).astype(np.float32), 8000, 2) for size in sizes
    ]
    expected = [RuntimeData.audio(each.samples * np.float32(2), 8000, 2, metadata={"by": "node"}) for each in sent]
    assert run_node(node, sent, over_channel=True) == expected
    assert run_node(node, sent) == expected


def test_a_loan_that_is_sent_twice_fails_with_what_is_wrong():
    with pytest.raises(NodeFailedError, match="BufferError: this loan was sent: its memory belongs to its receiver"):
        run_node(lenders.SendsTwice, [RuntimeData.audio(np.ones(3, np.float32), 8000)], over_channel=True)


def test_functions_with_parameters_run_in_their_process():
    [louder] = run_node(shapes.gain, [RuntimeData.audio(np.ones(3, np.int16), 16000)], {"factor": 4}, over_channel=True)
    assert louder.samples.tolist() == [4, 4, 4]


def test_a_failure_has_the_other_processs_traceback():
    with pytest.raises(NodeFailedError, match="ValueError: cannot handle x") as caught:
        run_node(faults.FailsInProcess, ["x"], over_channel=True)
    assert (caught.value.phase, caught.value.error_type, caught.value.sequence) == ("process", "ValueError", 0)
    assert "faults.py" in caught.value.traceback


def test_an_exit_has_what_was_printed():
    with pytest.raises(NodeFailedError, match="exit code 3(.|\n)*dying now"):
        run_node(faults.Dies, ["x"], over_channel=True)


def test_a_node_that_takes_too_long_is_ended():
    with pytest.raises(TimeoutError):
        run_node(faults.HangsPlain, ["x"], over_channel=True, timeout=0.5)


async def test_it_runs_inside_a_loop():
    assert await run_node_async(shapes.AsyncEcho, "x", over_channel=True) == [RuntimeData.text("x")]


def test_another_process_finds_only_registered_nodes():
    class Local(MultiprocessNode):
        async def process(self, data):
            return data

    with pytest.raises(ValueError, match="is not registered"):
        run_node(Local, "x", over_channel=True)
    register_node("Local to a test")(Local)
    with pytest.raises(NodeFailedError, match="no module registers 'Local to a test'|cannot be imported"):
        run_node(Local, "x", over_channel=True)


def test_a_time_that_not_every_end_can_count_is_refused_where_it_is_made():
    with pytest.raises(NodeFailedError, match=r"timestamp_us must be from 0 to 2\^53 - 1, not 9007199254740992"):
        run_node(faults.Late, [RuntimeData.text("x")], over_channel=True)
