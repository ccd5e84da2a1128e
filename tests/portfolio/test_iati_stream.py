"""IATI files as streams: what is refused, and what large ones cost. All content is invented."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from services.portfolio.contract import UnreadableXml
from services.portfolio.iati import read, sectors_of
from services.portfolio.iati import stream as streams
from tests.portfolio.iati_files import DIALECT, activity, file, said, transaction

BOMB = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("head", [BOMB, OUTSIDE, "<!DOCTYPE x>", '<!DOCTYPE x SYSTEM "http://invented.example/x.dtd">'])
def test_a_document_type_is_refused_whatever_it_declares(tmp_path: Path, head: str) -> None:
    path = file(tmp_path, activity(title="<title><narrative>&c;&e;</narrative></title>"), head=head)
    with pytest.raises(UnreadableXml, match="document type"):
        list(read(path, DIALECT))


@pytest.mark.parametrize("content", ["", "not XML", "<iati-activities version='2.03'>", "PK\x03\x04"])
def test_what_is_no_xml_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file.xml"
    path.write_text(content, "utf-8")
    with pytest.raises(UnreadableXml, match="not well-formed at line"):
        list(read(path, DIALECT))


def test_an_undeclared_entity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableXml, match="undefined entity"):
        list(read(file(tmp_path, activity(title="<title><narrative>&nbsp;</narrative></title>")), DIALECT))


@pytest.mark.parametrize("encoding", ["gb18030", "no-such-encoding"])
def test_an_encoding_that_is_not_read_is_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file.xml"
    path.write_text(f'<?xml version="1.0" encoding="{encoding}"?><iati-activities version="2.03"/>', "utf-8")
    with pytest.raises(UnreadableXml, match=r"UTF-8|unknown encoding"):
        list(read(path, DIALECT))


@pytest.mark.parametrize("root", ["iati-organisations", "html", "iati-activity"])
def test_another_root_is_refused_by_its_name(tmp_path: Path, root: str) -> None:
    with pytest.raises(UnreadableXml, match=f"its root is {root}"):
        list(read(file(tmp_path, root=root), DIALECT))


def test_a_file_that_is_cut_off_shows_it_after_its_whole_activities(tmp_path: Path) -> None:
    """The whole import fails then: a part of a portfolio is not taken for the whole."""
    path = file(tmp_path, *(activity(identifier=f"<iati-identifier>{i}</iati-identifier>") for i in range(2000)))
    path.write_bytes(path.read_bytes()[:-500])
    rows = read(path, DIALECT)
    seen = [next(rows).row for _ in range(1000)]
    assert seen == list(range(1, 1001))
    with pytest.raises(UnreadableXml):
        list(rows)


def test_elements_of_other_namespaces_are_passed_over(tmp_path: Path) -> None:
    other = '<x:title xmlns:x="https://invented.example"><narrative>Other</narrative></x:title>'
    (found,) = read(file(tmp_path, activity(dates=other)), DIALECT)
    assert found.values["project"]["title"] == "Invented work"


def test_a_file_that_declares_a_namespace_for_iati_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file.xml"
    path.write_text(
        f'<iati-activities version="2.03" xmlns="https://invented.example/iati">{activity()}</iati-activities>', "utf-8"
    )
    assert [each.verdict for each in read(path, DIALECT)] == ["accepted"]


def test_cdata_and_comments_are_text_and_nothing(tmp_path: Path) -> None:
    title = "<title><narrative>A <!-- not this --><![CDATA[<b> & ]]>c</narrative></title>"
    (found,) = read(file(tmp_path, activity(title=title)), DIALECT)
    assert found.values["project"]["title"] == "A <b> & c"


def test_an_activity_inside_another_is_none(tmp_path: Path) -> None:
    assert len(list(read(file(tmp_path, activity(dates=activity())), DIALECT))) == 1


def test_an_activity_of_endless_elements_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_ELEMENTS", 100)
    assert len(list(read(file(tmp_path, *[activity()] * 20), DIALECT))) == 20
    with pytest.raises(UnreadableXml, match="more than 100 elements"):
        list(read(file(tmp_path, activity(money=transaction() * 30)), DIALECT))


def test_a_repeated_identifier_names_the_place_of_the_first(tmp_path: Path) -> None:
    rows = list(
        read(
            file(tmp_path, activity(), activity(identifier="<iati-identifier> ZZ-INV- 1-A1\n</iati-identifier>")),
            DIALECT,
        )
    )
    assert [said(each) for each in rows] == [[], ["identifier_repeated"]]
    assert rows[1].errors[0].detail.startswith("activity 1 ")


def _peak(work: Callable[[], None]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _large(folder: Path, count: int) -> Path:
    folder.mkdir()
    many = "".join(
        activity(identifier=f"<iati-identifier>ZZ-INV-1-{i:06}</iati-identifier>", money=transaction() * 3)
        for i in range(count)
    )
    return file(folder, many)


def test_ten_times_the_activities_take_no_more_memory_than_their_identifiers(tmp_path: Path) -> None:
    """Of an activity that was read its identifier stays: less than 200 bytes."""
    small, large = _large(tmp_path / "small", 1_000), _large(tmp_path / "large", 10_000)

    def rows(path: Path) -> None:
        assert all(each.verdict == "accepted" for each in read(path, DIALECT))

    rows(small)
    assert _peak(lambda: rows(large)) < _peak(lambda: rows(small)) + 9_000 * 200


def test_the_sectors_of_a_large_file_take_no_more_memory_than_those_of_a_small_one(tmp_path: Path) -> None:
    small, large = _large(tmp_path / "small", 1_000), _large(tmp_path / "large", 10_000)
    sectors_of(small)
    assert _peak(lambda: print(sectors_of(large))) < 1.5 * _peak(lambda: print(sectors_of(small)))
