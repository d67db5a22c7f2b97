"""Which credentials are missing or cannot be right."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from django_github_app import checks
from django_github_app.testing.fake_github_auth import rsa_keys
from tests.support.system_checks import ids

GOOD = {"WEBHOOK_SECRET": "s", "APP_ID": "1", "PRIVATE_KEY": rsa_keys()[0]}


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (GOOD, []),
        ({**GOOD, "WEBHOOK_SECRET": ""}, ["W013"]),
        ({**GOOD, "WEBHOOK_SECRET": ["", None]}, ["W013"]),
        ({**GOOD, "WEBHOOK_SECRET": "\n"}, ["W013"]),
        ({**GOOD, "WEBHOOK_SECRET": "pasted with its line end\r\n"}, []),
        ({**GOOD, "WEBHOOK_SECRET": b"bytes"}, []),
        ({**GOOD, "WEBHOOK_SECRET": '"quoted"'}, ["W015"]),
        ({**GOOD, "WEBHOOK_SECRET": ["new", "one\ntwo"]}, ["W015"]),
        ({**GOOD, "WEBHOOK_SECRET": ["", "new"]}, []),
        ({**GOOD, "APP_ID": ""}, ["W001"]),
        ({**GOOD, "APP_ID": "", "CLIENT_ID": "Iv1"}, []),
        ({**GOOD, "PRIVATE_KEY": "/no/such/file.pem"}, ["W002"]),
        ({**GOOD, "PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----"}, ["W014"]),
        ({**GOOD, "PRIVATE_KEY": "-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----"}, ["W014"]),
        ({}, ["W013", "W001", "W002"]),
    ],
)
def test_credentials(app: dict[str, Any], expected: list[str]) -> None:
    with override_settings(GITHUB_APP=app):
        assert ids(checks.check_credentials()) == expected
