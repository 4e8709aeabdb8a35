"""What docstrings say of attributes."""

from __future__ import annotations

import inspect
import logging

from griffe import Docstring, DocstringSectionKind

from .markdown import docstring

# It misses annotations, which it is not given: the models have them.
logging.getLogger("griffe").setLevel(logging.ERROR)


def attributes(owner: type) -> dict[str, str]:
    """What the section ``Attributes:`` of a class says, by name, as Markdown."""
    read = Docstring(inspect.getdoc(owner) or "").parse("google")
    return {
        one.name: docstring(one.description)
        for section in read
        if section.kind is DocstringSectionKind.attributes
        for one in section.value
    }


def opening(owner: type) -> str:
    """What a docstring says before any section, as Markdown."""
    read = Docstring(inspect.getdoc(owner) or "").parse("google")
    texts = [one.value for one in read if one.kind is DocstringSectionKind.text]
    return docstring("\n\n".join(texts))
