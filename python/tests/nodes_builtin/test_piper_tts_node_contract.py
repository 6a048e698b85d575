"""PiperTTSNode against a stub of piper's documented API; test_piper_tts_node.py has the real one."""

import sys
from enum import StrEnum
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from remotemedia import ParamsError, RuntimeData
from remotemedia._requirements import MODELS_VARIABLE
from remotemedia.nodes.piper_tts_node import PiperTTSNode
from remotemedia.testing import run_node


class PhonemeType(StrEnum):
    ESPEAK = "espeak"
    PINYIN = "pinyin"


@pytest.fixture
def piper(tmp_path, monkeypatch):
    """The stub, and a folder with a voice that has two speakers."""
    calls = []
    config = SimpleNamespace(sample_rate=16_000, num_speakers=2, length_scale=1.5, phoneme_type=PhonemeType.ESPEAK)

    class PiperVoice:
        def __init__(self):
            self.config = config

        @staticmethod
        def load(path):
            calls.append(("load", path))
            return PiperVoice()

        def synthesize(self, text, options):
            calls.append((text, options.speaker_id, options.length_scale))
            yield SimpleNamespace(audio_float_array=np.full(2_000, 0.5, np.float32))

    stub = ModuleType("piper")
    stub.PiperVoice = PiperVoice
    stub.SynthesisConfig = lambda speaker_id, length_scale: SimpleNamespace(
        speaker_id=speaker_id, length_scale=length_scale
    )
    monkeypatch.setitem(sys.modules, "piper", stub)
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    for name in ("two.onnx", "two.onnx.json"):
        (tmp_path / name).touch()
    return SimpleNamespace(calls=calls, config=config, path=tmp_path / "two.onnx")


def test_contract_sentences_go_to_piper_one_by_one_with_speaker_and_pace(piper):
    text = RuntimeData.text("First one here. Second!", timestamp_us=1_000_000)
    spoken = run_node(PiperTTSNode, [text], {"model_path": "two.onnx", "speaker": 1, "speed": 2})
    load, warm_up, *sentences = piper.calls
    assert load == ("load", piper.path)
    assert warm_up[1:] == (1, 0.75)
    assert sentences == [("First one here.", 1, 0.75), ("Second!", 1, 0.75)]
    assert [len(each.samples) for each in spoken] == [1_600, 400, 1_600, 400]
    assert [each.timestamp_us for each in spoken] == [1_000_000, 1_100_000, 1_125_000, 1_225_000]
    assert {(each.sample_rate, each.format, int(each.samples[0])) for each in spoken} == {(16_000, "i16", 16_384)}


def test_contract_a_speaker_or_phonemes_that_cannot_be_are_refused(piper):
    with pytest.raises(ParamsError, match="params.speaker is 2, but the voice two.onnx has 2, from 0 on"):
        run_node(PiperTTSNode, [], {"model_path": "two.onnx", "speaker": 2})
    piper.config.phoneme_type = PhonemeType.PINYIN
    with pytest.raises(ValueError, match="phonemes of type pinyin"):
        run_node(PiperTTSNode, [], {"model_path": "two.onnx"})
