"""What a command asks of a person."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.commands.permissions import Level, Permission


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        ({"permission": "admin", "role_name": "admin"}, Level.ADMIN),
        ({"permission": "write", "role_name": "maintain"}, Level.MAINTAIN),
        ({"permission": "read", "role_name": "triage"}, Level.TRIAGE),
        ({"permission": "write", "role_name": "release manager"}, Level.WRITE),
        ({"permission": "none", "role_name": ""}, Level.NONE),
        ({"permission": None, "role_name": 7}, Level.NONE),
        ({}, Level.NONE),
    ],
)
def test_a_level_is_at_least_what_either_name_of_the_answer_says(
    answer: dict[str, Any], level: Level
) -> None:
    assert Level.from_api(answer) is level


def test_a_level_is_named_in_any_case_and_an_unknown_one_with_those_that_there_are() -> None:
    assert Level.named(" Write ") is Level.WRITE
    with pytest.raises(
        ValueError, match=r"no permission 'owner'; use read, triage, write, maintain, admin, or"
    ):
        Level.named("owner")


@pytest.mark.parametrize(
    ("wanted", "permission", "described"),
    [
        (None, Permission(), "nothing"),
        ("write", Permission(Level.WRITE), "write access to this repository"),
        (["admin", "triage"], Permission(Level.TRIAGE), "triage access to this repository"),
        ("@octo/core", Permission(teams=(("octo", "core"),)), "membership of octo/core"),
        (
            ["maintain", "octo/core"],
            Permission(Level.MAINTAIN, (("octo", "core"),)),
            "maintain access to this repository or membership of octo/core",
        ),
    ],
)
def test_what_is_asked_for_is_read_and_described(wanted: Any, permission: Permission, described: str) -> None:
    found = Permission.of(wanted)
    assert found == permission
    assert found.describe() == described
    assert bool(found) is (wanted is not None)


def test_a_callable_is_a_rule_of_its_own() -> None:
    def rule(event: Any) -> bool:
        return True

    found = Permission.of(rule)
    assert (found.rule, bool(found), found.describe()) == (rule, True, "a rule of its own")


def test_an_empty_list_would_let_nobody_in() -> None:
    with pytest.raises(ValueError, match="nobody could use the command"):
        Permission.of([])
