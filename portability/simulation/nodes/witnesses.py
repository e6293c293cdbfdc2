"""What somebody outside of a node has seen of it, and what it must therefore never lack again."""

from collections.abc import Iterable, Mapping

from portability.simulation.nodes.files import Backup
from portability.simulation.nodes.net import Call
from portability.simulation.promises import BrokenPromiseError
from portability.v1 import federation_service_pb2 as pb


class Witnesses:
    """Of all nodes: the heads of their logs that were seen, and what they have signed for."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._heads: dict[str, dict[int, bytes]] = {code: {} for code in codes}
        self._signed_for: dict[str, dict[str, int]] = {code: {} for code in self._heads}

    def heads(self, code: str) -> Mapping[int, bytes]:
        """Sizes and roots of a log that somebody else has seen."""
        return self._heads[code]

    def note_seen(self, code: str, size: int, root: bytes) -> None:
        """Append-only: nobody is ever shown two histories, nor a smaller one than before."""
        seen = self._heads[code]
        if size < max(seen, default=0):
            raise BrokenPromiseError(f"the log of {code} has shrunk")
        if seen.setdefault(size, root) != root:
            raise BrokenPromiseError(f"the log of {code} shows two histories")

    def note_answer(self, call: Call, answer: bytes) -> None:
        """The recipient of a delivery has said, under its signature, up to where it has it."""
        if call.method == "DeliverStatements":
            said = pb.DeliverStatementsResponse.FromString(answer).accepted_position
            known = self._signed_for[call.recipient]
            known[call.sender] = max(known.get(call.sender, 0), said)

    def know_more(self, code: str, backup: Backup) -> bool:
        """Whether somebody has seen what a backup lacks: then a node does not start from it."""
        return backup.size < max(self._heads[code], default=0) or any(
            backup.accepted[peer] < position for peer, position in self._signed_for[code].items()
        )

    def check_restarted(
        self, code: str, head: tuple[int, bytes], accepted: Mapping[str, int]
    ) -> None:
        """Nothing lost: a node that comes back has all that anybody knows of it."""
        self.note_seen(code, *head)
        for peer, position in self._signed_for[code].items():
            if accepted[peer] < position:
                raise BrokenPromiseError(f"{code} acknowledged what it does not have of {peer}")
