"""Parts of `--faults`, the short ones first: together they run every test under faults, each of them in one part."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Part:
    """Some test files below `tests/faults` that run together, or the fuzzer, which is none of pytest's."""

    name: str
    what: str
    minutes: int
    """Roughly how long it takes two processors that do nothing else, by what it took beside others."""
    files: tuple[str, ...]
    options: tuple[str, ...] = ()


SOAK_MINUTES: Final = 60
FUZZ_SECONDS: Final = 3_600

FUZZ: Final = Part("fuzz", "every decoder under atheris", 60, ())

PARTS: Final = (
    Part(
        "scenarios",
        "courses of the models that are told out, and the tools' own tests",
        2,
        (
            "fuzz/test_decoders.py",
            "model/test_mail_waiting.py",
            "model/test_read_by_others.py",
            "model/test_scenarios.py",
            "model/test_search.py",
            "test_club_ledger.py",
            "test_parts.py",
        ),
    ),
    Part(
        "attacks",
        "hostile relays, strangers at both ports, and programs with a hole",
        10,
        ("test_attacks.py", "test_direct_port.py", "test_evil_relay.py", "test_relay_port.py"),
    ),
    Part(
        "disks",
        "every write and sync killed or failing, old copies, planted texts",
        10,
        ("test_disk.py", "test_plaintext.py", "test_restored.py"),
    ),
    Part(
        "kills",
        "200 kills of relay and clients under load, and processes that sleep",
        15,
        ("test_kills.py", "test_stops.py"),
    ),
    Part(
        "devices",
        "100 kills of five devices of two people and of their relay, and 100 while devices are linked",
        35,
        ("test_linking_kills.py", "test_own_devices.py"),
    ),
    Part("files", "100 kills around a file of 1 GiB, and 40 without a relay", 20, ("test_file_kills.py",)),
    Part("network", "1,000 faults of lines, 200 changes of routes, 200 first contacts", 30, ("test_network.py",)),
    Part("delivery", "1,000 courses in each of five models of delivery, and its mutants", 90, ("model/test_model.py",)),
    Part(
        "groups",
        "the log of a group against its reference, and 500 stories of the built one",
        90,
        ("groups/test_network.py", "groups/test_search.py", "model/test_groups_built.py"),
    ),
    Part("cluster", "a relay of two nodes, while nodes, database and bus are killed", 65, ("test_cluster.py",)),
    Part("club", "twelve people in one group for 30 minutes", 35, ("test_club.py",)),
    Part("soak", "load and a fault every 20 seconds for an hour", 62, ("test_soak.py",), (f"--soak={SOAK_MINUTES}",)),
    FUZZ,
    Part(
        "search",
        "1,000,000 steps of stories about groups, from where an earlier run was stopped",
        600,
        ("model/test_long_search.py",),
    ),
)
