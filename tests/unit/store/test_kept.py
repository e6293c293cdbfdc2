"""What was opened is kept within bounds, and forgotten with the key of its owner."""

from portability.store.kept import Kept


def test_what_was_not_asked_for_longest_goes_first() -> None:
    kept = Kept(most=3)
    for name in ("one", "two", "three"):
        kept.put(name, name.upper(), owner="rosa")
    assert kept.find("one", str) == "ONE"
    kept.put("four", "FOUR", owner="rosa")
    assert kept.find("two", str) is None
    assert [kept.find(name, str) for name in ("one", "three", "four")] == ["ONE", "THREE", "FOUR"]


def test_what_weighs_more_leaves_room_for_less_and_weighs_once_however_often_it_is_put() -> None:
    kept = Kept(most=3)
    kept.put("light", 1, owner="rosa")
    for _ in range(5):
        kept.put("heavy", 2, owner="rosa", weight=2)
    assert (kept.find("light", int), kept.find("heavy", int)) == (1, 2)
    kept.put("huge", 3, owner="rosa", weight=9)
    assert [kept.find(name, int) for name in ("light", "heavy", "huge")] == [None, None, None]


def test_an_owner_is_forgotten_whole_and_nobody_else() -> None:
    kept = Kept()
    kept.put("hers", 1, owner="rosa")
    kept.put("his", 2, owner="ivan")
    kept.forget("rosa")
    assert (kept.find("hers", int), kept.find("his", int)) == (None, 2)


def test_nothing_is_kept_of_an_owner_once_fenced_not_even_by_whoever_had_begun_to_read() -> None:
    fenced: set[str] = set()
    kept = Kept(fenced=fenced)
    kept.put("hers", 1, owner="rosa")
    fenced.add("rosa")
    for name in ("hers", "more of hers"):
        kept.put(name, 2, owner="rosa")
    kept.put("his", 3, owner="ivan")
    found = [kept.find(name, int) for name in ("hers", "more of hers", "his")]
    assert found == [None, None, 3]


def test_what_is_kept_under_a_name_is_found_as_its_own_kind_alone() -> None:
    kept = Kept()
    kept.put("one", 1, owner="rosa")
    assert kept.find("one", str) is None
