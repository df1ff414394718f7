"""Every screen of the console, and what stands in its navigation. To add one: a file beside these, its row here.

A screen's file says its paths, roles and functions (console/routing.py); its templates are in console/templates/.
"""

from typing import Final

from console.routing import Nav, Screen
from console.screens import act, inbox, live, office, order, orders, ship, sign_in

SCREENS: Final[tuple[Screen, ...]] = (
    *sign_in.screens.all,
    *live.screens.all,
    *inbox.screens.all,
    *orders.screens.all,
    *ship.screens.all,
    *order.screens.all,
    *act.screens.all,
    *office.SCREENS,
)
"""In the order in which a path is looked for."""
NAVIGATION: Final = (
    Nav("Inbox", "", "i"),
    Nav("Orders", "/orders", "o"),
    *office.NAVIGATION,
)
