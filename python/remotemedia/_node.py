"""The base class of Python nodes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing import Self

    from typing_extensions import Buffer

    from remotemedia._data.audio import AudioData, SampleFormat
    from remotemedia._requirements import Requirement

_T = TypeVar("_T")


def _ignore_progress(_fraction: float | None, _message: str) -> None:
    """Where there is nobody to tell."""


def _lend_nothing(_body_len: int, _meta_len: int) -> None:
    """Where there is no shared memory to write into."""


@dataclass(frozen=True, slots=True)
class NodeContext:
    """What a node is told about itself: by its process, or by a test."""

    node_id: str = ""
    session_id: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    log: logging.Logger = logging.getLogger("remotemedia.node")
    on_progress: Callable[[float | None, str], None] = _ignore_progress
    take_slot: Callable[[int, int], Buffer | None] = _lend_nothing


class MultiprocessNode:
    """A node of a pipeline. Subclass it, register it with `register_node`, and write `process`.

    Hooks may be ``async def`` or plain ``def``. Plain ones run in a thread of their own, one after another, so that
    stopping still works while one computes; that costs two thread switches per message.

    The attributes are there before ``__init__`` runs, and no ``__init__`` is needed. Parameters that ``__init__``
    names are passed to it.

    Attributes:
        node_id: The node's id in the manifest.
        session_id: The session this process belongs to.
        params: The manifest's parameters as a plain dict, with the defaults of the declared schema filled in.
        log: Writes to the service's log, with node and session.
    """

    node_id: str
    session_id: str
    params: dict[str, Any]
    log: logging.Logger
    _on_progress: Callable[[float | None, str], None]
    _take_slot: Callable[[int, int], Buffer | None]

    def __new__(cls, *_args: Any, **_params: Any) -> Self:
        """Makes the node with nothing told to it, as a test may do; `construct` tells it."""
        node = super().__new__(cls)
        _tell(node, NodeContext())
        return node

    def __init__(self, *_args: Any, **_params: Any) -> None:
        """Takes anything, so that a subclass may pass on what it got."""

    @classmethod
    def requirements(cls, params: Mapping[str, Any]) -> Iterable[Requirement]:
        """What the node needs of the machine with these parameters: packages, programs, weights.

        Looked at before `initialize`, and when a manifest is validated, so it must load nothing.

        Args:
            params: The parameters, with the declared defaults filled in.
        """
        return ()

    def params_as(self, declared: type[_T]) -> _T:
        """The parameters as an instance of a dataclass or pydantic model.

        Raises:
            ParamsError: the parameters do not fit it.
        """
        from remotemedia._params import build

        return build(declared, self.params)

    def progress(self, fraction: float | None = None, message: str = "") -> None:
        """Tells the client how far `initialize` has come. May be called from any thread.

        Args:
            fraction: 0 to 1; None when it is not known.
            message: What is going on, for people.
        """
        if fraction is not None:
            fraction = min(max(float(fraction), 0.0), 1.0) if fraction == fraction else None  # NaN is unknown
        self._on_progress(fraction, message)

    def loan_audio(
        self,
        num_samples: int,
        sample_rate: int,
        channels: int = 1,
        *,
        format: SampleFormat = "f32",
        metadata: Mapping[str, str] | None = None,
        timestamp_us: int | None = None,
    ) -> AudioData:
        """Audio to be filled in place, so that giving it as an output costs no copy.

        Write into its `samples` and return or yield it. Its samples lie in the shared memory of the node's first
        connection; further connections get copies. Where there is no slot to be had (the connection is full, another
        loan is not sent yet, the node has no connection, or runs in a test's own process) they lie in ordinary memory
        and are copied when they are sent, as with ``RuntimeData.audio``.

        Once it was sent, the audio is its receiver's: reading it or sending it again is a BufferError. Samples that
        somebody still holds a view of are copied when they are sent, so that no view can change what was sent.

        Args:
            num_samples: Samples of all channels together.
            sample_rate: Samples per second of one channel.
            channels: Number of channels.
            format: ``"f32"``, ``"i16"`` or ``"i32"``.
            metadata: Text pairs that travel with the message. Those added later cost the copy.
            timestamp_us: Media time; inherited from the input when left out.

        Returns:
            Audio with `samples` of shape ``(n,)`` or ``(n, channels)``, writable; what is in it is undefined.

        Raises:
            ChannelError: so much can never be sent.
            ValueError: the samples cannot be split into the channels.
        """
        from remotemedia._data.audio import audio_to_fill

        return audio_to_fill(self._take_slot, num_samples, sample_rate, channels, format, metadata, timestamp_us)

    def initialize(self) -> Any:
        """Loads what the node needs. The session starts when every node's has returned."""

    def process(self, data: Any, /) -> Any:
        """Handles one message.

        Args:
            data: The message, a `RuntimeData`; which input it came by is in ``data.source``.

        Returns:
            Outputs: one, a list of them, or None for none. A generator yields any number instead. An output is
            RuntimeData, or str (text), bytes (binary) or a numpy array.
        """
        raise NotImplementedError(f"{type(self).__name__} has no process(self, data)")

    def flush(self) -> Any:
        """Called when every input has ended; returns or yields what is left."""

    def cleanup(self) -> Any:
        """Releases what `initialize` took. Called once, after `initialize` has returned, however the session ends."""


def construct(node_class: type[MultiprocessNode], context: NodeContext) -> MultiprocessNode:
    """Makes a node: context first, then ``__init__`` with the parameters it names.

    Raises:
        ParamsError: ``__init__`` needs a parameter that the manifest does not give.
    """
    node = node_class.__new__(node_class)
    _tell(node, context)
    own = {"node_id": context.node_id, "session_id": context.session_id, "params": context.params}
    node.__init__(**named_arguments(node_class.__init__, {**own, **context.params}, skip=1))  # type: ignore[misc]  # two-step construction
    return node


def _tell(node: MultiprocessNode, context: NodeContext) -> None:
    node.node_id = context.node_id
    node.session_id = context.session_id
    node.params = context.params
    node.log = context.log
    node._on_progress = context.on_progress
    node._take_slot = context.take_slot


def named_arguments(function: Callable[..., Any], values: Mapping[str, Any], skip: int) -> dict[str, Any]:
    """Those of the values that the function names as parameters, after its first `skip` ones.

    Raises:
        ParamsError: the function requires one that is not there.
    """
    import inspect

    from remotemedia._params import ParamsError

    arguments = {}
    for parameter in list(inspect.signature(function).parameters.values())[skip:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            continue
        if parameter.name in values:
            arguments[parameter.name] = values[parameter.name]
        elif parameter.default is parameter.empty:
            owner = function.__qualname__.removesuffix(".__init__")
            raise ParamsError(f"{owner} needs the parameter {parameter.name!r}, which the manifest does not give")
    return arguments
