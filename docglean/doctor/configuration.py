"""Which files say how docglean runs, and where results are reviewed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from docglean.doctor.check import Case, Finding
from docglean.extractors.config_files import config_files, user_file
from docglean.extractors.settings import Settings, load_settings
from docglean.schemas.errors import ConfigError

ANSWERS = 5.0
"""Seconds in which a review server has to answer."""


def settings_or_why() -> tuple[Settings | None, Finding | None]:
    """The settings in force, or what refuses them."""
    try:
        return load_settings(), None
    except ConfigError as error:
        return None, Finding("settings", "fail", error.message, error.way_out)


def files_read(case: Case) -> Iterator[Finding]:
    """The files with settings that are in force."""
    found = config_files()
    for file in found:
        whose = "only what a folder may say" if file.stray else "all that it says"
        told = ", ".join(file.content) or "nothing"
        yield Finding(str(file.path), "ok", f"{whose}: {told}")
    own = user_file()
    if not any(file.path == own for file in found):
        yield Finding("your own file", "off", "there is none", f"Write {own}.")
    variables = sorted(name for name in os.environ if name.startswith("DOCGLEAN_"))
    if variables:
        yield Finding("environment", "ok", ", ".join(variables))


def review_server(case: Case) -> Iterator[Finding]:
    """Whether the review server that runs tell people of answers, and is safe to sign in at."""
    url = case.settings.review_url
    if not url:
        yield Finding("review server", "off", "none is set", "Set DOCGLEAN_REVIEW_URL.")
        return
    local = url.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
    if not url.startswith("https://") and not local:
        told = f"{url} is not encrypted: who listens reads documents and the sign-in"
        yield Finding("review server", "warn", told, "Put it behind https.")
    yield _answer(url)


def _answer(url: str) -> Finding:
    opener = build_opener(ProxyHandler({}))
    try:
        opener.open(Request(url, method="GET"), timeout=ANSWERS).close()
    except HTTPError as error:
        if error.code >= 500:
            return Finding("review server", "fail", f"{url} answers {error.code}", "See its log.")
    except (URLError, OSError, ValueError) as error:
        cause = getattr(error, "reason", error)
        way = "Start `docglean review`, or mend DOCGLEAN_REVIEW_URL."
        return Finding("review server", "fail", f"{url} does not answer: {cause}", way)
    return Finding("review server", "ok", f"{url} answers")


def deployment_file(case: Case) -> Iterator[Finding]:
    """What the folder's prefect.yaml deploys."""
    path = Path(case.folder / "prefect.yaml")
    if not path.is_file():
        yield Finding(
            "prefect.yaml", "off", f"none in {case.folder}", "docglean prefect init writes one."
        )
        return
    names = [str(one.get("name")) for one in case.deployments]
    yield Finding("prefect.yaml", "ok", ", ".join(names))
