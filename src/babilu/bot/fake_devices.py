"""What a `FakeClient` does about its account's devices: it lists, lets in, refuses and removes them."""

from typing import Final

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.credentials import Passphrase
from babilu.api.views import OwnDeviceView
from babilu.bot.fake_profile import FakeProfile
from babilu.kernel.errors import AccountError, BabiluError, DeliveryError, ErrorCode, LinkError, TrustError, UsageError

OWN_DEVICE: Final = OwnDeviceView("a1" * 16, "desk", own=True, full=True)

DeviceOrder = c.Devices | c.AskHistory | c.RemoveDevice | c.LinkApprove | c.LinkConfirm | c.LinkRefuse | c.WipeProfile


class FakeDevices:
    """The devices of the client's account.

    Args:
        profile: What the client has.
        passphrase: The password that opens the identity key.

    Attributes:
        devices: All of them, this one first.
        asking: What has asked to be one of them.
        removed: Whether this device is none of them any more.
        code: What this device shows, which is to be one of them itself.
    """

    def __init__(self, profile: FakeProfile, passphrase: Passphrase) -> None:
        self._profile = profile
        self.passphrase = passphrase
        self.devices: list[OwnDeviceView] = [OWN_DEVICE]
        self.asking: e.LinkAsked | None = None
        self.removed = False
        self.code: e.LinkCodeShown | None = None

    def ask(self, asked: e.LinkAsked) -> None:
        """Let a device ask to be one of them."""
        self.asking = asked
        self._profile.tell(asked)

    def show_code(self, code: e.LinkCodeShown) -> None:
        """Let an own other device answer this one, which is being linked."""
        self.code = code
        self._profile.tell(code)

    def remove_this(self, *, fatal: bool) -> None:
        """Remove this device, or tell at the beginning that it was."""
        self.removed = True
        self._profile.tell(e.Warned(ErrorCode.DEVICE_REMOVED.value, "This device was removed.", fatal=fatal))

    def fail(self, error: BabiluError) -> None:
        """End the linking of this device."""
        self.code = None
        self._profile.tell(e.Warned(error.code.value, error.text, fatal=True))
        self._profile.tell(e.Closed())

    def answer(self, command: DeviceOrder) -> object:
        """Answer a command about devices."""
        match command:
            case c.Devices():
                return tuple(self.devices)
            case c.AskHistory(_, device):
                return self._others(device)
            case c.RemoveDevice(device, password):
                self._check(password)
                self._remove(device)
            case c.LinkApprove(password):
                asking = self._asking()
                if command.device not in {None, asking.device}:
                    raise TrustError(ErrorCode.MISMATCH, "Another device asks by now.")
                self._check(password)
                made = OwnDeviceView(
                    asking.device, asking.name, own=False, full=asking.full if command.full is None else command.full
                )
                self.asking = None
                self.devices.append(made)
                self._profile.tell(e.DeviceLinked(made))
            case c.WipeProfile(password):
                self._check(password)
                if not self.removed:
                    raise UsageError("This device is one of yours: remove it on another one before it is wiped.")
                self._profile.tell(e.Closed())
            case c.LinkConfirm():
                if self.code is None:
                    raise DeliveryError(ErrorCode.NOT_FOUND, "No code is shown yet.")
            case c.LinkRefuse() if self.code is not None:
                self.fail(LinkError(ErrorCode.DECLINED, "The linking was ended here."))
            case c.LinkRefuse():
                failed = self._asking().failed + 1
                self.asking = None
                self._profile.tell(e.LinkEnded("refused", "The user of one of the devices has said no.", failed))
        return None

    def _asking(self) -> e.LinkAsked:
        if self.asking is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "No device asks to be linked.")
        return self.asking

    def _check(self, password: Passphrase) -> None:
        if password != self.passphrase:
            raise AccountError(ErrorCode.WRONG_CREDENTIALS, "The password is not right.")

    def _others(self, device: str | None) -> tuple[OwnDeviceView, ...]:
        others = tuple(each for each in self.devices if not each.own and device in {None, each.device, each.name})
        if not others:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such device.")
        return others

    def _remove(self, device: str) -> None:
        gone = next((each for each in self.devices if device in (each.device, each.name)), None)
        if gone is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such device.")
        if gone.own:
            raise UsageError("A device cannot remove itself.")
        self.devices.remove(gone)
        self._profile.tell(e.DeviceRemoved(gone))
