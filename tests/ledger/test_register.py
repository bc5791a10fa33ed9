"""The register of kinds checks itself, so that a contradictory catalogue never starts."""

import pytest

from ledger import vocabulary as v
from ledger.actions import KINDS, MODULES
from ledger.actions.process import CommissioningProcessRegistered
from ledger.kinds import Maybe
from ledger.schema import load_submission
from ledger.vocabulary import Register
from ledger.when import Occurrence
from ledger.words import N_
from tests.ledger.samples import BY


class Opened(v.Action, name="opened.v1", title="Opened", stage="needs"):
    """Record this to begin."""

    sentence = "%(on)s %(thing_id)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))
    thing_id: Maybe[str] | None = v.opens(N_("Thing"), "thing", default=None)


class Followed(v.Action, name="followed.v1", title="Followed", stage="needs", after=Opened):
    """Record this after."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))
    thing_id: Maybe[str] = v.refers(N_("Thing"), "thing")


class BadName(v.Action, name="Bad_Name", title="T", stage="needs"):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))


class NoOccurrence(v.Action, name="no-occurrence.v1", title="T", stage="needs"):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.when(N_("On"))


class TwoOccurrences(v.Action, name="two-occurrences.v1", title="T", stage="needs"):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))
    also: Maybe[Occurrence] = v.occurrence(N_("Also"))


class Untold(v.Action, name="untold.v1", title="T", stage="needs"):
    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))


class NoSuchStage(v.Action, name="no-such-stage.v1", title="T", stage="tea"):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))


class NoSuchRecommendation(v.Action, name="no-such-recommendation.v1", title="T", stage="needs", recommendations=(16,)):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))


class NoSuchTag(v.Action, name="no-such-tag.v1", title="T", stage="needs", ocds=("tea",)):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))


class NoSentence(v.Action, name="no-sentence.v1", title="T", stage="needs"):
    """Record this."""

    on: Maybe[Occurrence] = v.occurrence(N_("On"))


class NoSuchSlot(v.Action, name="no-such-slot.v1", title="T", stage="needs"):
    """Record this."""

    sentence = "%(at)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))


class Row(v.Struct):
    """A row whose sentence speaks of what it does not have."""

    sentence = "%(width)s"
    height: Maybe[int] = v.count(N_("Height"))


class NoSuchSlotInside(v.Action, name="no-such-slot-inside.v1", title="T", stage="needs"):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))
    rows: Maybe[tuple[Row, ...]] = v.rows(N_("Rows"), Row)


class NoSuchSlotBefore(v.Action, name="no-such-slot-before.v1", title="T", stage="needs"):
    """Record this."""

    sentence = "%(on)s"
    sentence_with_before = "%(on)s %(before)s %(earlier)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))


class OneLabelTwice(v.Action, name="one-label-twice.v1", title="T", stage="needs"):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))
    other: Maybe[int] = v.count(N_("On"))


class TakenName(v.Action, name="taken-name.v1", title="T", stage="needs"):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))
    declared: Maybe[int] = v.count(N_("Declared"))  # type: ignore[assignment,misc]


class Reserved(v.Action, name="reserved.v1", title="T", stage="needs"):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))
    _sd: Maybe[int] = v.count(N_("Digests"))


class OpenedAgain(v.Action, name="opened.v1", title="T", stage="needs"):
    """Record this."""

    sentence = "%(on)s"
    on: Maybe[Occurrence] = v.occurrence(N_("On"))


FAULTS = [
    ("a name that is none", [BadName], "is not words-with-hyphens.v1"),
    ("no occurrence", [NoOccurrence], "must have exactly one occurrence"),
    ("two occurrences", [TwoOccurrences], "must have exactly one occurrence"),
    ("nothing that says when to use it", [Untold], "has no docstring"),
    ("an unknown stage", [NoSuchStage], "unknown stage 'tea'"),
    ("a sixteenth recommendation", [NoSuchRecommendation], "recommendations run from 1 to 15"),
    ("an unknown release tag", [NoSuchTag], "unknown OCDS release tag"),
    ("no sentence", [NoSentence], "has no sentence"),
    ("a slot that is no field", [NoSuchSlot], "a sentence has a slot that is no field"),
    ("a slot inside that is no field", [NoSuchSlotInside], "Row: a sentence has a slot that is no field"),
    ("a slot before that is no field", [NoSuchSlotBefore], "a sentence has a slot that is no field"),
    ("one label for two fields", [OneLabelTwice], "two fields have one label"),
    ("a field named as the vocabulary names things", [TakenName], "declared cannot be the name of a field"),
    ("a field named as digests are", [Reserved], "_sd cannot be the name of a field"),
    ("one name for two kinds", [Opened, OpenedAgain], "two kinds of entry have one name"),
    ("an earlier kind that is not there", [Followed], "comes after opened.v1, which is not registered"),
    ("a thing that nothing opens", [Followed], "refers to thing, which nothing opens"),
]


@pytest.mark.parametrize(("declared", "fault"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_a_register_that_contradicts_itself_is_not_made(declared, fault):
    """Each fault is found when the register is built, and named."""
    with pytest.raises(TypeError) as error:
        Register(declared)
    assert fault in str(error.value)


def test_all_faults_are_told_at_once():
    """Whoever declares kinds sees everything that is wrong with them."""
    with pytest.raises(TypeError) as error:
        Register([BadName, NoSentence, NoSuchTag])
    assert str(error.value).count(";") == 2


def test_a_register_without_faults_is_a_mapping():
    """Kinds are found by name, in the order in which they were declared."""
    register = Register([Opened, Followed])
    assert list(register) == ["opened.v1", "followed.v1"]
    assert register["opened.v1"] is Opened
    assert len(register) == 2


def test_kinds_declared_elsewhere_do_not_join_the_catalogue():
    """The catalogue is what its modules declare, grouped as they are, and nothing that is declared later."""
    assert len(KINDS) == 60
    assert Opened not in KINDS.values()
    places = [[module.__name__ for module in MODULES].index(kind.__module__) for kind in KINDS.values()]
    assert places == sorted(places)


def test_a_field_is_statable_where_its_type_says_so():
    """“Not stated” is possible for what is declared as `Maybe`, and for nothing else."""
    fields = {field.name: field.statable for field in v.fields_of(CommissioningProcessRegistered)}
    assert [name for name, statable in fields.items() if not statable] == ["reference"]


def test_a_kind_is_loaded_in_its_newest_version_unless_one_is_named():
    """The version may be left off; a name that is nearly right is not guessed at."""
    raw = {"action": "signing-key-rotated", "stream": "ledger/ledger", "standing": "report", "by": BY, "data": {}}
    assert load_submission(raw).action == load_submission(raw | {"action": "signing-key-rotated.v1"}).action
