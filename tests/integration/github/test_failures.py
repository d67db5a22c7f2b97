"""What an error of the API says about the request that failed."""

from __future__ import annotations

import gidgethub
import pytest

from django_github_app import errors
from django_github_app.github import AsyncGitHubAPI, app_jwt
from django_github_app.github.failures import shown_url
from django_github_app.observe.redaction import describe
from tests.support.octo import Octo

MISSING = "/repos/octo/nothing"
DOCS = "https://docs.github.com/rest/repos/repos#get-a-repository"


def named(error: BaseException) -> tuple[object, object]:
    return getattr(error, "method", None), getattr(error, "url", None)


async def test_a_refusal_names_method_address_and_documentation(octo: Octo) -> None:
    octo.github.fail_next(
        1, status=404, data={"message": "Not Found", "documentation_url": DOCS}, path="nothing"
    )
    with pytest.raises(gidgethub.BadRequest) as caught:
        await octo.client().getitem(f"{MISSING}?access_token=secret")
    url = f"{octo.github.url}{MISSING}"
    assert str(caught.value) == f"GET {url}: Not Found (see {DOCS})"
    assert named(caught.value) == ("GET", url)
    assert caught.value.status_code == 404
    assert "secret" not in describe(caught.value)


@pytest.mark.parametrize("method", ["getitem", "post", "put", "patch", "delete"])
async def test_every_method_is_named(octo: Octo, method: str) -> None:
    with pytest.raises(gidgethub.BadRequest) as caught:
        await getattr(octo.client(), method)(MISSING, **({} if method == "getitem" else {"data": {}}))
    verb = {"getitem": "GET"}.get(method, method.upper())
    assert str(caught.value).startswith(f"{verb} {octo.github.url}{MISSING}: ")


async def test_pages_of_a_list_are_named(octo: Octo) -> None:
    with pytest.raises(gidgethub.BadRequest, match=r"^GET http\S+/repos/octo/nothing/issues: "):
        async for _ in octo.client().getiter(f"{MISSING}/issues?per_page=2"):
            pass


def test_the_synchronous_client_names_them_too(octo: Octo) -> None:
    gh = octo.sync_client()
    with pytest.raises(gidgethub.BadRequest, match=r"^DELETE http"):
        gh.delete(MISSING)
    with pytest.raises(gidgethub.BadRequest, match=r"^GET http"):
        list(gh.getiter(MISSING))


async def test_a_lost_connection_is_named(octo: Octo) -> None:
    octo.github.fail_next(9, drop="before", path="nothing")
    with pytest.raises(errors.GitHubUnreachable, match=r"^POST http\S+/nothing: "):
        await octo.client().post(MISSING, data={})


async def test_graphql_is_named(octo: Octo) -> None:
    with pytest.raises(gidgethub.GraphQLException, match=r"^POST http\S+/graphql: "):
        await octo.client().graphql("query { nonsense }")


async def test_a_token_that_is_refused_is_named_after_its_own_request(octo: Octo) -> None:
    octo.github.fail_next(9, status=422, data={"message": "No"}, path="access_tokens")
    with pytest.raises(gidgethub.BadRequest, match=r"^POST http\S+/access_tokens: No") as caught:
        await octo.client().getitem(MISSING)
    assert str(caught.value).count("http") == 1


async def test_an_uninstalled_app_is_named(octo: Octo) -> None:
    octo.github.delete_installation(octo.installation)
    with pytest.raises(errors.InstallationNotFound, match=r"^POST http\S+/access_tokens: "):
        await octo.client().getitem(MISSING)
    with pytest.raises(gidgethub.BadRequest, match=r"^GET http"):
        await AsyncGitHubAPI().getitem("/app/installations/99", jwt=app_jwt())


def test_what_may_be_secret_in_an_address_is_left_out() -> None:
    assert shown_url("https://user:pw@api.github.com/x?token=1#f") == "https://api.github.com/x"
    code = "https://api.github.com/app-manifests/0123456789/conversions"
    assert shown_url(code) == "https://api.github.com/app-manifests/…/conversions"
