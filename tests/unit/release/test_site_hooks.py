"""Links of the pages on the site."""

from __future__ import annotations

from release.site_hooks import ROOT, rewritten

REPOSITORY = "https://example.com/repository"


def test_links_out_of_the_docs_lead_to_the_repository() -> None:
    docs = ROOT / "docs"
    page = "[a](../Procfile) [b](../deploy/prometheus#x) [c](settings.md#lanes) [d](../nothing.md)"
    assert rewritten(page, docs, REPOSITORY) == (
        f"[a]({REPOSITORY}/blob/main/Procfile) [b]({REPOSITORY}/tree/main/deploy/prometheus#x)"
        " [c](settings.md#lanes) [d](../nothing.md)"
    )
    assert rewritten("[a](../settings.md)", docs / "benchmarks", REPOSITORY) == "[a](../settings.md)"
    assert (
        rewritten("[a](../../README.md)", docs / "adr", REPOSITORY)
        == f"[a]({REPOSITORY}/blob/main/README.md)"
    )
