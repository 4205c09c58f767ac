"""What leaves the house names nobody: no small number is shown, and none can be computed from what is shown."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.figures.figure import Figure, Group, Share, Unknown
from services.reporting.figures.sheets import figure_sheet
from services.reporting.figures.suppression import SMALLEST, without_small_numbers
from services.reporting.rules import RULES

FEW = st.integers(0, 12)


def figure_of(rule: str, groups: dict[tuple[str, ...], int], by: tuple[str, ...]) -> Figure:
    return Figure(
        rule=rule,
        title=dict(RULES[rule].title),
        sentence=dict(RULES[rule].sentence),
        filters={},
        by=by,
        as_of=None,
        value=sum(groups.values()),
        unknown=Unknown(number=0),
        groups=tuple(
            Group(key=dict(zip(by, key, strict=True)), value=value, activities="/somewhere")
            for key, value in groups.items()
        ),
        address="/here",
        activities="/there",
    ).sealed()


def by_gender(*values: int, rule: str = "participants.v1") -> Figure:
    return figure_of(rule, {(f"g{n}",): value for n, value in enumerate(values)}, ("gender",))


def shown(figure: Figure) -> list[int | float | None]:
    return [group.value for group in figure.groups]


def test_a_small_number_is_hidden_together_with_the_one_that_would_give_it_away() -> None:
    assert shown(without_small_numbers(by_gender(3, 10, 40))) == [None, None, 40]


def test_two_small_numbers_that_add_up_to_a_small_sum_take_a_third_with_them() -> None:
    assert shown(without_small_numbers(by_gender(1, 2, 10, 40))) == [None, None, None, 40]


def test_small_numbers_that_hide_each_other_need_no_other() -> None:
    assert shown(without_small_numbers(by_gender(3, 4, 10))) == [None, None, 10]


def test_nobody_is_recognised_by_a_zero() -> None:
    assert shown(without_small_numbers(by_gender(0, 10, 40))) == [0, 10, 40]


def test_of_a_small_whole_no_part_is_shown() -> None:
    hidden = without_small_numbers(by_gender(1, 2))
    assert (hidden.value, shown(hidden)) == (None, [None, None])


def test_activities_are_not_people() -> None:
    assert shown(without_small_numbers(by_gender(1, 2, rule="events.v1"))) == [1, 2]


def test_a_share_is_hidden_when_either_side_of_it_is_small() -> None:
    for women, known in ((2, 20), (18, 20)):
        figure = by_gender(rule="women-share.v1").model_copy(
            update={"value": women / known, "share": Share(women=women, known=known, people=30)}
        )
        hidden = without_small_numbers(figure)
        assert (hidden.value, hidden.share) == (None, Share(women=None, known=None, people=None))


def test_a_hash_of_hidden_numbers_does_not_tell_them() -> None:
    one, other = without_small_numbers(by_gender(3, 10, 40)), without_small_numbers(by_gender(4, 9, 40))
    assert one.hash == other.hash


def test_the_small_numbers_of_what_may_belong_are_hidden() -> None:
    figure = by_gender(10).model_copy(update={"unknown": Unknown(number=9, reasons={"day": 8, "component": 2})})
    unknown = without_small_numbers(figure).unknown
    assert (unknown.number, unknown.reasons) == (None, {"day": None, "component": None})


def test_a_sheet_says_hidden_instead_of_nothing() -> None:
    lines = figure_sheet(without_small_numbers(by_gender(3, 10, 40))).splitlines()
    assert [line.split(",")[3] for line in lines] == ["value", "53", "hidden", "hidden", "40"]


@given(st.lists(FEW, min_size=1, max_size=8))
def test_no_number_below_five_can_be_known_from_a_line(values: list[int]) -> None:
    hidden = without_small_numbers(by_gender(*values))
    assert_safe(values, shown(hidden), known_sum=hidden.value is not None)


@given(st.lists(FEW, min_size=9, max_size=9))
def test_no_number_below_five_can_be_known_from_a_table_whose_margins_are_known(values: list[int]) -> None:
    keys = list(product("abc", "xyz"))
    hidden = without_small_numbers(figure_of("participants.v1", dict(zip(keys, values, strict=True)), ("gender", "x")))
    cells = dict(zip(keys, zip(values, shown(hidden), strict=True), strict=True))
    for place, names in ((0, "abc"), (1, "xyz")):
        for name in names:
            line = [cell for key, cell in cells.items() if key[place] == name]
            assert_safe([v for v, _ in line], [s for _, s in line], known_sum=hidden.value is not None)


def assert_safe(values: list[int], shown: list[int | float | None], *, known_sum: bool) -> None:
    """Nothing small is shown; and what is hidden is at least two numbers and five people, or all there is."""
    assert not any(value is not None and 0 < value < SMALLEST for value in shown)
    hidden = [value for value, seen in zip(values, shown, strict=True) if seen is None]
    left = [value for value, seen in zip(values, shown, strict=True) if seen]
    if hidden and left and known_sum:
        assert len(hidden) >= 2
        assert sum(hidden) >= SMALLEST
