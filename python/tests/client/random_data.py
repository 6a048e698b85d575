"""Data of every kind with generated content, the same for the same seed."""

import random
import string

import numpy as np

from remotemedia import BatchHint, CancelSpeculation, DeadlineWarning, RuntimeData

DTYPES = "bool i1 u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8 <c8 <c16 <M8[us] <m8[ns] <U5 |S7".split()
TEXT = string.printable + "äß€日本語🎧\u0000"


def random_data(kind, random_source):
    """Any data of this kind."""
    return MAKERS[kind](random_source, {"metadata": metadata(random_source)})


def metadata(r):
    return {text(r): text(r) for _ in range(r.randrange(4))}


def text(r):
    return "".join(r.choices(TEXT, k=r.randrange(20)))


def array(r, dtype):
    shape = tuple(r.randrange(5) for _ in range(r.randrange(4)))
    kind = np.dtype(dtype)
    count = int(np.prod(shape))
    if kind.kind == "U":  # any bytes are no characters
        return np.array([text(r)[:5] for _ in range(count)], kind).reshape(shape)
    if kind.kind == "b":
        return np.array([r.random() < 0.5 for _ in range(count)], kind).reshape(shape)
    # Any bits, among them NaNs with a payload.
    return np.frombuffer(r.randbytes(count * kind.itemsize), kind).reshape(shape)


def audio(r, more):
    channels = r.choice([1, 1, 2, 6])
    form, size = r.choice([("f32", 4), ("i16", 2), ("i32", 4)])
    samples = r.randbytes(channels * size * r.choice([0, 1, 480, 5000]))
    json = r.choice([None, b"", b'{"a": 1}'])
    rate = r.choice([8000, 16_000, 44_100, 192_000])
    return RuntimeData.audio(samples, rate, channels=channels, format=form, metadata_json=json, **more)


def video(r, more):
    width, height = r.randrange(1, 30), r.randrange(1, 30)
    form, size = r.choice([("rgb24", 3), ("rgba32", 4), ("gray8", 1), ("encoded", 1)])
    return RuntimeData.video(
        r.randbytes(width * height * size),
        width,
        height,
        form,
        frame_number=r.randrange(2**53),
        video_timestamp_us=r.randrange(2**53),
        codec=r.choice(["", "vp8", "h264", "av1"]),
        is_keyframe=r.random() < 0.5,
        **more,
    )


def tensor(r, more):
    return RuntimeData.tensor(array(r, r.choice(["<f4", "<f2", "<i4", "i1", "u1"])), layout=text(r), **more)


def control(r, more):
    message = r.choice(
        [None, CancelSpeculation(r.randrange(2**53), 7), BatchHint(r.randrange(2**32)), DeadlineWarning(0)]
    )
    return RuntimeData.control(
        message, segment_id=text(r), timestamp_ms=r.randrange(2**53), control_metadata=text(r), **more
    )


def file(r, more):
    numbers = {name: r.randrange(2**53) for name in ("size", "offset", "length")}
    texts = {name: text(r) for name in ("filename", "mime_type", "stream_id")}
    return RuntimeData.file(text(r), **numbers, **texts, **more)


def json_value(r, depth=0):
    pick = r.randrange(7 if depth < 4 else 5)
    plain = [None, r.random() < 0.5, r.randrange(-(2**53), 2**53), r.uniform(-1e300, 1e300), text(r)]
    if pick < len(plain):
        return plain[pick]
    items = [json_value(r, depth + 1) for _ in range(r.randrange(4))]
    return items if pick == 5 else {text(r): item for item in items}


MAKERS = {
    "audio": audio,
    "video": video,
    "tensor": tensor,
    "numpy": lambda r, more: RuntimeData.numpy(array(r, r.choice(DTYPES)), **more),
    "text": lambda r, more: RuntimeData.text(text(r), language=text(r), channel=text(r), **more),
    "json": lambda r, more: RuntimeData.json(json_value(r), schema_type=text(r), **more),
    "binary": lambda r, more: RuntimeData.binary(r.randbytes(r.randrange(3000)), text(r), **more),
    "file": file,
    "control": control,
}
KINDS = tuple(MAKERS)


def random_of_seed(seed):
    return random.Random(seed)
