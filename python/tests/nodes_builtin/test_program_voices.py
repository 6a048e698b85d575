import os
import re
import shutil

import numpy as np
import pytest
from nodes_builtin.recordings import is_speech, joined

from remotemedia import RuntimeData
from remotemedia._requirements import find_gaps
from remotemedia.nodes._audio import Resampler, to_mono_f32
from remotemedia.nodes.espeak_tts_node import PARAMS as ESPEAK_PARAMS
from remotemedia.nodes.espeak_tts_node import EspeakTTSNode
from remotemedia.nodes.flite_tts_node import FliteTTSNode
from remotemedia.testing import run_node, run_node_async

TEXT = "Go forward ten meters. Stop."
GRAMMAR = "#JSGF V1.0; grammar g; public <a> = (go | turn) (forward | back) (one | six | ten) (meters | miles) [stop];"

NODES = [
    pytest.param(
        node, id=program, marks=pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")
    )
    for node, program in ((FliteTTSNode, "flite"), (EspeakTTSNode, "espeak-ng"))
]
each_node = pytest.mark.parametrize("node", NODES)


@each_node
def test_text_becomes_speech_in_pieces_with_their_media_time(node):
    spoken = run_node(node, [RuntimeData.text(TEXT, timestamp_us=2_000_000)], {"chunk_ms": 50})
    [rate] = {each.sample_rate for each in spoken}
    assert rate in (16_000, 22_050)
    assert {(each.channels, each.format) for each in spoken} == {(1, "i16")}
    lengths = [len(each.samples) for each in spoken]
    assert max(lengths) == rate // 20
    assert 1.5 < sum(lengths) / rate < 6
    assert is_speech(joined(spoken))
    assert [each.timestamp_us for each in spoken] == [
        2_000_000 + sum(lengths[:at]) * 1_000_000 // rate for at in range(len(spoken))
    ]


@each_node
def test_what_it_says_is_understood(node):
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed", exc_type=ImportError)
    from remotemedia.nodes.pocket_sphinx_node import PocketSphinxNode

    spoken = run_node(node, [TEXT])
    resampler = Resampler(spoken[0].sample_rate, 16_000)
    heard = [resampler.process(to_mono_f32(each), last=each is spoken[-1]) for each in spoken]
    [text] = run_node(PocketSphinxNode, [RuntimeData.audio(np.concatenate(heard), 16_000)], {"grammar": GRAMMAR})
    assert text.text == "go forward ten meters stop"


@each_node
def test_speed_shortens(node):
    slow, fast = (len(joined(run_node(node, [TEXT], {"speed": each}))) for each in (0.5, 2))
    assert 2.5 < slow / fast < 5.5


@each_node
def test_a_text_that_looks_like_options_is_only_spoken(node, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "-o made.wav --help -f /etc/passwd -w made.wav"
    assert is_speech(joined(run_node(node, [text])))
    assert os.listdir(tmp_path) == []


@each_node
def test_texts_without_a_word_do_no_harm(node):
    texts = [
        "",
        " ",
        "...",
        "?!",
        "\0\x07",
        "\N{SLIGHTLY SMILING FACE}",
        RuntimeData.text("no", metadata={"final": "false"}),
    ]
    spoken = run_node(node, [*texts, "Stop."])
    assert len(joined(spoken)) > 1_000


@each_node
def test_a_text_beyond_all_bounds_is_refused(node):
    with pytest.raises(ValueError, match="this one has 50000; split it"):
        run_node(node, ["x" * 50_000])


@each_node
async def test_it_works_in_a_process_of_its_own(node):
    here, there = run_node_async(node, [TEXT]), run_node_async(node, [TEXT], over_channel=True)
    assert np.array_equal(joined(await here), joined(await there))


@each_node
def test_a_missing_program_is_a_gap_that_says_how_to_get_it(node, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    [gap] = find_gaps(node.requirements({}), "T")
    assert gap.kind == "program"
    assert gap.remedy in ("apt-get install flite", "apt-get install espeak-ng")


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_an_unknown_voice_fails_before_anything_is_spoken():
    with pytest.raises(RuntimeError, match="The specified espeak-ng voice does not exist"):
        run_node(EspeakTTSNode, [], {"voice": "xx-none"})


@pytest.mark.parametrize("voice", ["-w/tmp/x", "../../etc/passwd", "en/us", "", "a" * 65, "en us", "en\n"])
def test_no_voice_of_espeak_is_an_option_or_a_path(voice):
    # As JSON Schema has it: $ is the end of the text and nothing before it.
    pattern = ESPEAK_PARAMS["properties"]["voice"]["pattern"].replace("$", r"\Z")
    assert re.search(pattern, voice) is None
