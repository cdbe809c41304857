"""Starts `keyreeved dev`, runs `keyreeve` and the real Codex, each as a process with an environment of its own."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary(name):
    """The built program: KEYREEVE_BIN names another place than the debug build."""
    directory = pathlib.Path(os.environ.get("KEYREEVE_BIN", ROOT / ".build" / "debug"))
    return directory / name


def codex_binary():
    import codex_cli_bin
    return pathlib.Path(codex_cli_bin.__file__).parent / "bin" / "codex"


def free_ports(count):
    """The first of `count` consecutive free loopback ports."""
    for base in range(20000 + os.getpid() % 10000, 40000, 7):
        sockets = []
        try:
            for port in range(base, base + count):
                sock = socket.socket()
                sockets.append(sock)
                sock.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for sock in sockets:
                sock.close()
    raise RuntimeError("no free ports")


class Keyreeve:
    def __init__(self, directory, port, root=ROOT, chooses_place=False):
        self.directory = pathlib.Path(directory)
        self.root = root
        self.data = None if chooses_place else self.directory / "data"
        self.port = port
        self.control = f"http://127.0.0.1:{port}"
        self.relay = f"http://127.0.0.1:{port + 1}"
        self.process = None
        self.ready = None

    def start(self, *options, timeout=60):
        log = open(self.directory / "keyreeved.log", "ab")
        self.process = subprocess.Popen(
            [binary("keyreeved"), "dev", "--root", self.root, "--port", str(self.port), "--client", binary("keyreeve"),
             "--json", *(["--data", self.data] if self.data else []), *options],
            stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": str(self.directory), "LANG": "C.UTF-8"})
        os.set_blocking(self.process.stdout.fileno(), False)
        text, deadline = b"", time.monotonic() + timeout
        while b"\n" not in text:
            text += self.process.stdout.read() or b""
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError("keyreeved did not start:\n" + self.log())
            time.sleep(0.02)
        self.ready = json.loads(text.split(b"\n")[0])

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log(self):
        return (self.directory / "keyreeved.log").read_text(errors="replace")


class Person:
    """A home directory with a `keyreeve` in it."""

    def __init__(self, keyreeve, home):
        self.keyreeve = keyreeve
        self.home = pathlib.Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.codex_home = self.home / ".codex"
        self.environment = {
            "HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(self.home / "state"), "XDG_CONFIG_HOME": str(self.home / "config"),
            "CODEX_HOME": str(self.codex_home),
        }

    def attempt(self, *arguments, stdin=None, environment=None, timeout=30):
        return subprocess.run(
            [binary("keyreeve"), *map(str, arguments)], text=True, capture_output=True, timeout=timeout,
            input=stdin if stdin is not None else "", env={**self.environment, **(environment or {})}, cwd=self.home)

    def run(self, *arguments, **options):
        result = self.attempt(*arguments, **options)
        assert result.returncode == 0, f"keyreeve {' '.join(map(str, arguments))}:\n{result.stderr}{result.stdout}"
        return result.stdout

    def sign_in_with_browser(self, person=None, organization="demo"):
        """`keyreeve login` with a browser that fills in the development issuer's form."""
        browser = self.home / "browser"
        browser.write_text(f"#!/bin/sh\nexec {sys.executable} {pathlib.Path(__file__).parent / 'browser.py'} "
                           f"\"$1\" {self.keyreeve.ready['sign_in_code']} {person or self.keyreeve.ready['person']}\n")
        browser.chmod(0o755)
        return self.run("login", "--server", self.keyreeve.control, "--organization", organization,
                        environment={"BROWSER": str(browser)})

    def audit(self, query):
        lines = self.run("audit", "query", query, "--json").splitlines()
        return [json.loads(line) for line in lines]

    def audit_when(self, query, condition, within=5.0):
        """The records of a query as soon as they satisfy the condition."""
        deadline = time.monotonic() + within
        while True:
            records = self.audit(query)
            if condition(records):
                return records
            assert time.monotonic() < deadline, f"the audit does not show it: {records}"
            time.sleep(0.1)


class Codex:
    """The real Codex CLI in a person's home."""

    def __init__(self, person):
        self.person = person
        self.work = person.home / "work"
        self.work.mkdir(exist_ok=True)

    def command(self, prompt, *options):
        return [str(codex_binary()), "exec", "--skip-git-repo-check", *options, prompt]

    def exec(self, prompt, *options, timeout=60, prefix=()):
        started = time.monotonic()
        result = subprocess.run(
            [*prefix, *self.command(prompt, *options)], stdin=subprocess.DEVNULL, text=True, capture_output=True,
            timeout=timeout, env=self.person.environment, cwd=self.work)
        result.seconds = time.monotonic() - started
        result.shown = result.stdout + result.stderr
        return result


def post(url, body, headers=None, timeout=10):
    """(status, headers, text) of a JSON POST; error statuses are answers too."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json",
                                                                     **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()
