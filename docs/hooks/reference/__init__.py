"""Pages of the reference, made from the program: nobody keeps them."""

from __future__ import annotations

from collections.abc import Callable

from . import problems

PAGES: dict[str, Callable[[], str]] = {
    "reference/problems.md": problems.page,
}
"""Address in docs/ -> what writes the page, as Markdown."""
