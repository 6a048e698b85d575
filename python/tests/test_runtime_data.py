import numpy as np
import pytest

from remotemedia import (
    AudioData,
    BatchHint,
    CancelSpeculation,
    DeadlineWarning,
    FrameError,
    RuntimeData,
    TextData,
)
from remotemedia._data import open_received


def crossed(data):
    return open_received(data._code, bytes(data.body), data._get_meta(), 5, 6, "before")


# Audio


@pytest.mark.parametrize(("dtype", "name"), [(np.float32, "f32"), (np.int16, "i16"), (np.int32, "i32")])
def test_audio_takes_its_format_from_the_samples(dtype, name):
    samples = np.arange(-3, 3).astype(dtype)
    data = crossed(RuntimeData.audio(samples, 16000))
    assert isinstance(data, AudioData)
    assert (data.kind, data.format, data.sample_rate, data.channels, data.num_samples) == ("audio", name, 16000, 1, 6)
    np.testing.assert_array_equal(data.samples, samples)
    assert data.samples.dtype == dtype
    assert data.duration == 6 / 16000


def test_channels_are_the_second_axis():
    stereo = np.arange(6, dtype=np.int16).reshape(3, 2)
    data = crossed(RuntimeData.audio(stereo, 48000))
    assert (data.channels, data.num_samples) == (2, 6)
    np.testing.assert_array_equal(data.samples, stereo)
    interleaved = RuntimeData.audio(stereo.reshape(-1), 48000, 2)
    assert interleaved == data
    assert RuntimeData.audio(stereo.tobytes(), 48000, 2, format="i16") == data


def test_one_channel_has_one_axis():
    assert RuntimeData.audio(np.zeros((4, 1), np.int16), 8000).samples.shape == (4,)


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), b""], ids=["array", "bytes"])
def test_audio_may_be_empty(samples):
    data = crossed(RuntimeData.audio(samples, 16000, format="f32"))
    assert data.samples.shape == (0,)
    assert data.samples.dtype == np.float32


@pytest.mark.parametrize(
    ("samples", "options", "error", "why"),
    [
        (np.zeros(4), {}, TypeError, "float64 but must be float32, int16 or int32"),
        (np.zeros(4, np.uint8), {}, TypeError, "uint8 but must be"),
        (np.zeros(4, np.int16), {"format": "f32"}, TypeError, "int16 but must be of format f32"),
        (np.zeros((2, 4), np.int16), {"channels": 2}, ValueError, r"need \(n, 2\); transpose"),
        (np.zeros((1, 2, 4), np.int16), {}, ValueError, r"\(n,\) or \(n, channels\)"),
        (np.zeros(3, np.int16), {"channels": 2}, ValueError, "cannot be split into 2 channels"),
        ([0, 1], {}, TypeError, "not list"),
        (b"1234", {}, TypeError, "format='f32'"),
        (b"123", {"format": "i16"}, ValueError, "3 bytes are no whole number"),
        (b"123456", {"format": "i16", "channels": 2}, ValueError, "2-channel"),
    ],
)
def test_samples_that_cannot_be_meant_are_refused(samples, options, error, why):
    with pytest.raises(error, match=why):
        RuntimeData.audio(samples, 16000, **options)


def test_samples_of_a_stranger_are_shown_only_when_they_fit():
    odd = RuntimeData.audio(b"123456", 16000, format="i16")
    odd._fields = (16000, 1, 1, 2, None)
    with pytest.raises(ValueError, match="6 bytes are no whole number of 1-channel f32"):
        _ = crossed(odd).samples
    odd._fields, odd._meta = (16000, 1, 0, 2, None), None
    with pytest.raises(ValueError, match="unspecified"):
        _ = crossed(odd).samples
    assert bytes(crossed(odd).body) == b"123456"


def test_a_received_view_is_read_only_and_a_copy_is_not():
    data = crossed(RuntimeData.audio(np.zeros(4, np.float32), 16000))
    with pytest.raises(ValueError, match="read-only"):
        data.samples[0] = 1
    with pytest.raises(TypeError):
        data.body[0] = 1
    data.samples.copy()[0] = 1
    own = data.copy()
    own.samples[0] = 1
    assert (own.samples[0], data.samples[0]) == (1, 0)
    assert (own.sequence, own.timestamp_us, own.source) == (5, 6, "before")


def test_audio_carries_json_of_its_own():
    assert crossed(RuntimeData.audio(b"", 1, format="i16", metadata_json=b'{"a":1}')).metadata_json == b'{"a":1}'
    assert crossed(RuntimeData.audio(b"", 1, format="i16", metadata_json=b"")).metadata_json == b""
    assert crossed(RuntimeData.audio(b"", 1, format="i16")).metadata_json is None


# Text and JSON


def test_text_is_text():
    data = crossed(RuntimeData.text("grüße 👋", language="de", channel="draft"))
    assert (data.text, str(data), data.language, data.channel, data.encoding) == (
        "grüße 👋", "grüße 👋", "de", "draft", "utf-8",
    )  # fmt: skip
    assert bytes(data.body) == "grüße 👋".encode()


def test_text_in_another_encoding():
    data = crossed(RuntimeData.text("é", encoding="latin-1"))
    assert (bytes(data.body), data.text) == (b"\xe9", "é")
    assert crossed(RuntimeData.text(b"\xe9", encoding="")).encoding == ""
    with pytest.raises(UnicodeDecodeError):
        _ = crossed(RuntimeData.text(b"\xe9")).text
    with pytest.raises(LookupError):
        _ = crossed(RuntimeData.text(b"\xe9", encoding="martian")).text


@pytest.mark.parametrize("value", [None, True, 0, -1.5, "é", [], {"a": [1, {"b": None}]}, "\ud800", 2**70])
def test_json_is_a_value(value):
    assert crossed(RuntimeData.json(value)).json == value


def test_json_is_compact_and_kept_as_it_came():
    assert RuntimeData.json({"a": ["é", 1]}).payload == '{"a":["é",1]}'
    spaced = RuntimeData.json.from_text(' {"a" : 1}', schema_type="x")
    assert (spaced.payload, spaced.json, spaced.schema_type) == (' {"a" : 1}', {"a": 1}, "x")
    with pytest.raises(ValueError, match="Expecting"):
        _ = RuntimeData.json.from_text("no").json


@pytest.mark.parametrize(("value", "error"), [(float("nan"), ValueError), ({1, 2}, TypeError)])
def test_what_json_cannot_say_is_refused(value, error):
    with pytest.raises(error):
        RuntimeData.json(value)


# The others


@pytest.mark.parametrize(
    ("shape", "name"), [((2, 3, 3), "rgb24"), ((2, 3, 4), "rgba32"), ((2, 3), "gray8")], ids=lambda each: str(each)
)
def test_a_frame_takes_its_format_from_the_shape(shape, name):
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    data = crossed(RuntimeData.video(pixels, frame_number=9, video_timestamp_us=10, is_keyframe=True))
    assert (data.width, data.height, data.format, data.codec) == (3, 2, name, "")
    assert (data.frame_number, data.video_timestamp_us, data.is_keyframe) == (9, 10, True)
    np.testing.assert_array_equal(data.array, pixels)


def test_planar_and_encoded_frames():
    planar = np.arange(24, dtype=np.uint8).reshape(6, 4)
    data = crossed(RuntimeData.video(planar, format="nv12"))
    assert (data.width, data.height, data.format) == (4, 4, "nv12")
    np.testing.assert_array_equal(data.array, planar)
    encoded = crossed(RuntimeData.video(b"\x00\x01", 640, 480, "encoded", codec="h264"))
    assert (encoded.format, encoded.codec, encoded.array.tolist()) == ("encoded", "h264", [0, 1])


@pytest.mark.parametrize(
    ("pixels", "options", "error", "why"),
    [
        (np.zeros((2, 3)), {}, TypeError, "float64 but must be uint8"),
        (np.zeros((2, 3, 2), np.uint8), {}, ValueError, "are not a frame"),
        (np.zeros((2, 3, 3), np.uint8), {"format": "gray8"}, ValueError, "are not gray8"),
        (np.zeros((2, 3, 3), np.uint8), {"width": 2}, ValueError, "are 3x2, not 2xNone"),
        (b"", {}, TypeError, "need width, height and format"),
        (b"", {"width": 1, "height": 1, "format": "pink"}, ValueError, "'pink'"),
        (b"", {"width": 1, "height": 1, "format": "encoded", "codec": "mp3"}, ValueError, "'mp3'"),
    ],
)
def test_pixels_that_cannot_be_meant_are_refused(pixels, options, error, why):
    with pytest.raises(error, match=why):
        RuntimeData.video(pixels, **options)


def test_a_frame_with_too_few_bytes_is_not_shown():
    assert RuntimeData.video(bytes(4), 2, 2, "gray8").array.shape == (2, 2)
    with pytest.raises(ValueError, match="does not fit"):
        _ = RuntimeData.video(bytes(3), 2, 2, "gray8").array


@pytest.mark.parametrize("data", [b"abc", bytearray(b"abc"), memoryview(b"abc"), memoryview(b"aXbXcX")[::2]])
def test_binary_is_bytes(data):
    received = crossed(RuntimeData.binary(data, "image/png"))
    assert (bytes(received), bytes(received.body), received.mime_type) == (b"abc", b"abc", "image/png")


def test_binary_is_only_bytes():
    with pytest.raises(TypeError, match="must be bytes, not str"):
        RuntimeData.binary("abc")


def test_a_file_is_a_reference(tmp_path):
    data = crossed(
        RuntimeData.file(tmp_path / "a.wav", filename="a.wav", size=2**40, offset=1, length=2, stream_id="s")
    )
    assert (data.path, data.filename, data.mime_type) == (str(tmp_path / "a.wav"), "a.wav", "")
    assert (data.size, data.offset, data.length, data.stream_id) == (2**40, 1, 2, "s")


@pytest.mark.parametrize("message", [None, CancelSpeculation(1, 2), BatchHint(3), DeadlineWarning(4)])
def test_control_messages(message):
    data = crossed(RuntimeData.control(message, segment_id="s", timestamp_ms=5, control_metadata="m"))
    assert (data.message, data.segment_id, data.timestamp_ms, data.control_metadata) == (message, "s", 5, "m")


def test_control_refuses_another_message():
    with pytest.raises(TypeError, match="not a control message"):
        RuntimeData.control("stop")


def test_named_messages_travel_as_one():
    samples = np.arange(5, dtype=np.float32)
    data = crossed(RuntimeData.named({"mic": RuntimeData.audio(samples, 16000), "prompt": RuntimeData.text("go")}))
    assert (list(data), len(data)) == (["mic", "prompt"], 2)
    np.testing.assert_array_equal(data["mic"].samples, samples)
    assert not data["mic"].samples.flags.writeable
    assert data["prompt"].text == "go"
    assert (data["mic"].sequence, data["mic"].source) == (5, "before")
    assert crossed(RuntimeData.named(data.buffers)) == data
    assert RuntimeData.named({})


def test_named_messages_do_not_nest():
    inner = RuntimeData.named({"a": RuntimeData.text("x")})
    with pytest.raises(TypeError, match="'b' must name data of any kind but composite"):
        RuntimeData.named({"b": inner})
    with pytest.raises(TypeError, match="'c' must name"):
        RuntimeData.named({"c": "text"})


# What all kinds have


def test_metadata_is_text_to_text_and_read_only():
    data = crossed(RuntimeData.text("x", metadata={"b": "1", "a": "é"}))
    assert list(data.metadata.items()) == [("b", "1"), ("a", "é")]
    with pytest.raises(TypeError):
        data.metadata["c"] = "2"
    more = data.with_metadata({"c": "2", "b": "0"})
    assert dict(more.metadata) == {"b": "0", "a": "é", "c": "2"}
    assert dict(crossed(more).metadata) == dict(more.metadata)
    assert (more.text, more.sequence) == ("x", 5)
    with pytest.raises(TypeError, match="text to text"):
        RuntimeData.text("x", metadata={"a": 1})


def test_a_composite_keeps_its_content_through_with_metadata():
    data = RuntimeData.named({"a": RuntimeData.text("x")}).with_metadata({"k": "v"})
    assert (crossed(data)["a"].text, dict(crossed(data).metadata)) == ("x", {"k": "v"})
    assert crossed(data.copy()) == data


def test_a_kind_says_what_it_has_instead():
    text = RuntimeData.text("x")
    with pytest.raises(AttributeError, match=r"text data has no 'samples'; it has .*language.*text"):
        _ = text.samples
    for factory in ("audio", "json", "named"):
        with pytest.raises(AttributeError, match="text data has no"):
            getattr(text, factory)


def test_constructors_are_the_classes_themselves():
    assert RuntimeData.text is TextData
    assert isinstance(RuntimeData.text("x"), RuntimeData)
    with pytest.raises(TypeError, match=r"RuntimeData\.audio"):
        RuntimeData()


def test_equality_is_of_content():
    assert RuntimeData.text("a") == crossed(RuntimeData.text("a"))
    assert RuntimeData.text("a") != RuntimeData.text("b")
    assert RuntimeData.text("a") != RuntimeData.text("a", language="en")
    assert RuntimeData.text("a") != RuntimeData.binary(b"a")
    assert RuntimeData.text("a") != "a"
    with pytest.raises(TypeError, match="unhashable"):
        hash(RuntimeData.text("a"))


def test_repr_tells_the_fields():
    assert repr(RuntimeData.audio(b"1234", 16000, format="i16")) == (
        "<audio sample_rate=16000, channels=1, format='i16', num_samples=2, 4 bytes>"
    )
    assert (
        repr(RuntimeData.named({"a": RuntimeData.text("x")})) == "<composite {'a': <text encoding='utf-8', 1 bytes>}>"
    )


def test_numbers_that_do_not_fit_are_refused_when_sent():
    with pytest.raises(FrameError, match="cannot write this audio"):
        RuntimeData.audio(b"", 2**32, format="i16")._get_meta()
