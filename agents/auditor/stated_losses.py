"""Entries that logs have lost for ever, as the signed directory says."""

from dataclasses import dataclass

from portability.ledger.directory import Directory, EndedLog


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLoss:
    """Entries ``first`` to ``last`` of a log that ended; ``successor`` is the one that goes on."""

    origin: str
    first: int
    last: int
    successor: str

    @property
    def words(self) -> str:
        return (
            f"{self.origin}: entries {self.first} to {self.last} are lost, says the directory; the "
            f"log goes on from entry {self.first} as {self.successor}, and a proof of a lost entry "
            "shows what the node no longer has"
        )

    def to_json(self) -> dict[str, object]:
        return {
            "origin": self.origin,
            "first": self.first,
            "last": self.last,
            "successor": self.successor,
        }


def stated_losses(directory: Directory) -> tuple[StatedLoss, ...]:
    """All that any member has ever lost, in the order of the directory."""
    return tuple(
        StatedLoss(
            origin=end.origin,
            first=end.lost.start,
            last=end.lost.stop - 1,
            successor=successor(directory, end),
        )
        for end in directory.ended_logs
        if end.lost
    )


def successor(directory: Directory, end: EndedLog) -> str:
    """The name under which an ended log goes on."""
    names = directory.log_origins(end.jurisdiction)
    return names[names.index(end.origin) + 1]
