"""The control lines of this side, byte for byte, and those of the other side, read."""

import json
from pathlib import Path

import pytest

from remotemedia._failure import Failure
from remotemedia._json_text import write_json
from remotemedia._runner.configure import Edge, parse_configuration, parse_stop
from remotemedia._runner.reporter import Reporter

GOLDEN = json.loads((Path(__file__).parents[2] / "contract/fixtures/control.json").read_text())


class Lines:
    """A control connection that keeps what is sent."""

    def __init__(self):
        self.sent = []

    def send(self, line):
        self.sent.append(line)


def say(reporter, line):
    kind, fields = line["type"], {name: value for name, value in line.items() if name != "type"}
    if kind == "failed":
        phase, sequence = fields.pop("phase"), fields.pop("sequence")
        reporter.failed(phase, Failure(**fields), sequence)
    elif kind == "dropping":
        reporter.dropping(fields["edge"], fields["from"])
    elif kind == "ready":
        reporter.ready(fields.get("input_types"), fields.get("output_types"))
    else:
        getattr(reporter, kind)(**fields)


def is_spoken(vector):
    # Pings are answered by the native thread; kinds that are null are left out.
    return vector["line"]["type"] != "pong" and vector["name"] != "ready: kinds unknown"


SPOKEN = [each for each in GOLDEN["process"] if is_spoken(each)]


@pytest.mark.parametrize("vector", SPOKEN, ids=lambda each: each["name"])
def test_a_line_to_the_service_has_its_bytes(vector):
    lines = Lines()
    say(Reporter(lines), vector["line"])
    assert [line + b"\n" for line in lines.sent] == [vector["text"].encode()]


@pytest.mark.parametrize("vector", GOLDEN["service"], ids=lambda each: each["name"])
def test_a_line_from_the_service_is_read(vector):
    line, text = vector["line"], vector["text"].encode()
    assert write_json(json.loads(text)) + b"\n" == text
    if line["type"] != "configure":
        assert parse_stop(text) == (line.get("mode") if line["type"] == "stop" else None)
        return
    configuration = parse_configuration(text)
    for name, value in line.items():
        if name == "inputs":
            assert configuration.inputs == [Edge(each["edge"], each["from"]) for each in value]
        elif name == "outputs":
            kinds = [None if each.get("kinds") is None else tuple(each["kinds"]) for each in value]
            assert configuration.outputs == [
                Edge(each["edge"], each["to"], its) for each, its in zip(value, kinds, strict=True)
            ]
        elif name != "type":
            assert getattr(configuration, name) == value


@pytest.mark.parametrize("line", [each.encode() for each in GOLDEN["unknown_service"]])
def test_a_line_of_an_unknown_type_is_not_a_stop(line):
    assert parse_stop(line) is None


@pytest.mark.parametrize("line", [b"[]", b"{}", b'{"type":"stop","mode":"normal"}', b'{"type":"configure"}', b"x"])
def test_what_is_no_configure_line_is_refused(line):
    with pytest.raises(ValueError, match="configure|Expecting"):
        parse_configuration(line)


@pytest.mark.parametrize("vector", GOLDEN["probe_report"], ids=lambda each: each["name"])
def test_a_probe_report_is_written_as_the_service_writes_it(vector):
    assert write_json(vector["line"]) + b"\n" == vector["text"].encode()
