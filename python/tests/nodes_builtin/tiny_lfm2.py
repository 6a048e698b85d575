"""An LFM2-Audio model of random weights: the files and classes of the real one, with few and narrow layers."""

import json
from dataclasses import asdict

SPECIAL = {1: "<|startoftext|>", 6: "<|im_start|>", 7: "<|im_end|>", 128: "<|audio_start|>", 130: "<|text_end|>"}
VOCABULARY = 272
HIDDEN = 64

LFM = {
    "vocab_size": VOCABULARY,
    "hidden_size": HIDDEN,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "layer_types": ["conv", "full_attention"],
    "max_position_embeddings": 4096,
}
ENCODER = {
    "feat_in": 128,
    "feat_out": -1,
    "n_layers": 1,
    "d_model": 32,
    "subsampling": "dw_striding",
    "subsampling_factor": 8,
    "subsampling_conv_channels": 16,
    "causal_downsampling": False,
    "reduction": None,
    "reduction_position": None,
    "reduction_factor": 1,
    "ff_expansion_factor": 2,
    "self_attention_model": "rel_pos",
    "n_heads": 4,
    "att_context_size": [[-1, -1]],
    "xscaling": False,
    "untie_biases": True,
    "pos_emb_max_len": 5000,
    "conv_kernel_size": 9,
    "conv_norm_type": "batch_norm",
    "conv_context_size": None,
    "dropout": 0.0,
    "dropout_pre_encoder": 0.0,
    "dropout_emb": 0.0,
    "dropout_att": 0.0,
}
PREPROCESSOR = {
    "sample_rate": 16000,
    "normalize": "per_feature",
    "window_size": 0.025,
    "window_stride": 0.01,
    "window": "hann",
    "features": 128,
    "n_fft": 512,
    "log": True,
    "frame_splicing": 1,
    "dither": 0.0,
    "pad_to": 0,
    "pad_value": 0.0,
}


def make_tiny_lfm2(folder, mimi_weights):
    """Writes the model's files into the folder; those of the Mimi decoder have the sizes of the real ones, 190 MB."""
    import torch
    from liquid_audio import LFM2AudioModel
    from liquid_audio.model.conformer.encoder import ConformerEncoderConfig
    from liquid_audio.model.lfm2_audio import DepthformerConfig, LFM2AudioConfig
    from liquid_audio.moshi.models.loaders import get_mimi
    from safetensors.torch import save_file, save_model
    from transformers import Lfm2Config

    torch.manual_seed(1)
    folder.mkdir(parents=True)
    config = {
        "architectures": ["Lfm2AudioForConditionalGeneration"],
        "codebooks": 8,
        "tie_audio_embeddings": False,
        "semantic_codebook_factor": 100,
        "codebook_weight": "log",
        "interleaved_n_text": 6,
        "interleaved_n_audio": 12,
        "preprocessor": PREPROCESSOR,
        "encoder": ENCODER,
        "lfm": LFM,
        "depthformer": asdict(DepthformerConfig(layers=1, dim=64, tie=True)),
    }
    (folder / "config.json").write_text(json.dumps(config))
    parts = {
        "lfm": Lfm2Config(**LFM),
        "encoder": ConformerEncoderConfig(**ENCODER),
        "depthformer": DepthformerConfig(**config["depthformer"]),
    }
    model = LFM2AudioModel(LFM2AudioConfig(**{**config, **parts}))
    save_model(model, str(folder / "model.safetensors"), metadata={"format": "pt"})
    mimi = get_mimi(None, device="cpu").state_dict()
    for name, each in mimi.items():
        # Codebooks begin empty, so that every code would sound alike.
        if name.endswith("embedding_sum"):
            each.normal_()
        mimi[name] = (each.bfloat16() if each.dtype == torch.float32 else each).contiguous().clone()
    save_file(mimi, folder / mimi_weights)
    make_tokenizer(folder)


def make_tokenizer(folder):
    """One token for each byte, and the special tokens at the numbers that the library knows them by."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = iter(sorted(pre_tokenizers.ByteLevel.alphabet()))
    vocabulary = {SPECIAL[number]: number for number in SPECIAL}
    for number in range(VOCABULARY):
        if number not in SPECIAL and (letter := next(letters, None)) is not None:
            vocabulary[letter] = number
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL.values()))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))
