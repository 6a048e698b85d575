import fcntl
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import remotemedia

NODES = Path(__file__).parent / "nodes"


PIPE_BYTES = 1 << 20


def without_built_in(answer):
    """The answer without the nodes of the SDK itself, which every answer has."""
    own = [each for each in answer["nodes"] if not each["module"].startswith("remotemedia.nodes.")]
    assert len(own) < len(answer["nodes"])
    return {**answer, "nodes": own}


def probe(request, fd=True):
    """Runs the probe; returns its answer and what it printed."""
    read, write = os.pipe()
    # It is read when the probe has ended, so the pipe must hold all of it.
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    try:
        # The answer is expected on descriptor 3, which only a shell can promise.
        redirect = f"3>&{write} {write}>&-" if fd else ""
        command = f'exec "$0" -m remotemedia.probe {redirect}'
        done = subprocess.run(
            ["bash", "-c", command, sys.executable],
            input=request,
            capture_output=True,
            text=True,
            pass_fds=[write],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
        )
        assert done.returncode == 0, done.stderr
        os.set_blocking(read, False)
        answer = os.read(read, PIPE_BYTES).decode() if fd else done.stdout.splitlines()[-1]
        return without_built_in(json.loads(answer)), done.stdout
    finally:
        os.close(read)
        os.close(write)


def test_the_probe_lists_nodes_and_errors_though_modules_print_and_exit():
    answer, printed = probe(json.dumps({"module_paths": [str(NODES / "broken")], "modules": ["shapes"]}) + "\n")
    assert os.path.abspath(answer["executable"]) == os.path.abspath(sys.executable)
    assert answer["version"] == platform.python_version()
    assert answer["sdk"] == remotemedia.__version__
    nodes = {each["type"]: each for each in answer["nodes"]}
    assert nodes["Good"] == {
        "type": "Good",
        "module": "good",
        "doc": "Gives back what it gets.",
        "params_schema": {"type": "object", "properties": {}},
        "input_types": ["text"],
        "output_types": ["text"],
        "aliases": [],
        "input_format": None,
        "output_format": None,
        "engine": None,
        "requirements": {"packages": [], "python": None, "weights": [], "gaps": []},
    }
    assert nodes["AsyncEcho"]["params_schema"] is None
    assert nodes["shout"]["module"] == "shapes"
    errors = {each["module"]: each for each in answer["errors"]}
    assert list(errors) == ["exits", "raises"]
    assert errors["raises"]["error_type"] == "ModuleNotFoundError"
    assert "raises.py" in errors["raises"]["traceback"]
    assert errors["exits"]["message"] == "SystemExit: leaving"
    assert printed == "noise on stdout\n"


def test_parameters_without_a_schema_are_an_error(tmp_path):
    (tmp_path / "odd_params.py").write_text(
        "from dataclasses import dataclass\n"
        "from remotemedia import register_node\n"
        "@dataclass\nclass P:\n    x: complex\n"
        "@register_node('Odd', params=P)\ndef odd(data):\n    return data\n"
    )
    answer, _ = probe(json.dumps({"module_paths": [str(tmp_path)], "modules": []}) + "\n")
    assert answer["nodes"] == []
    assert [(each["module"], each["error_type"]) for each in answer["errors"]] == [("odd_params", "TypeError")]


@pytest.mark.parametrize("request_line", ["{}\n", ""])
def test_a_person_may_run_it(request_line):
    answer, _ = probe(request_line, fd=False)
    assert (answer["nodes"], answer["errors"]) == ([], [])


LAME = (
    "from remotemedia import MultiprocessNode, Package, Program, PythonVersion, Weights, register_node\n"
    "@register_node('LameNode', params={'properties': {'model': {'default': 'base'}}})\n"
    "class LameNode(MultiprocessNode):\n"
    "    @classmethod\n"
    "    def requirements(cls, params):\n"
    "        yield Package('no-such-package', '1.2', 'no_such_package')\n"
    "        yield Program('no-such-program', 'some-package')\n"
    "        yield PythonVersion((3, 99), 'the future')\n"
    "        yield Weights(params['model'], 'a shop, 1 MB', lambda: None)\n"
    "    def process(self, data):\n"
    "        return data\n"
)


def test_what_a_node_lacks_is_told_with_its_defaults_and_with_given_parameters(tmp_path):
    (tmp_path / "lame.py").write_text(LAME)
    checks = [{"type": "LameNode", "params": {"model": "large"}}, {"type": "EchoNode", "params": {}}]
    answer, _ = probe(json.dumps({"module_paths": [str(tmp_path)], "modules": [], "checks": checks}) + "\n")
    [node] = answer["nodes"]
    assert node["requirements"]["packages"] == ["no-such-package==1.2"]
    assert node["requirements"]["python"] == "3.99"
    assert node["requirements"]["weights"] == [{"name": "base", "source": "a shop, 1 MB", "packages": []}]
    assert [each["kind"] for each in node["requirements"]["gaps"]] == ["package", "program", "interpreter", "weights"]
    lame, echo = answer["checks"]
    assert echo == []
    assert lame[0] == {
        "kind": "package",
        "what": "package no-such-package 1.2 is not installed",
        "remedy": "remotemedia nodes install LameNode",
    }
    assert "the weights large (a shop, 1 MB) are not on this machine" in lame[3]["what"]


def test_only_the_modules_that_are_asked_for_are_imported():
    request = {"module_paths": [str(NODES / "broken")], "modules": ["shapes"], "only": ["good"]}
    line = json.dumps(request) + "\n"
    read, write = os.pipe()
    done = subprocess.run(
        ["bash", "-c", f'exec "$0" -m remotemedia.probe 3>&{write} {write}>&-', sys.executable],
        input=line,
        capture_output=True,
        text=True,
        pass_fds=[write],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
    )
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        answer = json.load(stream)
    assert done.stdout == ""
    assert {each["module"] for each in answer["nodes"]} == {"good"}
    assert answer["errors"] == []
