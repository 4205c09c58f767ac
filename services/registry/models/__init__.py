"""The registry's tables and the rules they keep, a noun a file."""

from services.registry.models.account_change import AccountChange
from services.registry.models.activity import Activity, ActivityBase, ActivityState, ActivityView, ScheduleBase
from services.registry.models.base import Aggregate, Change, Command, Table, existing, locked, share_locked
from services.registry.models.feed import FeedPlace, Subscriber
from services.registry.models.idempotency import AnsweredRequest
from services.registry.models.installation import Compared, Installation
from services.registry.models.journal import JournalEntry
from services.registry.models.organisation import Organisation, OrganisationBase, OrganisationState, OrganisationView
from services.registry.models.output import Output, OutputBase, OutputState, OutputView
from services.registry.models.person import ErasedPerson, Person, PersonDetails, PersonKeys
from services.registry.models.programme import Programme, ProgrammeBase, ProgrammeView
from services.registry.models.public_contact import PublicContact
from services.registry.models.registration import Registration, RegistrationBase, RegistrationView
from services.registry.models.sign_in import SignInAttempt, SignInLink
from services.registry.models.token import Token
from services.registry.models.upload import Upload
from services.registry.models.user import User

__all__ = [
    "AccountChange",
    "Activity",
    "ActivityBase",
    "ActivityState",
    "ActivityView",
    "Aggregate",
    "AnsweredRequest",
    "Change",
    "Command",
    "Compared",
    "ErasedPerson",
    "FeedPlace",
    "Installation",
    "JournalEntry",
    "Organisation",
    "OrganisationBase",
    "OrganisationState",
    "OrganisationView",
    "Output",
    "OutputBase",
    "OutputState",
    "OutputView",
    "Person",
    "PersonDetails",
    "PersonKeys",
    "Programme",
    "ProgrammeBase",
    "ProgrammeView",
    "PublicContact",
    "Registration",
    "RegistrationBase",
    "RegistrationView",
    "ScheduleBase",
    "SignInAttempt",
    "SignInLink",
    "Subscriber",
    "Table",
    "Token",
    "Upload",
    "User",
    "existing",
    "locked",
    "share_locked",
]
