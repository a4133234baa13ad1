"""The loops of the simulation: when and where calls come, which crews go, and what is counted.

All calls are drawn before the first is answered, and what is counted is told afterwards: nothing random can depend on
who is sent. A crew has two times from which it is free: ``READY`` for a firearms call, ``IDLE`` for anything; between
them it is on work that it can leave. In: arrays in machine types. Out: arrays filled in place. No loop takes a part of
an array as an array of its own or calls another: counting who holds it would cost more than all the rest.
"""

from typing import Any, Final

from apstra.queueing.compiled import compiled

READY: Final = 0
IDLE: Final = 1
FIELDS: Final = ("calls", "met", "unmet", "within", "full", "minutes", "neighbour", "neighbour_minutes")
CALLS, MET, UNMET, WITHIN, FULL, MINUTES, NEIGHBOUR, NEIGHBOUR_MINUTES = range(len(FIELDS))


@compiled
def fill_calls(gaps: Any, picks: Any, hours: Any, tables: Any, used_by: Any, when: Any, what: Any) -> int:
    """Fill in when calls come and what they are, and return how many durations they use up.

    Parameters
    ----------
    gaps, picks
        Time to each call on a clock by which one call is expected per unit of time, and a uniform draw for each.
    hours
        Calls expected by each hour and by the end (hours + 1,); profile of each hour (hours,).
    tables
        Walker's alias method (profiles, categories): chance to keep the category picked, and which to take instead.
    used_by
        How many durations a call of each category uses up (categories,).
    when, what
        To fill: time [hours from the start] and category of each call.
    """
    expected, profile = hours
    keep, instead = tables
    hour, last, reached, used = 0, len(profile) - 1, 0.0, 0
    for call in range(len(when)):
        reached += gaps[call]
        while hour < last and expected[hour + 1] < reached:
            hour += 1
        when[call] = hour + (reached - expected[hour]) / (expected[hour + 1] - expected[hour])
        row = profile[hour]
        place = picks[call] * keep.shape[1]
        category = int(place)
        what[call] = category if place - category < keep[row, category] else instead[row, category]
        used += int(used_by[what[call]])
    return used


@compiled
def answer(calls: Any, block_of: Any, kinds: Any, hours: Any, crews: Any, state: Any, sent: Any, log: Any) -> None:
    """Answer the calls one after the other.

    Parameters
    ----------
    calls
        Time and category of each call; durations of unit mean, in the order in which calls use them up.
    block_of
        Block of each hour, with one more at the end.
    kinds
        Of each category: zone, crews asked, whether crews must be idle, whether they can leave, durations used up (a
        probe uses none and takes no crew), whether the journey comes on top.
    hours
        Mean time a crew is committed (blocks, categories, positions), journey (zones, crews) [hours].
    crews
        Order of preference of each zone as crew and which of its two times counts; crews on duty by block.
    state
        To bring forward: when crews are free (2, crews) [hours]; durations used up and entries of the log made.
    sent
        To fill: first crew sent to each call, and how many.
    log
        To fill for each crew sent: crew, whether it can leave, begin and end [hours].
    """
    when, what, durations = calls
    zone_of, asked_of, idle_only, can_leave, used_by, journeys = kinds
    (mean, journey), (crew_at, time_at, on_duty) = hours, crews
    (free, used), (first, number_sent) = state, sent
    crew_of, leave, begin, end = log
    draw, entry = used
    for call in range(len(when)):
        now, kind, number = when[call], what[call], 0
        zone, block = zone_of[kind], block_of[int(now)]
        for place in range(crew_at.shape[1]):
            crew, time = crew_at[zone, place], time_at[zone, place]
            if free[time, crew] > now or not on_duty[block, crew]:
                continue
            if time < idle_only[kind] or (time == READY and free[IDLE, crew] <= now):
                continue
            if number == 0:
                first[call] = crew
            if used_by[kind]:
                busy_for = mean[block, kind, number] * durations[draw + number]
                until = now + journeys[kind] * journey[zone, crew] + busy_for
                crew_of[entry], leave[entry], begin[entry], end[entry] = crew, can_leave[kind], now, until
                entry += 1
                free[IDLE, crew] = free[can_leave[kind], crew] = until
            number += 1
            if number == asked_of[kind]:
                break
        number_sent[call] = number
        draw += used_by[kind]
    used[0], used[1] = draw, entry


@compiled
def add_up(log: Any, entries: int, counted: Any, start: float, last: Any, busy: Any) -> int:
    """Add to ``busy`` (2, crews) the hours on duty committed to work that cannot be left and that can.

    A crew that begins anew before its last end has dropped a job, and what was left of that is taken off again.

    Parameters
    ----------
    log, entries
        What ``answer`` filled in, and how many entries it made.
    counted
        How much of each crew's time on duty counts up to each hour (hours + 1, crews) [hours].
    start
        From when dropped jobs count [hours].
    last
        Zeros (2, crews): the end of each crew's last entry, and how much of its time counts up to it.

    Returns
    -------
    int
        Jobs dropped.
    """
    crew_of, leave, begin, end = log
    edge, dropped = len(counted) - 2, 0
    for entry in range(entries):
        crew, now, until = crew_of[entry], begin[entry], end[entry]
        hour, then = min(int(now), edge), min(int(until), edge)
        before = counted[hour, crew] + min(now - hour, 1.0) * (counted[hour + 1, crew] - counted[hour, crew])
        after = counted[then, crew] + min(until - then, 1.0) * (counted[then + 1, crew] - counted[then, crew])
        if now < last[0, crew]:
            busy[IDLE, crew] -= last[1, crew] - before
            dropped += now >= start
        busy[leave[entry], crew] += after - before
        last[0, crew], last[1, crew] = until, after
    return dropped


@compiled
def tell(calls: Any, block_of: Any, kinds: Any, sent: Any, standards: Any, tally: Any) -> None:
    """Add to ``tally`` (groups, blocks, zones, fields) how calls were answered.

    ``kinds`` are zone, crews asked and group of each category, ``standards`` the minutes from call to arrival (zones,
    crews) and the standard of each zone.
    """
    when, what = calls
    zone_of, asked_of, group_of = kinds
    first, number = sent
    minutes, standard = standards
    for call in range(len(when)):
        kind = what[call]
        zone, block, group = zone_of[kind], block_of[int(when[call])], group_of[kind]
        tally[group, block, zone, CALLS] += 1.0
        if number[call] == 0:
            tally[group, block, zone, UNMET] += 1.0
        else:
            taken = minutes[zone, first[call]]
            tally[group, block, zone, WITHIN] += taken <= standard[zone]
            tally[group, block, zone, FULL] += number[call] == asked_of[kind]
            tally[group, block, zone, MINUTES] += taken
