"""Give the parts of a composite one by one."""

from collections.abc import Iterator

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("TakeApartNode")
class TakeApartNode(MultiprocessNode):
    """The names in order as one document, then the parts in the same order."""

    def process(self, data: RuntimeData) -> Iterator[RuntimeData]:
        """Take one composite apart."""
        yield RuntimeData.json(list(data.buffers))
        yield from data.buffers.values()
