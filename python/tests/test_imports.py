import sys

import pytest

from remotemedia import _registry as registry
from remotemedia import find_node_type
from remotemedia._imports import find_sources, import_source

NODE = """
from remotemedia import register_node

@register_node("{name}")
def node(data):
    return data
"""


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    monkeypatch.setattr(registry, "_TYPES", {})
    monkeypatch.setattr(sys, "path", list(sys.path))
    modules = set(sys.modules)
    yield
    for each in set(sys.modules) - modules:
        del sys.modules[each]


def load(paths, modules=()):
    sources = find_sources([str(each) for each in paths], [str(each) for each in modules])
    return [each.module for each in sources], [error for each in sources if (error := import_source(each))]


def test_a_directorys_files_and_packages_are_imported(tmp_path):
    (tmp_path / "one_node.py").write_text(NODE.format(name="One"))
    (tmp_path / "two_nodes").mkdir()
    (tmp_path / "two_nodes" / "__init__.py").write_text("from two_nodes import inner")
    (tmp_path / "two_nodes" / "inner.py").write_text(NODE.format(name="Two"))
    (tmp_path / "data").mkdir()
    (tmp_path / "_helper_of_nodes.py").write_text("raise AssertionError")
    (tmp_path / ".hidden_node.py").write_text("raise AssertionError")
    (tmp_path / "notes.txt").write_text("")
    names, errors = load([tmp_path])
    assert (names, errors) == (["one_node", "two_nodes"], [])
    assert find_node_type("One").module == "one_node"
    assert find_node_type("Two").module == "two_nodes.inner"


def test_one_broken_module_does_not_stop_the_others(tmp_path):
    (tmp_path / "a_broken.py").write_text("import sys\nsys.exit(3)")
    (tmp_path / "b_broken.py").write_text("raise BaseException('odd')")
    (tmp_path / "c_working.py").write_text(NODE.format(name="Works"))
    _, errors = load([tmp_path])
    assert [(each.module, each.failure.message) for each in errors] == [
        ("a_broken", "SystemExit: 3"),
        ("b_broken", "BaseException: odd"),
    ]
    assert 'a_broken.py", line 2' in errors[0].failure.traceback
    assert find_node_type("Works") is not None


def test_a_directory_that_is_not_there_is_an_error(tmp_path):
    _, [error] = load([tmp_path / "none"])
    assert "cannot read the directory" in error.failure.message
    assert str(tmp_path / "none") in error.failure.message


def test_a_file_does_not_replace_a_library_and_says_so(tmp_path):
    (tmp_path / "json.py").write_text("raise AssertionError")
    names, [error] = load([tmp_path])
    assert names == ["json"]
    assert "the module name 'json' is taken by" in error.failure.message
    assert "rename the file" in error.failure.message


def test_files_of_one_name_in_two_directories_are_told_apart(tmp_path):
    for each in ("a", "b"):
        (tmp_path / each).mkdir()
        (tmp_path / each / "same_name.py").write_text(NODE.format(name=f"From {each}"))
    _, [error] = load([tmp_path / "a", tmp_path / "b"])
    assert "the module name 'same_name' is taken" in error.failure.message
    assert find_node_type("From a") is not None


def test_a_module_may_be_a_file(tmp_path):
    file = tmp_path / "some_file.py"
    file.write_text(NODE.format(name="File"))
    assert load([], [file, file])[1] == []
    assert find_node_type("File") is not None
    (tmp_path / "json.py").write_text("")
    _, [error] = load([], [tmp_path / "json.py"])
    assert "'json' is taken" in error.failure.message
    _, [error] = load([], [tmp_path / "nothing.py"])
    assert error.failure.error_type == "FileNotFoundError"


def test_a_directory_given_twice_is_imported_once(tmp_path):
    (tmp_path / "counts_itself.py").write_text("import builtins\nbuiltins.n = getattr(builtins, 'n', 0) + 1")
    import builtins

    assert load([tmp_path, tmp_path])[1] == []
    assert builtins.n == 1
    del builtins.n
