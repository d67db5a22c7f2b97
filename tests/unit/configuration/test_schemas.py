"""A schema of any kind says which value is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypedDict

import msgspec
import pytest

from django_github_app.configuration.schemas import Mismatch, as_schema


@dataclass
class Plain:
    labels: list[str] = field(default_factory=list)
    days: int = 7


class Struct(msgspec.Struct):
    labels: list[str] = []
    days: int = 7


class Typed(TypedDict, total=False):
    labels: list[str]
    days: int


def test_each_kind_of_schema_reads_a_mapping() -> None:
    data = {"labels": ["bug"], "days": 3, "unknown": True}
    assert as_schema(data, Plain) == Plain(["bug"], 3)
    assert as_schema(data, Struct) == Struct(["bug"], 3)
    assert as_schema(data, Typed) == {"labels": ["bug"], "days": 3}
    assert as_schema(data, None) is data


@pytest.mark.parametrize("schema", [Plain, Struct, Typed])
def test_a_wrong_value_has_its_path(schema: Any) -> None:
    with pytest.raises(Mismatch, match=r"Expected `str`, got `int`") as caught:
        as_schema({"labels": ["bug", 7]}, schema)
    assert caught.value.path == ("labels", 1)


def test_pydantic_models_are_read_where_it_is_installed() -> None:
    pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed: pip install pydantic")
    model = pydantic.create_model("Model", days=(int, 7), labels=(list[str], []))
    assert as_schema({"days": "3"}, model).days == 3
    with pytest.raises(Mismatch, match="valid string") as caught:
        as_schema({"labels": ["bug", 7]}, model)
    assert caught.value.path == ("labels", 1)


@pytest.mark.parametrize("data", [[], "text", 7, None])
def test_only_a_mapping_is_a_configuration(data: Any) -> None:
    with pytest.raises(Mismatch, match="has to be a mapping"):
        as_schema(data, None)
