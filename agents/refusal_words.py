"""Why a gate said no, in words for persons, auditors and courts. The codes themselves stay."""

from collections.abc import Mapping
from typing import Final

from portability.consent.causes import RefusalCause

WORDS: Final[Mapping[RefusalCause, str]] = {
    RefusalCause.CALLER_UNTRUSTED: "the directory did not trust whoever asked",
    RefusalCause.OTHER_REQUESTER: "the permission is for another institution than the one asking",
    RefusalCause.NO_PERMISSION: "no permission was named or found",
    RefusalCause.KEY_RECORD_INVALID: "the record of the person's key does not hold",
    RefusalCause.SIGNATURE_INVALID: "the person's signature does not hold",
    RefusalCause.TEMPLATE_INVALID: "the purpose template is not the one that the person saw",
    RefusalCause.LEVEL_TOO_LOW: "the act or the identity check is weaker than the purpose demands",
    RefusalCause.MANDATE_UNKNOWN: "the agreement has no clause of that name",
    RefusalCause.NOTICE_MISSING: "the person was not told of the release under the law",
    RefusalCause.PERSON_UNKNOWN: "nobody is known by that reference",
    RefusalCause.OTHER_PERSON: "the permission was given by another person",
    RefusalCause.OTHER_PROVIDER: "the permission does not name this institution as a source",
    RefusalCause.OTHER_PURPOSE: "the permission is for another purpose",
    RefusalCause.AGREEMENT_OUTSIDE: "the agreement does not cover what was asked",
    RefusalCause.BRANCH_OUTSIDE: "the permission does not cover this branch of social security",
    RefusalCause.DATATYPE_OUTSIDE: "the permission does not cover this kind of record",
    RefusalCause.ACTION_OUTSIDE: "the permission does not allow to do this with the data",
    RefusalCause.FIELD_OUTSIDE: "the permission covers none of the fields asked for",
    RefusalCause.PERIOD_OUTSIDE: "the permission covers none of the days asked for",
    RefusalCause.NOT_YET_VALID: "it was not in force yet",
    RefusalCause.EXPIRED: "the permission had ended",
    RefusalCause.EXHAUSTED: "the permission had been used as often as it allows",
    RefusalCause.TOO_SOON: "the permission had been used too shortly before",
    RefusalCause.STATUS_MISSING: "the home node's word that it still stands was not there",
    RefusalCause.STATUS_INVALID: "the home node's word on where it stands does not hold",
    RefusalCause.STATUS_STALE: "the home node's word on where it stands was too old",
    RefusalCause.WITHDRAWN: "the person had withdrawn it",
    RefusalCause.PAUSED: "the person had paused it",
    RefusalCause.SUPERSEDED: "a newer permission had taken its place",
    RefusalCause.NOT_IN_FORCE: "it was not in force",
}


def refusal_words(cause: RefusalCause) -> str:
    """The code, by which it can be looked up, and what it means."""
    return f"{cause} ({WORDS[cause]})"
