"""Sheets that lie in the same workbook and are no list of projects."""

from random import Random
from typing import Any

from tests.portfolio.nasty.truth import NODES, TASKS, a_code


def no_lists(chance: Random, place: int) -> list[tuple[str, list[list[Any]]]]:
    """What lies before the list of this place."""
    guide: list[list[Any]] = [["填表说明"], ["1. 项目编号：以立项批复为准。"], ["2. 经费单位为万元，保留两位小数。"]]
    guide += [["字段", "是否必填", "说明", "示例"], ["项目编号", "必填", "立项编号", "17DZ2260900"]]
    guide += [["项目名称", "必填", "与任务书一致", "演示：示例"], ["规划任务", "必填", "编号或标题", "4.8"]]
    people: list[list[Any]] = [["演示通讯录"], ["序号", "单位名称", "姓名", "职务", "联系电话", "电子邮箱"]]
    people += [[n, f"演示{n}号研究院", "演示甲", "科长", f"1990000{n:04d}", f"a{n}@example.org"] for n in range(1, 9)]
    pivot: list[list[Any]] = [["汇总"], ["行标签", "项目数", "求和项:总经费（万元）", "求和项:已拨付（万元）"]]
    pivot += [[area, n, n * 155.5, n * 60] for n, area in enumerate(("黄浦区", "徐汇区", "长宁区"), 3)] + [
        ["总计", 12, 1866, 720]
    ]
    tasks: list[list[Any]] = [["任务编号", "任务名称", "所属章节"]]
    tasks += [[code, NODES[code]["title"], NODES[code]["parent"]] for code in TASKS]
    units: list[list[Any]] = [["单位名称", "统一社会信用代码", "区"]]
    units += [[f"演示{n}号研究院", a_code(chance), "黄浦区"] for n in range(1, 6)]
    sheets = ([("填表说明", guide)], [("通讯录", people), ("任务清单", tasks)], [("汇总", pivot), ("单位名录", units)])
    return sheets[place]
