"""Hand-over of envelopes to the outbound queue: a batch for each device of a person."""

from operator import attrgetter

from babilu.engine.conversation.effects import SendBatch
from babilu.engine.conversation.encryption import devices_in_force, relay_account
from babilu.engine.conversation.person import PersonTurn
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.transport.outbound_queue import Batch, OutboundEnvelope
from babilu.kernel.ids import DeviceId

OFFERED_AT_ONCE = 256
"""Envelopes for one device that a turn hands over."""


def hand_over(turn: PersonTurn, wakes: list[Wake]) -> None:
    """Collect the envelopes for the outbox: what this turn has made, or what the database has when woken for it."""
    in_force = devices_in_force(turn.contact)
    devices = [DeviceId(entry.device) for entry in in_force.devices]
    looks: dict[DeviceId, int] = {}
    for wake in wakes:
        for device in devices if wake.device is None else [wake.device]:
            looks[device] = min(wake.after_number, looks.get(device, wake.after_number))
            if wake.resend:
                turn.unit.outbox.mark_unaccepted(device)
                turn.restart_device(device)
    looks |= dict.fromkeys(devices if turn.restart else turn.restarts, 0)
    batches = [_batch(turn, device, looks.get(device), in_force.version) for device in devices]
    wanted = tuple(batch for batch in batches if batch.outbounds or batch.above is not None)
    if wanted or turn.restart:
        turn.then(SendBatch(turn.contact, wanted, turn.restart))


def _batch(turn: PersonTurn, device: DeviceId, above: int | None, list_version: int) -> Batch:
    """Collect the envelopes for a device: those of this turn, or what the database has above a number."""
    complete = False
    rows = sorted((row for row in turn.fresh if row.device == device), key=attrgetter("number"))
    if not turn.may_seal:
        # Nothing leaves until the user has decided: what was made for the old identity is made anew, or goes then.
        rows, complete = [], True
    elif above is not None:
        rows = turn.unit.outbox.unaccepted(turn.contact.contact, device, above, OFFERED_AT_ONCE)
        complete = len(rows) < OFFERED_AT_ONCE
    account = relay_account(turn.contact)
    outbounds = tuple(
        OutboundEnvelope(
            envelope=row.envelope,
            number=row.number,
            contact=turn.contact.contact,
            account=account,
            list_version=list_version,
            device=row.device,
            body=row.envelope_bytes,
        )
        for row in rows
    )
    return Batch(device, outbounds, above, complete, device in turn.restarts, turn.written)
