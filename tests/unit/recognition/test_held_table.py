"""Figures over many cases: right where they are given, and never of a few persons."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from portability.recognition.held_table import ALL, FEWEST, Cell, HeldCase, Place, held_table

DAY = timedelta(days=1)
HISTORY, DECISION = "history", "determination"


def case(person: object, **days: int) -> HeldCase:
    """A case in which ``FR_history=3`` says how many days."""
    held = {(name.split("_")[0], name.split("_")[1]): count * DAY for name, count in days.items()}
    return HeldCase(person=str(person), held=held)


def table(cases: Iterable[HeldCase]) -> dict[Place, Cell]:
    return {(one.jurisdiction, one.step): one for one in held_table(cases)}


def given_places(found: Mapping[Place, Cell]) -> set[Place]:
    return {place for place, cell in found.items() if not cell.withheld}


def test_median_and_percentile_are_by_nearest_rank_and_totals_add_up_within_a_case() -> None:
    cases = [case(n, FR_history=n, FR_determination=1, ES_history=2) for n in range(1, 21)]
    found = table(cases)
    assert found["FR", HISTORY] == Cell(
        jurisdiction="FR", step=HISTORY, cases=20, median=10 * DAY, percentile_90=18 * DAY
    )
    assert found["FR", ALL].median == 11 * DAY
    assert found[ALL, HISTORY].median == 12 * DAY
    assert found[ALL, ALL].median == 13 * DAY
    assert given_places(found) == set(found)


def test_a_number_of_fewer_than_five_persons_is_withheld() -> None:
    assert given_places(table([case(n, FR_history=3) for n in range(4)])) == set()
    assert given_places(table([case(n, FR_history=3) for n in range(5)]))
    same_person = table([case("the same", FR_history=n) for n in range(30)])
    assert given_places(same_person) == set(), "thirty cases of one person are one person"


def test_a_percentile_needs_more_cases_than_a_median() -> None:
    found = table([case(n, FR_history=n) for n in range(19)])
    assert found["FR", HISTORY].median == 9 * DAY
    assert found["FR", HISTORY].percentile_90 is None


def test_many_cases_of_few_persons_have_no_percentile() -> None:
    """Twenty cases, sixteen of them of one person, whose times the percentile would tell."""
    cases = [case(min(n, 4), FR_history=n) for n in range(20)]
    found = table(cases)
    assert found["FR", HISTORY].cases == 20
    assert found["FR", HISTORY].percentile_90 is None


def test_a_small_number_cannot_be_had_as_the_total_less_the_rest() -> None:
    many = [case(n, FR_history=1, ES_history=1, FR_summary=1, ES_summary=1) for n in range(40)]
    few = [case(f"few {n}", FR_determination=1, ES_determination=1) for n in range(2)]
    others = [case(f"other {n}", ES_determination=1) for n in range(10)]
    found = table([*many, *few, *others])
    assert found["FR", DECISION].withheld
    row = {step for (country, step), cell in found.items() if country == "FR" and cell.withheld}
    column = {
        country for (country, step), cell in found.items() if step == DECISION and cell.withheld
    }
    assert len(row) >= 2
    assert len(column) >= 2


def test_where_a_country_has_one_step_its_total_goes_too() -> None:
    cases = [case(n, FR_history=1, ES_history=1) for n in range(20)]
    cases += [case(f"few {n}", DE_history=1) for n in range(3)]
    found = table(cases)
    assert found["DE", HISTORY].withheld
    assert found["DE", ALL].withheld


def test_ranks_are_those_of_the_share_itself() -> None:
    for count in (100, 210):
        cell = table([case(n, FR_history=n) for n in range(1, count + 1)])["FR", HISTORY]
        assert cell.median == count // 2 * DAY
        assert cell.percentile_90 == count * 9 // 10 * DAY


def test_of_what_protects_a_small_number_the_smallest_goes_and_a_total_last() -> None:
    cases = [case(n, FR_history=1, FR_summary=1, FR_request=1, FR_closure=1) for n in range(30)]
    cases += [case(f"more {n}", FR_history=1, FR_summary=1) for n in range(10)]
    cases += [case(f"few {n}", FR_determination=1) for n in range(2)]
    found = table(cases)
    steps = {step for (country, step), cell in found.items() if country == "FR" and cell.withheld}
    assert steps == {DECISION, "closure"}
    assert not found["FR", ALL].withheld


def test_what_protects_one_line_may_give_away_another_and_then_more_goes() -> None:
    """In the columns a and b another country goes each time, and so one number of each of them."""
    cases = []
    for n in range(30):
        steps = {"DE_b": 1, "DE_c": 1, "ES_a": 1, "ES_c": 1, "FR_c": 1}
        steps |= {"DE_a": 1, "ES_b": 1} if n < 10 else {}
        steps |= {"FR_b": 1} if n < 6 else {}
        steps |= {"FR_a": 1} if n < 3 else {}
        cases.append(case(n, **steps))
    found = table(cases)
    withheld = {place for place, cell in found.items() if cell.withheld}
    assert withheld >= {("FR", "a"), ("FR", "b"), ("DE", "a"), ("ES", "b")}
    for axis in (0, 1):
        for name in {place[axis] for place in found}:
            assert len([place for place in withheld if place[axis] == name]) != 1


def test_no_case_makes_no_table() -> None:
    assert held_table([]) == ()


COUNTRIES, STEPS = ("FR", "ES", "DE"), (HISTORY, DECISION, "delivery")
HELD = st.dictionaries(
    st.tuples(st.sampled_from(COUNTRIES), st.sampled_from(STEPS)),
    st.integers(0, 900).map(lambda days: days * DAY),
    max_size=6,
)


@given(st.lists(st.builds(HeldCase, person=st.integers(0, 30), held=HELD), max_size=60))
def test_no_line_ever_has_exactly_one_number_withheld(cases: list[HeldCase]) -> None:
    found = table(cases)
    persons: dict[Place, set[object]] = {}
    for one in cases:
        for country, step in one.held:
            for place in ((country, step), (country, ALL), (ALL, step), (ALL, ALL)):
                persons.setdefault(place, set()).add(one.person)
    assert set(found) == set(persons)
    for place, cell in found.items():
        assert cell.withheld or len(persons[place]) >= FEWEST
        assert cell.withheld == (cell.median is None)
    for line in (
        *(
            [cell for (one, _), cell in found.items() if one == country]
            for country in (*COUNTRIES, ALL)
        ),
        *([cell for (_, one), cell in found.items() if one == step] for step in (*STEPS, ALL)),
    ):
        withheld = sum(cell.withheld for cell in line)
        assert withheld != 1 or len(line) == 1
