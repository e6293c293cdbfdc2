"""Which services a node offers, made from its parts."""

from collections.abc import Callable, Sequence
from typing import Final, cast

import grpc
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from portability.node.audit.parts import build_audit_service, build_person_exporter
from portability.node.cases.parts import CaseParts, build_case_parts
from portability.node.cases.services import (
    build_identities_service,
    build_notices_service,
    build_objections_service,
    build_own_cases_service,
)
from portability.node.consents.parts import build_consents_service, build_counter_service
from portability.node.erasure.parts import build_erasure_notices, build_erasures_service
from portability.node.healths import Healths
from portability.node.operating.parts import build_operator_service
from portability.node.parts import Parts
from portability.node.persons.parts import (
    build_complaints,
    build_complaints_service,
    build_keys_service,
    build_person_keys,
    build_persons_service,
)
from portability.node.records.parts import build_records_service
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
    healths: Healths,
    *,
    under_way: Callable[[], int],
) -> CaseParts:
    """Register every service. What is returned drives cases: start it, and close it in the end."""
    server = cast("grpc.aio.Server", _ByName(bare_server))
    cases = _cases(parts)
    _add_for_cases(server, parts, cases)
    _add_for_persons(server, parts, cases)
    _add_for_consents(server, parts, cases)
    _add_for_offices(server, parts, cases, under_way)
    health_pb2_grpc.add_HealthServicer_to_server(healths, server)
    # by hand: `enable_server_reflection` asks the server's class whether to answer asynchronously
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(  # type: ignore[no-untyped-call]
        reflection.aio.ReflectionServicer(NAMES), server
    )
    return cases


def _cases(parts: Parts) -> CaseParts:
    config = parts.config
    return build_case_parts(
        parts.foundation,
        peer=parts.peers,
        delay=config.answers,
        witness=parts.log.witness,
        erasures=build_erasure_notices(parts.foundation, parts.eraser, config.erasure.rules),
        require_signed=config.agreements.require_signed,
        signatures=parts.verifiers,
        ask_to_settle=parts.eraser.ask_to_settle,
    )


def _add_for_cases(server: grpc.aio.Server, parts: Parts, cases: CaseParts) -> None:
    """What institutions and other nodes say in cases, and between cases."""
    foundation = parts.foundation
    identities = build_identities_service(foundation, cases.driver.wake)
    add_RecognitionServiceServicer_to_server(cases.recognition, server)
    add_SettlementServiceServicer_to_server(cases.settlement, server)
    add_NoticesServiceServicer_to_server(build_notices_service(foundation), server)
    add_IdentitiesServiceServicer_to_server(identities, server)
    add_FederationServiceServicer_to_server(cases.federation, server)
    add_AgreementsServiceServicer_to_server(cases.agreements, server)


def _add_for_persons(server: grpc.aio.Server, parts: Parts, cases: CaseParts) -> None:
    """Who persons are, what there is of them, and what they object to or complain of."""
    foundation = parts.foundation
    keys = build_person_keys(foundation)
    exporter = build_person_exporter(foundation, parts.directory.history)
    complaints = build_complaints(foundation)
    complaining = build_complaints_service(foundation, complaints)
    persons = build_persons_service(foundation, keys=keys, exporter=exporter)
    own_keys = build_keys_service(
        foundation, keys=keys, passkeys=parts.config.passkeys, tell_cases=cases.ends.tell
    )
    objections = build_objections_service(
        foundation, keys=keys, writer=cases.writer, complaints=complaints, shown_by=complaining
    )
    add_PersonsServiceServicer_to_server(persons, server)
    add_KeysServiceServicer_to_server(own_keys, server)
    notices = build_erasure_notices(foundation, parts.eraser, parts.config.erasure.rules)
    erasures = build_erasures_service(foundation, parts.eraser, notices)
    add_ErasuresServiceServicer_to_server(erasures, server)
    add_ComplaintsServiceServicer_to_server(complaining, server)
    add_OwnCasesServiceServicer_to_server(build_own_cases_service(foundation), server)
    add_ObjectionsServiceServicer_to_server(objections, server)


def _add_for_consents(server: grpc.aio.Server, parts: Parts, cases: CaseParts) -> None:
    """What persons allow and take back, on their own or at a counter."""
    keys = build_person_keys(parts.foundation)
    consents = build_consents_service(
        parts.foundation,
        keys=keys,
        withdrawal=parts.config.withdrawal,
        tell_cases=cases.ends.tell,
        check_signed=parts.verifiers.check_act,
        exporter=build_person_exporter(parts.foundation, parts.directory.history),
    )
    counter = build_counter_service(
        parts.foundation,
        keys=keys,
        withdrawal=parts.config.withdrawal,
        tell_cases=cases.ends.tell,
    )
    add_ConsentsServiceServicer_to_server(consents, server)
    add_CounterServiceServicer_to_server(counter, server)


def _add_for_offices(
    server: grpc.aio.Server, parts: Parts, cases: CaseParts, under_way: Callable[[], int]
) -> None:
    """What institutions bring, auditors take away and operators ask."""
    records = build_records_service(
        parts.foundation,
        verifiers=parts.verifiers,
        writer=cases.writer,
        discloser=cases.discloser,
    )
    audit = build_audit_service(
        parts.foundation,
        directories=parts.directory.history,
        files=parts.log.files,
        witness=parts.log.witness,
    )
    operator = build_operator_service(
        parts.foundation,
        outbox=cases.outbox,
        inbox=cases.federation.inbox,
        fetch_again=cases.recaller.fetch_again,
        maintenance=parts.maintenance,
        under_way=under_way,
    )
    add_RecordsServiceServicer_to_server(records, server)
    add_AuditServiceServicer_to_server(audit, server)
    add_OperatorServiceServicer_to_server(operator, server)
