import numpy as np
import pytest
from nodes_builtin.recordings import is_speech, joined

from remotemedia.testing import run_node, run_node_async

pytest.importorskip("hibari", reason="hibari-tts is not installed", exc_type=ImportError)

from remotemedia import RuntimeData, find_node_type
from remotemedia.nodes.hibari_tts_node import HibariTTSNode

TEXT = "Okay, going forward. Ten meters."


@pytest.fixture(scope="module")
def spoken():
    return run_node(HibariTTSNode, [RuntimeData.text(TEXT, timestamp_us=3_000_000)])


def test_text_becomes_speech_in_pieces_with_their_media_time(spoken):
    samples = joined(spoken)
    assert {(each.sample_rate, each.channels, each.format) for each in spoken} == {(24_000, 1, "i16")}
    assert max(len(each.samples) for each in spoken) == 2_400
    assert 1 < len(samples) / 24_000 < 8
    assert is_speech(samples)
    starts = [each.timestamp_us for each in spoken]
    lengths = [len(each.samples) for each in spoken]
    assert starts == [3_000_000 + sum(lengths[:at]) * 1_000_000 // 24_000 for at in range(len(spoken))]


def test_the_same_seed_gives_the_same_samples_and_speed_shortens(spoken):
    assert np.array_equal(joined(run_node(HibariTTSNode, [TEXT])), joined(spoken))
    fast = joined(run_node(HibariTTSNode, [TEXT], {"speed": 2, "chunk_ms": 5_000}))
    assert 0.4 < len(fast) / len(joined(spoken)) < 0.7


def test_what_is_empty_or_not_final_is_not_spoken():
    assert run_node(HibariTTSNode, ["", " \n", RuntimeData.text("guess", metadata={"final": "false"})]) == []


def test_a_text_beyond_all_bounds_is_refused():
    with pytest.raises(ValueError, match="this one has 50000; split it"):
        run_node(HibariTTSNode, ["x" * 50_000])


@pytest.mark.parametrize(
    "text", ["9" * 40, "$" + "9," * 20, "x" * 900, "\0\x07", "\N{SLIGHTLY SMILING FACE}", "日本語"]
)
def test_no_text_is_an_error(text):
    spoken = run_node(HibariTTSNode, [f"{text} stop."], {"speed": 2})
    assert len(joined(spoken)) > 2_400


def test_manifests_may_use_the_name_of_the_example():
    assert find_node_type("HibariSpeechNode") is find_node_type("HibariTTSNode")


async def test_it_works_in_a_process_of_its_own(spoken):
    assert np.array_equal(joined(await run_node_async(HibariTTSNode, [TEXT], over_channel=True)), joined(spoken))
