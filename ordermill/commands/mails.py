"""`ordermill mails …`: a shop's own mail templates, begun, tried and looked at before a customer is concerned."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ordermill.settings import Settings

if TYPE_CHECKING:
    from domain.policy import Store

app = typer.Typer(help="Mails to customers: their templates.", no_args_is_help=True)

CommandFailed = typer.Exit(1)


@app.command()
def check() -> None:
    """Write every mail with the shop's templates (ORDERMILL_MAIL_TEMPLATES); exit code 1 when one cannot be used."""
    from mails.letters import MAILS, Letters
    from mails.sample import problems

    store, own = _shop()
    letters = Letters(store, own)
    found = problems(letters, store)
    for problem in found:
        typer.echo(problem, err=True)
    if found:
        raise CommandFailed
    replaced = sum(1 for _, origin in letters.origins() if origin == "shop")
    typer.echo(f"{len(MAILS)} mails can be written; {replaced} of their files are the shop's own")


@app.command()
def show(
    mail: Annotated[str, typer.Argument(help="Which mail: order_placed, order_shipped, …")],
    part: Annotated[str, typer.Option(help="html | text | subject")] = "html",
) -> None:
    """Print a mail as a customer would get it, about a made-up order."""
    from mails.letters import MAILS, Letters
    from mails.sample import SUBJECTS, sample

    if mail not in MAILS:
        raise typer.BadParameter(f"{mail} is none of {', '.join(MAILS)}")
    if part not in ("html", "text", "subject"):
        raise typer.BadParameter(f"{part} is none of html, text, subject")
    store, own = _shop()
    letter = Letters(store, own).write(sample(store), mail, SUBJECTS[mail])
    if letter.problem:
        typer.echo(letter.problem, err=True)
    typer.echo(getattr(letter, part), nl=part != "text")


@app.command()
def begin(directory: Annotated[Path, typer.Argument(help="A directory for the shop's own templates.")]) -> None:
    """Copy our templates into a directory, to be changed there; nothing that is there is overwritten."""
    from mails.letters import OURS

    directory.mkdir(parents=True, exist_ok=True)
    for path in sorted(OURS.iterdir()):
        target = directory / path.name
        if path.is_file() and not target.exists():
            target.write_bytes(path.read_bytes())
            typer.echo(target)


def _shop() -> "tuple[Store, Path | None]":
    from ordermill.process import beginning
    from ordermill.process.config import ConfigError, load

    settings: Settings = beginning.settings()
    try:
        return load(settings).store, settings.mail_templates
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
