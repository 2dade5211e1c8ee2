"""Letters that come back later are counted as those that are refused at once (product 14; RFC 3464)."""

import subprocess
import sys
from pathlib import Path

import pytest

from fedcomm.jobs import mail_queue
from fedcomm.mailbox import returned
from tests.conftest import MakeDatabase
from tests.mailbox.offices import office
from tests.test_people_commands import ROOT, Operator

LEO = "leo@shop.example"


def report(message_id: str, *, action: str = "failed", status: str = "5.1.1", headers_only: bool = False) -> bytes:
    """As mail servers write it."""
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    return f"""From: MAILER-DAEMON@mx.example
To: hello@bakers.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain; charset=us-ascii

I am sorry. The letter <1@bakers.example> is another one.

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 23 Nov 2026 02:00:00 +0000

Final-Recipient: rfc822; {LEO}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <{LEO}>: no such
 user here

--edge
Content-Type: {kind}

From: hello@bakers.example
To: {LEO}
Message-ID: {message_id}
Subject: Hello

--edge--
""".encode()


@pytest.mark.parametrize("headers_only", [False, True])
def test_a_report_tells_which_letter_came_back_and_whether_for_good(headers_only: bool) -> None:
    found = returned.read(report("<1234@bakers.example>", headers_only=headers_only))
    assert found is not None
    assert (found.mail_id, found.is_hard) == (1234, True)
    assert "no such user here" in found.answer
    soft = returned.read(report("<1234@bakers.example>", status="4.4.7", headers_only=headers_only))
    assert soft is not None
    assert not soft.is_hard


@pytest.mark.parametrize(
    "body",
    [
        report("<1234@bakers.example>", action="delayed", status="4.4.1"),
        report("<1234@bakers.example>", action="delivered", status="2.0.0"),
        report("<1234@bakers.example>", status="5.7.1"),
        report("<x@bakers.example>"),
        report("<99999999999999999999@bakers.example>"),
        b"Subject: I am away\nAuto-Submitted: auto-replied\n\n<1234@bakers.example>",
        b"",
        b"\xff\x00" * 500,
        report("<1234@bakers.example>")[:600],
    ],
)
def test_whatever_else_arrives_is_no_letter_that_came_back(body: bytes) -> None:
    assert returned.read(body) is None


async def test_letters_that_come_back_later_pause_an_address(database_url: MakeDatabase, tmp_path: Path) -> None:
    database = await database_url()
    async with office(database, tmp_path) as here:
        for _ in range(mail_queue.MOST_HARD):
            await here.put(to=LEO)
            await here.at.settle()
        ids = [str(letter.message["Message-ID"]) for letter in here.server.to(LEO)]
        operator = Operator(database, FEDCOMM_DOMAIN=here.at.domain)

        def hand_over(body: bytes) -> str:
            done = subprocess.run(
                [sys.executable, "-m", "fedcomm", "mail", "returned"],
                cwd=ROOT, env=operator.environment, input=body, capture_output=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            return done.stdout.decode()

        assert "not known here" in hand_over(report("<1234@bakers.example>"))
        for each in (ids[0], ids[0], ids[0], ids[1]):  # the same report twice counts once
            assert "counted as hard" in hand_over(report(each))
        async with here.at.site.read() as db:
            assert not await mail_queue.is_paused(db, LEO, now=here.time())
        hand_over(report(ids[2]))
        async with here.at.site.read() as db:
            assert await mail_queue.is_paused(db, LEO, now=here.time())
            (address,) = await mail_queue.came_back(db, now=here.time())
        assert "no such user here" in address.answer
