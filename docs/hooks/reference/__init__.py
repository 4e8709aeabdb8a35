"""What the reference tells is made from the program: nobody keeps it.

A page says where: a line ``{{ commands }}`` becomes what the maker of that name gives.
"""

from __future__ import annotations

from collections.abc import Callable

from . import commands, engines, extras, formats, house, problems, python, result, settings
from .source import source

MAKERS: dict[str, Callable[..., str]] = {
    "source": source,
    "house": house.drawn,
    "commands": commands.made,
    "options": settings.options,
    "settings": settings.settings,
    "limits": settings.limits,
    "python": python.python,
    "schemas": python.schemas,
    "problems": problems.made,
    "parameters": engines.parameters,
    "providers": engines.providers,
    "server_limits": engines.limits,
    "clouds": engines.clouds,
    "families": engines.families,
    "models": engines.models,
    "file_formats": formats.read,
    "output_formats": formats.written,
    "tables": formats.tables,
    "extras": extras.made,
    "example": result.example,
    "keys": result.keys,
}
