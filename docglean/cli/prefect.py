"""Commands on a deployment, as they stand on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from docglean.cli.parameters import Quiet, app, here

prefect_app = App(
    name="prefect",
    help="A deployment of your own: nightly runs and uploads by a Prefect server.",
    default_parameter=app.default_parameter,
)
app.command(prefect_app)


@prefect_app.command
def init(
    folder: Annotated[Path, Parameter(validator=here)] = Path(),
    /,
    *,
    source: Annotated[
        str, Parameter(help="Where documents come in: a folder, or a URL such as s3://bucket/in.")
    ] = "inbox",
    out: Annotated[str, Parameter(help="The run folder for results.")] = "out",
    engine: Annotated[
        str, Parameter(help="As --engine of extract; the configured one by default.")
    ] = "",
    cron: Annotated[
        str,
        Parameter(help="When the nightly run begins, as '0 2 * * *'; without, it is switched off."),
    ] = "",
    timezone: Annotated[str, Parameter(help="By whose clock, as Europe/Berlin.")] = "UTC",
    pool: Annotated[str, Parameter(help="The Prefect work pool.")] = "docglean",
    daily_budget: Annotated[
        str | None, Parameter(help="US dollars a day (UTC) that all runs may spend together.")
    ] = None,
    containers: Annotated[bool, Parameter(help="Also what Docker Compose needs (default).")] = True,
    force: Annotated[bool, Parameter(negative="", help="Replace files that differ.")] = False,
    quiet: Quiet = False,
) -> int:
    """Write what a deployment needs into a folder of your own; says what follows.

    prefect.yaml, docglean.toml, .env.example, DEPLOY.md, compose.yaml and
    container/. A worker needs docglean installed and this folder. Nothing
    that is there is overwritten unless --force says so.

    Parameters
    ----------
    folder
        The current one by default; made where it is not there.
    """
    from docglean.commands.prefect import init_command
    from docglean.deployment.plan import DeploymentPlan
    from docglean.extractors.options import dollars

    budget = dollars(daily_budget, "--daily-budget")
    plan = DeploymentPlan(source, out, engine, cron, timezone, pool, budget)
    return init_command(folder, plan, containers=containers, force=force, quiet=quiet)
