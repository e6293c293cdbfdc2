"""
Where a key is: a path, `file:` and a path, or a `pkcs11:` URI. What is there is opened later.

Source: RFC 7512, PKCS #11 URI Scheme. A PIN is never in the URI, only its place (`pin-source`).
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from portability.custody.passphrases import SecretSource
from portability.errors import ConfigurationError

FILE: Final = "file:"
TOKEN: Final = "pkcs11:"  # noqa: S105  # a scheme, no secret

_PERCENT: Final = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
_PATH_NAMES: Final = frozenset({"token", "serial", "object", "id", "type"})
_QUERY_NAMES: Final = frozenset({"module-path", "pin-source"})
_TYPES: Final = frozenset({"private", "secret-key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPlace:
    """
    A key in a PKCS#11 token.

    ``token`` is its label, ``serial`` its serial number, one of them at least; ``label`` and ``id``
    are those of the key, one of them at least. ``module`` is the library of the token's maker.
    """

    module: Path
    token: str
    serial: bytes
    label: str
    id: bytes
    pin: SecretSource

    def __str__(self) -> str:
        name = self.label or self.id.hex()
        return f"the key {name} in the token {self.token or self.serial.decode('ascii', 'replace')}"


KeyPlace = Path | TokenPlace


def parse_place(text: str, base: Path) -> KeyPlace:
    """
    A place as it is written in a configuration; paths are relative to ``base``.

    Raises ConfigurationError for a URI that does not say enough, says more, or holds a PIN.
    """
    if text.startswith(TOKEN):
        return _token(text.removeprefix(TOKEN))
    path = text.removeprefix(FILE)
    if not path or "\x00" in path:
        raise ConfigurationError("the place of a key must be a path or a pkcs11: URI", field="keys")
    return base / path


def _token(text: str) -> TokenPlace:
    path, _, query = text.partition("?")
    attributes = _attributes(path, ";", _PATH_NAMES)
    found = attributes | _attributes(query, "&", _QUERY_NAMES)
    if found.get("type", b"private").decode("utf-8", "replace") not in _TYPES:
        raise _refuse("type", "must be private or secret-key, or left out")
    if not (found.get("token") or found.get("serial")):
        raise _refuse("token", "must say which token: token=LABEL or serial=NUMBER")
    if not (found.get("object") or found.get("id")):
        raise _refuse("object", "must say which key: object=LABEL or id=%01")
    module, pin = found.get("module-path"), found.get("pin-source")
    if not module or not module.startswith(b"/") or b"\x00" in module:
        raise _refuse("module-path", "must be the absolute path of the token's library")
    if not pin:
        raise _refuse("pin-source", "must say where the PIN is: env:NAME or fd:NUMBER")
    return TokenPlace(
        module=Path(_text(module, "module-path")),
        token=_text(found.get("token", b""), "token"),
        serial=found.get("serial", b""),
        label=_text(found.get("object", b""), "object"),
        id=found.get("id", b""),
        pin=SecretSource(_text(pin, "pin-source")),
    )


def _attributes(text: str, separator: str, known: frozenset[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name == "pin-value":
            raise _refuse(name, "must not be there: a PIN is never written down; use pin-source")
        if name not in known or name in found:
            raise _refuse(name, "is not an attribute that is known here, or is there twice")
        if not equals or not _PERCENT.fullmatch(value):
            raise _refuse(name, "has a value that is not percent-encoded as it must be")
        found[name] = unquote_to_bytes(value)
    return found


def _text(value: bytes, name: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise _refuse(name, "must be UTF-8") from None


def _refuse(name: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"in the pkcs11: URI of a key, {name!r} {why}", field=name)
