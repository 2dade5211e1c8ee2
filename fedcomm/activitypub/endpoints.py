"""Our accounts, posts, activities and collections as other servers fetch them (decisions D18, D47, D50, D58, D61).

A person's browser asking for an id is led to the page. Actor documents are always open (federation.md rule 7).
"""

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup, pending, synchronising
from fedcomm.accounts.keys import Keyring
from fedcomm.accounts.model import Account
from fedcomm.activitypub import answering, documents, own_outbox
from fedcomm.activitypub.outbound import authored
from fedcomm.activitypub.signing import InstanceSigner
from fedcomm.activitypub.synchronising import partial_url
from fedcomm.cursor import GREATEST_ID
from fedcomm.database import Connection
from fedcomm.errors import Gone, NotFound
from fedcomm.groups import membership, neighbours
from fedcomm.groups import reading as groups
from fedcomm.http.auth import Endpoint, Need
from fedcomm.http.context import Site, site
from fedcomm.http.headers import PRIVATE
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.jobs import delivery_leases
from fedcomm.threads import audience, handing_over, pins, published, quoting, reading
from fedcomm.threads.model import Post
from federation.vocabulary.activities import Follow
from federation.vocabulary.collections import Collection, CollectionPage

PAGE = 50
MOST_IN_CONTEXT = 500

FindPending = Callable[[Connection, int, str | None], Awaitable[list[pending.Request]]]


def for_peers(endpoint: Endpoint) -> Endpoint:
    """Marks what other servers read; who they are is asked by their signature, where it matters.

    What only signed requests get, in authorised-fetch mode, no cache may give to others (S101). What a server has
    already, by its `ETag`, it does not get again.
    """

    @wraps(endpoint)
    async def run(request: Request) -> Response:
        response = answering.unless_known(request, await endpoint(request))
        if answering.is_by_name_only(request):
            response.headers["Cache-Control"] = PRIVATE
        return response

    run.need = Need("peer")  # pyright: ignore[reportFunctionMemberAccess, reportAttributeAccessIssue]  # takes attributes
    return run


async def account_of(request: Request, kind: str) -> Account:
    """The account of ours whose address this is. Raises NotFound, Gone."""
    here = site(request)
    uri = here.here.account_uri(kind, str(request.path_params["handle"]).lower())
    async with here.read() as db:
        account = await lookup.by_uri(db, uri)
    if account is None or not account.is_local or account.state == "pending":
        raise NotFound
    if account.state == "deleted":
        raise Gone
    if account.state != "active":
        raise NotFound
    return account


def kind_of(request: Request) -> str:
    """What kind of account lies below this address."""
    return "group" if request.url.path.startswith("/groups/") else "person"


async def actor_answer(here: Site, account: Account, *, with_profile: bool = True) -> Response:
    """The actor document of an account of ours; without its profile for who may not read that."""
    keys = await here.service(Keyring).of(account.id, account.uri, now=here.now())
    async with here.read() as db:
        profile = await groups.profile(db, account.id) if account.is_group else None
    whole = documents.actor(here.here, account, keys, profile)
    return answering.document(whole if with_profile else documents.without_profile(whole))


@for_peers
async def show_actor(request: Request) -> Response:
    """A person or group of ours."""
    account = await account_of(request, kind_of(request))
    if not answering.wants_document(request) and "text/html" in request.headers.get("accept", ""):
        return answering.to_page(account.url)
    return await actor_answer(site(request), account, with_profile=await answering.may_read_profile(request))


@for_peers
async def show_instance_actor(request: Request) -> Response:
    """The instance itself; readable without a signature in every mode (T22)."""
    here = site(request)
    return await actor_answer(here, await here.service(InstanceSigner).actor())


async def _post(request: Request) -> Post:
    """A post of ours that who asks may read. Raises NotFound, Gone (then as a Tombstone, see `show_post`)."""
    here = site(request)
    asker = await answering.check_asker(request)
    async with here.read() as db:
        found = await reading.by_uri(db, here.here.post_uri(int(request.path_params["id"])))
        if found is None or not found.is_local:
            raise NotFound
        if found.state == "deleted":
            if found.audience not in audience.PUBLIC:
                raise NotFound
            return found
        return await reading.by_id(db, found.id, asker.id if asker else None)


def _headers(found: Post) -> dict[str, str]:
    return answering.OPEN if found.audience in audience.PUBLIC else answering.CLOSED


@for_peers
async def show_post(request: Request) -> Response:
    """A post of ours; 410 with a Tombstone where a public one was deleted."""
    found = await _post(request)
    if not answering.wants_document(request) and "text/html" in request.headers.get("accept", ""):
        return answering.to_page(found.url)
    if found.state == "deleted":
        return answering.document(documents.tombstone(found), status=410)
    here = site(request)
    async with here.read() as db:
        written = await documents.post(db, here.here, found)
    return answering.document(written.object, headers=_headers(found))


@for_peers
async def show_activity(request: Request) -> Response:
    """An activity of ours: only those that made or liked something resolve, and only while that is public (D47, T2)."""
    here, activity_id = site(request), int(request.path_params["id"])
    await answering.check_asker(request)
    async with here.read() as db:
        letter = (await delivery_leases.letters(db, [activity_id])).get(activity_id)
        if letter is not None and (not letter.is_public or letter.type not in ("Create", "Like")):
            raise NotFound
        if letter is not None and letter.post_id is not None:
            await reading.by_id(db, letter.post_id, None)
    return answering.raw_document(letter.body if letter is not None else await _never_sent(here, activity_id))


async def _never_sent(here: Site, post_id: int) -> bytes:
    """The Create of a public post that nobody elsewhere had to get: it is written when it is asked for."""
    async with here.read() as db:
        found = await reading.by_id(db, post_id, None)
        author = await lookup.by_id(db, found.author_id)
    said = await authored.create(here, author, found, leaves=False) if author is not None and author.is_local else None
    if said is None:
        raise NotFound
    return said.body


@for_peers
async def show_context(request: Request) -> Response:
    """A conversation: the posts in it that we know and anybody may read, in the order of writing (FEP-7888, f228)."""
    here = site(request)
    await answering.check_asker(request)
    root_id = int(request.path_params["id"])
    async with here.read() as db:
        root = await reading.find(db, root_id)
        if root is None or root.audience not in audience.PUBLIC or root.state not in ("visible", "deleted"):
            raise NotFound
        if not answering.wants_document(request) and "text/html" in request.headers.get("accept", ""):
            return answering.to_page(root.url)
        group = await lookup.by_id(db, root.group_id) if root.group_id else None
        author = await lookup.by_id(db, root.author_id)
        handed = await handing_over.now_at(db, root_id)
        wanted = await lookup.by_ids(db, {handed.origin_id, handed.target_id}) if handed is not None else {}
        # What has gone to another server takes nothing new (federation.md 4.3).
        old = handed is not None and handed.state == "done" and wanted[handed.origin_id].is_local
        until = handed.decided_at if handed is not None and old else None
        entries = await published.conversation(db, root_id, above=_after(request), until=until, limit=MOST_IN_CONTEXT)
        total = await published.conversation_count(db, root_id, until=until)
    uri = here.here.context_uri(root_id)
    following = f"{uri}?after={entries[-1][0]}" if len(entries) == MOST_IN_CONTEXT else None
    items = tuple(post_uri for _, post_uri in entries)
    if "after" in request.query_params:
        page = CollectionPage(id=f"{uri}?after={_after(request)}", part_of=uri, items=items, next=following)
        return answering.document(page)
    if handed is not None and (old or handed.state == "accepted"):
        group = wanted[handed.origin_id if old else handed.target_id]
    owner = group or author
    return answering.document(
        Collection(
            id=uri,
            total=total,
            attributed_to=owner.uri if owner else None,
            audience=group.uri if group else None,
            moved_from=handed.old_context if handed is not None and not old else None,
            moved_to=handed.new_context if handed is not None and old else None,
            name=root.title if root.state == "visible" else None,
            items=items if following is None else (),
            first=None if following is None else CollectionPage(part_of=uri, items=items, next=following),
        )
    )


def _after(request: Request) -> int:
    text = request.query_params.get("after", "")
    return id_from(text) if text else 0


@for_peers
async def show_replies(request: Request) -> Response:
    """The direct replies to a post of ours."""
    found = await _post(request)
    here = site(request)
    uri = found.uri + "/replies"
    async with here.read() as db:
        entries = await published.replies(db, found.id, above=_after(request), limit=PAGE)
    total = max(found.replies_count, len(entries))
    following = f"{uri}?after={entries[-1][0]}" if len(entries) == PAGE else None
    page = CollectionPage(
        id=f"{uri}?after={_after(request)}", part_of=uri, items=tuple(uri for _, uri in entries), next=following
    )
    if "after" in request.query_params:
        return answering.document(page, headers=_headers(found))
    return answering.document(Collection(id=uri, total=total, first=page), headers=_headers(found))


@for_peers
async def count_likes(request: Request) -> Response:
    """How many favourited a post of ours; who did is not told."""
    found = await _post(request)
    return answering.document(
        Collection(id=found.uri + "/likes", total=found.favourites_count), headers=_headers(found)
    )


@for_peers
async def count_shares(request: Request) -> Response:
    """How many boosted a post of ours."""
    found = await _post(request)
    return answering.document(Collection(id=found.uri + "/shares", total=found.boosts_count), headers=_headers(found))


@for_peers
async def show_quote_authorization(request: Request) -> Response:
    """That an author of ours lets a post quote one of theirs, until they take it back (FEP-044f)."""
    found = await _post(request)
    if found.state == "deleted":
        raise Gone
    here = site(request)
    async with here.read() as db:
        given = await quoting.stamp_by_id(db, int(request.path_params["stamp"]))
        author = await lookup.by_id(db, found.author_id)
    if given is None or author is None or given.quoted_id != found.id:
        raise NotFound
    if given.revoked_at is not None:
        raise Gone
    return answering.document(documents.stamp(here.here, given, found, author), headers=_headers(found))


@for_peers
async def show_outbox(request: Request) -> Response:
    """What an account of ours published, newest first: Creates of its own posts, Announces of others'."""
    await answering.check_asker(request)
    account = await account_of(request, kind_of(request))
    here = site(request)
    uri = account.uri + "/outbox"
    before = request.query_params.get("before", "")
    below = id_from(before) if before else GREATEST_ID
    async with here.read() as db:
        total = await published.outbox_count(db, account.id) if not before else None
        entries = await published.outbox(db, account.id, below=below, limit=PAGE)
        items = [await own_outbox.item(here, db, account, entry) for entry in entries]
    following = f"{uri}?before={entries[-1].id}" if len(entries) == PAGE else None
    page_uri = f"{uri}?before={before or GREATEST_ID}"
    if before:
        page = CollectionPage(id=page_uri, part_of=uri, next=following)
        return answering.raw_document(own_outbox.filled(page, items))
    # Lemmy and PieFed read what stands in the collection itself, others its first page.
    return answering.raw_document(own_outbox.filled(Collection(id=uri, total=total, first=page_uri), items))


@for_peers
async def count_followers(request: Request) -> Response:
    """How many follow an account of ours; who does is not told."""
    await answering.check_asker(request)
    account = await account_of(request, kind_of(request))
    return answering.document(Collection(id=account.uri + "/followers", ordered=False, total=account.followers_count))


@for_peers
async def show_own_followers(request: Request) -> Response:
    """Which people of the server that asks follow an account of ours; only it may know (FEP-8fcf)."""
    asker = await answering.check_asker(request)
    account = await account_of(request, kind_of(request))
    if asker is None:
        raise HTTPException(401, "This is told to those it concerns, by their signature.")
    async with site(request).read() as db:
        uris = await synchronising.followers_at(db, account.id, asker.authority)
    listed = Collection(id=partial_url(account), total=len(uris), items=tuple(uris))
    return answering.document(listed, headers=answering.CLOSED)


async def _show_pending(request: Request, what: str, found_by: FindPending) -> Response:
    """Follows that wait for an answer: all for the account itself, for others those of their own server (FEP-4ccd)."""
    asker = await answering.check_asker(request)
    account = await account_of(request, kind_of(request))
    if asker is None:
        raise HTTPException(401, "This is told to those it concerns, by their signature.")
    async with site(request).read() as db:
        found = await found_by(db, account.id, None if asker.id == account.id else asker.authority)
    items = tuple(Follow(id=each.uri, actor=each.follower, object=each.followee) for each in found[: pending.MOST])
    listed = Collection(id=f"{account.uri}/{what}", total=len(found), items=items)
    return answering.document(listed, headers=answering.CLOSED)


@for_peers
async def show_pending_followers(request: Request) -> Response:
    """Who waits to follow an account of ours."""
    return await _show_pending(request, "pending_followers", pending.of_followers)


@for_peers
async def show_pending_following(request: Request) -> Response:
    """Whose answer an account of ours waits for."""
    return await _show_pending(request, "pending_following", pending.of_following)


@for_peers
async def count_following(request: Request) -> Response:
    """How many an account of ours follows; of a group, which groups (FEP-d36d)."""
    await answering.check_asker(request)
    account = await account_of(request, kind_of(request))
    uris: list[str] = []
    if account.is_group:
        async with site(request).read() as db:
            uris = await neighbours.uris_followed(db, account.id)
    total = len(uris) if account.is_group else account.following_count
    return answering.document(Collection(id=account.uri + "/following", ordered=False, total=total, items=tuple(uris)))


@for_peers
async def show_featured(request: Request) -> Response:
    """What an account of ours has pinned, as far as anybody may read it."""
    await answering.check_asker(request)
    account = await account_of(request, kind_of(request))
    async with site(request).read() as db:
        uris = await pins.featured(db, account.id)
    return answering.document(Collection(id=account.uri + "/featured", total=len(uris), items=tuple(uris)))


@for_peers
async def show_moderators(request: Request) -> Response:
    """Who cares for a group of ours."""
    await answering.check_asker(request)
    account = await account_of(request, "group")
    async with site(request).read() as db:
        carers = await membership.members(db, account.id, roles=("facilitator", "moderator"))
        people = await lookup.by_ids(db, {carer.member_id for carer in carers})
    return answering.document(
        Collection(
            id=account.uri + "/moderators",
            total=len(carers),
            items=tuple(people[carer.member_id].uri for carer in carers),
        )
    )


routes = [
    Route("/actor", show_instance_actor),
    Route("/u/{handle}", show_actor, name="person"),
    Route("/groups/{handle}", show_actor, name="group"),
    Route("/groups/{handle}/moderators", show_moderators),
    *(
        Route(f"/{where}/{{handle}}/{what}", endpoint, name=f"{what} of {where}")
        for where in ("u", "groups")
        for what, endpoint in (
            ("outbox", show_outbox),
            ("followers", count_followers),
            ("followers_synchronization", show_own_followers),
            ("pending_followers", show_pending_followers),
            ("pending_following", show_pending_following),
            ("following", count_following),
            ("featured", show_featured),
        )
    ),
    Route("/p/{id:int}", show_post),
    Route("/p/{id:int}/replies", show_replies),
    Route("/p/{id:int}/likes", count_likes),
    Route("/p/{id:int}/shares", count_shares),
    Route("/p/{id:int}/quote_authorizations/{stamp:int}", show_quote_authorization),
    Route("/a/{id:int}", show_activity),
    Route("/t/{id:int}", show_context),
]
