"""What the Fund finances, and what describes it: every model of the app."""

from programmes.models.classifications import Marker, MarkerLevel, Objective, ThematicArea
from programmes.models.countries import Country
from programmes.models.organizations import Organization
from programmes.models.parts import GoalTag, Participation, ProgrammeLink
from programmes.models.programmes import JointProgramme
from programmes.models.results import Result
from programmes.models.stated import StatedFigure, validate_reference

__all__ = [
    "Country",
    "GoalTag",
    "JointProgramme",
    "Marker",
    "MarkerLevel",
    "Objective",
    "Organization",
    "Participation",
    "ProgrammeLink",
    "Result",
    "StatedFigure",
    "ThematicArea",
    "validate_reference",
]
