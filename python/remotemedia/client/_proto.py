"""Plain objects, as manifest files hold them, to keyword arguments of the protocol's messages."""

from __future__ import annotations

import difflib
import math
import warnings
from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, NullValue, Struct, Value

from remotemedia.errors import RemoteMediaError, make_error

# Beyond it a double, which is what a Value holds, leaves integers out.
_MAX_INTEGER = 2**53


def message_fields(source: Mapping[str, Any], message: type[Message], path: str) -> dict[str, Any]:
    """The object as keyword arguments of the message.

    Args:
        source: Keys in snake_case or camelCase. None counts as absent.
        message: The class of the message.
        path: Where the object stands, for errors.

    Raises:
        ManifestError: a value has no form in the message.
    """
    return _fields(source, message.DESCRIPTOR, path)


def _fields(source: Any, descriptor: Any, path: str) -> dict[str, Any]:
    if not isinstance(source, Mapping):
        raise _refusal(path, f"must be an object, not {type(source).__name__}")
    names = {spelling: field for field in descriptor.fields for spelling in (field.name, field.json_name)}
    found: dict[str, Any] = {}
    for key, value in source.items():
        place = f"{path}.{key}" if path else str(key)
        field = names.get(key)
        if field is None:
            _warn_unknown(place, key, list(names))
        elif field.name in found:
            raise _refusal(place, "is given twice")
        elif value is None:
            continue
        elif field.name == "params" and isinstance(value, str):
            found["params_json"] = value
        else:
            found[field.name] = _field_value(field, value, place)
    return found


def to_value(value: Any, path: str) -> Value:
    """JSON data as the protocol has it.

    Raises:
        ManifestError: JSON has no word for it, or it is an integer beyond 2^53, which would change on the way.
    """
    match value:
        case None:
            return Value(null_value=NullValue.NULL_VALUE)
        case bool():
            return Value(bool_value=value)
        case int() if abs(value) > _MAX_INTEGER:
            raise _refusal(path, f"is {value}, beyond 2^53, where JSON numbers are no longer exact; send it as a text")
        case float() if not math.isfinite(value):
            raise _refusal(path, f"is {value}, which JSON does not have")
        case int() | float():
            return Value(number_value=value)
        case str():
            return Value(string_value=value)
        case list() | tuple():
            items = [to_value(item, f"{path}[{index}]") for index, item in enumerate(value)]
            return Value(list_value=ListValue(values=items))
        case Mapping():
            return Value(struct_value=Struct(fields=_values(value, path)))
        case _:
            raise _refusal(path, f"is {type(value).__name__}, which JSON does not have")


def _values(source: Any, path: str) -> dict[str, Value]:
    if not isinstance(source, Mapping):
        raise _refusal(path, f"must be an object, not {type(source).__name__}")
    for key in source:
        if not isinstance(key, str):
            raise _refusal(path, f"has the key {key!r}, which is not a text")
    return {key: to_value(item, f"{path}.{key}") for key, item in source.items()}


def _field_value(field: FieldDescriptor, value: Any, path: str) -> Any:
    if not field.is_repeated:
        return _single_value(field, value, path)
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        return _values(value, path)
    if not isinstance(value, list | tuple):
        raise _refusal(path, f"must be a list, not {type(value).__name__}")
    return [_single_value(field, item, f"{path}[{index}]") for index, item in enumerate(value)]


def _single_value(field: FieldDescriptor, value: Any, path: str) -> Any:
    if field.message_type is Struct.DESCRIPTOR:
        return Struct(fields=_values(value, path))
    if field.message_type is not None:
        return _fields(value, field.message_type, path)
    if field.enum_type is not None and isinstance(value, str):
        return _enum_number(field.enum_type, value, path)
    return value


def _enum_number(enum: EnumDescriptor, name: str, path: str) -> int:
    """The number of a value, by its full name or the short one, in any case."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    upper = name.upper()
    found = enum.values_by_name.get(upper) or enum.values_by_name.get(prefix + upper)
    if found is None:
        known = ", ".join(each.name.removeprefix(prefix).lower() for each in enum.values[1:])
        raise _refusal(path, f"must be one of {known}, not {name!r}")
    return int(found.number)


def _warn_unknown(path: str, key: object, known: list[str]) -> None:
    near = difflib.get_close_matches(str(key), known, 1)
    suggestion = f"; did you mean {near[0]}?" if near else ""
    # The caller of `node` or of `Manifest.to_proto`, whichever nested object it is.
    warnings.warn(f"Unknown key {path} is left out{suggestion}", stacklevel=2)


def _refusal(path: str, reason: str) -> RemoteMediaError:
    code = "manifest.bad_params" if ".params." in f".{path}." else "manifest.invalid"
    return make_error(code, f"{path or 'The manifest'} {reason}")
