"""`python -m deploy.healthy URL`: exit 0 where it answers 200. A container's own check; it needs no shell and no
curl.
"""

import sys
import urllib.request


def main() -> int:
    """Ask once, past any proxy of the environment."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=2) as answer:
            return 0 if answer.status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
