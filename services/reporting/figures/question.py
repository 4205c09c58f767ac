"""What somebody wants to know, read from words: the same on the command line, in an address and in a form.

A misspelt filter is refused instead of ignored: it would answer another question than the one that was asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode

from services.reporting.rules import CURRENT, RULES, Rule, rule_named
from services.reporting.subjects.subject import Dimension, Measure, Narrowing
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.errors import DomainError
from shared.written_dates import read_date

UNKNOWN = "unknown"
"""The word in an address for the group of what is not known."""

PERIOD = ("from", "to")
WHOLE_PERIOD = "period"
AS_OF = "as_of"
BY = "by"
_OF_ALL = (WHOLE_PERIOD, *PERIOD, BY, AS_OF)


class UnaskableQuestion(DomainError):
    """A figure cannot be asked for in this way."""

    slug = "unaskable"


class UnreadableDate(UnaskableQuestion):
    """This is not a date: write 17.05.2022, 2022-05-17, May 2022, Q4 2022, 2022 or 17–19 May 2022."""


class PeriodTwice(UnaskableQuestion):
    """The period is given twice: clear it, or its first and last day."""


class PeriodEndsFirst(UnaskableQuestion):
    """The period ends before it starts: change its first or its last day."""


@dataclass(frozen=True)
class Shape:
    """What decides how a question is counted: all of it but the values. Statements are built once for each shape.

    Attributes:
        rule: the rule's id.
        narrowing: what it is narrowed to.
        by: the dimensions.
    """

    rule: str
    narrowing: Narrowing
    by: tuple[Dimension, ...]

    @property
    def counting(self) -> Measure:
        measure = RULES[self.rule].counting
        return measure.outside if self.narrowing.public and measure.outside else measure


@dataclass(frozen=True)
class Question:
    """A rule, what it is narrowed to, what it is broken down by, and the moment whose knowledge is asked.

    Attributes:
        rule: the counting rule.
        filters: values by the name of the filter, in the order of the subject's filters.
        first: first day of the period, `None` for since ever.
        last: last day of the period, `None` for until ever.
        by: up to two dimensions.
        as_of: what was known at this moment; `None` for what is known now.
    """

    rule: Rule
    filters: tuple[tuple[str, str], ...] = ()
    first: date | None = None
    last: date | None = None
    by: tuple[Dimension, ...] = ()
    as_of: datetime | None = None
    public: bool = False

    @classmethod
    def read(cls, rule: str, words: Mapping[str, str], *, public: bool = False) -> "Question":
        """Read a question; empty values are as good as absent.

        Args:
            public: whether it is asked what those outside the house may know.

        Raises:
            UnknownRule: no rule is called so.
            UnaskableQuestion: a word is unknown, a date unreadable, or the grouping makes no sense for the rule.
        """
        given = _given(words)
        counted = rule_named(rule)
        parameters = (*counted.subject.filters, *_OF_ALL)
        for name in given:
            if name not in parameters:
                raise UnaskableQuestion(f"'{name}' is unknown. Known: {', '.join(parameters)}.", field=name)
        first, last = _period(given)
        by = _dimensions(given.get(BY, ""), counted)
        if public:
            _tell_apart_by_one(counted, by)
        return cls(
            rule=counted,
            filters=tuple(
                (name, _word(name, given[name], known.words))
                for name, known in counted.subject.filters.items()
                if name in given
            ),
            first=first,
            last=last,
            by=by,
            as_of=moment_of(given[AS_OF]) if AS_OF in given else None,
            public=public,
        )

    @classmethod
    def of_all_rules(cls, words: Mapping[str, str], *, public: bool = False) -> "list[Question]":
        """The same question by the newest version of each rule whose subject can be narrowed in this way.

        Raises:
            UnaskableQuestion: as `read`; also when no rule can be asked so.
        """
        asked = [name for name, rule in CURRENT.items() if can_be_narrowed(rule, words)]
        return [cls.read(name, words, public=public) for name in asked or list(CURRENT)[:1]]

    @property
    def counting(self) -> Measure:
        """How it is measured, for those who ask."""
        return self.shape.counting

    @property
    def shape(self) -> Shape:
        narrowing = Narrowing(
            filters=tuple(name for name, _ in self.filters),
            first=self.first is not None,
            last=self.last is not None,
            past=self.as_of is not None,
            public=self.public,
        )
        return Shape(self.rule.id, narrowing, self.by)

    @property
    def values(self) -> dict[str, object]:
        """The parameters of a statement that was built for the question's shape."""
        return {**dict(self.filters), "first": self.first, "last": self.last, "as_of": self.as_of}

    @property
    def words(self) -> dict[str, str]:
        """The question as it is written in an address; reading it gives the question again."""
        words = dict(self.filters)
        words |= {name: day.isoformat() for name, day in zip(PERIOD, (self.first, self.last), strict=True) if day}
        if self.by:
            words[BY] = ",".join(self.by)
        if self.as_of:
            words[AS_OF] = self.as_of.isoformat().replace("+00:00", "Z")
        return words

    @property
    def address(self) -> str:
        """Relative to `/reporting/api/v1`; the same question has the same address."""
        return f"/figures/{self.rule.id}" + (f"?{urlencode(self.words)}" if self.words else "")


def can_be_narrowed(rule: Rule, words: Mapping[str, str]) -> bool:
    """Whether the rule's subject knows these filters, and these values where they are few: no output has a delivery."""
    known = {name: each.words for name, each in rule.subject.filters.items()} | dict.fromkeys(_OF_ALL, ())
    given = _given(words).items()
    return all(name in known and (not known[name] or value in known[name]) for name, value in given)


def moment_of(text: str) -> datetime:
    """A moment with its offset; or a day, whose last moment (UTC) is meant, so that the whole day is known.

    Raises:
        UnreadableDate: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # an address turns a plus into a space
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    last = None if "T" in text.upper() and ":" in text else _read(text, AS_OF).latest
    if last is None:
        raise UnreadableDate(field=AS_OF)
    return datetime.combine(last, time.max, UTC)


def _given(words: Mapping[str, str]) -> dict[str, str]:
    """The words that say something."""
    return {name: value.strip() for name, value in words.items() if value.strip()}


def _period(given: Mapping[str, str]) -> tuple[date | None, date | None]:
    """The first and the last day: of a period given as one, or each given for itself. `2022` is its first day as a
    beginning and its last day as an end.
    """
    both = [name for name in PERIOD if name in given]
    if WHOLE_PERIOD in given:
        if both:
            raise PeriodTwice(field=WHOLE_PERIOD)
        whole = _read(given[WHOLE_PERIOD], WHOLE_PERIOD)
        return whole.earliest, whole.latest
    first = _read(given["from"], "from").earliest if "from" in given else None
    last = _read(given["to"], "to").latest if "to" in given else None
    if first and last and last < first:
        raise PeriodEndsFirst(field="to")
    return first, last


def _read(text: str, field: str) -> FuzzyDate:
    try:
        return read_date(text)
    except ValueError as error:
        raise UnreadableDate(str(error), field=field) from None


def _word(name: str, value: str, known: Sequence[str]) -> str:
    if known and value not in known:
        raise UnaskableQuestion(f"There is no {name} '{value}'. Known: {', '.join(known)}.", field=name)
    if name == "country":
        value = value.upper()
        if len(value) != 2 or not value.isalpha() or not value.isascii():
            raise UnaskableQuestion(f"'{value}' is no country code: write two letters, KG.", field=name)
    return value


def _tell_apart_by_one(rule: Rule, by: Sequence[Dimension]) -> None:
    of_people = [name for name in by if name in rule.counting.dimensions]
    if len(of_people) + rule.counting.is_share * bool(of_people) > 1:
        sentence = "Figures that leave the house tell people apart by one thing at a time: group them by one."
        raise UnaskableQuestion(sentence, field=BY)


def _dimensions(text: str, rule: Rule) -> tuple[Dimension, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = rule.dimensions
    for name in names:
        if name not in known:
            raise UnaskableQuestion(
                f"{rule.id} cannot be grouped by '{name}'. It can by: {', '.join(known)}.", field=BY
            )
    if len(names) > 2 or len(set(names)) < len(names):
        raise UnaskableQuestion("A figure is grouped by one or two different dimensions.", field=BY)
    return tuple(known[known.index(name)] for name in names)
