"""The root key of a production server in a real gnome-keyring."""
import pathlib
import re
import time

import pytest

import memory
from production import Database, Production


@pytest.fixture(scope="module")
def cluster():
    database = Database()
    yield database
    database.close()


@pytest.fixture
def database(cluster):
    cluster.sql("postgres", "DROP DATABASE IF EXISTS keyreeve WITH (FORCE)")
    cluster.sql("postgres", "CREATE DATABASE keyreeve OWNER keyreeve_owner")
    return cluster


@pytest.fixture
def server(database, keyring):
    server = Production(database, environment=keyring.address)
    server.run("migrate")
    yield server
    server.close()


def refused(server, *arguments):
    started = time.monotonic()
    result = server.attempt(*arguments)
    assert time.monotonic() - started < 10
    assert result.returncode != 0
    [sentence] = result.stderr.strip().splitlines()
    return sentence


def test_the_key_is_made_in_the_keyring_and_read_from_it(server, keyring):
    shown = server.run("init", "--root-key", "keyring")
    assert re.search(r"([0-9A-Z]{5}-){11}[0-9A-Z]{5}", shown)
    assert not list(server.directory.rglob("root.key"))
    server.write_settings(root_key="keyring")
    server.start()
    assert "not this deployment's" not in server.log()
    # A second init leaves everything as it is.
    assert "initialized before" in refused(server, "init")


def test_missing_locked_hung_and_gone_are_four_sentences_and_the_server_starts_when_it_is_back(server, keyring):
    server.write_settings(root_key="keyring")
    assert "holds no root key" in refused(server, "serve")
    server.run("init")
    keyring.lock()
    assert "is locked" in refused(server, "serve")
    keyring.kill()
    gone = refused(server, "serve")
    assert "cannot be used" in gone
    keyring.start()
    keyring.hang()
    try:
        hung = refused(server, "serve")
    finally:
        keyring.go_on()
    assert "did not answer" in hung and hung != gone
    server.start()


def test_an_init_that_cannot_use_the_keyring_leaves_nothing_behind(server, keyring):
    server.write_settings(root_key="keyring")
    keyring.lock()
    assert "is locked" in refused(server, "init")
    keyring.kill()
    keyring.start()
    server.run("init")
    server.start()


def test_another_directory_means_another_key(server, keyring):
    server.write_settings(root_key="keyring")
    server.run("init")
    server.data = server.directory / "elsewhere"
    server.write_settings(root_key="keyring")
    assert "holds no root key" in refused(server, "serve")


def test_the_key_is_in_no_core_argument_environment_or_file(server, keyring):
    server.write_settings(root_key="keyring")
    server.run("init")
    server.start()
    key = keyring.bytes(**{"xdg:schema": "org.keyreeve.RootKey", "directory": str(server.data)})
    assert len(key) == 32
    pid = server.process.pid
    places = memory.find(pid, {"root key": [key]}).get("root key", [])
    assert [place for place in places if place[1]] == []
    assert places, "the search finds the key where it must be"
    for name in ("cmdline", "environ"):
        assert key not in pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    for path in server.directory.rglob("*"):
        assert not path.is_file() or key not in path.read_bytes(), path
