"""The ledger and the statements: every model of the app."""

from contributions.models.donors import Donor
from contributions.models.ledger import Deposit, Instalment, Pledge, PledgeEntry, PledgeFootnote
from contributions.models.rates import ExchangeRate
from contributions.models.statements import Edition, Statement
from contributions.models.targets import FundingTarget

__all__ = [
    "Deposit",
    "Donor",
    "Edition",
    "ExchangeRate",
    "FundingTarget",
    "Instalment",
    "Pledge",
    "PledgeEntry",
    "PledgeFootnote",
    "Statement",
]
