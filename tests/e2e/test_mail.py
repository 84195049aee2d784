"""What mail clients and other servers observe."""

import contextlib
import imaplib
import re
import smtplib
import socket
import ssl
import subprocess
import unittest

from harness import HOSTNAME, NamedImapTls, ReadOnlyPlatform, docker, eventually, unique

ALICE, BOB = "alice@example.test", "bob@example.test"
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"

# A polite SMTP client in bash: what a container on the mail network can run without any package.
BASH_CLIENT = r"""
exec 3<>/dev/tcp/postfix/25
get() { while IFS= read -r -t 20 line <&3; do echo "$line"; [[ ${line:3:1} == - ]] || break; done; }
get
for command in "EHLO client.test" "MAIL FROM:<a@elsewhere.test>" "RCPT TO:<b@gmail.com>" QUIT; do
    printf '%s\r\n' "$command" >&3
    get
done
"""


class Delivery(ReadOnlyPlatform):
    def test_a_message_to_alice_is_in_her_inbox_within_five_seconds_over_imaps_and_pop3s(self):
        subject = unique("first")
        self.site.deliver(ALICE, subject)
        self.site.wait_for_mail(ALICE, subject, seconds=5)
        self.assertIn(subject, self.site.pop3_subjects(ALICE))
        self.assertNotIn(subject, self.site.subjects(BOB))

    def test_swaks_delivers_a_message(self):
        subject = unique("swaks")
        done = subprocess.run(
            ["swaks", "--server", "127.0.0.1", "--port", str(self.site.ports["smtp"]), "--helo", "client.test", "--from", "carol@elsewhere.test",
             "--to", ALICE, "--header", f"Subject: {subject}", "--tls"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.site.wait_for_mail(ALICE, subject)

    def test_mail_to_an_alias_arrives_at_every_destination(self):
        subject = unique("alias")
        self.site.deliver("team@example.test", subject)
        self.site.wait_for_mail(ALICE, subject)
        self.site.wait_for_mail(BOB, subject)

    def test_tags_and_capitals_reach_the_mailbox(self):
        for recipient in ("alice+tag@example.test", "ALICE@example.test", "alice@EXAMPLE.TEST"):
            with self.subTest(recipient):
                subject = unique("form")
                self.site.deliver(recipient, subject)
                self.site.wait_for_mail(ALICE, subject)

    def test_what_is_marked_as_spam_is_filed_into_junk(self):
        subject = unique("junk")
        with contextlib.closing(self.site.smtp()) as client:
            client.sendmail("carol@elsewhere.test", [ALICE], f"From: carol@elsewhere.test\r\nX-Spam: Yes\r\nSubject: {subject}\r\n\r\nx\r\n".encode())
        eventually(lambda: subject in self.site.subjects(ALICE, "Junk"), 5, "the message is not in Junk")
        self.assertNotIn(subject, self.site.subjects(ALICE))


class Refusals(ReadOnlyPlatform):
    def assert_refused(self, code, call):
        with self.assertRaises((smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)) as caught:
            call()
        error = caught.exception
        got, text = next(iter(error.recipients.values())) if isinstance(error, smtplib.SMTPRecipientsRefused) else (error.smtp_code, error.smtp_error)
        self.assertEqual(got, code, text)
        return text.decode()

    def rcpt(self, recipient):
        with contextlib.closing(self.site.smtp()) as client:
            client.mail("carol@elsewhere.test")
            return client.rcpt(recipient)

    def test_unknown_users_and_domains_are_refused_at_rcpt(self):
        for recipient in ("nobody@example.test", "alice@unknown.test", "someone@gmail.com"):
            with self.subTest(recipient):
                self.assertEqual(self.rcpt(recipient)[0], 550)

    def test_hostile_recipients_are_refused_and_never_an_error_of_the_server(self):
        for recipient in ("a'or'1'='1@example.test", "%s@example.test", "'@example.test", "a%b@example.test", "x" * 200 + "@example.test"):
            with self.subTest(recipient):
                code = self.rcpt(recipient)[0]
                self.assertTrue(500 <= code < 600, code)

    def test_a_container_on_the_mail_network_may_not_relay(self):
        text = docker("run", "--rm", "--network", f"{self.site.project}-mail", "debian:trixie-slim", "bash", "-c", BASH_CLIENT)
        self.assertRegex(text, r"(?m)^550 .*<b@gmail\.com>")

    def test_gtube_is_refused(self):
        text = self.assert_refused(554, lambda: self.site.deliver(ALICE, unique("gtube"), body=GTUBE))
        self.assertIn("5.7.1", text)

    def test_a_message_above_the_limit_is_refused_before_it_is_sent(self):
        with contextlib.closing(self.site.smtp()) as client:
            self.assertEqual(client.mail("carol@elsewhere.test", ["SIZE=999999999"])[0], 552)

    def test_alice_cannot_send_as_bob_in_the_envelope(self):
        for service in ("submission", "smtps"):
            with self.subTest(service):
                self.assert_refused(553, lambda: self.site.submit(BOB, ALICE, unique("spoof"), service, user=ALICE))

    def test_alice_cannot_send_as_bob_in_the_header(self):
        for sender in (ALICE, ""):
            with self.subTest(sender):
                self.assert_refused(554, lambda: self.site.submit(sender, BOB, unique("spoof"), user=ALICE, header_from=BOB))


class Submission(ReadOnlyPlatform):
    def test_alice_writes_to_bob_over_submission_and_smtps(self):
        for service in ("submission", "smtps"):
            with self.subTest(service):
                subject = unique(service)
                self.site.submit(ALICE, BOB, subject, service)
                self.site.wait_for_mail(BOB, subject)

    def test_nobody_submits_without_a_login(self):
        for service in ("submission", "smtps"):
            with self.subTest(service), contextlib.closing(self.site.smtp(service)) as client:
                if service == "submission":
                    client.starttls(context=self.site.tls())
                    client.ehlo()
                client.mail(ALICE)
                self.assertGreaterEqual(client.rcpt(BOB)[0], 530)

    def test_a_login_is_not_offered_in_clear(self):
        for service in ("smtp", "submission"):
            with self.subTest(service), contextlib.closing(self.site.smtp(service)) as client:
                self.assertNotIn("auth", client.esmtp_features)
                self.assertGreaterEqual(client.docmd("AUTH", "PLAIN AGEAYg==")[0], 500)

    def test_port_25_offers_no_login_over_tls_either(self):
        with contextlib.closing(self.site.smtp()) as client:
            client.starttls(context=self.site.tls())
            client.ehlo()
            self.assertNotIn("auth", client.esmtp_features)

    def test_a_wrong_password_is_refused_everywhere(self):
        client = self.site.smtp("smtps")
        with contextlib.closing(client), self.assertRaises(smtplib.SMTPAuthenticationError) as caught:
            client.login(ALICE, "wrong")
        self.assertEqual(caught.exception.smtp_code, 535)
        mailbox = NamedImapTls("127.0.0.1", self.site.ports["imaps"], ssl_context=self.site.tls(), timeout=30)
        with self.assertRaises(imaplib.IMAP4.error):
            mailbox.login(ALICE, "wrong")
        mailbox.shutdown()

    def test_the_senders_address_and_client_stay_private(self):
        subject = unique("private")
        self.site.submit(ALICE, BOB, subject)
        self.site.wait_for_mail(BOB, subject)
        mailbox = self.site.imap(BOB)
        mailbox.select("INBOX", readonly=True)
        number = mailbox.search(None, "SUBJECT", f'"{subject}"')[1][0].split()[-1]
        header = mailbox.fetch(number, "(BODY[HEADER])")[1][0][1].decode()
        mailbox.logout()
        self.assertNotIn("client.test [", header)
        self.assertNotIn("Authenticated sender", header)


class Tls(ReadOnlyPlatform):
    def test_every_port_serves_the_platforms_certificate_for_its_hostname(self):
        for service, start in (("smtp", "smtp"), ("submission", "smtp"), ("smtps", None), ("imaps", None), ("pop3s", None)):
            with self.subTest(service):
                command = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.site.ports[service]}", "-servername", HOSTNAME,
                           "-verify_hostname", HOSTNAME, "-verify_return_error", "-CAfile", str(self.site.ca_file)]
                command += ["-starttls", start] if start else []
                done = subprocess.run(command, input="", capture_output=True, text=True, timeout=30)
                self.assertIn("Verify return code: 0 (ok)", done.stdout, done.stdout + done.stderr)

    def test_old_versions_of_tls_are_refused(self):
        for service in ("smtps", "imaps", "pop3s"):
            with self.subTest(service):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
                with self.assertRaises((ssl.SSLError, ConnectionError)):
                    context.wrap_socket(socket.create_connection(("127.0.0.1", self.site.ports[service]), 10))

    def test_get_shows_the_authority_as_yaml(self):
        text = self.site.run("get", "certificate", "mail", "-o", "yaml").stdout
        self.assertIn("-----BEGIN CERTIFICATE-----", text)
        self.assertNotIn("PRIVATE KEY", text)


class Surface(ReadOnlyPlatform):
    def test_port_25_announces_only_what_it_means(self):
        with contextlib.closing(self.site.smtp()) as client:
            self.assertEqual(set(client.esmtp_features), {"pipelining", "size", "starttls", "enhancedstatuscodes", "8bitmime", "smtputf8"})
            self.assertGreaterEqual(client.docmd("VRFY", "alice")[0], 500)

    def test_only_loopback_is_bound(self):
        for component in ("postfix", "dovecot"):
            ports = docker("port", self.site.container(component))
            self.assertTrue(all(re.search(r"-> 127\.0\.0\.1:\d+$", line) for line in ports.splitlines()), ports)

    def test_containers_have_only_the_rights_they_need(self):
        allowed = {"postfix": {"SETUID", "SETGID", "DAC_READ_SEARCH"}, "dovecot": {"CHOWN", "SETUID", "SETGID", "SYS_CHROOT"},
                   "rspamd": set(), "postgres": set(), "valkey": set()}
        form = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Privileged}} {{.HostConfig.SecurityOpt}}|{{.HostConfig.CapAdd}}"
        for component, capabilities in allowed.items():
            with self.subTest(component):
                rights, _, added = docker("inspect", "-f", form, self.site.container(component)).partition("|")
                self.assertEqual(rights, "true [ALL] false [no-new-privileges]")
                self.assertEqual({c.removeprefix("CAP_") for c in re.findall(r"\w+", added)}, capabilities)


if __name__ == "__main__":
    unittest.main()
