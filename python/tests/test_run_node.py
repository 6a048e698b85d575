import numpy as np
import pytest
import shapes

from remotemedia import MultiprocessNode, RuntimeData, register_node
from remotemedia.testing import run_node, run_node_async

TEXT = RuntimeData.text("hello")


def texts(outputs):
    return [each.text for each in outputs]


@pytest.mark.parametrize(
    "node", [shapes.AsyncEcho, shapes.PlainEcho, shapes.Hidden, shapes.HiddenGenerator], ids=lambda each: each.__name__
)
def test_a_node_may_return_its_input(node):
    assert run_node(node, [TEXT, TEXT]) == [TEXT, TEXT]


@pytest.mark.parametrize(
    "node", [shapes.AsyncTwice, shapes.PlainTwice, shapes.ListTwice], ids=lambda each: each.__name__
)
def test_a_node_may_give_several_outputs(node):
    assert run_node(node, [TEXT]) == [TEXT, TEXT]


def test_a_node_may_give_nothing():
    assert run_node(shapes.Sink, ["a", "b"]) == []


def test_flush_gives_what_is_left():
    assert texts(run_node(shapes.Joined, ["a", "b"])) == ["a b"]
    assert texts(run_node(shapes.PlainFlush, ["a", "b"])) == ["2", "done"]


def test_all_plain_hooks_and_the_constructor_run_in_one_thread():
    [names] = run_node(shapes.Threads, ["a", "b"])
    assert set(names.json) == {"hooks"}


def test_a_bare_function_is_a_node():
    assert texts(run_node(shapes.shout, "hello")) == ["HELLO"]
    assert texts(run_node(shapes.count, "x", {"upto": 3})) == ["0", "1", "2"]
    assert texts(run_node(shapes.acount, "x")) == ["0", "1"]


def test_a_functions_further_arguments_are_parameters():
    samples = np.arange(4, dtype=np.int16)
    [doubled] = run_node(shapes.gain, [RuntimeData.audio(samples, 16000)])
    [louder] = run_node(shapes.gain, [RuntimeData.audio(samples, 16000)], {"factor": 3, "offset": 1, "unknown": 0})
    np.testing.assert_array_equal(doubled.samples, samples * 2)
    np.testing.assert_array_equal(louder.samples, samples * 3 + 1)


def test_one_message_needs_no_list():
    assert run_node(shapes.AsyncEcho, "hello") == [TEXT]
    assert run_node(shapes.AsyncEcho, b"\x00") == [RuntimeData.binary(b"\x00")]
    assert run_node(shapes.AsyncEcho, np.eye(2)) == [RuntimeData.numpy(np.eye(2))]


def test_outputs_inherit_sequence_and_timestamp():
    class Fresh(MultiprocessNode):
        async def process(self, data):
            return data.text, RuntimeData.text("later", timestamp_us=99)

        async def flush(self):
            return "end"

    first = RuntimeData.text("a", timestamp_us=7)
    outputs = run_node(Fresh, [first, "b"])
    assert [(each.text, each.sequence, each.timestamp_us) for each in outputs] == [
        ("a", 0, 7), ("later", 0, 99), ("b", 1, 0), ("later", 1, 99), ("end", 1, 0),
    ]  # fmt: skip


def test_inputs_are_read_only_as_in_a_session():
    class Writes(MultiprocessNode):
        async def process(self, data):
            data.samples[0] = 1

    with pytest.raises(ValueError, match="read-only"):
        run_node(Writes, [RuntimeData.audio(np.zeros(3, np.float32), 16000)])


def test_a_copy_may_be_written_to():
    class Silences(MultiprocessNode):
        async def process(self, data):
            own = data.copy()
            own.samples[:] = 0
            return own

    [silent] = run_node(Silences, [RuntimeData.audio(np.ones(3, np.float32), 16000, metadata={"a": "b"})])
    assert not silent.samples.any()
    assert silent.metadata == {"a": "b"}


def test_an_exception_passes_and_cleanup_still_runs():
    done = []

    class Fails(MultiprocessNode):
        def process(self, data):
            raise LookupError("nothing here")

        def cleanup(self):
            done.append("cleanup")

    with pytest.raises(LookupError, match="nothing here"):
        run_node(Fails, "x")
    assert done == ["cleanup"]


def test_cleanup_does_not_run_when_initialize_failed():
    class Fails(MultiprocessNode):
        async def initialize(self):
            raise OSError("no model")

        async def process(self, data):
            pass

        async def cleanup(self):
            raise AssertionError("there is nothing to clean up")

    with pytest.raises(OSError, match="no model"):
        run_node(Fails, "x")


@pytest.mark.parametrize("output", [{"a": 1}, 3, object(), 1.5], ids=lambda each: type(each).__name__)
def test_an_output_of_another_type_is_refused_with_a_hint(output):
    class Odd(MultiprocessNode):
        async def process(self, data):
            return output

    with pytest.raises(TypeError, match=r"must be RuntimeData, .* not .*RuntimeData\.json"):
        run_node(Odd, "x")


def test_an_output_of_an_undeclared_kind_is_refused():
    @register_node("OnlyAudio", output_types=["audio"])
    class OnlyAudio(MultiprocessNode):
        async def process(self, data):
            return "text"

    with pytest.raises(TypeError, match=r"output_types=\['audio'\] but gave text"):
        run_node(OnlyAudio, "x")


def test_progress_and_log_may_be_used_without_a_service(caplog):
    class Talks(MultiprocessNode):
        async def initialize(self):
            self.progress(0.5, "half")
            self.progress(float("nan"))
            self.log.warning("careful, %s", self.node_id)

        async def process(self, data):
            pass

    run_node(Talks, "x")
    assert "careful, node" in caplog.text


async def test_run_node_async_works_inside_a_loop():
    assert await run_node_async(shapes.AsyncEcho, "hello") == [TEXT]


def test_a_failed_send_closes_the_generator_at_once():
    closed = []

    class Generates(MultiprocessNode):
        async def process(self, data):
            try:
                yield 42
            finally:
                closed.append("closed")

    with pytest.raises(TypeError):
        run_node(Generates, "x")
    assert closed == ["closed"]
