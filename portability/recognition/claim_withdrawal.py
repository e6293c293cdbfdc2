"""
The end of a claim as the person signs it: one JSON document, itself the statement of the case.

A claim given up in one Member State is not given up in the others (987/2009 Art 46(3)), and a case
is one claim in all of them. So the document names every institution before which it is given up,
and no case ends by one that leaves somebody out. What a claim given up amounts to is for the
legislation of each; no regulation says until when it may be. A claim is one until it is decided
(Art 45 to 47), so a case that was settled is not ended by this any more. There is no free text.
Source: design.md, Mutual recognition; formats.md, Consent (the rules of documents that persons
sign).
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.reading import Members, check_distinct, open_document
from portability.consent.scope import Party
from portability.errors import PreconditionError
from portability.ledger.encoding import encode_base64url, format_time
from portability.ledger.envelope import payload_type
from portability.recognition.case import Case
from portability.recognition.header import read_case_id
from portability.recognition.statements import (
    Claim,
    ClaimWithdrawal,
    Closure,
    ClosureReason,
    Header,
)

CLAIM_WITHDRAWAL_TYPE: Final = payload_type("claim-withdrawal", "json")
SCHEMA: Final = "claim-withdrawal/1"
MAX_DOCUMENT_BYTES: Final = 16_384
"""Sixty-four institutions with the longest names fit."""


def claim_withdrawal(header: Header, claim: Claim) -> ClaimWithdrawal:
    """Of this claim, before everybody; the sender of the header is the lead's node."""
    return ClaimWithdrawal(header=header, claim_date=claim.claim_date, parties=claim.parties)


def ends(
    withdrawal: ClaimWithdrawal, case_id: str, claim_date: date, parties: Sequence[Party]
) -> bool:
    """Whether the document gives up just this claim, before just these, the lead first."""
    said = (withdrawal.header.case_id, withdrawal.claim_date, withdrawal.parties)
    return said == (case_id, claim_date, tuple(parties))


def check_may_give_up(case: Case, claim: Claim) -> None:
    """Raises PreconditionError, with the next step, where the claim cannot be given up here."""
    lead = claim.lead
    if lead.jurisdiction != case.own:
        raise PreconditionError(
            f"the claim is led by {lead}; give it up there, in {lead.jurisdiction}, or ask that "
            "institution to help you",
            subject="case",
        )
    reasons = {one.reason for one in case.accepted.values() if isinstance(one, Closure)}
    if ClosureReason.WITHDRAWN in reasons:
        raise PreconditionError("the claim is given up already; nothing is left to do")
    if ClosureReason.SETTLED in reasons:
        raise PreconditionError(
            "the claim is decided in all countries, so it cannot be given up any more; object to a "
            f"decision that is wrong, or ask {lead} how to give up what you get",
            subject="case",
        )


def write_claim_withdrawal(withdrawal: ClaimWithdrawal) -> bytes:
    """The exact bytes to sign."""
    header, (lead, *others) = withdrawal.header, withdrawal.parties
    members: dict[str, object] = {
        "schema": SCHEMA,
        "nonce": encode_base64url(header.salt),
        "case": header.case_id,
        "claim_date": withdrawal.claim_date.isoformat(),
        "lead": _written(lead),
        "others": [_written(one) for one in others],
        "created_at": format_time(header.created),
    }
    return to_bytes(members)


def read_claim_withdrawal(data: bytes) -> ClaimWithdrawal:
    """What these bytes say. Raises InvalidInputError that names the member."""
    root = open_document(data, SCHEMA, most=MAX_DOCUMENT_BYTES, what="claim withdrawal")
    salt, case_id, claim_date = root.nonce("nonce"), read_case_id(root), root.day("claim_date")
    lead = _read(root.object("lead"))
    parties = (lead, *map(_read, root.objects("others")))
    check_distinct(parties, field="others")
    created = root.time("created_at")
    root.finish()
    header = Header(salt=salt, case_id=case_id, sender=lead.node, created=created)
    return ClaimWithdrawal(header=header, claim_date=claim_date, parties=parties)


def _written(party: Party) -> dict[str, str]:
    return {"node": party.jurisdiction, "institution": party.institution}


def _read(members: Members) -> Party:
    party = Party(jurisdiction=members.country("node"), institution=members.code("institution"))
    members.finish()
    return party
