"""Advisory groups: convened, met, told, paused and reconvened."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ledger import kinds
from ledger import structs as s
from ledger import vocabulary as v
from ledger.codes import AUDIENCE, TOPICS
from ledger.errors import Refused
from ledger.kinds import CodeList, Maybe, stated
from ledger.when import Occurrence
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History

GROUP_STATUSES = CodeList(
    "status of a group", {"paused": N_("Paused"), "reconvened": N_("Reconvened"), "closed": N_("Closed")}
)


def _same_group(group_id: Maybe[str], history: History) -> None:
    group = stated(group_id)
    if history.stream.kind == "group" and group is not None and group != history.stream.reference:
        raise Refused(
            N_("The group is %(group)s, but this is the record of %(stream)s. Use the same in both."),
            group=group,
            stream=history.stream.reference,
        )


class AdvisoryGroupConvened(
    v.Action,
    name="advisory-group-convened.v1",
    title=N_("Advisory group convened"),
    stage="needs",
    once=True,
    streams=("group",),
    ocds=("planning",),
):
    """Record this first for an advisory group: who convened it, for what, and until when it may engage."""

    sentence = N_("Advisory group convened: %(name)s")
    group_id: str = v.of(N_("Group"), kinds.REFERENCE)
    convened_on: Maybe[Occurrence] = v.occurrence(N_("Convened on"))
    name: Maybe[str] = v.line(N_("Name"))
    convened_by: Maybe[s.Party] = v.nested(N_("Convened by"), s.Party)
    secretariat: Maybe[s.Party] = v.nested(N_("Secretariat"), s.Party)
    purpose: Maybe[str] = v.prose(N_("Purpose"))
    open_recruitment: Maybe[bool] = v.yes_no(N_("Open recruitment"))
    recruitment_opened_on: Maybe[Occurrence] | None = v.when(N_("Recruitment opened on"), default=None)
    members_as_individuals: Maybe[bool] = v.yes_no(N_("Members serve as individuals"))
    delivers_services: Maybe[bool] = v.yes_no(N_("The secretariat delivers services"))
    window_opens: Maybe[date] = v.day(N_("Engagement may begin on"))
    window_closes: Maybe[date] = v.day(N_("Engagement must stop on"))
    parameters_document: Maybe[s.Document] | None = v.nested(N_("Terms of reference"), s.Document, default=None)

    def check(self, history: History) -> None:
        _same_group(self.group_id, history)


class AdvisoryGroupMeetingHeld(
    v.Action,
    name="advisory-group-meeting-held.v1",
    title=N_("Advisory group met"),
    stage="throughout",
    after=AdvisoryGroupConvened,
    streams=("group",),
    recommendations=(1, 5),
    ocds=("planningUpdate",),
):
    """Record this for each meeting of an advisory group. Name the processes it dealt with."""

    sentence = N_("Advisory group meeting %(meeting_no)s held on %(topics)s")
    group_id: str = v.of(N_("Group"), kinds.REFERENCE)
    meeting_no: Maybe[int] = v.count(N_("Meeting number"), least=1)
    held_on: Maybe[Occurrence] = v.occurrence(N_("Held on"))
    attendee_organisations: Maybe[tuple[s.Party, ...]] = v.rows(N_("Organisations present"), s.Party)
    officials_present: Maybe[tuple[str, ...]] = v.many(
        N_("Officials present"), kinds.Line(), hint=N_("By their roles, never by name.")
    )
    stage: Maybe[str] = v.code(N_("Stage"), v.STAGES)
    topics: Maybe[tuple[str, ...]] = v.codes(N_("Topics"), TOPICS)
    audience: Maybe[tuple[str, ...]] = v.codes(N_("Audience"), AUDIENCE)
    issues: Maybe[tuple[str, ...]] = v.proses(N_("Issues raised"))
    conflicts_declared: Maybe[tuple[str, ...]] = v.proses(N_("Conflicts of interest declared"))

    def check(self, history: History) -> None:
        _same_group(self.group_id, history)


class MeetingNotesPublished(
    v.Action,
    name="meeting-notes-published.v1",
    title=N_("Meeting notes published"),
    stage="throughout",
    streams=("process", "group"),
    recommendations=(1,),
    ocds=("planningUpdate",),
):
    """Record this when the notes of one meeting or engagement are public."""

    sentence = N_("Meeting notes published: %(document)s")
    group_id: Maybe[str] | None = v.of(N_("Group"), kinds.REFERENCE, default=None)
    meeting_no: Maybe[int] | None = v.count(N_("Meeting number"), least=1, default=None)
    engagement_id: Maybe[str] | None = v.refers(N_("Consultation"), "engagement", default=None)
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    document: Maybe[s.Document] = v.nested(N_("Document"), s.Document)
    redactions: Maybe[bool] = v.yes_no(N_("Parts were left out"))
    redactions_reason: Maybe[s.Reason] | None = v.of(N_("Why parts were left out"), s.REASON, default=None)

    def check(self, history: History) -> None:
        group = stated(self.group_id)
        if self.engagement_id is None and (self.group_id is None or self.meeting_no is None):
            raise Refused(N_("Say of which meeting: the group and the meeting's number, or the consultation."))
        if group is None or history.stream.kind != "group":
            return
        _same_group(group, history)
        held = {meeting.meeting_no for meeting in history.actions(AdvisoryGroupMeetingHeld)}
        number = stated(self.meeting_no)
        if number is not None and number not in held:
            raise Refused(
                N_("No meeting %(number)s of this group is on record. Record the meeting first."),
                number=number,
            )


class OversightUpdateReported(
    v.Action,
    name="oversight-update-reported.v1",
    title=N_("Oversight body told"),
    stage="throughout",
    after=AdvisoryGroupConvened,
    streams=("group",),
    ocds=("planningUpdate",),
):
    """Record this when the group reported to the body that oversees it."""

    sentence = N_("Update reported to %(to_body)s")
    group_id: str = v.of(N_("Group"), kinds.REFERENCE)
    to_body: Maybe[s.Party] = v.nested(N_("Reported to"), s.Party)
    reported_on: Maybe[Occurrence] = v.occurrence(N_("Reported on"))
    document: Maybe[s.Document] | None = v.nested(N_("Document"), s.Document, default=None)

    def check(self, history: History) -> None:
        _same_group(self.group_id, history)


class AdvisoryGroupStatusChanged(
    v.Action,
    name="advisory-group-status-changed.v1",
    title=N_("Advisory group paused, reconvened or closed"),
    stage="throughout",
    after=AdvisoryGroupConvened,
    streams=("group",),
    ocds=("planningUpdate",),
):
    """Record this when the group pauses (for instance while bids are open), meets again, or ends."""

    sentence = N_("Advisory group: %(status)s")
    group_id: str = v.of(N_("Group"), kinds.REFERENCE)
    status: Maybe[str] = v.code(N_("Status"), GROUP_STATUSES)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    effective_on: Maybe[Occurrence] = v.occurrence(N_("From"))

    def check(self, history: History) -> None:
        _same_group(self.group_id, history)
