"""Python's garbage collector, kept from looking at what a process imports.

What is imported lives until the process ends, and the collector looks through all of it again and again: a
tenth of a start's CPU, and later pauses of a tenth of a second in the middle of orders. So a process that serves pauses it before
its imports and, once it is ready, freezes what is there by then: no later collection looks at it.
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
