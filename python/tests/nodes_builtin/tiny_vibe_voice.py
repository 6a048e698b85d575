"""A VibeVoice model of random weights: the files and classes of the real one, with few and narrow layers."""

# The token that stands for a frame of speech is the first: see the end of `make_tiny_vibe_voice`.
SPECIAL = {"<|vision_pad|>": 260, "<|endoftext|>": 261, "<|vision_start|>": 262, "<|vision_end|>": 263}
VOCABULARY = 264

# The prompt of the model in as many words as a test needs: instruction, voice, text, and where the speech begins.
CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    "{%- for item in message['content'] if item['type'] == 'audio' %}"
    " Voice input:\n Speaker {{ message['role'] }}:<|vision_start|><|vision_pad|><|vision_end|>\n"
    "{%- endfor %}"
    "{%- for item in message['content'] if item['type'] == 'text' %}"
    " Text input:\n Speaker {{ message['role'] }}: {{ item['text'] }}\n"
    "{%- endfor %}"
    "{%- endfor %} Speech output:\n<|vision_start|>"
)


def make_tiny_vibe_voice(folder):
    """Writes the model's files into the folder."""
    import torch
    from transformers import (
        VibeVoiceAcousticTokenizerFeatureExtractor,
        VibeVoiceConfig,
        VibeVoiceForConditionalGeneration,
        VibeVoiceProcessor,
    )

    torch.manual_seed(1)
    # Weights so large that what comes out is no silence.
    coder = {"num_filters": 4, "depths": [1] * 7, "ffn_expansion": 1, "initializer_range": 0.1}
    config = VibeVoiceConfig(
        text_config={
            "model_type": "qwen2",
            "vocab_size": VOCABULARY,
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "tie_word_embeddings": False,
        },
        diffusion_head_config={"num_hidden_layers": 1, "intermediate_size": 32, "frequency_embedding_size": 16},
        audio_config={"model_type": "vibevoice_acoustic_tokenizer", "hidden_size": 8, **coder},
        semantic_model_config={"model_type": "vibevoice_acoustic_tokenizer_encoder", "hidden_size": 8, **coder},
        pad_token_id=SPECIAL["<|endoftext|>"],
        eos_token_id=SPECIAL["<|endoftext|>"],
        audio_bos_token_id=SPECIAL["<|vision_start|>"],
        audio_eos_token_id=SPECIAL["<|vision_end|>"],
        audio_token_id=SPECIAL["<|vision_pad|>"],
    )
    model = VibeVoiceForConditionalGeneration(config)
    # All four tokens are equally likely, so the first is taken: the model speaks until it is cut.
    model.lm_head.weight.data.zero_()
    model.generation_config.eos_token_id = SPECIAL["<|endoftext|>"]
    model.generation_config.pad_token_id = SPECIAL["<|endoftext|>"]
    model.save_pretrained(folder)
    extractor = VibeVoiceAcousticTokenizerFeatureExtractor()
    VibeVoiceProcessor(extractor, _tokenizer(), chat_template=CHAT_TEMPLATE).save_pretrained(folder)


def _tokenizer():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE({**vocabulary, **SPECIAL}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL))
    end = "<|endoftext|>"
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end, pad_token=end)
