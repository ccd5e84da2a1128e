"""One real PostgreSQL for the run, migrated once; every test that commits gets a database cloned from it."""

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from deploy.keys import ensure_keys
from deploy.migrate import migrate
from deploy.postgres import EmbeddedPostgres
from deploy.roles import ensure_roles
from services.shared.tokens import Signer
from tests.places import erase_places

SERVICES = ("catalog", "portfolio", "reporting", "gateway")


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


class Cluster:
    """A PostgreSQL with the migrated template, the keys, and tokens signed with them."""

    def __init__(self, admin_url: str, service_urls: dict[str, str], keys: Path) -> None:
        self.admin_url = admin_url
        self.keys = keys
        self._service_urls = service_urls
        self._numbers = itertools.count(1)
        self._signer = Signer("gateway", keys / "gateway.pem")

    def fresh(self) -> dict[str, str]:
        """The services' URLs of a database cloned from the migrated template."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(with_database(self.admin_url, "postgres"), autocommit=True) as connection:
            template = sql.Identifier(urlsplit(self.admin_url).path.strip("/"))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
        return {service: with_database(url, name) for service, url in self._service_urls.items()}

    def admin(self, service_url: str) -> str:
        """The administrator's URL of the database that a service's URL names."""
        return with_database(self.admin_url, urlsplit(service_url).path.strip("/"))

    def token(self, role: str, agency: str | None = None, audience: str = "kepan", subject: str | None = None) -> str:
        """A bearer token."""
        return self._signer.sign(subject or f"{role}@test", role, audience, agency)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The PostgreSQL of this test process."""
    with tempfile.TemporaryDirectory(prefix="kepan-test-") as folder:
        home = Path(folder) / "home"
        postgres = EmbeddedPostgres(home)
        admin_url = postgres.start()
        try:
            service_urls = ensure_roles(admin_url, home)
            migrate(admin_url)
            yield Cluster(admin_url, service_urls, ensure_keys(home))
        finally:
            postgres.stop()
            erase_places(home)


@pytest.fixture(scope="session", autouse=True)
def _no_data_stays_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Systems that tests start put their data elsewhere, where their folder is private."""
    yield
    erase_places(tmp_path_factory.getbasetemp())
