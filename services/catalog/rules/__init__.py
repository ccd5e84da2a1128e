"""What is always true of plans, editions, targets and observations: pure functions."""

from services.catalog.rules.crosswalks import (
    completed,
    crosswalk_problems,
    effective_problems,
    reversed_crosswalk,
    succession_problems,
    unmapped,
    unmapped_problems,
)
from services.catalog.rules.observations import observation_problems, year_of
from services.catalog.rules.plans import nodes_of, plan_of, plan_problems, tree_of
from services.catalog.rules.problems import Problem, problem
from services.catalog.rules.search import Sounds, grams_of, names_of, words_of
from services.catalog.rules.targets import responsibility_problems, target_problems
from services.catalog.rules.vocabularies import vocabulary_problems

__all__ = [
    "Problem",
    "Sounds",
    "completed",
    "crosswalk_problems",
    "effective_problems",
    "grams_of",
    "names_of",
    "nodes_of",
    "observation_problems",
    "plan_of",
    "plan_problems",
    "problem",
    "responsibility_problems",
    "reversed_crosswalk",
    "succession_problems",
    "target_problems",
    "tree_of",
    "unmapped",
    "unmapped_problems",
    "vocabulary_problems",
    "words_of",
    "year_of",
]
