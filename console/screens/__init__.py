"""Every screen of the console, and what stands in its navigation. To add one: a file beside these, its row here.

A screen's file says its paths, roles and functions (console/routing.py); its templates are in console/templates/.
"""

from typing import Final

from console.roles import AGENTS, OWNERS
from console.routing import Nav, Screen
from console.screens import (
    act,
    agenda,
    audit,
    customers,
    inbox,
    keys,
    live,
    mails,
    order,
    orders,
    people,
    policy,
    reports,
    sign_in,
    stock,
    webhooks,
)  # fmt: skip

SCREENS: Final[tuple[Screen, ...]] = (
    *sign_in.screens.all,
    *live.screens.all,
    *inbox.screens.all,
    *orders.screens.all,
    *order.screens.all,
    *act.screens.all,
    *agenda.screens.all,
    *stock.screens.all,
    *customers.screens.all,
    *webhooks.screens.all,
    *mails.screens.all,
    *reports.screens.all,
    *policy.screens.all,
    *keys.screens.all,
    *people.screens.all,
    *audit.screens.all,
)
"""In the order in which a path is looked for."""
NAVIGATION: Final = (
    Nav("Inbox", "", "i"),
    Nav("Orders", "/orders", "o"),
    Nav("Agenda", "/agenda", "a"),
    Nav("Stock", "/stock", "s"),
    Nav("Customers", "/customers", "c"),
    Nav("Webhooks", "/webhooks", "w"),
    Nav("Mails", "/mails", "m"),
    Nav("Reports", "/reports", "r"),
    Nav("Policy", "/policy", "p"),
    Nav("Keys", "/keys", "k", OWNERS),
    Nav("People", "/people", "e", OWNERS),
    Nav("Audit", "/audit", "t", AGENTS),
)
