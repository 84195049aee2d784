"""The virus scanner: what it refuses, and what becomes of mail while it cannot scan."""

import base64
import contextlib
import io
import zipfile

from harness import UP_SECONDS, RunningPlatform, docker, eventually, message, unique

ALICE = "alice@example.test"
# Split, so that no scanner on the developer's machine takes this file for what it tests.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = f"Vectis.Test:0:*:{EICAR.encode().hex()}\n"
LACK = "no signatures: nobody fetches them without outside DNS; copy some to /var/lib/clamav"
REPAIR_SECONDS = 30
# Rspamd gives a name that does not resolve two seconds.
ANSWER_SECONDS = 10


def with_attachment(subject, content):
    """The content as an attachment, in base64."""
    head, _, _ = message("carol@elsewhere.test", ALICE, subject).partition(b"Content-Type")
    return head + (
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSee there.\r\n--x\r\n'
        b'Content-Type: application/octet-stream; name="a.bin"\r\nContent-Disposition: attachment; filename="a.bin"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n") + b"--x--\r\n")


def zipped(content):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.com", content)
    return memory.getvalue()


class Antivirus(RunningPlatform):
    """On one platform, which is first made with an antivirus and without signatures. Each test says what it needs of it,
    in an order (of the names) in which Rspamd, slow to stop, is replaced as seldom as can be."""

    @classmethod
    def setUpClass(cls):
        cls.make_site()
        cls.volume = f"{cls.site.project}-clamav-data"
        cls.declared = "antivirus: {enabled: true}"
        cls.site.set_platform("update: {minReadySeconds: 1}")
        cls.site.set_platform(cls.declared)
        # What people see who have no signatures yet; a second platform for it would take another half minute.
        cls.first_up = cls.site.up(check=False)
        # `up` does not wait for what a stalled component cannot change; images may still be built.
        eventually(cls.others_are_ready, UP_SECONDS, lambda: f"the others are not Ready: {cls.site.status()}")
        cls.first_status = cls.site.run("status").stdout
        cls.first_answer = cls.send(unique("first"))

    def setUp(self):
        pass  # nothing is declared anew

    @classmethod
    def others_are_ready(cls):
        phases = [one["phase"] for key, one in cls.site.status().items() if key != "Workload/clamav" and not key.startswith("Platform/")]
        return set(phases) == {"Ready"}

    def started_at(self, name):
        return docker("inspect", "-f", "{{.State.StartedAt}}", name)

    @classmethod
    def in_volume(cls, command, text_input=None):
        docker("run", "--rm", "-i", "-u", "951", "-v", f"{cls.volume}:/v", "debian:trixie-slim", "sh", "-c", command, text_input=text_input)

    def bring_signatures(self):
        self.in_volume("cat > /v/local.ndb", text_input=SIGNATURE)

    def declare(self, text):
        if text == self.declared:
            return
        self.site.edit(self.declared, text)
        type(self).declared = text
        self.site.up()

    def scanning(self, policy="defer"):
        """The platform with a scanner that works."""
        self.bring_signatures()
        self.declare(f"antivirus: {{enabled: true, whenUnavailable: {policy}}}")
        self.site.wait_ready()

    @classmethod
    def answer(cls, data):
        """What is said at the end of the data."""
        with contextlib.closing(cls.site.smtp()) as client:
            client.sock.settimeout(ANSWER_SECONDS)
            client.mail("carol@elsewhere.test")
            client.rcpt(ALICE)
            return client.data(data)

    @classmethod
    def send(cls, subject, body="Hello."):
        return cls.answer(message("carol@elsewhere.test", ALICE, subject, body))

    def assert_deferred(self, answer):
        self.assertEqual(answer[0], 451, answer)
        self.assertTrue(answer[1].startswith(b"4.7.1 the virus scanner is not available"), answer)

    def assert_scans(self):
        for where, (code, text) in (
            ("text", self.send(unique("text"), EICAR)),
            ("attachment", self.answer(with_attachment(unique("attachment"), EICAR.encode()))),
            ("archive", self.answer(with_attachment(unique("archive"), zipped(EICAR.encode())))),
        ):
            with self.subTest(where):
                self.assertEqual(code, 554, text)
                self.assertIn(b"5.7.1 virus found: Vectis.Test", text)
        clean = unique("clean")
        code, text = self.answer(with_attachment(clean, b"harmless"))
        self.assertEqual(code, 250, text)
        self.site.wait_for_mail(ALICE, clean)
        self.assertEqual(self.virus_status(clean), "Clean")

    def virus_status(self, subject):
        client = self.site.imap(ALICE)
        try:
            client.select("INBOX", readonly=True)
            number = client.search(None, "SUBJECT", f'"{subject}"')[1][0].split()[-1]
            line = client.fetch(number, "(BODY[HEADER.FIELDS (X-VIRUS-STATUS)])")[1][0][1].decode()
            return line.partition(":")[2].strip()
        finally:
            client.logout()

    def scanner(self):
        return self.site.status()["Workload/clamav"]

    def stalled_platform(self):
        return next((o for key, o in self.site.status().items() if key.startswith("Platform/") and o["phase"] == "Stalled"), None)

    def test_a_new_platform_without_signatures_says_so_and_defers_mail(self):
        self.assertEqual(self.first_up.returncode, 1)
        self.assertIn(f"Workload/clamav: {LACK}", self.first_up.stderr)
        self.assertRegex(self.first_status, rf"(?m)^clamav +Stalled .* {LACK}")
        self.assert_deferred(self.first_answer)

    def test_a_virus_is_refused_wherever_it_is_and_all_else_is_delivered(self):
        self.scanning()
        self.assertRegex(self.scanner()["message"], r"^ClamAV 1\.4.*, without the daily signatures$")
        self.assert_scans()

    def test_the_scanner_has_no_rights_and_the_mail_network_alone(self):
        self.scanning()
        name = self.site.container("clamav")
        networks = docker("inspect", "-f", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}", name).split()
        self.assertEqual(networks, [f"{self.site.project}-mail"])
        form = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}}"
        self.assertEqual(docker("inspect", "-f", form, name), "951:951 true [ALL] [] [no-new-privileges]")

    def test_mail_is_deferred_while_the_scanner_is_stopped_and_taken_after_its_repair(self):
        self.scanning()
        go_on = self.stop_the_controller()
        docker("stop", self.site.container("clamav"))
        self.assert_deferred(self.send(unique("stopped")))
        self.assert_deferred(self.answer(with_attachment(unique("virus"), EICAR.encode())))
        go_on()
        eventually(lambda: self.send(unique("repaired"))[0] == 250, REPAIR_SECONDS, "no mail is taken after the repair")
        self.site.wait_ready()
        self.assert_scans()

    def test_a_scanner_that_lost_its_signatures_is_not_restarted_for_it(self):
        self.scanning()
        self.in_volume("rm /v/local.ndb")
        name = self.site.container("clamav")
        docker("restart", name)
        restarts = self.scanner()["restarts"]
        eventually(lambda: self.scanner()["reason"] == "NoSignatures", REPAIR_SECONDS, lambda: self.scanner())
        self.assertEqual(self.scanner()["phase"], "Stalled")
        started = self.started_at(name)
        self.assert_deferred(self.send(unique("lost")))
        self.bring_signatures()
        self.site.wait_ready()
        self.assertEqual(self.started_at(name), started)
        self.assertEqual(self.scanner()["restarts"], restarts)

    def test_a_disabled_antivirus_is_gone_and_comes_back_only_with_signatures(self):
        self.scanning()
        self.declare("antivirus: {enabled: false}")
        left = self.site.left
        eventually(lambda: not [n for n in left()["containers"] if "clamav" in n], REPAIR_SECONDS, "the scanner still runs")
        eventually(lambda: [n for n in left()["volumes"] if "clamav" in n] == [self.volume], REPAIR_SECONDS, lambda: left()["volumes"])
        subject = unique("unasked")
        self.assertEqual(self.send(subject, EICAR)[0], 250)
        self.site.wait_for_mail(ALICE, subject)
        self.assertEqual(self.virus_status(subject), "")

        # Enabled where mail is served, it changes nothing before it can scan.
        self.in_volume("rm /v/local.ndb")
        before = self.site.containers()
        self.site.edit("enabled: false", "enabled: true")
        self.assertEqual(self.site.up(check=False).returncode, 1)
        platform = eventually(self.stalled_platform, REPAIR_SECONDS, "the Platform is not Stalled")
        self.assertEqual(platform["reason"], "RolloutFailed")
        self.assertIn(LACK, platform["message"])
        eventually(lambda: self.site.containers() == before, REPAIR_SECONDS, "what served is not as it was")
        self.assertEqual(self.send(unique("served"))[0], 250)
        self.bring_signatures()
        self.site.up()
        type(self).declared = "antivirus: {enabled: true}"
        self.assert_scans()

    def test_unscanned_mail_is_accepted_and_marked_where_the_platform_says_so(self):
        self.scanning("accept")
        self.assertIn("antivirus.whenUnavailable: accept", self.site.run("status").stdout)
        self.assertEqual(self.send(unique("virus"), EICAR)[0], 554)
        go_on = self.stop_the_controller()
        docker("stop", self.site.container("clamav"))
        subject = unique("unscanned")
        code, text = self.send(subject)
        self.assertEqual(code, 250, text)
        go_on()
        self.site.wait_for_mail(ALICE, subject, seconds=REPAIR_SECONDS)
        self.assertEqual(self.virus_status(subject), "Not scanned")
