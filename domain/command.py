"""What every command is; the commands themselves are in commands.py, by_itself.py, replacing.py and steps.py."""

from typing import ClassVar

from domain.base import Model


class Command(Model):
    """Something that is asked of an order. `verb` is also the Temporal Update's name."""

    verb: ClassVar[str]


def every(kind: type[Command]) -> list[type[Command]]:
    """Each command there is: all that are made of this kind."""
    return list(kind.__subclasses__()) + [found for child in kind.__subclasses__() for found in every(child)]
