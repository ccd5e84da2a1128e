"""Projects and words for workbooks. All invented."""

from typing import Any
from uuid import UUID

from services.portfolio.contract import Project
from services.portfolio.workbook.words import Words
from tests.builders import a_plan, a_project, some_vocabularies

WORDS = Words(a_plan(), {vocabulary.code: vocabulary for vocabulary in some_vocabularies()})


def a_registered_project(**differing: Any) -> Project:
    """The project of builders.a_project, registered."""
    standing = {
        "id": UUID(int=7),
        "edition": 1,
        "project_no": "17DZ0000001",
        "issuing_body": None,
        "abstract": "",
        "lead": "cn-uscc:91310000MA1FL0000X",
        "funding_mode": None,
        "stage": None,
        "state_on": "2017-03-15",
        "states": [],
        "record_status": "published",
        "pi": {"name": "演示甲", "phone": "199****1234"},
        "shares": [],
        "progress_pct": "35.00",
        "registered_by": "demo",
        "version": 3,
    }
    return Project.model_validate(a_project() | standing | differing)
