"""The keys of a home: made once, and those of the logs replaced without losing old checkpoints."""

import json
from pathlib import Path

import pytest

from deploy.keys import (
    KeysAsJson,
    KeysInTheWay,
    NoPublishedKeys,
    add_log_keys,
    add_sm2_keys,
    ensure_keys,
    published_files,
    refuse_json,
    retire_log_keys,
)
from services.shared.notes import ED25519, SM2, checkpoint_of, signed, signers_in, verifiers_in


def test_keys_are_made_once_and_stay(tmp_path: Path) -> None:
    folder = ensure_keys(tmp_path / "home")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert {file.name: file.read_bytes() for file in ensure_keys(tmp_path / "home").iterdir()} == before
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_key_of_a_log_is_not_among_those_that_tokens_are_believed_by(tmp_path: Path) -> None:
    folder = ensure_keys(tmp_path / "home")
    kids = {key["kid"] for key in json.loads((folder / "jwks.json").read_text())["keys"]}
    assert kids == {"catalog", "portfolio", "reporting", "gateway"}


def test_the_logs_of_an_installation_bear_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPAN_INSTALLATION", "invented")
    folder = ensure_keys(tmp_path / "home")
    names = [verifier.name for verifier in verifiers_in((folder / "log-keys.txt").read_text())]
    assert names == ["kepan/catalog/invented", "kepan/portfolio/invented", "kepan/snapshots/invented"]


def test_checkpoints_of_a_key_that_was_replaced_still_open_with_the_published_keys(tmp_path: Path) -> None:
    folder = ensure_keys(tmp_path / "home")
    file = folder / "portfolio-log.key"
    (old,) = signers_in(file.read_text())
    name = old.verifier.name
    note = signed(f"{name}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", [old])
    added = add_log_keys(tmp_path / "home")
    assert [str(one.verifier) for one in signers_in(file.read_text())] == [str(old.verifier), added[1]]
    assert retire_log_keys(tmp_path / "home") == added
    assert [str(one.verifier) for one in signers_in(file.read_text())] == [added[1]]
    assert file.stat().st_mode & 0o777 == 0o600
    published = verifiers_in((folder / "log-keys.txt").read_text())
    assert [verifier.name for verifier in published].count(name) == 2
    assert checkpoint_of(note, published).origin == name


def test_a_key_is_added_only_beside_one_and_retired_only_beside_another(tmp_path: Path) -> None:
    with pytest.raises(KeysInTheWay, match="add the next one before"):
        retire_log_keys(tmp_path / "home")
    add_log_keys(tmp_path / "home")
    before = (tmp_path / "home" / "keys" / "catalog-log.key").read_text()
    with pytest.raises(KeysInTheWay, match="retire the first one before"):
        add_log_keys(tmp_path / "home")
    assert (tmp_path / "home" / "keys" / "catalog-log.key").read_text() == before


def test_keys_of_both_types_are_replaced_together(tmp_path: Path) -> None:
    home = tmp_path / "home"
    added = add_sm2_keys(home)
    with pytest.raises(KeysInTheWay, match="has an SM2 key already"):
        add_sm2_keys(home)
    file = home / "keys" / "catalog-log.key"
    assert [one.verifier.kind for one in signers_in(file.read_text())] == [ED25519, SM2]
    following = add_log_keys(home)
    assert retire_log_keys(home) == following
    assert [one.verifier.kind for one in signers_in(file.read_text())] == [ED25519, SM2]
    published = [str(one) for one in verifiers_in((home / "keys" / "log-keys.txt").read_text())]
    assert len(published) == 12 and {*added, *following} <= set(published)


def _published(folder: Path) -> str:
    """The logs of what GET /api/v1/keys answers."""
    verifiers = verifiers_in((folder / "log-keys.txt").read_text())
    return json.dumps({"keys": [], "logs": [{"verifier": str(one), "pem": "not looked at"} for one in verifiers]})


def test_published_keys_are_the_files_that_packages_are_verified_with(tmp_path: Path) -> None:
    home = tmp_path / "home"
    folder = ensure_keys(home)
    first = signers_in((folder / "snapshots.key").read_text())[0].verifier
    assert set(published_files(_published(folder))) == {"log-keys.txt", "signer.pem"}
    add_sm2_keys(home)
    add_log_keys(home)
    retire_log_keys(home)
    files = published_files(_published(folder))
    signing = {one.verifier.kind: one.verifier for one in signers_in((folder / "snapshots.key").read_text())}
    assert (files["signer.pem"], files["signer-sm2.pem"]) == (signing[ED25519].pem, signing[SM2].pem)
    assert files[f"signer-{first.id.hex()}.pem"] == first.pem != files["signer.pem"]
    assert len(files) == 5 and files["log-keys.txt"] == (folder / "log-keys.txt").read_text()


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"logs": 5}', '{"logs": [{"verifier": 5}]}', '{"logs": []}'])
def test_what_is_no_answer_of_keys_is_told(answer: str) -> None:
    with pytest.raises(NoPublishedKeys, match="GET /api/v1/keys answers"):
        published_files(answer)


def test_the_answer_itself_is_no_file_of_keys(tmp_path: Path) -> None:
    folder = ensure_keys(tmp_path / "home")
    refuse_json(folder / "log-keys.txt", None, tmp_path / "none")
    file = tmp_path / "keys.json"
    file.write_text(_published(folder))
    with pytest.raises(KeysAsJson, match="kepan snapshot keys FOLDER"):
        refuse_json(file)
