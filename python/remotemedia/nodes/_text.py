"""Texts that a node answers or speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remotemedia.core.multiprocessing import TextData

MAX_TEXT_CHARS = 20_000
"""Longer than any turn of a conversation, and less than fills the context of a model."""


def read_text(data: TextData) -> str:
    """The text without white space around it; empty where it is not final.

    Metadata ``final`` = ``false`` marks a guess of a recogniser, or a piece of a reply: the whole follows, as final.

    Raises:
        ValueError: it is too long.
    """
    if data.metadata.get("final") == "false":
        return ""
    text = data.text.strip()
    if len(text) > MAX_TEXT_CHARS:
        raise ValueError(f"a text may have {MAX_TEXT_CHARS} characters, and this one has {len(text)}; split it")
    return text
