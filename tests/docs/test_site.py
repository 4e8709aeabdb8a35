"""The pages of docs/: built as `make docs` builds them, and read as a browser would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args
from urllib.parse import unquote, urlsplit

import docglean.schemas
import nbformat
import pytest
from bs4 import BeautifulSoup
from checkouts import REPOSITORY
from cyclopts import App
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.formats import FORMATS
from docglean.extractors.extraction import Extraction
from docglean.extractors.models.engine_spec import PARAMETERS, Inputs
from docglean.extractors.models.families import ANY, FAMILIES
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.options import offered_options
from docglean.extractors.settings import Settings
from docglean.flows.export.sink import SINKS
from docglean.schemas.problem_codes import PROBLEM_CODES
from e2e.browser import browsing
from pages import blocks
from pages import pages as written

import docglean
import docglean.cli.all_commands
from docglean.cli.parameters import app
from docglean.doctor.packages import EXTRAS

OUTSIDE = re.compile(r"""(?:url\(|@import)\s*["']?(?:https?:)?//[^)"']+""")
"""What a style asks another host for."""

PAGES = ("index.html", "house.html", "notebooks/first-steps.html", "reference/commands.html",
         "reference/engines.html")  # fmt: skip
"""Those that are opened in a browser: one of each kind."""
PAGES_OF_TEXT = written()
NOTEBOOKS = sorted((REPOSITORY / "docs").rglob("*.ipynb"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a link that leads nowhere, or an unknown name, is an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", folder],
        cwd=REPOSITORY, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@cache
def read(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text("utf-8"), "html.parser")


def pages(site: Path) -> Iterator[tuple[Path, BeautifulSoup]]:
    for page in sorted(site.rglob("*.html")):
        if page.name != "404.html":  # its links begin at the root of a host
            yield page, read(page)


def told(site: Path, name: str) -> set[str]:
    """What stands as code on a page of the reference."""
    return {one.get_text() for one in read(site / "reference" / f"{name}.html").find_all("code")}


def test_every_link_and_anchor_leads_somewhere(site: Path) -> None:
    links = [
        (page, one["href"])
        for page, text in pages(site)
        for one in text.find_all(href=True)
        if not urlsplit(one["href"]).scheme
    ]
    lost = [(page.name, link) for page, link in links if not leads_somewhere(page, link)]
    assert links
    assert not lost


def leads_somewhere(page: Path, link: str) -> bool:
    address = urlsplit(link)
    target = (page.parent / unquote(address.path)).resolve() if address.path else page
    if not target.is_file() or address.netloc:
        return False
    anchor = unquote(address.fragment)
    return not anchor or read(target).find(id=anchor) is not None


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    loaded = []
    for page, text in pages(site):
        for one in text.find_all(["script", "link", "img", "iframe", "source", "video", "object"]):
            for name in ("src", "href", "srcset", "data", "poster"):
                if (address := one.get(name)) and urlsplit(address).netloc:
                    loaded.append(f"{page.name}: {address}")
    for style in site.rglob("*.css"):
        loaded += [f"{style.name}: {one}" for one in OUTSIDE.findall(style.read_text("utf-8"))]
    assert not loaded


def commands(group: App) -> Iterator[App]:
    for name in group:
        if not name.startswith("-"):
            yield group[name]
            yield from commands(group[name])


def test_every_command_and_option_is_told(site: Path) -> None:
    found = list(commands(app))
    page = read(site / "reference" / "commands.html")
    names = {
        name
        for one in found
        if one.default_command is not None
        for argument in one.assemble_argument_collection()
        for name in argument.names
    }
    assert len(names) > 50
    assert names <= told(site, "commands")
    assert len(page.find_all("h2")) == len(found)


@pytest.mark.parametrize("module", [docglean, docglean.schemas], ids=lambda one: one.__name__)
def test_every_public_name_is_told(site: Path, module: object) -> None:
    name = {"docglean": "python", "docglean.schemas": "schemas"}[module.__name__]
    page = read(site / "reference" / f"{name}.html")
    lacking = [one for one in module.__all__ if page.find(id=f"{module.__name__}.{one}") is None]
    assert not lacking


def test_options_and_settings_are_told(site: Path) -> None:
    assert {one.name for one in offered_options()} <= told(site, "options")
    limits = {f"limits.{name}" for name in Limits.model_fields}
    assert {*Settings.model_fields, *limits} - {"limits"} <= told(site, "settings")
    for page in ("options", "settings"):
        tables = read(site / "reference" / f"{page}.html").find_all("tr")
        assert all(row.find_all("td")[2].get_text() for row in tables if row.find("td"))


def test_every_problem_code_is_told(site: Path) -> None:
    page = read(site / "reference" / "problems.html")
    assert all(page.find(id=code) is not None for code in PROBLEM_CODES)


def test_engines_are_told(site: Path) -> None:
    shown = told(site, "engines")
    assert {one.name for one in PROVIDERS.built_in()} <= shown
    assert {f"?{name}=" for name in PARAMETERS} <= shown
    assert {one.pattern for one in FAMILIES} - {ANY} <= shown
    assert {f"{inputs}+" for inputs in get_args(Inputs)} <= shown


def test_formats_and_extras_are_told(site: Path) -> None:
    shown = told(site, "formats")
    assert {one.name for one in SINKS.built_in()} <= shown
    assert {suffix for one in FORMATS.built_in() for suffix in one.suffixes} <= shown
    assert set(EXTRAS) <= told(site, "extras")


def test_every_key_of_a_result_is_told(site: Path) -> None:
    keys = {field.alias or name for name, field in Extraction.model_fields.items()}
    assert keys <= told(site, "result")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda one: one.name)
def test_a_notebook_is_kept_without_what_it_gives(notebook: Path) -> None:
    cells = [cell for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    assert cells
    assert not any(cell.outputs or cell.execution_count for cell in cells)


def test_the_notebook_was_run(site: Path) -> None:
    text = read(site / "notebooks" / "first-steps.html").get_text()
    assert "Northwind Fasteners Ltd" in text
    assert "Decimal('111950.33')" in text


LONGEST = 76
"""Characters of a line that fit a page of 1400 pixels beside the button that copies."""


@pytest.mark.parametrize("name", PAGES_OF_TEXT)
def test_lines_of_the_shell_fit_the_page(name: str) -> None:
    lines = [line for kind, text in blocks(PAGES_OF_TEXT[name]) if kind == "sh"
             for line in text.splitlines()]  # fmt: skip
    assert not [line for line in lines if len(line) > LONGEST]


WIDER = """[...document.querySelectorAll('.md-content pre > code, .md-typeset__scrollwrap')]
  .filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText.slice(0, 80))"""
"""Code and tables that are cut by their frames."""
COVERED = """[...document.querySelectorAll('.md-content pre')].filter(e => {
  const [code, button] = [e.querySelector('code'), e.querySelector('.md-code__nav')];
  return button.getBoundingClientRect().left < code.getBoundingClientRect().right;
}).length"""
"""Blocks of code below the button that copies them."""
SHELL = "[...document.querySelectorAll('.language-sh pre > code')].map(e => e.innerText)"


@pytest.mark.e2e
def test_code_and_tables_fit_the_page(site: Path, tmp_path: Path) -> None:
    with browsing() as tab:
        for name in ("index", "install", "tutorial", "reference/engines"):
            tab.size(1400)
            tab.events.clear()
            tab.open(site / f"{name}.html")
            assert tab.value(WIDER) == [], name
            assert tab.value(COVERED) == 0, name
            shown = tab.value(SHELL)
            tab.size(400)
            assert tab.value(WIDER) == [], name
            # What goes on in the next line is copied as it was written.
            assert tab.value(SHELL) == shown, name
        for name in ("options", "problems", "settings"):
            tab.events.clear()
            tab.open(site / "reference" / f"{name}.html")
            assert tab.value("document.documentElement.scrollWidth") <= 400, name
            tables = WIDER.replace(".md-content pre > code, ", "")
            assert tab.value(tables) == [], name
            # A row is a list there, whose cells say their column.
            assert tab.value("getComputedStyle(document.querySelector('td')).display") == "block"
            assert tab.value("document.querySelectorAll('td:not([data-head])').length") == 0


@pytest.mark.e2e
def test_pages_opened_as_files_ask_nobody_and_are_searched(site: Path, tmp_path: Path) -> None:
    with browsing() as tab:
        for name in PAGES:
            for width in (1400, 400):
                tab.size(width)
                tab.events.clear()
                tab.open(site / name)
                assert tab.value("document.documentElement.scrollWidth") <= width
        tab.size(1400)
        tab.value("document.querySelector('.md-search__input').focus()")
        for key in "ledger":
            tab.press(key)
        found = "document.querySelector('.md-search-result').innerText"
        deadline = time.monotonic() + 30
        while "matching documents" not in (said := tab.value(found)):
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        assert "Settings" in said
        assert not tab.complaints
        assert {urlsplit(url).scheme for url in tab.requests} <= {"file"}
