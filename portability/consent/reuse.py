"""
Whether a person has allowed already what is asked: then they are not asked again.

Source: formats.md, §6, Over-asking check (the same requester, purpose and scope still in force).
"""

from portability.consent.document import Consent
from portability.consent.lifecycle import Standing
from portability.consent.scope import covers
from portability.consent.statements import ConsentRequest


def is_covered(request: ConsentRequest, consent: Consent, standing: Standing, uses: int) -> bool:
    """
    Whether this consent allows everything that the request asks for, from now to its last day.

    ``uses`` is how often it was used. The template must be the very same: another version may say
    other words.
    """
    same = (
        consent.requester.party == request.requester
        and consent.purpose.template == request.template
        and consent.subject == request.person_reference
    )
    return (
        same
        and standing.permits
        and set(request.providers) <= set(consent.providers)
        and covers(consent.scope, request.grants)
        and consent.not_before <= request.not_before
        and request.not_after <= consent.not_after
        and request.erase_by <= consent.retention.erase_by
        and uses + request.max_uses <= consent.use.max_uses
    )
