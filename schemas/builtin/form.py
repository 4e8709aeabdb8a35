"""The built-in schema ``form``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from docglean.schemas.fields import Caption
from docglean.schemas.kinds import Check, Code, Name, Text
from pydantic import BaseModel, Field


class FormField(BaseModel):
    """A caption with what was filled in for it."""

    key: Annotated[
        str | None,
        Text(),
        Caption(),
        Field(description="The caption as printed, without the colon after it."),
    ] = None
    value: Annotated[
        str | None,
        Text(),
        Field(description="What was filled in, as written; null where it was left blank."),
    ] = None
    section: Annotated[
        str | None,
        Text(),
        Field(description="Heading of the part of the form that it stands in."),
    ] = None


class Checkbox(BaseModel):
    """A box to tick or an option to circle."""

    label: Annotated[
        str | None,
        Text(),
        Caption(),
        Field(description="The words beside the box, without the question above it."),
    ] = None
    checked: Annotated[
        bool | None,
        Check(),
        Field(description="Whether it is ticked, crossed, filled in or circled."),
    ] = None
    section: Annotated[
        str | None,
        Text(),
        Field(description="The question that the box answers, or else the heading above it."),
    ] = None


class Signature(BaseModel):
    """A place to sign."""

    label: Annotated[
        str | None,
        Text(),
        Caption(),
        Field(description="Who is to sign there, as printed: Signature of applicant."),
    ] = None
    signed: Annotated[
        bool | None,
        Check(on_page=False),
        Field(description="Whether there is a signature or initials, drawn, stamped or typed."),
    ] = None
    name: Annotated[
        str | None,
        Name(),
        Field(description="Name of the signer in print or type beside it, if any."),
    ] = None
    date: Annotated[
        str | None,
        Text(),
        Field(description="Date beside the signature, as written."),
    ] = None


class Form(BaseModel):
    """A form and what was filled in: captions with values, boxes, signatures."""

    __captions__: ClassVar[str] = "form"

    title: Annotated[
        str | None,
        Text(),
        Field(description="Title of the form, as printed at its top."),
    ] = None
    form_number: Annotated[
        str | None,
        Code(),
        Field(description="Number or code of the form itself, not of the one who filled it in."),
    ] = None
    fields: Annotated[
        list[FormField],
        Field(description="Every caption with its value, blank ones too, in reading order. A "
                          "caption that occurs twice is two entries. Boxes and signatures are "
                          "not among them."),
    ] = []  # fmt: skip
    checkboxes: Annotated[
        list[Checkbox],
        Field(description="Every box and option, ticked or not, in reading order."),
    ] = []
    signatures: Annotated[
        list[Signature],
        Field(description="Every place to sign, signed or not."),
    ] = []
