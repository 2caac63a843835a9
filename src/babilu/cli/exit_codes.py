"""Exit codes: each kind of end has one, and scripts may rely on it."""

from enum import IntEnum, unique

from babilu.kernel.errors import BabiluError, ErrorCode


@unique
class ExitCode(IntEnum):
    """Exit codes of the program."""

    DONE = 0
    SESSION = 1
    USAGE = 2
    CREDENTIALS = 3
    PROFILE_IN_USE = 4
    UNAVAILABLE = 5
    INTERRUPTED = 130  # 128 and the number of SIGINT, as shells count


def exit_for(error: BabiluError) -> ExitCode:
    """Give the exit code of a program that ends because of ``error``."""
    match error.code:
        case ErrorCode.USAGE:
            return ExitCode.USAGE
        case ErrorCode.WRONG_CREDENTIALS | ErrorCode.WRONG_CODE:
            return ExitCode.CREDENTIALS
        case ErrorCode.PROFILE_IN_USE:
            return ExitCode.PROFILE_IN_USE
        case ErrorCode.UNAVAILABLE:
            return ExitCode.UNAVAILABLE
        case _:
            return ExitCode.SESSION
