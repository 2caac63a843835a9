import msgspec
import pytest

from babilu.group import changes as c
from babilu.group.entries import (
    EntryBody,
    EntryPlace,
    LogEntry,
    decode_entry,
    encode_entry,
    read_entry,
    read_kept_entry,
    sign_entry,
)
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import make_device_list, make_entry
from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import ConversationId, entry_hash, group_id
from babilu.kernel.limits import (
    ADDRESS_CLAIM_BYTES,
    ENTRY_BYTES,
    ENTRY_PARENTS,
    GROUP_MEMBERS,
    GROUP_PICTURE_BYTES,
    HIDDEN_IN_ENTRY,
    NAME_CHARACTERS,
    TITLE_CHARACTERS,
    TOPIC_CHARACTERS,
)
from tests.unit.group.people import (
    NOW,
    create,
    device_list,
    identity,
    keys_of,
    named,
    no_entry,
    octets,
    signer,
    unsigned,
)

GROUP = ConversationId(octets("group"))
GRANT = c.GrantName(octets("giver"), 0)


def place(**fields: object) -> EntryPlace:
    known = {"group": GROUP, "parents": (no_entry("parent"),), "grant": GRANT, **fields}
    return EntryPlace(**known)  # type: ignore[arg-type]  # of the right kinds


def malformed(change: c.Change, at: EntryPlace | None) -> ErrorCode:
    with pytest.raises(ProtocolError) as caught:
        sign_entry(signer("alice"), at, NOW, change)
    return caught.value.code


def test_a_signed_entry_is_read_as_it_was_written() -> None:
    written = sign_entry(signer("alice"), place(), NOW, c.SetTitle("Picnic"))
    read = read_entry(decode_entry(encode_entry(written)))
    assert read == written
    assert (read.author, read.change, read.body.at) == (signer("alice").identity, c.SetTitle("Picnic"), NOW)
    assert read.hash == entry_hash(read.encoded.signature, read.encoded.body)


def test_a_group_is_named_by_the_bytes_of_its_first_entry_and_by_no_hash_of_an_entry() -> None:
    first = sign_entry(signer("alice"), None, NOW, create("bob"))
    assert first.begins == group_id(first.encoded.signature, first.encoded.body)
    assert bytes(first.begins) != bytes(first.hash)


def spoil(entry: LogEntry, *, body: bool) -> c.EncodedEntry:
    encoded = entry.encoded
    if body:
        return c.EncodedEntry(encoded.body[:-1] + bytes([encoded.body[-1] ^ 1]), encoded.signature)
    return c.EncodedEntry(encoded.body, encoded.signature[:-1] + bytes([encoded.signature[-1] ^ 1]))


@pytest.mark.parametrize("body", [True, False])
def test_a_changed_byte_is_no_valid_signature(body: bool) -> None:
    entry = sign_entry(signer("alice"), place(), NOW, c.SetTitle("Picnic"))
    with pytest.raises(CryptoError) as caught:
        read_entry(spoil(entry, body=body))
    assert caught.value.code is ErrorCode.BAD_SIGNATURE


def test_a_device_that_somebody_else_has_certified_speaks_for_nobody() -> None:
    mallory = signer("mallory")
    forged = msgspec.structs.replace(mallory.certificate, signature=signer("alice").certificate.signature)
    entry = unsigned("O", c.LeaveGroup(), parents=[no_entry("parent")], group=GROUP, grant=GRANT)
    body = msgspec.structs.replace(entry.body, author=signer("alice").identity, certificate=forged)
    with pytest.raises(CryptoError):
        read_entry(c.EncodedEntry(encode_shape(body), bytes(64)))


def test_a_kept_entry_is_read_without_its_signatures() -> None:
    entry = sign_entry(signer("alice"), place(), NOW, c.SetTitle("Picnic"))
    assert read_kept_entry(spoil(entry, body=False)).change == c.SetTitle("Picnic")


def test_a_device_list_in_a_group_is_the_authors_and_is_verified() -> None:
    alice, bob = signer("alice"), signer("bob")
    own, signing, agreement = keys_of("alice")
    signed = make_device_list(own, 1, [make_entry(own, signing, agreement.public)])
    entry = sign_entry(alice, place(grant=None), NOW, c.NameDevices(signed))
    assert entry.listed is not None
    assert entry.listed.identity_key == alice.identity
    with pytest.raises(ProtocolError):
        sign_entry(bob, place(grant=None), NOW, c.NameDevices(signed))
    unsigned_list = msgspec.structs.replace(signed, signature=bytes(64))
    with pytest.raises(CryptoError):
        sign_entry(alice, place(grant=None), NOW, c.NameDevices(unsigned_list))


def continuing(*names: str, admins: int = 0) -> c.CreateGroup:
    heads = c.Continues(GROUP, (no_entry("head"),))
    return msgspec.structs.replace(create(*names), continues=heads, admins=admins)


def test_a_moved_entry_brings_the_first_entry_of_the_group_that_goes_on() -> None:
    alice = signer("alice")
    new = sign_entry(alice, None, NOW, continuing("bob", admins=1))
    moved = sign_entry(alice, place(), NOW, c.MoveOn(new.encoded))
    assert moved.create == new
    with pytest.raises(ProtocolError):
        sign_entry(signer("bob"), place(), NOW, c.MoveOn(new.encoded))
    with pytest.raises(CryptoError):
        sign_entry(alice, place(), NOW, c.MoveOn(spoil(new, body=False)))


@pytest.mark.parametrize(
    "inside",
    [
        lambda: sign_entry(signer("alice"), None, NOW, create("bob")),
        lambda: sign_entry(signer("alice"), place(), NOW, c.LeaveGroup()),
        lambda: sign_entry(
            signer("alice"), place(), NOW, c.MoveOn(sign_entry(signer("alice"), None, NOW, continuing("bob")).encoded)
        ),
    ],
    ids=["a beginning that continues nothing", "another entry", "a moved entry"],
)
def test_nothing_else_than_such_a_first_entry_is_looked_into(inside) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    assert malformed(c.MoveOn(inside().encoded), place()) is ErrorCode.MALFORMED


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (create("bob"), place()),
        (c.SetTitle("Picnic"), None),
        (c.SetTitle("Picnic"), place(grant=None)),
        (device_list("alice", 1, "1"), place()),
        (c.SetTitle("Picnic"), place(policy=no_entry("policy"))),
        (c.SetTitle("Picnic"), place(parents=())),
        (c.SetTitle("Picnic"), place(parents=(no_entry("one"), no_entry("one")))),
        (c.SetTitle("Picnic"), place(parents=tuple(sorted((no_entry("one"), no_entry("two")), reverse=True)))),
        (c.HideMessages((c.MessageName(bytes(16)), c.MessageName(bytes(16)))), place()),
        (create("bob", "bob"), None),
        (msgspec.structs.replace(create("bob"), admins=1), None),
        (continuing("bob", admins=2), None),
        (c.AddMember(c.NamedPerson(octets("somebody"), None, "ñandú:1")), place()),
    ],
)
def test_an_entry_that_breaks_a_rule_of_its_kind_is_malformed(change: c.Change, at: EntryPlace | None) -> None:
    assert malformed(change, at) is ErrorCode.MALFORMED


@pytest.mark.parametrize("change", [c.AddMember, c.AppointAdmin, c.RemoveMember, create])
def test_nobody_gives_to_themselves_or_removes_themselves(change: type) -> None:
    own = signer("alice").identity
    said: c.Change
    if change is c.AddMember:
        said = c.AddMember(c.NamedPerson(own))
    elif change in {c.AppointAdmin, c.RemoveMember}:
        said = change(own)
    else:
        said = msgspec.structs.replace(create("bob"), members=(c.NamedPerson(own),))
    assert malformed(said, None if change is create else place()) is ErrorCode.MALFORMED


def too_many(change: c.Change, at: EntryPlace | None = None) -> bool:
    """Tell whether a change is over a limit."""
    try:
        sign_entry(signer("alice"), at, NOW, change)
    except ProtocolError as error:
        return error.code is ErrorCode.MALFORMED
    return False


def test_what_an_entry_says_is_bounded() -> None:
    first = create("bob")
    for within, beyond in (
        (c.SetTitle("x" * TITLE_CHARACTERS), c.SetTitle("x" * (TITLE_CHARACTERS + 1))),
        (c.SetTopic("x" * TOPIC_CHARACTERS), c.SetTopic("x" * (TOPIC_CHARACTERS + 1))),
        (c.SetPicture(bytes(GROUP_PICTURE_BYTES)), c.SetPicture(bytes(GROUP_PICTURE_BYTES + 1))),
        (hiding(HIDDEN_IN_ENTRY), hiding(HIDDEN_IN_ENTRY + 1)),
        (adding(account="x" * NAME_CHARACTERS), adding(account="x" * (NAME_CHARACTERS + 1))),
        (adding(address="x" * ADDRESS_CLAIM_BYTES), adding(address="x" * (ADDRESS_CLAIM_BYTES + 1))),
    ):
        assert not too_many(within, place())
        assert too_many(beyond, place())
    people = [f"person {number}" for number in range(GROUP_MEMBERS)]
    assert not too_many(msgspec.structs.replace(first, members=tuple(map(named, people[1:]))))
    assert too_many(msgspec.structs.replace(first, members=tuple(map(named, people))))
    parents = tuple(sorted(no_entry(str(number)) for number in range(ENTRY_PARENTS + 1)))
    assert not too_many(c.LeaveGroup(), place(parents=parents[1:]))
    assert too_many(c.LeaveGroup(), place(parents=parents))


def hiding(count: int) -> c.HideMessages:
    return c.HideMessages(tuple(c.MessageName(octets(str(number), 16)) for number in range(count)))


def adding(**claims: str) -> c.AddMember:
    return c.AddMember(c.NamedPerson(identity("bob"), **claims))


def largest_create() -> c.CreateGroup:
    person = c.NamedPerson(bytes(32), "🎉" * NAME_CHARACTERS, "x" * ADDRESS_CLAIM_BYTES)
    members = tuple(
        msgspec.structs.replace(person, identity=octets(f"person {number}")) for number in range(GROUP_MEMBERS - 1)
    )
    return c.CreateGroup(
        title="🎉" * TITLE_CHARACTERS,
        members=members,
        admins=GROUP_MEMBERS - 1,
        policy=c.InitialPolicy(),
        account=person.account,
        address=person.address,
        topic="🎉" * TOPIC_CHARACTERS,
        picture=bytes(GROUP_PICTURE_BYTES),
        lifetime=1_000,
        continues=c.Continues(GROUP, tuple(sorted(no_entry(str(number)) for number in range(ENTRY_PARENTS)))),
    )


def test_the_largest_group_can_go_on_in_one_entry() -> None:
    alice = signer("alice")
    new = sign_entry(alice, None, NOW, largest_create())
    parents = tuple(sorted(no_entry(str(number)) for number in range(ENTRY_PARENTS)))
    moved = sign_entry(alice, place(parents=parents), NOW, c.MoveOn(new.encoded))
    assert 40_000 < len(moved.encoded.body) <= ENTRY_BYTES
    assert read_entry(decode_entry(encode_entry(moved))) == moved


def test_a_body_over_its_limit_is_malformed_before_it_is_decoded() -> None:
    assert too_long(ENTRY_BYTES + 1)
    assert not too_long(ENTRY_BYTES)


def too_long(size: int) -> bool:
    try:
        decode_entry(msgspec.msgpack.encode([bytes(size), bytes(64)]))
    except ProtocolError:
        return True
    return False


def later(fields: list[object], *, change_fields: tuple[object, ...] = ()) -> c.EncodedEntry:
    """Make an entry as a later version might."""
    entry = unsigned("O", c.SetTitle("Picnic"), parents=[no_entry("parent")], group=GROUP, grant=GRANT)
    plain = msgspec.msgpack.decode(encode_shape(entry.body))
    plain[7] = [*plain[7], *change_fields]
    return c.EncodedEntry(msgspec.msgpack.encode([*plain, *fields]), bytes(64))


@pytest.mark.parametrize(
    "encoded",
    [
        later(["field"]),
        later([], change_fields=("field",)),
        c.EncodedEntry(later([]).body.replace(b"\xa5title", b"\xa5other"), bytes(64)),
    ],
    ids=["a field of the body", "a field of the change", "another change"],
)
def test_what_a_later_version_says_is_kept_and_not_understood(encoded: c.EncodedEntry) -> None:
    read = read_kept_entry(encoded)
    assert isinstance(read.change, c.UnknownChange)
    assert read.change.tag in {"title", "other"}


def test_a_policy_that_a_later_version_knows_is_not_understood() -> None:
    change = msgspec.msgpack.encode(["policy", 9, True])
    assert c.decode_change(change) == c.UnknownChange("policy")


def test_a_group_of_a_later_version_is_not_supported() -> None:
    entry = unsigned("O", create("A"))
    plain = msgspec.msgpack.decode(encode_shape(entry.body))
    with pytest.raises(ProtocolError) as caught:
        read_kept_entry(c.EncodedEntry(msgspec.msgpack.encode([*plain, "field"]), bytes(64)))
    assert caught.value.code is ErrorCode.UNSUPPORTED


def test_a_body_that_nests_too_deep_is_malformed() -> None:
    deep = later([]).body[:-1] + b"\x91" * 40 + b"\xc0"
    with pytest.raises(ProtocolError):
        read_kept_entry(c.EncodedEntry(deep, bytes(64)))


def test_fields_of_a_body_keep_their_order() -> None:
    assert EntryBody.__struct_fields__ == (
        "group", "parents", "grant", "policy", "author", "certificate", "at", "change",
    )  # fmt: skip
