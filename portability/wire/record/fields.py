"""
Fields of a record's content as JSON values: in disclosures, in officers' files, on screens.

Text and numbers are themselves, bytes are lower-case hex, an enum is the name of its value, a
message is an object of the members that are set, or null where it is not set at all.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from portability.errors import InvalidInputError
from portability.ledger.encoding import decode_hex
from portability.wire.strict import optional_date

_MAX_ITEMS: Final = 256
_INTEGERS: Final = frozenset(
    (FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_INT32)
)


def fields_of_content(content: Message) -> dict[str, object]:
    """Every field of the content by its name, also those that are not stated."""
    return {field.name: _shown(content, field) for field in _fields(content)}


def stated_fields(content: Message) -> tuple[str, ...]:
    """The names of the fields that the content states."""
    return tuple(field.name for field, _ in content.ListFields())


def content_from_fields(kind: type[Message], values: Mapping[str, object]) -> Message:
    """
    The content of which these fields have these values.

    Raises InvalidInputError naming the field for one that the kind does not have, or a value that
    is not written as ``fields_of_content`` writes it.
    """
    content = kind()
    known = {field.name: field for field in _fields(content)}
    for name, value in values.items():
        if name not in known:
            raise InvalidInputError(f"{name} is no field of this kind of record", field=name)
        try:
            _set(content, known[name], value, name)
        except (ValueError, TypeError, OverflowError):
            # protobuf refuses a number that is too large, and text that is no Unicode
            raise _refuse(name) from None
        if _shown(content, known[name]) != value:
            raise _refuse(name)
        if name.endswith("_date"):
            optional_date(str(value), name)
    return content


def _fields(message: Message) -> Sequence[FieldDescriptor]:
    return cast("Sequence[FieldDescriptor]", message.DESCRIPTOR.fields)


def _shown(message: Message, field: FieldDescriptor) -> object:
    value: Any = getattr(message, field.name)
    if field.is_repeated:
        return [_one(field, item) for item in value]
    if field.message_type is not None and not message.HasField(field.name):
        return None
    return _one(field, value)


def _one(field: FieldDescriptor, value: Any) -> object:
    if field.message_type is not None:
        return {part.name: _shown(value, part) for part, _ in value.ListFields()}
    if field.type == FieldDescriptor.TYPE_BYTES:
        return value.hex()
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return str(value) if known is None else known.name
    return value


def _set(message: Message, field: FieldDescriptor, value: object, name: str) -> None:
    place: Any = getattr(message, field.name)
    if field.is_repeated:
        if not isinstance(value, list) or len(value) > _MAX_ITEMS:
            raise _refuse(name, f"a list of at most {_MAX_ITEMS}")
        for item in value:
            if field.message_type is None:
                place.append(_scalar(field, item, name))
            else:
                _fill(place.add(), item, name)
    elif field.message_type is None:
        setattr(message, field.name, _scalar(field, value, name))
    elif value is not None:
        place.SetInParent()
        _fill(place, value, name)


def _fill(message: Message, value: object, name: str) -> None:
    known = {field.name: field for field in _fields(message)}
    if not isinstance(value, dict) or not value.keys() <= known.keys():
        table = f"a table of {', '.join(known)}"
        is_money = message.DESCRIPTOR.name == "Money"
        raise _refuse(name, 'an amount such as "800.00 EUR"' if is_money else table)
    for part, item in value.items():
        _set(message, known[part], item, f"{name}.{part}")


def _scalar(field: FieldDescriptor, value: object, name: str) -> object:
    if field.type == FieldDescriptor.TYPE_BYTES and isinstance(value, str):
        return decode_hex(value, what=name)
    if field.enum_type is not None and isinstance(value, str):
        known = field.enum_type.values_by_name.get(value)
        if known is not None:
            return known.number
    is_right = (
        (field.type == FieldDescriptor.TYPE_STRING and isinstance(value, str))
        or (field.type == FieldDescriptor.TYPE_BOOL and isinstance(value, bool))
        or (field.type in _INTEGERS and isinstance(value, int) and not isinstance(value, bool))
    )
    if not is_right:
        raise _refuse(name, _wanted(field))
    return value


def _wanted(field: FieldDescriptor) -> str:
    """How a value of the field is written, as somebody who writes a file must know it."""
    if field.enum_type is not None:
        return f"one of {', '.join(list(field.enum_type.values_by_name)[1:])}"
    if field.type in _INTEGERS:
        return "a whole number, without quotes"
    return "true or false" if field.type == FieldDescriptor.TYPE_BOOL else "text in quotes"


def _refuse(name: str, wanted: str = "") -> InvalidInputError:
    how = f"; write {wanted}" if wanted else ""
    return InvalidInputError(f"{name} is not written as this field must be{how}", field=name)
