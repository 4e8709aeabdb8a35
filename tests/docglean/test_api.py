"""The Python API: one document, many, waiting, with await, in a notebook, and to a type checker."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.schemas import Invoice
from pydantic import BaseModel

from docglean import (
    ConfigError,
    DocgleanError,
    Settings,
    extract,
    extract_async,
    extract_many,
    extract_many_async,
)

REPOSITORY = Path(__file__).resolve().parents[2]


class Slip(BaseModel):
    """A slip of paper."""

    number: str | None
    issued: date | None


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"), concurrency=2)


@pytest.fixture
def slips(tmp_path: Path) -> Path:
    folder = tmp_path / "slips"
    folder.mkdir()
    for number in range(5):
        document = pymupdf.open()
        page = document.new_page()
        page.insert_text((72, 100), f"Number: SL-{number}00")
        page.insert_text((72, 130), f"Issued: 2026-03-0{number + 1}")
        document.save(folder / f"slip-{number}.pdf")
    return folder


@pytest.mark.slow
def test_data_is_the_users_own_model(slips: Path, settings: Settings) -> None:
    extraction = extract(slips / "slip-0.pdf", Slip, settings=settings)
    assert isinstance(extraction.data, Slip)
    assert extraction.data == Slip(number="SL-000", issued=date(2026, 3, 1))
    assert extraction.evidence["/number"].page == 1


@pytest.mark.slow
def test_many_come_in_input_order(slips: Path, settings: Settings) -> None:
    numbers = [one.data.number for one in extract_many(slips, Slip, settings=settings)]
    assert numbers == [f"SL-{number}00" for number in range(5)]


@pytest.mark.slow
def test_a_reader_may_stop_early(slips: Path, settings: Settings) -> None:
    many = extract_many(slips, Slip, settings=settings)
    assert next(many).data.number == "SL-000"
    many.close()


@pytest.mark.slow
async def test_with_await_and_in_a_running_loop(slips: Path, settings: Settings) -> None:
    found = await extract_async(slips / "slip-1.pdf", Slip, settings=settings)
    assert found.data.number == "SL-100"
    many = [one async for one in extract_many_async(slips, Slip, settings=settings)]
    assert [one.data.number for one in many] == [f"SL-{number}00" for number in range(5)]
    # As in a notebook, where a loop runs already.
    assert extract(slips / "slip-2.pdf", Slip, settings=settings).data.number == "SL-200"


def test_trouble_with_a_document_is_not_raised(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    extraction = extract(tmp_path / "broken.pdf", Slip, settings=settings)
    assert extraction.status == "failed"
    assert extraction.problems[0].severity == "error"
    with pytest.raises(DocgleanError, match=r"broken\.pdf"):
        _ = extraction.data


def test_what_the_caller_got_wrong_is_raised(slips: Path, settings: Settings) -> None:
    with pytest.raises(ConfigError, match="stands for 5 documents"):
        extract(slips, Slip, settings=settings)
    with pytest.raises(ConfigError, match="no provider 'nosuch'"):
        extract(slips / "slip-0.pdf", Slip, engine="nosuch:model", settings=settings)


@pytest.mark.slow
def test_a_warm_rerun_finds_the_same(slips: Path, settings: Settings) -> None:
    first = extract(slips / "slip-3.pdf", Slip, settings=settings)
    again = extract(slips / "slip-3.pdf", Slip, settings=settings)
    assert first.values == again.values


@pytest.mark.slow
def test_the_type_of_data_is_known_to_a_type_checker(tmp_path: Path) -> None:
    """On the installed form of the package: checkers don't follow an editable install."""
    tree = tmp_path / "docglean"
    shutil.copytree(REPOSITORY / "docglean", tree)
    for room in ("schemas", "extractors", "flows", "evaluation"):
        shutil.copytree(REPOSITORY / room, tree / room)
    script = tmp_path / "user.py"
    script.write_text(
        "from docglean import extract, extract_many\n"
        "from docglean.schemas import Invoice\n"
        'reveal_type(extract("a.pdf", Invoice).data)\n'
        'reveal_type([one.data for one in extract_many("a", Invoice)])\n'
    )
    # Other packages are not followed: no type that is told here is theirs, and they are large.
    followed = "".join(
        f"[mypy-{name}.*]\nfollow_imports = silent\n" for name in ("docglean", "pydantic")
    )
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nfollow_imports = skip\n{followed}")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"MYPYPATH": str(tmp_path), "PATH": ""},
    )
    assert 'Revealed type is "docglean.schemas.builtin.invoice.Invoice"' in done.stdout, done.stdout
    assert "list[docglean.schemas.builtin.invoice.Invoice]" in done.stdout


def test_public_names_are_there() -> None:
    import docglean

    found: dict[str, Any] = {name: getattr(docglean, name) for name in docglean.__all__}
    assert found["Extraction"].__name__ == "Extraction"
    assert Invoice.__name__ == "Invoice"
