"""Python accepts many spellings of one value; we accept one (formats.md §10)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from portability.errors import InvalidInputError
from portability.ledger.encoding import (
    decode_base64,
    decode_base64url,
    decode_decimal,
    decode_either_base64,
    decode_hash,
    decode_hex,
    decode_utf8,
    encode_base64,
    encode_base64url,
    format_time,
    parse_time,
)


def test_base64_has_padding_and_base64url_has_none() -> None:
    assert encode_base64(b"\xfb\xff") == "+/8="
    assert encode_base64url(b"\xfb\xff") == "-_8"
    assert b"\xfb\xff" == decode_base64("+/8=") == decode_base64(b"+/8=")
    assert b"\xfb\xff" == decode_base64url("-_8") == decode_base64url(b"-_8")


@pytest.mark.parametrize(
    "text",
    ["aGVsbG9=", "aGVsbG8", "aGVs bG8=", "aGVsbG8=\n", "aGVsbG8=!", "-_8=", "=", "a", "ａ", "A==="],
)
def test_base64_that_does_not_encode_again_to_itself_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        decode_base64(text)


@pytest.mark.parametrize("text", ["aGVsbG9", "aGVsbG8=", "aGVs!bG8", "+/8", "a", "é", "-_9"])
def test_base64url_that_does_not_encode_again_to_itself_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        decode_base64url(text)


@pytest.mark.parametrize("text", ["+/8=", "-_8", "-_8="])
def test_either_alphabet_is_read_where_the_envelope_allows_it(text: str) -> None:
    assert decode_either_base64(text) == b"\xfb\xff"


@pytest.mark.parametrize("text", ["+_8=", "-_8==", "-/8", "AAA-====", "+/8", "a b=", "-_9="])
def test_a_mixture_of_alphabets_or_wrong_padding_is_neither(text: str) -> None:
    with pytest.raises(InvalidInputError):
        decode_either_base64(text)


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("7", 7), (b"10", 10), ("9223372036854775807", 2**63 - 1)]
)
def test_decimals_are_read(text: str | bytes, number: int) -> None:
    assert number == decode_decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1_000",
        " 7",
        "7 ",
        "7\n",
        "+5",
        "-1",
        "007",
        "00",
        "١٢",
        "²",
        "1e3",
        "9223372036854775808",
        "10000000000000000000",
    ],
)
def test_what_only_python_takes_for_a_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        decode_decimal(text)
    with pytest.raises(InvalidInputError):
        decode_decimal(text.encode())


@pytest.mark.parametrize("text", ["0A", "0", " 0a", "0a 0b", "0a\n", "٠٠", "0x0a"])
def test_hex_is_lower_case_and_whole_bytes(text: str) -> None:
    assert decode_hex("0a", length=1) == b"\x0a"
    with pytest.raises(InvalidInputError):
        decode_hex(text)


def test_hex_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="32 bytes"):
        decode_hex("0a", length=32)


def test_a_hash_is_32_bytes() -> None:
    assert bytes(32) == decode_hash(encode_base64(bytes(32)))
    with pytest.raises(InvalidInputError, match="32 bytes"):
        decode_hash(encode_base64(bytes(31)))


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfa", b"\xff\xfea\x00", b"\xed\xa0\x80", b"\xc0\x80"])
def test_text_is_utf8_without_a_byte_order_mark(data: bytes) -> None:
    assert decode_utf8("é".encode()) == "é"
    with pytest.raises(InvalidInputError):
        decode_utf8(data)


def test_times_are_written_and_read_in_one_form() -> None:
    instant = datetime(2025, 1, 31, 9, 0, 0, tzinfo=UTC)
    assert format_time(instant) == "2025-01-31T09:00:00Z"
    assert format_time(instant.astimezone(timezone(timedelta(hours=2)))) == "2025-01-31T09:00:00Z"
    assert instant == parse_time("2025-01-31T09:00:00Z")
    early = datetime(7, 1, 31, tzinfo=UTC)
    assert early == parse_time(format_time(early))


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-31 09:00:00Z",
        "2025-01-31T09:00:00",
        "2025-01-31T09:00:00+00:00",
        "2025-01-31T09:00:00z",
        "2025-01-31T09:00:00.0Z",
        "2025-W05-5T09:00:00Z",
        "2025-02-31T09:00:00Z",
        "2025-01-31T24:00:00Z",
        "2025-01-31T09:00:60Z",
        "0000-01-31T09:00:00Z",
        "2025-01-31T09:00:00Z\n",
        "٢٠٢٥-01-31T09:00:00Z",
    ],
)
def test_any_other_spelling_of_a_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_time(text)


@pytest.mark.parametrize(
    "instant",
    [datetime(2025, 1, 31, 9), datetime(2025, 1, 31, 9, 0, 0, 1, tzinfo=UTC)],  # noqa: DTZ001  # naive on purpose
)
def test_a_time_without_zone_or_with_a_fraction_is_not_written(instant: datetime) -> None:
    with pytest.raises(InvalidInputError):
        format_time(instant)


def test_an_error_names_the_thing_and_not_its_content() -> None:
    with pytest.raises(InvalidInputError) as caught:
        decode_decimal("85073003328x", what="tree size")
    assert "tree size" in caught.value.message
    assert caught.value.context == {"field": "tree size"}
    assert "85073003328" not in caught.value.message
