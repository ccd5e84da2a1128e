"""Snapshots of a running system before public judges, and before what a superuser of the database can do."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import superuser_of
from services.shared.notes import signers_in
from tests.reporting.packages import signed_anew
from tests.system.conftest import System, caught_up
from tests.system.test_backup import kepan
from tests.system.test_witness import forged, registered

TOOLS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
pytestmark = pytest.mark.xdist_group("snapshots")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system with the invented demonstration portfolio."""
    running = System(tmp_path_factory.mktemp("demonstration") / "home")
    running.start()
    with running.client() as manager:
        caught_up(manager)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def package(demonstration: System) -> Path:
    """A package of it, as an auditor takes it away; one of its projects has a person with phone and e-mail."""
    person = {"name": "演示甲", "phone": "19900001234", "email": "demo@example.cn"}
    with demonstration.client() as manager:
        first = manager.get("/projects", params={"limit": 1}).json()["items"][0]
        changed = manager.patch(f"/projects/{first['id']}", json={"pi": person}, headers={"If-Match": "*"})
        assert changed.status_code == 200, changed.text
        caught_up(manager)
    file = demonstration.home.parent / "package.zip"
    wanted = ("--as-of", "2019-06-30", "--access-log-since", "2020-01-01T00:00:00Z")
    done = kepan(demonstration.home, "snapshot", "take", *wanted, "--file", str(file))
    assert done.returncode == 0, done.stderr
    return file


@pytest.fixture(scope="module")
def key(demonstration: System) -> Path:
    """The signer's public key, as the interface publishes it."""
    with demonstration.client("auditor") as auditor:
        logs = auditor.get("/keys").json()["logs"]
    (pem,) = [one["pem"] for one in logs if one["origin"].startswith("kepan/snapshots/")]
    file = demonstration.home.parent / "signer.pem"
    file.write_text(pem)
    return file


@pytest.fixture
def bag(package: Path, tmp_path: Path) -> Path:
    """The same, unpacked."""
    with zipfile.ZipFile(package) as file:
        file.extractall(tmp_path / "bag")
    (found,) = (tmp_path / "bag").iterdir()
    return found


def judged(bag: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """What a public tool says of a bag."""
    return subprocess.run(
        command, cwd=bag, env=os.environ | {"PATH": TOOLS}, capture_output=True, text=True, check=False
    )


SHA256 = ("sha256sum", "--check", "--strict", "--quiet", "manifest-sha256.txt")
BAGIT = ("bagit.py", "--validate", "--quiet", ".")
FRICTIONLESS = ("frictionless", "validate", "data/datapackage.json")


def openssl(key: Path) -> tuple[str, ...]:
    """openssl, asked whether a key signed the list of files."""
    verify = ("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin")
    return (*verify, "-in", "tagmanifest-sha256.txt", "-sigfile", "signatures/tagmanifest.ed25519")


def test_every_public_judge_accepts_the_package(bag: Path, key: Path) -> None:
    for command in (SHA256, BAGIT, FRICTIONLESS, openssl(key)):
        found = judged(bag, *command)
        assert found.returncode == 0, (command, found.stdout[-2000:], found.stderr[-2000:])
    script = judged(bag, "sh", "verify.sh", str(key))
    assert script.returncode == 0, script.stdout[-2000:] + script.stderr[-2000:]
    assert len([line for line in (bag / "verify.sh").read_text().splitlines() if line.split(" ")[0] in JUDGES]) == 5
    assert (bag / "data/tables/projects.csv").read_text(encoding="utf-8").count("\n") > 150


JUDGES = ("openssl", "sha256sum", "bagit.py", "frictionless")


def test_every_public_judge_refuses_what_it_can_see(bag: Path, key: Path, tmp_path: Path) -> None:
    table = bag / "data/tables/movements.csv"
    whole = table.read_bytes()
    table.write_bytes(whole.replace(b"municipal", b"municipaI", 1))
    for command in (SHA256, BAGIT, FRICTIONLESS):
        assert judged(bag, *command).returncode != 0, command
    table.write_bytes(whole)
    (bag / "data/tables/more.csv").write_text("more\n")
    assert judged(bag, *SHA256).returncode == 0, "sha256sum does not see it, which is why bagit.py is among the five"
    assert judged(bag, *BAGIT).returncode != 0
    (bag / "data/tables/more.csv").unlink()
    (bag / "tagmanifest-sha256.txt").write_bytes((bag / "tagmanifest-sha256.txt").read_bytes().replace(b"a", b"b", 1))
    assert judged(bag, *openssl(key)).returncode != 0
    assert judged(bag, "sh", "verify.sh", str(key)).returncode != 0


def test_the_package_holds_the_part_of_the_access_log_that_was_asked_for(demonstration: System, bag: Path) -> None:
    given = [json.loads(line) for line in (bag / "data/access/access_log.jsonl").read_bytes().splitlines()]
    assert [entry["position"] for entry in given] == list(range(1, len(given) + 1)) and len(given) > 1
    with demonstration.client("auditor") as auditor:
        assert auditor.get("/access-log", params={"limit": 2}).json()["items"] == given[:2]


def test_personal_values_are_taken_beside_a_package_and_proved(
    demonstration: System, package: Path, tmp_path: Path
) -> None:
    values = tmp_path / "persons.csv"
    done = kepan(demonstration.home, "snapshot", "persons", str(package), str(values), "--reason", "核对联系方式")
    assert done.returncode == 0, done.stderr
    assert values.stat().st_mode & 0o077 == 0 and "19900001234" in values.read_text()
    refused = kepan(demonstration.home, "snapshot", "persons", str(package), str(values), "--reason", "x")
    assert refused.returncode == 1 and "reason_required" in refused.stderr
    assert "19900001234" in values.read_text() and list(tmp_path.iterdir()) == [values], (
        "nothing is lost or left behind"
    )
    proved = kepan(demonstration.home, "verify", str(package), "--persons", str(values))
    assert proved.returncode == 0 and "values are given" in proved.stdout, proved.stdout + proved.stderr
    values.write_text(values.read_text().replace("19900001234", "19900001235"))
    assert kepan(demonstration.home, "verify", str(package), "--persons", str(values)).returncode == 2
    with zipfile.ZipFile(package) as file:
        assert not any(b"19900001234" in file.read(name) for name in file.namelist())
    with demonstration.client("auditor") as auditor:
        after, asked = 0, []
        while after is not None:
            page = auditor.get("/access-log", params={"limit": 500, "after": after}).json()
            asked += [entry for entry in page["items"] if entry["path"].endswith("/personal-values")]
            after = page["next"]
    assert {entry["kind"] for entry in asked} == {"personal_data"} and "reason" in asked[0]["detail"]["query"]


def test_an_auditor_verifies_with_nothing_but_the_package_and_the_key(package: Path, key: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "no-home"
    done = kepan(nowhere, "verify", str(package), "--key", str(key))
    assert (done.returncode, "everything holds" in done.stdout) == (0, True), done.stdout + done.stderr
    assert "signer not confirmed" not in done.stdout
    without = kepan(nowhere, "verify", str(package))
    assert (without.returncode, "signer not confirmed" in without.stdout) == (0, True)
    assert not nowhere.exists()
    told = json.loads(kepan(nowhere, "verify", str(package), "--json").stdout)
    assert "access log" in [check["check"] for check in told["checks"]]
    assert told["holds"] and "reports against the journals" in [check["check"] for check in told["checks"]]


def test_the_operator_who_signs_anew_is_found_out_by_the_journals(
    demonstration: System, bag: Path, key: Path, tmp_path: Path
) -> None:
    (signer,) = signers_in((demonstration.home / "keys/snapshots.key").read_text())
    report = bag / "data/reports/coverage.json"
    answer = json.loads(report.read_text(encoding="utf-8"))
    answer["totals"]["committed"] = "1.00"
    report.write_text(json.dumps(answer, ensure_ascii=False) + "\n", encoding="utf-8")
    signed_anew(bag, signer)
    assert judged(bag, "sh", "verify.sh", str(key)).returncode == 0, "no public tool can know what the figure has to be"
    done = kepan(tmp_path / "no-home", "verify", str(bag), "--key", str(key))
    assert done.returncode == 2 and "/totals/committed" in done.stdout


def test_a_snapshot_after_a_forged_entry_does_not_follow_the_one_before(
    demonstration: System, package: Path, key: Path, tmp_path: Path
) -> None:
    home = demonstration.home
    registered(demonstration, "SNAP-1")
    later = tmp_path / "later.zip"
    done = kepan(home, "snapshot", "take", "--as-of", "2019-06-30", "--previous", "last", "--file", str(later))
    assert done.returncode == 0, done.stderr
    follows = kepan(home, "verify", str(later), "--key", str(key), "--previous", str(package))
    assert follows.returncode == 0, follows.stdout
    url = superuser_of(home)
    assert url is not None
    forged(url, lambda body: body.replace('"name":"', '"name":"伪', 1))
    registered(demonstration, "SNAP-2")
    rewritten = tmp_path / "rewritten.zip"
    taken = kepan(home, "snapshot", "take", "--as-of", "2019-06-30", "--file", str(rewritten))
    assert taken.returncode == 0, "the forger made every hash anew, so that the system sees nothing"
    found = kepan(home, "verify", str(rewritten), "--key", str(key), "--previous", str(package))
    assert found.returncode == 2 and "not those of the previous package" in found.stdout
    forged(url)
    registered(demonstration, "SNAP-3")
    refused = kepan(home, "snapshot", "take", "--as-of", "2019-06-30")
    assert refused.returncode == 1 and "journal_differs" in refused.stderr, "what is no entry at all is not packed"


def test_a_download_is_gone_on_with(demonstration: System, package: Path, tmp_path: Path) -> None:
    with demonstration.client("auditor") as auditor:
        (first, *_) = auditor.get("/snapshots", params={"limit": 500}).json()["items"][::-1]
    target = tmp_path / "again.zip"
    (tmp_path / "again.zip.part").write_bytes(package.read_bytes()[:10_000])
    done = kepan(demonstration.home, "snapshot", "fetch", first["id"], str(target))
    assert done.returncode == 0, done.stderr
    assert target.read_bytes() == package.read_bytes()
