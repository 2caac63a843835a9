"""Backups are made of a relay that runs, and restored in the place of one that does not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from babilu.cli.options import ConfigOption, HomeOption, JsonOption


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("verify")(verify)
    app.command("restore")(restore)


def backup(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="New folder; otherwise one below `backups` in the relay's."),
    ] = None,
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Back a relay up while it runs, and verify the backup."""
    from babilu.cli.admin_link import ask
    from babilu.cli.quantities import SIZES, write
    from babilu.cli.tables import show_json
    from babilu.relay.admin.requests import BackedUp, BackUp
    from babilu.relay.backup import verify_backup

    of = _folder(context, home, config)
    place = (folder or of / "backups" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")).absolute()
    made = ask(of, BackUp(str(place)), BackedUp)
    verify_backup(place)
    if as_json:
        show_json("backup", folder=made.folder, size=made.size, verified=True)
    else:
        print(f"{made.folder} holds {write(made.size, SIZES)}, verified. Keep it as secret as the relay itself.")


def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The backup.")], *, as_json: JsonOption = False
) -> None:
    """Check that a backup is whole, unchanged and can be restored."""
    from babilu.cli.tables import show_json, time_text
    from babilu.relay.backup import verify_backup

    manifest = verify_backup(folder)
    if as_json:
        show_json("verified", folder=str(folder), made_at=manifest.made_at, size=manifest.size)
    else:
        print(f"{folder} is whole; it was made at {time_text(manifest.made_at)} (UTC).")


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The backup.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Put the files aside that are there.")] = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a backup, verified first, in the place of a relay that does not run."""
    from babilu.cli.tables import show_json
    from babilu.relay.backup import restore_backup
    from babilu.system import SystemRandomness

    to = _folder(context, home, config)
    aside = restore_backup(folder, to, SystemRandomness(), replace=replace)
    if as_json:
        show_json("restored", home=str(to), aside=None if aside is None else str(aside))
    else:
        print(f"{to} is restored." + ("" if aside is None else f" What was there lies in {aside}."))


def _folder(context: typer.Context, home: Path | None, config: Path | None) -> Path:
    from babilu.cli.admin_door import folder_on_this_machine

    return folder_on_this_machine(context, home, config)
