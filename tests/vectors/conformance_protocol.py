"""Cases about what decisions name, whom requests mean, and answers that were not complete."""

from collections.abc import Callable
from dataclasses import replace

from portability.consent.scope import Party
from portability.recognition.claim_withdrawal import claim_withdrawal
from portability.recognition.identity import IdentityOutcome, IdentityResolution
from portability.recognition.statements import Closure, ClosureReason
from portability.wire.identity import RESOLUTION_TYPE, resolution_to_payload
from portability.wire.record import subject_commitment
from tests.vectors.conformance_case import Made, accepted, made, refused
from tests.vectors.conformance_story import (
    CNAV,
    ES,
    INSS,
    NOW,
    PERSON,
    World,
    add_record,
    add_result,
    claim,
    consented,
    determinations,
)


def decided(named: Callable[[World], bytes]) -> Made:
    """The whole case, in which each decision names one statement more beside its result."""
    world = consented()
    records = [world.only("entitlement"), add_record(world, INSS)]
    result = add_result(world, world.only("history-response"), records, {})
    ids = []
    for one in determinations(world, result, {}):
        header = replace(one.header, predecessors=(result, named(world)))
        ids.append(world.say(replace(one, header=header), one.header.sender.institution))
    world.say(Closure(header=world.header(ES, *ids), reason=ClosureReason.SETTLED), "ES node")
    return made(world.files())


def resolved(by: Party, outcome: IdentityOutcome) -> Made:
    """An officer said whom the request means before it was answered."""
    world = consented()
    salt = world.salt()
    is_matched = outcome is IdentityOutcome.MATCHED
    word = IdentityResolution(
        salt=salt,
        institution=by,
        request=world.only("history-request"),
        outcome=outcome,
        subject_commitment=subject_commitment(salt, PERSON["FR"]) if is_matched else b"",
        basis="documents",
        created=NOW,
    )
    world.log(RESOLUTION_TYPE, resolution_to_payload(word), by.institution, by.jurisdiction)
    return made(world.files())


@accepted("decision-names-agreement", "Each decision names that the other country has agreed.")
def _names_agreement() -> Made:
    return decided(lambda world: world.only("countersignature"))


@refused(
    "decision-names-no-agreement",
    13,
    "names what is neither a countersignature",
    "Each decision names an answer beside its result, where an agreement or an objection belongs.",
)
def _names_an_answer() -> Made:
    return decided(lambda world: world.only("history-response"))


@accepted("identity-resolved", "An officer of the institution that was asked said who is meant.")
def _resolved() -> Made:
    return resolved(CNAV, IdentityOutcome.MATCHED)


@refused(
    "identity-resolved-by-another",
    13,
    "ES/inss says whom a request to FR/cnav means",
    "The institution that asks says itself whom its request means.",
)
def _by_another() -> Made:
    return resolved(INSS, IdentityOutcome.MATCHED)


@refused(
    "identity-nobody-and-records",
    13,
    "it says that the request means nobody, and records were given on it",
    "An officer says that the request means nobody, and the node gives somebody's records.",
)
def _nobody() -> Made:
    return resolved(CNAV, IdentityOutcome.NONE)


@refused(
    "record-left-out",
    12,
    "FR says that its list is complete at",
    "A record that was in the log before the answer, and within what was asked, is not in it.",
)
def _left_out() -> Made:
    return made(consented(between=lambda world, _: add_record(world, CNAV)).files())


@accepted("record-made-later", "A record that came into the log after the answer is no omission.")
def _later() -> Made:
    world = consented()
    add_record(world, CNAV)
    return made(world.files())


def given_up(by: str | None) -> Made:
    """The lead closes the claim as given up, on a document under this key, or on none."""
    world = consented()
    named = [] if by is None else [world.say(claim_withdrawal(world.header(ES), claim()), by)]
    closure = Closure(header=world.header(ES, *named), reason=ClosureReason.WITHDRAWN)
    world.say(closure, "ES node")
    return made(world.files())


@accepted("given-up", "The person gave the claim up under their own key, and the lead closed it.")
def _given_up() -> Made:
    return given_up("person")


@refused(
    "given-up-unsigned",
    13,
    "nothing that the person signed says so",
    "The lead closes the claim as given up, and the person has signed nothing of the kind.",
)
def _not_given_up() -> Made:
    return given_up(None)


@refused(
    "given-up-by-another",
    8,
    "the record of the person's key is missing or was not verified",
    "The lead closes the claim as given up, on a document under a key that is not the person's.",
)
def _given_up_by_another() -> Made:
    return given_up("stranger")
