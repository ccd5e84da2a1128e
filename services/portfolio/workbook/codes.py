"""Everything that may be said of a row of a project list, with what its sender can do about it (DOMAIN section 6)."""

from typing import Literal, NamedTuple


class Code(NamedTuple):
    """A finding: whether it rejects the row, when it is said, what to do."""

    kind: Literal["error", "warning"]
    when: str
    todo: str


CODES = {
    "required": Code("error", "必填的单元格是空的", "补填"),
    "amount_negative": Code("error", "金额小于零", "改为正数；退回的钱在系统中记为退回"),
    "amount_unparseable": Code("error", "金额读不出数（待定、约、面议等）", "填确定的数字"),
    "amount_implausible": Code("error", "总经费不足 1 万元或超过 50 亿元", "核对单位（元、万元、亿元）"),
    "sum_mismatch": Code("error", "总经费与各来源之和相差超过 1 元", "核对总额与各来源"),
    "disbursed_exceeds_fiscal": Code("error", "已拨付超过财政经费（中央、市级、区级之和）", "核对已拨付与财政经费"),
    "date_ambiguous": Code("error", "数字形式的日期有两种读法（2017.1 是 1 月还是 10 月）", "写成 2017-01 或 2017-10"),
    "date_invalid": Code("error", "不是日期，或没有这一天", "写成 2017-03 或 2017-03-15"),
    "end_before_start": Code("error", "结束早于开始", "核对起止日期"),
    "uscc_length": Code("error", "统一社会信用代码不是 18 位", "对照证照补全"),
    "uscc_illegal_char": Code("error", "代码含不会出现的字符（如 I、O、S、V、Z）", "对照证照改正"),
    "uscc_check_digit": Code("error", "代码的校验位不符", "对照证照改正"),
    "uscc_numeric_cell": Code("error", "代码在数字格式的单元格里，末几位已经丢失", "把单元格设为文本后重填"),
    "task_ambiguous": Code("error", "任务有不止一种读法", "写任务编号（文本），如 4.8"),
    "task_unknown": Code("error", "规划中没有这个任务", "写任务编号或任务标题"),
    "weights_not_100": Code("error", "各任务权重之和不是 100，或个数与任务不符", "改到合计正好 100"),
    "unknown_value": Code("error", "专项类别或项目状态不是认识的词", "从模板的下拉选项中选"),
    "duplicate_exact": Code("error", "与前面一行的编号和内容完全相同", "删去重复的一行"),
    "duplicate_conflict": Code("error", "与前面一行的编号相同而内容不同", "核对编号，或只留一行"),
    "formula_without_value": Code("error", "公式没有保存计算结果", "用 Excel 打开并保存一次，或粘贴为数值"),
    "cell_error": Code("error", "单元格是 Excel 的错误值（#N/A、#REF! 等）", "改正公式或直接填值"),
    "total_derived": Code("warning", "总经费是空的，用各来源之和代替", "核对"),
    "excel_serial_date": Code("warning", "日期是 Excel 的天数序号，已换算", "核对"),
    "two_digit_year": Code("warning", "年份只有两位，读作 20xx 年", "核对"),
    "task_alias": Code("warning", "任务写的是别名，已对应到任务", "核对"),
    "weights_defaulted": Code("warning", "多个任务没有写权重，已平均分配", "核对，或写明权重"),
    "progress_unparsed": Code("warning", "进度读不出百分比，已略去", "写成 85%"),
    "possible_duplicate": Code("warning", "与前面一行的名称和单位相同、编号不同", "若是同一项目请只留一行"),
    "hidden_row": Code("warning", "隐藏的行，照样导入", "若不想导入请删去"),
}
"""What the reader says, in the order of the law."""
