"""What one process notes, another reads."""

from __future__ import annotations

import os
import time

import pytest

from django_github_app.process import board as room
from django_github_app.process.board import Board, Held, Slot


@pytest.fixture
def board() -> Board:
    return Board()


def joined(board: Board, number: int = 0) -> Slot:
    slot = board.join(number)
    assert slot is not None
    return slot


def claims(board: Board) -> list[tuple[int, int]]:
    return [claim for held in board.read() for claim in held.claims]


def test_another_process_reads_what_one_notes_and_no_longer_what_it_drops(board: Board) -> None:
    reads, writes = os.pipe()
    goes_on, go_on = os.pipe()
    pid = os.fork()
    if pid == 0:
        note = joined(board, 3).note([(7, 1), (8, 2)], 12.5)
        note.add([(9, 1)])
        os.write(writes, b".")
        os.read(goes_on, 1)
        note.drop()
        os._exit(0)
    os.read(reads, 1)
    (held,) = board.read()
    assert (held.pid, list(held.claims), held.sure_until) == (pid, [(7, 1), (8, 2), (9, 1)], 12.5)
    assert 0 <= time.monotonic() - held.alive_at < 60
    os.write(go_on, b".")
    os.waitpid(pid, 0)
    assert list(board.read()) == []
    for one in (reads, writes, goes_on, go_on):
        os.close(one)


def test_a_big_batch_takes_several_cells_and_gives_them_back(board: Board) -> None:
    slot = joined(board)
    wanted = [(number, 1) for number in range(1, 3 * room.PER_CELL)]
    for _ in range(2 * room.CELLS):
        note = slot.note(wanted[:10], 1.0)
        for claim in wanted[10:]:
            note.add([claim])
        assert sorted(claims(board)) == wanted
        note.drop()
    assert claims(board) == []


def test_what_finds_no_room_is_not_noted_and_harms_nobody(board: Board) -> None:
    slot = joined(board)
    notes = [slot.note([(number, 1)], 1.0) for number in range(room.CELLS + 5)]
    assert len(claims(board)) == room.CELLS
    for note in notes:
        note.drop()
    slot.note([(1, 1)], 1.0)
    assert claims(board) == [(1, 1)]
    assert board.join(room.SLOTS) is None


def test_a_confirmation_and_a_successor_are_seen(board: Board) -> None:
    note = joined(board, 5).note([(1, 1)], 1.0)
    note.confirm(9.0)
    (held,) = board.read()
    assert held.sure_until == 9.0
    joined(board, 5)  # the next process in the place of one that ended
    assert list(board.read()) == []


def test_a_note_that_is_half_written_is_passed_over(board: Board) -> None:
    slot = joined(board)
    slot.note([(1, 1), (2, 1)], 1.0)
    (held,) = board.read()
    assert isinstance(held, Held)
    end = slot._at(held.cell) + room._CHECKSUM.size + room._ABOUT.size + 16
    board._memory[end] ^= 1
    assert list(board.read()) == []


def test_the_limit_of_what_runs_stands_in_each_cell_and_stays_when_leases_are_renewed() -> None:
    board = Board()
    note = joined(board).note([(number, 1) for number in range(room.PER_CELL + 1)], 1.0, 3600.0)
    assert [held.limit for held in board.read()] == [3600.0, 3600.0]
    note.confirm(2.0)
    assert [held.limit for held in board.read()] == [3600.0, 3600.0]
