"""LFM2AudioNode and VibeVoiceNode with their real libraries, on tiny models of random weights.

The libraries are gigabytes, so this runs only where it is asked for; CONTRIBUTING.md says how.
"""

import asyncio
import os
import time
import wave

import numpy as np
import pytest
from harness import started
from nodes_builtin.tiny_lfm2 import make_tiny_lfm2
from nodes_builtin.tiny_vibe_voice import make_tiny_vibe_voice

from remotemedia import RuntimeData
from remotemedia.nodes._lfm2_chat import MIMI_WEIGHTS, Lfm2Chat, Settings
from remotemedia.nodes._vibe_voice_speech import Settings as SpeechSettings
from remotemedia.nodes._vibe_voice_speech import VibeVoiceSpeech
from remotemedia.nodes.lfm2_audio_node import LFM2AudioNode
from remotemedia.nodes.vibe_voice_node import VibeVoiceNode
from remotemedia.testing import run_node

if os.environ.get("REMOTEMEDIA_TEST_TORCH") != "1":
    pytest.skip("REMOTEMEDIA_TEST_TORCH is not 1", allow_module_level=True)
torch = pytest.importorskip("torch")

# The libraries warn of one another.
pytestmark = pytest.mark.filterwarnings("ignore")

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    torch.set_num_threads(1)  # such small models are slower with more
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def lfm2(models):
    pytest.importorskip("liquid_audio")
    make_tiny_lfm2(models / "lfm2.5-audio-1.5b", MIMI_WEIGHTS)
    return models / "lfm2.5-audio-1.5b"


@pytest.fixture(scope="module")
def vibe_voice(models):
    pytest.importorskip("diffusers")
    pytest.importorskip("transformers", minversion="5.24")
    make_tiny_vibe_voice(models / "vibevoice-1.5b")
    (models / "vibevoice-voices").mkdir()
    with wave.open(str(models / "vibevoice-voices" / "en-Alice_woman.wav"), "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes((tone(24_000) * 9000).astype("<i2").tobytes())
    return models / "vibevoice-1.5b"


@pytest.fixture(autouse=True)
def places(models, monkeypatch):
    monkeypatch.setenv("REMOTEMEDIA_MODELS", str(models))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def tone(rate, secs=1.0):
    return np.sin(np.arange(int(rate * secs)) * (2 * np.pi * 440 / rate)).astype(np.float32)


def test_lfm2_answers_text_and_speech_with_text_and_audio(lfm2):
    speech = [RuntimeData.audio(tone(48_000), 48_000, metadata={"speech": mark}) for mark in ("start", "end")]
    params = {"max_new_tokens": 30, "text_temperature": 1.0}
    outputs = run_node(LFM2AudioNode, ["hello", *speech, "and now?"], params)
    for turn in ("1", "2", "3"):
        own = [each for each in outputs if each.metadata["turn"] == turn]
        audio = [each for each in own if each.kind == "audio"]
        # Of 30 tokens 6 are text, 12 audio, and again.
        assert len(audio) == 18
        assert all(each.samples.shape == (1920,) and np.isfinite(each.samples).all() for each in audio)
        assert len({each.samples.tobytes() for each in audio}) > 1
        pieces = [each.text for each in own if each.kind == "text"]
        assert own[-1].metadata["finish_reason"] == "length"
        assert "".join(pieces[:-1]) == pieces[-1] != ""


def test_lfm2_answers_in_text_alone_without_the_decoder(lfm2, monkeypatch):
    outputs = run_node(
        LFM2AudioNode, [RuntimeData.audio(tone(16_000), 16_000)], {"text_only": True, "max_new_tokens": 9}
    )
    assert {each.kind for each in outputs} == {"text"}


def test_the_frames_of_lfm2_join_to_what_its_decoder_makes_of_all_at_once(lfm2):
    sampling = {"audio_temperature": 1.0, "audio_top_k": 4, "text_temperature": None, "text_top_k": None}
    chat = Lfm2Chat(lfm2, CPU, torch.float32, Settings("Talk.", False, 40, 2, sampling))
    for said in ("hello", tone(16_000, 0.2)):
        codes = []
        sound = chat._sound

        def heard(frame, codes=codes, sound=sound):
            codes.append(frame)
            return sound(frame)

        chat._sound = heard
        joined = np.concatenate([each for each in chat.reply(said) if isinstance(each, np.ndarray)])
        chat._sound = sound
        with torch.no_grad():
            whole = chat._mimi.decode(torch.stack(codes, 1)[None])[0, 0].numpy()
        assert np.abs(joined).max() > 0.01
        np.testing.assert_allclose(joined, whole, atol=1e-4)


@pytest.mark.parametrize("params", [{}, {"voice": "en-Alice_woman"}], ids=["own voice", "a preset's"])
def test_vibe_voice_speaks(vibe_voice, params):
    outputs = run_node(VibeVoiceNode, ["Hello there.", "Bye."], {**params, "max_audio_secs": 0.5, "inference_steps": 2})
    assert len(outputs) == 8
    assert all(each.samples.shape == (3200,) and np.isfinite(each.samples).all() for each in outputs)
    assert len({each.samples.tobytes() for each in outputs}) == 8


def test_the_frames_of_vibe_voice_join_to_what_generate_gives(vibe_voice):
    speech = VibeVoiceSpeech(vibe_voice, CPU, torch.float32, None, SpeechSettings(1.3, 2, 0.5))
    torch.manual_seed(3)
    joined = np.concatenate(list(speech.speak("Hello.")))
    torch.manual_seed(3)
    inputs = speech._inputs("Hello.")
    (whole,) = speech._model.generate(**inputs, max_new_tokens=4, guidance_scale=1.3, num_diffusion_steps=2)
    np.testing.assert_array_equal(joined, whole.flatten().numpy())


async def first_output(around):
    """Takes one message, and leaves the others: then the node waits for room, or computes its next frame."""
    rung = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(around.domain.fileno(), lambda: (around.domain.drain(), rung.set()))
    try:
        while around.receivers[0].try_receive() is None:
            await rung.wait()
            rung.clear()
    finally:
        loop.remove_reader(around.domain.fileno())


@pytest.mark.parametrize(
    ("node", "module", "params"),
    [
        ("LFM2AudioNode", "lfm2_audio_node", {"max_new_tokens": 8192}),
        ("VibeVoiceNode", "vibe_voice_node", {"max_audio_secs": 5400, "inference_steps": 100}),
    ],
)
async def test_an_abort_in_the_middle_of_speech_ends_the_process(lfm2, vibe_voice, node, module, params):
    async with started(node, params, module=f"remotemedia.nodes.{module}") as (child, around):
        await asyncio.wait_for(child.wait_for("ready"), 120)
        around.send(RuntimeData.text("hello"))
        await asyncio.wait_for(child.race(first_output(around)), 60)
        began = time.perf_counter()
        child.send({"type": "stop", "mode": "abort"})
        assert await asyncio.wait_for(child.exit_code(), 10) == 0
        print(f"{node} ended {time.perf_counter() - began:.2f} s after the abort")
