"""
Keys in PKCS#11 tokens: Ed25519 signatures (CKM_EDDSA) and AES-256-GCM wrapping (CKM_AES_GCM).

A token is opened once in a process and its calls take turns. A session that broke off is opened
again once for each call; then the key counts as out of reach. Needs the extra ``pkcs11``.
Source: OASIS PKCS #11 v3.1, sections 6.3 and 6.13.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from cryptography.exceptions import InvalidTag

from portability.errors import (
    ConfigurationError,
    InvalidInputError,
    KeyUnavailableError,
    SignatureError,
)
from portability.ledger.keys import KEY_BYTES, check_public_key, key_id, verify_signature

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    from pkcs11 import Key, Session

    from portability.custody.passphrases import Secrets
    from portability.custody.places import TokenPlace

TAG_BITS: Final = 128
AES_BITS: Final = 256

_PROBE: Final = b"portability-token/1\n"
_PROBE_NONCE: Final = bytes(12)
_DER_POINT: Final = b"\x04\x20"
"""An OCTET STRING of 32 bytes; some tokens leave it away."""

T = TypeVar("T")


class Login:
    """An open session, and the keys that were found in it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[tuple[TokenPlace, str], Key] = {}

    def find(self, place: TokenPlace, kind: str, key_type: str) -> Any:
        """The one key of that kind. Raises ConfigurationError where there is not just one."""
        key = self._found.get((place, kind))
        if key is None:
            key = self._found[place, kind] = _find(self._session, place, kind, key_type)
        return key

    def close(self) -> None:
        self._session.close()


class Token:
    """One token of one library, logged in."""

    def __init__(self, module: Path, token: str, serial: bytes, pin: str) -> None:
        self._module = module
        self._label = token
        self._serial = serial
        self._pin = pin
        self._lock = threading.Lock()
        self._login: Login | None = None

    def run(self, action: Callable[[Login], T]) -> T:
        """
        What ``action`` makes of an open session, tried once more in a new one if that breaks off.

        Raises KeyUnavailableError where neither works, ConfigurationError for another token or PIN.
        """
        with self._lock:
            if self._login is not None:
                try:
                    return action(self._login)
                except _library().PKCS11Error:
                    self._close()
            self._login = self._open()
            try:
                return action(self._login)
            except _library().PKCS11Error:
                self._close()
                raise KeyUnavailableError(
                    f"the token {self._name} does not do what is asked of its key; look at the "
                    "token and at its library's own log"
                ) from None

    @property
    def _name(self) -> str:
        return self._label or self._serial.decode("ascii", "replace")

    def _open(self) -> Login:
        pkcs11 = _library()
        try:
            library = pkcs11.lib(str(self._module))
            found = library.get_token(
                token_label=self._label or None, token_serial=self._serial or None
            )
        except (pkcs11.PKCS11Error, RuntimeError, OSError):
            # a token that was plugged in, or made, after the library was loaded
            raise KeyUnavailableError(
                f"the token {self._name} is not there; check `module-path`, `token` and "
                "`serial` of its pkcs11: URI, and the token itself"
            ) from None
        try:
            return Login(self._log_in(found))
        except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinInvalid):
            raise ConfigurationError(
                f"the token {self._name} refuses the PIN; tokens lock themselves after a few tries"
            ) from None
        except pkcs11.PinLocked:
            raise ConfigurationError(
                f"the PIN of the token {self._name} is locked; its security officer can set another"
            ) from None
        except pkcs11.PKCS11Error:
            raise KeyUnavailableError(f"the token {self._name} does not open a session") from None

    def _log_in(self, found: Any) -> Session:
        session: Session
        try:
            session = found.open(user_pin=self._pin)
        except _library().UserAlreadyLoggedIn:  # the login is the process's, not the session's
            session = found.open()
        return session

    def _close(self) -> None:
        login, self._login = self._login, None
        try:
            if login is not None:
                login.close()
        except _library().PKCS11Error:
            return


class TokenSigner:
    """An Ed25519 key that never leaves its token."""

    def __init__(self, token: Token, place: TokenPlace) -> None:
        """Raises ConfigurationError for a key that is not there, weak, or not a pair."""
        self._token = token
        self._place = place
        self.public: Final[bytes] = token.run(lambda login: _public(login, place))
        self.key_id: Final[bytes] = key_id(self.public)
        self._check()

    def __repr__(self) -> str:
        return f"TokenSigner(key_id={self.key_id.hex()})"

    def sign(self, message: bytes) -> bytes:
        """Raises KeyUnavailableError."""
        mechanism = _library().Mechanism.EDDSA

        def act(login: Login) -> bytes:
            signature: bytes = _private(login, self._place).sign(message, mechanism=mechanism)
            return signature

        return self._token.run(act)

    def _check(self) -> None:
        try:
            check_public_key(self.public)
            verify_signature(self.public, _PROBE, self.sign(_PROBE))
        except (InvalidInputError, SignatureError):
            raise ConfigurationError(
                f"{self._place} is no pair of Ed25519 keys: what its private key signs does not "
                "verify under its public key"
            ) from None


class TokenWrappingKey:
    """An AES-256 key that never leaves its token and wraps others."""

    def __init__(self, token: Token, place: TokenPlace) -> None:
        """Raises ConfigurationError for a key that is not there or of another kind."""
        self._token = token
        self._place = place
        wrapped = self.wrap(_PROBE_NONCE, _PROBE, b"")
        try:
            opened = self.unwrap(_PROBE_NONCE, wrapped, b"")
        except InvalidTag:
            opened = b""
        if opened != _PROBE:
            raise ConfigurationError(f"{place} does not open what it wrapped")

    def wrap(self, nonce: bytes, key: bytes, aad: bytes) -> bytes:
        """Ciphertext and tag, without the nonce. Raises KeyUnavailableError."""
        return self._token.run(lambda login: self._wrap(login, nonce, key, aad))

    def unwrap(self, nonce: bytes, wrapped: bytes, aad: bytes) -> bytes:
        """InvalidTag for what was not wrapped by this key for that place. KeyUnavailableError."""

        def act(login: Login) -> bytes | None:
            key = _secret(login, self._place)
            try:
                opened: bytes = key.decrypt(wrapped, **_gcm(nonce, aad))
            except _library().PKCS11Error:
                # tokens do not agree how a wrong tag is told: it is one if the key still works
                self._wrap(login, _PROBE_NONCE, _PROBE, b"")
                return None
            return opened

        opened = self._token.run(act)
        if opened is None:
            raise InvalidTag
        return opened

    def _wrap(self, login: Login, nonce: bytes, key: bytes, aad: bytes) -> bytes:
        wrapped: bytes = _secret(login, self._place).encrypt(key, **_gcm(nonce, aad))
        return wrapped


def open_token(place: TokenPlace, secrets: Secrets) -> Token:
    """The token of a key; one for all keys in it. Raises ConfigurationError."""
    pin = secrets.read(place.pin).decode("utf-8", "surrogateescape")
    return _open_token(place.module, place.token, place.serial, pin)


@cache
def _open_token(module: Path, token: str, serial: bytes, pin: str) -> Token:
    return Token(module, token, serial, pin)


@cache
def _library() -> ModuleType:
    try:
        import pkcs11  # noqa: PLC0415  # an extra that not every installation has
    except ImportError:
        raise ConfigurationError(
            "a key is named by a pkcs11: URI, which needs the extra of that name; install it with "
            "`pip install 'portability[pkcs11]'`"
        ) from None
    return pkcs11


def _gcm(nonce: bytes, aad: bytes) -> dict[str, Any]:
    pkcs11 = _library()
    return {
        "mechanism": pkcs11.Mechanism.AES_GCM,
        "mechanism_param": pkcs11.GCMParams(nonce, aad, TAG_BITS),
    }


def _public(login: Login, place: TokenPlace) -> bytes:
    _private(login, place)
    key = login.find(place, "PUBLIC_KEY", "EC_EDWARDS")
    point = bytes(key[_library().Attribute.EC_POINT])
    public = point.removeprefix(_DER_POINT) if len(point) > KEY_BYTES else point
    if len(public) != KEY_BYTES:
        _refuse(place, "is not Ed25519")
    return public


def _private(login: Login, place: TokenPlace) -> Any:
    return login.find(place, "PRIVATE_KEY", "EC_EDWARDS")


def _secret(login: Login, place: TokenPlace) -> Any:
    key = login.find(place, "SECRET_KEY", "AES")
    if key.key_length != AES_BITS:
        _refuse(place, f"is not of {AES_BITS} bits")
    return key


def _find(session: Session, place: TokenPlace, kind: str, key_type: str) -> Key:
    """The one key of that kind; keys that can be taken out of a token are not taken for one."""
    pkcs11 = _library()
    try:
        key = session.get_key(
            object_class=pkcs11.ObjectClass[kind],
            key_type=pkcs11.KeyType[key_type],
            label=place.label or None,
            id=place.id or None,
        )
    except pkcs11.NoSuchKey:
        _refuse(place, f"is not there as a {kind.lower().replace('_', ' ')} of type {key_type}")
    except pkcs11.MultipleObjectsReturned:
        _refuse(place, "is there more than once; say which by id=")
    if kind != "PUBLIC_KEY" and key[pkcs11.Attribute.EXTRACTABLE]:
        _refuse(place, "can be taken out of its token; make one there that cannot")
    return key


def _refuse(place: TokenPlace, why: str) -> NoReturn:
    raise ConfigurationError(f"{place} {why}", field="keys") from None
