"""Runs a Python script with standard input as its controlling terminal, as a shell in a terminal window would."""

import fcntl
import os
import sys
import termios

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
