"""The pages that are always within reach of somebody who is signed in, in this order."""

from typing import Final

from agents.migrant.portal.words import N_

NAVIGATION: Final[tuple[tuple[str, str], ...]] = (("/", N_("Start")),)
