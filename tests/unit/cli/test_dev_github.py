"""The GitHub beside `github dev`."""

from __future__ import annotations

import httpx

from django_github_app.cli.dev_github import SAMPLE_REPOSITORY, DevGitHub
from django_github_app.testing import payloads


def test_what_is_asked_for_is_there_in_repositories_that_are() -> None:
    with DevGitHub() as github:
        github.add_installation("octo", repositories=["octo/widgets"])
        headers = {"Authorization": f"token {github.user_token('octocat')}"}
        with httpx.Client(base_url=github.url, headers=headers, trust_env=False) as client:
            assert client.get("/repos/octo/widgets/issues/7").json()["number"] == 7
            assert client.get("/repos/octo/widgets/pulls/8").status_code == 200
            reaction = client.post(
                "/repos/octo/widgets/issues/comments/99/reactions", json={"content": "eyes"}
            )
            assert reaction.status_code == 201
            assert client.get("/repos/octo/unknown/issues/7").status_code == 404
        assert github.repo("octo/widgets").comments[99][0].emoji == ["eyes"]


def test_the_samples_are_about_what_is_there() -> None:
    github = DevGitHub()
    github.install_samples()
    sample = payloads.build("issues")
    repo = github.repos[SAMPLE_REPOSITORY]
    assert (repo.id, repo.full_name) == (sample["repository"]["id"], sample["repository"]["full_name"])
    assert github.installations[sample["installation"]["id"]].account.id == sample["organization"]["id"]
    assert github.world.user(sample["sender"]["login"]).id == sample["sender"]["id"]
