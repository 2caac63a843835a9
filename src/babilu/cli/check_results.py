"""Results of checks: a verdict and a sentence in every language, and what to do where the verdict is not good."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, unique

from babilu.presentation.strings import Strings


@unique
class Verdict(IntEnum):
    """How bad a finding is; the worst one is the exit code."""

    GOOD = 0
    WORRY = 1
    FAULT = 2


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check.

    Attributes:
        what: Names the finding for programs and, behind ``doctor.``, its sentences: what was looked at, a dot, and
            how it is.
        verdict: How bad it is.
        fields: What fills the blanks of its sentences.
    """

    what: str
    verdict: Verdict
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """What was looked at, for programs."""
        return self.what.partition(".")[0]

    def subject(self, say: Strings) -> str:
        """Say what was looked at."""
        return say(f"doctor.about.{self.about}")

    def seen(self, say: Strings) -> str:
        return say(f"doctor.{self.what}", **self.fields)

    def remedy(self, say: Strings) -> str:
        """Say what to do; an empty text where all is well."""
        return "" if self.verdict is Verdict.GOOD else say(f"doctor.{self.what}.do", **self.fields)


def good(what: str, **fields: object) -> CheckResult:
    """Make a finding of something that is as it should be."""
    return CheckResult(what, Verdict.GOOD, fields)


def worry(what: str, **fields: object) -> CheckResult:
    """Make a finding of something that should be looked at."""
    return CheckResult(what, Verdict.WORRY, fields)


def fault(what: str, **fields: object) -> CheckResult:
    """Make a finding of something that must be mended."""
    return CheckResult(what, Verdict.FAULT, fields)
