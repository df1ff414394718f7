"""What the routes of every face work with: the door to the workflows, the database, the policy file, a clock.

Made once in api/app.py; a test makes one with a fake door and a stopped clock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from api.http.auth import Keyring
from api.http.idempotency import Memory
from api.http.rate_limit import Limiter, Unlimited
from domain.policy import ShopConfig
from door.errands import Door
from door.placing import Taxes
from door.temporal import wall_clock
from ordermill.process.origins import Known
from ordermill.settings import Settings

if TYPE_CHECKING:
    from api.face import Face


@dataclass(frozen=True)
class Shop:
    settings: Settings
    config: ShopConfig
    db: AsyncEngine
    door: Door
    keys: Keyring
    memory: Memory
    taxes: Mapping[bool, Taxes] = field(default_factory=dict)
    """Livemode -> who calculates taxes, where the policy file names somebody else than its own rates."""
    limiter: Limiter = field(default_factory=Unlimited)
    faces: "Mapping[str, Face]" = field(default_factory=dict)
    """Every face by its name, for who manages webhooks of all of them."""
    origins: Sequence[Known] = ()
    """Where each value of the policy comes from."""
    clock: Callable[[], datetime] = wall_clock
