"""The error of a node that ran in its own process."""


class NodeFailedError(Exception):
    """A node failed in its own process.

    Attributes:
        phase: ``import``, ``configure``, ``initialize``, ``process``, ``flush`` or ``cleanup``; ``exit`` when the
            process ended without a word.
        error_type: The exception's class.
        message: The exception in one paragraph.
        traceback: The whole traceback in that process.
        sequence: Sequence of the message that was being processed, None outside `process`.
        output: What the process printed.
    """

    def __init__(
        self,
        phase: str,
        error_type: str,
        message: str,
        traceback: str,
        sequence: int | None = None,
        output: str = "",
    ) -> None:
        printed = f"\nThe process printed:\n{output}" if output else ""
        super().__init__(f"the node failed in {phase}: {message}\n{traceback}{printed}")
        self.phase = phase
        self.error_type = error_type
        self.message = message
        self.traceback = traceback
        self.sequence = sequence
        self.output = output
