"""Screens about the shop rather than one order: the table of their routes, and their places in the navigation."""

from typing import Final

from console.roles import AGENTS, OWNERS
from console.routing import Nav, Screen
from console.screens import agenda, audit, customers, keys, mails, people, policy, reports, stock, webhooks

SCREENS: Final[tuple[Screen, ...]] = (
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
NAVIGATION: Final = (
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
