"""How this docglean was installed, and so what a user has to type: of us no index may know."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

NAME = "docglean"
UV_RECEIPT = "uv-receipt.toml"
"""In the environment of a tool of uv: what it was installed from."""
PIPX_METADATA = "pipx_metadata.json"
"""The same of pipx."""


def install_extra(extra: str) -> str:
    """The command that adds an extra to this installation, for the way out of an error.

    It names what docglean was installed from, as pip noted it down (PEP 610): a checkout, a wheel
    or archive, a repository; else the index. Of what is no longer there, the packages of the extra.
    A tool of uv or pipx has its environment from them, and is installed anew with what it had.
    """
    if (Path(sys.prefix) / UV_RECEIPT).is_file():
        return _of_uv(extra)
    if (Path(sys.prefix) / PIPX_METADATA).is_file():
        return _of_pipx(extra)
    return f"{_pip()} {shlex.join(_source([extra]) or _packages(extra))}"


def _pip() -> str:
    """What installs into the environment that runs."""
    python = _ours("python")
    if find_spec("pip"):
        return f"{python} -m pip install"
    if shutil.which("uv"):
        return f"uv pip install --python {python}"
    return f"{python} -m ensurepip && {python} -m pip install"


def _of_uv(extra: str) -> str:
    """For a tool of ``uv tool install``, by its receipt."""
    tool = tomllib.loads((Path(sys.prefix) / UV_RECEIPT).read_text("utf-8")).get("tool", {})
    wanted = tool.get("requirements", [])
    had = [name for one in wanted if one["name"] == NAME for name in one.get("extras", ())]
    source = _source([*had, extra])
    if source is None:
        return f"uv pip install --python {_ours('python')} {shlex.join(_packages(extra))}"
    more = [word for one in wanted if one["name"] != NAME for word in ("--with", _beside(one))]
    if tool.get("python"):
        more += ["--python", str(tool["python"])]
    return f"uv tool install {shlex.join([*source, *more])}"


def _beside(wanted: dict[str, Any]) -> str:
    """A package that a tool was given beside its own, as ``--with`` takes it."""
    extras = f"[{','.join(wanted['extras'])}]" if wanted.get("extras") else ""
    if wanted.get("git"):
        return f"{wanted['name']}{extras} @ git+{wanted['git']}"
    places = (wanted.get(kind) for kind in ("url", "path", "directory", "editable"))
    place = next((one for one in places if one), None)
    if place is None:
        return f"{wanted['name']}{extras}{wanted.get('specifier', '')}"
    return f"{wanted['name']}{extras} @ {place if '://' in place else Path(place).as_uri()}"


def _of_pipx(extra: str) -> str:
    """For an environment of pipx, by what it has written down."""
    told = json.loads((Path(sys.prefix) / PIPX_METADATA).read_text("utf-8"))
    package = told.get("main_package", {})
    had = re.search(r"\[([\w, -]+)\]", str(package.get("package_or_url", "")))
    source = _source([*(had[1].replace(" ", "").split(",") if had else ()), extra])
    if source is None:
        name = str(told.get("environment") or NAME)
        return f"pipx inject {shlex.join([name, *_packages(extra)])}"
    said = [one for one in package.get("pip_args", ()) if one not in ("-e", "--editable")]
    pip = [f"--pip-args={shlex.join(said)}"] if said else []
    return f"pipx install --force {shlex.join([*pip, *source])}"


def is_there(module: str) -> bool:
    """Whether a module can be imported; a dotted one without importing what it is in, if absent."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def command(program: str = NAME) -> str:
    """What starts a program of this docglean's environment from the current folder."""
    return _ours(program)


def _ours(program: str) -> str:
    # By its place in the environment that runs, unless the bare name means that one.
    found, own = shutil.which(program), Path(sys.executable).with_name(program)
    if found and Path(found) == own:
        return program
    if not own.exists():
        return program if program != "python" else shlex.quote(sys.executable)
    here = Path.cwd()
    return shlex.quote(str(own.relative_to(here) if own.is_relative_to(here) else own))


def _source(extras: Sequence[str]) -> list[str] | None:
    """What to install for docglean with these extras, as words; None where it is gone."""
    found = list(distributions(name=NAME))
    noted = next((text for one in found if (text := one.read_text("direct_url.json"))), None)
    checkout = Path(__file__).resolve().parents[1]
    ends = f"[{','.join(dict.fromkeys(extras))}]"
    if noted is None and (checkout / "pyproject.toml").is_file():
        # Never installed, only lying in the current folder.
        return _editable(checkout, ends)
    if noted is None:
        return [NAME + ends]
    origin = json.loads(noted)
    url, vcs = str(origin["url"]), origin.get("vcs_info")
    if vcs:
        return [f"{NAME}{ends} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"]
    if url.startswith("file:"):
        path = Path(unquote(urlsplit(url).path))
        if not path.exists():
            return None
        if origin.get("dir_info", {}).get("editable"):
            return _editable(path, ends)
        if path.is_dir():
            return [f"{path}{ends}"]
    return [f"{NAME}{ends} @ {url}"]


def _editable(checkout: Path, ends: str) -> list[str]:
    return ["-e", f"{'.' if checkout == Path.cwd() else checkout}{ends}"]


def _packages(extra: str) -> list[str]:
    """The packages that an extra stands for."""
    from packaging.requirements import Requirement

    wanted: list[str] = []
    names = [extra]
    requires = [Requirement(line) for line in distribution(NAME).requires or ()]
    for name in names:
        for one in requires:
            asked = one.marker is not None and one.marker.evaluate({"extra": name})
            if one.marker is None or not asked or one.marker.evaluate({"extra": ""}):
                continue
            if one.name == NAME:
                names.extend(one.extras)
            else:
                ends = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
                wanted.append(f"{one.name}{ends}{one.specifier}")
    return list(dict.fromkeys(wanted))
