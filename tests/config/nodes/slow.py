"""Take a certain time in one phase of a node's life."""

import time
from typing import Literal

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("SlowNode")
class SlowNode(MultiprocessNode):
    """Echoes; `phase` takes `secs` seconds."""

    def __init__(self, phase: Literal["initialize", "process", "cleanup"], secs: float) -> None:
        self.phase = phase
        self.secs = secs

    def initialize(self) -> None:
        """Start."""
        self.dwell("initialize")

    def process(self, data: RuntimeData) -> RuntimeData:
        """Hand the message on."""
        self.dwell("process")
        return data

    def cleanup(self) -> None:
        """End."""
        self.dwell("cleanup")

    def dwell(self, phase: str) -> None:
        """Spend the time, where it is to be spent."""
        if phase == self.phase:
            time.sleep(self.secs)
