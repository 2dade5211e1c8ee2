"""A word between people of several instances: who has the conversation, and that an answer goes to the same people."""

from tests import running
from tests.api.callers import caller
from tests.running import PASSWORD, MakeDatabase
from tests.web.reader import reader

CONVERSATIONS = "/api/v1/conversations"


async def test_a_private_word_and_its_answer_go_to_those_it_is_between_and_nobody_else(
    database_url: MakeDatabase,
) -> None:
    async with (
        running.instances(database_url, 2) as (alpha, beta),
        caller(alpha) as ada,
        caller(alpha, "cleo") as cleo,
        caller(beta, "eva") as eva,
    ):
        ben = await beta.person("ben", password=PASSWORD)
        await ada.get("/api/v1/accounts/search", q=f"ben@{beta.domain}", resolve="true")
        await ada.write(f"@ben@{beta.domain} @{cleo.account.handle} Between us three", visibility="direct")
        await running.settle(alpha, beta)

        async with reader(beta, ben.handle) as at_ben:
            await at_ben.open("/messages")
            assert at_ben.all(".notices .is-new .name") == [f"{ada.account.shown_name}, {cleo.account.shown_name}"]
            path = at_ben.attribute(".notices .name", "href") or ""
            await at_ben.open(path)
            await at_ben.press(path, text="Agreed.")
        await running.settle(alpha, beta)

        for who in (ada, cleo):
            (found,) = await who.get(CONVERSATIONS)
            assert "Agreed." in found["last_status"]["content"]
            assert (len(found["accounts"]), found["unread"]) == (2, True)
        assert await eva.get(CONVERSATIONS) == []
