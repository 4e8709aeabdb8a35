"""The installed docglean put into a wheel again: an image needs no checkout."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

NAME = "docglean"
OF_THE_PLACE = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""Files of the dist-info folder that tell of this installation, and the list of all of them.

https://packaging.python.org/en/latest/specifications/recording-installed-packages
"""
DATE = (1980, 1, 1, 0, 0, 0)
"""Of all files: the same installation makes the same wheel."""


def wheel_name() -> str:
    """The file's name."""
    return f"{NAME}-{distribution(NAME).version}-py3-none-any.whl"


def packed() -> bytes | None:
    """The wheel; None where docglean is installed in place from a checkout."""
    found = distribution(NAME)
    if _is_in_place(found):
        return None
    content = io.BytesIO()
    lines = []
    with zipfile.ZipFile(content, "w") as archive:
        for name, path in _files(found):
            data = path.read_bytes()
            _put(archive, name, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            lines.append(f"{name},sha256={digest},{len(data)}\n")
        record = f"{NAME}-{found.version}.dist-info/RECORD"
        _put(archive, record, "".join([*lines, f"{record},,\n"]).encode())
    return content.getvalue()


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    told = zipfile.ZipInfo(name, DATE)
    told.external_attr = 0o644 << 16
    archive.writestr(told, data, zipfile.ZIP_DEFLATED)


def _files(found: Distribution) -> Iterator[tuple[str, Path]]:
    for file in sorted(found.files or (), key=str):
        is_ours = file.parts[0] == NAME and file.suffix != ".pyc"
        is_told = file.parts[0].endswith(".dist-info") and file.name not in OF_THE_PLACE
        if is_ours or is_told:
            yield file.as_posix(), Path(str(file.locate()))


def checkout() -> Path:
    """The folder from which docglean is installed in place, or in which it lies."""
    return Path(__file__).resolve().parents[2]


def _is_in_place(found: Distribution) -> bool:
    noted = found.read_text("direct_url.json")
    told = json.loads(noted) if noted else {}
    return bool(told.get("dir_info", {}).get("editable")) or not any(
        name.startswith(f"{NAME}/") for name, _ in _files(found)
    )
