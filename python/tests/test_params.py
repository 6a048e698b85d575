import enum
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pydantic
import pytest

from remotemedia import MultiprocessNode, ParamsError
from remotemedia._params import build, complete, schema_of


class Mode(enum.Enum):
    FAST = "fast"
    GOOD = "good"


@dataclass
class Voice:
    name: str
    speed: float = 1.0


@dataclass
class Options:
    model: str
    beam: int = 5
    temperature: float = 0.0
    mode: Mode = Mode.FAST
    device: Literal["cpu", "cuda"] = "cpu"
    language: str | None = None
    voice: Voice = field(default_factory=lambda: Voice("sarah"))
    words: list[str] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)
    size: tuple[int, int] = (1, 2)
    path: tuple[str, ...] = ()
    extra: Any = None
    seed: Annotated[int, ["anything"]] = 0
    secret: int = field(default=1, init=False)


SCHEMA = {
    "type": "object",
    "properties": {
        "model": {"type": "string"},
        "beam": {"type": "integer", "default": 5},
        "temperature": {"type": "number", "default": 0.0},
        "mode": {"enum": ["fast", "good"], "default": "fast"},
        "device": {"enum": ["cpu", "cuda"], "default": "cpu"},
        "language": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "voice": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "speed": {"type": "number", "default": 1.0}},
            "additionalProperties": False,
            "required": ["name"],
            "default": {"name": "sarah", "speed": 1.0},
        },
        "words": {"type": "array", "items": {"type": "string"}, "default": []},
        "weights": {"type": "object", "additionalProperties": {"type": "number"}, "default": {}},
        "size": {
            "type": "array",
            "prefixItems": [{"type": "integer"}, {"type": "integer"}],
            "minItems": 2,
            "maxItems": 2,
            "default": [1, 2],
        },
        "path": {"type": "array", "items": {"type": "string"}, "default": []},
        "extra": {"default": None},
        "seed": {"type": "integer", "default": 0},
    },
    "additionalProperties": False,
    "required": ["model"],
}


def test_a_dataclass_has_a_schema():
    assert schema_of(Options) == SCHEMA


def test_a_schema_is_itself_and_nothing_is_none():
    assert schema_of({"type": "object"}) == {"type": "object"}
    assert schema_of(None) is None


def test_a_type_that_json_lacks_has_no_schema():
    @dataclass
    class Odd:
        number: complex

    with pytest.raises(TypeError, match=r"Odd\.number: a parameter cannot be <class 'complex'>"):
        schema_of(Odd)


def test_defaults_complete_the_parameters_as_plain_values():
    params = complete(Options, {"model": "base", "voice": {"name": "tom"}, "temperature": 1})
    assert params["voice"] == {"name": "tom", "speed": 1.0}
    assert (params["mode"], params["size"], params["beam"], params["temperature"]) == ("fast", [1, 2], 5, 1)
    assert complete({"properties": {"a": {"default": 1}, "b": {}}}, {"b": 2}) == {"a": 1, "b": 2}
    assert complete(None, {"x": 1}) == {"x": 1}


def test_an_instance_has_the_declared_types():
    given = {
        "model": "base", "beam": 3.0, "temperature": 1, "mode": "good", "voice": {"name": "tom", "speed": 2},
        "size": [3, 4], "path": ["a"], "weights": {"x": 1}, "words": ["y"], "extra": {"z": 1}, "language": "en",
    }  # fmt: skip
    options = build(Options, given)
    assert options == Options(
        "base", 3, 1.0, Mode.GOOD, "cpu", "en", Voice("tom", 2.0), ["y"], {"x": 1.0}, (3, 4), ("a",), {"z": 1}
    )
    assert isinstance(options.beam, int)
    assert isinstance(options.temperature, float)


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({}, r"params\.model is required"),
        ({"model": 3}, r"params\.model must be str, not 3"),
        ({"model": "m", "beam": 1.5}, r"params\.beam must be int, not 1\.5"),
        ({"model": "m", "beam": True}, r"params\.beam must be int, not True"),
        ({"model": "m", "modle": 1}, r"params has no 'modle'; it has model, beam"),
        ({"model": "m", "mode": "slow"}, r"params\.mode must be one of 'fast', 'good', not 'slow'"),
        ({"model": "m", "device": "tpu"}, r"params\.device must be one of 'cpu', 'cuda', not 'tpu'"),
        ({"model": "m", "language": 1}, r"params\.language must be str or null, not 1"),
        ({"model": "m", "voice": 1}, r"params\.voice must be an object, not 1"),
        ({"model": "m", "voice": {}}, r"params\.voice\.name is required"),
        ({"model": "m", "words": ["a", 1]}, r"params\.words\[1\] must be str, not 1"),
        ({"model": "m", "size": [1]}, r"params\.size must be"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(params, why):
    with pytest.raises(ParamsError, match=why):
        build(Options, params)
    with pytest.raises(ParamsError, match=why):
        complete(Options, params)


def test_a_class_may_check_itself():
    @dataclass
    class Positive:
        number: int

        def __post_init__(self):
            if self.number < 0:
                raise ValueError("number must not be negative")

    with pytest.raises(ParamsError, match="params: number must not be negative"):
        build(Positive, {"number": -1})


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    name: str
    beam: int = pydantic.Field(5, ge=1)


def test_a_pydantic_model_works_alike():
    assert schema_of(Model)["properties"]["beam"] == {"default": 5, "minimum": 1, "title": "Beam", "type": "integer"}
    assert complete(Model, {"name": "m"}) == {"name": "m", "beam": 5}
    assert build(Model, {"name": "m", "beam": 2}) == Model(name="m", beam=2)
    with pytest.raises(ParamsError, match="beam"):
        complete(Model, {"name": "m", "beam": 0})


def test_a_node_reads_its_parameters_as_its_class():
    class Node(MultiprocessNode):
        async def process(self, data):
            pass

    node = Node()
    node.params = {"name": "tom"}
    assert node.params_as(Voice) == Voice("tom")
