"""
The over-asking check: what goes beyond template or agreement never reaches the person.

Any excess refuses the whole request and names the item to whoever asked.
Source: formats.md, §6, Over-asking check.
"""

from collections.abc import Sequence
from typing import NoReturn

from portability.consent.agreement import AgreementScope
from portability.consent.scope import Grant, Party, first_excess
from portability.consent.statements import ConsentRequest
from portability.consent.template import Template
from portability.core.periods import Branch
from portability.errors import InvalidInputError


def check_request(
    request: ConsentRequest,
    template: Template,
    agreement: AgreementScope | None = None,
    *,
    branches: Sequence[Branch] | None = None,
) -> None:
    """
    Raise InvalidInputError naming the first item that template or agreement does not allow.

    ``agreement`` is given wherever the template's agreement is known to the node, ``branches`` are
    those for which the requester is competent, where the directory is at hand.
    """
    caps = template.caps
    if request.purpose != template.purpose:
        _refuse("purpose", "is not the purpose of the template")
    _check_providers(request.providers, template.providers)
    _check_scope(request.grants, template.may_ask, "the purpose template")
    if agreement is not None:
        _check_agreement(request, template, agreement)
    if branches is not None:
        _check_branches(request.grants, branches)
    if request.not_before - request.created_at > caps.validity:
        _refuse("not_before", f"begins more than {caps.validity.days} days after it is asked")
    if request.not_after - request.not_before > caps.validity:
        _refuse("not_after", f"asks for more than the {caps.validity.days} days allowed")
    if request.max_uses > caps.max_uses:
        _refuse("max_uses", f"asks for more than the {caps.max_uses} uses allowed")
    if request.erase_by > caps.retention.after(request.not_after.date()):
        _refuse("erase_by", f"asks to keep data for longer than the {caps.retention} allowed")


def _check_agreement(
    request: ConsentRequest, template: Template, agreement: AgreementScope
) -> None:
    if template.agreement != agreement.id:
        _refuse("template", "rests on another agreement")
    for party in (request.requester, *request.providers):
        if party.jurisdiction not in agreement.parties:
            _refuse("providers", f"names {party}, whose jurisdiction is no party to the agreement")
    _check_scope(request.grants, agreement.grants, "the agreement")


def _check_providers(asked: Sequence[Party], allowed: Sequence[Party]) -> None:
    for provider in asked:
        if provider not in allowed:
            _refuse("providers", f"names {provider}, which the purpose template does not")


def _check_branches(asked: Sequence[Grant], competent: Sequence[Branch]) -> None:
    for branch in (branch for grant in asked for branch in grant.branches):
        if branch not in competent:
            _refuse("grants", f"asks for the branch {branch}, which is not the requester's")


def _check_scope(asked: Sequence[Grant], allowed: Sequence[Grant], whose: str) -> None:
    excess = first_excess(asked, allowed)
    if excess is not None:
        dimension, name = excess
        _refuse("grants", f"asks for the {dimension} {name}, which {whose} does not allow")


def _refuse(field: str, why: str) -> NoReturn:
    raise InvalidInputError(f"{field} {why}; ask for less and sign the request again", field=field)
