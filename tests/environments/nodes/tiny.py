"""Needs a small package that the set-up does not have."""

import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from remotemedia import MultiprocessNode, Package, PythonVersion, RuntimeData, Weights, register_node
from remotemedia.core.multiprocessing import Requirement

INFLECTION = Package("inflection", "0.5.1", "inflection")
WRONG_HASH = Package("inflection", "0.5.1", "inflection", hashes=("0" * 64,))


def _find_weights() -> Path | None:
    spec = importlib.util.find_spec("toposort")
    return Path(spec.origin) if spec is not None and spec.origin is not None else None


WEIGHTS = Weights("small", "a package, 10 kB, Apache-2.0", _find_weights, (Package("toposort", "1.10", "toposort"),))
REMOTE = Weights("large", "a shop, 1 GB", lambda: None)


def _answer() -> RuntimeData:
    try:
        version = metadata.version("inflection")
    except metadata.PackageNotFoundError:
        version = None
    facts = {"prefix": sys.prefix, "executable": sys.executable, "python": sys.version_info[:2], "inflection": version}
    return RuntimeData.text(json.dumps(facts))


@register_node("TinyNode", aliases=["Tiny"])
class TinyNode(MultiprocessNode):
    """Tells its Python and the version of the package."""

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Sequence[Requirement]:
        """The package alone."""
        return [INFLECTION]

    async def process(self, _data: RuntimeData) -> RuntimeData:
        """Tell it."""
        return _answer()


@register_node("PlainNode", aliases=["Plain"])
async def plain(_data: RuntimeData) -> RuntimeData:
    """Needs nothing, and tells the same."""
    return _answer()


@register_node("WhereElseNode")
async def where_else(_data: RuntimeData) -> RuntimeData:
    """Does what the other does, as another type."""
    return _answer()


@register_node("WeightsNode")
class WeightsNode(TinyNode):
    """Needs weights too."""

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Sequence[Requirement]:
        """The package and two sorts of weights."""
        return [INFLECTION, WEIGHTS, REMOTE]


@register_node("WrongHashNode")
class WrongHashNode(TinyNode):
    """Needs a file that nobody has."""

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Sequence[Requirement]:
        """The package with a hash that is wrong."""
        return [WRONG_HASH]


@register_node("NewPythonNode")
class NewPythonNode(TinyNode):
    """Needs a newer Python than most services have."""

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Sequence[Requirement]:
        """Python 3.12 and the package."""
        return [PythonVersion((3, 12), "inflection"), INFLECTION]
