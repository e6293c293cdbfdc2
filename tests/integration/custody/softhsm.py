"""A SoftHSM token of our own: the PKCS#11 library of Debian's package, in a folder of the test."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
PIN = "48151623"
OFFICER_PIN = "42424242"
CONF = "SOFTHSM2_CONF"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftHsm:
    """The library, and the configuration that shows it the tokens in ``folder``."""

    module: Path
    folder: Path

    def add_token(self, label: str) -> None:
        subprocess.run(
            [
                "softhsm2-util",
                *("--init-token", "--free", "--label", label),
                *("--pin", PIN, "--so-pin", OFFICER_PIN),
            ],
            check=True,
            capture_output=True,
        )
        pkcs11 = pytest.importorskip("pkcs11")
        pkcs11.lib(str(self.module)).reinitialize()  # it looks for tokens when it is loaded

    def uri(self, token: str, label: str, *, pin: str = "env:PIN") -> str:
        return (
            f"pkcs11:token={quote(token)};object={quote(label)}"
            f"?module-path={self.module}&pin-source={pin}"
        )

    def make_signer(self, token: str, label: str, *, extractable: bool = False) -> None:
        """A pair of Ed25519 keys, made in the token."""
        pkcs11 = pytest.importorskip("pkcs11")
        curve = pytest.importorskip("pkcs11.util.ec").encode_named_curve_parameters("1.3.101.112")
        with self._session(token) as session:
            session.create_domain_parameters(
                pkcs11.KeyType.EC_EDWARDS, {pkcs11.Attribute.EC_PARAMS: curve}, local=True
            ).generate_keypair(
                mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                store=True,
                label=label,
                private_template={pkcs11.Attribute.EXTRACTABLE: extractable},
            )

    def make_aes(self, token: str, label: str, bits: int = 256) -> None:
        """A secret AES key, made in the token."""
        pkcs11 = pytest.importorskip("pkcs11")
        template = {pkcs11.Attribute.EXTRACTABLE: False, pkcs11.Attribute.SENSITIVE: True}
        with self._session(token) as session:
            session.generate_key(
                pkcs11.KeyType.AES, bits, store=True, label=label, template=template
            )

    def import_aes(self, token: str, label: str, key: bytes) -> None:
        pkcs11 = pytest.importorskip("pkcs11")
        names = pkcs11.Attribute
        with self._session(token) as session:
            session.create_object(
                {
                    names.CLASS: pkcs11.ObjectClass.SECRET_KEY,
                    names.KEY_TYPE: pkcs11.KeyType.AES,
                    names.TOKEN: True,
                    names.LABEL: label,
                    names.VALUE: key,
                    names.EXTRACTABLE: False,
                    names.SENSITIVE: True,
                    names.ENCRYPT: True,
                    names.DECRYPT: True,
                }
            )

    def destroy(self, token: str, label: str) -> None:
        pkcs11 = pytest.importorskip("pkcs11")
        with self._session(token) as session:
            for found in list(session.get_objects({pkcs11.Attribute.LABEL: label})):
                found.destroy()

    def _session(self, token: str):  # the library's own type
        pkcs11 = pytest.importorskip("pkcs11")
        found = pkcs11.lib(str(self.module)).get_token(token_label=token)
        try:
            return found.open(user_pin=PIN, rw=True)
        except pkcs11.UserAlreadyLoggedIn:
            return found.open(rw=True)


def find_softhsm(folder: Path) -> SoftHsm:
    """Skips, saying why, where the library or the extra is not installed."""
    module = next((Path(path) for path in MODULES if Path(path).exists()), None)
    if module is None:
        pytest.skip("SoftHSM is not installed here (Debian: apt-get install softhsm2)")
    pytest.importorskip("pkcs11", reason="the extra pkcs11 is not installed here")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ[CONF] = str(conf)  # read once, when the library is loaded, by child processes too
    return SoftHsm(module=module, folder=folder)
