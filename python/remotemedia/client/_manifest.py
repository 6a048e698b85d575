"""Manifests: from files and plain objects to what is sent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Self

from remotemedia._json_text import write_json
from remotemedia.client._manifest_text import parse_manifest_text
from remotemedia.client._proto import message_fields
from remotemedia.errors import make_error
from remotemedia.wire import remotemedia_pb2 as wire


class Manifest:
    """A pipeline: nodes and their connections.

    The service checks it when it runs, so that both ends agree about what is valid; keys that it does not know come
    back as warnings.

    Args:
        document: The manifest as it stands in a file: keys in snake_case or camelCase, ``params`` plain objects.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        if not isinstance(document, Mapping):  # untyped callers
            raise make_error("manifest.invalid", f"A manifest must be an object, not {type(document).__name__}")
        self.document = document

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        """The manifest in a JSON or YAML file.

        Raises:
            OSError: the file cannot be read.
            ManifestError: it is neither JSON nor YAML.
        """
        with open(path, encoding="utf-8") as file:
            return cls(parse_manifest_text(file.read(), os.fspath(path)))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The manifest in a JSON or YAML text.

        Raises:
            ManifestError: it is neither.
        """
        return cls(parse_manifest_text(text))

    def to_json(self) -> str:
        """The manifest as JSON text, the form in which it is sent.

        Raises:
            ManifestError: it holds something that JSON has no word for.
        """
        try:
            return write_json(self.document).decode()
        except (TypeError, ValueError, RecursionError) as error:
            raise make_error("manifest.invalid", f"The manifest cannot be written as JSON: {error}") from error

    def to_proto(self) -> wire.PipelineManifest:
        """The manifest as the protocol's message, for code that calls the stubs.

        Raises:
            ManifestError: a value cannot stand in the message.
        """
        fields = message_fields(self.document, wire.PipelineManifest, "")
        try:
            return wire.PipelineManifest(**fields)
        except (TypeError, ValueError) as error:
            raise make_error("manifest.invalid", f"The manifest has no form as a message: {error}") from error

    def __repr__(self) -> str:
        return f"Manifest({self.document!r})"


def node(manifest_node: Mapping[str, Any]) -> dict[str, Any]:
    """A node of a manifest file as keyword arguments of the protocol's message.

        NodeManifest(**remotemedia.client.node(manifest["nodes"][0]))

    ``params`` become `google.protobuf.Value`s; a text in their place, as older manifests have it, ``params_json``.
    Short names of hints (``"audio"``, ``"cpython"``) become the protocol's. A key that the message has not is left out
    with a warning.

    Raises:
        ManifestError: a parameter cannot be sent, for example an integer beyond 2^53.
    """
    return message_fields(manifest_node, wire.NodeManifest, "")


def set_manifest(request: wire.ExecuteRequest | wire.StreamInit, manifest: Any) -> None:
    """Puts a manifest in any of its forms into a request.

    Raises:
        TypeError: it has none of the forms.
    """
    match manifest:
        case wire.PipelineManifest():
            request.manifest.CopyFrom(manifest)
        case Manifest():
            request.manifest_json = manifest.to_json()
        case str():
            request.manifest_json = Manifest.from_text(manifest).to_json()
        case os.PathLike():
            request.manifest_json = Manifest.from_file(manifest).to_json()
        case Mapping():
            request.manifest_json = Manifest(manifest).to_json()
        case _:
            raise TypeError(
                "a manifest is a Manifest, a dict, its text, a path or a PipelineManifest, "
                f"not {type(manifest).__name__}"
            )
