"""Selective disclosure of salted fields (RFC 9901)."""

import hashlib
import json

import pytest

from portability.errors import InvalidInputError, ProofError
from portability.ledger.disclosure import (
    disclosure_digest,
    disclosures_from_json,
    disclosures_to_json,
    make_disclosure,
    parse_disclosure,
    read_disclosures,
)
from portability.ledger.encoding import decode_base64url, encode_base64url

PUBLISHED = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
SALT = bytes(range(32))


def encoded(value: object) -> str:
    return encode_base64url(json.dumps(value).encode())


def test_the_published_disclosure_has_the_published_digest() -> None:
    assert (
        encode_base64url(disclosure_digest(PUBLISHED))
        == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    )
    read = parse_disclosure(PUBLISHED)
    assert (
        read.salt,
        read.name,
        read.value,
        read.text,
    ) == ("_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius", PUBLISHED)


def test_a_field_is_shown_and_the_rest_stays_hidden() -> None:
    shown = make_disclosure(SALT, "branch", {"code": "old-age", "months": [1, 2]})
    hidden = make_disclosure(SALT[::-1], "employer", "a")
    record = {disclosure_digest(shown), disclosure_digest(hidden)}
    found = read_disclosures(record, [shown])
    assert {name: one.value for name, one in found.items()} == {
        "branch": {"code": "old-age", "months": [1, 2]}
    }
    assert read_disclosures(record, []) == {}
    assert set(read_disclosures(record, [hidden, shown])) == {"branch", "employer"}


def test_the_digest_is_over_the_text_so_a_second_encoding_is_another_field() -> None:
    shown = make_disclosure(SALT, "branch", "old-age")
    spaced = encode_base64url(decode_base64url(shown) + b" ")
    assert parse_disclosure(shown).value == parse_disclosure(spaced).value
    assert hashlib.sha256(shown.encode()).digest() == disclosure_digest(shown)
    with pytest.raises(ProofError, match="not in the signed record"):
        read_disclosures({disclosure_digest(shown)}, [spaced])


def test_a_field_cannot_be_shown_twice() -> None:
    first, second = make_disclosure(SALT, "a", 1), make_disclosure(SALT[::-1], "a", 2)
    digests = {disclosure_digest(first), disclosure_digest(second)}
    for pair in ([first, second], [first, first]):
        with pytest.raises(ProofError, match="twice"):
            read_disclosures(digests, pair)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PUBLISHED + "=",
        PUBLISHED[:-1] + "1",
        encoded(["salt", "name"]),
        encoded(["salt", "name", 1, 2]),
        encoded({"salt": "name"}),
        encoded(["", "name", 1]),
        encoded([1, "name", 1]),
        encoded(["salt", 1, 1]),
        encoded(["salt", "_sd", 1]),
        encoded(["salt", "...", 1]),
        encoded(["salt", "name", 1.5]),
        encode_base64url(b'["salt", "name", {"a": 1, "a": 2}]'),
        encode_base64url(b'["salt", "name", "\\ud800"]'),
    ],
)
def test_a_malformed_disclosure_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_disclosure(text)


def test_a_disclosure_is_made_only_of_what_can_be_read_back() -> None:
    with pytest.raises(InvalidInputError, match="salt"):
        make_disclosure(b"short", "name", 1)
    for name, value in (("_sd", 1), ("name", 1.5), ("name", float("nan")), ("name", "\ud800")):
        with pytest.raises(InvalidInputError):
            make_disclosure(SALT, name, value)


def test_a_disclosure_is_written_as_the_published_one_is() -> None:
    written = decode_base64url(make_disclosure(SALT, "family_name", "Möbius")).decode()
    salt = encode_base64url(SALT)
    assert written == f'["{salt}", "family_name", "Möbius"]'
    published = decode_base64url(PUBLISHED).decode()
    assert published == written.replace(salt, "_26bc4LT-ac6q2KI6cBW5es")


def test_the_disclosures_beside_a_record_are_a_file_that_a_person_can_read() -> None:
    shown = [PUBLISHED, make_disclosure(SALT, "branch", "old-age")]
    data = disclosures_to_json(shown)
    assert data.decode() == (
        f'{{\n  "disclosures": [\n    "{PUBLISHED}",\n    "{shown[1]}"\n  ]\n}}\n'
    )
    assert disclosures_from_json(data) == tuple(shown)


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({}, "not a list"),
        ({"disclosures": []}, "not a list"),
        ({"disclosures": "WyJf"}, "not a list"),
        ({"disclosures": {"WyJf": 1}}, "not a list"),
        ({"disclosure": ["WyJf"]}, "not a list"),
        ({"disclosures": ["WyJf"], "more": 1}, "not a list"),
        ({"disclosures": ["WyJf", 5]}, "not text"),
        ({"disclosures": [["WyJf"]]}, "not text"),
    ],
)
def test_a_file_of_anything_else_beside_a_record_is_refused(
    members: dict[str, object], why: str
) -> None:
    with pytest.raises(InvalidInputError, match=why):
        disclosures_from_json(json.dumps(members).encode())
