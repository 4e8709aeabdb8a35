"""The flow run of Prefect that a run is part of, where it is of any."""

from __future__ import annotations

import sys

from pydantic import BaseModel


class FlowRunRecord(BaseModel):
    """A flow run, as run.json names it.

    Attributes:
        id: Prefect's.
        url: its page in Prefect's user interface; empty where no server shows it.
    """

    id: str
    name: str = ""
    url: str = ""

    @property
    def link(self) -> str:
        """The address, where it is one that a page may lead to: run folders come from strangers."""
        return self.url if self.url.startswith(("http://", "https://")) else ""


def this_flow_run() -> FlowRunRecord | None:
    """The flow run that this code runs in; None outside of one."""
    if "prefect.context" not in sys.modules:  # which takes a second to import
        return None
    from prefect.context import FlowRunContext
    from prefect.utilities.urls import url_for

    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return None
    run = context.flow_run
    return FlowRunRecord(id=str(run.id), name=run.name, url=url_for(run) or "")
