"""Figures that leave the house: small numbers of people are hidden, and so is what would give them away.

In a group of fewer than five, people can be recognised. One hidden number in a line whose sum is known is no secret,
nor are two that add up to two; so others of the line are hidden too, until at least two are, and five people in them.
Zero recognises nobody and stays. What is counted in activities tells nothing of persons and stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from services.reporting.figures.drill_down import Counted
from services.reporting.figures.figure import Figure, Group, Share, Unknown
from services.reporting.rules import rule_named

SMALLEST = 5


def without_small_numbers(figure: Figure) -> Figure:
    """The figure as it may be published."""
    if not rule_named(figure.rule).counting.of_people:
        return figure.model_copy(update={"public": True}).sealed()
    parts = [_people_in(group) for group in figure.groups]
    hidden = set(range(len(parts))) if _small(figure) else _hidden(parts, _lines(figure.groups))
    unknown = figure.unknown
    changes = {
        "public": True,
        "value": None if _small(figure) else figure.value,
        "share": _covered(figure.share) if _small(figure) else figure.share,
        "groups": tuple(_cover(group) if n in hidden else group for n, group in enumerate(figure.groups)),
        "unknown": _cover_unknown(unknown),
    }
    covered = figure.model_copy(update=changes)
    if covered.model_dump(exclude={"public"}) != figure.model_dump(exclude={"public"}):
        covered = covered.with_notes("small-numbers-hidden")
    return covered.sealed()


def without_numbers(counted: Iterable[Counted]) -> tuple[Counted, ...]:
    """What is behind a public figure of people: which activities, but not how many people each contributed."""
    return tuple(line.model_copy(update={"number": None, "share": None}) for line in counted)


def _people_in(part: Figure | Group) -> tuple[int, ...]:
    """The numbers of people that a part shows or lets one compute."""
    if part.share is None:
        return (int(part.value or 0),)
    women, known = part.share.women or 0, part.share.known or 0
    return women, known - women, part.share.people or 0


def _small(part: Figure | Group) -> bool:
    return any(0 < people < SMALLEST for people in _people_in(part))


def _lines(groups: Sequence[Group]) -> list[list[int]]:
    """Groups whose sum somebody can know: all of them, and of a table each row and each column."""
    lines: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        if len(group.key) > 1:
            for dimension, value in group.key.items():
                lines[dimension, value].append(place)
    return [list(range(len(groups))), *lines.values()]


def _hidden(parts: Sequence[tuple[int, ...]], lines: Sequence[Sequence[int]]) -> set[int]:
    """Which groups to hide."""
    size = [part[-1] for part in parts]
    hidden = {place for place, part in enumerate(parts) if any(0 < people < SMALLEST for people in part)}
    changed = True
    while changed:
        changed = False
        for line in lines:
            covered = [place for place in line if place in hidden]
            others = sorted((place for place in line if place not in hidden and size[place]), key=lambda p: size[p])
            if covered and others and (len(covered) < 2 or sum(size[place] for place in covered) < SMALLEST):
                hidden.add(others[0])
                changed = True
    return hidden


def _cover(group: Group) -> Group:
    return group.model_copy(update={"value": None, "share": _covered(group.share)})


def _covered(share: Share | None) -> Share | None:
    return Share(women=None, known=None, people=None) if share else None


def _cover_unknown(unknown: Unknown) -> Unknown:
    numbers = [unknown.number or 0, *(number or 0 for number in unknown.reasons.values())]
    if not any(0 < number < SMALLEST for number in numbers):
        return unknown
    return unknown.model_copy(update={"number": None, "reasons": dict.fromkeys(unknown.reasons)})
