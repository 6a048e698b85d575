"""Tells which node types there are, and what they lack: ``python -m remotemedia.probe``.

Run by the service at its start, and when it wants to know what the nodes of one manifest lack. Reads one JSON line from
standard input, ``{"module_paths": […], "modules": […], "checks": [{"type": …, "params": {…}}]}``, imports the nodes of
this package and everything that the line names (or, with ``"only": […]``, these modules of them), and writes one JSON
line to descriptor 3, since modules may print what they like; to standard output when there is none.
"""

import json
import os
import platform
import stat
import sys
from dataclasses import asdict
from typing import Any

from remotemedia import __version__
from remotemedia._failure import describe
from remotemedia._imports import ModuleError, built_in_modules, find_sources, import_source, source_of
from remotemedia._json_text import write_json
from remotemedia._params import ParamsError
from remotemedia._registry import NodeType, find_node_type, registered_node_types
from remotemedia._requirements import Package, PythonVersion, Weights, find_gaps


def probe(
    module_paths: list[str], modules: list[str], checks: list[dict[str, Any]], only: list[str] | None = None
) -> dict[str, Any]:
    """Imports the modules and describes what they register, what the checked nodes lack, and what went wrong."""
    sources = find_sources(module_paths, built_in_modules() + modules)
    if only is not None:
        sources = [source_of(each, sources) for each in only]
    errors = [error for source in sources if (error := import_source(source))]
    nodes = []
    for node_type in registered_node_types():
        try:
            nodes.append(_node(node_type))
        except Exception as error:  # parameters that have no schema
            errors.append(ModuleError(node_type.module, describe(error)))
    return {
        "executable": sys.executable,
        "version": platform.python_version(),
        "sdk": __version__,
        "nodes": nodes,
        "checks": [_check(each["type"], each["params"]) for each in checks],
        "errors": [_error(each) for each in errors],
    }


def _node(node_type: NodeType) -> dict[str, Any]:
    described = {
        "type": node_type.name,
        "module": node_type.module,
        "doc": node_type.doc,
        "params_schema": node_type.params_schema(),
        "input_types": node_type.input_types,
        "output_types": node_type.output_types,
        "aliases": node_type.aliases,
        "input_format": node_type.input_format and node_type.input_format.described(),
        "output_format": node_type.output_format and node_type.output_format.described(),
        "engine": node_type.engine and node_type.engine.described(),
        "requirements": _requirements(node_type),
    }
    write_json(described)
    return described


def _requirements(node_type: NodeType) -> dict[str, Any]:
    """What the node needs with its defaults, and what of it is missing in this environment."""
    try:
        requirements = node_type.requirements({})
    except ParamsError:  # one of its parameters has no default
        requirements = []
    packages = [each for each in requirements if isinstance(each, Package)]
    weights = [each for each in requirements if isinstance(each, Weights)]
    pythons = [each for each in requirements if isinstance(each, PythonVersion)]
    return {
        "packages": [each.pip_requirement() for each in packages],
        "python": ".".join(map(str, pythons[0].minimum)) if pythons else None,
        "weights": [
            {"name": each.name, "source": each.source, "packages": [one.pip_requirement() for one in each.packages]}
            for each in weights
        ],
        "gaps": [asdict(each) for each in find_gaps(requirements, node_type.name)],
    }


def _check(name: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """What a node of a manifest lacks."""
    node_type = find_node_type(name)
    if node_type is None:
        return []
    try:
        return [asdict(each) for each in find_gaps(node_type.requirements(params), node_type.name)]
    except ParamsError:  # which is told elsewhere, with its path
        return []


def _error(error: ModuleError) -> dict[str, Any]:
    failure = error.failure
    return {
        "module": error.module,
        "error_type": failure.error_type,
        "message": failure.message,
        "traceback": failure.traceback,
    }


def _open_answer() -> int:
    """The descriptor for the answer: 3 where the service gave one."""
    try:
        mode = os.fstat(3).st_mode
    except OSError:
        return 1
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return 1
    os.set_inheritable(3, False)
    return 3


def main() -> int:
    """Answers one request.

    Returns:
        The exit code.
    """
    answer = _open_answer()
    request = json.loads(sys.stdin.readline() or "{}")
    module_paths, modules, checks = (request.get(each, []) for each in ("module_paths", "modules", "checks"))
    line = write_json(probe(module_paths, modules, checks, request.get("only")))
    with open(answer, "wb", closefd=False) as stream:
        stream.write(line + b"\n")
    # A thread that some module started must not keep the answer from being complete.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
