"""Which node types there are in this interpreter."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from remotemedia._facts import AudioFormat, Engine
from remotemedia._frame import KIND_NAMES
from remotemedia._node import MultiprocessNode, NodeContext, construct, named_arguments
from remotemedia._params import Declared, check_declared, complete, schema_of

if TYPE_CHECKING:
    from remotemedia._requirements import Requirement

_KINDS = KIND_NAMES[1:]

_BUILT_IN = "remotemedia.nodes."

_Node = TypeVar("_Node", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class NodeType:
    """One registered node type.

    Attributes:
        name: What manifests call it.
        implementation: The class, or the bare function.
        module: The module that registered it; importing that registers it again elsewhere.
        input_types: Kinds of data it takes; None for any.
        output_types: Kinds of data it gives; None when not declared.
        params: What it declares about its parameters.
        aliases: Further names that mean the same node.
        input_format: Formats of audio that it takes; None for any.
        output_format: The format of audio that it gives; None when not declared.
        engine: What does its work; None when it needs nothing.
    """

    name: str
    implementation: Callable[..., Any]
    module: str
    input_types: tuple[str, ...] | None
    output_types: tuple[str, ...] | None
    params: Declared
    aliases: tuple[str, ...] = ()
    input_format: AudioFormat | None = None
    output_format: AudioFormat | None = None
    engine: Engine | None = None

    @property
    def is_built_in(self) -> bool:
        """Whether it comes with this package."""
        return self.module.startswith(_BUILT_IN)

    @property
    def doc(self) -> str:
        """What the node does, in its author's words."""
        own = self.implementation.__doc__
        return inspect.cleandoc(own) if own else ""

    def params_schema(self) -> dict[str, Any] | None:
        """The JSON Schema of its parameters, None when it declares none."""
        return schema_of(self.params)

    def requirements(self, params: Mapping[str, Any]) -> list[Requirement]:
        """What it needs of the machine with these parameters, defaults filled in."""
        if not isinstance(self.implementation, type):
            return []
        return list(self.implementation.requirements(complete(self.params, params)))  # type: ignore[attr-defined]  # a MultiprocessNode

    def create(self, context: NodeContext) -> MultiprocessNode:
        """Makes a node; what the context leaves out of the parameters is filled in.

        Raises:
            ParamsError: the parameters do not fit the declaration, or the constructor needs one that is not there.
        """
        context = replace(context, params=complete(self.params, context.params))
        if isinstance(self.implementation, type):
            return construct(self.implementation, context)
        node = construct(MultiprocessNode, context)
        arguments = named_arguments(self.implementation, context.params, skip=1)
        # On the instance, so that the function gets no self.
        node.process = partial(self.implementation, **arguments)  # type: ignore[method-assign]
        return node


_TYPES: dict[str, NodeType] = {}


def register_node(
    name: str,
    *,
    input_types: Iterable[str] | None = None,
    output_types: Iterable[str] | None = None,
    params: Declared = None,
    aliases: Iterable[str] = (),
    input_format: AudioFormat | None = None,
    output_format: AudioFormat | None = None,
    engine: Engine | None = None,
) -> Callable[[_Node], _Node]:
    """Registers the class or function below it as a node type.

    Args:
        name: What manifests call it (``node_type``).
        input_types: Kinds of data it takes, for example ``["audio"]``; any when left out. Checked across each
            connection before anything starts.
        output_types: Kinds of data it gives.
        params: A dataclass, a pydantic model or a JSON Schema of its parameters; the service checks them before it
            starts a process.
        aliases: Further names that mean the same node.
        input_format: Formats of audio that the node takes. It then never gets another one.
        output_format: The format of audio that it gives.
        engine: The library or program that does its work, for `nodes info`.

    A node of this package gives way to another one of the same name.

    Returns:
        A decorator that gives back what it decorates. A class must be a `MultiprocessNode`. A function is the
        node's `process`: its first argument is the message, and further ones that it names are parameters.

    Raises:
        ValueError: another class or function has this name already.
        TypeError: what is decorated cannot be a node.
    """
    if not isinstance(name, str) or not name:
        raise TypeError('register_node needs the name of the node type: @register_node("MyNode")')
    check_declared(params)
    inputs, outputs = _checked_kinds(input_types), _checked_kinds(output_types)
    module = sys._getframe(1).f_globals.get("__name__", "")

    def register(implementation: _Node) -> _Node:
        _check_implementation(name, implementation)
        new = NodeType(
            name, implementation, module, inputs, outputs, params, tuple(aliases), input_format, output_format, engine
        )
        old = _TYPES.get(name)
        if old is not None and not old.is_built_in and new.is_built_in:
            return implementation
        is_other = old is not None and _place(old.implementation) != _place(implementation)
        if old is not None and is_other and not old.is_built_in:
            raise ValueError(
                f"node type {name!r} is registered twice: {_place(old.implementation)} and {_place(implementation)}"
            )
        _TYPES[name] = new
        return implementation

    return register


def find_node_type(name: str) -> NodeType | None:
    """The node type of this name or alias, None when no module that was imported registers it."""
    return _TYPES.get(name) or next((each for each in _TYPES.values() if name in each.aliases), None)


def find_implementation(implementation: Callable[..., Any]) -> NodeType | None:
    """The node type that this class or function is registered as."""
    return next((each for each in _TYPES.values() if each.implementation is implementation), None)


def registered_node_types() -> list[NodeType]:
    """All node types, in the order of their registration."""
    return list(_TYPES.values())


def _checked_kinds(kinds: Iterable[str] | None) -> tuple[str, ...] | None:
    if kinds is None:
        return None
    if isinstance(kinds, str):
        raise TypeError(f"kinds of data are a list: [{kinds!r}]")
    checked = tuple(kinds)
    for each in checked:
        if each not in _KINDS:
            raise ValueError(f"unknown kind of data {each!r}; there are {', '.join(_KINDS)}")
    return checked


def _check_implementation(name: str, implementation: Callable[..., Any]) -> None:
    if isinstance(implementation, type):
        if not issubclass(implementation, MultiprocessNode):
            raise TypeError(f"{implementation.__name__} must be a subclass of MultiprocessNode to be node {name!r}")
        if implementation.process is MultiprocessNode.process:
            raise TypeError(f"{implementation.__name__} has no process(self, data), which node {name!r} needs")
    elif not callable(implementation):
        raise TypeError(f"a node is a class or a function, not {implementation!r}")


def _place(implementation: Callable[..., Any]) -> str:
    """Where it was written: the same after a reload, or when one file is imported under two names."""
    code = getattr(implementation, "__code__", None) or getattr(implementation.__init__, "__code__", None)
    module = sys.modules.get(implementation.__module__)
    file = getattr(module, "__file__", None) or (code and code.co_filename) or implementation.__module__
    return f"{implementation.__qualname__} in {file}"
