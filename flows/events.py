"""Events for a Prefect server, sent so that one knows whether they arrived."""

from __future__ import annotations

import asyncio
import os
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from docglean.schemas.errors import ConfigError

UPLOADED = "docglean.document.uploaded"
"""The event; ``prefect.yaml`` starts extract/on-upload by it."""
ARRIVES = 15.0
"""Seconds in which an event that the server took can be read there."""
WRONG = (400, 413, 422)
"""Statuses by which a server says that what it was sent is wrong."""
MANY = 50
"""Events in one request or query."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A document that is complete.

    Attributes:
        id: the event's; the same whenever this state of this document is told of.
        source: what to read: a path or a URL.
    """

    id: UUID
    name: str
    source: str

    def event(self) -> dict[str, Any]:
        """As the server takes it."""
        from prefect.events.schemas.events import Event

        resource = {
            "prefect.resource.id": f"docglean.document.{self.id.hex[:16]}",
            "prefect.resource.name": self.name,
        }
        payload = {"source": self.source, "name": self.name}
        event = Event(event=UPLOADED, resource=resource, payload=payload, id=self.id)  # type: ignore[arg-type]
        return event.model_dump(mode="json")


class Refused(Exception):
    """Among these events is one that the server will never take."""


def check_server() -> None:
    """Make sure that there is a server to send to.

    Raises:
        ConfigError: ``no_server``; ``folder_setting``: a file in the current folder, which may have
            come with the documents, would say where it is.
    """
    _check_folder()
    from prefect.settings import get_current_settings

    if not get_current_settings().api.url:
        raise ConfigError(
            "no_server",
            "Uploads are told to a Prefect server, and none is set.",
            "prefect server start --background, then export "
            "PREFECT_API_URL=http://127.0.0.1:4200/api",
        )


def _check_folder() -> None:
    """Prefect reads these files of the current folder, before the user's own profile.

    https://docs.prefect.io/v3/concepts/settings-and-profiles
    """
    if os.environ.get("PREFECT_API_URL"):
        return  # goes before them
    for name in (".env", "prefect.toml", "pyproject.toml"):
        path = Path(name).absolute()
        if path.is_file() and _sets_prefect(path):
            raise ConfigError(
                "folder_setting",
                f"{path} has settings of Prefect, and may have come with the documents: it could "
                "send names and the key of the server anywhere.",
                "export PREFECT_API_URL=http://127.0.0.1:4200/api, or start from another folder.",
            )


def _sets_prefect(path: Path) -> bool:
    text = path.read_text("utf-8", "replace")
    if path.name == ".env":
        return re.search(r"(?im)^\s*(export\s+)?PREFECT_", text) is not None
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False  # Prefect leaves it out too
    return bool(told if path.name == "prefect.toml" else told.get("tool", {}).get("prefect"))


async def send(uploads: Sequence[Upload]) -> set[UUID]:
    """Tell a server of uploads; the ids of those that it has.

    What it had before is not told again.

    Raises:
        Refused: one of them is wrong, whenever it is sent.
        Exception: what Prefect's client raises where the server is away.
    """
    known = await _known(upload.id for upload in uploads)
    new = [upload for upload in uploads if upload.id not in known]
    for start in range(0, len(new), MANY):
        try:
            part = [upload.event() for upload in new[start : start + MANY]]
        except ValueError as error:  # it cannot be written as JSON
            raise Refused(str(error)) from error
        await _post("/events", part)
    waited = 0.0
    while len(known) < len(uploads) and waited < ARRIVES:
        await asyncio.sleep(0.5)
        waited += 0.5
        known |= await _known(upload.id for upload in new if upload.id not in known)
    return known


async def _known(ids: Iterable[UUID]) -> set[UUID]:
    """Those of these events that the server has."""
    found: set[UUID] = set()
    wanted = [str(one) for one in ids]
    for start in range(0, len(wanted), MANY):
        part = {"filter": {"id": {"id": wanted[start : start + MANY]}}, "limit": MANY}
        page = await _post("/events/filter", part)
        found |= {UUID(event["id"]) for event in page["events"]}
    return found


async def _post(path: str, content: Any) -> Any:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import PrefectHTTPStatusError

    async with get_client() as client:
        try:
            response = await cast(Any, client).request("POST", path, json=content)
            response.raise_for_status()
        except PrefectHTTPStatusError as error:
            if error.response.status_code in WRONG:
                raise Refused(str(error)) from error
            raise
        return response.json() if response.content else None
