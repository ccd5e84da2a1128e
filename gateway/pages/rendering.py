"""From a template to an answer: the policy that every page carries, and what went wrong told as a page."""

import hashlib
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from gateway.pages import words
from gateway.sessions import form_word
from services.shared.errors import Malformed, ServiceError
from services.shared.tokens import Caller
from services.shared.web import malformed

FOLDER = Path(__file__).parent.parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Cookie",
}
WHAT_TO_DO = {
    401: ("尚未登录", "请用登录链接登录；链接只能用一次。"),
    403: ("没有权限", "您的身份不能查看或办理此事。如有需要，请联系管理者。"),
    404: ("没有这一页", "请检查网址，或从规划总览重新进入。"),
    422: ("网址中的条件有误", "某个筛选条件或日期不存在，请改正后重试，或从规划总览重新进入。"),
    503: ("暂时无法显示", "有一项服务没有应答，数据没有丢失。请过几秒刷新本页。"),
}
OTHERWISE = ("出错了", "请稍后重试；如果仍然出错，请把请求编号告诉管理员。")
log = structlog.get_logger()


@cache
def style() -> tuple[str, bytes]:
    """The style sheet's name, which changes with its content, and its content."""
    content = (FOLDER / "static" / "kepan.css").read_bytes()
    return f"kepan.{hashlib.sha256(content).hexdigest()[:16]}.css", content


@cache
def templates() -> Environment:
    """The templates: everything is escaped, and a name that is not given is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(words, name) for name in ("wan", "exactly", "percent", "moment")}
    environment.globals |= {"words": words, "style": f"/static/{style()[0]}"}
    return environment


def page(
    template: str, *, caller: Caller | None = None, form_word: str = "", status: int = 200, **given: Any
) -> Response:
    """A page; `caller` is who is signed in, `form_word` what the form that signs out brings along."""
    text = templates().get_template(template).render(caller=caller, form_word=form_word, **given)
    return Response(text, status, dict(HEADERS), "text/html; charset=utf-8")


def error_page(request: Request, error: ServiceError) -> Response:
    """What went wrong, and what to do about it."""
    title, advice = WHAT_TO_DO.get(error.status, OTHERWISE)
    details = [part["detail"] for part in error.errors if "detail" in part]
    caller = getattr(request.state, "reader", None)
    answer = page(
        "problem.html",
        caller=caller,
        form_word=form_word(request.scope) if caller else "",
        status=error.status,
        title=title,
        advice=advice,
        code=error.code,
        details=details,
        sign_in=error.status == 401,
        request_id=request.scope["state"]["request_id"],
        address=request.url.path,
    )
    if error.status == 503:
        answer.headers["Retry-After"] = str(error.retry_after or 1)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="kepan"'
    return answer


class InternalError(ServiceError):
    """Something went wrong on our side: quote the request id when you report it."""


class PageRoute(APIRoute):
    """A route whose failures are pages, whatever failed: a request, a service, or a template."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with what went wrong told to a person."""
        handler = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handler(request)
            except ServiceError as error:
                return error_page(request, error)
            except RequestValidationError as error:
                return error_page(request, malformed(error))
            except HTTPException:  # a form that can not be read as one
                return error_page(request, Malformed())
            except Exception as error:
                log.error("page_failed", exc_info=error)
                return error_page(request, InternalError())

        return told
