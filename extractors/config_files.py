"""Files with settings: whose they are, and what each may say.

A file that the user names (``--config``, ``DOCGLEAN_CONFIG``) or keeps in the own config folder
says anything. A ``docglean.toml`` that merely lies in the current folder may have come with the
documents, from a stranger: it may not say where pages, keys and records go, nor loosen anything.
What such a file may do with a setting stands at the setting, as metadata of its field.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

from docglean.schemas.errors import ConfigError
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

FILE = "docglean.toml"
PLACES = ("region", "project", "resource")
"""Parameters of an engine that say where on its cloud it is."""
VARIABLE = "DOCGLEAN_CONFIG"


@dataclass(frozen=True, slots=True)
class FolderMay:
    """What a ``docglean.toml`` in the current folder may do with a setting.

    Attributes:
        do: ``fill``: say it where the user did not. ``name``: fill, with a spec that tells no
            address, file, key or price. ``lower``: say a number that is not above the one in force.
            ``require``: say ``true``. A setting without this metadata it may not touch.
    """

    do: Literal["fill", "name", "lower", "require"]


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file with settings that is in force, and whether it only lies in the current folder."""

    path: Path
    content: dict[str, Any]
    stray: bool = False


def user_file() -> Path:
    """The user's own file."""
    import platformdirs

    return Path(platformdirs.user_config_dir("docglean")) / FILE


def config_files() -> tuple[ConfigFile, ...]:
    """The files in force, strongest first: the one that is named, alone; else the user's own and
    the one in the current folder.

    Raises:
        ConfigError: ``bad_config``: a file cannot be read, or the named one is not there.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return (ConfigFile(Path(named).absolute(), _read(Path(named).expanduser())),)
    own, here = user_file(), Path(FILE).absolute()
    found = [ConfigFile(own, _read(own))] if own.is_file() else []
    if here.is_file() and not (found and here.samefile(own)):
        found.append(ConfigFile(here, _read(here), stray=True))
    return tuple(found)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise ConfigError(
            "bad_config",
            f"The settings in {path} cannot be read: {cause}.",
            "Put the file right, move it away, or name another with --config.",
        ) from error


class FileSource(PydanticBaseSettingsSource):
    """What the files in force say, put together.

    Raises:
        ConfigError: ``folder_setting``: the file in the current folder says more than it may.
    """

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self.content: dict[str, Any] = {}
        for file in config_files():
            if file.stray:
                _check(file, settings_cls, self.content)
            self.content = _together(self.content, file.content, settings_cls)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self.content.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self.content


def _may(settings: type[BaseModel], name: str) -> str:
    field = settings.model_fields.get(name)
    told = () if field is None else field.metadata
    return next((one.do for one in told if isinstance(one, FolderMay)), "")


def _together(
    strong: dict[str, Any], weak: dict[str, Any], settings: type[BaseModel]
) -> dict[str, Any]:
    """What two files say: the stronger goes before, but where the other is stricter."""
    found = {**weak, **strong}
    for name in strong.keys() & weak.keys():
        stricter = _may(settings, name) in ("lower", "require")
        pair = (strong[name], weak[name]) if stricter else (weak[name], strong[name])
        inner = all(isinstance(one, dict) for one in pair)
        found[name] = {**pair[0], **pair[1]} if inner else pair[1]
    return found


def _check(file: ConfigFile, settings: type[BaseModel], told: dict[str, Any]) -> None:
    """Refuse a file of the current folder that goes beyond what it may say."""
    for name, value in file.content.items():
        if name not in settings.model_fields:
            continue  # there is no such setting: told with all else that is wrong
        why = _excess(settings, name, value, told.get(name))
        if why:
            raise ConfigError(
                "folder_setting",
                f"{file.path} {why}, and a file that lies in the current folder may have come "
                "with the documents.",
                f"Remove {name} there, or say it in {user_file()}, by DOCGLEAN_{name.upper()}, or "
                f"in a file that you name, as --config {FILE}.",
            )


def _excess(settings: type[BaseModel], name: str, value: Any, told: Any) -> str:
    """What a folder's file says too much; empty where it may say it."""
    may = _may(settings, name)
    if may == "require":
        return "" if value is True else f"switches {name} off"
    if may == "name":
        return "" if only_names(str(value)) else f"says more in {name} than an engine's name"
    if may == "lower":
        default = settings.model_fields[name].get_default(call_default_factory=True)
        raised = _raised(name, value, default if told is None else told, default)
        return f"raises {raised}" if raised else ""
    return "" if may == "fill" else f"sets {name}"


def _raised(name: str, value: Any, limit: Any, default: Any) -> str:
    """The number in `value` that is above the one in force; empty where there is none."""
    if isinstance(value, dict):
        known = default.model_dump() if isinstance(default, BaseModel) else {}
        known |= limit if isinstance(limit, dict) else {}
        return next((f"{name}.{key}" for key in value if _above(value[key], known.get(key))), "")
    return name if _above(value, limit) else ""


def _above(value: Any, limit: Any) -> bool:
    try:
        return limit is not None and Decimal(str(value)) > Decimal(str(limit))
    except InvalidOperation:
        return False  # no number: the setting itself refuses it


def only_names(spec: str) -> bool:
    """Whether a spec names an engine and model alone: no address, no file, no key, no price."""
    text, _, query = spec.partition("?")
    told = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    addressed = any(mark in text for mark in ("@", "//", "\\", "~"))
    return not addressed and not told & {"key", "price", *PLACES} and not _is_there(text)


def _is_there(text: str) -> bool:
    """Whether what stands behind the colon is a file or folder here, such as weights."""
    model = text.partition(":")[2].strip()
    return bool(model) and Path(model).exists()
