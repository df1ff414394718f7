"""Several commands in one: which they are, and how a list of them is written as JSON and read."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import PlainSerializer, PlainValidator

from domain.command import Command, every


def _read_step(value: Any) -> Command:
    """A step as it is, or as `_write_step` wrote it."""
    if isinstance(value, Mapping):
        kind = next((known for known in every(Command) if known.verb == value.get("verb")), None)
        if kind is None:
            raise ValueError("a step is a known verb and its command")
        value = kind.model_validate(value.get("command") or {})
    if isinstance(value, Command) and not isinstance(value, Several):
        return value
    raise ValueError("a step is one command, and no list of them")


def _write_step(step: Command) -> dict[str, Any]:
    """What nobody set is left out here as everywhere: an edit of texts changes only what it was given."""
    return {"verb": step.verb, "command": step.model_dump(mode="json", exclude_unset=True)}


Step = Annotated[Command, PlainValidator(_read_step), PlainSerializer(_write_step)]


class Several(Command):
    """Other commands, done in this order, each on what those before it left: all of them or none (verbs/several.py)."""

    verb: ClassVar[str] = "several"
    steps: tuple[Step, ...]


def together(steps: Iterable[Command]) -> Command:
    """One command that does them all; a step that is alone is itself that command."""
    done = tuple(steps)
    return done[0] if len(done) == 1 else Several(steps=done)
