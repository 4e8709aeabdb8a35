"""An uploaded invoice comes back as JSON."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from docglean import AsyncExtractor, BudgetExceeded
from docglean.schemas import Invoice
from fastapi import FastAPI, HTTPException, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The client lives as long as the server."""
    async with AsyncExtractor(Invoice, engine="local") as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.put("/invoices/{name}")
async def read(name: str, request: Request) -> dict[str, Any]:
    """Values, where each stands, and what is wrong with them."""
    client: AsyncExtractor = request.app.state.client
    try:
        found = await client.extract(await request.body(), name=name)
    except BudgetExceeded as error:
        raise HTTPException(503, str(error)) from error
    if found.status == "failed":
        raise HTTPException(422, [problem.message for problem in found.problems])
    return found.to_dict()
