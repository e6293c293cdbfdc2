"""Persons, their keys and what they complain of, made from what the node stands on."""

from portability.node.audit.person_export import PersonExporter
from portability.node.cases.permission_ends import TellCases
from portability.node.consents.parts import build_assistants, build_ends
from portability.node.foundation import Foundation
from portability.node.persons.accesses import Accesses
from portability.node.persons.assessing import IdentityDesk
from portability.node.persons.complaints import Complaints
from portability.node.persons.complaints_service import ComplaintsService
from portability.node.persons.key_acts import KeyActs
from portability.node.persons.key_codes import KeyCodes
from portability.node.persons.key_ends import KeyEnds
from portability.node.persons.keys import PersonKeys
from portability.node.persons.keys_service import KeysService
from portability.node.persons.own_data import OwnData
from portability.node.persons.passkeys import PasskeySettings
from portability.node.persons.service import PersonsService
from portability.node.persons.sign_in import SignIn


def build_persons_service(
    foundation: Foundation, *, keys: PersonKeys, exporter: PersonExporter
) -> PersonsService:
    return PersonsService(
        database=foundation.database,
        sequencer=foundation.sequencer,
        directory=foundation.directory,
        clock=foundation.world.clock,
        randomness=foundation.world.randomness,
        jurisdiction=foundation.jurisdiction,
        keys=keys,
        sign_in=SignIn(keys=keys, node_key=foundation.node_key),
        own=OwnData(
            database=foundation.database,
            prover=foundation.prover,
            clock=foundation.world.clock,
            exporter=exporter,
            jurisdiction=foundation.jurisdiction,
        ),
        identities=IdentityDesk(
            node_key=foundation.node_key, randomness=foundation.world.randomness
        ),
        accesses=build_accesses(foundation),
    )


def build_keys_service(
    foundation: Foundation,
    *,
    keys: PersonKeys,
    passkeys: PasskeySettings | None,
    tell_cases: TellCases,
) -> KeysService:
    """``tell_cases`` of permissions that end with a key."""
    return KeysService(
        database=foundation.database,
        sequencer=foundation.sequencer,
        prover=foundation.prover,
        keys=keys,
        codes=KeyCodes(keys=keys, assistants=build_assistants(foundation), passkeys=passkeys),
        acts=KeyActs(keys=keys, passkeys=passkeys, randomness=foundation.world.randomness),
        ends=KeyEnds(keys=keys, ends=build_ends(foundation, tell_cases)),
        passkeys=passkeys,
        clock=foundation.world.clock,
        randomness=foundation.world.randomness,
    )


def build_complaints_service(foundation: Foundation, complaints: Complaints) -> ComplaintsService:
    return ComplaintsService(
        database=foundation.database,
        prover=foundation.prover,
        complaints=complaints,
        clock=foundation.world.clock,
        jurisdiction=foundation.jurisdiction,
    )


def build_complaints(foundation: Foundation) -> Complaints:
    return Complaints(
        database=foundation.database,
        sequencer=foundation.sequencer,
        directory=foundation.directory,
        node_key=foundation.node_key,
        jurisdiction=foundation.jurisdiction,
        randomness=foundation.world.randomness,
        wake_outbox=foundation.wake_outbox,
    )


def build_person_keys(foundation: Foundation) -> PersonKeys:
    return PersonKeys(
        node_key=foundation.node_key,
        randomness=foundation.world.randomness,
        jurisdiction=foundation.jurisdiction,
    )


def build_accesses(foundation: Foundation) -> Accesses:
    return Accesses(
        database=foundation.database,
        prover=foundation.prover,
        node_key=foundation.node_key,
        clock=foundation.world.clock,
        randomness=foundation.world.randomness,
    )
