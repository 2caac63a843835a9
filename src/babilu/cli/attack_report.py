"""`babilu doctor --attack` plays attacks on this very program and reports each as it ends; nothing stays behind."""

from babilu.attack.attacks import ATTACKS
from babilu.attack.outcome import Outcome
from babilu.attack.testbed import AttackTestbed
from babilu.cli.log import set_up_logging
from babilu.cli.options import LogFormat, LogLevel
from babilu.cli.progress_line import progress
from babilu.cli.tables import show_json
from babilu.kernel.errors import BabiluError
from babilu.presentation.strings import Strings
from babilu.system import SystemClock, SystemRandomness

MARK_WIDTH = 5


def report_attacks(say: Strings, *, as_json: bool) -> int:
    """Play every attack; give the exit code: 0 where all has held, and 2 otherwise."""
    # Clients that are attacked log what they notice: here the outcome alone is told.
    set_up_logging(LogLevel.ERROR, None, LogFormat.TEXT)
    told: list[dict[str, object]] = []
    broken = 0
    with AttackTestbed(SystemClock(), SystemRandomness()) as stage:
        for number, attack in enumerate(ATTACKS, 1):
            progress(f"{number}/{len(ATTACKS)} {say(f'attack.{attack.name}')} …")
            try:
                outcome = attack.play(stage)
            except (BabiluError, TimeoutError) as error:
                outcome = Outcome(False, f"It came to an end that was not expected: {str(error) or 'too late'}")
                stage.leave_alone()
                stage.spoil_couple()
            progress("")
            broken += not outcome.held
            told.append({"attack": attack.name, "tries": attack.tries, "held": outcome.held, "seen": outcome.seen})
            if not as_json:
                mark = say("attack.held") if outcome.held else say("doctor.mark.fault")
                print(f"{mark:{MARK_WIDTH}}  {say(f'attack.{attack.name}')}", flush=True)
                print(f"{'':{MARK_WIDTH}}  {outcome.seen}", flush=True)
    if as_json:
        show_json("attacks", held=not broken, attacks=told)
    else:
        print()
        print(say("attack.summary", held=len(ATTACKS) - broken, count=len(ATTACKS)))
    return 2 if broken else 0
