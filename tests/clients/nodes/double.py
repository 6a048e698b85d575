"""Double every number, and every text."""

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("DoubleNode")
class DoubleNode(MultiprocessNode):
    """Works on what numpy and Python make of the data, so that it must have arrived as what it is."""

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Give the same kind of data, twice as large."""
        match data.kind:
            case "audio":
                return RuntimeData.audio(data.samples * 2, sample_rate=data.sample_rate, channels=data.channels)
            case "numpy":
                return RuntimeData.numpy(data.array * 2)
            case "tensor":
                return RuntimeData.tensor(data.array * 2)
            case "text":
                return RuntimeData.text(data.text * 2)
            case "json":
                return RuntimeData.json([data.json, data.json])
            case kind:
                raise TypeError(f"cannot double {kind}")
