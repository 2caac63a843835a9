"""The line mode on a terminal: prompt, completion, arrivals while one types, and a terminal left as it was."""

import signal

import pytest

from tests.e2e.processes import Processes
from tests.e2e.terminals import TerminalProcess


def test_a_person_chats_on_a_terminal(processes: Processes) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    bob.take("link", state="online")
    home = ("--home", str(processes.home("alice")))
    with TerminalProcess(["connect", relay.host, relay.port, "alice", "--line", *home]) as alice:
        alice.see("If the name is free, it is registered")
        alice.see("Password: ")
        alice.type("pw1\n")
        alice.see("guesses this password in moments")
        alice.see("Password: ")
        alice.type("correct horse\n")
        alice.see("The same again: ")
        alice.type("correct horse\n")
        alice.see("is yours now")
        alice.see("Connected to the relay.")
        alice.type("@bob hola\r")
        alice.see(": hola")
        alice.see("delivered")
        bob.take("message", text="hola")

        # Tab completes commands and names.
        alice.type("/to b\t")
        alice.type("\r")
        alice.see("goes to bob.")
        alice.type("/stat\tus\r")
        alice.see("name: alice")

        # What arrives while one types stands above the line, and steers nothing.
        alice.type("half a li")
        bob.send("alice", "\x1b[2J\x1b]0;owned\x07hey")
        alice.see("\\x1b[2J\\x1b]0;owned\\x07hey")
        alice.type("ne\r")
        bob.take("message", text="half a line")

        alice.type("/password\r")
        alice.see("Present password:")
        alice.type("correct horse\r")
        alice.see("New password:")
        alice.type("battery staple\r")
        alice.see("New password again:")
        alice.type("battery staple\r")
        alice.see("The password is changed.")

        # Keys that are pressed before the prompt is back are thrown away by the terminal.
        alice.see("\x1b[?25h")
        alice.type("\x04")
        assert alice.wait() == 0
        assert alice.modes == list(alice.modes_before)
        assert "correct horse" not in alice.shown.decode()
        assert "battery staple" not in alice.shown.decode()
        assert b"\x1b[2J\x1b]0" not in alice.shown
    with TerminalProcess(["connect", relay.host, relay.port, "alice", "--line", *home], {"NO_COLOR": "1"}) as alice:
        alice.see("Password: ")
        alice.type("battery staple\n")
        alice.see("Connected to the relay.")
        assert b"\x1b[2m" not in alice.shown
        alice.type("\x03")
        assert alice.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(processes: Processes, number: int) -> None:
    home = ("--home", str(processes.home("carol")))
    with TerminalProcess(["peer", "127.0.0.1", "0", *home, "--line", "--lang", "es"]) as carol:
        carol.see("Nombre: ")
        carol.type("carol\n")
        carol.see("Contraseña del perfil: ")
        carol.type("correct horse\n")
        carol.see("Otra vez lo mismo: ")
        carol.type("correct horse\n")
        carol.see("Esperando solicitudes de conversación en 127.0.0.1:")
        carol.see(">")
        assert carol.stop(number) == 0
        assert carol.modes == list(carol.modes_before)
        assert "Traceback" not in carol.shown.decode()


def test_a_terminal_that_vanishes_ends_the_full_screen_client(processes: Processes) -> None:
    home = ("--home", str(processes.home("dora")))
    with TerminalProcess(["peer", "127.0.0.1", "0", "dora", *home]) as dora:
        dora.see("Passphrase: ")
        dora.type("correct horse\n")
        dora.see("The same again: ")
        dora.type("correct horse\n")
        dora.see("listening at 127.0.0.1:")
        assert dora.hang_up() == 0


@pytest.mark.parametrize("ignored", [False, True], ids=["told", "untold"])
def test_a_terminal_that_vanishes_ends_the_line_mode_in_good_order(processes: Processes, *, ignored: bool) -> None:
    home = ("--home", str(processes.home("emil")))
    words = ["peer", "127.0.0.1", "0", "emil", "--line", *home]
    with TerminalProcess(words, ignores_hang_up=ignored) as emil:
        emil.see("Passphrase: ")
        emil.type("correct horse\n")
        emil.see("The same again: ")
        emil.type("correct horse\n")
        emil.see("Listening for conversation requests at 127.0.0.1:")
        emil.see(">")
        assert emil.hang_up() == 0
