"""Attacks, played in earnest: each says whether what must hold has held; one that could not be played has failed.

What must hold is the threat model's: the operator may refuse service, and can neither read, nor speak for somebody,
nor change a key, nor show a message twice, without being noticed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from babilu.attack.on_devices import link_own_device
from babilu.attack.on_entrance import (
    change_the_greeting,
    cheapen_the_password,
    offer_older_version,
    show_another_certificate,
    stand_between_direct_callers,
)
from babilu.attack.on_files import spoil_files
from babilu.attack.on_groups import fork_log, freeze_member, replay_entries, smuggle_member
from babilu.attack.on_keys import (
    freeze_device_list,
    smuggle_device,
    swap_first_contact,
    swap_identity,
    swap_prekeys,
)
from babilu.attack.on_mail import keep_back_letters, redirect_letters, replay_letters, search_for_plaintext
from babilu.attack.outcome import Outcome
from babilu.attack.testbed import AttackTestbed


@dataclass(frozen=True, slots=True)
class Attack:
    """One thing that the operator, or somebody on the line, tries.

    Attributes:
        name: Stable name for programs.
        tries: A sentence for people: what is tried.
        play: Tries it.
    """

    name: str
    tries: str
    play: Callable[[AttackTestbed], Outcome]


ATTACKS: Final[tuple[Attack, ...]] = (
    Attack("plaintext", "Look for plaintext on every disk and line", search_for_plaintext),
    Attack("swapped-prekeys", "Give out prekeys of the operator's own", swap_prekeys),
    Attack("smuggled-device", "Add a device to somebody's list", smuggle_device),
    Attack("older-version", "Agree on a version that nobody offered", offer_older_version),
    Attack("changed-greeting", "Change the greeting of the relay", change_the_greeting),
    Attack("cheap-password", "Ask for a login key that is cheap to guess", cheapen_the_password),
    Attack("swapped-first-contact", "Stand between two who have never talked", swap_first_contact),
    Attack("swapped-identity", "Put another identity under a known name", swap_identity),
    Attack("replay", "Deliver letters again", replay_letters),
    Attack("redirect", "Deliver a letter to somebody else", redirect_letters),
    Attack("kept-back", "Leave out a letter, and mix up the others", keep_back_letters),
    Attack("spoiled-file", "Hand out a file otherwise than it was stored", spoil_files),
    Attack("smuggled-member", "Hand the letters of a group to an account of the operator's own", smuggle_member),
    Attack("frozen-member", "Keep from a member that another one was removed", freeze_member),
    Attack("replayed-entries", "Deliver the letters of a group again, also those that are over", replay_entries),
    Attack("forked-log", "Help a member to show two others two logs of a group", fork_log),
    Attack("frozen-list", "Show a device list that was replaced", freeze_device_list),
    Attack("linked-device", "Stand between two devices that are being linked", link_own_device),
    Attack("other-certificate", "Stand between client and relay", show_another_certificate),
    Attack("direct-middle", "Stand between two who call each other directly", stand_between_direct_callers),
)
