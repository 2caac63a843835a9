"""Links end where their writer ended them, in any script, and one that would lead elsewhere is none."""

# ruff: noqa: RUF001 -- signs that look like others are what is tested here
import time

import pytest

from babilu.kernel.links import LONGEST, encoded, links


def found(text: str) -> list[str]:
    """Give the addresses in a text; each stands where it is said to stand."""
    every = links(text)
    assert [text[link.start : link.start + link.length] for link in every] == [link.address for link in every]
    return [link.address for link in every]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(https://e.example/Foo_(bar))", "https://e.example/Foo_(bar)"),
        ("[https://e.example/x]", "https://e.example/x"),
        ("https://a.example/x).", "https://a.example/x"),
        ("https://a.example/a，你好", "https://a.example/a"),
        ("https://a.example/路径。然后", "https://a.example/路径"),
        ("“https://a.example/x”", "https://a.example/x"),
        ("‘https://a.example/x’", "https://a.example/x"),
        ("«https://a.example/x»", "https://a.example/x"),
        ("„https://a.example/x“", "https://a.example/x"),
        ("（https://a.example/x）", "https://a.example/x"),
        ("「https://a.example/x」", "https://a.example/x"),
        ("https://a.example/x…", "https://a.example/x"),
        ("https://a.example/x\u200bnext", "https://a.example/x"),
        ("https://a.example/x\u202ey", "https://a.example/x"),
        ("https://a.example/x\u00a0y", "https://a.example/x"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://a.example/?a[]=1&b=2", "https://a.example/?a[]=1&b=2"),
        ("https://w.example/Schrödinger's_cat", "https://w.example/Schrödinger's_cat"),
        ("https://w.example/Schrödinger’s_cat", "https://w.example/Schrödinger’s_cat"),
        ("https://es.example/wiki/Col·lecció", "https://es.example/wiki/Col·lecció"),
        ("https://a.example/x|y^z{1}", "https://a.example/x|y^z{1}"),
        ("*https://a.example/x*", "https://a.example/x"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("'https://a.example/x'", "https://a.example/x"),
        ("看https://a.example/x", "https://a.example/x"),
        ("HTTPS://A.example!", "HTTPS://A.example"),
        ("https://bücher.example/ü", "https://bücher.example/ü"),
        ("https://उदाहरण.परीक्षा/", "https://उदाहरण.परीक्षा/"),
        ("http://user:word@host.example/x", "http://user:word@host.example/x"),
        ("https://https://a.example/x", "https://a.example/x"),
        ("https://web.example/2026/https://a.example/x", "https://web.example/2026/https://a.example/x"),
    ],
)
def test_a_link_is_what_its_writer_meant(text: str, address: str) -> None:
    assert found(text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "https://",
        "https://.",
        "https://..",
        "https://-",
        "https://a..b/",
        "https://a.example:123456/",
        "http://[::1/",
        "https://?a=b",
        "xhttps://a.example/",
        "ftp://a.example/",
        "https://a.example/" + "x" * LONGEST,
    ],
)
def test_what_leads_nowhere_or_elsewhere_is_no_link(text: str) -> None:
    assert found(text) == []


def test_several_links_stand_in_one_text() -> None:
    assert found("see https://a.example/x. (https://b.example/y)") == ["https://a.example/x", "https://b.example/y"]
    assert found("https://a.example/x,https://b.example/y") == ["https://a.example/x", "https://b.example/y"]


def test_a_link_that_reaches_the_cut_of_a_text_is_none() -> None:
    text = "https://a.example/first https://b.example/sec"
    assert [link.address for link in links(text, whole=False)] == ["https://a.example/first"]
    assert [link.address for link in links(f"{text} …", whole=False)] == [
        "https://a.example/first",
        "https://b.example/sec",
    ]


def test_programs_are_given_an_address_in_the_signs_of_the_standard() -> None:
    assert encoded("https://a.example/?a[]=1&b=ü#f") == "https://a.example/?a%5B%5D=1&b=%C3%BC#f"
    assert encoded("https://a.example/a%20b%zz") == "https://a.example/a%20b%25zz"
    assert encoded("http://[::1]:8080/x|y") == "http://[::1]:8080/x%7Cy"


def test_hostile_texts_are_looked_through_at_once() -> None:
    begun = time.process_time()
    for text in ("https://" * 8_000, "(" * 60_000, "https://a." + "(" * 60_000, "https://a.b/" + ")" * 60_000):
        links(text)
    assert time.process_time() - begun < 1
