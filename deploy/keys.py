"""The keys that tokens are signed with: one for each process, and the public halves in one file."""

import json
from pathlib import Path

from joserfc.jwk import KeySet, OKPKey

from deploy.home import make_home, write_private

SIGNERS = ("catalog", "portfolio", "reporting", "gateway")


def ensure_keys(home: Path) -> Path:
    """Make what is missing in KEPAN_HOME/keys (NAME.pem, jwks.json); the folder."""
    folder = make_home(home) / "keys"
    public = []
    for name in SIGNERS:
        file = folder / f"{name}.pem"
        if not file.exists():
            write_private(file, OKPKey.generate_key("Ed25519").as_pem(private=True).decode())
        key = OKPKey.import_key(file.read_bytes(), {"kid": name, "use": "sig", "alg": "Ed25519"})
        public.append(OKPKey.import_key(key.as_dict(private=False)))
    text = json.dumps(KeySet(list(public)).as_dict(private=False), indent=2)
    key_set = folder / "jwks.json"
    if not key_set.exists() or key_set.read_text() != text:
        write_private(key_set, text)
    return folder
