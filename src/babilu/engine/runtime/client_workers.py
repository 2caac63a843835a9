"""Threads of an open client that take one job after another, each for its kind of work (`docs/architecture.md`)."""

from babilu.engine.runtime.threads import Worker


class ClientWorkers:
    """All of them, alive from `start` to `stop`.

    Attributes:
        callers: Judges who calls directly and who is typing, so that a crowd keeps no command waiting.
        commands: Commands of user interfaces, in order.
        queries: Questions that only read, from snapshots.
        inbox: What arrives, until it is committed and acknowledged.
        account: Logins and passwords, which wait for Argon2id and the relay.
        examiner: What asks over the link and waits for it.
        history: History that is given to own other devices.
    """

    def __init__(self) -> None:
        self.callers = Worker("babilu-callers")
        self.commands = Worker("babilu-commands")
        self.queries = Worker("babilu-queries")
        self.inbox = Worker("babilu-inbox")
        self.account = Worker("babilu-account")
        self.examiner = Worker("babilu-examiner")
        self.history = Worker("babilu-history")

    def start(self) -> None:
        """Start every thread."""
        for worker in self._in_order():
            worker.start()

    def stop(self) -> None:
        """Finish what each has been given, and end them; who gives work to others ends before these."""
        for worker in self._in_order():
            worker.stop()

    def _in_order(self) -> tuple[Worker, ...]:
        return (
            self.callers,
            self.commands,
            self.inbox,
            self.queries,
            self.account,
            self.examiner,
            self.history,
        )
