"""What is found on single pages besides their words, kept in the ledger as words are.

A second run of the same work draws no page again: what is kept is found by the bytes of the file
and by the code that found it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from docglean.extractors.concurrency import together
from docglean.extractors.documents.cache import CacheStore, code_version, version_for
from docglean.schemas.errors import SourceError
from pydantic import TypeAdapter

if TYPE_CHECKING:
    from docglean.extractors.documents.document import Document

T = TypeVar("T")

LIKE_WORDS = "geometry", "documents.strokes"
"""Modules beside those that read words, which whatever looks at a page stands on."""


@dataclass(frozen=True)
class PageFinding(Generic[T]):
    """Something that is found on single pages.

    Attributes:
        kind: its name in the ledger.
        type: what one page's is, as Pydantic takes it.
        modules: of extractors/, whose code finds it.
        libraries: that they stand on.
        data: what else they go by.
    """

    kind: str
    type: Any
    modules: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    data: str = ""

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self.type)

    async def on(
        self,
        document: Document,
        numbers: Iterable[int],
        store: CacheStore | None,
        find: Callable[[int], Awaitable[T]],
    ) -> dict[int, T | SourceError]:
        """What there is on these pages, by number; errors in their place, which are not kept.

        Args:
            store: where it is kept; None keeps nothing.
            find: finds it on the page with this number where it was not kept.
        """
        version = self._version_for(document.media_type)
        keys = {number: f"{document.sha256} {number} {version}" for number in numbers}
        kept = await store.kept_many(self.kind, keys.values()) if store is not None else {}

        async def look(number: int) -> T | SourceError:
            try:
                found = await find(number)
            except SourceError as error:
                return error
            if store is not None:
                payload = self._adapter.dump_json(found).decode()
                await store.keep(
                    self.kind, keys[number], payload, document=document.sha256, lasting=False
                )
            return found

        missing = [number for number, key in keys.items() if key not in kept]
        new = dict(zip(missing, await together(map(look, missing)), strict=True))
        return {
            number: self._adapter.validate_json(kept[key]) if key in kept else new[number]
            for number, key in keys.items()
        }

    @cached_property
    def _version(self) -> str:
        return code_version((*LIKE_WORDS, *self.modules), self.libraries)

    def _version_for(self, media_type: str) -> str:
        facts = f"{version_for(media_type)} {self._version} {self.data}"
        return hashlib.sha256(facts.encode()).hexdigest()[:16]
