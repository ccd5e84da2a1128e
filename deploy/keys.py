"""The keys: those that tokens are signed with, one for each process, and those that sign the journals' checkpoints.

The public halves lie in one file each, `jwks.json` and `log-keys.txt`. The two kinds are kept apart, so that a key of a
log never vouches for a token.
"""

import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import KeySet, OKPKey

from deploy.home import make_home, write_private
from services.shared.notes import NoteSigner, signers_in, verifiers_in

SIGNERS = ("catalog", "portfolio", "reporting", "gateway")
LOGS = ("catalog", "portfolio")


def ensure_keys(home: Path) -> Path:
    """Make what is missing in KEPAN_HOME/keys (NAME.pem, jwks.json, NAME-log.key, log-keys.txt); the folder."""
    folder = make_home(home) / "keys"
    public = []
    for name in SIGNERS:
        file = folder / f"{name}.pem"
        if not file.exists():
            write_private(file, OKPKey.generate_key("Ed25519").as_pem(private=True).decode())
        key = OKPKey.import_key(file.read_bytes(), {"kid": name, "use": "sig", "alg": "Ed25519"})
        public.append(OKPKey.import_key(key.as_dict(private=False)))
    text = json.dumps(KeySet(list(public)).as_dict(private=False), indent=2)
    _write_if_other(folder / "jwks.json", text)
    _ensure_log_keys(folder)
    return folder


def _ensure_log_keys(folder: Path) -> None:
    """A key for each log, and the verifiers of all that were ever used.

    A log is named `kepan/SERVICE/INSTALLATION`. The name outlives its keys: to replace one, add a second line to
    NAME-log.key, and take the first away when every auditor knows the second.
    """
    public = folder / "log-keys.txt"
    known = [str(verifier) for verifier in verifiers_in(public.read_text())] if public.exists() else []
    for name in LOGS:
        file = folder / f"{name}-log.key"
        if not file.exists():
            write_private(file, NoteSigner.generate(f"kepan/{name}/{_installation(folder)}").written() + "\n")
        used = [str(signer.verifier) for signer in signers_in(file.read_text())]
        known += [line for line in used if line not in known]
    _write_if_other(public, "".join(f"{line}\n" for line in known))


def _installation(folder: Path) -> str:
    """What tells this installation's logs from any other's: KEPAN_INSTALLATION, or a word that is drawn once."""
    file = folder / "installation"
    if not file.exists():
        write_private(file, os.environ.get("KEPAN_INSTALLATION") or secrets.token_hex(8))
    return file.read_text()


def _write_if_other(file: Path, text: str) -> None:
    if not file.exists() or file.read_text() != text:
        write_private(file, text)
