"""Three ways to head a list, each with words drawn from those that agencies use."""

from dataclasses import dataclass
from random import Random

TOTAL, MUNICIPAL, DISTRICT, SELF = "amount_total", "amount_municipal", "amount_district", "amount_self"
AMOUNTS = (TOTAL, "amount_central", MUNICIPAL, DISTRICT, SELF, "amount_other", "amount_disbursed")


@dataclass(frozen=True)
class Column:
    """A column: the field it holds, one or two labels over it, and the unit that holds in it."""

    field: str
    labels: tuple[str, ...]
    unit: str | None = None


@dataclass(frozen=True)
class Layout:
    """A sheet's columns, and the lines above them."""

    sheet: str
    columns: tuple[Column, ...]
    above: tuple[tuple[str | None, ...], ...] = ()

    def unit(self, field: str) -> str | None:
        """The unit that holds in the column of an amount."""
        return next(column.unit for column in self.columns if column.field == field)

    def has(self, field: str) -> bool:
        """Whether there is such a column."""
        return any(column.field == field for column in self.columns)

    @property
    def levels(self) -> int:
        """Rows of the header."""
        return max(len(column.labels) for column in self.columns)


def two_levels(chance: Random) -> Layout:
    """Title lines, the unit in the corner, a header of two rows."""
    unit = chance.choice(("万元", "元", "亿元"))
    in_header = chance.random() < 0.5
    money = chance.choice(("经费", "经费来源", "项目经费", "资金安排")) + (f"（{unit}）" if in_header else "")
    about = "项目信息"
    columns = [
        Column("serial", ("序号",)),
        Column("project_no", (about, "项目编号")),
        Column("title", (about, "项目名称")),
        Column("lead_org_name", (about, "牵头单位")),
        Column("lead_org_uscc", (about, "统一社会信用代码")),
        Column("pi_name", (about, "项目负责人")),
        Column("pi_phone", (about, "联系电话")),
        Column("fund_class", ("专项类别",)),
        Column("status", ("项目状态",)),
        Column("tasks", ("规划任务",)),
        Column("weights", (chance.choice(("任务权重", "权重（%）", "权重")),)),
        Column("start", ("起止时间", chance.choice(("开始", "起", "起始", "开始时间")))),
        Column("end", ("起止时间", chance.choice(("结束", "止", "终止", "完成时间")))),
        Column(TOTAL, (money, chance.choice(("总额", "合计", "总计", "小计", "总经费"))), unit),
        Column(MUNICIPAL, (money, chance.choice(("市级", "市级财政", "其中：市级", "市财政"))), unit),
        Column(DISTRICT, (money, chance.choice(("区级", "区级财政", "区财政", "区级配套"))), unit),
        Column(SELF, (money, chance.choice(("自筹", "自筹资金", "单位自筹"))), unit),
        Column("amount_other", (money, chance.choice(("其他", "其他资金"))), unit),
        Column("amount_disbursed", (money, "已拨付") if in_header else ("已拨付",), unit),
        Column("progress", ("进度",)),
        Column("remark", ("备注",)),
    ]
    line: tuple[str | None, ...] = (
        "填报单位：演示局",
        *[None] * 17,
        chance.choice(("单位：", "金额单位：", "单位:")) + unit,
    )
    return Layout("附件1", tuple(columns), (("演示计划项目汇总表",), ("（2017年度）",), line))


def units_in_cells(chance: Random) -> Layout:
    """One row of headers, no unit in any of them."""
    columns = [
        Column("project_no", (chance.choice(("项目编号", "项 目 编 号", "立项编号", "*项目编号")),)),
        Column("title", (chance.choice(("项目名称", "项目\n名称", "项目名称*", "项目名称（全称）")),)),
        Column("lead_org_name", (chance.choice(("承担单位", "项目承担单位", "牵头承担单位", "承担单位名称")),)),
        Column(
            "lead_org_uscc", (chance.choice(("信用代码", "单位信用代码", "社会信用代码", "承担单位统一社会信用代码")),)
        ),
        Column("pi_name", (chance.choice(("负责人", "项目负责人", "负责人姓名")),)),
        Column("pi_phone", (chance.choice(("联系电话", "手机", "电话", "负责人电话", "联系方式")),)),
        Column("fund_class", (chance.choice(("类别", "专项类别", "项目类别")),)),
        Column("status", (chance.choice(("状态", "项目状态", "执行状态")),)),
        Column("tasks", (chance.choice(("对应规划任务", "规划任务", "对应任务")),)),
        Column("period", (chance.choice(("起止时间", "起止年月", "起止日期", "执行期", "执行期限", "实施期限")),)),
        Column(TOTAL, (chance.choice(("总经费", "项目总经费", "总投资", "经费总额")),)),
        Column(MUNICIPAL, (chance.choice(("市级财政", "市级财政资金", "市级资金", "其中：市级财政")),)),
        Column(DISTRICT, (chance.choice(("区级财政", "区级配套", "区级资金")),)),
        Column(SELF, (chance.choice(("自筹", "自筹经费", "自筹资金", "企业自筹")),)),
        Column("amount_disbursed", (chance.choice(("已拨付", "累计拨付", "已拨经费", "已拨付经费", "已拨付金额")),)),
        Column("progress", (chance.choice(("完成进度", "进度", "项目进度", "完成比例")),)),
    ]
    return Layout("二、在研项目", tuple(columns), (("附件2：",), ("演示区项目清单",)))


def units_in_columns(chance: Random) -> Layout:
    """Other words; a unit of its own for each column."""

    def money(field: str, *labels: str) -> Column:
        unit = chance.choice(("元", "万元", "亿元"))
        form = chance.choice(("{}（{}）", "{}({})", "{}\n（{}）", "{}（单位：{}）", "{}/{}"))
        return Column(field, (form.format(chance.choice(labels), unit),), unit)

    columns = [
        Column("serial", (chance.choice(("序号", "No.", "编号")),)),
        Column("project_no", (chance.choice(("立项编号", "课题编号", "项目立项编号")),)),
        Column("title", (chance.choice(("课题名称", "项目（课题）名称", "项目名称")),)),
        Column("fund_class", (chance.choice(("经费类别", "专项类别", "资金类别")),)),
        Column("lead_org_name", (chance.choice(("承担单位", "依托单位", "单位名称")),)),
        Column("lead_org_uscc", (chance.choice(("统一社会信用代码", "统一社会信用代码（18位）")),)),
        Column("pi_name", (chance.choice(("主持人", "项目负责人", "课题负责人", "项目主持人")),)),
        Column("pi_phone", (chance.choice(("手机号", "联系电话", "手机号码")),)),
        money(TOTAL, "合同经费", "合同金额", "总金额", "预算总额"),
        money("amount_central", "中央财政", "国拨经费", "中央财政资金"),
        money(MUNICIPAL, "市财政", "市级经费", "市拨经费"),
        money(DISTRICT, "区财政", "区级经费", "区配套"),
        money(SELF, "单位自筹", "自筹", "自有资金"),
        money("amount_disbursed", "已拨付", "累计已拨付", "已拨款"),
        Column("start", (chance.choice(("起始年月", "起始日期", "开始年月", "起始时间")),)),
        Column("end", (chance.choice(("完成日期", "完成时间", "结束年月", "截止日期", "计划完成时间")),)),
        Column("tasks", (chance.choice(("所属任务", "任务编号", "对应任务", "规划任务编号")),)),
        Column("weights", (chance.choice(("任务占比", "权重", "任务权重")),)),
        Column("status", (chance.choice(("执行状态", "状态", "项目执行情况", "项目状态")),)),
        Column("progress", (chance.choice(("执行进度", "进度", "完成率")),)),
        Column("remark", (chance.choice(("备注", "说明", "备 注")),)),
    ]
    return Layout("Sheet3", tuple(columns))
