"""What follows from what, on one page. Each consequence is tried on its own; one failing does not stop the others.

A consequence of a feature takes `Work` (`fedcomm.jobs.work`), one that sends to other servers `SiteWork`
(`fedcomm.http.context`). Names are stored in rows: renaming a function here means a migration of what waits.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fedcomm import facts
from fedcomm.activitypub import backfilling, collections, outboxes, quote_checking, synchronising
from fedcomm.activitypub.outbound import (
    announcements,
    asking,
    blocks,
    carries,
    features,
    follows,
    group_votes,
    moderation,
    moves,
    polls,
    posts,
    profiles,
    quotes,
    reactions,
    refusals,
    relocations,
    reports,
)
from fedcomm.api import media
from fedcomm.facts import Fact
from fedcomm.groups import moving
from fedcomm.http.context import SiteWork
from fedcomm.jobs import fact_queue, steering
from fedcomm.mailbox import held_posts, reasons, reasons_elsewhere
from fedcomm.moderation import telling as report_telling
from fedcomm.notifications import collection_telling, telling, telling_authors
from fedcomm.portability import leaving
from fedcomm.streaming import news
from fedcomm.threads import audience, covering, mentioning, moderating, showing_along, taking_back

Consequence = Callable[[SiteWork, Any], Awaitable[None]]


async def drop_deliveries(work: SiteWork, fact: facts.PeerSuspended) -> None:
    """What waits for a suspended peer is forgotten; posts and follows are kept for the day it is restored."""
    async with work.transaction() as db:
        await steering.drop_below(db, fact.authority)


CONSEQUENCES: Mapping[type[Fact], Mapping[str, Consequence]] = {
    facts.PostPublished: {
        "posts.send": posts.publish,
        "notifications.tell": telling.of_post,
        "streams.tell": news.of_post,
    },
    facts.PostPlaced: {
        "posts.send": posts.place,
        "notifications.tell": telling.of_post,
        "streams.tell": news.of_post,
    },
    facts.PostHeld: {"notifications.tell": report_telling.of_held, "mail.tell": held_posts.of_held},
    facts.PostEdited: {
        "posts.send": posts.edit,
        "notifications.tell": telling.of_edit,
        "streams.tell": news.of_edit,
    },
    facts.PostDeleted: {
        "posts.send": posts.delete,
        "notifications.tell": telling.of_deletion,
        "media.remove": media.remove_files,
        "streams.tell": news.of_deletion,
    },
    facts.VoteCast: {"votes.send": polls.vote},
    facts.PollCounted: {"polls.show": news.of_poll},
    facts.PollTallied: {"polls.send": posts.tally},
    facts.PollEnded: {
        "polls.send": posts.tally,
        "notifications.tell": telling.of_poll_end,
        "streams.tell": news.of_poll,
    },
    facts.MediaUploaded: {"media.prepare": media.prepare},
    facts.PostRemoved: {
        "posts.send": posts.remove,
        "notifications.tell": telling_authors.of_removal,
        "streams.tell": news.of_deletion,
    },
    facts.PostRestored: {"posts.send": moderation.restore},
    facts.PostTurnedDown: {"notifications.tell": telling_authors.of_turning_down, "streams.tell": news.of_reception},
    facts.ThreadLocked: {"moderation.send": moderation.lock, "streams.tell": news.of_lock},
    facts.PinChanged: {"moderation.send": moderation.pin},
    facts.ThreadMoveAsked: {"moderation.send": relocations.ask},
    facts.ThreadMoveDecided: {
        "moderation.send": relocations.answer,
        "notifications.tell": telling_authors.of_refused_move,
    },
    facts.ThreadMoved: {"moderation.send": relocations.moved},
    facts.ModeratorChanged: {"moderation.send": moderation.appoint},
    facts.CollectionsWanted: {"collections.learn": collections.learn},
    facts.OutboxWanted: {"outboxes.read": outboxes.read},
    facts.ThreadAnnounced: {
        "announcements.send": announcements.announce,
        "notifications.tell": telling.of_announcement,
        "streams.tell": news.of_wrapper,
        "groups.show_along": showing_along.show,
    },
    facts.ThreadAnnouncedToStrangers: {"announcements.send": announcements.announce_to_strangers},
    facts.ThreadAnnouncedElsewhere: {
        "notifications.tell": telling.of_announcement,
        "streams.tell": news.of_wrapper,
        "groups.show_along": showing_along.show,
    },
    facts.ThreadShownAlong: {
        "notifications.tell": telling.of_announcement,
        "streams.tell": news.of_wrapper,
    },
    facts.GroupUnfollowed: {"groups.show_along": showing_along.end},
    facts.AnnouncementWithdrawn: {
        "announcements.send": announcements.withdraw,
        "streams.tell": news.of_withdrawal,
    },
    facts.PostBoosted: {
        "reactions.send": reactions.boost,
        "notifications.tell": telling.of_boost,
        "streams.tell": news.of_wrapper,
    },
    facts.BoostUndone: {
        "reactions.send": reactions.unboost,
        "notifications.tell": telling.of_boost_undone,
        "streams.tell": news.of_boost_undone,
    },
    facts.PostFavourited: {"reactions.send": reactions.like, "notifications.tell": telling.of_favourite},
    facts.FavouriteUndone: {"reactions.send": reactions.unlike, "notifications.tell": telling.of_favourite_undone},
    facts.VoteChanged: {"votes.gather": group_votes.gather},
    facts.VoteDue: {"votes.pass_on": group_votes.pass_on},
    facts.AccountBlocked: {"follows.send": blocks.block},
    facts.AccountUnblocked: {"follows.send": blocks.unblock},
    facts.MemberBanned: {"moderation.send": moderation.ban},
    facts.RepliesUnwanted: {"posts.remove": moderating.remove_replies},
    facts.WritingsUnwanted: {"posts.remove": moderating.remove_some_of},
    facts.DecisionPassedOn: {"moderation.send": asking.ask},
    facts.DecisionHeard: {"moderation.pass_on": moderation.pass_on},
    facts.MediaCovered: {"posts.cover": covering.go_on},
    facts.BanLifted: {"moderation.send": moderation.lift},
    facts.FollowAsked: {"follows.send": follows.ask},
    facts.FollowAccepted: {"follows.send": follows.accept},
    facts.FollowRefused: {"follows.send": follows.refuse},
    facts.FollowEnded: {"follows.send": follows.end},
    facts.FollowersDiffer: {"follows.compare": synchronising.settle},
    facts.FollowReceived: {"notifications.tell": telling.of_follow},
    facts.CarryAsked: {"carries.send": carries.offer},
    facts.CarryDecided: {"carries.send": carries.decide, "notifications.tell": telling_authors.of_carry},
    facts.CarryBegun: {"carries.send": announcements.catch_up},
    facts.CarryEnded: {},
    facts.AccountChanged: {"profiles.send": profiles.update},
    facts.AccountRenamed: {"mentions.renew": mentioning.renew},
    facts.AccountMoved: {"profiles.send": moves.move, "follows.go_along": moving.follow_along},
    facts.AccountDeleted: {"profiles.send": profiles.delete},
    facts.AccountToldGone: {"account.empty": leaving.empty},
    facts.ThreadIncomplete: {"threads.fill": backfilling.go_on},
    facts.PostRefused: {"refusals.send": refusals.reject, "refusals.explain": refusals.explain},
    facts.QuoteAsked: {"quotes.send": quotes.ask},
    facts.QuoteFound: {"quotes.check": quote_checking.check},
    facts.ReplyAllowed: {"posts.send": posts.refresh},
    facts.FeatureRequested: {"features.send": features.answer},
    facts.FeatureRevoked: {"features.send": features.revoke},
    facts.QuoteRequested: {"quotes.send": quotes.answer, "quotes.check": quote_checking.meet},
    facts.QuoteAccepted: {"notifications.tell": telling.of_quote},
    facts.QuoteAnswered: {"posts.send": posts.refresh, "streams.tell": news.of_quote},
    facts.QuoteRevoked: {"quotes.send": quotes.revoke},
    facts.QuoteWithdrawn: {"notifications.tell": telling.of_quote_withdrawn, "streams.tell": news.of_quote},
    facts.QuotePolicyChanged: {"posts.send": posts.refresh, "streams.tell": news.of_quote},
    facts.ReportFiled: {"notifications.tell": report_telling.of_report, "reports.send": reports.flag},
    facts.ReportPassedOn: {"notifications.tell": report_telling.of_passing_on},
    facts.EmergencyAccessAsked: {"notifications.tell": report_telling.of_emergency_asked},
    facts.EmergencyAccessEnded: {"notifications.tell": report_telling.of_emergency_ended},
    facts.StatementIssued: {
        "notifications.tell": report_telling.of_statement,
        "mail.tell": reasons.of_statement,
        "reasons.write": reasons_elsewhere.write,
    },
    facts.AppealFiled: {"notifications.tell": report_telling.of_appeal},
    facts.AppealDecided: {"notifications.tell": report_telling.of_appeal_decided},
    facts.AnnouncementSaid: {"streams.tell": news.of_announcement},
    facts.AnnouncementUnsaid: {"streams.tell": news.of_announcement_taken_back},
    facts.AnnouncementReactedTo: {"streams.tell": news.of_reaction},
    facts.AccountFeatured: {"notifications.tell": collection_telling.of_featuring},
    facts.CollectionChanged: {"notifications.tell": collection_telling.of_change},
    facts.CollectionDeleted: {"notifications.tell": collection_telling.of_deletion},
    facts.PeerSuspended: {"deliveries.drop": drop_deliveries, "announcements.find": taking_back.go_on},
    facts.AnnouncementsUnwanted: {"announcements.find": taking_back.go_on},
    facts.AnnouncementTakenBack: {"announcements.send": announcements.take_back},
    facts.PeerRestored: {},
}
"""Of one name, what is about the same thing is done in the order it happened: hence one name for all that is sent."""


NARROW: fact_queue.Narrow = {
    (facts.PostPublished.__name__, "posts.send"): audience.leaving,
    (facts.PostPublished.__name__, "notifications.tell"): telling.concerning,
    (facts.ThreadAnnounced.__name__, "groups.show_along"): showing_along.concerning,
    (facts.ThreadAnnouncedElsewhere.__name__, "groups.show_along"): showing_along.concerning,
}
"""Most posts of others go nowhere from here and name nobody here: what would have nothing to do is not begun."""


AT_ONCE: fact_queue.AtOnce = {(facts.PostPublished.__name__, "streams.tell"): news.of_posts}
"""What only notes something about a new post is noted for all new posts together, as their consequences are found."""


LEAVES = frozenset(
    {
        "posts.send",
        "votes.send",
        "votes.gather",
        "votes.pass_on",
        "polls.send",
        "moderation.send",
        "moderation.pass_on",
        "announcements.send",
        "reactions.send",
        "follows.send",
        "carries.send",
        "profiles.send",
        "refusals.send",
        "refusals.explain",
        "quotes.send",
        "features.send",
        "reports.send",
        "mail.tell",
        "reasons.write",
    }
)
"""Consequences that only tell others of it, outside of here: what waited of them when a backup was made has been done
since, and is not done again when it is brought back (R037)."""


HEARD_LIVE = ("notifications.tell", "streams.tell", "polls.show")
"""Consequences after which those who hold a connection, or are told by their push service, have something to hear."""


def _ringing(consequence: Consequence) -> Consequence:
    async def run(work: SiteWork, fact: Any) -> None:
        await consequence(work, fact)
        work.site.wakeups.ring("live", "pushes")

    return run


def by_fact_name() -> dict[str, Mapping[str, Consequence]]:
    """The table as the worker reads it: facts by the name that their rows carry."""
    return {
        fact.__name__: {name: _ringing(each) if name in HEARD_LIVE else each for name, each in consequences.items()}
        for fact, consequences in CONSEQUENCES.items()
    }
