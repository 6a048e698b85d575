"""What a user installs: the wheel, in an environment that has nothing but numpy."""

import importlib.util
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

IMPORT_ALL = """
import importlib, importlib.metadata, pkgutil
import remotemedia

for module in pkgutil.walk_packages(remotemedia.__path__, "remotemedia."):
    # The wire needs what the extra [client] installs.
    if not module.name.startswith("remotemedia.wire."):
        importlib.import_module(module.name)
for name in ("remotemedia", "remotemedia.core.multiprocessing", "remotemedia.core.multiprocess", "remotemedia.testing"):
    module = importlib.import_module(name)
    assert all(getattr(module, each) is not None for each in module.__all__), name
assert importlib.metadata.version("remotemedia-sdk") == remotemedia.__version__
print(remotemedia.__file__)
"""

RUN_A_NODE = """
import numpy as np
from remotemedia.core.multiprocess import MultiprocessNode, RuntimeData, register_node
from remotemedia.testing import run_node

@register_node("Louder")
class Louder(MultiprocessNode):
    def process(self, data):
        out = self.loan_audio(data.num_samples, data.sample_rate)
        np.multiply(data.samples, self.params["factor"], out=out.samples)
        return out

if __name__ == "__main__":
    quiet = RuntimeData.audio(np.arange(1000, dtype=np.float32), 16000)
    [loud] = run_node(Louder, quiet, {"factor": 3}, over_channel=True)
    print(loud.samples.tolist() == list(range(0, 3000, 3)))
"""


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built as for a release. What set-up has compiled is used again, so this takes seconds."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "maturin", "build", "--release", "--locked", "--interpreter", sys.executable]
    rustup = Path.home() / ".cargo/bin"
    run(*build, "--out", str(folder), cwd=PROJECT, env={**os.environ, "PATH": f"{os.environ['PATH']}:{rustup}"})
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The interpreter of an environment in which the wheel is installed, without a network."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin/python"
    [packages] = folder.glob("lib/python*/site-packages")
    # numpy as it is here, its metadata too, so that pip finds the requirement met.
    here = Path(importlib.util.find_spec("numpy").origin).parents[1]
    for each in here.glob("numpy*"):
        (packages / each.name).symlink_to(each)
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-index",
        "--no-compile",
        "--quiet",
        str(wheel),
    )
    return python


def test_it_has_the_package_its_types_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {"remotemedia/__init__.py", "remotemedia/py.typed", "remotemedia/_channel.pyi"} <= set(names)
    assert sum(name.startswith("remotemedia/_channel.") and name.endswith(".so") for name in names) == 1
    strangers = [name for name in names if not name.startswith(("remotemedia/", "remotemedia_sdk-"))]
    assert [*strangers, *(name for name in names if "__pycache__" in name)] == []


def test_every_public_name_can_be_imported(python, tmp_path):
    printed = run(str(python), "-I", "-W", "error", "-c", IMPORT_ALL, cwd=tmp_path)
    assert Path(printed.strip()).is_relative_to(python.parents[1])


def test_a_node_runs_over_the_channel(python, tmp_path):
    script = tmp_path / "louder.py"
    script.write_text(RUN_A_NODE)
    # Without what this process may have been told about where modules are.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    assert run(str(python), "-W", "error", str(script), cwd=tmp_path, env=clean) == "True\n"
