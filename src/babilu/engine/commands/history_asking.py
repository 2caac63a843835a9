"""Asking own other devices for history: any time, as often as one likes; what is here already is passed over.

What was asked before, and has not left yet, is asked no more by it: one request to a device waits at most.
"""

from typing import Final

from babilu.api.device_commands import AskHistory
from babilu.api.views import OwnDeviceView
from babilu.engine.commands.history_giving import first_moment, owe_to_siblings
from babilu.engine.conversation.effects import GiveHint, RunEffects
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.own_devices import device_views, named_device
from babilu.engine.runtime.threads import follow_up
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId, MessageId
from babilu.kernel.states import DeliveryState
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.device_parts import HistoryAsk

_ASKED: Final = MessageId(b"history ask".ljust(SHORT_ID_BYTES, b"\0"))
"""By what requests are found that are under way."""


class HistoryAsking:
    """Asks own other devices for what they have.

    Args:
        base: The profile and the ports.
        run: Runs the effects of what it commits.
    """

    def __init__(self, base: ClientContext, run: RunEffects) -> None:
        self._base = base
        self._run = run

    def ask(self, command: AskHistory) -> tuple[OwnDeviceView, ...]:
        """Ask; see `babilu.api.device_commands.AskHistory`."""
        if command.days is not None and command.days < 1:
            raise UsageError("Ask for one day at least, or for all.")
        base = self._base
        with base.database.write() as unit:
            oneself, notes = unit.contacts.oneself(), unit.conversations.notes()
            views = device_views(unit, base.own)
            wanted = [each for each in views if not each.own]
            if command.device is not None:
                wanted = [named_device(views, command.device)]
            if oneself is None or notes is None or not wanted:
                raise DeliveryError(ErrorCode.NOT_FOUND, "You have no other device that could give you anything.")
            if wanted[0].own:
                raise UsageError("That is this very device: ask another one.")
            devices = [DeviceId(bytes.fromhex(each.device)) for each in wanted]
            _forget_waiting(unit, notes.conversation, devices)
            part = HistoryAsk(
                base.randomness.token(SHORT_ID_BYTES), None, first_moment(command.days, base.clock.now_ms())
            )
            owe_to_siblings(base, unit, (oneself, notes), part, devices, _ASKED)
        follow_up(lambda: self._run([GiveHint(oneself, Wake())]))
        return tuple(wanted)


def _forget_waiting(unit: UnitOfWork, notes: int, devices: list[DeviceId]) -> None:
    """Ask devices no more for what they were asked before, where that has not left."""
    for action in unit.own_actions.about(notes, _ASKED):
        for row in unit.deliveries.of_message(action):
            if row.device in devices and row.state is DeliveryState.OWED:
                unit.deliveries.settle(action, row.device)
        unit.own_actions.settle(action)
