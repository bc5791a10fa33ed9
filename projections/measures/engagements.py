"""Who was asked, when and on what: consultations and meetings of advisory groups, with what was published of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.actions.advisory import AdvisoryGroupMeetingHeld, MeetingNotesPublished
from ledger.actions.engagement import ConsultationHeld, ConsultationResponsePublished
from ledger.kinds import Maybe, stated
from ledger.process import History, Recorded
from ledger.when import Occurrence

PROVIDERS = frozenset({"existing_provider", "potential_provider"})


@dataclass(frozen=True, slots=True)
class Engagement:
    """One consultation or one meeting of an advisory group. None is not on record: it is neither yes nor no."""

    entry: Recorded
    stage: str | None
    topics: tuple[str, ...] | None
    audience: tuple[str, ...] | None
    methods: tuple[str, ...] | None
    papers: tuple[Recorded, ...]
    """Its notes and the responses to it."""

    @property
    def held(self) -> Occurrence | None:
        """When it was held."""
        return self.entry.occurred

    @property
    def is_of_a_group(self) -> bool:
        """Whether it was a meeting of an advisory group."""
        return isinstance(self.entry.action, AdvisoryGroupMeetingHeld)

    def asked(self, audience: Iterable[str]) -> bool | None:
        """Whether any of these took part: yes, no, or None where the record does not say who did."""
        return None if self.audience is None else not frozenset(audience).isdisjoint(self.audience)

    def was_on(self, topic: str) -> bool | None:
        """Whether that was a topic: yes, no, or None where the record does not say."""
        return None if self.topics is None else topic in self.topics


def engagements(history: History) -> tuple[Engagement, ...]:
    """Return what was held, in the order of the log."""
    papers = _papers(history)
    found = []
    for entry, held in history.records(ConsultationHeld):
        about = papers.get((entry.stream, stated(held.engagement_id)), ())
        found.append(
            Engagement(
                entry,
                stated(held.stage),
                stated(held.topics),
                stated(held.audience),
                stated(held.methods),
                tuple(about),
            )
        )
    for entry, met in history.records(AdvisoryGroupMeetingHeld):
        about = papers.get((stated(met.group_id), stated(met.meeting_no)), ())
        found.append(
            Engagement(entry, stated(met.stage), stated(met.topics), stated(met.audience), ("meeting",), tuple(about))
        )
    return tuple(sorted(found, key=lambda each: each.entry.index))


def _papers(history: History) -> dict[tuple[object, object], list[Recorded]]:
    """Return notes and responses by what they are of: a stream and its consultation, or a group and its meeting.

    What is not stated names nothing.
    """
    found: dict[tuple[object, object], list[Recorded]] = {}
    for entry, notes in history.records(MeetingNotesPublished):
        for key in ((entry.stream, stated(notes.engagement_id)), (stated(notes.group_id), stated(notes.meeting_no))):
            if None not in key:
                found.setdefault(key, []).append(entry)
    for entry, response in history.records(ConsultationResponsePublished):
        if (name := stated(response.engagement_id)) is not None:
            found.setdefault((entry.stream, name), []).append(entry)
    return found


def is_cited(history: History, cited: Maybe[tuple[int, ...]], engagement: Engagement) -> bool:
    """Whether the numbers of entries name an engagement, by itself or by its notes or a response to it.

    Whoever pointed to an entry that was corrected since still points to what stands in its place.
    """
    known = [index for index in stated(cited) or () if history.at(index) is not None]
    standing = {history.newest(index) for index in known}
    return any(each.index in standing for each in (engagement.entry, *engagement.papers))
