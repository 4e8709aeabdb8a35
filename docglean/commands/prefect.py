"""``docglean prefect init``: a deployment in a folder of the user's own."""

from __future__ import annotations

from pathlib import Path

from docglean.cli.exits import OK
from docglean.deployment.folder import Deployment
from docglean.deployment.plan import DeploymentPlan


def init_command(
    folder: Path, plan: DeploymentPlan, *, containers: bool, force: bool, quiet: bool
) -> int:
    """Write the files, and tell what follows; the exit code.

    Raises:
        ConfigError: as `Deployment.write`.
    """
    deployment = Deployment(folder.expanduser().absolute(), plan, containers)
    states = deployment.write(force=force)
    if quiet:
        return OK
    for name, state in states.items():
        print(f"{state:10} {folder / name}")
    print("\nNext, as DEPLOY.md has it:\n")
    for line in deployment.steps():
        print(f"  {line}")
    return OK
