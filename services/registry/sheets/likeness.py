"""Whether two records tell of one activity: two sources report the same event under two titles and two codes.

What differs for certain (days weeks apart, no country in common) rules it out; otherwise title, days, countries and
kind are weighed. To compare each with each would take hours for long lists, so a record is compared only with those
that share its days and a country, or an uncommon word of its title.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, islice
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from shared.contracts.fuzzy_dates import FuzzyDate

LIKELY = 80
"""Percent from which a person is asked."""

_NEARBY = timedelta(days=3)  # travel days, or the day of the news instead of the day of the event
_VAGUE = timedelta(days=10)  # longer than most events: the days are not known well, or there are many
_LONG = timedelta(days=45)  # not even known to a month
_UNCOMMON = 40  # records that may share a word before it says too little
_MOVED = timedelta(days=120)  # what was planned and is found on other days has moved
_SAME_TITLE = 90  # percent alike, of a title that may be of what has moved
_MOST = (
    80  # records that one is compared with, the nearest first: a list of thousands alike takes no longer for each row
)
_ANYWHERE = ""  # where nobody has said in which country
_OTHER_NUMBERS = 10  # percent less: the first workshop is not the second, the meeting of 2022 not that of 2023

_NUMBER = re.compile(
    r"\d|[ivx]{2,}$|(first|second|third|fourth|fifth)$|(перв|втор|трет|четв[её]рт|пят)(ый|ой|ая|ое|ий|ья|ье|ого|ой)$"
)

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sighting(Generic[K]):
    """What one record says of an activity, as far as it helps to know it again.

    Attributes:
        key: whose record it is.
        titles: in each language, as `words_of` gives them.
        words: those of the titles that are long enough to say something.
        numbers: those of the titles' words that count: `25th`, `second`, `2022`.
        countries: where it was held and whose people it served; empty when unknown.
        first, last: the days between which it lies; `None` is unknown.
    """

    key: K
    titles: tuple[str, ...]
    words: tuple[str, ...]
    numbers: frozenset[str]
    kind: str
    countries: frozenset[str]
    first: date | None
    last: date | None

    @property
    def is_vague(self) -> bool:
        """Whether its first day says little about what lies near."""
        return self.first is None or self.last is None or self.last - self.first > _VAGUE


def sighting(
    key: K,
    *,
    titles: Iterable[str],
    kind: str,
    countries: Iterable[str | None],
    starts: FuzzyDate | None,
    ends: FuzzyDate | None,
) -> Sighting[K]:
    until = ends or starts
    named = frozenset(code for code in countries if code)
    first, last = starts.earliest if starts else None, until.latest if until else None
    ordered = tuple(map(words_of, titles))
    words = dict.fromkeys(word for title in ordered for word in title.split())
    telling = tuple(word for word in words if len(word) > 3)
    numbers = frozenset(word for word in words if _NUMBER.match(word))
    return Sighting(key, ordered, telling, numbers, kind, named, first or last, last or first)


def words_of(title: str) -> str:
    """A title as it is compared: its words in the order of the alphabet."""
    return " ".join(sorted(set(re.findall(r"\w+", title.casefold()))))


def likeness(one: Sighting[K], other: Sighting[K]) -> int:
    """How likely two records tell of one activity, in percent; 0 when they cannot."""
    countries = _countries_alike(one.countries, other.countries)  # first, because it rules out most
    if countries is None:
        return 0
    days = _days_alike(one, other)
    if days is None:
        return 0
    certain = 25 * days + 10 * countries + (5 if one.kind == other.kind else 0)
    if one.numbers - other.numbers and other.numbers - one.numbers:
        certain -= _OTHER_NUMBERS
    needed = (LIKELY - 1 - certain) / 0.6  # below this the titles cannot make it likely, and need not be compared
    titles = 0.0
    for a in one.titles:
        for b in other.titles:
            titles = max(titles, fuzz.ratio(a, b, score_cutoff=max(needed, titles)))
    return round(certain + 0.6 * titles) if titles else 0


def _days_alike(one: Sighting[K], other: Sighting[K]) -> float | None:
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return 0.5
    apart = max(one.first - other.last, other.first - one.last)
    if apart > _NEARBY:
        return None
    if max(one.last - one.first, other.last - other.first) > _LONG:
        return 0.6
    return 1.0 if one.first == other.first else 0.8


def _countries_alike(one: frozenset[str], other: frozenset[str]) -> float | None:
    if not one or not other:
        return 0.5
    return None if one.isdisjoint(other) else len(one & other) / len(one | other)


class Known(Generic[K]):
    """Records that others are compared with."""

    def __init__(self, known: Iterable[Sighting[K]] = ()) -> None:
        self._known: list[Sighting[K]] = []  # the others hold places in it
        self._by_day: dict[tuple[date, str], list[int]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._vague_by_word: dict[str, list[int]] = defaultdict(list)
        self._countries = {_ANYWHERE}
        self._by_title: dict[str, list[int]] = defaultdict(list)
        self._movable: dict[int, str] = {}
        for each in known:
            self.add(each)

    def add(self, one: Sighting[K], *, movable: bool = False) -> None:
        """Learn of a record; `movable` is one that may be met again on other days."""
        place = len(self._known)
        self._known.append(one)
        if movable:
            self._movable[place] = one.titles[0]
        for title in one.titles:
            self._by_title[title].append(place)
        self._countries |= one.countries
        if one.first is not None:
            for country in one.countries or (_ANYWHERE,):
                self._by_day[one.first, country].append(place)
        for word in one.words:
            self._by_word[word].append(place)
            if one.is_vague:
                self._vague_by_word[word].append(place)

    def most_like(self, one: Sighting[K], *, moved: bool = False) -> tuple[K, int] | None:
        """The record that is most like it and how much, if any is likely the same; of equals the one known first.

        `moved`: a record that may have moved is looked for on other days as well.
        """
        best: tuple[K, int] | None = None
        for place in self._nearest(one):
            other = self._known[place]
            alike = likeness(one, other)
            if alike >= LIKELY and (best is None or alike > best[1]):
                best = other.key, alike
        return best or (self._moved(one) if moved else None)

    def _nearest(self, one: Sighting[K]) -> list[int]:
        """Those that share its title, then an uncommon word, then its days; in the order they became known."""
        found: dict[int, None] = {}
        same_title = (place for title in one.titles for place in self._by_title.get(title, ()))
        for place in chain(islice(same_title, _MOST // 2), self._candidates(one)):
            found[place] = None
            if len(found) >= _MOST:
                break
        return sorted(found)

    def _moved(self, one: Sighting[K]) -> tuple[K, int] | None:
        """A record of the same title that lies on other days, not too far away."""
        if not self._movable or not one.titles:
            return None
        near = process.extract(one.titles[0], self._movable, scorer=fuzz.ratio, score_cutoff=_SAME_TITLE, limit=5)
        for _title, alike, place in near:
            other = self._known[place]
            if other.kind != one.kind or _countries_alike(one.countries, other.countries) is None:
                continue
            if one.numbers != other.numbers or one.first is None or other.first is None:
                continue
            if abs(one.first - other.first) <= _MOVED:
                return other.key, round(min(alike, 95))
        return None

    def _candidates(self, one: Sighting[K]) -> Iterator[int]:
        """What may lie near is found by its day and country, what is vague by its words; the telling ones first."""
        by_word = self._by_word if one.is_vague else self._vague_by_word
        for word in one.words:
            sharing = by_word.get(word, ())
            if len(sharing) <= _UNCOMMON:
                yield from sharing
        if one.first is not None:
            countries = one.countries | {_ANYWHERE} if one.countries else self._countries
            for days in sorted(range(-_NEARBY.days, _NEARBY.days + 1), key=abs):
                day = one.first + timedelta(days=days)
                for country in countries:
                    yield from self._by_day.get((day, country), ())
