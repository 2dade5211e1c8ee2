"""The words of FEDERATION.md. What `federation_notes.py` finds in the code without words here makes it fail."""

from federation.relaying import Event, Step
from federation.vocabulary import activities
from federation.vocabulary.activities import Activity

INTRODUCTION = """
# Federation

How fedcomm and other servers understand each other, in the form of [FEP-67ff](https://w3id.org/fep/67ff). This file is
printed from the code (`./run federation-notes`) and tested to be current; what is not written here is not there yet.

fedcomm is software for communities: people, and **groups** (actors of type `Group`) to which people post threads and
answers. Everything below can be used by any ActivityPub server; nothing of our own is ever needed to take part.
"""

STANDARDS = (
    "[ActivityPub](https://www.w3.org/TR/activitypub/), server to server",
    "[WebFinger](https://webfinger.net/) (RFC 7033) for `acct:` handles, actor ids and pages;"
    " host-meta; [NodeInfo](https://nodeinfo.diaspora.software/) 2.0 and 2.1",
    "HTTP signatures in both forms: draft-cavage-12 (`rsa-sha256`, `hs2019` with RSA or Ed25519), and RFC 9421 with the"
    " digests of RFC 9530. We sign as draft-cavage first, as RFC 9421 where an actor's `implements`, that of its"
    " `generator` or of the application actor of its server says so (FEP-844e) and after a 401 that asks for it"
    " (`Accept-Signature`); what a server understands is remembered",
    "LD signatures (`RsaSignature2017`) on public `Create`, `Update`, `Delete` and `Move` of ours, beside the proof of"
    " FEP-8b32, so that Mastodon passes them on; not where fetches must be signed, nor in a closed network. Those of"
    " others stay on what is passed on, and prove nothing to us",
    "Problem details (RFC 9457) in refusals",
)

QUIET_FEPS = {
    "044f",
    "11dd",
    "171b",
    "268d",
    "2c59",
    "3b86",
    "400e",
    "4adb",
    "4ccd",
    "4f05",
    "67ff",
    "7aa9",
    "8a8e",
    "9098",
    "b2b8",
    "c0e0",
    "c180",
    "d36d",
    "e232",
    "f15d",
}
"""Followed as far as said below, and not announced."""

FEPS = {
    "044f": "Quote posts: consent is asked by `QuoteRequest`, given by a `QuoteAuthorization`, and can be taken back",
    "11dd": "Context ownership: who hosts a conversation is `attributedTo` of its collection",
    "1b12": "Group federation: a group wraps what is said in its threads into `Announce`, and reads it so",
    "2677": "Identifying the application actor: NodeInfo links to it; read likewise",
    "2c59": "`webfinger` of actors: written; read where it names another domain than the id, once that leads back",
    "3b86": "Activity intents: the links for following, answering and writing from one’s own server in WebFinger",
    "400e": "Publicly-appendable collections: posts for a group by `target`, and what it puts on its wall, are read;"
    " threads for a group with a wall name it",
    "171b": "Conversation containers: what the owner of a conversation puts into its history is read",
    "268d": "Search consent signals: `searchableBy` of actors and posts, beside `indexable`; the strictest counts",
    "4adb": "Dereferencing identifiers with WebFinger: answers for ids of actors and public posts",
    "4ccd": "Pending followers: told by signature to those they concern; asked of other fedcomms, once a day at most,"
    " when a request has waited for hours, so that a lost `Accept` or `Reject` is made up for",
    "4f05": "Soft deletion: a moderator’s removal can be undone",
    "521a": "Actor public keys: `assertionMethod` with Multikeys beside `publicKey`",
    "67ff": "FEDERATION.md",
    "8a8e": "Events: read and shown with hours, places, links and state; nobody takes part from here yet",
    "9098": "Custom emoji: in texts and names, and of reactions",
    "c0e0": "Emoji reactions: `EmojiReact` is read; ours are a `Like` with `content`, to others a favourite",
    "7aa9": "Featured collections: whom people, groups and the instance recommend, with the consent of each, can be"
    " read; who asks for the consent of somebody here is answered, nobody elsewhere is asked yet",
    "7888": "Demystifying the context property: a thread’s `context` resolves to a collection of its posts",
    "844e": "Capability discovery: `implements` on the application actor, `metadata.capabilities` in NodeInfo: written,"
    " and read before any name of a software",
    "8fcf": "Followers synchronisation: said beside deliveries to followers, heard, and settled",
    "8b32": "Object integrity proofs (`eddsa-jcs-2022`): made on public activities, checked on relayed ones",
    "b2b8": "Long-form text: titled threads are `Article` with `name`, `summary` and `preview`",
    "c180": "Problem details for inbox answers",
    "d36d": "Sharing content across groups: groups follow groups, and an author offers a thread to further ones",
    "d556": "Server-level actor discovery by WebFinger on the root of the site, both ways",
    "e232": "Object links: quotes stand in `tag` too",
    "f15d": "Context relocation: `Move` of a conversation between groups of one server, and of two that both want it",
    "f228": "Backfilling conversations from their `context`; asked for again with the `ETag` it had, as it came",
    "fe34": "Origin-based security: an actor, its keys and its posts belong to one scheme, host and port",
}

ADDRESSES = """
## ActivityPub

### Addresses

Ids are stable, have no file suffix and answer `application/activity+json` (or `application/ld+json` with the profile of
ActivityStreams). A browser that opens an id is sent on to a page (303); a page asked for with one of these types
answers with the document.

"""

PATHS = {
    "/.well-known/webfinger": "handles, ids of actors and public posts, pages, and the site itself",
    "/.well-known/host-meta": "where WebFinger is",
    "/.well-known/nodeinfo": "which NodeInfo there is; the application actor",
    "/nodeinfo/{version}": "software, usage, capabilities",
    "/inbox": "shared inbox",
    "/u/{handle}/inbox": "inbox of a person",
    "/groups/{handle}/inbox": "inbox of a group",
    "/actor/inbox": "inbox of the application actor",
    "/actor": "the application actor, who signs our requests",
    "/u/{handle}": "a `Person`",
    "/groups/{handle}": "a `Group`",
    "/groups/{handle}/moderators": "who moderates a group",
    "/actor/collections": "what the instance recommends: its groups",
    "/actor/collections/groups": "the public groups of this instance, a `FeaturedCollection`; 150 at most",
    "/groups/{handle}/feature_authorizations/instance": "that the group stands among them",
    "/u/{handle}/collections": "the collections of those whom somebody recommends",
    "/u/{handle}/collections/{id:int}": "one of them, a `FeaturedCollection`",
    "/u/{handle}/feature_authorizations/{item:int}": "that somebody lets a collection feature them; 410 when they took"
    " that back",
    "/groups/{handle}/collections": "likewise, of a group",
    "/groups/{handle}/collections/{id:int}": "one of them",
    "/groups/{handle}/feature_authorizations/{item:int}": "that a group lets a collection feature it",
    "/u/{handle}/outbox": "public posts, newest first",
    "/u/{handle}/followers": "how many followers; not who",
    "/u/{handle}/followers_synchronization": "which people of the server that asks, and signs, follow them",
    "/u/{handle}/pending_followers": "`Follow`s of them that wait: to each server those of its people",
    "/u/{handle}/pending_following": "`Follow`s by them that wait: likewise, those of its people",
    "/u/{handle}/following": "how many; not whom",
    "/u/{handle}/featured": "pinned posts",
    "/groups/{handle}/outbox": "threads, as the group announced them",
    "/groups/{handle}/followers": "how many followers; not who",
    "/groups/{handle}/followers_synchronization": "which people of the server that asks, and signs, follow it",
    "/groups/{handle}/pending_followers": "requests to join that wait: to each server those of its people",
    "/groups/{handle}/pending_following": "`Follow`s by the group that wait: likewise",
    "/groups/{handle}/following": "which groups it follows",
    "/groups/{handle}/featured": "pinned threads",
    "/p/{id:int}": "a post, whatever its type; 410 with a `Tombstone` when it was deleted",
    "/p/{id:int}/replies": "direct replies",
    "/p/{id:int}/likes": "how many",
    "/p/{id:int}/shares": "how many",
    "/p/{id:int}/quote_authorizations/{stamp:int}": "that one post may quote it; 410 when that was taken back",
    "/a/{id:int}": "a public `Create` or `Like` of ours; nothing else that was sent",
    "/t/{id:int}": "the conversation of a thread: all its posts that we know, oldest first",
}

ACTIVITIES = """
### Activities

Types that are not listed are answered 202 and have no effect. An activity with an id that was heard before from the
same signer is answered 202 and does nothing twice.

"""

DEEDS: dict[type[Activity], tuple[str, str]] = {
    activities.Create: (
        "a post: kept if somebody here follows its author or group, is named or answered; a thread if it names a group"
        " of ours publicly",
        "posts of people here: to their followers, those named and answered, and the group",
    ),
    activities.Update: (
        "a newer state of a post (by `updated`) or actor, also under an id heard before; an unknown post is new. Of a"
        " group also in the name of its moderators: what lies at its id counts, `postingRestrictedToMods` too",
        "likewise; of a group to its followers and the groups that carry its threads",
    ),
    activities.Delete: (
        "by the author: text, media and history go at once, and the id never comes back; by a thread’s group, with a"
        " `summary`: a removal, with all that answers it if `withReplies`; of an actor: once their server"
        " confirms it (410)",
        "names the object by its id",
    ),
    activities.Follow: (
        "of a person; of a group it is a request to join it. Accepted at once unless the actor says"
        " `manuallyApprovesFollowers`. By a group (FEP-d36d): it reads what is public, and is no member",
        "likewise; by groups of ours to others, see below",
    ),
    activities.Accept: (
        "of a `Follow`, an `Offer` or a `QuoteRequest` that was sent from here; of a `Create` by its group;"
        " of a reply by the author of what it answers, whose word (`result`) then stands in it as `replyAuthorization`",
        "of a `Follow`, an `Offer` or a `QuoteRequest`",
    ),
    activities.Reject: (
        "likewise; later it ends what was accepted. Of a `Create`, named by its id or that of the post: the group does"
        " not take it, `summary` says why, and the author is told",
        "likewise; of a `Create` that a group does not take, or that its moderators do not let in: in forms B and C the"
        " group also writes a private `Note` to the author, once a day",
    ),
    activities.Announce: (
        "of an id: a boost, or a thread shown by a group. From a group also of an activity, opened once (FEP-1b12); the"
        " object is fetched, or believed by its proof",
        "by groups in the form that the receiving server understands; boosts of people",
    ),
    activities.Like: (
        "a favourite; `EmojiReact` (FEP-c0e0), and a `Like` with `content` or `_misskey_reaction`, count as one for"
        " each person, and the emoji is shown: one character, or a shortcode with an `Emoji` tag; five of each person,"
        " the twenty most frequent. What comes before the post that it is"
        " about, also `Lock`, pins and removals, is kept for some hours and counts when that is here",
        "to the author and the group, with `content` and `_misskey_reaction` if an emoji was chosen; by groups of ours"
        " in form A, half a minute later, what came of it",
    ),
    activities.Dislike: (
        "shown and counted nowhere; of a post in a group of ours it is passed on",
        "in form A, of what was said elsewhere",
    ),
    activities.Undo: (
        "of `Follow`, `Like`, `Dislike`, `Announce`, `Offer`, `Block`, `Lock`, and of a removal",
        "of `Follow`, `Like`, `Announce`, `Block`, `Lock`, and of removals; of votes of others in form A",
    ),
    activities.Flag: (
        "a report of one of ours, or of what stands in a group of ours; its moderators are told first",
        "in the name of the instance, without that of who reports: to the home group's server, and if they wish to that"
        " of whom it is about",
    ),
    activities.Move: (
        "of an account or group to another, by itself: those here who follow it follow the new one, if that names the"
        " old one in `alsoKnownAs`; once in seven days. Of a conversation, or of a thread by its first post, from one"
        " group to another (`origin`, `target`): by the group it stood in, or a moderator of both; to a group of"
        " another server if that agrees, see below",
        "likewise, with `movedTo` in the actor; of threads in form A",
    ),
    activities.Add: (
        "to `featured` of who says it: a pinned post; of a group, by the group or a moderator of ours: a pinned thread."
        " To a group’s collection of moderators: it is read anew, or somebody looks after a group of ours from now on."
        " To a wall, by the group that the `target` says owns it: as an `Announce` (FEP-400e). Of an activity, by who"
        " began a conversation: that is heard, as if a group had announced it (FEP-171b)",
        "pins of people to their followers; pinned threads and moderators of groups in form A",
    ),
    activities.Remove: (
        "likewise; out of a conversation or off a wall, by its group: a removal",
        "likewise",
    ),
    activities.Join: ("of a group: as a `Follow`, and answered by an `Accept` of the `Join`", "-"),
    activities.Leave: ("ends it, as `Undo` of the `Join` does", "-"),
    activities.QuoteRequest: (
        "somebody asks whether their post may quote one from here: answered by `Accept` with a `QuoteAuthorization` as"
        " `result`, or by `Reject`",
        "with the whole post as `instrument` if it is public",
    ),
    activities.FeatureRequest: (
        "somebody asks whether their collection (`instrument`) may feature one of ours: answered by `Accept` with a"
        " `FeatureAuthorization` as `result` if those want to be found, else by `Reject`; taken back by a `Delete` of"
        " that",
        "-",
    ),
    activities.Offer: (
        "an author asks a group of ours to carry a thread; a moderator of a group elsewhere asks one of ours to take a"
        " thread (`object` is a `Move`)",
        "likewise",
    ),
    activities.Block: (
        "of one of ours by a person: neither follows the other any more. With a group as `target`, from that group: it"
        " puts somebody out, until `endTime` (or `expires`) if there is one, with what they wrote there if"
        " `removeData`; from a moderator of a group of ours, likewise. With its own server as `target`: of its people,"
        " who are unseen until `Undo`; of others, who are out of all its groups",
        "to who is blocked; by groups of ours as a moderator’s `Block` with `target`, in form A; by moderators of"
        " groups elsewhere to the group, as `Lock`, `Add`, `Remove`, `Delete` with `summary`, and their `Undo`",
    ),
    activities.Lock: (
        "of a thread by its home group, or by a moderator of a group of ours: nobody but who looks after the group"
        " answers any more; `Undo` opens it again",
        "in form A, with a reason as `summary`; a late answer is refused",
    ),
}

INBOX = """
### Inbox

Every request is signed, by the actor of the activity, by a group that relays it, or by somebody who forwards it with a
valid FEP-8b32 proof of its actor. Signature and digest are checked, the bytes are stored, and only then the answer is
given; what it means is worked out later. A body may have {largest} MiB.

"""

STATUSES = (
    (202, "accepted; also what is repeated, unknown, or of no concern here"),
    (400, "not JSON, no actor, or otherwise malformed"),
    (401, "no signature that holds, by a key that its owner names"),
    (403, "from a server that is suspended here, or not admitted in a closed network"),
    (413, "too large"),
    (415, "neither `application/activity+json` nor `application/ld+json`"),
    (503, "the signer’s key could not be fetched just now; with `Retry-After`"),
)

GROUPS = """
### Groups

Follow a group to join it. To start a thread, send a public or unlisted `Create` that names the group in `audience`, or
mentions it; the first group named is the thread’s home. Answers go to whom they answer and to the group. What is not
public is not published by a group.

The group passes on what is said, one form for each server and never two: **A** for those that understand FEP-1b12 (by
their capabilities, by having sent such an `Announce`, or by their name), **B** for Mastodon and its kin, **C** for all
others. Activities are passed on byte for byte as their authors sent them.

When those who run an instance suspend a server, its groups take back what they announced of that server in the last 30
days: `Undo` of the `Announce` with the thread’s id as `object`, in every form. Such an `Undo` is read by the id of the
`Announce`, else by its `object`. Restoring the server announces nothing anew.

"""

EVENTS: dict[Event, str] = {
    "thread": "a thread begins",
    "reply": "an answer",
    "edit": "an edit",
    "author_delete": "its author deletes it",
    "removal": "a moderator removes the thread",
    "restored": "the removal is undone",
}

STEPS: dict[Step, str] = {
    "announce_activity": "`Announce` of the activity",
    "announce_id": "`Announce` of the id",
    "raw_forward": "the activity, forwarded",
    "author_direct": "the author’s own activity",
    "group_direct": "the group’s own activity",
    "undo_announce": "`Undo` of the `Announce`",
}

CARRYING = """
### One thread in several groups

A thread has one home group, one `context` and one set of posts. Further groups, also on other servers, may **carry**
it:

1. The author sends `Offer` with `object` the thread and `target` the group, to that group and to the home group.
2. The group answers `Accept` (its `result` is the id of the `Announce`) or `Reject`, to the author and the home group,
   and announces the thread’s id to its own followers.
3. The home group sends the carrying group everything that was said so far and all that is said later, as `Announce` of
   the activity; no `Follow` of the home group is needed. The carrying group forwards it, with the authors’ proofs, and
   so what moderators of the home group decide (`Lock`, pins, removals, their `Undo`): a proven moderator of the home
   group counts when a group brings it that shows the thread. What a carrying group hides, it hides for its own people.
4. `Undo` of the `Announce` by the carrying group, or of the `Offer` by the author, ends it.

Answers name the home group in `audience`, wherever they are written. A server that knows nothing of this sees an
announcement by the second group, and answers that arrive as usual.

### Threads that move to another server

1. A moderator of the old group sends the new one an `Offer` whose `object` is the `Move` (`object` the conversation,
   `origin`, `target`). It counts from the old group, or from somebody of its server whom it lists as a moderator.
2. The new group answers `Accept`, with the address of the conversation at its server as `result`, or `Reject` with a
   `summary`. That conversation names the new group in `attributedTo` and the old conversation in `fc:movedFrom`.
3. The old group takes its announcement back and announces the `Move`, with the same `result`, to its followers in form
   A, to the servers of those who wrote in the thread, and to the new group, which announces the thread from then on.
   Its own conversation stays readable, names the new one in `fc:movedTo`, and takes nothing new.

Others believe such a `Move` if the conversation in `result` says the same, or if the new group announces the thread.
Servers of authors then name the new group in `audience` of what they wrote. What a further group carries stays.

### Groups that follow groups

A group of ours may `Follow` another one, and shows its own people here what that announces: threads with their
answers, edits and deletions, until `Undo` (by us) or `Reject` (by the other). It announces nothing of it again, and its
`following` names those groups. A group that follows one of ours is accepted at once where anybody may join, else when a
facilitator says so; it gets what followers get, and counts as no member. A `Reject` of a post whose `target` is another
one says to its author that the same is there already (FEP-d36d).
"""

OBJECTS = """
### Objects

- A thread with a title that somebody typed is an `Article`: `name`, `content`, `source` (Markdown), `preview`, and a
  `summary` that is the whole text up to 1,000 characters, else an excerpt. Everything else, and whatever has a content
  warning (then `summary`), is a `Note`. Everything with an author and a text is read as a post: `Page`, `Event`,
  `Video`, `Audio`, `Image`, and types that we do not know, these with a link to their own page. Of a film or sound the
  file that is not too large is taken from its `url`; a `Link` to a picture is a picture.
- Of an `Event` (FEP-8a8e, Mobilizon) its hours in its `timezone`, every `location`, the links to where it takes place
  on the web and to where one says that one comes, and its `eventStatus` stand below the text, with a link to its own
  page.
  Nobody takes part from here yet: `Join` of an event is neither sent nor answered.
- `commentsEnabled` says whether a thread is open. False from an author elsewhere, nobody answers from here; in groups
  of ours their moderators say so (`Lock`).
- A poll is a `Question` (FEP-9967) with `oneOf` or `anyOf`, `endTime`, `votersCount` and, at its end, `closed`. A vote
  is a `Create` of a `Note` with `name`, `inReplyTo` and no words in `content`, sent by the voter to the author alone;
  what is passed on as a vote by groups or others counts for nothing. How a poll stands comes as an `Update` by its
  author, at most every three minutes, and is no edit; other answers are, and make all votes void. In a group’s thread
  members may vote, and the group passes on the `Update`, never a vote.
- `audience` names the home group; `context` and `conversation` the thread’s conversation.
- HTML is cleaned on arrival. Attachments are kept as links; browsers of our readers never load pictures from other
  servers.
- `Emoji` tags stand beside the texts that use them (FEP-9098); only those of the author’s own server count.
- `interactionPolicy` of public posts allows everybody to announce and to reply, in a locked thread its group alone to
  reply; `canQuote` names Public, the followers, or the author alone, who then lets nobody. What only some may read
  nobody else may quote.
- A quote is written as `quote`, `quoteUrl`, `quoteUri` and `_misskey_quote`, with `quoteAuthorization` once its author
  allowed it, and read under any of these names. It is shown when that authorization lies with the quoted author and
  names both posts. A `Delete` of the authorization ends it.
- `featuredCollections` of actors lists what they recommend (FEP-7aa9): each a `FeaturedCollection` with all its
  `FeaturedItem`s in it, accounts of this instance that are discoverable, hidden groups never. Each item names a
  `featureAuthorization` below the actor that is featured, which answers 410 or 404 as soon as that wants it no longer.
  The application actor’s collection has the public groups of the instance. What changes is not sent; read it again.
  Collections elsewhere ask by `FeatureRequest`. `interactionPolicy` of actors says so in `canFeature`: Public if they
  want to be found, else themselves alone. A yes holds as long as that is so and neither blocks the other.
"""

TERMS = """
### Our own terms

Below `{namespace}`, always optional for the reader; the context is written out in every document and never fetched.

"""

OUR_TERMS = {
    "fc:audience": "on a post: id of the actor of a network of instances, which alone may read it",
    "fc:carrying": "a capability: understands threads that several groups carry",
    "fc:movedFrom": "on a conversation: id of the one at another server that goes on in it",
    "fc:movedTo": "on a conversation: id of the one at another server in which it goes on",
    "fc:memberOf": "on the application actor: id of the actor of the network that this instance belongs to",
}

SENDING = """
### What we send, and how patiently

A delivery may take {limit}. After failures it is tried again after {retries}, then every {then} or so, and given up
after {given_up}; a server that does not answer waits as a whole, `Retry-After` is heeded. What is said in one thread
arrives in order. A shared inbox gets one copy for all of its server; when it answers 404 or 410, each of those
addressed gets theirs in their own inbox, for {missing}. Signatures of others may be {window} old. A group’s
announcements that would make many servers fetch the same post at once are spread over {spread}.

Of somebody or of a group that was just found or followed here, the first page of the outbox is read, once, and at most
20 posts of it are kept. The outbox of a group of ours lists the activities that made its threads.

What anybody may read is served with `ETag` and `Cache-Control` for a minute, and with 304 to who names that tag. The
first 20 replies stand in the document of a post itself, the rest on the pages of its `replies`. Where fetches must be
signed, posts and lists are there for requests that are; the document of an actor is there for everybody, then without
what they say of themselves, and that of the application actor is always whole.

Requests for documents are signed by the application actor, follow at most a few redirects, never leave for private
addresses, and are cached; a server that answers 404 or 410 is believed.
"""

LIMITS = """
### How much is read

Longer texts are cut, further entries dropped; nothing is refused for its length alone.

"""

LIMITED = {
    "RECIPIENTS": "recipients in each of `to` and `cc`",
    "MENTIONS": "mentions",
    "TAGS": "tags",
    "ATTACHMENTS": "attachments",
    "BODY": "characters of `content`",
    "TITLE": "characters of `name` of a post",
    "DISPLAY_NAME": "characters of `name` of an actor",
    "BIO": "characters of `summary` of an actor",
    "FIELDS": "fields of a profile",
    "ALT": "characters of an alternative text",
    "URL": "bytes of an address; a longer one is dropped",
    "COLLECTION_ITEMS": "items of a page of a collection",
}

MET = """
## Servers that were met

Groups here and people there went through joining, posting by mention, replies, edits, deletions, favourites, boosts,
polls and leaving, both ways, with these servers of other projects really running; what works, peer by peer and test by
test, stands in `deploy/handbook/compatibility.md`.

"""

PEERS_MET = (
    (
        "snac",
        "2.94",
        "C",
        "votes with an empty line as text; an `Undo` that names whom they follow; ids of `Like` and"
        " `Announce` used again",
    ),
    (
        "GoToSocial",
        "0.20.0-rc1",
        "C",
        "one id for all `Update`s of a post; replies are looked for in the page that stands"
        " in the post; single values instead of lists",
    ),
)
"""Software, version, the form in which a group passes on to it, and what it says in a way of its own."""

MORE = """
## Additional documentation

- Policies between servers, and what waits for them: `deploy/handbook/federate.md`
- Which servers were met, and what works with each: `deploy/handbook/compatibility.md`
- Messages of other servers that are read in the tests: `tests/federation/recorded/`
"""
