"""
Who signed which text of an agreement, at this node: asked before a case is opened or answered.

An adoption is signed by a node's key. It comes over the wire from the peer, or as a file that was
exchanged when the federation was made; either way its signature is checked against the directory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portability.consent.scope import Party
from portability.errors import InvalidInputError, NoAgreementError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import Envelope, kind_of, sign_envelope, statement_id
from portability.ledger.keys import Signer
from portability.ledger.trust import Directory
from portability.node.agreements.texts import AgreementText, shipped_text
from portability.node.log.write import NewStatement, Write
from portability.node.peers.withholding import all_speak, send
from portability.recognition.adoption import (
    AgreementAdoption,
    Standing,
    check_text,
    is_unsigned,
    text_between,
)
from portability.recognition.statements import Header
from portability.recognition.versions import LATEST, TEXTS
from portability.store import agreements as stored
from portability.store.engine import Connection
from portability.wire.adoption import ADOPTION_TYPE, adoption_to_payload
from portability.wire.envelope import envelope_to_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardAdoption:
    """An adoption whose signature by its node was verified."""

    envelope: Envelope
    statement_id: bytes
    key_id: bytes
    said: AgreementAdoption


class AgreementBook:
    """
    Answers under which text a case may run, takes in what peers signed, and signs.

    ``required`` says that nothing is done under an agreement that not both sides have signed.
    """

    def __init__(
        self,
        *,
        jurisdiction: str,
        node_key: Signer,
        directory: Callable[[], Directory],
        randomness: Callable[[int], bytes],
        wake_outbox: Callable[[], None],
        required: bool,
    ) -> None:
        self._jurisdiction = jurisdiction
        self._node_key = node_key
        self._directory = directory
        self._randomness = randomness
        self._wake_outbox = wake_outbox
        self.required = required

    async def put_under(
        self,
        connection: Connection,
        case_id: str,
        agreement: str,
        jurisdictions: Sequence[str],
        named: bytes = b"",
    ) -> None:
        """
        Note the text that a new case of these jurisdictions runs under, for as long as it lasts.

        ``named`` is the digest of an earlier one that a case is under which is joined here. Raises
        NoAgreementError, with the next step, where the sides have not signed the same.
        """
        known = await stored.read_known(connection, agreement)
        standing = self._standing(agreement, known)
        peers = [one for one in dict.fromkeys(jurisdictions) if one != self._jurisdiction]
        if named and is_unsigned(standing, known.signed, peers) and named not in standing.texts:
            named = b""  # nobody holds anybody to a text: cases go on under the one that is here
        if named:
            check_text(standing, known.signed, peers, named)
        digest = named or text_between(standing, peers)
        text = shipped_text(agreement)
        if text.digest == digest and digest not in known.texts:
            await _keep_text(connection, text)
        await stored.put_case_under(connection, case_id, digest)

    async def replaced_text(
        self, connection: Connection, agreement: str, text: bytes, peers: Sequence[str]
    ) -> bytes:
        """
        The digest ``text`` of that which a case is under, where it is not the one that holds by now
        between this node and all of these peers. Empty where it is, and where this node signs
        nothing: then cases go on as the software of each has it.
        """
        standing = await self.standing(connection, agreement)
        if standing.own not in standing.signed:
            return b""
        try:
            in_force = text_between(standing, peers)
        except NoAgreementError:
            in_force = b""
        return b"" if text in {b"", in_force} else text

    async def text_to_name(
        self, connection: Connection, agreement: str, text: bytes, peers: Sequence[str]
    ) -> bytes:
        """
        The digest ``text`` of that which a case is under, where whoever joins it now has to be told
        it: as ``replaced_text``, and, where this node signs nothing, after its software has changed
        the text, so that a peer that has the earlier one computes under that, too.

        Those who joined under their own text instead would end in a dispute. A peer that could not
        read the name is not told it.
        """
        replaced = await self.replaced_text(connection, agreement, text, peers)
        if replaced or text in {b"", shipped_text(agreement).digest}:
            return replaced
        standing = await self.standing(connection, agreement)
        is_read = await all_speak(connection, peers, TEXTS, own_version=LATEST)
        return text if is_read and standing.own not in standing.signed else b""

    async def standing(self, connection: Connection, agreement: str) -> Standing:
        """How an agreement stands here. Raises NoAgreementError for one that nobody knows."""
        return self._standing(agreement, await stored.read_known(connection, agreement))

    def _standing(self, agreement: str, known: stored.Known) -> Standing:
        shipped = shipped_text(agreement).digest
        return Standing(
            agreement=agreement,
            own=self._jurisdiction,
            shipped=shipped,
            texts=known.texts | {shipped},
            signed=dict(known.signed),  # the last one wins
            required=self.required,
        )

    async def take(self, write: Write, heard: HeardAdoption) -> None:
        """Log and keep what a peer's node signed. Repeating it changes nothing."""
        if heard.said.jurisdiction == self._jurisdiction:
            raise InvalidInputError("the adoption is this node's own", field="sender")
        await _log(write, heard)

    async def put_back(self, write: Write, heard: HeardAdoption) -> None:
        """Log and keep what this node had signed, and a peer has kept."""
        await _log(write, heard)

    async def sign(self, write: Write, agreement: str) -> None:
        """
        Sign the text that came with this software and tell the peers that are parties to it.

        Signing the text that is in force already changes nothing. Raises NoAgreementError for an
        agreement that is not shipped, or that this jurisdiction is no party to.
        """
        text = shipped_text(agreement)
        if self._jurisdiction not in text.parties:
            raise NoAgreementError(
                f"{self._jurisdiction} is not a party to the agreement {agreement}; there is "
                "nothing to sign",
                agreement=agreement,
                jurisdiction=self._jurisdiction,
            )
        standing = await self.standing(write.connection, agreement)
        await _keep_text(write.connection, text)
        if standing.signed.get(self._jurisdiction) == text.digest:
            return
        heard = sign_adoption(
            text,
            self._jurisdiction,
            self._node_key,
            salt=self._randomness(HASH_BYTES),
            now=write.now.replace(microsecond=0),
        )
        await _log(write, heard)
        for member in self._directory().members:
            peer = member.jurisdiction
            if peer != self._jurisdiction and peer in text.parties:
                await send(write, peer, heard.statement_id, kind_of(ADOPTION_TYPE))
        write.after_commit(self._wake_outbox)


def sign_adoption(
    text: AgreementText, jurisdiction: str, node_key: Signer, *, salt: bytes, now: datetime
) -> HeardAdoption:
    """A node's adoption of a text; ``now`` is in whole seconds."""
    said = AgreementAdoption(
        header=Header(salt=salt, case_id="", sender=Party(jurisdiction=jurisdiction), created=now),
        agreement=text.agreement,
        agreement_version=text.version,
        digest=text.digest,
    )
    payload = adoption_to_payload(said)
    return HeardAdoption(
        envelope=sign_envelope(ADOPTION_TYPE, payload, node_key),
        statement_id=statement_id(ADOPTION_TYPE, payload),
        key_id=node_key.key_id,
        said=said,
    )


async def keep_adoption(connection: Connection, heard: HeardAdoption, now: datetime) -> bool:
    """Keep a verified adoption, and the text if it is the one that came with this software."""
    text = _shipped(heard.said)
    if text is not None:
        await _keep_text(connection, text)
    return await stored.add_adoption(
        connection,
        stored.AdoptionRow(
            statement_id=heard.statement_id,
            jurisdiction=heard.said.jurisdiction,
            agreement=heard.said.agreement,
            agreement_version=heard.said.agreement_version,
            digest=heard.said.digest,
            sign_time=heard.said.header.created,
            envelope=envelope_to_bytes(heard.envelope),
            create_time=now,
        ),
    )


def _shipped(said: AgreementAdoption) -> AgreementText | None:
    try:
        text = shipped_text(said.agreement)
    except NoAgreementError:
        return None
    return text if text.digest == said.digest else None


async def _log(write: Write, heard: HeardAdoption) -> None:
    await write.log(
        NewStatement(
            envelope=heard.envelope,
            statement_id=heard.statement_id,
            kind=kind_of(ADOPTION_TYPE),
            key_id=heard.key_id,
            person=None,
        )
    )
    await keep_adoption(write.connection, heard, write.now)


async def _keep_text(connection: Connection, text: AgreementText) -> None:
    await stored.add_text(
        connection, digest=text.digest, agreement=text.agreement, source=text.source
    )
