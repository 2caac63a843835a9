"""`babilu admin migrate-storage` moves what a relay keeps into a PostgreSQL database, and back."""

from pathlib import Path
from typing import Final

from babilu.cli.admin_base import AdminBase, order
from babilu.cli.parameters import argument, flag

CONFIGURATION: Final = "babilu.toml"


@order("admin.migrate-storage")
@argument("url", about="storage_url")
@flag("--back")
def migrate_storage(admin_base: AdminBase, url: str, *, back: bool) -> None:
    """Move accounts, mail and files of a relay that does not run into a database, or back."""
    import os

    from babilu.cli.configuration import without_password
    from babilu.relay.base.state_dir import StateDir, read_key
    from babilu.relay.storage.moving import move

    home = admin_base.folder
    unsafe = os.environ.get("BABILU_STORAGE_UNSAFE", "").lower() in {"true", "1"}
    # A folder that is no relay's gets no lock.
    check = read_key(home).check
    with StateDir.locked(home):
        moved = move(url, home, check, back=back, unsafe=unsafe)
    _note(home / CONFIGURATION, without_password(url).replace(":…@", "@"), back=back)
    key = "admin.moved_back" if back else "admin.moved"
    sentence = admin_base.say(key, home=home, accounts=moved.accounts, letters=moved.letters, files=moved.files)
    admin_base.tell("moved", sentence, accounts=moved.accounts, letters=moved.letters, files=moved.files, back=back)


def _note(file: Path, url: str, *, back: bool) -> None:
    """Have the relay's own configuration name the database, where it says nothing of a storage yet, or no longer."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    noted = f'[storage]\nurl = "{url}"\n'
    if back and noted in text:
        file.write_text(text.replace(noted, "").rstrip("\n") + "\n", encoding="utf-8")
    elif not back and "[storage]" not in text:
        gap = "\n" if text else ""
        file.write_text(f"{text}{gap}{noted}", encoding="utf-8")
