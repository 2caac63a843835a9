"""Writes the pages of the documentation that follow from the code: run it after a command or a key has changed.

A test compares the pages with what this would write.
"""

import json
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.cli.app import build  # noqa: E402 -- the path comes first
from babilu.cli.config_keys import ConfigKind, keys, sections  # noqa: E402
from babilu.cli.configuration import shown  # noqa: E402
from babilu.cli.help import HelpPage, walk  # noqa: E402
from tools.manual import manual_pages  # noqa: E402

MADE = "<!-- Made by tools/reference.py from the code: change it there. -->"

WIDTH = 120

KINDS = {
    ConfigKind.TEXT: "text",
    ConfigKind.PATH: "path",
    ConfigKind.COUNT: "number",
    ConfigKind.DURATION: "duration",
    ConfigKind.SIZE: "size",
    ConfigKind.SWITCH: "true or false",
    ConfigKind.ADDRESSES: "addresses",
    ConfigKind.NETWORKS: "networks",
}

CONFIGURATION = f"""# Configuration of a relay

{MADE}

Each key is decided by itself: the command line wins over the environment, that over `babilu.toml`, that over the
default. `babilu config show` tells every value and who decided it; `babilu config check` tells everything that is to
be mended. Unknown keys, tables and variables are refused with the nearest known name.

The file is the one that `--config FILE` or `BABILU_CONFIG` names, else `babilu.toml` in the folder that `--home`
names, else `babilu.toml` beside `main.py` (for the installed program in the user's data folder). Paths in it are
relative to it.

    [relay]
    host = "0.0.0.0"
    name = "Kitchen"
    registration = "invite"

    [limits]
    max_users = 200
    mail_kept_ms = "14 days"
    mailbox_bytes = "50 MiB"

Durations are milliseconds, or texts with a unit: ms, s, min, h, days. Sizes are bytes, or texts in KiB, MiB or GiB.
A running relay reads all of it anew at SIGHUP, without dropping a connection; the keys marked with * are followed by
a new start alone. The window of pushed mail (`push_messages`, `push_bytes`) holds for connections from then on.
"""


JSON_RPC = f"""# Drive a client by JSON-RPC

{MADE}

Every command and event of a client is there for programs in any language: [JSON-RPC 2.0](https://www.jsonrpc.org/specification),
one JSON object (or batch) a line, in UTF-8, at most 1 MiB. A byte order mark before the first
line is passed over. What Babilu writes is ASCII, at most 64 MiB a line.

## On standard input and output

    $ BABILU_PASSWORD='…' babilu rpc --profile alice
    {{"jsonrpc":"2.0","id":1,"method":"send","params":{{"to":"bob","text":"hi"}}}}
    {{"jsonrpc":"2.0","id":1,"result":{{"id":"…","conversation":"bob","text":"hi","state":"queued",…}}}}

`babilu rpc` attaches to the profile where a window or a daemon has it open, and opens it otherwise. The end of input
ends it once every request has its answer; the exit codes are those of the [JSON contract](../json-contract.md).

In Python, without a library of Babilu's:

    import json, subprocess

    client = subprocess.Popen(["babilu", "rpc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    client.stdin.write(b'{{"jsonrpc":"2.0","id":1,"method":"subscribe"}}\\n')
    client.stdin.flush()
    for line in client.stdout:
        said = json.loads(line)
        if said.get("method") == "message_arrived":
            print(said["params"]["event"]["message"]["text"])

## On the local socket

Where a program hosts a profile, its socket lies beside the file: `alice@127.0.0.1_5050.db.run/socket`, for processes of
the same user. The first request is `attach` with the profile's password; nothing else is answered before, and the
third wrong one ends the connection.

    {{"jsonrpc":"2.0","id":1,"method":"attach","params":{{"passphrase":"…"}}}}

At most 128 requests of a connection are carried out at a time, and the next ones wait. A connection that does not read
its events is let go when 32 MiB or 20,000 of them wait: its last line is the notification `ended` with the code `busy`.
When the host ends, that line has the code `host_ended`.

## Values

Parameters are given by name. Members with a default may be left out; unknown ones are refused. Bytes and ids of
messages are lower-case hexadecimal, times Unix milliseconds, durations milliseconds. A message that `take_unshown`
handed out is never handed out again, to no face of the profile.

Every method takes a `request_id` besides: a text of at most 4,096 printable ASCII characters, or null. The events that
the request causes bring it back as their `request_id`, to every face of the profile, also long after: the states of a
message, the fate of a call, what becomes of a text that is sent later. A program that asks and listens tells by it what
is an answer to whom; the `id` of JSON-RPC belongs to one connection and returns in the answer alone.

## Events

`subscribe` answers with the number of the subscription and the cursor of the last event before it. Events are
notifications; `since` catches up after a pause, as far as events are remembered.

    {{"jsonrpc":"2.0","method":"message_arrived","params":{{"subscription":1,"cursor":12,"event":{{"message":{{…}}}}}}}}

## Errors

    {{"jsonrpc":"2.0","id":1,"error":{{"code":-32000,"message":"…","data":{{"code":"not_found","family":"DeliveryError"}}}}}}

`data.code` is one of the codes of the [JSON contract](../json-contract.md#errors), `data.retry_after_ms`, perhaps, says
when a repeat makes sense, `data.reason`, perhaps, what the code leaves open, and `data.details`, perhaps, what the
message names. `code` is -32700 for what is no JSON, -32600 for what is no request, -32601 for an unknown method, -32602
for parameters that do not fit, and -32000 for what was refused.
"""


def json_rpc() -> str:
    """Write the page of JSON-RPC with its methods, events and values."""
    from babilu.rpc.methods import methods, notifications

    every = methods()
    rows = ["## Methods", "", "| method | parameters | answer | |", "| --- | --- | --- | --- |"]
    for each in every.values():
        given = _members(each.params, but="request_id")
        rows.append(f"| `{each.name}` | {given} | {each.answer.name} | {_first_line(each.command)} |")
    rows += ["", "## Notifications", "", "| notification | `event` | |", "| --- | --- | --- |"]
    rows += [f"| `{name}` | {_members(each)} | {_first_line(each.kind)} |" for name, each in notifications().items()]
    rows += ["", "## Objects", "", "| object | members |", "| --- | --- |"]
    members = [
        member
        for each in (*(method.params for method in every.values()), *notifications().values())
        for member in each.members.values()
    ]
    objects = _objects([*members, *(each.answer for each in every.values())])
    rows += [f"| {name} | {shown} |" for name, shown in sorted(objects.items())]
    return "\n".join([JSON_RPC, *rows, ""])


def _members(record: Any, but: str = "") -> str:  # noqa: ANN401 -- a shape of JSON-RPC
    parts = [
        f"`{name}`: {shape.name}" + ("" if name in record.needed else " (*maybe*)")
        for name, shape in record.members.items()
        if name != but
    ]
    return ", ".join(parts).replace("|", "/")


def _first_line(kind: type) -> str:
    line = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    return line.replace("|", "/").replace("``", "`")


def _objects(shapes: list[Any]) -> dict[str, str]:
    """Describe every object and every closed list of texts that shapes are made of."""
    found: dict[str, str] = {}
    waiting = _unfold(shapes)
    while waiting:
        shape = waiting.pop()
        if shape.name not in found:
            found[shape.name] = ", ".join(f"`{each}`" for each in shape.choices) or _members(shape)
            waiting += _unfold(getattr(shape, "members", {}).values())
    return found


def _unfold(shapes: Iterable[Any]) -> list[Any]:
    """Give objects and closed lists as they are, and what arrays and values that may be missing hold of them."""
    unfolded: list[Any] = []
    for shape in shapes:
        if shape.choices or hasattr(shape, "members"):
            unfolded.append(shape)
        elif hasattr(shape, "variants"):
            unfolded += shape.variants
        elif shape.inner is not None:
            unfolded += _unfold([shape.inner])
    return unfolded


def configuration() -> str:
    """Write the page of all keys."""
    parts = [CONFIGURATION]
    for section in sections():
        rows = [
            f"| `{key.name}`{'*' if key.at_start else ''} | {KINDS.get(key.kind) or ', '.join(key.choices)} "
            f"| {shown(key, key.default) or 'none'} | {f'`{key.option}`' if key.option else ''} | {key.meaning} |"
            for key in keys().values()
            if key.section == section
        ]
        variables = f"Variables: `BABILU_{section.upper()}_` and the key in capitals."
        head = ["| key | takes | default | option | meaning |", "| --- | --- | --- | --- | --- |"]
        parts.append("\n".join([f"## [{section}]", "", variables, "", *head, *rows, ""]))
    return "\n".join(parts)


def commands() -> str:
    """Write the page of all commands."""
    head = (
        f"# Commands\n\n{MADE}\n\nFrom a clone, `python3 main.py` takes the place of `babilu`. "
        "Every command explains itself with `--help`.\n"
    )
    return "\n".join([head, *(_command(page) for page in walk(build()) if len(page.words) > 1)])


def _command(page: HelpPage) -> str:
    parts = [f"{'#' * min(len(page.words), 4)} {' '.join(page.words)}\n"]
    parts.append("\n\n".join(textwrap.fill(paragraph, WIDTH) for paragraph in page.paragraphs) + "\n")
    if page.children:
        return "\n".join(parts)
    parts.append(f"    {' '.join([*page.words, page.usage])}\n")
    rows = [*page.arguments, *page.options]
    if rows:
        parts += ["| | |", "| --- | --- |"]
        parts += [f"| `{left.replace('|', '/')}` | {right.replace('|', '/')} |" for left, right in rows]
    return "\n".join([*parts, ""])


def openrpc() -> str:
    """Write the OpenRPC document of the client's protocol."""
    from babilu.rpc.openrpc import describe

    return json.dumps(describe(), indent=1, ensure_ascii=False) + "\n"


PAGES = {
    "docs/configuration.md": configuration,
    "docs/commands.md": commands,
    "docs/how-to/json-rpc.md": json_rpc,
    "docs/openrpc.json": openrpc,
}


def everything() -> dict[str, str]:
    """Return all that follows from the code, by its place below the project."""
    return {**{place: write() for place, write in PAGES.items()}, **manual_pages()}


def main() -> None:
    """Write all pages."""
    texts = everything()
    for stale in (ROOT / "share" / "man").rglob("*.[15]"):
        if str(stale.relative_to(ROOT)) not in texts:
            stale.unlink()
    for place, text in texts.items():
        file = ROOT / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        print(place)


if __name__ == "__main__":
    main()
