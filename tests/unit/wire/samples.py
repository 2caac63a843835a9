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
from babilu.wire import client_frames as c
from babilu.wire import direct_frames as d
from babilu.wire import frame_base as b
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

CLIENT_FRAMES: Final[tuple[c.ClientFrame, ...]] = (
    c.Hello(1, (1, 2), "babilu"),
    c.GetSalt(2, "alice"),
    c.Register(3, b"body", SIGNATURE, SIGNATURE),
    c.Login(4, b"body", SIGNATURE),
    c.LoginDevice(5, b"body", SIGNATURE),
    c.FetchOwnList(5, b"body", SIGNATURE),
    c.ResetIdentity(6, b"body", SIGNATURE, SIGNATURE),
    c.ChangePasswordFrame(7, b"body", SIGNATURE, SIGNATURE),
    c.DeleteAccountFrame(8, b"body", SIGNATURE),
    c.PublishDeviceList(9, b"body", SIGNATURE),
    c.PublishPrekeys(10, PREKEYS),
    c.FetchDeviceList(11, "bob"),
    c.FetchBundle(12, "bob", ID),
    c.Submit(13, "bob", 7, ID, 42, b"envelope"),
    c.Transient(14, "bob", ID, b"transient"),
    c.LinkAskFrame(28, ID, None, b"message"),
    c.LinkAnswerFrame(29, ID, b"message"),
    c.Ack(14),
    c.Resume(15, 3, ID, 42),
    c.Watch(16, (c.Watched("bob", KEY),)),
    c.StatusFrame(17),
    c.FetchHoldings(17, 3, b"\x92\x05\x07"),
    c.AdministerFrame(17, b'{"do":"status"}'),
    c.LoginTransfer(5, b"body", SIGNATURE),
    c.BlobCreate(18, ID, 1_000),
    c.BlobPut(19, ID, 0, b"part"),
    c.BlobGet(20, ID, KEY, 0),
    c.BlobDelete(21, ID),
    b.Ping(),
    b.Pong(),
    b.Bye("done"),
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
    r.LinkAskedFrame(ID, b"message"),
    r.LinkAnsweredFrame(ID, ID, b"message"),
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
    b.Ping(),
    b.Pong(),
    b.Bye("replaced", 2_000),
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
    d.DirectLink(b"message"),
    d.BlobGet(1, ID, KEY, 65_552),
    d.BlobData(2, ID, 65_552, 65_556, b"part"),
    d.BlobRefused(3, "not_found"),
    d.BlobKept(ID, KEY),
    d.BlobWaits(ID, KEY),
    r.Error("malformed", "What was that?", None, None),
    b.Ping(),
    b.Pong(),
    b.Bye("done"),
)
