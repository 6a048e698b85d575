import os
import sys
from types import ModuleType

import pytest

from remotemedia._requirements import MissingRequirementsError
from remotemedia.nodes._hub import HubModel, cached_snapshot, is_repository

MODEL = HubModel("tiny", "me/tiny", "huggingface.co/me/tiny, about 1 MB, MIT", ("config.json", "sub/more.json"))


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("REMOTEMEDIA_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("REMOTEMEDIA_ALLOW_DOWNLOADS", raising=False)


def fill(folder, *files):
    for each in files:
        (folder / each).parent.mkdir(parents=True, exist_ok=True)
        (folder / each).touch()
    return folder


def cache(tmp_path, *files, repository="me--tiny"):
    folder = tmp_path / "hub" / f"models--{repository}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc\n")
    return fill(folder / "snapshots" / "abc", *files)


WHOLE = ("config.json", "sub/more.json", "model.safetensors")


@pytest.mark.parametrize("weights", ["model.safetensors", "model.safetensors.index.json"])
def test_a_model_is_found_in_a_models_folder_with_its_weights_in_one_file_or_several(tmp_path, weights):
    folder = fill(tmp_path / "models" / "tiny", "config.json", "sub/more.json", weights)
    assert MODEL.find() == folder
    assert MODEL.weights().gap() is None


@pytest.mark.parametrize("lacking", WHOLE)
def test_a_model_that_lacks_a_file_is_not_found(tmp_path, lacking):
    fill(tmp_path / "models" / "tiny", *(each for each in WHOLE if each != lacking))
    cache(tmp_path, *(each for each in WHOLE if each != lacking))
    assert MODEL.find() is None


def test_a_model_is_found_in_the_cache_of_the_hub(tmp_path, monkeypatch):
    folder = cache(tmp_path, *WHOLE)
    assert MODEL.find() == folder
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert MODEL.find() == folder


def test_weights_pickles_are_no_weights(tmp_path):
    fill(tmp_path / "models" / "tiny", "config.json", "sub/more.json", "pytorch_model.bin")
    assert MODEL.find() is None


@pytest.mark.parametrize(
    "name", ["me", "me/", "/me", "../x", "me/..", ".me/x", "me/x/y", "me/x\n", "me/x y", "mé/x", "a" * 97 + "/x", ""]
)
def test_no_name_but_owner_and_name_is_a_repository(name):
    assert not is_repository(name)
    assert cached_snapshot(name, "config.json") is None


def test_a_gap_names_source_and_how_to_close_it():
    gap = MODEL.weights().gap()
    assert gap.what == "the weights tiny (huggingface.co/me/tiny, about 1 MB, MIT) are not on this machine"
    assert gap.remedy == "put them into the folder tiny of models.paths, or set models.allow_downloads = true"


def test_nothing_is_fetched_unless_downloads_are_allowed(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingRequirementsError, match="the weights tiny"):
        MODEL.fetch("TinyNode")


def test_where_downloads_are_allowed_only_data_is_fetched_and_it_is_checked(tmp_path, monkeypatch):
    asked = []
    hub = ModuleType("huggingface_hub")

    def snapshot_download(repository, *, allow_patterns):
        asked.append((repository, allow_patterns))
        return str(fill(tmp_path / "fetched", *WHOLE[: len(asked) + 1]))

    hub.snapshot_download = snapshot_download
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.setenv("REMOTEMEDIA_ALLOW_DOWNLOADS", "1")
    with pytest.raises(FileNotFoundError, match="repository me/tiny is no tiny model: it lacks model.safetensors"):
        MODEL.fetch("TinyNode")
    assert MODEL.fetch("TinyNode") == tmp_path / "fetched"
    repository, patterns = asked[0]
    assert repository == "me/tiny"
    assert not any(each in pattern for pattern in patterns for each in (".py", ".bin", ".pt", ".pkl"))


def test_a_model_path_must_be_in_a_models_folder_and_whole(tmp_path):
    folder = fill(tmp_path / "models" / "mine", *WHOLE[:2])
    fill(tmp_path / "outside", *WHOLE)
    os.symlink(tmp_path / "outside", tmp_path / "models" / "link")
    with pytest.raises(FileNotFoundError, match="model_path mine is no tiny model: it lacks model.safetensors"):
        MODEL.given("mine")
    for path in (str(tmp_path / "outside"), "../outside", "link"):
        with pytest.raises((ValueError, FileNotFoundError), match=r"models\.paths"):
            MODEL.given(path)
    fill(folder, "model.safetensors")
    assert MODEL.given("mine") == folder
    assert MODEL.given(str(folder)) == folder
