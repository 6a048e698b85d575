"""Tells which node types there are: ``python -m remotemedia.probe``. Run once by the service at its start.

Reads one JSON line from standard input, ``{"module_paths": […], "modules": […]}``, imports everything it names, and
writes one JSON line to descriptor 3, since modules may print what they like; to standard output when there is none.
"""

import json
import os
import platform
import stat
import sys
from typing import Any

from remotemedia import __version__
from remotemedia._failure import describe
from remotemedia._imports import ModuleError, find_sources, import_source
from remotemedia._json_text import write_json
from remotemedia._registry import NodeType, registered_node_types


def probe(module_paths: list[str], modules: list[str]) -> dict[str, Any]:
    """Imports the modules and describes what they register and what went wrong."""
    errors = [error for source in find_sources(module_paths, modules) if (error := import_source(source))]
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
    }
    write_json(described)
    return described


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
    line = write_json(probe(request.get("module_paths", []), request.get("modules", [])))
    with open(answer, "wb", closefd=False) as stream:
        stream.write(line + b"\n")
    # A thread that some module started must not keep the answer from being complete.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
