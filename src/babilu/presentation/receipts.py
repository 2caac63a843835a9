"""Choices of what one tells others (reading, typing, presence), as the command that makes them."""

from collections.abc import Mapping

from babilu.api.commands import SetReceipts
from babilu.api.views import PrivacySwitch


def receipts_command(conversation: str | None, choices: Mapping[PrivacySwitch, bool | None]) -> SetReceipts:
    """Make the command for some choices; what is None is as everywhere from then on, and what is not named stays."""
    return SetReceipts(
        conversation,
        choices.get(PrivacySwitch.READ),
        choices.get(PrivacySwitch.TYPING),
        choices.get(PrivacySwitch.PRESENCE),
        tuple(each for each, on in choices.items() if on is None),
    )
