"""The first plan and the vocabularies, loaded through the front door."""

import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

DATA = Path(__file__).parent.parent / "services" / "catalog" / "data"


class Refused(Exception):
    """The system refused what was loaded; the text is its answer."""


class Door:
    """The front door, for one caller of this machine."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60, trust_env=False)

    def get(self, path: str, **query: Any) -> Any:
        """A good answer as JSON."""
        return self._checked(self._http.get(path, params=query))

    def all(self, path: str, **query: Any) -> Iterator[Any]:
        """The items of every page of a list."""
        page = self.get(path, limit=500, **query)
        yield from page["items"]
        while page["next"]:
            page = self.get(path, limit=500, cursor=page["next"], **query)
            yield from page["items"]

    def post(
        self, path: str, body: Any, key: str | None = None, accept: tuple[int, ...] = (), etag: str | None = None
    ) -> Any:
        """A write; a status of `accept` is good as well."""
        headers = ({"Idempotency-Key": key} if key else {}) | ({"If-Match": etag} if etag else {})
        return self._checked(self._http.post(path, json=body, headers=headers), accept)

    def upload(self, path: str, file: Path, fields: dict[str, str]) -> Any:
        """Send a file with the fields of a form."""
        with file.open("rb") as content:
            return self._checked(self._http.post(path, files={"file": (file.name, content)}, data=fields, timeout=600))

    def content(self, path: str, **query: Any) -> bytes:
        """A good answer as it is."""
        answer = self._http.get(path, params=query, timeout=600)
        return answer.content if answer.is_success else bytes(self._checked(answer))

    @contextmanager
    def stream(self, path: str, **headers: str) -> Iterator[httpx.Response]:
        """A good answer that is read bit by bit."""
        with self._http.stream("GET", path, headers=headers, timeout=600) as answer:
            if not answer.is_success:
                answer.read()
                self._checked(answer)
            yield answer

    def put(self, path: str, body: Any, etag: str | None) -> Any:
        """A write of a version."""
        headers = {"If-Match": etag} if etag else {}
        return self._checked(self._http.put(path, json=body, headers=headers))

    def delete(self, path: str, etag: str | None) -> None:
        """Delete a version."""
        answer = self._http.delete(path, headers={"If-Match": etag} if etag else {})
        if not answer.is_success:
            self._checked(answer)

    def etag(self, path: str) -> tuple[str | None, Any]:
        """The ETag and the answer, or nothing where there is none."""
        answer = self._http.get(path)
        return (None, None) if answer.status_code == 404 else (answer.headers.get("ETag"), self._checked(answer))

    def _checked(self, answer: httpx.Response, accept: tuple[int, ...] = ()) -> Any:
        if not answer.is_success and answer.status_code not in accept:
            raise Refused(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {told(answer)}")
        return answer.json()


def told(answer: httpx.Response) -> str:
    """What a refusal says: its code and sentence, and a line for each part that is wrong."""
    try:
        problem = answer.json()
        parts = [f"  {part['pointer']} {part['code']}: {part['detail']}" for part in problem.get("errors") or ()]
        return "\n".join([f"{problem['code']}: {problem['detail']}", *parts])
    except (ValueError, KeyError, TypeError, AttributeError):
        return answer.text[:2000]


def load_plan(url: str, editor_token: str, say: Callable[[str], None]) -> None:
    """Set the vocabularies and publish the plan as edition 1; what stands already stays as it is."""
    door = Door(url, editor_token)
    for vocabulary in tomllib.loads((DATA / "vocabularies.toml").read_text(encoding="utf-8"))["vocabularies"]:
        etag, standing = door.etag(f"/vocabularies/{vocabulary['code']}")
        if standing is None:
            door.put(f"/vocabularies/{vocabulary['code']}", vocabulary, etag)
    for file in sorted((DATA / "plans").glob("*.toml")):
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        standing = door.post("/plans", json.loads(json.dumps(document, default=str)), accept=(409,))
        if standing.get("code") == "plan_slug_taken":
            say(f"{file.name} differs from the plan that is published: it stays as it was published")
