"""A record that is wrong, and complaints about institutions abroad: both reach who must answer."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.bundle_files import Scope, list_files
from agents.complaint_steps import verified_steps
from portability.consent.payload_types import SUBJECT_KEY_TYPE
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    ProofError,
    SignatureError,
)
from portability.federation.identity import parse_identity
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    NODE_LEVEL,
    Directory,
    KeyPurpose,
    build_directory,
)
from portability.ledger.envelope import (
    envelope_to_json,
    sign_envelope,
    statement_id,
    verify_envelope,
)
from portability.node.log.write import NewStatement
from portability.node.persons.complaints_abroad import check_objection
from portability.recognition.complaint import ComplaintAct, ComplaintStep
from portability.recognition.record_objection import (
    RECORD_OBJECTION_TYPE,
    read_record_objection,
)
from portability.v1 import complaint_pb2, statement_pb2
from portability.v1 import complaints_service_pb2 as pb
from portability.v1 import objections_service_pb2 as objections_pb
from portability.wire.complaint import COMPLAINT_TYPE, KIND, step_from_payload, step_to_payload
from portability.wire.envelope import envelope_from_bytes, envelope_to_pb
from portability.wire.proven import proven_from_pb, proven_to_pb, verify_proven
from portability.wire.subject_key import subject_key_from_payload
from tests.integration.recognition.bundles import judged
from tests.integration.recognition.world import (
    AT_CNAV,
    FEDERATION,
    NODE_KEYS,
    CallFrom,
    Federation,
    Node,
    Rosa,
    consent,
)
from tests.integration.together import together
from tests.unit.consent.world import MALLORY, ROOT

pytestmark = [
    pytest.mark.asyncio,
]

OMBUDSPERSON: Any = CallFrom("portability://ES/ombudsperson")
TEXT = "I worked there until June, not until May."


def steps(complaint: pb.Complaint, log_of: str) -> list[ComplaintStep]:
    """Each verified: in the log of that node, and signed by the node that it names."""
    found = []
    for one in complaint.steps:
        proven = proven_from_pb(one)
        said = step_from_payload(proven.envelope.payload)
        verify_proven(
            proven,
            FEDERATION,
            log_jurisdiction=log_of,
            expected_types={COMPLAINT_TYPE},
            signer=(said.home, NODE_LEVEL, KeyPurpose.NODE),
        )
        found.append(said)
    return found


async def object_to(
    federation: Federation, rosa: Rosa, record: bytes, **changes: Any
) -> objections_pb.SubmitRecordObjectionRequest:
    """What Rosa signed about a record, ready to be handed in."""
    spain = federation.spain
    said = {"grounds": "dates", "text": TEXT} | changes
    prepared = await spain.objections.PrepareRecordObjection(
        objections_pb.PrepareRecordObjectionRequest(session=rosa.session, record=record, **said),
        spain.portal,
    )
    envelope = sign_envelope(prepared.payload_type, prepared.document, rosa.key)
    return objections_pb.SubmitRecordObjectionRequest(envelope=envelope_to_pb(envelope))


async def listed(node: Node) -> list[pb.Complaint]:
    answer = await node.complaints.ListComplaints(pb.ListComplaintsRequest(), node.agency)
    return list(answer.complaints)


async def test_an_objection_to_a_record_is_signed_and_goes_to_who_issued_it(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    (record,) = await spain.insure(rosa.at_spain, 2005)
    handed = await object_to(federation, rosa, record)
    done = await spain.objections.SubmitRecordObjection(handed, spain.portal)
    (first,) = steps(done.complaint, "ES")
    said = read_record_objection(handed.envelope.payload)
    assert (said.record, str(said.issuer), said.text) == (record, "ES/inss", TEXT)
    assert (first.about, str(first.desk), first.text) == (record, "ES/inss", TEXT)
    assert first.objection == statement_id(RECORD_OBJECTION_TYPE, handed.envelope.payload)
    assert done.statement.envelope == handed.envelope, "as she signed it, in the log"
    check_objection(first, FEDERATION, "ES")
    again = await spain.objections.SubmitRecordObjection(handed, spain.portal)
    assert again.complaint.name == done.complaint.name
    (seen,) = await listed(spain)
    assert (seen.name, seen.objection.envelope) == (done.complaint.name, handed.envelope)


async def test_an_objection_to_a_record_that_comes_twice_at_once_is_one(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    (record,) = await spain.insure(rosa.at_spain, 2005)
    handed = await object_to(federation, rosa, record)
    one, same = await together(
        spain.sequencer, lambda: spain.objections.SubmitRecordObjection(handed, spain.portal)
    )
    assert same.complaint.name == one.complaint.name
    assert same.statement.leaf_index == one.statement.leaf_index
    assert [seen.name for seen in await listed(spain)] == [one.complaint.name]


async def test_only_the_person_objects_and_only_to_what_is_about_them(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    (record,) = await spain.insure(rosa.at_spain, 2005)
    (others,) = await spain.insure(await spain.enrol("28/55555555-40"), 2005)
    for wrong in (others, bytes(32)):
        with pytest.raises(NotFoundError):
            await object_to(federation, rosa, wrong)
    with pytest.raises(InvalidInputError, match="grounds"):
        await object_to(federation, rosa, record, grounds="it is a lie")
    handed = await object_to(federation, rosa, record)
    forged = sign_envelope(RECORD_OBJECTION_TYPE, handed.envelope.payload, MALLORY)
    with pytest.raises(SignatureError):
        await spain.objections.SubmitRecordObjection(
            objections_pb.SubmitRecordObjectionRequest(envelope=envelope_to_pb(forged)),
            spain.portal,
        )
    changed = sign_envelope(RECORD_OBJECTION_TYPE, handed.envelope.payload + b" ", rosa.key)
    with pytest.raises(PreconditionError, match="not prepared here"):
        await spain.objections.SubmitRecordObjection(
            objections_pb.SubmitRecordObjectionRequest(envelope=envelope_to_pb(changed)),
            spain.portal,
        )
    assert await listed(spain) == []


async def test_an_objection_to_a_record_of_another_country_reaches_its_institution(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    (record,) = await france.insure(rosa.at_france, 2001)
    given = await consent(federation, rosa)
    await spain.ask(await spain.open_case(rosa.at_spain, AT_CNAV), given)
    await federation.settle()
    handed = await object_to(federation, rosa, record)
    done = await spain.objections.SubmitRecordObjection(handed, spain.portal)
    assert not done.complaint.delivered
    await federation.settle()

    (theirs,) = await listed(france)
    assert (theirs.name, theirs.person) == (done.complaint.name, rosa.at_france)
    assert (theirs.home, theirs.escalatable) == ("ES", False)
    (first,) = steps(theirs, "FR")
    assert (first.about, str(first.desk), first.text) == (record, "FR/cnav", TEXT)
    check_objection(first, FEDERATION, "ES")
    with pytest.raises(PreconditionError, match="filed in ES"):
        await france.complaints.EscalateComplaint(
            pb.EscalateComplaintRequest(name=theirs.name), france.agency
        )
    answer = pb.AnswerComplaintRequest(name=theirs.name, text="It is corrected.")
    await france.complaints.AnswerComplaint(answer, france.agency)
    await federation.settle()

    own = await spain.complaints.ListOwnComplaints(
        pb.ListOwnComplaintsRequest(session=rosa.session), spain.portal
    )
    (mine,) = own.complaints
    assert (mine.delivered, mine.escalatable) == (True, True)
    filed, answered = steps(mine, "ES")
    assert (filed.act, answered.act) == (ComplaintAct.FILED, ComplaintAct.ANSWERED)
    assert (str(answered.actor), answered.text) == ("FR/cnav", "It is corrected.")


async def test_a_complaint_about_another_country_ends_with_the_ombudsperson_at_home(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    request = pb.FileComplaintRequest(
        request_id=spain.request_id(),
        session=rosa.session,
        against=statement_pb2.Party(jurisdiction="FR", institution="cnav"),
        topic=complaint_pb2.COMPLAINT_TOPIC_DELAY,
        text="Nobody answers my letters.",
    )
    filed = (await spain.complaints.FileComplaint(request, spain.portal)).complaint
    await federation.settle()
    answer = pb.AnswerComplaintRequest(name=filed.name, text="We had lost the file.")
    await france.complaints.AnswerComplaint(answer, france.agency)
    await federation.settle()
    there = pb.EscalateComplaintRequest(name=filed.name)
    with pytest.raises(PreconditionError, match="taken further there"):
        await france.complaints.EscalateComplaint(there, france.agency)
    for uri in ("portability://FR/agency/carsat", "portability://FR/ombudsperson"):
        stranger: Any = CallFrom(uri)
        with pytest.raises(NotFoundError, match="there is no such complaint here"):
            await france.complaints.EscalateComplaint(there, stranger)
    onward = pb.EscalateComplaintRequest(name=filed.name, session=rosa.session, text="Not enough.")
    await spain.complaints.EscalateComplaint(onward, spain.portal)
    await spain.complaints.AnswerComplaint(answer, OMBUDSPERSON)
    await federation.settle()
    (theirs,) = await listed(france)
    assert [one.act for one in steps(theirs, "FR")] == list(ComplaintAct), "both hold all of it"
    assert len(verified_steps(theirs.steps, FEDERATION, "FR")) == len(ComplaintAct)
    with pytest.raises(PreconditionError, match="waits for no answer"):
        await france.complaints.AnswerComplaint(answer, france.agency)


async def test_an_answer_of_an_institution_abroad_that_its_node_did_not_sign_is_not_believed(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    request = pb.FileComplaintRequest(
        request_id=spain.request_id(),
        session=rosa.session,
        against=statement_pb2.Party(jurisdiction="FR", institution="cnav"),
        topic=complaint_pb2.COMPLAINT_TOPIC_DELAY,
        text="Nobody answers my letters.",
    )
    filed = (await spain.complaints.FileComplaint(request, spain.portal)).complaint
    (first,) = verified_steps(filed.steps, FEDERATION, "ES")
    before = statement_id(COMPLAINT_TYPE, filed.steps[0].envelope.payload)
    payload = step_to_payload(
        replace(
            first,
            header=replace(first.header, predecessors=(before,)),
            act=ComplaintAct.ANSWERED,
            actor=first.desk,
            text="We did.",
            answer_by=None,
        )
    )
    said = statement_id(COMPLAINT_TYPE, payload)
    made_up = NewStatement(
        envelope=sign_envelope(COMPLAINT_TYPE, payload, NODE_KEYS["ES"]),
        statement_id=said,
        kind=KIND,
        key_id=NODE_KEYS["ES"].key_id,
        person=None,
    )
    _, committed = await spain.sequencer.run(lambda write: write.log(made_up))
    answer = proven_to_pb(committed.prove(said))
    with pytest.raises(ProofError, match="not due from"):
        verified_steps([*filed.steps, answer], FEDERATION, "ES")


async def test_a_complaint_that_is_late_or_not_due_changes_nothing_abroad(
    federation: Federation, rosa: Rosa
) -> None:
    """Answered there just when it was taken on here: the answer comes too late to be one."""
    spain, france = federation.nodes
    request = pb.FileComplaintRequest(
        request_id=spain.request_id(),
        session=rosa.session,
        against=statement_pb2.Party(jurisdiction="FR", institution="cnav"),
        topic=complaint_pb2.COMPLAINT_TOPIC_DELAY,
        text="Nobody answers my letters.",
    )
    filed = (await spain.complaints.FileComplaint(request, spain.portal)).complaint
    await federation.settle()
    federation.clock.now += timedelta(days=30)
    onward = pb.EscalateComplaintRequest(name=filed.name)
    await spain.complaints.EscalateComplaint(onward, OMBUDSPERSON)
    answer = pb.AnswerComplaintRequest(name=filed.name, text="Sorry.")
    await france.complaints.AnswerComplaint(answer, france.agency)
    await federation.settle()
    progress = await spain.complaints.GetComplaintProgress(
        pb.GetComplaintProgressRequest(name=filed.name), spain.portal
    )
    assert [one.act for one in progress.dates] == [
        complaint_pb2.COMPLAINT_ACT_FILED,
        complaint_pb2.COMPLAINT_ACT_ESCALATED,
    ]


async def test_an_objection_that_the_person_did_not_sign_is_believed_of_no_node(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    (record,) = await spain.insure(rosa.at_spain, 2005)
    handed = await object_to(federation, rosa, record)
    done = await spain.objections.SubmitRecordObjection(handed, spain.portal)
    (first,) = steps(done.complaint, "ES")
    now = federation.clock()
    assert first.key_record is not None
    verify_envelope(
        first.key_record,
        {SUBJECT_KEY_TYPE},
        FEDERATION.keys("ES", NODE_LEVEL, KeyPurpose.NODE, now),
    )
    payload = handed.envelope.payload
    forged = sign_envelope(RECORD_OBJECTION_TYPE, payload, MALLORY)
    by_nobody = sign_envelope(SUBJECT_KEY_TYPE, first.key_record.payload, MALLORY)
    for step, kind in (
        (replace(first, signed_objection=forged), SignatureError),
        (replace(first, key_record=by_nobody), SignatureError),
        (replace(first, objection=bytes(32)), SignatureError),
        (replace(first, about=bytes(32)), InvalidInputError),
        (replace(first, signed_objection=None), InvalidInputError),
    ):
        with pytest.raises(kind):
            check_objection(step, FEDERATION, "ES")
    assert envelope_from_bytes(handed.envelope.SerializeToString()) == first.signed_objection


async def test_an_objection_counts_after_the_node_of_the_home_changed_its_key(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    (record,) = await spain.insure(rosa.at_spain, 2005)
    done = await spain.objections.SubmitRecordObjection(
        await object_to(federation, rosa, record), spain.portal
    )
    (first,) = steps(done.complaint, "ES")
    assert first.key_record is not None
    enrolled = subject_key_from_payload(first.key_record.payload).valid_from
    second = timedelta(seconds=1)
    check_objection(first, with_node_key(valid_to=enrolled + second), "ES")
    with pytest.raises(SignatureError):
        check_objection(first, with_node_key(valid_from=enrolled + second), "ES")


def with_node_key(**changes: datetime) -> Directory:
    """The directory, with another life of the key of the Spanish node."""
    keys = [
        replace(one, **changes)  # type: ignore[arg-type]  # instants alone
        if (one.jurisdiction, one.purpose) == ("ES", KeyPurpose.NODE)
        else one
        for one in FEDERATION.entries
    ]
    return replace(FEDERATION, entries=tuple(keys))


async def bundle_of_person(node: Node, name: str) -> dict[str, bytes]:
    """What the node gives an auditor of a person."""
    directory = sign_envelope(DIRECTORY_TYPE, build_directory(FEDERATION), ROOT)
    caller = parse_identity(f"portability://{node.code}/auditor/tcu")
    exporter = node.person_exporter()
    files = await exporter.export_audited(name, caller, node.clock())
    return list_files({**files, "directory/1.json": envelope_to_json(directory)}, Scope.PERSON)


async def test_both_nodes_can_show_an_auditor_what_was_said_and_what_the_person_signed(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    (record,) = await france.insure(rosa.at_france, 2001)
    given = await consent(federation, rosa)
    await spain.ask(await spain.open_case(rosa.at_spain, AT_CNAV), given)
    await federation.settle()
    handed = await object_to(federation, rosa, record)
    done = await spain.objections.SubmitRecordObjection(handed, spain.portal)
    await federation.settle()
    answer = pb.AnswerComplaintRequest(name=done.complaint.name, text="It is corrected.")
    await france.complaints.AnswerComplaint(answer, france.agency)
    await federation.settle()
    for node, name in ((spain, rosa.at_spain), (france, rosa.at_france)):
        report = judged(await bundle_of_person(node, name), node)
        assert report.verified, report.causes
        kinds = [one.kind for one in report.statements]
        assert kinds.count("complaint") == 2
        assert kinds.count("record-objection") == (1 if node is spain else 0)
