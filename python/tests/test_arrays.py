"""Arrays cross bit for bit, or are refused."""

import gc
import itertools

import numpy as np
import pytest

from remotemedia import NumpyData, RuntimeData
from remotemedia._data import open_received

NUMBERS = [
    "?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "g", "<c8", "<c16", "G",
]  # fmt: skip
OTHERS = ["<M8[ns]", "<M8[D]", "<m8[us]", "<U3", "S5", "V4"]
SHAPES = [(), (0,), (1,), (7,), (3, 4), (2, 0, 3), (2, 3, 4, 5)]


def filled(dtype, shape):
    """Random bytes of this dtype, NaN and other odd patterns included."""
    count = int(np.prod(shape, dtype=int))
    rng = np.random.default_rng(count)
    raw = rng.integers(0, 256, count * dtype.itemsize, dtype=np.uint8)
    if dtype.kind == "b":
        raw &= 1
    if dtype.kind == "U":  # code points that exist
        raw = np.frombuffer(rng.integers(32, 127, count * 3).astype("<u4").tobytes(), np.uint8)
    return np.frombuffer(raw.tobytes(), dtype).reshape(shape) if count else np.empty(shape, dtype)


def crossed(data):
    """As the other end sees it."""
    return open_received(data._code, bytes(data.body), data._get_meta(), 0, 0, "")


def assert_same(received, sent):
    assert received.dtype == sent.dtype.newbyteorder("<")
    assert received.shape == sent.shape
    # Bytes rather than values: NaN is not equal to itself, and -0.0 is equal to 0.0.
    assert received.tobytes() == sent.astype(received.dtype).tobytes()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", NUMBERS + OTHERS)
def test_every_plain_dtype_crosses_bit_for_bit(name, shape):
    sent = filled(np.dtype(name), shape)
    received = crossed(RuntimeData.numpy(sent)).array
    assert_same(received, sent)
    assert not received.flags.writeable or received.size == 0


LAYOUTS = {
    "Fortran order": lambda each: np.asfortranarray(each),
    "transposed": lambda each: each.T,
    "every other": lambda each: each[::2, ::2],
    "backwards": lambda each: each[::-1, ::-1],
    "repeated": lambda each: np.broadcast_to(each[:1], each.shape),
    "big endian": lambda each: each.astype(each.dtype.newbyteorder(">")),
    "a column": lambda each: each[:, 1],
}


@pytest.mark.parametrize(
    ("layout", "name"), list(itertools.product(LAYOUTS, ["<i2", "<f4", "<f8", "<c16", "<M8[s]", "<U3"]))
)
def test_any_layout_is_copied_to_a_plain_one(layout, name):
    sent = LAYOUTS[layout](filled(np.dtype(name), (4, 6)))
    data = RuntimeData.numpy(sent)
    assert data.c_contiguous
    assert ">" not in data.dtype
    assert_same(crossed(data).array, sent)


def test_a_plain_array_is_not_copied():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert np.shares_memory(RuntimeData.numpy(array).array, array)


@pytest.mark.parametrize(
    ("array", "why"),
    [
        (np.array([object()]), "Python objects"),
        (np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]), "structured dtype.*a, b"),
        (np.array([(1, [None])], dtype=[("a", "i4"), ("b", "O", 1)]), "Python objects"),
        ([1.0, 2.0], "must be a numpy array, not list"),
        ("text", "must be a numpy array, not str"),
    ],
    ids=["objects", "fields", "fields with objects", "list", "text"],
)
def test_what_cannot_be_sent_is_refused(array, why):
    with pytest.raises(TypeError, match=why):
        RuntimeData.numpy(array)


def of_wire(dtype, shape, strides, body, c_contiguous=False):
    sent = RuntimeData.numpy(np.zeros(1))
    sent._fields = (dtype, shape, strides, c_contiguous, False)
    sent._body = body
    return crossed(sent)


def test_strides_of_other_senders_are_followed():
    body = np.arange(6, dtype="<i2").tobytes()
    np.testing.assert_array_equal(of_wire("<i2", (2, 3), (2, 4), body).array, [[0, 2, 4], [1, 3, 5]])
    np.testing.assert_array_equal(of_wire("<i2", (3,), (-2,), body[:6]).array, [2, 1, 0])
    np.testing.assert_array_equal(of_wire("<i2", (2, 3), (), body).array, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(of_wire(">i2", (2,), (), b"\x00\x01\x00\x02").array, [1, 2])
    assert of_wire("<f4", (0, 3), (-12, -4), b"").array.shape == (0, 3)


@pytest.mark.parametrize(
    ("dtype", "shape", "strides"),
    [
        ("<i4", (3,), ()),
        ("<i4", (2,), (8,)),
        ("<i4", (2,), (-8,)),
        ("<i4", (2,), (1, 1)),
        ("O", (1,), ()),
        ("O", (1,), (8,)),
        ("i4,O", (1,), ()),
        ("no such", (1,), ()),
        ("f4,", (2**62,), ()),
        ("<f4", (2**40, 2**40), ()),
    ],
)
def test_an_array_outside_its_bytes_is_refused(dtype, shape, strides):
    with pytest.raises(ValueError, match="fit|strides|objects|no dtype"):
        _ = of_wire(dtype, shape, strides, bytes(8)).array


def test_a_view_outlives_its_message():
    array = np.arange(1000.0)
    view = crossed(RuntimeData.numpy(array)).array
    gc.collect()
    np.testing.assert_array_equal(view, array)


def test_numpys_own_scalars_are_arrays_without_axes():
    data = crossed(RuntimeData.numpy(np.float32(1.5)))
    assert isinstance(data, NumpyData)
    assert data.array.shape == ()
    assert data.array == np.float32(1.5)


TENSORS = {"f32": "<f4", "f16": "<f2", "i32": "<i4", "i8": "i1", "u8": "u1"}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", TENSORS)
def test_every_tensor_dtype_crosses_bit_for_bit(name, shape):
    sent = filled(np.dtype(TENSORS[name]), shape)
    data = crossed(RuntimeData.tensor(sent, layout="NCHW"))
    assert (data.dtype, data.shape, data.layout) == (name, shape, "NCHW")
    assert_same(data.array, sent)
    again = RuntimeData.tensor(sent.tobytes(), shape=shape, dtype=name, layout="NCHW")
    assert again == data


def test_a_tensor_of_another_dtype_is_refused():
    with pytest.raises(TypeError, match=r"no dtype float64.*RuntimeData\.numpy"):
        RuntimeData.tensor(np.zeros(2))
    with pytest.raises(TypeError, match=r"shape=.* and dtype="):
        RuntimeData.tensor(b"\x00")
    with pytest.raises(ValueError, match="needs 8 bytes, but there are 4"):
        RuntimeData.tensor(bytes(4), shape=(2,), dtype="f32")
    unknown = RuntimeData.tensor(bytes(4), shape=(4,), dtype="u8")
    unknown._fields = (9, (4,), "")
    with pytest.raises(ValueError, match=r"unknown \(9\)"):
        _ = unknown.array


def test_what_numpy_can_view_is_a_tensor():
    class Foreign:
        def __array__(self, dtype=None, copy=None):
            return np.ones((2, 2), np.float32)

    np.testing.assert_array_equal(RuntimeData.tensor(Foreign()).array, np.ones((2, 2)))
