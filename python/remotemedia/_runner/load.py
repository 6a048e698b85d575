"""Finds the node type that this process is for, importing no more than that takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from remotemedia._failure import Failure
from remotemedia._imports import ModuleError, Source, find_sources, import_source, source_of
from remotemedia._registry import NodeType, find_node_type

if TYPE_CHECKING:
    from remotemedia._runner.configure import Configuration


class NodeTypeNotFoundError(Exception):
    """No module registers the node type; `failure` says why, with the tracebacks of modules that failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def load_node_type(configuration: Configuration, on_import: Callable[[str], None]) -> NodeType:
    """Imports modules until one registers the node type, beginning with the one where discovery found it.

    Args:
        configuration: Which type, and where to look for it.
        on_import: Told the name of each module before it is imported.

    Raises:
        NodeTypeNotFoundError: none does.
    """
    name = configuration.node_type
    sources = find_sources(configuration.module_paths, configuration.modules)
    home: Source | None = None
    if configuration.module is not None:
        home = source_of(configuration.module, sources)
        sources = [home, *(each for each in sources if each != home)]
    problems: list[ModuleError] = []
    for source in sources:
        if (found := find_node_type(name)) is not None:
            return found
        on_import(source.module)
        if (problem := import_source(source)) is not None:
            problems.append(problem)
            if source is sources[0] and _is_the_reason(problem, configuration.module):
                break
    if (found := find_node_type(name)) is not None:
        return found
    # What is wrong with the module that has the node tells more than whatever is wrong with others.
    if home is not None and problems and problems[0].module == home.module:
        raise NodeTypeNotFoundError(problems[0].failure)
    raise NodeTypeNotFoundError(_explain(name, [each.module for each in sources], problems))


def _is_the_reason(problem: ModuleError, module: str | None) -> bool:
    """Whether the module where discovery found the type is still there, and so is what is broken."""
    if module is None:
        return False
    is_gone = problem.failure.message == f"ModuleNotFoundError: No module named {module!r}"
    return not is_gone and not (module.endswith(".py") and not os.path.exists(module))


def _explain(name: str, tried: list[str], problems: list[ModuleError]) -> Failure:
    if len(problems) == 1:
        return problems[0].failure
    if problems:
        modules = ", ".join(each.module for each in problems)
        message = f"ImportError: nothing registers {name!r}, and these modules cannot be imported: {modules}"
        return Failure("ImportError", message, "\n".join(each.failure.traceback for each in problems))
    imported = ", ".join(tried) or "none"
    message = f"UnknownNodeType: no module registers {name!r}; modules imported: {imported}"
    return Failure("UnknownNodeType", message, f"{message}\n")
