"""Columns of accounts and devices, whatever the database: which there are, and the records that they make.

No column of one table has the name of another one's, but for their numbers: so a join needs no prefixes.
"""

from collections.abc import Sequence
from typing import Any, Final

from babilu.crypto.password import LoginCost
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.records import Account, ListedDevice, ListRecord, LoginKey, NewAccount

LOGIN_COLUMNS: Final = "salt, memory_kib, passes, lanes, login_key"
"""What a password login is checked with, in the order of `login_values`."""

LIST_COLUMNS: Final = "list_body, list_signature, list_hash, list_version, identity_key"
"""The device list of an account without its devices, in the order of `list_values`."""

DEVICE_COLUMNS: Final = "device, signing_key, agreement_key, signature"
"""A device as its list names it, in the order of `ListedDevice`."""

NEW_ACCOUNT_COLUMNS: Final = f"name, skeleton, owner, created_at, {LOGIN_COLUMNS}, {LIST_COLUMNS}"
"""What is written of a new account, in the order of `new_account_values`."""

ACCOUNT_COLUMNS: Final = f"name, owner, created_at, disabled, {LOGIN_COLUMNS}, {LIST_COLUMNS}"
"""What is read of an account, behind its number, in the order that `account_from` expects."""

ACCOUNT_WIDTH: Final = 15
"""How many columns that are, with the number."""


def account_from(row: Sequence[Any], devices: Sequence[ListedDevice]) -> Account:
    """Make an account of its number and `ACCOUNT_COLUMNS`, and its devices."""
    account, name, owner, created_at, disabled = row[:5]
    login, device_list = login_from(row[5:10]), list_from(row[10:15], devices)
    return Account(account, name, bool(owner), login, device_list, created_at, bool(disabled))


def login_from(row: Sequence[Any]) -> LoginKey:
    """Make a login key of `LOGIN_COLUMNS`."""
    salt, memory_kib, passes, lanes, public = row
    return LoginKey(salt, LoginCost(memory_kib, passes, lanes), public)


def login_values(login: LoginKey) -> tuple[bytes, int, int, int, bytes]:
    """Return what is written of a login key."""
    return (login.salt, login.cost.memory_kib, login.cost.passes, login.cost.lanes, login.public)


def device_from(row: Sequence[Any]) -> ListedDevice:
    """Make a device of `DEVICE_COLUMNS`."""
    return ListedDevice(DeviceId(row[0]), *row[1:])


def list_from(row: Sequence[Any], devices: Sequence[ListedDevice]) -> ListRecord:
    """Make a device list of `LIST_COLUMNS` and its devices."""
    body, signature, list_hash, version, identity_key = row
    return ListRecord(SignedDeviceList(body, signature), list_hash, version, identity_key, tuple(devices))


def list_values(device_list: ListRecord) -> tuple[bytes, bytes, bytes, int, bytes]:
    """Return what is written of a device list besides its devices."""
    signed = device_list.signed
    return (signed.body, signed.signature, device_list.hash, device_list.version, device_list.identity_key)


def new_account_values(new: NewAccount, *, owner: bool) -> tuple[Any, ...]:
    """Return what is written of a new account."""
    return (new.name, new.skeleton, owner, new.created_at, *login_values(new.login), *list_values(new.device_list))
