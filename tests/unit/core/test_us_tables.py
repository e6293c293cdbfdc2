"""The tables of methods outside the Union, at the edges of what they may hold."""

from typing import cast

import pytest

from tests.unit.core.case_texts import head, period, refused, result

HOME = period("US", "1970-01-01/1974-12-31", "{ quarters = 20 }")
US = '[scheme.US]\nunit = "us-quarters"\n'
CANADA = period("CA", "1985-01-01/1989-12-31", "{ years = 5 }")


def us(lines: str) -> str:
    return head("us-it", "1990-01-01") + HOME + US + lines + "\n"


@pytest.mark.parametrize(
    "lines",
    [
        "first_year = 1\nlast_year = 1",
        "first_year = 9999\nlast_year = 9999",
        "first_year = 1980\nlast_year = 1980",
        '[scheme.US.earnings]\n1970 = { quarters = 0, amount = "0.00" }',
        '[scheme.US.earnings]\n1970 = { quarters = 4, amount = "0.00" }',
    ],
)
def test_the_ends_of_a_range_belong_to_it(lines: str) -> None:
    assert result(us(lines), "US")["own"] == 20


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("first_year = 0", "must be a year of four digits"),
        ("last_year = 10000", "must be a year of four digits"),
        ('[scheme.US.earnings]\n1970 = { quarters = 5, amount = "1.00" }', "must be 0 to 4"),
        ('[scheme.US.earnings]\n1970 = { quarters = -1, amount = "1.00" }', "must be 0 to 4"),
        (
            '[scheme.US.earnings]\n1970 = { quarters = 4, amount = "1.00", surprise = 1 }',
            "surprise",
        ),
        (
            (
                '[scheme.US.earnings]\n1970 = { quarters = 4, amount = "1.00" }\n1971 = '
                '{ quarters = 4, amount = "1.00", average = "0.00" }'
            ),
            "average must be more than zero",
        ),
    ],
)
def test_what_lies_beyond_is_refused(lines: str, message: str) -> None:
    refused(us(lines), message)


@pytest.mark.parametrize(
    ("line", "missing"),
    [('flat_part = "300.00 CAD"', "earnings_part"), ('earnings_part = "90.00 CAD"', "flat_part")],
)
def test_a_benefit_of_two_parts_needs_both(line: str, missing: str) -> None:
    law = f'[scheme.CA]\nunit = "years"\n{line}\n'

    refused(head("ca-nl", "2010-01-01", "invalidity") + CANADA + law, f"{missing} is missing")


GULF = (
    period("BH", "2008-01-01/2014-12-31")
    + '[scheme.BH]\nunit = "months"\n[[contribution]]\nhome = "BH"\nhost = "AE"\n'
    + 'wage = "1000.00 AED"\nhome_worker = 0.05\nhost_employer = 0.15\n'
)


@pytest.mark.parametrize(
    ("share", "employer", "worker"), [("0", "0.00", "50.00"), ("1", "150.00", "900.00")]
)
def test_nothing_and_all_are_shares(share: str, employer: str, worker: str) -> None:
    found = result(head("gcc", "2015-01-01") + GULF + f"home_employer = {share}\n", "BH")

    row = cast("list[dict[str, str]]", found["contributions"])[0]
    assert (row["employer"], row["worker"]) == (f"{employer} AED", f"{worker} AED")


@pytest.mark.parametrize("share", ["-0.5", "1.5", "-1"])
def test_a_share_lies_between_nothing_and_all(share: str) -> None:
    refused(head("gcc", "2015-01-01") + GULF + f"home_employer = {share}\n", "a share from 0 to 1")
