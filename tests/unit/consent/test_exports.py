"""A consent record in the terms of others, judged by their own software where there is some."""

import json
from dataclasses import replace

import pytest
from fhir.resources.consent import Consent as FhirConsent
from rdflib import RDF, Graph, Namespace, URIRef

from portability.consent.document import ExpressedBy, Method, NoticeMode, Representation, Role
from portability.consent.exports import ConsentRecord, to_dpv, to_fhir, to_govstack
from portability.consent.statements import ConsentState
from tests.unit.consent.world import FIELDS, NOW, SCENE, grant

# rdflib's own parser of JSON-LD still uses what rdflib deprecates
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

DPV = Namespace("https://w3id.org/dpv#")
RECORD = ConsentRecord(
    id=SCENE.consent_id,
    document=SCENE.consent,
    state=ConsentState.GRANTED,
    changed_at=NOW,
    key_id=bytes([8]) * 32,
)
STATES = list(ConsentState)

GOVSTACK_REQUIRED = {
    "id": str,
    "agreement": str,
    "agreement_revision": str,
    "agreement_revision_hash": str,
    "individual": str,
    "state": str,
    "signature": dict,
}
"""The required fields of ConsentRecord in the schema table of GovStack's building block."""
GOVSTACK_STATES = {"unsigned", "pending more signatures", "signed"}


def in_state(state: ConsentState) -> ConsentRecord:
    return replace(RECORD, state=state)


def graph_of(record: ConsentRecord) -> Graph:
    """As an RDF library reads the JSON-LD; nothing is fetched, for the context is inside."""
    return Graph().parse(data=json.dumps(to_dpv(record)), format="json-ld")


@pytest.mark.parametrize("state", STATES)
def test_the_record_is_linked_data_about_one_consent_with_one_status(state: ConsentState) -> None:
    graph = graph_of(in_state(state))
    (record,) = graph.subjects(RDF.type, DPV.ConsentRecord)
    assert record == URIRef(RECORD.uri)
    (status,) = graph.objects(record, DPV.hasConsentStatus)
    (kind,) = graph.objects(status, RDF.type)
    assert str(kind).startswith(str(DPV) + "Consent")
    assert (kind == DPV.ConsentGiven) == (state is ConsentState.GRANTED)


def test_every_term_of_the_record_is_of_a_vocabulary_and_none_fell_out() -> None:
    graph = graph_of(RECORD)
    known = ("https://w3id.org/dpv#", "http://purl.org/dc/terms/", "urn:portability:", str(RDF))
    assert {str(p) for p in graph.predicates() if not str(p).startswith(known)} == set()
    data = {str(one).rpartition(".")[2] for one in graph.subjects(RDF.type, DPV.PersonalData)}
    assert data == set(FIELDS)


def test_two_grants_are_two_processes_with_their_own_data() -> None:
    two = (grant(fields=("start_date",)), grant(fields=("end_date",)))
    record = replace(RECORD, document=replace(SCENE.consent, grants=two))
    processes = list(graph_of(record).subjects(RDF.type, DPV.Process))
    assert len(processes) == len(two)


@pytest.mark.parametrize("state", STATES)
def test_fhirs_own_model_takes_the_record_and_gives_it_back(state: ConsentState) -> None:
    made = to_fhir(in_state(state))
    found = FhirConsent.model_validate_json(json.dumps(made))
    assert (found.status == "active") == (state is ConsentState.GRANTED)
    assert json.loads(found.model_dump_json())["provision"] == made["provision"]
    assert len(found.provision) == len(SCENE.consent.scope)


@pytest.mark.parametrize("method", list(Method))
def test_what_was_signed_on_paper_was_verified_by_no_key(method: Method) -> None:
    record = replace(RECORD, document=replace(RECORD.document, method=method))
    (verification,) = to_fhir(record)["verification"]  # type: ignore[misc]
    assert verification["verified"] == (method is not Method.PAPER)


def test_fhirs_model_refuses_what_is_no_consent() -> None:
    made = to_fhir(RECORD) | {"decision": {"code": "permit"}}
    with pytest.raises(ValueError, match="decision"):
        FhirConsent.model_validate_json(json.dumps(made))


@pytest.mark.parametrize("state", STATES)
def test_govstacks_record_has_each_required_field_and_a_known_state(state: ConsentState) -> None:
    made = to_govstack(in_state(state))
    for name, kind in GOVSTACK_REQUIRED.items():
        assert isinstance(made[name], kind), name
    assert made["state"] in GOVSTACK_STATES
    assert made["opt_in"] == (state in {ConsentState.GRANTED, ConsentState.PAUSED})


def test_who_signed_for_whom_and_how_is_told_in_govstacks_terms() -> None:
    ends = SCENE.consent.not_after
    proof = Representation(sha256=bytes(32), not_after=ends, acts=("consent",))
    document = replace(
        SCENE.consent,
        expressed_by=ExpressedBy(role=Role.GUARDIAN, proof=proof),
        notice=replace(SCENE.consent.notice, mode=NoticeMode.READ_ALOUD),
    )
    signature = to_govstack(replace(RECORD, document=document))["signature"]
    assert isinstance(signature, dict)
    assert signature["verification_signed_as"] == "delegate"
    assert signature["verification_method"].endswith("-spoken")


@pytest.mark.parametrize("write", [to_dpv, to_fhir, to_govstack])
def test_no_record_holds_a_name_or_number_of_the_person(write: object) -> None:
    text = json.dumps(write(RECORD))  # type: ignore[operator]
    assert SCENE.consent.subject in text, "the pairwise reference alone"
    for value in ("persons/", "Rosa", "28/12345678"):
        assert value not in text
