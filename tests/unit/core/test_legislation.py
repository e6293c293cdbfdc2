"""Which legislation applies: 883/2004 Art 11 to 16 and 987/2009 Art 6, 14 and 16, rule by rule."""

from collections.abc import Mapping
from datetime import date

import pytest

from portability.agreements import pack_source
from portability.core.agreement import Pack
from portability.core.answering import answer_case
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError, NoAgreementError
from tests.unit.core.builders import EU

PACKS = {EU.id: EU}
HEAD = 'kind = "applicable-legislation"\nagreement = "eu-883-2004"\n'


def decide(text: str, *, residence: str = "BE", date: str = "2024-01-01") -> Mapping[str, object]:
    source = f'{HEAD}date = {date}\nresidence = "{residence}"\n{text}'
    return answer_case(source.encode(), "work.toml", PACKS).to_json()


def work(jurisdiction: str, kind: str = "employed", **more: object) -> str:
    def toml(value: object) -> str:
        return f'"{value}"' if isinstance(value, str) else str(value).lower()

    more = {"employer": "one", "seat": "FR"} | more if kind == "employed" else more
    rows = [f'kind = "{kind}"', f'jurisdiction = "{jurisdiction}"']
    rows += [f"{key} = {value if key in DATES else toml(value)}" for key, value in more.items()]
    return "[[activity]]\n" + "\n".join(rows) + "\n"


DATES = {"start", "end"}


def reasons(found: Mapping[str, object]) -> str:
    listed = found["reasons"]
    assert isinstance(listed, list)
    return "; ".join(item["text"] for item in listed)


@pytest.mark.parametrize(("share", "competent"), [(25, "BE"), (24, "FR")])
def test_a_quarter_at_the_residence_is_a_substantial_part(share: int, competent: str) -> None:
    found = decide(work("BE", time=share) + work("FR", time=100 - share))

    assert found["competent"] == competent


def test_one_criterion_is_enough_and_the_difference_is_reported() -> None:
    found = decide(work("BE", time=10, pay=30) + work("FR", time=90, pay=70))

    assert found["competent"] == "BE"
    assert isinstance(found["discrepancies"], list)
    assert found["discrepancies"][0]["kind"] == "criteria-differ"
    assert "only pay reaches 25 %" in found["discrepancies"][0]["detail"]


@pytest.mark.parametrize(("word", "competent"), [("true", "BE"), ("false", "FR")])
def test_what_the_institution_found_replaces_the_figures(word: str, competent: str) -> None:
    found = decide(f"substantial_at_residence = {word}\n" + work("BE") + work("FR"))

    assert found["competent"] == competent
    assert "as the institution found" in reasons(found)


def test_without_figures_the_refusal_says_what_to_give() -> None:
    with pytest.raises(InvalidInputError, match=r"^work.toml: activity: give time or pay"):
        decide(work("BE") + work("FR"))


def test_figures_that_are_all_zero_are_no_figures() -> None:
    with pytest.raises(InvalidInputError, match="give time or pay"):
        decide(work("BE", time=0) + work("FR", time=0))


@pytest.mark.parametrize(
    ("seats", "competent", "article"),
    [
        (("FR",), "FR", "883/2004 Art 13(1)(b)(i)"),
        (("FR", "FR"), "FR", "883/2004 Art 13(1)(b)(ii)"),
        (("FR", "BE"), "FR", "883/2004 Art 13(1)(b)(iii)"),
        (("FR", "DE"), "BE", "883/2004 Art 13(1)(b)(iv)"),
        (("FR", "DE", "BE"), "BE", "883/2004 Art 13(1)(b)(iv)"),
        (("BE", "BE"), "BE", "883/2004 Art 13(1)(b)(ii)"),
        (("US",), "BE", "987/2009 Art 14(11)"),
        (("US", "FR"), "FR", "883/2004 Art 13(1)(b)(ii)"),
    ],
)
def test_without_a_substantial_part_the_seats_decide(
    seats: tuple[str, ...], competent: str, article: str
) -> None:
    parts = [
        work(place, employer=f"employer {number}", seat=seat)
        for place in ("FR", "DE")
        for number, seat in enumerate(seats)
    ]

    found = decide("".join(parts))

    assert found["competent"] == competent
    assert article in found["basis"]  # type: ignore[operator]


def test_before_june_2012_seats_in_different_states_led_to_the_residence() -> None:
    text = work("FR", seat="FR") + work("DE", employer="two", seat="BE")

    assert decide(text, date="2012-06-27")["competent"] == "BE"
    assert decide(text, date="2012-06-28")["competent"] == "FR"


def test_the_seat_must_be_known_where_the_law_depends_on_it() -> None:
    text = work("FR") + '[[activity]]\nkind = "employed"\njurisdiction = "DE"\n'

    with pytest.raises(InvalidInputError, match="say where employer 2 has its seat"):
        decide(text)


def test_an_activity_below_five_per_cent_is_disregarded() -> None:
    found = decide(work("BE", time=4) + work("FR", time=96))

    assert found["competent"] == "FR"
    assert found["rule"] == "place-of-work"
    assert "marginal activities are disregarded" in reasons(found)


def test_before_june_2012_nothing_was_marginal() -> None:
    found = decide(work("BE", time=4, marginal=True) + work("FR", time=96), date="2012-06-27")

    assert found["rule"] == "seat-of-employer"


def test_an_activity_that_the_institution_found_not_to_be_marginal_counts() -> None:
    found = decide(work("BE", time=4, marginal=False) + work("FR", time=96))

    assert found["rule"] == "seat-of-employer"


def test_if_everything_is_marginal_everything_counts() -> None:
    found = decide(work("FR", marginal=True))

    assert found["rule"] == "place-of-work"
    assert found["jurisdictions"]["FR"]["marginal"] is False  # type: ignore[index]


def test_work_that_ended_or_begins_after_a_year_is_not_projected() -> None:
    text = work("BE", time=50, end="2023-12-31") + work("DE", time=50, start="2025-01-01")

    assert decide(text + work("FR", time=50))["rule"] == "place-of-work"
    assert decide(text.replace("2025-01-01", "2024-12-31") + work("FR"))["rule"] != "place-of-work"


def test_a_self_employed_person_with_a_substantial_part_at_home_stays_there() -> None:
    text = work("BE", "self-employed", turnover=30) + work("FR", "self-employed", turnover=70)

    found = decide(text)

    assert found["competent"] == "BE"
    assert "883/2004 Art 13(2)(a)" in found["basis"]  # type: ignore[operator]


def test_otherwise_the_centre_of_interest_decides() -> None:
    text = work("IT", "self-employed", income=10) + work("FR", "self-employed", income=90)

    assert decide(text)["competent"] == "FR"
    assert decide('centre_of_interest = "IT"\n' + text)["competent"] == "IT"
    assert decide(text)["basis"] == [
        "883/2004 Art 11(1)",
        "883/2004 Art 13(2)(b)",
        "987/2009 Art 14(8)",
        "883/2004 Art 13(5)",
    ]


@pytest.mark.parametrize("size", [{"income": 50}, {}])
def test_a_tied_or_unknown_centre_of_interest_is_left_to_a_person(size: dict[str, object]) -> None:
    found = decide(work("IT", "self-employed", **size) + work("FR", "self-employed", **size))

    assert found["competent"] is None
    assert found["rule"] == "undetermined"
    assert found["discrepancies"][0]["kind"] == "legislation-undetermined"  # type: ignore[index]


def test_employment_prevails_over_self_employment_elsewhere() -> None:
    found = decide(work("FR") + work("DE", "self-employed", time=90))

    assert found["competent"] == "FR"
    assert "883/2004 Art 13(3)" in found["basis"]  # type: ignore[operator]


def test_employment_outside_the_union_leaves_the_rules_on_self_employment() -> None:
    text = work("US") + work("BE", "self-employed", time=50) + work("DE", "self-employed", time=50)

    assert decide(text)["competent"] == "BE"


def test_a_civil_servant_stays_with_the_administration() -> None:
    found = decide(work("NL", "civil-servant") + work("BE", time=90))

    assert found["competent"] == "NL"
    assert found["basis"] == [
        "883/2004 Art 11(1)",
        "883/2004 Art 13(4)",
        "883/2004 Art 13(5)",
    ]


def test_a_civil_servant_working_abroad_stays_with_the_administration() -> None:
    found = decide(work("FR", "civil-servant", seat="NL"))

    assert found["competent"] == "NL"
    assert found["basis"] == ["883/2004 Art 11(1)", "883/2004 Art 11(3)(b)"]


def test_a_civil_servant_with_another_job_in_the_same_state_works_there() -> None:
    found = decide(work("NL", "civil-servant") + work("NL"))

    assert found["competent"] == "NL"
    assert found["basis"] == [
        "883/2004 Art 11(1)",
        "883/2004 Art 11(3)(b)",
        "883/2004 Art 11(3)(a)",
    ]


def test_a_servant_of_a_third_state_s_administration_is_an_employed_person() -> None:
    found = decide(work("FR", "civil-servant", seat="US"))

    assert found["rule"] == "place-of-work"


def test_a_civil_servant_of_two_states_is_left_to_an_agreement() -> None:
    found = decide(work("NL", "civil-servant") + work("FR", "civil-servant"))

    assert found["competent"] is None


def test_seafarers_follow_the_flag_unless_paid_where_they_live() -> None:
    sea = '[[activity]]\nkind = "seafarer"\njurisdiction = "NO"\nflag = "NO"\nseat = "{}"\n'

    flag, home = decide(sea.format("FR")), decide(sea.format("BE"))

    assert (flag["competent"], home["competent"]) == ("NO", "BE")
    assert flag["basis"] == home["basis"]


def test_air_crew_follow_the_home_base_since_june_2012() -> None:
    text = work("FR", "air-crew", home_base="IE", seat="IE")

    assert decide(text)["competent"] == "IE"
    assert decide(text, date="2012-01-01")["competent"] == "FR"


@pytest.mark.parametrize(
    ("kind", "place", "competent", "article"),
    [
        ("unemployment-benefit", "BE", "BE", "883/2004 Art 11(3)(c)"),
        ("military-service", "FI", "FI", "883/2004 Art 11(3)(d)"),
    ],
)
def test_without_work_benefit_and_service_decide(
    kind: str, place: str, competent: str, article: str
) -> None:
    found = decide(work(place, kind))

    assert found["competent"] == competent
    assert article in found["basis"]  # type: ignore[operator]


def test_everyone_else_is_subject_to_the_law_of_residence() -> None:
    assert decide("")["basis"] == ["883/2004 Art 11(1)", "883/2004 Art 11(3)(e)"]


def test_contract_staff_choose_once_or_stay_where_they_work() -> None:
    staff = '[[activity]]\nkind = "contract-staff"\njurisdiction = "LU"\n'

    assert decide(staff)["competent"] == "LU"
    assert decide('nationality = "GR"\n' + staff + 'choice = "GR"\n')["competent"] == "GR"
    with pytest.raises(InvalidInputError, match="contract staff may choose"):
        decide(staff + 'choice = "GR"\n')


POSTING = '[posting]\nfrom = "FR"\nto = "ES"\nstart = 2024-01-01\n'


def test_a_posting_of_24_months_keeps_the_law_and_one_day_more_does_not() -> None:
    kept, lost = (
        decide(POSTING + f"end = {end}\n", residence="FR") for end in ("2025-12-31", "2026-01-01")
    )

    assert (kept["competent"], lost["competent"]) == ("FR", "ES")
    assert "longer than 24 months" in reasons(lost)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ("", "no end of the posting is foreseen"),
        ("end = 2024-12-31\nreplaces_posted_person = true", "replaces another posted person"),
        ("end = 2024-12-31\nnormally_active = false", "employer does not normally work in FR"),
        ("end = 2024-12-31\nsubject_before = false", "not subject to the law of FR"),
        (
            'end = 2024-12-31\nkind = "self-employed"\nsimilar_activity = false',
            "the activity abroad is not similar",
        ),
    ],
)
def test_a_posting_that_misses_a_condition_leaves_the_law_of_the_work(more: str, text: str) -> None:
    found = decide(POSTING + more + "\n", residence="FR")

    assert found["competent"] == "ES"
    assert text in reasons(found)


def test_the_self_employed_may_go_abroad_too() -> None:
    found = decide(POSTING + 'end = 2024-12-31\nkind = "self-employed"\n', residence="FR")

    assert found["basis"] == ["883/2004 Art 11(1)", "883/2004 Art 12(2)"]


@pytest.mark.parametrize(("ends", "competent"), [("2023-10-31", "FR"), ("2023-11-01", "ES")])
def test_an_earlier_posting_counts_unless_two_months_lie_between(ends: str, competent: str) -> None:
    earlier = f"[[posting.earlier]]\nstart = 2022-06-01\nend = {ends}\n"

    found = decide(POSTING + "end = 2024-12-31\n" + earlier, residence="FR")

    assert found["competent"] == competent


def test_a_continued_posting_within_the_limit_says_from_when_it_counts() -> None:
    earlier = "[[posting.earlier]]\nstart = 2023-10-01\nend = 2023-12-01\n"

    found = decide(POSTING + "end = 2024-12-31\n" + earlier, residence="FR")

    assert "counted from 2023-10-01" in reasons(found)


def test_on_a_day_outside_the_posting_it_decides_nothing() -> None:
    text = POSTING + "end = 2024-12-31\n" + work("FR")

    assert decide(text, residence="FR", date="2023-06-01")["rule"] == "place-of-work"


@pytest.mark.parametrize(("day", "rule"), [("2023-12-31", "residence"), ("2024-01-01", "posting")])
def test_nobody_works_abroad_before_the_first_day_of_the_posting(day: str, rule: str) -> None:
    found = decide(POSTING + "end = 2024-12-31\n", residence="FR", date=day)

    assert (found["competent"], found["rule"]) == ("FR", rule)


def test_the_law_of_the_work_begins_with_the_work() -> None:
    text = work("DE", start="2024-01-01") + work("FR", start="2024-03-01")

    assert decide(text, date="2023-12-31")["rule"] == "residence"
    assert decide(text)["competent"] == "FR"  # both are projected, and the employer is French


def test_an_agreed_exception_overrides_everything_on_its_days() -> None:
    agreed = '[exception]\njurisdiction = "DE"\nstart = 2024-01-01\nend = 2024-06-30\n'
    text = POSTING + "end = 2024-12-31\n" + agreed

    assert decide(text, residence="FR")["competent"] == "DE"
    assert decide(text, residence="FR", date="2024-07-01")["competent"] == "FR"
    assert decide('[exception]\njurisdiction = "DE"\n')["rule"] == "exception"


@pytest.mark.parametrize(
    ("text", "residence", "asked", "provisional", "article"),
    [
        (work("FR"), "BE", "", "FR", "987/2009 Art 6(1)(a)"),
        (work("FR", time=9) + work("BE", time=9), "BE", "", "BE", "987/2009 Art 6(1)(b)"),
        ("", "BE", "", "BE", "987/2009 Art 6(1)(b)"),
        (work("FR") + work("DE"), "BE", 'first_asked = "DE"', "DE", "987/2009 Art 6(1)(c)"),
    ],
)
def test_a_dispute_has_a_provisional_order(
    text: str, residence: str, asked: str, provisional: str, article: str
) -> None:
    found = decide(f"{text}[dispute]\n{asked}\n", residence=residence)

    assert found["provisionally"] == provisional
    assert found["provisional_basis"] == [article]


def test_what_a_commission_limit_rests_on_is_told_where_there_is_one() -> None:
    dispute = work("FR") + '[dispute]\nfirst_asked = "FR"\n'

    without = decide(dispute)
    limited = decide(dispute + "arose = 2024-01-15\n")

    assert not {"commission_from", "commission_basis"} & without.keys()
    assert limited["commission_from"] == "2024-02-15"
    assert limited["commission_basis"] == ["987/2009 Art 6(3)"]


def test_a_dispute_without_work_at_home_needs_the_state_first_asked() -> None:
    with pytest.raises(InvalidInputError, match="say first_asked"):
        decide(work("FR") + work("DE") + "[dispute]\n")


@pytest.mark.parametrize(
    ("date", "objection", "state"),
    [
        ("2024-03-15", "", "provisional"),
        ("2024-03-16", "", "final"),
        ("2024-03-16", "objection = 2024-03-15", "objected"),
        ("2024-04-01", "objection = 2024-03-16", "final"),
    ],
)
def test_a_decision_is_final_after_two_months_without_objection(
    date: str, objection: str, state: str
) -> None:
    found = decide(work("FR") + f"[informed]\non = 2024-01-15\n{objection}\n", date=date)

    assert found["state"] == state
    assert found["objections_until"] == "2024-03-15"


@pytest.mark.parametrize(
    ("state", "branch", "more", "allowed"),
    [
        ("FR", "sickness", "", True),
        ("DE", "old-age", "earlier_activity = true", True),
        ("DE", "old-age", "", False),
        ("DE", "old-age", "earlier_activity = true\nallowed_by_law = false", False),
        ("DE", "sickness", "earlier_activity = true", False),
    ],
)
def test_a_voluntary_scheme_elsewhere_is_open_for_pensions_after_earlier_work(
    state: str, branch: str, more: str, *, allowed: bool
) -> None:
    asked = f'[[voluntary]]\njurisdiction = "{state}"\nbranch = "{branch}"\n{more}\n'

    found = decide(work("FR") + asked)

    assert found["jurisdictions"][state][f"voluntary_{branch}"] is allowed  # type: ignore[index]


def test_a_branch_may_be_named_and_changes_nothing() -> None:
    source = (
        f'{HEAD}branch = "sickness"\ndate = 2024-01-01\nresidence = "BE"\n[expect]\nrule = "x"\n'
    )

    found = answer_case(source.encode(), "work.toml", PACKS)

    assert found.expectations.failed[0]["actual"] == "residence"
    assert found.to_json()["expectations"] == {
        "met": 0,
        "failed": [{"key": "rule", "expected": "x", "actual": "residence"}],
    }


def test_who_lives_outside_the_agreement_is_subject_to_the_law_of_the_work() -> None:
    assert decide(work("FR"), residence="US")["competent"] == "FR"


def test_rules_that_lead_outside_the_agreement_are_left_to_a_person() -> None:
    text = work("FR", seat="FR") + work("DE", employer="two", seat="DE")

    found = decide(text, residence="US")

    assert found["competent"] is None
    assert "the rules lead to US" in reasons(found)


CERTIFICATE = '[certificate]\nissuer = "DE"\nstart = 2024-01-01\n'


def test_a_document_binds_until_its_issuer_withdraws_it() -> None:
    held, gone, later = (
        decide(work("FR") + CERTIFICATE + more)
        for more in ("", "withdrawn = true\n", "end = 2023-12-31\n".replace("2023", "2024"))
    )

    assert (held["competent"], gone["competent"], later["competent"]) == ("DE", "FR", "DE")
    assert held["rule"] == "certificate"
    assert held["discrepancies"][0]["kind"] == "certificate-differs"  # type: ignore[index]
    assert later["until"] == "2024-12-31"


def test_a_document_that_says_what_the_rules_say_is_no_discrepancy() -> None:
    found = decide(work("DE", seat="DE") + CERTIFICATE)

    assert found["discrepancies"] == []


def test_a_document_whose_days_are_over_binds_nobody() -> None:
    text = CERTIFICATE.replace("2024", "2023") + "end = 2023-12-31\n"

    assert decide(work("FR") + text)["competent"] == "FR"


def test_a_day_before_the_agreement_is_refused_by_its_name() -> None:
    with pytest.raises(NoAgreementError, match=r"^work.toml, line 3: the agreement .* is not"):
        decide(work("FR"), date="2009-01-01")


def test_an_agreement_without_such_rules_is_refused() -> None:
    source = HEAD.replace("eu-883-2004", "other") + 'date = 2024-01-01\nresidence = "BE"\n'

    with pytest.raises(NoAgreementError, match="agreement must be one of eu-883-2004"):
        answer_case(source.encode(), "work.toml", PACKS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[activity]]\nkind = "seafarer"\njurisdiction = "NO"', r"activity\[1\].flag is missing"),
        ('[[activity]]\nkind = "air-crew"\njurisdiction = "NO"', "home_base is missing"),
        (work("FR", time=-1), "time must not be negative"),
        (work("fra"), "must be a code of two capital letters"),
        (work("FR", start="2024-02-01", end="2024-01-01"), "end lies before start"),
        (POSTING.replace("ES", "FR"), "must be another jurisdiction than from"),
        (POSTING + 'kind = "seafarer"', "must be employed or self-employed"),
        (POSTING + "end = 2023-01-01", "end lies before start"),
        ('nothing = "known"', "is not a key that is known here"),
    ],
)
def test_a_file_that_cannot_be_answered_is_refused_with_the_key(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        decide(text)


def test_the_residence_is_always_needed() -> None:
    with pytest.raises(InvalidInputError, match="residence is missing"):
        answer_case(f"{HEAD}date = 2024-01-01\n".encode(), "work.toml", PACKS)


def test_an_unknown_kind_of_file_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="kind must be applicable-legislation"):
        answer_case(b'kind = "other"\n', "work.toml", PACKS)


JAPAN = parse_pack(pack_source("jp-gb"), "jp-gb.toml")
GULF = parse_pack(pack_source("gcc"), "gcc.toml")


def convention(text: str, pack: Pack = JAPAN, residence: str = "GB") -> Mapping[str, object]:
    head = f'kind = "applicable-legislation"\nagreement = "{pack.id}"\ndate = 2024-06-01\n'
    source = f'{head}residence = "{residence}"\n{text}'
    return answer_case(source.encode(), "work.toml", {pack.id: pack}).to_json()


SENT = '[posting]\nfrom = "JP"\nto = "GB"\nstart = 2022-04-01\nend = {}\n'


def test_an_agreement_outside_the_union_has_its_own_limit_of_posting() -> None:
    kept, lost = (convention(SENT.format(day)) for day in ("2027-03-31", "2027-04-01"))

    assert (kept["competent"], lost["competent"]) == ("JP", "GB")
    assert "posting does not apply: it is expected to last longer than 60 months" in reasons(lost)
    assert kept["basis"] == [JAPAN.dated("posting_limit_months", date(2024, 6, 1)).source]


def test_an_exception_is_possible_under_every_agreement() -> None:
    agreed = '[exception]\njurisdiction = "JP"\n'

    assert convention(agreed + work("GB"))["rule"] == "exception"


@pytest.mark.parametrize("text", [work("GB") + work("JP"), ""])
def test_where_an_agreement_says_no_more_a_person_must(text: str) -> None:
    assert convention(text)["competent"] is None


def test_work_at_one_place_is_subject_to_its_law() -> None:
    assert convention(work("GB"))["rule"] == "place-of-work"


def test_insurance_at_home_needs_the_nationality() -> None:
    with pytest.raises(InvalidInputError, match="nationality: say of which party"):
        convention(work("BH"), GULF, "BH")
    assert convention('nationality = "KW"\n' + work("BH"), GULF, "BH")["competent"] == "KW"
