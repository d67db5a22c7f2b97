"""Read a Dockerfile as far as ours go: stages, their instructions, what each is for. Pure."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field

KNOWN = {"FROM", "ENV", "RUN", "COPY", "WORKDIR", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}


class NotUnderstood(ValueError):
    """An instruction that this reader does not know: it would be skipped in silence."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, continued lines joined."""

    name: str
    text: str

    def words(self) -> list[str]:
        """Return the arguments without flags."""
        return [word for word in shlex.split(self.text) if not word.startswith("--")]

    def flag(self, name: str) -> str:
        """Return the value of ``--name=…``, or ""."""
        found = re.search(rf"--{name}=(\S+)", self.text)
        return found[1] if found else ""

    def program(self) -> list[str]:
        """Return the words of an ENTRYPOINT or CMD in exec form. Raises NotUnderstood for the shell's form."""
        if not self.text.startswith("["):
            raise NotUnderstood(f"{self.name} is not in exec form: signals would reach a shell")
        words: list[str] = json.loads(self.text)
        return words


@dataclass(slots=True)
class Stage:
    """FROM and what follows it."""

    image: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        return [one for one in self.instructions if one.name == name]


def stages(text: str) -> list[Stage]:
    """Return the stages of a Dockerfile. Raises NotUnderstood for an instruction that is not read here."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[Stage] = []
    for line in joined.splitlines():
        name, _, rest = line.partition(" ")
        if name not in KNOWN:
            raise NotUnderstood(line)
        if name == "FROM":
            image, _, alias = rest.partition(" AS ")
            found.append(Stage(image, alias or str(len(found))))
        else:
            found[-1].instructions.append(Instruction(name, rest.strip()))
    return found
