"""
What rests on the agreement's clause for parties of a case: whether the lead may show one of them
the records that a result rests on, and which these are.
"""

from collections.abc import Mapping
from datetime import date

from agents.auditor.permissions import SOMEBODY, Evidence
from agents.auditor.records import Released
from agents.auditor.steps import Checked
from portability.consent.agreement import (
    CASE_PARTY_DISCLOSURE,
    CASE_PARTY_PURPOSE,
    CONTRIBUTION_PERIOD,
    CONTRIBUTION_PERIOD_FIELDS,
)
from portability.consent.document import Consent
from portability.consent.gate import Granted, Refused, decide
from portability.consent.permission import DisclosureRequest, LegalMandate, Uses
from portability.consent.scope import Action, Grant, Party
from portability.recognition.receipted import addressees
from portability.recognition.statements import HistoryRequest, Reconciliation
from portability.wire.consent import READERS
from portability.wire.record import EntitlementRecord


def asked_again(
    result: Reconciliation, request: HistoryRequest, answer: Checked, evidence: Evidence
) -> Granted | Refused | None:
    """
    The gate's word on showing a party, which gave an ``answer``, what a result rests on; None where
    the agreement does not hold here.
    """
    if evidence.agreement is None:
        return None
    claim, to, now = request.claim, request.recipient, result.header.created
    asking = DisclosureRequest(
        statement=answer.id,
        key_id=answer.key_id,
        peer=to.jurisdiction,
        requester=to,
        provider=claim.lead,
        person_reference=request.person_reference,
        purpose=CASE_PARTY_PURPOSE,
        agreement=claim.agreement,
        agreement_version=claim.agreement_version,
        asked=Grant(
            branches=(claim.branch,),
            datatypes=(CONTRIBUTION_PERIOD,),
            actions=(Action.STORE,),
            fields=CONTRIBUTION_PERIOD_FIELDS,
            from_date=date.min,
            to_date=date.max,
        ),
        case_id=evidence.case_id,
        received_at=now,
    )
    return decide(
        permission=LegalMandate(clause=CASE_PARTY_DISCLOSURE, notified_at=now),
        request=asking,
        agreement=evidence.agreement,
        directory=evidence.directory,
        now=now,
        uses=Uses(),
        references={(to.jurisdiction, request.person_reference): SOMEBODY},
        readers=READERS,
    )


def shown_to(
    to: Party, result: Reconciliation, lead: Party, evidence: Evidence
) -> list[Released] | None:
    """
    The records that the lead shows a party with a result, as its receipt counts them; None where
    the bundle does not show which these were.

    Those of the lead's own country in the order of its log, then what others disclosed to it and
    the person has listed this party for, by their ids.
    """
    onward = _listed(result, evidence)
    own: list[Checked] = []
    others: list[Checked] = []
    for i in result.inputs:
        found = evidence.statements.get(i)
        if found is None or not isinstance(found.content, EntitlementRecord):
            return None
        issuer = found.content.issuer
        if issuer.jurisdiction == lead.jurisdiction:
            own.append(found)
        elif issuer.jurisdiction != to.jurisdiction:
            listed = onward.get(issuer)
            if listed is None or found.content.is_salted:
                return None  # which of its fields were shown by then is not to be seen any more
            others += [found] if to in listed else []
    in_order = [*sorted(own, key=lambda one: one.index), *sorted(others, key=lambda one: one.id)]
    return [(one.envelope, one.disclosures) for one in in_order]


def _listed(result: Reconciliation, evidence: Evidence) -> Mapping[Party, frozenset[Party] | None]:
    """By whose history it is, the parties that may see it; None where a consent is not here."""
    said = {i: one.content for i, one in evidence.statements.items()}
    found: dict[Party, frozenset[Party] | None] = {}
    for _, request in addressees(result, said):
        consent = said.get(request.permission)
        before = found.get(request.recipient, frozenset())
        found[request.recipient] = (
            before | {consent.requester.party, *consent.providers}
            if isinstance(consent, Consent) and before is not None
            else None
        )
    return found
