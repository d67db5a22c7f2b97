"""What ``_extends`` names, and what of two files counts."""

from __future__ import annotations

import pytest

from django_github_app.configuration.merging import Address, extended, merged

HERE = Address("octo/widgets", ".github/bot.yml")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("base", Address("octo/base", ".github/bot.yml")),
        ("other/base", Address("other/base", ".github/bot.yml")),
        ("other/base:configs/bot.yml", Address("other/base", "configs/bot.yml")),
        (":.github/other.yml", Address("octo/widgets", ".github/other.yml")),
        (".github", Address("octo/.github", ".github/bot.yml")),
        ("", None),
        (7, None),
        ("a/b/c", None),
        ("base:../../etc/passwd", None),
        ("https://example.org/x.yml", None),
    ],
)
def test_what_extends_names(value: object, found: Address | None) -> None:
    assert extended(value, HERE) == found


def test_mappings_are_merged_and_everything_else_is_replaced() -> None:
    nearer = {"a": {"x": 1}, "list": [1], "none": None}
    farther = {"a": {"x": 2, "y": {"z": 3}}, "list": [2, 3], "none": {"x": 1}, "more": True}
    assert merged(nearer, farther) == {
        "a": {"x": 1, "y": {"z": 3}},
        "list": [1],
        "none": None,
        "more": True,
    }
