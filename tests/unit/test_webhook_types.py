"""The stubs of payloads: one for each event and action that GitHub has, and nothing of them in a running program."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from django_github_app import webhooks
from django_github_app.deliveries.known_events import EVENTS
from tests.support.source import PACKAGE
from tests.support.webhook_types import Types, Writer, camel

STUBS = PACKAGE / "webhooks"


def test_every_event_and_action_has_a_type() -> None:
    index = ast.parse((STUBS / "__init__.pyi").read_text())
    exported = {
        alias.asname: statement.module
        for statement in index.body
        if isinstance(statement, ast.ImportFrom) and statement.level
        for alias in statement.names
    }
    wanted = {
        camel(event, *parts): event
        for event, actions in EVENTS.items()
        for parts in ((), *((a,) for a in actions))
    }
    assert exported == wanted
    assert set(webhooks.names()) == set(wanted)


@pytest.mark.parametrize("event", EVENTS)
def test_a_stub_defines_the_names_of_its_event(event: str) -> None:
    defined = set()
    for statement in ast.parse((STUBS / f"{event}.pyi").read_text()).body:
        match statement:
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                defined.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                defined.add(name)
    assert {camel(event, *parts) for parts in ((), *((a,) for a in EVENTS[event]))} <= defined


def test_only_few_pairs_have_no_description() -> None:
    # GitHub's list of names has them, its descriptions do not.
    loose = [
        line.partition(":")[0]
        for path in STUBS.glob("*.pyi")
        for line in path.read_text().splitlines()
        if line.endswith(": TypeAlias = dict[str, Any]")
    ]
    assert len(loose) <= 2, loose


def test_an_import_makes_no_type() -> None:
    code = (
        "import sys; from django_github_app import webhooks;"
        "assert webhooks.names.cache_info().currsize == 0;"
        "assert not [name for name in sys.modules if name.startswith('django_github_app.webhooks.')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_shapes_are_written_once_and_unions_are_of_what_is_described() -> None:
    user = {
        "type": "object",
        "properties": {"login": {"type": "string"}},
        "required": ["login"],
        "title": "User",
    }

    def webhook(event: str, **properties: object) -> dict[str, object]:
        schema = {"type": "object", "properties": {"sender": user, **properties}, "required": ["sender"]}
        content = {"application/json": {"schema": schema}}
        return {"post": {"operationId": f"{event}/x", "requestBody": {"content": content}}}

    types = Types()
    types.read(
        {
            "webhooks": {
                "a": webhook("fork", action={"enum": ["one", "two"]}, note={"type": ["string", "null"]}),
                "b": webhook(
                    "push", **{"+1": {"anyOf": [{"type": "integer"}, {"type": "array", "items": user}]}}
                ),
            }
        }
    )
    files = Writer(types, {"fork": ["one", "two"], "push": [], "odd": []}).files()
    assert "class User(TypedDict):\n    login: str\n" in files["_common.pyi"]
    assert "class ForkOne(TypedDict):\n    sender: User\n" in files["fork.pyi"]
    assert '    action: NotRequired[Literal["two"]]\n    note: NotRequired[str | None]\n' in files["fork.pyi"]
    assert files["fork.pyi"].endswith("Fork: TypeAlias = ForkOne | ForkTwo\n")
    assert '        "+1": NotRequired[int | list[User]],\n' in files["push.pyi"]
    assert files["odd.pyi"].endswith("Odd: TypeAlias = dict[str, Any]\n")
