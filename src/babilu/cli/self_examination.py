"""What can be wrong with one's own account and profile, in sentences that say what to do about it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, assert_never

from babilu.api.commands import Examine
from babilu.api.views import ExaminationView, OwnKeys
from babilu.cli.account import ask_profile
from babilu.cli.choice import Choice
from babilu.cli.examination import FREE_BYTES_LEAST, Finding, Verdict
from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import PREKEYS_KEPT

PREKEYS_LOW: Final = PREKEYS_KEPT // 5
SKEW_WORRY_MS: Final = 2 * 60 * 1000
SKEW_FAULT_MS: Final = 24 * 60 * 60 * 1000


def examine_profile(choice: Choice) -> list[Finding]:
    """Look at a profile and, through it, at its account on the relay.

    Raises:
        BabiluError: The profile cannot be opened.
    """
    found = ask_profile(choice, Examine())
    return [*check_files(choice.home), *findings(found)]


def findings(found: ExaminationView) -> list[Finding]:
    """Say what was found."""
    told = [_integrity(found)]
    if found.reachable is not None:
        told.append(_route(found))
        told += [*_keys(found), *_prekeys(found), *_clock(found)]
    told.append(_listening(found))
    return told


def check_files(home: Path) -> Iterator[Finding]:
    """Look at who can read the profiles, and how much room there is."""
    import shutil

    open_ = [path for path in home.glob("*.db*") if path.is_file() and path.stat().st_mode & 0o077]
    if open_:
        names = " ".join(sorted(path.name for path in open_))
        yield Finding("files", Verdict.FAULT, f"Others can reach {names} in {home}.", "chmod go= on these files.")
    else:
        yield Finding("files", Verdict.GOOD, f"The profiles in {home} are their owner's alone.")
    free = shutil.disk_usage(home).free
    seen = f"{free // (1024 * 1024)} MiB are free."
    if free < FREE_BYTES_LEAST:
        yield Finding("disk", Verdict.FAULT, seen, "Make room: nothing is received or sent without any.")
    else:
        yield Finding("disk", Verdict.GOOD, seen)


def _integrity(found: ExaminationView) -> Finding:
    if found.whole:
        return Finding("profile", Verdict.GOOD, "Every page of the profile is as it was written.")
    remedy = "Copy the files away, look at the disk, and start over with a new identity if it will not open any more."
    return Finding("profile", Verdict.FAULT, "The profile is damaged.", remedy)


def _route(found: ExaminationView) -> Finding:
    if found.reachable:
        return Finding("relay", Verdict.GOOD, "The relay answers, and shows a certificate that is known.")
    seen = f"The relay does not answer: {found.refusal}."
    match found.refusal:
        case ErrorCode.CERTIFICATE_CHANGED:
            remedy = "Ask its operator for the fingerprint, and connect once with --certificate FINGERPRINT."
        case ErrorCode.ACCOUNT_DISABLED:
            remedy = "Ask the relay's operator why."
        case ErrorCode.DEVICE_UNKNOWN | ErrorCode.ROLLED_BACK:
            remedy = "Connect again; if that is refused too, start over: connect --start-over."
        case _:
            remedy = "Look at your network, and ask the operator whether the relay runs."
    return Finding("relay", Verdict.FAULT, seen, remedy)


def _keys(found: ExaminationView) -> Iterator[Finding]:
    match found.keys:
        case OwnKeys.SAME:
            yield Finding("keys", Verdict.GOOD, "The relay shows others the keys that this profile made.")
        case OwnKeys.OTHER_LIST:
            seen = "The relay shows others another device list of yours than this profile made."
            remedy = "Unless you have just changed your devices, compare safety numbers with somebody."
            yield Finding("keys", Verdict.WORRY, seen, remedy)
        case OwnKeys.NOT_LISTED:
            seen = "This device is not in your device list: others do not write to it."
            yield Finding("keys", Verdict.FAULT, seen, "Start over on this device: connect --start-over.")
        case OwnKeys.ANOTHER_IDENTITY:
            seen = "The relay shows others another identity under your name."
            remedy = (
                "If you have not started over elsewhere, somebody has your password or the relay is dishonest: tell "
            )
            yield Finding("keys", Verdict.FAULT, seen, remedy + "your contacts by another way.")
        case OwnKeys.UNKNOWN:
            return
        case _:
            assert_never(found.keys)


def _prekeys(found: ExaminationView) -> Iterator[Finding]:
    if found.prekeys_ec is None or found.prekeys_kem is None:
        return
    seen = f"The relay has {found.prekeys_ec} and {found.prekeys_kem} one-time prekeys of this device left."
    if min(found.prekeys_ec, found.prekeys_kem) < PREKEYS_LOW:
        remedy = "Stay connected for a moment: the client makes new ones. If they stay few, somebody drains them."
        yield Finding("prekeys", Verdict.WORRY, seen, remedy)
    else:
        yield Finding("prekeys", Verdict.GOOD, seen)


def _clock(found: ExaminationView) -> Iterator[Finding]:
    if found.clock_ahead_ms is None:
        return
    apart = abs(found.clock_ahead_ms)
    where = "ahead of" if found.clock_ahead_ms > 0 else "behind"
    seen = f"This clock is {apart / 1000:.0f} s {where} the relay's."
    if apart < SKEW_WORRY_MS:
        yield Finding("clock", Verdict.GOOD, seen)
    else:
        verdict = Verdict.WORRY if apart < SKEW_FAULT_MS else Verdict.FAULT
        yield Finding("clock", verdict, seen, "Set the clock; if it is right, tell the relay's operator.")


def _listening(found: ExaminationView) -> Finding:
    if found.listening is None:
        return Finding("direct", Verdict.GOOD, "No server socket is open: nobody can call this client directly.")
    place = f"{found.listening.host}:{found.listening.port}"
    return Finding("direct", Verdict.GOOD, f"Conversation requests are received at {place}.")
