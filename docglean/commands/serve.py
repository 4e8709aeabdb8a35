"""``docglean serve``: documents by HTTP, until it is ended."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from docglean.cli.exits import OK
from docglean.client.keywords import choices_of
from docglean.client.open_client import OpenClient
from docglean.commands.interruption import until_interrupted
from docglean.extractors.notices import tell
from docglean.extractors.options import RunOptions
from docglean.http_server import HttpServer, bind, check_origins, is_loopback, reached_at
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema, load_schemas
from docglean.serve.app import build
from docglean.serve.folder import ServiceFolder
from docglean.serve.guard import Door, Rates
from docglean.serve.service import Service, ServiceLimits
from docglean.serve.tokens import read_tokens


@dataclass(frozen=True, slots=True)
class ServeRequest:
    """What the command line says of a service.

    Attributes:
        rate: requests a minute with one token.
        limits: what it takes, and how long it keeps it.
    """

    folder: Path
    schemas: Sequence[str]
    host: str
    port: int
    token_file: Path | None
    without_token: bool
    origins: Sequence[str]
    rate: int
    limits: ServiceLimits


def serve_command(wanted: ServeRequest, *, options: RunOptions) -> int:
    """``docglean serve``: serve until Ctrl-C, or a signal that ends services.

    Raises:
        ConfigError: it can't be served so.
        SchemaError: a schema can't be used.
    """
    for name, value in {"rate": wanted.rate, "queue": wanted.limits.queued}.items():
        if value < 1:
            raise ConfigError("bad_limit", f"--{name} is {value}.", "Write 1 or more.")
    if wanted.limits.days < 0:
        raise ConfigError("bad_limit", "--keep-days is below 0.", "Write 0 or more.")
    origins = check_origins(wanted.origins)
    schemas = load_schemas(wanted.schemas)
    folder = ServiceFolder(wanted.folder)
    with bind(wanted.host, wanted.port) as listening:
        tokens = read_tokens(
            wanted.token_file, without=wanted.without_token, outside=not is_loopback(listening)
        )
        door = Door(listening.getsockname()[1], tokens, Rates(wanted.rate), origins)
        with suppress(KeyboardInterrupt):  # before the server itself hears of it
            until_interrupted(_serve(wanted, options, schemas, folder, door, listening))
    tell("Ended. What was accepted and is not read waits for the next start.")
    return OK


async def _serve(
    wanted: ServeRequest,
    options: RunOptions,
    schemas: Sequence[Schema],
    folder: ServiceFolder,
    door: Door,
    listening: socket,
) -> int:
    client = OpenClient([one.model for one in schemas], choices_of(options))
    async with Service.opened(client, folder, schemas, wanted.limits) as service:
        tell((await client.context()).notice)
        if not is_loopback(listening) and not all(
            one.startswith("https:") for one in door.origins or ("http:",)
        ):
            tell(
                "Documents, values and tokens go over the network unencrypted: put a proxy with "
                "TLS before it, and name its address with --origin."
            )
        print(f"http://{reached_at(listening)}:{door.port}", flush=True)
        await HttpServer(build(service, door)).serve(sockets=[listening])
        tell("Ending: documents under way are finished, or go back to the queue.")
    return OK
