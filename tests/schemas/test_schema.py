"""Pydantic models as trees of fields; schemas loaded, validated and told apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, Optional, TypeVar

import pytest
from docglean.schemas.errors import SchemaError
from docglean.schemas.kinds import Check, Choice, Code, Day, Money, Name, Number, Text
from docglean.schemas.kinds.either import Either
from docglean.schemas.schema import Schema, schema_of
from docglean.schemas.trees import tree
from order_schema import Firm, Order, Part
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    RootModel,
    TypeAdapter,
    ValidationError,
    create_model,
)
from typing_extensions import TypeAliasType, TypedDict


def _paths(model: type[BaseModel]) -> list[str]:
    return [field.path for field in tree(model).walk()]


def test_a_model_becomes_a_tree_in_declared_order_with_json_keys() -> None:
    assert _paths(Order) == [
        "",
        "/number",
        "/placed",
        "/colour",
        "/size",
        "/rush",
        "/rank",
        "/seller",
        "/seller/name",
        "/seller/city",
        "/buyer",
        "/buyer/name",
        "/buyer/city",
        "/Positionen",
        "/Positionen/*",
        "/Positionen/*/name",
        "/Positionen/*/price",
        "/notes",
        "/notes/*",
    ]


def test_each_field_carries_what_was_declared_for_it() -> None:
    fields = {field.path: field for field in tree(Order).walk()}
    assert fields[""].description == "An order with parts."
    number = fields["/number"]
    assert (number.kind, number.labels, number.take) == (Code(), ("No.",), "last")
    assert (number.description, number.nullable) == ("Number of the order", False)
    assert fields["/seller"].description == "The firm that sells"
    assert fields["/buyer"].description == "Who sells."
    assert fields["/seller"].nullable
    assert fields["/placed"].kind == Day()
    assert fields["/placed"].nullable
    assert fields["/rush"].kind == Check()
    assert fields["/colour"].kind == Choice(("red", "blue"))
    assert fields["/size"].kind == Choice(("s", "m"))
    assert fields["/size"].nullable
    assert fields["/Positionen/*/price"].labels == ("Price", "Preis")
    assert fields["/notes/*"].description == "one remark"
    assert {field.shape for field in fields.values()} == {"object", "list", "value"}


def test_annotations_keep_their_bounds_and_lose_our_own_metadata() -> None:
    fields = {field.path: field for field in tree(Order).walk()}
    price = TypeAdapter(fields["/Positionen/*/price"].annotation)
    assert price.validate_python("1.50") == Decimal("1.50")
    with pytest.raises(ValidationError):
        price.validate_python("-1")
    with pytest.raises(ValidationError):
        TypeAdapter(fields["/number"].annotation).validate_python("B1")


def test_kinds_stand_where_annotated_optional_or_class_and_else_come_from_the_type() -> None:
    class Model(BaseModel):
        """Kinds in several places."""

        outer: Annotated[Decimal | None, Money()]
        inner: Optional[Annotated[Decimal, Money(), Field(gt=1, description="inside")]]  # noqa: UP045
        as_class: Annotated[str, Name]
        many: list[Annotated[str, Code()]]
        plain: float
        link: HttpUrl

    fields = {field.name: field for field in tree(Model).children}
    assert fields["outer"].kind == fields["inner"].kind == Money()
    assert fields["inner"].description == "inside"
    assert fields["as_class"].kind == Name()
    assert fields["many"].item.kind == Code()
    assert fields["plain"].kind == Number()
    assert fields["link"].kind == Text()
    with pytest.raises(ValidationError):
        TypeAdapter(fields["inner"].annotation).validate_python("0.5")


def test_aliases_of_types_are_what_they_stand_for() -> None:
    Amount = TypeAliasType("Amount", Annotated[Decimal, Money()])
    Sku = NewType("Sku", str)

    class Lines(RootModel[list[Part]]):
        """All positions."""

    class Model(BaseModel):
        """Aliases."""

        amount: Amount | None = None
        sku: Sku
        lines: Lines
        seen: set[int] | None = None
        pair: tuple[float, float] | None = None

    assert _paths(Model) == [
        "",
        "/amount",
        "/sku",
        "/lines",
        "/lines/*",
        "/lines/*/name",
        "/lines/*/price",
        "/seen",
        "/seen/*",
        "/pair",
        "/pair/*",
    ]
    fields = {field.path: field for field in tree(Model).walk()}
    assert fields["/amount"].kind == Money()
    assert fields["/lines"].description == "All positions."


def test_the_key_is_what_validation_reads() -> None:
    class Model(BaseModel):
        """Aliases."""

        model_config = ConfigDict(alias_generator=str.upper)
        a: str
        b: str = Field(validation_alias="bee", serialization_alias="other")
        c: str = Field(validation_alias=AliasChoices(AliasPath("x", 0), "sea"))

    assert [field.name for field in tree(Model).children] == ["A", "bee", "sea"]
    found, problems = schema_of(Model).validate({"A": "1", "bee": "2", "sea": "3"})
    assert problems == []
    assert found == Model(A="1", bee="2", sea="3")  # type: ignore[call-arg]


class Node(BaseModel):
    """Contains itself."""

    name: str
    children: list[Node] = []


class Ping(BaseModel):
    """Contains itself by way of another."""

    pong: Pong | None = None


class Pong(BaseModel):
    """See Ping."""

    ping: Ping | None = None


class Keys(TypedDict):
    """Not a model."""

    a: str


class Strange:
    """Has no form in JSON."""


T = TypeVar("T")


def _one(annotation: Any) -> Callable[[], type[BaseModel]]:
    config = ConfigDict(arbitrary_types_allowed=True)
    return lambda: create_model("Model", __config__=config, there=(str, ""), field=annotation)


@pytest.mark.parametrize(
    ("make", "code", "place"),
    [
        (lambda: Node, "recursive", "/children/*"),
        (lambda: Ping, "recursive", "/pong/ping"),
        (_one(dict[str, str]), "map", "/field"),
        (_one(list[dict[str, int]]), "map", "/field/*"),
        (_one(Keys), "map", "/field"),
        (_one(tuple[str, int]), "mixed_tuple", "/field"),
        (_one(list), "untyped_list", "/field"),
        (_one(Firm | Part), "union", "/field"),
        (_one(list[Firm | Part]), "union", "/field/*"),
        (_one(list[str] | str), "union", "/field"),
        (_one(str | dict[str, str] | None), "union", "/field"),
        (_one(Any), "untyped", "/field"),
        (_one(Strange), "not_json", "/field"),
        (_one(Callable[[], int]), "not_json", "/field"),
        (_one(RootModel[dict[str, str]]), "map", "/field"),
        (_one(Literal[b"x"]), "not_a_value", "/field"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_name_with_a_way_out(
    make: Callable[[], type[BaseModel]], code: str, place: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        schema_of(make())
    assert caught.value.code == code
    assert place in caught.value.message
    assert caught.value.way_out


def test_an_empty_model_a_root_list_and_an_undefined_type_are_refused() -> None:
    class Empty(BaseModel):
        """Nothing."""

    class Outer(BaseModel):
        """Holds nothing."""

        inner: Empty

    class Missing(BaseModel):
        """Names a type that is not there."""

        field: NotThere  # type: ignore[name-defined] # noqa: F821

    for model, code in ((Outer, "no_fields"), (RootModel[list[str]], "not_an_object"),
                        (Missing, "unknown_type"), (str, "not_a_model")):  # fmt: skip
        with pytest.raises(SchemaError) as caught:
            schema_of(model)  # type: ignore[arg-type]
        assert caught.value.code == code


def test_metadata_that_cannot_be_hashed_does_not_matter() -> None:
    class Model(BaseModel):
        """A list as metadata."""

        field: Annotated[str, ["unhashable"], AfterValidator(str.upper)]

    leaf = tree(Model).children[0]
    assert hash(leaf) == hash(leaf)
    assert TypeAdapter(leaf.annotation).validate_python("a") == "A"


def test_a_choice_of_kinds_takes_the_most_particular_one() -> None:
    rank = next(leaf for leaf in tree(Order).leaves() if leaf.name == "rank")
    kind = rank.kind
    assert isinstance(kind, Either)
    assert [kind.coerce(raw) for raw in ("3", 3, "DNS", "NA", "007", "1.5", "", None)] == [
        3,
        3,
        "DNS",
        "NA",
        "007",
        "1.5",
        None,
        None,
    ]
    assert kind.same(3, "3")
    assert not kind.same(3, "DNS")
    assert kind.same(None, None)
    assert kind.similarity("DNS", "DNF") < 1
    assert kind.similarity(None, "x") == 0
    assert kind.shown(3, "3") is not None
    assert kind.shown("DNS", "dns") is not None
    with pytest.raises(ValueError, match="neither"):
        kind.coerce({"a": 1})


def test_a_date_or_text_is_found_in_any_printed_form() -> None:
    kind = Either.of(((Text(), str), (Day(), date)))
    assert kind.coerce("15 November 2019") == "2019-11-15"
    assert kind.coerce("three years from the closing") == "three years from the closing"
    assert kind.parse("2019-11-15") == "2019-11-15"
    assert kind.shown("2019-11-15", "November 15, 2019") is not None


def test_schemas_are_what_they_say() -> None:
    schema = schema_of(Order)
    assert isinstance(schema, Schema)
    assert schema is schema_of(Order)
    assert (schema.name, schema.description) == ("order", "An order with parts.")
    assert len(schema.hash) == 64
