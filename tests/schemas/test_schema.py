"""Pydantic models as trees of fields; schemas loaded, validated and told apart."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NewType, Optional, TypeVar

import pytest
from docglean.schemas.checks import Rule
from docglean.schemas.checks.sums import Adds, SumOf
from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Printed, Take
from docglean.schemas.kinds import Check, Choice, Code, Day, Money, Name, Number, Text
from docglean.schemas.kinds.either import Either
from docglean.schemas.schema import BUILT_IN, Schema, load_schema, load_schemas, schema_of
from docglean.schemas.trees import tree
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
    field_validator,
)
from typing_extensions import TypeAliasType, TypedDict


class Colour(Enum):
    """Two values."""

    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    """One position."""

    name: Annotated[str | None, Name()] = None
    price: Annotated[Decimal, Money(), Printed("Price", "Preis"), Field(ge=0)]


class Firm(BaseModel):
    """Who sells."""

    name: str
    city: str | None = None


class Order(BaseModel):
    """An order
    with parts."""

    number: Annotated[str, Code(), Printed("No."), Take("last")] = Field(
        description="Number of the order", pattern=r"^A\d+$"
    )
    placed: date | None = None
    colour: Colour | None = None
    size: Literal["s", "m", None] = None
    rush: bool = False
    rank: int | str | None = None
    seller: Firm | None = Field(None, description="The firm that sells")
    buyer: Firm | None = None
    parts: list[Part] = Field(default=[], min_length=1, alias="Positionen")
    notes: tuple[Annotated[str, Field(description="one remark")], ...] = ()


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


# ── validation ────────────────────────────────────────────────────────────────────────────


def test_whole_values_become_an_instance() -> None:
    schema = schema_of(Order)
    values = {
        "number": "A1",
        "placed": "2024-02-29",
        "colour": "red",
        "size": None,
        "rush": True,
        "rank": None,
        "seller": {"name": "Acme", "city": None},
        "buyer": {"name": None, "city": None},
        "Positionen": [{"name": "bolt", "price": "1.50"}],
        "notes": ["a", "b"],
    }
    found, problems = schema.validate(values)
    assert problems == []
    assert isinstance(found, Order)
    assert found.placed == date(2024, 2, 29)
    assert found.seller == Firm(name="Acme")
    # An optional object of which nothing was found is not there, though its name is required.
    assert found.buyer is None
    assert found.parts == [Part(name="bolt", price=Decimal("1.50"))]
    assert found.notes == ("a", "b")


def test_absent_values_are_left_to_the_defaults_of_the_model() -> None:
    found, problems = schema_of(Order).validate(
        {"number": "A1", "rush": None, "Positionen": [{"price": "1"}], "notes": None}
    )
    assert problems == []
    assert isinstance(found, Order)
    assert (found.rush, found.notes) == (False, ())


def test_problems_carry_json_pointers_and_codes() -> None:
    found, problems = schema_of(Order).validate(
        {
            "number": "B1",
            "rank": {"not": "single"},
            "seller": {"name": None, "city": "Rome"},
            "Positionen": [{"price": "1"}, {"name": "x", "price": None}, {"price": "-3"}],
        }
    )
    assert found is None
    told = {(problem.path, problem.code) for problem in problems}
    assert told == {
        ("/number", "breaks_schema"),
        ("/rank", "breaks_schema"),
        ("/seller/name", "missing"),
        ("/Positionen/1/price", "missing"),
        ("/Positionen/2/price", "breaks_schema"),
    }
    assert {problem.severity for problem in problems} == {"error"}


def test_a_missing_list_counts_as_empty_and_its_bounds_hold() -> None:
    class Needed(BaseModel):
        parts: list[Part] = Field(min_length=1, alias="Positionen")

    _, problems = schema_of(Needed).validate({})
    assert [(problem.path, problem.code) for problem in problems] == [
        ("/Positionen", "breaks_schema")
    ]
    # Where it may be left out, it is.
    order, problems = schema_of(Order).validate({"number": "A1", "Positionen": []})
    assert problems == []
    assert order is not None
    assert order.parts == []  # type: ignore[attr-defined]


def test_validators_of_the_user_and_strict_models_work_on_json_values() -> None:
    class Strict(BaseModel):
        """Strict."""

        model_config = ConfigDict(strict=True, extra="forbid")
        day: date
        amount: Decimal
        colour: Colour

        @field_validator("amount")
        @classmethod
        def whole(cls, value: Decimal) -> Decimal:
            if value != value.to_integral_value():
                raise ValueError("must be whole")
            return value

    schema = schema_of(Strict)
    good = {"day": "2024-01-02", "amount": "3", "colour": "blue"}
    found, problems = schema.validate(good)
    assert problems == []
    assert found == Strict(day=date(2024, 1, 2), amount=Decimal(3), colour=Colour.BLUE)
    _, problems = schema.validate({**good, "amount": "3.5"})
    assert [problem.path for problem in problems] == ["/amount"]
    assert "must be whole" in problems[0].message


def test_checks_are_those_that_the_model_declares() -> None:
    class Bill(BaseModel):
        """Adds up."""

        __checks__: ClassVar[tuple[Rule, ...]] = (SumOf("/total", "/parts/*/price"),)
        total: Decimal | None = None
        parts: list[Part] = []

    schema = schema_of(Bill)
    parts = [{"name": None, "price": "1.00"}, {"name": None, "price": "2.00"}]
    assert schema.checks({"total": "3.00", "parts": parts}) == []
    (problem,) = schema.checks({"total": "4.00", "parts": parts})
    assert (problem.code, problem.severity) == ("check_failed", "review")


def test_a_check_of_a_field_that_is_not_there_is_refused() -> None:
    class Inner(BaseModel):
        """Its check names no field."""

        __checks__: ClassVar[tuple[Rule, ...]] = (Adds("/total", ("/net", "/tax")),)
        total: Decimal | None = None
        net: Decimal | None = None

    class Outer(BaseModel):
        """Holds it in a list."""

        inner: list[Inner]

    with pytest.raises(SchemaError, match=r"/inner/\*/tax"):
        schema_of(Outer)


# ── identity ──────────────────────────────────────────────────────────────────────────────

SOURCE = """
    from pydantic import BaseModel, Field
    {moved}
    class Ticket(BaseModel):
        "A ticket."
        number: str = Field(description="{words}")
        price: float{bound} = 0
"""


def _write(folder: Path, *, moved: str = "", words: str = "Its number", bound: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "ticket.py"
    path.write_text(
        textwrap.dedent(SOURCE.format(moved=moved, words=words, bound=bound)), encoding="utf-8"
    )
    return path


def test_the_hash_is_of_what_is_declared_and_not_of_where(tmp_path: Path) -> None:
    first = load_schema(f"{_write(tmp_path / 'a')}:Ticket")
    same = load_schema(f"{_write(tmp_path / 'b', moved='X = 1')}:Ticket")
    assert same.model is not first.model
    assert (same.hash, same, hash(same)) == (first.hash, first, hash(first))
    for index, change in enumerate(({"words": "Other"}, {"bound": " | None"})):
        other = load_schema(f"{_write(tmp_path / f'c{index}', **change)}:Ticket")
        assert other.hash != first.hash
        assert other != first


def test_the_hash_is_the_same_in_every_process(tmp_path: Path) -> None:
    path = _write(tmp_path / "a")
    code = f"from docglean.schemas import load_schema; print(load_schema({str(path)!r}).hash)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == load_schema(str(path)).hash


def test_bounds_labels_kinds_and_checks_count_for_the_hash() -> None:
    def made(annotation: Any, checks: tuple[Rule, ...] = ()) -> str:
        class Thing(BaseModel):
            """A thing."""

            __checks__: ClassVar[tuple[Rule, ...]] = checks
            a: annotation = None
            b: Decimal | None = None

        return schema_of(Thing).hash

    plain = made(Decimal | None)
    others = [
        made(Annotated[Decimal | None, Field(gt=0)]),
        made(Annotated[Decimal | None, Printed("A")]),
        made(Annotated[Decimal | None, Money()]),
        made(Annotated[Decimal | None, Take("last")]),
        made(Decimal),
        made(Decimal | None, (Adds("/a", ("/b",)),)),
    ]
    assert len({plain, *others}) == len(others) + 1
    assert made(Decimal | None) == plain


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("BankStatement", "bank_statement"),
        ("HTTPLog", "http_log"),
        ("Ünïque", "n_que"),
        ("Ö", "schema"),
    ],
)
def test_names_are_short_and_plain(name: str, short: str) -> None:
    assert schema_of(type(name, (Firm,), {})).name == short


# ── loading ───────────────────────────────────────────────────────────────────────────────


def test_built_in_schemas_load_by_name() -> None:
    schemas = load_schemas(["auto"])
    assert [schema.name for schema in schemas] == list(BUILT_IN)
    assert load_schema("invoice") is load_schemas(["invoice", "invoice"])[0]
    for schema in schemas:
        assert schema.description
        for leaf in schema.root.leaves():
            assert leaf.description or leaf.name == "*", f"{schema.name}{leaf.path}"


def test_a_file_may_import_its_neighbours_and_use_postponed_annotations(tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text(
        "from pydantic import BaseModel\nclass Side(BaseModel):\n    name: str\n"
    )
    (tmp_path / "main.py").write_text(
        "from __future__ import annotations\n"
        "from neighbour import Side\nfrom pydantic import BaseModel\n"
        "class Main(BaseModel):\n    side: Side\n    later: Later | None = None\n"
        "class Later(BaseModel):\n    x: int\n"
    )
    schema = load_schema(f"{tmp_path / 'main.py'}:Main")
    assert [leaf.path for leaf in schema.root.leaves()] == ["/side/name", "/later/x"]
    assert str(tmp_path) not in sys.path
    # Side was imported there, not defined there.
    with pytest.raises(SchemaError) as caught:
        load_schema(str(tmp_path / "main.py"))
    assert caught.value.code == "which_model"
    assert "Main, Later" in caught.value.way_out


def test_a_file_with_one_model_needs_no_name_and_modules_are_found_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "own_package_for_tests")
    (path.parent / "__init__.py").touch()
    assert load_schema(str(path)).name == "ticket"
    monkeypatch.chdir(tmp_path)
    assert load_schema("own_package_for_tests/ticket.py:Ticket").name == "ticket"
    assert load_schema("own_package_for_tests.ticket:Ticket").name == "ticket"
    assert load_schema("own_package_for_tests.ticket") == load_schema(str(path))


@pytest.mark.parametrize(
    ("spec", "code", "said"),
    [
        ("invoise", "unknown_schema", "invoice, receipt"),
        ("nowhere.py:Thing", "no_schema_file", "nowhere.py"),
        ("nowhere.json", "no_schema_file", "nowhere.json"),
        ("no_such_package.module:Thing", "no_schema_module", "no_such_package"),
        ("broken.py:Thing", "schema_code_fails", "ZeroDivisionError"),
        ("needs.py:Thing", "schema_code_fails", "no_such_dependency"),
        ("tickets.yml", "no_schema_file", "There is no file tickets.yml (did you mean ticket.py?)"),
        ("ticket.py:Tiket", "no_such_model", "(did you mean Ticket?)"),
        ("ticket.py:Field", "no_such_model", "not a Pydantic model"),
        ("empty.py", "which_model", "no models"),
        ("bad.json", "bad_json", "not JSON"),
    ],
)
def test_what_cannot_be_loaded_says_why(
    spec: str, code: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path)
    (tmp_path / "broken.py").write_text("1 / 0")
    (tmp_path / "needs.py").write_text("import no_such_dependency")
    (tmp_path / "empty.py").write_text("x = 1")
    (tmp_path / "bad.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SchemaError) as caught:
        load_schema(spec)
    assert caught.value.code == code
    assert said in str(caught.value)
    if code == "schema_code_fails":
        assert caught.value.__cause__ is not None


def test_what_a_user_declares_with_is_exported_lazily() -> None:
    code = (
        "import sys, docglean.schemas; assert 'pydantic' not in sys.modules;"
        "from docglean.schemas import Invoice, Money, Printed, Schema, SumOf, load_schema;"
        "[getattr(docglean.schemas, name) for name in docglean.schemas.__all__]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ── choices between kinds ─────────────────────────────────────────────────────────────────


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
