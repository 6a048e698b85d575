"""What a user installs: the wheel, in an environment that has nothing but numpy, or what the extra asks for."""

import email
import importlib.metadata
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

WITHOUT = ("remotemedia.wire.", "remotemedia.client")  # what needs the extra [client]
for module in pkgutil.walk_packages(remotemedia.__path__, "remotemedia."):
    if not module.name.startswith(WITHOUT):
        importlib.import_module(module.name)
for name in ("remotemedia", "remotemedia.core.multiprocessing", "remotemedia.core.multiprocess", "remotemedia.testing"):
    module = importlib.import_module(name)
    assert all(getattr(module, each) is not None for each in module.__all__), name
assert importlib.metadata.version("remotemedia-sdk") == remotemedia.__version__
print(remotemedia.__file__)
"""

IMPORT_CLIENT = """
import pkgutil, importlib
import remotemedia, remotemedia.client
import remotemedia_v1_pb2, remotemedia_v1_pb2_grpc

for module in pkgutil.walk_packages(remotemedia.__path__, "remotemedia."):
    importlib.import_module(module.name)
assert all(getattr(remotemedia.client, each) is not None for each in remotemedia.client.__all__)
assert remotemedia_v1_pb2.PipelineManifest is remotemedia.wire.remotemedia_pb2.PipelineManifest
assert remotemedia_v1_pb2_grpc.PipelineExecutionServiceStub
assert remotemedia.client.Manifest.from_text("version: v1").document == {"version": "v1"}
print(remotemedia.client.__file__)
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


def install(wheel, folder, *packages, extra=""):
    """The interpreter of a new environment in which the wheel is installed, without a network.

    The packages are as they are here, their metadata too, so that pip finds the requirements met.
    """
    venv.create(folder, symlinks=True)
    python = folder / "bin/python"
    [target] = folder.glob("lib/python*/site-packages")
    for package in packages:
        distribution = importlib.metadata.distribution(package)
        names = {Path(str(each)).parts[0] for each in distribution.files if not str(each).startswith("..")}
        for name in names - {"__pycache__"}:
            if not (target / name).exists():
                (target / name).symlink_to(distribution.locate_file(name))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-compile", "--quiet"]
    run(*pip, f"{wheel}{extra}")
    return python


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """An environment with nothing but what the SDK asks for."""
    return install(wheel, tmp_path_factory.mktemp("environment"), "numpy")


@pytest.fixture(scope="module")
def python_with_client(wheel, tmp_path_factory):
    """An environment with what the extra asks for, too."""
    packages = ("numpy", "grpcio", "typing_extensions", "protobuf", "PyYAML")
    return install(wheel, tmp_path_factory.mktemp("client"), *packages, extra="[client]")


def test_it_has_the_package_its_types_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {"remotemedia/__init__.py", "remotemedia/py.typed", "remotemedia/_channel.pyi"} <= set(names)
    assert sum(name.startswith("remotemedia/_channel.") and name.endswith(".so") for name in names) == 1
    ours = ("remotemedia/", "remotemedia_sdk-", "remotemedia_v1_pb2.py", "remotemedia_v1_pb2_grpc.py")
    assert set(ours[2:]) <= set(names)
    strangers = [name for name in names if not name.startswith(ours)]
    assert [*strangers, *(name for name in names if "__pycache__" in name)] == []


def test_it_brings_its_licence_and_its_notice(wheel):
    with zipfile.ZipFile(wheel) as files:
        [info] = {name.partition("/")[0] for name in files.namelist() if ".dist-info/" in name}
        metadata = email.message_from_bytes(files.read(f"{info}/METADATA"))
        brought = {name: files.read(f"{info}/licenses/{name}") for name in metadata.get_all("License-File", [])}
    assert metadata["License-Expression"] == "Apache-2.0"
    assert brought == {name: (PROJECT.parent / name).read_bytes() for name in ("LICENSE", "NOTICE")}


def test_every_public_name_can_be_imported(python, tmp_path):
    printed = run(str(python), "-I", "-W", "error", "-c", IMPORT_ALL, cwd=tmp_path)
    assert Path(printed.strip()).is_relative_to(python.parents[1])


def test_the_client_and_the_protocols_own_names_can_be_imported_with_the_extra(python_with_client, tmp_path):
    printed = run(str(python_with_client), "-I", "-W", "error", "-c", IMPORT_CLIENT, cwd=tmp_path)
    assert Path(printed.strip()).is_relative_to(python_with_client.parents[1])


def test_the_client_says_what_to_install_without_it(python, tmp_path):
    done = subprocess.run(
        [python, "-I", "-c", "import remotemedia.client"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "pip install 'remotemedia-sdk[client]'" in done.stderr.splitlines()[-1]


def test_a_node_runs_over_the_channel(python, tmp_path):
    script = tmp_path / "louder.py"
    script.write_text(RUN_A_NODE)
    # Without what this process may have been told about where modules are.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    assert run(str(python), "-W", "error", str(script), cwd=tmp_path, env=clean) == "True\n"
