"""Models in the user's own Python: a file or a module, which is run to find them."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from docglean.schemas.errors import SchemaError, did_you_mean
from pydantic import BaseModel

ENDINGS = frozenset({".py", ".json", ".yaml", ".yml"})
"""Of files that hold schemas."""
NEAR = 0.6
"""How alike two files' names are, of 1, from which one may be meant by the other."""


def model_in_file(place: str, name: str) -> type[BaseModel]:
    """The model called `name` in a Python file, or the only one there where that is empty.

    Raises:
        SchemaError: no such file or model, several, or the file's own code fails.
    """
    return _pick(_run_file(existing(place)), name, place)


def model_in(module: str, name: str, spec: str) -> type[BaseModel]:
    """The same in a module on the path or in the current folder; `spec` is for messages."""
    return _pick(_import(module, spec), name, module)


def existing(place: str) -> Path:
    """The file at a place, by its whole path.

    Raises:
        SchemaError: ``no_schema_file``.
    """
    path = Path(place).expanduser()
    try:
        there = path.is_file()
    except (OSError, ValueError):  # no name that a file can have
        there = False
    if not there:
        raise SchemaError(
            "no_schema_file",
            f"There is no file {place}{_neighbour(path)}.",
            "Name a .py, .json or .yaml file, from the current folder or by its whole path.",
        )
    return path.resolve()


def _neighbour(path: Path) -> str:
    """`` (did you mean order.yaml?)``: the file beside it that is called nearly so, if any."""
    try:
        names = {one.stem: one.name for one in path.parent.iterdir() if one.suffix in ENDINGS}
    except (OSError, ValueError):  # no such folder, or no name that one can have
        return ""
    near = get_close_matches(path.stem, names, 1, NEAR)
    return f" (did you mean {path.with_name(names[near[0]])}?)" if near else ""


@lru_cache(maxsize=64)
def _run_file(path: Path) -> ModuleType:
    """The user's file as a module, which may import its neighbours."""
    # Registered under a name of its own: pydantic looks up postponed annotations there.
    name = f"docglean_schema_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}_{path.stem}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise SchemaError("no_schema_file", f"{path} is not a Python file.", "")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))
    try:
        found.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise _broken(str(path), error) from error
    finally:
        sys.path.remove(str(path.parent))
    return module


def _import(place: str, spec: str) -> ModuleType:
    """A module on the path or in the current folder, where a user's project is."""
    here = str(Path.cwd())
    # Last: what the module imports must not be found there instead of where it is installed.
    sys.path.append(here)
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name and (place == error.name or place.startswith(f"{error.name}.")):
            raise SchemaError(
                "no_schema_module",
                f"There is no module {place!r} for the schema {spec!r}.",
                "Install it, or start from the folder which holds it.",
            ) from error
        raise _broken(place, error) from error
    except Exception as error:
        raise _broken(place, error) from error
    finally:
        del sys.path[max(at for at, one in enumerate(sys.path) if one == here)]


def _broken(place: str, error: Exception) -> SchemaError:
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    return SchemaError(
        "schema_code_fails",
        f"{place}{_line(place, error)} could not be run: {type(error).__name__}: "
        f"{told.rstrip('.')}.",
        "Put it right there; --debug shows the traceback.",
    )


def _line(place: str, error: Exception) -> str:
    """Where in the user's file it went wrong: ``, line 12,``; empty where it was elsewhere."""
    if isinstance(error, SyntaxError) and error.filename == place:
        return f", line {error.lineno},"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == place]
    return f", line {lines[-1]}," if lines else ""


def _pick(module: ModuleType, name: str, place: str) -> type[BaseModel]:
    """The model called `name` in a module, or the only one that was defined there."""
    if name:
        found = getattr(module, name, None)
        if inspect.isclass(found) and issubclass(found, BaseModel):
            return found
        what = "is not a Pydantic model" if found is not None else "is not there"
        meant = did_you_mean(name, (model.__name__ for model in _models(module)))
        raise SchemaError("no_such_model", f"{name} {what} in {place}{meant}.", _candidates(module))
    models = _models(module)
    if len(models) != 1:
        raise SchemaError(
            "which_model",
            f"{place} holds {len(models) or 'no'} models; one must be named.",
            _candidates(module),
        )
    return models[0]


def _models(module: ModuleType) -> list[type[BaseModel]]:
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, BaseModel)
        and value.__module__ == module.__name__
    ]


def _candidates(module: ModuleType) -> str:
    names = [model.__name__ for model in _models(module)]
    return f"Defined there: {', '.join(names)}." if names else "No model is defined there."
