"""What can go wrong, for two audiences: ``UserError`` is for the person on GitHub, the rest is for the log."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect

import zstandard

__all__ = [
    "AwaitsTurn",
    "CallbackCancelled",
    "CallbackExited",
    "CallbackUnstoppable",
    "CheckpointTooLarge",
    "CommandRejected",
    "ConfigurationInvalid",
    "ConnectionsBusy",
    "DatabaseUnsupported",
    "DeliveryConflict",
    "DeliveryReplayed",
    "DictionaryMissing",
    "FlowKeyMissing",
    "ForeignHost",
    "GitHubAppError",
    "GitHubTimeout",
    "GitHubUnavailable",
    "GitHubUnreachable",
    "HandlerLoadError",
    "HandlerTimeout",
    "InboxUnavailable",
    "InstallationNotFound",
    "InstallationSuspended",
    "InstallationUnavailable",
    "InvalidRequest",
    "PermanentError",
    "RateLimited",
    "RetryLater",
    "RunCancelled",
    "RunInterrupted",
    "RunLost",
    "RunStopped",
    "RunSuperseded",
    "SoftTimeout",
    "UserError",
]


class GitHubAppError(Exception):
    """Something in django_github_app went wrong."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or "").split("\n\n")[0])


class DictionaryMissing(GitHubAppError, zstandard.ZstdError):
    """A stored body was compressed with a dictionary that is not there; list its file in BODY_DICTIONARIES."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(
            f"the body was compressed with dictionary {number}; list its file in GITHUB_APP['BODY_DICTIONARIES']"
        )


class UserError(GitHubAppError):
    """The person on GitHub asked for something that cannot be done.

    Raise it from a command or mention callback: its message is posted as a reply, and the callback is not
    tried again.
    """


class CommandRejected(UserError):
    """A command was not run: it is unknown, mistyped, not allowed here, or ran already.

    The person has been told. Not for callbacks: they raise `UserError`.
    """


class PermanentError(GitHubAppError):
    """Trying this callback again cannot mend it.

    Raise it from a callback to send the event straight to DEAD instead of retrying.
    """


class ConfigurationInvalid(PermanentError):
    """A repository has no configuration that can be used, and the callback named no default for that."""


class RunStopped(UserError):
    """A callback's run is over before its end, or before it began: the subclass says why.

    Not for callbacks: they notice by `asyncio.CancelledError`.
    """


class RunSuperseded(RunStopped):
    """A newer event of the same key took the place of this one."""


class RunCancelled(RunStopped):
    """Somebody cancelled this run."""


class CallbackCancelled(asyncio.CancelledError):
    """What a cancelled synchronous callback gets at its next call of GitHub's API, or where it asks.

    Like every `asyncio.CancelledError` it is no `Exception`: ``except Exception`` does not stop it. A callback may
    tidy up for a few seconds when it gets one.
    """


class FlowKeyMissing(PermanentError):
    """The payload does not have what a handler's ``key`` names, so nobody knows what it may run beside.

    Name something that all of the handler's events have, or use a function of the event.
    """


class RetryLater(GitHubAppError):
    """This callback should run again at a given time; one without a time zone is in ``settings.TIME_ZONE``.

    Raise it from a callback; the wait is kept in the database, no worker sleeps, and it does not count as a
    failed attempt.
    """

    def __init__(
        self, message: str = "", *, at: dt.datetime | None = None, seconds: float | None = None
    ) -> None:
        super().__init__(message)
        if at is None:
            at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60.0 if seconds is None else seconds)
        # A naive one is local time, as `django.utils.timezone.now` gives it without USE_TZ.
        self.at = at if at.tzinfo is not None else at.astimezone(dt.UTC)


class AwaitsTurn(RetryLater):
    """A callback does not run yet: others of its key do, or its key is to be quiet first."""


class RateLimited(RetryLater):
    """GitHub's rate limit for this installation is used up; the callback runs again when it is over."""


class GitHubUnavailable(RetryLater):
    """GitHub has not answered this account's calls for a while; one call at a time finds out when it does again."""


class GitHubUnreachable(GitHubAppError):
    """GitHub could not be reached, or the connection broke before it had answered.

    Let it leave a callback: it counts as an outage, the callback runs again and no attempt is used up. The cause is
    chained, of whatever client library the project has.
    """

    def __init__(self, message: str = "", *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent
        """Whether GitHub may have seen the request, and done what it asks for."""


class GitHubTimeout(GitHubUnreachable):
    """GitHub did not answer within GITHUB_APP["API_TIMEOUT"] seconds."""


class ConnectionsBusy(GitHubTimeout):
    """All of this process's connections to GitHub were in use for GITHUB_APP["API_TIMEOUT"] seconds.

    Nothing was sent.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message, sent=False)


class HandlerTimeout(GitHubAppError):
    """The callback ran longer than its ``timeout``, or GITHUB_APP["HANDLER_TIMEOUT"], and was stopped."""


class SoftTimeout(GitHubAppError):
    """The callback has run longer than its ``soft`` limit: it is asked to come to an end by itself.

    Raised by `context.checkpoint`, once the data is stored, and by `context.raise_if_cancelled`. One that leaves the
    callback counts as a failure like any other: the next attempt goes on from the checkpoint.
    """


class CheckpointTooLarge(PermanentError):
    """The data of a checkpoint does not fit into the ledger: keep it in a table of yours, and its name here."""


class CallbackUnstoppable(HandlerTimeout):
    """The callback ran longer than it may and cannot be stopped: its thread is still running.

    It is not tried again, because it would run twice at once. Give what it waits for a timeout of its own.
    """


class CallbackExited(GitHubAppError):
    """The callback raised what ends a program or a task, not an `Exception`: the cause is chained.

    argparse, click and ``sys.exit`` raise SystemExit by habit, and a task that is cancelled raises CancelledError.
    It counts as a failure of the callback like any other.
    """


class RunInterrupted(BaseException):
    """This run of a callback ends here: its worker was told to stop, and another goes on from the last checkpoint.

    No `Exception`, so that callbacks let it through. Tidy up briefly, with ``finally``; no attempt is used up.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or "").split("\n\n")[0])


class RunLost(RunInterrupted):
    """Another worker has taken the event over: this one gave no sign of life. What this run does counts no more."""


class HandlerLoadError(GitHubAppError):
    """A handler module could not be imported, so no event of its worker type can be processed.

    The cause is chained. Fix the module and restart the worker: the events wait and are tried again.
    """


class InboxUnavailable(GitHubAppError):
    """The delivery could not be committed: the database is down or did not answer in time.

    The view answers 503, GitHub records a failed delivery, and recovery fetches it later.
    """


class DatabaseUnsupported(InboxUnavailable):
    """Events cannot be stored in the database that the project's settings and routers choose.

    The message says what to change; the system check E004 says the same.
    """


class DeliveryConflict(GitHubAppError):
    """A delivery with this id is stored already, and its body is another one.

    GitHub repeats the id of a redelivery together with the very same body, so this request was made by
    something else that knows the secret, or the id was used twice by hand.
    """


class DeliveryReplayed(DeliveryConflict):
    """The very same body was received before, under another delivery id, hook or event name, or is of another event.

    GitHub signs the body alone: somebody has captured it. GITHUB_APP["REPLAY_PROTECTION"] decides what becomes of it.
    """


class InstallationUnavailable(PermanentError):
    """The app has no access to this account (any more), so calls for its installation cannot succeed."""

    def __init__(self, message: str = "", *, installation_id: int | str | None = None) -> None:
        self.installation_id = installation_id
        text = inspect.cleandoc(type(self).__doc__ or "").split("\n\n")[0]
        super().__init__(message or (f"{text} (installation {installation_id})" if installation_id else text))


class InstallationSuspended(InstallationUnavailable):
    """The installation is suspended: its account's owner can unsuspend it in their settings on GitHub."""


class InstallationNotFound(InstallationUnavailable):
    """GitHub knows no such installation of this app: it was uninstalled, or belongs to another app."""


class InvalidRequest(PermanentError):
    """The request to GitHub cannot be sent: its address or one of its headers is not what HTTP allows.

    Nothing was sent.
    """


class ForeignHost(PermanentError):
    """The app's credentials are not sent to a host other than GitHub's API.

    Raised before anything is sent, for an absolute address or a ``Link`` to another host. A host of your own
    that is to get them (``https://uploads.github.com``) belongs in GITHUB_APP["API_HOSTS"].
    """
