"""Declaring a dataset in Python, and reading what its function takes from its signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo

from trainer.errors import BadData, SpecError
from trainer.messages.message import Message
from trainer.plugins.facts import DeclaredTask, PluginFacts
from trainer.plugins.parameters import MOST_CHARACTERS, Parameter

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
MARK = "__trainyard_dataset__"
TYPES = {"integer": "integer", "number": "number", "boolean": "boolean", "string": "text"}
# What a JSON schema of pydantic says of a parameter that a form can show, and what is not looked at.
BOUNDS = {
    "minimum": "least",
    "maximum": "most",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "minLength": "shortest",
    "maxLength": "longest",
}
READ = {*BOUNDS, "type", "enum", "const"}
PASSED_OVER = {"title", "description", "default"}


@dataclass(frozen=True)
class Declaration:
    """What :func:`dataset` was told."""

    title: str
    task: DeclaredTask
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    target: str


def dataset(
    *,
    title: str = "",
    task: DeclaredTask = "auto",
    classes: Iterable[str] = (),
    columns: Iterable[str] = (),
    target: str = "y",
) -> Callable[[AnyFunction], AnyFunction]:
    """Mark a function that makes a dataset.

    The function returns or yields ``(inputs, targets)``, or a dictionary of such pairs with the keys ``train``,
    ``validation`` and ``test``; what is yielded for the same key is joined. ``inputs`` are pictures (n, height, width)
    or (n, height, width, channels), or tables (n, columns); ``targets`` are classes or numbers (n,).

    Its parameters are ``int``, ``float``, ``bool``, ``str`` or a ``Literal``; ``Annotated[int, Field(ge=1)]`` with
    pydantic's ``Field`` gives them a range, a ``title`` and a ``description``.

    Args:
        title: what the dataset is called; otherwise the name of the function. Its docstring describes it.
        task: "classification" or "regression"; otherwise whole numbers and texts are classes.
        classes: names of the class numbers 0, 1, …, in order.
        columns: names of the columns of a table.
        target: what the targets are.
    """
    declared = Declaration(title, task, tuple(classes), tuple(columns), target)

    def mark(function: AnyFunction) -> AnyFunction:
        setattr(function, MARK, declared)
        return function

    return mark


def is_declared(value: object) -> bool:
    """Whether it is a function that was marked."""
    return inspect.isfunction(value) and isinstance(getattr(value, MARK, None), Declaration)


def facts_of(function: Callable[..., Any], file: str) -> PluginFacts:
    """What is known of a marked function. Raises :class:`BadData` for what cannot be used of it."""
    declared: Declaration = getattr(function, MARK)
    name = function.__name__
    if declared.task not in get_args(DeclaredTask):
        raise BadData(
            Message(
                "{function}: the task is {given}; accepted: auto, classification, regression.",
                function=name,
                given=repr(declared.task),
            )
        )
    return PluginFacts(
        file=file,
        function=name,
        title=(declared.title or name.replace("_", " ")).strip()[:100],
        description=inspect.getdoc(function) or "",
        task=declared.task,
        classes=declared.classes,
        columns=declared.columns,
        target=declared.target,
        parameters=parameters_of(function),
    )


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of ``function`` in order. Raises :class:`BadData` for one that no form can show."""
    hints = get_type_hints(function, include_extras=True)
    found = []
    for name, each in inspect.signature(function).parameters.items():
        if each.kind not in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY}:
            raise _refused(function, name, str(each))
        default = ... if each.default is each.empty else each.default
        annotation = hints.get(name) or (str if default is ... else type(default))
        found.append(_parameter(function, name, annotation, default))
    return tuple(found)


def _parameter(function: Callable[..., Any], name: str, annotation: Any, default: Any) -> Parameter:
    written = getattr(annotation, "__name__", str(annotation))
    try:
        fields: Any = {name: (annotation, default)}
        model: type[BaseModel] = create_model("Parameters", **fields)
        schema = model.model_json_schema()["properties"][name]
    except (PydanticUserError, NameError, TypeError) as error:
        raise _refused(function, name, written) from error
    is_choice = "enum" in schema or "const" in schema
    if schema.keys() - READ - PASSED_OVER or (not is_choice and schema.get("type") not in TYPES):
        raise _refused(function, name, written)
    field: FieldInfo = model.model_fields[name]
    parameter = Parameter(
        name=name,
        type="choice" if is_choice else TYPES[schema["type"]],  # type: ignore[arg-type]
        title=field.title or name.replace("_", " ").strip().capitalize(),
        help=field.description or "",
        options=tuple(schema.get("enum", [schema["const"]] if "const" in schema else ())),
        **{ours: schema[theirs] for theirs, ours in BOUNDS.items() if theirs in schema},
    )
    parameter = parameter.model_copy(update={"longest": min(parameter.longest, MOST_CHARACTERS)})
    if field.is_required():
        return parameter
    try:
        return parameter.model_copy(update={"default": parameter.read(field.get_default(call_default_factory=True))})
    except SpecError as error:
        problem = error.problems[0].message
        raise BadData(
            Message(
                "{function}: the default of {name}: {problem}", function=_name(function), name=name, problem=problem
            )
        ) from error


def _refused(function: Callable[..., Any], name: str, given: str) -> BadData:
    return BadData(
        Message(
            "{function}: the parameter {name} is {given}; accepted: int, float, bool, str or a Literal, with a range "
            "by Field.",
            function=_name(function),
            name=name,
            given=given[:200],
        )
    )


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "?")
