"""Postgres goes away under a running server: who was working goes on working, and nothing is forgotten."""
import os
import pathlib
import shutil
import signal
import tempfile

import pytest

from harness import Keyreeve, Person, free_ports, post


@pytest.fixture
def house():
    """A Keyreeve of its own, whose Postgres a test may take away."""
    directory = tempfile.mkdtemp(prefix="krv.")
    os.chmod(directory, 0o755)
    server = Keyreeve(directory, free_ports(4))
    server.start()
    yield server
    server.stop()
    shutil.rmtree(directory, ignore_errors=True)


def postmaster(server):
    return int((server.data / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def freeze(server, which):
    """Stops or continues the whole cluster, as a hung disk would."""
    parent = postmaster(server)
    children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for pid in [parent, *map(int, children)]:
        os.kill(pid, which)


def ask(person, profile="production", model="gpt-5.5"):
    token = person.run("token", "--server", person.keyreeve.control, "--organization", "demo",
                       "--profile", profile).strip()
    body = {"model": model, "stream": True, "input": [{"role": "user", "content": "hello"}]}
    status, _, text = post(f"{person.keyreeve.relay}/{profile}/echo/responses", body,
                           {"authorization": f"Bearer {token}"})
    return status, text


def test_an_outage_of_postgres_stops_nobody_and_loses_nothing(house, tmp_path):
    person = Person(house, tmp_path / "home")
    person.run("login", "--server", house.control, "--code", "-", stdin=house.ready["code"])
    assert ask(person)[0] == 200
    freeze(house, signal.SIGSTOP)
    try:
        # A cached token, then one that has to be minted: neither needs the database.
        assert ask(person)[0] == 200
        assert ask(person, "staging", "gpt-5.4-mini")[0] == 200
        # What does need it says so, and is never a 401.
        result = person.attempt("credential", "list", timeout=30)
        assert result.returncode != 0
        assert "database" in result.stderr
    finally:
        freeze(house, signal.SIGCONT)
    calls = person.audit_when(
        "since:1h", lambda records: sum(record["kind"] == "relay.intent" for record in records) >= 3, within=20)
    assert all(record.get("settlement") for record in calls if record["kind"] == "relay.intent")
    assert "echo-key" in person.run("credential", "list")
