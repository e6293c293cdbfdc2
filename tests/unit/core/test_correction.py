"""What a correction changes where another rule than that of pensions decides (883/2004 Art 59)."""

from collections.abc import Mapping

from portability.core.answering import answer_case
from tests.unit.core.builders import EU

PACKS = {EU.id: EU}
HEAD = 'agreement = "eu-883-2004"\naward_date = 2024-01-01\n'
GERMAN = '[[period]]\njurisdiction = "DE"\ntype = "11"\nstart = 2022-01-01\nend = 2023-12-31\n'
SHORTER = GERMAN.replace("[[period]]", "[[correction]]\nreplaces = 1").replace(
    "2022-01-01", "2023-06-01"
)


def changes(text: str) -> Mapping[str, tuple[str | None, str | None]]:
    found = answer_case((HEAD + text).encode(), "corrected.toml", PACKS).to_json()
    report = found["correction"]
    assert isinstance(report, dict)
    return {one["place"]: (one["before"], one["after"]) for one in report["changes"]}


def test_the_refund_of_unemployment_benefits_that_a_correction_shortens_is_told() -> None:
    laws = ""
    for code in ("FR", "DE"):
        laws += f'[scheme.{code}]\nunit = "months"\namount = "1000.00 EUR"\n'

    found = changes('branch = "unemployment"\nresidence = "FR"\n' + GERMAN + SHORTER + laws)

    assert found["DE.refund"] == ("5000.00 EUR", "3000.00 EUR")
    assert found["FR.refunded"] == ("5000.00 EUR", "3000.00 EUR")
    assert found["DE.refund_months"] == ("5", "3")
    assert not [place for place in found if place.endswith("basis")]


def test_the_priority_of_family_benefits_that_a_correction_moves_is_told() -> None:
    rights = '[[child]]\nname = "Ann"\nresidence = "BE"\n'
    for code in ("FR", "DE"):
        rights += f'[[right]]\njurisdiction = "{code}"\nbasis = "pension"\namount = "90.00 EUR"\n'
    french = GERMAN.replace("DE", "FR").replace("2022-01-01", "2023-01-01")

    found = changes('branch = "family"\n' + GERMAN + french + SHORTER + rights)

    assert found["priority"] == ("DE", "FR")
    assert found["DE.payable"] == ("90.00 EUR", "0.00 EUR")
    assert found["FR.payable"] == ("0.00 EUR", "90.00 EUR")
    assert found["FR.priority"] == ("false", "true")
    assert "payable_total.EUR" not in found


def test_groups_of_children_are_told_one_by_one() -> None:
    rights = ""
    for name, lives in (("Ann", "BE"), ("Bob", "FR")):
        rights += f'[[child]]\nname = "{name}"\nresidence = "{lives}"\n'
    for code in ("FR", "DE"):
        rights += f'[[right]]\njurisdiction = "{code}"\nbasis = "pension"\n'
        rights += 'amounts = { Ann = "90.00 EUR", Bob = "60.00 EUR" }\n'
    french = GERMAN.replace("DE", "FR").replace("2022-01-01", "2023-01-01")

    found = changes('branch = "family"\n' + GERMAN + french + SHORTER + rights)

    assert found["DE.groups.1.place"] == ("1", "2")
    assert "DE.groups.2.place" not in found
    assert found["priority"] == ("DE, FR", "FR")
