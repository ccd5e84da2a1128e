"""The columns of a project list, in their order: what import reads, and what every list that we write has."""

from typing import Literal, NamedTuple

Kind = Literal["code", "text", "uscc", "phone", "term", "tasks", "weights", "date", "amount", "percent", "whole"]


class Field(NamedTuple):
    """A column: its name in `values`, the header that we write, what its cells hold."""

    name: str
    header: str
    kind: Kind
    example: str
    """Invented."""
    required: bool = False


FIELDS = (
    Field("project_no", "项目编号", "code", "17DZ2260900", required=True),
    Field("title", "项目名称", "text", "演示：高通量材料计算平台", required=True),
    Field("lead_org_name", "牵头单位", "text", "演示材料研究所", required=True),
    Field("lead_org_uscc", "统一社会信用代码", "uscc", "91310000MA1FL0000X", required=True),
    Field("pi_name", "项目负责人", "text", "演示甲", required=True),
    Field("pi_phone", "联系电话", "phone", "19900001234"),
    Field("fund_class", "专项类别", "term", "基础前沿类", required=True),
    Field("status", "项目状态", "term", "在研", required=True),
    Field("tasks", "规划任务", "tasks", "4.8 材料基因组；5.10", required=True),
    Field("weights", "任务权重（%）", "weights", "70；30"),
    Field("start_date", "开始日期", "date", "2017-03", required=True),
    Field("end_date", "结束日期", "date", "2019-12", required=True),
    Field("amount_total", "总经费（万元）", "amount", "155", required=True),
    Field("amount_central", "中央财政（万元）", "amount", "0"),
    Field("amount_municipal", "市级财政（万元）", "amount", "125"),
    Field("amount_district", "区级财政（万元）", "amount", "0"),
    Field("amount_self", "自筹（万元）", "amount", "30"),
    Field("amount_other", "其他（万元）", "amount", "0"),
    Field("amount_disbursed", "已拨付（万元）", "amount", "62.5"),
    Field("progress_pct", "进度（%）", "percent", "35"),
    Field("record_id", "系统编号", "code", ""),
    Field("record_version", "版本号", "whole", ""),
)
"""`record_id` and `record_version` are empty in a list of one's own; those that we write carry them, so that a list
that comes back changes what was edited and nothing that somebody else changed meanwhile."""

BY_NAME = {field.name: field for field in FIELDS}
