"""The image, made without a container engine: its file tree as a directory, its commands as processes of a stranger.

Dockerfile and .dockerignore are read and followed, not described again: docker's own library says what is in the build
context, each COPY takes from that, each RUN is run. Absolute paths are moved below the tree's own root. Two things are not done:
the base image is this machine's Python, and no user is made: where root runs it, the commands run as `nobody`.
The first stage, the virtual environment, is made once per lock file and kept in /var/tmp.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from docker.utils.build import exclude_paths  # type: ignore[import-untyped]

from ordermill.launch.tether import needs_pipe

NOBODY: Final = 65534
_OURS: Final = re.compile(r"(?<![\w.}/-])/(?=(?:app|build|opt|var/lib)\b)")
"""Where in a line of the Dockerfile an absolute path of the image begins."""
_MAKES_THE_USER: Final = "useradd "


class NotInContext(Exception):
    """A COPY names what .dockerignore leaves out, or what does not exist: `docker build` ends there."""


@dataclass(frozen=True)
class Instruction:
    """One line of the Dockerfile, its continuations joined."""

    word: str
    rest: str

    def listed(self) -> list[str]:
        """The JSON form of ENTRYPOINT, CMD and HEALTHCHECK."""
        found: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return found


def stages(dockerfile: str) -> dict[str, list[Instruction]]:
    """The stages by name, the last one as `image`."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    found: dict[str, list[Instruction]] = {}
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            found[rest.split(" AS ")[1] if " AS " in rest else "image"] = []
        elif word:
            next(reversed(found.values())).append(Instruction(word, rest.strip()))
    return found


def context(directory: Path) -> list[str]:
    """What `docker build` may copy from this directory: paths of files, sorted."""
    lines = [line.strip() for line in (directory / ".dockerignore").read_text().splitlines()]
    patterns = [line for line in lines if line and not line.startswith("#")]
    # Sent to the engine in any case, but COPY does not see them unless a pattern lets them in.
    always = {"Dockerfile", ".dockerignore"} - {pattern.lstrip("!") for pattern in patterns}
    return sorted(path for path in exclude_paths(str(directory), patterns) - always if (directory / path).is_file())


@dataclass
class Tree:
    """One stage: its file system below `root`, and what its instructions set."""

    root: Path
    source: Path
    """The build context's directory."""
    context: list[str]
    others: Mapping[str, Path] = field(default_factory=dict)
    """The roots of earlier stages."""
    workdir: str = "/"
    environment: dict[str, str] = field(
        default_factory=lambda: {**_library(), "PATH": f"{_python().parent}:{os.defpath}"}
    )
    user: str = "root"
    told: dict[str, Instruction] = field(default_factory=dict)
    """ENTRYPOINT, CMD, HEALTHCHECK, VOLUME and EXPOSE, as they stand."""

    def build(self, instructions: Iterable[Instruction]) -> "Tree":
        """Follow the instructions. NotInContext, or CalledProcessError from a RUN."""
        for instruction in instructions:
            self._does(instruction.word)(instruction)
        return self

    def _does(self, word: str) -> Callable[[Instruction], None]:
        known = {"COPY": self._copy, "ENV": self._env, "RUN": self._run, "USER": self._user, "WORKDIR": self._workdir}
        return known.get(word) or self._tell

    def at(self, path: str) -> Path:
        """Where a path of the image is here."""
        return self.root / os.path.join(self.workdir, path).lstrip("/")  # noqa: PTH118 - an absolute path wins, as in Docker

    def moved(self, text: str) -> str:
        """A line of the image, its absolute paths moved below our root."""
        return _OURS.sub(f"{self.root}/", text)

    def _copy(self, instruction: Instruction) -> None:
        words = shlex.split(instruction.rest)
        stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
        *sources, target = words
        for source in sources:
            if stage is None:
                self._copy_from_context(source.rstrip("/"), target)
            else:  # a stage's tree stays where it is: a virtual environment is large and does not change
                self.at(target).parent.mkdir(parents=True, exist_ok=True)
                self.at(target).symlink_to(self.others[stage] / source.lstrip("/"))

    def _copy_from_context(self, source: str, target: str) -> None:
        below = "" if source == "." else f"{source}/"
        found = [path for path in self.context if path == source or path.startswith(below)]
        if not found:
            raise NotInContext(f"COPY {source}: not in the build context; .dockerignore leaves it out or it is missing")
        for path in found:
            name = Path(path).name if path == source else path.removeprefix(below)
            is_directory = path != source or target.endswith(("/", "."))
            to = self.at(target) / name if is_directory else self.at(target)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.source / path, to)

    def _env(self, instruction: Instruction) -> None:
        for pair in shlex.split(instruction.rest):
            name, _, value = pair.partition("=")
            self.environment[name] = self.moved(value).replace("$PATH", self.environment["PATH"])

    def _run(self, instruction: Instruction) -> None:
        if instruction.rest.startswith(_MAKES_THE_USER):
            return
        # The base image calls its Python `python`; Debian's own does not.
        script = f'command -v python >/dev/null || python() {{ {_python()} "$@"; }}; {self.moved(instruction.rest)}'
        subprocess.run(["/bin/sh", "-ec", script], cwd=self.at("."), env=os.environ | self.environment, check=True)

    def _user(self, instruction: Instruction) -> None:
        self.user = instruction.rest

    def _workdir(self, instruction: Instruction) -> None:
        self.workdir = instruction.rest
        self.at(".").mkdir(parents=True, exist_ok=True)

    def _tell(self, instruction: Instruction) -> None:
        self.told[instruction.word] = instruction


@dataclass(frozen=True)
class Container:
    """Runs an image's commands with the image's environment and nothing of ours."""

    tree: Tree
    given: Mapping[str, str]
    """As `docker run --env` gives it."""

    def _options(self) -> dict[str, Any]:
        environment = self.tree.environment | dict(self.given)
        as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        stdin = subprocess.PIPE if needs_pipe() else subprocess.DEVNULL
        return {"cwd": self.tree.at("."), "env": environment, "stdin": stdin, **as_nobody}

    def line(self, *command: str) -> list[str]:
        """Entry point and command; the image's own command when none is given."""
        told = self.tree.told
        return [*told["ENTRYPOINT"].listed(), *(command or told["CMD"].listed())]

    def run(self, *line: str) -> "subprocess.CompletedProcess[str]":
        """A command to its end; `line` is whole, entry point included."""
        return subprocess.run(line, **self._options(), capture_output=True, text=True, check=False, timeout=120)

    def start(self, *command: str, log: Path) -> "subprocess.Popen[bytes]":
        """A command that stays; it dies with us."""
        tether = ["python", "-I", "-S", str(self.tree.at("ordermill/launch/tether.py")), str(os.getpid())]
        with log.open("ab") as file:
            return subprocess.Popen([*tether, *self.line(*command)], **self._options(), stdout=file, stderr=file)


def packages(source: Path, instructions: list[Instruction]) -> Path:
    """The root of the first stage, made unless it is there. It holds until the lock file, the stage or Python change."""
    lock = (source / "requirements.lock").read_bytes()
    key = hashlib.sha256(lock + repr((instructions, sys.version)).encode()).hexdigest()[:16]
    root = _kept() / key
    with _made_once(root) as missing:
        if missing:
            Tree(root, source, context(source)).build(instructions)
    return root


@contextlib.contextmanager
def _made_once(root: Path) -> Iterator[bool]:
    """Whether the block has to fill this directory. Other test processes wait meanwhile; what was left half made is made anew."""
    with root.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        missing = not (root / "done").exists()
        if missing:
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir()
        yield missing
        (root / "done").touch()


def _kept() -> Path:
    """A directory of our own that outlives the run and that anybody may read: `nobody` runs what is in it."""
    path = Path("/var/tmp" if Path("/var/tmp").is_dir() else "/tmp") / f"ordermill-image-{os.geteuid()}"  # noqa: S108
    path.mkdir(mode=0o755, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"{path} is not ours alone to write: somebody could run code as us; remove it")
    return path


def _python() -> Path:
    """This machine's Python, where `nobody` can start it: a copy when it is somewhere below a private directory."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in base.resolve().parents):
        return base
    copy = _kept() / f"python-{hashlib.sha256(f'{base}{sys.version}'.encode()).hexdigest()[:16]}"
    with _made_once(copy) as missing:
        if missing:
            without = shutil.ignore_patterns("test", "site-packages", "__pycache__", "config-*", "*.a")
            shutil.copytree(Path(sys.base_prefix) / "lib", copy / "lib", symlinks=True, ignore=without)
            (copy / "bin").mkdir()
            shutil.copy(base, copy / "bin" / base.name)
            (copy / "bin" / "python").symlink_to(base.name)
    return copy / "bin" / base.name


def _library() -> dict[str, str]:
    """A copied Python would else load the library of the place it was built for."""
    copied = _python().is_relative_to(_kept())
    return {"LD_LIBRARY_PATH": str(_python().parent.parent / "lib")} if copied else {}
