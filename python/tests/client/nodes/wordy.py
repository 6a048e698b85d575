"""Raise with a traceback of more than 200 KiB: a chain of errors, each from deep down."""

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


def step_down(depth: int) -> None:
    if depth == 0:
        raise ValueError("the bottom of it")
    step_on(depth)


# Two functions in turn, because Python leaves out lines that repeat.
def step_on(depth: int) -> None:
    step_down(depth - 1)


@register_node("WordyNode")
class WordyNode(MultiprocessNode):
    """Fails in many words."""

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Raise the last error of the chain."""
        chain: ValueError | None = None
        for _ in range(8):
            try:
                step_down(150)
            except ValueError as error:
                error.__cause__ = chain
                chain = error
        raise ValueError("no more words") from chain
