"""The Prefect server: whether it answers, has the deployments, and somebody who runs them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

from docglean.doctor.check import Case, Finding
from docglean.doctor.clocks import difference
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

ANSWERS = 15.0
"""Seconds in which the server has to tell all of it."""
MOST = 200
"""Deployments and limits that are asked for."""


@dataclass
class ServerFacts:
    """What the server told.

    Attributes:
        version: of Prefect there.
        time: its clock's, by the answer's Date.
        deployments: by name, as ``extract/nightly``.
        pools: by name; None for one that is not there.
        workers: names of workers that give signs of life, by pool.
        late: flow runs of a pool that should have begun.
        limits: global concurrency limits: name to slots.
    """

    version: str
    time: datetime
    deployments: dict[str, Any] = field(default_factory=dict)
    pools: dict[str, Any] = field(default_factory=dict)
    workers: dict[str, list[str]] = field(default_factory=dict)
    late: int = 0
    limits: dict[str, int] = field(default_factory=dict)


def prefect_server(case: Case) -> Iterator[Finding]:
    """All that can be told of the server, where one is set."""
    from docglean.flows.events import check_server

    try:
        check_server()
    except ConfigError as error:
        yield _no_server(case, error)
        return
    url = _api_url()
    try:
        facts = asyncio.run(asyncio.wait_for(_ask(case), ANSWERS))
    except Exception as error:
        cause = str(error) or f"nothing within {ANSWERS:g} seconds"
        way = "prefect server start --background, or mend PREFECT_API_URL."
        yield Finding("server", "fail", f"{url} does not answer: {cause.splitlines()[0]}", way)
        return
    yield Finding("server", "ok", f"{url} answers")
    yield version(facts.version)
    yield difference("the Prefect server", facts.time)
    yield from deployments(case, facts)
    yield from pools(case, facts)
    yield from limits(case, facts)


def _no_server(case: Case, error: ConfigError) -> Finding:
    if error.code != "no_server":
        return Finding("server", "fail", error.message, error.way_out)
    told = "none is set; a flow starts one of its own"
    return Finding("server", "warn" if case.deployments else "off", told, error.way_out)


def _api_url() -> str:
    from prefect.settings import get_current_settings

    return str(get_current_settings().api.url)


def version(theirs: str) -> Finding:
    """Whether the server is of a version that this client may speak to: of the same major one, and
    no older, as Prefect's own client wants it."""
    from prefect import __version__ as ours

    told = f"Prefect {theirs} there, {ours} here"
    there, here = (tuple(map(int, one.split(".")[:2])) for one in (theirs, ours))
    if there[0] != here[0]:
        return Finding("version", "fail", told, "Install the same major version on both.")
    if there < here:
        return Finding("version", "warn", f"{told}: it is older", "Bring the server up first.")
    return Finding("version", "ok", told)


def deployments(case: Case, facts: ServerFacts) -> Iterator[Finding]:
    """Whether those of prefect.yaml are on the server, and switched on."""
    wanted = {str(one["name"]): one for one in case.deployments}
    there = {name.partition("/")[2]: (name, one) for name, one in facts.deployments.items()}
    missing = [name for name in wanted if name not in there]
    if missing:
        way = "prefect deploy --all --no-prompt"
        yield Finding("deployments", "fail", f"not on the server: {', '.join(missing)}", way)
    elif wanted:
        yield Finding("deployments", "ok", ", ".join(there[name][0] for name in wanted))
    for name in (one for one in wanted if one in there):
        full, one = there[name]
        if one.paused:
            way = f"prefect deployment resume {full}"
            yield Finding(full, "warn", "is paused", way)
        elif one.schedules and not any(schedule.active for schedule in one.schedules):
            way = "Set active: true in prefect.yaml and deploy, where it is to run by itself."
            yield Finding(full, "off", "its schedule is switched off", way)
        elif one.schedules:
            yield Finding(full, "ok", "its schedule is on")


def pools(case: Case, facts: ServerFacts) -> Iterator[Finding]:
    """Whether the pools are there, and have a worker that lives."""
    for name, pool in facts.pools.items():
        if pool is None:
            way = f"prefect work-pool create {name} --type process"
            yield Finding(f"pool {name}", "fail", "is not there", way)
            continue
        if pool.is_paused:
            way = f"prefect work-pool resume {name}"
            yield Finding(f"pool {name}", "fail", "is paused", way)
            continue
        living = facts.workers.get(name, [])
        if not living:
            way = f"prefect worker start --pool {name}"
            yield Finding(f"pool {name}", "fail", "no worker gives a sign of life", way)
        else:
            limit = pool.concurrency_limit
            most = "any number of runs" if limit is None else f"{limit} runs"
            told = f"{len(living)} worker{'s' * (len(living) != 1)}, {most} at once"
            yield Finding(f"pool {name}", "ok", told)
    if facts.late:
        way = "Look at what holds the workers, or start another."
        yield Finding("late runs", "warn", f"{facts.late} should have begun", way)


def limits(case: Case, facts: ServerFacts) -> Iterator[Finding]:
    """Whether the limits that workers share are those of the settings' rates."""
    from docglean.flows.concurrency_limits import limit_name, slots

    for provider, rate in case.settings.rates.items():
        for what, amount in (("requests", rate.requests), ("tokens", rate.tokens)):
            name = limit_name(provider, what)
            if amount is None or name not in facts.limits:
                continue
            if facts.limits[name] != slots(amount):
                told = f"{facts.limits[name]} slots there, {slots(amount)} by the settings here"
                way = "Give all workers the same DOCGLEAN_RATES; the next run sets it."
                yield Finding(f"limit {name}", "warn", told, way)
            else:
                yield Finding(f"limit {name}", "ok", f"{slots(amount)} slots, as told here")


async def _ask(case: Case) -> ServerFacts:
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        answer = await cast(Any, client).request("GET", "/admin/version")
        answer.raise_for_status()
        facts = ServerFacts(str(answer.json()), parsedate_to_datetime(answer.headers["date"]))
        await _ask_deployments(client, facts)
        names = [one.get("work_pool", {}).get("name") for one in case.deployments]
        for name in dict.fromkeys(str(one) for one in names if one):
            await _ask_pool(client, name, facts)
        for limit in await client.read_global_concurrency_limits(limit=MOST):
            facts.limits[limit.name] = limit.limit
        return facts


async def _ask_deployments(client: PrefectClient, facts: ServerFacts) -> None:
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateName,
    )

    flows = {flow.id: flow.name for flow in await client.read_flows(limit=MOST)}
    for one in await client.read_deployments(limit=MOST):
        facts.deployments[f"{flows.get(one.flow_id, '?')}/{one.name}"] = one
    late = FlowRunFilter(state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Late"])))
    facts.late = len(await client.read_flow_runs(flow_run_filter=late, limit=MOST))


async def _ask_pool(client: PrefectClient, name: str, facts: ServerFacts) -> None:
    from prefect.exceptions import ObjectNotFound

    try:
        facts.pools[name] = await client.read_work_pool(name)
    except ObjectNotFound:
        facts.pools[name] = None
        return
    workers = await client.read_workers_for_work_pool(name)
    facts.workers[name] = [one.name for one in workers if one.status.value == "ONLINE"]
