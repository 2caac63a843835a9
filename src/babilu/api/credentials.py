"""What a person brings to open a profile: user interfaces take these two types from here and not from lower layers."""

from babilu.crypto.secret import Passphrase
from babilu.identity.invitation import Invitation

__all__ = ["Invitation", "Passphrase"]
