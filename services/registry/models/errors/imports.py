"""What stands in the way of undoing an import."""

from shared.errors import DomainError


class ChangedSince(DomainError):
    """It was changed after the import: put right by hand what the import did to it, or undo the later change first."""

    slug = "changed-since"


class PeopleRegistered(DomainError):
    """People are registered for it: take their registrations out first."""

    slug = "people-registered"


class OutputsComeFromIt(DomainError):
    """An output is recorded as coming from it: take it out of the output first."""

    slug = "outputs-come-from-it"


class OthersNameIt(DomainError):
    """Others name this organisation: name another one there first."""

    slug = "others-name-it"


class BuiltOnImport(DomainError):
    """Something was built on what was imported, so nothing was undone: put that right first."""

    status = 409
    slug = "built-on-import"


class UndoOutdated(DomainError):
    """The records have changed since this was shown: look at what undoing would do now, then confirm that."""

    status = 409
    slug = "undo-outdated"


class NothingImported(DomainError):
    """The list was not imported: there is nothing to undo."""

    status = 409
    slug = "nothing-imported"
