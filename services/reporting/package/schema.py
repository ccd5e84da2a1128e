"""What the tables of a package hold: columns with their meaning, primary and foreign keys.

Money is decimal yuan with two decimals, days are ISO dates, lists of words stand in one cell as JSON.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Type = Literal["string", "integer", "number", "date", "datetime", "boolean"]


@dataclass(frozen=True)
class Field:
    """A column: its name, its type in the words of Frictionless, its title; whether a cell may be empty."""

    name: str
    type: Type
    title: str
    required: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """Columns that name a row of another table by its columns."""

    fields: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table, sorted by its primary key as bytes of UTF-8, integers as numbers."""

    name: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    foreign: tuple[ForeignKey, ...] = ()

    @property
    def file(self) -> str:
        """The file's name within data/."""
        return f"{self.name}.csv"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The header."""
        return tuple(field.name for field in self.fields)


def _fields(*described: str) -> tuple[Field, ...]:
    """Fields from lines `name type title`; a ! after the type: never empty."""
    found = []
    for line in described:
        name, type, title = line.split(" ", 2)
        found.append(Field(name, type.rstrip("!"), title, type.endswith("!")))  # type: ignore[arg-type]
    return tuple(found)


_OF_PROJECT = (ForeignKey(("project",), "projects", ("id",)),)
_OF_EDITION = ForeignKey(("edition",), "editions", ("edition",))

EDITIONS = Table(
    "editions",
    "规划版次",
    _fields(
        "edition integer! 版次号",
        "title string! 规划名称",
        "previous integer 上一版次",
        "effective_from date 生效日；空：自始",
        "known_from integer! 公布该版次的目录日志序号",
    ),
    ("edition",),
)
NODES = Table(
    "nodes",
    "规划节点",
    _fields(
        "edition integer! 版次号",
        "code string! 节点代码",
        "place integer! 规划中的顺序",
        "level string! 层级",
        "number string 编号",
        "title string! 名称",
        "parent string 上级节点",
        "kind string! 类型",
        "fundable boolean! 是否可资助",
        "aliases string 别名（JSON）",
        "keywords string 关键词（JSON）",
        "summary string 摘要",
    ),
    ("edition", "code"),
    (_OF_EDITION,),
)
CROSSWALKS = Table(
    "crosswalks",
    "版次对照",
    _fields(
        "edition integer! 后一版次",
        "place integer! 顺序",
        "from_code string! 前一版次的节点",
        "to_code string 后一版次的节点；空：撤销",
        "weight number! 权重（%）",
        "kind string! 变化类型",
        "note string 说明",
    ),
    ("edition", "place"),
    (_OF_EDITION,),
)
TARGETS = Table(
    "targets",
    "任务目标值（现行）",
    _fields(
        "node string! 节点代码",
        "year integer! 年度；0：整个规划期",
        "sources string! 资金来源（逗号分隔）",
        "edition integer! 版次号",
        "amount number! 金额（元）",
        "source_document string! 依据文件",
        "source_doc_no string 文号",
        "approved_by string 批准人",
        "valid_from date 起",
        "valid_to date 止",
        "version integer! 版本",
    ),
    ("node", "year", "sources"),
    (_OF_EDITION, ForeignKey(("edition", "node"), "nodes", ("edition", "code"))),
)
INDICATORS = Table(
    "indicators",
    "规划指标",
    _fields(
        "edition integer! 版次号",
        "code string! 指标代码",
        "name string! 名称",
        "comparator string! 比较方式",
        "value string! 目标值",
        "unit string! 单位",
        "year integer 目标年",
    ),
    ("edition", "code"),
    (_OF_EDITION,),
)
OBSERVATIONS = Table(
    "observations",
    "指标观测值",
    _fields(
        "indicator string! 指标代码",
        "serial integer! 序号",
        "year integer! 年度",
        "on date 日期",
        "value string! 值",
        "unit string! 单位",
        "status string! 状态（初步、核定）",
        "source string! 来源",
    ),
    ("indicator", "serial"),
)
TERMS = Table(
    "terms",
    "代码表",
    _fields(
        "vocabulary string! 代码表",
        "code string! 代码",
        "title string! 名称",
        "active boolean! 是否在用",
        "broader string 上位代码",
        "replaced_by string 替代代码",
    ),
    ("vocabulary", "code"),
)
RESPONSIBILITIES = Table(
    "responsibilities",
    "任务责任单位",
    _fields(
        "node string! 节点代码",
        "place integer! 顺序",
        "organisation string 单位标识",
        "name string 单位名称",
        "role string! 牵头或配合",
        "valid_from date! 起",
        "valid_to date 止",
    ),
    ("node", "place"),
)
AGENCIES = Table(
    "agencies",
    "单位",
    _fields(
        "id string! 单位标识",
        "name string! 名称",
        "type string! 类型",
        "district string 区划代码",
        "parent string 上级单位",
    ),
    ("id",),
    (ForeignKey(("parent",), "agencies", ("id",)),),
)
PROJECTS = Table(
    "projects",
    "项目",
    _fields(
        "id string! 系统编号",
        "project_no string 项目编号",
        "title string! 名称",
        "edition integer! 登记时的版次",
        "lead string! 牵头单位",
        "record_status string! 登记状态",
        "state string! 项目状态",
        "state_on date! 进入该状态之日",
        "fund_class string 专项类别",
        "funding_mode string 资助方式",
        "stage string 创新阶段",
        "issuing_body string 立项单位",
        "programme_name string 计划名称",
        "secrecy_level string 密级",
        "approved_on date 立项日期",
        "start_on date 开始日期",
        "end_on date 结束日期",
        "extended_to date 延期至",
        "amount_total number 总金额（元）",
        "progress_pct number 进度（%）",
        "abstract string 摘要",
        "tags string 标签（JSON）",
        "report_nos string 报告编号（JSON）",
        "credit_flags string 信用记录（JSON）",
        "outputs string 成果数量（JSON）",
        "version integer! 版本号",
        "known_from integer! 最后一条登记的日志序号",
    ),
    ("id",),
    (ForeignKey(("lead",), "agencies", ("id",)), _OF_EDITION),
)
SHARES = Table(
    "shares",
    "项目对任务的权重",
    _fields(
        "project string! 系统编号",
        "period integer! 第几段",
        "place integer! 顺序",
        "valid_from date 起；空：自始",
        "edition integer! 版次号",
        "task string! 任务代码",
        "weight number! 权重（%）",
    ),
    ("project", "period", "place"),
    (*_OF_PROJECT, ForeignKey(("edition", "task"), "nodes", ("edition", "code"))),
)
STATES = Table(
    "states",
    "项目状态沿革",
    _fields(
        "project string! 系统编号",
        "place integer! 顺序",
        "state string! 状态",
        "on date! 进入之日",
        "reason string 理由",
        "document string 依据",
        "refund number 应退金额（元）",
    ),
    ("project", "place"),
    _OF_PROJECT,
)
BUDGET = Table(
    "budget_lines",
    "预算",
    _fields(
        "project string! 系统编号",
        "place integer! 顺序",
        "year integer! 年度",
        "source string! 资金来源",
        "heading string 科目",
        "amount number! 金额（元）",
    ),
    ("project", "place"),
    _OF_PROJECT,
)
INSTALMENTS = Table(
    "instalments",
    "拨付计划",
    _fields(
        "project string! 系统编号",
        "place integer! 顺序",
        "due_on date! 应付日期",
        "source string! 资金来源",
        "amount number! 金额（元）",
        "condition string 条件",
    ),
    ("project", "place"),
    _OF_PROJECT,
)
KPIS = Table(
    "kpis",
    "绩效指标",
    _fields(
        "project string! 系统编号",
        "place integer! 顺序",
        "name string! 名称",
        "kind string! 类型",
        "comparator string! 比较方式",
        "target number! 目标值",
        "actual number 完成值",
        "unit string 单位",
    ),
    ("project", "place"),
    _OF_PROJECT,
)
PERSONS = Table(
    "persons",
    "负责人和联系人",
    _fields(
        "project string! 系统编号",
        "role string! 负责人 pi 或联系人 contact",
        "name string! 姓名",
        "title string 职称",
        "phone_hash string 电话的加盐摘要",
        "email_hash string 邮箱的加盐摘要",
    ),
    ("project", "role"),
    _OF_PROJECT,
)
PARTNERS = Table(
    "partners",
    "参加单位",
    _fields(
        "project string! 系统编号",
        "place integer! 顺序",
        "name string! 名称",
        "agency string 单位标识",
        "type string 类型",
        "role string 分工",
        "share number 资金比例（%）",
    ),
    ("project", "place"),
    _OF_PROJECT,
)
MOVEMENTS = Table(
    "movements",
    "资金变动",
    _fields(
        "project string! 系统编号",
        "position integer! 日志序号",
        "id string! 变动编号",
        "kind string! 类型",
        "on date! 日期",
        "year integer! 预算年度",
        "source string! 资金来源",
        "amount number! 金额（元）",
        "reference string 凭证",
        "corrects string 所更正的变动",
        "origin string! 来自预算或录入",
    ),
    ("project", "position", "id"),
    _OF_PROJECT,
)
RELATIONS = Table(
    "relations",
    "项目间关系",
    _fields(
        "project string! 系统编号",
        "position integer! 日志序号",
        "other string! 另一项目",
        "kind string! 关系",
        "note string 说明",
    ),
    ("project", "position"),
    _OF_PROJECT,
)

OF_CATALOG = (EDITIONS, NODES, CROSSWALKS, TARGETS, INDICATORS, OBSERVATIONS, TERMS, RESPONSIBILITIES)
OF_PROJECTS = (
    *(PROJECTS, SHARES, STATES, BUDGET, INSTALMENTS, KPIS, PERSONS, PARTNERS, MOVEMENTS),
    RELATIONS,
)
TABLES = (*OF_CATALOG, AGENCIES, *OF_PROJECTS)
"""All of them: every package has every one, empty where there is nothing."""
