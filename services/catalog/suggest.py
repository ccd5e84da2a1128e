"""Which tasks a project fits: BM25 over pairs of characters (Robertson and Zaragoza 2009, with fields: BM25F).

A task is known by its title, aliases, keywords and summary, each weighing less than the one before. Words of the task
that stand whole in the project's text count once more, and are what the answer names as its reasons. A project in which
too little speaks for any task fits none.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.catalog.contract import NodeDocument, PlanDocument, carrying_nodes
from services.shared.text import match_key

FIELDS = {"title": 3.0, "alias": 3.0, "keyword": 2.5, "summary": 1.0}
"""How much a pair of characters weighs by where it stands."""
SATURATION = 1.2
"""k1: how soon more of the same adds little."""
LENGTH = {"title": 0.0, "alias": 0.0, "keyword": 0.4, "summary": 0.6}
"""b: how far a long field weighs less."""
WHOLE_WORD = 1.6
"""What a whole word of a task adds for each of its characters beyond the first."""
IN_TITLE = 2.0
"""How much the project's title weighs beside its abstract."""
LEAST = 14.0
"""Below this score nothing fits."""
BESIDE = 0.45
"""What has less than this part of the best score is not named beside it."""
MOST = 5
WORDS = 6
"""How many tasks, and how many reasons, are named at most."""
COMMON = frozenset(
    [
        "研究",
        "技术",
        "系统",
        "平台",
        "应用",
        "开发",
        "建设",
        "项目",
        "关键",
        "示范",
        "工程",
        "服务",
        "管理",
        "方法",
        "基于",
        "及其",
        "以及",
        "中的",
        "一种",
        "设计",
        "研制",
        "实现",
        "提高",
        "提升",
        "开展",
        "完成",
        "形成",
        "建立",
        "推广",
        "支持",
        "支撑",
        "产业",
        "创新",
        "发展",
        "科技",
        "上海",
        "城市",
        "综合",
        "方案",
        "制定",
        "机制",
        "体系",
        "分析",
        "测试",
        "验证",
        "试验",
        "评价",
        "评估",
        "能力",
        "水平",
        "面向",
        "用于",
        "领域",
        "重大",
        "重点",
        "专项",
        "计划",
        "课题",
        "实施",
        "推进",
        "促进",
        "加强",
        "优化",
        "改造",
        "升级",
        "培育",
        "引进",
        "组织",
        "合作",
        "数据",
        "信息",
        "网络",
        "智能",
        "材料",
        "设备",
        "装备",
        "产品",
        "工艺",
        "企业",
    ]
)
"""Pairs that say little of what a project is about."""


class Reason(NamedTuple):
    """A suggested task, its score and the words that led there, the weightiest first."""

    code: str
    title: str
    score: float
    because: list[str]


@dataclass(frozen=True)
class Described:
    """A task as it is looked for: its weighted pairs, and its whole words by their keys."""

    node: NodeDocument
    pairs: Mapping[str, float]
    words: Mapping[str, str]


class Suggester:
    """The tasks of one edition, ready to be looked for."""

    def __init__(self, plan: PlanDocument) -> None:
        carrying = set(carrying_nodes(plan.levels, plan.nodes))
        nodes = [node for node in plan.nodes if node.code in carrying]
        fields = {node.code: _fields(node) for node in nodes}
        mean = {
            name: sum(sum(fields[node.code][name].values()) for node in nodes) / max(1, len(nodes)) or 1.0
            for name in FIELDS
        }
        self._tasks = [Described(node, _weighted(fields[node.code], mean), _words(node)) for node in nodes]
        holders = Counter(pair for task in self._tasks for pair in task.pairs)
        count = len(nodes)
        self._rarity = {pair: math.log(1 + (count - n + 0.5) / (n + 0.5)) for pair, n in holders.items()}
        sharing = Counter(key for task in self._tasks for key in task.words)
        self._sharing = {key: 1 / n for key, n in sharing.items()}

    def suggest(self, title: str, abstract: str = "") -> list[Reason]:
        """The tasks that fit a project, best first; none where too little speaks for any."""
        asked: defaultdict[str, float] = defaultdict(float)
        for text, weight in ((title, IN_TITLE), (abstract, 1.0)):
            for pair in set(pairs(text)):
                asked[pair] = max(asked[pair], weight)
        texts = [(match_key(title), IN_TITLE), (match_key(abstract), 1.0)]
        found = [reason for task in self._tasks if (reason := self._reason(task, asked, texts)) is not None]
        found.sort(key=lambda reason: -reason.score)
        if not found or found[0].score < LEAST:
            return []
        return [reason for reason in found[:MOST] if reason.score >= max(LEAST / 2, BESIDE * found[0].score)]

    def _reason(self, task: Described, asked: Mapping[str, float], texts: Sequence[tuple[str, float]]) -> Reason | None:
        parts = {
            pair: weight * self._rarity[pair] * task.pairs[pair] / (SATURATION + task.pairs[pair])
            for pair, weight in asked.items()
            if pair in task.pairs
        }
        whole: dict[str, float] = {}
        for key, word in task.words.items():
            weight = max((weight for text, weight in texts if key in text), default=0.0)
            if weight:
                whole[word] = weight * WHOLE_WORD * (len(key) - 1) * self._sharing[key]
        score = sum(parts.values()) + sum(whole.values())
        if not score:
            return None
        because = sorted(whole, key=lambda word: -whole[word]) + _runs(parts, [text for text, _ in texts], whole)
        return Reason(task.node.code, task.node.title, round(score, 3), because[:WORDS])


class Suggesters:
    """Those of the editions that were asked about last; a published edition never changes."""

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._known: dict[str, Suggester] = {}

    def of(self, digest: str, document: str) -> Suggester:
        """The suggester of an edition, from its digest and its JSON text."""
        found = self._known.pop(digest, None) or Suggester(PlanDocument.model_validate_json(document))
        self._known[digest] = found
        while len(self._known) > self._most:
            self._known.pop(next(iter(self._known)))
        return found


def pairs(text: str) -> list[str]:
    """Neighbouring characters of a text's key, and whole words of Latin letters and digits; common ones left out."""
    found = []
    for run in re.findall(r"[a-z0-9+]+|[^a-z0-9+]+", match_key(text)):
        if run[0].isascii():
            found.append(run)
        else:
            found += [run[i : i + 2] for i in range(len(run) - 1)]
    return [pair for pair in found if pair not in COMMON and len(pair) > 1]


def _fields(node: NodeDocument) -> dict[str, Counter[str]]:
    texts: dict[str, Iterable[str]] = {
        "title": [node.title],
        "alias": node.aliases,
        "keyword": node.keywords,
        "summary": [node.summary],
    }
    return {name: Counter(pair for text in many for pair in pairs(text)) for name, many in texts.items()}


def _weighted(fields: Mapping[str, Counter[str]], mean: Mapping[str, float]) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for name, counts in fields.items():
        long = 1 - LENGTH[name] + LENGTH[name] * sum(counts.values()) / mean[name]
        for pair, count in counts.items():
            found[pair] += FIELDS[name] * count / long
    return dict(found)


def _words(node: NodeDocument) -> dict[str, str]:
    """The words of a task by their keys; what says little is none."""
    texts = (node.title, *node.aliases, *node.keywords)
    keys = {match_key(text): text for text in reversed(texts)}
    return {key: text for key, text in keys.items() if len(key) > 1 and key not in COMMON}


def _runs(parts: Mapping[str, float], texts: Sequence[str], named: Iterable[str]) -> list[str]:
    """The stretches of the project's text whose pairs the task has, where no whole word says it already."""
    said = [match_key(word) for word in named]
    found: dict[str, float] = {}
    for text in texts:
        run, weight = "", 0.0
        for i in range(len(text)):
            pair = text[i : i + 2]
            if pair in parts:
                run, weight = (run or pair[0]) + pair[1:], weight + parts[pair]
                continue
            if run and not any(run in word for word in said):
                found[run] = max(found.get(run, 0.0), weight)
            run, weight = "", 0.0
    return sorted(found, key=lambda run: -found[run])
