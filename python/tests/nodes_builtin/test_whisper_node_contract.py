"""WhisperNode against a stub of faster-whisper's documented interface: what it asks of the engine, and when it answers."""

import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from remotemedia import RuntimeData
from remotemedia._requirements import MODELS_VARIABLE
from remotemedia.nodes._whisper_weights import FILES
from remotemedia.nodes.whisper_node import WhisperNode
from remotemedia.testing import run_node

RATE = 16_000


class StubModel:
    """Says how much it was given, in seconds."""

    calls: list = []
    made: dict = {}
    pieces = None

    def __init__(self, folder, **options):
        StubModel.made = {"folder": folder, **options}
        self.model = SimpleNamespace(is_multilingual=True, n_mels=80, detect_language=lambda _: [[("<|fr|>", 0.9)]])
        self.feature_extractor = SimpleNamespace(mel_filters=np.zeros((80, 201)))
        self.supported_languages = ["en", "de", "fr"]

    def encode(self, features):
        return features

    def transcribe(self, audio, **options):
        frames = self.encode(np.zeros((80, 3000), np.float32)).shape[-1]
        StubModel.calls.append(SimpleNamespace(secs=len(audio) / RATE, window=frames / 100, **options))
        return iter(self.pieces or [piece(f" {len(audio) / RATE:g}")]), SimpleNamespace(language=options["language"])


def piece(text, no_speech_prob=0.0, words=()):
    words = [SimpleNamespace(word=word, start=start, end=end, probability=0.5) for word, start, end in words]
    return SimpleNamespace(text=text, no_speech_prob=no_speech_prob, words=words)


@pytest.fixture(autouse=True)
def stub(monkeypatch, tmp_path):
    for name in FILES:
        (tmp_path / "whisper-base").mkdir(exist_ok=True)
        (tmp_path / "whisper-base" / name).touch()
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    engine, features, numbers = (ModuleType(each) for each in ("faster_whisper", "feature_extractor", "ctranslate2"))
    engine.WhisperModel = StubModel
    features.FeatureExtractor = SimpleNamespace
    numbers.get_cuda_device_count = lambda: 0
    numbers.get_supported_compute_types = lambda _: {"int8", "float32"}
    monkeypatch.setitem(sys.modules, "faster_whisper", engine)
    monkeypatch.setitem(sys.modules, "faster_whisper.feature_extractor", features)
    monkeypatch.setitem(sys.modules, "ctranslate2", numbers)
    monkeypatch.setattr(StubModel, "calls", [])
    monkeypatch.setattr(StubModel, "pieces", None)


def sound(secs, mark=None, at=0.0, rate=RATE):
    samples = np.full(round(secs * rate), 0.1, np.float32)
    marks = {} if mark is None else {"speech": mark}
    return RuntimeData.audio(samples, rate, metadata=marks, timestamp_us=round(at * 1e6))


def summary(texts):
    return [(each.text, each.metadata["final"], each.metadata["start_ms"], each.metadata["end_ms"]) for each in texts]


def test_stub_engine_is_loaded_from_the_found_folder_with_8_bits_on_a_cpu(tmp_path):
    run_node(WhisperNode, [], {"cpu_threads": 3})
    assert StubModel.made == {
        "folder": str(tmp_path / "whisper-base"),
        "device": "cpu",
        "compute_type": "int8",
        "cpu_threads": 3,
    }


def test_stub_engine_gets_each_marked_utterance_once_and_the_time_it_began():
    messages = [
        sound(1, "none"),
        sound(1, "start", at=10),
        sound(1, "continue", at=11),
        sound(0.5, "end", at=12),
        sound(5, "none", at=12.5),
        sound(1, "start", at=20),
        sound(1, "end", at=21),
    ]
    texts = run_node(WhisperNode, messages)
    assert summary(texts) == [("2.5", "true", "10000", "12500"), ("2", "true", "20000", "22000")]
    assert [each.timestamp_us for each in texts] == [10_000_000, 20_000_000]


def test_stub_engine_gets_each_utterance_that_comes_as_a_whole():
    texts = run_node(WhisperNode, [sound(1.5, "whole", at=1), sound(2, "whole", at=5), sound(1, at=9)])
    assert summary(texts) == [
        ("1.5", "true", "1000", "2500"),
        ("2", "true", "5000", "7000"),
        ("1", "true", "9000", "10000"),
    ]


def test_a_gate_that_knows_the_begin_better_is_believed():
    first = sound(1, "start", at=10.3).with_metadata({"speech": "start", "speech_start_ms": "9800"})
    assert summary(run_node(WhisperNode, [first, sound(1, "end", at=11.3)])) == [("2", "true", "9800", "11800")]


def test_stub_engine_gets_an_utterance_that_has_no_end_before_what_follows_it():
    messages = [sound(1, "start"), sound(1, "start", at=3), sound(1, "none", at=4), sound(1, "start", at=5)]
    assert [text for text, *_ in summary(run_node(WhisperNode, messages))] == ["1", "1", "1"]


def test_stub_engine_hears_unmarked_audio_in_short_windows_first_and_whole_at_the_end():
    texts = run_node(WhisperNode, [sound(1, at=each) for each in range(5)])
    assert summary(texts) == [
        ("2", "false", "0", "2000"),
        ("4", "false", "0", "4000"),
        ("5", "true", "0", "5000"),
    ]
    assert [each.window for each in StubModel.calls] == [10, 10, 30]
    assert [each.word_timestamps for each in StubModel.calls] == [False, False, True]
    # The language of the window, not of one that is encoded besides.
    assert {each.multilingual for each in StubModel.calls} == {True}
    assert {each.metadata["language"] for each in texts} == {"fr"}


def test_stub_engine_that_is_slow_is_asked_for_fewer_partial_texts(monkeypatch):
    clock = iter(range(0, 1000))  # each look at it is a second later, so a partial text costs one
    monkeypatch.setattr("remotemedia.nodes.whisper_node.time.perf_counter", lambda: next(clock))
    texts = run_node(WhisperNode, [sound(1, at=each) for each in range(12)])
    assert [each.metadata["end_ms"] for each in texts] == ["2000", "6000", "10000", "12000"]


@pytest.mark.parametrize(("params", "mark"), [({"partial_results": False}, None), ({}, "continue")])
def test_stub_engine_is_not_asked_for_partial_texts_that_nobody_wants(params, mark):
    [text] = run_node(WhisperNode, [sound(1, mark) for _ in range(6)], params)
    assert text.metadata["final"] == "true"


def test_stub_engine_never_gets_more_than_the_longest_utterance():
    [*finals] = run_node(WhisperNode, [sound(65)], {"max_utterance_secs": 20})
    assert all(each.secs <= 20 for each in StubModel.calls)
    assert sum(each.secs for each in StubModel.calls) == pytest.approx(65)
    ends = [each.metadata["end_ms"] for each in finals]
    assert [each.metadata["start_ms"] for each in finals] == ["0", *ends[:-1]]


def test_stub_engine_gets_16_khz_whatever_comes_and_times_stay_right():
    messages = [sound(1, rate=48_000), sound(1, at=1, rate=48_000), sound(2, at=2, rate=8000)]
    texts = run_node(WhisperNode, messages, {"partial_results": False})
    assert summary(texts) == [("2", "true", "0", "2000"), ("2", "true", "2000", "4000")]


def test_stub_engine_gives_words_whose_times_do_not_go_back():
    words = [(" Ill", 0.0, 0.5), ("-disposed,", 0.5, 1.0), (" he", 0.9, 0.8), (" is", 0.8, 1.5)]
    StubModel.pieces = [piece(" Ill-disposed, he is", words=words)]
    [text] = run_node(WhisperNode, [sound(2, at=1)])
    assert json.loads(text.metadata["words"]) == [
        {"word": "Ill-disposed,", "start_ms": 1000, "end_ms": 2000, "confidence": 0.5},
        {"word": "he", "start_ms": 2000, "end_ms": 2000, "confidence": 0.5},
        {"word": "is", "start_ms": 2000, "end_ms": 2500, "confidence": 0.5},
    ]


def test_stub_engine_in_doubt_about_a_partial_text_is_not_believed():
    StubModel.pieces = [piece(" you", no_speech_prob=0.5)]
    [text] = run_node(WhisperNode, [sound(1, at=each) for each in range(4)])
    assert text.metadata["final"] == "true"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"compute_type": "bfloat16"}, "compute_type bfloat16 is not possible on this cpu; there are float32, int8"),
        ({"device": "cuda"}, "no CUDA device"),
    ],
)
def test_stub_engine_without_what_is_asked_for_is_an_error(params, message):
    with pytest.raises(ValueError, match=message):
        run_node(WhisperNode, [], params)
