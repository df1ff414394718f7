"""`python -m stripe_simulator --port N [--database FILE] [--webhook-url URL --webhook-secret whsec_…]`.

Without a file it forgets everything when it ends. The webhook target may come from the environment instead
(STRIPE_SIMULATOR_WEBHOOK_URL, STRIPE_SIMULATOR_WEBHOOK_SECRET): a secret on a command line is visible to others.
"""

import argparse
import os
from pathlib import Path

import uvicorn

from stripe_simulator.app import build
from stripe_simulator.connection import CuttableProtocol


def main() -> None:
    """Serves until interrupted."""
    parser = argparse.ArgumentParser(prog="stripe_simulator", description="A stand-in for Stripe's API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--database", type=Path, default=None, help="SQLite file; in memory without it")
    parser.add_argument("--webhook-url", default=os.environ.get("STRIPE_SIMULATOR_WEBHOOK_URL"))
    parser.add_argument("--webhook-secret", default=os.environ.get("STRIPE_SIMULATOR_WEBHOOK_SECRET"))
    given = parser.parse_args()
    if bool(given.webhook_url) != bool(given.webhook_secret):
        parser.error("--webhook-url and --webhook-secret go together")
    targets = [{"url": given.webhook_url, "secret": given.webhook_secret}] if given.webhook_url else None
    serve(given.host, given.port, given.database, targets)


def serve(host: str, port: int, database: Path | None, targets: list[dict[str, str]] | None) -> None:
    """Runs the server in this process."""
    app = build(database, targets)
    uvicorn.run(app, host=host, port=port, http=CuttableProtocol, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
