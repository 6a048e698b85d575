"""Hand every message on as it came."""

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("PassOnNode")
class PassOnNode(MultiprocessNode):
    """Hands every message on."""

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Hand it on."""
        return data
