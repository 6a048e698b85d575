"""Reads manifest files as the service does: JSON, or YAML 1.2 (where `no` is a text and `010` is ten)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from remotemedia.errors import RemoteMediaError, make_error

if TYPE_CHECKING:
    import yaml

_TAG = "tag:yaml.org,2002:"
# What the core schema of YAML 1.2 takes for something else than text, and the characters it may begin with.
_PLAIN = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
     list("-+.0123456789")),
)  # fmt: skip

_JSON_COMMENT = re.compile(r"(?:^|\s)//|/\*")


def parse_manifest_text(text: str, name: str = "the manifest") -> Any:
    """The value in a JSON or YAML text.

    Args:
        text: The text.
        name: What to call it in errors.

    Raises:
        ManifestError: it is neither.
        ModuleNotFoundError: it is not JSON, and PyYAML is not installed.
    """
    try:
        return json.loads(text, object_pairs_hook=_refuse_duplicates)
    except (ValueError, RecursionError) as error:
        # What begins as JSON was meant as JSON, and its reader wants to hear about that.
        if text.lstrip()[:1] in ("{", "["):
            if _JSON_COMMENT.search(text):
                hint = "JSON has no comments: leave them out, or write YAML."
                raise _syntax_error("JSON", name, error, hint) from error
            try:
                return _parse_yaml(text, name)  # flow style looks the same
            except RemoteMediaError:
                raise _syntax_error("JSON", name, error) from error
    return _parse_yaml(text, name)


def _parse_yaml(text: str, name: str) -> Any:
    try:
        import yaml
    except ModuleNotFoundError as error:
        message = f"{name} is no JSON; YAML needs what the extra installs: pip install 'remotemedia-sdk[client]'"
        raise ModuleNotFoundError(message, name=error.name) from error
    loader = _loader_class()(text)
    try:
        return loader.get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _syntax_error("YAML", name, error) from error
    finally:
        loader.dispose()


def _loader_class() -> type[yaml.SafeLoader]:
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}  # those of YAML 1.1

    for tag, pattern, first in _PLAIN:
        Loader.add_implicit_resolver(_TAG + tag, re.compile(rf"(?:{pattern})\Z"), first)
    Loader.add_constructor(_TAG + "int", _construct_int)
    Loader.add_constructor(_TAG + "map", _construct_map)
    return Loader


def _construct_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    bases = {"0o": 8, "0x": 16}
    return int(text, bases.get(text[:2], 10))


def _construct_map(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    return _refuse_duplicates(
        (loader.construct_object(key, deep=True), loader.construct_object(value, deep=True))
        for key, value in node.value
    )


def _refuse_duplicates(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if not isinstance(key, str):
            raise ValueError(f"the key {key!r} is not a text")
        if key in found:
            raise ValueError(f"the key {key!r} is there twice")
        found[key] = value
    return found


def _syntax_error(language: str, name: str, error: Exception, hint: str | None = "") -> RemoteMediaError:
    reason = "it is nested too deep" if isinstance(error, RecursionError) else " ".join(str(error).split())
    return make_error("manifest.invalid", f"{name} is not valid {language}: {reason}", hint=hint)
