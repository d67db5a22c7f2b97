"""axe-core, from npm, and what it says of the page that a browser shows."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from .openapi import CACHE
from .webhook_schema import fetch

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

PACKAGE = "axe-core@4.11.0"
RUN = """
const done = arguments[arguments.length - 1];
const still = new CSSStyleSheet();
still.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important; }");
document.adoptedStyleSheets = [still];
axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((one) => ({
    rule: one.id, impact: one.impact, help: one.help,
    nodes: one.nodes.slice(0, 3).map((node) => node.target.join(" ") + ": " + node.html.slice(0, 150)
      + " | " + [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ").slice(0, 200)),
  }))),
  (error) => done([{rule: "axe itself", impact: "", help: String(error), nodes: []}]));
"""


def script() -> str:
    """Return axe-core; skips the test where npm cannot fetch it."""
    kept = CACHE / (PACKAGE.replace("@", "-") + ".js")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "axe.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            if shutil.which("npm") is None:
                pytest.skip(f"{PACKAGE} comes from npm, which is not installed: apt-get install npm")
            folder = kept.with_suffix(".new")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                (fetch(PACKAGE, folder) / "axe.min.js").rename(kept)
            except subprocess.CalledProcessError as error:
                pytest.skip(f"npm cannot fetch {PACKAGE}: {(error.stderr or '')[-200:]}")
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    return kept.read_text(encoding="utf-8")


def violations(browser: Chrome, axe: str) -> list[dict[str, Any]]:
    """Return what axe finds wrong with the page that is shown, by all of its rules."""
    browser.set_script_timeout(60)
    # Through the driver, which no policy of the page stops.
    if not browser.execute_script("return typeof axe === 'object'"):
        browser.execute_script(axe)
    found: list[dict[str, Any]] = browser.execute_async_script(RUN)
    return found
