"""Packages of evidence: what is tampered with is found and named, whoever holds which key."""

import json
import re
import shutil
import subprocess
import tarfile
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.package.bagcheck import files_of
from services.reporting.package.entries import Scope
from services.reporting.package.journal import JournalDiffers
from services.reporting.package.personcheck import COLUMNS
from services.reporting.package.reading import NoPackage
from services.reporting.package.verifying import Trust, verify
from services.shared.accesschain import chain_hash
from services.shared.notes import SM2, NoteSigner
from services.shared.salting import salted_hash
from tests.reporting import packages
from tests.reporting.invented import (
    LEADS,
    a_movement_wire,
    a_project_wire,
    a_target,
    an_agency_entry,
    catalog_entries,
    changed,
    recorded,
    registered,
    related,
)
from tests.reporting.packages import SIGNER, Making, access_entries, made, problems, signed_anew, unpacked

CATALOG = catalog_entries(targets=[a_target("4.8", "100.00")])
PORTFOLIO = [
    *(an_agency_entry(place, lead, district=f"31010{place}") for place, lead in enumerate(LEADS, 1)),
    registered(4, a_project_wire(1), [a_movement_wire(1, 1)]),
    registered(5, a_project_wire(2, lead=LEADS[1], title="演示，“引号”\n换行"), [a_movement_wire(2, 2, amount="7.01")]),
    recorded(6, a_movement_wire(3, 1, kind="receipt", amount="33.33")),
    related(7, 1, 2, "matching"),
    changed(8, a_project_wire(1, title="演示 1 改")),
]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the whole plan."""
    how = Making(access_log=access_entries(4))
    return made(tmp_path_factory.mktemp("order") / "order", CATALOG, PORTFOLIO, how).path


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The signer's key, got from elsewhere."""
    file = tmp_path_factory.mktemp("keys") / "signer.pem"
    file.write_text(SIGNER.verifier.pem)
    return file


@pytest.fixture
def bag(package: Path, tmp_path: Path) -> Path:
    """The same, unpacked, to be tampered with."""
    return unpacked(package, tmp_path / "bag")


def test_a_package_holds_as_zip_tar_and_folder(package: Path, bag: Path, key: Path, tmp_path: Path) -> None:
    assert problems(package) == problems(bag) == problems(package, Trust(key)) == []
    with tarfile.open(tmp_path / "package.tar", "w") as file:
        file.add(bag, bag.name)
    assert problems(tmp_path / "package.tar", Trust(key)) == []


def test_records_are_stale_where_the_positions_say_that_nothing_came_for_a_year(tmp_path: Path) -> None:
    old = [one.model_copy(update={"recorded_at": one.recorded_at - timedelta(days=400)}) for one in PORTFOLIO[:5]]
    stale = made(tmp_path / "order", CATALOG, [*old, *PORTFOLIO[5:]]).path
    assert problems(stale) == []
    bag = unpacked(stale, tmp_path / "bag")
    report = json.loads((bag / "data/reports/summary.json").read_text(encoding="utf-8"))
    assert [one["stale"] for one in report["quality_by_agency"]] == [0, 1]  # of the other lead something came since
    report["quality"]["stale"] = 0
    (bag / "data/reports/summary.json").write_text(json.dumps(report), encoding="utf-8")
    signed_anew(bag)
    assert problems(bag) == ["summary.json says 0 at /quality/stale, the journals say 1"]


def test_the_same_journals_and_parameters_make_the_same_bytes(package: Path, tmp_path: Path) -> None:
    again = made(tmp_path / "again", CATALOG, PORTFOLIO, Making(access_log=access_entries(4)))
    assert again.path.read_bytes() == package.read_bytes()


def test_without_a_key_the_signer_is_not_confirmed(package: Path, key: Path) -> None:
    remarks = [remark for check in verify(package, Trust()) for remark in check.remarks]
    assert any(remark.startswith("signer not confirmed") for remark in remarks)
    told = [remark for check in verify(package, Trust(key)) for remark in check.remarks]
    assert not any(remark.startswith("signer not confirmed") for remark in told)


def test_another_signer_s_package_is_refused(bag: Path, key: Path) -> None:
    stranger = NoteSigner.generate("stranger")
    (bag / "keys/signer.pem").write_text(stranger.verifier.pem)
    signed_anew(bag, stranger)
    assert problems(bag) == []
    assert any("is not what this key signs" in problem for problem in problems(bag, Trust(key)))


def tampered(bag: Path, data: st.DataObject) -> str:
    """Do something to one file of a bag; which one."""
    files = files_of(bag)
    path = data.draw(st.sampled_from(files))
    file = bag / path
    content = file.read_bytes()
    lines = content.splitlines(keepends=True)
    what = data.draw(st.sampled_from(("flip", "drop line", "add line", "delete", "add file", "swap")))
    if what == "flip" and content:
        place = data.draw(st.integers(0, len(content) - 1))
        flipped = content[place] ^ (1 << data.draw(st.integers(0, 7)))
        file.write_bytes(content[:place] + bytes([flipped]) + content[place + 1 :])
    elif what == "drop line" and lines:
        del lines[data.draw(st.integers(0, len(lines) - 1))]
        file.write_bytes(b"".join(lines))
    elif what == "add line" and lines:
        lines.insert(data.draw(st.integers(0, len(lines))), data.draw(st.sampled_from(lines)))
        file.write_bytes(b"".join(lines))
    elif what == "delete":
        file.unlink()
    elif what == "swap":
        other = data.draw(st.sampled_from([one for one in files if (bag / one).read_bytes() != content]))
        shutil.move(bag / other, bag / "aside")
        shutil.move(file, bag / other)
        shutil.move(bag / "aside", file)
    else:
        path = "data/tables/more.csv"
        (bag / path).write_bytes(b"more\n")
    return path


@FEW
@given(data=st.data())
def test_whatever_is_done_to_a_file_is_found_and_named(
    package: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    bag = unpacked(package, tmp_path_factory.mktemp("tampered") / "bag")
    path = tampered(bag, data)
    try:
        found = problems(bag)
    except NoPackage as refused:
        found = [str(refused)]
    assert any(Path(path).name in problem or path in problem for problem in found), (path, found)


FORGED = (
    "data/tables/projects.csv",
    "data/tables/movements.csv",
    "data/tables/shares.csv",
    "data/tables/targets.csv",
    "data/reports/coverage.json",
    "data/reports/gaps.json",
    "data/reports/summary.json",
    "data/journals/portfolio_entries.jsonl",
    "data/journals/catalog_entries.jsonl",
    "data/journals/portfolio_positions.csv",
    "data/access/access_log.jsonl",
)


@FEW
@given(data=st.data())
def test_who_holds_the_snapshots_key_can_not_make_tables_and_reports_say_else(
    package: Path, key: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    bag = unpacked(package, tmp_path_factory.mktemp("forged") / "bag")
    path = data.draw(st.sampled_from(FORGED))
    file = bag / path
    text = file.read_text(encoding="utf-8")
    digits = [place for place, sign in enumerate(text) if sign in "0123456789"]
    if path.endswith("_positions.csv"):  # of a moment it is known only that it lies between those beside it
        spans = [found.span() for found in re.finditer("[0-9a-f]{64}", text)]
        digits = [place for place in digits if any(start <= place < end for start, end in spans)]
    if data.draw(st.booleans()):
        place = data.draw(st.sampled_from(digits))
        other = data.draw(st.sampled_from([sign for sign in "0123456789" if sign != text[place]]))
        file.write_text(text[:place] + other + text[place + 1 :], encoding="utf-8")
    else:
        lines = text.splitlines(keepends=True)
        del lines[data.draw(st.integers(0, len(lines) - 1))]
        file.write_text("".join(lines), encoding="utf-8")
    signed_anew(bag)
    assert problems(bag, Trust(key))


@pytest.mark.parametrize("how", ["flipped", "encrypted", "method"])
def test_an_archive_that_is_damaged_is_said_to_be(package: Path, tmp_path: Path, how: str) -> None:
    damaged = tmp_path / "damaged.zip"
    held = bytearray(package.read_bytes())
    with zipfile.ZipFile(package) as file:
        info = max(file.infolist(), key=lambda one: one.compress_size)
    central = held.rindex(b"PK\x01\x02", 0, held.rindex(info.filename.encode()))
    if how == "flipped":
        start = info.header_offset + 30 + len(info.filename)
        held[start : start + 8] = b"\xff" * 8
    elif how == "encrypted":
        held[central + 8] |= 1
        held[info.header_offset + 6] |= 1
    else:
        held[central + 10] = held[info.header_offset + 8] = 99
    damaged.write_bytes(held)
    with pytest.raises(NoPackage, match="can not be read to its end"):
        list(verify(damaged, Trust()))


def test_personal_values_are_proved_by_the_hashes_in_the_package(tmp_path: Path, key: Path) -> None:
    salt, phone = "5a17", "19900001234"
    person = {"name": "演示甲", "title": None, "phone_hash": salted_hash(salt, phone)}
    project = a_project_wire(1) | {"pi": person, "contact": person | {"email_hash": salted_hash("5a18", "x@demo.cn")}}
    package = made(tmp_path / "order", CATALOG, [*PORTFOLIO[:3], registered(4, project)]).path
    id, values = project["id"], tmp_path / "persons.csv"

    def said(*rows: str) -> list[str]:
        values.write_text("\n".join((",".join(COLUMNS), *rows)) + "\n", encoding="utf-8")
        checks = list(verify(package, Trust(key, persons=values)))
        assert checks[-1].title == "personal values" and not any(check.problems for check in checks[:-1])
        return [*checks[-1].problems, *checks[-1].remarks]

    row = f"{id},pi,phone,{phone},{salt},{person['phone_hash']}"
    assert said(row) == ["1 values are given, of 2 more the package has the hash alone"]
    assert "is not the one" in said(row.replace(phone, "19900001235"))[0]
    assert "is not the one" in said(row.replace("5a17", "5a19"))[0]
    assert "has no other phone of the pi" in said(row, row)[0]
    assert "has no other email of the pi" in said(row.replace("phone", "email", 1))[0]
    values.write_text("project\n")
    assert "does not begin with the columns" in list(verify(package, Trust(key, persons=values)))[-1].problems[0]


def test_an_access_log_is_whole_or_said_not_to_be(tmp_path: Path, key: Path) -> None:
    whole = access_entries(4)
    for name, entries, said in (
        ("none", [], []),
        ("whole", whole, []),
        ("gap", [*whole[:1], *whole[2:]], ["an entry is missing"]),
        ("changed", [whole[0], whole[1] | {"path": "/elsewhere"}, *whole[2:]], ["it was changed"]),
        ("forged", [whole[0], *access_entries(3, first=6)], ["does not follow the entry before it"]),
        ("late", [{**whole[0], "at": "2019-02-01T00:00:01.000000Z"}], ["after 2019-02-01"]),
        ("early", [{**one, "at": "2018-12-31T23:59:59.000000Z"} for one in whole[:1]], ["before 2019"]),
    ):
        if name in ("early", "late"):
            entries = [entries[0] | {"hash": chain_hash(entries[0]).hex()}]
        package = made(tmp_path / name, CATALOG, PORTFOLIO, Making(access_log=entries)).path
        found = problems(package, Trust(key))
        assert len(found) == len(said) and all(part in found[0] for part in said), (name, found)


def test_a_history_that_was_rewritten_with_every_key_but_the_log_s_is_found(
    bag: Path, key: Path, tmp_path: Path
) -> None:
    rewritten = [
        *PORTFOLIO[:3],
        registered(4, a_project_wire(1), [a_movement_wire(1, 1, amount="999.00")]),
        *PORTFOLIO[4:],
    ]
    forged = unpacked(made(tmp_path / "forged", CATALOG, rewritten).path, tmp_path / "unpacked")
    assert problems(forged, Trust(key)) == []
    shutil.copy(bag / "data/journals/portfolio.checkpoint", forged / "data/journals/portfolio.checkpoint")
    signed_anew(forged)
    assert any("not those of its checkpoint" in problem for problem in problems(forged, Trust(key)))


def test_a_rewritten_history_does_not_follow_an_earlier_package(tmp_path: Path, key: Path) -> None:
    first = made(tmp_path / "first", CATALOG, PORTFOLIO[:5])
    before = {"catalog": len(CATALOG), "portfolio": 5}
    later = made(tmp_path / "later", CATALOG, PORTFOLIO, Making(previous=first, before=before))
    assert problems(later.path, Trust(key, previous=first.path)) == []
    rewritten = [*PORTFOLIO[:3], registered(4, a_project_wire(1, title="改写")), *PORTFOLIO[4:]]
    forged = made(tmp_path / "forged", CATALOG, rewritten, Making(previous=first, before=before))
    found = problems(forged.path, Trust(key, previous=first.path))
    assert any("first 5 entries of portfolio are not those" in problem for problem in found)
    other = made(tmp_path / "other", CATALOG, PORTFOLIO[:4])
    assert problems(later.path, Trust(key, previous=other.path)) == []
    remarks = [said for check in verify(later.path, Trust(key, previous=other.path)) for said in check.remarks]
    assert any("another predecessor" in said for said in remarks)


def test_moments_of_recording_are_held_against_an_earlier_package(tmp_path: Path, key: Path) -> None:
    first = made(tmp_path / "first", CATALOG, PORTFOLIO[:5])
    bag = unpacked(made(tmp_path / "later", CATALOG, PORTFOLIO).path, tmp_path / "bag")
    table = bag / "data/journals/portfolio_positions.csv"
    table.write_text(table.read_text().replace("00:02:00.000000Z", "00:02:30.000000Z"))
    signed_anew(bag)
    assert problems(bag, Trust(key)) == [], "no leaf holds the moment of its entry"
    found = problems(bag, Trust(key, previous=first.path))
    assert found == ["portfolio position 2 was recorded at another moment before"]


def test_the_keys_of_both_signers_are_given_where_the_key_changed_in_between(tmp_path: Path, key: Path) -> None:
    first = made(tmp_path / "first", CATALOG, PORTFOLIO[:6])
    before = {"catalog": len(CATALOG), "portfolio": 6}
    another = NoteSigner("kepan/snapshots/invented", bytes([9]) * 32)
    how = Making(previous=first, before=before, signers=(another,))
    later = made(tmp_path / "later", CATALOG, PORTFOLIO, how).path
    keys = tmp_path / "both.pem"
    keys.write_text(another.verifier.pem + key.read_text())
    assert problems(later, Trust(keys, previous=first.path)) == []
    assert any("none of the keys" in one or "not what this key" in one for one in problems(later, Trust(key)))


@pytest.mark.parametrize("given", ["key", "log_keys", "tsa"])
def test_what_is_given_to_believe_in_is_read_before_anything_is_said(tmp_path: Path, package: Path, given: str) -> None:
    wrong = tmp_path / "wrong"
    for text in (None, "{}", ""):
        if text is not None:
            wrong.write_text(text)
        with pytest.raises(NoPackage, match=r"wrong (can not be read|holds no)"):
            list(verify(package, Trust(**{given: wrong})))


def test_a_cut_package_holds_its_scope_whole_and_the_rest_as_hashes(tmp_path: Path, key: Path) -> None:
    how = Making(scope=Scope("small", agency=LEADS[1]))
    cut = made(tmp_path / "cut", CATALOG, PORTFOLIO, how)
    checks = list(verify(cut.path, Trust(key)))
    assert [problem for check in checks for problem in check.problems] == []
    assert any("4 entries of portfolio are given as hashes alone" in r for check in checks for r in check.remarks)
    bag = unpacked(cut.path, tmp_path / "bag")
    entries = (bag / "data/journals/portfolio_entries.jsonl").read_text(encoding="utf-8")
    assert "演示，" in entries and "演示 1" not in entries
    assert len((bag / "data/tables/projects.csv").read_text(encoding="utf-8").split("\n00000000-")) == 2
    district = made(tmp_path / "district", CATALOG, PORTFOLIO, Making(scope=Scope("small", district="310102")))
    assert problems(district.path, Trust(key)) == []


def test_an_entry_beyond_the_scope_is_noticed(tmp_path: Path, key: Path) -> None:
    whole = unpacked(made(tmp_path / "whole", CATALOG, PORTFOLIO).path, tmp_path / "whole-bag")
    cut = unpacked(
        made(tmp_path / "cut", CATALOG, PORTFOLIO, Making(scope=Scope("small", agency=LEADS[1]))).path, tmp_path / "b"
    )
    for name in ("portfolio_entries.jsonl", "portfolio_positions.csv"):
        shutil.copy(whole / "data/journals" / name, cut / "data/journals" / name)
    signed_anew(cut)
    assert any("not of the scope" in problem for problem in problems(cut, Trust(key)))


def test_journals_that_are_not_those_of_their_checkpoint_are_never_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = packages.checkpoint
    monkeypatch.setattr(packages, "checkpoint", lambda name, entries: honest(name, entries[:-1]))
    with pytest.raises(JournalDiffers, match="not those of its checkpoint"):
        made(tmp_path / "order", CATALOG, PORTFOLIO)


@pytest.mark.parametrize("name", ["../out", "/etc/out", "bag/../../out", "bag\\out", "bag//out"])
def test_names_that_lead_out_of_the_package_are_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
        file.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(NoPackage, match="plain path"):
        problems(tmp_path / "bad.zip")
    assert not (tmp_path / "out").exists()


def test_what_is_no_package_is_said_to_be_none(tmp_path: Path, bag: Path) -> None:
    (tmp_path / "text").write_text("no package")
    for what, why in ((tmp_path / "text", "neither a .zip"), (tmp_path / "nowhere", "there is no file")):
        with pytest.raises(NoPackage, match=why):
            problems(what)
    (bag / "link").symlink_to("/etc/passwd")
    with pytest.raises(NoPackage, match="is a link"):
        problems(bag)


def test_an_sm2_signature_stands_beside_and_openssl_believes_both(tmp_path: Path) -> None:
    sm2 = NoteSigner("kepan/snapshots/invented", bytes([4]) * 32, SM2)
    package = made(tmp_path / "order", CATALOG, PORTFOLIO, Making(signers=(SIGNER, sm2)))
    bag = unpacked(package.path, tmp_path / "bag")
    assert problems(bag, Trust(bag / "keys/signer-sm2.pem")) == []
    public = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", "-in", "tagmanifest-sha256.txt"]
    ed25519 = [*public, "-inkey", "keys/signer.pem", "-sigfile", "signatures/tagmanifest.ed25519"]
    by_sm2 = [*public, "-inkey", "keys/signer-sm2.pem", "-sigfile", "signatures/tagmanifest.sm2", "-digest", "sm3"]
    by_sm2 += ["-pkeyopt", "distid:1234567812345678"]
    for command in (ed25519, by_sm2):
        judged = subprocess.run(command, cwd=bag, capture_output=True, text=True, check=False)
        assert judged.returncode == 0, judged.stderr
    script = (bag / "verify.sh").read_text()
    only_openssl = script.replace("bagit.py", "true").replace("frictionless", "true").replace("sha256sum", "true")
    (bag / "verify.sh").write_text(only_openssl)
    for enclosed, said in (("signer.pem", 0), ("signer-sm2.pem", 0), ("log-keys.txt", 1)):
        command = ["sh", str(bag / "verify.sh"), str(bag / "keys" / enclosed)]
        judged = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ("Signature Verified Successfully" in judged.stdout) is (said == 0), (enclosed, judged.stderr)
    (bag / "verify.sh").write_text(script)
    (bag / "signatures/tagmanifest.sm2").unlink()
    assert problems(bag, Trust(bag / "keys/signer.pem")) == [
        "signatures/tagmanifest.sm2 is missing, and keys/signer-sm2.pem is there: it was taken away"
    ]
    (bag / "signatures/tagmanifest.sm2").write_bytes(b"0")
    assert any("tagmanifest.sm2 is wrong" in problem for problem in problems(bag))
