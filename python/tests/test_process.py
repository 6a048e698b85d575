"""A node's process over the real channel: every way to fail, to hang and to stop."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from harness import receive, started
from lenders import place_of

from remotemedia import RuntimeData
from remotemedia._frame import AUDIO, JSON

TEXT = RuntimeData.text("hello")


async def hanging(child, around):
    await child.wait_for("ready")
    around.send(TEXT, 5)
    await asyncio.wait_for(child.said("hanging"), 20)


@pytest.mark.parametrize(
    ("node", "params", "phase", "error", "message"),
    [
        ("FailsToConstruct", {}, "initialize", "LookupError", "LookupError: no such device"),
        ("NeedsModel", {}, "configure", "ParamsError", "needs the parameter 'model'"),
        ("FailsToInitialize", {}, "initialize", "OSError", "OSError: no such model: base"),
        ("NoSuchNode", {}, "import", "UnknownNodeType", "no module registers 'NoSuchNode'; modules imported: faults"),
    ],
)
async def test_a_node_that_cannot_start_says_why(node, params, phase, error, message):
    async with started(node, params) as (child, _):
        failure = await child.failure()
        assert (failure.phase, failure.error_type, failure.sequence) == (phase, error, None)
        assert message in failure.message
        assert failure.message in failure.traceback
        if phase == "initialize":
            assert "faults.py" in failure.traceback
        child.send({"type": "stop", "mode": "abort"})
        assert await child.exit_code() == 1
        assert "cleaned up" not in str(child.log)


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        ("broken.raises", "ModuleNotFoundError", "No module named 'no_such_package_anywhere'"),
        ("broken.exits", "SystemExit", "SystemExit: leaving"),
        ("not_python.py", "SyntaxError", "not_python.py, line 1"),
        ("no_such_module", "ModuleNotFoundError", "No module named 'no_such_module'"),
    ],
)
async def test_a_module_that_cannot_be_imported_is_reported_with_its_traceback(module, error, message, tmp_path):
    if module == "not_python.py":
        module = str(tmp_path / module)
        (tmp_path / "not_python.py").write_text("def broken(:")
    async with started("Anything", module=module) as (child, _):
        await child.wait_for("wired")
        failure = await child.failure()
        assert (failure.phase, failure.error_type) == ("import", error)
        assert message in failure.message
        assert message.partition(",")[0] in failure.traceback
        assert "importlib" not in failure.traceback.splitlines()[1] or error == "ModuleNotFoundError"
        child.send({"type": "stop", "mode": "normal"})
        assert await child.exit_code() == 1


async def test_only_the_module_of_the_node_is_imported(tmp_path):
    marker, first, own = (tmp_path / name for name in ("imported", "first_of_all.py", "own_file.py"))
    first.write_text(f"open({str(marker)!r}, 'w').close()")
    own.write_text(
        "from remotemedia import register_node\n\n\n@register_node('InAFile')\ndef echo(data):\n    return data\n"
    )
    modules = [str(first), str(own)]
    async with started("InAFile", module="own_file", modules=modules) as (child, _):
        await child.wait_for("ready")
        assert not marker.exists()
    async with started("InAFile", module=None, modules=modules) as (child, _):
        await child.wait_for("ready")
        assert marker.exists()


async def test_an_exception_in_process_has_its_sequence_and_its_cause():
    async with started("FailsInProcess") as (child, around):
        await child.wait_for("ready")
        around.send(TEXT, 41)
        failure = await child.failure()
        assert (failure.phase, failure.error_type, failure.sequence) == ("process", "ValueError", 41)
        assert failure.message == "ValueError: cannot handle hello"
        assert "KeyError: 'key'" in failure.traceback
        assert 'File "' in failure.traceback.splitlines()[1]
        assert "remotemedia/_runner" not in failure.traceback
        # It waits for the service, and still cleans up.
        child.send({"type": "stop", "mode": "abort"})
        assert await child.exit_code() == 1
        assert ("info", "cleaned up") in child.log


@pytest.mark.parametrize(
    ("node", "phase", "error", "sequence"),
    [
        ("CallsExit", "process", "SystemExit", 0),
        ("CancelsItself", "process", "CancelledError", 0),
        ("FailsInFlush", "flush", "RuntimeError", None),
    ],
)
async def test_other_ways_to_fail(node, phase, error, sequence):
    async with started(node) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        around.end()
        failure = await child.failure()
        assert (failure.phase, failure.error_type, failure.sequence) == (phase, error, sequence)


async def test_a_failure_in_cleanup_is_reported():
    async with started("FailsInCleanup") as (child, _):
        await child.wait_for("ready")
        child.send({"type": "stop", "mode": "normal"})
        assert await child.exit_code() == 1
        failure = await child.failure()
        assert (failure.phase, failure.message) == ("cleanup", "RuntimeError: cannot close")


async def test_a_message_that_the_channel_refuses_has_the_code_of_its_limit():
    async with started("SendsTooMuch", max_bytes=1024) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        failure = await child.failure()
        assert (failure.phase, failure.error_type) == ("process", "limit.message_size")
        assert failure.message.startswith("limit.message_size: ")
        assert "1024" in failure.message


async def test_a_process_that_exits_by_itself_is_an_exit():
    async with started("Dies") as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        failure = await child.failure()
        assert (failure.phase, failure.message) == ("exit", "the process ended with exit code 3")
        assert failure.output == "dying now\n"


@pytest.mark.parametrize("node", ["HangsPlain", "HangsAsync"])
@pytest.mark.parametrize("by", ["stop line", "SIGTERM"])
async def test_an_abort_ends_a_hanging_node_after_its_cleanup(node, by):
    async with started(node) as (child, around):
        await hanging(child, around)
        if by == "SIGTERM":
            os.kill(child.pid, signal.SIGTERM)
        else:
            child.send({"type": "stop", "mode": "abort"})
        # Nobody but SIGTERM has told it to go, and the service shall see that.
        expected = -signal.SIGTERM if by == "SIGTERM" else 0
        assert await asyncio.wait_for(child.exit_code(), 10) == expected
        messages = [message for _, message in child.log]
        assert messages == ["hanging", *(["cancelled"] if node == "HangsAsync" else []), "cleaned up"]


async def test_an_abort_ends_a_node_that_hangs_in_initialize():
    async with started("HangsInInitialize") as (child, _):
        await child.wait_for("wired")
        await asyncio.wait_for(child.said("loading weights"), 20)
        child.send({"type": "stop", "mode": "abort"})
        assert await asyncio.wait_for(child.exit_code(), 10) == 0
        assert child.log == []


async def test_a_normal_stop_ends_an_idle_node_after_its_cleanup():
    async with started("FailsInProcess") as (child, _):
        await child.wait_for("ready")
        await child.stop()
        assert child.log == [("info", "cleaned up")]


async def test_a_normal_stop_becomes_an_abort_by_sigterm():
    async with started("HangsAsync") as (child, around):
        await hanging(child, around)
        child.send({"type": "stop", "mode": "normal"})
        os.kill(child.pid, signal.SIGTERM)
        assert await asyncio.wait_for(child.exit_code(), 10) == 0
        assert child.log[-1] == ("info", "cleaned up")


@pytest.mark.parametrize("node", ["HangsPlain", "BlocksTheLoop", "Spins"])
async def test_a_hang_up_kills_the_process_whatever_it_does(node):
    async with started(node) as (child, around):
        await hanging(child, around)
        child.hang_up()
        assert await asyncio.wait_for(child.exit_code(), 10) == -signal.SIGKILL


@pytest.mark.parametrize("node", ["HangsPlain", "BlocksTheLoop", "Spins"])
async def test_a_ping_is_answered_whatever_the_node_does(node):
    async with started(node) as (child, around):
        await hanging(child, around)
        child.send({"type": "ping", "id": 12})
        assert (await asyncio.wait_for(child.wait_for("pong"), 10))["id"] == 12


@pytest.mark.parametrize("node", ["HangsPlain", "HangsAsync", "BlocksTheLoop", "Spins"])
async def test_a_message_that_takes_too_long_is_reported_with_the_place(node):
    async with started(node, process_timeout_ms=100) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT, 5)
        failure = await asyncio.wait_for(child.failure(), 10)
        assert (failure.phase, failure.error_type, failure.sequence) == ("process", "ProcessTimeout", 5)
        assert "100 ms (process_timeout_secs)" in failure.message
        if node != "HangsAsync":  # which is in no thread
            assert "faults.py" in failure.traceback


@pytest.mark.parametrize("node", ["HangsPlain", "HangsAsync", "BlocksTheLoop", "Spins"])
async def test_a_flush_that_takes_too_long_is_reported_with_the_place(node):
    async with started(f"{node}InFlush", process_timeout_ms=100) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT, 5)
        around.end()
        failure = await asyncio.wait_for(child.failure(), 10)
        assert (failure.phase, failure.error_type, failure.sequence) == ("flush", "ProcessTimeout", None)
        assert failure.message == "ProcessTimeout: flush() has not returned after 100 ms (process_timeout_secs)"
        if node != "HangsAsync":  # which is in no thread
            assert "in flush" in failure.traceback


@pytest.mark.parametrize(("node", "hook"), [("NowAndThen", "process"), ("NowAndThenInFlush", "flush")])
async def test_what_yields_now_and_then_is_judged_by_all_its_time(node, hook):
    async with started(node, process_timeout_ms=300) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        around.end()
        failure = await asyncio.wait_for(child.failure(), 10)
        assert (failure.phase, failure.error_type) == (hook, "ProcessTimeout")


async def test_messages_within_the_timeout_are_not_reported():
    async with started("Where", process_timeout_ms=10_000) as (child, around):
        await child.wait_for("ready")
        for _ in range(5):
            around.send(TEXT)
        around.end()
        assert (await receive(child, around))[-1] is None
        await child.wait_for("ended")
        await child.stop()


@pytest.mark.parametrize("node", ["Many", "ManyInFlush"])
async def test_waiting_for_room_is_not_a_node_that_takes_too_long(node):
    async with started(node, process_timeout_ms=300) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        around.end()
        await child.wait_for("full")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(child.failure(), 0.6)
        assert await receive(child, around) == [*map(str, range(20)), None]
        await child.wait_for("ended")
        await child.stop()


async def test_a_pong_tells_how_long_a_message_has_taken():
    async with started("BlocksTheLoop", process_timeout_ms=60_000) as (child, around):
        await hanging(child, around)
        child.send({"type": "ping", "id": 3})
        pong = await asyncio.wait_for(child.wait_for("pong"), 10)
        assert pong["id"] == 3
        assert pong["busy_ms"] >= 0
        assert (pong["phase"], pong["sequence"]) == ("process", 5)


async def test_a_pong_tells_how_long_a_flush_has_taken():
    async with started("BlocksTheLoopInFlush", process_timeout_ms=60_000) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        around.end()
        await child.said("hanging")
        child.send({"type": "ping", "id": 3})
        pong = await asyncio.wait_for(child.wait_for("pong"), 10)
        assert pong["busy_ms"] >= 0
        assert (pong["phase"], "sequence" in pong) == ("flush", False)


async def test_inputs_merge_and_each_message_says_where_it_is_from():
    async with started("Where", inputs=2) as (child, around):
        await child.wait_for("ready")
        around.send(RuntimeData.text("a"), 1, edge=0)
        around.send(RuntimeData.text("b"), 1, edge=1)
        around.end()
        assert sorted((await receive(child, around))[:-1]) == ["in-1: b", "outside: a"]
        ended = await child.wait_for("ended")
        assert (ended["items_in"], ended["items_out"], ended["rescues"]) == (2, 2, 0)
        assert ended["process_ms"] > 0
        await child.stop()


async def test_what_a_node_wrote_into_a_loan_is_received_from_the_same_memory():
    messages = []
    sent = np.arange(30_000, dtype=np.float32)

    def read(message):
        messages.append(message)  # held, so that its memory is not used again
        return json.loads(bytes(message)) if message.kind == JSON else place_of(message)

    async with started("TellsPlaceAndDoubles", module="lenders", outputs=2) as (child, around):
        await child.wait_for("ready")
        for number in range(2):
            around.send(RuntimeData.audio(sent + number, 16000), 40 + number)
        around.end()
        told, place, told_next, place_next, end = await receive(child, around, 0, read)
        assert (place, place_next, end) == (told, told_next, None)
        assert told != told_next
        await receive(child, around, 1, read)  # copies of the same
        audio = [each for each in messages if each.kind == AUDIO]
        assert [each.sequence for each in audio] == [40, 41, 40, 41]
        for each in audio:
            assert (np.frombuffer(each, np.float32) == (sent + each.sequence - 40) * 2).all()
        await child.wait_for("ended")
        await child.stop()


async def test_every_output_edge_gets_everything():
    async with started("Many", outputs=2, capacity=30) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        around.end()
        expected = [*map(str, range(20)), None]
        assert [await receive(child, around, each) for each in (0, 1)] == [expected, expected]


async def test_an_edge_carries_the_kinds_that_its_receiver_takes():
    def read(message):
        return message.kind, len(bytes(message))

    kinds = [["text"], ["audio"], ["text", "audio"]]
    async with started("GivesThreeKinds", module="formats", outputs=3, kinds=kinds) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        around.send(TEXT)
        around.end()
        text, audio = (TEXT._code, 5), (AUDIO, 200_000)
        assert await receive(child, around, 0, read) == [text, text, None]
        assert await receive(child, around, 1, read) == [audio, audio, None]
        assert await receive(child, around, 2, read) == [text, audio, text, audio, None]
        ended = await child.wait_for("ended")
        assert (ended["items_out"], ended["output_kinds"]) == (4, {"audio": 2, "text": 2})
        assert ended["left_out"] == {"json": 2}
        notes = [text for level, text in child.log if "left out" in text]
        assert notes == ["gives json data, which no node that it is connected to takes: left out"]
        assert not [text for _, text in child.log if "copied" in text]
        await child.stop()


async def test_a_full_edge_is_reported_and_nothing_is_lost():
    async with started("Many") as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        around.end()
        full = await child.wait_for("full")
        assert (full["edge"], full["to"]) == (1, "out-0")
        assert await receive(child, around) == [*map(str, range(20)), None]
        await child.wait_for("ended")
        await child.stop()


async def test_the_start_is_told_step_by_step():
    async with started("Talks", log_level="debug") as (child, around):
        await child.wait_for("ready")
        assert [(each["status"], each["fraction"], each["message"]) for each in child.progress] == [
            ("starting", None, "wiring"), ("starting", None, "importing module faults"),
            ("loading_model", None, ""), ("loading_model", 0.4, "loading"),
        ]  # fmt: skip
        around.send(TEXT)
        around.end()
        await receive(child, around)
        await child.stop()
        levels = [level for level, _ in child.log]
        assert levels == ["debug", "error", "info", "info"]
        assert child.log[1][1].startswith("broken\n")
        assert "ValueError: why" in child.log[1][1]
        assert child.log[2] == ("info", "progress 50% late")
        assert child.output == "printed\n"


async def test_a_node_is_told_who_it_is_and_its_process_is_lean():
    async with started("Reports", {"a": [1]}) as (child, around):
        await child.wait_for("ready")
        around.send(TEXT)
        around.end()
        report = json.loads((await receive(child, around))[0])
        assert (report["node_id"], report["session_id"], report["params"]) == ("node-1", "session-1", {"a": [1]})
        assert report["modules"] == []
        assert report["inheritable"] is False
        assert report["child_fds"] == 4  # the three streams and the listing itself


async def test_without_a_service_there_is_an_explanation():
    for arguments, text in [(["x"], "usage:"), (["x", "--session", "s", "--control-fd", "77"], "run_node")]:
        command = [sys.executable, "-m", "remotemedia", *arguments]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        assert done.returncode == 2
        assert text in done.stderr
