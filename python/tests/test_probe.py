import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import remotemedia

NODES = Path(__file__).parent / "nodes"


def probe(request, fd=True):
    """Runs the probe; returns its answer and what it printed."""
    read, write = os.pipe()
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
        answer = os.read(read, 1 << 20).decode() if fd else done.stdout.splitlines()[-1]
        return json.loads(answer), done.stdout
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
