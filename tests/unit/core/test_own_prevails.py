"""Each party's records in its own eyes, and in those of an agreement that decides for all."""

import pytest

from portability.core.pieces import State
from tests.unit.core.case_texts import head, period, result, settled

HOME = period("US", "1970-01-01/1974-12-31", "{ quarters = 20 }")
US = '[scheme.US]\nunit = "us-quarters"\n'


def states(text: str) -> dict[str, set[State]]:
    """The states of the pieces, by jurisdiction."""
    found: dict[str, set[State]] = {}
    for record, pieces in settled(text).settlement.resolution.records:
        found.setdefault(record.jurisdiction, set()).update(piece.state for piece in pieces)
    return found


def test_where_each_party_counts_its_own_nobody_displaces_the_other() -> None:
    abroad = period("IT", "1970-01-01/1974-12-31", "{ weeks = 260 }", kind="21")

    assert states(head("us-it", "1990-01-01") + HOME + abroad + US) == {
        "US": {State.COUNTED},
        "IT": {State.COUNTED},
    }


def test_elsewhere_the_agreement_decides_for_all() -> None:
    chosen = period("ES", "1990-01-01/1994-12-31", kind="21")
    work = period("UY", "1990-01-01/1994-12-31")
    law = '[scheme.ES]\nunit = "months"\n'

    assert states(head("cmiss", "2020-01-01") + chosen + work + law) == {
        "ES": {State.DISPLACED},
        "UY": {State.COUNTED},
    }


def test_a_lump_sum_is_counted_without_the_maximum_of_years_that_others_fill() -> None:
    law = '[scheme.JP]\nunit = "months"\nlump_sum = true\nindependent = "50000 JPY"\n'
    own = period("JP", "2005-01-01/2005-06-15")
    other = period("NL", "2005-06-16/2005-12-31")

    text = head("jp-nl", "2012-01-01") + own + other

    added = settled(text + law.replace("true", "false")).settlement.entitlement("JP")
    alone = settled(text + law).settlement.entitlement("JP")
    assert (added.aggregate.total, added.aggregate.capped) == (12, True)
    assert (alone.aggregate.total, alone.aggregate.capped) == (6, False)
    assert alone.standing.calculating.capped is False


@pytest.mark.parametrize(
    ("agreement", "code", "kind", "partner"),
    [("jp-nl", "NL", "30", "JP"), ("us-nl", "NL", "30", "US"), ("us-pl", "PL", "43", "US")],
)
def test_kinds_that_the_partner_does_not_add_count_at_home(
    agreement: str, code: str, kind: str, partner: str
) -> None:
    own = period(code, "1970-01-01/1989-12-31", "{ years = 20 }", kind=kind)
    other = period(partner, "1990-01-01/1999-12-31", "{ years = 10 }")
    law = f'[scheme.{code}]\nunit = "years"\nminimum = {{ years = 20 }}\n'
    unit = "us-quarters" if partner == "US" else "years"
    abroad = f'[scheme.{partner}]\nunit = "{unit}"\nminimum = {{ years = 20 }}\n'
    text = head(agreement, "2015-01-01") + own + other + law + 'independent = "400.00 EUR"\n'

    home = result(text, code)

    assert (home["own"], home["payable"], home["paid_as"]) == (20, "400.00 EUR", "independent")
    assert states(text)[code] == {State.COUNTED}
    assert result(text + abroad, partner)["foreign"] == {}
    assert states(head(agreement, "2015-01-01") + own + other + abroad)[code] == {State.EXCLUDED}


def test_residence_at_home_is_not_displaced_by_work_insured_abroad() -> None:
    lived = period("CA", "1970-01-01/1989-12-31", kind="30")
    worked = period("NL", "1980-01-01/1994-12-31")
    law = '[scheme.CA]\nunit = "years"\ntheoretical = "400.00 CAD"\n'

    found = result(head("ca-nl", "2015-01-01") + lived + worked + law, "CA")

    assert (found["own"], found["foreign"]) == (20, {"NL": 5})
    assert (found["ratio"], found["payable"]) == ({"own": 20, "total": 40}, "200.00 CAD")
