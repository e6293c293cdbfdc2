"""Two agreements for one claim: both settled, the difference told, the better one applied."""

from typing import cast

import pytest

from portability.errors import InvalidInputError, NoAgreementError
from tests.unit.core.case_texts import head, kinds, period, refused, result, settled

ES = period("ES", "1990-01-01/1999-12-31", "{ months = 120 }")
PT = period("PT", "1975-01-01/1989-12-31", "{ months = 180 }")
SCHEME = (
    '[scheme.PT]\nunit = "months"\nminimum = { years = 10 }\nindependent = "300.00 EUR"\n'
    'theoretical = "900.00 EUR"\n'
)


def both(first: str, also: str, *parts: str) -> str:
    return head(first, "2020-01-01", more=f"also = [{also}]\n") + "".join(parts)


def test_the_more_favourable_agreement_prevails_where_a_pack_says_so() -> None:
    text = both("cmiss", '"eu-883-2004"', ES, PT, SCHEME)

    found = result(text, "PT")

    assert (found["payable"], found["applied_agreement"]) == ("540.00 EUR", "eu-883-2004")
    assert "Convenio Art 8" in str(found["basis"])
    assert settled(text).to_json()["payable_total"] == {"EUR": "540.00"}


def test_it_prevails_from_whichever_side_the_case_begins() -> None:
    text = both("eu-883-2004", '"cmiss"', ES, PT, SCHEME)

    assert result(text, "PT")["applied_agreement"] == "eu-883-2004"
    assert "agreements-differ" in kinds(text)


def test_the_alternative_is_shown_with_its_own_numbers() -> None:
    document = settled(both("cmiss", '"eu-883-2004"', ES, PT, SCHEME)).to_json()

    (alternative,) = cast("list[dict[str, object]]", document["alternatives"])
    assert alternative["agreement"] == "eu-883-2004"
    assert alternative["payable_total"] == {"EUR": "540.00"}


def test_equal_amounts_are_no_difference() -> None:
    equal = SCHEME.replace("900.00", "500.00")

    assert "agreements-differ" not in kinds(both("cmiss", '"eu-883-2004"', ES, PT, equal))


def test_without_such_a_clause_the_first_agreement_applies_and_the_difference_is_told() -> None:
    home = period("NL", "1985-01-01/1989-12-31", "{ months = 60 }")
    law = '[scheme.NL]\nunit = "months"\nindependent = "100.00 EUR"\ntheoretical = "900.00 EUR"\n'
    text = both("in-nl", '"ca-nl", "jp-nl"', home, period("JP", "1975-01-01/1979-12-31"), law)
    harder = text.replace('unit = "months"\n', 'unit = "months"\nminimum = { months = 120 }\n')

    assert result(text, "NL")["applied_agreement"] == "in-nl"
    assert "agreements-differ" in kinds(harder)
    assert result(harder, "NL")["payable"] == "0.00 EUR"


def test_a_state_outside_the_other_agreement_keeps_the_first() -> None:
    argentina = '[scheme.AR]\nunit = "months"\ntheoretical = "900.00 ARS"\n'
    text = both("cmiss", '"eu-883-2004"', ES, period("AR", "1975-01-01/1989-12-31"), argentina)

    assert result(text, "AR")["applied_agreement"] == "cmiss"


def test_schemes_with_names_are_told_apart() -> None:
    named = SCHEME.replace("[scheme.PT]", '[[scheme.PT]]\nname = "general"')

    document = settled(both("cmiss", '"eu-883-2004"', ES, PT, named)).to_json()

    (alternative,) = cast("list[dict[str, object]]", document["alternatives"])
    assert list(cast("dict[str, object]", alternative["jurisdictions"])) == ["PT (general)"]


def test_an_unknown_or_repeated_agreement_is_refused() -> None:
    with pytest.raises(NoAgreementError, match="also must be one of"):
        settled(both("cmiss", '"nowhere"', ES, SCHEME))
    refused(both("cmiss", '"cmiss"', ES, SCHEME), "must name other agreements")
    refused(both("cmiss", "", ES, SCHEME), "must name other agreements")
    with pytest.raises(InvalidInputError, match="each once"):
        settled(both("cmiss", '"us-es", "us-es"', ES, SCHEME))
