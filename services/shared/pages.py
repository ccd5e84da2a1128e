"""The one shape of a list: items and a keyset cursor."""

import base64
import binascii
import json
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from services.shared.errors import Invalid

Item = TypeVar("Item")


class UnknownCursor(Invalid):
    """The cursor is not one that this list gave out: start again without it."""


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next` is the cursor of the following part, null at the end."""

    items: list[Item]
    next: str | None = None


def cursor_of(*key: Any) -> str:
    """A cursor that continues after the item with this sort key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def key_of(cursor: str, length: int) -> list[str]:
    """The sort key that a cursor stands for."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise UnknownCursor() from None
    if not isinstance(key, list) or len(key) != length or not all(isinstance(part, str) for part in key):
        raise UnknownCursor()
    return key
