"""
Reading the consent document and its withdrawal from the very bytes that were verified.

Raises InvalidInputError and nothing else: for a member that is missing, unknown, of another type
or in another spelling, and for parts that contradict each other. Source: formats.md, §2 and §6.
"""

from datetime import timedelta

from portability.consent.document import (
    MAX_USES,
    SCHEMA,
    ActLevel,
    Assurance,
    Consent,
    ExpressedBy,
    Fetch,
    IdentityLevel,
    Keeping,
    LegalBasis,
    LegalBasisKind,
    Method,
    Notice,
    NoticeMode,
    Purpose,
    Representation,
    Requester,
    Role,
    Use,
    WithdrawalMeans,
)
from portability.consent.durations import parse_retention
from portability.consent.reading import Members, refuse
from portability.consent.scope import Action, Grant, Party
from portability.consent.withdrawal import SCHEMA as WITHDRAWAL_SCHEMA
from portability.consent.withdrawal import Withdrawal
from portability.core.periods import Branch
from portability.ledger.documents import load_json_object

MAX_DOCUMENT_BYTES = 262_144
_MAX_SECONDS = 3660 * 86_400


def read_consent(data: bytes) -> Consent:
    """The consent that these bytes hold."""
    root = _root(data, "consent document")
    root.constant("schema", SCHEMA)
    consent = Consent(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        request=root.hash("request"),
        supersedes=root.hash("supersedes") if "supersedes" in root else None,
        subject=root.reference("subject"),
        legal_basis=_legal_basis(root.object("legal_basis")),
        requester=_requester(root.object("requester")),
        providers=tuple(map(_party, root.objects("providers"))),
        purpose=_purpose(root.object("purpose")),
        grants=tuple(map(read_grant, root.objects("grants"))),
        optional=tuple(map(read_grant, root.objects("optional"))),
        use=_use(root.object("use")),
        retention=_keeping(root.object("retention")),
        storage_countries=root.countries("storage_countries"),
        onward_transfer=root.code("onward_transfer"),
        created_at=root.time("created_at"),
        not_before=root.time("not_before"),
        not_after=root.time("not_after"),
        home_node=root.country("home_node"),
        jurisdiction=root.country("jurisdiction"),
        notice=_notice(root.object("notice")),
        withdrawal=_means(root.object("withdrawal")),
        expressed_by=_expressed_by(root.object("expressed_by")),
        method=root.one_of("method", Method),
        assurance=_assurance(root.object("assurance")),
    )
    root.finish()
    return consent


def read_withdrawal(data: bytes) -> Withdrawal:
    """The withdrawal that these bytes hold."""
    root = _root(data, "withdrawal")
    root.constant("schema", WITHDRAWAL_SCHEMA)
    withdrawal = Withdrawal(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        consent=root.hash("consent"),
        created_at=root.time("created_at"),
        reason=root.code("reason") if "reason" in root else None,
    )
    root.finish()
    return withdrawal


def read_grant(item: Members) -> Grant:
    """One grant; the same layout in consents and purpose templates is not needed elsewhere."""
    period = item.object("period")
    grant = Grant(
        branches=item.some_of("branches", Branch),
        datatypes=item.codes("datatypes"),
        actions=item.some_of("actions", Action),
        fields=item.codes("fields"),
        from_date=period.day("from"),
        to_date=period.day("to"),
    )
    period.finish()
    item.finish()
    return grant


def _root(data: bytes, what: str) -> Members:
    if len(data) > MAX_DOCUMENT_BYTES:
        raise refuse(what, f"has more than {MAX_DOCUMENT_BYTES} bytes")
    return Members(load_json_object(data, what=what))


def _party(item: Members) -> Party:
    party = Party(jurisdiction=item.country("node"), institution=item.code("institution"))
    item.finish()
    return party


def _requester(item: Members) -> Requester:
    requester = Requester(
        party=Party(jurisdiction=item.country("node"), institution=item.code("institution")),
        legal_name=item.text("legal_name"),
        country=item.country("country"),
        contact=item.text("contact"),
        supervisory_authority=item.text("supervisory_authority"),
    )
    item.finish()
    return requester


def _legal_basis(item: Members) -> LegalBasis:
    basis = LegalBasis(kind=item.one_of("kind", LegalBasisKind), citation=item.text("citation"))
    item.finish()
    return basis


def _purpose(item: Members) -> Purpose:
    purpose = Purpose(
        code=item.code("code"),
        template_id=item.code("template_id"),
        template=item.hash("template"),
        text_key=item.code("text_key"),
    )
    item.finish()
    return purpose


def _use(item: Members) -> Use:
    use = Use(
        fetch=item.one_of("fetch", Fetch),
        max_uses=item.integer("max_uses", least=1, most=MAX_USES),
        min_interval=timedelta(seconds=item.integer("min_interval", least=0, most=_MAX_SECONDS)),
    )
    item.finish()
    return use


def _keeping(item: Members) -> Keeping:
    duration = parse_retention(item.text("duration"), field=item.path("duration"))
    keeping = Keeping(duration=duration, erase_by=item.day("erase_by"))
    item.finish()
    return keeping


def _notice(item: Members) -> Notice:
    notice = Notice(
        language=item.code("lang"),
        version=item.code("version"),
        sha256=item.hash("sha256"),
        mode=item.one_of("mode", NoticeMode),
    )
    item.finish()
    return notice


def _means(item: Members) -> WithdrawalMeans:
    means = WithdrawalMeans(
        url=item.text("url"),
        phone=item.text("phone"),
        office=item.text("office"),
        text_key=item.code("text_key"),
    )
    item.finish()
    return means


def _expressed_by(item: Members) -> ExpressedBy:
    expressed = ExpressedBy(
        role=item.one_of("role", Role),
        proof=_proof(item.object("proof")) if "proof" in item else None,
    )
    item.finish()
    return expressed


def _proof(item: Members) -> Representation:
    proof = Representation(
        sha256=item.hash("sha256"), not_after=item.time("not_after"), acts=item.codes("acts")
    )
    item.finish()
    return proof


def _assurance(item: Members) -> Assurance:
    assurance = Assurance(
        identity=item.one_of("identity", IdentityLevel), act=item.one_of("act", ActLevel)
    )
    item.finish()
    return assurance
