"""What the local network is about: an association of craft bakers and two of its chapters. Made up, all of it."""

from dataclasses import dataclass
from typing import Literal

Where = Literal["association", "north", "south"]

PASSWORD = "bread and salt"  # noqa: S105  # the local network has no secrets
"""Of everybody here: the network is reached from this machine only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One instance."""

    where: Where
    short: str
    name: str
    purpose: str
    description: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a login. Whoever runs an instance may see its admin pages."""

    handle: str
    where: Where
    name: str
    company: str
    bio: str
    is_owner: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group, founded by somebody of its own instance."""

    handle: str
    where: Where
    name: str
    purpose: str
    founder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer. `to` is the name of what it answers; `after` what it says after its author thought again."""

    name: str
    by: str
    to: str
    text: str
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A thread: the first group is its home, the others carry it. `liked`: who favourites what, by name."""

    name: str
    by: str
    groups: tuple[str, ...]
    title: str
    text: str
    language: str
    answers: tuple[Answer, ...] = ()
    liked: tuple[tuple[str, str], ...] = ()


PLACES = (
    Place(
        where="association",
        short="Association",
        name="Craft Bakers’ Association",
        purpose="What craft bakers ask one another, across all chapters.",
        description="The association’s own instance. Its chapters run theirs; the discussions are the same.",
        language="en",
    ),
    Place(
        where="north",
        short="Chapter North",
        name="Craft Bakers North",
        purpose="The bakeries between Bremen and Kiel: buying together, lending a hand, knowing whom to call.",
        description="Run by Chapter North in Bremen.",
        language="en",
    ),
    Place(
        where="south",
        short="Chapter South",
        name="Bäckerhandwerk Süd",
        purpose="Die Betriebe zwischen Freiburg und Augsburg: fragen, tauschen, aushelfen.",
        description="Betrieben vom Kapitel Süd in Freiburg.",
        language="de",
    ),
)

PEOPLE = (
    Person(
        handle="ada",
        where="association",
        name="Ada Lindqvist",
        company="Craft Bakers’ Association, Lübeck",
        bio="Runs the association’s office. Ask me about labels, levies and the spring meeting.",
        is_owner=True,
    ),
    Person(
        handle="gus",
        where="association",
        name="Gus Hartmann",
        company="Craft Bakers’ Association, technical advice",
        bio="Ovens, steam and refrigeration for thirty years. Usually on the road, reads in the evening.",
    ),
    Person(
        handle="ben",
        where="north",
        name="Ben Okafor",
        company="Okafor Bakery, Bremen",
        bio="Three shops, one bakehouse, far too many buns on Saturdays.",
        is_owner=True,
    ),
    Person(
        handle="dora",
        where="north",
        name="Dora Petersen",
        company="Petersen’s, Kiel and Freiburg",
        bio="Two shops a thousand kilometres apart, hence a member of two chapters.",
    ),
    Person(
        handle="cleo",
        where="south",
        name="Cleo Marchetti",
        company="Forno Marchetti, Freiburg",
        bio="Sauerteig, Focaccia und das Ehrenamt im Kapitel Süd.",
        is_owner=True,
        language="de",
    ),
    Person(
        handle="emil",
        where="south",
        name="Emil Huber",
        company="Bäckerei Huber, Augsburg",
        bio="Vierte Generation. Etagenöfen, Brezen, ein Lehrling.",
        language="de",
    ),
)

GROUPS = (
    Group(
        handle="bakehouse",
        where="association",
        name="Bakehouse",
        purpose="Ovens, doughs and machines: members ask, members answer, in all chapters.",
        founder="ada",
    ),
    Group(
        handle="chapter_north",
        where="north",
        name="Chapter North",
        purpose="What concerns the bakeries between Bremen and Kiel.",
        founder="ben",
    ),
    Group(
        handle="kapitel_sued",
        where="south",
        name="Kapitel Süd",
        purpose="Was die Betriebe zwischen Freiburg und Augsburg angeht.",
        founder="cleo",
    ),
)

JOINED = (
    ("gus", "bakehouse"),
    ("dora", "chapter_north"),
    ("emil", "kapitel_sued"),
    ("ben", "bakehouse"),
    ("dora", "bakehouse"),
    ("dora", "kapitel_sued"),
    ("cleo", "bakehouse"),
    ("ada", "chapter_north"),
    ("ada", "kapitel_sued"),
)
"""Who joins which group, their own instance's first."""

TRAVELLED = Thread(
    name="oven",
    by="dora",
    groups=("bakehouse", "chapter_north", "kapitel_sued"),
    title="Deck oven loses heat after six months: who had the door seals replaced?",
    text=(
        "Both our shops, Kiel and Freiburg, have the same deck oven, bought in May. Since September the one in Kiel"
        " loses about 20 °C at the front.\n\n"
        "The fitter says the seals are fine and wants to change the control board for 1,900 €. Has anybody had this?"
        " **What was it in the end, and whom did you call?**"
    ),
    language="en",
    answers=(
        Answer(
            name="seals",
            by="emil",
            to="oven",
            text=(
                "Hatten wir im Frühjahr, gleiches Modell. Es waren die Dichtungen, man sieht es ihnen nicht an: ein"
                " Blatt Papier in die Tür klemmen, lässt es sich herausziehen, sind sie hin. 140 € und eine Stunde"
                " Arbeit."
            ),
        ),
        Answer(
            name="recall",
            by="gus",
            to="oven",
            text=(
                "Send me the serial number before you pay anything. Seals of the first 2025 series were too soft; the"
                " maker replaces them free of charge until the end of March."
            ),
        ),
        Answer(
            name="paper",
            by="ben",
            to="seals",
            text="The paper test works. Ours failed it on the left only.",
            after="The paper test works. Ours failed it on the left side only, so test all four corners.",
        ),
        Answer(
            name="number",
            by="dora",
            to="recall",
            text="It is from that series, and the new seals are on their way. Thank you all: that saves us 1,900 €.",
        ),
        Answer(
            name="thanks",
            by="cleo",
            to="number",
            text="Gut zu wissen, unser Ofen ist auch aus dieser Serie. Ich prüfe das morgen früh.",
        ),
    ),
    liked=(("ada", "seals"), ("dora", "seals"), ("cleo", "oven"), ("ben", "recall"), ("emil", "recall")),
)
"""The thread that goes through all three instances."""

THREADS = (
    Thread(
        name="labels",
        by="ada",
        groups=("bakehouse",),
        title="Allergen labels for loose goods: what changes on 1 February",
        text=(
            "Short version: the sign at the counter may stay, but it has to name the recipe’s date.\n\n"
            "- one folder per shop, or one page on a tablet\n- the name of who last checked it\n- nuts by kind, no"
            " longer “nuts”\n\nWhat is unclear? I collect questions for the ministry until Friday."
        ),
        language="en",
        answers=(
            Answer(
                name="market",
                by="cleo",
                to="labels",
                text="Does this hold for market stalls too? Half our Saturday is on the square.",
            ),
        ),
    ),
    Thread(
        name="flour",
        by="ben",
        groups=("chapter_north",),
        title="Flour for January: who joins the order?",
        text="The mill gives us 4 % from twelve pallets on. We have seven so far. **Wheat 550 and rye 1150**, delivery"
        " in the second week.",
        language="en",
        answers=(
            Answer(name="pallets", by="dora", to="flour", text="Two pallets of rye for Kiel, please. That makes nine."),
        ),
    ),
    TRAVELLED,
    Thread(
        name="advent",
        by="cleo",
        groups=("kapitel_sued",),
        title="Aushilfe im Verkauf gesucht: die Samstage im Advent",
        text="Uns fehlt am 5., 12. und 19. Dezember jemand von 6 bis 13 Uhr. Hat jemand eine Verkäuferin, die ein paar"
        " Stunden mehr möchte?",
        language="de",
        answers=(
            Answer(
                name="sister",
                by="emil",
                to="advent",
                text="Meine Schwester wohnt in Freiburg und hätte am 12. und 19. Zeit. Ich schicke dir ihre Nummer.",
            ),
        ),
    ),
)
