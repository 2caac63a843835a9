"""Alarms: what a client notices that its user should know, because somebody may be tampering.

An alarm is no error of a command. Its id is public (`--json`, the library) and has its own sentence and advice in each
language; nothing is derived from an error code.
"""

from enum import StrEnum, unique


@unique
class AlarmKind(StrEnum):
    """Stable names of everything that rings an alarm; they are added, never renamed."""

    LIST_UNSIGNED = "list_unsigned"
    """A device list of the contact was shown that its owner did not sign."""

    LIST_ROLLED_BACK = "list_rolled_back"
    """A device list of the contact was shown that is older than the known one, or contradicts it."""

    LIST_TAKES_DEVICE = "list_takes_device"
    """A device list of the contact was shown that names a device of another contact."""

    LIST_OF_ANOTHER_ACCOUNT = "list_of_another_account"
    """A device list was shown as the contact's that does not name the contact's account."""

    ANOTHER_ACCOUNT = "another_account"
    """Messages of the contact come from another account than the one that the relay shows them under."""

    LIST_WITHHELD = "list_withheld"
    """The contact names a newer device list, which the relay has not shown for minutes."""

    LISTS_DIFFER = "lists_differ"
    """The contact names another device list of theirs than was shown here."""

    OWN_LIST_FORGED = "own_list_forged"
    """Somebody was shown a device list of ours that we did not sign, or that the relay does not show us."""

    PREKEYS_UNSIGNED = "prekeys_unsigned"
    """Keys were offered for a new session with the contact that the contact's device did not sign."""

    TOO_MUCH = "too_much"
    """The contact sends more in a day than is kept; what is beyond that is dropped."""

    STRANGERS_REFUSED = "strangers_refused"
    """More people who are not accepted write than is kept; what is beyond that is dropped. It names nobody."""

    SENDER_GONE = "sender_gone"
    """Messages name an account as their sender's that belongs to somebody else by now: they cannot be shown."""

    GROUP_FORK = "group_fork"
    """A device of the contact shows two logs of a group, or goes back in one."""

    GROUP_SPLIT = "group_split"
    """Several people go on with a group without its owner, the contact among them: one of them has left it twice."""

    GROUP_LOG_FULL = "group_log_full"
    """The contact has filled the log of a group: nothing more of theirs is taken until somebody senior removes them."""

    CHAIN_BROKEN = "chain_broken"
    """A message contradicts those before it."""
