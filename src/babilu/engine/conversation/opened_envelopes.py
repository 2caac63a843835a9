"""Opened envelopes between router and conversation: what the one has opened, the other does not open again.

An envelope is known by the hash of its bytes, so that what is kept of it cannot be out of date. What has made room for
others is opened again.
"""

import threading

from babilu.kernel.bounded import BoundedDict
from babilu.kernel.ids import EnvelopeId
from babilu.session.envelope import UnsealedEnvelope
from babilu.session.sessions import OwnDevice, open_envelope
from babilu.store.delivery_records import InboxRecord, IncomingEnvelope

OPENED_KEPT = 64
"""Opened envelopes that wait in memory for their conversations; one has 64 KiB at most."""


class OpenedEnvelopes:
    """The outer seals that are open; any thread may call it.

    Args:
        own: The own device.
    """

    def __init__(self, own: OwnDevice) -> None:
        self._own = own
        self._lock = threading.Lock()
        self._opened: BoundedDict[EnvelopeId, UnsealedEnvelope] = BoundedDict(OPENED_KEPT)

    def look(self, row: InboxRecord | IncomingEnvelope) -> UnsealedEnvelope:
        """Open an envelope and keep it open for its conversation.

        Raises:
            CryptoError: As `babilu.session.sessions.open_envelope`.
            ProtocolError: The same.
        """
        with self._lock:
            opened = self._opened.get(row.envelope)
        if opened is None:
            opened = open_envelope(self._own, row.envelope_bytes)
            with self._lock:
                self._opened[row.envelope] = opened
        return opened

    def take(self, row: InboxRecord) -> UnsealedEnvelope:
        """Return an opened envelope, opening it where it is not kept, and keep it no longer.

        Raises:
            CryptoError: As `babilu.session.sessions.open_envelope`.
            ProtocolError: The same.
        """
        with self._lock:
            opened = self._opened.pop(row.envelope, None)
        return opened or open_envelope(self._own, row.envelope_bytes)
