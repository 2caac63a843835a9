"""Backups are made of a relay that runs, and restored in the place of one that does not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from babilu.cli.office import Office

BackupArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="The backup.")]


def backup(
    office: Office,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER", help="New folder; otherwise one below `backups` in the relay's.", show_default=False
        ),
    ] = None,
) -> None:
    """Back a relay up while it runs, and verify the backup."""
    from babilu.cli.admin_link import ask
    from babilu.cli.quantities import rough_size
    from babilu.relay.admin.requests import BackedUp, BackUp
    from babilu.relay.backup import verify_backup

    of = office.folder
    place = (folder or of / "backups" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")).absolute()
    made = ask(of, BackUp(str(place)), BackedUp)
    verify_backup(place)
    sentence = office.say("admin.backup.made", folder=made.folder, size=rough_size(made.size))
    office.tell("backup", sentence, folder=made.folder, size=made.size, verified=True)


def verify(office: Office, folder: BackupArgument) -> None:
    """Check that a backup is whole and can be restored."""
    from babilu.relay.backup import verify_backup

    manifest = verify_backup(folder)
    sentence = office.say("admin.backup.whole", folder=folder, made=office.time(manifest.made_at))
    office.tell("verified", sentence, folder=str(folder), made_at=manifest.made_at, size=manifest.size)


def restore(
    office: Office,
    folder: BackupArgument,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Put the files aside that are there.")] = False,
) -> None:
    """Put a backup in the place of a relay that does not run.

    It is verified first. Nothing that is there is deleted.
    """
    from babilu.relay.backup import restore_backup
    from babilu.system import SystemRandomness

    to = office.folder
    aside = restore_backup(folder, to, SystemRandomness(), replace=replace)
    key = "admin.backup.restored" if aside is None else "admin.backup.restored.aside"
    sentence = office.say(key, home=to, aside=aside)
    office.tell("restored", sentence, home=str(to), aside=None if aside is None else str(aside))
