"""What can be wrong with a relay, looked at one by one; nothing is changed but a file that is written and taken away.

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
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, unique
from pathlib import Path
from typing import Final

from cryptography import x509

from babilu.cli.admin_link import ask
from babilu.cli.descriptors import allowed_descriptors, descriptors_for
from babilu.kernel.errors import BabiluError
from babilu.relay.addresses import is_private
from babilu.relay.admin.requests import Status, StatusIs
from babilu.relay.home import certificate_from
from babilu.relay.settings import Registration, RelaySettings

CONNECT_S: Final = 5.0
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


@unique
class Verdict(IntEnum):
    """How bad a finding is; the worst one is the exit code."""

    GOOD = 0
    WORRY = 1
    FAULT = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen.

    Attributes:
        about: What was looked at; a stable name for programs.
        verdict: How bad it is.
        seen: A sentence for people.
        remedy: What to do, or an empty text.
    """

    about: str
    verdict: Verdict
    seen: str
    remedy: str = ""


Check = Callable[[RelaySettings], Iterator[Finding]]


def examine(settings: RelaySettings) -> list[Finding]:
    """Look at a relay that runs, or should run, with these settings."""
    return [finding for check in CHECKS for finding in check(settings)]


def check_folder(settings: RelaySettings) -> Iterator[Finding]:
    """Look at who can read the relay's state."""
    home = settings.home
    if not home.is_dir():
        yield Finding(
            "files", Verdict.FAULT, f"There is no folder {home}.", "Start the relay once, or name its --home."
        )
        return
    open_ = [path for path in (home, *home.iterdir()) if not path.is_symlink() and path.stat().st_mode & 0o077]
    if open_:
        names = " ".join(path.name for path in open_)
        seen = f"Others than its owner can reach {names} of {home}."
        yield Finding("files", Verdict.FAULT, seen, f"chmod -R go= {home}")
    elif any(path.stat().st_uid != home.stat().st_uid for path in home.iterdir()):
        seen = f"Some files in {home} are another user's than the folder."
        yield Finding("files", Verdict.WORRY, seen, "Give them all to the user that runs the relay.")
    else:
        yield Finding("files", Verdict.GOOD, f"{home} is its owner's alone.")


def check_reachable(settings: RelaySettings) -> Iterator[Finding]:
    """Connect to the relay as a client would."""
    try:
        about = ask(settings.home, Status(), StatusIs)
    except BabiluError as error:
        yield Finding("running", Verdict.FAULT, error.text, "Start it, and read its log when it does not stay.")
        return
    yield Finding("running", Verdict.GOOD, f"The relay runs, {about.online} of {about.max_users} users are connected.")
    host = "127.0.0.1" if about.host in {"0.0.0.0", "::"} else about.host  # noqa: S104 -- compared, not bound
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        with (
            socket.create_connection((host, about.port), CONNECT_S) as plain,
            context.wrap_socket(plain) as link,
        ):
            shown = hashlib.sha256(link.getpeercert(binary_form=True) or b"").hexdigest()
    except OSError as error:
        seen = f"{host}:{about.port} cannot be reached from this machine: {error.strerror or type(error).__name__}."
        yield Finding("reachable", Verdict.FAULT, seen, "Look at the firewall, and at what else uses the port.")
        return
    if shown != about.fingerprint:
        seen = f"{host}:{about.port} shows another certificate than the relay's."
        yield Finding("reachable", Verdict.FAULT, seen, "Find out who answers there in its place.")
    else:
        yield Finding(
            "reachable", Verdict.GOOD, f"{host}:{about.port} answers by TLS 1.3 with the relay's certificate."
        )


def check_certificate(settings: RelaySettings) -> Iterator[Finding]:
    """Look at how long the certificate is good."""
    try:
        if settings.tls is None:
            octets = (settings.home / "certificate.pem").read_bytes()
        else:
            certificate_from(settings.tls)
            octets = settings.tls.certificate.read_bytes()
        days = (x509.load_pem_x509_certificate(octets).not_valid_after_utc - datetime.now(UTC)).days
    except (OSError, ValueError, BabiluError) as error:
        seen = f"The certificate cannot be read: {error}."
        yield Finding("certificate", Verdict.FAULT, seen, "Name it anew, or restore it from a backup.")
        return
    if days < 0:
        yield Finding("certificate", Verdict.FAULT, "The certificate is past its time.", "Renew it, and send SIGHUP.")
    elif days < CERTIFICATE_DAYS:
        seen = f"The certificate is good for {days} more days only."
        yield Finding("certificate", Verdict.WORRY, seen, "Renew it, and send SIGHUP.")
    else:
        yield Finding("certificate", Verdict.GOOD, f"The certificate is good for {days} more days.")


def check_clock(settings: RelaySettings) -> Iterator[Finding]:
    """Look at whether the clock can be right, and whether anything keeps it."""
    newest = max((path.stat().st_mtime for path in settings.home.glob("*")), default=0.0)
    if newest > time.time() + 3600:
        seen = "The clock shows an earlier time than files of the relay were written at."
        yield Finding("clock", Verdict.FAULT, seen, "Set the clock: mail expires by it.")
    elif sys.platform == "linux" and ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)) == TIME_ERROR:
        yield Finding(
            "clock", Verdict.WORRY, "Nothing keeps the clock right.", "Let NTP keep it: chrony, or timesyncd."
        )
    else:
        yield Finding("clock", Verdict.GOOD, "The clock is plausible.")


def check_disk(settings: RelaySettings) -> Iterator[Finding]:
    """Look at how much room there is, and whether what is synchronised is on the disk."""
    if not settings.home.is_dir():
        return
    free = shutil.disk_usage(settings.home).free
    seen = f"{free // (1024 * 1024)} MiB are free."
    if free < FREE_BYTES_LEAST:
        yield Finding("disk", Verdict.FAULT, seen, "Make room: a relay without any refuses mail.")
    elif free < FREE_BYTES_GOOD:
        yield Finding("disk", Verdict.WORRY, seen, "Make room before it gets scarce.")
    else:
        yield Finding("disk", Verdict.GOOD, seen)
    try:
        took = sync_time(settings.home)
    except OSError as error:
        seen = f"Nothing can be written into the folder: {error.strerror}."
        yield Finding("fsync", Verdict.FAULT, seen, "Run this as the relay's user, and look at the disk.")
        return
    if took < SYNC_S_PLAUSIBLE:
        seen = f"fsync returns after {took * 1e6:.0f} µs: what is accepted would not survive a power failure."
        yield Finding(
            "fsync", Verdict.FAULT, seen, "Keep the folder on a disk: no tmpfs, no eatmydata, no lying cache."
        )
    elif took > SYNC_S_SLOW:
        seen = f"fsync takes {took * 1000:.0f} ms: that long is every message accepted at least."
        yield Finding("fsync", Verdict.WORRY, seen, "Use a quicker disk.")
    else:
        yield Finding("fsync", Verdict.GOOD, f"fsync takes {took * 1000:.2f} ms.")


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


def check_registration(settings: RelaySettings) -> Iterator[Finding]:
    """Look at who may make an account where."""
    open_ = settings.registration is Registration.OPEN
    if open_ and not is_private(settings.host):
        seen = "Everybody who can reach the relay may make accounts, and that is not only a private network."
        yield Finding("registration", Verdict.WORRY, seen, 'Register by invitation: registration = "invite".')
    else:
        yield Finding("registration", Verdict.GOOD, "Nobody far away can make accounts without an invitation.")


def check_descriptors(settings: RelaySettings) -> Iterator[Finding]:
    """Look at whether the system allows as many connections as the limits do."""
    allowed, wanted = allowed_descriptors(), descriptors_for(settings.limits)
    if allowed < wanted:
        seen = f"A process may open {allowed} files, and the limits ask for {wanted}."
        yield Finding("descriptors", Verdict.WORRY, seen, f"ulimit -n {wanted}, or LimitNOFILE={wanted} in the unit.")
    else:
        yield Finding("descriptors", Verdict.GOOD, f"A process may open {allowed} files; {wanted} are enough.")


CHECKS: Final[tuple[Check, ...]] = (
    check_folder,
    check_reachable,
    check_certificate,
    check_clock,
    check_disk,
    check_registration,
    check_descriptors,
)
