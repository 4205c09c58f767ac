"""What is released of an activity's people tells of nobody: no small number, and no small change, can be computed from
the tables that were released one after the other. The judge is linear programming.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from services.reporting.subjects import released
from services.reporting.subjects.released import HIDDEN, PROTECTED, Released, release

Cells = Mapping[str, int]
GROUPS = ("a", "b", "c")
HISTORIES = st.lists(st.fixed_dictionaries({group: st.integers(0, 14) for group in GROUPS}), min_size=1, max_size=5)


def told(*history: Cells) -> list[tuple[Cells, Released]]:
    """The states of an activity that were released, each with its table."""
    tables: list[tuple[Cells, Released]] = []
    for cells in history:
        table = release(sum(cells.values()), {"line": cells}, [known for _, known in tables])
        if table is not None:
            tables.append((cells, table))
    return tables


def lines(*history: Cells) -> list[Mapping[str, int]]:
    return [table["line"] for _, table in told(*history)]


def test_a_small_group_is_hidden_with_the_one_that_would_give_it_away() -> None:
    assert lines({"a": 3, "b": 10, "c": 40}) == [{"c": 40, HIDDEN: 13}]


def test_small_groups_that_add_up_to_few_take_another_with_them() -> None:
    assert lines({"a": 1, "b": 2, "c": 10}) == [{HIDDEN: 13}]


def test_nobody_is_recognised_by_a_group_of_none() -> None:
    assert lines({"a": 0, "b": 10, "c": 40}) == [{"b": 10, "c": 40}]


def test_of_fewer_than_five_people_nothing_is_told() -> None:
    assert told({"a": 4}) == []


def test_a_change_of_fewer_than_five_people_is_not_told_until_more_have_changed() -> None:
    assert lines({"a": 10, "b": 10}, {"a": 11, "b": 10}, {"a": 15, "b": 10}) == [{"a": 10, "b": 10}, {"a": 15, "b": 10}]


def test_a_line_that_would_tell_of_a_small_change_is_hidden_and_the_whole_is_told() -> None:
    assert lines({"a": 10, "b": 10}, {"a": 12, "b": 18}) == [{"a": 10, "b": 10}, {HIDDEN: 30}]


def test_a_line_in_which_a_few_changed_stands_as_it_was_told() -> None:
    assert lines({"a": 10, "b": 10}, {"a": 12, "b": 8}) == [{"a": 10, "b": 10}]


def test_a_number_is_compared_with_all_that_were_told_before() -> None:
    assert [table["people"] for _, table in told({"a": 20}, {"a": 26}, {"a": 21}, {"a": 30})] == [20, 26]
    assert [table["people"] for _, table in told({"a": 20}, {"a": 26}, {"a": 31})] == [20, 26, 31]


class Outsider:
    """Knows the tables of one activity, and that no number of people is negative."""

    def __init__(self, tables: Sequence[Released]) -> None:
        self._variables = [(place, group) for place in range(len(tables)) for group in GROUPS]
        self._equal: list[list[float]] = []
        self._to: list[float] = []
        for place, table in enumerate(tables):
            line = table["line"]
            self._knows({(place, group): 1 for group in GROUPS}, table["people"])
            for group in GROUPS:
                if group in line or HIDDEN not in line:
                    self._knows({(place, group): 1}, line.get(group, 0))

    def _knows(self, weights: Mapping[tuple[int, str], float], value: float) -> None:
        self._equal.append([weights.get(variable, 0) for variable in self._variables])
        self._to.append(value)

    def computes(self, weights: Mapping[tuple[int, str], float], number: float) -> bool:
        """Whether a number that is such a sum can be known more closely than to five people."""
        cost = [weights.get(variable, 0) for variable in self._variables]
        least, most = (
            linprog([sign * c for c in cost], A_eq=self._equal, b_eq=self._to, method="highs").fun for sign in (1, -1)
        )
        assert least is not None
        assert most is not None
        return least - 1e-6 <= number <= -most + 1e-6 and -most - least < PROTECTED - 1e-6


def recovered(history: Sequence[Cells]) -> list[str]:
    """The small numbers, and small changes, that an outsider can compute more closely than to five people."""
    tables = told(*history)
    outsider = Outsider([table for _, table in tables])
    found = []
    for place, (cells, _) in enumerate(tables):
        found += [
            f"{cells[group]} of {group} at {place}"
            for group in GROUPS
            if 0 < cells[group] < PROTECTED and outsider.computes({(place, group): 1}, cells[group])
        ]
    for (then, (before, _)), (now, (after, _)) in combinations(enumerate(tables), 2):
        found += [
            f"a change of {after[group] - before[group]} of {group} from {then} to {now}"
            for group in GROUPS
            if 0 < abs(after[group] - before[group]) < PROTECTED
            and outsider.computes({(now, group): 1, (then, group): -1}, after[group] - before[group])
        ]
    return found


@given(history=HISTORIES)
@settings(max_examples=100)
def test_no_small_number_and_no_small_change_can_be_computed_from_what_was_released(history: list[Cells]) -> None:
    assert recovered(history) == []


@pytest.mark.parametrize(
    ("guard", "broken"),
    [
        ("_covered", lambda cells: {key for key, n in cells.items() if 0 < n < PROTECTED}),
        ("_comparable", lambda *_: True),
    ],
)
def test_without_a_guard_numbers_can_be_computed(
    guard: str, broken: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(released, guard, broken)
    assert find(HISTORIES, lambda history: bool(recovered(history)), settings=settings(deadline=None, database=None))
