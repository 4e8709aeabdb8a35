"""``docglean mcp``: tools of an agent, until it hangs up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from docglean.cli.exits import OK
from docglean.client.keywords import choices_of
from docglean.client.open_client import OpenClient
from docglean.commands.interruption import until_interrupted
from docglean.extractors.installation import install_extra, is_there
from docglean.extractors.notices import tell
from docglean.extractors.options import RunOptions
from docglean.mcp_server.folders import Folders
from docglean.mcp_server.tools import Tools
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema, load_schemas


def mcp_command(
    folders: Sequence[Path], schemas: Sequence[str], allow_remote: bool, *, options: RunOptions
) -> int:
    """``docglean mcp``: answer on standard output until standard input ends.

    Raises:
        ConfigError: ``no_extra``; ``no_folder``; ``not_private``, pages would leave this machine;
            the engine or the ledger is wrong.
        SchemaError: a schema can't be used.
    """
    if not is_there("mcp"):
        raise ConfigError(
            "no_extra", "The package `mcp` is not installed.", f"{install_extra('mcp')}"
        )
    if not folders:
        raise ConfigError(
            "no_folder", "No folder is named.", "Name with --folder what may be looked into."
        )
    options = replace(
        options,
        engine=options.engine or "local",
        private=options.private if allow_remote else True,
    )
    known = load_schemas(schemas)
    return until_interrupted(_serve(Folders(folders), known, options))


async def _serve(folders: Folders, schemas: tuple[Schema, ...], options: RunOptions) -> int:
    from docglean.mcp_server.server import build

    client = OpenClient([one.model for one in schemas], choices_of(options))
    try:
        await _prepare(client)
        tell((await client.context()).notice)
        tools = Tools(client, folders, schemas)
        await build(tools, [one.name for one in schemas]).run_stdio_async()
    finally:
        await client.close()
    return OK


async def _prepare(client: OpenClient) -> None:
    try:
        await client.prepare()
    except ConfigError as error:
        if error.code != "not_private":
            raise
        raise ConfigError(
            error.code, error.message, f"{error.way_out} Or say --allow-remote."
        ) from error
