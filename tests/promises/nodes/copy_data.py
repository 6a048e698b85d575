"""Give back a writable copy of every message."""

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("CopyNode")
class CopyNode(MultiprocessNode):
    """Gives back a copy."""

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Copy."""
        return data.copy()
