"""`babilu admin backup`, `verify` and `restore`: backups of a running relay, restored where none runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babilu.cli.admin_base import AdminBase, order
from babilu.cli.parameters import FolderPath, argument, flag

backup_argument: Final = argument("folder", about="backup", type=FolderPath())


@order("admin.backup")
@argument("folder", about="new_backup", type=FolderPath(), default=None)
def backup(admin_base: AdminBase, folder: Path | None) -> None:
    """Back a relay up while it runs, and verify the backup."""
    from babilu.cli.admin_link import ask
    from babilu.cli.quantities import rough_size
    from babilu.relay.base.admin_requests import BackedUp, BackUpRequest
    from babilu.relay.node.backup import verify_backup

    of = admin_base.folder
    place = (folder or of / "backups" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")).absolute()
    made = ask(of, BackUpRequest(str(place)), BackedUp)
    verify_backup(place)
    sentence = admin_base.say("admin.backup.made", folder=made.folder, size=rough_size(made.size))
    admin_base.tell("backup", sentence, folder=made.folder, size=made.size, verified=True)


@order("admin.verify", of_relay=False)
@backup_argument
def verify(admin_base: AdminBase, folder: Path) -> None:
    """Check that a backup is whole and can be restored."""
    from babilu.relay.node.backup import verify_backup

    manifest = verify_backup(folder)
    sentence = admin_base.say("admin.backup.whole", folder=folder, made=admin_base.time(manifest.made_at))
    admin_base.tell("verified", sentence, folder=str(folder), made_at=manifest.made_at, size=manifest.size)


@order("admin.restore")
@backup_argument
@flag("--replace")
def restore(admin_base: AdminBase, folder: Path, *, replace: bool) -> None:
    """Put a backup in the place of a relay that does not run; nothing that is there is deleted."""
    from babilu.relay.node.backup import restore_backup
    from babilu.system import SystemRandomness

    to = admin_base.folder
    aside = restore_backup(folder, to, SystemRandomness(), replace=replace)
    key = "admin.backup.restored" if aside is None else "admin.backup.restored.aside"
    sentence = admin_base.say(key, home=to, aside=aside)
    admin_base.tell("restored", sentence, home=str(to), aside=None if aside is None else str(aside))
