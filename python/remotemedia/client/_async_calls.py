"""Whose a cancellation is: gRPC raises the same for a task that was cancelled and for a call that was."""

from __future__ import annotations

import asyncio

from remotemedia.errors import RemoteMediaError, make_error


def cancelled_call() -> RemoteMediaError:
    """The error of a call that was cancelled, for use where a `CancelledError` was caught.

    Raises:
        CancelledError: it was the task itself that was cancelled, so the cancellation goes on.
    """
    task = asyncio.current_task()
    if task is None or task.cancelling():
        raise asyncio.CancelledError
    return make_error("session.cancelled", "The call was cancelled by its client", hint=None)
