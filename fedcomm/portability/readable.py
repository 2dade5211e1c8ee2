"""The page of an archive that a person reads: who they are, what the files are, and what they wrote, oldest first."""

import html
from collections.abc import AsyncIterator

from fedcomm import i18n
from fedcomm.accounts.model import Account
from fedcomm.portability import tables
from fedcomm.portability.tables import Read

WRITTEN = """
    SELECT post.id AS key, post.url, post.title, post.content_html, post.summary, post.audience, post.published_at,
           parent.url AS answers,
           ARRAY(SELECT file || ' ' || media_type || ' ' || description
                   FROM post_attachment
                  WHERE post_id = post.id AND file IS NOT NULL
               ORDER BY position) AS files
      FROM post
 LEFT JOIN post parent ON parent.id = post.parent_id
     WHERE post.author_id = $1 AND post.state <> 'deleted' AND post.id > $2
  ORDER BY post.id
     LIMIT $3
    """
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem;color:#1c1b19;background:#fff}"
    "article{border-top:1px solid #c9c5be;padding:1rem 0}.meta{color:#5c584f;font-size:.9rem}img,video{max-width:100%}"
    "@media(prefers-color-scheme:dark){body{color:#ece9e4;background:#1c1b19}.meta{color:#b5b0a6}a{color:#9ec5ff}}"
)


async def pages(read: Read, person: Account, locale: str) -> AsyncIterator[bytes]:
    """The page, in pieces. What people wrote was cleaned when it was stored; nothing in it runs."""
    _ = i18n.translator(locale).gettext
    name = html.escape(person.shown_name)
    files = (
        ("outbox.json", _("All that you wrote and boosted, as ActivityStreams. Other servers can read it.")),
        ("actor.json", _("Your profile, likewise.")),
        ("likes.json, bookmarks.json", _("The addresses of what you favoured and bookmarked.")),
        ("*.csv", _("Whom you follow, list, block and mute, as tables that other servers take over.")),
        ("media_attachments/", _("The pictures, films and sounds that you uploaded.")),
        ("more/", _("Everything else that is kept about you.")),
    )
    listed = "".join(f"<dt><code>{file}</code></dt><dd>{html.escape(what)}</dd>" for file, what in files)
    yield (
        f'<!doctype html><html lang="{html.escape(locale)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' file:;"
        " media-src 'self' file:; style-src 'unsafe-inline'\">"
        f"<title>{name}</title><style>{STYLE}</style></head><body><h1>{name}</h1>"
        f'<p class="meta">@{html.escape(person.full_handle.lstrip("@"))}</p>{person.bio_html}'
        f"<h2>{html.escape(_('What is in this archive'))}</h2><dl>{listed}</dl>"
        f"<h2>{html.escape(_('What you wrote'))}</h2>"
    ).encode()
    async for rows in tables.pages(read, WRITTEN, person.id):
        for row in rows:
            title = f"<h3>{html.escape(row['title'])}</h3>" if row["title"] else ""
            warning = f"<p><strong>{html.escape(row['summary'])}</strong></p>" if row["summary"] else ""
            answers = (
                f' · <a href="{html.escape(row["answers"])}">{html.escape(_("answers this"))}</a>'
                if row["answers"]
                else ""
            )
            yield (
                f'<article>{title}<p class="meta"><a href="{html.escape(row["url"])}">'
                f"{row['published_at']:%Y-%m-%d %H:%M} UTC</a> · {row['audience']}{answers}</p>"
                f"{warning}{row['content_html']}{''.join(map(_file, row['files']))}</article>"
            ).encode()
    yield b"</body></html>\n"


def _file(told: str) -> str:
    file, media_type, description = told.split(" ", 2)
    path, said = f"media_attachments/{html.escape(file)}", html.escape(description)
    match media_type.partition("/")[0]:
        case "image":
            return f'<p><img src="{path}" alt="{said}" loading="lazy"></p>'
        case "video" | "audio" as kind:
            return f'<p><{kind} src="{path}" controls></{kind}> {said}</p>'
        case _:
            return f'<p><a href="{path}">{said or path}</a></p>'
