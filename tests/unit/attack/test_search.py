import base64

from babilu.attack.search import places_of


def test_the_search_finds_a_text_in_each_disguise() -> None:
    secret = "planted-0123456789abcdef"
    for octets in (
        b"..." + secret.encode() + b"...",
        "äö".encode("utf-16-le") + secret.encode("utf-16-le"),
        b"00" + secret.encode().hex().encode(),
        *(base64.b64encode(b"y" * offset + secret.encode() + b"zz") for offset in range(6)),
    ):
        assert places_of(secret, {"here": octets}) == ["here"]
    assert places_of(secret, {"here": b"planted-0123456789abcde"}) == []
