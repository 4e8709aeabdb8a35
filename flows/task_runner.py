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


def at_once(spec: str) -> int:
    """Shards that the task runner of this name reads at once; 1 where only its cluster knows."""
    kind, _, rest = spec.strip().partition(":")
    return int(rest) if rest.isdigit() and int(rest) else THREADS if kind == "threads" else 1


def shard_size(documents: int, most: int, side_by_side: int) -> int:
    """Documents a shard, so that as many shards are read in each turn and all are about as large:
    else the last one is read alone, by a part of the calls that may be under way.

    Args:
        most: documents a shard.
        side_by_side: shards read at once.
    """
    shards = -(-documents // most)
    if shards > 1:
        shards = -(-shards // side_by_side) * side_by_side
    return -(-documents // max(1, shards))


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
