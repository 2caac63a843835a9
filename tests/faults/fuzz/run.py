"""Fuzzes every decoder with atheris, which follows the branches that an input takes.

`python3 main.py test --fuzz SECONDS` divides the time among the targets, beginning each with the seeds and what an
earlier run has left in the corpus. What fails is written beside the corpus and named. Atheris comes as a wheel for
Linux on x86-64 alone, so it is no part of the locked tools: `pip install atheris`.
"""

import argparse
import importlib
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

LEAST_SECONDS = 1


def main() -> int:
    """Fuzz one target in this process, or all of them in turn."""
    parser = argparse.ArgumentParser(description="Fuzz every decoder.")
    parser.add_argument("seconds", type=int, help="time for all targets together")
    parser.add_argument("--target", action="append", help="only this target (may be repeated)")
    parser.add_argument("--corpus", type=Path, help="folder to keep what was found; a temporary one by default")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("Fuzzing needs atheris: pip install atheris (Linux, x86-64).")  # noqa: T201 -- a command's answer
        return 2
    if options.here:
        fuzz(options.target[0], options.seconds, options.corpus)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return fuzz_all(options.target, options.seconds, options.corpus or Path(folder))


def fuzz_all(chosen: list[str] | None, seconds: int, corpus: Path) -> int:
    """Fuzz one target after the other, each in a process of its own; return 1 when one of them failed."""
    from tests.faults.fuzz.seeds import seeds  # noqa: PLC0415 -- after the look for atheris

    found = seeds()
    targets = chosen or list(found)
    share = max(seconds // len(targets), LEAST_SECONDS)
    failed = []
    for target in targets:
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        for place, seed in enumerate(found[target]):
            (folder / f"seed{place}").write_bytes(seed)
        command = [sys.executable, __file__, str(share), "--target", target, "--corpus", str(corpus), "--here"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        last = [line for line in done.stderr.splitlines() if "exec/s" in line or line.startswith("Done")][-1:]
        print(f"{target}: {'FAILED' if done.returncode else 'passed'}. {' '.join(last)}", flush=True)  # noqa: T201
        if done.returncode:
            failed.append(target)
            print(done.stdout[-2000:], done.stderr[-4000:], sep="\n", flush=True)  # noqa: T201
    return 1 if failed else 0


def fuzz(target: str, seconds: int, corpus: Path) -> None:
    """Fuzz one target; the process ends with the time, or with the first failure."""
    atheris = importlib.import_module("atheris")

    with atheris.instrument_imports(include=["babilu"]):
        from tests.faults.fuzz.targets import TARGETS, run  # noqa: PLC0415 -- instrumented while it is imported

    arguments = [
        f"-max_total_time={seconds}",
        "-max_len=8192",
        "-print_final_stats=1",
        f"-artifact_prefix={corpus / target}-",
    ]
    atheris.Setup([sys.argv[0], *arguments, str(corpus / target)], lambda data: run(TARGETS[target], data))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
