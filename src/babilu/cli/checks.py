"""Checks of a relay, one by one; they change nothing but a file that they write and delete.

Each finding says what was seen and what to do about it, and names nobody.
"""

import ctypes
import hashlib
import os
import shutil
import socket
import ssl
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from babilu.api.views import Address
from babilu.cli.admin_link import ask
from babilu.cli.check_results import CheckResult, fault, good, worry
from babilu.cli.config_source import EVERYWHERE
from babilu.cli.descriptors import allowed_descriptors, descriptors_for
from babilu.kernel.errors import BabiluError
from babilu.local_paths import is_folder_at, read_small
from babilu.relay.base.addresses import is_private
from babilu.relay.base.admin_requests import RelayStatus, StatusRequest
from babilu.relay.base.certificate import PEM_BYTES
from babilu.relay.base.settings import Registration, RelaySettings
from babilu.relay.base.state_dir import certificate_from

CONNECT_S: Final = 5.0
DAYS_OF_A_YEAR: Final = 365
LONG_YEARS: Final = 3
"""From so many years on, days are no measure that somebody understands."""

CERTIFICATE_DAYS: Final = 14
"""Days before its end at which a certificate from elsewhere should have been renewed."""

FREE_BYTES_LEAST: Final = 100 * 1024 * 1024
FREE_BYTES_GOOD: Final = 1024 * 1024 * 1024
SYNCS: Final = 15
SYNC_BYTES: Final = 4096
SYNC_S_PLAUSIBLE: Final = 20e-6
"""Time below which no disk has written anything: quicker is memory."""

SYNC_S_SLOW: Final = 0.1
TIME_ERROR: Final = 5
"""What adjtimex(2) returns for a clock that nothing keeps."""

TIMEX_BYTES: Final = 512


Check = Callable[[RelaySettings], Iterator[CheckResult]]


def examine(settings: RelaySettings) -> list[CheckResult]:
    """Look at a relay that runs, or should run, with these settings."""
    settings = as_it_runs(settings)
    return [finding for check in CHECKS for finding in check(settings)]


def as_it_runs(settings: RelaySettings) -> RelaySettings:
    """Take from a relay that runs what it may have been told at its start alone: where it is, and for whom."""
    try:
        about = ask(settings.home, StatusRequest(), RelayStatus)
    except BabiluError:
        return settings
    return replace(
        settings,
        host=about.host,
        registration=Registration(about.registration),
        public_host=about.public_host,
        public_is_guess=about.public_is_guess,
    )


def check_folder(settings: RelaySettings) -> Iterator[CheckResult]:
    """Look at who can read the relay's state."""
    home = settings.home
    if not is_folder_at(home):
        yield fault("files.missing", home=home)
        return
    open_ = [path for path in (home, *home.iterdir()) if not path.is_symlink() and path.stat().st_mode & 0o077]
    if open_:
        yield fault("files.open", home=home, names=" ".join(path.name for path in open_))
    elif any(path.stat().st_uid != home.stat().st_uid for path in home.iterdir()):
        yield worry("files.mixed", home=home)
    else:
        yield good("files.good", home=home)


def check_reachable(settings: RelaySettings) -> Iterator[CheckResult]:
    """Connect to the relay as a client would."""
    try:
        about = ask(settings.home, StatusRequest(), RelayStatus)
    except BabiluError as error:
        yield fault("running.none", why=error)
        return
    yield good("running.good", online=about.online, count=about.max_users)
    host = "127.0.0.1" if about.host in EVERYWHERE else about.host
    address = Address(host, about.port)
    try:
        shown = shown_fingerprint(address)
    except OSError as error:
        yield fault("reachable.silent", address=address, why=error.strerror or type(error).__name__)
        return
    if shown != about.fingerprint:
        yield fault("reachable.other", address=address)
    else:
        yield good("reachable.good", address=address)


def shown_fingerprint(address: Address) -> str:
    """Connect by TLS and give the SHA-256 of the certificate that is shown, in hexadecimal.

    Raises:
        OSError: Nobody answers, or not by TLS 1.3.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with (
        socket.create_connection((address.host, address.port), CONNECT_S) as plain,
        context.wrap_socket(plain) as link,
    ):
        return hashlib.sha256(link.getpeercert(binary_form=True) or b"").hexdigest()


def check_certificate(settings: RelaySettings) -> Iterator[CheckResult]:
    """Look at how long the certificate is good."""
    try:
        if settings.tls is None:
            octets = (settings.home / "certificate.pem").read_bytes()
        else:
            certificate_from(settings.tls)
            octets = read_small(settings.tls.certificate, PEM_BYTES)
        days = (x509.load_pem_x509_certificate(octets).not_valid_after_utc - datetime.now(UTC)).days
    except (OSError, ValueError, BabiluError) as error:
        yield fault("certificate.unreadable", why=error)
        return
    if days < 0:
        yield fault("certificate.past")
    elif days < CERTIFICATE_DAYS:
        yield worry("certificate.short", count=days)
    else:
        years = days // DAYS_OF_A_YEAR
        yield good("certificate.good", count=days) if years < LONG_YEARS else good("certificate.long", count=years)


def check_clock(settings: RelaySettings) -> Iterator[CheckResult]:
    """Look at whether the clock can be right, and whether anything keeps it."""
    files = settings.home.iterdir() if is_folder_at(settings.home) else ()
    newest = max((path.stat().st_mtime for path in files), default=0.0)
    if newest > time.time() + 3600:
        yield fault("clock.behind_files")
    elif sys.platform == "linux" and ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)) == TIME_ERROR:
        yield worry("clock.free")
    else:
        yield good("clock.good")


def check_disk(settings: RelaySettings) -> Iterator[CheckResult]:
    """Look at how much room there is, and whether what is synchronised is on the disk."""
    if not is_folder_at(settings.home):
        return
    yield check_room(settings.home)
    try:
        took = sync_time(settings.home)
    except OSError as error:
        yield fault("fsync.unwritable", why=error.strerror)
        return
    if took < SYNC_S_PLAUSIBLE:
        yield fault("fsync.lying", us=f"{took * 1e6:.0f}")
    elif took > SYNC_S_SLOW:
        yield worry("fsync.slow", ms=f"{took * 1000:.0f}")
    else:
        yield good("fsync.good", ms=f"{took * 1000:.2f}")


def check_room(folder: Path) -> CheckResult:
    """Look at how much room a folder has."""
    free = shutil.disk_usage(folder).free
    judge, how = (
        (fault, "full") if free < FREE_BYTES_LEAST else (worry, "scarce") if free < FREE_BYTES_GOOD else (good, "good")
    )
    return judge(f"disk.{how}", free=free // (1024 * 1024))


def sync_time(folder: Path) -> float:
    """Measure how long it takes to see a page onto the disk: the median, in seconds.

    Raises:
        OSError: Nothing can be written there.
    """
    file = folder / f"doctor-{os.getpid()}"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    times: list[float] = []
    try:
        for _ in range(SYNCS):
            os.write(descriptor, os.urandom(SYNC_BYTES))
            begun = time.perf_counter()
            os.fsync(descriptor)
            times.append(time.perf_counter() - begun)
    finally:
        os.close(descriptor)
        file.unlink()
    return statistics.median(times)


def check_registration(settings: RelaySettings) -> Iterator[CheckResult]:
    """Look at who may make an account where."""
    if settings.registration is Registration.OPEN and not is_private(settings.host):
        yield worry("registration.open")
    else:
        yield good("registration.good")


def check_address(settings: RelaySettings) -> Iterator[CheckResult]:
    """Look at whether others can reach the address that invitations name."""
    host = settings.public_host or settings.host
    if settings.public_is_guess:
        yield worry("address.guessed", host=host)
    else:
        yield good("address.good", host=host)


def check_descriptors(settings: RelaySettings) -> Iterator[CheckResult]:
    """Look at whether the system allows as many connections as the limits do."""
    allowed, wanted = allowed_descriptors(), descriptors_for(settings.limits)
    if allowed < wanted:
        yield worry("descriptors.few", allowed=allowed, wanted=wanted)
    else:
        yield good("descriptors.good", allowed=allowed, count=wanted)


CHECKS: Final[tuple[Check, ...]] = (
    check_folder,
    check_reachable,
    check_certificate,
    check_clock,
    check_disk,
    check_registration,
    check_address,
    check_descriptors,
)
