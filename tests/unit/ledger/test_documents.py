"""JSON and TOML mean one thing to every reader, or are refused."""

import pytest

from portability.errors import InvalidInputError
from portability.ledger.documents import MAX_DEPTH, load_json, load_json_object, load_toml


def test_a_document_is_read() -> None:
    data = '{"a": [1, true, "Zoë \\ud83d\\ude00"], "b": {"c": "d"}}'.encode()
    expected = {"a": [1, True, "Zoë \U0001f600"], "b": {"c": "d"}}
    assert expected == load_json(data) == load_json_object(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 1}}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1.0}',
        b'{"a": 1e400}',
        b'{"a": "\\ud800"}',
        b'["\\udc00\\ud800"]',
        b'{"\\ud800": 1}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"{}{}",
        b"",
        b"{'a': 1}",
        b'{"a": "\n"}',
        b"1" * 5000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    ],
)
def test_json_that_two_readers_could_read_differently_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        load_json(data)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert load_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    wide = b"[" + b",".join([b'{"a": [1]}'] * MAX_DEPTH) + b"]"
    assert load_json(wide) == [{"a": [1]}] * MAX_DEPTH
    with pytest.raises(InvalidInputError):
        load_json(b"[[1]," * MAX_DEPTH + b"[1]" + b"]" * MAX_DEPTH)


def test_null_and_escapes_are_read_where_they_are_but_words() -> None:
    data = rb'{"a": "null", "null": "\\ud800", "b": "\u00e9\u2028"}'
    assert load_json_object(data) == {"a": "null", "null": "\\ud800", "b": "é\u2028"}


def test_floats_pass_only_where_unknown_members_are_ignored() -> None:
    assert load_json(b'{"a": 1.5}', allow_floats=True) == {"a": 1.5}
    with pytest.raises(InvalidInputError):
        load_json(b'{"a": NaN}', allow_floats=True)


@pytest.mark.parametrize("data", [b"[]", b"1", b'"a"', b"null", b'{"a": null}', b'{"a": [null]}'])
def test_a_signed_document_is_one_object_without_null(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        load_json_object(data)


def test_toml_is_read() -> None:
    data = b'a = 1\nday = 2025-01-31\nat = 2025-01-31T09:00:00Z\n[b]\nc = ["d"]\n'
    assert load_toml(data)["a"] == 1


@pytest.mark.parametrize(
    "data",
    [
        b"a = 1.5",
        b"a = nan",
        b"a = [inf]",
        b"at = 2025-01-31T09:00:00",
        b"a = 1\na = 2",
        b"a = ",
        b"a = \xff",
        b"a = " + b"[" * 100_000,
        b"a = " + b"1" * 5000,
    ],
)
def test_toml_with_floats_zoneless_times_or_errors_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        load_toml(data)


@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a": ', b"}"), (b'[{"a": ', b"}]")])
def test_64_levels_are_read_whatever_makes_them_and_65_are_not(begin: bytes, end: bytes) -> None:
    levels = 64 // (len(end))
    words = b'"[[[{{{"'  # looks deeper than it is
    assert load_json(begin * levels + words + end * levels)
    assert load_toml(b"a = " + b"[" * 63 + b"1" + b"]" * 63)  # the table is the first level
    for deep in (
        b"[" + begin * levels + words + end * levels + b"]",
        begin * levels + b"[" + words + b"]" + end * levels,
    ):
        with pytest.raises(InvalidInputError, match="more than 64 levels"):
            load_json(deep)
    with pytest.raises(InvalidInputError, match="more than 64 levels"):
        load_toml(b"a = " + b"[" * 64 + b"1" + b"]" * 64)
