"""Project lists: read, marked, written back."""
