"""Runtime data to the wire and back, without a service."""

import numpy as np
import pytest
from random_data import KINDS, random_data, random_of_seed

from remotemedia import RuntimeData
from remotemedia.client._data import fill_buffer, from_buffer, to_runtime_data
from remotemedia.errors import InputError
from remotemedia.wire import remotemedia_pb2 as wire


def to_buffer(data):
    buffer = wire.DataBuffer()
    fill_buffer(buffer, data)
    return buffer


@pytest.mark.parametrize("kind", KINDS)
def test_generated_data_comes_back_bit_for_bit(kind):
    for seed in range(200):
        data = random_data(kind, random_of_seed(seed))
        sent = to_buffer(data)
        received = from_buffer(wire.DataBuffer.FromString(sent.SerializeToString()), node_id="n", sequence=7)
        assert received == data, seed
        assert (received.sequence, received.source, received.kind) == (7, "n", kind)
        assert to_buffer(received) == sent, seed


def test_what_comes_back_can_be_used_like_what_was_sent():
    array = np.arange(6, dtype="<i8").reshape(2, 3)
    received = from_buffer(to_buffer(RuntimeData.numpy(array)))
    np.testing.assert_array_equal(received.array, array)
    assert not received.array.flags.writeable
    samples = np.linspace(-1, 1, 20, dtype=np.float32).reshape(10, 2)
    np.testing.assert_array_equal(from_buffer(to_buffer(RuntimeData.audio(samples, 48_000))).samples, samples)
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    np.testing.assert_array_equal(from_buffer(to_buffer(RuntimeData.video(pixels))).array, pixels)


def test_numbers_that_this_version_does_not_know_stay():
    for buffer in (
        wire.DataBuffer(audio=wire.AudioBuffer(samples=b"abc", format=9, channels=3)),
        wire.DataBuffer(video=wire.VideoFrame(pixel_data=b"abc", format=77, codec=9)),
        wire.DataBuffer(tensor=wire.TensorBuffer(data=b"abc", dtype=99, shape=[3])),
        wire.DataBuffer(numpy=wire.NumpyBuffer(data=b"abc", dtype="strange", strides=[-1])),
    ):
        assert to_buffer(from_buffer(buffer)) == buffer


def test_plain_values_are_data():
    samples = np.zeros(4, np.int16)
    assert to_runtime_data((samples, 8000)) == RuntimeData.audio(samples, 8000)
    assert to_runtime_data(samples) == RuntimeData.numpy(samples)
    assert to_runtime_data("text") == RuntimeData.text("text")
    assert to_runtime_data(b"bytes") == RuntimeData.binary(b"bytes")
    for unclear in (7, [1.0], {"a": 1}, None):
        with pytest.raises(TypeError, match="RuntimeData"):
            to_runtime_data(unclear)
    with pytest.raises(TypeError, match="float64 but must be float32"):
        to_runtime_data((np.zeros(4), 8000))


def test_a_composite_has_no_buffer_of_its_own_and_an_empty_buffer_no_data():
    with pytest.raises(InputError, match="composite has no form"):
        to_buffer(RuntimeData.named({"a": RuntimeData.text("x")}))
    with pytest.raises(InputError, match="no content"):
        from_buffer(wire.DataBuffer())
