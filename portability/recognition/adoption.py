"""
Which text of an agreement two jurisdictions settle under: the one that both have signed.

The last adoption of a jurisdiction is in force. A case stays under the text that was in force when
it was opened. Source: design.md, Mutual recognition ("agreement version"); README.md
beside this file, Agreements are signed as texts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from portability.errors import NoAgreementError
from portability.recognition.statements import Header

SIGN = "portability node agreements sign"
LIST = "portability node agreements list"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAdoption:
    """A node signs the text with this SHA-256; ``agreement_version`` is the latest in it."""

    header: Header
    agreement: str
    agreement_version: str
    digest: bytes

    @property
    def jurisdiction(self) -> str:
        return self.header.sender.jurisdiction


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    How one agreement stands at the node of ``own``.

    ``shipped`` is the digest of the text that came with this software, empty for none; ``texts``
    are the digests of all texts that this node can read; ``signed`` has each jurisdiction's last.
    ``required`` says that nothing is done under an agreement without signatures.
    """

    agreement: str
    own: str
    shipped: bytes
    texts: frozenset[bytes]
    signed: Mapping[str, bytes]
    required: bool


def text_between(standing: Standing, peers: Sequence[str]) -> bytes:
    """
    The digest of the text that holds between this node and its peers.

    Raises NoAgreementError, with the next step, for a text that one side has not signed, or of
    which the sides have signed different ones.
    """
    own = _own_text(standing)
    for peer in peers:
        theirs = standing.signed.get(peer)
        if theirs is None and standing.required:
            raise _refusal(
                standing,
                f"{peer} has not signed the agreement {standing.agreement}; ask its operator to "
                f"run `{SIGN} {standing.agreement}`, and see `{LIST}`",
                peer,
            )
        if theirs not in {None, own}:
            raise _refusal(
                standing,
                f"{peer} has signed another text of the agreement {standing.agreement} "
                f"({short(theirs or b'')}) than {standing.own} ({short(own)}); install the same "
                f"text at both nodes and run `{SIGN} {standing.agreement}` there",
                peer,
            )
    return own


def check_text(
    standing: Standing, ever: Collection[tuple[str, bytes]], peers: Sequence[str], text: bytes
) -> None:
    """
    Whether a case that is under an earlier text can be joined: this node and its peers have signed
    it once, as ``ever`` says (jurisdiction and digest), or nothing yet where nobody has to, and
    this node has it.

    Raises NoAgreementError, with the next step.
    """
    for party in (standing.own, *peers):
        signed = {digest for code, digest in ever if code == party}
        if text not in signed and (signed or standing.required):
            raise _refusal(
                standing,
                f"the case is under a text of {standing.agreement} ({short(text)}) that {party} "
                "has never signed; let the claim be made anew in a case under the text in force",
                party,
            )
    if text not in standing.texts:
        raise _refusal(
            standing,
            f"the case is under an earlier text of {standing.agreement} ({short(text)}) that is "
            f"not at the node of {standing.own}; start the node with a software that has it once, "
            "or let the claim be made anew",
            standing.own,
        )


def is_unsigned(
    standing: Standing, ever: Collection[tuple[str, bytes]], peers: Sequence[str]
) -> bool:
    """Whether neither this node nor a peer has ever signed anything, and nobody has to."""
    parties = {standing.own, *peers}
    return not standing.required and not any(code in parties for code, _ in ever)


def _own_text(standing: Standing) -> bytes:
    own = standing.signed.get(standing.own)
    if own is None and standing.required:
        raise _refusal(
            standing,
            f"{standing.own} has not signed the agreement {standing.agreement} yet; its operator "
            f"runs `{SIGN} {standing.agreement}`",
            standing.own,
        )
    text = own or standing.shipped
    if text not in standing.texts:
        raise _refusal(
            standing,
            f"the text of {standing.agreement} that {standing.own} has signed ({short(text)}) is "
            f"not at this node; install it, or run `{SIGN} {standing.agreement}` for the one here",
            standing.own,
        )
    return text


def short(digest: bytes) -> str:
    """The beginning of a digest, as people compare it."""
    return f"sha256 {digest.hex()[:12]}"


def _refusal(standing: Standing, message: str, jurisdiction: str) -> NoAgreementError:
    return NoAgreementError(message, agreement=standing.agreement, jurisdiction=jurisdiction)
