"""`babilu admin backup`, `verify` and `restore`: backups of a running relay, restored where none runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babilu.cli.admin_base import AdminBase, order
from babilu.cli.parameters import FolderPath, argument, flag, option
from babilu.cli.progress_line import progress

if TYPE_CHECKING:
    from babilu.relay.node.blob_backup import BlobList

backup_argument: Final = argument("folder", about="backup", type=FolderPath())


@order("admin.backup")
@argument("folder", about="new_backup", type=FolderPath(), default=None)
@flag("--files", about="backup_files")
def backup(admin_base: AdminBase, folder: Path | None, *, files: bool) -> None:
    """Back a relay up while it runs, and verify the backup."""
    from babilu.cli.admin_link import ask
    from babilu.cli.quantities import rough_size
    from babilu.relay.base.admin_requests import BackedUp, BackUpRequest
    from babilu.relay.node.backup import verify_backup
    from babilu.relay.node.blob_backup import add_blobs

    of = admin_base.folder
    place = (folder or of / "backups" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")).absolute()
    ask(of, BackUpRequest(str(place)), BackedUp)
    if files:
        say = admin_base.say
        add_blobs(of, place, lambda count, size: progress(say("admin.files", count=count, size=rough_size(size))))
        progress("")
    made = verify_backup(place)
    sentence = admin_base.say("admin.backup.made", folder=place, size=rough_size(made.size))
    if made.blobs is not None:
        sentence = f"{sentence} {_tell_blobs(admin_base, made.blobs)}"
    admin_base.tell("backup", sentence, folder=str(place), size=made.size, verified=True, **_count(made.blobs))


@order("admin.verify", of_relay=False)
@backup_argument
def verify(admin_base: AdminBase, folder: Path) -> None:
    """Check that a backup is whole and can be restored."""
    from babilu.relay.node.backup import verify_backup

    kept = verify_backup(folder)
    made_at = kept.manifest.made_at
    sentence = admin_base.say("admin.backup.whole", folder=folder, made=admin_base.time(made_at))
    if kept.blobs is not None:
        sentence = f"{sentence} {_tell_blobs(admin_base, kept.blobs)}"
    admin_base.tell("verified", sentence, folder=str(folder), made_at=made_at, size=kept.size, **_count(kept.blobs))


@order("admin.restore")
@backup_argument
@flag("--replace")
@option("--storage", about="restore_storage", metavar="URL")
def restore(admin_base: AdminBase, folder: Path, *, replace: bool, storage: str | None) -> None:
    """Put a backup in the place of a relay that does not run; nothing that is there is deleted."""
    from babilu.relay.node.backup import restore_backup
    from babilu.system import SystemRandomness

    to = admin_base.folder
    aside = restore_backup(folder, to, SystemRandomness(), replace=replace, database=storage or "")
    key = "admin.backup.restored" if aside is None else "admin.backup.restored.aside"
    sentence = admin_base.say(key, home=to, aside=aside)
    admin_base.tell("restored", sentence, home=str(to), aside=None if aside is None else str(aside))


def _tell_blobs(admin_base: AdminBase, blobs: "BlobList") -> str:
    from babilu.cli.quantities import rough_size

    return admin_base.say("admin.backup.files", count=len(blobs.files), size=rough_size(blobs.size))


def _count(blobs: "BlobList | None") -> dict[str, int]:
    return {"files": 0 if blobs is None else len(blobs.files)}
