"""`python -m deploy` is `kepan`."""

from deploy.cli import app

if __name__ == "__main__":
    app(prog_name="kepan")
