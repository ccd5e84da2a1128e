"""What the page of a plan shows, from what the services say: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote, urlencode

from markupsafe import Markup

from gateway.pages import words
from services.catalog.contract import NodeDocument, PlanDocument, Vocabulary, carrying_nodes
from services.reporting.contract import Coverage, Item
from services.shared.charts import Branch, Fill, Hatch, Key, Leaf, Treemap, treemap
from services.shared.money import in_fen

STATES = (
    Key("已覆盖，目标已足", Fill("#1d6f42")),
    Key("已覆盖，尚有缺口", Fill("#e2b33c", Hatch.RISING)),
    Key("已覆盖，未设目标", Fill("#9cc3e0", Hatch.DOTTED)),
    Key("未覆盖", Fill("#f4d6cf", Hatch.FALLING)),
    Key("已覆盖，目标在此筛选下不适用", Fill("#a9d3c0", Hatch.LEVEL)),
    Key("不对应本版任务", Fill("#d5dae1", Hatch.UPRIGHT)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A node of the list with the address of its page."""

    item: Item
    link: str
    homeless: bool
    """No node, but what belongs to no node of the report's edition."""


@dataclass(frozen=True, slots=True)
class Group:
    """The nodes of the list that stand below one node of the plan, with that node's own figures."""

    titles: tuple[str, ...]
    sum: Item | None
    link: str
    rows: tuple[Row, ...]


def state_of(item: Item, homeless: bool = False) -> int:
    """The place of a node's state in STATES."""
    if homeless:
        return 5
    if not item.covered:
        return 3
    if item.gap_kind == "not_applicable":
        return 4
    if item.gap is None:
        return 2
    return 1 if Decimal(item.gap) > 0 else 0


def address(plan: str, code: str = "", **query: str | None) -> str:
    """The page of a plan or of one of its nodes."""
    path = f"/plans/{quote(plan, safe='')}" + (f"/tasks/{quote(code, safe='')}" if code else "")
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def titled(node: NodeDocument | Item) -> str:
    """A node's number and title."""
    return f"{node.number} {node.title}".strip()


def path_of(nodes: Mapping[str, NodeDocument], code: str | None) -> list[NodeDocument]:
    """The nodes from the top of the plan down to one of them."""
    found: list[NodeDocument] = []
    while code is not None:
        found.append(nodes[code])
        code = nodes[code].parent
    return found[::-1]


def rows_of(
    items: Iterable[Item], plan: str, query: Mapping[str, str], nodes: Mapping[str, NodeDocument]
) -> tuple[Row, ...]:
    """The items of a report as rows of a list."""
    return tuple(Row(item, address(plan, item.code, **query), item.code not in nodes) for item in items)


def beside(document: PlanDocument, coverage: Coverage, level: str) -> list[Item]:
    """What the nodes of a level leave out of the totals: nodes that carry something and stand below none of them, and
    the lines of what belongs to other editions. Nodes that hold nothing are left aside."""
    nodes = {node.code: node for node in document.nodes}
    levels = {code: {node.level for node in path_of(nodes, code)} for code in nodes}
    carrying = {code for code in carrying_nodes(document.levels, document.nodes) if level not in levels[code]}
    return [
        item
        for item in coverage.items
        if item.code not in nodes
        or (item.code in carrying and (item.projects or Decimal(item.committed) or item.target is not None))
    ]


def groups(document: PlanDocument, coverage: Coverage, level: str, query: Mapping[str, str]) -> list[Group]:
    """The nodes of a level in plan order, by the node that they stand below; at last what stands beside them, so that
    the rows add up to the totals."""
    nodes = {node.code: node for node in document.nodes}
    items = {item.code: item for item in coverage.items}
    by_parent: dict[str | None, list[Item]] = {}
    for item in coverage.items:
        if item.level == level and item.code in nodes:
            by_parent.setdefault(item.parent, []).append(item)
    found = [
        Group(
            tuple(titled(node) for node in path_of(nodes, parent)) or (document.title,),
            items.get(parent) if parent else None,
            address(document.slug, parent, **query) if parent else "",
            rows_of(found, document.slug, query, nodes),
        )
        for parent, found in by_parent.items()
    ]
    if rest := rows_of(beside(document, coverage, level), document.slug, query, nodes):
        found.append(Group((f"不在任何{title_of(document, level)}之下",), None, "", rest))
    return found


def title_of(document: PlanDocument, level: str) -> str:
    """What the plan calls a level."""
    return next(found.title for found in document.levels if found.code == level)


def picture(document: PlanDocument, coverage: Coverage, level: str, query: Mapping[str, str]) -> Markup:
    """The nodes of a level and what stands beside them as a treemap, by the node at the top that each stands below;
    SVG, escaped by its maker."""
    nodes = {node.code: node for node in document.nodes}
    branches: dict[str, list[Leaf]] = {}
    shown = [item for item in coverage.items if item.level == level and item.code in nodes]
    rest = beside(document, coverage, level)
    for item in (*shown, *rest):
        homeless = item.code not in nodes
        leaf = Leaf(
            "他版" if homeless else item.code,
            item.title,
            in_fen(Decimal(item.committed)),
            state_of(item, homeless),
            address(document.slug, item.code, **query),
        )
        branches.setdefault("不对应本版任务" if homeless else titled(path_of(nodes, item.code)[0]), []).append(leaf)
    title = title_of(document, level)
    covered = sum(item.covered for item in shown)
    other = f"另有{len(rest)}项不在任何{title}之下；" if rest else ""
    chart = Treemap(
        f"{title}的已合同金额与覆盖",
        f"截至{coverage.as_of}：{len(shown)}个{title}中{covered}个已覆盖；{other}逐项数值见下面的列表。",
        tuple(Branch(name, tuple(leaves)) for name, leaves in branches.items()),
        STATES,
        note=f"面积为已合同金额，截至{coverage.as_of}，第{coverage.edition}版。",
        equal=all(Decimal(item.committed) == 0 for item in (*shown, *rest)),
    )
    return Markup(treemap(chart))


def years(document: PlanDocument) -> list[str]:
    """The years of the plan, as far as it says them."""
    if document.starts_on is None or document.ends_on is None:
        return []
    return [str(year) for year in range(document.starts_on.year, document.ends_on.year + 1)]


def terms(vocabularies: Sequence[Vocabulary], code: str) -> dict[str, str]:
    """The titles of a vocabulary's terms by their codes; those that are out of use as well, since old data has them."""
    return {term.code: term.title for found in vocabularies if found.code == code for term in found.terms}


def states_in_words(vocabularies: Sequence[Vocabulary], codes: Iterable[str]) -> str:
    """The states of projects that count."""
    known = terms(vocabularies, "project_state")
    return "、".join(known.get(code, code) for code in codes)


def denominators(coverage: Coverage, plan: str, query: Mapping[str, str]) -> list[tuple[str, int, bool, str]]:
    """Each denominator: its name, its size, whether it is the one used, and the page that uses it."""
    return [
        (
            words.DENOMINATORS[name],
            getattr(coverage.denominators, name),
            name == coverage.denominator.name,
            address(plan, **{**query, "denominator": name}),
        )
        for name in words.DENOMINATORS
    ]
