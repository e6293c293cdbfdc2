"""Which services a node offers, made from its parts."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, cast

import grpc
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from portability.node.agreements.scopes import shipped_scope
from portability.node.audit.bundle_parts import TrustFiles
from portability.node.audit.case_export import CaseExporter
from portability.node.audit.person_export import PersonExporter
from portability.node.audit.service import AuditService
from portability.node.cases.corrections import Corrections
from portability.node.cases.identities_service import IdentitiesService
from portability.node.cases.notices_service import NoticesService
from portability.node.cases.objections import Objections
from portability.node.cases.objections_service import ObjectionsService
from portability.node.cases.own_cases import OwnCasesService
from portability.node.cases.parts import CaseParts, Outside, build_case_parts
from portability.node.cases.previewing import CorrectionPreviews
from portability.node.consents.acts import ConsentActs
from portability.node.consents.assistants import Assistants
from portability.node.consents.confirming import Confirming
from portability.node.consents.counter import Counter
from portability.node.consents.counter_service import CounterService
from portability.node.consents.ends import ConsentEnds
from portability.node.consents.preparing import ConsentPreparer
from portability.node.consents.service import ConsentsService
from portability.node.erasure.holds import Holds
from portability.node.erasure.notices import ErasureNotices
from portability.node.erasure.requests import ErasureRequests
from portability.node.erasure.service import ErasuresService
from portability.node.operating.service import OperatorService
from portability.node.parts import Parts
from portability.node.peers.replaying import Replayer
from portability.node.persons.accesses import Accesses
from portability.node.persons.complaints import Complaints
from portability.node.persons.complaints_service import ComplaintsService
from portability.node.persons.key_acts import KeyActs
from portability.node.persons.keys import PersonKeys
from portability.node.persons.keys_service import KeysService
from portability.node.persons.record_objections import RecordObjections
from portability.node.persons.service import PersonsService
from portability.node.records.service import RecordsService
from portability.v1 import (
    agreements_service_pb2,
    audit_service_pb2,
    complaints_service_pb2,
    consents_service_pb2,
    counter_service_pb2,
    erasures_service_pb2,
    federation_service_pb2,
    identities_service_pb2,
    keys_service_pb2,
    notices_service_pb2,
    objections_service_pb2,
    operator_service_pb2,
    own_cases_service_pb2,
    persons_service_pb2,
    recognition_service_pb2,
    records_service_pb2,
    settlement_service_pb2,
)
from portability.v1.agreements_service_pb2_grpc import add_AgreementsServiceServicer_to_server
from portability.v1.audit_service_pb2_grpc import add_AuditServiceServicer_to_server
from portability.v1.complaints_service_pb2_grpc import add_ComplaintsServiceServicer_to_server
from portability.v1.consents_service_pb2_grpc import add_ConsentsServiceServicer_to_server
from portability.v1.counter_service_pb2_grpc import add_CounterServiceServicer_to_server
from portability.v1.erasures_service_pb2_grpc import add_ErasuresServiceServicer_to_server
from portability.v1.federation_service_pb2_grpc import add_FederationServiceServicer_to_server
from portability.v1.identities_service_pb2_grpc import add_IdentitiesServiceServicer_to_server
from portability.v1.keys_service_pb2_grpc import add_KeysServiceServicer_to_server
from portability.v1.notices_service_pb2_grpc import add_NoticesServiceServicer_to_server
from portability.v1.objections_service_pb2_grpc import add_ObjectionsServiceServicer_to_server
from portability.v1.operator_service_pb2_grpc import add_OperatorServiceServicer_to_server
from portability.v1.own_cases_service_pb2_grpc import add_OwnCasesServiceServicer_to_server
from portability.v1.persons_service_pb2_grpc import add_PersonsServiceServicer_to_server
from portability.v1.recognition_service_pb2_grpc import add_RecognitionServiceServicer_to_server
from portability.v1.records_service_pb2_grpc import add_RecordsServiceServicer_to_server
from portability.v1.settlement_service_pb2_grpc import add_SettlementServiceServicer_to_server

FILES: Final[tuple[FileDescriptor, ...]] = (
    records_service_pb2.DESCRIPTOR,
    persons_service_pb2.DESCRIPTOR,
    keys_service_pb2.DESCRIPTOR,
    consents_service_pb2.DESCRIPTOR,
    counter_service_pb2.DESCRIPTOR,
    erasures_service_pb2.DESCRIPTOR,
    complaints_service_pb2.DESCRIPTOR,
    own_cases_service_pb2.DESCRIPTOR,
    recognition_service_pb2.DESCRIPTOR,
    settlement_service_pb2.DESCRIPTOR,
    objections_service_pb2.DESCRIPTOR,
    notices_service_pb2.DESCRIPTOR,
    federation_service_pb2.DESCRIPTOR,
    audit_service_pb2.DESCRIPTOR,
    operator_service_pb2.DESCRIPTOR,
    identities_service_pb2.DESCRIPTOR,
    agreements_service_pb2.DESCRIPTOR,
)

NAMES: Final = (
    *(service.full_name for file in FILES for service in file.services_by_name.values()),
    health.SERVICE_NAME,
    reflection.SERVICE_NAME,
)
"""The full names of everything that a node serves."""


class _ByName:
    """
    A server that looks methods up by name only.

    Generated code also registers each method with gRPC's core, and the asyncio server then waits
    for one future per registered method at every call: with forty methods that is a tenth of what
    a call costs here, and the look-up by name is a dictionary's.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        self._server.add_generic_rpc_handlers(tuple(handlers))

    def add_registered_method_handlers(self, service_name: str, handlers: object) -> None:
        """Nothing: the generic handlers have them all."""


def add_services(
    bare_server: grpc.aio.Server,
    parts: Parts,
    healths: health.aio.HealthServicer,
    *,
    under_way: Callable[[], int],
) -> CaseParts:
    """Register every service. What is returned drives cases: start it, and close it in the end."""
    server = cast("grpc.aio.Server", _ByName(bare_server))
    cases = _cases(parts)
    parts.eraser.wake_outbox = cases.outbox.wake
    add_RecordsServiceServicer_to_server(_records(parts, cases), server)
    add_PersonsServiceServicer_to_server(_persons(parts), server)
    add_KeysServiceServicer_to_server(_keys(parts, cases), server)
    add_ConsentsServiceServicer_to_server(_consents(parts, cases), server)
    add_CounterServiceServicer_to_server(_counter(parts, cases), server)
    add_ErasuresServiceServicer_to_server(_erasures(parts), server)
    add_ComplaintsServiceServicer_to_server(_complaints(parts, cases), server)
    add_OwnCasesServiceServicer_to_server(_own_cases(parts), server)
    add_RecognitionServiceServicer_to_server(cases.recognition, server)
    add_SettlementServiceServicer_to_server(cases.settlement, server)
    add_ObjectionsServiceServicer_to_server(_objections(parts, cases), server)
    add_NoticesServiceServicer_to_server(_notices(parts), server)
    add_FederationServiceServicer_to_server(cases.federation, server)
    add_AuditServiceServicer_to_server(_audit(parts), server)
    add_IdentitiesServiceServicer_to_server(_identities(parts, cases), server)
    add_OperatorServiceServicer_to_server(_operator(parts, cases, under_way), server)
    add_AgreementsServiceServicer_to_server(cases.agreements, server)
    health_pb2_grpc.add_HealthServicer_to_server(healths, server)
    # by hand: `enable_server_reflection` asks the server's class whether to answer asynchronously
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(  # type: ignore[no-untyped-call]
        reflection.aio.ReflectionServicer(NAMES), server
    )
    return cases


def _records(parts: Parts, cases: CaseParts) -> RecordsService:
    corrections = Corrections(
        jurisdiction=parts.config.jurisdiction,
        writer=cases.writer,
        discloser=cases.discloser,
        directory=parts.directory,
        randomness=parts.world.randomness,
    )
    return RecordsService(
        corrections=corrections,
        previews=CorrectionPreviews(
            jurisdiction=parts.config.jurisdiction,
            database=parts.database,
            corrections=corrections,
            clock=parts.world.clock,
        ),
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        verifiers=parts.verifiers,
        directory=parts.directory,
        clock=parts.world.clock,
    )


def _objections(parts: Parts, cases: CaseParts) -> ObjectionsService:
    keys = PersonKeys(
        node_key=parts.keys.node,
        randomness=parts.world.randomness,
        jurisdiction=parts.config.jurisdiction,
    )
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
        show=_complaints(parts, cases).show,
    )


def _notices(parts: Parts) -> NoticesService:
    return NoticesService(
        jurisdiction=parts.config.jurisdiction,
        database=parts.database,
        prover=parts.prover,
        clock=parts.world.clock,
    )


def _persons(parts: Parts) -> PersonsService:
    return PersonsService(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        directory=parts.directory,
        node_key=parts.keys.node,
        clock=parts.world.clock,
        randomness=parts.world.randomness,
        jurisdiction=parts.config.jurisdiction,
        exporter=_person_exporter(parts),
    )


def _keys(parts: Parts, cases: CaseParts) -> KeysService:
    keys = PersonKeys(
        node_key=parts.keys.node,
        randomness=parts.world.randomness,
        jurisdiction=parts.config.jurisdiction,
    )
    return KeysService(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        keys=keys,
        acts=KeyActs(
            keys=keys,
            ends=ConsentEnds(
                node_key=parts.keys.node,
                randomness=parts.world.randomness,
                tell_cases=cases.ends.tell,
            ),
            assistants=_assistants(parts),
            passkeys=parts.config.passkeys,
            randomness=parts.world.randomness,
        ),
        passkeys=parts.config.passkeys,
        clock=parts.world.clock,
        randomness=parts.world.randomness,
    )


def _consents(parts: Parts, cases: CaseParts) -> ConsentsService:
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
        exporter=_person_exporter(parts),
    )


def _counter(parts: Parts, cases: CaseParts) -> CounterService:
    keys = PersonKeys(
        node_key=parts.keys.node,
        randomness=parts.world.randomness,
        jurisdiction=parts.config.jurisdiction,
    )
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
        ends=ConsentEnds(
            node_key=parts.keys.node,
            randomness=parts.world.randomness,
            tell_cases=cases.ends.tell,
        ),
        clock=parts.world.clock,
        randomness=parts.world.randomness,
    )


def _assistants(parts: Parts) -> Assistants:
    return Assistants(node_key=parts.keys.node, randomness=parts.world.randomness)


def _erasures(parts: Parts) -> ErasuresService:
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


def _complaints(parts: Parts, cases: CaseParts) -> ComplaintsService:
    return ComplaintsService(
        database=parts.database,
        prover=parts.prover,
        complaints=_complaint_book(parts, cases),
        clock=parts.world.clock,
        jurisdiction=parts.config.jurisdiction,
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


def _own_cases(parts: Parts) -> OwnCasesService:
    return OwnCasesService(
        database=parts.database,
        prover=parts.prover,
        clock=parts.world.clock,
        jurisdiction=parts.config.jurisdiction,
    )


def _cases(parts: Parts) -> CaseParts:
    return build_case_parts(
        jurisdiction=parts.config.jurisdiction,
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        directory=parts.directory,
        node_key=parts.keys.node,
        agreement_scope=shipped_scope,
        peer=parts.peers,
        require_signed=parts.config.agreements.require_signed,
        witness=parts.witness,
        erasures=ErasureNotices(
            voice=parts.eraser.voice,
            rules=parts.config.erasure.rules,
            ask_to_settle=parts.eraser.ask_to_settle,
            wake_outbox=parts.eraser.wake,
        ),
        outside=Outside(
            clock=parts.world.clock,
            sleep=asyncio.sleep,
            randomness=parts.world.randomness,
            fault=parts.world.fault,
            monotonic=parts.world.monotonic,
        ),
        delay=parts.config.answers,
        pause=lambda: parts.maintenance.pause,
        protocol_version=parts.config.protocol_version,
        signatures=parts.verifiers,
    )


def _identities(parts: Parts, cases: CaseParts) -> IdentitiesService:
    return IdentitiesService(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        directory=parts.directory,
        clock=parts.world.clock,
        wake=cases.driver.wake,
    )


def _operator(parts: Parts, cases: CaseParts, under_way: Callable[[], int]) -> OperatorService:
    return OperatorService(
        jurisdiction=parts.config.jurisdiction,
        database=parts.database,
        directory=parts.directory,
        maintenance=parts.maintenance,
        failing=cases.outbox.failing,
        under_way=under_way,
        replayer=Replayer(
            database=parts.database,
            sequencer=parts.sequencer,
            directory=parts.directory,
            inbox=cases.federation.inbox,
        ),
    )


def _audit(parts: Parts) -> AuditService:
    return AuditService(
        database=parts.database,
        prover=parts.prover,
        witness=parts.witness,
        sequencer=parts.sequencer,
        accesses=Accesses(
            database=parts.database,
            prover=parts.prover,
            node_key=parts.keys.node,
            clock=parts.world.clock,
            randomness=parts.world.randomness,
        ),
        clock=parts.world.clock,
        jurisdiction=parts.config.jurisdiction,
        files=parts.log_files,
        cases=CaseExporter(
            database=parts.database,
            prover=parts.prover,
            trust=_trust_files(parts),
            jurisdiction=parts.config.jurisdiction,
        ),
        persons=_person_exporter(parts),
    )


def _person_exporter(parts: Parts) -> PersonExporter:
    return PersonExporter(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        trust=_trust_files(parts),
        node_key=parts.keys.node,
        randomness=parts.world.randomness,
        jurisdiction=parts.config.jurisdiction,
    )


def _trust_files(parts: Parts) -> TrustFiles:
    return TrustFiles(
        prover=parts.prover, directories=parts.directory.history, node_key=parts.keys.node
    )
