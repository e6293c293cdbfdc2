"""Results and decisions in whose place whoever signed them has put later ones."""

from collections.abc import Mapping

from agents.auditor.report import Change, Replaced
from agents.auditor.steps import Checked
from portability.recognition.statements import Determination, Reconciliation


def find_superseded(statements: Mapping[bytes, Checked]) -> dict[bytes, Replaced]:
    """Each by its id, with what took its place; ``on`` is the day on which that was signed."""
    found: dict[bytes, Replaced] = {}
    for i, one in statements.items():
        content = one.content
        if not isinstance(content, Determination | Reconciliation) or not content.supersedes:
            continue
        what = "decision" if isinstance(content, Determination) else "result"
        found[content.supersedes] = Replaced(
            how=Change.REPLACED,
            by=i.hex(),
            issuer=str(content.header.sender),
            on=content.header.created.date().isoformat(),
            what=what,
        )
    return found
