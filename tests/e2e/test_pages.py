"""Every page that says what to type is followed from its first block to its last, as a reader would.

What a machine of tests cannot do, because it needs root, a service manager, another machine or a person, is passed over
by name, with the reason. A block that is new on a page, or that moved, makes its walk fail.
"""

import contextlib
import io
import json
import re
import shutil
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

from tests.e2e.processes import ROOT
from tests.e2e.walk import DEADLINE_S, PASSWORD, Talk, Walk, blocks_of, interrupt, lines_of
from tests.servers import Databases, PostgresServer
from tests.unit.foreign.chats import BOB, TOWN, VERSION, a_post, a_zip, json_lines

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="a walk's own loopback address needs Linux"),
    pytest.mark.skipif(shutil.which("bash") is None, reason="the pages' lines are bash's"),
]

CONNECTED = "· Connected to the relay."
INVITATION = re.compile(r"babilu://\S+")
FORM = "shows the form of a command, with names to fill in"
SAMPLE = "shows one line of a protocol, which other tests compare"
SAFE = {"shared_buffers": "32MB", "jit": "off"}
"""Settings of a database that a relay takes: it is refused where it loses what it has said is kept."""

AS_ROOT = "needs root and installs into the system"
A_PROXY = "configures a program that tests do not install"
A_PICTURE = "opens a window: the tests of the desktop do that"

WALKS: dict[str, Callable[[Walk], None]] = {}


def follows(page: str) -> Callable[[Callable[[Walk], None]], Callable[[Walk], None]]:
    def keep(story: Callable[[Walk], None]) -> Callable[[Walk], None]:
        WALKS[page] = story
        return story

    return keep


def connect(walk: Walk, name: str, *, port: int = 5050) -> Talk:
    """Connect a person whom a page takes for granted."""
    talk = walk.open(f"python3 main.py connect {walk.address} {port} {name} --line")
    talk.says(CONNECTED)
    return talk


def first_write(walk: Walk, one: str, other: str) -> None:
    """Make two accounts that know and have accepted each other, and close them."""
    ones, others = connect(walk, one), connect(walk, other)
    ones.type(f"@{other} Hello")
    others.says(f"{one}: Hello")
    others.type(f"@{one} Hello yourself")
    ones.says(f"{other}: Hello yourself")
    assert (ones.end(), others.end()) == (0, 0)


@follows("README.md")
def readme(walk: Walk) -> None:
    relay = walk.open(walk.block("python3 main.py start 127.0.0.1 5050 100"))
    sample = lines_of(walk.block("Babilu's relay listens at"))
    relay.says(*sample)
    # The page shows all that is said, and no line that is not.
    assert len(relay.said) == len(sample)
    alice, bob = (walk.open(f"{line} --line") for line in lines_of(walk.block("python3 main.py connect")))
    bob.says(CONNECTED)
    alice.says(CONNECTED)
    alice.type("@bob See you at eight?")
    bob.says("alice: See you at eight?")
    alice.says("✓✓ delivered · bob #1")

    walk.pass_over("python3 main.py desktop", A_PICTURE)
    carol_comes, dave_comes, call = lines_of(walk.block("python3 main.py peer 127.0.0.1 5051 carol"))
    carol, dave = walk.open(f"{carol_comes} --line"), walk.open(f"{dave_comes} --line")
    carol.says(f"{walk.address}:5051")
    dave.says(f"{walk.address}:5052")
    dave.type(call)
    carol.says("dave at")
    carol.type("/accept dave")
    dave.says("Directly connected with carol")

    walk.pass_over("python3 main.py start …", FORM)
    bot = walk.block("from babilu import Bot")
    assert 'Bot("' in bot
    walk.write("echo.py", bot)
    echo = walk.open("python3 echo.py")
    wait_for_account(walk, "echo")
    alice.type("@echo Anybody?")
    alice.says("echo: You said: Anybody?")
    interrupt(echo)


@follows("docs/tutorial.md")
def tutorial(walk: Walk) -> None:
    starts = walk.block("python3 main.py start 127.0.0.1 5050 100")
    relay = walk.open(starts)
    relay.says(*lines_of(walk.block("Babilu's relay listens at")))

    alice_comes, *she_sees, bob_comes = lines_of(walk.block("python3 main.py connect 127.0.0.1 5050 alice"))
    alice = walk.open(alice_comes)
    alice.says(*she_sees)
    bob = walk.open(bob_comes)
    bob.says(CONNECTED)

    alice.type(walk.block("@bob See you at eight?"))
    alice.says(*lines_of(walk.block("15:20 → bob: See you at eight?")))
    bob.says(*lines_of(walk.block("15:20 alice: See you at eight?")))
    bob.type(walk.block("@alice Yes!"))
    alice.says("bob: Yes!")

    typed_and_seen(walk, alice, "/verify bob")
    typed_and_seen(walk, alice, "/verified bob")

    bob.type("/quit")
    assert bob.end() == 0
    one, two, *seen = lines_of(walk.block("@bob one"))
    alice.type(one, two)
    alice.says_in_any_order(*seen[:2])
    # How far they have come is told of both at once, where both have come as far.
    alice.says(seen[2])
    assert alice.end() == 0
    interrupt(relay)
    relay = walk.open(starts)
    relay.says("Babilu's relay listens at")
    typed, *seen = lines_of(walk.block("python3 main.py connect 127.0.0.1 5050 bob"))
    bob = walk.open(typed)
    bob.says(*seen)

    interrupt(relay)
    starts, invites, *seen = lines_of(walk.block("python3 main.py start 127.0.0.1 5050 100 --invite-only --daemon"))
    walk.shell(starts)
    said = walk.shell(invites)
    assert seen[0].split(",")[0] in said
    connects, *seen = lines_of(walk.block("python3 main.py connect 'babilu://"))
    zoe = walk.open(re.sub(r"'babilu://[^']*'", INVITATION.findall(said)[0], connects))
    zoe.says(*seen, CONNECTED)
    lines = lines_of(walk.block("@alice Here I am."))
    zoe.type(*lines[:2])
    lists = lines[2]
    bob.says("zoe: Here I am.")
    listed = walk.shell(lists)
    assert [line.split()[0] for line in listed.splitlines()[1:]] == ["alice", "bob", "zoe"]
    walk.shell("python3 main.py doctor", code=None)
    walk.shell("python3 main.py status")
    walk.shell("python3 main.py stop")

    carol, dave = map(walk.open, lines_of(walk.block("python3 main.py peer 127.0.0.1 5051 carol")))
    carol.says(f"{walk.address}:5051")
    dave.says(f"{walk.address}:5052")
    typed_and_seen(walk, dave, "/call 127.0.0.1 5051")
    carol.says(*lines_of(walk.block("⚠ dave at 127.0.0.1:5052")))
    typed_and_seen(walk, carol, "/accept dave")
    dave.says("Directly connected with carol")
    dave.type("@carol Hello")
    carol.says("dave: Hello")
    carol.type("/hangup dave")
    dave.says("carol")


@follows("docs/how-to/backup.md")
def backup(walk: Walk) -> None:
    walk.relay()
    alice = connect(walk, "alice")
    alice.type("@#notes worth keeping")
    alice.says("worth keeping")
    assert "came back as it was" in walk.shell(walk.block("python3 main.py backup create"))
    assert "This backup is good." in walk.shell(walk.block("python3 main.py backup verify"))
    for line in lines_of(walk.block("mkdir backups")):
        said = walk.shell(line)
    # Whether the first daily one is there by now or not.
    assert "The last good backup was made" in said
    assert "is made every day into" in said
    interrupt(alice)
    assert "is there again" in walk.shell(walk.block("python3 main.py backup restore"))
    again = walk.open(walk.block("python3 main.py connect") + " --line")
    again.says(CONNECTED)
    again.type("/history #notes")
    again.says("worth keeping")
    interrupt(again)
    walk.shell("python3 main.py stop")
    walk.shell("python3 main.py start --daemon")
    walk.shell(walk.block("python3 main.py admin backup"))
    (folder,) = (walk.clone / "relay_5050" / "backups").iterdir()
    told = walk.shell(walk.block("python3 main.py admin backup --files") + f" {walk.clone / 'with_files'}")
    assert "0 sealed files" in told
    walk.shell(walk.block("python3 main.py admin verify FOLDER").replace("FOLDER", str(folder)))
    stop, restore, restart = lines_of(walk.block("python3 main.py stop").replace("FOLDER", str(folder)))
    walk.shell(stop)
    walk.shell(f"{restore} --replace")
    assert "listens at" in walk.shell(restart)
    walk.shell("python3 main.py stop")


@follows("docs/how-to/bots.md")
def bots(walk: Walk) -> None:
    walk.relay()
    echo = walk.block("from babilu import Bot").replace("\nbot.run()", "")
    echo += "\n\n" + walk.block('@bot.command("count")') + "\n\nbot.run()\n"
    walk.write("echo_bot.py", echo)
    bot = walk.open("python3 echo_bot.py")
    wait_for_account(walk, "echo")
    alice = connect(walk, "alice")
    alice.type("@echo Anybody?", "@echo /count", "@echo /count")
    alice.says("echo: Anybody?", "echo: 1", "echo: 2")
    interrupt(bot)

    walk.write("test_reminder_bot.py", walk.block("from reminder_bot import bot"))
    walk.write("reminder_bot.py", (ROOT / "examples" / "reminder_bot.py").read_text())
    environment, _, test = lines_of(walk.block("python3 -m venv .venv"))
    # pytest is here already, with Babilu's plug-in; an environment of the bot's own would be fetched.
    assert environment == "python3 -m venv .venv"
    plugins = "-p no:babilu -p babilu.bot.pytest_plugin -p no:pytest-qt -p no:cacheprovider"
    said = walk.shell(test.replace(".venv/bin/pytest", f"python3 -m pytest {plugins}"))
    assert "1 passed" in said


@follows("docs/how-to/daemon.md")
def daemon(walk: Walk) -> None:
    said = walk.shell(walk.block("python3 main.py start 0.0.0.0 5050 --daemon"))
    assert "listens at" in said
    status, stop, restart, reload, doctor = walk.typed_in_table("you type")
    walk.shell(status)
    # What doctor thinks of this machine's clock and disk is not the page's business.
    assert "answers by TLS" in walk.shell(doctor, code=None)
    walk.shell(reload)
    walk.shell(restart)
    walk.shell(stop)
    walk.shell(status, code=5)
    assert (walk.clone / "relay_5050" / "relay.log").exists()


@follows("docs/how-to/json-rpc.md")
def json_rpc(walk: Walk) -> None:
    walk.relay()
    first_write(walk, "alice", "bob")
    typed, request, answer = lines_of(walk.block("$ BABILU_PASSWORD='…' babilu rpc --profile alice"))
    assert typed.endswith("babilu rpc --profile alice")
    rpc = walk.open(f"babilu rpc --profile alice --home {walk.clone}")
    rpc.type(request)
    rpc.says('"id":1,"result"')
    said: dict[str, Any] = json.loads(next(line for line in rpc.said if '"id":1' in line))
    shown = json.loads(answer.replace(",…", ""))
    assert shown["result"].keys() <= said["result"].keys()
    assert said["result"]["text"] == shown["result"]["text"]
    assert rpc.end() == 0

    client = walk.block("import json, subprocess").replace(
        '"rpc"', f'"rpc", "--profile", "bob", "--home", "{walk.clone}"'
    )
    walk.write("listen.py", client)
    listens = walk.open("python3 -u listen.py")
    alice = connect(walk, "alice")
    alice.type("@bob From one to the other")
    listens.says("From one to the other")
    for begins in ('{"jsonrpc":"2.0","id":1,"method":"attach"', '{"jsonrpc":"2.0","method":"message_arrived"'):
        walk.pass_over(begins, SAMPLE)
    walk.pass_over('{"jsonrpc":"2.0","id":1,"error"', SAMPLE)


@follows("docs/how-to/json.md")
def json_pages(walk: Walk) -> None:
    walk.relay()
    first_write(walk, "alice", "bob")
    walk.write("pw", f"{PASSWORD}\n")
    printf, connects, *events = lines_of(walk.block("printf '%s\\n'"))
    said = [json.loads(line) for line in walk.shell(f"{printf}\n{connects}").splitlines()]
    for shown in map(json.loads, events):
        if shown["event"] != "progress":
            assert any(event["event"] == shown["event"] and event.keys() >= shown.keys() for event in said), shown
    bob = connect(walk, "bob")
    bob.says("two", "lines")
    speak_of_messages(walk, bob, lines_of(walk.block('{"do":"react"')))
    said_plainly = walk.shell(walk.block("echo '@bob the backup is done'"))
    assert "✓" in said_plainly
    bob.says("alice: the backup is done")


def speak_of_messages(walk: Walk, bob: Talk, page: Sequence[str]) -> None:
    """Order as alice what a page orders about messages, with the ids that they have here, and hear what it shows."""
    alice = walk.open(f"python3 main.py connect {walk.address} 5050 alice --json")
    alice.says('{"event":"link","state":"online"')
    bob.type("@alice tea at four?")
    theirs = json.loads(alice.says('{"event":"message"'))["id"]
    ids = {json.loads(page[0])["id"]: theirs}
    for line in page:
        shown = json.loads(line)
        if "do" in shown and "event" not in shown:
            renamed = {
                name: ids.get(value, value) if name in {"id", "reply_to"} else value for name, value in shown.items()
            }
            alice.type(json.dumps(renamed))
            continue
        said = json.loads(alice.says(f'{{"event":"{shown["event"]}"'))
        assert said.keys() == shown.keys(), said
        if "id" in shown:
            assert ids.setdefault(shown["id"], said["id"]) == said["id"]
    bob.says("alice deleted")
    assert alice.end() == 0


@follows("docs/how-to/pictures-and-files.md")
def pictures_page(walk: Walk) -> None:
    walk.relay()
    first_write(walk, "alice", "bob")
    (walk.clone / "beach.jpg").write_bytes(photograph())
    (walk.clone / "saved").mkdir()
    alice, bob = connect(walk, "alice"), connect(walk, "bob")
    for begins in ("/send @bob beach.jpg", "/inspect beach.jpg", "/send_as_file @bob beach.jpg"):
        typed, *shown = lines_of(walk.block(begins))
        alice.type(typed)
        alice.says_in_any_order(*shown)
    first, _, typed, *shown = lines_of(walk.block("14:26 alice: From the beach"))
    # What he was told before has numbers as well: the page's are those of a session that begins here.
    numbers = [bob.says(said).rpartition("#")[2] for said in (first, "alice: With all of it")]
    bob.type(typed.replace(" 1 ", f" {numbers[0]} "))
    bob.says(*shown)
    assert (walk.clone / "saved" / "beach.jpg").stat().st_size > 0
    typed, *shown = lines_of(walk.block("/forward 2 #notes"))
    bob.type(typed.replace(" 2 ", f" {numbers[1]} "))
    bob.says(*shown)
    walk.pass_over('{"do":"inspect"', SAMPLE)
    assert (alice.end(), bob.end()) == (0, 0)


def photograph() -> bytes:
    """Make a picture that says where, when and by which camera it was taken."""
    written, exif = io.BytesIO(), Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.DateTime] = "Camera Maker", "2026:11:30 10:00:00"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (52.0, 30.0, 0.0)
    Image.new("RGB", (1_200, 800), "teal").save(written, "JPEG", exif=exif)
    return written.getvalue()


@follows("docs/how-to/export-and-import.md")
def export_page(walk: Walk) -> None:
    walk.relay()
    first_write(walk, "alice", "bob")
    home = "--profile bob"

    def run(begins: str) -> None:
        typed, *shown = lines_of(walk.block(begins))
        said = " ".join(walk.shell(f"{typed} {home}").split())
        for line in shown:
            for piece in line.split("…"):
                assert " ".join(piece.split()) in said, piece

    run("python3 main.py export chats")
    assert "Hello yourself" in (walk.clone / "chats" / "conversations" / "alice.html").read_text(encoding="utf-8")
    one = walk.block("python3 main.py export bob.txt").replace("conversation bob", "conversation alice")
    walk.shell(f"{one} {home}")
    assert "alice: Hello" in (walk.clone / "bob.txt").read_text(encoding="utf-8")

    lines = "13/06/2018, 21:25 - Luke created group\n13/06/2018, 21:25 - Alice: tea?\n13/06/2018, 21:26 - Bob B: yes\n"
    text: dict[str, str | bytes] = {
        "_chat.txt": f"{lines}13/06/2018, 21:27 - Alice: a.jpg (file attached)\n",
        "a.jpg": b"a picture",
    }
    a_zip(walk.clone, text, "WhatsApp Chat with Alice.zip")
    run('python3 main.py import whatsapp "WhatsApp Chat with Alice.zip" --dry-run')
    run('python3 main.py import whatsapp "WhatsApp Chat with Alice.zip" --me')
    exported = {"import.jsonl": json_lines(VERSION, TOWN, BOB, a_post("bob", "tea?", 1_600_000_000_000))}
    a_zip(walk.clone, exported, "export.zip")
    run("python3 main.py import mattermost export.zip")
    assert "tea?" in walk.shell(f"python3 main.py history '#town-square' {home}")


@follows("docs/how-to/logging.md")
def logging_page(walk: Walk) -> None:
    start, connects = lines_of(walk.block("python3 main.py start --log-level info"))
    relay = walk.open(start)
    relay.says("Babilu's relay listens at")
    alice = walk.open(f"{connects} --line")
    alice.says(CONNECTED)
    assert alice.end() == 0
    interrupt(relay)
    assert (walk.clone / "relay.log").read_text()
    for line in (walk.clone / "alice.log").read_text().splitlines():
        assert {"level", "logger", "thread", "message"} <= json.loads(line).keys()


@follows("docs/how-to/one-shot.md")
def one_shot(walk: Walk) -> None:
    walk.relay()
    first_write(walk, "alice", "bob")
    commands = [line.removeprefix("$ ") for line in lines_of(walk.block("$ export BABILU_PASSWORD='…'"))]
    profile = f"--profile alice --home {walk.clone}"
    sends = [re.sub(r"babilu (send|receive)", rf"babilu \1 {profile}", line) for line in commands[1:]]
    # What is sent is counted as sent once the relay holds it.
    for command in sends:
        walk.shell(command)
    background, stop = (line.removeprefix("$ ") for line in lines_of(walk.block("$ babilu daemon --background")))
    walk.shell(f"{background} {profile}")
    walk.shell(f"babilu send {profile} bob Again")
    walk.shell(f"babilu history {profile} bob 5")
    walk.shell(f"babilu contacts {profile}")
    walk.shell(f"babilu verify {profile} bob")
    walk.shell(f"babilu status {profile}")
    walk.shell(f"{stop} --home {walk.clone}")
    received = walk.shell(f"babilu receive --profile bob --home {walk.clone}")
    assert "The backup is done." in received
    assert "Again" in received


@follows("docs/how-to/packages.md")
def packages(walk: Walk) -> None:
    for command in walk.typed_in_table("you type"):
        name = command.split()[-1]
        assert name in walk.shell(f"{command.rpartition(' ')[0]} --help"), command
    config = walk.write("babilu.toml", '[relay]\nhost = "0.0.0.0"\npublic_host = "chat.example.org"\n')
    install, edit, check, enable = lines_of(walk.block("sudo apt install ./dist/babilu-relay_*.deb"))
    assert all(line.startswith("sudo") for line in (install, edit, enable))
    walk.shell(check.replace("babilu-relay ", "babilu ").replace("/etc/babilu/babilu.toml", str(config)))
    walk.pass_over("podman load --input", "needs podman and an image that takes minutes to build")
    walk.pass_over("pip install --require-hashes", "fetches every package: the tests of packages do that")


@follows("docs/how-to/passwords-and-files.md")
def passwords_and_files(walk: Walk) -> None:
    walk.relay()
    first_write(walk, "alice", "bob")
    for name in walk.typed_in_table("| file |", 1):
        if name.startswith("alice@") and not name.endswith("/"):
            assert (walk.clone / name).exists(), name
    profile = f"alice@{walk.address}_5050.db"
    for ending in ("", ".unlock"):
        shutil.copy(walk.clone / f"{profile}{ending}", walk.home)
    alice = connect(walk, "alice")
    alice.type("@bob This the copy does not know")
    alice.says("✓ held")
    assert alice.end() == 0
    for ending in ("", ".unlock"):
        shutil.copy(walk.home / f"{profile}{ending}", walk.clone)
    for ending in ("-wal", "-shm"):
        (walk.clone / f"{profile}{ending}").unlink(missing_ok=True)
    older = walk.open(f"python3 main.py connect {walk.address} 5050 alice --line")
    older.says(walk.block("✗ This profile is an older copy of itself."))
    older.end()
    assert connect(walk, "alice").end() == 0

    on_another_machine = walk.block("python3 main.py connect 127.0.0.1 5050 alice --start-over")
    again = walk.open(f"{on_another_machine} --line --home {walk.home}")
    again.says(CONNECTED)


@follows("docs/how-to/cluster.md")
def cluster(walk: Walk) -> None:
    walk.pass_over("sudo apt-get install postgresql", AS_ROOT)
    with contextlib.ExitStack() as ends:
        databases = Databases(ends.enter_context(PostgresServer(SAFE)))
        ends.callback(databases.close)
        node_by_node(walk, databases.server.url(ends.enter_context(databases.fresh()), user="babilu", tcp=True))
        there_and_back(walk, databases.server.url(ends.enter_context(databases.fresh()), user="babilu", tcp=True))
    walk.pass_over("python3 main.py admin restore", "needs the database's own tools in the server's version")
    walk.pass_over("postgresql://babilu@db1,db2/babilu", "shows the form of a URL, with names to fill in")


def node_by_node(walk: Walk, url: str) -> None:
    """Follow the page from nothing to two nodes, the second with a folder and a port of its own."""

    def block(begins: str) -> str:
        return walk.block(begins).replace("postgresql://babilu@db/babilu", url)

    first = walk.open(block("python3 main.py start"))
    first.says("Babilu's relay listens at")
    walk.shell(block("python3 main.py admin node-key"))
    second = walk.open(f"{block('python3 main.py start')} --home other".replace(" 5050 ", " 5051 "))
    second.says("Babilu's relay listens at")
    nodes = walk.shell(block("python3 main.py admin nodes"))
    assert f"{walk.address}:5050" in nodes
    check_config(walk, block("[storage]"))
    for node in (second, first):
        interrupt(node)


def there_and_back(walk: Walk, url: str) -> None:
    """Move a relay into a database and back."""
    relay = walk.relay("--home", "moved")
    connect(walk, "alice").end()
    stop, move, start = (f"{line} --home moved" for line in lines_of(walk.block("python3 main.py stop")))
    walk.shell(stop)
    relay.end()
    assert "Moved 1 account" in walk.shell(move.replace("postgresql://babilu@db/babilu", url))
    again = walk.open(start)
    again.says("Babilu's relay listens at")
    connect(walk, "alice").end()
    interrupt(again)
    back = walk.block("python3 main.py admin migrate-storage")
    walk.shell(f"{back.replace('postgresql://babilu@db/babilu', url)} --home moved")


@follows("docs/how-to/reverse-proxy.md")
def reverse_proxy(walk: Walk) -> None:
    walk.pass_over("stream {", A_PROXY)
    walk.pass_over("frontend tls", A_PROXY)
    relay, balancers = walk.block("[relay]"), walk.block("[cluster]")
    for configuration in (relay, balancers, f"{relay}\n{balancers}"):
        check_config(walk, configuration)
    for _ in range(2):
        tls = tomllib.loads(walk.block("[tls]"))["tls"]
        assert tls.keys() <= {"certificate", "key", "next"}


@follows("docs/how-to/run-a-relay.md")
def run_a_relay(walk: Walk) -> None:
    walk.pass_over("python3 main.py start [IP] [PORT] [MAX_USERS]", FORM)
    said = walk.shell(f"python3 main.py start {walk.address} 5050 --invite-only --daemon")
    owner = INVITATION.findall(said)[0]
    connects = re.sub(r"'babilu://[^']*'", f"'{owner}'", walk.block("python3 main.py connect 'babilu://"))
    ann = walk.open(f"{connects} --line")
    ann.says(CONNECTED)
    said = walk.shell(walk.block("python3 main.py admin invitations create"))
    ann.type("/invite")
    by_hand, by_ann = INVITATION.findall(said)[0], ann.says("babilu://")
    for name, invitation in (("bob", by_hand), ("mia", by_ann)):
        member = walk.open(f"python3 main.py connect '{invitation}' {name} --line")
        member.says(CONNECTED)
        assert member.end() == 0
    assert "ann" in walk.shell(walk.block("python3 main.py admin users list"))
    table = walk.typed_in_table("you type after `python3 main.py admin`")
    for words in sorted(table, key=lambda words: words.startswith("users delete")):
        if words != "python3 main.py admin":
            walk.shell(f"python3 main.py admin {words}{' --yes' if 'delete' in words else ''}")
    ann.says("Back at noon.")
    assert "ann" in walk.shell(walk.block("python3 main.py admin --as ann users list"))
    walk.shell(walk.block("python3 main.py admin certificate prepare"))
    assert ann.end() == 0
    # Thirty days are not over: the page says what does not wait for them.
    renew = walk.block("python3 main.py admin certificate renew")
    walk.shell(renew, code=1)
    walk.shell(f"{renew} --now")
    shown = re.findall(r"(?:[0-9A-F]{4} ?){16}", walk.shell("python3 main.py admin certificate show"))[0].strip()
    named = walk.block("python3 main.py connect 192.0.2.2 5055 ann").replace("192.0.2.2 5055", f"{walk.address} 5050")
    ann = walk.open(re.sub(r"'[0-9A-F …]+'", f"'{shown}'", named) + " --line")
    ann.says(CONNECTED)
    assert ann.end() == 0
    copy, stop, pull, restart = lines_of(walk.block("python3 main.py admin backup"))
    assert pull == "git pull"
    walk.shell(f"{copy}\n{stop}\n{restart}")
    walk.shell("python3 main.py stop")
    check_config(walk, walk.block("[cluster]"))
    relay = walk.open(walk.block("python3 main.py start --log-level info --log-file relay.log"))
    relay.says("Babilu's relay listens at")
    assert "ann" in walk.shell(walk.block("python3 main.py privacy report --profile ann"))


@follows("docs/how-to/scripts-and-bots.md")
def scripts_and_bots(walk: Walk) -> None:
    walk.relay()
    walk.write("echo.py", walk.block("from babilu import Client"))
    walk.open(walk.block("PYTHONPATH=src .venv/bin/python echo.py"))
    wait_for_account(walk, "echo")
    sending = walk.block("import time")
    (prints,) = re.findall(r"prints `([^`]+)`\. `send` returns", (ROOT / walk.page).read_text())
    walk.write("yan.py", sending)
    assert walk.shell("python3 yan.py").strip() == prints
    walk.write("callback.py", walk.block("from babilu import Client"))
    callback = walk.open("python3 -u callback.py")
    callback.says("echo: You said: Good morning")
    callback.type("")
    assert callback.end() == 0
    (prints,) = re.findall(r"prints `(yan: owner[^`]+)`", (ROOT / walk.page).read_text())
    walk.write("picnic.py", walk.block("from babilu import Client"))
    assert walk.shell("python3 picnic.py").strip() == prints
    carol = walk.open(f"python3 main.py peer {walk.address} 5051 carol --line")
    carol.says(f"{walk.address}:5051")
    walk.write("dora.py", walk.block("from babilu import Client"))
    assert "listening at" in walk.shell("python3 dora.py")
    (prints,) = re.findall(r"prints `(wrong_credentials[^`]+)`", (ROOT / walk.page).read_text())
    walk.write("wrong.py", walk.block("from babilu import BabiluError"))
    assert walk.shell("python3 wrong.py").strip() == prints


@follows("docs/how-to/groups.md")
def groups(walk: Walk) -> None:
    walk.relay()
    first_write(walk, "alice", "bob")
    first_write(walk, "alice", "carol")
    alice, bob, carol, dave = (connect(walk, name) for name in ("alice", "bob", "carol", "dave"))
    alice.type(walk.block("/group @bob @carol Sunday picnic"))
    alice.says("· You are in #sunday-picnic")
    for each in (bob, carol):
        each.says("alice added you to")
        each.type("/accept #sunday-picnic")
        each.says("· You are in #sunday-picnic")
    alice.type("#sunday-picnic who brings tea?")
    bob.says("#sunday-picnic/alice: who brings tea?")
    carol.says("#sunday-picnic/alice: who brings tea?")

    alice.type(walk.block("/link #sunday-picnic"))
    alice.says("Whoever has this link may join #sunday-picnic")
    dave.type(f"/join {alice.says('babilu://').strip()}")
    asked = alice.says("· /accept ")
    alice.type(asked.removeprefix("· ").partition(" or ")[0])
    dave.says("#sunday-picnic")
    bob.type("#sunday-picnic I do")
    dave.says("#sunday-picnic/bob: I do")

    erin = connect(walk, "erin")
    alice.type(walk.block("/newcomers #sunday-picnic"))
    alice.type("/add #sunday-picnic erin")
    erin.says("added you to")
    erin.type("/accept #sunday-picnic")
    erin.says("from before you came")
    erin.type("/history #sunday-picnic")
    erin.says("who brings tea?")


@follows("docs/how-to/devices.md")
def devices(walk: Walk) -> None:
    walk.relay()
    first_write(walk, "alice", "bob")
    phone = walk.open(f"python3 main.py connect {walk.address} 5050 alice --json")
    phone.says('"state":"online"')
    laptop = walk.open(walk.block("python3 main.py connect"))
    shown = laptop.says(walk.block("· This device shows this code").partition("(")[0])
    words = shown.partition("(")[2].partition(")")[0].split()
    asked = json.loads(phone.says('"event":"link_asked"'))
    assert asked["words"] == words
    laptop.type(walk.block("/link_confirm"))
    approve = walk.block("/link_approve all")
    phone.type(json.dumps({"do": "link_approve", "history": approve.split()[1], "password": PASSWORD}))
    laptop.says(CONNECTED)
    walk.pass_over("python3 main.py peer", "needs a person at each of the two to compare codes once more")
    laptop.type(walk.block("/ask_history all"))
    laptop.says("Your other devices are asked")
    laptop.type(walk.block("/devices"))
    laptop.says("Laptop")
    name = walk.block("/remove_device").split()[1]
    phone.type(json.dumps({"do": "remove_device", "device": name, "password": PASSWORD}))
    phone.says('"event":"device_removed"')
    laptop.says("This device was removed from your devices")
    walk.pass_over('{"do":"link_approve"', "was done above, with the password of the walk")


@follows("docs/how-to/shell-completion.md")
def shell_completion(walk: Walk) -> None:
    walk.shell(walk.block('eval "$(babilu completion bash)"') + "\ncomplete -p babilu")
    for_zsh = walk.block('eval "$(babilu completion zsh)"')
    if shutil.which("zsh"):
        walk.shell(f"zsh -f -c 'autoload -U compinit; compinit -D; {for_zsh}'")
    else:
        assert "compdef" in walk.shell("babilu completion zsh")
    (walk.home / ".config" / "fish" / "completions").mkdir(parents=True)
    walk.shell(walk.block("babilu completion fish >"))
    assert (walk.home / ".config/fish/completions/babilu.fish").read_text().startswith(("function", "#", "complete"))


@follows("docs/how-to/systemd.md")
def systemd(walk: Walk) -> None:
    walk.pass_over("python3 -m venv /opt/babilu", AS_ROOT)
    config = walk.block("[relay]")
    check, *installs = lines_of(walk.block("/opt/babilu/bin/babilu config check"))
    place = walk.write("babilu.toml", config)
    walk.shell(check.replace("/opt/babilu/bin/babilu", "babilu").replace("/etc/babilu/babilu.toml", str(place)))
    unit = installs[0].split()[1]
    verify_unit(walk, unit, "--man=no")
    walk.pass_over("[Service]", "adds to a unit that systemd runs")
    made, copies, password, *_ = lines_of(walk.block("mkdir -p ~/.config/systemd/user ~/.config/babilu"))
    walk.shell(f"{made}\n{copies}\n{password}", typed="the password\n")
    assert (walk.home / ".config/babilu/ann.password").stat().st_mode & 0o077 == 0
    verify_unit(walk, str(walk.home / ".config/systemd/user/babilu@.service"), "--man=no", "--user")
    check_config(walk, walk.block("[metrics]"))


@follows("docs/how-to/without-a-relay.md")
def without_a_relay(walk: Walk) -> None:
    walk.pass_over("python3 main.py peer [IP] [PORT] [NAME]", FORM)
    carol = walk.open(f"{walk.block('python3 main.py peer 0.0.0.0 5051 carol')} --line")
    carol.says(f"{walk.address}:5051")
    dave = walk.open(f"python3 main.py peer {walk.address} 5052 dave --line")
    dave.says(f"{walk.address}:5052")
    calls = [line.split("   ")[0] for line in lines_of(walk.block("/call 192.168.1.20 5051"))]
    dave.type(calls[0].replace("192.168.1.20", walk.address))
    carol.says("dave at")
    requests, accept, decline = lines_of(walk.block("/requests"))
    assert decline == "/decline dave"
    carol.type(requests)
    carol.says("dave")
    carol.type(accept)
    dave.says("Directly connected with carol")
    dave.type("/hangup carol")
    carol.says("dave")
    dave.type(calls[1].replace("192.168.1.20", walk.address))
    dave.says("Directly connected with carol")
    for talk in (carol, dave):
        talk.type("/quit")
        talk.end()

    walk.relay()
    connects, *typed = lines_of(walk.block("python3 main.py connect 127.0.0.1 5050 alice --listen 0.0.0.0:5051"))
    alice = walk.open(f"{connects} --line")
    alice.says(CONNECTED)
    for line in typed:
        alice.type(line)
    alice.type("/status")
    alice.says("alice")


def typed_and_seen(walk: Walk, talk: Talk, begins: str) -> None:
    """Type the first line of the next block, and see the others."""
    typed, *seen = lines_of(walk.block(begins))
    talk.type(typed)
    talk.says(*seen)


def check_config(walk: Walk, text: str) -> None:
    place = walk.write("checked.toml", text)
    walk.shell(f"babilu config check {place}")


def verify_unit(walk: Walk, unit: str, *options: str) -> None:
    """Let systemd say what is wrong with a unit, but for the program, which the page installs as root."""
    if shutil.which("systemd-analyze") is None:
        return
    said = walk.shell(f"systemd-analyze verify {' '.join(options)} {unit} || true")
    wrong = [line for line in said.splitlines() if Path(unit).name in line and "is not executable" not in line]
    assert wrong == []


def wait_for_account(walk: Walk, name: str) -> None:
    """Wait until a program that says nothing has its account."""
    deadline = time.monotonic() + DEADLINE_S
    while name not in walk.shell("python3 main.py admin users list"):
        assert time.monotonic() < deadline, f"{name} does not register"


@pytest.mark.parametrize("page", WALKS)
def test_a_page_can_be_followed_from_its_first_block_to_its_last(page: str, tmp_path: Path) -> None:
    with Walk(tmp_path, page) as walk:
        WALKS[page](walk)


def test_every_page_that_says_what_to_type_has_a_walk() -> None:
    pages = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", *(ROOT / "docs" / "how-to").glob("*.md")]
    assert {str(page.relative_to(ROOT)) for page in pages if blocks_of(page)} == set(WALKS)
