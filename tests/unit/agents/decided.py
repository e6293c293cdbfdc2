"""A decision of one party of Rosa's case that names the national facts which it rests on."""

from collections.abc import Callable
from dataclasses import replace

from portability.agreements import pack_source
from portability.core.deciding import OwnClaim, decide
from portability.core.pack_parser import parse_pack
from portability.ledger.envelope import statement_id
from portability.recognition.decision_check import determination_of
from portability.recognition.stated_facts import (
    FACTS_TYPE,
    StatedFacts,
    documents_of,
    write_stated_facts,
)
from portability.recognition.statements import Determination, Reconciliation
from portability.wire.record import record_from_payload
from portability.wire.statement import statement_from_payload
from tests.unit.agents.rosa_case import CASE_ID, CNAV, NOW, RosasCase, claim, settled

SET_OFF = b"""
residence = "FR"
[scheme.FR]
unit = "months"
minimum = { years = 15 }
independent = "1200.00 EUR"
theoretical = "1500.00 EUR"

[[other_benefit]]
name = "survivor's pension"
jurisdiction = "CH"
amount = "120.00 EUR"
kind = "different"
reduces = ["FR"]
"""
"""A Swiss benefit, which French law sets off (883/2004 Art 55)."""


def as_it_is(found: Determination) -> Determination:
    return found


def decided_on(
    facts: bytes,
    change: Callable[[Determination], Determination] = as_it_is,
    stating: Callable[[StatedFacts], StatedFacts] = lambda stated: stated,
) -> tuple[RosasCase, bytes, bytes]:
    """
    Rosa's case in which France decides on these facts, the decision's id and that of the facts.

    ``change`` is what it signs in place of what follows, ``stating`` what it says it had known.
    """
    case = settled()
    for i in (*case.of_kind("determination"), *case.of_kind("closure")):
        del case.placed[i]
    (result,) = case.of_kind("reconciliation")
    header = case.header(CNAV, result)
    stated = stating(
        StatedFacts(
            nonce=case.salt(),
            decision=header.salt,
            case_id=CASE_ID,
            institution=CNAV,
            created=NOW,
            documents=documents_of(None, facts, b""),
        )
    )
    payload = write_stated_facts(stated)
    case.log(FACTS_TYPE, payload, "cnav", "FR")
    named = statement_id(FACTS_TYPE, payload)
    found = replace(_decision(case, result, stated), header=header, facts=named)
    return case, case.say(change(found), "cnav"), named


def _decision(case: RosasCase, result: bytes, stated: StatedFacts) -> Determination:
    envelope = case.placed[result].envelope
    agreed = statement_from_payload(envelope.payload_type, envelope.payload)
    assert isinstance(agreed, Reconciliation)
    periods = tuple(
        record_from_payload(case.placed[i].envelope.payload, i.hex()).period for i in agreed.inputs
    )
    own = OwnClaim(
        pack=parse_pack(pack_source("eu-883-2004"), "eu-883-2004.toml"),
        branch=claim().branch,
        award_date=claim().award_date,
        jurisdiction="FR",
    )
    found = decide(own, periods, stated.read(periods))
    return determination_of(found, case.header(CNAV, result))
