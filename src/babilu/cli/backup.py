"""`babilu backup` keeps a profile in one file, looks whether such a file is whole, and makes a profile of it again."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from babilu.cli.commands import Group, command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.options import home_option, json_option, language_option, password_file_option, profile_option
from babilu.cli.parameters import FilePath, FolderPath, argument, flag, option, strings_of, together
from babilu.cli.profile_choice import ProfileChoice, choose, of_profile

if TYPE_CHECKING:
    from babilu.api.archive_views import ArchiveCountsView, ArchiveFindingsView, ArchiveView
    from babilu.engine.profile.restoring import Restoring
    from babilu.presentation.strings import Strings

file_argument: Final = argument("file", about="backup_file", metavar="FILE", type=FilePath())
code_option: Final = option("--code-file", metavar="FILE", type=FilePath())
secret_options: Final = together(
    code_option,
    option("--passphrase-file", metavar="FILE", type=FilePath()),
)
"""By what a backup opens."""

EXITS: Final = {"good": ExitCode.DONE, "wrong_code": ExitCode.CREDENTIALS}
"""Exit codes by verdict; the others end with that of a session that failed."""


MAKING_S: Final = 24 * 60 * 60.0
"""Longest wait for a backup: all files of a long life are in it, and are read back."""


@command("backup.create")
@file_argument
@secret_options
@flag("--no-files", about="no_files")
@flag("--disappearing")
@of_profile
def create(
    choice: ProfileChoice,
    file: Path,
    code_file: Path | None,
    passphrase_file: Path | None,
    *,
    no_files: bool,
    disappearing: bool,
    as_json: bool,
) -> None:
    """Keep everything of a profile in one file, and have another process read it back."""
    from babilu.api.commands import CreateArchive
    from babilu.cli.account import ask_profile
    from babilu.cli.archive_secrets import new_secret

    secret, kind = new_secret(code_file, passphrase_file, choice.say)
    made = ask_profile(
        choice,
        CreateArchive(str(file.absolute()), secret, kind, files=not no_files, disappearing=disappearing),
        MAKING_S,
    )
    show_made(made, choice.say, as_json=as_json)


@command("backup.verify")
@file_argument
@secret_options
@profile_option
@home_option
@json_option
@language_option
def verify(
    file: Path,
    code_file: Path | None,
    passphrase_file: Path | None,
    *,
    profile: str | None,
    home: Path | None,
    as_json: bool,
    lang: str | None,
) -> int:
    """Read a backup to its end, and say what it is: good, opened by another code, damaged, or too new.

    No profile is opened. Where one is named, the backup has to be of the person whose it is.
    """
    del home
    from babilu.cli.archive_secrets import known_secret
    from babilu.engine.commands.archive_commands import examined, opener_of
    from babilu.presentation.plain_text import one_line
    from babilu.presentation.shown_people import name_key
    from babilu.presentation.strings import MisuseError

    say = strings_of(lang)
    opener = opener_of(*known_secret(code_file, passphrase_file, say))
    begun = time.monotonic()
    found = examined(file, opener)
    if profile is not None and found.name and name_key(profile.partition("@")[0]) != name_key(found.name):
        raise MisuseError("backup_of_other", profile=one_line(found.name))
    show_findings("archive_verified", file, found, time.monotonic() - begun, say, as_json=as_json)
    return EXITS.get(found.verdict.value, ExitCode.SESSION)


@command("backup.restore")
@file_argument
@secret_options
@flag("--salvage")
@option("--replaces", metavar="DEVICE")
@profile_option
@home_option
@password_file_option
@json_option
@language_option
@click.pass_context
def restore(
    context: click.Context,
    file: Path,
    code_file: Path | None,
    passphrase_file: Path | None,
    *,
    salvage: bool,
    replaces: str | None,
    profile: str | None,
    home: Path | None,
    password_file: Path | None,
    as_json: bool,
    lang: str | None,
) -> int:
    """Make a profile of a backup, as another device of yours; what is there already stays."""
    from babilu.api.archive_views import ArchiveFindingsView
    from babilu.cli.archive_secrets import known_secret
    from babilu.cli.secret_input import find_password
    from babilu.engine.commands.archive_commands import opener_of, shown_findings, verdict_of
    from babilu.engine.profile.restoring import RestoreOrder, Restoring
    from babilu.kernel.errors import ArchiveError
    from babilu.system import SystemClock, SystemRandomness
    from babilu.terminal.output import StreamOutput, standard_error

    choice = choose(context, profile, home, password_file, lang)
    say, begun = choice.say, time.monotonic()
    opener = opener_of(*known_secret(code_file, passphrase_file, say))
    try:
        password = find_password(None, password_file, say("ask.password"), say, StreamOutput(standard_error))
        order = RestoreOrder(file, opener, choice.home, password, salvage, replaces)
        restoring = Restoring(order, SystemClock(), SystemRandomness())
    except ArchiveError as error:
        found = ArchiveFindingsView(verdict_of(error))
        show_findings("archive_restored", file, found, time.monotonic() - begun, say, as_json=as_json)
        return EXITS.get(found.verdict.value, ExitCode.SESSION)
    found = shown_findings(restoring.findings)
    if found.verdict.value != "good" and not salvage:
        show_findings("archive_restored", file, found, time.monotonic() - begun, say, as_json=as_json)
        return ExitCode.SESSION
    return bring_back(restoring, found, choice, begun, as_json=as_json)


def bring_back(
    restoring: "Restoring", found: "ArchiveFindingsView", choice: ProfileChoice, begun: float, *, as_json: bool
) -> int:
    """Say what a backup is, and bring back what is in it."""
    from babilu.cli.secret_input import can_ask, confirm
    from babilu.cli.tables import show_json, time_text
    from babilu.kernel.limits import Limits
    from babilu.presentation.archive_words import about_words
    from babilu.presentation.strings import MisuseError

    say, paths = choice.say, restoring.paths
    written = paths.database.stem
    if choice.written is not None and choice.written not in {written, paths.name}:
        raise MisuseError("backup_of_other", profile=written)
    changes = restoring.changes_since(Limits())
    if not as_json:
        for sentence in about_words(say, found, time_text):
            print(sentence)
    if changes is not None and changes > 1:
        warning = say("backup.newer_list", count=changes)
        click.echo(warning, err=True)
        if not as_json and can_ask() and not confirm(say("backup.go_on"), say):
            return ExitCode.SESSION
    if not room_is_made(restoring, say, as_json=as_json):
        return ExitCode.SESSION
    brought = restoring.bring_back()
    seconds = round(time.monotonic() - begun, 3)
    imported = brought.imported
    if as_json:
        show_json(
            "archive_restored",
            file=str(restoring.path),
            verdict=found.verdict.value,
            damaged_at=found.damaged_at,
            readable=found.readable,
            counts=counted(found.counts),
            hash=found.sha256,
            seconds=seconds,
            profile=written,
            made=brought.is_new,
            restored={
                "people": imported.people,
                "conversations": imported.conversations,
                "messages": imported.messages,
                "files": imported.files,
            },
            changes_since=changes,
        )
        return ExitCode.DONE
    key = "backup.restored" if brought.is_new else "backup.completed"
    print(say(key, profile=written, count=imported.messages))
    return ExitCode.DONE


def room_is_made(restoring: "Restoring", say: "Strings", *, as_json: bool) -> bool:
    """Have a person choose which device goes, where there are as many as there may be; tells whether one does."""
    from babilu.cli.secret_input import can_ask
    from babilu.cli.tables import show_json
    from babilu.kernel.errors import TooManyDevicesError
    from babilu.presentation.plain_text import one_line

    try:
        restoring.replaced()
    except TooManyDevicesError as error:
        if as_json:
            shown = [{"device": device, "name": name} for device, name in error.devices]
            show_json("too_many_devices", file=str(restoring.path), devices=shown)
            return False
        click.echo(say("backup.which_goes"), err=True)
        for number, (device, name) in enumerate(error.devices, 1):
            click.echo(f"  {number}  {one_line(name) or say('device.unnamed')}  {device}", err=True)
        if not can_ask():
            click.echo(say("backup.replaces"), err=True)
            return False
        chosen = click.prompt(say("backup.number"), type=click.IntRange(0, len(error.devices)), default=0, err=True)
        if not chosen:
            return False
        restoring.replace(error.devices[chosen - 1][0])
    return True


@command("backup.status")
@of_profile
def status(choice: ProfileChoice, *, as_json: bool) -> None:
    """Tell how old the last good backup of a profile is, and whether one is made every day."""
    from babilu.api.commands import ArchiveStatus
    from babilu.cli.account import ask_profile
    from babilu.cli.tables import show_json, time_text
    from babilu.presentation.archive_words import status_words
    from babilu.system import SystemClock

    found = ask_profile(choice, ArchiveStatus())
    now = SystemClock().now_ms()
    if as_json:
        age = None if found.last is None else max(0, round((now - found.last.made_at) / 1000))
        show_json("archive_status", **as_members(found), age=age)
        return
    for sentence in status_words(choice.say, found, now, time_text):
        print(sentence)


@command("backup.schedule")
@argument("folder", about="backup_folder", type=FolderPath(), default=None)
@code_option
@flag("--off", about="backup_off")
@of_profile
def schedule(choice: ProfileChoice, folder: Path | None, code_file: Path | None, *, off: bool, as_json: bool) -> int:
    """Make a backup every day into a folder, as long as a client of the profile runs; the first one at once."""
    from babilu.api.commands import KeepArchives
    from babilu.cli.account import ask_profile
    from babilu.cli.archive_secrets import new_secret
    from babilu.cli.tables import show_json, time_text
    from babilu.presentation.archive_words import status_words
    from babilu.presentation.strings import MisuseError
    from babilu.system import SystemClock

    if (folder is None) is not off:
        raise MisuseError("backup_folder")
    if folder is None:
        found = ask_profile(choice, KeepArchives(None))
    else:
        secret, _ = new_secret(code_file, None, choice.say)
        found = ask_profile(choice, KeepArchives(str(folder.absolute()), secret, first=True))
    say = choice.say
    if as_json:
        show_json("archive_status", **as_members(found))
    elif found.folder is None:
        print(say("backup.off"))
    else:
        for sentence in status_words(say, found, SystemClock().now_ms(), time_text):
            print(sentence)
    return ExitCode.DONE if found.error is None else ExitCode.SESSION


def show_made(made: "ArchiveView", say: "Strings", *, as_json: bool) -> None:
    """Say that a backup was made."""
    from babilu.cli.quantities import rough_size
    from babilu.cli.tables import show_json

    seconds = round((made.took_ms + (made.rehearsed_ms or 0)) / 1000, 3)
    if as_json:
        show_json(
            "archive_created",
            file=made.path,
            size=made.size,
            verdict="good",
            counts=counted(made.counts),
            hash=made.sha256,
            seconds=seconds,
            rehearsed=made.rehearsed_ms is not None,
        )
        return
    print(say("backup.made", path=made.path, size=rough_size(made.size), count=made.counts.messages))


def show_findings(
    event: str, file: Path, found: "ArchiveFindingsView", seconds: float, say: "Strings", *, as_json: bool
) -> None:
    """Say what reading a backup has shown."""
    from babilu.cli.tables import show_json, time_text
    from babilu.presentation.archive_words import findings_words

    if as_json:
        show_json(
            event,
            file=str(file),
            verdict=found.verdict.value,
            damaged_at=found.damaged_at,
            readable=found.readable,
            counts=counted(found.counts),
            hash=found.sha256,
            seconds=round(seconds, 3),
            name=found.name,
            made_at=found.made_at,
            newest_at=found.newest_at,
            list_version=found.list_version,
        )
        return
    for sentence in findings_words(say, found, time_text):
        print(sentence)


def counted(counts: "ArchiveCountsView | None") -> dict[str, int] | None:
    """Give counts as members of an event."""
    return None if counts is None else as_members(counts)


def as_members(view: object) -> dict[str, Any]:
    """Give what a view holds as members of an event."""
    from dataclasses import asdict

    return asdict(view)  # type: ignore[call-overload,no-any-return]  # views are dataclasses


backup = Group(
    "backup",
    {"create": create, "verify": verify, "restore": restore, "status": status, "schedule": schedule},
)
