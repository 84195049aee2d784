"""The mail servers look up what they know in their own tables: these follow the database by themselves, and outlive it."""

import contextlib
import imaplib
import json
import re
import smtplib
import time
import unittest

from harness import RunningPlatform, docker, eventually, logs, unique

ALICE = "alice@example.test"
BOB = "bob@example.test"
OBJECT = """apiVersion: mail.vectis.dev/v1
kind: {kind}
metadata:
  namespace: example.test
  name: {name}
spec: {spec}
"""
SECRET = """apiVersion: platform.vectis.dev/v1
kind: Secret
metadata:
  namespace: example.test
  name: {name}
spec:
  type: vectis.dev/password
"""


class Maps(RunningPlatform):
    def rcpt(self, address, sender="carol@elsewhere.test"):
        """The code of the answer to RCPT on port 25."""
        with contextlib.closing(self.site.smtp()) as client:
            client.mail(sender)
            return client.rcpt(address)[0]

    def apply(self, kind, name, spec):
        self.site.run("apply", "--wait", "-f", "-", text_input=OBJECT.format(kind=kind, name=name, spec=json.dumps(spec)))

    def make(self, kind, spec=None):
        """An object of its own for each test; its address."""
        name = unique(kind).replace("-", "").lower()
        self.apply(kind, name, spec or {})
        self.addCleanup(self.site.run, "delete", kind.lower(), name, "-n", "example.test")
        return name, f"{name}@example.test"

    def postfix(self, *command):
        return docker("exec", self.site.container("postfix"), *command)

    def table(self, name):
        return dict(line.split("\t") for line in self.postfix("postmap", "-c", "/etc/vectis", "-s", f"lmdb:/maps/{name}").splitlines())

    def reloads(self):
        return len(re.findall(r"reload|refresh", logs(self.site.container("postfix"))))

    def test_known_addresses_are_served_while_postgres_is_away(self):
        _, alias = self.make("Alias", {"destinations": [ALICE, BOB]})
        passwords = {user: self.site.password(user) for user in (ALICE, BOB)}
        go_on = self.stop_the_controller()
        self.site.password = passwords.__getitem__
        self.addCleanup(self.site.__dict__.pop, "password")
        docker("stop", self.site.container("postgres"))
        subjects = {address: unique("away") for address in (ALICE, "alice+tag@example.test", "ALICE@example.test", alias)}
        for address in subjects:
            self.assertEqual(self.rcpt(address), 250, address)
        self.site.imap(ALICE).logout()
        self.site.submit(ALICE, BOB, subjects[ALICE])
        for address, subject in subjects.items():
            self.site.queue(address, subject)
        for subject in subjects.values():
            self.site.wait_for_mail(ALICE, subject)
        self.site.wait_for_mail(BOB, subjects[alias])
        # Who is not in the tables may be in the database: nobody can say now that there is no such user.
        self.assertIn(self.rcpt("nobody@example.test"), range(400, 500))
        self.assertIn(self.rcpt("nobody@elsewhere.test"), range(500, 600))
        go_on()
        self.site.wait_ready()
        eventually(lambda: self.rcpt("nobody@example.test") == 550, 5, "an unknown user is not refused for good again")
        self.assertNotIn("status=bounced", logs(self.site.container("postfix"), "--since", "3m"))

    def test_a_change_is_in_the_tables_within_moments_and_touches_no_process(self):
        before, reloads = self.site.containers(), self.reloads()
        name, address = self.make("Mailbox")
        self.assertEqual(self.table("mailboxes")[address], "quota")
        start = time.monotonic()
        _, alias = self.make("Alias", {"destinations": [ALICE, BOB, address]})
        self.assertLess(time.monotonic() - start, 5)
        self.assertEqual(self.table("aliases")[alias], f"{ALICE}, {BOB}, {address}")
        subject = unique("three")
        self.site.deliver(alias, subject)
        for user in (ALICE, BOB, address):
            self.site.wait_for_mail(user, subject)
            self.assertEqual(self.site.subjects(user).count(subject), 1)
        start = time.monotonic()
        self.apply("Mailbox", name, {"active": False})
        eventually(lambda: self.rcpt(address) == 550, 2, "a disabled mailbox takes mail")
        self.assertLess(time.monotonic() - start, 5)
        self.apply("Mailbox", name, {"active": True})
        eventually(lambda: self.rcpt(address) == 250, 2, "the mailbox is not back")
        self.assertEqual(self.site.containers(), before)
        self.assertEqual(self.reloads(), reloads)

    def login(self, address, password):
        """Whether it is accepted; None if nobody could say."""
        try:
            self.site.imap(address, password).logout()
        except imaplib.IMAP4.abort:
            return None
        except imaplib.IMAP4.error as error:
            return False if "AUTHENTICATIONFAILED" in str(error) else None
        return True

    def is_shut_out(self, address, password, session):
        """In all ways, and soon."""
        start = time.monotonic()
        eventually(lambda: self.login(address, password) is False, 5, "the old password still opens the mailbox", interval=0.05)
        with contextlib.closing(self.site.smtp("smtps")) as client, self.assertRaises(smtplib.SMTPAuthenticationError):
            client.login(address, password)
        # A wrong password is answered after two seconds.
        self.assertLess(time.monotonic() - start, 7)
        with self.assertRaises((imaplib.IMAP4.error, OSError)):
            for _ in range(20):
                session.noop()
                time.sleep(0.1)

    def test_a_changed_password_counts_and_ends_sessions(self):
        secrets = [unique("secret"), unique("secret")]
        self.site.run("apply", "-f", "-", text_input="---\n".join(SECRET.format(name=name) for name in secrets))
        name, address = self.make("Mailbox", {"passwordSecretRef": secrets[0]})
        first = self.site.password(address)
        self.assertTrue(self.login(address, first))
        session = self.site.imap(address, first)
        self.assertIn(address, self.users())
        self.apply("Mailbox", name, {"passwordSecretRef": secrets[1]})
        second = self.site.password(address)
        self.assertNotEqual(first, second)
        self.is_shut_out(address, first, session)
        self.assertTrue(self.login(address, second))

    def test_a_disabled_mailbox_is_shut(self):
        name, address = self.make("Mailbox")
        password = self.site.password(address)
        session = self.site.imap(address, password)
        self.apply("Mailbox", name, {"active": False})
        self.is_shut_out(address, password, session)
        self.assertNotIn(address, self.users())
        self.assertEqual(self.rcpt(address), 550)

    def users(self):
        return [line.partition(":")[0] for line in docker("exec", self.site.container("dovecot"), "cat", "/maps/users").splitlines()]

    def test_a_catch_all_takes_what_belongs_to_nobody(self):
        name, address = self.make("Mailbox")
        _, alias = self.make("Alias", {"destinations": [BOB]})
        self.site.edit("description: The domain of the quick start", f"catchAll: {ALICE}")
        self.site.up()
        subjects = {target: unique("catch") for target in ("whoever@example.test", address, alias)}
        for target, subject in subjects.items():
            self.site.deliver(target, subject)
        self.site.wait_for_mail(ALICE, subjects["whoever@example.test"])
        self.site.wait_for_mail(address, subjects[address])
        self.site.wait_for_mail(BOB, subjects[alias])
        self.apply("Mailbox", name, {"active": False})
        self.assertEqual(self.rcpt(address), 550, "the catch-all has the mail of a disabled mailbox")
        seen = self.site.subjects(ALICE)
        for other in (address, alias):
            self.assertNotIn(subjects[other], seen)

    def test_an_edited_table_is_repaired_and_reported(self):
        mark = self.site.event_mark()
        self.postfix("postmap", "-c", "/etc/vectis", "-d", ALICE, "lmdb:/maps/mailboxes")
        self.assertNotIn(ALICE, self.table("mailboxes"))
        eventually(lambda: ALICE in self.table("mailboxes"), 40, "the edited table is not repaired")
        eventually(
            lambda: any("write map mailboxes: somebody edited it" in str(event) for event in self.site.events_since(mark)),
            5, "no event says that a table was repaired")
        self.postfix("rm", "/maps/aliases.lmdb")
        eventually(lambda: self.table("aliases"), 40, "the removed table is not there again")

    def test_a_lost_volume_is_filled_before_postfix_starts(self):
        volume = f"{self.site.project}-postfix-maps"
        go_on = self.stop_the_controller()
        docker("rm", "-f", self.site.container("postfix"))
        docker("volume", "rm", volume)
        go_on()
        answers = set()

        def is_back():
            with contextlib.suppress(OSError, EOFError):
                answers.add(self.rcpt(ALICE))
            return 250 in answers

        eventually(is_back, 60, "mail for alice is not accepted again")
        self.assertFalse(answers & {550}, "somebody was refused for good while the tables were empty")
        self.site.wait_ready()


if __name__ == "__main__":
    unittest.main()
