"""Where in a sheet a project list lies."""

from typing import NamedTuple


class SheetMap(NamedTuple):
    """A sheet that holds projects: its header rows, and the columns in which each field of FIELDS was found.

    Rows and columns count from 1, as Excel shows rows; a field may lie in several columns, such as tasks.
    """

    name: str
    header_rows: tuple[int, ...]
    columns: dict[str, tuple[int, ...]]
