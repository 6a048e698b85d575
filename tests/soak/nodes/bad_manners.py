"""Work well, with manners that a service must bear."""

import os
import signal
import sys

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("BadMannersNode")
class BadMannersNode(MultiprocessNode):
    """Echoes, and in initialize() does what `manner` says.

    Args:
        manner: `close_output`, `fork`, `detach`, `change_folder`, `ignore_signals` or `fill_output`.
    """

    def __init__(self, manner: str) -> None:
        self.manner = manner

    async def initialize(self) -> None:
        """Behave badly."""
        match self.manner:
            case "close_output":
                os.close(1)
                os.close(2)
            case "fork" | "detach":
                if os.fork() == 0:
                    if self.manner == "detach":
                        os.setsid()
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    while True:
                        signal.pause()
            case "change_folder":
                os.chdir("/")
            case "ignore_signals":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            case "fill_output":
                sys.stdout.write("x" * 2_000_000)
                sys.stderr.write(("y" * 199 + "\n") * 10_000)
            case _:
                raise NotImplementedError(self.manner)

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Hand the message on."""
        return data
