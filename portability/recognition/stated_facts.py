"""
What an institution knew beside the agreed history when it decided, signed by it as one document.

They name the salt of the decision, which no other has, and the decision names their id as soon as
every party's node reads that, so nobody can say afterwards that they were others. They stay at the
institution's own node, since they hold more of a person than any other party needs; whoever may
read them computes the decision again, number by number. It is JSON that a court can read; the
documents in it are TOML texts in the form of ``core.national_facts``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.document import check_instant
from portability.consent.reading import Members, check_hash, check_name, refuse
from portability.consent.scope import Party
from portability.core.document import read_document
from portability.core.national_facts import NationalFacts, read_national_facts
from portability.core.periods import Duration, Period
from portability.core.reading import read_duration
from portability.core.scheme import Scheme
from portability.core.scheme_text import duration_text, scheme_text
from portability.errors import InvalidInputError
from portability.ledger.documents import load_json_object
from portability.ledger.encoding import encode_base64url, format_time
from portability.ledger.envelope import payload_type
from portability.recognition.header import read_case_id
from portability.recognition.statements import Header

FACTS_TYPE: Final = payload_type("national-facts", "json")
SCHEMA: Final = "national-facts/1"
MAX_FACTS_BYTES: Final = 1024 * 1024

_AT_MOST: Final = "missing_at_most"


class Source(StrEnum):
    """Where a document comes from; what an earlier one says goes before what a later one says."""

    CALL = "call"
    CLAIM = "claim"
    SCHEME_PACK = "scheme-pack"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsDocument:
    """A TOML text, exactly as it was given."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFacts:
    """
    ``nonce`` hides the rest from whoever knows the id alone; ``decision`` is the salt of the
    decision. ``at_most`` is the most that each missing jurisdiction may still certify, None for a
    final decision.
    """

    nonce: bytes
    decision: bytes
    case_id: str
    institution: Party
    created: datetime
    documents: tuple[FactsDocument, ...]
    at_most: Duration | None = None

    def __post_init__(self) -> None:
        check_hash(self.nonce, field="nonce")
        check_hash(self.decision, field="decision")
        check_instant(self.created, field="created_at")
        check_name(self.institution.institution, field="institution")
        sources = [one.source for one in self.documents]
        if sources != [one for one in Source if one in sources]:
            raise refuse("documents", "do not hold each source at most once, in their order")

    def is_behind(self, header: Header) -> bool:
        """Whether they are those of the decision with this header."""
        of = (header.salt, header.case_id, header.sender)
        return (self.decision, self.case_id, self.institution) == of

    def read(self, periods: Sequence[Period]) -> NationalFacts:
        """All documents as one, for these periods. Raises InvalidInputError with key and line."""
        facts = NationalFacts()
        for one in self.documents:
            facts = facts.over(read_national_facts(one.text.encode(), one.source, periods))
        return facts


def documents_of(
    scheme: Scheme | None, facts: bytes, scheme_pack: bytes
) -> tuple[FactsDocument, ...]:
    """What was given, as documents; without what was not. Raises InvalidInputError if not UTF-8."""
    given = (
        (Source.CALL, b"" if scheme is None else scheme_text(scheme).encode()),
        (Source.CLAIM, facts),
        (Source.SCHEME_PACK, scheme_pack),
    )
    return tuple(
        FactsDocument(source=source, text=_decoded(data, source)) for source, data in given if data
    )


def write_stated_facts(stated: StatedFacts) -> bytes:
    """The exact bytes to sign. Raises InvalidInputError if they are more than is allowed."""
    members: dict[str, object] = {
        "schema": SCHEMA,
        "nonce": encode_base64url(stated.nonce),
        "decision": encode_base64url(stated.decision),
        "case": stated.case_id,
        "jurisdiction": stated.institution.jurisdiction,
        "institution": stated.institution.institution,
        "created_at": format_time(stated.created),
        "documents": [{"source": str(one.source), "text": one.text} for one in stated.documents],
    }
    if stated.at_most is not None:
        members[_AT_MOST] = duration_text(stated.at_most)
    data = to_bytes(members)
    _check_size(data)
    return data


def read_stated_facts(data: bytes) -> StatedFacts:
    """The facts that these bytes hold. Raises InvalidInputError that names the member."""
    _check_size(data)
    root = Members(load_json_object(data, what="national facts"))
    root.constant("schema", SCHEMA)
    stated = StatedFacts(
        nonce=root.nonce("nonce"),
        decision=root.nonce("decision"),
        case_id=read_case_id(root),
        institution=Party(
            jurisdiction=root.country("jurisdiction"), institution=root.code("institution")
        ),
        created=root.time("created_at"),
        documents=tuple(map(_document, root.objects("documents"))),
        at_most=_duration(root.whole_text(_AT_MOST)) if _AT_MOST in root else None,
    )
    root.finish()
    return stated


def _document(item: Members) -> FactsDocument:
    found = FactsDocument(source=item.one_of("source", Source), text=item.whole_text("text"))
    item.finish()
    return found


def _duration(text: str) -> Duration:
    return read_duration(read_document(text.encode(), _AT_MOST))


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidInputError(f"the {name} document is not UTF-8 text", field=name) from None


def _check_size(data: bytes) -> None:
    if len(data) > MAX_FACTS_BYTES:
        raise InvalidInputError(
            f"the national facts have {len(data)} bytes, {MAX_FACTS_BYTES} are allowed; leave what "
            "does not matter to this claim out of facts and scheme pack",
            field="facts",
            limit=str(MAX_FACTS_BYTES),
        )
