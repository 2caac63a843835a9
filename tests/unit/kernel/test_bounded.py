import pytest

from babilu.kernel.bounded import BoundedDict


def test_one_more_than_the_bound_makes_room_at_the_expense_of_the_oldest() -> None:
    table: BoundedDict[str, int] = BoundedDict(3)
    for number, key in enumerate("abcd"):
        table[key] = number
    assert dict(table) == {"b": 1, "c": 2, "d": 3}
    assert (len(table), table.most) == (3, 3)


def test_an_entry_that_is_set_again_is_the_newest() -> None:
    table: BoundedDict[str, int] = BoundedDict(2)
    table["a"], table["b"], table["a"], table["c"] = 1, 2, 3, 4
    assert dict(table) == {"a": 3, "c": 4}


def test_it_is_used_like_any_other_dictionary() -> None:
    table: BoundedDict[str, int] = BoundedDict(2)
    assert table.setdefault("a", 1) == 1
    assert table.pop("a") == 1
    table.update({"a": 1, "b": 2, "c": 3})
    assert (dict(table), table.setdefault("d", 4), dict(table)) == ({"b": 2, "c": 3}, 4, {"c": 3, "d": 4})
    table |= {"e": 5}
    assert dict(table) == {"d": 4, "e": 5}
    table.clear()
    assert table.get("a") is None
    with pytest.raises(KeyError):
        del table["a"]
    assert repr(table) == "BoundedDict(0 of 2)"


def test_a_bound_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        BoundedDict(0)
