"""What a person brings to open a profile: user interfaces take these from here and not from lower layers."""

from babilu.crypto.secret import Passphrase
from babilu.identity.invitation import Invitation
from babilu.identity.join_link import JoinLink, pasted_invitation

__all__ = ["Invitation", "JoinLink", "Passphrase", "pasted_invitation"]
