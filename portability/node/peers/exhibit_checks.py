"""
Which records and evidence may come with a statement of a case: exactly what it rests on.

What was verified before is that each is genuine; here it is whether it belongs there. Only an
issuer corrects its records, and records of a third country come only where the person has listed
both sides.
"""

from collections.abc import Mapping

from portability.consent.consent_reader import read_consent
from portability.consent.payload_types import CONSENT_TYPE, SUBJECT_KEY_TYPE
from portability.consent.scope import Party, party_of
from portability.errors import InvalidInputError
from portability.node.cases.loading import LoadedCase
from portability.node.consents.evidence import HeldExhibit
from portability.node.peers.inbox_checks import EVIDENCE_TYPES, VerifiedDelivery
from portability.node.records.disclosure import asked_of
from portability.node.records.release import released_digest
from portability.recognition.corrections import asked_for
from portability.recognition.facts import read_facts
from portability.recognition.not_sent import comes_for_nothing
from portability.recognition.statements import (
    CaseStatement,
    ClaimWithdrawal,
    Correction,
    CorrectionReason,
    HistoryRequest,
    HistoryResponse,
    Objection,
    Reconciliation,
    ShownFields,
)
from portability.wire.record import RECORD_TYPE, names_stated, record_from_payload

Held = Mapping[bytes, HeldExhibit]


def looks_back(loaded: LoadedCase, verified: VerifiedDelivery, statement: CaseStatement) -> bool:
    """Whether what came with earlier statements has to be looked at."""
    if isinstance(statement, Reconciliation):
        return bool(_of_third_parties(loaded, verified))
    return isinstance(statement, Correction)


def check_exhibits(
    loaded: LoadedCase, verified: VerifiedDelivery, statement: CaseStatement, held: Held
) -> None:
    """
    Raise InvalidInputError unless exactly those came that the statement rests on.

    ``held`` is what came before, where ``looks_back`` asks for it. What was released under a
    permission that ended before it left stays where it is, and its statement comes without.
    """
    is_bare = not verified.exhibits and loaded.leads
    if is_bare and comes_for_nothing(loaded.case, verified.statement_id, statement):
        return
    match statement:
        case HistoryRequest():
            _check_request(loaded, statement)
            allowed = all(one.envelope.payload_type in EVIDENCE_TYPES for one in verified.exhibits)
        case HistoryResponse():
            _check_answer(loaded, verified, statement)
            allowed = True
        case Correction():
            _check_correction(loaded, verified, statement, held)
            allowed = True
        case Reconciliation():
            _check_onward(loaded, verified, held)
            named = set(statement.inputs)
            allowed = all(
                one.envelope.payload_type == RECORD_TYPE and one.statement_id in named
                for one in verified.exhibits
            )
        case Objection(by_person=True) | ClaimWithdrawal():
            allowed = all(
                one.envelope.payload_type == SUBJECT_KEY_TYPE for one in verified.exhibits
            )
        case _:
            allowed = not verified.exhibits
    if not allowed:
        raise InvalidInputError(
            "exhibits came that the statement does not rest on", field="exhibits"
        )


def _check_request(loaded: LoadedCase, request: HistoryRequest) -> None:
    if request.recipient.jurisdiction != loaded.case.own:
        raise InvalidInputError(
            "the request is addressed to another jurisdiction", field="recipient"
        )
    asked_of(request)


def _check_answer(
    loaded: LoadedCase, verified: VerifiedDelivery, response: HistoryResponse
) -> None:
    """The records named are those that came, of the institution asked, with the right digest."""
    asked = [loaded.case.accepted.get(one) for one in response.header.predecessors]
    request = asked[0] if len(asked) == 1 else None
    if not isinstance(request, HistoryRequest):
        raise InvalidInputError(
            "the answer is to a request that this node did not send", field="predecessors"
        )
    came = tuple([one.statement_id for one in verified.exhibits])
    asked_of_them = party_of(request.recipient.jurisdiction, request.recipient.institution)
    issuers = [one.issuer for one in verified.exhibits]
    if came != response.records or issuers.count(asked_of_them) != len(issuers):
        raise InvalidInputError(
            "the records that came are not those that the answer names, of the institution "
            "that was asked",
            field="records",
        )
    _check_shown(response.shown, verified)
    _check_asked(request, verified)
    digest = released_digest(
        response.header.salt, ((one.envelope, one.disclosures) for one in verified.exhibits)
    )
    if response.records and digest != response.payload_digest:
        raise InvalidInputError(
            "the records that came do not have the digest that the answer names",
            field="payload_digest",
        )


def _check_shown(said: tuple[ShownFields, ...], verified: VerifiedDelivery) -> None:
    """What is shown of records with salted fields is what the statement says."""
    records = [one.record for one in verified.exhibits if one.record is not None]
    shown = tuple(
        [
            ShownFields(record=one.statement_id, fields=names_stated(one))
            for one in records
            if one.is_salted
        ]
    )
    if shown != said:
        raise InvalidInputError(
            "the fields shown of the records are not those that the answer names", field="shown"
        )


def _check_asked(request: HistoryRequest, verified: VerifiedDelivery) -> None:
    records = [one.record for one in verified.exhibits if one.record is not None]
    asked = set(request.fields)
    stated = {names_stated(one) for one in records}  # a few, however long the history
    if any(not asked.issuperset(names) for names in stated) or any(
        kind.value not in request.datatypes for kind in {one.kind for one in records}
    ):
        raise InvalidInputError(
            "the answer holds a kind of record or a field that was not asked for", field="records"
        )


def _check_correction(
    loaded: LoadedCase, verified: VerifiedDelivery, correction: Correction, held: Held
) -> None:
    """Its sender issued what it replaces and what it adds; the lead alone is shown the latter."""
    came = tuple(one.statement_id for one in verified.exhibits)
    if came != (correction.added if loaded.leads else ()):
        raise InvalidInputError(
            "the records that came are not those that the correction adds", field="added"
        )
    issuer, said = correction.header.sender, frozenset(correction.replaced)
    is_late = correction.reason is CorrectionReason.LATE_RECORD
    for one in verified.exhibits:
        replaces = b"" if one.record is None else one.record.supersedes
        if one.issuer != issuer or (replaces not in said and not is_late):
            raise InvalidInputError(
                "a record that came does not replace, for its issuer, what the correction says",
                field="added",
            )
    _check_shown(correction.shown, verified)
    # elsewhere than at the lead a record may not have been shown
    brought = _brought_by(loaded, issuer) if loaded.leads else said
    for replaced in correction.replaced:
        known = held.get(replaced)
        if not (replaced in brought if known is None else _issuer_of(known) == issuer):
            raise InvalidInputError(
                f"the correction replaces a record that {issuer} has not brought into this case; "
                "only the issuer corrects or withdraws a record (987/2009 Art 5(1))",
                field="replaced",
            )


def _issuer_of(record: HeldExhibit) -> Party:
    return record_from_payload(record.proven.envelope.payload).issuer


def _brought_by(loaded: LoadedCase, issuer: Party) -> set[bytes]:
    """All records that an issuer has brought into a case, also those that are not here any more."""
    facts = read_facts(loaded.case)
    answers = [one for i, one in facts.responses.items() if asked_for(facts, i) == issuer]
    corrections = [
        one
        for one in loaded.case.accepted.values()  # also one that went with a permission since
        if isinstance(one, Correction) and one.header.sender == issuer
    ]
    return {
        record
        for records in (*(one.records for one in answers), *(one.added for one in corrections))
        for record in records
    }


def _check_onward(loaded: LoadedCase, verified: VerifiedDelivery, held: Held) -> None:
    """Records of a third country come under a consent that lists their issuer and one of ours."""
    foreign = _of_third_parties(loaded, verified)
    if not foreign:
        return
    ours = {one for one in loaded.claim.parties if one.jurisdiction == loaded.case.own}
    listed = [
        {read.requester.party, *read.providers}
        for read in (
            read_consent(one.proven.envelope.payload)
            for one in held.values()
            if one.proven.envelope.payload_type == CONSENT_TYPE
        )
    ]
    for issuer in sorted(foreign, key=str):
        if not any(issuer in parties and ours & parties for parties in listed):
            raise InvalidInputError(
                f"records of {issuer} came, but no consent that came to this node lists both "
                f"{issuer} and an institution here; ask the person for one that does",
                field="exhibits",
            )


def _of_third_parties(loaded: LoadedCase, verified: VerifiedDelivery) -> set[Party]:
    """Who issued the records that are neither the lead's nor ours."""
    parties = {loaded.claim.lead.jurisdiction, loaded.case.own}
    foreign = (
        one.issuer
        for one in verified.exhibits
        if one.record is not None and one.record.jurisdiction not in parties
    )
    return {issuer for issuer in foreign if issuer is not None}
