"""The commands about groups as they are written; `babilu.terminal.command_forms` lists them among all others.

On a line a group is a word that begins with ``#``; where there is none, it is the current conversation.
"""

from collections.abc import Mapping
from typing import Final

from babilu.api import commands as c
from babilu.kernel.ids import EntryHash
from babilu.kernel.states import GroupAdders
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.command_spec import ArgumentSpec, CommandSpec
from babilu.terminal.ordered_command import Action

LOG_USUAL: Final = 20
LINK_HOURS: Final = 168

GROUP: Final = ArgumentSpec("conversation", ArgumentKind.NAME, also=("group", "conversation_id"), sign="#")

_NAMES: Final = ArgumentSpec("names", ArgumentKind.NAMES)
_TITLE: Final = ArgumentSpec("title", ArgumentKind.TEXT)
_LINK: Final = ArgumentSpec("link", ArgumentKind.TEXT, sign="babilu:")
_USES: Final = ArgumentSpec("uses", ArgumentKind.COUNT, needed=False, key="uses")
_APPROVAL: Final = ArgumentSpec("approval", ArgumentKind.SWITCH, needed=False, key="approval", otherwise=False)
_NEWCOMERS: Final = ArgumentSpec("newcomers", ArgumentKind.SWITCH, needed=False, key="newcomers", otherwise=False)
_HOURS: Final = ArgumentSpec("hours", ArgumentKind.NUMBER, needed=False, key="hours")
_HISTORY_DAYS: Final = ArgumentSpec("history_days", ArgumentKind.NUMBER, needed=False, key="days")
_POLICY: Final = tuple(
    ArgumentSpec(field, ArgumentKind.WHO_MAY, needed=False, key=field) for field in ("adds", "posts", "pins")
)


def _group(members: tuple[str, ...] | None, title: str, topic: str | None) -> Action:
    return c.StartGroup(title, members or (), topic or "")


def _add(link: str | None, conversation: str | None, names: tuple[str, ...] | None) -> Action:
    if link is not None:
        return c.AddByLink(link)
    if not names:
        raise MisuseError("add_whom")
    if conversation is None:
        raise MisuseError("no_conversation")
    return c.AddToGroup(conversation, names)


def _remove(conversation: str, names: tuple[str, ...]) -> Action:
    if not names:
        raise MisuseError("remove_whom")
    return c.RemoveFromGroup(conversation, names)


def _set(
    conversation: str,
    title: str | None,
    topic: str | None,
    policy: Mapping[str, bool] | None,
    picture: str | bool | None,
    history: int | None,
    history_days: int | None,
) -> Action:
    shared = history is not None or history_days is not None
    if title is None and topic is None and policy is None and picture is False and not shared:
        raise MisuseError("set_what")
    path = None if isinstance(picture, bool) else picture or ""
    adds, posts, pins = (None if policy is None else policy.get(field) for field in ("adds", "posts", "pins"))
    return c.ChangeGroup(conversation, title, topic, adds, posts, pins, path, history, history_days)


def _newcomers(conversation: str, history: int, history_days: int | None) -> Action:
    return c.ChangeGroup(conversation, history=history, history_days=history_days)


def _title(conversation: str, title: str) -> Action:
    return c.ChangeGroup(conversation, title=title)


def _topic(conversation: str, topic: str | None) -> Action:
    return c.ChangeGroup(conversation, topic=topic or "")


def _picture(conversation: str, picture: str | None) -> Action:
    return c.ChangeGroup(conversation, picture=picture or "")


def _policy(conversation: str, adds: bool | None, posts: bool | None, pins: bool | None) -> Action:
    if adds is posts is pins is None:
        raise MisuseError("policy_of_what")
    return c.ChangeGroup(conversation, everybody_adds=adds, everybody_posts=posts, everybody_pins=pins)


def _make_link(conversation: str, uses: int | None, approval: bool, hours: int | None, newcomers: bool) -> Action:
    return c.MakeGroupLink(conversation, uses, approval, hours or LINK_HOURS, newcomers)


def _log(conversation: str, count: int | None, before: bytes | None) -> Action:
    return c.GroupLogOf(conversation, count or LOG_USUAL, None if before is None else EntryHash(before))


def _who_may_add(who: GroupAdders | None) -> Action:
    return c.WhoMayAdd(who)


GROUP_FORMS: Final[tuple[CommandSpec, ...]] = (
    CommandSpec(
        "group",
        (
            ArgumentSpec("members", ArgumentKind.NAMES, needed=False, sign="@"),
            _TITLE,
            ArgumentSpec("topic", ArgumentKind.TEXT, needed=False, on_line=False),
        ),
        _group,
        written="[@NAME ...] TITLE",
    ),
    CommandSpec("remove", (GROUP, _NAMES), _remove, written="[#GROUP] NAME ..."),
    CommandSpec(
        "role",
        (GROUP, ArgumentSpec("name", ArgumentKind.NAME), ArgumentSpec("role", ArgumentKind.ROLE)),
        c.SetRole,
        written="[#GROUP] NAME admin|member",
    ),
    CommandSpec("follow", (GROUP, ArgumentSpec("of", ArgumentKind.NAME)), c.FollowGroup, written="[#GROUP] NAME"),
    CommandSpec("leave", (GROUP,), c.QuitGroup, written="[#GROUP]"),
    CommandSpec(
        "set",
        (
            GROUP,
            ArgumentSpec("title", ArgumentKind.TEXT, needed=False),
            ArgumentSpec("topic", ArgumentKind.TEXT, needed=False),
            ArgumentSpec("policy", ArgumentKind.POLICY, needed=False),
            ArgumentSpec("picture", ArgumentKind.PATH, needed=False, nullable=True, otherwise=False),
            ArgumentSpec("history", ArgumentKind.POSITION, needed=False),
            _HISTORY_DAYS,
        ),
        _set,
        on_line=False,
    ),
    CommandSpec("title", (GROUP, _TITLE), _title, in_json=False, written="[#GROUP] TITLE"),
    CommandSpec(
        "topic",
        (GROUP, ArgumentSpec("topic", ArgumentKind.TEXT, needed=False)),
        _topic,
        in_json=False,
        written="[#GROUP] [TEXT]",
    ),
    CommandSpec(
        "group_picture",
        (GROUP, ArgumentSpec("picture", ArgumentKind.PATH, nullable=True)),
        _picture,
        in_json=False,
        written="[#GROUP] PATH|off",
    ),
    CommandSpec(
        "policy",
        (GROUP, *_POLICY),
        _policy,
        in_json=False,
        written="[#GROUP] adds:everybody posts:admins",
    ),
    CommandSpec(
        "newcomers",
        (GROUP, ArgumentSpec("history", ArgumentKind.POSITION), _HISTORY_DAYS),
        _newcomers,
        in_json=False,
        written="[#GROUP] N [days:30]",
    ),
    CommandSpec("members", (GROUP,), c.GetGroup, in_json=False, written="[#GROUP]"),
    CommandSpec("group_info", (GROUP,), c.GetGroup, on_line=False),
    CommandSpec(
        "group_log",
        (
            GROUP,
            ArgumentSpec("n", ArgumentKind.COUNT, needed=False, also=("limit", "count")),
            ArgumentSpec("before", ArgumentKind.FINGERPRINT, needed=False, on_line=False),
        ),
        _log,
        written="[#GROUP] [N]",
    ),
    CommandSpec("invitations", (), c.GroupInvitations),
    CommandSpec(
        "link",
        (GROUP, _USES, _APPROVAL, _HOURS, _NEWCOMERS),
        _make_link,
        in_json=False,
        written="[#GROUP] [uses:5] [approval:on] [hours:9] [newcomers:on]",
    ),
    CommandSpec("group_link", (GROUP, _USES, _APPROVAL, _HOURS, _NEWCOMERS), _make_link, on_line=False),
    CommandSpec("links", (GROUP,), c.GroupLinks, written="[#GROUP]"),
    CommandSpec("unlink", (GROUP, _LINK), c.RevokeGroupLink, written="[#GROUP] LINK"),
    CommandSpec("join", (_LINK,), c.JoinGroup),
    CommandSpec("join_requests", (), c.JoinRequests),
    CommandSpec(
        "who_may_add",
        (ArgumentSpec("who", ArgumentKind.ADDERS, needed=False),),
        _who_may_add,
        written="[everybody|contacts|nobody]",
    ),
)

ADD: Final = CommandSpec(
    "add",
    (
        ArgumentSpec("link", ArgumentKind.TEXT, needed=False, also=("text",), sign="babilu:"),
        ArgumentSpec("conversation", ArgumentKind.NAME, needed=False, also=GROUP.also, sign="#"),
        ArgumentSpec("names", ArgumentKind.NAMES, needed=False),
    ),
    _add,
    written="LINK | [#GROUP] NAME ...",
)
"""A person by their link, or people to a group."""
