from babilu.relay.transport.crowd import Crowd, Stranger


def come(crowd: Crowd, gone: list[str], name: str, address: str | None = None) -> Stranger:
    stranger = Stranger(address, b"")
    crowd.enter(stranger, lambda: gone.append(name))
    return stranger


def test_the_oldest_leaves_and_those_who_have_said_hello_last() -> None:
    crowd, gone = Crowd(), list[str]()
    speaks = come(crowd, gone, "speaks")
    crowd.greeted(speaks)
    for name in ("first", "second"):
        come(crowd, gone, name)
    for most in (3, 2, 1):
        crowd.make_room(None, 100, most)
    assert gone == ["first", "second", "speaks"]
    assert len(crowd) == 0


def test_only_those_of_a_crowded_address_make_room_for_one_of_it() -> None:
    crowd, gone = Crowd(), list[str]()
    come(crowd, gone, "elsewhere", "10.0.0.1")
    come(crowd, gone, "here", "10.0.0.2")
    come(crowd, gone, "here too", "10.0.0.2")
    crowd.make_room("10.0.0.2", 2, 100)
    assert gone == ["here"]
    crowd.make_room("10.0.0.2", 2, 100)
    assert gone == ["here"]


def test_who_has_left_is_not_sent_away() -> None:
    crowd, gone = Crowd(), list[str]()
    for number in range(3):
        stranger = come(crowd, gone, str(number), "10.0.0.1")
        crowd.greeted(stranger)
        crowd.leave(stranger)
        crowd.greeted(stranger)
    crowd.make_room("10.0.0.1", 1, 1)
    assert (gone, len(crowd)) == ([], 0)


def test_whoever_leaves_does_so_by_the_way_that_was_named_last() -> None:
    crowd, gone = Crowd(), list[str]()
    stranger = come(crowd, gone, "at the doorstep")
    crowd.exit_by(stranger, lambda: gone.append("in the house"))
    crowd.make_room(None, 1, 1)
    assert gone == ["in the house"]
