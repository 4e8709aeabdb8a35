"""What a file says of itself in data beside its pages: an e-invoice's XML, a form's filled fields.

Values are texts in canonical form (amounts with a point, days as ``YYYY-MM-DD``), each with the
element that it was read from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DataKind = Literal["einvoice", "xfa"]


@dataclass(frozen=True, slots=True)
class DataValue:
    """One value of embedded data.

    Attributes:
        pointer: of an e-invoice in the shape of the built-in schema ``invoice``, which parts of
            addresses stand beside (``/seller_street``); of a form the names of its fields.
        value: as text.
        element: path of the XML element, by local names, with numbers where one has siblings of
            its name.
    """

    pointer: str
    value: str
    element: str


@dataclass(frozen=True, slots=True)
class EmbeddedData:
    """All of it.

    Attributes:
        file: the attached file's name; empty where the document itself is the data.
        profile: what the data says that it holds, such as ``urn:cen.eu:en16931:2017``.
        drawn: the pages were drawn from the data, so that they prove nothing of it.
        doubts: why some of it is not to be taken as it is told, one sentence each without its end.
    """

    kind: DataKind
    values: tuple[DataValue, ...]
    file: str = ""
    profile: str = ""
    drawn: bool = False
    doubts: tuple[str, ...] = ()
