"""`python -m deploy` is `kepan`."""

from deploy.cli import app

app()
