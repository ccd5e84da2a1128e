"""Checks of a package as a bag: every file is listed, every listed file is what its hash says, somebody signed it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from services.reporting.package import describing
from services.reporting.package.bag import DECLARATION, INFO, MANIFEST, PAYLOAD, SIGNATURES, TAG_MANIFEST, TIMESTAMP
from services.reporting.package.checks import Check
from services.reporting.package.describing import data_package, payload_of
from services.reporting.package.parameters import FORMAT, REPORTS, checked
from services.reporting.package.reading import NoPackage, digest_of
from services.shared import sm2
from services.shared.notes import SM2, BadNote, NoteVerifier
from services.shared.timestamps import moment

"""Of packages: what the files are called and what the columns mean."""
SIGNER = {b"\x01": ("tagmanifest.ed25519", "keys/signer.pem"), SM2: ("tagmanifest.sm2", "keys/signer-sm2.pem")}
"""By type of key the signature's file and the enclosed key."""
PEM = re.compile(rb"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----\r?\n?", re.DOTALL)
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


def files_of(bag: Path) -> list[str]:
    """Every file of the bag, by path; a link is refused, as what it leads to is not in the package."""
    found = []
    for file in sorted(bag.rglob("*")):
        if file.is_symlink():
            raise NoPackage(f"{file.relative_to(bag)} is a link: a package holds plain files")
        if file.is_file():
            found.append(file.relative_to(bag).as_posix())
    return found


NEEDED = ("bagit.txt", INFO, MANIFEST, TAG_MANIFEST)


def is_bag(bag: Path) -> bool:
    """Whether what makes a folder a bag is there."""
    return all((bag / name).is_file() for name in NEEDED)


def check_files(bag: Path) -> Check:
    """Every file is listed once and is what its hash says; nothing listed is missing, nothing unlisted is there."""
    check = Check("files")
    present = set(files_of(bag))
    if not is_bag(bag):
        check.all_wrong(f"{name} is missing" for name in NEEDED if name not in present)
        return check
    if (bag / "bagit.txt").read_text(encoding="utf-8", errors="replace") != DECLARATION:
        check.wrong("bagit.txt does not declare BagIt 1.0 in UTF-8")
    payload, tags = _listed(bag, MANIFEST, check), _listed(bag, TAG_MANIFEST, check)
    check.all_wrong(f"{path} is listed in {MANIFEST} but lies outside of data/" for path in payload if _is_tag(path))
    check.all_wrong(f"{path} is listed in {TAG_MANIFEST} but is payload" for path in tags if not _is_tag(path))
    listed = payload | tags
    for path, digest in sorted(listed.items()):
        if path not in present:
            check.wrong(f"{path} is listed but missing")
        elif digest_of(bag / path) != digest:
            check.wrong(f"{path} is not what its hash says: it was changed")
    unlisted = {path for path in present - listed.keys() if path != TAG_MANIFEST and not path.startswith(SIGNATURES)}
    check.all_wrong(f"{path} is there but not listed: it was added" for path in sorted(unlisted))
    size = sum((bag / path).stat().st_size for path in present if not _is_tag(path))
    number = sum(not _is_tag(path) for path in present)
    stated = bag_info(bag).get("Payload-Oxum")
    if stated != f"{size}.{number}":
        check.wrong(f"{INFO} states Payload-Oxum {stated}: data/ holds {size}.{number}")
    return check


def _is_tag(path: str) -> bool:
    return not path.startswith(PAYLOAD)


def _listed(bag: Path, name: str, check: Check) -> dict[str, str]:
    found: dict[str, str] = {}
    text = (bag / name).read_text(encoding="utf-8", errors="replace")
    lines = text.removesuffix("\n").split("\n") if text else []
    for number, line in enumerate(lines, 1):
        matched = LINE.fullmatch(line)
        if matched is None:
            check.wrong(f"{name} line {number} is no digest and path")
        elif matched[2] in found or ".." in matched[2].split("/") or matched[2].startswith("/"):
            check.wrong(f"{name} line {number}: {matched[2]} is listed twice or leads out of the package")
        else:
            found[matched[2]] = matched[1]
    return found


def bag_info(bag: Path) -> dict[str, str]:
    """The lines of bag-info.txt."""
    lines = (bag / INFO).read_text(encoding="utf-8", errors="replace").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def check_signature(bag: Path, signers: Sequence[NoteVerifier]) -> Check:
    """The signature over the tag manifest, by one of some keys from elsewhere or, for want of them, by the enclosed
    one."""
    check = Check("signature")
    try:
        given = signers or verifiers_of((bag / "keys/signer.pem").read_bytes())
    except (OSError, ValueError) as error:
        check.wrong(f"the enclosed key can not be read: {error}")
        return check
    found = [_wrong_by(bag, verifier) for verifier in given]
    if all(found):
        check.wrong(f"{'none of the keys given fits: ' if len(given) > 1 else ''}{found[0]}")
    check.all_wrong(_other_signatures(bag))
    if not signers:
        check.remarks.append("signer not confirmed: checked against the key in the package itself; give --key")
    return check


def _wrong_by(bag: Path, verifier: NoteVerifier) -> str | None:
    """Why a key does not say that its owner signed the tag manifest; None where it does."""
    name, _ = SIGNER[verifier.kind]
    file = bag / SIGNATURES / name
    if not file.is_file():
        return f"{SIGNATURES}{name} is missing: the package is not signed with a key of this type"
    if verifier.verifies_bytes((bag / TAG_MANIFEST).read_bytes(), file.read_bytes()):
        return None
    what = f"{SIGNATURES}{name} is not what this key signs {TAG_MANIFEST} with"
    return f"{what}: the list of files was changed, or somebody else signed it"


def _other_signatures(bag: Path) -> Iterable[str]:
    """Every signature is right by the enclosed key, nothing else lies there, and no enclosed key is without its own."""
    known = dict(SIGNER.values())
    for name, enclosed in known.items():
        if (bag / enclosed).is_file() and not (bag / SIGNATURES / name).is_file():
            yield f"{SIGNATURES}{name} is missing, and {enclosed} is there: it was taken away"
    for file in sorted((bag / SIGNATURES).iterdir()) if (bag / SIGNATURES).is_dir() else ():
        if file.name == TIMESTAMP:
            continue
        if file.name not in known or not file.is_file():
            yield f"{SIGNATURES}{file.name} is there but is no signature that is known"
            continue
        try:
            verifier = verifier_of((bag / known[file.name]).read_bytes())
            right = verifier.verifies_bytes((bag / TAG_MANIFEST).read_bytes(), file.read_bytes())
        except (OSError, ValueError):
            right = False
        if not right:
            yield f"{SIGNATURES}{file.name} is wrong"


def check_timestamp(bag: Path, authority: bytes | None) -> Check | None:
    """The time-stamp over the tag manifest, where there is one, or where an authority is named that is to have made
    it."""
    file = bag / SIGNATURES / TIMESTAMP
    check = Check("time-stamp")
    if not file.is_file():
        if authority is None:
            return None
        check.wrong(f"{SIGNATURES}{TIMESTAMP} is missing: the package bears no time-stamp, or it was taken away")
        return check
    try:
        at = moment(file.read_bytes(), (bag / TAG_MANIFEST).read_bytes(), authority)
        check.remarks.append(f"the list of files existed at {at.isoformat()}")
    except (OSError, ValueError) as error:
        check.wrong(f"{SIGNATURES}{TIMESTAMP}: {error}")
    if authority is None:
        check.remarks.append("the authority is not confirmed; give --tsa")
    return check


def verifiers_of(pem: bytes) -> list[NoteVerifier]:
    """Who signs with the private halves of the public keys in a file of PEM blocks; ValueError where there is none."""
    blocks = PEM.findall(pem) or [pem]
    return [verifier_of(block) for block in blocks]


def verifier_of(pem: bytes) -> NoteVerifier:
    """Who signs with the private half of a public key in PEM: Ed25519, or SM2; ValueError for any other."""
    public = sm2.public_in(pem)
    if public is not None:
        return NoteVerifier("signer", public, SM2)
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"no public key in PEM: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("neither an Ed25519 key nor an SM2 key")
    try:
        return NoteVerifier("signer", key.public_bytes_raw())
    except BadNote as error:
        raise ValueError(str(error)) from None


def described(bag: Path) -> Mapping[str, Any]:
    """The data package of a bag; ValueError where it can not be read, NoPackage where another program has to."""
    try:
        found = json.loads((bag / "data/datapackage.json").read_text(encoding="utf-8"))
        format = found["kepan"]["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"data/datapackage.json can not be read: {error!r}") from None
    if format not in REPORTS:
        known = ", ".join(map(str, REPORTS))
        raise NoPackage(f"this is a package of format {format}, and this program reads {known}: use another one")
    try:
        checked(found["kepan"])
    except ValueError as error:
        raise ValueError(f"data/datapackage.json states parameters that are none of ours: {error}") from None
    return dict(found)


def check_description(bag: Path, package: Mapping[str, Any]) -> Check:
    """The data package lists the very files of data/ with their hashes, and states columns and keys as they are."""
    check = Check("data package")
    _check_payload(bag, package["kepan"], check)
    _check_words(bag, package, check)
    files = [file.removeprefix(PAYLOAD) for file in files_of(bag) if not _is_tag(file)]
    payload = {
        path: (digest_of(bag / PAYLOAD / path), (bag / PAYLOAD / path).stat().st_size)
        for path in files
        if path != "datapackage.json"
    }
    try:
        expected = data_package(package["name"], package["title"], package["kepan"], payload)
    except (KeyError, TypeError, rfc8785.CanonicalizationError) as error:
        check.wrong(f"data/datapackage.json is not one of ours: {error!r}")
        return check
    if expected != (bag / PAYLOAD / "datapackage.json").read_bytes():
        check.all_wrong(
            _differing(package, json.loads(expected)) or ["data/datapackage.json is not written canonically"]
        )
    return check


def _check_payload(bag: Path, about: Mapping[str, Any], check: Check) -> None:
    """data/ holds what a package of these parameters does: nothing is left out, nothing stands there unchecked."""
    present = {file.removeprefix(PAYLOAD) for file in files_of(bag) if not _is_tag(file)}
    wanted = payload_of(about)
    check.all_wrong(f"data/{path} is missing: such a package holds it" for path in sorted(wanted - present))
    check.all_wrong(f"data/{path} belongs to no package of ours" for path in sorted(present - wanted))
    if sorted(about["reports"]) != sorted(REPORTS[about["format"]]):
        check.wrong(f"data/datapackage.json states the reports {about['reports']}, not all of its format")


def _check_words(bag: Path, package: Mapping[str, Any], check: Check) -> None:
    """README.txt, verify.sh and bag-info.txt say what follows from the parameters."""
    name, title, about = package.get("name"), package.get("title"), package["kepan"]
    info = bag_info(bag)
    stated = describing.bag_info(str(name), str(title), about, info.get("Bag-Software-Agent", ""))
    check.all_wrong(
        f"{INFO} says {word}: {info.get(word)}, its parameters {stated.get(word)}"
        for word in sorted(stated.keys() | info.keys() - {"Payload-Oxum"})
        if info.get(word) != stated.get(word)
    )
    if (about["format"], info.get("Bag-Software-Agent")) != (FORMAT, describing.SOFTWARE):
        check.remarks.append("README.txt and verify.sh are those of another version, and were not compared")
        return
    for file, text in (("README.txt", describing.readme(str(title), about)), ("verify.sh", describing.VERIFY)):
        if not (bag / file).is_file() or (bag / file).read_bytes() != text.encode():
            check.wrong(f"{file} is not the one that goes with these parameters")


def _differing(given: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    listed = given.get("resources")
    resources = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    have = {str(one.get("path")): one for one in resources}
    want = {one["path"]: one for one in expected["resources"]}
    found = [f"data/datapackage.json does not list {path}" for path in want.keys() - have.keys()]
    found += [f"data/datapackage.json lists {path}, which is not there" for path in have.keys() - want.keys()]
    found += [
        f"data/datapackage.json says of {path} what it is not: {name}"
        for path in sorted(want.keys() & have.keys())
        for name in sorted(want[path].keys() | have[path].keys())
        if want[path].get(name) != have[path].get(name)
    ]
    return sorted(found)
