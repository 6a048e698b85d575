"""Give back what is no message."""

from typing import Any

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("WrongOutputNode")
class WrongOutputNode(MultiprocessNode):
    """Returns a number."""

    async def process(self, data: RuntimeData) -> Any:
        """Return what nobody can send."""
        return 42
