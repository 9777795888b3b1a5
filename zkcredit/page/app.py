"""The page's application: HTML for people, JSON for programs, and a stream of new blocks.

Everything is read-only but ``POST /verify``, which keeps nothing. Texts are escaped by the
templates; the content security policy permits this page's own script, style and images alone.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    Response,
    StreamingResponse,
)
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException as AnyHTTPException

from zkcredit.errors import InvalidInput, MalformedFile, ZkCreditError
from zkcredit.language import LANGUAGES, language, marked, require_language, speaking, tr
from zkcredit.loan.purposes import PURPOSES
from zkcredit.page import pictures
from zkcredit.page.kept_answers import KeptAnswers
from zkcredit.page.verdicts import MOST_BYTES, Busy, Judge, Verdict, documents_of
from zkcredit.page.views import STATES, Views
from zkcredit.units import DAY, currency

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from zkcredit.page.follower import Follower

__all__ = ["SECURITY", "make_app"]

SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The headers of every answer."""

_CHOSEN: Final[ContextVar[bool]] = ContextVar("chosen", default=False)  # by the address
_HERE: Final = Path(__file__).parent
_ASSETS: Final = {
    "icon.svg": "image/svg+xml",
    "page.css": "text/css",
    "page.js": "text/javascript",
}
_STREAMS: Final = 1_000  # live streams at once
_LOOK: Final = 0.5  # seconds between two looks at the follower's status
_QUIET: Final = 15.0  # seconds after which a stream without news shows that it lives
_READING: Final = 10.0  # seconds within which a body must arrive


def make_app(
    views: Views,
    follower: Follower,
    judge: Judge,
    *,
    ending: Callable[[], bool] = lambda: False,
) -> FastAPI:
    """Return the application.

    Args:
        views: what the market's pages show.
        follower: reads the chain; whoever serves the application runs it.
        judge: verifies presentations.
        ending: whether the server ends, so that live streams end, too.
    """
    app = FastAPI(
        title="zkcredit market", description=_ABOUT, docs_url=None, redoc_url=None,
    )  # fmt: skip
    show = _Pages(views)
    kept = KeptAnswers(views.edition)
    live = [0]
    app.add_middleware(_Secured)
    _refusals(app, show, follower)

    async def page(name: str, make: Callable[[], str]) -> Response:
        name = f"{language()} {_CHOSEN.get()} {name}"
        return HTMLResponse(await kept.get(name, lambda: make().encode()))

    async def data(name: str, make: Callable[[], dict[str, Any]]) -> Response:
        body = await kept.get(name, lambda: bytes(JSONResponse(make()).body))
        return Response(body, media_type="application/json")

    # --- pages ---

    @app.get("/", **_PAGE)
    async def overview() -> Response:
        return await page("/", lambda: show.page("overview.html", "/", **views.overview()))

    @app.get("/loans", **_PAGE)
    async def loans(state: _State = "", below: _Below = 1 << 62) -> Response:
        def make() -> str:
            found = _loans(views, state, below)
            return show.page("loans.html", "/loans", state=state, states=STATES, **found)

        return await page(f"/loans {state} {below}", make)

    @app.get("/loans/{number}", **_PAGE)
    async def loan(number: int) -> Response:
        return await page(f"/loans/{number}", lambda: show.loan(_loan(views, number)))

    @app.get("/portfolio", **_PAGE)
    async def portfolio() -> Response:
        return await page("/portfolio", lambda: show.portfolio(views.portfolio()))

    @app.get("/impact", **_PAGE)
    async def impact() -> Response:
        def make() -> str:
            title = tr("Reach")
            return show.page("report.html", "/impact", title=title, drawn=[], **views.impact())

        return await page("/impact", make)

    @app.get("/verify", **_PAGE)
    async def checker() -> Response:
        return await page("/verify", lambda: show.page("verify.html", "/verify", verdict=None))

    @app.get("/api", **_PAGE)
    async def api() -> Response:
        paths = app.openapi()["paths"]
        return await page("/api", lambda: show.page("api.html", "/api", paths=paths))

    @app.get("/assets/{name}", include_in_schema=False)
    def asset(name: str) -> FileResponse:
        if name not in _ASSETS:
            raise HTTPException(404, tr("There is no such file."))
        return FileResponse(
            _HERE / "static" / name,
            media_type=_ASSETS[name],
            headers={"Cache-Control": "max-age=3600"},
        )

    # --- programs ---

    @app.get("/api/status", summary="How far the page has read", **_DATA)
    async def api_status() -> Response:
        return await data("/api/status", views.status)

    @app.get("/api/checks", summary="Sums of all events, beside balances", **_DATA)
    async def api_checks() -> Response:
        return await data("/api/checks", views.checks)

    @app.get("/api/overview", summary="Loans by state, newest movements", **_DATA)
    async def api_overview() -> Response:
        return await data("/api/overview", views.overview)

    @app.get("/api/loans", summary="Loans, the newest first", **_DATA)
    async def api_loans(state: _State = "", below: _Below = 1 << 62) -> Response:
        return await data(f"/api/loans {state} {below}", lambda: _loans(views, state, below))

    @app.get("/api/loans/{number}", summary="One loan", **_DATA)
    async def api_loan(number: int) -> Response:
        return await data(f"/api/loans/{number}", lambda: _loan(views, number))

    @app.get("/api/portfolio", summary="At risk, vintages, losses", **_DATA)
    async def api_portfolio() -> Response:
        return await data("/api/portfolio", views.portfolio)

    @app.get("/api/impact", summary="Whom the market reaches", **_DATA)
    async def api_impact() -> Response:
        return await data("/api/impact", views.impact)

    @app.get("/events", include_in_schema=False)
    async def events() -> StreamingResponse:
        if live[0] >= _STREAMS:
            raise HTTPException(503, tr("Too many readers follow this page live."))
        return StreamingResponse(_news(follower, live, ending), media_type="text/event-stream")

    @app.post(
        "/verify", tags=["verify"], summary="Verify a presentation", response_model=None,
        description="Post request and presentation, as a form or as JSON.",
    )  # fmt: skip
    async def post_verify(request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        as_page = "json" not in kind.lower()
        try:
            verdict = await judge.verdict(*documents_of(kind, await _body(request)))
        except MalformedFile as error:
            verdict = Verdict(False, str(error), "MalformedFile")
        except Busy as error:
            raise HTTPException(503, tr(str(error)), {"Retry-After": "5"}) from None
        code = 422 if verdict.malformed else 200
        if as_page:
            return HTMLResponse(show.page("verify.html", "/verify", verdict=verdict), code)
        return JSONResponse(verdict.to_json(), code)

    return app


class _Secured:
    """Gives each answer its language and the headers of every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        _CHOSEN.set("lang" in request.query_params)
        with speaking(_language_of(request)):
            await self._app(scope, receive, secured)


def _refusals(app: FastAPI, show: _Pages, follower: Follower) -> None:
    """Answer errors by one clear message, as a page or as JSON."""

    @app.exception_handler(AnyHTTPException)
    async def refused(request: Request, error: AnyHTTPException) -> Response:
        return show.refusal(request, error.detail, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, _: RequestValidationError) -> Response:
        message = tr("The address has a number or a word that it cannot have.")
        return show.refusal(request, message, 422)

    @app.exception_handler(Busy)
    async def busy(request: Request, error: Busy) -> Response:
        return show.refusal(request, tr(str(error)), 503, {"Retry-After": "30"})

    @app.exception_handler(ZkCreditError)
    async def failed(request: Request, error: ZkCreditError) -> Response:
        follower.report(f"{type(error).__name__}: {error}")
        return show.refusal(request, tr("The database cannot be read now. Try again."), 503)


_PAGE: Final[Mapping[str, Any]] = {"response_class": HTMLResponse, "include_in_schema": False}
_DATA: Final[Mapping[str, Any]] = {"tags": ["read"], "response_model": dict[str, Any]}
_ABOUT: Final = "A market's loans and money, read from its chain. Amounts are minor currency units."
_State = Annotated[str, Query(max_length=20, description="Only loans in this state.")]
_Below = Annotated[int, Query(ge=1, le=1 << 62, description="Only loans with smaller numbers.")]


def _loans(views: Views, state: str, below: int) -> dict[str, Any]:
    if state and state not in STATES:
        raise HTTPException(404, tr("There is no such state of a loan."))
    return views.loans(state, below)


def _loan(views: Views, number: int) -> dict[str, Any]:
    if not 0 < number < 1 << 62:
        raise HTTPException(404, tr("The market does not have this loan."))
    try:
        return views.loan(number)
    except InvalidInput:
        raise HTTPException(404, tr("The market does not have this loan.")) from None


async def _body(request: Request) -> bytes:
    """Return a request's body, if it is short and arrives in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(_READING):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise HTTPException(413, tr("Post at most {number} bytes.", number=MOST_BYTES))
    except TimeoutError:
        raise HTTPException(408, tr("The documents took too long to arrive.")) from None
    return bytes(body)


async def _news(
    follower: Follower, live: list[int], ending: Callable[[], bool]
) -> AsyncIterator[str]:
    """Yield an event for each change of the status, and a comment when there is none for long."""
    live[0] += 1
    try:
        seen, quiet = -1, 0.0
        while not ending():
            now = follower.status
            if now.version != seen:
                seen, quiet = now.version, 0.0
                yield f"event: block\ndata: {now.block}\n\n"
            elif quiet >= _QUIET:
                quiet = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(_LOOK)
            quiet += _LOOK
    finally:
        live[0] -= 1


class _Pages:
    """The templates, with what every page shows."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "time": _time, "short": _short, "number": _number, "purpose": _purpose, "cell": _cell,
            "heads": _heads, "span": _span,
        }  # fmt: skip

        for name in self._templates.list_templates():
            self._templates.get_template(name)  # compiled before a reader waits

    def page(self, template: str, at: str = "", **values: Any) -> str:
        """Return a page in the present language.

        Args:
            template: name of its template.
            at: its address in the navigation; empty if it is not there.
            values: what the template shows.
        """
        return self._templates.get_template(template).render(
            at=at,
            status=self._views.status(),
            waiting=self._views.waiting_in_words(),
            lang=language(),
            to=_to,
            tr=tr,
            **values,
        )

    def refusal(
        self, request: Request, message: str, code: int, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return a refusal, as JSON for programs and as a page for people."""
        as_json = "json" in request.headers.get("content-type", "").lower()
        if request.url.path.startswith("/api") or as_json:
            return JSONResponse({"error": message}, code, dict(headers or {}))
        page = self.page("message.html", title=tr("Not here"), message=message)
        return HTMLResponse(page, code, dict(headers or {}))

    def loan(self, loan: dict[str, Any]) -> str:
        """Return a loan's page, with its schedule as a picture."""
        rows = [(row["amount"], row["state"]) for row in loan["rows"] if row["amount"] is not None]
        title = tr("A bar for each of the {number} rows of the schedule", number=len(rows))
        return self.page("loan.html", loan=loan, picture=pictures.schedule(rows, title))

    def portfolio(self, report: dict[str, Any]) -> str:
        """Return the portfolio's page, with pictures of what is at risk and of the vintages."""
        drawn = []
        for row in report["tables"]["at_risk"]["rows"]:
            letters = row["currency"]
            title = tr("Portfolio at risk, {currency}", currency=letters)
            risks = [(f"> {days} d", row[f"par{days}_bps"]) for days in (1, 30, 60, 90)]
            drawn.append((title, pictures.bars(risks, title)))
            title = tr("Defaulted of what was lent, by month, {currency}", currency=letters)
            months = [
                (one["month"], one["defaulted_bps"])
                for one in report["tables"]["vintages"]["rows"]
                if one["currency"] == letters
            ]
            drawn.append((title, pictures.line(months, title)))
        return self.page("report.html", "/portfolio", title=tr("Portfolio"), drawn=drawn, **report)


def _time(seconds: int | None) -> str:
    if not seconds:
        return "–"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _span(seconds: int) -> str:
    """Return a length of time as hours, minutes and seconds, or days before them."""
    days, rest = divmod(seconds, DAY)
    told = f"{rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02}"
    return tr("{days} d {time}", days=days, time=told) if days else told


def _short(text: str | None) -> str:
    """Return the ends of an address or a hash; titles have the whole."""
    if not text:
        return "–"
    return text if len(text) < 16 else f"{text[:8]}…{text[-6:]}"


def _number(value: int | str | None) -> str:
    return "–" if value is None else f"{int(value):,}"


def _purpose(code: int) -> str:
    found = PURPOSES.get(code)
    if found is not None:
        return tr(found.words)
    return tr("purpose {code}", code=code) if code else tr("not said")


def _cell(value: int | str | None, column: str, letters: str = "") -> str:
    """Return a cell of a report; an amount of money in the units of the row's currency."""
    if value is None:
        return "–"
    if isinstance(value, str):
        sector, colon, words = value.partition(": ")
        return tr(words) if colon and sector else tr(value)
    if column.endswith("_bps"):
        return f"{value // 100}.{value % 100:02} %"
    return _money(value, letters) if column.endswith("_minor") else f"{value:,}"


def _money(amount: int, letters: str) -> str:
    """Return an amount without the currency's letters; minor units of an unknown currency."""
    try:
        digits = currency(letters).exponent
    except InvalidInput:
        digits = 0
    whole, rest = divmod(amount, 10**digits)
    return f"{whole:,}.{rest:0{digits}}" if digits else f"{whole:,}"


_HEADS: Final = (
    marked("currency"),
    marked("loans"),
    marked("outstanding"),
    marked("bucket"),
    marked("share"),
    marked("month"),
    marked("lent"),
    marked("repaid"),
    marked("ever over 30 days"),
    marked("defaulted"),
    marked("defaulted lent"),
    marked("cured"),
    marked("rolled"),
    marked("stage"),
    marked("ended after it"),
    marked("loss"),
    marked("allowance"),
    marked("debt"),
    marked("recovered"),
    marked("left"),
    marked("people"),
    marked("median"),
    marked("repeat"),
    marked("thin file"),
    marked("on time"),
    marked("purpose"),
    marked("kind"),
)
"""The columns of reports in words; PAR and its days are the same everywhere."""


def _heads(sheet: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return the columns of a report in words, and which have numbers."""
    return [(_head(column), not _has_words(column, sheet["rows"])) for column in sheet["columns"]]


def _has_words(column: str, rows: list[dict[str, Any]]) -> bool:
    return any(isinstance(row[column], str) for row in rows)


def _head(column: str) -> str:
    word = column.removesuffix("_minor").removesuffix("_bps").replace("_", " ")
    if word.startswith("par"):
        told = word.upper()
    elif word.startswith("to "):
        told = f"→ {tr(word.removeprefix('to '))}"
    else:
        told = tr(word)
    return f"{told} %" if column.endswith("_bps") else told


def _to(path: str, **query: object) -> str:
    """Return an address on this page in the language that the reader chose."""
    parts = {name: value for name, value in query.items() if value not in (None, "")}
    if _CHOSEN.get():
        parts["lang"] = language()
    return f"{path}?{urlencode(parts)}" if parts else path


def _language_of(request: Request) -> str:
    """Return the language of an answer: that of the address, or of the reader's browser.

    What programs read is English always.
    """
    as_json = "json" in request.headers.get("content-type", "").lower()
    if request.url.path.startswith(("/api/", "/openapi")) or as_json:
        return "en"
    chosen = request.query_params.get("lang")
    if chosen is not None:
        return chosen if chosen in LANGUAGES else "en"
    for part in request.headers.get("accept-language", "").split(",")[:8]:
        name = part.partition(";")[0].strip()
        with suppress(InvalidInput):
            return require_language(name)
    return "en"
