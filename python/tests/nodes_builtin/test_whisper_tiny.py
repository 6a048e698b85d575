"""The real loading code and the real engine, with weights that the test makes: random ones, in Whisper's shape."""

import asyncio
import json
import time

import numpy as np
import pytest
from harness import started

from remotemedia import RuntimeData
from remotemedia._requirements import MODELS_VARIABLE
from remotemedia.nodes.whisper_node import WhisperNode
from remotemedia.testing import run_node

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
pytest.importorskip("ctranslate2", reason="ctranslate2 is not installed")

RATE = 16_000


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory):
    from nodes_builtin.tiny_whisper import make_tiny_whisper

    folder = tmp_path_factory.mktemp("models")
    make_tiny_whisper(folder / "tiny")
    make_tiny_whisper(folder / "english", multilingual=False)
    make_tiny_whisper(folder / "wide", mel_bands=128)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MODELS_VARIABLE, str(folder))
        yield folder


def sounds(secs=2.0, mark="start"):
    samples = np.random.default_rng(0).normal(0, 0.1, int(RATE * secs)).astype(np.float32)
    return RuntimeData.audio(samples, RATE, metadata={"speech": mark})


@pytest.mark.parametrize("folder", ["tiny", "wide"])
def test_it_loads_weights_with_their_own_number_of_mel_bands_and_hears_something(folder):
    [text] = run_node(WhisperNode, [sounds()], {"model_path": folder, "language": "de"})
    assert text.language == "de"
    words = json.loads(text.metadata["words"])
    times = [time for each in words for time in (each["start_ms"], each["end_ms"])]
    assert times == sorted(times)


def test_it_detects_a_language_where_none_is_given():
    [text] = run_node(WhisperNode, [sounds()], {"model_path": "tiny", "word_timestamps": False})
    # Random weights are sure of nothing.
    assert 0 < float(text.metadata["language_probability"]) < 0.5
    assert text.metadata["language"] == text.language
    assert "words" not in text.metadata


def test_english_weights_refuse_another_language():
    with pytest.raises(ValueError, match=r"language 'de': the weights in english know English only"):
        run_node(WhisperNode, [sounds()], {"model_path": "english", "language": "de"})


def test_a_folder_outside_of_the_models_folders_is_refused(tmp_path):
    for path in (str(tmp_path), "../elsewhere", "/etc"):
        with pytest.raises((ValueError, FileNotFoundError), match="model_path"):
            run_node(WhisperNode, [], {"model_path": path})


def test_a_folder_without_weights_is_told(models):
    (models / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"has no model\.bin, config\.json, tokenizer\.json"):
        run_node(WhisperNode, [], {"model_path": "empty"})


def test_weights_that_are_cut_short_are_an_error(models):
    import shutil

    shutil.copytree(models / "tiny", models / "short")
    model = models / "short" / "model.bin"
    model.write_bytes(model.read_bytes()[:1000])
    with pytest.raises(RuntimeError):
        run_node(WhisperNode, [], {"model_path": "short"})


def test_a_device_that_is_not_there_is_told():
    import ctranslate2

    if ctranslate2.get_cuda_device_count() > 0:
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(ValueError, match="no CUDA device"):
        run_node(WhisperNode, [], {"model_path": "tiny", "device": "cuda"})


@pytest.mark.parametrize("rate", [100, 1_000_000])
def test_a_rate_that_no_recording_has_is_told(rate):
    with pytest.raises(ValueError, match=f"{rate} Hz"):
        run_node(WhisperNode, [RuntimeData.audio(np.zeros(10, np.int16), rate)], {"model_path": "tiny"})


async def first_text(around):
    """Waits for the first message on the output."""
    rung = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(around.domain.fileno(), lambda: (around.domain.drain(), rung.set()))
    try:
        while around.receivers[0].try_receive() is None:
            await rung.wait()
            rung.clear()
    finally:
        loop.remove_reader(around.domain.fileno())


async def test_a_stop_in_the_middle_of_a_long_recording_ends_the_process_within_a_second():
    samples = np.random.default_rng(0).integers(-9000, 9000, 600 * RATE).astype(np.int16)
    params = {"model_path": "tiny", "language": "en", "word_timestamps": False}
    async with started("WhisperNode", params, module="remotemedia.nodes.whisper_node") as (child, around):
        await child.wait_for("ready")
        around.send(RuntimeData.audio(samples, RATE))
        await child.race(first_text(around))
        stopped = time.monotonic()
        await child.stop("abort")
        # The half second that a hook is given, and a busy machine.
        assert time.monotonic() - stopped < 1.5
