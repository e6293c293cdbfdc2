"""The pages that are always within reach of somebody who is signed in, in this order."""

from typing import Final

from agents.migrant.portal.words import N_

NAVIGATION: Final[tuple[tuple[str, str], ...]] = (
    ("/", N_("Start")),
    ("/history", N_("My history")),
    ("/requests", N_("Requests")),
    ("/permissions", N_("My permissions")),
    ("/who-looked", N_("Who looked at my data")),
    ("/claims", N_("My claims")),
    ("/complaints", N_("Complaints and questions")),
    ("/my-data", N_("My data")),
    ("/keys", N_("My keys")),
)
