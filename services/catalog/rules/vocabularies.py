"""What is always true of vocabularies."""

from services.catalog.contract import Vocabulary
from services.catalog.rules.problems import Problem, problem, repeated


def vocabulary_problems(vocabulary: Vocabulary) -> list[Problem]:
    """Terms have codes of their own, and name terms that there are."""
    codes = [term.code for term in vocabulary.terms]
    found = repeated("terms", codes)
    for i, term in enumerate(vocabulary.terms):
        for name, other in (("broader", term.broader), ("replaced_by", term.replaced_by)):
            if other is not None and (other not in codes or other == term.code):
                found.append(problem(f"/terms/{i}/{name}", "unknown_term", f"{other} is no other term"))
    return found
