name: CI
on:
  push: { branches: [main] }
  pull_request:
permissions: { contents: read }
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: { python-version: "3.13", cache: pip }
      - run: pip install -e '.[dev]'
      - run: ruff check . && ruff format --check .
      - run: python -m pytest
      - run: python manage.py makemigrations --check --dry-run
        env: { DEBUG: "1" }
