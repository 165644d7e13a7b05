"""The table of contents: what identity serves and hears."""

from ambulo.identity.v1 import events_pb2 as identity
from ambulo.people.v1 import events_pb2 as people
from chassis import Chassis, Service
from chassis.mail import Mailer

from identity.access import AccessTokens
from identity.settings import Settings
from identity.store.sessions import Sessions
from identity.usecases.clinics import ClinicService
from identity.usecases.memberships import MembershipService
from identity.usecases.reactions import Reactions
from identity.usecases.service_accounts import ServiceAccountService
from identity.usecases.sessions import SessionService


def build(chassis: Chassis) -> None:
    settings: Settings = chassis.settings
    sessions = Sessions(settings.valkey_url)
    tokens = AccessTokens(settings.access_key_file)
    reactions = Reactions(sessions, Mailer(settings.smtp_url, settings.mail_from), settings.web_url)

    chassis.serves("ambulo.identity.v1.ClinicService", ClinicService())
    chassis.serves("ambulo.identity.v1.SessionService", SessionService(sessions, tokens))
    chassis.serves("ambulo.identity.v1.MembershipService", MembershipService())
    chassis.serves("ambulo.identity.v1.ServiceAccountService", ServiceAccountService())

    chassis.closes(sessions.close)
    chassis.hears(identity.SignInRequested, reactions.on_sign_in_requested)
    chassis.hears(people.PatientInvited, reactions.on_patient_invited)


service = Service("identity", build, settings=Settings)
