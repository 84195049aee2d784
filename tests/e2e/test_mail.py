"""What mail clients and other servers observe."""

import concurrent.futures
import contextlib
import imaplib
import ipaddress
import json
import re
import smtplib
import socket
import ssl
import subprocess
import textwrap
import time
import unittest

from harness import HOSTNAME, NamedImapTls, ReadOnlyPlatform, docker, eventually, logs, message, unique

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

    def header(self, folder, subject):
        """The header of a message to alice, as it was delivered."""
        mailbox = self.site.imap(ALICE)
        try:
            mailbox.select(folder, readonly=True)
            number = mailbox.search(None, "SUBJECT", f'"{subject}"')[1][0].split()[-1]
            return mailbox.fetch(number, "(BODY[HEADER])")[1][0][1].decode()
        finally:
            mailbox.logout()

    def test_what_rspamd_takes_for_spam_is_filed_into_junk(self):
        subject = unique("junk")
        # Headers that may be there once are there twice: enough for Junk, too little for a refusal.
        twice = f"From: carol@elsewhere.test\r\nTo: {ALICE}\r\n"
        with contextlib.closing(self.site.smtp()) as client:
            client.sendmail("carol@elsewhere.test", [ALICE], f"{twice}{twice}Subject: {subject}\r\n\r\nx\r\n".encode())
        eventually(lambda: subject in self.site.subjects(ALICE, "Junk"), 5, "the message is not in Junk")
        self.assertNotIn(subject, self.site.subjects(ALICE))
        self.assertRegex(self.header("Junk", subject), r"(?m)^X-Spam: Yes\r$")

    def test_a_mark_of_spam_that_somebody_else_made_counts_for_nothing(self):
        subject = unique("forged")
        with contextlib.closing(self.site.smtp()) as client:
            client.sendmail("carol@elsewhere.test", [ALICE], b"X-Spam: Yes\r\n" + message("carol@elsewhere.test", ALICE, subject))
        self.site.wait_for_mail(ALICE, subject)
        self.assertNotRegex(self.header("INBOX", subject), r"(?m)^X-Spam:")

    def test_mail_to_the_postmaster_reaches_whom_the_platform_names(self):
        for recipient in ("postmaster", "Postmaster", "@other.test:postmaster", f"postmaster@{HOSTNAME}", f"abuse@{HOSTNAME}"):
            with self.subTest(recipient), contextlib.closing(self.site.smtp()) as client:
                subject = unique("postmaster")
                client.mail("carol@elsewhere.test")
                self.assertEqual(client.docmd("RCPT", f"TO:<{recipient}>")[0], 250)
                self.assertEqual(client.data(message("carol@elsewhere.test", f"postmaster@{HOSTNAME}", subject))[0], 250)
                self.site.wait_for_mail(ALICE, subject)


class DeadDestinations(ReadOnlyPlatform):
    """Aliases that lead nowhere: their mail would bounce to a sender who may never have written it."""

    ALIASES = {"e2e-dead": ["nobody@example.test"], "e2e-chain": ["e2e-dead@example.test"], "e2e-half": ["nobody@example.test", ALICE]}

    def setUp(self):
        documents = [
            f"apiVersion: mail.vectis.dev/v1\nkind: Alias\nmetadata:\n  namespace: example.test\n  name: {name}\nspec:\n  destinations: {json.dumps(destinations)}\n"
            for name, destinations in self.ALIASES.items()]
        self.addCleanup(lambda: [self.site.run("delete", "alias", name, "-n", "example.test") for name in self.ALIASES])
        self.site.run("apply", "-f", "-", text_input="---\n".join(documents))

    def rcpt(self, name):
        with contextlib.closing(self.site.smtp()) as client:
            client.mail("carol@elsewhere.test")
            return client.rcpt(f"{name}@example.test")[0]

    def test_an_alias_that_leads_nowhere_is_refused_at_rcpt(self):
        eventually(lambda: self.rcpt("e2e-half") == 250, 5, "the alias with a good destination is refused")
        self.assertEqual(self.rcpt("e2e-dead"), 550)
        self.assertEqual(self.rcpt("e2e-chain"), 550)
        subject = unique("half")
        self.site.deliver("e2e-half@example.test", subject)
        self.site.wait_for_mail(ALICE, subject)
        self.assertNotIn("status=bounced", self.lines(subject))

    def lines(self, subject):
        """What Postfix logged of the queue file of a message that alice has."""
        mailbox = self.site.imap(ALICE)
        mailbox.select("INBOX", readonly=True)
        number = mailbox.search(None, "SUBJECT", f'"{subject}"')[1][0].split()[-1]
        header = mailbox.fetch(number, "(BODY[HEADER])")[1][0][1].decode()
        mailbox.logout()
        queue_id = re.search(r"with E?SMTPS? id (\w+)", header)[1]
        found = [line for line in logs(self.site.container("postfix"), "--since", "1m").splitlines() if queue_id in line]
        self.assertTrue(found, f"Postfix logged nothing of {queue_id}")
        return "\n".join(found)


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
                self.assertGreaterEqual(client.mail(ALICE)[0], 530)
                for recipient in (BOB, f"postmaster@{HOSTNAME}", "postmaster", '"postmaster"', r"post\master", "@other.test:postmaster"):
                    self.assertGreaterEqual(client.docmd("RCPT", f"TO:<{recipient}>")[0], 500, recipient)
                self.assertGreaterEqual(client.docmd("DATA")[0], 500)

    def test_many_wrong_passwords_at_once_kill_nothing_and_let_the_right_one_in(self):
        dovecot = self.site.container("dovecot")
        password = self.site.password(ALICE)
        context = self.site.tls()

        def guess(number):
            client = NamedImapTls("127.0.0.1", self.site.ports["imaps"], ssl_context=context, timeout=60)
            try:
                client.login(ALICE, f"wrong-{number}")
            except imaplib.IMAP4.error as error:
                return str(error)
            finally:
                client.shutdown()
            return "logged in"

        with concurrent.futures.ThreadPoolExecutor(13) as pool:
            guesses = [pool.submit(guess, number) for number in range(12)]
            client = NamedImapTls("127.0.0.1", self.site.ports["imaps"], ssl_context=context, timeout=60)
            begin = time.monotonic()
            self.assertEqual(client.login(ALICE, password)[0], "OK")
            self.assertLess(time.monotonic() - begin, 15)
            client.logout()
            for answer in guesses:
                self.assertIn("AUTHENTICATIONFAILED", answer.result())
        self.assertEqual(docker("inspect", "-f", "{{.State.OOMKilled}} {{.RestartCount}}", dovecot), "false 0")
        # Of a process that is not the first one only the control group tells: version 2 and version 1.
        killed = docker("exec", dovecot, "sh", "-c", "cat /sys/fs/cgroup/memory.events 2>/dev/null || cat /sys/fs/cgroup/memory/memory.oom_control")
        self.assertRegex(killed, r"(?m)^oom_kill 0$")

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

    def test_get_shows_the_authority_as_yaml_and_it_verifies_what_is_served(self):
        text = self.site.run("get", "certificate", "mail", "-o", "yaml").stdout
        self.assertNotIn("PRIVATE KEY", text)
        # A block of lines that are indented deeper than its key.
        indent, block = re.search(r"(?m)^( *)caCertificate: \|\n((?:\1  .*\n)+)", text).groups()
        context = ssl.create_default_context(cadata=textwrap.dedent(block))
        self.assertEqual(len(context.get_ca_certs()), 1)
        for service in ("smtps", "imaps", "pop3s"):
            with socket.create_connection(("127.0.0.1", self.site.ports[service]), 10) as plain, context.wrap_socket(plain, server_hostname=HOSTNAME) as served:
                self.assertIn(("DNS", HOSTNAME), served.getpeercert()["subjectAltName"])
        stranger = ssl.create_default_context()
        with socket.create_connection(("127.0.0.1", self.site.ports["imaps"]), 10) as plain, self.assertRaises(ssl.SSLCertVerificationError):
            stranger.wrap_socket(plain, server_hostname=HOSTNAME)


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
        allowed = {"postfix": {"SETUID", "SETGID", "DAC_READ_SEARCH"}, "dovecot": {"CHOWN", "KILL", "SETUID", "SETGID", "SYS_CHROOT"},
                   "rspamd": set(), "postgres": set(), "valkey": set()}
        log = "{{.HostConfig.LogConfig.Type}} {{json .HostConfig.LogConfig.Config}}"
        form = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Privileged}} {{.HostConfig.SecurityOpt}}|{{.HostConfig.CapAdd}}"
        for component, capabilities in allowed.items():
            with self.subTest(component):
                rights, _, added = docker("inspect", "-f", form, self.site.container(component)).partition("|")
                self.assertEqual(rights, "true [ALL] false [no-new-privileges]")
                self.assertEqual({c.removeprefix("CAP_") for c in re.findall(r"\w+", added)}, capabilities)
                self.assertIn("ndots:1", docker("inspect", "-f", "{{.HostConfig.DnsOptions}}", self.site.container(component)))
                self.assertEqual(docker("inspect", "-f", log, self.site.container(component)), 'json-file {"max-file":"3","max-size":"10m"}')

    def test_rspamd_trusts_no_private_address(self):
        options = docker("exec", self.site.container("rspamd"), "rspamadm", "--var=LOCAL_CONFDIR=/etc/vectis",
                         "--var=LIVE=/etc/vectis-live/current", "configdump", "--json", "options")
        trusted = [address for address in json.loads(options)["local_addrs"] if not ipaddress.ip_network(address).is_loopback]
        self.assertEqual(trusted, [])

    def test_valkey_refuses_what_exceeds_its_share_of_the_container(self):
        limit = int(docker("inspect", "-f", "{{.HostConfig.Memory}}", self.site.container("valkey")))
        configuration = docker("exec", self.site.container("valkey"), "cat", "/etc/vectis/valkey.conf")
        share = int(re.search(r"(?m)^maxmemory (\d+)$", configuration)[1]) / limit
        self.assertTrue(0.5 < share < 0.7, share)
        self.assertRegex(configuration, r"(?m)^maxmemory-policy noeviction$")


if __name__ == "__main__":
    unittest.main()
