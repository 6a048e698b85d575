"""Where the weights of Whisper come from. The packages are made by the tests, with little in them."""

import fcntl
import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading

import pytest

from remotemedia._requirements import DOWNLOADS_VARIABLE, MODELS_VARIABLE, MissingRequirementsError, find_gaps
from remotemedia.nodes import _whisper_weights as weights
from remotemedia.nodes.whisper_node import WhisperNode

ALL_FILES = {"model.bin", "config.json", "tokenizer.json", "vocabulary.json"}


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch):
    """A models folder with nothing in it, and no cache."""
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv(DOWNLOADS_VARIABLE, raising=False)
    return tmp_path / "models"


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """The two packages that carry whisper-base, installed, with 3 MB of other weights."""
    content = os.urandom(3_000_000)
    names = ("test_weights_1", "test_weights_2")
    files = (
        {"model.bin.part1": content[:2_000_000]},
        {"model.bin.part2": content[2_000_000:], **dict.fromkeys(weights._BASE_FILES, b"{}")},
    )
    for name, parts in zip(names, files, strict=True):
        data = tmp_path / "site" / name / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        for file, bytes_of in parts.items():
            (data / file).write_bytes(bytes_of)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    pairs = zip(names, weights._BASE_PARTS, strict=True)
    monkeypatch.setattr(weights, "_BASE_PARTS", tuple((name, file) for name, (_, file) in pairs))
    monkeypatch.setattr(weights, "_BASE_SHA256", hashlib.sha256(content).hexdigest())
    return content


@pytest.fixture
def no_packages(monkeypatch):
    monkeypatch.setattr(weights, "_BASE_PARTS", (("no_weights_1", "a"), ("no_weights_2", "b")))


def fill(folder):
    folder.mkdir(parents=True)
    for name in weights.FILES:
        (folder / name).write_bytes(b"{}")
    return folder


def test_a_models_folder_comes_first(models, packages):
    folder = fill(models / "whisper-base")
    assert weights.find("base") == folder
    assert weights.prepare("base") == folder


def test_the_parts_of_the_packages_are_put_together_once(models, packages):
    assert weights.find("base") is not None
    assert not models.exists()  # looking changes nothing
    folder = weights.prepare("base")
    assert folder == models / "whisper-base"
    assert {each.name for each in folder.iterdir()} == ALL_FILES
    assert (folder / "model.bin").read_bytes() == packages
    before = (folder / "model.bin").stat()
    assert weights.prepare("base") == folder
    assert (folder / "model.bin").stat().st_ino == before.st_ino
    assert [each.name for each in models.iterdir()] == ["whisper-base"]


def test_of_two_at_once_one_puts_them_together_and_the_other_waits(models, packages, monkeypatch):
    models.mkdir()
    waits = threading.Event()
    joins = []
    join = weights._join
    monkeypatch.setattr(weights, "_join", lambda folder: (joins.append(folder), join(folder)))
    found = []
    holder = os.open(models, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)  # as another process does that has just begun
    threads = [threading.Thread(target=lambda: found.append(weights.prepare("base", waits.set))) for _ in range(2)]
    for each in threads:
        each.start()
    assert waits.wait(10)
    assert not found
    os.close(holder)
    for each in threads:
        each.join(10)
    assert found == [models / "whisper-base"] * 2
    assert len(joins) == 1


def test_what_a_killed_process_left_is_replaced(models, packages):
    left = models / ".whisper-base.part"
    left.mkdir(parents=True)
    (left / "model.bin").write_bytes(b"half")
    folder = weights.prepare("base")
    assert (folder / "model.bin").read_bytes() == packages
    assert not left.exists()


def test_parts_that_are_damaged_are_refused_and_leave_nothing(models, packages, monkeypatch):
    monkeypatch.setattr(weights, "_BASE_SHA256", "0" * 64)
    with pytest.raises(MissingRequirementsError, match=r"damaged: 3000000 bytes .*force-reinstall"):
        weights.prepare("base")
    assert list(models.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(models, packages):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # The kernel stops the write in the middle, as it does on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, hard))
    try:
        with pytest.raises(MissingRequirementsError, match=r"could not be put together in .*make room for 145 MB"):
            weights.prepare("base")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(models.iterdir()) == []


def test_a_folder_that_lacks_a_file_is_told_and_kept(models, packages):
    (models / "whisper-base").mkdir(parents=True)
    (models / "whisper-base" / "mine.txt").touch()
    with pytest.raises(MissingRequirementsError, match="could not be put together"):
        weights.prepare("base")
    assert [each.name for each in models.iterdir()] == ["whisper-base"]


def test_the_hugging_face_cache_is_found_without_its_library(tmp_path, no_packages):
    repository = tmp_path / "hub" / "models--Systran--faster-whisper-base"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc123")
    assert weights.find("base") is None
    snapshot = fill(repository / "snapshots" / "abc123")
    assert weights.find("base") == weights.prepare("base") == snapshot


def test_weights_that_are_nowhere_are_a_gap_with_the_command_that_closes_it(no_packages, monkeypatch):
    [gap] = find_gaps([weights.weights_of("base")], "WhisperNode")
    assert gap.kind == "weights"
    assert "whisper-base" in gap.what
    assert "145 MB" in gap.what
    assert gap.remedy == "remotemedia nodes install WhisperNode --weights whisper-base"
    assert weights.prepare("base") is None
    monkeypatch.setenv(DOWNLOADS_VARIABLE, "1")
    assert find_gaps([weights.weights_of("base")], "WhisperNode") == []


def test_weights_are_not_asked_for_where_the_manifest_names_a_folder():
    needs = list(WhisperNode.requirements({"model": "base", "model_path": "mine"}))
    assert [each.distribution for each in needs] == ["faster-whisper", "ctranslate2"]


def test_looking_for_weights_imports_no_engine():
    code = (
        "import sys; from remotemedia.nodes import whisper_node, _whisper_weights as w; w.find('base'); "
        "print([each for each in ('numpy', 'ctranslate2', 'faster_whisper', 'huggingface_hub') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
