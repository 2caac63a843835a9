"""What became of each letter that the relay took: its recipient had it, or was told that it is missing."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field


@dataclass
class Reckoning:
    """Letters that the relay took, and what people were told of those that they never had.

    Attributes:
        held: Texts that were held for their recipient at some time: who wrote them, and to whom.
        gaps: Messages that somebody was told are missing, by whose they are.
        alarms: How often somebody was told that a sender is gone and what they had sent can't be shown.
    """

    held: dict[str, tuple[str, str]] = field(default_factory=dict)
    gaps: Counter[tuple[str, str]] = field(default_factory=Counter)
    alarms: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def vanished(self, kept: Mapping[str, AbstractSet[str]]) -> list[str]:
        """Return the texts that nobody has and of which their recipient was told too little.

        Args:
            kept: What each person ever had of others.
        """
        missing: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for text, (who, whom) in self.held.items():
            if text not in kept[whom]:
                missing[whom, who].append(text)
        return [
            text
            for pair, texts in missing.items()
            if not self.alarms[pair] and self.gaps[pair] < len(texts)
            for text in texts
        ]
