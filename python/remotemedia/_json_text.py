"""Writes JSON as the service does: no spaces, text as it is, so that equal values have equal bytes."""

from __future__ import annotations

import json
from typing import Any

# Made once: json.dumps would make one for every document.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def write_json(value: Any) -> bytes:
    """The value as JSON in UTF-8.

    Raises:
        TypeError: it holds something JSON has no word for.
        ValueError: it holds NaN or an infinity, or itself.
    """
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair has no UTF-8, but JSON can escape it.
        return _ASCII_ENCODER.encode(value).encode()
