"""Codes of what is asked and allowed, in plain words."""

from collections.abc import Mapping
from typing import Final

from agents.migrant.portal.marking import N_

_START: Final = N_("first day")
_END: Final = N_("last day")
_COUNTRY: Final = N_("country")
_BRANCH: Final = N_("kind of benefit")
_ARTICLE: Final = N_("article of the law")

FIELDS: Final[Mapping[str, str]] = {
    "period_type": N_("kind of insurance"),
    "start_date": _START,
    "end_date": _END,
    "declared": N_("length as the institution certified it"),
    "communication": N_("how the length was certified"),
    "by_year": N_("length in each year"),
    "scheme": N_("insurance scheme"),
    "relevance": N_("which benefits it counts for"),
    "calculation": N_("which amounts it enters"),
    "refunded": N_("whether contributions were paid back"),
    "branch": _BRANCH,
    "benefit_kind": N_("name of the benefit"),
    "award_date": N_("day of the decision"),
    "gross_amount": N_("amount before tax"),
    "payment_period": N_("how often it is paid"),
    "paid_as": N_("how it was worked out"),
    "decision_digest": N_("fingerprint of the decision"),
    "next_review_date": N_("day of the next review"),
    "applicable_state": N_("country whose law applies"),
    "agreement": N_("agreement between the countries"),
    "article": _ARTICLE,
    "activity": N_("kind of work"),
    "activity_digest": N_("fingerprint of details of the work"),
    "host_states": N_("countries of the work"),
    "alive_date": N_("day on which you were seen alive"),
    "evidence": N_("how that was shown"),
    "evidence_level": N_("how sure that is"),
    "country": _COUNTRY,
    "condition": N_("condition that you meet"),
    "as_of_date": N_("from which day on"),
    "valid_until_date": N_("until which day"),
    "reason": N_("reason"),
}

ACTIONS: Final[Mapping[str, str]] = {
    "VIEW": N_("look at it"),
    "STORE": N_("keep it"),
    "VERIFY_ONLY": N_("compare it with what they have, without keeping it"),
}

BASES: Final[Mapping[str, str]] = {
    "consent": N_("Your free choice"),
    "treaty_authorisation": N_("An agreement between the countries, and your permission"),
    "legal_obligation_notice": N_("A law that obliges them; your permission is not asked"),
}

BASIS_MEANINGS: Final[Mapping[str, str]] = {
    "consent": N_(
        "You are free to say no. Saying no changes nothing about what you are entitled to."
    ),
    "treaty_authorisation": N_(
        "The agreement allows this exchange. You decide whether it happens, what is in it and for "
        "how long."
    ),
    "legal_obligation_notice": N_(
        "This happens by law whether you agree or not, so we do not ask you to agree. We tell you, "
        "so that you can check it and complain."
    ),
}

REQUEST_STATES: Final[Mapping[str, str]] = {
    "requested": N_("Waits for your answer"),
    "granted": N_("You allowed it"),
    "refused": N_("You said no"),
    "lapsed": N_("You did not answer in time; nothing was given"),
    "paused": N_("You allowed it and have paused it"),
    "superseded": N_("You gave another permission in its place"),
    "withdrawn": N_("You stopped it"),
    "expired": N_("It is over"),
    "exhausted": N_("It is used up"),
    "terminated": N_("They need it no more"),
    "invalidated": N_("It was declared void"),
}

CONSENT_STATES: Final[Mapping[str, str]] = {
    **REQUEST_STATES,
    "granted": N_("In force"),
    "paused": N_("Paused"),
}

KEY_ENDS: Final[Mapping[str, str]] = {
    "replaced": N_("I do not need it any more"),
    "lost": N_("I lost the device"),
    "compromised": N_("Somebody else may have used it"),
}

EFFECTS: Final[Mapping[str, str]] = {
    "": N_("has not answered yet"),
    "noted": N_("has taken note; it held nothing"),
    "reopened": N_("looks at its decision again"),
    "stopped": N_("uses it no more"),
    "erased": N_("has erased it"),
    "kept": N_("keeps what a law makes it keep"),
}

ROLES: Final[Mapping[str, str]] = {
    "self": N_("You"),
    "guardian": N_("Your guardian"),
    "delegate": N_("Somebody whom you sent"),
    "court": N_("Somebody whom a court appointed"),
    "survivor": N_("A survivor of the person"),
}

METHODS: Final[Mapping[str, str]] = {
    "passkey": N_("With a key of your own"),
    "software_key": N_("With a key of your own"),
    "assisted_witnessed": N_("At an office, signed by a worker and by a witness"),
    "assisted_device": N_("At an office, signed by you on its device"),
    "assisted_worker": N_("At an office, signed by a worker alone; it counts once you confirm it"),
    "paper": N_("On paper; it allows nothing by itself"),
}

ACT_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "field": FIELDS,
    "action": ACTIONS,
    "basis": BASES,
    "basis-meaning": BASIS_MEANINGS,
    "request-state": REQUEST_STATES,
    "consent-state": CONSENT_STATES,
    "key-end": KEY_ENDS,
    "effect": EFFECTS,
    "role": ROLES,
    "method": METHODS,
}
