"""Builds what is handed out: wheel and source archive, a bill of materials, Debian packages, the relay's OCI image.

Run it as `python3 main.py package WHAT`. Everything lands in `dist`. Programs that a kind needs are named where they
are missing.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
DIST: Final = ROOT / "dist"
HERE: Final = ROOT / "packaging"
BUILD_LOCK: Final = ROOT / "requirements" / "build.txt"
RELAY_LOCK: Final = ROOT / "requirements" / "relay.txt"
DESKTOP_LOCK: Final = ROOT / "requirements" / "desktop.txt"
PIN: Final = re.compile(
    r"^([a-z0-9.-]+)==([^ ]+)(?: ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)
OPENSSL: Final = re.compile(rb"OpenSSL (\d+\.\d+\.\d+[a-z]?) \d{1,2} [A-Z][a-z]{2} \d{4}")
"""What the libraries of some wheels carry inside, where no scanner of Python packages looks for it."""


class PackagingError(Exception):
    """Something is missing, or a program failed; the text says what to do."""


def version() -> str:
    """Return the program's version."""
    text = (ROOT / "src" / "babilu" / "version.py").read_text(encoding="utf-8")
    found = re.search(r'__version__\s*(?::[^=]+)?=\s*"([^"]+)"', text)
    if found is None:
        raise PackagingError("src/babilu/version.py names no version.")
    return found.group(1)


def run(*command: str | Path, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> str:
    """Run a program and return what it printed.

    Raises:
        PackagingError: It is missing, or it failed: with its last words.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise PackagingError(f"The program {command[0]} is missing: install it first.") from error
    if done.returncode:
        raise PackagingError(f"{command[0]} failed:\n{done.stdout[-2000:]}")
    return done.stdout


def build_wheel() -> list[Path]:
    """Build the wheel and the source archive, the same bytes from the same commit, by the tools of the lock."""
    date = {"SOURCE_DATE_EPOCH": source_date()}
    # The machine says whom to trust, as it does for pip: uv brings a list of its own otherwise.
    tools = ("--system-certs", "--build-constraints", BUILD_LOCK, "--require-hashes")
    run(sys.executable, "-m", "uv", "build", "--quiet", *tools, "--out-dir", DIST, environment=date)
    stem = f"babilu-{version()}"
    return [DIST / f"{stem}-py3-none-any.whl", DIST / f"{stem}.tar.gz"]


def source_date() -> str:
    """Return the time of the last change, in Unix seconds, for builds that can be repeated."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return os.environ["SOURCE_DATE_EPOCH"]
    try:
        return run("git", "log", "-1", "--format=%ct").strip()
    except PackagingError:
        return "1577836800"  # a source archive has no history: any fixed moment will do


def build_sbom() -> list[Path]:
    """Write a bill of materials (CycloneDX 1.6) for each lock that people install."""
    DIST.mkdir(exist_ok=True)
    made = []
    for name, lock in (("relay", RELAY_LOCK), ("base", ROOT / "requirements.txt"), ("desktop", DESKTOP_LOCK)):
        place = DIST / f"babilu-{version()}-{name}.cdx.json"
        place.write_text(json.dumps(bill_of(lock, name), indent=1) + "\n", encoding="utf-8")
        made.append(place)
    return made


def bill_of(lock: Path, name: str) -> dict[str, Any]:
    """Describe what a lock installs: packages with their hashes, and libraries inside of the installed ones."""
    text = lock.read_text(encoding="utf-8")
    serial = uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"babilu-{name}",
                "name": "babilu",
                "version": version(),
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [component(*pin) for pin in pins_of(text)],
    }


def pins_of(text: str) -> list[tuple[str, str, list[str]]]:
    """Read name, version and hashes of every line of a lock."""
    return [(name, number, re.findall(r"sha256:([0-9a-f]{64})", hashes)) for name, number, hashes in PIN.findall(text)]


def component(name: str, number: str, hashes: Sequence[str]) -> dict[str, Any]:
    """Describe one package; the hashes are those of all its files, one of which is installed."""
    url = f"pkg:pypi/{name}@{number}"
    described: dict[str, Any] = {"type": "library", "bom-ref": url, "name": name, "version": number, "purl": url}
    described["properties"] = [{"name": "babilu:file:sha256", "value": each} for each in hashes]
    inside = list(embedded_in(name, number))
    if inside:
        described["components"] = inside
    return described


def embedded_in(name: str, number: str) -> Iterator[dict[str, Any]]:
    """Find the libraries that the installed files of a package carry inside."""
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return
    if installed.version != number:
        return
    found: set[tuple[str, str]] = set()
    for file in installed.files or ():
        if re.search(r"\.(so|pyd|dylib)(\.|$)", file.name):
            octets = Path(str(installed.locate_file(file))).read_bytes()
            found.update(("openssl", each.decode()) for each in OPENSSL.findall(octets))
        if "sboms" in file.parts and file.name.endswith(".cdx.json"):
            found.update(stated_in(Path(str(installed.locate_file(file))), number))
    for library, release in sorted(found):
        reference = f"{name}/{library}@{release}"
        yield {"type": "library", "bom-ref": reference, "name": library, "version": release}


def stated_in(bill: Path, number: str) -> Iterator[tuple[str, str]]:
    """Read which libraries a package says that it carries (PEP 770), but its own parts, which have its version."""
    for each in json.loads(bill.read_text(encoding="utf-8")).get("components", []):
        library, release = each.get("name"), each.get("version")
        if library and release and release != number:
            yield library, release


def build_deb() -> list[Path]:
    """Build the Debian packages of this Python and architecture: the relay's, and the clients'."""
    return [build_one_deb("babilu-relay"), build_one_deb("babilu")]


def build_one_deb(name: str) -> Path:
    """Build a Debian package: a virtual environment below /opt by the hashed lock, and what a system wants to see."""
    wheel, _ = build_wheel()
    architecture = run("dpkg", "--print-architecture").strip()
    lock = RELAY_LOCK if name == "babilu-relay" else DESKTOP_LOCK
    with TemporaryDirectory(prefix="babilu-deb-") as folder:
        stage = Path(folder) / "root"
        place = Path("opt") / name
        make_environment(stage / place, f"/{place}", lock, wheel)
        add_system_files(stage, name, f"/{place}")
        size = sum(file.stat().st_size for file in stage.rglob("*") if file.is_file()) // 1024
        add_control_files(stage / "DEBIAN", name, architecture, size)
        DIST.mkdir(exist_ok=True)
        target = DIST / f"{name}_{version()}_{architecture}.deb"
        environment = {"SOURCE_DATE_EPOCH": source_date()}
        run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", stage, target, environment=environment)
    return target


def make_environment(stage: Path, final: str, lock: Path, wheel: Path) -> None:
    """Make a virtual environment in a staging folder that will lie elsewhere in the end.

    Args:
        stage: Where it is made.
        final: Where it will lie.
        lock: What is installed beside Babilu.
        wheel: Babilu.
    """
    python = Path("/usr/bin/python3")
    run(python if python.exists() else sys.executable, "-m", "venv", "--without-pip", stage)
    own = stage / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", own, "install", "--quiet", "--no-deps", "--no-compile")
    run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", lock)
    run(*pip, wheel)
    for file in [*(stage / "bin").iterdir(), stage / "pyvenv.cfg"]:
        if file.is_file() and not file.is_symlink():
            octets = file.read_bytes()
            if b"\0" not in octets:
                file.write_bytes(octets.replace(str(stage).encode(), final.encode()))
    for unwanted in ("activate", "activate.csh", "activate.fish", "Activate.ps1"):
        (stage / "bin" / unwanted).unlink(missing_ok=True)


def add_system_files(stage: Path, name: str, place: str) -> None:
    """Add commands, units, manual pages, completions and, for the clients, what a desktop shows."""
    copy = {
        "babilu-relay": [("share/systemd/babilu-relay.service", "usr/lib/systemd/system/babilu-relay.service")],
        "babilu": [
            ("share/systemd/babilu@.service", "usr/lib/systemd/user/babilu@.service"),
            ("share/applications/org.babilu.Babilu.desktop", "usr/share/applications/org.babilu.Babilu.desktop"),
            ("share/metainfo/org.babilu.Babilu.metainfo.xml", "usr/share/metainfo/org.babilu.Babilu.metainfo.xml"),
            (
                "share/icons/hicolor/scalable/apps/org.babilu.Babilu.svg",
                "usr/share/icons/hicolor/scalable/apps/org.babilu.Babilu.svg",
            ),
        ],
    }[name]
    for source, target in copy:
        text = (ROOT / source).read_text(encoding="utf-8").replace("/opt/babilu/", f"{place}/")
        write(stage / target, text)
    command = stage / "usr" / "bin" / name
    command.parent.mkdir(parents=True)
    command.symlink_to(f"{place}/bin/babilu")
    write(stage / "usr/share/doc" / name / "copyright", copyright_text())
    shutil.copy(ROOT / "CHANGELOG.md", stage / "usr/share/doc" / name / "changelog")
    run("gzip", "-9n", stage / "usr/share/doc" / name / "changelog")
    if name == "babilu-relay":
        write(stage / "etc/babilu/babilu.toml", (HERE / "debian" / "babilu.toml").read_text(encoding="utf-8"))
        return
    for page in sorted((ROOT / "share" / "man").rglob("*.[15]")):
        manual = stage / "usr/share" / page.relative_to(ROOT / "share")
        write(manual, page.read_text(encoding="utf-8"))
        run("gzip", "-9n", manual)
    for shell, file in (
        ("bash", "bash-completion/completions/babilu"),
        ("zsh", "zsh/vendor-completions/_babilu"),
        ("fish", "fish/vendor_completions.d/babilu.fish"),
    ):
        script = run(sys.executable, "-m", "babilu", "completion", shell, environment={"PYTHONPATH": str(ROOT / "src")})
        write(stage / "usr/share" / file, script)


def add_control_files(folder: Path, name: str, architecture: str, size: int) -> None:
    """Write what dpkg reads, with the Python that the environment belongs to."""
    major, minor = python_of_system()
    texts = {
        "VERSION": version(),
        "ARCHITECTURE": architecture,
        "SIZE": str(size),
        "PYTHON": f"python3 (>= {major}.{minor}), python3 (<< {major}.{minor + 1})",
    }
    for source in sorted((HERE / "debian").glob(f"{name}.*")):
        text = source.read_text(encoding="utf-8")
        for blank, value in texts.items():
            text = text.replace(f"@{blank}@", value)
        kind = source.name.removeprefix(f"{name}.")
        write(folder / kind, text, 0o755 if kind in {"postinst", "prerm", "postrm"} else 0o644)


def python_of_system() -> tuple[int, int]:
    """Return the version of Debian's Python, by which the environment was made."""
    python = Path("/usr/bin/python3")
    if not python.exists():
        return sys.version_info[:2]
    major, minor = run(python, "-c", "import sys; print(*sys.version_info[:2])").split()
    return int(major), int(minor)


def copyright_text() -> str:
    """Write the copyright file in Debian's form."""
    return (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: babilu\n\nFiles: *\nCopyright: the Babilu authors\nLicense: Apache-2.0\n"
        " On Debian systems the text of this licence is in /usr/share/common-licenses/Apache-2.0.\n"
    )


def write(place: Path, text: str, mode: int = 0o644) -> None:
    """Write a file and the folders above it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    place.chmod(mode)


def build_image(base: str | None = None) -> list[Path]:
    """Build the relay's image with buildah, which needs no daemon, and write it as an archive for podman and docker.

    Args:
        base: An image with Python 3.11 to 3.14; None for the one that the Containerfile names.
    """
    wheel, _ = build_wheel()
    DIST.mkdir(exist_ok=True)
    archive = DIST / f"babilu-relay-{version()}.image.tar"
    archive.unlink(missing_ok=True)
    tag = f"babilu-relay:{version()}"
    with TemporaryDirectory(prefix="babilu-image-") as folder:
        context = Path(folder)
        shutil.copy(wheel, context)
        shutil.copy(RELAY_LOCK, context)
        given = ["--build-arg", f"BASE={base}"] if base else []
        # Health checks belong to docker's format; OCI's own leaves them out.
        command = ["buildah", "build", "--format", "docker", "--isolation", "chroot", "--tag", tag, *given]
        run(*command, "--file", HERE / "Containerfile", context)
    run("buildah", "push", tag, f"docker-archive:{archive}:{tag}")
    return [archive]


KINDS: Final[dict[str, Callable[[], list[Path]]]] = {
    "wheel": build_wheel,
    "sbom": build_sbom,
    "deb": build_deb,
    "image": build_image,
}


def main() -> int:
    """Build what is asked for, and name the files."""
    parser = argparse.ArgumentParser(prog="main.py package", description="Build what is handed out, into dist.")
    parser.add_argument("kind", choices=KINDS, nargs="+", help="what to build")
    parser.add_argument("--base", help="the image that the relay's image is built on")
    options = parser.parse_args()
    try:
        for kind in options.kind:
            made = build_image(options.base) if kind == "image" else KINDS[kind]()
            for file in made:
                print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1_000_000:.1f} MB")
    except PackagingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
