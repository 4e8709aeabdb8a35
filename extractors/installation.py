"""How this docglean was installed, and so what a user has to type: of us no index may know."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import Requirement

NAME = "docglean"


def install_extra(extra: str) -> str:
    """The command that adds an extra to this installation, for the way out of an error.

    It names what docglean was installed from, as pip noted it down (PEP 610): a checkout, a wheel
    or archive, a repository; else the index. Of what is no longer there, the packages of the extra.
    """
    python = _ours("python")
    pip = f"{python} -m pip install" if find_spec("pip") else f"uv pip install --python {python}"
    return f"{pip} {_wanted(extra)}"


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


def _wanted(extra: str) -> str:
    found = list(distributions(name=NAME))
    noted = next((text for one in found if (text := one.read_text("direct_url.json"))), None)
    checkout = Path(__file__).resolve().parents[1]
    if noted is None and (checkout / "pyproject.toml").is_file():
        # Never installed, only lying in the current folder.
        return _editable(checkout, extra)
    if noted is None:
        return shlex.quote(f"{NAME}[{extra}]")
    origin = json.loads(noted)
    url, vcs = str(origin["url"]), origin.get("vcs_info")
    if vcs:
        source = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
        return shlex.quote(f"{NAME}[{extra}] @ {source}")
    if url.startswith("file:"):
        path = Path(unquote(urlsplit(url).path))
        if not path.exists():
            return _packages(found[0], extra)
        if origin.get("dir_info", {}).get("editable"):
            return _editable(path, extra)
        if path.is_dir():
            return shlex.quote(f"{path}[{extra}]")
    return shlex.quote(f"{NAME}[{extra}] @ {url}")


def _editable(checkout: Path, extra: str) -> str:
    where = "." if checkout == Path.cwd() else str(checkout)
    return f"-e {shlex.quote(f'{where}[{extra}]')}"


def _packages(found: Distribution, extra: str) -> str:
    wanted: list[str] = []
    names = [extra]
    requires = [Requirement(line) for line in found.requires or ()]
    for name in names:
        for one in requires:
            asked = one.marker is not None and one.marker.evaluate({"extra": name})
            if one.marker is None or not asked or one.marker.evaluate({"extra": ""}):
                continue
            if one.name == NAME:
                names.extend(one.extras)
            else:
                ends = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
                wanted.append(shlex.quote(f"{one.name}{ends}{one.specifier}"))
    return " ".join(wanted)
