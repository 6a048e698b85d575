"""A node that gives back what it gets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("EchoNode")
class EchoNode(MultiprocessNode):
    """Gives back what it gets, for trying out a service: whatever comes back has been in a process of its own."""

    async def process(self, data: RuntimeData) -> AsyncIterator[Any]:
        """Gives the message back."""
        yield data
