"""
A whole federation on one machine, made on the spot: authority, certificates, keys, directory,
configurations of nodes and profiles of those who talk to them.

Layout under the root folder::

    ca/                       the certificate authority and the directory's root keys
    directory.json            the signed directory
    agreements/               which text of which agreement each node has signed
    FR/node.toml              one folder per jurisdiction, with keys/, tls/, erasure/ and node.db
    profiles/fr-agency-cnav.toml, fr-portal.toml, fr-auditor.toml, ...

Every private key carries the development marker, so that no production node starts with it.
"""

import os
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Final

from portability.errors import ConfigurationError
from portability.federation.identity import Identity, Role, node_server_name
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    NODE_LEVEL,
    Directory,
    Institution,
    KeyEntry,
    KeyPurpose,
    Member,
    build_directory,
)
from portability.ledger.envelope import add_signature, envelope_to_json, sign_envelope
from portability.ledger.keys import Ed25519Signer, generate_seed
from portability.node.agreements.files import write_adoptions
from portability.node.development.authority import DevelopmentAuthority, Issued
from portability.node.development.names import AUDITORS, COUNTER, institutions_of
from portability.node.erasure.keeping import create_keeping
from portability.node.keys import Mode, load_signer, signer_pem, write_secret_file
from portability.node.persons.passkeys import LOCALHOST

ROOT_KEYS: Final = 3
ROOT_THRESHOLD: Final = 2
BACKDATE: Final = timedelta(days=1)
"""Keys are valid from a day before: log entries tell their time in whole hours, rounded down."""

DIRECTORY_LIFETIME: Final = timedelta(days=3650)
QUORUM: Final = 1
"""Any one peer witnesses a checkpoint before it is published."""

STORAGE_KEY_BYTES: Final = 32
PORTS: Final = range(20_000, 32_000)
"""Below what Linux (from 32768) and macOS (from 49152) give to whoever asks for any port."""

_numbers = count(os.getpid() * 1_009)

Randomness = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePorts:
    """
    Loopback ports of one node: gRPC, and the read side with metrics and health.

    ``portal``: where its home portal will be served; a node without one takes no passkeys.
    """

    listen: int
    observe: int
    portal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationLayout:
    """
    Where everything is. ``nodes`` maps a jurisdiction to its configuration, ``profiles`` a name
    such as ``fr-agency-cnav``, ``es-portal`` or ``es-auditor`` to a profile.
    """

    root: Path
    directory: Path
    nodes: Mapping[str, Path]
    profiles: Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """What is needed to make things; ``now`` is in whole hours, a day back."""

    root: Path
    authority: DevelopmentAuthority
    valid_from: datetime
    randomness: Randomness
    roots: tuple[Ed25519Signer, ...]

    def seed(self) -> bytes:
        return generate_seed(self.randomness)


def create_federation(
    root: Path, ports: Mapping[str, NodePorts], *, now: datetime, randomness: Randomness
) -> FederationLayout:
    """
    Make a federation of these jurisdictions (ISO 3166-1 alpha-2) under ``root``.

    Raises ConfigurationError if there is one already or the folder cannot be written.
    """
    if (root / "directory.json").exists():
        raise ConfigurationError(
            f"there is a federation in {root} already; use it, or choose another folder",
            file=str(root),
        )
    try:
        return _create(root, ports, now, randomness)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {root} cannot be written ({error.strerror}); choose another one",
            file=str(root),
        ) from None


def open_federation(root: Path) -> FederationLayout:
    """The federation that was made under ``root``. Raises ConfigurationError if there is none."""
    directory = root / "directory.json"
    if not directory.is_file():
        raise ConfigurationError(f"there is no federation in {root}", file=str(root))
    return FederationLayout(
        root=root,
        directory=directory,
        nodes={path.parent.name: path for path in sorted(root.glob("??/node.toml"))},
        profiles={path.stem: path for path in sorted((root / "profiles").glob("*.toml"))},
    )


def pick_ports(wanted: int) -> list[int]:
    """
    Loopback ports that are free now, all different, and others than those of the call before.

    Nobody gets one of them by asking for any port, and another process begins elsewhere: they stay
    free until a node listens there, and while it is started again. Raises ConfigurationError if
    there are not as many.
    """
    with ExitStack() as held:
        picked: list[int] = []
        for number in islice(_numbers, len(PORTS)):
            one = held.enter_context(socket.socket())
            port = PORTS[number % len(PORTS)]
            with suppress(OSError):  # somebody listens there
                one.bind(("127.0.0.1", port))
                picked.append(port)
            if len(picked) == wanted:
                return picked
    raise ConfigurationError(f"{wanted} ports are not free on this machine; end other programs")


def _create(
    root: Path, ports: Mapping[str, NodePorts], now: datetime, randomness: Randomness
) -> FederationLayout:
    for folder in (root, root / "ca", root / "profiles"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    maker = _Maker(
        root=root,
        authority=DevelopmentAuthority(now=now, randomness=randomness),
        valid_from=now.replace(minute=0, second=0, microsecond=0) - BACKDATE,
        randomness=randomness,
        roots=_make_roots(root / "ca", randomness),
    )
    (root / "ca" / "certificate.pem").write_bytes(maker.authority.certificate)
    write_secret_file(root / "ca" / "key.pem", maker.authority.key, is_development=True)
    entries: list[KeyEntry] = []
    for code, where in ports.items():
        entries += _make_node(maker, code, where)
        entries += _make_profiles(maker, code, where)
    _sign_agreements(root, ports, now, randomness)
    payload = build_directory(_directory(maker, ports, tuple(entries)))
    envelope = sign_envelope(DIRECTORY_TYPE, payload, maker.roots[0])
    for signer in maker.roots[1:ROOT_THRESHOLD]:
        envelope = add_signature(envelope, signer)
    # last, so that its presence says that everything else is there
    (root / "directory.json").write_bytes(envelope_to_json(envelope))
    return open_federation(root)


def _sign_agreements(
    root: Path, codes: Iterable[str], now: datetime, randomness: Randomness
) -> None:
    """Every node signs, so that they settle with each other from the first moment."""
    keys = {code: root / code / "keys" / "node.pem" for code in codes}
    signers = {code: load_signer(path, Mode.DEVELOPMENT) for code, path in keys.items()}
    write_adoptions(
        root / "agreements", signers, now=now.replace(microsecond=0), randomness=randomness
    )


def _make_roots(folder: Path, randomness: Randomness) -> tuple[Ed25519Signer, ...]:
    seeds = [generate_seed(randomness) for _ in range(ROOT_KEYS)]
    for number, seed in enumerate(seeds, start=1):
        path = folder / f"directory-root-{number}.pem"
        write_secret_file(path, signer_pem(seed), is_development=True)
    return tuple(map(Ed25519Signer, seeds))


def _make_node(maker: _Maker, code: str, where: NodePorts) -> list[KeyEntry]:
    home = maker.root / code
    for folder in (home, home / "keys", home / "tls"):
        folder.mkdir(exist_ok=True, mode=0o700)
    entries = []
    for purpose in (KeyPurpose.NODE, KeyPurpose.LOG, KeyPurpose.WITNESS):
        seed = maker.seed()
        write_secret_file(home / "keys" / f"{purpose}.pem", signer_pem(seed), is_development=True)
        entries.append(_entry(maker, code, NODE_LEVEL, purpose, seed))
    for name in ("wrapping", "index"):
        key = maker.randomness(STORAGE_KEY_BYTES).hex().encode() + b"\n"
        write_secret_file(home / "keys" / f"{name}.key", key, is_development=True)
    create_keeping(home / "erasure", maker.randomness, is_development=True)
    identity = Identity(jurisdiction=code, role=Role.NODE)
    _write_certificate(maker.authority.issue(identity), home / "tls")
    (home / "node.toml").write_text(_node_config(code, where, maker.roots), encoding="utf-8")
    return entries


def _make_profiles(maker: _Maker, code: str, where: NodePorts) -> list[KeyEntry]:
    """
    A profile for each role; only an agency's institution signs anything.

    The counter is of an office that the directory names as no institution: it asks for nothing, so
    that whoever helps a person there is independent of whoever asks.
    """
    entries = []
    for institution in institutions_of(code):
        seed = maker.seed()
        identity = Identity(jurisdiction=code, role=Role.AGENCY, institution=institution.id)
        name = f"{code.lower()}-agency-{institution.id}"
        _write_profile(maker, name, identity, where, seed)
        entries.append(_entry(maker, code, institution.id, KeyPurpose.INSTITUTION, seed))
    counter = Identity(jurisdiction=code, role=Role.AGENCY, institution=COUNTER)
    _write_profile(maker, f"{code.lower()}-agency-{COUNTER}", counter, where, maker.seed())
    for role in (Role.PORTAL, Role.AUDITOR, Role.OMBUDSPERSON, Role.OPERATOR):
        office = AUDITORS.get(code, "audit") if role is Role.AUDITOR else ""
        identity = Identity(jurisdiction=code, role=role, institution=office)
        _write_profile(maker, f"{code.lower()}-{role}", identity, where, None)
    return entries


def _write_profile(
    maker: _Maker,
    name: str,
    identity: Identity,
    where: NodePorts,
    seed: bytes | None,
) -> None:
    folder = maker.root / "profiles" / name
    folder.mkdir(exist_ok=True, mode=0o700)
    _write_certificate(maker.authority.issue(identity), folder)
    if seed is not None:
        write_secret_file(folder / "signing-key.pem", signer_pem(seed), is_development=True)
    text = _profile(name, identity, where, maker.roots)
    (maker.root / "profiles" / f"{name}.toml").write_text(text, encoding="utf-8")


def _write_certificate(issued: Issued, folder: Path) -> None:
    (folder / "certificate.pem").write_bytes(issued.certificate)
    write_secret_file(folder / "key.pem", issued.key, is_development=True)


def _entry(
    maker: _Maker, code: str, institution: str, purpose: KeyPurpose, seed: bytes
) -> KeyEntry:
    return KeyEntry(
        jurisdiction=code,
        institution=institution,
        purpose=purpose,
        public=Ed25519Signer(seed).public,
        valid_from=maker.valid_from,
    )


def _directory(
    maker: _Maker,
    ports: Mapping[str, NodePorts],
    entries: tuple[KeyEntry, ...],
) -> Directory:
    institutions: list[Institution] = []
    for code in ports:
        institutions += institutions_of(code)
    return Directory(
        version=1,
        valid_from=maker.valid_from,
        valid_to=maker.valid_from + DIRECTORY_LIFETIME,
        threshold=ROOT_THRESHOLD,
        roots={root.key_id: root.public for root in maker.roots},
        members=tuple(
            Member(
                jurisdiction=code,
                endpoint=f"127.0.0.1:{where.listen}",
                log_origin=f"{node_server_name(code)}/log",
                server_name=node_server_name(code),
            )
            for code, where in ports.items()
        ),
        institutions=tuple(institutions),
        entries=entries,
        quorum=min(QUORUM, len(ports) - 1),
    )


def _node_config(code: str, where: NodePorts, roots: Sequence[Ed25519Signer]) -> str:
    return f"""\
jurisdiction = "{code}"
mode = "development"
listen = "127.0.0.1:{where.listen}"
observe = "127.0.0.1:{where.observe}"
database = "sqlite+aiosqlite:///node.db"

[keys]
node = "keys/node.pem"
log = "keys/log.pem"
witness = "keys/witness.pem"
wrapping = "keys/wrapping.key"
index = "keys/index.key"

[tls]
certificate = "tls/certificate.pem"
key = "tls/key.pem"
ca = "../ca/certificate.pem"

[agreements]
folder = "../agreements"
require_signed = true

[erasure]
folder = "erasure"

[withdrawal]
url = "https://{node_server_name(code)}/withdraw"
phone = "+00 000 000"
office = "Any office of this jurisdiction (development)"

{_passkeys(code, where)}{_directory_table(roots)}"""


def _passkeys(code: str, where: NodePorts) -> str:
    """A portal on this machine; its pages are opened by the name that is the relying party id."""
    if where.portal is None:
        return ""
    return f"""\
[passkeys]
relying_party_id = "{LOCALHOST}"
name = "Portability {code} (development)"
origins = ["http://{LOCALHOST}:{where.portal}"]

"""


def _profile(
    name: str, identity: Identity, where: NodePorts, roots: Sequence[Ed25519Signer]
) -> str:
    institution = (
        f'[institution]\nid = "{identity.institution}"\nsigning_key = "{name}/signing-key.pem"\n\n'
        if identity.role is Role.AGENCY
        else ""
    )
    return f"""\
[connection]
endpoint = "127.0.0.1:{where.listen}"
jurisdiction = "{identity.jurisdiction}"
server_name = "{node_server_name(identity.jurisdiction)}"
ca = "../ca/certificate.pem"
certificate = "{name}/certificate.pem"
key = "{name}/key.pem"

{institution}{_directory_table(roots)}"""


def _directory_table(roots: Sequence[Ed25519Signer]) -> str:
    keys = "".join(f'  "{root.public.hex()}",\n' for root in roots)
    return (
        f'[directory]\nfile = "../directory.json"\nroot_keys = [\n{keys}]\n'
        f"threshold = {ROOT_THRESHOLD}\n"
    )
