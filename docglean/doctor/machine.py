"""This machine: processors, memory and room for what is being read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from docglean.doctor.check import Case, Finding
from docglean.doctor.ledger import room
from docglean.schemas.errors import cause_of

CGROUP = Path("/sys/fs/cgroup")
"""Of a container's limits: docs.kernel.org/admin-guide/cgroup-v2.html (memory.max, cpu.max)."""


def processors(case: Case) -> Iterator[Finding]:
    """Whether there is a processor for each worker process."""
    count, workers = processor_count(), case.settings.limits.workers
    told = f"{count:g} for {workers} worker processes"
    if workers > max(1, count):
        yield Finding("processors", "warn", told, f"DOCGLEAN_LIMITS__WORKERS={max(1, int(count))}")
    else:
        yield Finding("processors", "ok", told)


def office(case: Case) -> Iterator[Finding]:
    """Which LibreOffice draws office files."""
    from docglean.extractors.documents.drawing.office import OFF, VARIABLE, office_program

    told, program = os.environ.get(VARIABLE, ""), office_program()
    if program:
        yield Finding("LibreOffice", "ok", program)
    elif told and told.lower() != OFF:
        way_out = f"Mend {VARIABLE}, or take it away."
        yield Finding("LibreOffice", "fail", f"{told} is no program that can be run", way_out)
    else:
        without = "Word files and slides are drawn from their text"
        yield Finding("LibreOffice", "off", without, f"Install it, or name it in {VARIABLE}.")


def memory(case: Case) -> Iterator[Finding]:
    """Whether all workers may take what they are allowed to."""
    limits, there = case.settings.limits, memory_bytes()
    wanted = limits.workers * limits.memory_bytes
    told = f"{there / 1e9:,.1f} GB; {limits.workers} workers may take {wanted / 1e9:,.1f} GB"
    if wanted > there:
        fits = max(1, there // limits.memory_bytes)
        way = f"DOCGLEAN_LIMITS__WORKERS={fits}, or less DOCGLEAN_LIMITS__MEMORY_BYTES."
        yield Finding("memory", "warn", told, way)
    else:
        yield Finding("memory", "ok", told)


def memory_bytes(group: Path = CGROUP) -> int:
    """Memory of the machine, or of the container where that is less."""
    import psutil

    total: int = psutil.virtual_memory().total
    told = _word(group / "memory.max")
    return min(total, int(told)) if told.isdigit() else total


def processor_count(group: Path = CGROUP) -> float:
    """Processors that this process may use, or a container's share of them."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota, _, period = _word(group / "cpu.max").partition(" ")
    share = int(quota) / int(period) if quota.isdigit() and period.isdigit() else float("inf")
    return min(float(there or 1), share)


def _word(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def temporary_folder(case: Case) -> Iterator[Finding]:
    """Whether files can be put aside while they are read; S3's are fetched there."""
    try:
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"0" * 4096)
            file.flush()
    except OSError as error:
        yield Finding(
            "temporary folder", "fail", f"cannot be written: {cause_of(error)}", "Set TMPDIR."
        )
        return
    yield room(Path(tempfile.gettempdir()), "temporary folder", case.settings.limits.max_bytes // 5)
