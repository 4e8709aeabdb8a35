"""The routes of the review page: what is asked by HTTP, and which room answers it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Box
from docglean.review import bodies
from docglean.review.answers import on_bug, on_fault, on_http, page
from docglean.review.faults import Changed, NotSignedIn, NotThere
from docglean.review.media import Recordings
from docglean.review.pages import EDGE, LARGEST_EDGE, SMALLEST_EDGE, Pages
from docglean.review.ports import Json, ReviewRooms
from docglean.review.security import SIGN_IN, Access, Guard
from docglean.review.sessions import not_signed_in
from docglean.schemas.errors import DocgleanError

STATIC = Path(__file__).parent / "static"
MONTH = 30 * 24 * 3600
"""Seconds for which a browser keeps the cookie; the server forgets it when it ends."""


@dataclass(frozen=True)
class Routes:
    """The answers to all requests that the guard lets through.

    Attributes:
        rooms: queue, documents and events.
        pages: images and words of pages.
    """

    access: Access
    rooms: ReviewRooms
    pages: Pages
    recordings: Recordings

    async def shell(self, request: Request) -> Response:
        """The page itself; with a token in the address, the way in."""
        token = request.query_params.get("token")
        if token is not None and not self.access.user_header:
            cookie = self.access.sessions.enter(token)
            return self._with_cookie(RedirectResponse("/", 303), request, cookie)
        if request.state.by:
            return page("review.html", session=await self._session(request))
        if request.headers.get("sec-fetch-site") == "cross-site":
            # By a link of another site: the cookie comes only when this page itself asks again.
            return page("again.html")
        if self.access.sessions.password:
            return RedirectResponse(SIGN_IN, 303)
        raise not_signed_in()

    def _with_cookie(self, response: Response, request: Request, value: str) -> Response:
        origin = request.headers.get("host", "").lower()
        response.set_cookie(
            self.access.cookie,
            value,
            max_age=MONTH,
            httponly=True,
            samesite="strict",
            secure=f"https://{origin}" in self.access.origins,
        )
        return response

    async def sign_in(self, request: Request) -> Response:
        """The form for name and password, and what it sends."""
        if request.method != "POST":
            return page("signin.html", error="")
        form = parse_qs((await bodies.read_bytes(request)).decode("utf-8", "replace"))
        name, password = (form.get(key, [""])[0] for key in ("name", "password"))
        try:
            cookie = await self.access.sessions.sign_in(name, password)
        except NotSignedIn as error:
            return page("signin.html", error.status, error=str(error))
        return self._with_cookie(RedirectResponse("/", 303), request, cookie)

    async def session(self, request: Request) -> Response:
        """Who reviews what."""
        return JSONResponse(await self._session(request))

    async def _session(self, request: Request) -> Json:
        return {"by": request.state.by, **await self.rooms.session(request.state.by)}

    async def queue(self, request: Request) -> Response:
        """A stretch of the queue."""
        return JSONResponse(await self.rooms.queue(request.state.by, dict(request.query_params)))

    async def document(self, request: Request) -> Response:
        """One document as it stands; the pages of the next one are drawn meanwhile."""
        told = await self.rooms.document(request.state.by, request.path_params["id"])
        with suppress(NotThere):
            if told.get("next"):
                self.pages.look_ahead(await self.rooms.source(told["next"]))
        return JSONResponse(told)

    async def revision(self, request: Request) -> Response:
        """How many events a document has."""
        id = request.path_params["id"]
        return JSONResponse({"revision": await self.rooms.revision(request.state.by, id)})

    async def image(self, request: Request) -> Response:
        """A page as it looks."""
        told = request.query_params.get("edge", str(EDGE))
        edge = int(told) if told.isdigit() and len(told) < 6 else EDGE
        edge = min(max(edge, SMALLEST_EDGE), LARGEST_EDGE)
        source = await self.rooms.source(request.path_params["id"])
        image = await self.pages.image(source, request.path_params["number"], edge)
        return Response(image.data, media_type=image.media_type)

    async def words(self, request: Request) -> Response:
        """The words of a page with their boxes."""
        source = await self.rooms.source(request.path_params["id"])
        found = await self.pages.words(source, request.path_params["number"])
        told = [
            {"text": word.text, "box": _per_cent(word.box, found), "line": word.line}
            for word in found.words
        ]
        return JSONResponse({"words": told})

    async def text(self, request: Request) -> Response:
        """The text in a box, and what a value would become of it."""
        id, asked = request.path_params["id"], await bodies.read(request, bodies.BoxBody)
        found = await self.pages.text(await self.rooms.source(id), asked.page, asked.points)
        by = request.state.by
        parsed = await self.rooms.parse(by, id, asked.pointer, found.text)
        return JSONResponse({"text": found.text, "from": found.by, **parsed})

    async def parse(self, request: Request) -> Response:
        """What a value would become of typed text."""
        id, asked = request.path_params["id"], await bodies.read(request, bodies.TextBody)
        return JSONResponse(await self.rooms.parse(request.state.by, id, asked.pointer, asked.text))

    async def row(self, request: Request) -> Response:
        """The words in a box as a row of a list."""
        id, asked = request.path_params["id"], await bodies.read(request, bodies.BoxBody)
        source = await self.rooms.source(id)
        found = await self.pages.text(source, asked.page, asked.points)
        by = request.state.by
        return JSONResponse(await self.rooms.row(by, id, asked.pointer, found.page, found.box))

    async def paste(self, request: Request) -> Response:
        """Cells of a spreadsheet as rows of a list."""
        id, asked = request.path_params["id"], await bodies.read(request, bodies.TextBody)
        return JSONResponse(await self.rooms.paste(request.state.by, id, asked.pointer, asked.text))

    async def events(self, request: Request) -> Response:
        """Take down what somebody said; it is on the disk before the answer says so."""
        id, said = request.path_params["id"], await bodies.read(request, bodies.EventsBody)
        by = request.state.by
        try:
            return JSONResponse(await self.rooms.take(by, id, said.revision, said.events))
        except Changed as changed:
            told = {"reason": "changed", "by": changed.by, "pointers": list(changed.pointers)}
            return JSONResponse(
                {**told, "document": await self.rooms.document(by, id)}, changed.status
            )

    async def media(self, request: Request) -> Response:
        """The sound or film, or the part of it that was asked for."""
        return await self.recordings.answer(await self.rooms.source(request.path_params["id"]))

    def all(self) -> list[Route | Mount]:
        """Every route, by its path."""
        one = "/api/documents/{id}"
        return [
            Route("/", self.shell),
            Route(SIGN_IN, self.sign_in, methods=["GET", "POST"]),
            Route("/api/session", self.session),
            Route("/api/queue", self.queue),
            Route(one, self.document),
            Route(f"{one}/revision", self.revision),
            Route(f"{one}/pages/{{number:int}}/image", self.image),
            Route(f"{one}/pages/{{number:int}}/words", self.words),
            Route(f"{one}/media", self.media),
            Route(f"{one}/text", self.text, methods=["POST"]),
            Route(f"{one}/parse", self.parse, methods=["POST"]),
            Route(f"{one}/row", self.row, methods=["POST"]),
            Route(f"{one}/paste", self.paste, methods=["POST"]),
            Route(f"{one}/events", self.events, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]


def build(access: Access, rooms: ReviewRooms, pages: Pages, recordings: Recordings) -> ASGIApp:
    """The application."""
    handlers = {DocgleanError: on_fault, HTTPException: on_http, Exception: on_bug}
    routes = Routes(access, rooms, pages, recordings).all()
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False  # every address is of one thing, or of none
    return Guard(app, access)


def _per_cent(box: Box, page: PageWords) -> list[float]:
    """Left, top, width and height in per cent of the page."""
    x0, y0, x1, y1 = box
    across, down = 100 / page.width, 100 / page.height
    sides = x0 * across, y0 * down, (x1 - x0) * across, (y1 - y0) * down
    return [round(side, 3) for side in sides]
