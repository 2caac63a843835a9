from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api.views import Address, ExaminationView, OwnKeys
from babilu.cli.check_results import Verdict
from babilu.cli.self_checks import check_files, check_pictures, findings
from babilu.media.decoder import Confinement
from babilu.presentation.strings import Strings

GOOD = ExaminationView(True, True, None, OwnKeys.SAME, 100, 100, -250, Address("127.0.0.1", 5051))


def verdicts(found: ExaminationView) -> dict[str, Verdict]:
    return {each.about: each.verdict for each in findings(found)}


def test_an_account_in_good_order_needs_nothing() -> None:
    assert set(verdicts(GOOD)) == {"profile", "relay", "keys", "prekeys", "clock", "direct"}
    assert set(verdicts(GOOD).values()) == {Verdict.GOOD}
    assert not any(each.remedy(Strings()) for each in findings(GOOD))


@pytest.mark.parametrize(
    ("about", "found", "verdict"),
    [
        ("profile", replace(GOOD, whole=False), Verdict.FAULT),
        ("relay", replace(GOOD, reachable=False, refusal="certificate_changed"), Verdict.FAULT),
        ("relay", replace(GOOD, reachable=False, refusal="account_disabled"), Verdict.FAULT),
        ("relay", replace(GOOD, reachable=False, refusal="unavailable"), Verdict.FAULT),
        ("keys", replace(GOOD, keys=OwnKeys.OTHER_LIST), Verdict.WORRY),
        ("keys", replace(GOOD, keys=OwnKeys.NOT_LISTED), Verdict.FAULT),
        ("keys", replace(GOOD, keys=OwnKeys.ANOTHER_IDENTITY), Verdict.FAULT),
        ("prekeys", replace(GOOD, prekeys_kem=3), Verdict.WORRY),
        ("clock", replace(GOOD, clock_ahead_ms=-200_000), Verdict.WORRY),
        ("clock", replace(GOOD, clock_ahead_ms=10**9), Verdict.FAULT),
    ],
)
def test_each_thing_that_is_wrong_has_a_remedy(about: str, found: ExaminationView, verdict: Verdict) -> None:
    (finding,) = [each for each in findings(found) if each.about == about]
    assert finding.verdict is verdict
    assert finding.remedy(Strings("es"))
    assert [each.about for each in findings(found) if each.verdict is not Verdict.GOOD] == [about]


def test_what_a_silent_relay_leaves_unknown_is_not_judged() -> None:
    found = ExaminationView(True, False, "unavailable", OwnKeys.UNKNOWN, None, None, None, None)
    assert set(verdicts(found)) == {"profile", "relay", "direct"}


def test_a_profile_without_a_relay_is_judged_by_itself() -> None:
    found = ExaminationView(True, None, None, OwnKeys.UNKNOWN, None, None, None, None)
    assert verdicts(found) == {"profile": Verdict.GOOD, "direct": Verdict.GOOD}


def test_a_profile_that_others_can_reach_is_a_fault(tmp_path: Path) -> None:
    profile = tmp_path / "alice@127.0.0.1_5050.db"
    profile.touch(mode=0o600)
    assert next(check_files(tmp_path)).verdict is Verdict.GOOD
    profile.chmod(0o640)
    found = next(check_files(tmp_path))
    assert found.verdict is Verdict.FAULT
    assert profile.name in found.seen(Strings())


@pytest.mark.parametrize(
    ("confinement", "what", "verdict"),
    [
        (Confinement.FILTERED, "pictures.filtered", Verdict.GOOD),
        (Confinement.LIMITED, "pictures.limited", Verdict.WORRY),
        (Confinement.NONE, "pictures.none", Verdict.WORRY),
    ],
)
def test_how_pictures_are_decoded_is_told(confinement: Confinement, what: str, verdict: Verdict) -> None:
    found = check_pictures(confinement)
    assert (found.what, found.verdict) == (what, verdict)
    for language in ("en", "es"):
        assert found.seen(Strings(language))
        assert bool(found.remedy(Strings(language))) is (verdict is not Verdict.GOOD)
