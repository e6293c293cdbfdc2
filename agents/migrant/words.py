"""What a request or a document means, in plain words, before anything is signed."""

from collections.abc import Iterator

from agents.refusal_words import WORDS
from portability.consent.document import Consent
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.consent.scope import Action, Grant
from portability.consent.statements import ConsentRequest

_DATATYPES = {
    "contribution-period": "your insurance periods",
    "awarded-entitlement": "your pensions and benefits",
    "applicable-legislation": "whose law applies to your work",
    "life-certificate": "that you are alive",
    "qualification": "conditions that you meet",
    "invalidation": "records that were withdrawn",
}
_COUNTABLE = {("contribution-period",), ("awarded-entitlement",)}
_FIELDS = {
    "period_type": "kind of insurance",
    "start_date": "first day",
    "end_date": "last day",
    "declared": "length as certified",
    "communication": "how the length was certified",
    "by_year": "length per year",
    "scheme": "scheme",
    "relevance": "which benefits it counts for",
    "calculation": "which amounts it enters",
    "refunded": "whether contributions were paid back",
}
_ACTIONS = {
    Action.VIEW: "look at them",
    Action.STORE: "keep them",
    Action.VERIFY_ONLY: "check them against what they have",
}
_OUTCOMES = {
    Outcome.RELEASED: "was given",
    Outcome.PARTIAL: "was given a part",
    Outcome.REFUSED: "was refused",
}
_NOTHING = "was given nothing"


def describe_request(request: ConsentRequest) -> Iterator[str]:
    """What an institution asks, one sentence per line."""
    providers = " and ".join(str(party) for party in request.providers)
    yield f"{request.requester} asks to receive data about you that {providers} hold."
    for grant in request.grants:
        yield from describe_grant(grant)
    yield (
        f"From {request.not_before:%Y-%m-%d} until {request.not_after:%Y-%m-%d}, "
        f"at most {_times(request.max_uses)}."
    )
    yield f"What was received must be erased by {request.erase_by}."


def describe_consent(consent: Consent) -> Iterator[str]:
    """What a document would allow, one sentence per line."""
    providers = " and ".join(str(party) for party in consent.providers)
    yield (
        f"You allow {consent.requester.legal_name} ({consent.requester.party}) to receive data "
        f"about you from {providers}."
    )
    for grant in consent.scope:
        yield from describe_grant(grant)
    yield (
        f"In force from {consent.not_before:%Y-%m-%d %H:%M} until "
        f"{consent.not_after:%Y-%m-%d %H:%M} UTC, at most {_times(consent.use.max_uses)}."
    )
    countries = ", ".join(consent.storage_countries)
    yield f"Kept in {countries} and erased by {consent.retention.erase_by}; not passed on."
    yield (
        f"You can withdraw at any time: {consent.withdrawal.url}, {consent.withdrawal.phone}, "
        f"{consent.withdrawal.office}."
    )


def describe_grant(grant: Grant) -> Iterator[str]:
    """One item, in words."""
    data = ", ".join(_DATATYPES.get(name, name) for name in grant.datatypes)
    branches = ", ".join(str(branch) for branch in grant.branches)
    fields = ", ".join(_FIELDS.get(name, name) for name in grant.fields)
    actions = " and ".join(_ACTIONS[action] for action in grant.actions)
    yield f"For {branches}: {data} from {grant.from_date} to {grant.to_date}, to {actions}."
    yield f"Of each: {fields}."


def describe_receipt(receipt: DisclosureReceipt) -> str:
    """Who asked whom, when, and what became of it."""
    is_given = receipt.outcome is not Outcome.REFUSED
    outcome = _OUTCOMES[receipt.outcome] if receipt.record_count or not is_given else _NOTHING
    text = f"{receipt.requested_at:%Y-%m-%d %H:%M} UTC: {receipt.requester} {outcome}"
    if receipt.outcome is Outcome.REFUSED:
        why = "" if receipt.cause is None else f": {WORDS[receipt.cause]}"
        return f"{text} by {receipt.provider}{why}"
    data = ", ".join(_DATATYPES.get(name, name) for name in receipt.datatypes)
    of_what = f" of {data}" if receipt.datatypes in _COUNTABLE else f" records: {data}"
    more = "; there is more, which reaches beyond what was allowed" if receipt.held_back else ""
    return f"{text} by {receipt.provider}: {receipt.record_count}{of_what}{more}"


def describe_disclosure(receipt: DisclosureReceipt, *, has_stayed: bool) -> str:
    """As ``describe_receipt``, and where that is so, that nothing has left after all."""
    stayed = "; nothing of it has left, since the permission ended before" if has_stayed else ""
    return f"{describe_receipt(receipt)}{stayed}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
