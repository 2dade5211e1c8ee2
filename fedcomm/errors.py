"""The refusals a caller can understand. Features raise them; each edge translates them once.

Refusal
├── NotFound     no such thing, or the asker may not know of it: 404
├── Gone         it was here and public, and was deleted: 410
├── NotAllowed   known, but not for this person: 403
│   └── Locked   nobody may, for now: 422
├── Invalid      breaks a limit or a rule: 422, the text is shown to people as it is
├── Conflict     cannot be done in the present state: 409 (422 in the client API)
└── TooMany      asked too often: 429, `retry_after` in seconds
"""


class Refusal(Exception):
    """Something was refused; the message is a plain sentence for the person who asked.

    Values are named in it, `"Only members write in %(group)s."`, so that pages can say it in other languages.
    """

    def __init__(self, message: str = "", **values: str | int) -> None:
        shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        super().__init__(message % shown if values else message)
        self.message = message
        self.values = values


class NotFound(Refusal):
    """There is no such thing, or the asker may not know that there is."""


class Gone(Refusal):
    """It was here and public, and has been deleted."""


class NotAllowed(Refusal):
    """The asker may know of it but may not do this."""


class Locked(NotAllowed):
    """Nobody may do this there for now, whoever they are."""


class Invalid(Refusal):
    """The input breaks a limit or a rule. `field` names the form field at fault, if one does."""

    def __init__(self, message: str = "", *, field: str | None = None, **values: str | int) -> None:
        super().__init__(message, **values)
        self.field = field


class Conflict(Refusal):
    """It cannot be done in the present state of things."""


class TooMany(Refusal):
    """Asked too often; `retry_after` says in how many seconds it may be tried again."""

    def __init__(self, message: str = "", *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after
