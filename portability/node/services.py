"""Which services a node offers, made from its parts."""

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from portability.node.agreement_scopes import shipped_scope
from portability.node.consents_service import ConsentsService
from portability.node.parts import Parts
from portability.node.persons_service import PersonsService
from portability.node.records_service import RecordsService
from portability.v1 import consents_service_pb2, persons_service_pb2, records_service_pb2
from portability.v1.consents_service_pb2_grpc import add_ConsentsServiceServicer_to_server
from portability.v1.persons_service_pb2_grpc import add_PersonsServiceServicer_to_server
from portability.v1.records_service_pb2_grpc import add_RecordsServiceServicer_to_server


def add_services(
    server: grpc.aio.Server, parts: Parts, healths: health.aio.HealthServicer
) -> tuple[str, ...]:
    """Register every service; their full names, health and reflection included."""
    add_RecordsServiceServicer_to_server(_records(parts), server)
    add_PersonsServiceServicer_to_server(_persons(parts), server)
    add_ConsentsServiceServicer_to_server(_consents(parts), server)
    files = (records_service_pb2, persons_service_pb2, consents_service_pb2)
    names = tuple(
        service.full_name for file in files for service in file.DESCRIPTOR.services_by_name.values()
    )
    health_pb2_grpc.add_HealthServicer_to_server(healths, server)
    names = (*names, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    return names


def _records(parts: Parts) -> RecordsService:
    return RecordsService(
        database=parts.database,
        sequencer=parts.sequencer,
        prover=parts.prover,
        verifiers=parts.verifiers,
        directory=parts.directory,
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
    )


def _consents(parts: Parts) -> ConsentsService:
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
        wake_outbox=lambda: None,
    )
