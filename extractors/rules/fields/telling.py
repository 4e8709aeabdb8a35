"""What tells a document from another: one name a field."""

from typing import Literal

Telling = Literal["number", "date", "total", "seller"]
