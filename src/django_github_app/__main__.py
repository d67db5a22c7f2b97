"""``python -m django_github_app``: what the console script ``github-app`` does."""

from __future__ import annotations

from .cli.start import main

if __name__ == "__main__":
    main(prog_name="github-app")
