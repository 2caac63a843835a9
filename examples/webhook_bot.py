"""Posts into a conversation what other programs of this machine report over HTTP, on loopback alone.

    BABILU_PASSWORD='a password of its own' python examples/webhook_bot.py 127.0.0.1 5050 reporter alice
    curl -H "Authorization: Bearer $(cat examples/webhook.token)" -d 'Backup done' http://127.0.0.1:8765/

The token is made at the first start; whoever has none is refused, also a page in a browser on this machine.
"""

import hmac
import os
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from babilu import BabiluError, Bot

PORT = 8765
BYTES_AT_MOST = 60_000
TOKEN_FILE = Path(__file__).with_name("webhook.token")


def read_token(file: Path) -> str:
    """Read the token, or make it: for this user's eyes alone."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    token = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(token + "\n")
    return token


class Door(ThreadingHTTPServer):
    """Takes posts for a bot."""

    def __init__(self, bot: Bot, to: str, token: str, port: int = PORT) -> None:
        super().__init__(("127.0.0.1", port), Post)
        self.bot, self.to, self.token = bot, to, token


class Post(BaseHTTPRequestHandler):
    """One post."""

    server: Door
    timeout = 10

    def do_POST(self) -> None:
        """Pass the body on."""
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.server.token}".encode()):
            self.answer(401, "Who are you?")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or not 0 < int(length) <= BYTES_AT_MOST:
            self.answer(413, f"Post 1 to {BYTES_AT_MOST} bytes.")
            return
        try:
            self.server.bot.send(self.server.to, self.rfile.read(int(length)).decode())
        except UnicodeDecodeError:
            self.answer(400, "Post text in UTF-8.")
        except BabiluError as error:
            self.answer(503, error.text)
        else:
            self.answer(202, "Accepted.")

    def answer(self, status: int, text: str) -> None:
        """Answer in one line."""
        body = text.encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Log nothing: posts are messages."""


def main() -> None:
    """Run bot and door until Ctrl+C."""
    try:
        host, port, name, to = sys.argv[1:]
    except ValueError:
        sys.exit("usage: webhook_bot.py RELAY PORT NAME_OF_THE_BOT NAME_OF_THE_RECIPIENT")
    bot = Bot(host, int(port), name)
    door = Door(bot, to, read_token(TOKEN_FILE))
    server = threading.Thread(target=door.serve_forever)
    server.start()
    try:
        bot.run()
    finally:
        door.shutdown()
        door.server_close()
        server.join()


if __name__ == "__main__":
    main()
