"""Commands about the own devices: linking a new one, listing them, removing one."""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.profile_views import OwnDeviceView
from babilu.crypto.secret import Passphrase


@dataclass(frozen=True, slots=True)
class LinkConfirm(Command[None]):
    """Say on a new device that it shows the same code as the device that is to let it in.

    Raises:
        DeliveryError: ``not_found``: no code is shown.
    """


@dataclass(frozen=True, slots=True)
class LinkApprove(Command[None]):
    """Say on a full device that the new one shows the same code, and make it one of the own devices.

    It is done once the user of the new device has said so, too. The password is forgotten again after that.

    Attributes:
        password: The account's password, which opens the identity key.
        history_days: Days of history that the new device is given; None for all of it, 0 for none.
        full: Whether the device becomes a full one, which may link and remove others; None for what it asked for.
        line: What the new device shows as text or as a QR code, which takes the place of comparing codes.
        device: Whose code was compared, as `babilu.api.events.LinkAsked` named it; None for whichever asks by now.

    Raises:
        AccountError: ``wrong_credentials``; ``companion``: this device is none that may link others.
        CryptoError: ``mismatch``: the line is that of another device; the try is over.
        TrustError: ``mismatch``: another device asks by now; that one's code has to be compared.
        DeliveryError: ``not_found``: no device asks; ``too_many``: there are as many as one can have.
    """

    password: Passphrase
    history_days: int | None = None
    full: bool | None = None
    line: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class LinkRefuse(Command[None]):
    """End a try to link a device, on either end: the codes differ, or one does not want it.

    Raises:
        DeliveryError: ``not_found``: none is under way.
    """


@dataclass(frozen=True, slots=True)
class Devices(Command[tuple[OwnDeviceView, ...]]):
    """List the own devices, this one first."""


@dataclass(frozen=True, slots=True)
class RemoveDevice(Command[None]):
    """Remove one of the own devices for good: nothing that is sent from now on reaches it.

    Attributes:
        device: Its id as 32 hexadecimal digits, or its name where no other one has it.
        password: The account's password, which opens the identity key.

    Raises:
        AccountError: ``wrong_credentials``; ``companion``: this device is none that may remove others.
        DeliveryError: ``not_found``.
        UsageError: It is this very device, or several have that name.
    """

    device: str
    password: Passphrase


@dataclass(frozen=True, slots=True)
class AskHistory(Command[tuple[OwnDeviceView, ...]]):
    """Ask own other devices for contacts, conversations and messages; answers with those that are asked.

    They give what they have as soon as they hear of it, the newest messages first, and go on where either end was
    stopped (`babilu.api.events.OwnHistoryCame`). What is here already is passed over: it may be asked any time.

    Attributes:
        days: Of how many days, from 1; None for all there is.
        device: Id or name of the only one that is asked; None for all of them.

    Raises:
        DeliveryError: ``not_found``: there is no such device, or no other one at all.
        UsageError: It is this very device, several have that name, or it is less than a day.
    """

    days: int | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class WipeProfile(Command[None]):
    """Delete everything of this profile from this machine, where its device was removed; the client ends by it.

    Raises:
        AccountError: ``wrong_credentials``.
        UsageError: The device was not removed.
    """

    password: Passphrase
