"""Makes `docs/protocol/vectors.json` from the code, the same in every run.

Run it as `python3 main.py vectors` after the protocol has changed; without a change it writes what is there. Sealing
and encapsulating take the operating system's randomness: their results were recorded once, are kept from run to run,
and must open as long as the version of the protocol lasts. Run as a script with `--record` it records them anew.
"""

import hashlib
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from types import UnionType
from typing import Any, Final, get_args

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from babilu.archive.groups import SHAPES, ArchiveGroup, join_records, said_by  # noqa: E402 -- a script finds them now
from babilu.crypto.kdf import hkdf_sha256  # noqa: E402
from babilu.crypto.keys import AgreementKey, KemKey, SigningKey  # noqa: E402
from babilu.crypto.password import LoginCost, login_key  # noqa: E402
from babilu.crypto.sealed_file import padme, seal_blocks, sealed_size  # noqa: E402
from babilu.crypto.secret import Passphrase, Secret  # noqa: E402
from babilu.identity.codec import encode_shape  # noqa: E402
from babilu.identity.contact_link import ContactLink  # noqa: E402
from babilu.identity.device_list import encode_device_list, follow_up, list_hash, verify_device_list  # noqa: E402
from babilu.identity.direct import DirectBody, DirectRole, DirectTranscript, sign_hello  # noqa: E402
from babilu.identity.invitation import Invitation  # noqa: E402
from babilu.identity.join_link import JoinLink, join_token_hash  # noqa: E402
from babilu.identity.link_codes import LinkPlace  # noqa: E402
from babilu.identity.link_messages import (  # noqa: E402
    LinkAgain,
    LinkEnd,
    LinkGrant,
    LinkTaken,
    NewDeviceBody,
    OldDeviceBody,
    decode_link_message,
)
from babilu.identity.linking import NewDeviceLinking, OldDeviceLinking  # noqa: E402
from babilu.identity.login import (  # noqa: E402
    ChangePasswordBody,
    DeleteAccountBody,
    FetchOwnListBody,
    LoginBody,
    LoginDeviceBody,
    PublishDeviceListBody,
    RegisterBody,
    ResetIdentityBody,
    Signer,
    login_transcript,
    sign_login,
)
from babilu.identity.names import normalise_name, skeleton  # noqa: E402
from babilu.identity.relay_key import sign_certificate  # noqa: E402
from babilu.identity.safety_number import qr_payload, safety_number  # noqa: E402
from babilu.identity.shapes import Bundle, DeviceKind, ListedAccount  # noqa: E402
from babilu.kernel.ids import (  # noqa: E402
    ConversationId,
    DeviceId,
    IdentityKey,
    blob_id,
    conversation_id,
    device_id,
    domain,
    envelope_id,
    message_id,
    notes_id,
)
from babilu.session import pqxdh, ratchet  # noqa: E402
from babilu.session.chain import Chain, extend  # noqa: E402
from babilu.session.envelope import EnvelopeEnd  # noqa: E402
from babilu.session.padding import pad  # noqa: E402
from babilu.session.ports import PrekeyKind  # noqa: E402
from babilu.session.sender_tag import sender_tag, sender_tag_key  # noqa: E402
from babilu.session.sessions import open_envelope  # noqa: E402
from babilu.session.transient import NO_HEADS, TransientBody, seal_transient  # noqa: E402
from babilu.wire.client_frames import ClientFrame  # noqa: E402
from babilu.wire.codec import encode  # noqa: E402
from babilu.wire.content import ChainLink, Content, ContentPart, ListMark  # noqa: E402
from babilu.wire.content_reading import decode_content  # noqa: E402
from babilu.wire.direct_frames import DirectFrame  # noqa: E402
from babilu.wire.file_entry import FileEntry  # noqa: E402
from babilu.wire.framing import frame  # noqa: E402
from babilu.wire.message_parts import Edit, Mention, React, Text  # noqa: E402
from babilu.wire.part_base import CRITICAL, ChainedPart  # noqa: E402
from babilu.wire.relay_frames import RelayFrame  # noqa: E402
from tests.unit.session.devices import CountedRandomness, make_device  # noqa: E402
from tests.vectors import archives, groups, own_devices  # noqa: E402

FILE: Final = ROOT / "docs" / "protocol" / "vectors.json"
NOW: Final = 1_795_337_792_000


def load() -> dict[str, Any]:
    """Read the vectors as they are published."""
    loaded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded


def build(recorded: dict[str, Any]) -> dict[str, Any]:
    """Make all vectors; `recorded` are envelopes that were sealed once."""
    return {
        "about": "Babilu protocol, version 1. Byte strings are hexadecimal. Made by `python3 main.py vectors`.",
        "ids": ids(),
        "relay_key": relay_keys(),
        "device_list": device_lists(),
        "device_list_merged": own_devices.merged_lists(),
        "prekeys": prekeys(),
        "login_key": login_keys(),
        "login_transcript": login_transcripts(),
        "login_bodies": login_bodies(),
        "direct_hello": direct_hellos(),
        "linking": linkings(),
        "wrapped_keys": own_devices.wrapped_keys(),
        "registers": own_devices.registers(),
        "history_pieces": own_devices.history_pieces(),
        "pqxdh": handshake(recorded),
        "ratchet": ratchets(),
        "sender_tag": sender_tags(),
        "transient": transients(),
        "padding": paddings(),
        "sealed_files": sealed_files(),
        "archives": archives.archives() | {"records": archive_records()},
        "chain": chains(),
        "group": {"keys": groups.keys(), "entries": groups.entries(), "logs": groups.logs()}
        | {"link": join_link(), "link_elsewhere": join_link("chat2.example.org:5050", "[2001:db8::2]:443")},
        "safety_number": safety_numbers(),
        "names": names(),
        "invitation": invitations(),
        "contact_link": contact_links(),
        "contents": [sample_content(part) for part in get_args(ContentPart)],
        "contents_of_a_later_version": [later_content(critical=False), later_content(critical=True)],
        "frames": {
            "client": frames(ClientFrame),
            "relay": frames(RelayFrame),
            "direct": frames(DirectFrame),
        },
        "envelopes": recorded,
    }


def octets(label: str, size: int = 32) -> bytes:
    """Give bytes that stand for a key, a nonce or the like."""
    return hashlib.shake_256(label.encode()).digest(size)


# Frames and contents: every shape that travels, filled by its own type.


def sample(kind: Any) -> Any:
    """Give a value of a type as msgspec sees it."""
    match kind:
        case msgspec.inspect.IntType(ge=low, le=high, lt=below):
            return min(max(low or 0, 1_795), high or 1_795, (below or 1_796) - 1)
        case msgspec.inspect.BoolType():
            return True
        case msgspec.inspect.EnumType(cls=kinds):
            return next(iter(kinds))
        case msgspec.inspect.StrType(pattern=str()):
            return "chat2.example.org:5050"
        case msgspec.inspect.StrType():
            return "ñandú"
        case msgspec.inspect.BytesType(min_length=low):
            return octets(f"sample {low}", low or 24)
        case msgspec.inspect.VarTupleType(item_type=item, min_length=low):
            return tuple(sample(item) for _ in range(max(low or 0, 1)))
        case msgspec.inspect.TupleType(item_types=items):
            return tuple(sample(item) for item in items)
        case msgspec.inspect.UnionType(types=types):
            return sample(next(each for each in types if not isinstance(each, msgspec.inspect.NoneType)))
        case msgspec.inspect.StructType(cls=struct):
            return sample_struct(struct)
        case _:
            raise TypeError(f"there is no sample of {kind}")


def sample_struct(struct: type[msgspec.Struct]) -> msgspec.Struct:
    """Fill every field of a shape."""
    described = msgspec.inspect.type_info(struct)
    assert isinstance(described, msgspec.inspect.StructType)
    return struct(**{field.name: sample(field.type) for field in described.fields})


def shown(value: Any) -> Any:
    """Give a value as JSON: bytes in hexadecimal, shapes as objects."""
    match value:
        case IntEnum():
            return value.value
        case bytes():
            return value.hex()
        case tuple() | list():
            return [shown(each) for each in value]
        case msgspec.Struct():
            return {name: shown(getattr(value, name)) for name in value.__struct_fields__}
        case _:
            return value


def frames(union: UnionType) -> list[dict[str, Any]]:
    """Encode one frame of each kind, with its length in front."""
    made = []
    for kind in get_args(union):
        value = sample_struct(kind)
        tag = str(kind.__struct_config__.tag)
        made.append({"tag": tag, "fields": shown(value), "encoded": frame(encode(value)).hex()})
    return made


def sample_part(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """Fill every field of a part; what its kind has a rule for keeps to it."""
    part = sample_struct(kind)
    match part:
        case Text(mentions=(mention,), whole=FileEntry() as whole):
            named = (Mention(1, 3, mention.identity),)
            return msgspec.structs.replace(part, mentions=named, whole=msgspec.structs.replace(whole, size=30_000))
        case Edit(mentions=(mention,), whole=FileEntry() as whole):
            named = (Mention(1, 3, mention.identity),)
            return msgspec.structs.replace(part, mentions=named, whole=msgspec.structs.replace(whole, size=30_000))
        case React():
            return msgspec.structs.replace(part, reactions=("👍", "1️⃣"))
        case _:
            return part


def sample_content(part: type[msgspec.Struct]) -> dict[str, Any]:
    """Encode a content that says something of this kind."""
    chained = issubclass(part, ChainedPart)
    said = sample_part(part)
    content = Content(
        conversation=octets("conversation"),
        sent_at=NOW,
        link=ChainLink(2, octets("previous content")) if chained else None,
        sender_list=ListMark(NOW, octets("sender's list", 16)),
        recipient_list=ListMark(NOW + 1, octets("recipient's list", 16)),
        heads=None,
        part=encode(said),
    )
    return {
        "part": str(part.__struct_config__.tag),
        "says": shown(said),
        "fields": shown(content),
        "encoded": encode(content).hex(),
    }


def later_content(*, critical: bool) -> dict[str, Any]:
    """Encode a text as a later version might, with a field that nobody knows today."""
    text = sample_part(Text)
    field = msgspec.msgpack.Ext(CRITICAL, msgspec.msgpack.encode("field")) if critical else "field"
    part = msgspec.msgpack.encode([*msgspec.msgpack.decode(encode(text)), field])
    content = Content(
        conversation=octets("conversation"),
        sent_at=NOW,
        link=ChainLink(2, octets("previous content")),
        sender_list=ListMark(NOW, octets("sender's list", 16)),
        recipient_list=ListMark(NOW + 1, octets("recipient's list", 16)),
        heads=None,
        part=part,
    )
    _, read = decode_content(encode(content))
    return {"critical": critical, "encoded": encode(content).hex(), "read_as": type(read).__name__, "says": shown(read)}


def archive_records() -> list[dict[str, Any]]:
    """Encode a group of each kind with one record, every field of which is filled."""
    made = []
    for kind, shape in SHAPES.items():
        value = sample_struct(shape)  # type: ignore[arg-type]  # each is a shape
        scope = octets("conversation")
        group = ArchiveGroup(kind, int(kind), 0, scope, join_records([encode_shape(value)]))
        made.append({"kind": int(kind), "fields": shown(value), "encoded": said_by(group).hex()})
    return made


# Ids, signed objects and derivations.


def ids() -> dict[str, Any]:
    one, other = octets("identity one"), octets("identity other")
    signing, agreement, envelope = octets("signing"), octets("agreement"), octets("envelope", 100)
    return {
        "device": {
            "signing_key": signing.hex(),
            "agreement_key": agreement.hex(),
            "id": device_id(signing, agreement).hex(),
        },
        "conversation": {
            "one": one.hex(),
            "other": other.hex(),
            "id": conversation_id(one, other).hex(),  # type: ignore[arg-type]  # any 32 bytes
        },
        "notes": {"identity": one.hex(), "id": notes_id(one).hex()},  # type: ignore[arg-type]  # any 32 bytes
        "message": {
            "conversation": octets("conversation").hex(),
            "author": one.hex(),
            "sent_at": NOW,
            "part": octets("part", 40).hex(),
            "id": message_id(octets("conversation"), one, NOW, octets("part", 40)).hex(),  # type: ignore[arg-type]  # 32 bytes
        },
        "envelope": {"envelope": envelope.hex(), "id": envelope_id(envelope).hex()},
    }


def device_lists() -> dict[str, Any]:
    """Make a first list, and the one that follows it by an account more."""
    own = make_device("alice").own
    body = verify_device_list(own.device_list)
    identity = SigningKey.generate(CountedRandomness("alice"))
    another = ListedAccount(octets("another relay"), "alicia")
    following = follow_up(
        identity,
        own.device_list,
        lambda before: msgspec.structs.replace(before, accounts=(*before.accounts, another)),
    )
    return {
        "identity_seed": identity.private_bytes().reveal().hex(),
        "signing_seed": own.signing.private_bytes().reveal().hex(),
        "agreement_private": own.agreement.private_bytes().reveal().hex(),
        "body": shown(body),
        "encoded": encode_device_list(own.device_list).hex(),
        "hash": list_hash(own.device_list).hex(),
        "following": {
            "body": shown(verify_device_list(following)),
            "encoded": encode_device_list(following).hex(),
            "hash": list_hash(following).hex(),
        },
    }


def relay_keys() -> dict[str, Any]:
    """Sign a certificate as a relay."""
    key = SigningKey.from_bytes(Secret(octets("relay seed")))
    return {
        "seed": octets("relay seed").hex(),
        "public": key.public.hex(),
        "certificate": b"certificate".hex(),
        "signature": sign_certificate(key, b"certificate").hex(),
    }


def prekeys() -> dict[str, Any]:
    device = make_device("alice")
    made = device.prekeys()
    return {
        "device": device.id.hex(),
        "signing_seed": device.own.signing.private_bytes().reveal().hex(),
        "signed": shown(made.signed),
        "last_resort": shown(made.last_resort),
        "one_time": shown(made.one_time_ec[0]),
    }


def login_keys() -> dict[str, Any]:
    password, name, salt, cost = "correct horse", "alice", bytes(range(32)), LoginCost()
    return {
        "password": password,
        "name": name,
        "salt": salt.hex(),
        "public": login_key(Passphrase(password), name, salt, cost).public.hex(),
        "memory_kib": cost.memory_kib,
        "passes": cost.passes,
        "lanes": cost.lanes,
    }


def login_transcripts() -> dict[str, Any]:
    parts = ("hello", "welcome", "certificate", "body")
    transcript = login_transcript(*(part.encode() for part in parts))
    key = SigningKey.from_bytes(Secret(octets("login seed")))
    return {
        "parts": list(parts),
        "transcript": transcript.hex(),
        "seed": octets("login seed").hex(),
        "public": key.public.hex(),
        "signatures": {signer.value: sign_login(key, signer, transcript).hex() for signer in Signer},
    }


def login_bodies() -> list[dict[str, Any]]:
    bodies = (
        RegisterBody,
        LoginBody,
        LoginDeviceBody,
        FetchOwnListBody,
        ResetIdentityBody,
        PublishDeviceListBody,
        ChangePasswordBody,
        DeleteAccountBody,
    )
    made = []
    for kind in bodies:
        value = sample_body(kind)
        made.append({"body": kind.__name__, "fields": shown(value), "encoded": encode_shape(value).hex()})
    return made


def sample_body(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """Fill the body of an account action; its cost must be one that is allowed."""
    described = msgspec.inspect.type_info(kind)
    assert isinstance(described, msgspec.inspect.StructType)
    return kind(
        **{field.name: LoginCost() if field.name == "cost" else sample(field.type) for field in described.fields}
    )


def direct_hellos() -> dict[str, Any]:
    device = make_device("alice")
    client, server = octets("client's nonce"), octets("server's nonce")
    bodies = {
        role: encode_shape(
            DirectBody(1, "alice", device.own.device_list, device.id, 5051, nonce, sample_struct(Bundle))  # type: ignore[arg-type]
        )
        for role, nonce in ((DirectRole.CLIENT, client), (DirectRole.SERVER, server))
    }
    transcript = DirectTranscript(b"certificate", client, server, bodies[DirectRole.CLIENT], bodies[DirectRole.SERVER])
    return {
        "signing_seed": device.own.signing.private_bytes().reveal().hex(),
        "certificate": b"certificate".hex(),
        "client_nonce": client.hex(),
        "server_nonce": server.hex(),
        "client_body": bodies[DirectRole.CLIENT].hex(),
        "server_body": bodies[DirectRole.SERVER].hex(),
        "hellos": {
            role.name.lower(): {
                "signed": transcript.signed_bytes(role).hex(),
                "signature": sign_hello(device.own.signing, role, transcript).hex(),
            }
            for role in DirectRole
        },
    }


def linkings() -> dict[str, Any]:
    """Link a device, up to the yes of its user; once so that the first 20 bits of the code are passed over."""
    phone, laptop = make_device("alice"), make_device("laptop")
    place = LinkPlace("alice", octets("certificate"))
    bundle, nonce = laptop.bundle(), octets("old device's nonce")
    old_body = OldDeviceBody(1, phone.own.identity_key, phone.own.device_list, phone.id, DeviceKind.FULL, nonce)
    made = []
    for number in (0, 40):
        shown = NewDeviceBody(
            version=1,
            signing_key=laptop.own.signing.public,
            agreement_key=laptop.own.agreement.public,
            bundle=bundle,
            name="Laptop",
            kind=DeviceKind.FULL,
            nonce=octets(f"new device's nonce {number}"),
        )
        new = NewDeviceLinking(laptop.own.signing, shown, place, octets("line", 16))
        old = OldDeviceLinking(old_body, place)
        ask = new.ask()
        offer = old.ask_came(decode_link_message(ask))  # type: ignore[arg-type]
        reveal, code = new.offer_came(decode_link_message(offer))  # type: ignore[arg-type]
        assert old.reveal_came(decode_link_message(reveal)) == code  # type: ignore[arg-type]
        line = new.line
        assert line is not None
        yes = new.yes()
        old.read_line(line)
        granted = old.grant(b"envelope")
        grant = decode_link_message(granted)
        assert isinstance(grant, LinkGrant)
        assert grant.proof is not None
        made.append(
            {
                "account": place.account,
                "certificate_hash": place.certificate.hex(),
                "signing_seed": laptop.own.signing.private_bytes().reveal().hex(),
                "line": line.encode(),
                "messages": {
                    "ask": ask.hex(),
                    "offer": offer.hex(),
                    "reveal": reveal.hex(),
                    "yes": yes.hex(),
                    "grant": granted.hex(),
                    "again": encode_shape(LinkAgain(new.transcript)).hex(),
                    "taken": encode_shape(LinkTaken(new.transcript)).hex(),
                    "end": encode_shape(LinkEnd()).hex(),
                },
                "transcript": new.transcript.hex(),
                "digits": code.digits,
                "words": list(code.words),
                "proof": grant.proof.hex(),
            }
        )
    return {"tries": made}


def handshake(recorded: dict[str, Any]) -> dict[str, Any]:
    """Answer the handshake of the first recorded envelope."""
    from tests.unit.session.test_recorded_envelopes import the_recipient  # noqa: PLC0415 -- it reads these vectors

    own, _ = the_recipient(recorded)
    kept = recorded["recipient"]
    opened = open_envelope(own, bytes.fromhex(recorded["received"][0]["envelope"]))
    assert opened.body.initial is not None
    assert opened.device_list is not None
    header = opened.body.initial.handshake
    sender = verify_device_list(opened.device_list)
    keys = pqxdh.ResponderKeys(
        own.agreement,
        AgreementKey.from_bytes(Secret(bytes.fromhex(kept["signed_prekey"]["private"]))),
        KemKey.from_bytes(Secret(bytes.fromhex(kept["one_time_kem_prekey"]["private"]))),
        AgreementKey.from_bytes(Secret(bytes.fromhex(kept["one_time_ec_prekey"]["private"]))),
    )
    entry = sender.devices[0]
    agreed = pqxdh.respond(
        pqxdh.Party(own.identity_key, own.device, own.agreement.public),
        keys,
        pqxdh.Party(sender.identity_key, opened.sender, entry.agreement_key),
        header,
    )
    return {
        "about": "The handshake of the first envelope in `envelopes`, as its recipient answers it.",
        "header": shown(header),
        "secret": agreed.secret.reveal().hex(),
        "associated_data": agreed.associated_data.hex(),
    }


def ratchets() -> dict[str, Any]:
    """Let two ends write twice each way."""
    secret, associated = Secret(octets("root key")), octets("associated data")
    prekey = AgreementKey.from_bytes(Secret(octets("signed prekey")))
    randomness = CountedRandomness("ratchet")
    one = ratchet.initiate(secret, prekey.public, randomness)
    texts = [b"first", b"second", b"third", b"fourth"]
    messages = []
    for text in texts[:2]:
        one, message = ratchet.encrypt(one, text, associated, randomness)
        messages.append(message)
    other = ratchet.respond(secret, prekey, messages[0], randomness)
    for message in messages:
        other, _ = ratchet.decrypt(other, message, associated, randomness)
    for text in texts[2:]:
        other, message = ratchet.encrypt(other, text, associated, randomness)
        messages.append(message)
    initiator, responder = (ratchet._state_decoder.decode(state).own[:32] for state in (one, other))
    chain, message_key = ratchet.chain_step(octets("chain key"))
    salt = octets("salt", 16)
    root = hkdf_sha256(Secret(octets("dh output")), salt=octets("root key"), info=b"babilu/root/1", size=64)
    key, nonce = ratchet._key_and_nonce(message_key, salt)
    return {
        "root_step": {
            "root_key": octets("root key").hex(),
            "dh_output": octets("dh output").hex(),
            "next_root_and_chain_key": root.reveal().hex(),
        },
        "chain_step": {
            "chain_key": octets("chain key").hex(),
            "next_chain_key": chain.hex(),
            "message_key": message_key.hex(),
        },
        "message_key": {"salt": salt.hex(), "aead_key": key.reveal().hex(), "nonce": nonce.hex()},
        "conversation": {
            "secret": octets("root key").hex(),
            "associated_data": associated.hex(),
            "signed_prekey_private": octets("signed prekey").hex(),
            "ratchet_privates": [initiator.hex(), responder.hex()],
            "texts": [text.hex() for text in texts],
            "messages": [shown(message) for message in messages],
            "received_by_initiator": [message.ciphertext.hex() for message in messages[2:]],
        },
    }


def sender_tags() -> dict[str, Any]:
    sender = AgreementKey.from_bytes(Secret(octets("sender's agreement key")))
    recipient = AgreementKey.from_bytes(Secret(octets("recipient's agreement key")))
    devices, body = (octets("sender", 16), octets("recipient", 16)), b"body"
    tag = sender_tag(sender_tag_key(domain("sender-tag"), sender, recipient.public, *devices), body)
    return {
        "sender_private": octets("sender's agreement key").hex(),
        "recipient_public": recipient.public.hex(),
        "sender": devices[0].hex(),
        "recipient": devices[1].hex(),
        "body": body.hex(),
        "tag": tag.hex(),
    }


def transient_ends() -> tuple[AgreementKey, AgreementKey, TransientBody, EnvelopeEnd]:
    """Make the two ends of a transient, and what it says."""
    sender = AgreementKey.from_bytes(Secret(octets("sender's agreement key")))
    recipient = AgreementKey.from_bytes(Secret(octets("recipient's agreement key")))
    body = TransientBody(octets("sender", 16), octets("conversation"), NO_HEADS, NOW)
    return sender, recipient, body, EnvelopeEnd(DeviceId(octets("recipient", 16)), recipient.public)


def transients() -> dict[str, Any]:
    sender, _, body, end = transient_ends()
    encoded = encode_shape(body)
    key = sender_tag_key(domain("transient-tag"), sender, end.agreement_key, body.sender, end.device)
    return {
        "about": "Sealed it is `envelopes.transient`; inside are the tag and the encoded body.",
        "sender_public": sender.public.hex(),
        "recipient_private": octets("recipient's agreement key").hex(),
        "recipient": end.device.hex(),
        "body": shown(body),
        "encoded": encoded.hex(),
        "tag": sender_tag(key, encoded).hex(),
    }


def paddings() -> list[dict[str, Any]]:
    sizes = (0, 1, 255, 256, 511, 512, 1_023, 1_024, 4_096, 16_383, 16_384, 65_535)
    return [
        {
            "content_bytes": size,
            "padded_bytes": len(pad(b"\x01" * size)),
            "sha256": hashlib.sha256(pad(b"\x01" * size)).hexdigest(),
        }
        for size in sizes
    ]


def sealed_files() -> dict[str, Any]:
    """Give sealed files: a short one whole, and of larger ones the sizes and a hash of each block."""
    key, prefix, token = octets("file key"), octets("file prefix", 7), octets("read token")

    def sealed(size: int) -> list[bytes]:
        content = octets(f"file of {size} bytes", size)
        return list(seal_blocks(Secret(key), prefix, size, io.BytesIO(content).read))

    (short,) = sealed(100)
    return {
        "about": 'The file of n bytes is SHAKE-256("file of n bytes") to that length.',
        "key": key.hex(),
        "prefix": prefix.hex(),
        "read_token": token.hex(),
        "blob": blob_id(token).hex(),
        "padme": [[length, padme(length)] for length in (0, 1, 2, 9, 1_000, 65_537, 1_000_000, 104_857_601)],
        "short": short.hex(),
        "blocks": [
            {
                "size": size,
                "sealed_size": sealed_size(size),
                "sha256": [hashlib.sha256(block).hexdigest() for block in sealed(size)],
            }
            for size in (0, 65_527, 65_528, 200_000)
        ],
    }


def chains() -> list[dict[str, Any]]:
    chain, links = Chain(), []
    for said in (b"one", b"two", b"three"):
        links.append({"content": said.hex(), "counter": chain.counter + 1, "previous": chain.last_hash.hex()})
        chain = extend(chain, said)
    return links


def safety_numbers() -> dict[str, Any]:
    one, other = bytes(range(32)), bytes(range(0x20, 0x40))
    return {
        "one": one.hex(),
        "other": other.hex(),
        "digits": safety_number(one, other),
        "qr_shown_by_one": qr_payload(one, other).hex(),
    }


def names() -> list[dict[str, str]]:
    given = ("Alice", "\uff22\uff2f\uff22", "o.brien", "ñandú", "мария", "山田太郎", "b0b", "a_b-c")
    return [
        {"given": name, "normalised": normalise_name(name), "skeleton": skeleton(normalise_name(name))}
        for name in given
    ]


def invitations() -> list[dict[str, Any]]:
    hosts: Sequence[tuple[str, int]] = (("chat.example.org", 5050), ("2001:db8::1", 443))
    made = [Invitation(host, port, octets("pin"), octets("token")) for host, port in hosts]
    made.append(replace(made[0], next_pin=octets("next pin")))
    made.append(replace(made[0], epoch=octets("epoch", 8), also=("chat2.example.org:5050", "[2001:db8::2]:443")))
    return [
        {
            **{name: shown(getattr(each, name)) for name in Invitation.__dataclass_fields__},
            "text": each.encode(),
        }
        for each in made
    ]


def contact_links() -> list[dict[str, Any]]:
    """Write what a person passes on: where they have an account, and where they listen themselves."""
    identity = IdentityKey(octets("identity one"))
    made = [
        ContactLink("zoë", identity, "chat.example.org", 5050, octets("relay")),
        ContactLink("Ana María", identity, "2001:db8::1", 4040, None),
    ]
    return [
        {**{name: shown(getattr(each, name)) for name in ContactLink.__dataclass_fields__}, "text": each.encode()}
        for each in made
    ]


def join_link(*also: str) -> dict[str, Any]:
    """Write a link into a group, and what its token is known again by; ``also`` are other addresses of the relay."""
    group, token = octets("group"), octets("join token", 16)
    link = JoinLink(
        host="chat.example.org",
        port=5050,
        relay_key=octets("relay"),
        pin=octets("pin"),
        next_pin=None,
        group=ConversationId(group),
        token=token,
        admins=("alice", "zoë"),
        expires_at=NOW,
        invitation=octets("token"),
        also=also,
    )
    return {
        **{name: shown(getattr(link, name)) for name in JoinLink.__dataclass_fields__},
        "text": link.encode(),
        "token_hash": join_token_hash(group, token).hex(),
    }


def record() -> dict[str, Any]:
    """Have a device write twice to another one, with the keys that open what it wrote."""
    sender, recipient = make_device("alice"), make_device("bob")
    texts = (b"saluton", b"saluton denove")
    envelopes = [sender.write(recipient, text) for text in texts]
    initial = open_envelope(recipient.own, envelopes[0]).body.initial
    assert initial is not None
    used = initial.handshake
    assert used.one_time_prekey is not None
    kinds = {
        "signed_prekey": (PrekeyKind.SIGNED, used.signed_prekey),
        "one_time_kem_prekey": (PrekeyKind.ONE_TIME_KEM, used.kem_prekey),
        "one_time_ec_prekey": (PrekeyKind.ONE_TIME_EC, used.one_time_prekey),
    }
    kept = {}
    for name, (kind, number) in kinds.items():
        prekey = recipient.rows.prekey(kind, number)
        assert prekey is not None
        kept[name] = {"id": number, "private": prekey.private.hex()}
    own = recipient.own
    writer, _, typed, reader_end = transient_ends()
    return {
        "sender": {
            "account": sender.own.account,
            "device_list": encode_device_list(sender.own.device_list).hex(),
            "device": sender.id.hex(),
            "list_hash": list_hash(sender.own.device_list).hex(),
        },
        "recipient": {
            "identity_key": own.identity_key.hex(),
            "device_list": encode_device_list(own.device_list).hex(),
            "device": own.device.hex(),
            "signing_seed": own.signing.private_bytes().reveal().hex(),
            "agreement_private": own.agreement.private_bytes().reveal().hex(),
            **kept,
        },
        "transient": seal_transient(writer, reader_end, typed).hex(),
        "received": [
            {"envelope": envelope.hex(), "content": text.hex()} for envelope, text in zip(envelopes, texts, strict=True)
        ],
    }


def record_more(recorded: dict[str, Any]) -> None:
    """Record what else is sealed, where that is not recorded yet."""
    if "sealed_hello" not in recorded:
        recorded["sealed_hello"] = own_devices.recorded_hello()
    if "grant" not in recorded:
        recorded["grant"] = own_devices.recorded_grant(bytes.fromhex(linkings()["tries"][0]["transcript"]))


def main() -> int:
    """Write the file."""
    recorded = record() if "--record" in sys.argv[1:] else load()["envelopes"]
    record_more(recorded)
    made = json.dumps(build(recorded), ensure_ascii=False, indent=1) + "\n"
    FILE.write_text(made, encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)}: {len(made.encode())} bytes")  # noqa: T201 -- a command's answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
