import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import babilu
from babilu.cli import main
from babilu.cli.app import COMPLETION
from babilu.cli.completion import SHELLS
from babilu.cli.exit_codes import ExitCode


def offered(line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Tell what a shell is offered at the end of a line, and what it says of each."""
    words = line.split(" ")
    monkeypatch.setenv(COMPLETION, "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    assert main([]) == ExitCode.DONE
    lines = capsys.readouterr().out.splitlines()
    return dict(zip(lines[1::3], lines[2::3], strict=True))


def test_a_shell_is_offered_commands_options_and_values_with_their_texts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(offered("babilu st", capsys, monkeypatch)) == ["start", "stop", "status"]
    assert offered("babilu admin us", capsys, monkeypatch) == {"users": "List, disable, delete accounts."}
    assert offered("babilu start --log-l", capsys, monkeypatch) == {
        "--log-level": "How much is logged. [default: warning]"
    }
    assert list(offered("babilu start --log-level ", capsys, monkeypatch)) == ["debug", "info", "warning", "error"]
    assert list(offered("babilu connect --la", capsys, monkeypatch)) == ["--lang"]
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    assert offered("babilu admin us", capsys, monkeypatch) == {"users": "Enumera, suspende y borra cuentas."}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_calls_the_program_by_its_variable(
    shell: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A package is built where the shell is not: nothing is run.
    monkeypatch.setenv("PATH", "")
    assert main(["completion", shell]) == ExitCode.DONE
    script = capsys.readouterr()
    assert f"{COMPLETION}={shell}_complete" in script.out
    assert not script.err
    assert main(["completion", "tcsh"]) == ExitCode.USAGE


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_by_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "babilu"
    source = Path(babilu.__file__).parent.parent
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(source)!r})\nfrom babilu.cli import main\n"
        "sys.exit(main())\n"
    )
    program.chmod(0o700)
    main(["completion", "bash"])
    script = capsys.readouterr().out
    asked = (
        f"{script}\nCOMP_WORDS=({program} doc)\nCOMP_CWORD=1\n_babilu_completion {program}\necho ${{COMPREPLY[@]}}\n"
    )
    done = subprocess.run(["bash", "--norc", "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "doctor\n"
