"""Small builders of what a storage keeps; the storage verifies nothing, so keys are any bytes."""

import hashlib
from itertools import count

from babilu.crypto.password import LoginCost
from babilu.identity.shapes import EcPrekey, PrekeySet, SignedDeviceList, SignedEcPrekey, SignedKemPrekey
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import (
    AccountCreated,
    Admission,
    ListedDevice,
    ListRecord,
    LoginKey,
    NewAccount,
    Quota,
    Refused,
    Resumption,
    Submission,
)

OPEN = Admission(open=True, token_hash=None, owner=False)
QUOTA = Quota(mailbox_messages=10_000, mailbox_bytes=10**8, sender_messages=1_000, sender_bytes=10**7)
NOW = 1_795_337_792_000


def octets(label: str, size: int = 32) -> bytes:
    return hashlib.shake_128(label.encode()).digest(size)


def device(label: str) -> DeviceId:
    return DeviceId(octets(f"device {label}", 16))


def listed(label: str) -> ListedDevice:
    return ListedDevice(device(label), octets(f"s {label}"), octets(f"a {label}"), octets(f"g {label}", 64))


def device_list(*labels: str, version: int = 1, identity: str = "") -> ListRecord:
    name = f"{identity or labels[0]} {version} {labels}"
    signed = SignedDeviceList(octets(f"body {name}"), octets(f"signature {name}", 64))
    devices = tuple(listed(label) for label in labels)
    return ListRecord(signed, octets(f"hash {name}"), version, octets(f"identity {identity or labels[0]}"), devices)


def prekeys(
    *, first: int = 1, ec: int = 2, kem: int = 2, signed: int | None = 1, last_resort: int | None = 1
) -> PrekeySet:
    return PrekeySet(
        None if signed is None else SignedEcPrekey(signed, octets(f"signed {signed}"), octets("x", 64)),
        None if last_resort is None else SignedKemPrekey(last_resort, kem_key(f"last {last_resort}"), octets("y", 64)),
        tuple(EcPrekey(number, octets(f"ec {number}")) for number in range(first, first + ec)),
        tuple(
            SignedKemPrekey(number, kem_key(f"kem {number}"), octets("z", 64)) for number in range(first, first + kem)
        ),
    )


def kem_key(label: str) -> bytes:
    return octets(label, 1568)


def login_key(label: str = "password") -> LoginKey:
    return LoginKey(octets(f"salt {label}"), LoginCost(), octets(f"login {label}"))


def new_account(name: str, *, skeleton: str = "", devices: ListRecord | None = None) -> NewAccount:
    chosen = devices or device_list(name)
    return NewAccount(name, skeleton or name, login_key(name), chosen, chosen.devices[0].device, prekeys(), NOW)


async def register(storage: Storage, *names: str) -> list[int]:
    """Make accounts whose only device is labelled like the account."""
    made = []
    for name in names:
        outcome = await storage.accounts.register(new_account(name), OPEN)
        assert isinstance(outcome, AccountCreated)
        made.append(outcome.account)
    return made


_numbers = count(1)


def submission(
    recipient: str,
    body: bytes,
    *,
    sender: str = "alice",
    to_device: str = "",
    list_version: int = 1,
    number: int | None = None,
) -> Submission:
    """An envelope to an account's device; the envelope is just ``body``."""
    return Submission(
        sender=device(sender),
        number=next(_numbers) if number is None else number,
        share=octets(f"share {sender} {recipient}", 16),
        name=recipient,
        list_version=list_version,
        device=device(to_device or recipient),
        envelope_id=envelope_id(body),
        envelope=body,
    )


def envelope_id(body: bytes) -> EnvelopeId:
    return EnvelopeId(hashlib.sha256(body).digest()[:16])


async def store(storage: Storage, recipient: str, *bodies: bytes, now: int = NOW) -> None:
    """Store envelopes that must be taken."""
    outcomes = await storage.mail.submit([submission(recipient, body) for body in bodies], now, QUOTA)
    assert [type(outcome).__name__ for outcome in outcomes] == ["Stored"] * len(bodies)


def stand(resumed: Resumption | Refused) -> tuple[int, int]:
    """Up to where a mailbox that was resumed is deleted, and the highest number it has given out."""
    assert isinstance(resumed, Resumption), resumed
    return resumed.acknowledged, resumed.head
