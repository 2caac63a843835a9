"""Commands about the own devices: the list of them, linking one, removing one; those that sign ask for the password."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, Final

import msgspec

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.api.commands import Command
from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Passphrase
from babilu.engine.commands.device_linking import DeviceLinking
from babilu.engine.commands.history_asking import HistoryAsking
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.device_lock import is_locked
from babilu.engine.runtime.own_devices import device_views, forget_names, named_device
from babilu.engine.runtime.threads import Worker, busy, follow_up, settle
from babilu.engine.transport.own_list_changes import OwnListChanger
from babilu.identity.codec import decode_shape
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import DeviceId
from babilu.store.profile_store import ProfileStore

ABOUT_DEVICES: Final = (
    ask_for.Devices,
    ask_for.AskHistory,
    ask_for.LinkConfirm,
    ask_for.LinkApprove,
    ask_for.LinkRefuse,
    ask_for.RemoveDevice,
    ask_for.WipeProfile,
)
"""The commands about the own devices."""


class DeviceCommands:
    """Does what concerns the own devices.

    Args:
        base: The profile and the ports.
        profile: The files of the profile.
        lists: Changes the own device list.
        linking: Lets new devices ask.
        asking: Asks others for history.
        work: The account's thread.
        wipe: Has everything deleted once the client is closed, and closes it.
    """

    def __init__(
        self,
        base: ClientContext,
        profile: ProfileStore,
        lists: OwnListChanger,
        linking: DeviceLinking,
        asking: HistoryAsking,
        work: Worker,
        wipe: Callable[[], None],
    ) -> None:
        self._base = base
        self._profile = profile
        self._lists = lists
        self._work = work
        self._wipe_all = wipe
        self._asking = asking
        self.linking = linking

    def do(self, command: Command[Any], future: "Future[Any]") -> None:
        """Do a command in the thread that may wait.

        Raises:
            BabiluError: It makes no sense, or there is no room for it.
        """
        match command:
            case ask_for.Devices():
                settle(future, self._devices)
            case ask_for.AskHistory():
                settle(future, partial(self._asking.ask, command))
            case ask_for.LinkConfirm():
                raise DeliveryError(ErrorCode.NOT_FOUND, "This device is linked already: say yes on the new one.")
            case ask_for.LinkApprove():
                self._give(partial(self.linking.approve, command), future)
            case ask_for.LinkRefuse():
                self._give(partial(self.linking.refuse, command.request_id), future)
            case ask_for.WipeProfile(password):
                self._give(partial(self._wipe, password), future)
            case ask_for.RemoveDevice():
                self._give(partial(self._remove, command), future)
            case _:
                raise UsageError("This is not about the own devices.")

    def _give(self, act: Callable[[], object], future: "Future[Any]") -> None:
        if not self._work.post(lambda: settle(future, act)):
            raise busy()

    def _devices(self) -> tuple[views.OwnDeviceView, ...]:
        with self._base.database.read() as unit:
            return device_views(unit, self._base.own)

    def _wipe(self, password: Passphrase) -> None:
        self._profile.way_of(password)
        with self._base.database.read() as unit:
            locked = is_locked(unit)
        if not locked:
            raise UsageError("This device is one of yours: remove it on another one before it is wiped.")
        self._wipe_all()

    def _remove(self, command: ask_for.RemoveDevice) -> None:
        own = self._base.own
        with self._base.database.read() as unit:
            view = named_device(device_views(unit, own), command.device)
        device = DeviceId(bytes.fromhex(view.device))
        if view.own:
            raise UsageError("That is this very device: remove it on another full device of yours.")
        identity = SigningKey.from_bytes(self._profile.identity(command.password))
        signed = self._lists.change(identity, command.password, partial(_without, device))
        with self._base.database.write() as unit:
            forget_names(unit, decode_shape(signed.body, DeviceListBody))
        removed = events.DeviceRemoved(view, request_id=command.request_id)
        follow_up(lambda: self._base.bus.tell(removed))


def _without(device: DeviceId, before: DeviceListBody) -> DeviceListBody:
    return msgspec.structs.replace(before, devices=tuple(each for each in before.devices if each.device != device))
