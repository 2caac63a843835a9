"""One valid frame of every kind."""

from typing import Final

from babilu.identity.shapes import (
    Bundle,
    EcPrekey,
    PrekeySet,
    SignedDeviceList,
    SignedEcPrekey,
    SignedKemPrekey,
)
from babilu.wire import direct_frames as d
from babilu.wire import relay_frames as r

ID: Final = bytes(range(16))
KEY: Final = bytes(range(32))
SIGNATURE: Final = bytes(range(64))
KEM_KEY: Final = bytes(1568)
LIST: Final = SignedDeviceList(b"a list", SIGNATURE)
SIGNED: Final = SignedEcPrekey(1, KEY, SIGNATURE)
KEM: Final = SignedKemPrekey(2, KEM_KEY, SIGNATURE)
BUNDLE: Final = Bundle(ID, SIGNED, KEM, EcPrekey(3, KEY))
PREKEYS: Final = PrekeySet(SIGNED, KEM, (EcPrekey(3, KEY),), (KEM,))

CLIENT_FRAMES: Final[tuple[r.ClientFrame, ...]] = (
    r.Hello(1, (1, 2), "babilu"),
    r.GetSalt(2, "alice"),
    r.Register(3, b"body", SIGNATURE, SIGNATURE),
    r.Login(4, b"body", SIGNATURE),
    r.LoginDevice(5, b"body", SIGNATURE),
    r.ResetIdentity(6, b"body", SIGNATURE, SIGNATURE),
    r.ChangePasswordFrame(7, b"body", SIGNATURE, SIGNATURE),
    r.DeleteAccountFrame(8, b"body", SIGNATURE),
    r.PublishDeviceList(9, b"body", SIGNATURE),
    r.PublishPrekeys(10, PREKEYS),
    r.FetchDeviceList(11, "bob"),
    r.FetchBundle(12, "bob", ID),
    r.Submit(13, "bob", 7, ID, 42, b"envelope"),
    r.Transient(14, "bob", ID, b"transient"),
    r.Ack(14),
    r.Resume(15, 3, ID, 42),
    r.Watch(16, (r.Watched("bob", KEY),)),
    r.StatusFrame(17),
    r.FetchHoldings(17, 3, b"\x92\x05\x07"),
    r.AdministerFrame(17, b'{"do":"status"}'),
    r.LoginTransfer(5, b"body", SIGNATURE),
    r.BlobCreate(18, ID, 1_000),
    r.BlobPut(19, ID, 0, b"part"),
    r.BlobGet(20, ID, KEY, 0),
    r.BlobDelete(21, ID),
    r.Ping(),
    r.Pong(),
    r.Bye("done"),
)

RELAY_FRAMES: Final[tuple[r.RelayFrame, ...]] = (
    r.Welcome(
        1, 1, "a relay", 98_304, 1_000, 200, KEY, "open", 30_000, 60_000, KEY, SIGNATURE, 104_857_600, 2_592_000_000
    ),
    r.Salt(2, bytes(32), 65_536, 3, 4),
    r.Ok(3),
    r.LoggedIn(4, True, LIST, 100, 100),
    r.DeviceListIs(5, "bob", LIST),
    r.DeviceListConflict(5, LIST),
    r.BundleIs(6, BUNDLE),
    r.PrekeysLow(3, 4),
    r.Accepted(7, ID, 1_800_000_000_000),
    r.Deliver(8, 1_800_000_000_000, b"envelope"),
    r.TransientFrame(b"transient"),
    r.Resumed(9, 3, 8),
    r.Gap(4, 6, "expired"),
    r.StaleDevices(10, "bob", LIST),
    r.PresenceFrame("bob", "online"),
    r.StatusIs(11, 3, 100),
    r.HoldingsAre(11, 7, (r.HeldRows("mail", ("seq",), ((1,), (None,), ("a0",))),), r.HoldingsPlace(4, b"\x92\x00\t")),
    r.Administered(11, b"{}"),
    r.BlobOk(12, ID, 4),
    r.BlobData(13, ID, 0, 4, b"part"),
    r.Notice("The relay moves tonight."),
    r.NextPin(KEY),
    r.Error("quota", "The mailbox is full.", 13, 60_000),
    r.Ping(),
    r.Pong(),
    r.Bye("replaced", 2_000),
)

DIRECT_FRAMES: Final[tuple[d.DirectFrame, ...]] = (
    d.Greet(KEY),
    d.DirectHello(b"body", SIGNATURE),
    d.SealedHello(b"sealed"),
    d.Pending(),
    d.Prekeys(BUNDLE),
    d.DirectEnvelope(b"envelope"),
    d.DirectAck((ID, ID)),
    d.DirectTransient(b"transient"),
    r.Error("malformed", "What was that?", None, None),
    r.Ping(),
    r.Pong(),
    r.Bye("done"),
)
