"""Which services a node offers, made from its parts."""

from collections.abc import Callable, Sequence
from typing import Final, cast

import grpc
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from portability.node.cases.parts import CaseParts
from portability.node.parts import Parts
from portability.node.services_for_offices import (
    audit_service,
    case_parts,
    identities_service,
    notices_service,
    operator_service,
    records_service,
)
from portability.node.services_for_persons import (
    complaints_service,
    consents_service,
    counter_service,
    erasures_service,
    keys_service,
    objections_service,
    own_cases_service,
    persons_service,
)
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
    cases = case_parts(parts)
    parts.eraser.wake_outbox = cases.outbox.wake
    add_RecordsServiceServicer_to_server(records_service(parts, cases), server)
    add_PersonsServiceServicer_to_server(persons_service(parts), server)
    add_KeysServiceServicer_to_server(keys_service(parts, cases), server)
    add_ConsentsServiceServicer_to_server(consents_service(parts, cases), server)
    add_CounterServiceServicer_to_server(counter_service(parts, cases), server)
    add_ErasuresServiceServicer_to_server(erasures_service(parts), server)
    add_ComplaintsServiceServicer_to_server(complaints_service(parts, cases), server)
    add_OwnCasesServiceServicer_to_server(own_cases_service(parts), server)
    add_RecognitionServiceServicer_to_server(cases.recognition, server)
    add_SettlementServiceServicer_to_server(cases.settlement, server)
    add_ObjectionsServiceServicer_to_server(objections_service(parts, cases), server)
    add_NoticesServiceServicer_to_server(notices_service(parts), server)
    add_FederationServiceServicer_to_server(cases.federation, server)
    add_AuditServiceServicer_to_server(audit_service(parts), server)
    add_IdentitiesServiceServicer_to_server(identities_service(parts, cases), server)
    add_OperatorServiceServicer_to_server(operator_service(parts, cases, under_way), server)
    add_AgreementsServiceServicer_to_server(cases.agreements, server)
    health_pb2_grpc.add_HealthServicer_to_server(healths, server)
    # by hand: `enable_server_reflection` asks the server's class whether to answer asynchronously
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(  # type: ignore[no-untyped-call]
        reflection.aio.ReflectionServicer(NAMES), server
    )
    return cases
