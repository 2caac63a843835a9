from babilu.relay.transport.login_queue import LoginQueue, PendingPeer


def come(login_queue: LoginQueue, gone: list[str], name: str, address: str | None = None) -> PendingPeer:
    pending_peer = PendingPeer(address, b"")
    login_queue.enter(pending_peer, lambda: gone.append(name))
    return pending_peer


def test_the_oldest_leaves_and_those_who_have_said_hello_last() -> None:
    login_queue, gone = LoginQueue(), list[str]()
    speaks = come(login_queue, gone, "speaks")
    login_queue.greeted(speaks)
    for name in ("first", "second"):
        come(login_queue, gone, name)
    for most in (3, 2, 1):
        login_queue.make_room(None, 100, most)
    assert gone == ["first", "second", "speaks"]
    assert len(login_queue) == 0


def test_only_those_of_a_crowded_address_make_room_for_one_of_it() -> None:
    login_queue, gone = LoginQueue(), list[str]()
    come(login_queue, gone, "elsewhere", "10.0.0.1")
    come(login_queue, gone, "here", "10.0.0.2")
    come(login_queue, gone, "here too", "10.0.0.2")
    login_queue.make_room("10.0.0.2", 2, 100)
    assert gone == ["here"]
    login_queue.make_room("10.0.0.2", 2, 100)
    assert gone == ["here"]


def test_who_has_left_is_not_sent_away() -> None:
    login_queue, gone = LoginQueue(), list[str]()
    for number in range(3):
        pending_peer = come(login_queue, gone, str(number), "10.0.0.1")
        login_queue.greeted(pending_peer)
        login_queue.leave(pending_peer)
        login_queue.greeted(pending_peer)
    login_queue.make_room("10.0.0.1", 1, 1)
    assert (gone, len(login_queue)) == ([], 0)


def test_whoever_leaves_does_so_by_the_way_that_was_named_last() -> None:
    login_queue, gone = LoginQueue(), list[str]()
    pending_peer = come(login_queue, gone, "at the doorstep")
    login_queue.exit_by(pending_peer, lambda: gone.append("in the house"))
    login_queue.make_room(None, 1, 1)
    assert gone == ["in the house"]
