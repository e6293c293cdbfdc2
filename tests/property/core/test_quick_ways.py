"""What is made or skipped the quick way for long histories is what the plain way gives."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.core.findings import record_findings
from portability.core.overlap import Exclusions, resolve
from portability.core.periods import Branch, Period, masks_with
from tests.property.core.histories import PACK, RISK, dated_periods, histories

RULES = PACK.rules_on(RISK)
MASKS = st.none() | st.sampled_from(["000", "001", "010", "011", "100", "101", "110", "111"])


@st.composite
def masked(draw: st.DrawFn) -> Period:
    return replace(
        draw(dated_periods(declared=True)),
        relevance=draw(MASKS),
        calculation=draw(MASKS),
        refunded=draw(st.booleans()),
        communicated=draw(st.sampled_from(["aggregate", "yearly"])),
    )


@given(masked(), st.text(max_size=8))
def test_under_another_id_every_part_is_the_same_and_stays(period: Period, name: str) -> None:
    made, plain = period.with_id(name), replace(period, id=name)

    assert type(made) is Period
    assert made == plain
    for field in fields(Period):
        assert getattr(made, field.name) == getattr(plain, field.name)
    with pytest.raises(FrozenInstanceError):
        made.id = "another"  # type: ignore[misc]  # which is what must fail


@given(masked(), st.sampled_from(Branch))
def test_a_mask_leaves_in_the_branches_whose_right_it_opens(period: Period, branch: Branch) -> None:
    assert (period.relevance in masks_with(branch)) is period.opens_right(branch)


@given(masked(), st.sampled_from(Branch))
def test_what_shows_at_once_to_be_counted_has_no_reason_not_to(
    period: Period, branch: Branch
) -> None:
    excluded = Exclusions(RULES, branch)

    assert not excluded.spares(period) or excluded.reason(period) is None


@given(histories())
def test_masks_change_nothing_that_is_found_in_dates(history: list[Period]) -> None:
    """A record that is skipped for giving dates alone holds nothing that could be found."""
    stated = [replace(one, relevance="111", calculation="111", scheme="01") for one in history]
    plain = resolve(history, RULES, Branch.OLD_AGE).records
    found = resolve(stated, RULES, Branch.OLD_AGE).records

    assert [one.gives_dates_alone for one, _ in found] == [True] * len(found)
    assert [pieces for _, pieces in found] == [pieces for _, pieces in plain]
    assert record_findings(found, RULES) == record_findings(plain, RULES)
