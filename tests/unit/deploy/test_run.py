"""What `make run` decides before it starts anything."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy import run
from deploy.local_servers import free_port


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


def test_the_shell_wins_over_dotenv_and_dotenv_over_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text('GITHUB_APP_ID=7\nGITHUB_APP_NAME="from dotenv"\n')
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setenv("GITHUB_APP_NAME", "from-the-shell")
    monkeypatch.setenv("GITHUB_CLIENT_ID", "")  # set to nothing is not set
    env = run.environment(tmp_path)
    assert (env["GITHUB_APP_ID"], env["GITHUB_APP_NAME"]) == ("7", "from-the-shell")
    assert "GITHUB_CLIENT_ID" not in env or env["GITHUB_CLIENT_ID"] == ""
    assert env["LOCAL"] == "1"


def test_secrets_are_made_once_and_are_for_their_owner_only(tmp_path: Path) -> None:
    first = run.keep_secrets(tmp_path)
    assert run.keep_secrets(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert len(set(first.values())) == 3


def test_a_run_leads_to_a_github_of_its_own_whatever_dotenv_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_API_URL", raising=False)
    env = {
        "GITHUB_API_URL": "https://github.example.com/api/v3",
        "GITHUB_APP_ID": "7",
        "GITHUB_PRIVATE_KEY": "somebody's",
        "GITHUB_APP_SETTINGS": '{"API_URL": "https://github.example.com/api/v3", "LANES": false}',
    }
    with ExitStack() as stack:
        github = run.provide_github(env, stack)
        assert github is not None
        assert env["GITHUB_API_URL"] == github.url
        assert env["GITHUB_APP_ID"] == str(github.app_id)
        assert env["GITHUB_PRIVATE_KEY"].replace("\\n", "\n") == github.private_key
        assert env["GITHUB_APP_SETTINGS"] == '{"LANES": false}'


def test_a_github_that_the_shell_names_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "https://github.example.com/api/v3")
    env = {"GITHUB_APP_ID": "7"}
    with ExitStack() as stack:
        assert run.provide_github(env, stack) is None
    assert env == {"GITHUB_APP_ID": "7"}


def test_a_free_port_is_found_when_the_usual_one_is_taken(listening: int) -> None:
    assert free_port(listening) != listening
    assert run.choose_port({"PORT": str(free_port())}).isdigit()
    with pytest.raises(run.RunFailed, match=f"PORT={listening} is taken"):
        run.choose_port({"PORT": str(listening)})


def test_other_terminals_find_the_run_while_it_lasts(tmp_path: Path) -> None:
    env = {"DATABASE_URL": "postgres:///x", "GITHUB_WEBHOOK_SECRET": "s", "HOME": "/root"}
    with run.shared_environment(env, tmp_path):
        path = tmp_path / "environment"
        assert path.read_text() == "DATABASE_URL=postgres:///x\nGITHUB_WEBHOOK_SECRET=s\n"
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()
    assert os.listdir(tmp_path) == []
