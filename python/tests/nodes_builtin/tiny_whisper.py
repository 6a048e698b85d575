"""Whisper with random weights, so small that a test makes it: what loads and runs the real one loads and runs this."""

import numpy as np
from numpy.typing import NDArray

from remotemedia.nodes.whisper_node import LANGUAGES

WIDTH = 16
LAYERS, HEADS = 1, 2
_MEMORY, _TEXT = 1500, 448
# As Whisper has it: all its languages but Cantonese, which came with large-v3, and so many tokens of text.
_KNOWN = LANGUAGES[:99]
_MULTILINGUAL_TEXT = 50_257


def make_tiny_whisper(folder, mel_bands=80, multilingual=True):
    """Writes a folder as ct2-transformers-converter does: model.bin, config.json, vocabulary.json, tokenizer.json."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = _write_tokenizer(folder / "tokenizer.json", multilingual)
    spec = _spec(len(tokens), mel_bands, np.random.default_rng(7))
    spec.register_vocabulary(tokens)
    spec.config.lang_ids = [tokens.index(f"<|{each}|>") for each in _KNOWN]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.alignment_heads = [(0, 0), (0, 1)]
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    return folder


def _write_tokenizer(path, multilingual):
    """A tokenizer that knows single bytes and Whisper's special tokens. Returns all tokens, in order."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    names = ["endoftext", "startoftranscript", *_KNOWN, "translate", "transcribe", "startoflm", "startofprev"]
    special = [f"<|{each}|>" for each in [*names, "nospeech", "notimestamps"]]
    times = [f"<|{each * 0.02:.2f}|>" for each in range(1501)]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    if multilingual:  # CTranslate2 tells whether a model is by its vocabulary: its size, and the empty token at the end
        letters += [*(f"filler{number}" for number in range(_MULTILINGUAL_TEXT - len(letters) - 1)), ""]
    tokenizer = Tokenizer(models.BPE({each: number for number, each in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(each, special=True) for each in special])
    tokenizer.add_tokens([AddedToken(each) for each in times])
    tokenizer.save(str(path))
    return letters + special + times


def _spec(vocabulary, mel_bands, rng):
    from ctranslate2.specs.whisper_spec import WhisperSpec

    def random(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 0.2, shape).astype(np.float32)

    def linear(spec, inputs, outputs):
        spec.weight, spec.bias = random(outputs, inputs), np.zeros(outputs, np.float32)

    def norm(spec):
        spec.gamma, spec.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def feed_forward(spec):
        norm(spec.layer_norm)
        linear(spec.linear_0, WIDTH, 2 * WIDTH)
        linear(spec.linear_1, 2 * WIDTH, WIDTH)

    def self_attention(spec):
        norm(spec.layer_norm)
        linear(spec.linear[0], WIDTH, 3 * WIDTH)
        linear(spec.linear[1], WIDTH, WIDTH)

    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    encoder, decoder = spec.encoder, spec.decoder
    for convolution, inputs in ((encoder.conv1, mel_bands), (encoder.conv2, WIDTH)):
        convolution.weight, convolution.bias = random(WIDTH, inputs, 3), np.zeros(WIDTH, np.float32)
    encoder.position_encodings.encodings = random(_MEMORY, WIDTH)
    norm(encoder.layer_norm)
    self_attention(encoder.layer[0].self_attention)
    feed_forward(encoder.layer[0].ffn)
    decoder.embeddings.weight = random(vocabulary, WIDTH)
    decoder.position_encodings.encodings = random(_TEXT, WIDTH)
    norm(decoder.layer_norm)
    linear(decoder.projection, WIDTH, vocabulary)
    self_attention(decoder.layer[0].self_attention)
    attention = decoder.layer[0].attention
    norm(attention.layer_norm)
    linear(attention.linear[0], WIDTH, WIDTH)
    linear(attention.linear[1], WIDTH, 2 * WIDTH)
    linear(attention.linear[2], WIDTH, WIDTH)
    feed_forward(decoder.layer[0].ffn)
    return spec
