"""Declared parameters: a dataclass, a pydantic model or a JSON Schema.

All three give a JSON Schema, which the service checks before it starts a process, and the defaults that complete
what a manifest leaves out.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

Declared = type[Any] | Mapping[str, Any] | None

_T = TypeVar("_T")

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
    object: {},
}


class ParamsError(ValueError):
    """Parameters that do not fit their declaration; the message names the path."""


def check_declared(declared: Declared) -> None:
    """Raises TypeError when this declares no parameters."""
    if declared is None or isinstance(declared, Mapping) or _is_model(declared):
        return
    if not (isinstance(declared, type) and dataclasses.is_dataclass(declared)):
        raise TypeError(f"params must be a dataclass, a pydantic model or a JSON Schema, not {declared!r}")


def schema_of(declared: Declared) -> dict[str, Any] | None:
    """The JSON Schema of the parameters, None when none are declared.

    Raises:
        TypeError: a field has a type that JSON has no word for.
    """
    if declared is None:
        return None
    if isinstance(declared, Mapping):
        return dict(declared)
    if _is_model(declared):
        schema: dict[str, Any] = declared.model_json_schema()
        return schema
    return _schema(declared, declared.__name__)


def complete(declared: Declared, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with the declared defaults filled in, as plain JSON values.

    Raises:
        ParamsError: they do not fit the declaration.
    """
    if declared is None:
        return dict(params)
    if isinstance(declared, Mapping):
        defaults = {
            name: each["default"]
            for name, each in declared.get("properties", {}).items()
            if isinstance(each, Mapping) and "default" in each
        }
        return {**defaults, **params}
    built = build(declared, params)
    filled = built.model_dump(mode="json", by_alias=True) if _is_model(declared) else _plain(built)
    return _merged(filled, params)


def build(declared: type[_T], params: Mapping[str, Any]) -> _T:
    """An instance of a dataclass or pydantic model from parameters.

    Raises:
        ParamsError: they do not fit.
    """
    if _is_model(declared):
        try:
            model: _T = declared.model_validate(dict(params))  # type: ignore[attr-defined]  # checked by name
        except ValueError as error:
            raise ParamsError(str(error)) from error
        return model
    built: _T = _convert(declared, dict(params), "params")
    return built


def _is_model(declared: object) -> bool:
    # By name, so that pydantic is needed only by those who use it.
    return isinstance(declared, type) and hasattr(declared, "model_json_schema")


# Dataclass → JSON Schema


def _schema(hint: Any, path: str) -> dict[str, Any]:
    if typing.get_origin(hint) is typing.Annotated:
        return _schema(typing.get_args(hint)[0], path)
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _object_schema(hint, path)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [each.value for each in hint]}
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(each, path) for each in args]}
    if hint is list or origin is list:
        return {"type": "array"} | ({"items": _schema(args[0], f"{path}[]")} if args else {})
    if hint is dict or origin is dict:
        return {"type": "object"} | ({"additionalProperties": _schema(args[1], f"{path}.*")} if args else {})
    if origin is tuple and args[-1:] != (Ellipsis,):
        items = [_schema(each, f"{path}[]") for each in args]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if origin is tuple:
        return {"type": "array", "items": _schema(args[0], f"{path}[]")}
    raise TypeError(f"{path}: a parameter cannot be {hint!r}, because JSON has no word for it")


def _object_schema(hint: type[Any], path: str) -> dict[str, Any]:
    hints = typing.get_type_hints(hint, include_extras=True)
    properties, required = {}, []
    for each in dataclasses.fields(hint):
        if not each.init:
            continue
        schema = _schema(hints[each.name], f"{path}.{each.name}")
        default = _default(each)
        if default is dataclasses.MISSING:
            required.append(each.name)
        else:
            schema["default"] = _plain(default)
        properties[each.name] = schema
    whole = {"type": "object", "properties": properties, "additionalProperties": False}
    return whole | ({"required": required} if required else {})


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


# JSON → dataclass and back


def _convert(hint: Any, value: Any, path: str) -> Any:
    if hint is Any or hint is object:
        return value
    if typing.get_origin(hint) is typing.Annotated:
        return _convert(typing.get_args(hint)[0], value, path)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _convert_object(hint, value, path)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return _one_of(hint, value, path)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal and value in args:
        return value
    if origin in (typing.Union, types.UnionType):
        return _convert_union(args, value, path)
    if list in (hint, origin) and isinstance(value, list):
        return [_convert(args[0] if args else Any, each, f"{path}[{i}]") for i, each in enumerate(value)]
    if tuple in (hint, origin) and isinstance(value, list):
        inner = [args[0]] * len(value) if args[-1:] == (Ellipsis,) else args
        if len(inner) == len(value):
            return tuple(_convert(each, item, path) for each, item in zip(inner, value, strict=True))
    if dict in (hint, origin) and isinstance(value, dict):
        return {key: _convert(args[1] if args else Any, each, f"{path}.{key}") for key, each in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if hint in _PLAIN and type(value) is hint:
        return value
    raise ParamsError(f"{path} must be {_named(hint)}, not {value!r}")


def _convert_object(hint: type[Any], value: Any, path: str) -> Any:
    if isinstance(value, hint):
        return value
    if not isinstance(value, dict):
        raise ParamsError(f"{path} must be an object, not {value!r}")
    hints = typing.get_type_hints(hint, include_extras=True)
    known = {each.name: each for each in dataclasses.fields(hint) if each.init}
    if unknown := sorted(value.keys() - known.keys()):
        raise ParamsError(f"{path} has no {unknown[0]!r}; it has {', '.join(known)}")
    for name, each in known.items():
        if name not in value and _default(each) is dataclasses.MISSING:
            raise ParamsError(f"{path}.{name} is required")
    given = {name: _convert(hints[name], each, f"{path}.{name}") for name, each in value.items()}
    try:
        return hint(**given)
    except (TypeError, ValueError) as error:  # from the class's own __post_init__
        raise ParamsError(f"{path}: {error}") from error


def _convert_union(choices: tuple[Any, ...], value: Any, path: str) -> Any:
    # An exact type first: 1 is an int where int and float are both allowed.
    if type(value) in choices:
        return value
    for each in choices:
        try:
            return _convert(each, value, path)
        except ParamsError:
            continue
    raise ParamsError(f"{path} must be {' or '.join(map(_named, choices))}, not {value!r}")


def _one_of(hint: type[enum.Enum], value: Any, path: str) -> enum.Enum:
    if isinstance(value, hint):
        return value
    try:
        return hint(value)
    except ValueError:
        choices = ", ".join(repr(each.value) for each in hint)
        raise ParamsError(f"{path} must be one of {choices}, not {value!r}") from None


def _plain(value: Any) -> Any:
    """A default as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value) if each.init}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _merged(filled: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values as they were given, the others as they were filled in."""
    merged = {**filled, **given}
    for name, value in given.items():
        if isinstance(value, dict) and isinstance(filled.get(name), dict):
            merged[name] = _merged(filled[name], value)
    return merged


def _named(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return "one of " + ", ".join(map(repr, typing.get_args(hint)))
    return "null" if hint is type(None) else getattr(hint, "__name__", str(hint))
