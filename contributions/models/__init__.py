"""The ledger and the statements: every model of the app."""

from contributions.models.announcements import JointAnnouncement
from contributions.models.deliveries import Delivery
from contributions.models.deposits import Deposit
from contributions.models.donors import Donor
from contributions.models.entries import PledgeEntry
from contributions.models.imports import FileImport, ImportedRow
from contributions.models.pledges import Instalment, Pledge, PledgeFootnote
from contributions.models.rates import ExchangeRate
from contributions.models.reported import ReportedContribution
from contributions.models.statements import Edition, Statement
from contributions.models.targets import FundingTarget

__all__ = [
    "Delivery",
    "Deposit",
    "Donor",
    "Edition",
    "ExchangeRate",
    "FileImport",
    "FundingTarget",
    "ImportedRow",
    "Instalment",
    "JointAnnouncement",
    "Pledge",
    "PledgeEntry",
    "PledgeFootnote",
    "ReportedContribution",
    "Statement",
]
