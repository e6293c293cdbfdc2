"""The table of who may call what: complete, and closed by default."""

from importlib import import_module
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

import portability.v1
from portability.errors import ForbiddenError
from portability.federation.identity import Identity, Role, parse_identity
from portability.node.calls.roles import RULES, Rule, authorize

GENERATED = sorted(path.stem for path in Path(portability.v1.__path__[0]).glob("*_service_pb2.py"))


def methods_of(descriptor: object) -> set[str]:
    services = descriptor.services_by_name.values()  # type: ignore[attr-defined]
    return {
        f"/{service.full_name}/{method.name}" for service in services for method in service.methods
    }


def all_methods() -> set[str]:
    found: set[str] = set()
    for name in GENERATED:
        found |= methods_of(import_module(f"portability.v1.{name}").DESCRIPTOR)
    return found | methods_of(health_pb2.DESCRIPTOR) | methods_of(reflection_pb2.DESCRIPTOR)


def allow(uri: str, method: str, *, at: str = "FR") -> None:
    authorize(parse_identity(uri), method, jurisdiction=at, members=lambda: {"FR", "ES"})


def refuse(uri: str, method: str, *, at: str = "FR") -> ForbiddenError:
    with pytest.raises(ForbiddenError) as refusal:
        allow(uri, method, at=at)
    return refusal.value


def test_all_services_of_the_contract_are_generated() -> None:
    protos = Path(__file__).parents[3] / "proto/portability/v1"
    assert [f"{path.stem}_pb2" for path in sorted(protos.glob("*_service.proto"))] == GENERATED


def test_the_table_has_every_method_that_a_node_can_serve_and_no_other() -> None:
    assert set(RULES) == all_methods()


def test_every_method_can_be_called_by_somebody() -> None:
    assert [method for method, rule in RULES.items() if rule == Rule()] == []


def test_a_method_that_is_not_in_the_table_is_refused_to_everybody() -> None:
    for role in Role:
        institution = "x" if role in {Role.AGENCY, Role.AUDITOR} else ""
        caller = Identity(jurisdiction="FR", role=role, institution=institution)
        refuse(caller.uri, "/portability.v1.RecordsService/DropRecords")


def test_an_agency_submits_records_at_its_own_node_only() -> None:
    allow("portability://FR/agency/cnav", "/portability.v1.RecordsService/SubmitRecord")
    error = refuse("portability://ES/agency/inss", "/portability.v1.RecordsService/SubmitRecord")
    assert error.context["role"] == "agency"
    assert error.context["jurisdiction"] == "ES"


def test_only_the_node_of_another_member_delivers_statements() -> None:
    deliver = "/portability.v1.FederationService/DeliverStatements"
    allow("portability://ES/node", deliver)
    refuse("portability://FR/node", deliver)
    refuse("portability://DE/node", deliver)
    refuse("portability://ES/agency/inss", deliver)


def test_a_person_is_reached_through_the_portal_of_their_own_jurisdiction() -> None:
    own = "/portability.v1.PersonsService/ListOwnRecords"
    allow("portability://FR/portal", own)
    refuse("portability://ES/portal", own)
    refuse("portability://FR/agency/cnav", own)
    refuse("portability://FR/operator", own)


def test_an_auditor_reads_receipts_and_no_records() -> None:
    allow("portability://FR/auditor/cdc", "/portability.v1.AuditService/ListReceipts")
    refuse("portability://FR/auditor/cdc", "/portability.v1.RecordsService/GetRecord")
    refuse("portability://FR/agency/cnav", "/portability.v1.AuditService/ListReceipts")


def test_the_public_side_of_the_log_is_for_every_member_and_nobody_else() -> None:
    checkpoint = "/portability.v1.AuditService/GetCheckpoint"
    allow("portability://ES/auditor/tcu", checkpoint)
    allow("portability://ES/node", checkpoint)
    refuse("portability://DE/node", checkpoint)
