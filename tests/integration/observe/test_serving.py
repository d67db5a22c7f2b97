"""A worker answers for its metrics on a port of its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

OPEN = {"Accept": "application/openmetrics-text; version=1.0.0"}


@pytest.fixture(autouse=True)
def _switched_on(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "METRICS": True, "METRICS_TOKEN": "let me in"}


@pytest.mark.django_db
def test_an_empty_token_lets_nobody_in(client: Client, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "METRICS_TOKEN": ""}
    assert client.get("/github/metrics", headers={"Authorization": "Bearer "}).status_code == 401


@pytest.mark.django_db
def test_a_worker_answers_on_its_port(settings: Any) -> None:
    import httpx

    from deploy.local_servers import free_port
    from django_github_app.observe import serving

    port = free_port()
    server = serving.serve("127.0.0.1", port)
    assert server is not None
    try:
        assert serving.serve("127.0.0.1", port) is None  # taken: said in the log, and no reason to end
        with httpx.Client(trust_env=False, base_url=f"http://127.0.0.1:{port}") as http:
            assert http.get("/metrics").status_code == 401
            answer = http.get("/metrics", headers={"Authorization": "Bearer let me in", **OPEN})
            assert answer.status_code == 200
            assert answer.text.endswith("# EOF\n")
            assert http.get("/other").status_code == 404
    finally:
        server.shutdown()
        server.server_close()
