"""Packages that add something to docglean, as an installer leaves them on the path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spoon:
    """A record for registries in tests."""

    name: str


def install(folder: Path, group: str, name: str, code: str, attribute: str = "RECORD") -> str:
    """A package in `folder`, which is to stand on the path; the name of its distribution.

    Args:
        name: of the entry point.
        code: of its only module.
        attribute: of that module, which the entry point names.
    """
    module = f"plugin_{name.replace('-', '_')}"
    (folder / f"{module}.py").write_text(code, "utf-8")
    info = folder / f"{module}-1.5.dist-info"
    info.mkdir()
    distribution = module.replace("_", "-")
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.5\n", "utf-8"
    )
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}:{attribute}\n", "utf-8")
    return distribution
