"""Clocks of this machine and of others, and the time zones that schedules name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from docglean.doctor.check import Case, Finding

NOTICED, BREAKS = 30.0, 300.0
"""Seconds of difference. Amazon takes no signature that is older than five minutes
(docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html), the narrowest that
is known here; a schedule by the minute is late by half of one before that."""


def difference(whose: str, theirs: datetime, here: datetime | None = None) -> Finding:
    """How far another clock is from this machine's."""
    seconds = (theirs - (here or datetime.now(UTC))).total_seconds()
    side = "behind" if seconds > 0 else "ahead"
    what = f"clock, {whose}'s"
    if abs(seconds) < NOTICED:
        return Finding(what, "ok", "the same as here, to a few seconds")
    told = f"this machine is {abs(seconds):,.0f} s {side}"
    if abs(seconds) >= BREAKS:
        told += ": signatures are refused, schedules run at other times"
    return Finding(
        what, "fail" if abs(seconds) >= BREAKS else "warn", told, "Set the clock: timedatectl."
    )


def time_zones(case: Case) -> Iterator[Finding]:
    """Whether the time zones of the schedules are known here."""
    schedules = [one for told in case.deployments for one in told.get("schedules") or ()]
    names = dict.fromkeys(str(one["timezone"]) for one in schedules if "timezone" in one)
    for name in names or ["Europe/Berlin"]:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            yield Finding(
                f"time zone {name}", "fail", "is not known here",
                "Mend its name in prefect.yaml; where all are unknown: pip install tzdata.",
            )  # fmt: skip
            return
    yield Finding("time zones", "ok", ", ".join(names) or "known")
