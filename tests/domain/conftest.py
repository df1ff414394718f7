"""How hard hypothesis tries: `ci` is the same every time and quick; ORDERMILL_HYPOTHESIS=deep looks much further."""

import os

from hypothesis import HealthCheck, settings

QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}
settings.register_profile("ci", derandomize=True, max_examples=80, stateful_step_count=40, **QUICK)  # type: ignore[arg-type]
settings.register_profile("deep", max_examples=1500, stateful_step_count=60, **QUICK)  # type: ignore[arg-type]
settings.load_profile(os.environ.get("ORDERMILL_HYPOTHESIS", "ci"))
