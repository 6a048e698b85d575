"""Take audio at 8 kHz only, and give it back."""

from remotemedia.core.multiprocessing import AudioFormat, MultiprocessNode, RuntimeData, register_node


@register_node("TelephoneNode", input_types=["audio"], input_format=AudioFormat(sample_rate=8000))
class TelephoneNode(MultiprocessNode):
    """Says what it takes."""

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Give it back."""
        return data
