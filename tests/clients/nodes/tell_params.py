"""Tell the parameters that a node was given."""

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("TellParamsNode")
class TellParamsNode(MultiprocessNode):
    """Says its parameters when the input has ended."""

    async def process(self, data: RuntimeData) -> None:
        """Take whatever comes."""

    async def flush(self) -> RuntimeData:
        """Tell them as they came."""
        return RuntimeData.json(self.params)
