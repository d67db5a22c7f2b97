"""``import-app`` and ``create-app`` against the fake GitHub."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click
import httpx
import pytest
from click.testing import CliRunner, Result
from django.core.management import CommandError, call_command

from django_github_app.cli import github as cli
from django_github_app.models import Installation, Repository
from django_github_app.routing import GitHubRouter
from tests.support.octo import Octo

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


class TestImportApp:
    def test_without_arguments_every_installation_is_imported(self, octo: Octo) -> None:
        octo.github.add_installation("acme", repositories=["acme/one", "acme/two"])
        for _ in range(2):
            result = run("import-app")
            assert result.output == "2 installations (0 removed), 3 repositories (0 removed)\n"
        assert Repository.objects.count() == 3

    def test_a_rate_limit_is_waited_for(self, octo: Octo) -> None:
        octo.github.secondary_limit(1.5, installation=octo.installation)
        result = run("import-app")
        assert "GitHub's rate limit: going on at" in result.output
        assert result.output.endswith("1 installations (0 removed), 1 repositories (0 removed)\n")

    @pytest.mark.parametrize("kind", ["org", "user"])
    def test_one_installation_is_imported_as_django_github_app_does(self, octo: Octo, kind: str) -> None:
        octo.github.add_installation("acme", repositories=["acme/one"])
        number = str(octo.installation.id)
        call_command("github", "import-app", "--type", kind, "--name", "octo", "--installation-id", number)
        assert Installation.objects.get().account == "octo"
        assert Repository.objects.get().full_name == "octo/widgets"

    def test_an_id_is_enough(self, octo: Octo) -> None:
        result = run("import-app", "--installation-id", str(octo.installation.id))
        assert result.output == f"installation {octo.installation.id} on octo: 1 repositories\n"

    def test_an_installation_that_is_not_there_is_said(self, octo: Octo) -> None:
        with pytest.raises(CommandError, match="Not Found"):
            call_command("github", "import-app", "--installation-id", "1")
        result = run("import-app", "--type", "org", "--name", "octo", "--installation-id", "1")
        assert result.exit_code == 1
        assert f"the installation on octo is {octo.installation.id}, not 1" in result.output

    def test_type_and_name_belong_together(self) -> None:
        assert "--type and --name belong together" in run("import-app", "--type", "org").output


class TestCreateApp:
    @pytest.fixture(autouse=True)
    def _handlers(self) -> Iterator[None]:
        with GitHubRouter.isolated():

            @GitHubRouter().event("push")
            def on_push(event: Any) -> None: ...

            yield

    @pytest.fixture
    def person(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """Somebody at the browser, who opens what is launched and submits the form."""
        seen: dict[str, Any] = {"state": None}

        def launch(url: str) -> int:
            seen["page"] = httpx.get(url).text
            action = re.search(r'action="([^"]+)"', seen["page"]).group(1)  # type: ignore[union-attr]
            manifest = re.search(r'name="manifest" value="([^"]+)"', seen["page"]).group(1)  # type: ignore[union-attr]
            text = manifest.replace("&quot;", '"')
            seen["manifest"] = json.loads(text)
            reply = httpx.post(action.replace("&amp;", "&"), data={"manifest": text})
            location = reply.headers["location"]
            if seen["state"]:
                code = parse_qs(urlsplit(location).query)["code"][0]
                forged = f"{location.split('?')[0]}?code={code}&state={seen['state']}"
                seen["forged"] = httpx.get(forged).status_code
            else:
                seen["answer"] = httpx.get(location).text
            return 0

        monkeypatch.setattr(click, "launch", launch)
        return seen

    def create(self, tmp_path: Path, *more: str) -> Result:
        env = str(tmp_path / ".env")
        return run(
            "create-app",
            "--name",
            "My Bot",
            "--webhook-url",
            "https://bot.example/gh/",
            "--env-file",
            env,
            *more,
        )

    def test_a_form_is_served_and_the_code_is_exchanged(
        self, octo: Octo, person: dict[str, Any], tmp_path: Path
    ) -> None:
        env = tmp_path / ".env"
        env.write_text("SECRET_KEY=here-already")
        result = self.create(tmp_path)
        assert result.exit_code == 0, result.output
        assert person["manifest"] == {
            "name": "My Bot",
            "url": "https://bot.example/",
            "hook_attributes": {"url": "https://bot.example/gh/", "active": True},
            "public": False,
            "default_permissions": {"contents": "read", "metadata": "read"},
            "default_events": ["push"],
            "redirect_url": person["manifest"]["redirect_url"],
        }
        written = dict(line.split("=", 1) for line in env.read_text().splitlines())
        assert written["SECRET_KEY"] == "here-already"
        assert written["GITHUB_APP_NAME"] == '"my-bot"'
        assert written["GITHUB_APP_ID"] == f'"{octo.github.app_id}"'
        key = written["GITHUB_PRIVATE_KEY"].strip('"').replace("\\n", "\n")
        assert key == octo.github.private_key.strip()
        assert stat.S_IMODE(env.stat().st_mode) == 0o600
        assert key not in result.output

    def test_an_app_that_is_there_is_not_written_over(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("GITHUB_APP_ID=1\n")
        assert "has a GITHUB_APP_ID already" in self.create(tmp_path).output

    def test_somebody_elses_code_is_not_taken(
        self, octo: Octo, person: dict[str, Any], tmp_path: Path
    ) -> None:
        person["state"] = "forged"
        result = self.create(tmp_path, "--timeout", "0.2")
        assert result.exit_code == 1
        assert "nothing was created" in result.output
        assert person["forged"] == 400
        assert not (tmp_path / ".env").exists()

    def test_an_organisation_may_own_it(self, octo: Octo, person: dict[str, Any], tmp_path: Path) -> None:
        assert self.create(tmp_path, "--org", "octo").exit_code == 0
        assert len(octo.github.requests_to("/organizations/octo/settings/apps/new", "POST")) == 1
