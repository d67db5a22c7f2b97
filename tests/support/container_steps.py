"""``make container-steps``: what an engine would do with the Dockerfile, without an engine.

Every instruction is carried out in order, in folders of its own: COPY from the files that git knows, RUN with the
same command, where ``/src``, ``/venv`` and ``/app`` are folders below one that is new. Then nothing of it can be
written to any more, and each process of the Procfile is started by ENTRYPOINT and CMD as the image's USER (as root;
else as the user who runs this), on a PostgreSQL and a Valkey of its own, until it has shown that it works.

What is not tried: the base image itself. Python is the one that runs this.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from django_github_app.cli.local_servers import LocalServers, free_port, make_reachable
from tests.support.dockerfile import Instruction, Stage, stages

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy/container/Dockerfile"
FOLDERS = re.compile(r"(?<![\w./])/(src|venv|app)(?=[/\s'\":]|$)")
READY_WITHIN = 120.0


class StepFailed(RuntimeError):
    """A step of the Dockerfile, or a process of the image, did not do what it is for."""


@dataclass(slots=True)
class Build:
    """The image under construction: where its files are, and what ENV, WORKDIR and USER say."""

    root: Path
    folder: str = "/"
    user: int | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """Return where a path of the image is here."""
        return self.root / (Path(self.folder) / name).as_posix().lstrip("/")

    def here(self, text: str) -> str:
        """Return a command with its folders where they are here."""
        return FOLDERS.sub(rf"{self.root}/\1", text)

    def copy(self, step: Instruction) -> None:
        *sources, target = step.words()
        into = self.path(target)
        if step.flag("from"):
            return  # the stages share their folders: /venv is there
        for source in sources:
            for name in tracked(source):
                goal = into / (name.relative_to(source) if (ROOT / source).is_dir() else name.name)
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, goal)

    def run(self, step: Instruction) -> None:
        if step.text.startswith("useradd "):
            return  # the number that it gives is in USER, and kernels know numbers only
        done = subprocess.run(
            ["sh", "-ec", self.here(step.text)],
            cwd=self.path("."),
            env=self.environment_of_processes(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StepFailed(f"RUN {step.text}\n{(done.stdout + done.stderr)[-3000:]}")

    def environment_of_processes(self) -> dict[str, str]:
        """Return the image's environment: nothing of ours but where packages come from."""
        kept = {k: v for k, v in os.environ.items() if k.startswith("PIP_") or k.lower().endswith("_proxy")}
        path = f"{self.root / 'bin'}:/usr/bin:/bin"
        own = {name: self.here(value).replace("$PATH", path) for name, value in self.environment.items()}
        return {"PATH": path, "HOME": str(self.root / "nowhere"), **kept, **own}


def tracked(source: str) -> list[Path]:
    """Return the files below a path that git knows: what a clean checkout has."""
    done = subprocess.run(
        ["git", "ls-files", "--", source], cwd=ROOT, capture_output=True, text=True, check=True
    )
    if not done.stdout:
        raise StepFailed(f"COPY {source}: git has no such file")
    return [Path(line) for line in done.stdout.splitlines()]


def carry_out(stage: Stage, build: Build) -> None:
    """Carry out the instructions of one stage."""
    build.folder, build.environment, build.user = "/", {}, None
    for step in stage.instructions:
        print(f"    {step.name} {step.text[:90]}", flush=True)
        match step.name:
            case "WORKDIR":
                build.folder = step.text
                build.path(".").mkdir(parents=True, exist_ok=True)
            case "ENV":
                build.environment |= dict(re.findall(r"(\w+)=(\S+)", step.text))
            case "USER":
                build.user = int(step.text)
            case "COPY":
                build.copy(step)
            case "RUN":
                build.run(step)


def make_image(root: Path) -> tuple[Build, list[str], list[str]]:
    """Carry out the Dockerfile below ``root``; return the image, its ENTRYPOINT and its CMD."""
    build = Build(root)
    (root / "bin").mkdir()
    (root / "bin/python").symlink_to(os.path.realpath(sys.executable))
    found = stages(DOCKERFILE.read_text())
    for stage in found:
        print(f"  FROM {stage.image}", flush=True)
        carry_out(stage, build)
    shutil.rmtree(root / "src")  # a stage that is left behind
    (entrypoint,), (command,) = found[-1].all("ENTRYPOINT"), found[-1].all("CMD")
    return build, entrypoint.program(), command.program()


def close(root: Path) -> None:
    """Take from everybody the right to write below ``root``, and let everybody read."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod((mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444)) & ~0o222)


def reopen(root: Path) -> None:
    """Let the owner delete it again."""
    for path in [root, *root.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


@contextmanager
def servers(folder: Path) -> Iterator[Mapping[str, str]]:
    """Give a PostgreSQL that the image's user can reach, and a Valkey, as variables of the environment."""
    # In a path of this length the server has a folder of its own for its socket, which may be opened.
    with LocalServers(folder / ("data-of-the-servers-" * 6)) as running:
        socket = parse_qs(urlsplit(running.database_url).query)["host"][0]
        Path(socket).chmod(0o711)
        yield {
            "DATABASE_URL": running.database_url,
            "CELERY_BROKER_URL": f"{running.valkey_url}/0",
            "CACHE_URL": f"{running.valkey_url}/1",
        }


def check_process(
    name: str, command: list[str], environment: Mapping[str, str], build: Build, log: Path
) -> float:
    """Start a process of the image and wait until it works; return after how many seconds. Raises StepFailed."""
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_user = {"user": build.user, "group": build.user, "extra_groups": []}
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [build.here(word) for word in command],
            cwd=build.path("."),
            env=build.environment_of_processes() | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **as_user,
        )
    try:
        while not WORKS[name](process, log, environment):
            if process.poll() not in (None, 0) or time.monotonic() - began > READY_WITHIN:
                raise StepFailed(f"{name} does not work:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.2)
        return time.monotonic() - began
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process with SIGTERM, as an engine does, and what is left of its group with SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
    process.wait(20)


Works = Callable[["subprocess.Popen[bytes]", Path, Mapping[str, str]], bool]


def has_said(pattern: str) -> Works:
    return lambda process, log, environment: bool(re.search(pattern, log.read_text(errors="replace")))


def has_ended(process: subprocess.Popen[bytes], log: Path, environment: Mapping[str, str]) -> bool:
    return process.poll() == 0


def answers(process: subprocess.Popen[bytes], log: Path, environment: Mapping[str, str]) -> bool:
    try:
        url = f"http://127.0.0.1:{environment['PORT']}/healthz"
        return httpx.get(url, headers={"Host": "localhost"}, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


WORKS: dict[str, Works] = {
    "release": has_ended,
    "web": answers,
    "worker_sync": has_said(r"(?<!-maintenance)@\S+ ready\."),
    "worker_async": has_said(r"(?<!-maintenance)@\S+ ready\."),
    "beat": has_said(r"beat: Starting|DatabaseScheduler"),
}


def main() -> None:
    """Do it, and exit with 1 and the reason if it fails."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and folders go
    folder = Path(tempfile.mkdtemp(prefix="container-"))
    root, writable = folder / "root", folder / "tmp"
    root.mkdir()
    writable.mkdir()
    writable.chmod(0o1777)
    make_reachable(root)
    make_reachable(Path(sys.executable).resolve())
    folder.chmod(0o755)
    try:
        build, entrypoint, command = make_image(root)
        close(root)
        if command != ["web"]:
            raise StepFailed(f"CMD is {command}, and the process that a platform starts unasked is web")
        with servers(folder) as urls:
            secrets = {"SECRET_KEY": "k" * 50, "GITHUB_WEBHOOK_SECRET": "s", "GITHUB_APP_NAME": "steps"}
            own = {"HOST": "127.0.0.1", "PORT": str(free_port()), "TMPDIR": str(writable)}
            environment = {**urls, **secrets, **own, "GITHUB_APP_ID": "1"}
            for name in WORKS:
                took = check_process(name, [*entrypoint, name], environment, build, folder / f"{name}.log")
                who = f"user {build.user}" if os.geteuid() == 0 else "this user"
                print(f"  {name}: works after {took:.1f} s, as {who}, read-only", flush=True)
    except StepFailed as error:
        sys.exit(f"container-steps: {error}")
    finally:
        reopen(folder)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
