"""Project lists as people keep them: read from .xlsx, .xls and .csv, and written back."""
