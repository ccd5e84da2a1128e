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
from services.shared.notes import ED25519, SM2, NoteSigner, NoteVerifier, signers_in, verifiers_in


class KeysInTheWay(Exception):
    """The keys do not stand as they have to for this; the text says what to do before."""


class NoPublishedKeys(ValueError):
    """This is not what GET /api/v1/keys answers."""


class KeysAsJson(ValueError):
    """A file that is to hold keys is what GET /api/v1/keys answers; the text says what makes files of that."""


SIGNERS = ("catalog", "portfolio", "reporting", "gateway")
NOTE_KEYS = {"catalog": "catalog-log.key", "portfolio": "portfolio-log.key", "snapshots": "snapshots.key"}
"""What signs notes and packages, and the file of its keys: the two logs, and the snapshots."""


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
    """A key for each log and for the snapshots, and the verifiers of all that were ever used.

    A log is named `kepan/SERVICE/INSTALLATION`. The name outlives its keys: see `add_log_keys`.
    """
    public = folder / "log-keys.txt"
    known = [str(verifier) for verifier in verifiers_in(public.read_text())] if public.exists() else []
    for name, key_file in NOTE_KEYS.items():
        file = folder / key_file
        if not file.exists():
            write_private(file, NoteSigner.generate(f"kepan/{name}/{_installation(folder)}").written() + "\n")
        used = [str(signer.verifier) for signer in signers_in(file.read_text())]
        known += [line for line in used if line not in known]
    _write_if_other(public, "".join(f"{line}\n" for line in known))


def add_log_keys(home: Path) -> list[str]:
    """Give each log a second key beside its first, of each type that it has; the verifiers of the second ones.

    From the next start on every checkpoint bears both signatures, so that who trusts either believes it. KeysInTheWay
    where a log has two already.
    """
    folder = ensure_keys(home)
    added: dict[str, list[NoteSigner]] = {}
    for name, signers in _log_signers(folder).items():
        kinds = [signer.verifier.kind for signer in signers]
        if len(set(kinds)) < len(kinds):
            raise KeysInTheWay(f"the log of {name} has two keys already: retire the first one before")
        added[name] = [NoteSigner.generate(signers[0].verifier.name, kind) for kind in kinds]
    return _with_more(folder, added)


def add_sm2_keys(home: Path) -> list[str]:
    """Give each log an SM2 key beside its Ed25519 one; their verifiers. KeysInTheWay where it has one."""
    folder = ensure_keys(home)
    added: dict[str, list[NoteSigner]] = {}
    for name, signers in _log_signers(folder).items():
        if any(signer.verifier.kind == SM2 for signer in signers):
            raise KeysInTheWay(f"the log of {name} has an SM2 key already")
        added[name] = [NoteSigner.generate(signers[0].verifier.name, SM2)]
    return _with_more(folder, added)


def retire_log_keys(home: Path) -> list[str]:
    """Take the first of two keys of each type away from each log; the verifiers that sign from the next start on.

    Those of the retired keys stay among the public ones: checkpoints that they signed are believed for ever.
    KeysInTheWay where a log has only one.
    """
    folder = ensure_keys(home)
    kept: dict[str, list[NoteSigner]] = {}
    for name, signers in _log_signers(folder).items():
        last = {signer.verifier.kind: signer for signer in signers}
        if len(last) == len(signers):
            raise KeysInTheWay(f"the log of {name} has one key: add the next one before")
        kept[name] = list(last.values())
    for name, signers in kept.items():
        write_private(folder / NOTE_KEYS[name], "".join(f"{one.written()}\n" for one in signers))
    return [str(one.verifier) for signers in kept.values() for one in signers]


def _log_signers(folder: Path) -> dict[str, list[NoteSigner]]:
    return {name: signers_in((folder / file).read_text()) for name, file in NOTE_KEYS.items()}


def _with_more(folder: Path, added: dict[str, list[NoteSigner]]) -> list[str]:
    for name, signers in added.items():
        file = folder / NOTE_KEYS[name]
        write_private(file, file.read_text() + "".join(f"{one.written()}\n" for one in signers))
    _ensure_log_keys(folder)
    return [str(one.verifier) for signers in added.values() for one in signers]


def _installation(folder: Path) -> str:
    """What tells this installation's logs from any other's: KEPAN_INSTALLATION, or a word that is drawn once."""
    file = folder / "installation"
    if not file.exists():
        write_private(file, os.environ.get("KEPAN_INSTALLATION") or secrets.token_hex(8))
    return file.read_text()


def _write_if_other(file: Path, text: str) -> None:
    if not file.exists() or file.read_text() != text:
        write_private(file, text)


def published_files(answer: str) -> dict[str, str]:
    """What GET /api/v1/keys answers, as the files that `kepan verify` and `kepan witness` take; NoPublishedKeys where
    it is something else.

    `log-keys.txt` has the verifiers, `signer.pem` the key that signs snapshots now, which is the last; beside it lie
    those before it, named by their ids, and the same of SM2.
    """
    try:
        verifiers = [NoteVerifier.parse(one["verifier"]) for one in json.loads(answer)["logs"]]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NoPublishedKeys(f"this is not what GET /api/v1/keys answers ({error!r})") from None
    files = {"log-keys.txt": "".join(f"{verifier}\n" for verifier in verifiers)}
    for kind, name in ((ED25519, "signer"), (SM2, "signer-sm2")):
        of_snapshots = [one for one in verifiers if one.kind == kind and one.name.startswith("kepan/snapshots/")]
        files |= {f"{name}-{one.id.hex()}.pem": one.pem for one in of_snapshots[:-1]}
        files |= {f"{name}.pem": one.pem for one in of_snapshots[-1:]}
    if "signer.pem" not in files:
        raise NoPublishedKeys("no key of snapshots is among those that GET /api/v1/keys answers")
    return files


def refuse_json(*files: Path | None) -> None:
    """KeysAsJson where one of the files begins as JSON does, as neither PEM nor a note verifier begins."""
    for file in files:
        if file is not None and file.is_file() and file.read_bytes().lstrip().startswith(b"{"):
            advice = "`kepan snapshot keys FOLDER` fetches the keys as files"
            raise KeysAsJson(f"{file} is JSON, as GET /api/v1/keys answers it: {advice}")
