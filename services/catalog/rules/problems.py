"""How the rules say what is wrong with a request."""

Problem = dict[str, str]


def problem(pointer: str, code: str, detail: str) -> Problem:
    """One thing that is wrong with a request."""
    return {"pointer": pointer, "code": code, "detail": detail}


def repeated(name: str, codes: list[str]) -> list[Problem]:
    """Codes of a list that stand more than once."""
    return [
        problem(f"/{name}/{i}/code", "duplicate_code", f"{code} stands twice")
        for i, code in enumerate(codes)
        if code in codes[:i]
    ]
