import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from babilu.terminal.prompt import OrderCompleter


def completions(typed: str) -> list[str]:
    completer = OrderCompleter(lambda: {"bob", "bonnie", "carol", "#picnic"})
    return [
        typed[: len(typed) + completion.start_position] + completion.text
        for completion in completer.get_completions(Document(typed), CompleteEvent())
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/hi", ["/history "]),
        ("/ver", ["/verified ", "/verify "]),
        ("@b", ["@bob ", "@bonnie "]),
        ("/verify bo", ["/verify bob ", "/verify bonnie "]),
        ("/call 127.0.0.1 ca", []),
        ("/call 127.0.0.1 5051 ca", ["/call 127.0.0.1 5051 carol "]),
        ("/history c", ["/history carol "]),
        ("/history carol 1", []),
        ("/send", ["/send ", "/send_as_file ", "/send_now ", "/send_recording "]),
        ("/forward #3 bo", ["/forward #3 bob ", "/forward #3 bonnie "]),
        ("/forward #3 bob ca", ["/forward #3 bob carol "]),
        ("/schedule @ca", ["/schedule @carol "]),
        ("/edit #3 ca", []),
        ("/status c", []),
        ("@bob b", []),
        ("text b", []),
        ("#p", ["#picnic "]),
        ("/members #p", ["/members #picnic "]),
        ("", []),
        ("/verify ", []),
    ],
)
def test_commands_and_names_are_completed_where_they_are_expected(typed: str, expected: list[str]) -> None:
    assert completions(typed) == expected
