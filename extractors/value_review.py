"""What a person has said of one value."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Look = Literal["confirmed", "corrected", "absent", "edited", "asked"]
"""What a person's look came to; a value that nobody looked at has none. ``edited``: entries of a
list were added, removed or moved, and nobody has said that those are all. ``asked``: the engine has
read the document again and reads something else since; what the person said stands until somebody
looks again."""


class ValueReview(BaseModel):
    """What a person has said of one value, or of a list that its entries are complete.

    Attributes:
        by: who looked last.
        revision: the document's, that this look made.
        first: what the engine had read when the person looked.
        now: what it reads today, where `look` is ``asked``.
    """

    model_config = ConfigDict(frozen=True)

    look: Look
    by: str
    at: datetime
    revision: int
    first: Any = None
    now: Any = None
