"""From request to `Delivery` or `Rejection`: the signature, the headers, the two encodings, hostile JSON."""

from __future__ import annotations

import hmac
import json
import random
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from django_github_app.bodies import frames
from django_github_app.deliveries import (
    HEADERS,
    BodyInvalid,
    ContentTypeUnsupported,
    Delivery,
    HeaderInvalid,
    Rejection,
    SecretMissing,
    SignatureInvalid,
    SignatureMissing,
    Summary,
    lane_of,
    parse,
    sign,
    summarize,
)
from django_github_app.deliveries import signature as signature_room
from django_github_app.deliveries import summary as summary_room
from django_github_app.deliveries.summary import MAX_BIGINT, MAX_DEPTH
from django_github_app.testing import payloads
from tests.support.requests import (
    BAD,
    FORM,
    GOOD,
    SECRET,
    Request,
    form,
    nested,
    random_bad_requests,
    request,
)

CORPUS = Path(__file__).parent / "corpus"
ACCEPTED = sorted((CORPUS / "accepted").iterdir())
REFUSED = sorted((CORPUS / "refused").iterdir())
SECRETS = [SECRET.encode()]

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def accept(made: Request, secrets: list[bytes] | None = None) -> Delivery:
    return parse(made.headers, made.body, SECRETS if secrets is None else secrets)


def decoded(delivery: Delivery) -> Any:
    return frames.decode(delivery.body, form_encoded=delivery.form_encoded)


def assert_storable(summary: Summary) -> None:
    for value, limit in (
        (summary.action, 64),
        (summary.repository, 255),
        (summary.sender, 100),
    ):
        if value is not None:
            assert len(value) <= limit
            assert "\x00" not in value
            value.encode("utf-8")
    for number in (summary.installation_id, summary.repository_id, summary.number):
        assert number is None or 0 <= number <= MAX_BIGINT


# What is accepted


def test_a_delivery_carries_its_headers_its_summary_and_its_exact_body() -> None:
    payload = {
        "action": "opened",
        "installation": {"id": 7, "node_id": "x"},
        "repository": {"id": 8, "full_name": "octo/demo"},
        "sender": {"login": "mona"},
        "issue": {"number": 9},
    }
    body = json.dumps(payload, indent=3).encode()
    made = request(body, event="issues", guid="8d9c2b0e-0000-4000-8000-000000000000", hook_id=292430182)
    assert accept(made) == Delivery(
        event="issues",
        delivery="8d9c2b0e-0000-4000-8000-000000000000",
        hook_id=292430182,
        target_id=12345,
        summary=Summary(
            action="opened",
            installation_id=7,
            repository_id=8,
            repository="octo/demo",
            sender="mona",
            number=9,
        ),
        body=body,
        form_encoded=False,
    )


@pytest.mark.parametrize("event", payloads.event_names())
def test_every_event_of_github_is_accepted_in_both_encodings(event: str) -> None:
    payload = payloads.build(event)
    as_json = accept(request(payload=payload, event=event))
    as_form = accept(request(payload=payload, event=event, content_type=FORM))
    assert as_json.summary == as_form.summary == Summary.from_payload(payload)
    assert decoded(as_json) == decoded(as_form) == payload
    assert (as_json.form_encoded, as_form.form_encoded) == (False, True)


def test_a_form_keeps_the_raw_body_that_was_signed() -> None:
    body = b"payload=%7B%22action%22%3A+%22a%26b%22%7D"
    delivery = accept(request(body, content_type=FORM))
    assert delivery.body == body
    assert delivery.summary.action == "a&b"
    assert decoded(delivery) == {"action": "a&b"}


def test_other_fields_of_a_form_do_no_harm() -> None:
    delivery = accept(form(("x", "1"), ("payload", '{"action":"a"}'), ("y", "")))
    assert decoded(delivery) == {"action": "a"}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        " application/json ; charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/json;charset=utf8",
        "application/json; charset=us-ascii",
        "application/json; profile=x",
    ],
)
def test_json_is_recognised_however_its_content_type_is_written(content_type: str) -> None:
    assert accept(GOOD.having(content_type=content_type)).summary.action == "opened"


def test_a_delivery_that_names_no_hook_is_of_hook_zero() -> None:
    made = GOOD.having(x_github_hook_id=None, x_github_hook_installation_target_id=" ")
    assert (accept(made).hook_id, accept(made).target_id) == (0, 0)


def test_spaces_around_a_header_are_not_part_of_it() -> None:
    made = GOOD.having(x_github_event=" ping ", x_github_delivery=" 1 ", x_github_hook_id=" 5 ")
    delivery = accept(made)
    assert (delivery.event, delivery.delivery, delivery.hook_id) == ("ping", "1", 5)


# Signatures


def test_the_signature_is_the_one_that_github_publishes() -> None:
    secret, body = "It's a Secret to Everybody", b"Hello, World!"
    published = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign(body, secret) == sign(body, secret.encode()) == published
    signature_room.check_signature({"x-hub-signature-256": published}, body, [secret.encode()])
    # The body is no JSON, and that is found only after the signature was right.
    with pytest.raises(BodyInvalid):
        parse({**GOOD.headers, "x-hub-signature-256": published}, body, [secret.encode()])


@pytest.mark.parametrize("signer", ["old", "new"])
def test_any_of_several_secrets_is_good_while_they_are_rotated(signer: str) -> None:
    assert accept(GOOD.signed(signer), [b"new", b"", b"old"]).delivery == GOOD.headers["x-github-delivery"]


def test_a_secret_that_was_retired_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        accept(GOOD.signed("old"), [b"new"])


@pytest.mark.parametrize("secrets", [[], [b""], [b"", b""]])
@pytest.mark.parametrize("made", [GOOD, GOOD.signed(""), GOOD.having(x_hub_signature_256=None)])
def test_without_a_secret_every_request_is_refused(secrets: list[bytes], made: Request) -> None:
    with pytest.raises(SecretMissing) as caught:
        accept(made, secrets)
    assert caught.value.status == 403


def test_a_signature_in_capitals_is_the_same_signature() -> None:
    digest = sign(GOOD.body, SECRET).removeprefix("sha256=").upper()
    assert accept(GOOD.having(x_hub_signature_256=f" sha256={digest} ")).event == "issues"


def test_a_request_with_only_sha1_is_told_what_is_missing() -> None:
    with pytest.raises(SignatureMissing, match=r"SHA-256 .* is required"):
        accept(BAD["SHA-1 only"].made)


def test_nothing_is_looked_at_before_the_signature() -> None:
    worst = Request(
        b"\xff" + nested(5000), {"content-type": "nonsense", "x-hub-signature-256": "sha256=" + "0" * 64}
    )
    with pytest.raises(SignatureInvalid):
        accept(worst)


def test_every_secret_is_compared_whichever_one_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    original = hmac.compare_digest

    def compare(a: bytes, b: bytes) -> bool:
        compared.append(a)
        return original(a, b)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    accept(GOOD, [SECRET.encode(), b"second", b"third"])
    assert len(set(compared)) == 3


# The table of bad input


@pytest.mark.parametrize("name", [name for name, bad in BAD.items() if bad.status != 405])
def test_bad_input_is_refused_with_its_status_and_reason(name: str) -> None:
    bad = BAD[name]
    with pytest.raises(Rejection) as caught:
        accept(bad.made)
    assert (caught.value.status, caught.value.code) == (bad.status, bad.error)
    answer = caught.value.as_json()
    assert answer["error"] == bad.error
    assert re.fullmatch(r"[\x20-\x7e…]{10,150}", answer["reason"]), answer["reason"]
    assert SECRET not in answer["reason"]


def test_random_bad_requests_are_refused() -> None:
    for made in random_bad_requests(seed=1, count=1000):
        if made.method == "POST":
            with pytest.raises(Rejection):
                accept(made)


@pytest.mark.parametrize("missing", ["x-github-event", "x-github-delivery"])
def test_a_missing_header_is_named(missing: str) -> None:
    with pytest.raises(HeaderInvalid, match=f"(?i)the {missing} header is missing"):
        accept(GOOD.having(**{missing.replace("-", "_"): None}))


@pytest.mark.parametrize(
    "content_type", ["", "application/json/x", "application/jsonp", "json", ";charset=utf-8"]
)
def test_other_content_types_are_unsupported(content_type: str) -> None:
    with pytest.raises(ContentTypeUnsupported):
        accept(GOOD.having(content_type=content_type))


def test_the_headers_that_are_read_are_the_ones_that_are_published() -> None:
    class Recording(dict[str, str]):
        read: set[str] = set()

        def get(self, name: str, default: Any = None) -> Any:
            self.read.add(name)
            return super().get(name, default)

    headers = Recording(GOOD.headers)
    accept(Request(GOOD.body, headers))
    with pytest.raises(SignatureMissing):
        parse(Recording(), b"", SECRETS)
    assert Recording.read == set(HEADERS)


# Hostile JSON


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.name)
def test_unusual_json_is_accepted_and_decodes(path: Path) -> None:
    body = path.read_bytes()
    delivery = accept(request(body))
    assert delivery.body == body
    assert_storable(delivery.summary)
    assert delivery.summary == Summary.from_payload(decoded(delivery))


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.name)
def test_what_is_no_json_object_is_refused(path: Path) -> None:
    with pytest.raises(BodyInvalid):
        accept(request(path.read_bytes()))


def test_nul_and_lone_surrogates_stay_in_the_body_and_are_marked_in_the_columns() -> None:
    body = rb'{"action":"a\u0000b","sender":{"login":"\ud800x"},"repository":{"id":1,"full_name":"o/\u0000"}}'
    delivery = accept(request(body))
    summary = delivery.summary
    assert (summary.action, summary.sender, summary.repository) == ("a\ufffdb", "?x", "o/\ufffd")
    assert delivery.body == body
    assert decoded(delivery)["sender"]["login"] == "\ud800x"


def test_of_duplicate_keys_the_last_one_counts_as_python_counts() -> None:
    body = b'{"action":"a","action":"b","issue":{"number":1},"issue":{"number":2}}'
    assert summarize(body) == Summary(action="b", number=2)
    assert frames.decode(body) == {"action": "b", "issue": {"number": 2}}


def test_a_number_too_large_for_a_float_is_accepted_and_not_a_column() -> None:
    body = b'{"number":1e400,"action":"opened"}'
    assert summarize(body) == Summary(action="opened")


@pytest.mark.parametrize(("digits", "expected"), [(18, 10**17), (19, 10**18), (20, None), (5000, None)])
def test_a_huge_integer_is_accepted_and_a_column_only_if_it_fits(digits: int, expected: int | None) -> None:
    body = b'{"issue":{"number":1' + b"0" * (digits - 1) + b"}}"
    assert summarize(body).number == expected
    assert frames.decode(body)["issue"]["number"] == 10 ** (digits - 1)


def test_the_depth_limit_counts_brackets_outside_strings_only() -> None:
    body = json.dumps({"a": '["[{\\"' * 1000, "b": [[]] * 1000}).encode()
    assert summarize(body) == Summary()


def test_the_deepest_payload_that_is_accepted_can_be_decoded() -> None:
    body = nested(MAX_DEPTH)
    assert summarize(body) == Summary()
    assert set(frames.decode(body)) == {"a"}


def test_depth_is_measured_in_time_that_grows_with_the_body_only() -> None:
    # A regular expression would go back and forth in strings that are not closed: minutes, not milliseconds.
    started = time.process_time()
    for text in (b'{"a":"' + b"\\" * 300_001, b'["' * 150_000, b'{"' + b'\\"[' * 100_000):
        with pytest.raises(BodyInvalid):
            summarize(text)
    assert time.process_time() - started < 1


# Properties

_names = st.sampled_from([*HEADERS, "x-other"])
_values = st.one_of(
    st.none(),
    st.text(max_size=80),
    st.sampled_from(
        ["application/json", FORM, "issues", "sha256=" + "0" * 64, "1", "utf-8", f"{FORM};charset=utf-8"]
    ),
)
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(2**70), max_value=2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=120),
    st.text(st.characters(), max_size=8),
)
_interesting = st.sampled_from(
    ["action", "number", "installation", "repository", "sender", "issue", "pull_request", "discussion"]
)
_inner = st.dictionaries(st.sampled_from(["id", "number", "full_name", "login", "x"]), _scalars, max_size=4)
_json_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_objects = st.dictionaries(
    st.one_of(_interesting, st.text(max_size=5)), st.one_of(_json_values, _inner), max_size=8
)
_texts = st.builds(
    lambda value, ascii_only, gap: json.dumps(value, ensure_ascii=ascii_only, indent=gap).encode(
        "utf-8", "surrogatepass"
    ),
    _objects | _json_values,
    st.booleans(),
    st.sampled_from([None, 0, 2]),
)
_bodies = st.one_of(
    st.binary(max_size=200),
    _texts,
    st.builds(lambda text: b"payload=" + quote_plus(text).encode(), _texts),
    st.sampled_from([path.read_bytes() for path in [*ACCEPTED, *REFUSED] if path.stat().st_size < 2000]),
)


@quick
@given(headers=st.dictionaries(_names, _values), body=_bodies, signed=st.booleans(), usual=st.booleans())
@example(headers={}, body=b"", signed=False, usual=False)
@example(headers={"content-type": FORM}, body=b"payload=%ED%A0%80", signed=True, usual=True)
def test_any_request_is_a_delivery_or_a_rejection(
    headers: dict[str, str | None], body: bytes, signed: bool, usual: bool
) -> None:
    everything: dict[str, str | None] = {**(GOOD.headers if usual else {}), **headers}
    if signed:
        everything["x-hub-signature-256"] = sign(body, SECRET)
    try:
        delivery = parse(everything, body, SECRETS)
    except Rejection:
        return
    assert delivery.body == body
    assert isinstance(decoded(delivery), dict)
    assert_storable(delivery.summary)
    assert delivery.event.isascii()
    assert len(delivery.event) <= 255
    assert 0 < len(delivery.delivery) <= 64
    assert 0 <= delivery.hook_id < 10**18


@quick
@given(text=_texts)
def test_what_the_web_process_accepts_the_worker_decodes_to_the_same_fields(text: bytes) -> None:
    try:
        summary = summarize(text)
    except BodyInvalid:
        return
    assert summary == Summary.from_payload(frames.decode(text))
    assert_storable(summary)


@quick
@given(value=_objects, ascii_only=st.booleans())
def test_the_fast_and_the_slow_decoder_agree(value: dict[str, Any], ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace")
    # White space that msgspec skips, then a byte order mark, which it refuses: the slow way sees the same text.
    assert summarize(text) == summarize(b"\xef\xbb\xbf" + text) == summary_room._summarize_slowly(text)


def test_random_changes_of_the_corpus_never_get_past_the_worker() -> None:
    rng = random.Random(20)
    seeds = [path.read_bytes() for path in [*ACCEPTED, *REFUSED] if path.stat().st_size < 400]
    tokens = rb"""{ } [ ] : , " \ \u \ud800 \u0000 "number" - 1 . e 1e400 0 NaN null true""".split()
    tokens += [b" ", b"\x00", b"\x01", b"\xff", b"\xef\xbb\xbf", b"\xc2\xa0"]
    accepted = 0
    for _ in range(3000):
        body = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 3)):
            at = rng.randint(0, len(body))
            body[at : at + rng.choice([0, 0, 1, 3])] = rng.choice(tokens)
        text = bytes(body)
        try:
            summary = summarize(text)
        except BodyInvalid:
            continue
        accepted += 1
        assert summary == Summary.from_payload(frames.decode(text)), text
    assert accepted > 100


# Lanes


def test_a_lane_is_the_same_number_in_every_process_and_fits_a_bigint() -> None:
    assert lane_of(1, 1) == lane_of(1, 1) == 5_186_469_624_960_807_611
    lanes = {lane_of(repository, number) for repository in range(30) for number in range(30)}
    assert len(lanes) == 900
    assert all(lane is not None and 0 <= lane <= MAX_BIGINT for lane in lanes)


@pytest.mark.parametrize(("repository", "number"), [(None, 1), (1, None), (None, None)])
def test_what_is_about_no_issue_is_in_no_lane(repository: int | None, number: int | None) -> None:
    assert lane_of(repository, number) is None


def test_a_comment_is_in_the_lane_of_its_issue() -> None:
    comment = accept(request(payload=payloads.build("issue_comment", number=4)))
    issue = accept(request(payload=payloads.build("issues", number=4)))
    assert comment.lane == issue.lane is not None


@pytest.mark.parametrize(
    ("payload", "number"),
    [
        ({"issue": {"number": 1}, "pull_request": {"number": 2}, "number": 3}, 1),
        ({"issue": {}, "pull_request": {"number": 2}, "number": 3}, 2),
        ({"pull_request": {"number": None}, "discussion": {"number": 5}}, 5),
        ({"number": 3}, 3),
        ({"issue": {"number": -1}, "number": 3}, 3),
    ],
)
def test_the_number_is_that_of_the_issue_then_the_pull_request_then_the_discussion(
    payload: dict[str, Any], number: int
) -> None:
    assert summarize(json.dumps(payload).encode()).number == Summary.from_payload(payload).number == number
