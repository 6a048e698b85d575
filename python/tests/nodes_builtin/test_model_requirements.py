"""What LFM2AudioNode and VibeVoiceNode say that they lack, and how they name models and voices."""

import subprocess
import sys

import pytest

import remotemedia.nodes.lfm2_audio_node
import remotemedia.nodes.vibe_voice_node  # noqa: F401 - registers its node
from remotemedia import find_node_type
from remotemedia._requirements import find_gaps


@pytest.fixture(autouse=True)
def nothing_here(tmp_path, monkeypatch):
    monkeypatch.setenv("REMOTEMEDIA_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("REMOTEMEDIA_ALLOW_DOWNLOADS", raising=False)


def gaps(name, params=None, kind="weights"):
    found = find_gaps(find_node_type(name).requirements(params or {}), name)
    return [each for each in found if each.kind == kind]


def test_each_node_has_its_further_name():
    assert find_node_type("LFM2Node") is find_node_type("LFM2AudioNode")
    assert find_node_type("VibeVoiceTTSNode") is find_node_type("VibeVoiceNode")


def test_importing_the_nodes_loads_no_engine():
    # In a process of its own: other tests have loaded them.
    code = "import remotemedia.nodes.lfm2_audio_node, remotemedia.nodes.vibe_voice_node, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    heavy = {"numpy", "torch", "transformers", "liquid_audio", "diffusers", "huggingface_hub"}
    assert "remotemedia.nodes.vibe_voice_node" in loaded and not heavy & set(loaded)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python is new enough for liquid-audio")
def test_an_older_python_is_a_gap_of_lfm2_only():
    (gap,) = gaps("LFM2AudioNode", kind="interpreter")
    assert "liquid-audio needs Python 3.12 or newer" in gap.what
    assert gaps("VibeVoiceNode", kind="interpreter") == []


def test_missing_weights_are_told_with_size_and_licence():
    (lfm2,) = gaps("LFM2AudioNode")
    assert "lfm2.5-audio-1.5b" in lfm2.what and "3.3 GB" in lfm2.what and "10 million US dollars" in lfm2.what
    (vibe_voice,) = gaps("VibeVoiceNode")
    assert "vibevoice-1.5b" in vibe_voice.what and "5.4 GB" in vibe_voice.what and "MIT" in vibe_voice.what


def test_the_weights_that_are_missing_are_those_of_the_parameters():
    (other,) = gaps("LFM2AudioNode", {"model": "lfm2-audio-1.5b"})
    assert "LiquidAI/LFM2-Audio-1.5B" in other.what
    (tuned,) = gaps("LFM2AudioNode", {"hf_repo": "me/tuned"})
    assert "huggingface.co/me/tuned" in tuned.what and "the folder me--tuned of models.paths" in tuned.remedy
    assert gaps("LFM2AudioNode", {"model_path": "mine"}) == []


def test_a_voice_is_missing_until_its_file_is_there(tmp_path):
    _, gap = gaps("VibeVoiceNode", {"voice": "en-Alice_woman"})
    file = tmp_path / "models" / "vibevoice-voices" / "en-Alice_woman.wav"
    assert (
        "the voice en-Alice_woman" in gap.what and "vibevoice-voices/en-Alice_woman.wav of models.paths" in gap.remedy
    )
    file.parent.mkdir(parents=True)
    file.touch()
    assert len(gaps("VibeVoiceNode", {"voice": "en-Alice_woman"})) == 1


@pytest.mark.parametrize("name", ["LFM2AudioNode", "VibeVoiceNode"])
def test_every_parameter_is_described_and_every_alias_leads_to_a_known_value(name):
    for parameter, schema in find_node_type(name).params_schema()["properties"].items():
        assert schema["description"], parameter
        assert set(schema.get("x-aliases", {}).values()) <= set(schema.get("enum", []))
        assert "enum" not in schema or "default" not in schema or schema["default"] in schema["enum"]


def test_the_names_of_known_manifests_are_aliases():
    properties = find_node_type("LFM2AudioNode").params_schema()["properties"]
    assert properties["model"]["x-aliases"]["large"] == "lfm2-audio-1.5b"
    properties = find_node_type("VibeVoiceNode").params_schema()["properties"]
    assert properties["voice"]["x-aliases"]["sarah"] == "en-Alice_woman"
