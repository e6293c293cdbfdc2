"""Codes of records, receipts, claims and complaints in plain words."""

from collections.abc import Mapping
from typing import Final

from agents.migrant.portal.marking import N_

_SICK: Final = N_("time of sickness")
_JOBLESS: Final = N_("time of unemployment")
_CHILD: Final = N_("time with a child")
_PENSION: Final = N_("time on a pension or benefit")
_OWN_FAULT: Final = N_("the request itself was not in order")
_NOT_ALLOWED: Final = N_("it went beyond what you allowed")
_NO_WORD: Final = N_("nobody could tell at that moment whether you still allow it")
_LENGTH: Final = N_("The length that was given does not fit the dates.")
_TWICE: Final = N_("Two records speak of the same days.")
_UNDATED: Final = N_("Dates or lengths are missing.")
_ABSENT: Final = N_("Something that a country should tell is missing.")
_LAW: Final = N_("The law leaves this point open. A person has to decide it.")
_DIFFER: Final = N_("Two sources do not say the same.")

PERIODS: Final[Mapping[str, str]] = {
    "compulsory": N_("insured by law"),
    "compulsory-employed": N_("insured as an employee"),
    "compulsory-self-employed": N_("insured as self-employed"),
    "compulsory-unemployed": _JOBLESS,
    "voluntary": N_("insured by choice"),
    "voluntary-employed": N_("insured by choice"),
    "voluntary-self-employed": N_("insured by choice"),
    "voluntary-unemployed": N_("insured by choice"),
    "residence": N_("lived in the country"),
    "equivalent": N_("time that counts like work"),
    "equivalent-sickness": _SICK,
    "equivalent-unemployment-without-benefit": _JOBLESS,
    "equivalent-military-service": N_("military service"),
    "equivalent-education": N_("school or training"),
    "equivalent-child-care": _CHILD,
    "equivalent-pension": _PENSION,
    "equivalent-maternity": _CHILD,
    "equivalent-early-retirement": _PENSION,
    "equivalent-unemployment-with-benefit": _JOBLESS,
    "equivalent-invalidity-benefit": _PENSION,
    "equivalent-care": N_("time caring for somebody"),
    "fictive-after-risk": N_("time that the law adds"),
}

RECORD_STATES: Final[Mapping[str, str]] = {
    "in-force": N_("counts"),
    "corrected": N_("corrected: no longer counts"),
    "withdrawn": N_("withdrawn: no longer counts"),
}

DATATYPES: Final[Mapping[str, str]] = {
    "contribution-period": N_("periods of insurance"),
    "awarded-entitlement": N_("pensions and benefits that you get"),
    "applicable-legislation": N_("whose law applies to your work"),
    "life-certificate": N_("that you are alive"),
    "qualification": N_("conditions that you meet"),
    "invalidation": N_("records that were withdrawn"),
}

OUTCOMES: Final[Mapping[str, str]] = {
    "released": N_("got your data"),
    "partial": N_("got a part of it"),
    "nothing": N_("got nothing"),
    "refused": N_("was refused"),
}

GROUNDS: Final[Mapping[str, str]] = {
    "consent": N_("You allowed it."),
    "mandate": N_("A law allows it. Your permission was not asked for."),
    "audit": N_("An auditor or the ombudsperson checked how your data is kept."),
}

OPENINGS: Final[Mapping[str, str]] = {
    "complaint": N_("because you complained"),
    "own-initiative": N_("to check the institutions"),
    "court": N_("because a court ordered it"),
}

CAUSES: Final[Mapping[str, str]] = {
    "caller-untrusted": _OWN_FAULT,
    "other-requester": N_("it was not the one whom you allowed"),
    "no-permission": N_("you had not allowed it"),
    "key-record-invalid": _OWN_FAULT,
    "signature-invalid": _OWN_FAULT,
    "template-invalid": _OWN_FAULT,
    "level-too-low": N_("your permission was not given in a way that is safe enough for this"),
    "mandate-unknown": N_("no law was named that allows it"),
    "notice-missing": N_("you had not been told before"),
    "person-unknown": _OWN_FAULT,
    "other-person": _OWN_FAULT,
    "other-provider": _NOT_ALLOWED,
    "other-purpose": _NOT_ALLOWED,
    "agreement-outside": N_("the agreement between the countries does not cover it"),
    "branch-outside": _NOT_ALLOWED,
    "datatype-outside": _NOT_ALLOWED,
    "action-outside": _NOT_ALLOWED,
    "field-outside": _NOT_ALLOWED,
    "period-outside": _NOT_ALLOWED,
    "not-yet-valid": N_("your permission had not begun"),
    "expired": N_("your permission was over"),
    "exhausted": N_("your permission was used up"),
    "too-soon": N_("the last use was too short a time ago"),
    "status-missing": _NO_WORD,
    "status-invalid": _NO_WORD,
    "status-stale": _NO_WORD,
    "withdrawn": N_("you had stopped your permission"),
    "paused": N_("you had paused your permission"),
    "superseded": N_("you had given another permission in its place"),
    "not-in-force": N_("your permission was not in force"),
}

PURPOSES: Final[Mapping[str, str]] = {
    "claim-old-age": N_("to decide on an old-age pension"),
    "case_party_disclosure": N_("so that the other country can check the result of your claim"),
    "case-party-disclosure": N_("so that the other country can check the result of your claim"),
    "audit": N_("to check how your data is kept"),
}

DIFFERENCES: Final[Mapping[str, str]] = {
    "declared-differs-from-dates": _LENGTH,
    "declared-differs-from-yearly-sums": _LENGTH,
    "year-without-sum": _UNDATED,
    "double-compulsory": _TWICE,
    "double-voluntary": _TWICE,
    "same-dates-in-one-jurisdiction": _TWICE,
    "equivalent-undecided": _LAW,
    "undated-period": _UNDATED,
    "nothing-to-count": _UNDATED,
    "days-without-basis": _UNDATED,
    "declared-sum-partly-displaced": _LENGTH,
    "yearly-cap-not-applied": _LENGTH,
    "yearly-cap-applied": N_("More was given for a year than a year can have."),
    "not-a-party": N_("A country takes no part in the agreement."),
    "voluntary-value-missing": _ABSENT,
    "theoretical-amount-missing": _ABSENT,
    "supplement-undetermined": _LAW,
    "missing-answer": N_("A country has not answered."),
    "formula-version": _LAW,
    "quarters-differ-from-earnings": _DIFFER,
    "agreements-differ": _DIFFER,
    "criteria-differ": _DIFFER,
    "legislation-undetermined": _LAW,
    "certificate-differs": _DIFFER,
    "priority-undetermined": _LAW,
    "refund-undetermined": _LAW,
    "legislation-type-unknown": _LAW,
    "fields-withheld": N_("You did not allow a detail that is needed to count this time."),
    "held-back": N_(
        "Some of your periods were not given, because they reach beyond what was allowed."
    ),
    "short-periods-not-judged": _LAW,
    "other": _DIFFER,
}

CLAIM_STATES: Final[Mapping[str, str]] = {
    "collecting": N_("The countries are collecting your history."),
    "reconciling": N_("The countries are comparing their results."),
    "agreed": N_("The countries agree on your history. Now each one decides."),
    "disputed": N_("The countries found different results. They have to clear this up."),
    "closed": N_("Every country has decided."),
    "withdrawn": N_("You gave this claim up. No country decides on it any more."),
    "withdrawn-unsigned": N_(
        "A country closed this claim and says that you gave it up. Nothing here shows that you "
        "signed that. If you did not, complain."
    ),
    "refused": N_("A country did not get your history, because no permission covers it."),
    "provisional": N_("A history is not complete yet. What was decided is only for now."),
    "not-insured": N_("This country holds no record of you and has no further part."),
}

CLAIM_NEXT: Final[Mapping[str, str]] = {
    "may-be-asked": N_(
        "Now the institutions must act. If they need your permission, it waits under Requests."
    ),
    "wait": N_("Now the institutions must act. You need do nothing."),
    "allow": N_(
        "To let it go on, allow the request that waits under Requests. Is none there? Call us."
    ),
    "more-follows": N_(
        "You need do nothing. A final decision follows when the history is complete."
    ),
    "may-object": N_("If you do not agree with a decision, say so below it."),
}

STEPS: Final[Mapping[str, str]] = {
    "request": N_("asked for your history"),
    "history": N_("answered about your history"),
    "reconciliation": N_("put the histories together"),
    "countersignature": N_("checked the result"),
    "determination": N_("decided"),
    "summary": N_("wrote the summary of all decisions"),
    "closure": N_("closed the claim"),
    "reopening": N_("opened the claim again"),
    "reminder": N_("sent a reminder"),
    "correction": N_("corrected records"),
    "permission-end": N_("was told that your permission ended"),
    "notice-answer": N_("said what it did about a change"),
    "objection": N_("passed on your objection"),
    "claim-withdrawal": N_("passed on that you give the claim up"),
    "delivery": N_("sends it on"),
}

HISTORY_OUTCOMES: Final[Mapping[str, str]] = {
    "records": N_("with records"),
    "none": N_("it has no records of you"),
    "not-before": N_("it needs more time"),
    "refused": N_("it was not allowed to answer"),
}

PAID_AS: Final[Mapping[str, str]] = {
    "independent": N_("the amount by this country’s own time and law"),
    "pro-rata": N_("this country’s share of the amount for your whole life of work"),
    "none": N_("nothing is paid"),
}

UNITS: Final[Mapping[str, str]] = {
    "months": N_("months"),
    "weeks": N_("weeks"),
    "quarters": N_("quarters"),
    "years": N_("years"),
    "days-5": N_("days (5 a week)"),
    "days-6": N_("days (6 a week)"),
    "days-7": N_("days"),
}

TOPICS: Final[Mapping[str, str]] = {
    "question": N_("I have a question about who looked at my data"),
    "access": N_("Somebody used my data who should not have"),
    "record": N_("Something in my history is wrong"),
    "decision": N_("I do not agree with a decision"),
    "delay": N_("It takes too long"),
    "treatment": N_("I was not treated well"),
    "other": N_("Something else"),
}

ACTS: Final[Mapping[str, str]] = {
    "filed": N_("You complained or asked"),
    "answered": N_("The institution answered"),
    "escalated": N_("You took it to the ombudsperson"),
    "concluded": N_("The ombudsperson answered"),
}

ERASURE_GROUNDS: Final[Mapping[str, str]] = {
    "no-longer-needed": N_("My data is no longer needed."),
    "consent-withdrawn": N_("I have stopped the permission that it rested on."),
    "objection": N_("I object to its use."),
    "unlawful": N_("It was used against the law."),
}

ERASURE_STAGES: Final[Mapping[str, str]] = {
    "requested": N_("Asked for. An institution has to decide."),
    "refused": N_("Refused. Your data is kept, because a law says so."),
    "fenced": N_("Decided. Your data is being destroyed."),
    "destroyed": N_("Your data is destroyed. The proof follows."),
    "proven": N_("Your data is destroyed, and the proof is in the public log."),
}

OBJECTIONS: Final[Mapping[str, str]] = {
    "amount": N_("The amount is wrong."),
    "periods": N_("Some of my time is counted wrongly."),
    "missing-periods": N_("Some of my time is missing."),
    "dates": N_("A date is wrong."),
    "refusal": N_("I was refused, and that is wrong."),
    "person": N_("It is about somebody else, not me."),
    "other": N_("Something else"),
}

RECORD_OBJECTIONS: Final[Mapping[str, str]] = {
    "dates": N_("A date is wrong."),
    "amount": N_("The length or the amount is wrong."),
    "employer": N_("I worked for somebody else, or not as it says."),
    "not-mine": N_("It is about somebody else, not me."),
    "missing": N_("Something is missing beside it."),
    "other": N_("Something else"),
}

READING_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "period": PERIODS,
    "record-state": RECORD_STATES,
    "datatype": DATATYPES,
    "outcome": OUTCOMES,
    "ground": GROUNDS,
    "opening": OPENINGS,
    "cause": CAUSES,
    "purpose": PURPOSES,
    "difference": DIFFERENCES,
    "claim-state": CLAIM_STATES,
    "claim-next": CLAIM_NEXT,
    "step": STEPS,
    "history-outcome": HISTORY_OUTCOMES,
    "paid-as": PAID_AS,
    "unit": UNITS,
    "objection": OBJECTIONS,
    "record-objection": RECORD_OBJECTIONS,
    "topic": TOPICS,
    "complaint-act": ACTS,
    "erasure-ground": ERASURE_GROUNDS,
    "erasure-stage": ERASURE_STAGES,
}
