"""Sectors as shares. All sectors and amounts are invented."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portfolio.contract import Share
from services.portfolio.iati import IatiDialect
from services.portfolio.iati.notes import Notes
from services.portfolio.iati.shares import Sector, Spent, shares
from tests.portfolio.iati_files import DIALECT, row, said, transaction, weights


def sectors(*given: tuple[str, str | None], vocabulary: str = "1") -> str:
    """Sectors of codes and percentages."""
    return "".join(
        f'<sector vocabulary="{vocabulary}" code="{code}"' + (f' percentage="{part}"/>' if part is not None else "/>")
        for code, part in given
    )


def test_one_sector_without_a_percentage_is_all_of_it(tmp_path: Path) -> None:
    found = row(tmp_path, sectors=sectors(("11220", None)))
    assert (weights(found), said(found)) == ({"N2": "100"}, [])


def test_several_without_a_percentage_are_equal_in_plan_order(tmp_path: Path) -> None:
    found = row(tmp_path, sectors=sectors(("43082", None), ("11220", None), ("11110", "")))
    assert list(weights(found).items()) == [("N1", "33.34"), ("N2", "33.33"), ("N3", "33.33")]
    assert said(found) == ["weights_defaulted"]


@pytest.mark.parametrize(
    ("parts", "repaired", "total"),
    [
        (("33.33", "33.33", "33.33"), {"N1": "33.333334", "N2": "33.333333", "N3": "33.333333"}, "99.99"),
        (("50.01", "50.01", "0"), {"N1": "50", "N2": "50"}, "100.02"),
        (("99.9", "0", "0"), {"N1": "100"}, "99.9"),
        (("50.1", "50", "0"), {"N1": "50.04995", "N2": "49.95005"}, "100.1"),
        (
            ("33.33333333", "33.33333333", "33.33333334"),
            {"N1": "33.333333", "N2": "33.333333", "N3": "33.333334"},
            "100.00000000",
        ),
    ],
)
def test_percentages_near_100_are_repaired_and_their_sum_is_said(
    tmp_path: Path, parts: tuple[str, str, str], repaired: dict[str, str], total: str
) -> None:
    found = row(tmp_path, sectors=sectors(*zip(("11110", "11220", "43082"), parts, strict=True)))
    (said_of_it,) = [warning for warning in found.warnings if warning.code == "weights_repaired"]
    assert said_of_it.raw == total and f"add up to {total};" in said_of_it.detail
    assert weights(found) == repaired


@pytest.mark.parametrize("parts", [("50", "49.89"), ("50", "50.11"), ("1", "1"), ("0", "0"), ("100", None)])
def test_percentages_further_away_are_refused(tmp_path: Path, parts: tuple[str, str | None]) -> None:
    found = row(tmp_path, sectors=sectors(*zip(("11110", "11220"), parts, strict=True)))
    assert [error.code for error in found.errors] == ["weights_not_100"]
    assert found.values["project"]["tasks"] == []


def test_the_tolerance_is_the_dialects(tmp_path: Path) -> None:
    near = sectors(("11110", "50"), ("11220", "51"))
    assert row(tmp_path, replace(DIALECT, tolerance=Decimal(1)), sectors=near).verdict == "accepted_with_warnings"
    near = sectors(("11110", "50"), ("11220", "49.99"))
    assert row(tmp_path, replace(DIALECT, tolerance=Decimal(0)), sectors=near).verdict == "rejected"


@pytest.mark.parametrize("percentage", ["-1", "100.1", "1e2", "NaN", "33,3", "50%"])
def test_a_percentage_is_a_decimal_number_from_0_to_100(tmp_path: Path, percentage: str) -> None:
    found = row(tmp_path, sectors=sectors(("11110", percentage), ("11220", "50")))
    assert said(found) == ["percentage_invalid"]
    assert (found.errors[0].field, found.errors[0].raw) == ("sector[1]", percentage)


def test_every_unknown_sector_is_named(tmp_path: Path) -> None:
    found = row(tmp_path, sectors=sectors(("1", "50"), ("11110", "25"), ("", "25")))
    assert [(error.code, error.field, error.raw) for error in found.errors] == [
        ("task_unknown", "sector[1]", "1:1"),
        ("task_unknown", "sector[3]", "1:"),
    ]


def test_sectors_of_one_node_add_up(tmp_path: Path) -> None:
    dialect = replace(DIALECT, nodes={"11110": "N1", "11220": "N1", "43082": "N3"})
    found = row(tmp_path, dialect, sectors=sectors(("11110", "33.3"), ("43082", "33.4"), ("11220", "33.3")))
    assert (weights(found), said(found)) == ({"N1": "66.6", "N3": "33.4"}, [])


DAC = sectors(("11110", "100"))
OWN = sectors(("X-7", "40"), ("X-8", "60"), vocabulary="99")
UNKNOWN = sectors(("7", "100"), vocabulary="2")


@pytest.mark.parametrize(
    ("published", "preferred", "expected"),
    [
        (DAC + OWN, None, {"N1": "40", "N3": "60"}),
        (OWN + DAC, "1", {"N1": "100"}),
        (OWN + DAC, "99", {"N1": "40", "N3": "60"}),
        (DAC + UNKNOWN, "99", {"N1": "100"}),
        (UNKNOWN + DAC, None, {"N1": "100"}),
        (sectors(("X-8", "100"), vocabulary="99") + DAC, None, {"N1": "100"}),
    ],
)
def test_one_vocabulary_alone_is_taken(
    tmp_path: Path, published: str, preferred: str | None, expected: dict[str, str]
) -> None:
    """The dialect's; else the one with most known sectors, and of two with as many DAC's five digits."""
    found = row(tmp_path, replace(DIALECT, vocabulary=preferred), sectors=published)
    assert (weights(found), said(found)) == (expected, [])


def test_sectors_of_transactions_are_weighted_by_their_values_net_of_corrections(tmp_path: Path) -> None:
    money = (
        transaction("2", "300", inside=sectors(("11110", None)) + sectors(("X-8", None), vocabulary="99"))
        + transaction("2", "150", inside=sectors(("11220", None)))
        + transaction("2", "-50", inside=sectors(("11220", None)))
        + transaction("3", "10", inside=sectors(("43082", None)))
        + transaction("3", "-10", inside=sectors(("43082", None)))
        + transaction("3", "7")
    )
    found = row(tmp_path, sectors="", money=money)
    assert weights(found) == {"N1": "75", "N2": "25"}
    (warning,) = found.warnings
    assert warning.code == "weights_from_transactions"
    assert "1 transactions name no sector" in warning.detail and "nothing is left of N3" in warning.detail


def test_sectors_of_transactions_that_cancel_out_are_equal(tmp_path: Path) -> None:
    inside = sectors(("11110", None)) + sectors(("11220", None))
    found = row(
        tmp_path, sectors="", money=transaction("3", "5", inside=inside) + transaction("3", "-5", inside=inside)
    )
    assert weights(found) == {"N1": "50", "N2": "50"}
    assert said(found) == ["weights_from_transactions", "weights_defaulted"]


CODES = ("11110", "11220", "43082")
PARTS = st.lists(st.decimals("0.000001", "99", places=6, allow_nan=False), min_size=3, max_size=3)


def _sectors(texts: Sequence[str | None]) -> list[Sector]:
    return [Sector("1", code, "", text, "sector") for code, text in zip(CODES, texts, strict=True)]


def _wide(dialect: IatiDialect = DIALECT) -> IatiDialect:
    return replace(dialect, tolerance=Decimal(300))


@given(PARTS)
def test_shares_add_up_to_exactly_100_and_stay_within_a_millionth_of_their_part(parts: list[Decimal]) -> None:
    found = [Share.model_validate(each) for each in shares(_sectors([f"{p:f}" for p in parts]), [], _wide(), Notes())]
    assert sum(share.weight for share in found) == 100
    exact = {f"N{i + 1}": part * 100 / sum(parts) for i, part in enumerate(parts)}
    assert all(abs(share.weight - exact[share.code]) <= Decimal("0.000001") for share in found)


@given(st.lists(st.decimals("-1000000", "1000000", places=2), min_size=3, max_size=3))
def test_shares_by_transactions_add_up_to_exactly_100_whatever_the_values(amounts: list[Decimal]) -> None:
    spent = [Spent([sector], amount) for sector, amount in zip(_sectors([None] * 3), amounts, strict=True)]
    found = [Share.model_validate(each) for each in shares([], spent, DIALECT, Notes())]
    assert sum(share.weight for share in found) == 100
