"""The register refuses what no figure has, and writes each reference in one way."""

import pytest

from mptf_portal import figures
from mptf_portal.figures import UnknownReferenceError


def test_a_reference_is_written_with_its_defaults_in_one_order():
    written = figures.parse("contributed?stage=deposited&by=unece")

    assert str(written) == "contributed?by=unece&stage=deposited"
    assert str(figures.parse("contributed")) == "contributed?by=all&stage=deposited"


def test_a_reference_names_its_permanent_address():
    reference = figures.parse("target?year=2023")

    assert reference.get_absolute_url() == "/figures/target/?year=2023"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "contributions",
            "is not a figure or claim; known are: all-continents, consecutive-year, ",
        ),
        ("contributed?who=unece", "has no parameter “who”; it takes: by, statement, stage, year"),
        ("contributed?stage=paid", "is not one of: pledged, committed, deposited"),
        ("contributed?by=unece&by=all", "“by” is given twice"),
        ("contributed?by=", "Say who is counted"),
        ("contributed?year=23", "is not a funding year"),
        ("contributed?year=2018", "is not a funding year"),
        ("contributed?year=２０２３", "is not a funding year"),
        ("target", "needs the parameter “year”"),
    ],
)
def test_what_no_figure_has_is_refused_with_the_way_out(text, message):
    with pytest.raises(UnknownReferenceError, match=message.replace("?", r"\?")):
        figures.parse(text)


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="contributed is registered twice"):
        figures.register_figure("contributed", "Contributed")(lambda _snapshot: None)
