"""What admins change at run time: rows, read as one typed object (ARCH 4.8). First values come from the configuration.

Each setting has a default that suits an association of 500.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from fedcomm import audit
from fedcomm.config import Config, Federation, Registrations
from fedcomm.database import Connection


class RuleText(msgspec.Struct, frozen=True):
    """A rule in another language."""

    text: str
    hint: str = ""


class Rule(msgspec.Struct, frozen=True):
    """One rule of the instance, as client apps show it. Its id stays the same for ever; 0 is none yet."""

    text: str
    hint: str = ""
    id: int = 0
    translations: dict[str, RuleText] = {}
    """By language."""

    def told(self, language: str) -> RuleText:
        """As somebody reads it who reads this language."""
        return self.translations.get(language) or RuleText(self.text, self.hint)


TextKind = Literal["privacy", "terms", "imprint"]
StrangersSee = Literal["ours", "others", "directory"]
"""The newest of our posts, those of others with them, and who wants to be found."""
SetupStep = Literal["place", "doors", "group", "mail", "people", "check", "done"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of an instance. `contact_account` is a handle of ours, or empty."""

    name: str
    purpose: str = ""
    description: str = ""
    languages: tuple[str, ...] = ("en", "de")
    default_language: str = "en"
    time_zone: str = "UTC"
    contact_email: str = ""
    contact_account: str = ""
    rules: tuple[Rule, ...] = ()
    former_rules: tuple[Rule, ...] = ()
    """Those that hold no more: reports name them by their ids."""
    registrations: Registrations = "approval"
    registrations_note: str = ""
    federation: Federation = "open"
    authorized_fetch: bool = False
    trends_need_approval: bool = False
    strangers_see: tuple[StrangersSee, ...] = ("ours", "others", "directory")
    """What is gathered for who is not signed in. `http/strangers.py` says where that counts."""
    newcomer_hours: Annotated[int, msgspec.Meta(ge=0, le=720)] = 24
    """So long who came in by open sign-up counts as new; 0: not at all (S168)."""
    holds_first_posts: bool = False
    """Whether the first post of who came in by open sign-up is looked at before it appears."""
    held_words: tuple[str, ...] = ()
    """Posts of our members with these wait until those who run the instance have seen them."""
    accent: Annotated[str, msgspec.Meta(pattern="^(#[0-9a-f]{6})?$")] = ""
    """The colour of buttons and links, `#rrggbb`; empty: our own."""
    remote_posts_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 365
    """How many days threads from elsewhere stay in which nobody here has a part; 0: for ever. So with the next ones."""
    most_remote_posts: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 2_000_000
    """How many posts from elsewhere are kept."""
    remote_files_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 30
    """How many days copies of others' files are kept."""
    remote_files_gb: Annotated[int, msgspec.Meta(ge=0, le=10**6)] = 1
    """How many GB of them."""
    mail_server: str = ""
    """Where mail leaves, sealed and in letters, as a page set it; FEDCOMM_SMTP_URL goes before it. Empty: nowhere."""
    setup: SetupStep = "place"
    """How far the person who runs the instance has come in setting it up."""
    texts: tuple[TextKind, ...] = ()
    """Which texts there are, or will be: `instance_texts.py` keeps them."""
    logo: str = ""
    """The name of the logo in the store; empty: our mark."""
    picture: str = ""
    """The name of the wide picture in the store that stands where the place is linked; empty: one is drawn."""

    def rule(self, rule_id: int) -> Rule | None:
        """A rule, also one that holds no more."""
        return next((rule for rule in (*self.rules, *self.former_rules) if rule.id == rule_id), None)


Changes = dict[str, object]
NAMES = frozenset(Settings.__struct_fields__)


def first(config: Config) -> Settings:
    """The settings of an instance whose admins have not changed anything."""
    return Settings(
        name=config.here.domain,
        registrations=config.registrations,
        federation=config.federation,
        authorized_fetch=config.authorized_fetch,
    )


async def load(db: Connection, config: Config) -> Settings:
    """The settings now. A row that this version does not know, or cannot read any more, counts as not set."""
    rows = await db.fetch("SELECT name, value FROM setting")
    values = msgspec.to_builtins(first(config))
    for row in rows:
        if row["name"] in NAMES:
            values[row["name"]] = row["value"]
    found = msgspec.convert(values, Settings)
    return msgspec.structs.replace(found, rules=numbered(found.rules, found.former_rules))


def numbered(rules: Sequence[Rule], former: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules with ids: those that have none yet get the next free ones, in their order."""
    last = max((rule.id for rule in (*rules, *former)), default=0)
    given: list[Rule] = []
    for rule in rules:
        if not rule.id:
            last += 1
        given.append(rule if rule.id else msgspec.structs.replace(rule, id=last))
    return tuple(given)


async def default_language(db: Connection) -> str:
    """The instance's language now, for texts that are kept."""
    found = await db.fetchval("SELECT value FROM setting WHERE name = 'default_language'")
    return found if isinstance(found, str) else Settings(name="").default_language


async def changed_at(db: Connection, name: str) -> datetime | None:
    """When a setting was last changed; None when it never was."""
    found: datetime | None = await db.fetchval("SELECT updated_at FROM setting WHERE name = $1", name)
    return found


async def hold_rules(db: Connection, *, now: datetime) -> None:
    """Let nobody else change the rules until this transaction ends."""
    await db.execute(
        """
        INSERT INTO setting (name, value, updated_at)
        VALUES ('rules', '[]', $1)
            ON CONFLICT (name) DO UPDATE
           SET value = setting.value
        """,
        now,
    )


async def save(db: Connection, by_id: int | None, changes: Changes, *, now: datetime) -> None:
    """Change some settings. Raises ValueError (no such setting) and msgspec.ValidationError (not such a value)."""
    unknown = changes.keys() - NAMES
    if unknown:
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    checked = msgspec.convert({"name": "", **msgspec.to_builtins(changes)}, Settings)
    for name in sorted(changes):
        await db.execute(
            """
            INSERT INTO setting (name, value, updated_at)
            VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE
               SET value = excluded.value, updated_at = excluded.updated_at
            """,
            name,
            msgspec.to_builtins(getattr(checked, name)),
            now,
        )
    await audit.write(db, by_id, "change settings", "instance", details={"names": sorted(changes)}, now=now)
