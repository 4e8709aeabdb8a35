"""The ledger read with nothing written into it: that can be done on a full disk, too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from docglean.extractors.ledger.database import is_current

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T")


def read_ledger(look: Callable[[sa.Connection], T], nothing: T) -> tuple[T, str]:
    """What `look` finds in the ledger of the settings, and where that is.

    Args:
        nothing: what is found where there is no ledger.

    Raises:
        ConfigError: it can't be read.
    """
    import sqlalchemy as sa

    from docglean.extractors.ledger.database import connect_reading, unusable
    from docglean.extractors.ledger.ledger import Ledger
    from docglean.extractors.settings import load_settings

    async def opened() -> tuple[T, str]:
        async with await Ledger.open(where) as ledger:
            return await ledger.look(look), ledger.where

    where = load_settings().ledger
    shown = str(where)
    try:
        engine, shown = connect_reading(str(where))
        try:
            with engine.connect() as connection:
                if is_current(connection):
                    return look(connection), shown
        finally:
            engine.dispose()
    except FileNotFoundError:
        return nothing, shown
    except sa.exc.SQLAlchemyError as error:
        raise unusable(shown, error) from error
    return asyncio.run(opened())  # one of an earlier version is brought up
