"""Writing a package, in a process of its own: from two journals as they were read, and the answers of reports."""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.reporting.package import describing
from services.reporting.package.bag import PAYLOAD, TIMESTAMP, BagWriter
from services.reporting.package.catalog import Catalog
from services.reporting.package.entries import Entries, Scope, Told
from services.reporting.package.journal import JournalDiffers, Spooled
from services.reporting.package.schema import TABLES
from services.reporting.package.tables import write_tables
from services.shared.notes import SM2, BadNote, NoteSigner, checkpoint_of, signers_in, verifiers_in
from services.shared.timestamps import stamped

ACCESS_LOG = "access_log"
"""Where the part of the access log lies in the folder of an order, where there is one: RFC 8785 text, a line each."""
TELL = 5_000
"""After so many projects the progress is told."""


@dataclass(frozen=True)
class Order:
    """What is to be packed.

    `folder` holds `{journal}.bodies` and `{journal}.moments` (a line for each entry), `{journal}.checkpoint`,
    `{journal}.consistency` where a snapshot came before, and `reports/*.json`. `about` are the parameters as the data
    package states them.
    """

    folder: Path
    name: str
    title: str
    about: dict[str, Any]
    software: str
    signing_keys: Path
    """Note signers, a line each: the last of each type signs."""
    log_keys: Path
    tsa_url: str | None = None
    """Who stamps the list of files, where somebody does: NotStamped where he does not answer."""


@dataclass(frozen=True)
class Packed:
    """The finished package."""

    path: Path
    bytes: int
    sha256: str
    tagmanifest_sha256: str


def write_package(order: Order) -> Packed:
    """Write the package of an order beside its folder's files. JournalDiffers where a journal is not what its
    checkpoint says."""
    scope = Scope(order.about["plan"], order.about["scope"]["agency"], order.about["scope"]["district"])
    journals = {name: spooled(order.folder, name) for name in describing.JOURNALS}
    for journal in journals.values():
        check_against_checkpoint(journal, order.folder / f"{journal.name}.checkpoint", order.log_keys)
    catalog = Catalog.told(scope.plan, (body for _, _, body in journals["catalog"].lines()))
    with tempfile.TemporaryDirectory(dir=order.folder) as made:
        files = Path(made)
        entries = Entries(journals["portfolio"].bodies, files / "index")
        try:
            _read(entries, journals["portfolio"])
            _write_journals(journals, entries, scope, files)
            write_tables(files, catalog, entries.agencies, _told(order, entries.projects(scope)))
        finally:
            entries.close()
        return _bag(order, files)


def _read(entries: Entries, journal: Spooled) -> None:
    for position, start, body in journal.lines():
        try:
            entries.add(position, start, body)
        except (ValueError, KeyError, TypeError) as error:
            raise JournalDiffers(f"the entry of {journal.name} at {position} is none of ours: {error!r}") from None


def spooled(folder: Path, journal: str) -> Spooled:
    """A journal as it was read into a folder."""
    return Spooled(journal, folder / f"{journal}.bodies", folder / f"{journal}.moments")


def check_against_checkpoint(journal: Spooled, note: Path, log_keys: Path) -> None:
    """Refuse entries that are not those of the checkpoint."""
    try:
        checkpoint = checkpoint_of(note.read_text(encoding="utf-8"), verifiers_in(log_keys.read_text(encoding="utf-8")))
    except BadNote as error:
        raise JournalDiffers(f"the checkpoint of {journal.name} is not believed: {error}") from None
    if journal.root() != (checkpoint.size, checkpoint.root):
        raise JournalDiffers(f"the entries of {journal.name} are not those of its checkpoint of size {checkpoint.size}")


def _write_journals(journals: dict[str, Spooled], entries: Entries, scope: Scope, files: Path) -> None:
    for name, journal in journals.items():
        included = entries.positions(scope) if name == "portfolio" else None
        journal.write(included, files / describing.POSITIONS[name].file, files / f"{name}_entries.jsonl")


def _told(order: Order, projects: Iterator[Told]) -> Iterator[Told]:
    """The projects, telling how far the work is."""
    progress = order.folder / "progress"
    for done, one in enumerate(projects, 1):
        if done % TELL == 0:
            progress.write_text(str(done), encoding="ascii")
        yield one


def _bag(order: Order, files: Path) -> Packed:
    target = order.folder / "package.zip"
    bag = BagWriter(target, order.name)
    for table in TABLES:
        bag.add_file(PAYLOAD + describing.path_of(table), files / table.file)
    for name in describing.JOURNALS:
        positions = describing.POSITIONS[name]
        bag.add_file(PAYLOAD + describing.path_of(positions), files / positions.file)
        bag.add_file(PAYLOAD + describing.entries_path(name), files / f"{name}_entries.jsonl")
        bag.add_file(PAYLOAD + describing.checkpoint_path(name), order.folder / f"{name}.checkpoint")
        proof = order.folder / f"{name}.consistency"
        if proof.exists():
            bag.add_file(PAYLOAD + describing.consistency_path(name), proof)
    for report in sorted((order.folder / "reports").iterdir()):
        bag.add_file(PAYLOAD + describing.report_path(report.stem), report)
    if (order.folder / ACCESS_LOG).exists():
        bag.add_file(PAYLOAD + describing.ACCESS_LOG, order.folder / ACCESS_LOG)
    described = {path.removeprefix(PAYLOAD): held for path, held in bag.payload.items()}
    content = describing.data_package(order.name, order.title, order.about, described)
    bag.add_payload(PAYLOAD + "datapackage.json", content)
    held = signers_in(order.signing_keys.read_text(encoding="utf-8"))
    signers = list({signer.verifier.kind: signer for signer in held}.values())
    bag.add_tag("README.txt", describing.readme(order.title, order.about).encode())
    bag.add_tag("verify.sh", describing.VERIFY.encode())
    bag.add_tag("keys/log-keys.txt", order.log_keys.read_bytes())
    for signer in signers:
        bag.add_tag(key_file(signer), signer.verifier.pem.encode())
    tags = bag.add_manifests(describing.bag_info(order.name, order.title, order.about, order.software))
    for signer in signers:
        bag.add_signature(signature_file(signer), signer.signature(tags))
    if order.tsa_url is not None:
        bag.add_signature(TIMESTAMP, stamped(tags, order.tsa_url))
    bag.close()
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Packed(target, target.stat().st_size, digest, hashlib.sha256(tags).hexdigest())


def key_file(signer: NoteSigner) -> str:
    """Where a signer's public key lies in the bag."""
    return "keys/signer-sm2.pem" if signer.verifier.kind == SM2 else "keys/signer.pem"


def signature_file(signer: NoteSigner) -> str:
    """What a signer's signature is called below signatures/."""
    return "tagmanifest.sm2" if signer.verifier.kind == SM2 else "tagmanifest.ed25519"
