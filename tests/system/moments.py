"""A hook of schemathesis: well-formed moments that lie ahead are not asked for.

They answer 503 `not_yet_known`, as the document says, and tests/reporting/test_routes.py holds that. No other 5xx is
lawful, so the check itself stays whole; whatever is not well-formed is still tried.
"""

from datetime import UTC, datetime
from typing import Any

import schemathesis

MOMENTS = ("recorded_at", "from_recorded_at")


@schemathesis.hook
def filter_query(context: Any, query: dict[str, Any] | None) -> bool:
    """Whether a query asks for no moment that lies ahead."""
    return not any(_lies_ahead(query[name]) for name in MOMENTS if query and name in query)


def _lies_ahead(text: Any) -> bool:
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) > datetime.now(UTC)
