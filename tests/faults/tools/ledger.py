"""What was accepted is compared with what was shown: each message kept once, shown at most once, in its sender's order.

*Accepted* is what a client has confirmed by `sent`: from then on it must arrive, whoever is killed. *Shown* is what the
recipient's runs have printed; *kept* is its history. A recipient that was killed between keeping and printing has the
message in its history alone.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from tests.faults.tools.account import Account, Kept

RANKS = {"queued": 0, "held": 1, "delivered": 2, "read": 3, "failed": 4}
TROUBLE = (
    "Traceback",
    "could not be decrypted",
    "was refused",
    "met a defect",
    "failed by a defect",
    "contradictory",
)
TROUBLED_CODES = frozenset({"internal", "conflict", "decryption_failed", "bad_signature", "bad_key"})


@dataclass
class Ledger:
    """The books of one direction of a conversation.

    Attributes:
        title: What was done to whom.
        accepted: Messages confirmed by `sent`.
        kept: Incoming messages in the recipient's history.
        shown: Messages that the recipient printed.
        unconfirmed: Messages that arrived though the sender was killed before it could confirm them.
        unprinted: Messages that the recipient kept and was killed before it could print.
        faults: Everything that is wrong.
    """

    title: str
    accepted: int = 0
    kept: int = 0
    shown: int = 0
    unconfirmed: int = 0
    unprinted: int = 0
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Write the books in one line."""
        return (
            f"{self.title}: accepted {self.accepted}, kept {self.kept}, shown {self.shown}"
            f" (unconfirmed {self.unconfirmed}, kept and not printed {self.unprinted}), faults {len(self.faults)}"
        )


def balance(title: str, sender: Account, recipient: Account) -> Ledger:
    """Balance the books of what ``sender`` wrote to ``recipient``; both must be running and settled."""
    sent = {str(event["id"]) for event in sender.events("sent") if event["to"] == recipient.name}
    own = {kept.id: kept for kept in sender.history(recipient.name) if kept.outgoing}
    theirs = [kept for kept in recipient.history(sender.name) if not kept.outgoing]
    printed = [event for event in recipient.printed() if event["conversation"] == sender.name]
    ledger = Ledger(title, accepted=len(sent), kept=len(theirs), shown=len(printed))
    _compare(ledger, sent, own, theirs)
    _look_at_print(ledger, theirs, [(str(event["id"]), str(event["text"])) for event in printed], recipient.kills)
    _look_at_states(ledger, sender)
    for account in (sender, recipient):
        ledger.faults += troubles(account)
    return ledger


def _compare(ledger: Ledger, sent: set[str], own: dict[str, Kept], theirs: list[Kept]) -> None:
    arrived = Counter(kept.id for kept in theirs)
    texts = Counter(kept.text for kept in theirs)
    ledger.faults += [f"lost by its sender: {each}" for each in sorted(sent - own.keys())]
    ledger.faults += [f"lost: {kept.text}" for kept in own.values() if kept.id not in arrived]
    ledger.faults += [f"doubled: {each}" for each, times in (arrived + Counter()).items() if times > 1]
    ledger.faults += [f"doubled text: {text}" for text, times in texts.items() if times > 1]
    ledger.faults += [f"from nowhere: {kept.text}" for kept in theirs if kept.id not in own]
    ledger.faults += [f"altered: {kept.text}" for kept in theirs if kept.id in own and own[kept.id].text != kept.text]
    ledger.unconfirmed = len(arrived.keys() - sent)
    order = [kept.text for kept in theirs]
    ledger.faults += [f"out of order: {later} after {earlier}" for earlier, later in _falling(order)]
    unfinished = [kept for kept in own.values() if kept.state not in {"delivered", "read"}]
    ledger.faults += [f"without receipt: {kept.text} is {kept.state}" for kept in unfinished]


def _look_at_print(ledger: Ledger, theirs: list[Kept], printed: list[tuple[str, str]], kills: int) -> None:
    times = Counter(number for number, _ in printed)
    ledger.faults += [f"shown {count} times: {each}" for each, count in times.items() if count > 1]
    kept = {each.id for each in theirs}
    ledger.faults += [f"shown and not kept: {each}" for each in times.keys() - kept]
    ledger.unprinted = len(kept - times.keys())
    if ledger.unprinted and not kills:
        ledger.faults.append(f"{ledger.unprinted} never shown by a client that was never killed")
    order = [text for _, text in printed]
    ledger.faults += [f"shown out of order: {later} after {earlier}" for earlier, later in _falling(order)]


def _falling(texts: list[str]) -> list[tuple[str, str]]:
    return [(earlier, later) for earlier, later in pairwise(texts) if later <= earlier]


def _look_at_states(ledger: Ledger, sender: Account) -> None:
    reached: dict[str, int] = {}
    for event in sender.events("state"):
        rank = RANKS[event["state"]]
        if rank < reached.get(event["id"], 0):
            ledger.faults.append(f"a state went backwards: {event['id']} to {event['state']}")
        reached[event["id"]] = rank


def troubles(account: Account) -> list[str]:
    """Give everything that a client said and should never say."""
    found: list[str] = []
    for run in account.runs:
        found += [f"{account.name} printed no JSON: {line}" for line in run.garbage]
        found += [f"{account.name} on standard error: {line}" for line in run.errors if "Traceback" in line]
        found += [
            f"{account.name}: error {event['code']}" for event in run.of("error") if event["code"] in TROUBLED_CODES
        ]
        found += [f"{account.name}: a gap of {event['missing']}" for event in run.of("gap")]
    lines = account.log.read_text().splitlines() if account.log.exists() else []
    return found + [f"{account.name} logged: {line}" for line in lines if any(word in line for word in TROUBLE)]
