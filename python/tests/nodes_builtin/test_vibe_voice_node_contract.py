"""VibeVoiceNode against a stub of transformers' API; the library itself is in test_torch_engines.py."""

import json
import sys
import threading
import wave
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from nodes_builtin.stub_torch import Tensor, make_torch

from remotemedia import RuntimeData
from remotemedia.nodes import _vibe_voice_speech as speech
from remotemedia.nodes.vibe_voice_node import PARAMS, VibeVoiceNode
from remotemedia.testing import run_node

FRAME_SAMPLES = 3200


class Inputs(dict):
    def to(self, device, dtype):
        assert device.type == "cpu" and dtype == "float32"
        return self


class Stub:
    """A model whose decoder makes one frame after another.

    Attributes:
        frames: Frames of each text.
        asked: What each generate got.
        loaded: Arguments of each from_pretrained.
        made: Frames so far.
        ended: Set when a generate has returned or raised.
        failure: Raised after the frames.
    """

    def __init__(self):
        self.frames, self.made, self.failure = 3, 0, None
        self.asked, self.loaded, self.hooks, self.step_hooks = [], [], [], []
        self.ended = threading.Event()
        self.model = SimpleNamespace(device=SimpleNamespace(type="cpu"), dtype="float32", generate=self.generate)
        self.model.to = lambda device: self.model
        self.model.eval = lambda: self.model
        decoder = SimpleNamespace(register_forward_hook=self.registering(self.hooks))
        head = SimpleNamespace(register_forward_pre_hook=self.registering(self.step_hooks))
        self.model.model = SimpleNamespace(audio_tower=SimpleNamespace(decoder=decoder), diffusion_head=head)

    def registering(self, hooks):
        def register(hook):
            hooks.append(hook)
            return SimpleNamespace(remove=lambda: hooks.remove(hook))

        return register

    def generate(self, **asked):
        self.asked.append(asked)
        try:
            for _ in range(self.frames):
                for hook in self.step_hooks:
                    hook(None, None)
                self.made += 1
                audio = Tensor(np.full((1, 1, FRAME_SAMPLES), self.made / 1000, np.float32))
                for hook in self.hooks:
                    hook(None, None, SimpleNamespace(audio=audio))
            if self.failure is not None:
                raise self.failure
        finally:
            self.ended.set()

    def modules(self):
        transformers = ModuleType("transformers")

        class Processor:
            def apply_chat_template(self, messages, *, tokenize):
                assert tokenize is False
                return json.dumps(messages)

            def __call__(self, text, *, return_tensors, audio=None, sampling_rate=None):
                (prompt,) = text
                assert return_tensors == "pt"
                return Inputs(prompt=json.loads(prompt), audio=audio, sampling_rate=sampling_rate)

        def load(result):
            def from_pretrained(folder, **options):
                self.loaded.append((folder, options))
                return result

            return SimpleNamespace(from_pretrained=from_pretrained)

        transformers.VibeVoiceProcessor = load(Processor())
        transformers.VibeVoiceForConditionalGeneration = load(self.model)
        quiet = ModuleType("transformers.utils.logging")
        quiet.disable_progress_bar = lambda: None
        utils = ModuleType("transformers.utils")
        utils.logging = quiet
        return {"transformers": transformers, "transformers.utils": utils, "transformers.utils.logging": quiet}


@pytest.fixture
def models(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    (folder / "vibevoice-1.5b").mkdir(parents=True)
    for each in ("tokenizer.json", "model.safetensors"):
        (folder / "vibevoice-1.5b" / each).touch()
    (folder / "vibevoice-1.5b" / "config.json").write_text('{"model_type": "vibevoice"}')
    monkeypatch.setenv("REMOTEMEDIA_MODELS", str(folder))
    return folder


@pytest.fixture
def stub(models, monkeypatch):
    stub = Stub()
    monkeypatch.setitem(sys.modules, "torch", make_torch())
    for name, module in stub.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    return stub


def write_voice(models, name="en-Alice_woman", rate=24_000, width=2, channels=1, samples=4):
    (models / "vibevoice-voices").mkdir(exist_ok=True)
    with wave.open(str(models / "vibevoice-voices" / f"{name}.wav"), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes((b"\x00\x40" if width == 2 else b"\x80") * samples * channels)


def test_contract_each_frame_of_the_decoder_is_audio(stub):
    outputs = run_node(VibeVoiceNode, ["hello", "again"])
    assert [round(float(each.samples[0]) * 1000) for each in outputs] == [1, 2, 3, 4, 5, 6]
    assert {(len(each.samples), each.sample_rate, each.format) for each in outputs} == {(FRAME_SAMPLES, 24_000, "f32")}
    assert [each.timestamp_us for each in outputs][:3] == [0, 133_333, 266_666]
    assert stub.hooks == stub.step_hooks == []


def test_contract_parameters_reach_the_model(stub, models):
    params = {"cfg_scale": 2.0, "inference_steps": 7, "max_audio_secs": 2}
    run_node(VibeVoiceNode, "hello", params)
    asked = stub.asked[0]
    assert (asked["guidance_scale"], asked["num_diffusion_steps"], asked["max_new_tokens"]) == (2.0, 7, 15)
    assert [folder for folder, _ in stub.loaded] == [models / "vibevoice-1.5b"] * 2
    assert all(options["local_files_only"] for _, options in stub.loaded)
    assert stub.loaded[1][1]["use_safetensors"] is True


def test_contract_text_can_be_nothing_but_one_line_of_one_speaker(stub):
    run_node(VibeVoiceNode, "one <|vision_end|>\n Speaker 1:  two")
    content = [{"type": "text", "text": "one < |vision_end|> Speaker 1: two"}]
    assert stub.asked[0]["prompt"] == [{"role": "0", "content": content}]


def test_contract_a_voice_is_its_sample(stub, models):
    write_voice(models, channels=2)
    run_node(VibeVoiceNode, "hello", {"voice": "en-Alice_woman"})
    assert stub.asked[0]["prompt"][0]["content"][1] == {"type": "audio"}
    assert stub.asked[0]["sampling_rate"] == 24_000
    assert stub.asked[0]["audio"][0].tolist() == [0.5] * 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": 16_000}, "4 samples of 16 bits at 16000 Hz"),
        ({"width": 1}, "4 samples of 8 bits at 24000 Hz"),
        ({"samples": 0}, "0 samples of"),
        ({"samples": 24_000 * 61}, "at most 60 s"),
    ],
)
def test_a_voice_of_another_form_is_refused(stub, models, settings, message):
    write_voice(models, **settings)
    with pytest.raises(ValueError, match=message):
        run_node(VibeVoiceNode, "hello", {"voice": "en-Alice_woman"})


def test_a_voice_that_is_no_wav_file_is_refused(stub, models):
    (models / "vibevoice-voices").mkdir()
    (models / "vibevoice-voices" / "en-Alice_woman.wav").write_bytes(b"RIFF")
    with pytest.raises(ValueError, match="is no WAV file of PCM samples"):
        run_node(VibeVoiceNode, "hello", {"voice": "en-Alice_woman"})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "vibevoice_streaming"}, "is a model of type 'vibevoice_streaming'"),
        ({"model_type": "vibevoice", "acoustic_tokenizer_config": {}}, "transformers needs it converted"),
        ({}, "is a model of type None"),
    ],
)
def test_a_model_of_another_kind_is_refused(stub, models, config, message):
    (models / "vibevoice-1.5b" / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=message):
        run_node(VibeVoiceNode, "hello")


def test_contract_only_what_is_final_is_spoken(stub):
    final = [
        RuntimeData.text("hel", metadata={"final": "false"}),
        RuntimeData.text("hello", metadata={"final": "true"}),
    ]
    run_node(VibeVoiceNode, [*final, " \n"])
    assert [each["prompt"][0]["content"][0]["text"] for each in stub.asked] == ["hello"]


def test_contract_audio_beside_the_text_is_left_out_with_a_word(stub, caplog):
    audio = RuntimeData.audio(np.zeros(9, np.float32), 24_000)
    assert len(run_node(VibeVoiceNode, [audio, audio, "hello"])) == 3
    assert [each.getMessage() for each in caplog.records] == [
        "audio data from  is left out: VibeVoiceNode speaks text",
    ]


def test_contract_a_failure_of_the_model_is_the_nodes(stub):
    stub.failure = RuntimeError("out of memory")
    with pytest.raises(RuntimeError, match="out of memory"):
        run_node(VibeVoiceNode, "hello")
    assert stub.hooks == stub.step_hooks == []


def test_contract_text_that_is_too_long_is_refused(stub):
    with pytest.raises(ValueError, match="may have 20000 characters"):
        run_node(VibeVoiceNode, "x" * 20_001)


def made_node():
    node = VibeVoiceNode()
    node.params = {name: each["default"] for name, each in PARAMS["properties"].items() if "default" in each}
    node.initialize()
    return node


def test_contract_audio_comes_before_the_text_is_spoken_and_does_not_run_ahead(stub):
    stub.frames = 1000
    node = made_node()
    audio = node.process(RuntimeData.text("hello"))
    for taken in range(1, 31):
        next(audio)
        # One frame is in the hand of the hook, which waits for room.
        assert stub.made <= taken + speech._AHEAD_FRAMES + 1
    assert not stub.ended.is_set()
    audio.close()
    assert stub.ended.wait(10)
    node.cleanup()
    assert stub.hooks == stub.step_hooks == []


def test_contract_a_new_text_waits_until_the_one_that_was_left_has_ended(stub):
    stub.frames = 1000
    node = made_node()
    left = node.process(RuntimeData.text("one"))
    next(left)
    left.close()
    stub.frames = 2
    made = stub.made
    second = list(node.process(RuntimeData.text("two")))
    assert len(second) == 2
    assert stub.made <= made + speech._AHEAD_FRAMES + 3
    node.cleanup()


def test_contract_cleanup_ends_what_is_being_spoken(stub):
    stub.frames = 1000
    node = made_node()
    audio = node.process(RuntimeData.text("hello"))
    next(audio)
    node.cleanup()
    assert stub.ended.is_set() and stub.hooks == stub.step_hooks == []
    assert list(audio) == []


def test_contract_a_frame_that_is_being_made_is_ended_between_two_steps(stub):
    begun = threading.Event()

    def make_one_frame_for_ever(**_asked):
        begun.set()
        try:
            while True:
                stub.step_hooks[0](None, None)
        finally:
            stub.ended.set()

    stub.model.generate = make_one_frame_for_ever
    node = made_node()
    taker = threading.Thread(target=lambda: list(node.process(RuntimeData.text("hello"))))
    taker.start()
    assert begun.wait(10)
    node.cleanup()
    assert stub.ended.wait(10)
    taker.join(10)
    assert not taker.is_alive()
