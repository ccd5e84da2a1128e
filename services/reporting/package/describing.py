"""What a package says of itself: its data package, its bag's information, how it is verified."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

from services.reporting.package.parameters import REPORTS
from services.reporting.package.schema import TABLES, Field, ForeignKey, Table
from services.shared import sm2

TABLE_FOLDER, JOURNAL_FOLDER, REPORT_FOLDER = "tables/", "journals/", "reports/"
JOURNALS = ("catalog", "portfolio")
POSITIONS = {
    name: Table(
        f"{name}_positions",
        title,
        (
            Field("position", "integer", "日志序号", True),
            Field("recorded_at", "datetime", "记入时刻（UTC）", True),
            Field("leaf_hash", "string", "条目的叶摘要（RFC 6962，十六进制）", True),
            Field("included", "boolean", "条目全文是否在本包内", True),
        ),
        ("position",),
    )
    for name, title in (("catalog", "目录日志各条目的序号与摘要"), ("portfolio", "项目日志各条目的序号与摘要"))
}
"""By journal the table of its positions: every entry has a row, given whole or as the hash of its leaf alone."""
ACCESS_LOG = "access/access_log.jsonl"
"""Where the part of the access log lies below data/, where one was asked for: RFC 8785 text, a line each."""
SOFTWARE = "Kepan 1.0.0"
"""What a package says that it was made by."""
FORMATS = {"json": "application/json", "jsonl": "application/jsonl", "checkpoint": "text/plain"}


def name_of(about: Mapping[str, Any]) -> str:
    """What a package is called: what it is about in short, and a digest of all its parameters, so that equal packages
    bear equal names and others do not."""
    positions, day = about["positions"], about["as_of"].replace("-", "")
    digest = hashlib.sha256(rfc8785.dumps(dict(about))).hexdigest()[:8]
    return f"kepan-{about['plan']}-{positions['catalog']}-{positions['portfolio']}-{day}-{digest}"


def path_of(table: Table) -> str:
    """Where the table's file lies below data/."""
    return (JOURNAL_FOLDER if table in POSITIONS.values() else TABLE_FOLDER) + table.file


def entries_path(journal: str) -> str:
    """Where the entries lie below data/: RFC 8785 text, a line each, those of the rows that say `included`."""
    return f"{JOURNAL_FOLDER}{journal}_entries.jsonl"


def checkpoint_path(journal: str) -> str:
    """Where the checkpoint lies below data/: a C2SP signed note."""
    return f"{JOURNAL_FOLDER}{journal}.checkpoint"


def consistency_path(journal: str) -> str:
    """Where the proof lies below data/ that the previous snapshot's journal is the beginning of this one's."""
    return f"{JOURNAL_FOLDER}{journal}_consistency.json"


def report_path(report: str) -> str:
    """Where a report lies below data/: the very answer of the interface."""
    return f"{REPORT_FOLDER}{report}.json"


def payload_of(about: Mapping[str, Any]) -> set[str]:
    """The files below data/ of a package with these parameters."""
    extract = about.get("access_log")
    found = {"datapackage.json", *map(path_of, (*TABLES, *POSITIONS.values()))}
    found |= {place(journal) for journal in JOURNALS for place in (entries_path, checkpoint_path)}
    found |= {report_path(report) for report in REPORTS[about["format"]]}
    found |= {consistency_path(journal) for journal in JOURNALS if about["previous"] is not None}
    return found | ({ACCESS_LOG} if extract is not None and extract["first"] is not None else set())


def data_package(name: str, title: str, about: Mapping[str, Any], payload: Mapping[str, tuple[str, int]]) -> bytes:
    """datapackage.json (Frictionless Data Package 1): every file of the payload with its hash, tables with their
    schema. `about` are the parameters of the package; `payload` names files below data/."""
    tables = {path_of(table): table for table in (*TABLES, *POSITIONS.values())}
    resources = []
    for path, (digest, size) in sorted(payload.items()):
        table = tables.get(path)
        resource = {"path": path, "hash": f"sha256:{digest}", "bytes": size, "encoding": "utf-8"}
        resources.append(resource | (_tabular(table) if table else _other(path)))
    described: dict[str, Any] = {
        "profile": "data-package",
        "name": name,
        "title": title,
        "kepan": about,
        "resources": resources,
    }
    return rfc8785.dumps(described) + b"\n"


def _tabular(table: Table) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title,
        "format": "csv",
        "mediatype": "text/csv",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {
            "fields": [_field(field) for field in table.fields],
            "missingValues": [""],
            "primaryKey": list(table.key),
            "foreignKeys": [_foreign(table, key) for key in table.foreign],
        },
    }


def _field(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"name": field.name, "type": field.type, "title": field.title}
    return described | ({"constraints": {"required": True}} if field.required else {})


def _foreign(table: Table, key: ForeignKey) -> dict[str, Any]:
    resource = "" if key.table == table.name else key.table
    return {"fields": list(key.fields), "reference": {"resource": resource, "fields": list(key.references)}}


def _other(path: str) -> dict[str, Any]:
    stem, _, format = path.rpartition("/")[2].rpartition(".")
    return {
        "profile": "data-resource",
        "name": f"{stem}_{format}",
        "type": "file",
        "format": format,
        "mediatype": FORMATS[format],
    }


def bag_info(name: str, title: str, about: Mapping[str, Any], software: str) -> dict[str, str]:
    """What bag-info.txt says. No clock: the date is that of the last entry known."""
    recorded = about["recorded_at"] or "1970-01-01"
    previous = about["previous"]
    return {
        "Source-Organization": "Kepan 科盘",
        "External-Identifier": name,
        "External-Description": f"{title}：第 {about['edition']} 版，截至 {about['as_of']}",
        "Bagging-Date": recorded[:10],
        "Bag-Software-Agent": software,
    } | ({"Previous-Snapshot": previous["tagmanifest_sha256"]} if previous else {})


VERIFY = """#!/bin/sh
# 只用公开工具核验本包：sha256sum、openssl（3.0 起）、bagit.py、frictionless。
# 用法：sh verify.sh 签名者公钥.pem（公钥须从本包以外的途径取得；不给则用包内公钥，只能说明包内自洽）
set -eu
key=$(realpath "${1:-"$(dirname "$0")/keys/signer.pem"}")
cd "$(dirname "$0")"
if openssl pkey -pubin -in "$key" -noout -text | grep -q SM2; then set -- sm2 -digest sm3 -pkeyopt distid:{distid}
else set -- ed25519; fi
kind=$1; shift
set -- -sigfile "signatures/tagmanifest.$kind" "$@"
openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in tagmanifest-sha256.txt "$@"
sha256sum --check --strict --quiet tagmanifest-sha256.txt
sha256sum --check --strict --quiet manifest-sha256.txt
bagit.py --validate --quiet .
frictionless validate data/datapackage.json
""".replace("{distid}", sm2.IDENTITY.decode())

README = """{title}
{rule}

本包是科盘（Kepan）出具的快照，供审计人员带走并独立核验，不依赖出具方的系统。

内容
  规划      {plan}，第 {edition} 版
  业务日期  {as_of}
  知情时刻  {recorded_at}（此刻以前记入的，均在其内）
  日志序号  目录日志 {catalog}，项目日志 {portfolio}
  范围      {scope}
  上一快照  {previous}
  访问日志  {access_log}

目录
  data/tables/     各表（CSV，UTF-8，按主键排序，金额以元计、两位小数）；字段含义、主键和外键见 data/datapackage.json
  data/journals/   两本日志：*_entries.jsonl 是条目全文（RFC 8785），*_positions.csv 是全部条目的序号、时刻和叶摘要；
                   不在范围内的条目只给摘要，检查点（*.checkpoint）照样可以验证
  data/reports/    按上述参数得出的报告，即接口当时的回答
  data/access/     访问日志摘录（要求时才有）：每行一条，序号连续，逐条以 SHA-256 链接（hash 由 previous_hash 和其余各项
                   的 RFC 8785 文本得出）
  keys/            签名者公钥和日志的验证键（仅供对照，须与从别处取得的相符）
  signatures/      对 tagmanifest-sha256.txt 的签名：本包唯一被签名的文件，其余文件由它逐级覆盖

怎样核验
  一、用科盘自己的程序（装好即可，不需服务器和数据库）：
        kepan verify 本包.zip --key 签名者公钥.pem [--previous 上一快照.zip]
      它核对每一个文件、签名、主键和外键，由日志重算各表和报告，并确认上一快照的日志是本包日志的前段。
  二、只用公开工具：
        sh verify.sh 签名者公钥.pem
      五条命令：openssl 验签名（公钥可为 Ed25519，或另有的 SM2）；sha256sum 验两份清单；bagit.py 查 data/ 内有无多余
      或缺少的文件；frictionless 查各表。

人员的电话和邮箱不在本包内，只有加盐摘要，以便依法删除。获准查看者另取一个文件（须说明理由，访问日志留痕），并可证明其值：
        kepan snapshot persons 本包.zip 人员.csv --reason 理由
        kepan verify 本包.zip --persons 人员.csv
范围以外的条目本包不能证明其内容，只证明其存在和次序；需要全部条目时，请取全规划的快照。
"""


def readme(title: str, about: Mapping[str, Any]) -> str:
    """README.txt: what is in the package and how it is verified, in Chinese."""
    scope, previous = about["scope"], about["previous"]
    narrowed = [f"{word} {scope[key]}" for key, word in (("agency", "牵头单位"), ("district", "区划")) if scope[key]]
    return README.format(
        title=title,
        rule="=" * (2 * len(title)),
        plan=about["plan"],
        edition=about["edition"],
        as_of=about["as_of"],
        recorded_at=about["recorded_at"] or "尚无记录",
        catalog=about["positions"]["catalog"],
        portfolio=about["positions"]["portfolio"],
        scope="、".join(narrowed) or "全规划",
        previous=previous["tagmanifest_sha256"] if previous else "无",
        access_log=_span_of(about.get("access_log")),
    )


def _span_of(extract: Mapping[str, Any] | None) -> str:
    if extract is None:
        return "未要求摘录"
    which = f"第 {extract['first']} 至 {extract['last']} 条" if extract["first"] else "其间没有条目"
    return f"{extract['since']} 至 {extract['until']}，{which}"
