"""The commands under `portability directory` and `portability keys`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from portability.ledger.trust import KeyPurpose

_MOST_DAYS: Final = 36_500

Current = Annotated[Path, typer.Argument(metavar="CURRENT", help="The signed version in force.")]
Passphrase = Annotated[
    str | None,
    typer.Option(metavar="PLACE", help="Where the key files' is: env:NAME or fd:NUMBER."),
]
NextFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="The next version (TOML).")]
Since = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Such as 2025-01-31T09:00:00Z; left out: now."),
]
Days = Annotated[
    int | None,
    typer.Option(min=1, max=_MOST_DAYS, help="How long it is in force; left out: as the last."),
]


def add_directory(app: typer.Typer) -> None:
    """Register ``sign``, ``prove``, ``rotate``, ``rotate-log``, ``cut-off`` and ``show``."""
    _add_signing(app)
    _add_changes(app)

    @app.command("show")
    def show(current: Current) -> int:
        """Show every key: whose it is, what for, and when it counts."""
        from portability.cli import directory  # noqa: PLC0415  # quick start of other commands

        return directory.show(current)


def add_keys(app: typer.Typer) -> None:
    """Register ``new`` and ``protect``."""

    @app.command("new")
    def new(
        *,
        out: Annotated[Path, typer.Option(metavar="FILE", help="A file that is not there yet.")],
        passphrase: Annotated[
            str, typer.Option(metavar="PLACE", help="Where it is: env:NAME or fd:NUMBER.")
        ],
    ) -> int:
        """Make an encrypted key, for signing or for storage, and print its public half."""
        from portability.cli import keys  # noqa: PLC0415  # as above

        return keys.new_key(out, passphrase)

    @app.command("protect")
    def protect(
        source: Annotated[Path, typer.Argument(metavar="FILE", help="PEM, or 64 hex digits.")],
        *,
        out: Annotated[Path, typer.Option(metavar="FILE", help="A file that is not there yet.")],
        passphrase: Annotated[
            str, typer.Option(metavar="PLACE", help="Where the new one is: env:NAME or fd:NUMBER.")
        ],
    ) -> int:
        """Encrypt a key that is not encrypted yet; the old file is left for you to destroy."""
        from portability.cli import keys  # noqa: PLC0415  # as above

        return keys.protect_key(source, out, passphrase)


def _add_signing(app: typer.Typer) -> None:
    _add_sign(app)
    _add_prove(app)


def _add_sign(app: typer.Typer) -> None:
    @app.command("sign")
    def sign(
        source: Annotated[Path, typer.Argument(metavar="FILE", help="The directory (TOML).")],
        *,
        keys: Annotated[
            list[str],
            typer.Option(
                "--key", metavar="PLACE", help="A root key, file or pkcs11: URI; repeatable."
            ),
        ],
        out: Annotated[Path, typer.Option(metavar="FILE", help="The signed directory (JSON).")],
        previous: Annotated[
            Path | None, typer.Option(metavar="FILE", help="The signed version before it.")
        ] = None,
        proofs: Annotated[
            list[Path] | None,
            typer.Option(
                "--proof", metavar="FILE", help="Proof of possession of a new key; repeatable."
            ),
        ] = None,
        passphrase: Passphrase = None,
    ) -> int:
        """Sign a directory, or add signatures to one that others signed."""
        from portability.cli import directory  # noqa: PLC0415  # as above

        return directory.sign_directory(
            source, keys, out, passphrase=passphrase, previous=previous, proofs=proofs or ()
        )


def _add_prove(app: typer.Typer) -> None:
    @app.command("prove")
    def prove(
        *,
        key: Annotated[str, typer.Option(metavar="PLACE", help="The key, file or pkcs11: URI.")],
        jurisdiction: Annotated[str, typer.Option(metavar="XX", help="Such as FR.")],
        institution: Annotated[
            str, typer.Option(metavar="ID", help="Such as cnav; left out: the node's own key.")
        ] = "",
        purpose: Annotated[KeyPurpose, typer.Option(help="The one thing that it will sign.")],
        out: Annotated[Path, typer.Option(metavar="FILE", help="The proof (JSON); - for output.")],
        passphrase: Passphrase = None,
    ) -> int:
        """Prove to hold a key, so that root key holders can enrol it."""
        from portability.cli import directory  # noqa: PLC0415  # as above

        return directory.prove(
            key,
            out,
            jurisdiction=jurisdiction,
            institution=institution,
            purpose=purpose,
            passphrase=passphrase,
        )


def _add_changes(app: typer.Typer) -> None:
    _add_rotate(app)
    _add_rotate_log(app)
    _add_cut_off(app)


def _add_rotate(app: typer.Typer) -> None:
    @app.command("rotate")
    def rotate(
        current: Current,
        *,
        proofs: Annotated[
            list[Path],
            typer.Option("--proof", metavar="FILE", help="Proof of a new key; repeatable."),
        ],
        out: NextFile,
        overlap_days: Annotated[
            int,
            typer.Option(
                min=1, max=_MOST_DAYS, help="How long the old key counts beside the new one."
            ),
        ] = 7,
        keep_old: Annotated[
            bool, typer.Option("--keep-old", help="Let the old key count on, without an end.")
        ] = False,
        since: Since = None,
        days: Days = None,
    ) -> int:
        """Write the next version with new keys for institutions, nodes or witnesses."""
        from portability.cli import directory  # noqa: PLC0415  # as above

        step = directory.Next(current=current, out=out, since=since, days=days)
        return directory.rotate(step, proofs, None if keep_old else overlap_days)


def _add_rotate_log(app: typer.Typer) -> None:
    @app.command("rotate-log")
    def rotate_log(
        current: Current,
        *,
        proof: Annotated[Path, typer.Option(metavar="FILE", help="Proof of the new log key.")],
        final: Annotated[
            Path, typer.Option(metavar="FILE", help="The last published checkpoint of the log.")
        ],
        origin: Annotated[str, typer.Option(metavar="NAME", help="The new log's own name.")],
        out: NextFile,
        kept: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE",
                help="What is left of a log whose newest entries are lost: the checkpoint that "
                "`node recover` wrote, or the word nothing.",
            ),
        ] = None,
        since: Since = None,
        days: Days = None,
    ) -> int:
        """Write the next version, in which a log goes on under another key and name."""
        from portability.cli import directory  # noqa: PLC0415  # as above

        step = directory.Next(current=current, out=out, since=since, days=days)
        return directory.end_log(step, proof, final, origin, kept)


def _add_cut_off(app: typer.Typer) -> None:
    @app.command("cut-off")
    def cut_off(
        current: Current,
        *,
        key_id: Annotated[str, typer.Option(metavar="HEX", help="As `show` prints it.")],
        at: Annotated[
            str, typer.Option(metavar="TIME", help="What was witnessed before stays valid.")
        ],
        out: NextFile,
        since: Since = None,
        days: Days = None,
    ) -> int:
        """Write the next version, in which a compromised key counts up to a time."""
        from portability.cli import directory  # noqa: PLC0415  # as above

        step = directory.Next(current=current, out=out, since=since, days=days)
        return directory.compromise(step, key_id, at)
