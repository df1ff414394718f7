"""Python's garbage collector while a process starts: it finds nothing in what is imported, and looks again and again.

A tenth of a start's CPU, and later pauses of a tenth of a second in the middle of orders. So a process that serves pauses it
first of all and, once it is ready, leaves out for good what is there by then.
"""

import gc


def pause() -> None:
    """Before the imports. Only for a process that will call `resume`."""
    gc.disable()


def resume() -> None:
    """Once everything is loaded. Nothing where nobody paused it."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
