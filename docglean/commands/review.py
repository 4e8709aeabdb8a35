"""``docglean review``: the page on which a person looks at results, served until it is ended."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from contextlib import AsyncExitStack, suppress
from socket import socket

from docglean.cli.exits import OK
from docglean.commands.interruption import until_interrupted
from docglean.commands.review_access import access_of, notices
from docglean.commands.review_request import ReviewRequest
from docglean.extractors.concurrency import alongside
from docglean.extractors.condition import Condition
from docglean.extractors.documents.workers import Workers
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.notices import tell
from docglean.extractors.options import RunOptions
from docglean.extractors.settings import Settings
from docglean.http_server import HttpServer, bind, reached_at
from docglean.review.app import build
from docglean.review.desk import Desk
from docglean.review.docket import Docket
from docglean.review.known_schema import given_schemas
from docglean.review.labels_docket import LabelsDocket
from docglean.review.media import Recordings
from docglean.review.originals import Originals
from docglean.review.pages import Pages
from docglean.review.personal_queues import PersonalQueues
from docglean.review.rooms import Rooms
from docglean.review.run_docket import RunDocket, RunsDocket
from docglean.review.security import Access
from docglean.schemas.errors import ConfigError


def review_command(wanted: ReviewRequest, *, options: RunOptions) -> int:
    """``docglean review``: serve until Ctrl-C, or a signal that ends services.

    Raises:
        ConfigError: what is named can't be reviewed, or can't be served so.
        SchemaError: a schema that was named can't be loaded.
    """
    settings = options.settings()
    if wanted.fetch and settings.private:
        raise ConfigError(
            "private_fetch", "In private mode nothing is fetched.", "Leave --fetch away."
        )
    condition = None if wanted.queue is None else Condition.of(wanted.queue)
    docket = _docket(wanted)
    with bind(wanted.host, wanted.port) as listening:
        access = access_of(wanted, listening)
        work = _serve(wanted, options, settings, docket, condition, access, listening)
        with suppress(KeyboardInterrupt):  # before the server itself hears of it
            until_interrupted(work)
    tell("Ended. All that was said is written down.")
    return OK


def _docket(wanted: ReviewRequest) -> Docket:
    """What is to be reviewed.

    Raises:
        ConfigError: ``no_source``, ``no_result``, ``bad_labels``, ``bad_reviews``.
        SchemaError: a schema that was named can't be loaded.
    """
    given = given_schemas(wanted.schemas)
    if wanted.every_run is not None and wanted.source is None:
        return RunsDocket(wanted.every_run, given)
    if wanted.source is None or wanted.every_run is not None:
        raise ConfigError(
            "no_source",
            "Nothing is named." if wanted.source is None else "Two things are named.",
            "Name a run folder or one with labels; or --all and a folder with run folders.",
        )
    folder = wanted.source.parent if wanted.source.name == "labels.jsonl" else wanted.source
    if (folder / "labels.jsonl").is_file() and not (folder / "run.json").is_file():
        return LabelsDocket(folder, given)
    return RunDocket(folder, given)


async def _serve(
    wanted: ReviewRequest,
    options: RunOptions,
    settings: Settings,
    docket: Docket,
    condition: Condition | None,
    access: Access,
    listening: socket,
) -> int:
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(await Ledger.open(settings.ledger))
        workers = await stack.enter_async_context(Workers(settings.limits))
        originals = Originals(workers, ledger, fetch=wanted.fetch, passwords=options.password)
        stack.push_async_callback(originals.close)
        recordings = Recordings(originals)
        stack.callback(recordings.close)
        pages = Pages(originals)
        stack.push_async_callback(pages.close)
        queues = PersonalQueues(docket, condition, blind=wanted.blind)
        stack.callback(queues.close)
        rooms = Rooms(docket, queues, Desk(blind=wanted.blind), pages, recordings, condition)
        stack.push_async_callback(rooms.close)
        _announce(wanted, docket, access, listening)
        async with alongside(pages.warm_up()):
            await HttpServer(build(access, rooms, pages, recordings)).serve(sockets=[listening])
    return OK


def _announce(wanted: ReviewRequest, docket: Docket, access: Access, listening: socket) -> None:
    """Say where it is, what is in it, and how to end it; open the browser."""
    address = f"http://{reached_at(listening)}:{access.port}/"
    count = len(docket.listed())
    who = "" if access.user_header else f", by {access.sessions.by}"
    tell(f"Review of {docket.name}: {count:,} document{'s' * (count != 1)}{who}.")
    for notice in notices(access, listening):
        tell(notice)
    for fault in _passed_over(docket):
        tell(fault)
    tell("What is said is written down at once; Ctrl-C ends the server, and nothing is lost.")
    if access.user_header:
        print(next(iter(access.origins)), flush=True)
        return
    print(f"{address}?token={access.sessions.token}", flush=True)
    if wanted.browser:
        asyncio.get_running_loop().run_in_executor(
            None, _open_browser, f"{address}?token={access.sessions.opening}"
        )


def _passed_over(docket: Docket) -> list[str]:
    """What lies there and can't be used."""
    said = [f"{log.path}, {fault}: passed over." for log in docket.logs() for fault in log.faults]
    if isinstance(docket, RunsDocket):
        said += [f"{why} It is passed over." for why in docket.faults.values()]
    return said


def _open_browser(address: str) -> None:
    """Open it where there is a screen: a browser of the terminal would take that over."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if (sys.platform.startswith("linux") and not screen) or not webbrowser.open(address):
        tell("No browser could be opened here: open the address above.")
