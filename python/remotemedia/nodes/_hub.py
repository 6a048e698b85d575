"""Models of the Hugging Face Hub: on this machine, or fetched where downloads are allowed.

On this machine means: in a models folder under the model's own name, or in the Hub's cache.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from remotemedia._requirements import (
    MissingRequirementsError,
    Weights,
    allowed_model_path,
    downloads_allowed,
    find_gaps,
    find_model,
)

REPOSITORY_PATTERN = r"^[A-Za-z0-9_][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}$"
"""What ``hf_repo`` of a manifest must look like: owner and name."""

_REPOSITORY = re.compile(REPOSITORY_PATTERN.removesuffix("$") + r"\Z", re.ASCII)

# A model's weights are in one file, or in several with this list of them. No pickles: loading one runs its code.
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
_FETCHED = ("*.json", "*.jinja", "*.safetensors", "*.txt", "LICENSE*")


@dataclass(frozen=True, slots=True)
class HubModel:
    """One model of the Hub.

    Attributes:
        name: What manifests and models folders call it.
        repository: Owner and name on the Hub.
        source: Where it comes from, with size and licence, for a person.
        files: What must be there besides the weights, as paths within the model's folder.
    """

    name: str
    repository: str
    source: str
    files: tuple[str, ...]

    def find(self) -> Path | None:
        """Its folder on this machine; None: it is not here."""
        for weights in _WEIGHTS:
            files = (*self.files, weights)
            if (found := find_model(self.name, *files) or cached_snapshot(self.repository, *files)) is not None:
                return found
        return None

    def weights(self) -> Weights:
        """As a requirement of a node."""
        return Weights(self.name, self.source, self.find)

    def fetch(self, node_type: str) -> Path:
        """Its folder on this machine, after fetching it from the Hub if it is not here.

        Raises:
            MissingRequirementsError: it is not here, and downloads are not allowed.
            OSError: it could not be fetched.
        """
        if (found := self.find()) is not None:
            return found
        if not downloads_allowed():
            raise MissingRequirementsError(find_gaps([self.weights()], node_type))
        from huggingface_hub import snapshot_download

        folder = Path(snapshot_download(self.repository, allow_patterns=list(_FETCHED)))
        return self.checked(folder, f"the repository {self.repository}")

    def given(self, model_path: str) -> Path:
        """The folder that a manifest names in ``model_path``.

        Raises:
            ValueError: it is outside of the models folders.
            FileNotFoundError: it is not there, or lacks a file of such a model.
        """
        return self.checked(allowed_model_path(model_path, "model_path"), f"model_path {model_path}")

    def checked(self, folder: Path, called: str) -> Path:
        """The folder, if it holds such a model.

        Raises:
            FileNotFoundError: it lacks a file.
        """
        missing = [each for each in self.files if not (folder / each).is_file()]
        if not any((folder / each).is_file() for each in _WEIGHTS):
            missing.append(_WEIGHTS[0])
        if missing:
            raise FileNotFoundError(f"{called} is no {self.name} model: it lacks {', '.join(missing)}")
        return folder


def is_repository(name: str) -> bool:
    """Whether this is owner and name of a repository, and nothing that a path could be made of."""
    return _REPOSITORY.match(name) is not None


def cached_snapshot(repository: str, *files: str) -> Path | None:
    """The folder of a repository's main revision in the Hub's cache, if it has all of these files.

    Looked for by the cache's documented layout, ``models--OWNER--NAME/snapshots/REVISION``, because the Hub's own
    library takes long to import: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
    """
    if not is_repository(repository):
        return None
    folder = _cache() / f"models--{repository.replace('/', '--')}"
    try:
        revision = (folder / "refs" / "main").read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    snapshot = folder / "snapshots" / revision
    return snapshot if revision and all((snapshot / each).is_file() for each in files) else None


def _cache() -> Path:
    if given := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(given)
    home = os.environ.get("HF_HOME")
    if not home:
        own = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        home = os.path.join(own, "huggingface")
    return Path(home) / "hub"
