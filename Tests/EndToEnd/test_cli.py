"""What admins and auditors see."""
import json
import shutil

import pytest

from harness import Person


def test_bad_documents_are_refused_with_every_error_and_nothing_is_applied(admin, governed, tmp_path):
    before = admin.audit("kind:policy.applied since:1h")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "organization.toml").write_text('[organization]\nid = "demo"\nhelp_ulr = "x"\n')
    (tmp_path / "profiles" / "production.toml").write_text(
        '[profile]\nid = "production"\n\n[model_providers.openai]\nname = "x"\n\n'
        '[model_providers.mine]\nname = ""\nwire_api = "anthropic"\n')
    result = admin.attempt("apply", "-f", tmp_path, "--yes")
    assert result.returncode != 0
    text = result.stdout + result.stderr
    assert "organization.toml:3" in text and "help_url" in text
    assert "production.toml:4" in text and "reserved" in text
    assert "production.toml:8" in text and "production.toml:9" in text
    assert admin.audit("kind:policy.applied since:1h") == before


def test_plan_shows_and_changes_nothing(admin, governed):
    before = admin.audit("kind:policy.applied since:1h")
    text = (governed / "profiles" / "staging.toml").read_text()
    (governed / "profiles" / "staging.toml").write_text(text.replace("The model of", "A model of"))
    try:
        assert "staging" in admin.run("plan", "-f", governed)
    finally:
        (governed / "profiles" / "staging.toml").write_text(text)
    assert admin.audit("kind:policy.applied since:1h") == before


def test_a_credential_is_listed_without_its_value(admin, governed, provider):
    assert "fake-key" in admin.run("credential", "list")
    assert provider.key not in admin.run("credential", "list", "--json")
    assert f"http://127.0.0.1:{provider.port}" in admin.run("credential", "show", "fake-key")


def test_a_credential_goes_only_where_its_admin_said(admin, governed, provider, tmp_path):
    refused = admin.attempt("credential", "set", "unbound-key", stdin="sk-never-stored")
    assert refused.returncode != 0 and "--for https://HOST" in refused.stderr
    shutil.copytree(governed, tmp_path / "policies")
    profile = tmp_path / "policies" / "profiles" / "staging.toml"
    profile.write_text(profile.read_text().replace(f":{provider.port}/", ":9/"))
    for arguments in (["plan"], ["apply", "--yes"]):
        refused = admin.attempt(*arguments, "-f", tmp_path / "policies")
        assert refused.returncode != 0
        shown = refused.stderr + refused.stdout
        assert f"credential fake-key may only go to http://127.0.0.1:{provider.port}" in shown
        assert "profiles/staging.toml:" in shown and "keyreeve credential set fake-key --for" in shown


def test_a_service_account_relays_with_an_api_token(admin, governed, provider):
    from test_trust import ask
    admin.run("service-account", "create", "ci", "--role", "developer")
    token = json.loads(admin.run("api-token", "create", "ci", "--days", "7", "--json"))["token"]
    assert token.startswith("krv_sa_")
    status, _, _ = ask(admin, token)
    assert status == 200


def test_a_developer_without_roles_cannot_administer(keyreeve, governed, tmp_path):
    person = Person(keyreeve, tmp_path / "home")
    person.sign_in_with_browser(person=keyreeve.ready["people"][1])
    for arguments in (["credential", "list"], ["apply", "-f", governed, "--yes"], ["audit", "query", "since:1h"]):
        result = person.attempt(*arguments)
        assert result.returncode != 0
        assert "roles" in result.stderr


def test_sync_leaves_the_persons_own_lines_alone_and_unsync_restores_them(keyreeve, governed, tmp_path):
    person = Person(keyreeve, tmp_path / "home")
    person.sign_in_with_browser()
    person.codex_home.mkdir()
    mine = '# my own\nmodel_provider = "openai"   # mine\napproval_policy = "never"\n\n[tui]\nnotifications = true\n'
    (person.codex_home / "config.toml").write_text(mine)
    person.run("config", "sync")
    synced = (person.codex_home / "config.toml").read_text()
    assert 'approval_policy = "never"' in synced and "[tui]" in synced and synced != mine
    person.run("config", "unsync")
    assert (person.codex_home / "config.toml").read_text() == mine


@pytest.mark.parametrize("noun", ["", "config", "audit", "credential", "token"])
def test_help_is_there(admin, noun):
    assert "USAGE" in admin.run(*noun.split(), "--help")
