"""Templates of this package, as text for the files of a deployment."""

from __future__ import annotations

import json
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def rendered(template: str, **facts: Any) -> str:
    """A template with these facts put in."""
    return _environment().get_template(template).render(facts)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Prefect and Compose have curly brackets of their own. None of it is HTML.
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"yaml": _yaml, "quoted": _quoted, "shell": shlex.quote}
    return made


def _yaml(value: str | bool) -> str:
    """A value as YAML, quoted where it has to be."""
    import yaml

    told: str = yaml.safe_dump(value, width=float("inf"), allow_unicode=True)
    return told.removesuffix("...\n").strip()


def _quoted(text: str) -> str:
    """Text in double quotes, as JSON, YAML and TOML read it."""
    return json.dumps(text, ensure_ascii=False)
