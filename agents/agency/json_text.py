"""JSON as other systems write it: lenient about what is in it, strict about what it is."""

import json
from typing import Final, NoReturn

from agents.agency.imported import Finding, Weight
from portability.errors import InvalidInputError

MAX_FILE_BYTES: Final = 32_000_000
BOM: Final = b"\xef\xbb\xbf"

JsonObject = dict[str, object]


def decode_text(source: bytes, name: str) -> tuple[str, list[Finding]]:
    """UTF-8 text, a byte order mark taken off with a finding. Raises InvalidInputError."""
    if len(source) > MAX_FILE_BYTES:
        raise InvalidInputError(
            f"{name}: the file is over {MAX_FILE_BYTES} bytes; split it", file=name
        )
    findings = []
    if source.startswith(BOM):
        source = source[len(BOM) :]
        findings.append(
            Finding(
                place="file",
                code="byte-order-mark",
                weight=Weight.NOTE,
                detail="the file starts with a byte order mark, which was skipped",
            )
        )
    try:
        return source.decode("utf-8"), findings
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        raise InvalidInputError(
            f"{name}, line {line}: the file is not UTF-8 text; save it as UTF-8",
            file=name,
            line=str(line),
        ) from None


def parse_object(text: str, name: str) -> JsonObject:
    """The one JSON object of a file; InvalidInputError tells a cut file from a broken one."""

    def without_duplicates(pairs: list[tuple[str, object]]) -> JsonObject:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise InvalidInputError(
                f"{name}: a key appears twice in one object; it is not clear which one is meant",
                file=name,
            )
        return members

    def refuse_constant(_: str) -> NoReturn:
        raise InvalidInputError(f"{name}: NaN and infinities are not JSON", file=name)

    try:
        value: object = json.loads(
            text, object_pairs_hook=without_duplicates, parse_constant=refuse_constant
        )
    except json.JSONDecodeError as error:
        raise _broken(text, error.pos, name) from None
    except (ValueError, RecursionError):  # a number of thousands of digits; nesting without end
        raise InvalidInputError(
            f"{name}: the file is no JSON of reasonable size", file=name
        ) from None
    if not isinstance(value, dict):
        raise InvalidInputError(f"{name}: the file is not one JSON object", file=name)
    return value


def _broken(text: str, position: int, name: str) -> InvalidInputError:
    whole = text.rstrip()
    if not whole:
        return InvalidInputError(f"{name}: the file is empty", file=name)
    line = text.count("\n", 0, min(position, len(whole))) + 1
    if position >= len(whole) or not whole.endswith("}"):
        last = whole.count("\n") + 1
        return InvalidInputError(
            f"{name}, line {last}: the file ends in the middle; ask for it again",
            file=name,
            line=str(last),
        )
    return InvalidInputError(
        f"{name}, line {line}: the file is not valid JSON from here on; ask for it again",
        file=name,
        line=str(line),
    )
