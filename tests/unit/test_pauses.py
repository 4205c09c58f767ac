"""Pauses grow to the longest, and begin again once something worked."""

from shared.pauses import Pauses


def test_pauses_grow_up_to_the_longest_and_begin_again() -> None:
    pauses = Pauses(0.5, 3)
    assert [pauses.next() for _ in range(5)] == [0.5, 1, 2, 3, 3]
    pauses.begin_again()
    assert pauses.next() == 0.5


def test_no_pause_stays_none() -> None:
    pauses = Pauses(0, 3)
    assert [pauses.next() for _ in range(3)] == [0, 0, 0]
