"""Registers of a group: which of them an entry writes, and which field of the policy lets everybody make a change."""

from collections.abc import Hashable

from babilu.group.changes import (
    AddMember,
    CreateGroup,
    PolicyField,
    SetLifetime,
    SetPicture,
    SetPin,
    SetPolicy,
    SetTitle,
    SetTopic,
)
from babilu.group.entries import LogEntry


def registers_of(entry: LogEntry) -> tuple[Hashable, ...]:
    """Return the registers that an entry writes: the first one writes all but the pins."""
    match entry.change:
        case CreateGroup():
            return (SetTitle, SetTopic, SetPicture, SetLifetime, *PolicyField)
        case SetTitle() | SetTopic() | SetPicture() | SetLifetime():
            return (type(entry.change),)
        case SetPolicy(field=field):
            return (field,)
        case SetPin(message=message):
            return (message,)
        case _:
            return ()


def field_for(entry: LogEntry) -> PolicyField | None:
    """Return the field of the policy that lets everybody make such a change; None where only admins make it."""
    match entry.change:
        case AddMember():
            return PolicyField.ADDS
        case SetPin():
            return PolicyField.PINS
        case _:
            return None


def opens(entry: LogEntry, field: PolicyField) -> bool:
    """Tell whether an entry lets everybody do what a field of the policy is about."""
    match entry.change:
        case CreateGroup(policy=policy):
            return policy.opens(field)
        case SetPolicy(field=about, everybody=everybody):
            return about is field and everybody
        case _:
            return False
