"""What the user changes is shown at once, and no list that is late takes it back."""

from babilu.api.views import ContactView, ConversationView
from babilu.kernel.ids import ConversationId, IdentityKey
from babilu.kernel.states import ConversationKind, Trust
from babilu.presentation.changes import Changes

BOB = ContactView(
    name="bob",
    account="bob",
    identity=IdentityKey(bytes(32)),
    trust=Trust.FIRST_USE,
    was_verified=False,
    blocked=False,
    accepted=True,
    direct_allowed=False,
    connected=False,
    address=None,
    presence=None,
)
LISTED = ConversationView(
    ConversationId(bytes(32)), ConversationKind.PAIR, "bob", BOB, None, 0, "", pinned=False, muted=False
)


def test_a_change_is_seen_before_the_client_has_answered() -> None:
    changes = Changes()
    changes.make(LISTED.id, "draft", "half a thought")
    changes.make(LISTED.id, "pinned", True)
    changes.make(LISTED.id, "direct", True)
    seen = changes.over(LISTED)
    assert seen.contact is not None
    assert (seen.draft, seen.pinned, seen.muted, seen.contact.direct_allowed) == ("half a thought", True, False, True)


def test_a_list_that_was_asked_for_before_the_answer_takes_nothing_back() -> None:
    changes = Changes()
    early = changes.ask()
    change = changes.make(LISTED.id, "draft", "new")
    middle = changes.ask()
    changes.answered(change)
    for number in (early, middle):
        changes.came(number)
        assert changes.over(LISTED).draft == "new"
    changes.came(changes.ask())
    assert changes.over(LISTED).draft == ""


def test_what_the_client_refuses_is_no_change_but_a_later_one_stays() -> None:
    changes = Changes()
    first = changes.make(LISTED.id, "muted", True)
    changes.refused(first)
    assert not changes.over(LISTED).muted
    first = changes.make(LISTED.id, "draft", "one")
    changes.make(LISTED.id, "draft", "two")
    changes.refused(first)
    assert changes.over(LISTED).draft == "two"
