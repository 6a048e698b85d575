"""Finds and imports the modules that register node types.

A module is named in the configuration (`modules`), or is a ``*.py`` file or package directly in one of the configured
directories (`module_paths`). Directories go to the end of ``sys.path``: a file there must not replace a library.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import NoReturn

from remotemedia._failure import Failure, describe


@dataclass(frozen=True, slots=True)
class ModuleError:
    """A module that could not be imported."""

    module: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Source:
    """One module to import, and how."""

    module: str
    load: Callable[[], ModuleType]


class ModuleNotUsableError(ImportError):
    """A configured module or directory that is not there, or whose name is taken."""


def built_in_modules() -> list[str]:
    """Names of the modules with this package's own nodes."""
    from remotemedia import nodes

    return [f"{nodes.__name__}.{each.name}" for each in pkgutil.iter_modules(nodes.__path__) if each.name[0] != "_"]


def find_sources(module_paths: Sequence[str], modules: Sequence[str]) -> list[Source]:
    """All modules that the configuration means, the named ones first. Puts the directories on ``sys.path``."""
    directories = [os.path.abspath(path) for path in module_paths]
    sys.path += [each for each in directories if each not in sys.path]
    named = [named_source(each) for each in modules]
    return named + [source for directory in directories for source in _directory_sources(directory)]


def named_source(module: str) -> Source:
    """A module by its dotted name, or a file by its path (ending in ``.py``)."""
    if module.endswith(".py"):
        return Source(module, lambda: _import_file(module))
    return Source(module, lambda: importlib.import_module(module))


def source_of(module: str, sources: Sequence[Source]) -> Source:
    """How to import a module; one that is configured as a file cannot be found by its name."""
    for each in sources:
        if os.path.basename(each.module).removesuffix(".py") == module:
            return each
    return named_source(module)


def import_source(source: Source) -> ModuleError | None:
    """Imports one module; what it raises is returned, SystemExit too."""
    try:
        source.load()
    except BaseException as error:  # a module may raise anything, and must not stop the others
        return ModuleError(source.module, describe(error))
    return None


def _directory_sources(directory: str) -> Iterator[Source]:
    try:
        names = sorted(os.listdir(directory))
    except OSError as error:
        reason = error.strerror
        yield Source(directory, lambda: _refuse(f"extra_paths: cannot read the directory {directory}: {reason}"))
        return
    for name in names:
        path = os.path.join(directory, name)
        if name.startswith(("_", ".")):
            continue
        if name.endswith(".py"):
            yield _directory_source(name.removesuffix(".py"), path)
        elif os.path.isfile(init := os.path.join(path, "__init__.py")):
            yield _directory_source(name, init)


def _directory_source(module: str, file: str) -> Source:
    def load() -> ModuleType:
        imported = importlib.import_module(module)
        origin = getattr(imported, "__file__", None)
        if origin is None or not os.path.samefile(origin, file):
            raise ModuleNotUsableError(
                f"{file} cannot be imported: the module name {module!r} is taken by {origin or 'Python itself'}; "
                "rename the file"
            )
        return imported

    return Source(module, load)


def _import_file(path: str) -> ModuleType:
    path = os.path.abspath(path)
    name = os.path.basename(path).removesuffix(".py")
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == path:
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if loaded is not None or spec is None or spec.loader is None:
        _refuse(f"{path} cannot be imported: the module name {name!r} is taken; rename the file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _refuse(message: str) -> NoReturn:
    raise ModuleNotUsableError(message)
