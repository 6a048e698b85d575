import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import remotemedia
import remotemedia.core.multiprocessing
import remotemedia.testing

HERE = Path(__file__).parent


def in_fresh_python(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=HERE.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("module", [remotemedia, remotemedia.core.multiprocessing, remotemedia.testing])
def test_all_names_what_there_is(module):
    assert module.__all__ == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
    namespace = {}
    exec(f"from {module.__name__} import *", namespace)
    assert set(module.__all__) <= set(namespace)


def test_the_short_names_are_the_same_objects():
    names = set(remotemedia.__all__) - {"__version__"}
    assert names == set(remotemedia.core.multiprocessing.__all__)
    for name in names:
        assert getattr(remotemedia, name) is getattr(remotemedia.core.multiprocessing, name)
    assert names <= set(dir(remotemedia))


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = remotemedia.nothing


@pytest.mark.parametrize(
    "imports",
    [
        "import remotemedia.core.multiprocess as a; import remotemedia.core.multiprocessing as b",
        "import remotemedia.core.multiprocessing as b; import remotemedia.core.multiprocess as a",
        "from remotemedia.core import multiprocess as a, multiprocessing as b",
    ],
)
def test_both_spellings_are_one_module(imports):
    check = "from remotemedia.core.multiprocess import register_node as r; print(a is b, r is b.register_node)"
    assert in_fresh_python(f"{imports}; {check}") == "True True"


def test_the_version_is_the_distributions():
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["version"]) == ("remotemedia-sdk", remotemedia.__version__)


def test_importing_the_sdk_loads_no_large_library():
    heavy = "{'numpy', 'grpc', 'google.protobuf', 'torch', 'pydantic', 'argparse'} & set(sys.modules)"
    assert in_fresh_python(
        f"import sys, remotemedia.core.multiprocessing, remotemedia._runner.process; print({heavy})"
    ) == ("set()")
    assert in_fresh_python("import sys, remotemedia; print('asyncio' in sys.modules)") == "False"


def test_data_without_arrays_needs_no_numpy():
    code = (
        "import sys; from remotemedia import RuntimeData as R; from remotemedia._data import to_data\n"
        "R.audio(bytes(4), 16000, format='f32').metadata, R.text('x').text, R.json([1]).json, to_data('x'), to_data(b'x')\n"
        "R.named({'a': R.tensor(bytes(4), shape=(4,), dtype='u8')})['a'].shape\n"
        "print('numpy' in sys.modules)"
    )
    assert in_fresh_python(code) == "False"
