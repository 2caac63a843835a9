"""Exports as WhatsApp and Mattermost write them, made by hand after what is published about the formats."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

MARK = "\u200e"


def a_chat(folder: Path, *lines: str, name: str = "WhatsApp Chat with Alice.txt", end: str = "\n") -> Path:
    """Write a chat as a text of its own."""
    path = folder / name
    path.write_bytes(end.join([*lines, ""]).encode())
    return path


def a_zip(folder: Path, files: Mapping[str, str | bytes], name: str = "WhatsApp Chat - Alice.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in files.items():
            archive.writestr(member, content)
    return path


def json_lines(*objects: object) -> str:
    return "".join(json.dumps(each) + "\n" for each in objects)


VERSION = {"type": "version", "version": 1, "info": {"generator": "mattermost-server"}}
TOWN = {"type": "channel", "channel": {"team": "club", "name": "town", "display_name": "Town Square", "type": "O"}}
BOB = {"type": "user", "user": {"username": "bob", "nickname": "", "first_name": "Bob", "last_name": "Builder"}}


def a_post(user: str, message: str, at: int, **more: object) -> dict[str, object]:
    post = {"team": "club", "channel": "town", "user": user, "message": message, "create_at": at, **more}
    return {"type": "post", "post": post}


def a_direct_post(members: list[str], user: str, message: str, at: int, **more: object) -> dict[str, object]:
    post = {"channel_members": members, "user": user, "message": message, "create_at": at, **more}
    return {"type": "direct_post", "direct_post": post}
