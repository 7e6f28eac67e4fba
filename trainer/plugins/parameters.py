"""The parameters of a dataset in Python, as values: for the form, the API and the trainer, which check them alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from trainer.errors import Problem, SpecError
from trainer.messages.message import Message, joined_by, verbatim

Value = bool | int | float | str
MOST_CHARACTERS = 1000
MOST_DIGITS = 2**53  # a whole number beyond is not exact in the JSON of every program


class Parameter(BaseModel):
    """A parameter of the function; without a ``default`` it must be given.

    Numbers are from ``least`` to ``most``, and between ``above`` and ``below``; texts have from ``shortest`` to
    ``longest`` characters; a choice is one of ``options``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    type: Literal["integer", "number", "boolean", "text", "choice"]
    title: str
    help: str = ""
    default: Value | None = None
    least: int | float | None = None
    most: int | float | None = None
    above: int | float | None = None
    below: int | float | None = None
    shortest: int = 0
    longest: int = MOST_CHARACTERS
    options: tuple[Value, ...] = ()

    @property
    def accepted(self) -> Message:
        """What may be given, in words."""
        match self.type:
            case "boolean":
                return Message("true or false")
            case "choice":
                return verbatim(", ".join(map(str, self.options)))
            case "text":
                return Message(
                    "text of {shortest} to {longest} characters", shortest=self.shortest, longest=self.longest
                )
        kind = Message("a whole number") if self.type == "integer" else Message("a number")
        bounds = (
            (self.least, Message("at least {least}", least=self.least or 0)),
            (self.above, Message("above {above}", above=self.above or 0)),
            (self.most, Message("at most {most}", most=self.most or 0)),
            (self.below, Message("below {below}", below=self.below or 0)),
        )
        return joined_by(", ", [kind, *(words for bound, words in bounds if bound is not None)])

    def read(self, given: Any) -> Value:
        """Return ``given`` as the function gets it; raises :class:`SpecError` with what is accepted."""
        value = self._typed(given)
        if value is None:
            raise SpecError([Problem(("parameters", self.name), self._refusal(given))])
        return value

    def _typed(self, given: Any) -> Value | None:
        """The value in the right type; ``None`` when it is not accepted."""
        if self.type == "choice":
            return next((each for each in self.options if each == given and type(each) is type(given)), None)
        if self.type == "boolean":
            return given if isinstance(given, bool) else None
        if self.type == "text":
            fits = isinstance(given, str) and self.shortest <= len(given) <= self.longest
            return given if fits else None
        return self._number(given)

    def _number(self, given: Any) -> int | float | None:
        if isinstance(given, bool) or not isinstance(given, int | float) or abs(given) > _largest(given):
            return None
        if not math.isfinite(given) or (self.type == "integer" and given != int(given)):
            return None
        fits = (
            (self.least is None or given >= self.least)
            and (self.most is None or given <= self.most)
            and (self.above is None or given > self.above)
            and (self.below is None or given < self.below)
        )
        if not fits:
            return None
        return int(given) if self.type == "integer" else float(given)

    def _refusal(self, given: Any) -> Message:
        return Message("{given} given; accepted: {accepted}.", given=repr(given)[:100], accepted=self.accepted)


def checked(parameters: Iterable[Parameter], given: Mapping[str, Any]) -> dict[str, Value]:
    """Every parameter with the value that is ``given``, else its default.

    Raises :class:`SpecError` with a problem for each that is wrong, missing or unknown, at ``("parameters", name)``.
    """
    known = {parameter.name: parameter for parameter in parameters}
    names = ", ".join(known) or "–"
    problems = [
        Problem(("parameters", name), Message("There is no such parameter; accepted: {names}.", names=names))
        for name in given
        if name not in known
    ]
    values: dict[str, Value] = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        if value is None:
            missing = Message("It must be given; accepted: {accepted}.", accepted=parameter.accepted)
            problems.append(Problem(("parameters", name), missing))
            continue
        try:
            values[name] = parameter.read(value)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return values


def _largest(given: int | float) -> float:
    return MOST_DIGITS if isinstance(given, int) else math.inf
