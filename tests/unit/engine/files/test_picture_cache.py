"""Cache of decoded pictures."""

from babilu.engine.files.picture_cache import PictureCache
from babilu.kernel.ids import BlobId
from babilu.media.exchange import RawPicture

ONE, TWO, THREE = (BlobId(bytes([number]) * 16) for number in range(3))


def picture(size: int) -> RawPicture:
    return RawPicture(1, 1, bytes(size))


def test_of_pictures_without_room_the_one_that_was_not_asked_for_the_longest_goes() -> None:
    cache = PictureCache(100)
    cache.put(ONE, 8, picture(40))
    cache.put(TWO, 8, picture(40))
    assert cache.find(ONE, 8) is not None
    cache.put(THREE, 8, picture(40))
    assert cache.find(TWO, 8) is None
    assert cache.find(ONE, 8) is not None
    assert cache.find(THREE, 8) is not None
    assert cache.find(THREE, 9) is None


def test_a_picture_that_alone_is_too_large_is_not_kept_and_what_is_put_twice_counts_once() -> None:
    cache = PictureCache(100)
    cache.put(ONE, 8, picture(101))
    assert cache.find(ONE, 8) is None
    for _ in range(5):
        cache.put(ONE, 8, picture(60))
    cache.put(TWO, 8, picture(40))
    assert cache.find(ONE, 8) is not None


def test_nothing_of_a_deleted_file_is_left() -> None:
    cache = PictureCache(100)
    for side in (8, 16):
        cache.put(ONE, side, picture(30))
    cache.put(TWO, 8, picture(30))
    cache.forget((ONE,))
    assert [cache.find(ONE, side) for side in (8, 16)] == [None, None]
    assert cache.find(TWO, 8) is not None
    cache.put(THREE, 8, picture(70))
    assert cache.find(TWO, 8) is not None
