"""Calls a node's hooks, whatever they are: plain or async, returning or yielding."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from remotemedia._node import MultiprocessNode, NodeContext
from remotemedia._registry import NodeType
from remotemedia._runner.worker import Worker

# Takes one output; returns None when it is on its way, else what to await until it is.
Emit = Callable[[Any], Awaitable[None] | None]
Drive = Callable[..., Awaitable[None]]

_DONE = object()
# `list | tuple` would make a type at every use.
_SEVERAL = (list, tuple)


def is_plain(hook: Callable[..., Any]) -> bool:
    """Whether calling this blocks: it is neither a coroutine function nor an async generator."""
    return not inspect.iscoroutinefunction(hook) and not inspect.isasyncgenfunction(hook)


def is_default(node: MultiprocessNode, name: str) -> bool:
    """Whether the node leaves this hook out."""
    own = getattr(getattr(node, name), "__func__", None)
    return own is getattr(MultiprocessNode, name)


async def create_node(node_type: NodeType, context: NodeContext, worker: Worker) -> MultiprocessNode:
    """Makes a node where its `process` will run: what a library binds to the thread that made it stays usable.

    Raises:
        ParamsError: the parameters do not fit.
    """
    hook = getattr(node_type.implementation, "process", node_type.implementation)
    if is_plain(hook):
        return await worker.run(node_type.create, context)
    return node_type.create(context)


async def call_hook(node: MultiprocessNode, name: str, worker: Worker) -> None:
    """Calls `initialize` or `cleanup`; what it returns means nothing."""
    if is_default(node, name):
        return
    hook = getattr(node, name)
    result = await worker.run(hook) if is_plain(hook) else hook()
    if inspect.isawaitable(result):
        await result


def drive(hook: Callable[..., Any], worker: Worker, emit: Emit) -> Drive:
    """A coroutine function that calls `process` or `flush` and emits all its outputs.

    Chosen once per node, so that a message costs no questions.
    """
    if inspect.isasyncgenfunction(hook):
        return _drive_async_generator(hook, emit)
    if inspect.iscoroutinefunction(hook):
        return _drive_coroutine(hook, emit)
    return _drive_plain(hook, worker, emit)


def _drive_coroutine(hook: Callable[..., Awaitable[Any]], emit: Emit) -> Drive:
    async def run(*arguments: Any) -> None:
        result = await hook(*arguments)
        if result is None:
            return
        if isinstance(result, _SEVERAL):
            await _emit_all(result, emit)
        else:
            pending = emit(result)
            if pending is not None:
                await pending

    return run


def _drive_async_generator(hook: Callable[..., AsyncIterator[Any]], emit: Emit) -> Drive:
    async def run(*arguments: Any) -> None:
        await _emit_async(hook(*arguments), emit)

    return run


def _drive_plain(hook: Callable[..., Any], worker: Worker, emit: Emit) -> Drive:
    async def run(*arguments: Any) -> None:
        result = await worker.run(hook, *arguments)
        if inspect.isawaitable(result):  # a plain function around a coroutine
            result = await result
        if result is None:
            return
        if isinstance(result, _SEVERAL):
            await _emit_all(result, emit)
        elif isinstance(result, AsyncIterator):
            await _emit_async(result, emit)
        elif isinstance(result, Iterator):
            await _emit_iterator(result, worker, emit)
        else:
            pending = emit(result)
            if pending is not None:
                await pending

    return run


async def _emit_all(items: list[Any] | tuple[Any, ...], emit: Emit) -> None:
    for item in items:
        pending = emit(item)
        if pending is not None:
            await pending


async def _emit_async(items: AsyncIterator[Any], emit: Emit) -> None:
    try:
        async for item in items:
            pending = emit(item)
            if pending is not None:
                await pending
    finally:
        # After a failed or cancelled send, the generator's own finally blocks run now and not at some collection.
        if inspect.isasyncgen(items):
            await items.aclose()


async def _emit_iterator(items: Iterator[Any], worker: Worker, emit: Emit) -> None:
    while (item := await worker.run(next, items, _DONE)) is not _DONE:
        pending = emit(item)
        if pending is not None:
            await pending
