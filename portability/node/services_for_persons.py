"""The services for persons and for those who help them, made from a node's parts."""

from portability.node.agreements.scopes import shipped_scope
from portability.node.audit.bundle_parts import TrustFiles
from portability.node.audit.person_export import PersonExporter
from portability.node.cases.objections import Objections
from portability.node.cases.objections_service import ObjectionsService
from portability.node.cases.own_cases import OwnCasesService
from portability.node.cases.parts import CaseParts
from portability.node.consents.acts import ConsentActs
from portability.node.consents.assistants import Assistants
from portability.node.consents.confirming import Confirming
from portability.node.consents.counter import Counter
from portability.node.consents.counter_service import CounterService
from portability.node.consents.ends import ConsentEnds
from portability.node.consents.preparing import ConsentPreparer
from portability.node.consents.service import ConsentsService
from portability.node.erasure.holds import Holds
from portability.node.erasure.requests import ErasureRequests
from portability.node.erasure.service import ErasuresService
from portability.node.parts import Parts
from portability.node.persons.complaints import Complaints
from portability.node.persons.complaints_service import ComplaintsService
from portability.node.persons.key_acts import KeyActs
from portability.node.persons.keys import PersonKeys
from portability.node.persons.keys_service import KeysService
from portability.node.persons.record_objections import RecordObjections
from portability.node.persons.service import PersonsService


def persons_service(parts: Parts) -> PersonsService:
    return PersonsService(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        directory=parts.directory,
        node_key=parts.keys.node,
        clock=parts.world.clock,
        randomness=parts.world.randomness,
        jurisdiction=parts.config.jurisdiction,
        exporter=person_exporter(parts),
    )


def keys_service(parts: Parts, cases: CaseParts) -> KeysService:
    keys = _person_keys(parts)
    return KeysService(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        keys=keys,
        acts=KeyActs(
            keys=keys,
            ends=_consent_ends(parts, cases),
            assistants=_assistants(parts),
            passkeys=parts.config.passkeys,
            randomness=parts.world.randomness,
        ),
        passkeys=parts.config.passkeys,
        clock=parts.world.clock,
        randomness=parts.world.randomness,
    )


def consents_service(parts: Parts, cases: CaseParts) -> ConsentsService:
    return ConsentsService(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        directory=parts.directory,
        agreement_scope=shipped_scope,
        withdrawal=parts.config.withdrawal,
        node_key=parts.keys.node,
        clock=parts.world.clock,
        randomness=parts.world.randomness,
        jurisdiction=parts.config.jurisdiction,
        wake_outbox=cases.outbox.wake,
        tell_cases=cases.ends.tell,
        check_signed=parts.verifiers.check_act,
        exporter=person_exporter(parts),
    )


def counter_service(parts: Parts, cases: CaseParts) -> CounterService:
    keys = _person_keys(parts)
    return CounterService(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        counter=Counter(
            assistants=_assistants(parts),
            preparer=ConsentPreparer(
                directory=parts.directory,
                withdrawal=parts.config.withdrawal,
                keys=keys,
                randomness=parts.world.randomness,
                jurisdiction=parts.config.jurisdiction,
            ),
            acts=ConsentActs(
                keys=keys,
                jurisdiction=parts.config.jurisdiction,
                wake_outbox=cases.outbox.wake,
                tell_cases=cases.ends.tell,
            ),
            node_key=parts.keys.node,
            randomness=parts.world.randomness,
            jurisdiction=parts.config.jurisdiction,
        ),
        confirming=Confirming(node_key=parts.keys.node, randomness=parts.world.randomness),
        ends=_consent_ends(parts, cases),
        clock=parts.world.clock,
        randomness=parts.world.randomness,
    )


def erasures_service(parts: Parts) -> ErasuresService:
    return ErasuresService(
        database=parts.database,
        eraser=parts.eraser,
        holds=Holds(
            database=parts.database,
            sequencer=parts.sequencer,
            voice=parts.eraser.voice,
            randomness=parts.world.randomness,
        ),
        requests=ErasureRequests(
            database=parts.database,
            sequencer=parts.sequencer,
            voice=parts.eraser.voice,
            randomness=parts.world.randomness,
        ),
        clock=parts.world.clock,
    )


def complaints_service(parts: Parts, cases: CaseParts) -> ComplaintsService:
    return ComplaintsService(
        database=parts.database,
        prover=parts.prover,
        complaints=_complaint_book(parts, cases),
        clock=parts.world.clock,
        jurisdiction=parts.config.jurisdiction,
    )


def objections_service(parts: Parts, cases: CaseParts) -> ObjectionsService:
    keys = _person_keys(parts)
    return ObjectionsService(
        sequencer=parts.sequencer,
        prover=parts.prover,
        objections=Objections(keys=keys, writer=cases.writer),
        records=RecordObjections(
            keys=keys,
            complaints=_complaint_book(parts, cases),
            randomness=parts.world.randomness,
            jurisdiction=parts.config.jurisdiction,
        ),
        show=complaints_service(parts, cases).show,
    )


def own_cases_service(parts: Parts) -> OwnCasesService:
    return OwnCasesService(
        database=parts.database,
        prover=parts.prover,
        clock=parts.world.clock,
        jurisdiction=parts.config.jurisdiction,
    )


def person_exporter(parts: Parts) -> PersonExporter:
    return PersonExporter(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        trust=trust_files(parts),
        node_key=parts.keys.node,
        randomness=parts.world.randomness,
        jurisdiction=parts.config.jurisdiction,
    )


def trust_files(parts: Parts) -> TrustFiles:
    return TrustFiles(
        prover=parts.prover, directories=parts.directory.history, node_key=parts.keys.node
    )


def _complaint_book(parts: Parts, cases: CaseParts) -> Complaints:
    return Complaints(
        database=parts.database,
        sequencer=parts.sequencer,
        directory=parts.directory,
        node_key=parts.keys.node,
        jurisdiction=parts.config.jurisdiction,
        randomness=parts.world.randomness,
        wake_outbox=cases.outbox.wake,
    )


def _assistants(parts: Parts) -> Assistants:
    return Assistants(node_key=parts.keys.node, randomness=parts.world.randomness)


def _person_keys(parts: Parts) -> PersonKeys:
    return PersonKeys(
        node_key=parts.keys.node,
        randomness=parts.world.randomness,
        jurisdiction=parts.config.jurisdiction,
    )


def _consent_ends(parts: Parts, cases: CaseParts) -> ConsentEnds:
    return ConsentEnds(
        node_key=parts.keys.node,
        randomness=parts.world.randomness,
        tell_cases=cases.ends.tell,
    )
