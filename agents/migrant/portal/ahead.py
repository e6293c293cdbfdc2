"""What is read for a person while they look at the page after signing in."""

from collections.abc import Callable
from typing import Final

from agents.migrant.portal.claims_pages import load_claims
from agents.migrant.portal.complaints_pages import load_complaints
from agents.migrant.portal.history_pages import load_history
from agents.migrant.portal.keys import load_keys
from agents.migrant.portal.permissions import load_permissions
from agents.migrant.portal.requests import load_requests
from agents.migrant.portal.visit import Visit
from agents.migrant.portal.who_looked_pages import load_openings, load_receipts

AHEAD: Final[tuple[Callable[[Visit], object], ...]] = (
    load_requests,
    load_history,
    load_claims,
    load_permissions,
    load_receipts,
    load_openings,
    load_complaints,
    load_keys,
)
"""What is quick first, and then in the order in which people are led to the pages."""
