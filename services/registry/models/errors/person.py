"""What is refused about a person."""

from collections.abc import Sequence
from typing import Any

from shared.errors import DomainError, NotFound


class PersonNotFound(NotFound):
    """There is no such person; perhaps they were erased."""

    slug = "person-not-found"


class CannotMergePersons(DomainError):
    """These two cannot be made one person."""

    status = 409
    slug = "cannot-merge-persons"


class PersonMerged(DomainError):
    """This person was found to be another one: look at that one, or undo the merge."""

    status = 409
    slug = "person-merged"


class NotMerged(DomainError):
    """This person was not merged into another: there is nothing to undo."""

    status = 409
    slug = "person-not-merged"


class OthersAreDue(DomainError):
    """Other people are due to be erased than you saw: look at the list again."""

    status = 409
    slug = "others-are-due"


class PersonAmbiguous(DomainError):
    """This may be somebody who is known: say in `same_as` the id of the person it is, or `new` for another person.

    Attributes:
        members: the candidates, for the body of the answer only.
    """

    status = 409
    slug = "person-ambiguous"
    headers = {"cache-control": "no-store"}

    def __init__(self, candidates: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(field="same_as")
        self.members = {"candidates": list(candidates)}
