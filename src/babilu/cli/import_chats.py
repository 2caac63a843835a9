"""`babilu import` takes over what other programs have exported; `--dry-run` only tells what there is."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babilu.cli.commands import Group, command
from babilu.cli.parameters import FilePath, OneOf, argument, flag, option, together
from babilu.cli.profile_choice import ProfileChoice, of_profile
from babilu.kernel.states import DateOrder, ImportSource
from babilu.presentation.strings import MisuseError

if TYPE_CHECKING:
    from babilu.api.import_commands import ImportChats
    from babilu.api.views import ImportedChatView, ImportedPersonView, ImportView
    from babilu.cli.one_shot import OneShot
    from babilu.presentation.strings import Strings

PEOPLE_SHOWN: Final = 50
"""People of a conversation that the table names."""

file_argument: Final = argument("file", about="export_file", metavar="FILE", type=FilePath())
import_options: Final = together(
    flag("--dry-run"),
    option("--person", metavar="NAME=CONTACT", multiple=True),
    option("--me", metavar="NAME", multiple=True),
)


@command("import.whatsapp")
@file_argument
@import_options
@option("--title")
@option("--dates", type=OneOf(DateOrder, DateOrder))
@of_profile
def whatsapp(
    choice: ProfileChoice,
    file: Path,
    *,
    dry_run: bool,
    person: tuple[str, ...],
    me: tuple[str, ...],
    title: str | None,
    dates: str | None,
    as_json: bool,
) -> int:
    """Take over a chat that WhatsApp has exported."""
    wanted = _command(ImportSource.WHATSAPP, file, person, me, dry_run=dry_run)
    order = None if dates is None else DateOrder(dates)
    return _import(choice, replace(wanted, title=title, dates=order), as_json=as_json)


@command("import.mattermost")
@file_argument
@import_options
@option("--only", metavar="TITLE", multiple=True)
@of_profile
def mattermost(
    choice: ProfileChoice,
    file: Path,
    *,
    dry_run: bool,
    person: tuple[str, ...],
    me: tuple[str, ...],
    only: tuple[str, ...],
    as_json: bool,
) -> int:
    """Take over the conversations of a bulk export of Mattermost."""
    wanted = _command(ImportSource.MATTERMOST, file, person, me, dry_run=dry_run)
    return _import(choice, replace(wanted, only=only), as_json=as_json)


def _command(
    source: ImportSource, file: Path, person: tuple[str, ...], me: tuple[str, ...], *, dry_run: bool
) -> "ImportChats":
    from babilu.api.import_commands import ImportChats, PersonMapping

    people = []
    for each in person:
        name, sign, contact = each.rpartition("=")
        if not sign or not name or not contact:
            raise MisuseError("no_mapping", given=each)
        people.append(PersonMapping(name, contact))
    return ImportChats(source, str(file.absolute()), dry_run, tuple(people), me)


def _import(choice: ProfileChoice, wanted: "ImportChats", *, as_json: bool) -> int:
    from babilu.cli.exit_codes import ExitCode
    from babilu.cli.one_shot import run_one_shot

    def take(one_shot: "OneShot") -> ExitCode:
        view = _take(one_shot, choice.say, wanted, quiet=as_json)
        if as_json:
            show_imported(view)
        else:
            show_import(view, choice.say)
        return ExitCode.DONE

    return run_one_shot(choice, take, as_json=as_json)


def _take(one_shot: "OneShot", say: "Strings", wanted: "ImportChats", *, quiet: bool) -> "ImportView":
    """Ask for it, and show how far it is until the answer comes, however long that takes."""
    from babilu.api.events import ImportProgress
    from babilu.cli.progress_line import progress

    answer = one_shot.client.request(wanted)
    while not answer.done():
        event = one_shot.next_event(0.2)
        if isinstance(event, ImportProgress) and event.path == wanted.path and not quiet:
            progress(say("import.progress", done=event.done, total=event.total))
    progress("")
    return answer.result()


def show_imported(view: "ImportView") -> None:
    """Print what came of it as one object."""
    from babilu.cli.tables import show_json

    chats = [
        {
            "title": chat.title,
            "conversation": chat.conversation,
            "conversation_id": chat.conversation_id.hex(),
            "messages": chat.messages,
            "new": chat.new,
            "files": chat.files,
            "first": chat.first,
            "last": chat.last,
            "people": [_person(each) for each in chat.people],
        }
        for chat in view.chats
    ]
    lost = {each.kind.value: each.count for each in view.lost}
    show_json("imported", source=view.source.value, dry_run=view.dry_run, chats=chats, lost=lost)


def _person(person: "ImportedPersonView") -> dict[str, object]:
    return {"name": person.name, "messages": person.messages, "contact": person.contact, "own": person.own}


def show_import(view: "ImportView", say: "Strings") -> None:
    """Print what came of it as tables for people; names are somebody else's, and escaped."""
    from babilu.cli.tables import show_table, time_text

    heads = ("conversation", "label", "messages", "new", "files", "first", "last")
    rows = [
        (
            chat.title,
            chat.conversation or "-",
            chat.messages,
            chat.new,
            chat.files,
            time_text(chat.first),
            time_text(chat.last),
        )
        for chat in view.chats
    ]
    show_table([say(f"import.head.{head}") for head in heads], rows)
    print()
    show_table(
        [say(f"import.head.{head}") for head in ("conversation", "person", "messages", "is")],
        [(chat.title, each.name, each.messages, _who(each, say)) for chat in view.chats for each in _first(chat)],
    )
    lost = [(say(f"import.lost.{each.kind}"), each.count) for each in view.lost]
    if lost:
        print()
        show_table([say("import.head.lost"), say("import.head.count")], lost)
    print()
    new = sum(chat.new for chat in view.chats)
    print(say("import.dry" if view.dry_run else "import.done", count=new))


def _first(chat: "ImportedChatView") -> "tuple[ImportedPersonView, ...]":
    return chat.people[:PEOPLE_SHOWN]


def _who(person: "ImportedPersonView", say: "Strings") -> str:
    if person.own:
        return say("import.you")
    return person.contact or say("import.nobody")


import_chats = Group("import", {"whatsapp": whatsapp, "mattermost": mattermost})
