from __future__ import annotations

import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
import structlog

from deploy.logs import logging_settings, redact

TOKEN = "ghs_" + "a1B2" * 10


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("restored_logging")
def test_a_log_line_is_json_with_its_extras_and_without_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    settings = logging_settings(level="INFO", as_json=True)
    del settings["loggers"]
    logging.config.dictConfig(settings)
    try:
        raise ValueError(f"bad credentials {TOKEN}")
    except ValueError:
        logging.getLogger("app").exception("call with %s failed", TOKEN, extra={"delivery": "72d3162e"})
    line = json.loads(capsys.readouterr().out)
    assert (line["message"], line["delivery"], line["level"], line["logger"]) == (
        "call with ghs_*** failed",
        "72d3162e",
        "error",
        "app",
    )
    assert "ValueError: bad credentials ghs_***" in line["exception"]


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize("as_json", [True, False])
def test_no_key_of_a_line_takes_the_place_of_its_message_level_or_logger(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = logging_settings(level="INFO", as_json=as_json)
    del settings["loggers"]
    logging.config.dictConfig(settings)
    extra = {"event": "issues", "level": "high", "logger": "mine", "timestamp": "never"}
    logging.getLogger("app").info("delivery not stored", extra=extra)
    with structlog.contextvars.bound_contextvars(event="push"):
        structlog.get_logger("app").info("second line")
    first, second = capsys.readouterr().out.splitlines()
    if not as_json:
        assert "delivery not stored" in first
        assert "event=issues" in first
        return
    line = json.loads(first)
    assert (line["message"], line["event"]) == ("delivery not stored", "issues")
    assert (line["level"], line["logger"]) == ("info", "app")
    assert line["timestamp"] > "2026"
    line = json.loads(second)
    assert (line["message"], line["event"], line["level"]) == ("second line", "push", "info")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"token {TOKEN}.", "token ghs_***"),
        ("github_pat_11AAAAAAA0123456789abcdefghij", "github_pat_***"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "[private key]"),
        (
            "ghs_short and high_fidelity_words_stay_as_they_are",
            "ghs_short and high_fidelity_words_stay_as_they_are",
        ),
    ],
)
def test_secrets_are_masked(text: str, masked: str) -> None:
    assert redact(text) == masked
