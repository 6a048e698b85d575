"""The API of liquid-audio 1.3.0 that LFM2AudioNode uses, with scripted replies; see its README and processor.py."""

import contextlib
from types import ModuleType, SimpleNamespace

import numpy as np
from nodes_builtin.stub_torch import Tensor

TURN_END, AUDIO_START, TEXT_END, AUDIO_END = 7, 128, 130, 2048
FRAME_SAMPLES = 1920


def text(words):
    """Text tokens, one for each byte, above the numbers of the special ones."""
    return [Tensor([byte + 1000]) for byte in words.encode()]


def frame(code):
    return Tensor([code] * 8)


class Stub:
    """What is loaded, what the model was asked, and what it replies.

    Attributes:
        replies: The tensors of each reply to come.
        loaded: Arguments of each from_pretrained.
        asked: Turns and arguments of each generate.
        is_streaming: Whether the Mimi decoder is in a stream now.
    """

    def __init__(self):
        self.replies = []
        self.loaded = []
        self.asked = []
        self.is_streaming = False
        self.given = 0

    def module(self):
        stub = self
        liquid_audio = ModuleType("liquid_audio")

        class ChatState(dict):
            def __init__(self, processor, *, dtype):
                super().__init__(turns=[])
                assert processor is stub.processor

            def new_turn(self, role):
                self["turns"].append([role])

            def add_text(self, words):
                self["turns"][-1].append(words)

            def add_audio(self, wave, sampling_rate):
                self["turns"][-1].append((wave.shape, sampling_rate))

            def end_turn(self):
                self["turns"][-1].append("end")

            def append(self, *, text, audio_out, modality_flag):
                assert text.shape[0] == 1 and audio_out.shape[0] == 8
                assert modality_flag.shape == (text.shape[1] + audio_out.shape[1],)
                self["turns"][-1].append(list(modality_flag.values))

        class Model:
            def eval(self):
                return self

            def generate_interleaved(self, **asked):
                return self._generate("interleaved", asked)

            def generate_sequential(self, **asked):
                return self._generate("sequential", asked)

            def _generate(self, mode, asked):
                stub.asked.append((mode, asked))
                for token in stub.replies.pop(0)[: asked["max_new_tokens"]]:
                    stub.given += 1
                    yield token

        class Mimi:
            @contextlib.contextmanager
            def streaming(self, batch_size):
                assert batch_size == 1 and not stub.is_streaming
                stub.is_streaming = True
                try:
                    yield
                finally:
                    stub.is_streaming = False

            def decode(self, codes):
                assert codes.shape == (1, 8, 1) and stub.is_streaming
                return Tensor(np.full((1, 1, FRAME_SAMPLES), codes.values[0, 0, 0] / 2048, np.float32))

        def load(name, result):
            def from_pretrained(folder, **options):
                stub.loaded.append((name, folder, options))
                return result

            return SimpleNamespace(from_pretrained=from_pretrained)

        def decode(tokens, **_options):
            return bytes(each - 1000 for each in tokens).decode(errors="replace")

        stub.processor = SimpleNamespace(mimi=Mimi(), text=SimpleNamespace(decode=decode))
        stub.processor.eval = lambda: stub.processor
        liquid_audio.ChatState = ChatState
        liquid_audio.LFM2AudioProcessor = load("processor", stub.processor)
        liquid_audio.LFM2AudioModel = load("model", Model())
        liquid_audio.LFMModality = SimpleNamespace(TEXT=1, AUDIO_IN=2, AUDIO_OUT=3)
        return liquid_audio
