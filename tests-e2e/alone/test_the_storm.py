"""Forty writers on a few resources, in quiet and while everything is killed: the storm, as long as a test may be."""

from pathlib import Path

import pytest
from storm import SERVERS, Outcome, weather
from suite.services import NAMES


def at_all(outcome: Outcome) -> set[str]:
    """What came of all that was wanted, by status."""
    return {answer.split()[0] for answers in outcome.answers.values() for answer in answers}


@pytest.mark.covers("B02", "B16")
def test_whoever_wants_what_others_want_gets_it_or_a_no(tmp_path: Path) -> None:
    outcome = weather(40, 600, kill=False, state=tmp_path / "suite")
    assert outcome.wrong == []
    assert at_all(outcome) <= {"200", "201", "204", "409", "412"}
    assert {"201", "409 SLOT_TAKEN"} <= outcome.answers["book"].keys()
    assert outcome.repeated == {}


@pytest.mark.covers("B02", "B03", "B16", "O07")
def test_whatever_is_killed_meanwhile_every_request_ends_and_counts_once(tmp_path: Path) -> None:
    outcome = weather(40, 600, kill=True, state=tmp_path / "suite")
    assert outcome.wrong == []
    assert at_all(outcome) <= {"200", "201", "204", "409", "412"}
    assert outcome.killed.keys() == {*NAMES, *SERVERS}
    assert outcome.repeated, "it was felt"
