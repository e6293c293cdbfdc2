"""Every refusal of a document names the file, the key and the line."""

from datetime import date

import pytest

from portability.core.document import MAX_BYTES, Table, key_text, read_document
from portability.core.money import parse_money
from portability.core.units import Unit
from portability.errors import InvalidInputError


def document(text: str) -> Table:
    return read_document(text.encode(), "case.toml")


def refused(text: str) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refusal:
        document(text)
    return refusal.value


def test_a_broken_line_is_named_with_its_key() -> None:
    error = refused('title = "x"\n[[period]]\nend = 2015-02-31\n')

    assert error.message == (
        "case.toml, line 3: end is not a day of the calendar; give one such as 2004-12-31"
    )
    assert error.context == {"file": "case.toml", "line": "3", "field": "end"}


@pytest.mark.parametrize("broken", ["unit = months", "unit = 5\nunit = 6"])
def test_a_value_that_cannot_be_read_and_a_key_set_twice_are_named(broken: str) -> None:
    text = f"[scheme.FR]\n{broken}\n"
    line = len(text.splitlines())

    message = f"case.toml, line {line}: unit is not a valid TOML value, or is set twice"
    assert refused(text).message == message


def test_a_line_without_a_key_is_named_too() -> None:
    assert refused("a = 1\n[broken\n").message == "case.toml, line 2: this is not valid TOML"


def test_an_end_of_file_in_the_middle_is_the_last_line() -> None:
    assert refused('a = 1\nb = "').message.startswith("case.toml, line 2")
    assert refused("x").message.startswith("case.toml, line 1")


def test_text_that_is_not_utf8_is_refused_with_its_line() -> None:
    with pytest.raises(InvalidInputError, match="line 2: the file is not UTF-8"):
        read_document(b"a = 1\nb = \xff\n", "case.toml")


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="larger than"):
        read_document(b"#" * (MAX_BYTES + 1), "case.toml")


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"case\.toml"):
        read_document(b"a = " + b"[" * 100_000, "case.toml")


@pytest.mark.parametrize(
    ("text", "read", "words"),
    [
        ("", "text", "a is missing"),
        ("a = 1", "text", "line 1: a must be text"),
        ("", "day", "a is missing"),
        ("a = 2001-01-01T00:00:00", "day", "must be a date"),
        ('a = "2001-01-01"', "optional_day", "must be a date"),
        ("", "integer", "a is missing"),
        ("a = true", "integer", "must be a whole number"),
        ("a = 1", "flag", "must be true or false"),
        ("", "exact", "a is missing"),
        ("a = nan", "exact", "must be a number"),
        ("a = 1e400", "exact", "must be a number"),
        ("a = true", "exact", "must be a number"),
        ("", "money", "a is missing"),
        ('a = "-1.00 EUR"', "money", "must not be negative"),
        ('a = "1 euro"', "money", "a is wrong: an amount must look"),
        ("", "choice", "a is missing"),
        ('a = "moons"', "choice", "must be one of years"),
        ("", "table", "a is missing"),
        ("a = 1", "table", "a must be a table"),
        ("a = [1]", "tables", "array of tables"),
        ("a = [1]", "texts", "array of texts"),
        ("a = 1", "finish", "a is not a key that is known here"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(text: str, read: str, words: str) -> None:
    arguments: dict[str, tuple[object, ...]] = {"finish": (), "choice": ("a", Unit)}
    table = document(text)

    with pytest.raises(InvalidInputError, match=words):
        getattr(table, read)(*arguments.get(read, ("a",)))


def test_values_of_the_right_kind_are_read() -> None:
    table = document(
        'a = "x"\nb = 2001-01-01\nc = 3\nd = true\ne = 2.50\nf = "1.00 EUR"\n'
        'g = "weeks"\nh = { i = 1 }\nj = [{}, {}]\nk = ["l"]\n'
    )

    assert table.text("a") == "x"
    assert table.day("b") == date(2001, 1, 1)
    assert (table.integer("c"), table.exact("c")) == (3, 3)
    assert table.flag("d")
    assert table.exact("e") * 2 == 5
    assert table.money("f") == parse_money("1.00 EUR")
    assert table.choice("g", Unit) is Unit.WEEKS
    assert table.table("h").keys() == ["i"]
    assert len(table.tables("j")) == 2
    assert table.texts("k") == ("l",)
    assert table.choice("none", Unit, default=Unit.YEARS) is Unit.YEARS
    assert (table.tables("none"), table.texts("none"), table.optional_table("none")) == (
        [],
        (),
        None,
    )
    table.finish()


def test_a_refusal_finds_the_line_of_a_nested_key() -> None:
    table = document('[[p]]\na = 1\n[p.x]\nb = 2\n[[p]]\n"c" = 3\nd.e = 4\n[q.r]\nf = { g = 1 }\n')

    lines = {
        ("p", 0, "x", "b"): 4,
        ("p", 1, "c"): 6,
        ("p", 1, "d", "e"): 7,
        ("q", "r", "f", "g"): 9,
        ("nowhere",): None,
    }
    for path, line in lines.items():
        assert table.document.line_of(path) == line


def test_a_refusal_about_the_whole_document_names_the_file_only() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        document("a = 1").refuse(None, "this will not do")

    assert refusal.value.message == "case.toml: this will not do"


def test_keys_are_counted_from_one_as_people_do() -> None:
    assert key_text(("period", 1, "end")) == "period[2].end"


def test_a_value_that_refuses_itself_is_told_with_its_place() -> None:
    def make() -> object:
        raise InvalidInputError("too late", field="end")

    with pytest.raises(InvalidInputError, match=r"line 2: p\.end is wrong: too late"):
        document("[p]\nend = 1\n").build("p", make)


def test_an_unknown_array_of_tables_is_refused_with_the_line_of_its_first_key() -> None:
    document = read_document(b"a = 1\n[[perio]]\nb = 2\n", "f.toml")
    document.raw("a")

    with pytest.raises(InvalidInputError, match=r"^f\.toml, line 2: perio is not a key"):
        document.finish()
