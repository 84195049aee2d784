"""An installation of its own for a test: own project, home, ports and subnet, driven through the command line."""

import atexit
import contextlib
import dataclasses
import email.utils
import functools
import imaplib
import ipaddress
import json
import os
import pathlib
import poplib
import pty
import random
import re
import select
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("VECTIS_BIN", ROOT / "build" / "vectis")).resolve()
QUICKSTART = ROOT / "examples" / "quickstart"
HOSTNAME = "mail.example.test"
PORTS = {"smtp": 2525, "submission": 2587, "smtps": 2465, "imaps": 2993, "pop3s": 2995}
UP_SECONDS = 600
# All of them; what mail needs comes last because it is in Postgres, which may be away.
KINDS = ["platforms", "networks", "volumes", "issuers", "certificates", "workloads", "databases", "mapsets", "secrets", "domains", "mailboxes", "aliases"]
# How long a mail client waits for an answer. In a poll a connection that hangs must leave time for the next try.
CLIENT_SECONDS = 60
POLL_CLIENT_SECONDS = 5
# What the tests need beyond the quick start.
TEAM = """apiVersion: mail.vectis.dev/v1
kind: Alias
metadata:
  namespace: example.test
  name: team
spec:
  destinations: [alice@example.test, bob@example.test]
"""


def object_key(item):
    """As status and events name it."""
    metadata = item["metadata"]
    return "/".join(filter(None, (item["kind"], metadata.get("namespace"), metadata["name"])))


def docker(*arguments, check=True, text_input=None):
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, input=text_input, timeout=120)
    if check and done.returncode != 0:
        raise AssertionError(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


def logs(container, *options):
    """Both streams of a container's log."""
    done = subprocess.run(["docker", "logs", *options, container], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60)
    return done.stdout


@functools.cache
def why_not():
    """Why no end-to-end test can run here; empty if they can."""
    if not BIN.exists():
        return f"{BIN} is not built"
    if shutil.which("docker") is None:
        return "the docker client is not installed"
    if subprocess.run(["docker", "version"], capture_output=True, timeout=30).returncode != 0:
        return "no Docker Engine answers"
    if subprocess.run(["docker", "image", "inspect", "debian:trixie-slim"], capture_output=True, timeout=30).returncode != 0:
        return "the engine lacks debian:trixie-slim (.ci/base-image makes it)"
    return ""


class Polling(threading.local):
    is_active = False


polling = Polling()


def client_seconds():
    return POLL_CLIENT_SECONDS if polling.is_active else CLIENT_SECONDS


@contextlib.contextmanager
def as_poll():
    before, polling.is_active = polling.is_active, True
    try:
        yield
    finally:
        polling.is_active = before


def eventually(condition, seconds, message, interval=0.2):
    """The first true value of `condition()`, or a failure that says what did not happen."""
    end = time.monotonic() + seconds
    problem = None
    while True:
        try:
            with as_poll():
                value = condition()
            if value:
                return value
            problem = None
        except (AssertionError, OSError, imaplib.IMAP4.error, poplib.error_proto, smtplib.SMTPException) as error:
            problem = error
        if time.monotonic() > end:
            text = message() if callable(message) else message
            raise AssertionError(f"{text} (waited {seconds} s)" + (f": {problem}" if problem else ""))
        time.sleep(interval)


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def free_subnet():
    """A /24 that overlaps no network of the engine."""
    ids = docker("network", "ls", "-q").split()
    networks = json.loads(docker("network", "inspect", *ids)) if ids else []
    taken = [ipaddress.ip_network(c["Subnet"]) for n in networks for c in (n["IPAM"] or {}).get("Config") or [] if "." in c.get("Subnet", "")]
    candidates = list(ipaddress.ip_network("10.213.0.0/16").subnets(new_prefix=24))
    random.shuffle(candidates)
    return str(next(c for c in candidates if not any(c.overlaps(t) for t in taken)))


@dataclasses.dataclass
class Seen:
    """What a command showed, with the seconds since its start at which each piece came."""

    pieces: list
    seconds: float
    returncode: int

    @property
    def text(self):
        return b"".join(piece for _, piece in self.pieces).decode(errors="replace")

    def moments(self):
        """When something new came, pieces that came together being one."""
        found = []
        for time_seen, _ in self.pieces:
            if not found or time_seen - found[-1] > 0.05:
                found.append(time_seen)
        return found

    def longest_silence(self):
        times = [0, *(time_seen for time_seen, _ in self.pieces), self.seconds]
        return max(after - before for before, after in zip(times, times[1:]))


class Installation:
    """One platform. `close()` removes whatever is left of it, by its project's prefix only."""

    def __init__(self):
        self.project = "ve2e" + uuid.uuid4().hex[:6]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ve2e-"))
        self.home = self.folder / "home"
        self.supervisor = None
        self.site = self.folder / "site"
        self.env = {**os.environ, "VECTIS_HOME": str(self.home), "VECTIS_PROJECT": self.project, "VECTIS_METRICS_PORT": "0"}
        self.ports = dict(zip(PORTS, free_ports(len(PORTS))))
        shutil.copytree(QUICKSTART, self.site)
        for path in self.site.glob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            for name, number in PORTS.items():
                text = re.sub(rf"\b{name}: {number}\b", f"{name}: {self.ports[name]}", text)
            path.write_text(text, encoding="utf-8")
        self.set_platform(f"dataSubnet: {free_subnet()}")
        (self.site / "e2e.yaml").write_text(TEAM, encoding="utf-8")

    def plant_secrets(self):
        """Gives the installation secrets that are known beforehand; the values."""
        names = [f"vectis/{n}" for n in ("postgres-superuser", "postgres-owner", "postgres-api", "postgres-postfix", "postgres-dovecot", "valkey", "rspamd-controller")]
        entries = [(name, "password") for name in names] + [("vectis/installation", "key")]
        planted = {name: f"canary{uuid.uuid4().hex}" for name, _ in entries}
        self.home.mkdir(mode=0o700)
        text = "".join(f'"{name}":\n  {key}: "{planted[name]}"\n' for name, key in entries)
        with open(self.home / "secrets.yaml", "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)
        return planted

    # -- the command line

    def run(self, *arguments, check=True, timeout=UP_SECONDS, text_input=None):
        done = subprocess.run([BIN, *map(str, arguments)], env=self.env, capture_output=True, text=True, timeout=timeout, input=text_input)
        if check and done.returncode != 0:
            raise AssertionError(f"vectis {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stdout}{done.stderr}\n{self.log_tail()}")
        return done

    def up(self, **options):
        return self.run("up", self.site, **options)

    def up_seen(self, on_a_terminal):
        """`up` as a person at a terminal sees it, or who reads its output from a pipe."""
        leader, follower = pty.openpty() if on_a_terminal else os.pipe()
        start, pieces = time.monotonic(), []
        since_start = lambda: time.monotonic() - start
        running = subprocess.Popen([BIN, "up", self.site], env={**self.env, "TERM": "xterm"}, stdin=follower if on_a_terminal else subprocess.DEVNULL,
                                   stdout=follower, stderr=follower)
        os.close(follower)
        # The end of the other side of a terminal is an error here.
        with contextlib.suppress(OSError):
            while select.select([leader], [], [], UP_SECONDS - since_start())[0] and (piece := os.read(leader, 4096)):
                pieces.append((since_start(), piece))
        os.close(leader)
        seen = Seen(pieces, since_start(), running.wait(10))
        if seen.returncode != 0:
            raise AssertionError(f"vectis up ended with {seen.returncode}:\n{seen.text}\n{self.log_tail()}")
        return seen

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "-o", "json").stdout)

    def status(self):
        return {f"{o['kind']}/{o['name']}": o for o in self.json("status")["objects"]}

    def phase(self, key):
        return self.status().get(key, {}).get("phase")

    def wait_ready(self, seconds=90):
        def all_ready():
            objects = self.status().values()
            return objects and all(o["phase"] == "Ready" for o in objects)

        eventually(all_ready, seconds, lambda: "not everything is Ready:\n" + self.run("status", check=False).stdout)

    def events(self):
        return self.run("events").stdout

    def event_mark(self):
        """The number of the newest event: what happens from now on has a higher one, repetitions included."""
        return max((int(e["metadata"]["resourceVersion"]) for e in self.json("events")["items"]), default=0)

    def events_since(self, mark):
        """What was said since then, as "Kind/name: message"."""
        return [f"{e['involvedObject']['kind']}/{e['involvedObject']['name']}: {e['message']}"
                for e in self.json("events")["items"] if int(e["metadata"]["resourceVersion"]) > mark]

    def uids(self):
        """Of every object."""
        return {object_key(o): o["metadata"]["uid"] for kind in KINDS for o in self.json("get", kind)["items"]}

    def diagnosis(self):
        """What a person would look at after a failure."""
        parts = [f"== the end of controller.log\n{self.log_tail(30)}"]
        # Of commands that ran in the background.
        for path in sorted(self.folder.glob("*.out"), key=lambda path: path.stat().st_mtime)[-3:]:
            parts.append(f"== the end of {path.name}\n" + "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-30:]))
        with contextlib.suppress(subprocess.TimeoutExpired, AssertionError):
            parts.append("== status\n" + self.run("status", check=False, timeout=20).stdout)
            parts.append("== the last events\n" + "\n".join(self.run("events", check=False, timeout=20).stdout.splitlines()[-30:]))
            for name in self.left()["containers"]:
                parts.append(f"== the end of the log of {name}\n" + logs(name, "--tail", "30"))
        return "\n".join(parts)

    def log_tail(self, lines=15):
        log = self.home / "controller.log"
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def edit(self, old, new):
        """Replaces a text in the declaration, which has to be there once."""
        found = [p for p in self.site.glob("*.yaml") if old in p.read_text(encoding="utf-8")]
        if len(found) != 1:
            raise AssertionError(f"'{old}' is in {len(found)} files of the declaration")
        text = found[0].read_text(encoding="utf-8")
        found[0].write_text(text.replace(old, new, 1), encoding="utf-8")
        return found[0]

    def set_platform(self, field_text):
        """Adds a field below the Platform's spec."""
        return self.edit("hostname: mail.example.test", f"hostname: mail.example.test\n  {field_text}")

    def controller_pid(self):
        return int(self.json("status")["pid"])

    def processes(self):
        """The supervisor and the controller of this installation, in this order."""
        found = {}
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                is_ours = f"VECTIS_HOME={self.home}".encode() in (folder / "environ").read_bytes().split(b"\0")
                if is_ours and len(words) > 1 and words[1] in (b"supervise", b"controller"):
                    found[words[1]] = int(folder.name)
        return [found[name] for name in (b"supervise", b"controller") if name in found]

    def start_supervisor(self):
        """As `up` does it, without declaring anything."""
        with open(self.home / "controller.log", "ab") as log:
            self.supervisor = subprocess.Popen(
                [BIN, "supervise"], env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def kill_processes(self):
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.supervisor:
            self.supervisor.wait()
            self.supervisor = None

    # -- what the engine has

    def container(self, component):
        """The running container of a component."""
        names = docker("ps", "--filter", f"name=^{self.project}-{component}-[0-9]+$", "--format", "{{.Names}}").split()
        if len(names) != 1:
            raise AssertionError(f"{component} has {len(names)} running containers: {names}")
        return names[0]

    def containers(self):
        """Name → id and time of the last start, of everything that runs."""
        ids = docker("ps", "-q", "--no-trunc", "--filter", f"name=^{self.project}-").split()
        found = json.loads(docker("inspect", *ids)) if ids else []
        return {c["Name"].lstrip("/"): (c["Id"], c["State"]["StartedAt"]) for c in found}

    def left(self):
        """Everything on the engine with the project's prefix: containers, networks, volumes."""
        prefix = f"{self.project}-"
        return {
            "containers": [n for n in docker("ps", "-a", "--format", "{{.Names}}").split() if n.startswith(prefix)],
            "networks": [n for n in docker("network", "ls", "--format", "{{.Name}}").split() if n.startswith(prefix)],
            "volumes": [n for n in docker("volume", "ls", "--format", "{{.Name}}").split() if n.startswith(prefix)],
        }

    # -- mail

    def password(self, user):
        """Generated some moments after a mailbox was applied, so it is waited for."""
        held = lambda: next((one["password"] for one in self.json("credentials") if one["user"] == user), None)
        return eventually(held, 10, f"credentials do not list {user}")

    @functools.cached_property
    def ca_file(self):
        path = self.folder / "ca.pem"
        path.write_text(self.json("get", "certificate", "mail")["status"]["caCertificate"], encoding="ascii")
        return path

    def tls(self):
        """A context that trusts the platform's CA only, and checks the host name."""
        return ssl.create_default_context(cafile=self.ca_file)

    def smtp(self, service="smtp"):
        """A connection; the name that its certificate is checked against is the platform's, the address loopback."""
        port = self.ports[service]
        if service == "smtps":
            client = NamedSmtpTls("127.0.0.1", port, local_hostname="client.test", timeout=client_seconds(), context=self.tls())
        else:
            client = smtplib.SMTP("127.0.0.1", port, local_hostname="client.test", timeout=client_seconds())
            client._host = HOSTNAME
        client.ehlo()
        return client

    def submit(self, sender, recipient, subject, service="submission", user=None, header_from=None):
        client = self.smtp(service)
        with contextlib.closing(client):
            if service == "submission":
                client.starttls(context=self.tls())
                client.ehlo()
            client.login(user or sender, self.password(user or sender))
            client.sendmail(sender, [recipient], message(header_from or sender, recipient, subject))

    def deliver(self, recipient, subject, body="Hello.", sender="carol@elsewhere.test"):
        with contextlib.closing(self.smtp()) as client:
            client.sendmail(sender, [recipient], message(sender, recipient, subject, body))

    def queue(self, recipient, subject):
        """Delivers a message; the name under which Postfix has taken it."""
        with contextlib.closing(self.smtp()) as client:
            client.mail("carol@elsewhere.test")
            answer = client.rcpt(recipient)
            if answer[0] != 250:
                raise smtplib.SMTPRecipientsRefused({recipient: answer})
            code, text = client.data(message("carol@elsewhere.test", recipient, subject))
        found = re.search(rb"queued as (\w+)", text)
        if code != 250 or not found:
            raise AssertionError(f"'{subject}' was answered with {code} {text!r}")
        return found[1].decode()

    def imap(self, user, password=None):
        client = NamedImapTls("127.0.0.1", self.ports["imaps"], ssl_context=self.tls(), timeout=client_seconds())
        try:
            client.login(user, password or self.password(user))
        except BaseException:
            client.shutdown()
            raise
        return client

    def subjects(self, user, folder="INBOX"):
        client = self.imap(user)
        try:
            client.select(folder, readonly=True)
            numbers = client.search(None, "ALL")[1][0].split()
            found = [client.fetch(n, "(BODY[HEADER.FIELDS (SUBJECT)])")[1][0][1].decode() for n in numbers]
            return [text.partition(":")[2].strip() for text in found]
        finally:
            client.logout()

    def wait_for_mail(self, user, subject, seconds=5):
        eventually(lambda: subject in self.subjects(user), seconds, f"'{subject}' is not in the INBOX of {user}")

    def pop3_subjects(self, user):
        client = NamedPop3Tls("127.0.0.1", self.ports["pop3s"], context=self.tls(), timeout=client_seconds())
        try:
            client.user(user)
            client.pass_(self.password(user))
            count = len(client.list()[1])
            lines = [line for n in range(1, count + 1) for line in client.top(n, 0)[1]]
            return [line[9:].decode() for line in lines if line.lower().startswith(b"subject: ")]
        finally:
            client.quit()

    # -- the end

    def close(self):
        # Images stay: they are the same for every installation, and the next test needs them.
        if self.home.exists():
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run([BIN, "down", "--volumes", "--timeout", "60s"], env=self.env, capture_output=True, timeout=90)
        self.kill_processes()
        left = self.left()
        if left["containers"]:
            docker("rm", "-f", "-v", *left["containers"], check=False)
        if left["networks"]:
            docker("network", "rm", *left["networks"], check=False)
        if left["volumes"]:
            docker("volume", "rm", "-f", *left["volumes"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class NamedSmtpTls(smtplib.SMTP_SSL):
    def _get_socket(self, host, port, timeout):
        return self.context.wrap_socket(socket.create_connection((host, port), timeout), server_hostname=HOSTNAME)


class NamedImapTls(imaplib.IMAP4_SSL):
    def _create_socket(self, timeout):
        return self.ssl_context.wrap_socket(socket.create_connection((self.host, self.port), timeout), server_hostname=HOSTNAME)


class NamedPop3Tls(poplib.POP3_SSL):
    def _create_socket(self, timeout):
        return self.context.wrap_socket(socket.create_connection((self.host, self.port), timeout), server_hostname=HOSTNAME)


def message(sender, recipient, subject, body="Hello."):
    return (
        f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\nDate: {email.utils.formatdate()}\r\n"
        f"Message-ID: <{uuid.uuid4()}@client.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    ).encode()


def unique(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


@functools.cache
def shared_platform():
    """The one that tests share which change nothing."""
    site = Installation()
    atexit.register(site.close)
    site.planted = site.plant_secrets()
    site.first_up = site.up_seen(on_a_terminal=False)
    return site


class ReadOnlyPlatform(unittest.TestCase):
    """Tests that use a running quick start and change nothing of it but its mail."""

    @classmethod
    def setUpClass(cls):
        if why_not():
            raise unittest.SkipTest(why_not())
        cls.site = shared_platform()


class RunningPlatform(unittest.TestCase):
    """Tests that break or change a running quick start, which is the class's own. Each begins with all as declared."""

    site = None
    first_up_on_a_terminal = False

    @classmethod
    def make_site(cls):
        if why_not():
            raise unittest.SkipTest(why_not())
        cls.site = Installation()
        cls.addClassCleanup(cls.site.close)

    @classmethod
    def setUpClass(cls):
        cls.make_site()
        cls.declaration = {p: p.read_text(encoding="utf-8") for p in cls.site.site.glob("*.yaml")}
        cls.first_up = cls.site.up_seen(cls.first_up_on_a_terminal)

    def setUp(self):
        for path, text in self.declaration.items():
            path.write_text(text, encoding="utf-8")
        self.site.up()

    def stop_the_controller(self):
        """Nothing is repaired until it goes on."""
        def go_on():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

        pids = self.site.processes()
        self.assertEqual(len(pids), 2)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        self.addCleanup(go_on)
        return go_on


class OwnPlatform(unittest.TestCase):
    """Tests that each make an installation of their own; nothing of it runs yet."""

    def setUp(self):
        if why_not():
            self.skipTest(why_not())
        self.site = Installation()
        self.addCleanup(self.site.close)
