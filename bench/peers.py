"""Other servers under the same load, set up as well as they can be for it: nothing limited, nothing needless loaded.

Both keep offline messages and user accounts, neither archives nor logs, and both run with stream management. Neither
of them syncs a message to the disk before it acknowledges it: what they answer is that they have it in memory.
"""

import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babilu.relay.base.certificate import make_certificate
from bench.served import Served, process

PATIENCE_S = 60.0
PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"

PROSODY = """
daemonize = false
run_as_root = true
pidfile = "{home}/prosody.pid"
data_path = "{home}/data"
log = {{ error = "{home}/error.log" }}
network_backend = "epoll"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ }}
s2s_ports = {{ }}
http_ports = {{ }}
https_ports = {{ }}
c2s_direct_tls_ports = {{ {port} }}
ssl = {{ certificate = "{home}/certificate.pem"; key = "{home}/certificate.pem"; protocol = "tlsv1_3" }}
authentication = "internal_hashed"
storage = "internal"
allow_registration = true
modules_enabled = {{ "roster", "saslauth", "tls", "register_ibr", "smacks", "offline", "presence", "message", "iq" }}
modules_disabled = {{ "s2s" }}
gc = {{ mode = "generational" }}
VirtualHost "localhost"
"""

EJABBERD = """
hosts: [localhost]
loglevel: error
certfiles: ["{home}/certificate.pem"]
ca_file: "{home}/certificate.pem"
auth_method: internal
auth_password_format: scram
registration_timeout: infinity
listen:
  - port: {port}
    ip: 127.0.0.1
    module: ejabberd_c2s
    tls: true
    protocol_options: [no_sslv3, no_tlsv1, no_tlsv1_1, no_tlsv1_2]
    max_stanza_size: 262144
    max_fsm_queue: 1000000
    shaper: none
    access: all
shaper_rules:
  max_user_offline_messages: infinity
  max_user_sessions: 10
modules:
  mod_offline:
    access_max_user_messages: max_user_offline_messages
  mod_register:
    access: all
    ip_access: all
    welcome_message: {{}}
  mod_roster: {{}}
  mod_stream_mgmt:
    max_ack_queue: infinity
    resume_timeout: 0
"""


def missing() -> dict[str, str]:
    """Return what is to be installed for which peer that is not there."""
    programs = {"prosody": "prosody", "ejabberd": "ejabberdctl"}
    return {name: name for name, program in programs.items() if shutil.which(program, path=PLACES) is None}


@contextmanager
def prosody(home: Path, core: int | None) -> Iterator[Served]:
    """Run Prosody with a configuration of its own in ``home``."""
    port = _prepare(home)
    (home / "data").mkdir(exist_ok=True)
    (home / "prosody.cfg.lua").write_text(PROSODY.format(home=home, port=port), encoding="utf-8")
    with process(["prosody", "--config", str(home / "prosody.cfg.lua"), "-F"], core, graceful=True) as started:
        _await_port(port)
        yield Served(started.pid, ("127.0.0.1", port))


@contextmanager
def ejabberd(home: Path, core: int | None) -> Iterator[Served]:
    """Run ejabberd with a configuration of its own in ``home``; by itself, not as a node that others could reach."""
    port = _prepare(home)
    (home / "ejabberd.yml").write_text(EJABBERD.format(home=home, port=port), encoding="utf-8")
    environment = {
        "EJABBERD_CONFIG_PATH": str(home / "ejabberd.yml"),
        "EJABBERD_LOG_PATH": str(home / "ejabberd.log"),
        "ERL_CRASH_DUMP": str(home / "crash.dump"),
        "ERL_LIBS": str(_erlang_libraries()),
        "ERL_MAX_PORTS": "32000",
    }
    command = ["env", *(f"{name}={value}" for name, value in environment.items())]
    command += ["erl", "+K", "true", "+P", "250000", "-noinput", "-mnesia", "dir", f'"{home}/spool"', "-s", "ejabberd"]
    with process(command, core, graceful=True) as started:
        _await_port(port)
        yield Served(started.pid, ("127.0.0.1", port))


def _prepare(home: Path) -> int:
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "certificate.pem").exists():
        (home / "certificate.pem").write_bytes(make_certificate())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _erlang_libraries() -> Path:
    found = next(Path("/usr/lib").glob("*/ejabberd-*/ebin/ejabberd.app"), None)
    return Path("/usr/lib") if found is None else found.parents[2]


def _await_port(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.stderr.write(f"A peer does not listen on {port}.\n")
    raise TimeoutError
