import re
import subprocess
import sys
import tomllib
from pathlib import Path

import remotemedia.client

PROJECT = Path(__file__).parents[2]


def minimum(package):
    """What the extra asks for, as numbers."""
    extra = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["client"]
    [asked] = [each for each in extra if each.startswith(package)]
    return version(asked.split(">=")[1].split(",")[0])


def version(text):
    return tuple(map(int, text.split(".")))


def test_all_names_what_there_is():
    assert remotemedia.client.__all__ == sorted(remotemedia.client.__all__)
    assert all(getattr(remotemedia.client, each) is not None for each in remotemedia.client.__all__)


def test_the_extra_asks_for_what_the_generated_modules_check():
    wire = PROJECT / "remotemedia/wire"
    grpc = re.search(r"GRPC_GENERATED_VERSION = '(.*)'", (wire / "remotemedia_pb2_grpc.py").read_text())
    protobuf = re.search(r"Protobuf Python Version: (.*)", (wire / "remotemedia_pb2.py").read_text())
    assert minimum("grpcio") == version(grpc[1])
    assert minimum("protobuf") == version(protobuf[1])


def test_nodes_and_errors_need_nothing_of_the_client():
    heavy = "{'grpc', 'google', 'google.protobuf', 'yaml', 'numpy', 'remotemedia.client'} & set(sys.modules)"
    code = (
        f"import sys, remotemedia.core.multiprocessing, remotemedia.errors, remotemedia._runner.process; print({heavy})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("set()", "")
