"""Merging of own device lists without a relay: by the password of the start, while it is there, else by the next one.

A profile that is open holds no identity key. Right after its start the password is at hand, and its other devices are
met: what they have changed meanwhile is merged without a question. Later the user is told.
"""

import logging
from typing import Final

from babilu.api import events
from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Passphrase
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import Worker
from babilu.engine.runtime.unmerged_lists import unmerged_lists
from babilu.engine.transport.own_list_changes import OwnListChanger
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.store.profile_store import ProfileStore

log = logging.getLogger(__name__)

PASSWORD_MS: Final = 60_000
"""How long the password of the start is kept, to merge what other devices show when they are met."""


class OwnListMerging:
    """Merges own device lists of a person without a relay, or says that it takes the password.

    Args:
        base: The profile and the ports.
        profile: The files of the profile.
        lists: Changes the own device list.
        work: The thread that may wait.
        loop: For the time of the password.
        passphrase: The password of the start; None where there is nothing to merge.
    """

    def __init__(
        self,
        base: ClientContext,
        profile: ProfileStore,
        lists: OwnListChanger,
        work: Worker,
        loop: LoopThread,
        passphrase: Passphrase | None,
    ) -> None:
        self._base = base
        self._profile = profile
        self._lists = lists
        self._work = work
        self._loop = loop
        self._passphrase = passphrase if profile.has_identity else None
        self._warned_of: list[SignedDeviceList] = []

    def start(self) -> None:
        """Merge what a former run has left."""
        if self._passphrase is not None:
            self._loop.call(lambda: self._loop.loop.call_later(PASSWORD_MS / 1000, self._work.post, self._forget))
        self.soon()

    def soon(self) -> None:
        """Merge lists that were made beside the one in force, if there are any; may be called from any thread."""
        self._work.post(self._merge)

    def _forget(self) -> None:
        self._passphrase = None

    def _merge(self) -> None:
        with self._base.database.read() as unit:
            waiting = unmerged_lists(unit, self._base.own.device_list)
        if not waiting:
            return
        if self._passphrase is None:
            self._warn(waiting)
            return
        try:
            self._lists.merge(SigningKey.from_bytes(self._profile.identity(self._passphrase)))
        except BabiluError as error:
            log.warning("own device lists were not merged: %s", error.code.value)
            self._warn(waiting)

    def _warn(self, waiting: list[SignedDeviceList]) -> None:
        """Tell the user once of lists that take the password."""
        if waiting == self._warned_of:
            return
        self._warned_of = waiting
        text = (
            "Your devices were changed on two of them at once. Both changes count as soon as Babilu is started again, "
            "with its password, on a full device."
        )
        self._base.bus.tell(events.Warned(ErrorCode.DEVICES_UNMERGED.value, text, fatal=False))
