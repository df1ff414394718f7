"""What every command is; the commands themselves are in commands.py and by_itself.py."""

from typing import ClassVar

from domain.base import Model


class Command(Model):
    """Something that is asked of an order. `verb` is also the Temporal Update's name."""

    verb: ClassVar[str]
