"""Recorder: the program that records is the client's to end."""

import os
import sys

from babilu.engine.voice.recorder import _Microphone


def test_ctrl_c_in_a_terminal_does_not_reach_the_microphone() -> None:
    microphone = _Microphone([sys.executable, "-c", "import os; print(os.getpgrp())"])
    try:
        assert int(microphone.read(20)) != os.getpgrp()
    finally:
        microphone.close()
