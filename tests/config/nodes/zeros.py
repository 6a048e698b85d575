"""Give a message of a certain size."""

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("ZerosNode")
class ZerosNode(MultiprocessNode):
    """Answers every message with `size` bytes of zeros, which cost no memory until someone copies them."""

    def __init__(self, size: int) -> None:
        self.size = size

    async def process(self, _data: RuntimeData) -> RuntimeData:
        """Give the zeros."""
        return RuntimeData.binary(bytes(self.size))
