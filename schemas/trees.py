"""A Pydantic model -> the tree of fields. What no provider could be asked for is refused here."""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
import types
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Caption, Field, Printed, RowNumbers, Take
from docglean.schemas.kinds import Kind, infer_kind
from docglean.schemas.kinds.either import Either
from docglean.schemas.labels import words_below
from pydantic import AliasChoices, BaseModel, RootModel, TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError
from pydantic.fields import FieldInfo
from typing_extensions import is_typeddict

LISTS = frozenset(
    {
        list,
        set,
        frozenset,
        deque,
        collections.abc.Sequence,
        collections.abc.Iterable,
        collections.abc.Collection,
        collections.abc.Set,
        collections.abc.MutableSequence,
    }
)
MAPS = frozenset({dict, collections.abc.Mapping, collections.abc.MutableMapping})
SCALARS = frozenset({"string", "integer", "number", "boolean"})


@dataclass(frozen=True, slots=True)
class _Type:
    """A type without its wrappers: the core, its metadata (inner first), whether None is taken."""

    core: Any
    metadata: tuple[Any, ...] = ()
    nullable: bool = False
    description: str = ""


def tree(model: type[BaseModel]) -> Field:
    """The fields of `model`.

    Raises:
        SchemaError: a field cannot be asked of a model: recursion, maps with free keys, mixed
            tuples, choices between objects, types that JSON does not know. Names the field.
    """
    if issubclass(model, RootModel):
        raise SchemaError(
            "not_an_object",
            f"{model.__name__} is a RootModel; the top of a schema must be an object.",
            "Put it into a model with one field.",
        )
    return _object("", "", model, _Type(model), _docstring(model), (), ())


def _object(
    name: str,
    path: str,
    model: type[BaseModel],
    seen: _Type,
    description: str,
    labels: tuple[str, ...],
    trail: tuple[type[BaseModel], ...],
) -> Field:
    if model in trail:
        raise SchemaError(
            "recursive",
            f"{_where(path)}: {model.__name__} contains itself, which no provider accepts.",
            "Write the levels out as models of their own, or keep a flat list with a level field.",
        )
    _complete(model)
    children: list[Field] = []
    captions = _captions(model)
    for key, info in _declared(model):
        if not key or "/" in key or "~" in key or key == "*":
            raise SchemaError(
                "bad_name",
                f"{_where(path)}: {key!r} cannot be a field's name, as it would not fit a "
                "JSON pointer.",
                "Rename it, without / and ~.",
            )
        outer = _Type(info.annotation, tuple(info.metadata), description=info.description or "")
        field = _field(key, f"{path}/{key}", outer, (*trail, model))
        printed = field.labels or captions.get(key, ())
        children.append(replace(field, optional=not info.is_required(), labels=printed))
    if not children:
        raise SchemaError(
            "no_fields",
            f"{_where(path)}: {model.__name__} has no fields; providers return it empty always.",
            "Declare its fields, or leave it out.",
        )
    return Field(
        name=name,
        path=path,
        shape="object",
        nullable=seen.nullable,
        description=description or _docstring(model),
        labels=labels,
        children=tuple(children),
    )


def _captions(model: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """What is printed beside the fields of a built-in model, and of what is derived from it."""
    place: str | None = getattr(model, "__captions__", None)
    return words_below(f"captions.{place}") if place else {}


def _complete(model: type[BaseModel]) -> None:
    if model.__pydantic_complete__:
        return
    try:
        model.model_rebuild()
    except (PydanticUserError, NameError) as error:
        raise SchemaError(
            "unknown_type",
            f"{model.__name__} names a type that is not defined: {error}".split("\n")[0],
            "Define or import the type in the model's own file.",
        ) from error


def _declared(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Fields with the key under which JSON holds them."""
    for name, info in model.model_fields.items():
        alias = info.validation_alias
        if isinstance(alias, AliasChoices):
            alias = next((choice for choice in alias.choices if isinstance(choice, str)), None)
        if alias is not None and not isinstance(alias, str):
            raise SchemaError(
                "bad_alias",
                f"{model.__name__}.{name} is read from inside another value (AliasPath).",
                "Declare the nested object as a model of its own.",
            )
        yield alias or name, info


def _field(name: str, path: str, outer: _Type, trail: tuple[type[BaseModel], ...]) -> Field:
    found = _unwrap(outer, path)
    core, origin = found.core, get_origin(found.core)
    labels = tuple(
        label for extra in found.metadata if isinstance(extra, Printed) for label in extra.labels
    )
    take = next((extra for extra in reversed(found.metadata) if isinstance(extra, Take)), Take())
    if inspect.isclass(core) and issubclass(core, BaseModel):
        return _object(name, path, core, found, found.description, labels, trail)
    if origin in LISTS or core in LISTS or origin is tuple or core is tuple:
        item = _field("*", f"{path}/*", _Type(_item_type(core, path)), trail)
        return Field(
            name=name,
            path=path,
            shape="list",
            nullable=found.nullable,
            description=found.description,
            labels=labels,
            children=(item,),
            row_numbers=next((x for x in found.metadata if isinstance(x, RowNumbers)), None),
            may_be_empty=not any(getattr(x, "min_length", 0) for x in found.metadata),
        )
    annotation = _annotated(core, found.metadata)
    _refuse(core, annotation, path)
    return Field(
        name=name,
        path=path,
        shape="value",
        kind=_kind(found, name if name != "*" else path.rsplit("/", 2)[-2]),
        nullable=found.nullable,
        description=found.description,
        labels=labels,
        annotation=annotation,
        take=take.which,
        caption=any(isinstance(extra, Caption) for extra in found.metadata),
    )


def _unwrap(outer: _Type, path: str) -> _Type:
    """Take off Annotated, Optional, aliases of types, NewType and nested RootModels."""
    found = outer
    for _ in range(50):
        core = found.core
        if get_origin(core) is Annotated:
            base, *extras = get_args(core)
            metadata: list[Any] = []
            description = found.description
            for extra in extras:
                if isinstance(extra, FieldInfo):
                    metadata += extra.metadata
                    description = description or extra.description or ""
                else:
                    metadata.append(extra)
            found = replace(
                found,
                core=base,
                metadata=(*metadata, *found.metadata),
                description=description,
            )
        elif get_origin(core) in (Union, types.UnionType):
            options = [option for option in get_args(core) if option is not type(None)]
            nullable = found.nullable or len(options) < len(get_args(core))
            if len(options) > 1:
                return replace(found, core=_either(options, path), nullable=nullable)
            found = replace(found, core=options[0], nullable=nullable)
        elif get_origin(core) is Literal and None in get_args(core):
            rest = tuple(value for value in get_args(core) if value is not None)
            found = replace(found, core=Literal[rest], nullable=True)
        elif type(core).__name__ == "TypeAliasType":
            found = replace(found, core=core.__value__)
        elif hasattr(core, "__supertype__"):
            found = replace(found, core=core.__supertype__)
        elif inspect.isclass(core) and issubclass(core, RootModel):
            _complete(core)
            root = core.model_fields["root"]
            found = replace(
                found,
                core=root.annotation,
                metadata=(*root.metadata, *found.metadata),
                description=found.description or _docstring(core),
            )
        else:
            return found
    raise SchemaError(
        "recursive", f"{_where(path)}: its type refers to itself.", "Write the levels out."
    )


def _either(options: list[Any], path: str) -> Any:
    """A choice between single values stays one; with objects or lists in it, it is refused."""
    for option in options:
        inner = _unwrap(_Type(option), path).core
        shape = get_origin(inner) or inner
        is_model = inspect.isclass(shape) and issubclass(shape, BaseModel)
        if is_model or shape in LISTS or shape in MAPS or shape is tuple:
            names = ", ".join(_name(option) for option in options)
            raise SchemaError(
                "union",
                f"{_where(path)}: it may be one of {names}, which a model cannot be asked for "
                "reliably.",
                "Declare one model that holds the fields of all, each optional, "
                "or a field of its own for each.",
            )
    return Union[tuple(options)]  # noqa: UP007 - built from a list


def _item_type(core: Any, path: str) -> Any:
    arguments = [argument for argument in get_args(core) if argument is not Ellipsis]
    if not arguments:
        raise SchemaError(
            "untyped_list",
            f"{_where(path)}: it does not say what the list holds.",
            "Write list[str], or list[...] of a model.",
        )
    if any(argument != arguments[0] for argument in arguments):
        raise SchemaError(
            "mixed_tuple",
            f"{_where(path)}: a tuple of different types has no form that providers accept.",
            "Use a model with named fields.",
        )
    return arguments[0]


def _refuse(core: Any, annotation: Any, path: str) -> None:
    """Raise for what is neither object nor list nor a single value."""
    if (
        core in MAPS
        or get_origin(core) in MAPS
        or is_typeddict(core)
        or dataclasses.is_dataclass(core)
    ):
        raise SchemaError(
            "map",
            f"{_where(path)}: {_name(core)} has keys that are not declared by a model; providers "
            "refuse it or return it empty always.",
            "Use a Pydantic model with named fields, or a list of models with a name and a value.",
        )
    if core is Any or core is object:
        raise SchemaError(
            "untyped", f"{_where(path)}: it has no type.", "Give it one, such as str."
        )
    values = closed_values(core)
    if values is None:
        form = json_form(annotation)
        if form is None:
            raise SchemaError(
                "not_json",
                f"{_where(path)}: {_name(core)} has no form in JSON.",
                "Use str, a number, a date, a model or a list.",
            )
        if all(option.get("type") in SCALARS for option in form.get("anyOf", [form])):
            return
    elif all(isinstance(value, str | int | float | None) for value in values):
        return
    raise SchemaError(
        "not_a_value",
        f"{_where(path)}: {_name(core)} is not a single value.",
        "Use str, a number, a date, a model or a list.",
    )


def closed_values(core: Any) -> tuple[Any, ...] | None:
    """The values of an Enum or Literal; None for open types."""
    if get_origin(core) is Literal:
        return tuple(value.value if isinstance(value, Enum) else value for value in get_args(core))
    if inspect.isclass(core) and issubclass(core, Enum):
        return tuple(member.value for member in core)
    return None


def json_form(annotation: Any) -> dict[str, Any] | None:
    """Pydantic's JSON Schema of a leaf; None where it has none."""
    try:
        return TypeAdapter(annotation).json_schema()
    except (PydanticUserError, PydanticSchemaGenerationError):
        return None


def _kind(found: _Type, name: str) -> Kind:
    for extra in reversed(found.metadata):
        if isinstance(extra, Kind):
            return extra
        if inspect.isclass(extra) and issubclass(extra, Kind):
            return extra()
    if get_origin(found.core) is Union:
        options = [_unwrap(_Type(option), "") for option in get_args(found.core)]
        return Either.of(tuple((_kind(option, name), option.core) for option in options))
    return infer_kind(found.core, name)


def _annotated(core: Any, metadata: tuple[Any, ...]) -> Any:
    """The type with the metadata that pydantic reads."""
    kept = tuple(
        extra
        for extra in metadata
        if not isinstance(extra, (Kind, Printed, Take, Caption, RowNumbers))
        and not (inspect.isclass(extra) and issubclass(extra, Kind))
    )
    return Annotated[(core, *kept)] if kept else core


def _docstring(model: type[BaseModel]) -> str:
    return " ".join(inspect.cleandoc(model.__doc__ or "").split())


def _where(path: str) -> str:
    return path or "The schema"


def _name(annotation: Any) -> str:
    return annotation.__name__ if inspect.isclass(annotation) else str(annotation)
