"""The metadata with which a package is handed over to an archive.

After DA/T 46-2009 (文书类电子文件元数据方案): the entities 文件, 机构人员 and 业务 with the elements that a package can
fill by itself, and those that the archive gives. Elements bear the standard's Chinese names.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from cryptography.hazmat.primitives.hashes import SM3, Hash

from services.reporting.contract import Package, Snapshot
from services.reporting.operations.snapshots import ready_snapshot
from services.reporting.package.describing import SOFTWARE
from services.reporting.store import SnapshotStore
from services.shared.database import Database


@dataclass(frozen=True)
class Shelf:
    """Where and how the archive keeps the package, as it says itself."""

    fonds: str
    """全宗号."""
    archival_code: str
    """档号."""
    responsible: str
    """责任者."""
    retention: str
    """保管期限."""
    secrecy: str
    """密级."""


async def archived(database: Database, id: UUID, shelf: Shelf) -> bytes:
    """The metadata of a snapshot's package as XML; SnapshotNotReady before there is one."""
    async with database.connection() as connection:
        store = SnapshotStore(connection)
        snapshot = await ready_snapshot(store, id)
        sm3, sha256, place = Hash(SM3()), hashlib.sha256(), 0
        while (piece := await store.part(id, place)) is not None:
            sm3.update(piece)
            sha256.update(piece)
            place += 1
    assert snapshot.package is not None and sha256.hexdigest() == snapshot.package.sha256, "pieces are insert-only"
    return _written(snapshot, snapshot.package, shelf, sm3.finalize().hex())


def _written(snapshot: Snapshot, package: Package, shelf: Shelf, sm3: str) -> bytes:
    root = Element("电子文件元数据", {"方案": "DA/T 46-2009"})
    file = SubElement(root, "文件实体")
    _add(file, "聚合层次", "件")
    source = SubElement(file, "来源")
    _add(source, "全宗号", shelf.fonds)
    _add(file, "电子文件号", package.tagmanifest_sha256)
    _add(SubElement(file, "档号组"), "档号", shelf.archival_code)
    content = SubElement(file, "内容描述")
    scope = [value for value in (snapshot.scope.agency, snapshot.scope.district) if value]
    title = f"{snapshot.plan} 第 {snapshot.edition} 版快照（截至 {snapshot.as_of}，{'、'.join(scope) or '全规划'}）"
    recorded, formed = snapshot.recorded_at, snapshot.finished_at
    assert formed is not None, "a package that stands was finished"
    for name, text in (
        ("题名", title),
        ("文件编号", package.name.removesuffix(".zip")),
        ("责任者", shelf.responsible),
        ("日期", formed.date().isoformat()),
        ("年度", str(formed.year)),
        ("密级", shelf.secrecy),
        ("保管期限", shelf.retention),
    ):
        _add(content, name, text)
    form = SubElement(file, "电子属性")
    for name, text in (
        ("格式信息", "ZIP；BagIt 1.0（RFC 8493）；CSV（UTF-8）；JSON（RFC 8785）"),
        ("计算机文件名", package.name),
        ("计算机文件大小", str(package.bytes)),
        ("文档创建程序", SOFTWARE),
        ("信息系统描述", "科盘：规划任务与科技项目登记系统；数据取自两本只增日志，附检查点与签名，可离线核验"),
    ):
        _add(form, name, text)
    digests = SubElement(file, "固化信息")
    for algorithm, digest in (("SHA-256", package.sha256), ("SM3", sm3)):
        _add(digests, "摘要", digest, 算法=algorithm)
    _add(digests, "电子签名", "包内 signatures/ 各文件，对 tagmanifest-sha256.txt")
    people = SubElement(root, "机构人员实体")
    _add(people, "机构人员名称", snapshot.created_by)
    business = SubElement(root, "业务实体")
    _add(business, "业务行为", "形成快照")
    _add(business, "行为时间", formed.isoformat())
    _add(business, "行为依据", f"目录日志 {snapshot.positions.catalog}，项目日志 {snapshot.positions.portfolio}")
    _add(business, "行为描述", f"知情时刻 {recorded.isoformat() if recorded else '尚无记录'}")
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = text
