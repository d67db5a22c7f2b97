"""Runs a command: once, if its author may, and with an answer whatever happens.

    claim → known? → here? → allowed? → not too soon? → readable? → 👀 → callback → outcome → 🚀

A command is claimed under the name of its comment, position and text before anything is said about it, so
another delivery of the comment, or an edit around the command, does not run it again. The same delivery does,
when an earlier attempt was cut short; what that attempt said is then not said twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn, cast

from gidgethub import sansio

from django_github_app import commands
from django_github_app.commands import HELP, Command, Level, Match, Mistake, Source
from django_github_app.commands import help as answers
from django_github_app.commands import parameters as click_parameters
from django_github_app.conf import app_settings
from django_github_app.context import AsyncCommandContext, CommandContext, SyncCommandContext
from django_github_app.context.base import Speaker
from django_github_app.errors import CommandRejected, RetryLater, RunStopped, RunSuperseded, UserError
from django_github_app.github import cache as shared
from django_github_app.github.access import is_member, level_of
from django_github_app.github.writes import Reaction, areply
from django_github_app.maintenance.overdue_commands import UNANSWERED, answer_overdue, duration, is_passing
from django_github_app.models import CommandClaim, CommandOutcome, Taken
from django_github_app.routing.binding import Call, is_async
from django_github_app.sql.dialects import storable

from . import turns
from .answer_budget import AnswerBudget
from .retries import RetryPolicy, judge
from .runtimes import EventRuntime
from .ticks import untick

__all__ = ["answer_overdue", "run", "tell"]

logger = logging.getLogger(__name__)

MOST_SAID = 10_000
"""Characters of a `UserError` that are posted."""
DEFAULT_REACTIONS: dict[str, Reaction] = {
    "taken": "eyes",
    "done": "rocket",
    "mistake": "confused",
    "denied": "-1",
}


async def run(call: Call, event: sansio.Event, runtime: EventRuntime) -> None:
    """Run the command of ``call.kwargs["match"]``.

    Raises `CommandRejected` (or the callback's `UserError`) when its author was told why it cannot be done,
    `RetryLater`, or whatever the callback raised.
    """
    match: Match = call.kwargs["match"]
    taken = await runtime.invoke(
        CommandClaim.objects.take,
        match.identity,
        runtime.event_id,
        command=storable(f"{match.typed.address}{match.name}"[:200]),
        actor=match.source.sender[:100],
    )
    if taken is Taken.DONE:
        await untick(match, runtime)
        return
    if taken is Taken.ELSEWHERE:
        raise CommandRejected("another delivery of this comment has run it")
    speaker = Speaker(runtime.api, event, f"command {match.identity}")
    try:
        await _Run(call, event, runtime, speaker).go()
    except UserError:
        await untick(match, runtime)
        raise
    await untick(match, runtime)


class _Run:
    def __init__(self, call: Call, event: sansio.Event, runtime: EventRuntime, speaker: Speaker) -> None:
        self.call = call
        match: Match = call.kwargs["match"]
        self.match = match
        self.event = event
        self.runtime = runtime
        self.speaker = speaker
        self.budget = AnswerBudget(match, runtime)
        self.owed = ""
        """The reactions that GitHub has not taken."""

    async def go(self) -> None:
        try:
            await self._go()
        except UserError as error:
            if not isinstance(error, CommandRejected):  # the callback's own: nobody has been told yet
                await self._say("mistake", commands.neutralise(_said(error)[:MOST_SAID]))
            await self._finish(CommandOutcome.REJECTED)
            raise
        except Exception as error:
            if self._is_final(error):
                await untick(self.match, self.runtime)
                with suppress(RetryLater):
                    await self._say("mistake", _broken(self.match, self.runtime.delivery))
                # Afterwards: it says what is still owed.
                await self._finish(CommandOutcome.FAILED)
            raise

    async def _go(self) -> None:
        match, command = self.match, self.match.command
        if command is None:
            await self._refuse("mistake", answers.unknown(match), "unknown command")
        elif match.source.scope not in command.scopes:
            await self._refuse("mistake", answers.elsewhere(match, command))
        elif command is HELP:
            await self._help()
        else:
            await self._check_permission(command)
            if click_parameters.asks_for_help(command.parameters, commands.words(match.arguments)):
                await self._answer(answers.command_help(command, match.typed.address))
            else:
                await self._call(command)

    async def _call(self, command: Command) -> None:
        values = await self._read(command)
        await self._check_cooldown(command)
        await turns.take(self.call, self.event, self.runtime)
        if not await self._react("taken"):
            self._owe("taken")
        await self.runtime.invoke(CommandClaim.objects.acknowledge, self.match.identity)
        context = self._context(command.callback)
        await self.runtime.call(
            command.callback,
            self.event,
            {"context": context, "cmd_args": self.match.arguments, **values},
        )
        await self._succeed()

    async def _read(self, command: Command) -> dict[str, Any]:
        if not command.parameters:
            return {}
        try:
            given = (command.name, command.parameters, self.match.arguments)
            if click_parameters.run_code(command.parameters):
                values: dict[str, Any] = await self.runtime.invoke(click_parameters.read, *given)
                return values
            return click_parameters.read(*given)
        except Mistake as found:
            await self._refuse("mistake", answers.mistake(self.match, command, found), "usage error")

    async def _help(self) -> None:
        match = self.match
        scope, address = match.source.scope, match.typed.address
        wanted = commands.words(match.arguments)
        if not wanted:
            usable = [
                command
                for command in match.commands
                if not command.hidden and scope in command.scopes and await self._why_not(command) is None
            ]
            await self._answer(answers.command_list(usable, address))
            return
        found = commands.lookup(match.commands, wanted, scope)
        reason = None if found is None else await self._why_not(found.command)
        if found is None or (found.command.hidden and reason is not None):
            text = answers.no_such(" ".join(wanted), match.commands, scope, address)
            await self._refuse("mistake", text, "help on an unknown command")
        elif scope not in found.command.scopes:
            await self._refuse("mistake", answers.elsewhere(match, found.command))
        elif reason is not None:
            await self._refuse("denied", reason)
        else:
            await self._answer(answers.command_help(found.command, address))

    async def _answer(self, text: str) -> None:
        """Answer a question: the answer is the outcome."""
        if not await self.budget.admits():
            await self._finish(CommandOutcome.SUCCEEDED)
            return
        await self.runtime.wait(self.speaker.reply(text))
        await self._succeed()

    async def _succeed(self) -> None:
        # What is owed is on record before it is tried: whoever is killed now leaves it to `repeat_feedback`.
        await self._finish(CommandOutcome.SUCCEEDED, _reaction("done") or "")
        if await self._react("done", may_fail=True):
            await self.runtime.invoke(CommandClaim.objects.paid, self.match.identity, self.owed)

    # May they?

    async def _check_permission(self, command: Command) -> None:
        reason = await self._why_not(command)
        if reason is not None:
            await self._refuse("denied", reason)

    async def _why_not(self, command: Command) -> str | None:
        """Return why a command may not be used, None when it may.

        Of a text that somebody else has edited nobody can say which words are whose: both must be allowed.
        """
        for login in self.match.source.people:
            reason = await self._why_may_not(command, login)
            if reason is not None:
                return reason
        return None

    async def _why_may_not(self, command: Command, login: str) -> str | None:
        wanted, source, api = command.permission, self.match.source, self.runtime.api
        whose = "" if login == source.sender else login
        if wanted.rule is not None:
            context = replace(self._context(wanted.rule), sender=login)
            verdict = await self.runtime.call(wanted.rule, self.event, {"context": context})
            if verdict is True:
                return None
            said = verdict if isinstance(verdict, str) and verdict else ""
            return commands.neutralise(said[:MOST_SAID]) or answers.denied(self.match, command, whose=whose)
        has = Level.NONE
        if wanted.level is not None:
            has = await self.runtime.wait(level_of(api, source.repo, login))
            if has >= wanted.level:
                return None
        for organisation, team in wanted.teams:
            if await self.runtime.wait(is_member(api, organisation, team, login)):
                return None
        if not wanted:
            return None
        level = has.name.lower() if wanted.level is not None else ""
        return answers.denied(self.match, command, level, whose=whose)

    async def _check_cooldown(self, command: Command) -> None:
        if not command.cooldown:
            return
        source = self.match.source
        where = (source.repo, source.scope, source.number or source.commit, command.name)
        holder = await self.runtime.wait(_hold(where, self.match.identity, command.cooldown))
        if holder != self.match.identity:
            name = answers.code(f"{self.match.typed.address}{command.name}")
            text = f"{name} was used here less than {duration(command.cooldown)} ago."
            await self._refuse("mistake", text)

    # What the person hears

    async def _refuse(self, reaction: str, text: str, reason: str = "") -> NoReturn:
        """Say ``text`` and give up. ``reason`` stands for it in the ledger when it repeats what was typed."""
        await self._say(reaction, text)
        raise CommandRejected(reason or text)

    async def _say(self, reaction: str, text: str) -> None:
        """React and reply, once for all commands of a comment; people who have heard enough are left alone."""
        if not await self.budget.admits():
            return
        if not await self._react(reaction, may_fail=True):
            self._owe(reaction)
        if app_settings.COMMAND_REPLIES and text:
            await _unless_unanswerable(
                self.runtime, self.speaker.reply(f"@{self.match.source.sender}: {text}"), self.match
            )

    async def _react(self, moment: str, *, may_fail: bool = False) -> bool:
        """React; return whether the reaction stands, or is refused for good."""
        content = _reaction(moment)
        if content is None or self.budget.has_reacted(content):
            return True
        try:
            await self.runtime.wait(self.speaker.react(content))
        except RetryLater:
            if not may_fail:
                raise
            return False
        except UNANSWERED as error:
            _log_unanswered(self.match, error)
            return not is_passing(error)
        self.budget.note_reaction(content)
        return True

    async def _finish(self, outcome: CommandOutcome, owed: str = "") -> None:
        await self.runtime.invoke(
            CommandClaim.objects.finish, self.match.identity, outcome, f"{self.owed} {owed}".strip()
        )

    def _owe(self, moment: str) -> None:
        self.owed = f"{self.owed} {_reaction(moment) or ''}".strip()

    # Surroundings

    def _context(self, callback: Any) -> CommandContext:
        kind = AsyncCommandContext if is_async(callback) else SyncCommandContext
        context: CommandContext = kind.of(
            self.match,
            self.speaker,
            **self.runtime.whereabouts,
        )
        return context

    def _is_final(self, error: Exception) -> bool:
        limits = self.runtime.limits
        retries = RetryPolicy.configured(app_settings, None if limits is None else limits.retry)
        age = self.runtime.claimed.age
        return judge(error, self.runtime.attempt, retries, dt.datetime.now(dt.UTC), age).retry_in is None


def _said(error: UserError) -> str:
    """Return what people are told; who cancelled a run from the admin is not for everybody."""
    if not isinstance(error, RunStopped):
        return str(error)
    if isinstance(error, RunSuperseded):
        return "This was stopped: something newer took its place."
    return "This was cancelled."


def _broken(match: Match, delivery: str | None) -> str:
    where = f" under delivery {delivery}" if delivery else ""
    return (
        f"{answers.code(match.typed.address + match.name)} failed because of an error in the app, not of yours. "
        f"Those who run it find it in their log{where}."
    )


def _reaction(moment: str) -> Reaction | None:
    configured = app_settings.COMMAND_REACTIONS
    return (
        None if configured is None else cast("Reaction | None", {**DEFAULT_REACTIONS, **configured}[moment])
    )


async def _hold(where: tuple[Any, ...], identity: str, seconds: float) -> str:
    """Take a command's cooldown, or return who has it."""
    key = shared.key(app_settings.API_URL, "cooldown", shared.digest(*where))
    cache = shared.backend()
    if await shared.in_thread(cache.add, key, identity, seconds):
        return identity
    return str(await shared.in_thread(cache.get, key) or identity)


async def _unless_unanswerable(runtime: EventRuntime, answer: Any, match: Match) -> None:
    """Wait for an answer to be posted; one that GitHub takes from nobody is logged.

    A conversation can be locked and a comment deleted. A rate limit is waited for: silence helps nobody.
    """
    try:
        await runtime.wait(answer)
    except RetryLater:
        raise
    except UNANSWERED as error:
        _log_unanswered(match, error)
        if is_passing(error):
            raise RetryLater("GitHub did not take an answer", seconds=30) from error


def _log_unanswered(match: Match, error: Exception) -> None:
    logger.warning(
        "command not answered",
        extra={"command": match.name, "place": match.source.html_url, "error": type(error).__name__},
    )


async def tell(error: UserError, event: sansio.Event, runtime: EventRuntime) -> None:
    """Post the message of a `UserError` that an event or mention callback raised, where there is a comment.

    Raises nothing: what became of the callback is known already.
    """
    source = Source.from_event(event, bodies=True)
    if source is None or source.bot or not app_settings.COMMAND_REPLIES:
        return
    text = commands.neutralise(str(error)[:MOST_SAID])
    try:
        await runtime.wait(areply(runtime.api, event, f"@{source.sender}: {text}"))
    except UNANSWERED as problem:
        logger.warning(
            "user error not answered", extra={"place": source.html_url, "error": type(problem).__name__}
        )
