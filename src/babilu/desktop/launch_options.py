"""What the command line says of the account to open, for the form to show where not all of it was said."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """What was said; empty where it was not.

    Attributes:
        host: The relay.
        port: Its port.
        name: The account.
    """

    host: str
    port: int
    name: str
