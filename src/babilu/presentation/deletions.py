"""What became of a deletion for all, in words."""

from babilu.api.views import DeviceStateView


def deletion_key(device: DeviceStateView) -> str | None:
    """Name the sentence that says whether a device has deleted a message; None for one that was not deleted."""
    if device.deleted is None:
        return None
    return "deletion.confirmed" if device.deleted else "deletion.not_confirmed"
