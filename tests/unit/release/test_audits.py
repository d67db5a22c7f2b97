from __future__ import annotations

import pytest

from release import audits
from release.artefacts import ROOT, ReleaseFailed


def test_every_pin_is_asked_about_whatever_its_marker() -> None:
    assert audits.pinned('a.b==1.0\nc-d==2; python_version < "3"\n# no pin\n') == ["a.b==1.0", "c-d==2"]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert len(audits.pinned("\n".join(lines))) == len(lines)


def answers(known: dict[str, list[str]]) -> audits.Advisories:
    return lambda pins, service: [f"{pin}: CVE" for pin in pins if pin in known.get(service, [])]


def test_a_service_that_knows_nothing_about_a_known_hole_has_audited_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audits, "advisories", answers({}))
    with pytest.raises(ReleaseFailed, match="nothing was audited"):
        audits.dependencies()
    monkeypatch.setattr(audits, "advisories", answers({"osv": [audits.CONTROL]}))
    audits.dependencies()
    assert capsys.readouterr().out.startswith("osv knows no advisory")


def test_an_advisory_fails_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    pin = audits.pinned((ROOT / "constraints.txt").read_text())[0]
    monkeypatch.setattr(audits, "advisories", answers({"pypi": [audits.CONTROL, pin]}))
    with pytest.raises(ReleaseFailed, match="knows advisories"):
        audits.dependencies()


def test_an_answer_is_one_line_for_each_advisory_and_what_was_skipped_is_none() -> None:
    answer = (
        '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]},'
        ' {"name": "b", "skip_reason": "not found"}, {"name": "c", "version": "1", "vulns": []}]}'
    )
    assert audits._lines(answer) == ["a 1: PYSEC-1, mended in 2"]
    assert audits._lines("") == []
