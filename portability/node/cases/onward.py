"""
Who among the parties of a case may see whose records: those whom the consent lists, nobody else.

The lead shows the other parties what a result rests on. Its own records are its own to show; what
another country disclosed to it goes on only to whom the person has named (formats.md, Consent:
requester and providers, explicit, no wildcard).
"""

from portability.consent.document import Consent
from portability.consent.scope import Party
from portability.errors import PreconditionError
from portability.node.cases.loading import LoadedCase
from portability.node.consents.standing import load_consent
from portability.recognition.facts import read_facts
from portability.recognition.statements import HistoryRequest
from portability.store.engine import Connection
from portability.store.vault import Vault


async def onward_to(
    connection: Connection, vault: Vault, loaded: LoadedCase
) -> dict[Party, frozenset[Party]]:
    """By whose history it is, the parties that may see it; a consent unknown here lists nobody."""
    facts = read_facts(loaded.case)
    found: dict[Party, frozenset[Party]] = {}
    for i in facts.usable:
        request = facts.requests[facts.responses[i].header.predecessors[0]]
        consent = await load_consent(connection, vault, request.permission)
        listed = frozenset() if consent is None else parties_of(consent.document)
        found[request.recipient] = found.get(request.recipient, frozenset()) | listed
    return found


def parties_of(consent: Consent) -> frozenset[Party]:
    """Everybody whom a consent names."""
    return frozenset((consent.requester.party, *consent.providers))


def check_lists_all(consent: Consent, request: HistoryRequest) -> None:
    """
    Raise PreconditionError if a case has parties that could not be shown what is asked for.

    Whether the one that is asked is listed is for its gate to say.
    """
    listed = parties_of(consent)
    between = (request.header.sender.jurisdiction, request.recipient.jurisdiction)
    unlisted = [
        one
        for one in request.claim.parties
        if one not in listed and one.jurisdiction not in between
    ]
    if unlisted:
        raise PreconditionError(
            f"the consent does not list {' and '.join(map(str, unlisted))}, which takes part in "
            "the case and would have to see this history; ask the person for a consent that lists "
            "every party",
            subject="permission",
        )
