"""
What is kept of how a person's passkey came to be enrolled and used: does it fit what was signed?

The assertion itself is verified with the act (``portability.consent.passkey``). Here the evidence
beside it is held against key record, request and consent, so that it can be judged in ten years
without the portal. Source: formats.md, §7 (Evidence) and §9 (``evidence/``).
"""

from collections.abc import Iterator, Sequence
from functools import partial

from agents.auditor.findings import Findings
from agents.auditor.questions import Answer, Holds, Question
from agents.auditor.report import NotHeldError, Step, at_step
from agents.auditor.steps import Checked, of_kind_in
from portability.consent.act_evidence import ActEvidence, verify_act_evidence
from portability.consent.assisted import (
    AssistantRecord,
    AssistedEvidence,
    check_alone,
    check_independence,
    check_understood,
)
from portability.consent.document import Consent
from portability.consent.registration import PasskeyRegistration, verify_registration
from portability.consent.scope import Party
from portability.consent.statements import SubjectKey


def check_evidence(found: Findings) -> Iterator[tuple[bytes, Answer | NotHeldError]]:
    """Each piece of evidence by its id: what it fits, or what it does not."""
    for one, registration in of_kind_in(found.checked, PasskeyRegistration):
        try:
            yield one.id, _registration(one, registration, found)
        except NotHeldError as error:
            yield one.id, error
    for one, evidence in of_kind_in(found.checked, ActEvidence):
        try:
            yield one.id, _act(one, evidence, found)
        except NotHeldError as error:
            yield one.id, error
    for one, assisted in of_kind_in(found.checked, AssistedEvidence):
        try:
            yield one.id, _assisted(one, assisted, found)
        except NotHeldError as error:
            yield one.id, error


def _assisted(one: Checked, evidence: AssistedEvidence, found: Findings) -> Answer:
    """Two who are independent signed, after the person had said it back (formats.md, §7.1)."""
    act = found.checked.get(evidence.act)
    record = None if act is None else found.person_keys().get(act.key_id)
    key = None if record is None else record.content
    if act is None or record is None or not isinstance(key, SubjectKey):
        raise _refuse("the act or the key record that it is evidence of is not in the bundle")
    _check_home(one, record)
    named = [i for i in (evidence.worker, evidence.witness) if i]
    if {two.record for two in key.assistants} != set(named):
        raise _refuse("it names others than those who signed for the person")
    signers = [_assistant(i, one, found) for i in named]
    if {each.public_key for each in signers} != {two.public_key for two in key.assistants}:
        raise _refuse("those who signed used other keys than their records say")
    if isinstance(act.content, Consent):
        at_step(Step.PERMISSION, partial(_check_signers, signers, act.content.requester.party))
    understood = partial(check_understood, evidence.read_back, has_capacity=evidence.has_capacity)
    at_step(Step.PERMISSION, understood)
    if not evidence.witness:
        return _holds("yes, a worker signed alone, and the person had said it back")
    return _holds("yes, worker and witness are independent, and the person had said it back")


def _check_signers(signers: Sequence[AssistantRecord], requester: Party) -> None:
    if len(signers) == 1:
        check_alone(signers[0], requester)
    else:
        worker, witness = signers
        check_independence(worker, witness, requester)


def _assistant(i: bytes, one: Checked, found: Findings) -> AssistantRecord:
    record = found.checked.get(i)
    if record is None or not isinstance(record.content, AssistantRecord):
        raise _refuse("the record of somebody who signed for the person is not in the bundle")
    _check_home(one, record)
    return record.content


def evidence_note(found: Findings) -> Iterator[str]:
    """Of how many acts by passkey the evidence is here; nothing where none was signed by one."""
    passkeys = {
        one.content.key_id
        for one in found.checked.values()
        if isinstance(one.content, SubjectKey) and one.content.method.is_passkey
    }
    acts = {one.id for one in found.checked.values() if one.key_id in passkeys}
    kept = {evidence.act for _, evidence in of_kind_in(found.checked, ActEvidence)}
    if acts:
        yield (
            f"of {len(acts)} acts that were signed with a passkey, the evidence of "
            f"{len(acts & kept)} is in the bundle; home nodes give it to auditors and the person"
        )


def _registration(one: Checked, registration: PasskeyRegistration, found: Findings) -> Answer:
    records = [
        (record, key)
        for record, key in of_kind_in(found.checked, SubjectKey)
        if key.registration == one.id
    ]
    if not records:
        raise _refuse("no key record in the bundle names this registration")
    for record, key in records:
        _check_home(one, record)
        at_step(Step.PERMISSION, partial(verify_registration, registration, key))
    added = registration.key_addition
    if added and added not in found.checked:
        raise _refuse("the act by which the person added this key is not in the bundle")
    return _holds(
        "yes, the passkey answered the node's challenge, with the person verified, and is the one "
        "of the key record"
    )


def _act(one: Checked, evidence: ActEvidence, found: Findings) -> Answer:
    if evidence.act in found.erased:
        return Answer(
            question=Question.PERMISSION, holds=Holds.UNKNOWN, words="the act itself was erased"
        )
    act, record = found.checked.get(evidence.act), found.checked.get(evidence.key_record)
    if act is None or record is None or not isinstance(record.content, SubjectKey):
        raise _refuse("the act or the key record that it is evidence of is not in the bundle")
    key = record.content
    if key.key_id != act.key_id:
        raise _refuse("it names another key than the one that signed the act")
    _check_home(one, record)
    enrolled = found.checked.get(key.registration)
    registration = None if enrolled is None else enrolled.content
    handle = registration.user_handle if isinstance(registration, PasskeyRegistration) else b""
    at_step(
        Step.PERMISSION,
        lambda: verify_act_evidence(
            evidence,
            signed=act.envelope,
            consent=act.content if isinstance(act.content, Consent) else None,
            credential_id=key.credential_id,
            user_handle=handle,
        ),
    )
    shown = ", the text shown and the request" if evidence.notice is not None else ""
    return _holds(f"yes, credential and account{shown} fit what the person signed")


def _check_home(one: Checked, record: Checked) -> None:
    if one.signer != record.signer:
        raise _refuse(f"{one.signer} has signed it, but the key was enrolled by {record.signer}")


def _holds(words: str) -> Answer:
    return Answer(question=Question.PERMISSION, holds=Holds.YES, words=words)


def _refuse(cause: str) -> NotHeldError:
    return NotHeldError(Step.PERMISSION, cause)
