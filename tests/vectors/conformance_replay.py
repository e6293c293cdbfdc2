"""
Cases for ``replay``: every step told with what it rests on, decisions computed again from the facts
signed with them, and the first step that does not follow named.
"""

from collections.abc import Callable
from dataclasses import replace

from portability.core.deciding import OwnClaim, decide
from portability.core.money import parse_money
from portability.core.pack_parser import parse_pack
from portability.ledger.envelope import statement_id
from portability.recognition.decision_check import determination_of
from portability.recognition.stated_facts import (
    FACTS_TYPE,
    StatedFacts,
    documents_of,
    write_stated_facts,
)
from portability.recognition.statements import (
    Closure,
    ClosureReason,
    Determination,
    Reconciliation,
)
from portability.wire.record import record_from_payload
from portability.wire.statement import statement_from_payload
from tests.vectors.conformance_case import Made, follows, made, replayed
from tests.vectors.conformance_story import (
    CASE_ID,
    CNAV,
    ES,
    INSS,
    NOW,
    SOURCE,
    World,
    add_record,
    add_result,
    claim,
    consented,
    determinations,
    settled,
    statement_path,
)

FACTS = b"""\
[scheme.FR]
unit = "months"
minimum = { years = 10 }
independent = "700.00 EUR"
theoretical = "900.00 EUR"
"""
Change = Callable[[Determination], Determination]
Stating = Callable[[StatedFacts], StatedFacts]


def on_facts(
    change: Change = lambda said: said, stating: Stating = lambda said: said
) -> tuple[World, bytes]:
    """
    The settled case, in which France decides on facts that it signs; the id of these. ``change`` is
    what it decides in place of what follows, ``stating`` what it says it had known.
    """
    world = consented({})
    records = [world.only("entitlement"), add_record(world, INSS)]
    result = add_result(world, world.only("history-response"), records, {})
    _, spanish = determinations(world, result, {})
    header = world.header(CNAV, result)
    stated = StatedFacts(
        nonce=world.salt(),
        decision=header.salt,
        case_id=CASE_ID,
        institution=CNAV,
        created=NOW,
        documents=documents_of(None, FACTS, b""),
    )
    decided = replace(_follows_from(world, result, stated), header=header)
    payload = write_stated_facts(stating(stated))
    named = statement_id(FACTS_TYPE, payload)
    world.log(FACTS_TYPE, payload, "cnav", "FR")
    decisions = [
        world.say(change(replace(decided, facts=named)), "cnav"),
        world.say(spanish, "inss"),
    ]
    closure = Closure(header=world.header(ES, *decisions), reason=ClosureReason.SETTLED)
    world.say(closure, "ES node")
    return world, named


def _follows_from(world: World, result: bytes, stated: StatedFacts) -> Determination:
    agreed = world.placed[result].envelope
    reconciliation = statement_from_payload(agreed.payload_type, agreed.payload)
    assert isinstance(reconciliation, Reconciliation)
    periods = tuple(
        record_from_payload(world.placed[i].envelope.payload, i.hex()).period
        for i in reconciliation.inputs
    )
    own = OwnClaim(
        pack=parse_pack((SOURCE / "agreement.toml").read_bytes(), "agreement.toml"),
        branch=claim().branch,
        award_date=claim().award_date,
        jurisdiction="FR",
    )
    found = decide(own, periods, stated.read(periods))
    return determination_of(found, world.header(CNAV, result))


@follows("settled", "Every step of a settled case follows from what it names.")
def _settled() -> Made:
    return made(settled().files())


@follows("facts", "A decision computed again from the national facts signed with it.")
def _facts() -> Made:
    world, _ = on_facts()
    return made(world.files())


@follows("facts-unnamed", "The facts name the decision, which does not name them yet.")
def _unnamed() -> Made:
    world, _ = on_facts(lambda said: replace(said, facts=b""))
    return made(world.files())


def _wrong(name: str, why: str, note: str, **given: Change | Stating) -> None:
    replayed(name, "determination", why, note)(
        lambda: made(on_facts(**given)[0].files())  # type: ignore[arg-type]
    )


_wrong(
    "facts-other-amount",
    "it differs on the independent amount: 700.00 EUR computed again, 650.00 EUR signed",
    "The decision has another amount than the facts signed with it.",
    change=lambda said: replace(said, independent=parse_money("650.00 EUR")),
)
_wrong(
    "facts-other-minimum",
    "it differs on the right on own periods: yes computed again, no signed",
    "The facts give a right on own periods, and the decision denies it.",
    change=lambda said: replace(said, meets_minimum_alone=False),
)
_wrong(
    "facts-of-another-decision",
    "about another decision",
    "The facts that it names are of another decision.",
    stating=lambda said: replace(said, decision=bytes(32)),
)
_wrong(
    "facts-unreadable-law",
    "nothing can be decided: a decision needs the law that FR applies",
    "The facts hold no law that the country applies.",
    stating=lambda said: replace(said, documents=documents_of(None, b'residence = "FR"\n', b"")),
)


@replayed(
    "history-response-missing",
    "reconciliation",
    "which is not in the bundle",
    "The result names an answer that the bundle does not show.",
)
def _missing() -> Made:
    world = settled()
    answer = world.only("history-response")
    files = world.files()
    for path in [path for path in files if answer.hex() in path]:
        del files[path]
    assert statement_path(answer) not in files
    return made(files)
