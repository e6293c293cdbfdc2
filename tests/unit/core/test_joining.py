"""States joined the multilateral agreements one after the other; the packs hold the days."""

from collections.abc import Mapping
from typing import cast

import pytest

from tests.unit.core.case_texts import head, kinds, period, refused, result

CMISS = {  # Seguridad Social of Spain (seg-social.es), "Convenio Multilateral Iberoamericano"
    "BR": ("2011-05-18", "2011-05-19"),
    "EC": ("2011-06-19", "2011-06-20"),
    "CL": ("2011-08-31", "2011-09-01"),
    "UY": ("2011-09-30", "2011-10-01"),
    "PY": ("2011-10-27", "2011-10-28"),
    "SV": ("2012-11-16", "2012-11-17"),
    "PT": ("2014-07-20", "2014-07-21"),
    "AR": ("2016-07-31", "2016-08-01"),
    "PE": ("2016-10-19", "2016-10-20"),
    "DO": ("2020-07-13", "2020-07-14"),
    "CO": ("2023-07-31", "2023-08-01"),
}
CARICOM = {  # Art 59(2), with the ratifications that oldsite.caricom.org lists
    "GY": ("1997-04-30", "1997-05-01"),
    "TT": ("1997-06-30", "1997-07-01"),
    "BB": ("1997-07-31", "1997-08-01"),
    "KN": ("1997-07-31", "1997-08-01"),
    "LC": ("1997-08-31", "1997-09-01"),
    "VC": ("1998-07-31", "1998-08-01"),
    "AG": ("1998-10-31", "1998-11-01"),
    "GD": ("1999-01-31", "1999-02-01"),
    "MS": ("2000-04-30", "2000-05-01"),
    "BS": ("2001-11-30", "2001-12-01"),
}


def claim(agreement: str, award: str, payer: str, other: str) -> str:
    return (
        head(agreement, award)
        + period(payer, "1975-01-01/1984-12-31")
        + period(other, "1985-01-01/1989-12-31")
        + f'[scheme.{payer}]\nunit = "months"\nminimum = {{ years = 12 }}\n'
        + 'theoretical = "900.00 USD"\n'
    )


@pytest.mark.parametrize(
    ("agreement", "founder", "joined"), [("cmiss", "BO", CMISS), ("caricom", "JM", CARICOM)]
)
def test_periods_count_from_the_day_on_which_their_state_joined(
    agreement: str, founder: str, joined: Mapping[str, tuple[str, str]]
) -> None:
    for code, (before, since) in joined.items():
        early, late = (claim(agreement, day, founder, code) for day in (before, since))

        assert kinds(early) == ["not-a-party"], code
        assert result(early, founder)["payable"] == "0.00 USD"
        assert result(late, founder)["payable"] == "600.00 USD", code
        refused(claim(agreement, before, code, founder), f"{code} is not a party to {agreement}")
        assert result(claim(agreement, since, code, founder), code)["payable"] == "600.00 USD"


def test_the_founders_are_parties_from_the_first_day() -> None:
    for agreement, day, founders in (
        ("cmiss", "2011-05-01", ("BO", "ES")),
        ("caricom", "1997-04-01", ("BZ", "DM", "JM")),
    ):
        other = founders[-1]
        for code in founders[:-1]:
            found = result(claim(agreement, day, code, other), code)
            assert cast("dict[str, int]", found["foreign"]) == {other: 60}
