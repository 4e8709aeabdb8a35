"""Registries: what is built in, what packages add, and packages that are broken."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from docglean.schemas.errors import ConfigError
from docglean.schemas.plugins import Registry

from tests.plugin_packages import Spoon, install

GROUP = "docglean.tests"


SPOON = Spoon("silver")
PLUGIN = "from tests.plugin_packages import Spoon\nRECORD = Spoon({name!r})\n"


def registry() -> Registry[Spoon]:
    told: dict[str, Spoon | str] = {"wooden": Spoon("wooden"), "silver": f"{__name__}:SPOON"}
    return Registry(GROUP, Spoon, "spoon", told)


def test_what_is_built_in_needs_no_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docglean.schemas.plugins.entry_points", None)
    spoons = registry()
    assert spoons["wooden"] == Spoon("wooden")
    assert spoons["silver"] is SPOON
    assert [one.name for one in spoons.built_in()] == ["wooden", "silver"]


def test_a_package_adds_one(packages: Path) -> None:
    install(packages, GROUP, "plastic", PLUGIN.format(name="plastic"))
    spoons = registry()
    assert list(spoons) == ["wooden", "silver", "plastic"]
    assert "plastic" in spoons
    assert "plugin_plastic" not in sys.modules, "names are told without loading anything"
    assert spoons["plastic"].name == "plastic"
    assert [one.name for one in spoons.records()] == ["wooden", "silver", "plastic"]
    assert spoons.get("golden") is None


@pytest.mark.parametrize(
    ("name", "code", "cause"),
    [
        (
            "torn",
            "import no_such_module_1",
            "ModuleNotFoundError: No module named 'no_such_module_1'",
        ),
        ("ends", "raise SystemExit(3)", "SystemExit: 3"),
        ("empty", "", "AttributeError"),
        ("fork", "RECORD = 'a fork'", "it is a str, not a tests.plugin_packages.Spoon"),
        ("other", PLUGIN.format(name="another"), "its own name is 'another'"),
    ],
)
def test_a_broken_package_is_named_with_its_cause(
    packages: Path, name: str, code: str, cause: str
) -> None:
    install(packages, GROUP, name, code)
    install(packages, GROUP, "plastic", PLUGIN.format(name="plastic"))
    spoons = registry()
    for _ in range(2):
        with pytest.raises(ConfigError, match=re.escape(cause)) as caught:
            spoons[name]
        assert caught.value.code == "bad_plugin"
        assert f"The spoon '{name}' of plugin-{name} 1.5 (plugin_{name}:RECORD)" in str(
            caught.value
        )
    assert [one.name for one in spoons.records()] == ["wooden", "silver", "plastic"]
    assert [str(fault) for fault in spoons.faults()] == [str(caught.value)]


def test_what_is_built_in_cannot_be_replaced(packages: Path) -> None:
    install(packages, GROUP, "wooden", "raise AssertionError('loaded')")
    spoons = registry()
    assert spoons["wooden"] == Spoon("wooden")
    assert len(spoons) == len(spoons.records()) == 2
    assert [fault.message for fault in spoons.faults()] == [
        "The spoon 'wooden' of plugin-wooden 1.5 (plugin_wooden:RECORD) cannot be used: "
        "that name is built in."
    ]


def test_modules_of_a_package_are_built_in(packages: Path) -> None:
    package = packages / "drawer_of_spoons"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text(PLUGIN.format(name="one"))
    (package / "two.py").write_text(
        "from drawer_of_spoons.one import RECORD\n"
        + PLUGIN.format(name="two")
        + "OTHER = Spoon('three')\n"
    )
    spoons = Registry(GROUP, Spoon, "spoon", package="drawer_of_spoons")
    assert list(spoons) == ["one", "two", "three"]
