"""The examples in the documents run."""

import re
from pathlib import Path

import numpy as np
import pytest

from remotemedia import RuntimeData, find_node_type
from remotemedia import _registry as registry
from remotemedia.testing import run_node

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/guide/python-nodes.md"
README = ROOT / "python/README.md"


def examples(document):
    return re.findall(r"```python\n(.*?)```", document.read_text(), re.DOTALL)


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_TYPES", {})


@pytest.mark.parametrize("document", [GUIDE, README], ids=lambda each: each.name)
def test_every_example_runs(document):
    assert examples(document)
    for code in examples(document):
        exec(code, {"__name__": "example"})


def test_the_guides_nodes_do_what_it_says():
    namespace = {"__name__": "example"}
    for code in examples(GUIDE):
        exec(code, namespace)
    namespace["test_it_counts"]()
    [loud] = run_node(namespace["ShoutNode"], "hello", {"ending": "?"})
    assert loud.text == "HELLO?"
    [louder] = run_node(namespace["gain"], RuntimeData.audio(b"\x01\x00", 16000, format="i16"), {"factor": 3})
    assert louder.samples.tolist() == [3]
    [said] = run_node(namespace["WhisperNode"], RuntimeData.audio(b"", 16000, format="f32"), {"beam": 2})
    assert said.text == "0 samples, 2 beams"
    [faded] = run_node(namespace["FadeNode"], RuntimeData.audio(np.ones((3, 2), np.float32), 16000))
    assert faded.samples.tolist() == [[0, 0], [0.5, 0.5], [1, 1]]
    assert find_node_type("WhisperNode").params_schema()["properties"]["model"]["enum"] == ["tiny", "base", "large"]
