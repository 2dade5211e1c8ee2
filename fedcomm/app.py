"""Where the rooms are put together: one site, its web application, its worker, and what is opened and closed with them.

Every edge has a list `routes`; they stand in `routes()`. What upper rooms build for others is handed in by `hand_in`.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from fedcomm import __version__, database, database_urls, ids, migrating, settings
from fedcomm.accounts.keys import KeyMaker, Keyring, make_pairs
from fedcomm.accounts.sign_on_provider import Provider
from fedcomm.activitypub import endpoints, featuring, inbox, resolving, well_known
from fedcomm.activitypub.accepting import Accepting
from fedcomm.activitypub.actors import Actors
from fedcomm.activitypub.archiving import SiteScribe
from fedcomm.activitypub.delivering import SiteCarrier
from fedcomm.activitypub.finding import SiteFinder
from fedcomm.activitypub.inbound.dispatching import Inbound
from fedcomm.activitypub.key_lookup import SiteKeys
from fedcomm.activitypub.list_fetching import ListFetcher
from fedcomm.activitypub.media_fetching import MediaFetcher
from fedcomm.activitypub.page_documents import PageDocuments
from fedcomm.activitypub.push_posting import PushPosting
from fedcomm.activitypub.signing import InstanceSigner
from fedcomm.admin import routing as admin_pages
from fedcomm.api import push_texts, sockets, streaming
from fedcomm.api import routing as client_api
from fedcomm.api.push_texts import PushTexts
from fedcomm.config import Config
from fedcomm.http import checking, operators
from fedcomm.http import limits as request_limits
from fedcomm.http.context import Clock, Site, clock
from fedcomm.http.documents import Documents
from fedcomm.http.finding import Finder
from fedcomm.http.front import Front
from fedcomm.http.mail_trial import MailTrial
from fedcomm.http.metrics import Metrics
from fedcomm.http.router import Route
from fedcomm.jobs import queues
from fedcomm.jobs.delivering import Carrier
from fedcomm.jobs.interpreting import Interpreter
from fedcomm.jobs.lines import Notify
from fedcomm.jobs.nats import Nats
from fedcomm.jobs.wakeups import QUEUES
from fedcomm.looks import static_files
from fedcomm.mailbox import stopping
from fedcomm.mailbox.smtp import Postmen
from fedcomm.mailbox.trying import Trial
from fedcomm.mailbox.writing import LetterWriter
from fedcomm.media import stores
from fedcomm.media.downloads import Downloads
from fedcomm.media.films import Films
from fedcomm.media.pictures import Pictures
from fedcomm.media.storage import Store
from fedcomm.network.list_sources import ListSources
from fedcomm.notifications.pushing import Messenger, Writer
from fedcomm.notifications.vapid import Vapid
from fedcomm.portability.personal import Scribe
from fedcomm.portability.storing_archives import ArchiveStore
from fedcomm.replica import Replica
from fedcomm.sealing import Seal
from fedcomm.streaming.hub import Hub
from fedcomm.web import routing as web_pages
from fedcomm.web.error_page import error_page
from fedcomm.web.installing import Icons
from fedcomm.web.media import Media
from fedcomm.worker import Worker
from federation.delivery import Deliverer
from federation.fetching import Fetcher, Limits
from federation.outside import Outside, Resolver, resolve, tls_context

SETTINGS_EVERY = timedelta(seconds=2)
"""Settings that another process changed are read again so often."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """An instance in this process. `worker` is None where another process works."""

    site: Site
    front: Front
    worker: Worker | None


@dataclass(frozen=True, slots=True)
class Parts:
    """What tests may replace: how names are looked up (S054-S060), and how key pairs are made (D25)."""

    resolver: Resolver = resolve
    make_keys: KeyMaker = make_pairs


def routes() -> list[Route]:
    """Every route of every edge."""
    return [
        *operators.routes,
        *well_known.routes,
        *inbox.routes,
        *endpoints.routes,
        *featuring.routes,
        *client_api.routes,
        *streaming.routes,
        *static_files.routes,
        *web_pages.routes,
        *admin_pages.routes,
        *stopping.routes,
    ]


@asynccontextmanager
async def running(
    config: Config,
    *,
    with_worker: bool = True,
    others: bool = False,
    pool_size: int = 24,
    now: Clock = clock,
    parts: Parts = Parts(),  # it is frozen
) -> AsyncGenerator[Running]:
    """An instance, from the database up; migrated, and closed again when the block ends.

    `others`: further processes serve or work for this instance, so wake-ups go over the database too.
    Raises postgres.Unavailable, database.Down, migrating.Refused, ids.ClockBehind, sealing.OtherSecret.
    """
    async with AsyncExitStack() as stack:
        urls = await stack.enter_async_context(database_urls.opened(config))
        applied = await migrating.migrate(urls.direct)
        if applied:
            log.info("migrations applied names=%s", ",".join(applied))
        pool = await database.open_pool(urls.main, size=pool_size, pooler=urls.is_behind_pooler)
        stack.push_async_callback(pool.close)
        async with pool.connection() as db:
            await ids.begin_above(db, now=now())
            first = await settings.load(db, config)
            await queues.introduce(db)
        if not (found := checking.contacts(config, first)).is_well:
            log.warning("%s: %s", found.what, found.text)
        site = Site(config, pool, first, now=now, urls=urls, processes=max(1, config.workers))
        await stack.enter_async_context(hand_in(site, parts))
        await push_texts.check_secret(site)
        hub = site.service(Hub)
        background = [site.keep_settings_fresh(SETTINGS_EVERY.total_seconds()), hub.run(), hub.check_rights()]
        if urls.replica is not None:
            site.replica = Replica(
                urls.replica,
                pool,
                behind_at_most=config.durations.replica_behind,
                every=config.durations.replica_looked_at,
                pooler=urls.is_behind_pooler,
            )
            stack.push_async_callback(site.replica.close)
            background.append(site.replica.run())
        if others:  # the worker waits for what web processes commit, they for what it has to tell whoever is connected
            back_after = config.durations.listener_back.total_seconds()
            line = Nats(config.nats_url, config.here.domain) if config.nats_url else Notify(pool, urls.direct)
            background.append(site.wakeups.tell_others(line, ("live",) if with_worker else QUEUES))
            background.append(site.wakeups.listen(line, back_after_s=back_after))
        tasks = [asyncio.create_task(each) for each in background]
        stack.push_async_callback(_cancel, tasks)
        front = Front(
            site,
            routes(),
            error_page=error_page,
            before=request_limits.before,
            measure=site.service(Metrics).request,
            on_socket=sockets.serve,
            at_end=hub.end_all,
        )
        yield Running(site, front, Worker(site) if with_worker else None)


@dataclass(frozen=True, slots=True)
class Reach:
    """How this process reaches other servers. `seconds` is the limit of one delivery."""

    outside: Outside
    tls: ssl.SSLContext
    agent: str
    seconds: float
    fetcher: Fetcher


@asynccontextmanager
async def hand_in(site: Site, parts: Parts) -> AsyncGenerator[None]:
    """Give the site what its rooms need of one another, and close it afterwards, the last first."""
    async with AsyncExitStack() as closing:
        site.provide(Metrics, Metrics())
        site.provide(Keyring, Keyring(site.transaction, make=parts.make_keys))
        site.provide(Seal, Seal(site.config.secret_file))
        client_api.hand_in(site)
        reach = _reach(site, parts)
        closing.push_async_callback(reach.fetcher.close)
        _hand_in_sign_on(site, reach, closing)
        await _hand_in_letters(site, reach, closing)
        await _hand_in_federation(site, reach, closing)
        await _hand_in_media(site, reach, closing)
        yield


def _reach(site: Site, parts: Parts) -> Reach:
    durations = site.durations
    outside = Outside(
        allow_networks=site.config.allowed_networks,
        allow_http=site.config.scheme == "http",
        allow_local_names=site.config.dev,
        resolver=parts.resolver,
    )
    limits = Limits(
        document_seconds=durations.fetch_limit.total_seconds(),
        media_seconds=durations.media_fetch_limit.total_seconds(),
        failed_for=durations.negative_cache.total_seconds(),
        hosts_per_domain=None if site.config.allowed_networks else Limits().hosts_per_domain,
    )
    tls, agent = tls_context(site.config.ca_file), f"fedcomm/{__version__} (+{site.here.base_url}/)"
    signer = InstanceSigner(site)
    fetcher = Fetcher(outside, tls=tls, user_agent=agent, signer=signer, limits=limits)
    site.provide(Outside, outside)
    site.provide(Fetcher, fetcher)
    site.provide(InstanceSigner, signer)
    return Reach(outside, tls, agent, durations.delivery_limit.total_seconds(), fetcher)


def _hand_in_sign_on(site: Site, reach: Reach, closing: AsyncExitStack) -> None:
    if site.config.sign_on is not None:
        seconds = site.durations.fetch_limit.total_seconds()
        provider = Provider(site.config.sign_on, tls=reach.tls, seconds=seconds)
        closing.push_async_callback(provider.close)
        site.provide(Provider, provider)


async def _hand_in_letters(site: Site, reach: Reach, closing: AsyncExitStack) -> None:
    """Mail, and what is pushed to devices."""
    posting = PushPosting(reach.outside, tls=reach.tls, user_agent=reach.agent, seconds=reach.seconds, clock=site.now)
    closing.push_async_callback(posting.close)
    site.provide(Messenger, posting)
    site.provide(Writer, PushTexts(site))
    site.provide(Vapid, Vapid(lambda: site.transaction(wakes=()), subject=f"{site.here.base_url}/"))
    our_name, seconds = site.here.domain.partition(":")[0], site.durations.mail_limit.total_seconds()
    site.provide(Postmen, Postmen(site, tls=reach.tls, our_name=our_name, seconds=seconds))
    site.provide(MailTrial, Trial(site, tls=reach.tls, our_name=our_name))
    site.provide(LetterWriter, LetterWriter(site))
    await site.look_for_mail_server()


async def _hand_in_federation(site: Site, reach: Reach, closing: AsyncExitStack) -> None:
    deliverer = Deliverer(reach.outside, tls=reach.tls, user_agent=reach.agent, seconds=reach.seconds, clock=site.now)
    closing.push_async_callback(deliverer.close)
    actors = Actors(site, reach.fetcher)
    closing.push_async_callback(actors.close)
    site.provide(Actors, actors)
    keys = SiteKeys(site, reach.fetcher, actors)
    closing.push_async_callback(keys.close)
    site.provide(SiteKeys, keys)
    site.provide(Accepting, Accepting(site))
    resolver = resolving.Resolver(site, reach.fetcher, actors)
    site.provide(resolving.Resolver, resolver)
    site.provide(Documents, PageDocuments())
    site.provide(Finder, SiteFinder(site, resolver, reach.fetcher))
    site.provide(Interpreter, Inbound(site, resolver))
    site.provide(Scribe, SiteScribe(site))
    carrier = SiteCarrier(site, deliverer)
    await carrier.load_schemes()
    site.provide(Carrier, carrier)


async def _hand_in_media(site: Site, reach: Reach, closing: AsyncExitStack) -> None:
    site.provide(Downloads, MediaFetcher(reach.fetcher))
    site.provide(ListSources, ListFetcher(reach.fetcher))
    store = stores.opened(site.config.media_url, now=site.now)
    closing.push_async_callback(store.close)
    site.provide(Store, store)
    if site.config.archives_url is not None:
        kept = stores.opened(site.config.archives_url, now=site.now, setting="FEDCOMM_ARCHIVES_URL")
        closing.push_async_callback(kept.close)
        site.provide(ArchiveStore, ArchiveStore(kept))
    site.provide(Pictures, Pictures())
    films = Films(seconds=site.durations.film_limit.total_seconds())
    await films.look()
    site.provide(Films, films)
    media = Media(site)
    closing.push_async_callback(media.close)
    site.provide(Media, media)
    site.provide(Icons, Icons())


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.error("background work ended badly", exc_info=outcome)
