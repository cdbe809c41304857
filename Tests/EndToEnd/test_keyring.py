"""Sessions in a real gnome-keyring, and what `keyreeve` says where it is locked, hung, gone or not there."""
import json
import subprocess
import time

import pytest

from harness import Person, binary
from test_trust import ask


@pytest.fixture
def policy_with(admin, governed):
    """Applies the governed documents with `session.store` set; takes it out again."""
    document = governed / "organization.toml"
    before = document.read_text()

    def apply(store):
        document.write_text(f'{before}\n[session]\nstore = "{store}"\n')
        admin.run("apply", "-f", governed, "--yes")

    yield apply
    document.write_text(before)
    admin.run("apply", "-f", governed, "--yes")


@pytest.fixture
def person(keyreeve, governed, keyring, tmp_path):
    """Somebody whose desktop has the keyring."""
    person = Person(keyreeve, tmp_path / "home")
    person.environment.update(keyring.address)
    return person


def session_of(person):
    [account] = person.home.glob("state/keyreeve/*/demo/account.json")
    return json.loads(account.read_text())


def item(person):
    return {"xdg:schema": "org.keyreeve.Session", "server": person.keyreeve.control, "organization": "demo"}


def record_of(person, keyring):
    text = keyring.secret(**item(person))
    return text and json.loads(text)


def texts(value):
    """Every token in a session record."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    return [value] if isinstance(value, str) else []


def refused(person, *arguments):
    """The one sentence of a command that fails in time, and prints nothing else."""
    started = time.monotonic()
    result = person.attempt(*arguments)
    assert time.monotonic() - started < 4
    assert result.returncode != 0
    assert result.stdout == ""
    [sentence] = result.stderr.strip().splitlines()
    return sentence


def test_the_session_is_in_the_keyring_and_nowhere_on_disk(person, keyring):
    person.sign_in_with_browser()
    token = person.run("token").strip()
    assert ask(person, token)[0] == 200
    assert session_of(person)["place"] == "keyring"
    secrets = texts(record_of(person, keyring))
    assert token in secrets and len(secrets) >= 3
    # The keyring's own file is its own affair; it is encrypted.
    for path in [*person.home.rglob("*"), *keyring.directory.rglob("*")]:
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            assert path.name != "session.json"
            for secret in secrets:
                assert secret.encode() not in content, path


def test_logout_removes_the_item(person, keyring):
    person.sign_in_with_browser()
    assert record_of(person, keyring)
    person.run("logout")
    assert record_of(person, keyring) is None
    assert "not signed in" in refused(person, "token")


def test_where_policy_wants_a_keyring_and_there_is_none_the_login_is_refused(person, keyring, policy_with):
    policy_with("keyring")
    keyring.kill()
    result = sign_in(person)
    assert result.returncode != 0
    assert "keyring cannot be used" in result.stderr
    assert not list(person.home.rglob("session.json"))
    keyring.start()
    assert sign_in(person).returncode == 0
    assert session_of(person)["place"] == "keyring"


def test_where_policy_leaves_it_open_and_there_is_no_keyring_a_file_for_the_owner_alone_holds_it(person, keyring):
    keyring.kill()
    assert sign_in(person).returncode == 0
    assert session_of(person)["place"] == "file"
    [path] = person.home.rglob("session.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert person.run("token")


def test_a_locked_keyring_is_never_bypassed_by_a_file(person, keyring):
    keyring.lock()
    result = sign_in(person)
    assert result.returncode != 0 and "locked" in result.stderr
    assert not list(person.home.rglob("session.json"))


def test_a_session_from_a_file_moves_into_the_keyring(person, keyring, policy_with):
    policy_with("file")
    assert sign_in(person).returncode == 0
    assert list(person.home.rglob("session.json"))
    policy_with("keyring")
    assert sign_in(person).returncode == 0
    assert not list(person.home.rglob("session.json"))
    assert record_of(person, keyring)


@pytest.mark.parametrize("trouble", ["locked", "hung", "killed"])
def test_a_keyring_in_trouble_is_told_in_a_sentence_and_used_again_when_it_is_back(person, keyring, trouble):
    assert sign_in(person).returncode == 0
    token = person.run("token")
    if trouble == "locked":
        keyring.lock()
    elif trouble == "hung":
        keyring.hang()
    else:
        keyring.kill()
    try:
        sentence = refused(person, "token")
    finally:
        if trouble == "hung": keyring.go_on()
    assert ("is locked" if trouble == "locked" else "cannot be used") in sentence
    assert token.strip() not in sentence
    if trouble == "locked": keyring.kill()
    if trouble != "hung": keyring.start()
    assert person.run("token") == token


def test_fifty_at_once_refresh_the_session_once(person, keyring, admin):
    assert sign_in(person).returncode == 0
    record = record_of(person, keyring)
    # As it is when the last quarter of the assertion's life has begun and no relay token is left.
    now = int(time.time())
    record["assertion"].update(receivedAt=now - 3000, expiresAt=now + 600)
    record["relayTokens"] = {}
    keyring.store(json.dumps(record), "Keyreeve session", **item(person))
    session = session_of(person)["session"]
    processes = [
        subprocess.Popen([binary("keyreeve"), "token"], env=person.environment, cwd=person.home, text=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(50)]
    results = [(process, *process.communicate(timeout=60)) for process in processes]
    assert [error for process, _, error in results if process.returncode != 0] == []
    assert len({output for _, output, _ in results}) == 1
    refreshes = admin.audit_when("kind:session.refreshed since:1h", lambda records: [
        record for record in records if record.get("session") == session])
    assert len([record for record in refreshes if record.get("session") == session]) == 1
    assert record_of(person, keyring)["refreshToken"]["value"] != record["refreshToken"]["value"]


def sign_in(person):
    """`keyreeve login` with the browser's help, whatever comes of it."""
    try:
        person.sign_in_with_browser()
    except AssertionError as failure:
        return subprocess.CompletedProcess([], 1, "", str(failure))
    return subprocess.CompletedProcess([], 0, "", "")
