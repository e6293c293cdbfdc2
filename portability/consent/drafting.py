"""
From a request that passed the over-asking check to the document that the person may sign.

The person may narrow what is asked for and never widen it. Source: formats.md, §6.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from portability.consent.document import (
    Assurance,
    Consent,
    ExpressedBy,
    Keeping,
    Notice,
    NoticeMode,
    Purpose,
    Requester,
    Use,
    WithdrawalMeans,
)
from portability.consent.scope import Grant, Party, first_excess
from portability.consent.signature import most_assured
from portability.consent.statements import ConsentRequest, SubjectKey
from portability.consent.template import Template, notice_digest
from portability.errors import InvalidInputError
from portability.ledger.trust import Institution


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    What the person allows.

    No grants or providers: all that are asked for; no uses or end: as many and as late as asked.
    """

    grants: tuple[Grant, ...] = ()
    max_uses: int = 0
    language: str = ""
    mode: NoticeMode = NoticeMode.SCREEN
    not_after: datetime | None = None
    providers: tuple[Party, ...] = ()
    expressed_by: ExpressedBy = field(default_factory=ExpressedBy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document to sign, and the exact text to show before."""

    consent: Consent
    notice: bytes


def draft_consent(
    request: ConsentRequest,
    template: Template,
    choice: Choice,
    *,
    request_id: bytes,
    requester: Institution,
    key: SubjectKey,
    home_node: str,
    withdrawal: WithdrawalMeans,
    consent_id: str,
    nonce: bytes,
    now: datetime,
    supersedes: bytes | None = None,
) -> Draft:
    """
    The consent as the person narrowed it. ``key`` is the one that they will sign with.

    Raises InvalidInputError if the choice goes beyond the request or the time for it has passed.
    """
    language, notice = template.notice(choice.language)
    not_after = _earlier(request.not_after, choice.not_after)
    longest = template.caps.retention.after(not_after.date())
    consent = Consent(
        id=consent_id,
        nonce=nonce,
        request=request_id,
        supersedes=supersedes,
        subject=request.person_reference,
        legal_basis=template.legal_basis,
        requester=_requester(request, requester),
        providers=_fewer_providers(request.providers, choice.providers),
        purpose=_purpose(request, template),
        grants=_narrowed(request.grants, choice.grants),
        use=_use(request, template, choice),
        retention=Keeping(
            duration=template.caps.retention, erase_by=min(request.erase_by, longest)
        ),
        storage_countries=template.caps.storage_countries,
        created_at=now,
        not_before=request.not_before,
        not_after=not_after,
        home_node=home_node,
        jurisdiction=home_node,
        notice=_shown(template, language, notice, choice),
        withdrawal=withdrawal,
        expressed_by=choice.expressed_by,
        method=key.method,
        assurance=_assurance(key),
    )
    return Draft(consent=consent, notice=notice)


def _purpose(request: ConsentRequest, template: Template) -> Purpose:
    return Purpose(
        code=template.purpose,
        template_id=template.id,
        template=request.template,
        text_key=template.text_key,
    )


def _use(request: ConsentRequest, template: Template, choice: Choice) -> Use:
    return Use(
        fetch=template.fetch,
        max_uses=_fewer(request.max_uses, choice.max_uses),
        min_interval=template.caps.min_interval,
    )


def _shown(template: Template, language: str, text: bytes, choice: Choice) -> Notice:
    return Notice(
        language=language,
        version=str(template.version),
        sha256=notice_digest(text),
        mode=choice.mode,
    )


def _requester(request: ConsentRequest, requester: Institution) -> Requester:
    return Requester(
        party=request.requester,
        legal_name=requester.name,
        country=requester.country,
        contact=requester.contact,
        supervisory_authority=requester.supervisory_authority,
    )


def _assurance(key: SubjectKey) -> Assurance:
    return Assurance(identity=key.identity_level, act=most_assured(key.method))


def _narrowed(asked: tuple[Grant, ...], chosen: Sequence[Grant]) -> tuple[Grant, ...]:
    if not chosen:
        return asked
    excess = first_excess(chosen, asked)
    if excess is not None:
        dimension, name = excess
        raise InvalidInputError(
            f"grants allows the {dimension} {name}, which was not asked for; leave it out",
            field="grants",
        )
    return tuple(chosen)


def _fewer_providers(asked: tuple[Party, ...], chosen: tuple[Party, ...]) -> tuple[Party, ...]:
    if not set(chosen) <= set(asked):
        raise InvalidInputError(
            "providers names one that was not asked for; leave it out", field="providers"
        )
    return chosen or asked


def _earlier(asked: datetime, chosen: datetime | None) -> datetime:
    if chosen is not None and chosen > asked:
        raise InvalidInputError("not_after is later than was asked for", field="not_after")
    return chosen or asked


def _fewer(asked: int, chosen: int) -> int:
    if chosen > asked:
        raise InvalidInputError(
            f"max_uses allows more than the {asked} uses that were asked for", field="max_uses"
        )
    return chosen or asked
