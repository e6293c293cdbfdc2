"""Scopes: what two of them share, what one lacks of another, and the names of what is too much."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portability.consent.scope import (
    Action,
    Dimension,
    Party,
    check_grants,
    covers,
    days_of_each,
    first_excess,
    intersect,
    narrow_to_branches,
    outside,
)
from portability.core.periods import Branch
from portability.errors import InvalidInputError
from tests.unit.consent.world import grant

BASE = grant()


@pytest.mark.parametrize(
    ("changes", "excess"),
    [
        (
            {"branches": (Branch.OLD_AGE, Branch.FAMILY)},
            (Dimension.BRANCH, "family"),
        ),
        ({"datatypes": ("life-certificate",)}, (Dimension.DATATYPE, "life-certificate")),
        ({"actions": (Action.VERIFY_ONLY,)}, (Dimension.ACTION, "VERIFY_ONLY")),
        ({"fields": ("start_date", "salary")}, (Dimension.FIELD, "salary")),
        ({"from_date": date(1979, 12, 31)}, (Dimension.PERIOD, "of the data")),
    ],
)
def test_the_first_item_that_is_too_much_is_named(
    changes: dict[str, object], excess: tuple[Dimension, str]
) -> None:
    assert first_excess((grant(**changes),), (BASE,)) == excess
    assert not covers((BASE,), (grant(**changes),))


def test_a_scope_covers_itself_and_every_part_of_it() -> None:
    part = grant(fields=("start_date",), actions=(Action.VIEW,), from_date=date(1990, 5, 1))
    assert covers((BASE,), (BASE, part))
    assert intersect((BASE,), (part,)) == (part,)


@pytest.mark.parametrize(
    ("changes", "excess"),
    [
        ({"branches": (Branch.OLD_AGE, Branch.FAMILY)}, (Dimension.BRANCH, "family")),
        (
            {"datatypes": ("contribution-period", "life-certificate")},
            (Dimension.DATATYPE, "life-certificate"),
        ),
        ({"actions": (Action.VIEW, Action.VERIFY_ONLY)}, (Dimension.ACTION, "VERIFY_ONLY")),
        ({"fields": ("start_date", "salary")}, (Dimension.FIELD, "salary")),
    ],
)
def test_all_that_is_asked_for_at_once_has_to_be_allowed(
    changes: dict[str, object], excess: tuple[Dimension, str]
) -> None:
    asked = grant(**changes)
    for one in (asked, replace(asked, **{name: items[::-1] for name, items in changes.items()})):  # type: ignore[index,arg-type]
        assert first_excess((one,), (BASE,)) == excess
        assert days_of_each((BASE,), one) == ()


def test_a_grant_is_covered_to_its_first_and_last_day() -> None:
    day = timedelta(days=1)
    assert covers((BASE,), (grant(from_date=BASE.from_date, to_date=BASE.to_date),))
    assert not covers((BASE,), (grant(from_date=BASE.from_date - day),))
    assert not covers((BASE,), (grant(to_date=BASE.to_date + day),))
    others = grant(fields=("scheme",))
    assert days_of_each((others, BASE), grant(fields=("start_date",))) == (
        (BASE.from_date, BASE.to_date),
    )


def test_spans_that_leave_out_one_day_do_not_cover_it() -> None:
    halves = (grant(to_date=date(1999, 12, 30)), grant(from_date=date(2000, 1, 1)))
    assert not covers(halves, (BASE,))
    assert covers(halves, (grant(to_date=date(1999, 12, 30)),))


def test_days_add_up_over_several_grants_beside_others_that_lie_apart() -> None:
    outer = [
        grant(from_date=date(1980, 1, 1), to_date=date(1980, 12, 31)),
        grant(from_date=date(1990, 1, 1), to_date=date(1990, 6, 30)),
        grant(from_date=date(1990, 7, 1), to_date=date(1990, 12, 31)),
        grant(from_date=date(1991, 1, 1), to_date=date(1991, 1, 31)),
    ]
    assert covers(outer, [grant(from_date=date(1990, 1, 1), to_date=date(1991, 1, 31))])
    assert covers(outer, [grant(from_date=date(1980, 1, 1), to_date=date(1980, 12, 31))])
    for start, end in (
        (date(1980, 12, 31), date(1990, 1, 1)),
        (date(1980, 1, 1), date(1991, 1, 31)),
        (date(1989, 12, 31), date(1990, 12, 31)),
        (date(1990, 1, 1), date(1991, 2, 1)),
    ):
        assert not covers(outer, [grant(from_date=start, to_date=end)])


def test_a_span_inside_one_of_several_does_not_shorten_it() -> None:
    outer = [
        grant(from_date=date(1970, 1, 1), to_date=date(1970, 12, 31)),
        grant(from_date=date(1980, 1, 1), to_date=date(1989, 12, 31)),
        grant(from_date=date(1985, 1, 1), to_date=date(1985, 12, 31)),
        grant(from_date=date(1990, 1, 1), to_date=date(1999, 12, 31)),
    ]
    assert covers(outer, [grant(from_date=date(1980, 1, 1), to_date=date(1999, 12, 31))])


def test_a_span_inside_another_does_not_shorten_it() -> None:
    inside = grant(from_date=date(1990, 1, 1), to_date=date(1990, 12, 31))
    assert covers((BASE, inside), (BASE,))


def test_the_last_day_of_the_calendar_is_a_day_like_any_other() -> None:
    whole = (
        grant(to_date=date(9999, 12, 30)),
        grant(from_date=date(9999, 12, 31), to_date=date.max),
    )
    assert covers(whole, (grant(to_date=date.max),))


def test_nothing_in_common_is_an_empty_scope() -> None:
    assert intersect((BASE,), (grant(branches=(Branch.FAMILY,)),)) == ()
    assert intersect((BASE,), (grant(from_date=date(2026, 1, 1), to_date=date.max),)) == ()


def test_the_respect_in_which_scopes_lie_apart_is_the_first_one() -> None:
    assert outside(BASE, ()) is Dimension.BRANCH
    assert outside(BASE, (grant(from_date=date(2026, 1, 1), to_date=date.max),)) is Dimension.PERIOD


def test_an_institution_keeps_what_is_in_its_branches() -> None:
    both = grant(branches=(Branch.OLD_AGE, Branch.FAMILY))
    assert narrow_to_branches((both,), (Branch.OLD_AGE,)) == (BASE,)
    assert narrow_to_branches((both,), (Branch.SICKNESS,)) == ()


def test_a_scope_has_grants_but_not_too_many() -> None:
    check_grants((BASE,) * 32, field="grants")
    for grants in ((), (BASE,) * 33):
        with pytest.raises(InvalidInputError):
            check_grants(grants, field="grants")


def test_a_scope_names_no_more_combinations_than_can_be_checked() -> None:
    one_action = {"actions": (Action.VIEW,)}
    most = grant(
        **one_action,
        datatypes=tuple(f"type-{number}" for number in range(64)),
        fields=tuple(f"field-{number}" for number in range(63)),
    )
    rest = grant(**one_action, fields=tuple(f"field-{number}" for number in range(64)))
    check_grants((most, rest), field="grants")
    with pytest.raises(InvalidInputError, match="split it up"):
        check_grants((most, rest, grant(**one_action, fields=("one",))), field="grants")


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": ()},
        {"fields": ("*",)},
        {"datatypes": ("a b",)},
        {"actions": (Action.VIEW, Action.VIEW)},
        {"branches": (Branch.OLD_AGE, Branch.OLD_AGE)},
        {"branches": ()},
        {"datatypes": ("contribution-period", "contribution-period")},
        {"datatypes": ()},
        {"to_date": date(1979, 1, 1)},
    ],
)
def test_a_grant_that_says_nothing_clear_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        grant(**changes)


def test_a_party_is_an_institution_or_a_node() -> None:
    inss = Party(jurisdiction="ES", institution="inss")
    assert (str(inss), str(inss.node)) == ("ES/inss", "ES/node")
    for jurisdiction, institution in (("es", "inss"), ("ES", "*"), ("", "")):
        with pytest.raises(InvalidInputError):
            Party(jurisdiction=jurisdiction, institution=institution)
