"""Checks of one's own account and profile, in sentences that say what to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, assert_never

from babilu.api.commands import Examine
from babilu.api.views import ExaminationView, OwnKeys
from babilu.cli.account import ask_profile
from babilu.cli.check_results import CheckResult, fault, good, worry
from babilu.cli.checks import check_room
from babilu.cli.profile_choice import ProfileChoice
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import PREKEYS_KEPT
from babilu.media.decoder import Confinement, PictureDecoder

PREKEYS_LOW: Final = PREKEYS_KEPT // 5
SKEW_WORRY_MS: Final = 2 * 60 * 1000
SKEW_FAULT_MS: Final = 24 * 60 * 60 * 1000


def examine_profile(choice: ProfileChoice) -> list[CheckResult]:
    """Look at a profile and, through it, at its account on the relay.

    Raises:
        BabiluError: The profile cannot be opened.
    """
    found = ask_profile(choice, Examine())
    return [*check_files(choice.home), check_pictures(PictureDecoder().confinement()), *findings(found)]


def findings(found: ExaminationView) -> list[CheckResult]:
    told = [good("profile.good") if found.whole else fault("profile.damaged")]
    if found.reachable is not None:
        told.append(_route(found))
        told += [*_keys(found), *_prekeys(found), *_clock(found)]
    told.append(good("direct.closed") if found.listening is None else good("direct.open", address=found.listening))
    return told


def check_files(home: Path) -> Iterator[CheckResult]:
    """Look at who can read the profiles, and how much room there is."""
    open_ = [path for path in home.glob("*.db*") if path.is_file() and path.stat().st_mode & 0o077]
    if open_:
        yield fault("files.open_profiles", home=home, names=" ".join(sorted(path.name for path in open_)))
    else:
        yield good("files.profiles", home=home)
    yield check_room(home)


def check_pictures(confinement: Confinement) -> CheckResult:
    """Tell what keeps a process that decodes pictures from doing anything else."""
    match confinement:
        case Confinement.FILTERED:
            return good("pictures.filtered")
        case Confinement.LIMITED:
            return worry("pictures.limited")
        case Confinement.NONE:
            return worry("pictures.none")
        case _:
            assert_never(confinement)


def _route(found: ExaminationView) -> CheckResult:
    if found.reachable:
        return good("relay.good")
    code = ErrorCode(found.refusal or ErrorCode.UNAVAILABLE)
    match code:
        case ErrorCode.CERTIFICATE_CHANGED:
            how = "certificate"
        case ErrorCode.ACCOUNT_DISABLED:
            how = "disabled"
        case ErrorCode.DEVICE_UNKNOWN | ErrorCode.ROLLED_BACK:
            how = "device"
        case _:
            how = "silent"
    return fault(f"relay.{how}", why=BabiluError(code, ""))


def _keys(found: ExaminationView) -> Iterator[CheckResult]:
    match found.keys:
        case OwnKeys.SAME:
            yield good("keys.good")
        case OwnKeys.OTHER_LIST:
            yield worry("keys.other_list")
        case OwnKeys.NOT_LISTED:
            yield fault("keys.not_listed")
        case OwnKeys.ANOTHER_IDENTITY:
            yield fault("keys.another_identity")
        case OwnKeys.UNKNOWN:
            return
        case _:
            assert_never(found.keys)


def _prekeys(found: ExaminationView) -> Iterator[CheckResult]:
    ec, kem = found.prekeys_ec, found.prekeys_kem
    if ec is None or kem is None:
        return
    few = min(ec, kem) < PREKEYS_LOW
    yield worry("prekeys.few", ec=ec, kem=kem) if few else good("prekeys.good", ec=ec, kem=kem)


def _clock(found: ExaminationView) -> Iterator[CheckResult]:
    if found.clock_ahead_ms is None:
        return
    apart = abs(found.clock_ahead_ms)
    if apart < SKEW_WORRY_MS:
        yield good("clock.together")
        return
    judge = worry if apart < SKEW_FAULT_MS else fault
    yield judge("clock.ahead" if found.clock_ahead_ms > 0 else "clock.behind", seconds=f"{apart / 1000:.0f}")
