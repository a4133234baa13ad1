"""Events and their chain: whole as it was made, never whole again after any edit; what may not be said at all."""

import hashlib
import json
from dataclasses import astuple, fields, replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apstra.risk import Actor, Draft, Event, first_fault, sealed

CHAIN = "cumbria"
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
PEOPLE = Actor("Risk manager", "a-17"), Actor("Assistant chief constable", "b-2")
NAMES = [field.name for field in fields(Event)]
ALLOWED = "".join(map(chr, [*range(32, 127), 0xE9, 0x2019, 0x1F46E]))


def grown(count, chain=CHAIN):
    """Return a history of some events, unlike one another."""
    events, last = [], None
    for number in range(count):
        said = {"title": f"Zu später Beginn, no. {number}", "score": number % 5, "note": None}
        draft = Draft("changed", f"R{number % 7:02d}", said, f"Because of {number}")
        last = sealed(draft, PEOPLE[number % 2], START + timedelta(hours=5 * number), last, chain)
        events.append(last)
    return events


SMALL = grown(4)
LARGE = grown(2_000)
HEAD = (len(LARGE), LARGE[-1].hash)


def test_an_unedited_history_is_whole_with_and_without_its_end_kept_elsewhere():
    assert first_fault([], CHAIN) == first_fault(SMALL, CHAIN) == first_fault(LARGE, CHAIN) == ""
    assert first_fault(LARGE, CHAIN, HEAD) == first_fault(LARGE[:-1], CHAIN, (1_999, LARGE[-2].hash)) == ""


def test_the_hash_of_an_event_is_sha_256_of_everything_in_it_as_plain_json():
    event = SMALL[2]
    everything = json.dumps(list(astuple(event))[:-1], ensure_ascii=False, separators=(",", ":"))
    assert event.hash == hashlib.sha256(everything.encode()).hexdigest()
    assert SMALL[0].previous == hashlib.sha256(b"register of cumbria").hexdigest()
    assert [event.previous for event in SMALL[1:]] == [event.hash for event in SMALL[:-1]]


@pytest.mark.parametrize("name", NAMES)
def test_no_single_bit_of_any_byte_of_any_field_of_any_event_can_be_turned_unseen(name):
    for place, event in enumerate(SMALL):
        kept = getattr(event, name)
        whole = str(kept).encode()
        for at, bit in ((at, bit) for at in range(len(whole)) for bit in range(8)):
            edited = bytes([*whole[:at], whole[at] ^ 1 << bit, *whole[at + 1 :]])
            value = edited.decode(errors="surrogateescape")
            if isinstance(kept, int) and value.isdecimal():
                value = int(value)
            history = [*SMALL[:place], replace(event, **{name: value}), *SMALL[place + 1 :]]
            assert first_fault(history, CHAIN), (event.id, at, bit)


@pytest.mark.parametrize("value", [b"bytes", None, 7, 2.0, True])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_text_at_all_is_found_and_not_stumbled_over(name, value):
    assert first_fault([SMALL[0], replace(SMALL[1], **{name: value}), *SMALL[2:]], CHAIN)


def test_each_kind_of_edit_is_named_by_the_first_event_that_does_not_match():
    changed = replace(SMALL[1], reason="Another")
    assert first_fault([SMALL[0], changed, *SMALL[2:]], CHAIN) == "event 2 was changed after it was sealed"
    assert first_fault([SMALL[0], *SMALL[2:]], CHAIN) == "event 2 is missing: event 3 stands in its place"
    assert first_fault([*SMALL[:2], SMALL[3], SMALL[2]], CHAIN) == "event 3 is missing: event 4 stands in its place"
    assert first_fault([*SMALL[:2], SMALL[1], *SMALL[2:]], CHAIN).startswith("event 3 is missing: event 2")
    assert first_fault(SMALL[:3], CHAIN, (4, SMALL[3].hash)) == (
        "the history ends at event 3, but 4 events were recorded"
    )
    other = grown(4, "elsewhere")
    assert first_fault(other, CHAIN).startswith("event 1 does not follow")
    assert first_fault([*SMALL[:3], other[3]], CHAIN).startswith("event 4 does not follow")


def test_an_event_forged_with_a_hash_of_its_own_shows_in_the_next_or_in_the_end_kept_elsewhere():
    for place, event in enumerate(SMALL):
        last = SMALL[place - 1] if place else None
        forged = sealed(Draft("changed", event.subject, {}, "Forged"), PEOPLE[0], START, last, CHAIN)
        edited = [*SMALL[:place], forged, *SMALL[place + 1 :]]
        fault = first_fault(edited, CHAIN, (4, SMALL[3].hash))
        if place < 3:
            assert fault == first_fault(edited, CHAIN)
            assert fault.startswith(f"event {place + 2} does not follow the event before it")
        else:
            assert fault == "event 4, the last, is not the one that was recorded as the last"


def test_an_event_dated_before_the_one_it_follows_is_found_even_when_it_is_sealed():
    draft = Draft("changed", "R01", {}, "Earlier")
    first = sealed(draft, PEOPLE[0], START, None, CHAIN)
    unsealed = replace(first, number=2, previous=first.hash, at="2020-01-01T00:00:00.000000+00:00")
    everything = json.dumps(list(astuple(unsealed))[:-1], ensure_ascii=False, separators=(",", ":"))
    early = replace(unsealed, hash=hashlib.sha256(everything.encode()).hexdigest())
    assert first_fault([first, early], CHAIN) == "event 2 is dated before the event it follows"


@given(st.data())
def test_no_edit_of_a_long_history_goes_unseen(data):
    place = data.draw(st.integers(0, len(LARGE) - 1))
    other = data.draw(st.integers(0, len(LARGE) - 1).filter(lambda found: found != place))
    event, edited = LARGE[place], list(LARGE)
    match data.draw(st.sampled_from(["edit", "delete", "swap", "repeat", "forge", "truncate"])):
        case "edit":
            name = data.draw(st.sampled_from(NAMES))
            text = str(getattr(event, name))
            at = data.draw(st.integers(0, len(text) - 1))
            letter = data.draw(st.sampled_from(ALLOWED).filter(lambda found: found != text[at]))
            value = text[:at] + letter + text[at + 1 :]
            edited[place] = replace(
                event, **{name: int(value) if name == "number" and value.strip().isdecimal() else value}
            )
            if edited[place] == event:  # a blank before a number that is read as a number again
                return
        case "delete":
            del edited[place]
        case "swap":
            edited[place], edited[other] = edited[other], edited[place]
        case "repeat":
            edited.insert(other, event)
        case "forge":
            last = edited[place - 1] if place else None
            edited[place] = sealed(Draft("changed", "R01", {}, "Forged"), PEOPLE[1], START, last, CHAIN)
        case "truncate":
            edited = edited[:place]
    assert first_fault(edited, CHAIN, HEAD)


def test_an_event_says_when_in_utc_and_on_which_local_day():
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    event = sealed(Draft("changed", "R01", {}, "Late"), PEOPLE[0], late, None, CHAIN)
    assert (event.id, event.at, event.day) == ("E000001", "2026-06-30T23:30:00.000000+00:00", date(2026, 7, 1))
    there = sealed(
        Draft("changed", "R01", {}, "x"), PEOPLE[0], late.astimezone(timezone(timedelta(hours=9))), None, CHAIN
    )
    assert there.at == event.at
    winter = sealed(
        Draft("changed", "R01", {}, "x"), PEOPLE[0], datetime(2026, 12, 31, 23, 30, tzinfo=UTC), None, CHAIN
    )
    assert winter.day == date(2026, 12, 31)


def test_a_clock_set_back_puts_no_event_before_the_one_it_answers():
    back = sealed(Draft("changed", "R01", {}, "Back"), PEOPLE[0], START - timedelta(days=9), SMALL[-1], CHAIN)
    assert back.at == SMALL[-1].at
    assert first_fault([*SMALL, back], CHAIN) == ""


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (lambda: Actor("", "a-1"), "role"),
        (lambda: Actor("Head\nof armed policing", "a-1"), "in one line"),
        (lambda: Actor("x" * 121, "a-1"), "role"),
        (lambda: Actor("Risk manager", "Jo Bloggs"), "pseudonymous"),
        (lambda: Actor("Risk manager", "jo.bloggs@example.org"), "pseudonymous"),
        (lambda: Actor("Risk manager", "a"), "pseudonymous"),
        (lambda: Draft("changed", " ", {}, "why"), "name what it is said of"),
        (lambda: Draft("changed", "R01|R02", {}, "why"), "without |"),
        (lambda: Draft("changed", "R01\nR02", {}, "why"), "name what it is said of"),
        (lambda: Draft("changed", "R" * 121, {}, "why"), "name what it is said of"),
        (lambda: Draft("changed", "R01", {}, " \n"), "reason must be given"),
        (lambda: Draft("changed", "R01", {}, "x" * 4_001), "4,000"),
        (lambda: Draft("changed", "R01", {}, "bell\x07"), "cannot be kept"),
        (lambda: Draft("changed", "R01", {}, "half \ud83d"), "cannot be kept"),
        (lambda: Draft("changed", "R01", {}, "nought \x00"), "cannot be kept"),
    ],
)
def test_what_nobody_could_read_back_is_refused_in_one_line(said, message):
    with pytest.raises(ValueError, match=message) as refusal:
        said()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), {1, 2}, date(2026, 1, 1), b"bytes", "half \ud83d", {2: 1, "a": 2}]
)
def test_content_that_is_no_json_in_utf_8_is_refused(value):
    with pytest.raises(ValueError, match="R01 \\(changed\\) cannot be kept as text"):
        sealed(Draft("changed", "R01", {"title": value}, "why"), PEOPLE[0], START, None, CHAIN)


def test_a_time_without_its_zone_is_refused():
    with pytest.raises(ValueError, match="with its zone"):
        sealed(Draft("changed", "R01", {}, "why"), PEOPLE[0], datetime(2026, 1, 1), None, CHAIN)  # noqa: DTZ001


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.none() | st.booleans() | st.integers() | st.floats(
    allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8"))))  # fmt: skip
def test_content_comes_back_as_it_was_said_and_its_order_makes_no_difference(said):
    event = sealed(Draft("changed", "R01", said, "why"), PEOPLE[0], START, None, CHAIN)
    turned = sealed(Draft("changed", "R01", dict(reversed(said.items())), "why"), PEOPLE[0], START, None, CHAIN)
    assert event.content == said
    assert turned == event
    assert first_fault([event], CHAIN) == ""
