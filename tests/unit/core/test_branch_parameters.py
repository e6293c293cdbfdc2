"""A pack without the values or articles of a branch is refused, and the key is named."""

import pytest

from portability.agreements import pack_source
from portability.core.answering import answer_case
from portability.core.legislation.reader import parse_legislation_case
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError, NoAgreementError
from tests.unit.core.builders import EU_SOURCE, changed_pack


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value  = 25\n", "value  = 101\n", "must be at most 100"),
        ("value  = 25\n", "value  = 0\n", "must be more than zero"),
        ("extended_months = 6", "extended_months = 2", "the extended months are fewer"),
        ("longer = 5", "longer = 2", "contradicts itself: months and longer"),
        ("worked = 12", "worked = 25", "contradicts itself: months and longer"),
        ('"activity", "pension", "residence"', '"activity", "pension"', "must name each once"),
        ('exception                  = "883/2004 Art 16"\n', "", "no article for exception"),
        (
            'family_refund              = "987/2009 Art 58"\n',
            "",
            "no article for family_refund",
        ),
        (
            "[[projection_months.values]]\nfrom   = 2010-05-01",
            "[[projection_months.values]]\nfrom   = 2011-05-01",
            "projection_months has no value from 2010-05-01",
        ),
    ],
)
def test_a_contradictory_or_incomplete_pack_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        changed_pack(old, new)


def test_a_missing_value_is_named_with_who_needs_it() -> None:
    text = EU_SOURCE.decode()
    begin = text.index("[[unemployment_refund.values]]")
    end = text.index("[[self_employed_frontier_workers.values]]")

    with pytest.raises(InvalidInputError, match="unemployment_refund is missing; last-state"):
        changed_pack(text[begin:end], "")


def test_a_pack_may_do_without_rules_on_legislation() -> None:
    text = EU_SOURCE.decode()
    begin = text.index("[[applicable_legislation.values]]")
    end = text.index("[[posting_limit_months.values]]")

    assert "applicable_legislation" not in changed_pack(text[begin:end], "").parameters


def test_a_file_of_another_kind_is_not_one_about_legislation() -> None:
    with pytest.raises(InvalidInputError, match="kind must be applicable-legislation"):
        parse_legislation_case(b'kind = "other"\n', "file.toml")


def test_an_agreement_that_does_not_decide_on_legislation_says_so() -> None:
    pack = parse_pack(pack_source("mercosur"), "mercosur.toml")
    source = 'kind = "applicable-legislation"\nagreement = "mercosur"\ndate = 2024-01-01\n'

    with pytest.raises(NoAgreementError, match="mercosur has no value for applicable_legislation"):
        answer_case(f'{source}residence = "BR"\n'.encode(), "file.toml", {pack.id: pack})
