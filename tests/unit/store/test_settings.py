from babilu.store.unit_of_work import UnitOfWork


def test_a_setting_is_kept_until_it_is_replaced_or_deleted(unit: UnitOfWork) -> None:
    assert unit.settings.get("theme") is None
    unit.settings.set("theme", b"dark")
    unit.settings.set("language", b"es")
    unit.settings.set("theme", b"")
    assert (unit.settings.get("theme"), unit.settings.get("language")) == (b"", b"es")
    unit.settings.delete("theme")
    assert unit.settings.get("theme") is None
