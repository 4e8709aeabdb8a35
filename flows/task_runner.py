"""Where the shards of a flow are read: threads of one machine, or a Dask cluster."""

from __future__ import annotations

from typing import Any

from docglean.extractors.installation import install_extra
from docglean.schemas.errors import ConfigError
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

Runner = TaskRunner[PrefectFuture[Any]]

THREADS = 2
"""Shards read at once where nobody says more: each has its own worker processes."""


def task_runner(spec: str) -> Runner:
    """The task runner that `spec` names.

    Args:
        spec: ``threads`` or ``threads:N``; ``dask`` or ``dask:N`` (a cluster of N processes on
            this machine, for the time of the flow); ``dask:tcp://host:8786`` (one that runs).

    Raises:
        ConfigError: ``bad_runner``, ``no_dask``.
    """
    kind, _, rest = spec.strip().partition(":")
    if kind == "threads" and (not rest or rest.isdigit()):
        runner: Any = ThreadPoolTaskRunner(max_workers=int(rest or THREADS))
    elif kind == "dask":
        runner = _dask(rest)
    else:
        raise ConfigError(
            "bad_runner",
            f"There is no task runner {spec!r}.",
            "Write threads, threads:N, dask, dask:N or dask:tcp://host:8786.",
        )
    found: Runner = runner
    return found


def _dask(rest: str) -> Any:
    try:
        import dask
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise ConfigError(
            "no_dask", f"Dask is not installed: {error}.", install_extra("dask")
        ) from error
    if rest and not rest.isdigit():
        return DaskTaskRunner(address=rest)
    # Its workers start the processes that open documents.
    dask.config.set({"distributed.worker.daemon": False})
    cluster: dict[str, Any] = {"threads_per_worker": 1, "processes": True}
    # No page for the browser: its port may be taken, and it shows file names to all.
    cluster["dashboard_address"] = None
    if rest:
        cluster["n_workers"] = int(rest)
    return DaskTaskRunner(cluster_kwargs=cluster)
