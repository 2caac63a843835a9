"""The second reader of the protocol reads every published value, and what clients of the program say to each other."""

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag

from tests.second_reader import archives, groups, own_devices, people, sessions, stored
from tests.second_reader.primitives import (
    Broken,
    check_signature,
    ed25519_public,
    hkdf,
    open_hpke,
    read,
    sha256,
    x25519_public,
)
from tests.vectors.vectors import protocol, unhex

FOLDER = Path(__file__).parents[1] / "second_reader"
ARCHIVES = Path(__file__).parents[1] / "vectors" / "archives"
WORDS = Path(__file__).parents[2] / "src" / "babilu" / "identity" / "data" / "words.txt"
PUBLISHED: dict[str, Any] = protocol()

ALLOWED = {
    "base64", "collections", "collections.abc", "cryptography", "dataclasses", "hashlib", "hmac", "msgpack", "typing",
    "urllib.parse", "zlib",
}  # fmt: skip


def word_list() -> list[str]:
    """Give the English list of BIP-39."""
    lines = WORDS.read_text(encoding="ascii").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def imported() -> Iterator[str]:
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                yield node.module or ""
            elif isinstance(node, ast.Import):
                yield from (each.name for each in node.names)


def test_it_imports_nothing_of_the_program() -> None:
    found = {each for each in imported() if not each.startswith("tests.second_reader")}
    assert {each for each in found if each.split(".")[0] not in ALLOWED and each not in ALLOWED} == set()
    assert len(found) > 5


def test_it_reads_shapes_by_other_code_than_the_program() -> None:
    assert read(unhex(PUBLISHED["device_list"]["encoded"]))[0] == unhex(PUBLISHED["device_list"]["encoded"])[4:-66]


# People.


def test_ids() -> None:
    ids = PUBLISHED["ids"]
    device, pair, notes, message, envelope = (
        ids[name] for name in ("device", "conversation", "notes", "message", "envelope")
    )
    assert people.device_id(unhex(device["signing_key"]), unhex(device["agreement_key"])) == unhex(device["id"])
    assert people.conversation_id(unhex(pair["one"]), unhex(pair["other"])) == unhex(pair["id"])
    assert people.notes_id(unhex(notes["identity"])) == unhex(notes["id"])
    said = unhex(message["conversation"]), unhex(message["author"]), message["sent_at"], unhex(message["part"])
    assert people.message_id(*said) == unhex(message["id"])
    assert sha256(unhex(envelope["envelope"]))[:16] == unhex(envelope["id"])


def test_device_lists() -> None:
    published = PUBLISHED["device_list"]
    first, second = (people.read_list(read(unhex(each["encoded"]))) for each in (published, published["following"]))
    assert (first.hash, second.hash) == (unhex(published["hash"]), unhex(published["following"]["hash"]))
    assert people.follows(first, second)
    assert not people.follows(second, first)
    assert [(relay.hex(), name) for relay, name in second.accounts] == [
        (each["relay"], each["name"]) for each in published["following"]["body"]["accounts"]
    ]
    body, signature = read(unhex(published["encoded"]))
    with pytest.raises((InvalidSignature, Broken, ValueError)):
        people.read_list([body[:-1] + bytes([body[-1] ^ 1]), signature])


def test_lists_that_were_made_apart() -> None:
    published = PUBLISHED["device_list_merged"]
    lists = {name: people.read_list(read(unhex(each["encoded"]))) for name, each in published.items()}
    for name, each in lists.items():
        assert each.hash.hex() == published[name]["hash"]
        assert [device.hex() for device in each.removed] == published[name]["removed"]
    removing, adding, merged = (lists[name] for name in ("removing", "adding", "merged"))
    assert people.lacks(removing, adding)
    assert people.lacks(adding, removing)
    assert not any(people.lacks(merged, each) for each in lists.values())
    assert set(merged.devices) == (set(removing.devices) | set(adding.devices)) - set(removing.removed)
    # The highest is followed, by a version that none of them has next.
    assert merged.before == max(removing, adding, key=lambda each: (each.version, each.hash)).hash
    assert merged.version >= max(removing.version, adding.version) + 2


def test_prekeys_relay_key_and_login() -> None:
    prekeys = PUBLISHED["prekeys"]
    (device,) = people.read_list(read(unhex(PUBLISHED["device_list"]["encoded"]))).devices.values()
    for name, purpose in (("signed", "prekey-ec"), ("last_resort", "prekey-kem")):
        made = prekeys[name]
        shape = [made["id"], unhex(made["key"]), unhex(made["signature"])]
        people.check_prekey(device.signing, unhex(prekeys["device"]), purpose, shape)
    relay = PUBLISHED["relay_key"]
    people.check_certificate_of_relay(unhex(relay["public"]), unhex(relay["certificate"]), unhex(relay["signature"]))
    key = PUBLISHED["login_key"]
    cost = key["memory_kib"], key["passes"], key["lanes"]
    assert people.login_key(key["password"], key["name"], unhex(key["salt"]), *cost) == unhex(key["public"])
    login = PUBLISHED["login_transcript"]
    parts = [each.encode() for each in login["parts"]]
    assert b"".join(map(sha256, parts)) == unhex(login["transcript"])
    for signer, signature in login["signatures"].items():
        people.check_login(unhex(login["public"]), signer, parts, unhex(signature))


@pytest.mark.parametrize("published", PUBLISHED["login_bodies"], ids=lambda each: each["body"])
def test_bodies_of_logins(published: dict[str, Any]) -> None:
    name, *fields = read(unhex(published["encoded"]))
    assert name == re.sub(r"(?<!^)([A-Z])", r"_\1", published["body"].removesuffix("Body")).lower()
    assert flat(fields) == flat_of(published["fields"])


def test_direct_hellos() -> None:
    published = PUBLISHED["direct_hello"]
    bodies = [unhex(published["client_body"]), unhex(published["server_body"])]
    nonces = [unhex(published["client_nonce"]), unhex(published["server_nonce"])]
    for role, name in enumerate(("client", "server"), start=1):
        (device,) = people.read_list(read(bodies[role - 1])[2]).devices.values()
        signature = unhex(published["hellos"][name]["signature"])
        people.check_hello(device.signing, role, unhex(published["certificate"]), nonces, bodies[:role], signature)


def test_safety_numbers_and_links() -> None:
    number = PUBLISHED["safety_number"]
    pair = unhex(number["one"]), unhex(number["other"])
    assert people.safety_number(*pair) == people.safety_number(*pair[::-1]) == number["digits"]
    assert people.qr_code(*pair) == unhex(number["qr_shown_by_one"])
    for each in PUBLISHED["invitation"]:
        host, port, path, fragment = people.read_link(each["text"])
        assert (host, port, path) == (each["host"], each["port"], "")
        pin, token, next_pin, epoch, also = [*fragment, None, None, []][:2] + [*fragment[2:], None, None, None][:3]
        assert (pin, token) == (unhex(each["pin"]), unhex(each["token"]))
        assert [None if one is None else one.hex() for one in (next_pin, epoch)] == [each["next_pin"], each["epoch"]]
        assert (also or []) == each["also"]
    for link in (PUBLISHED["group"]["link"], PUBLISHED["group"]["link_elsewhere"]):
        _, _, path, fragment = people.read_link(link["text"])
        assert (path, fragment[3].hex(), fragment[5]) == ("+", link["group"], link["admins"])
        assert people.join_token_hash(fragment[3], fragment[4]).hex() == link["token_hash"]
    for each in PUBLISHED["contact_link"]:
        host, port, path, (identity, relay) = people.read_link(each["text"])
        assert (host, port, path) == (each["host"], each["port"], f"@{each['name']}")
        assert (identity.hex(), None if relay is None else relay.hex()) == (each["identity"], each["relay_key"])


# Sessions.


def published_ring() -> sessions.KeyRing:
    kept = PUBLISHED["envelopes"]["recipient"]
    own = people.read_list(read(unhex(kept["device_list"])))
    privates = [unhex(kept[name]["private"]) for name in ("signed_prekey", "one_time_ec_prekey")]
    ids = {
        kept[name]["id"]: x25519_public(unhex(kept[name]["private"]))
        for name in ("signed_prekey", "one_time_ec_prekey")
    }
    return sessions.KeyRing(
        own=(own, own.devices[unhex(kept["device"])]),
        agreement=unhex(kept["agreement_private"]),
        x25519=sessions.ring_public(privates),
        prekeys=ids,
        kem={kept["one_time_kem_prekey"]["id"]: unhex(kept["one_time_kem_prekey"]["private"])},
    )


def test_handshake_and_envelopes() -> None:
    recorded, ring = PUBLISHED["envelopes"], published_ring()
    reader = sessions.Reader(ring)
    for each in recorded["received"]:
        opened = reader.open_envelope(ring.own[1].id, unhex(each["envelope"]))
        assert opened.content == unhex(each["content"])
        assert (opened.account, opened.sender.hex()) == (recorded["sender"]["account"], recorded["sender"]["device"])
        assert opened.device_list is not None
        assert opened.device_list.hash == unhex(recorded["sender"]["list_hash"])
    published = PUBLISHED["pqxdh"]
    header = [value if isinstance(value, int) else unhex(value) for value in published["header"].values()]
    secret, associated = sessions.pqxdh(ring, reader.devices[opened.sender], header)
    assert (secret, associated) == (unhex(published["secret"]), unhex(published["associated_data"]))
    spoilt = bytearray(unhex(recorded["received"][0]["envelope"]))
    spoilt[-1] ^= 1
    with pytest.raises(InvalidTag):
        reader.open_envelope(ring.own[1].id, bytes(spoilt))


def test_transients() -> None:
    published = PUBLISHED["transient"]
    private, recipient = unhex(published["recipient_private"]), unhex(published["recipient"])
    sealed = unhex(PUBLISHED["envelopes"]["transient"])
    inside = open_hpke(private, sealed[1:], b"babilu/transient/1" + recipient)
    said = read(inside[16:])
    assert [each.hex() if isinstance(each, bytes) else each for each in said] == list(published["body"].values())
    public = unhex(published["sender_public"])
    assert sessions.sender_tag("transient-tag", private, public, said[0], recipient, inside[16:]) == inside[:16]
    tag = PUBLISHED["sender_tag"]
    ends = unhex(tag["sender"]), unhex(tag["recipient"])
    made = sessions.sender_tag(
        "sender-tag", unhex(tag["sender_private"]), unhex(tag["recipient_public"]), *ends, unhex(tag["body"])
    )
    assert made == unhex(tag["tag"])


def test_the_ratchet() -> None:
    published = PUBLISHED["ratchet"]
    step = published["root_step"]
    assert b"".join(sessions.root_step(unhex(step["root_key"]), unhex(step["dh_output"]))) == unhex(
        step["next_root_and_chain_key"]
    )
    chain = published["chain_step"]
    assert sessions.message_keys(unhex(chain["chain_key"]), 0) == unhex(chain["message_key"])
    assert sessions.message_keys(unhex(chain["next_chain_key"]), 0) == sessions.message_keys(
        unhex(chain["chain_key"]), 1
    )
    key = published["message_key"]
    made = hkdf(unhex(chain["message_key"]), unhex(key["salt"]), b"babilu/message-key/1", 44)
    assert (made[:32], made[32:]) == (unhex(key["aead_key"]), unhex(key["nonce"]))
    talk = published["conversation"]
    privates = sessions.ring_public(
        [unhex(each) for each in (*talk["ratchet_privates"], talk["signed_prekey_private"])]
    )
    prekey = x25519_public(unhex(talk["signed_prekey_private"]))
    ratchet = sessions.Ratchet(unhex(talk["associated_data"]), unhex(talk["secret"]), prekey)
    messages = [
        [unhex(one["ratchet_key"]), one["previous"], one["number"], unhex(one["ciphertext"])]
        for one in talk["messages"]
    ]
    # The second of a chain before the first.
    for place in (1, 0, 3, 2):
        assert ratchet.open(privates, messages[place]) == unhex(talk["texts"][place])


def test_padding_contents_and_the_chain() -> None:
    for each in PUBLISHED["padding"]:
        content = b"\x01" * each["content_bytes"]
        padded = content + b"\x80" + bytes(each["padded_bytes"] - len(content) - 1)
        assert hashlib.sha256(padded).hexdigest() == each["sha256"]
        assert sessions.unpad(padded) == content
    for each in PUBLISHED["contents"]:
        content, fields = sessions.read_content(unhex(each["encoded"])), each["fields"]
        assert (content.conversation.hex(), content.sent_at) == (fields["conversation"], fields["sent_at"])
        assert (content.link is None) == (fields["link"] is None)
        assert content.says[0] == each["part"]
        assert flat(content.says[1:]) == flat_of(each["says"])
    last = bytes(32)
    for count, each in enumerate(PUBLISHED["chain"], start=1):
        assert (each["counter"], unhex(each["previous"])) == (count, last)
        last = sha256(unhex(each["content"]))


def flat(value: Any) -> Any:
    """Give what was read as the vectors show it, without names."""
    match value:
        case bytes():
            return value.hex()
        case list():
            return [flat(each) for each in value]
        case _:
            return value


def flat_of(value: Any) -> Any:
    """Take the names out of a published value."""
    match value:
        case dict():
            return [flat_of(each) for each in value.values()]
        case list():
            return [flat_of(each) for each in value]
        case _:
            return value


@pytest.mark.parametrize("side", ["client", "relay", "direct"])
def test_frames(side: str) -> None:
    for each in PUBLISHED["frames"][side]:
        encoded = unhex(each["encoded"])
        assert int.from_bytes(encoded[:4], "big") == len(encoded) - 4
        name, *fields = read(encoded[4:])
        assert name == each["tag"]
        assert flat(fields) == flat_of(each["fields"])


# Files, archives, linking.


def test_sealed_files() -> None:
    published = PUBLISHED["sealed_files"]
    key, prefix = unhex(published["key"]), unhex(published["prefix"])
    assert stored.blob_id(unhex(published["read_token"])) == unhex(published["blob"])
    assert [stored.padme(size) for size, _ in published["padme"]] == [padded for _, padded in published["padme"]]
    short = unhex(published["short"])
    assert short[1:8] == prefix
    assert stored.open_file(key, short, 100) == hashlib.shake_256(b"file of 100 bytes").digest(100)
    for each in published["blocks"]:
        padded = stored.padme(each["size"] + 1)
        assert each["sealed_size"] == 8 + padded + 16 * len(each["sha256"])
    with pytest.raises(InvalidTag):
        stored.open_file(key, short[:-1] + bytes([short[-1] ^ 1]), 100)


def test_archives() -> None:
    published = PUBLISHED["archives"]
    code = stored.code_bytes(published["code"]["words"], word_list())
    assert code == unhex(published["code"]["bytes"])
    assert stored.code_secret(code) == unhex(published["code"]["secret"])
    header = published["header"]
    key, salt = stored.open_header(unhex(header["encoded"]), stored.code_secret(code))
    assert (key, salt) == (unhex(header["archive_key"]), unhex(header["salt"]))
    kind, number, before, scope, records = read(unhex(published["group"]))
    assert (kind, number, before, len(scope), len(records)) == (7, 4, 0, 32, 1)
    assert people.message_id(scope, unhex(PUBLISHED["ids"]["message"]["author"]), *records[0][2:4])


@pytest.mark.parametrize("published", PUBLISHED["archives"]["records"], ids=lambda each: f"kind {each['kind']}")
def test_records_of_archives(published: dict[str, Any]) -> None:
    kind, _, _, _, records = read(unhex(published["encoded"]))
    assert kind == published["kind"]
    assert flat(records) == [flat_of(published["fields"])]


@pytest.mark.parametrize("about", sorted(ARCHIVES.glob("*.json")), ids=lambda path: f"version {path.stem}")
def test_whole_archives(about: Path) -> None:
    said = json.loads(about.read_text(encoding="utf-8"))
    file = about.with_suffix(".babilu").read_bytes()
    code = stored.code_bytes(said["code"], word_list())
    archive = archives.read_archive(file, code)
    assert archive.digest.hex() == said["sha256"]
    assert len(archive.records(3)) == said["people"]
    messages = archive.records(7)
    assert len(messages) == said["messages"]
    ((_, profile),) = archive.records(2)
    assert profile[1] == ed25519_public(unhex(said["identity_seed"]))
    texts = [text for scope, record in messages for text in shown_texts(scope, record, profile[1])]
    for words in said["finds"]:
        assert any(words in text for text in texts)
    assert [record[1] for _, record in archive.records(11)] == said["waits"]
    assert set(said["kinds"]) == {group[0] for group in archive.groups}
    assert archive.files == said["files"]
    for place in (100, len(file) // 2, len(file) - 100):
        spoilt = bytearray(file)
        spoilt[place] ^= 1
        with pytest.raises((Broken, InvalidTag)):
            archives.read_archive(bytes(spoilt), code)


def shown_texts(conversation: bytes, record: list[Any], own: bytes) -> Iterator[str]:
    """Give what a message of an archive says; its id is computed of that, and named only where it does not follow."""
    author, said_at, part, extras = record[1] or own, record[2], record[3], record[11]
    if extras is not None and extras[0] is not None:
        assert not part or people.message_id(conversation, author, said_at, part) != extras[0]
    elif part:
        assert len(people.message_id(conversation, author, said_at, part)) == 16
    # Words that do not follow from the bytes of the part, and later wordings.
    if extras is not None:
        yield from [extras[6][0]] if extras[6] is not None else []
        yield from (read(wording[1])[4] for wording in extras[8])
    if part:
        yield read(part)[3]


def test_wrapped_keys() -> None:
    for each in PUBLISHED["wrapped_keys"]:
        encoded = unhex(each["encoded"])
        assert own_devices.open_wrapped(encoded, each["password"], each["purpose"]) == unhex(each["secret"])
        with pytest.raises(InvalidTag):
            own_devices.open_wrapped(encoded, each["password"], "login-seed")


def test_what_own_devices_agree_on() -> None:
    published = PUBLISHED["registers"]
    name, _, _, writes, *_ = read(unhex(published["part"]))
    assert name == "sync"
    expected = {(each["kind"], unhex(each["subject"])): read(unhex(each["value"])) for each in published["values"]}
    for order in (writes, writes[::-1], sorted(writes, key=lambda write: write[2])):
        registers = own_devices.fold_registers(order)
        assert registers == expected
        names = own_devices.device_names(registers)
        assert {device.hex(): name for device, name in names.items()} == published["device_names"]


def test_large_records_in_pieces() -> None:
    published = PUBLISHED["history_pieces"]
    parts = list(map(unhex, published["parts"]))
    assert own_devices.join_pieces(parts) == own_devices.join_pieces(parts[::-1]) == unhex(published["whole"])
    with pytest.raises(Broken):
        own_devices.join_pieces([parts[0], parts[0], parts[2]])


def test_sealed_hellos() -> None:
    published = PUBLISHED["envelopes"]["sealed_hello"]
    private, device, sealed = (unhex(published[name]) for name in ("agreement_private", "device", "sealed"))
    body, signature = own_devices.open_hello(private, device, sealed)
    assert (body, signature) == (unhex(published["body"]), unhex(published["signature"]))
    with pytest.raises(InvalidTag):
        own_devices.open_hello(private, bytes(16), sealed)


def test_grants_of_links() -> None:
    published = PUBLISHED["envelopes"]["grant"]
    owner, device = people.read_list(read(unhex(published["device_list"]))), unhex(published["device"])
    privates = [unhex(published[name]["private"]) for name in ("signed_prekey", "one_time_ec_prekey")]
    names = ("signed_prekey", "one_time_ec_prekey")
    ring = sessions.KeyRing(
        own=(owner, owner.devices[device]),
        agreement=unhex(published["agreement_private"]),
        x25519=sessions.ring_public(privates),
        prekeys={published[name]["id"]: x25519_public(unhex(published[name]["private"])) for name in names},
        kem={published["one_time_kem_prekey"]["id"]: unhex(published["one_time_kem_prekey"]["private"])},
    )
    transcript, envelope = unhex(published["transcript"]), unhex(published["envelope"])
    opened = sessions.Reader(ring).open_envelope(device, envelope, transcript)
    assert opened.content == unhex(published["content"])
    own, seed, called = own_devices.read_grant(opened.content, device, published["password"])
    assert opened.device_list is not None
    assert people.follows(opened.device_list, own)
    assert own.hash == owner.hash
    assert seed == unhex(published["identity_seed"])
    assert {each.hex(): name for each, name in called.items()} == published["names"]
    # The grant is the answer to one try, and opens in no other.
    assert transcript == unhex(PUBLISHED["linking"]["tries"][0]["transcript"])
    with pytest.raises(InvalidTag):
        sessions.Reader(ring).open_envelope(device, envelope, unhex(PUBLISHED["linking"]["tries"][1]["transcript"]))


def test_linking() -> None:
    words = word_list()
    for each in PUBLISHED["linking"]["tries"]:
        ask, offer, reveal, yes = (unhex(each["messages"][name]) for name in ("ask", "offer", "reveal", "yes"))
        made = stored.link_transcript(ask, offer, reveal, each["account"], unhex(each["certificate_hash"]))
        assert made == unhex(each["transcript"])
        digits, places = stored.link_code(made)
        assert (digits, [words[place] for place in places]) == (each["digits"], each["words"])
        stored.check_link_yes(read(read(reveal)[1])[1], read(yes)[1], made)
        assert stored.link_proof(each["line"], made) == unhex(each["proof"])
        rest = {name: read(unhex(each["messages"][name])) for name in ("grant", "again", "taken", "end")}
        assert all(message[0] == name for name, message in rest.items())
        assert rest["grant"][1:] == [b"envelope", unhex(each["proof"])]
        assert rest["again"][1:] == rest["taken"][1:] == [made]


# Groups.


def test_every_kind_of_entry_of_a_group() -> None:
    for each in PUBLISHED["group"]["entries"]:
        entry = groups.read_entry(read(unhex(each["encoded"])))
        assert (entry.kind, entry.hash.hex(), entry.author.hex(), entry.at) == (
            each["tag"], each["hash"], each["author"], each["at"],
        )  # fmt: skip
        assert [parent.hex() for parent in entry.parents] == each["parents"]
        assert each["begins"] in {None, entry.begins.hex()}


@pytest.mark.parametrize("published", PUBLISHED["group"]["logs"], ids=lambda each: each["about"][:40])
def test_logs_of_groups_mean_the_same(published: dict[str, Any]) -> None:
    log = groups.Log(groups.read_entry(read(unhex(each))) for each in published["entries"])
    state = groups.Fold(log).state
    hashes = [unhex(each) for each in published["hashes"]]
    assert list(log.entries) == hashes
    assert [state.why_not.get(each) for each in hashes] == published["why_not"]
    assert state.counts == {each for each in hashes if each not in state.why_not}
    assert [each.hex() for each in log.heads] == published["heads"]
    assert [(person.hex(), [*rank[:2], rank[2].hex(), rank[3]]) for rank, person in state.members] == [
        (each["identity"], each["rank"]) for each in published["members"]
    ]
    assert groups.value(state, "title") == published["title"]
    assert [groups.value(state, which) for which in (1, 2, 3)] == list(published["policy"].values())
    assert sorted(each.hex() for each in state.hidden) == published["hidden"]
    assert sorted(each.hex() for each in groups.pinned(state)) == published["pinned"]
    moved = groups.goes_on_as(log)
    assert (None if moved is None else moved.hex()) == published["successor"]


def test_an_entry_that_nobody_signed_is_none() -> None:
    encoded = bytearray(unhex(PUBLISHED["group"]["entries"][0]["encoded"]))
    encoded[-1] ^= 1
    with pytest.raises(InvalidSignature):
        groups.read_entry(read(bytes(encoded)))
    with pytest.raises(InvalidSignature):
        check_signature(unhex(PUBLISHED["relay_key"]["public"]), bytes(64), b"")
