"""Reminders, escalation, retention and the gate follow the text that a case was opened under."""

from datetime import timedelta

import pytest

from portability.agreements import pack_source
from portability.node.agreements import book
from portability.node.agreements.texts import AgreementText, text_of
from portability.node.cases.loading import load_case
from portability.node.cases.notices import retention_of
from portability.recognition.case import CaseState
from portability.recognition.statements import Reminder
from portability.v1 import recognition_service_pb2 as pb
from tests.integration.recognition.bundles import bundle_of, judged
from tests.integration.recognition.test_joining_later import EU, sign
from tests.integration.recognition.test_late_and_contested import said
from tests.integration.recognition.world import AT_CNAV, Federation, Node, Rosa, consent

pytestmark = pytest.mark.asyncio

SOURCE = pack_source(EU)
SHORTER = text_of(
    EU,
    SOURCE.replace(b"answer      = 60", b"answer      = 10", 1)
    .replace(b"reminders   = 2", b"reminders   = 1", 1)
    .replace(b"883/2004 Art 77 with the data protection law", b"the law of before", 1),
)
"""The text of before, in which answers were due sooner, and one reminder came before the last."""


async def under_both(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch, earlier: AgreementText
) -> tuple[pb.OpenCaseResponse, pb.OpenCaseResponse]:
    """Two cases of Rosa: under an earlier text that both had signed, and under today's."""
    spain = federation.spain
    with monkeypatch.context() as before:
        before.setattr(book, "shipped_text", lambda _: earlier)
        await sign(federation)
        old = await spain.open_case(rosa.at_spain, AT_CNAV)
    federation.clock.now += timedelta(minutes=1)
    await sign(federation)
    return old, await spain.open_case(rosa.at_spain, AT_CNAV)


async def reminders(node: Node, case: str) -> list[Reminder]:
    return [one for one in await said(node, case, Reminder) if isinstance(one, Reminder)]


async def test_a_case_is_reminded_and_escalated_by_its_own_text_and_another_by_the_newer(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain, france = federation.nodes
    earlier, later = await under_both(federation, rosa, monkeypatch, SHORTER)
    france.wires["ES"].trouble = spain.wires["FR"].trouble = lambda: "lost"
    given = await consent(federation, rosa, not_after=federation.clock.now + timedelta(days=90))
    await spain.ask(earlier, given, text=SHORTER.digest)
    await spain.ask(later, given)
    asked = federation.clock.now
    await spain.cases.driver.work_through()
    for days in (11, 30):
        federation.clock.now += timedelta(days=days)
        await spain.cases.driver.work_through()
    sent = await reminders(spain, earlier.case.name)
    assert [(one.number, one.escalated) for one in sent] == [(1, False), (2, True)]
    assert sent[0].due == (asked + timedelta(days=10)).date()
    assert await reminders(spain, later.case.name) == []

    federation.clock.now += timedelta(days=20)
    await spain.cases.driver.work_through()
    (first,) = await reminders(spain, later.case.name)
    assert (first.number, first.escalated) == (1, False)
    for opened, words in ((earlier, "the law of before"), (later, "883/2004 Art 77")):
        async with spain.database.read() as connection:
            loaded = await load_case(
                connection,
                spain.database.vault,
                own="ES",
                case_id=opened.case.name.removeprefix("cases/"),
            )
        assert loaded is not None
        assert retention_of(loaded).startswith(words)


STRICTER = text_of(
    EU,
    SOURCE
    + b"""
[[consent_assurance.values]]
from   = 2010-05-01
value  = { identity = "high", act = "A3" }
source = "a choice of before, made up"
""",
)
"""The text of before, under which a key file was not enough to consent."""


async def test_the_gate_asks_what_the_text_of_the_case_asks(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, 2005)
    earlier, later = await under_both(federation, rosa, monkeypatch, STRICTER)
    given = await consent(federation, rosa)
    await spain.ask(earlier, given, text=STRICTER.digest)
    await spain.ask(later, given)
    await federation.settle()
    assert await spain.state(earlier.case.name) is CaseState.REFUSED
    assert await spain.state(later.case.name) is CaseState.AGREED
    report = judged(await bundle_of(spain, earlier.case.name), spain)
    assert report.verified, report.causes


OLDER = text_of(EU, SOURCE.replace(b'"2012-06-28"', b'"2012-06-27"'))
"""The text of before, whose values had another version."""


async def test_a_case_names_the_version_of_the_text_in_force_and_not_that_of_the_software(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, 2005)
    with monkeypatch.context() as before:
        before.setattr(book, "shipped_text", lambda _: OLDER)
        await sign(federation)
        opened = await spain.open_case(rosa.at_spain, AT_CNAV)
        await spain.ask(opened, await consent(federation, rosa))
        await federation.settle()
    assert opened.case.agreement_version == "2012-06-27"
    for node in federation.nodes:
        assert await node.state(opened.case.name) is CaseState.AGREED
        report = judged(await bundle_of(node, opened.case.name), node)
        assert report.verified, report.causes
