"""What a counting rule is: a name, a version, a sentence that people agree to, and the conditions that say the same.

A condition is true, false, or null where the facts do not tell. A figure counts a row of the rule's subject for which
all conditions are true; one for which none is false may belong, and is shown beside the figure by the reason why it is
not known. So nothing is guessed and nothing is dropped. A rule that is published is never changed: its successor is a
new version.
"""

from dataclasses import dataclass

from services.reporting.subjects import Subject
from services.reporting.subjects.subject import Conditions, Dimension, Measure
from shared.web.language import Text


@dataclass(frozen=True)
class Rule:
    """A counting rule.

    Attributes:
        name: what people call it; with the version it names the rule for ever.
        version: 1, or one more than the rule it replaces.
        subject: what is counted.
        measure: which of the subject's measures is taken of the rows that fulfil the conditions.
        title: a few words.
        sentence: the rule as it stands beside a published number.
        conditions: what must hold for a row.
    """

    name: str
    version: int
    subject: Subject
    measure: str
    title: Text
    sentence: Text
    conditions: Conditions

    @property
    def id(self) -> str:
        return f"{self.name}.v{self.version}"

    @property
    def counting(self) -> Measure:
        return self.subject.measures[self.measure]

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What a figure by this rule can be broken down by."""
        return (*self.subject.dimensions, *self.counting.dimensions)
