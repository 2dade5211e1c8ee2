"""Letters that say why something was decided about somebody, made from the statement that is kept of it (C12)."""

from fedcomm import facts
from fedcomm.accounts import lookup, mails, statements
from fedcomm.accounts.statements import Statement
from fedcomm.http.context import SiteWork
from fedcomm.looks import moments
from fedcomm.mailbox.letters import Texts

MILD = ("note", "ask to edit")
"""What only tells or asks somebody something: a subject that speaks of a decision would frighten them."""


async def of_statement(work: SiteWork, fact: facts.StatementIssued) -> None:
    """Whom a measure strikes is mailed as well as told, who cannot sign in any more above all."""
    async with work.transaction() as db:
        about = await statements.find(db, fact.statement_id)
        target = await lookup.by_id(db, about.account_id) if about is not None else None
        if about is not None and target is not None and target.is_local:
            await mails.give_reasons(db, about.account_id, about.id, now=work.now)
    work.site.wakeups.ring("mail")


def told(about: Statement, group: str, site: str, locale: str, _: Texts) -> dict[str, str]:
    """What the letter says, in the words of the page that shows the same."""
    measure = _measure(about, _)
    return {
        "subject": measure if about.measure in MILD else "",
        "measure": measure,
        "by": _("Those who look after %(group)s", group=group) if group else _("Those who run %(name)s", name=site),
        "ground": _ground(about, _),
        "facts": about.reason,
        "how": _("It was decided automatically.") if about.is_automated else _("A person decided it, no machine."),
        "appeal": _appeal(about, site, _),
        "duration": _duration(about, locale, _),
    }


def _appeal(about: Statement, site: str, _: Texts) -> str:
    if about.measure == "end":
        return _("If you think that this is wrong, write to those who run %(name)s, or turn to a court.", name=site)
    return _("You can say on that page, once, why it should be decided anew.")


def _duration(about: Statement, locale: str, _: Texts) -> str:
    if about.ended_at is not None:  # the mail server was away so long
        return _("Taken back, or over")
    if about.measure == "end":
        return _("For good")
    if about.measure == "note":
        return _("Nothing else follows from it")
    if about.measure == "ask to edit":
        return _("Until you have changed it")
    return moments.plain_day(about.until.date(), locale) if about.until is not None else _("Until it is taken back")


def _measure(about: Statement, _: Texts) -> str:
    match about.measure:
        case "warn":
            return _("A warning")
        case "cover":
            return _("Pictures and films are covered")
        case "limit":
            return _("Shown to followers only")
        case "disable":
            return _("Shut out: nobody can sign in")
        case "suspend":
            return _("Suspended: neither heard nor shown")
        case "end":
            return _("The account is ended for good, with what was written")
        case "note":
            return _("A note about what you wrote")
        case "ask to edit":
            return _("You are asked to change a post")
        case "hide":
            return _("A post is hidden for the group's own people")
        case "pause":
            return _("You can read in the group, and not write")
        case "hold":
            return _("What you write in the group is first looked at")
        case "ban":
            return _("Put out of the group")
        case "remove post":
            return _("A post was taken out of the group") if about.group_id is not None else _("A post is not shown")


def _ground(about: Statement, _: Texts) -> str:
    if about.rules:
        return _("Against the rules") + ": " + ", ".join(about.rules)
    match about.code:
        case "spam":
            return _("Advertising or spam")
        case "legal":
            return _("Against the law")
        case "violation":
            return _("Against the rules")
        case "other":
            return _("Something else")
