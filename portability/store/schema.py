"""
The tables. What says something about a person is encrypted (``*_ciphertext``); what stands in clear
is random (names, references), public (statement ids, keys) or about institutions.

Rows that belong to a logged statement carry its ``leaf_index``, by which lists are ordered and
paged. They have no foreign key to ``statements``: a batch writes its statements last, in one go,
and a key that is checked at commit would let one faulty call undo the work of all others in it.
"""

from portability.store import peer_tables, settlement_tables  # noqa: F401  # of the same metadata
from portability.store.case_tables import (
    acknowledgements,
    came_bare,
    case_parties,
    case_statements,
    cases,
    erased_steps,
    exhibits,
    inbox,
    outbox,
    pending_work,
    replies,
    set_aside,
)
from portability.store.columns import metadata
from portability.store.consent_tables import (
    consent_acts,
    consent_refusals,
    consent_requests,
    consents,
    prepared_documents,
    purpose_templates,
    receipts,
)
from portability.store.erasure_tables import (
    erasure_journals,
    erasure_recipients,
    erasures,
    held_notices,
    legal_holds,
    unmet_notices,
)
from portability.store.log_tables import (
    checkpoints,
    directories,
    evidence,
    head,
    published,
    statements,
    tiles,
    witnessed,
)
from portability.store.person_tables import (
    accesses,
    assistants,
    assisted_acts,
    challenges,
    complaint_steps,
    complaints,
    data_keys,
    enrolment_codes,
    pairwise_references,
    persons,
    sessions,
    subject_keys,
)

__all__ = [
    "accesses",
    "acknowledgements",
    "assistants",
    "assisted_acts",
    "came_bare",
    "case_parties",
    "case_statements",
    "cases",
    "challenges",
    "checkpoints",
    "complaint_steps",
    "complaints",
    "consent_acts",
    "consent_refusals",
    "consent_requests",
    "consents",
    "data_keys",
    "directories",
    "enrolment_codes",
    "erased_steps",
    "erasure_journals",
    "erasure_recipients",
    "erasures",
    "evidence",
    "exhibits",
    "head",
    "held_notices",
    "inbox",
    "legal_holds",
    "metadata",
    "outbox",
    "pairwise_references",
    "pending_work",
    "persons",
    "prepared_documents",
    "published",
    "purpose_templates",
    "receipts",
    "replies",
    "sessions",
    "set_aside",
    "statements",
    "subject_keys",
    "tiles",
    "unmet_notices",
    "witnessed",
]
