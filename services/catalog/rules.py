"""What is always true of plans: pure functions."""

from collections.abc import Collection, Iterator, Mapping
from zoneinfo import ZoneInfo

from services.catalog.contract import (
    NewTarget,
    Node,
    NodeDocument,
    Plan,
    PlanDocument,
    TreeNode,
    Vocabulary,
    carrying_nodes,
    denominators,
)
from services.shared.text import bigrams, match_key

Problem = dict[str, str]
# How much a hit weighs: a whole word twice this, its beginning once. Inside a text: a little less than its beginning.
CODE, TITLE, ALIAS, PINYIN, KEYWORD = 450, 400, 300, 250, 100
IN_TITLE, IN_ALIAS, IN_KEYWORD = 350, 280, 80


def problem(pointer: str, code: str, detail: str) -> Problem:
    """One thing that is wrong with a request."""
    return {"pointer": pointer, "code": code, "detail": detail}


def plan_problems(plan: PlanDocument) -> list[Problem]:
    """Everything that keeps a plan from holding together."""
    found = []
    try:
        ZoneInfo(plan.time_zone)
    except (ValueError, OSError, KeyError):
        found.append(problem("/time_zone", "unknown_time_zone", f"{plan.time_zone} is no time zone of the tz database"))
    if not any(level.carries_shares for level in plan.levels):
        found.append(problem("/levels", "no_carrying_level", "shares need a level: set carries_shares on one"))
    found += _node_problems(plan)
    found += _alias_problems(plan)
    for name, codes_of in (("levels", plan.levels), ("indicators", plan.indicators)):
        found += _repeated(name, [each.code for each in codes_of])
    if plan.starts_on and plan.ends_on and plan.ends_on < plan.starts_on:
        found.append(problem("/ends_on", "ends_before_start", "the plan ends before it starts"))
    return found + _naming_problems(plan)


def _repeated(name: str, codes: list[str]) -> list[Problem]:
    return [
        problem(f"/{name}/{i}/code", "duplicate_code", f"{code} stands twice")
        for i, code in enumerate(codes)
        if code in codes[:i]
    ]


def _naming_problems(plan: PlanDocument) -> list[Problem]:
    """Relations, themes and indicators name nodes that there are."""
    codes = {node.code for node in plan.nodes}
    named = [
        (f"/relations/{i}/{end}", c)
        for i, r in enumerate(plan.relations)
        for end, c in (("from", r.from_), ("to", r.to))
    ]
    named += [
        (f"/themes/{i}/nodes/{j}", code) for i, theme in enumerate(plan.themes) for j, code in enumerate(theme.nodes)
    ]
    named += [(f"/indicators/{i}/section", each.section) for i, each in enumerate(plan.indicators) if each.section]
    return [
        problem(pointer, "unknown_node", f"the plan has no node {code}") for pointer, code in named if code not in codes
    ]


def _node_problems(plan: PlanDocument) -> Iterator[Problem]:
    """Codes, levels and parents: a parent stands before its children, on a level above theirs."""
    heights = {level.code: i for i, level in enumerate(plan.levels)}
    seen: dict[str, NodeDocument] = {}
    for i, node in enumerate(plan.nodes):
        if node.code in seen:
            yield problem(f"/nodes/{i}/code", "duplicate_code", f"{node.code} stands twice")
        if node.level not in heights:
            yield problem(f"/nodes/{i}/level", "unknown_level", f"{node.level} is none of the plan's levels")
        parent = seen.get(node.parent) if node.parent else None
        if node.parent and parent is None:
            yield problem(f"/nodes/{i}/parent", "unknown_parent", f"{node.parent} does not stand before {node.code}")
        elif parent and heights.get(parent.level, -1) >= heights.get(node.level, len(heights)):
            yield problem(f"/nodes/{i}/parent", "level_order", f"a {parent.level} can not stand above a {node.level}")
        seen[node.code] = node


def _alias_problems(plan: PlanDocument) -> Iterator[Problem]:
    """An alias means exactly one node, and is no other node's title."""
    owner: dict[str, str] = {}
    titles: dict[str, set[str]] = {}
    for node in plan.nodes:
        titles.setdefault(match_key(node.title), set()).add(node.code)
    for i, node in enumerate(plan.nodes):
        for j, alias in enumerate(node.aliases):
            key = match_key(alias)
            others = (titles.get(key, set()) | {owner.get(key, node.code)}) - {node.code}
            if others:
                detail = f"{alias} already means {', '.join(sorted(others))}"
                yield problem(f"/nodes/{i}/aliases/{j}", "alias_taken", detail)
            owner[key] = node.code


def vocabulary_problems(vocabulary: Vocabulary) -> list[Problem]:
    """Terms have codes of their own, and name terms that there are."""
    codes = [term.code for term in vocabulary.terms]
    found = _repeated("terms", codes)
    for i, term in enumerate(vocabulary.terms):
        for name, other in (("broader", term.broader), ("replaced_by", term.replaced_by)):
            if other is not None and (other not in codes or other == term.code):
                found.append(problem(f"/terms/{i}/{name}", "unknown_term", f"{other} is no other term"))
    return found


def target_problems(plan: PlanDocument, new: NewTarget, sources: Collection[str] | None) -> list[Problem]:
    """A target is set where shares are: on a carrying node, from known sources, not below zero."""
    found = []
    if new.node not in {node.code for node in plan.nodes}:
        found.append(problem("/node", "unknown_node", f"the plan has no node {new.node}"))
    elif new.node not in carrying_nodes(plan.levels, plan.nodes):
        detail = f"{new.node} carries no shares: set targets on the tasks below it, they are added up"
        found.append(problem("/node", "not_carrying", detail))
    if new.amount < 0:
        found.append(problem("/amount", "amount_negative", "a target is not negative"))
    for i, source in enumerate(new.sources or ()):
        if sources is not None and source not in sources:
            found.append(problem(f"/sources/{i}", "unknown_term", f"{source} is no active term of source"))
    return found


def plan_of(document: PlanDocument, edition: int) -> Plan:
    """A plan without its nodes."""
    fields = document.model_dump(exclude={"nodes", "relations", "themes", "indicators"})
    return Plan(**fields, edition=edition, denominators=denominators(document.levels, document.nodes))


def nodes_of(document: PlanDocument, edition: int) -> list[Node]:
    """The nodes as the catalog answers them, in plan order."""
    carrying = set(carrying_nodes(document.levels, document.nodes))
    paths: dict[str, list[str]] = {}
    found = []
    for order, node in enumerate(document.nodes):
        paths[node.code] = [*paths.get(node.parent or "", []), node.code]
        found.append(
            Node(
                **node.model_dump(),
                plan=document.slug,
                edition=edition,
                order=order,
                carries_shares=node.code in carrying,
                path=paths[node.code],
            )
        )
    return found


def tree_of(nodes: list[Node]) -> list[TreeNode]:
    """Nodes, nested."""
    made = {node.code: TreeNode(**node.model_dump()) for node in nodes}
    for node in made.values():
        if node.parent:
            made[node.parent].children.append(node)
    return [node for node in made.values() if not node.parent]


Sounds = Mapping[str, tuple[str, str]]
"""By text how it sounds in pinyin, and the initials of that: see pinyin.sounds_of."""


def names_of(document: PlanDocument) -> list[str]:
    """All that the nodes of a plan are called."""
    texts = (text for node in document.nodes for text in (node.title, *node.aliases, *node.keywords))
    return sorted(set(texts))


def words_of(node: NodeDocument, sounds: Sounds) -> dict[str, int]:
    """The words that find a node from their beginning, with the weight of a hit."""
    words: dict[str, int] = {}
    texts = [(node.keywords, KEYWORD), (node.aliases, ALIAS), ([node.title], TITLE)]
    for many, weight in texts:
        for text in many:
            for word in sounds[text]:
                words[word] = max(words.get(word, 0), min(weight, PINYIN))
            words[match_key(text)] = max(words.get(match_key(text), 0), weight)
    words[node.code.casefold()] = CODE
    return {word: weight for word, weight in words.items() if word}


def grams_of(node: NodeDocument) -> dict[str, int]:
    """The characters and pairs of characters of all that a node is called, with the weight of the best text."""
    grams: dict[str, int] = {}
    for texts, weight in ((node.keywords, IN_KEYWORD), (node.aliases, IN_ALIAS), ([node.title], IN_TITLE)):
        grams |= {gram: weight for text in texts for gram in bigrams(text)}
    return grams
