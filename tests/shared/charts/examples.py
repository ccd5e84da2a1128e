"""A chart of each kind as the product draws it: 58 tasks of a plan, with amounts that are made up."""

from collections.abc import Callable
from dataclasses import dataclass

from services.shared.charts import (
    SERIES,
    Bar,
    Bars,
    Branch,
    Bullet,
    Cell,
    Fill,
    Flow,
    Hatch,
    Heatmap,
    Key,
    Leaf,
    Measure,
    Node,
    Part,
    Point,
    Row,
    Sankey,
    Sparkline,
    Treemap,
    bars,
    bullet,
    heatmap,
    palette,
    sankey,
    sparkline,
    treemap,
    words,
)

WAN = 1_000_000
_TASKS = {
    "三、培育良好创新生态，激发全社会创新创业活力": (
        "助推科技创业大量涌现 协助企业提升创新能力 完善各类主体协同创新的平台条件 "
        "优化人才集聚与培养成长支撑体系 完善科技金融支撑体系 促进科技成果转移转化 "
        "推进研发与转化功能型平台建设 提升创新服务功能型平台能级 促进各区错位发展 "
        "凸显上海科技创新辐射带动能力 融入全球化创新 加强科普能力建设 弘扬创新创业文化 "
    ),
    "四、夯实科技基础，建设张江综合性国家科学中心": (
        "建设世界级大科学设施集群 建设具有国际影响力的高水平研发机构和大学 发挥“三区联动”效应，加快先行先试 "
        "脑科学与类脑人工智能 国际人类表型组 干细胞与组织功能修复 纳米科学与微纳制造 材料基因组 "
        "合成科学与生物创制 量子材料与量子通信 稳定增加投入，支持广泛探索 优化评价机制，强化持续跟踪 "
        "着力打造交叉融合的创新群体 "
    ),
    "五、打造发展新动能，形成高端产业策源": (
        "智能制造集成 高端智能装备与测试设备 机器人 深远海洋工程装备 民用航空发动机与燃气轮机 "
        "大飞机及核心子系统 重点新材料 导航与遥感 网络安全 大数据及云计算 先进传感器及物联网 "
        "下一代移动智能终端 高端核心芯片 智能电网 新能源汽车和智能汽车 新一代核能 都市农业 高性能医疗设备 "
        "重大新药创制 移动医疗 "
    ),
    "六、应对民生新需求，推进城市和谐发展": (
        "城市综合安全运行与智慧管理 城市地下空间的综合利用与安全 城市高层和超高层建筑群安全 "
        "城市新型清洁能源系统构建与大气环境改善 水资源保护与高效利用 固体废物处置利用与污染场地修复 "
        "绿色建筑与生态社区建设 食品营养与安全保障 健康老龄化 精准医学与个性化医疗 "
        "基于“互联网+”的交通信息智慧服务 交通设施智能化 "
    ),
}
PLAN = {chapter: tasks.split() for chapter, tasks in _TASKS.items()}
STATES = (
    Key("已达目标", SERIES[0]),
    Key("部分落实", SERIES[1]),
    Key("无项目", palette.GAP),
    Key("未设目标", palette.NO_VALUE),
)


def amount(seed: int) -> int:
    """Made up, skewed as such amounts are, in fen."""
    return (seed * 7919 % 97) ** 3 * WAN // 37 if seed % 9 else 0


def by_chapter(equal: bool = False, links: bool = False) -> Treemap:
    branches, at = [], 0
    for number, (name, tasks) in enumerate(PLAN.items(), 3):
        leaves = []
        for place, task in enumerate(tasks, 1):
            at += 1
            value = amount(at)
            key = 2 if value == 0 else 3 if at % 11 == 0 else at % 2
            link = f"/tasks/{number}.{place}?year=2026&all=1" if links else None
            leaves.append(Leaf(f"{number}.{place}", task, value, key, link))
        branches.append(Branch(name, tuple(leaves)))
    return Treemap(
        "58 项任务的立项经费",
        "按章分组，面积为立项金额，填充为覆盖状态。",
        tuple(branches),
        STATES,
        note="口径：截至 2026 年 6 月 30 日已发布的项目，金额按权重分摊。",
        equal=equal,
    )


def by_year() -> Heatmap:
    names = [f"5.{at} {name}" for at, name in enumerate(PLAN["五、打造发展新动能，形成高端产业策源"], 1)]
    rows = []
    for at, name in enumerate(names, 1):
        values = [amount(at * 6 + year) for year in range(8)]
        cells = [Cell(None if (at + year) % 13 == 0 else value) for year, value in enumerate(values)]
        rows.append(Row(name, (*cells[:-1], Cell(-35 * WAN, "退回") if at == 4 else cells[-1])))
    columns = tuple(f"{year} 年" for year in range(2016, 2024))
    return Heatmap("各任务分年度立项经费", "行为任务，列为年度。", columns, tuple(rows), note="单位：万元。")


def by_source() -> Sankey:
    sources, chapters, states = ("市级财政", "区级财政", "企业自筹", "国家配套"), list(PLAN), ("在研", "已验收", "终止")
    nodes = [Node(name, 0, at) for at, name in enumerate(sources)]
    nodes += [Node(name, 1, 4) for name in chapters]
    nodes += [Node(name, 2, 5) for name in states]
    flows = []
    for chapter in range(4):
        into = [amount(chapter * 5 + source * 3 + 1) for source in range(4)]
        flows += [Flow(source, 4 + chapter, value) for source, value in enumerate(into)]
        total = sum(into)
        parts = (total * 3 // 5, total // 3)
        flows += [Flow(4 + chapter, 8 + at, part) for at, part in enumerate((*parts, total - sum(parts)))]
    keys = tuple(Key(name, fill) for name, fill in zip((*sources, "章", "项目状态"), SERIES, strict=False))
    return Sankey(
        "经费从哪里来，到哪里去",
        "左为来源，中为章，右为项目状态。",
        tuple(nodes),
        tuple(flows),
        keys,
        ("来源", "章", "状态"),
    )


def by_task() -> Bars:
    rows = []
    for at, name in enumerate(PLAN["六、应对民生新需求，推进城市和谐发展"], 1):
        parts = (Part(amount(at + 3), 0), Part(amount(at + 30) // 3, 1))
        target = None if at % 5 == 0 else (amount(at + 3) + amount(at + 11)) or 900 * WAN
        rows.append(Bar(f"6.{at} {name}", parts, target))
    rows += [Bar("6.13 退回多于拨付", (Part(-4000 * WAN, 0),)), Bar("6.14 未填报", (Part(None, 0),), 1200 * WAN)]
    keys = (Key("已立项", SERIES[0]), Key("意向", SERIES[1]))
    return Bars("第六章各任务：目标与已落实", "每行一项任务。", tuple(rows), keys, note="单位：万元。")


def over_time() -> Sparkline:
    values = (120, 180, 150, None, 260, 410, 390, None, None, 300, 330)
    points = tuple(Point(f"{2016 + at} 年", value and value * WAN + 12_340_000) for at, value in enumerate(values))
    return Sparkline("年度立项经费", "2016 至 2026 年。", points)


def against_targets() -> Bullet:
    measures = (
        Measure("全社会研发经费占 GDP 比重", 373, 350, (250, 350, 450), show=words.percent, short=words.percent),
        Measure("每万人口发明专利拥有量（件）", 28, 40, (20, 40, 60), show=words.number, short=words.number),
        Measure("通过 PCT 途径提交的国际专利年度申请量", None, 1300, show=words.number, short=words.number),
        Measure("立项金额", 45_600 * WAN, 60_000 * WAN, (30_000 * WAN, 50_000 * WAN)),
        Measure("净变动", -300 * WAN, 500 * WAN),
    )
    return Bullet(
        "指标完成情况", "条为实际值，竖线为目标值。", measures, ("偏低", "接近", "达到"), note="基期 2015 年。"
    )


def striped() -> Treemap:
    """All fills of the series, each with text on it."""
    keys = tuple(Key(f"状态{at}", fill) for at, fill in enumerate((*SERIES, Fill(palette.SKY, Hatch.PLAIN))))
    leaves = tuple(Leaf(f"{at}.1", "重大新药创制", 100 * WAN, at) for at in range(len(keys)))
    return Treemap("各种填充", "", (Branch("全部", leaves),), keys)


@dataclass(frozen=True)
class Example:
    name: str
    draw: Callable[[], str]


EXAMPLES = (
    Example("treemap", lambda: treemap(by_chapter())),
    Example("treemap_equal_links", lambda: treemap(by_chapter(equal=True, links=True))),
    Example("treemap_striped", lambda: treemap(striped())),
    Example("heatmap", lambda: heatmap(by_year())),
    Example("sankey", lambda: sankey(by_source())),
    Example("bars", lambda: bars(by_task())),
    Example("sparkline", lambda: sparkline(over_time())),
    Example("bullet", lambda: bullet(against_targets())),
)
