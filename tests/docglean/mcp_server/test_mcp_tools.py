"""The tools as an agent's own client calls them: the SDK's, over its transport in memory."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.schemas.schema import schema_of
from mcp.client.client import Client
from mcp.types import ImageContent, TextContent
from PIL import Image
from served_documents import Parcel, parcel_note, settings

from docglean.client.open_client import OpenClient
from docglean.mcp_server.folders import Folders
from docglean.mcp_server.pages import MOST_BYTES
from docglean.mcp_server.server import build
from docglean.mcp_server.tools import Tools

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Notes, with a secret beside them and a link to it among them."""
    made = tmp_path / "notes"
    made.mkdir()
    (made / "note.pdf").write_bytes(parcel_note())
    pdf = pymupdf.open(stream=parcel_note("P-1"))
    pdf.new_page().insert_text((72, 144), "Balance carried: -12.50\n\nSigned by Ann (Leeds)")
    pdf.save(made / "two.pdf")
    (tmp_path / "secret.pdf").write_bytes(parcel_note("P-SECRET"))
    (made / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    (made / ".hidden.pdf").write_bytes(parcel_note("P-HIDDEN"))
    (made / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    return made


class Agent:
    """Calls tools, and reads what they answer."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def __call__(self, tool: str, **told: Any) -> dict[str, Any]:
        answer = await self.client.call_tool(tool, told)
        assert not answer.is_error, answer.content
        assert answer.structured_content is not None
        return dict(answer.structured_content)

    async def refused(self, tool: str, **told: Any) -> str:
        """What the agent is told of a call that cannot be."""
        answer = await self.client.call_tool(tool, told)
        assert answer.is_error
        (said,) = answer.content
        assert isinstance(said, TextContent)
        return said.text.removeprefix(f"Error executing tool {tool}: ")


@asynccontextmanager
async def an_agent(folder: Path) -> AsyncIterator[Agent]:
    schema = schema_of(Parcel)
    opened = OpenClient([Parcel], {"settings": settings(folder.parent, private=True)})
    try:
        server = build(Tools(opened, Folders([folder]), (schema,)), [schema.name])
        async with Client(server) as client:
            yield Agent(client)
    finally:
        await opened.close()


async def test_what_is_read_is_told_with_where_it_stands(folder: Path) -> None:
    async with an_agent(folder) as ask:
        assert await ask("documents") == {
            "documents": ["broken.pdf", "note.pdf", "two.pdf"], "more": 0,
        }  # fmt: skip
        told = await ask("extract", path="note.pdf", schema="parcel")
        assert (told["document"], told["schema_name"], told["pages"]) == ("note.pdf", "parcel", 1)
        assert (told["engine"], told["cost"], told["next"]) == ("local", "0", None)
        number, weight, colour = told["values"]
        assert (number["pointer"], number["value"], number["page"]) == ("/number", "P-4711", 1)
        assert len(number["box"]) == 4
        assert (weight["found"], weight["text"]) == (True, "12.5 kg")
        assert weight["confidence"] > 0
        assert (colour["found"], colour["value"], colour["box"]) == (False, None, None)
        assert "no such value" in colour["why"]
        one = await ask("value", path="note.pdf", schema="parcel", pointer="/number")
        assert one["evidence"]["box"] == number["box"]
        assert one["confidence"]["why"]
        assert (one["cost"], one["problems"]) == ("0", [])
        assert await ask("extract", path=str(folder / "note.pdf"), schema="parcel") == told
        assert (await ask("extract", path="note.pdf", schema="parcel", first=2))["values"] == [
            colour
        ]
        broken = await ask("extract", path="broken.pdf")
        assert (broken["status"], broken["values"]) == ("failed", [])
        assert broken["problems"]


async def test_a_citation_stands_where_it_is_said_to_or_does_not(folder: Path) -> None:
    async with an_agent(folder) as ask:

        async def verdict(text: str, **where: Any) -> str:
            told = await ask("verify", path="two.pdf", text=text, **where)
            assert told["searched"] == "1-2"
            assert all(place["same"] for place in told["places"]) or told["verdict"] == "no"
            return str(told["verdict"])

        assert await verdict("Number: P-1") == "yes"
        assert await verdict("signed  by ann", page=2) == "yes"
        assert await verdict("Signed by Ann (Leeds).") == "yes"
        assert await verdict("Signed by Ann", page=1) == "elsewhere"
        assert await verdict("-12.50") == "yes"
        for wrong in ("12.50", "1250", "1,250", "P-11", "Signed by Anna", "Paid in full"):
            assert await verdict(wrong) == "no", wrong
        told = await ask("verify", path="two.pdf", text="Number: P-1", page=1)
        (place,) = told["places"]
        assert await verdict("Number: P-1", page=1, box=place["box"]) == "yes"
        x0, y0, x1, y1 = place["box"]
        assert await verdict("Number: P-1", page=1, box=[x0, y0 + 50, x1, y1 + 50]) == "elsewhere"
        assert await verdict("Number: P-1", page=1, box=[x0, y0, x0 + 9, y1]) == "elsewhere"
        assert "no_such_page" in await ask.refused("verify", path="two.pdf", text="a", page=3)
        assert "bad_citation" in await ask.refused(
            "verify", path="two.pdf", text="a", box=[1, 1, 9, 9]
        )


async def test_a_piece_of_a_page_is_seen(folder: Path) -> None:
    async with an_agent(folder) as ask:

        async def seen(**told: Any) -> tuple[Image.Image, str]:
            answer = await ask.client.call_tool("crop", {"path": "note.pdf", "page": 1, **told})
            picture, said = answer.content
            assert isinstance(picture, ImageContent)
            assert isinstance(said, TextContent)
            assert picture.mime_type == "image/png"
            data = base64.b64decode(picture.data)
            assert len(data) <= MOST_BYTES
            return Image.open(io.BytesIO(data)), said.text

        whole, said = await seen(edge=400)
        assert max(whole.size) == 400
        assert "595" in said
        told = await ask("verify", path="note.pdf", text="P-4711")
        box = told["places"][0]["box"]
        piece, _ = await seen(box=box)
        assert 100 < max(piece.size) <= 1200
        assert piece.convert("L").getextrema()[0] < 100  # there is print
        blank, said = await seen(box=[300, 300, 9999, 9999])
        assert blank.convert("L").getextrema() == (255, 255)
        assert "842" in said
        line, _ = await seen(box=[100, 0, 101, 842], edge=100)
        assert line.size == (1, 100)
        for wrong in ([5, 5, 5, 5], [-9, -9, -1, -1], [9, 9, 1, 1]):
            assert "bad_box" in await ask.refused("crop", path="note.pdf", page=1, box=wrong)
        assert "no_such_page" in await ask.refused("crop", path="note.pdf", page=2)


async def test_nothing_outside_of_the_folders_is_told(folder: Path) -> None:
    secret = folder.parent / "secret.pdf"
    outside = [
        "../secret.pdf", str(secret), secret.as_uri(), "link.pdf", "../gone.pdf", "/etc/passwd",
        ".hidden.pdf", "a/../../secret.pdf", "s3://bucket/a.pdf", "\0", "~/.bashrc",
    ]  # fmt: skip
    async with an_agent(folder) as ask:
        for path in outside:
            for tool, more in {
                "extract": {}, "value": {"pointer": "/number"}, "verify": {"text": "P-SECRET"},
                "crop": {"page": 1},
            }.items():  # fmt: skip
                said = await ask.refused(tool, path=path, **more)
                assert said.startswith(("outside", "not_there")), (tool, path, said)
                assert "SECRET" not in said
        assert "not_there" in await ask.refused("extract", path="gone.pdf")
        assert "not_there" in await ask.refused("extract", path=".")


async def test_what_makes_no_sense_is_said(folder: Path) -> None:
    async with an_agent(folder) as ask:
        said = await ask.refused("value", path="note.pdf", schema="parcel", pointer="/height")
        assert said.startswith("no_value")
        assert "/number" in said
        assert "no_such_schema" in await ask.refused("extract", path="note.pdf", schema="nowhere")
        assert "bad_pages" in await ask.refused("extract", path="note.pdf", pages="x")
        assert await ask.refused("crop", path="note.pdf", page=0)
        assert await ask.refused("crop", path="note.pdf", page=1, edge=99_999)


async def test_a_file_that_has_changed_is_read_again(folder: Path) -> None:
    async with an_agent(folder) as ask:
        first = await ask("value", path="note.pdf", schema="parcel", pointer="/number")
        (folder / "note.pdf").write_bytes(parcel_note("P-17"))
        second = await ask("value", path="note.pdf", schema="parcel", pointer="/number")
    assert (first["value"], second["value"]) == ("P-4711", "P-17")


async def test_tools_say_that_they_change_nothing(folder: Path) -> None:
    async with an_agent(folder) as ask:
        tools = {one.name: one for one in (await ask.client.list_tools()).tools}
    assert set(tools) == {"documents", "extract", "value", "verify", "crop"}
    for tool in tools.values():
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
