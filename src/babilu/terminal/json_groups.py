"""Groups in the JSON contract: what they are, who asks, and what of their logs counts."""

from babilu.api.group_views import (
    GroupEntryView,
    GroupInvitationView,
    GroupLinkView,
    GroupView,
    JoinRequestView,
    PersonReceiptView,
)
from babilu.presentation.json_members import Members, describe_change, picked


def describe_group(group: GroupView) -> Members:
    """Describe a group."""
    place = picked(group, "conversation conversation_id title topic")
    members = [
        {**picked(each, "name role identity account contact"), **({"own": True} if each.own else {})}
        for each in group.members
    ]
    policy = {
        "adds": who_may(everybody=group.everybody_adds),
        "posts": who_may(everybody=group.everybody_posts),
        "pins": who_may(everybody=group.everybody_pins),
    }
    own = picked(group, "role accepted added_by may_post timer picture history history_days")
    split = {"split": list(group.split)} if group.split else {}
    log = picked(group, "entries heads")
    return {"event": "group", **place, "members": members, "policy": policy, **own, **split, **log}


def who_may(*, everybody: bool) -> str:
    """Name who may do something in a group."""
    return "everybody" if everybody else "admins"


def describe_invitation(invitation: GroupInvitationView) -> Members:
    """Describe a group that somebody added oneself to."""
    place = picked(invitation, "id conversation conversation_id")
    return {**place, "title": invitation.title or None, **picked(invitation, "members by at")}


def describe_join_request(request: JoinRequestView) -> Members:
    """Describe somebody who wants to join a group."""
    return picked(request, "id conversation conversation_id name identity at")


def describe_link(link: GroupLinkView) -> Members:
    """Describe a link by which people join a group."""
    return picked(link, "conversation conversation_id link uses left approval newcomers expires_at")


def describe_entry(entry: GroupEntryView) -> Members:
    """Describe one entry of a group's log."""
    members = {**picked(entry, "hash by at"), **describe_change(entry.change), "counts": entry.counts}
    return members if entry.counts else {**members, **picked(entry, "why_not because_of")}


def describe_receipt(person: PersonReceiptView) -> Members:
    """Describe how far a message of a group has come for one person."""
    members = picked(person, "name identity state delivered_at read_at")
    return members if person.error is None else {**members, "code": person.error}
