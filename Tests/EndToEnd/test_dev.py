"""`keyreeved dev`, where it is hard to start."""
import os
import pathlib
import shutil
import signal
import socket
import tempfile
import time

import pytest

from harness import ROOT, Keyreeve, Person, free_ports


@pytest.fixture
def place():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="krv."))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def checkout(directory):
    """What `keyreeved dev` needs of a checkout, at another place."""
    for name in ("migrations", "policies"):
        shutil.copytree(ROOT / name, directory / name)
    (directory / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "roles.sql", directory / "deploy")
    return directory


@pytest.mark.parametrize("kind", ["closed home", "long path"])
def test_it_finds_another_place_where_the_checkout_cannot_hold_the_data(place, kind):
    root = place / "home"
    if kind == "long path":
        root = place.joinpath(*["d" * 48] * 3)
    root.mkdir(parents=True)
    checkout(root)
    if kind == "closed home":
        root.chmod(0o700)
    server = Keyreeve(place, free_ports(4), root=root, chooses_place=True)
    server.start()
    data = pathlib.Path(server.ready["data"])
    try:
        if kind == "long path" or os.geteuid() == 0:
            assert root not in data.parents
        person = Person(server, place / "person")
        person.run("login", "--server", server.control, "--code", "-", stdin=server.ready["code"])
    finally:
        assert server.stop() == 0
        shutil.rmtree(data, ignore_errors=True)


def test_a_second_start_keeps_the_data_and_fresh_forgets_it(place):
    server = Keyreeve(place, free_ports(4))
    person = Person(server, place / "person")

    def sign_in_and_count():
        person.run("login", "--server", server.control, "--code", "-", stdin=server.ready["code"])
        return len(person.audit_when("kind:session.created since:1h", lambda records: records))

    server.start()
    assert sign_in_and_count() == 1
    assert server.stop() == 0
    server.start()
    assert sign_in_and_count() == 2
    assert server.stop() == 0
    server.start("--fresh")
    shutil.rmtree(person.home / "state")
    assert sign_in_and_count() == 1
    assert server.stop() == 0


def test_a_port_in_use_is_said_before_anything_starts(place):
    server = Keyreeve(place, free_ports(4))
    with socket.create_server(("127.0.0.1", server.port + 1)):
        with pytest.raises(RuntimeError) as failure:
            server.start()
    assert f"port {server.port + 1} (relay) is in use" in str(failure.value)
    assert "--port" in str(failure.value)
    assert not server.data.exists()


def postmaster(server):
    return int((server.data / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def test_a_postgres_that_is_killed_is_started_again(place):
    server = Keyreeve(place, free_ports(4))
    server.start()
    person = Person(server, place / "person")
    person.run("login", "--server", server.control, "--code", "-", stdin=server.ready["code"])
    try:
        for _ in range(2):
            killed = postmaster(server)
            os.kill(killed, signal.SIGKILL)
            deadline = time.monotonic() + 30
            while person.attempt("credential", "list").returncode != 0:
                assert time.monotonic() < deadline, server.log()
                time.sleep(0.2)
            assert postmaster(server) != killed
        assert "Postgres is back" in server.log()
    finally:
        assert server.stop() == 0


def test_a_postgres_that_cannot_be_started_again_ends_everything_with_a_sentence(place):
    server = Keyreeve(place, free_ports(4))
    server.start()
    data = server.data / "postgres" / "data"
    pid = postmaster(server)
    (data / "global").rename(data / "global.away")
    os.kill(pid, signal.SIGKILL)
    assert server.process.wait(60) != 0
    last = server.log().strip().splitlines()[-1]
    assert last.startswith("keyreeved dev: Postgres ended") and "postgres.log" in last
