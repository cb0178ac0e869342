"""What outlives a run: places, settings, saved destinations, and the secrets of the keyring."""

from app.storage.accounts import Accounts, connection
from app.storage.destinations import Destinations
from app.storage.paths import Places, places
from app.storage.problems import KeyringProblem, StorageProblem
from app.storage.secrets import Secrets
from app.storage.settings import Settings, SettingsFile

__all__ = [
    "Accounts",
    "Destinations",
    "KeyringProblem",
    "Places",
    "Secrets",
    "Settings",
    "SettingsFile",
    "StorageProblem",
    "connection",
    "places",
]
