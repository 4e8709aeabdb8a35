"""What people said of results: events that are only ever added, and the values that follow."""

from docglean.extractors.reviews.event import (
    Action,
    ReviewBox,
    ReviewEvent,
    check_json,
    fingerprint,
)
from docglean.extractors.reviews.log import REVIEWS, ReviewLog
from docglean.extractors.reviews.replay import Reviewed, replay

__all__ = [
    "REVIEWS",
    "Action",
    "ReviewBox",
    "ReviewEvent",
    "ReviewLog",
    "Reviewed",
    "check_json",
    "fingerprint",
    "replay",
]
