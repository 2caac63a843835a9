import dataclasses
import json
import os
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from babilu.cli import checks, main
from babilu.cli.check_results import CheckResult, Verdict
from babilu.cli.checks import Check
from babilu.presentation.strings import LANGUAGES, Strings
from babilu.relay.base.certificate import make_certificate
from babilu.relay.base.settings import Registration, RelaySettings, TlsFiles


@pytest.fixture
def settings(tmp_path: Path) -> RelaySettings:
    home = tmp_path / "relay"
    home.mkdir(mode=0o700)
    file = home / "certificate.pem"
    file.write_bytes(make_certificate())
    file.chmod(0o600)
    return RelaySettings("127.0.0.1", 0, home)


def one(check: Check, settings: RelaySettings) -> CheckResult:
    (finding,) = check(settings)
    return finding


def certificate_until(end: datetime, file: Path) -> TlsFiles:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(end - timedelta(days=90)).not_valid_after(end).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(pem))
    return TlsFiles(file, file)


def test_files_that_others_can_read_are_a_fault_with_the_command_that_mends_it(settings: RelaySettings) -> None:
    assert one(checks.check_folder, settings).verdict is Verdict.GOOD
    (settings.home / "certificate.pem").chmod(0o644)

    finding = one(checks.check_folder, settings)

    assert finding.verdict is Verdict.FAULT
    assert "certificate.pem" in finding.seen(Strings())
    assert finding.remedy(Strings()) == f"chmod -R go= {settings.home}"


def test_a_folder_that_cannot_be_looked_into_is_a_fault_and_no_defect(settings: RelaySettings) -> None:
    settings = dataclasses.replace(settings, home=settings.home / ("longer than the system takes" * 10))

    assert one(checks.check_folder, settings).what == "files.missing"
    assert list(checks.check_disk(settings)) == []
    assert one(checks.check_clock, settings).about == "clock"


def test_a_relay_that_does_not_run_is_a_fault(settings: RelaySettings) -> None:
    assert one(checks.check_reachable, settings).verdict is Verdict.FAULT


@pytest.mark.parametrize(("days", "verdict"), [(60, Verdict.GOOD), (5, Verdict.WORRY), (-1, Verdict.FAULT)])
def test_a_certificate_is_worried_about_before_its_end(settings: RelaySettings, days: int, verdict: Verdict) -> None:
    tls = certificate_until(datetime.now(UTC) + timedelta(days=days), settings.home / "other.pem")

    assert one(checks.check_certificate, dataclasses.replace(settings, tls=tls)).verdict is verdict
    assert one(checks.check_certificate, settings).verdict is Verdict.GOOD


def test_a_clock_behind_the_relays_own_files_is_a_fault(settings: RelaySettings) -> None:
    future = datetime.now(UTC).timestamp() + 30 * 86_400
    os.utime(settings.home / "certificate.pem", (future, future))

    assert one(checks.check_clock, settings).verdict is Verdict.FAULT


@pytest.mark.parametrize(
    ("free", "took", "verdicts"),
    [
        (1 << 40, 0.001, (Verdict.GOOD, Verdict.GOOD)),
        (500 << 20, 0.5, (Verdict.WORRY, Verdict.WORRY)),
        (1 << 20, 0.000_001, (Verdict.FAULT, Verdict.FAULT)),
    ],
)
def test_room_and_synchronising_are_judged(
    settings: RelaySettings,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    took: float,
    verdicts: tuple[Verdict, Verdict],
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    monkeypatch.setattr(checks, "sync_time", lambda _: took)

    assert tuple(finding.verdict for finding in checks.check_disk(settings)) == verdicts


def test_measuring_the_disk_leaves_nothing_behind(settings: RelaySettings) -> None:
    assert checks.sync_time(settings.home) > 0
    assert [path.name for path in settings.home.iterdir()] == ["certificate.pem"]


@pytest.mark.parametrize(
    ("host", "registration", "verdict"),
    [
        ("0.0.0.0", Registration.OPEN, Verdict.WORRY),
        ("9.9.9.9", Registration.OPEN, Verdict.WORRY),
        ("192.168.1.5", Registration.OPEN, Verdict.GOOD),
        ("0.0.0.0", Registration.INVITE, Verdict.GOOD),
        ("0.0.0.0", None, Verdict.GOOD),
    ],
)
def test_accounts_for_everybody_far_away_are_worried_about(
    settings: RelaySettings, host: str, registration: Registration | None, verdict: Verdict
) -> None:
    asked = dataclasses.replace(settings, host=host, registration=registration)

    assert one(checks.check_registration, asked).verdict is verdict


def test_the_exit_code_is_the_worst_finding_and_every_bad_one_says_what_to_do(
    settings: RelaySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--home", str(settings.home), "--json"]) == Verdict.FAULT

    said = json.loads(capsys.readouterr().out)
    assert said["worst"] == "fault"
    assert all(finding["remedy"] for finding in said["findings"] if finding["verdict"] != "good")


def test_findings_are_told_in_the_language_of_the_person(
    settings: RelaySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["doctor", "--home", str(settings.home), "--lang", "es"])

    said = capsys.readouterr().out
    assert "El certificado vale" in said
    assert "error    proceso del servidor: El servidor no responde:" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_that_the_sources_name_has_its_sentence_and_every_bad_one_its_remedy(
    language: str,
) -> None:
    table = Strings(language)
    for source in ("checks.py", "self_checks.py", "doctor.py"):
        text = (Path(checks.__file__).parent / source).read_text(encoding="utf-8")
        for judge, what in re.findall(r'\b(good|worry|fault)\(\s*"([a-z_.]+)"', text):
            assert f"doctor.{what}" in table
            assert f"doctor.about.{what.partition('.')[0]}" in table
            assert (f"doctor.{what}.do" in table) is (judge != "good")


@pytest.mark.parametrize(("days", "said"), [(400, "400 more days"), (33_999, "93 more years")])
def test_a_certificate_of_many_years_is_not_counted_in_days(settings: RelaySettings, days: int, said: str) -> None:
    tls = certificate_until(datetime.now(UTC) + timedelta(days=days, hours=1), settings.home / "other.pem")
    finding = one(checks.check_certificate, dataclasses.replace(settings, tls=tls))
    assert said in finding.seen(Strings())
