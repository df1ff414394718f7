"""This client's version, told to the engine with every call."""

from typing import Final

VERSION: Final = "0.2.0"
USER_AGENT: Final = f"ordermill-python/{VERSION}"
