import json
import os
import shutil

import numpy as np
import pytest
from nodes_builtin.recordings import is_speech, joined

from remotemedia import ParamsError, RuntimeData
from remotemedia.testing import run_node

pytest.importorskip("piper", reason="piper-tts is not installed", exc_type=ImportError)

from remotemedia._requirements import DOWNLOADS_VARIABLE, MODELS_VARIABLE, find_gaps
from remotemedia.nodes import piper_tts_node
from remotemedia.nodes._audio import Resampler, to_mono_f32
from remotemedia.nodes.piper_tts_node import PiperTTSNode, find_joe

pytestmark = pytest.mark.skipif(find_joe() is None, reason="the voice joe is not on this machine")


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    return tmp_path


def voice_in(folder, name="mine", **changes):
    """The voice joe in a folder, under a name of its own and with another configuration."""
    onnx, configuration = (find_joe() / each for each in ("en_US-joe-medium.onnx", "en_US-joe-medium.onnx.json"))
    folder.mkdir(exist_ok=True)
    try:
        os.link(onnx, folder / f"{name}.onnx")
    except OSError:  # another disk
        shutil.copyfile(onnx, folder / f"{name}.onnx")
    (folder / f"{name}.onnx.json").write_text(json.dumps({**json.loads(configuration.read_text()), **changes}))
    return folder / f"{name}.onnx"


def test_each_sentence_becomes_speech_in_pieces_with_their_media_time():
    text = RuntimeData.text("Go forward ten meters. Stop.", timestamp_us=1_000_000)
    spoken = run_node(PiperTTSNode, [text])
    assert {(each.sample_rate, each.channels, each.format) for each in spoken} == {(22_050, 1, "i16")}
    assert 1.5 < len(joined(spoken)) / 22_050 < 5
    assert is_speech(joined(spoken))
    lengths = [len(each.samples) for each in spoken]
    # A shorter piece ends each of the two sentences, unless one fits exactly.
    assert 1 <= sum(each < 2_205 for each in lengths) <= 2
    assert spoken[-1].timestamp_us == 1_000_000 + sum(lengths[:-1]) * 1_000_000 // 22_050


def test_what_it_says_is_understood():
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed", exc_type=ImportError)
    from remotemedia.nodes.pocket_sphinx_node import PocketSphinxNode

    spoken = run_node(PiperTTSNode, ["Go forward ten meters."])
    resampler = Resampler(22_050, 16_000)
    heard = [resampler.process(to_mono_f32(each), last=each is spoken[-1]) for each in spoken]
    grammar = "#JSGF V1.0; grammar g; public <a> = (go | turn) (forward | back) (one | two | ten) (meters | miles);"
    [text] = run_node(PocketSphinxNode, [RuntimeData.audio(np.concatenate(heard), 16_000)], {"grammar": grammar})
    assert text.text == "go forward ten meters"


def test_speed_shortens():
    slow, fast = (len(joined(run_node(PiperTTSNode, ["Go forward ten meters."], {"speed": each}))) for each in (0.5, 2))
    assert 2.5 < slow / fast < 5.5


def test_a_voice_of_ones_own_is_a_file_or_a_folder_of_a_models_folder(models):
    file = voice_in(models / "voices", audio={"sample_rate": 16_000})
    for path in (str(file), "voices/mine.onnx", "voices"):
        spoken = run_node(PiperTTSNode, ["Stop."], {"model_path": path})
        assert {each.sample_rate for each in spoken} == {16_000}


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside/mine.onnx", "nowhere", "link/mine.onnx"])
def test_a_path_out_of_the_models_folders_is_refused(tmp_path, monkeypatch, path):
    voice_in(tmp_path / "outside")
    (tmp_path / "models").mkdir()
    os.symlink(tmp_path / "outside", tmp_path / "models" / "link")
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "models"))
    with pytest.raises((ValueError, FileNotFoundError), match="model_path"):
        run_node(PiperTTSNode, [], {"model_path": path})


def test_a_folder_of_two_voices_and_a_voice_without_configuration_are_told(models):
    voice_in(models / "two")
    voice_in(models / "two", "other")
    with pytest.raises(FileNotFoundError, match="has 2 .onnx files"):
        run_node(PiperTTSNode, [], {"model_path": "two"})
    shutil.copyfile(find_joe() / "en_US-joe-medium.onnx.json", models / "bare.onnx")
    with pytest.raises(FileNotFoundError, match="has no bare.onnx.json"):
        run_node(PiperTTSNode, [], {"model_path": "bare.onnx"})


def test_a_voice_whose_phonemes_need_a_download_is_refused(models):
    voice_in(models / "voices", phoneme_type="pinyin")
    with pytest.raises(ValueError, match="phonemes of type pinyin"):
        run_node(PiperTTSNode, [], {"model_path": "voices"})


def test_a_speaker_that_the_voice_does_not_have_is_refused():
    with pytest.raises(ParamsError, match="params.speaker is 1, but the voice en_US-joe-medium.onnx has 1"):
        run_node(PiperTTSNode, [], {"speaker": 1})


def test_without_the_voice_the_gap_says_how_to_get_it(models, monkeypatch):
    monkeypatch.delenv(DOWNLOADS_VARIABLE, raising=False)
    monkeypatch.setattr(piper_tts_node.importlib.util, "find_spec", lambda name: None)
    assert find_joe() is None
    gap = PiperTTSNode.requirements({})[-1].gap()
    assert gap.kind == "weights"
    assert "en_US-joe-medium (Piper's voice joe in medium quality, 63 MB, CC0-1.0)" in gap.what
    assert gap.remedy == "remotemedia nodes install TYPE --weights en_US-joe-medium"


def test_with_a_voice_of_ones_own_no_other_is_needed():
    gaps = find_gaps(PiperTTSNode.requirements({"model_path": "mine.onnx"}), "PiperTTSNode")
    assert [each for each in gaps if each.kind == "weights"] == []
