import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[3]

BOT_AND_TEST = """
from babilu import Bot

bot = Bot("127.0.0.1", 5050, "echo")

@bot.message
def echo(message):
    return message.text

def test_echo(babilu_bot):
    assert babilu_bot(bot).says("alice", "hi") == ["hi"]
"""


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert callable(import_module(declared["babilu"]).babilu_bot)


def test_somebody_elses_bot_is_tested_in_their_own_project(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(BOT_AND_TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "babilu.bot.pytest_plugin", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout
    assert list(tmp_path.glob("*.db*")) == []
