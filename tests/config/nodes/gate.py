"""Hold the first message until someone writes into a named pipe."""

import asyncio
from pathlib import Path

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("GateNode")
class GateNode(MultiprocessNode):
    """Takes nothing more while its gate is shut; tells at the end all it has taken."""

    def __init__(self, gate: str) -> None:
        self.gate = Path(gate)
        self.taken: list[str] = []

    async def process(self, data: RuntimeData) -> None:
        """Wait at the gate with the first message."""
        if not self.taken:
            self.log.info("shut: %s", self.gate)
            await asyncio.to_thread(self.gate.read_text)
        self.taken.append(data.text)

    async def flush(self) -> RuntimeData:
        """Tell what has come through."""
        return RuntimeData.json(self.taken)
