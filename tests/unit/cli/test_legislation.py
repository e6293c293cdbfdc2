"""Decisions without money on a screen: applicable legislation, family benefits, payment abroad."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from portability.agreements import pack_source
from portability.cli.case import settle_files, show
from portability.core.answering import answer_case
from portability.core.pack_parser import parse_pack
from portability.examples import example_source

PACKS = {"eu-883-2004": parse_pack(pack_source("eu-883-2004"), "eu-883-2004")}


def shown(source: bytes, width: int = 200) -> str:
    screen = io.StringIO()
    target = Console(file=screen, width=width, highlight=False, markup=False, emoji=False)
    show(target, [answer_case(source, "case.toml", PACKS)])
    return screen.getvalue()


def test_the_legislation_is_said_first_and_each_reason_names_its_article() -> None:
    text = shown(example_source("legislation-lives-netherlands-works-germany.toml"))

    assert "legislation that applies: NL" in text
    line = next(line for line in text.splitlines() if "40 % of time in NL" in line)
    assert "987/2009 Art 14(8)" in line
    assert "legislation does not apply" in text
    assert "expectations: 7 met, 0 not met" in text


def test_a_posting_shows_its_end_and_whether_it_is_final() -> None:
    text = shown(example_source("legislation-posting.toml"))

    assert "until: 2025-12-31" in text
    assert "the decision is: final" in text
    assert "objections until: 2024-04-15" in text


def test_a_dispute_shows_who_is_competent_for_now() -> None:
    text = shown(example_source("legislation-dispute.toml"))

    assert "while the states disagree: IT" in text
    assert "competent from the beginning: AT" in text


def test_what_the_facts_do_not_decide_is_said_with_what_to_do() -> None:
    source = b"""
kind = "applicable-legislation"
agreement = "eu-883-2004"
date = 2024-01-01
residence = "BE"
[[activity]]
kind = "civil-servant"
jurisdiction = "FR"
[[activity]]
kind = "civil-servant"
jurisdiction = "DE"
"""
    text = shown(source)

    assert "legislation that applies: the facts do not decide it" in text
    assert "what to do: Ask the authorities for an agreement on an exception." in text


def test_family_benefits_show_priority_refund_and_supplement() -> None:
    refund = shown(example_source("family-half-refund.toml"))
    supplement = shown(example_source("family-polish-supplement.toml"))

    assert "has priority and pays in full" in refund
    assert "refunds half of 299.86 EUR to LU" in refund
    assert "payable together: 299.86 EUR" in refund
    assert "pays as a supplement what 204.00 EUR exceed the 118.06 EUR" in supplement


def test_who_is_competent_and_what_changes_is_said_before_the_numbers() -> None:
    jobless = shown(example_source("unemployment-frontier-refund.toml"))
    changing = shown(example_source("family-change-within-month.toml"))

    assert "competent: FR (883/2004 Art 65(5)(a))" in jobless
    assert "last activity: DE" in jobless
    assert "pays first: DE" in changing
    assert "pays first from the next month: NL (987/2009 Art 59)" in changing
    assert "claimed on: 2023-12-20 (883/2004 Art 68(3))" in changing


def test_an_aggravation_and_payment_abroad_are_shown_as_numbers_of_their_own() -> None:
    worse = shown(example_source("invalidity-aggravation.toml"))
    abroad = shown(example_source("accident-competent-state.toml"))

    assert any("of which for aggravation" in x and "100.00 EUR" in x for x in worse.splitlines())
    assert any("paid where the person lives" in x and "Art 7" in x for x in abroad.splitlines())


def test_files_of_both_kinds_are_printed_together_as_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:

    for name in ("legislation-posting.toml", "family-half-refund.toml"):
        (tmp_path / name).write_bytes(example_source(name))

    status = settle_files(
        [tmp_path / "legislation-posting.toml", tmp_path / "family-half-refund.toml"], as_json=True
    )

    printed = capsys.readouterr().out
    assert status == 0
    assert '"competent": "FR"' in printed
    assert '"priority": "LU"' in printed


def test_a_decision_on_legislation_unfolds_on_request() -> None:
    screen = io.StringIO()
    target = Console(file=screen, width=200, highlight=False, markup=False, emoji=False)
    answer = answer_case(example_source("legislation-posting.toml"), "case.toml", PACKS)

    show(target, [answer], explained=True)

    assert "how each number comes about" in screen.getvalue()
    assert "Posted from FR to ES, 2024-01-01 to 2025-12-31, within 24 months" in screen.getvalue()
    assert "Exception: no exception was agreed  [883/2004 Art 16]" in screen.getvalue()
