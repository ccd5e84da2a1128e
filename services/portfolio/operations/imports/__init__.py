"""Imports: a file comes in, is read in a process of its own, judged row by row, and applied as a whole."""

from services.portfolio.operations.imports.receiving import Upload, again, receive, visible_import
from services.portfolio.operations.imports.returning import result_of, shown_row
from services.portfolio.operations.imports.working import Workshop, work

__all__ = ["Upload", "Workshop", "again", "receive", "result_of", "shown_row", "visible_import", "work"]
