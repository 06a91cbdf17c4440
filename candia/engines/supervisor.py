"""Starts the parts of a city in order, watches them, starts the fallen again, and stops all in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import pwd
import signal
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

from candia.engines import logs
from candia.engines.heartbeat import Beats, Pulse
from candia.engines.home import Home, check_space, kill_family
from candia.engines.part import MISCONFIGURED, Part, StartError

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
# A part that ran this long had started well; its next fall is a new story.
STEADY = 30.0
# A part that is asked every second, and so many times in a row does not answer in time, hangs.
LOOK, SILENCES = 1.0, 5
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

Say = Callable[[str], None]


class Supervisor:
    """Runs stages of parts: those of one stage start together, a stage waits for the one before.

    `changed` answers each second with the names of the parts whose code is another now; they start again.
    """

    def __init__(
        self,
        home: Home,
        stages: Sequence[Sequence[Part]],
        say: Say,
        changed: Callable[[], Collection[str]] | None = None,
    ) -> None:
        self._home = home
        self._stages = stages
        self._say = say
        self._changed = changed
        self._renewed: set[str] = set()
        self._stop = asyncio.Event()
        self._began = time.monotonic()
        self._alive: dict[str, asyncio.subprocess.Process] = {}
        self._watches: list[asyncio.Task[None]] = []
        self._beats = Beats(home.path)
        # How long each log was when its part started, in bytes.
        self._spoken: dict[str, int] = {}

    async def run(self, up: Callable[[], None]) -> None:
        """Start all, call `up`, and return after SIGINT, SIGTERM or SIGHUP; raises StartError."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)
        self._beats.listen()
        trimming = asyncio.create_task(self._trim_logs())
        try:
            for stage in self._stages:
                if not self._stop.is_set():
                    await self._start_stage(stage)
            if not self._stop.is_set():
                up()
            renewing = asyncio.create_task(self._renew())
            await self._stop.wait()
            renewing.cancel()
        finally:
            await self._stop_all()
            trimming.cancel()
            self._beats.close()

    async def _trim_logs(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(logs.trim, self._home.path / "log")
            await asyncio.sleep(LOOK)

    async def _renew(self) -> None:
        """Let those parts end, and so begin anew, whose code is another now."""
        parts = {part.name: part for stage in self._stages for part in stage if not part.once}
        while self._changed is not None:
            await asyncio.sleep(LOOK)
            found = await asyncio.to_thread(self._changed)
            running = [
                (parts[name], self._alive[name]) for name in parts if name in {*found} & {*self._alive}
            ]
            self._renewed.update(part.name for part, _process in running)
            await asyncio.gather(*(self._let_end(part, process) for part, process in running))

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():
            # Asked twice: somebody can't wait.
            for name in list(self._alive):
                self._bury(name, signal.SIGKILL)
        else:
            self._stop.set()
            self._tell("stopping")

    async def _start_stage(self, stage: Sequence[Part]) -> None:
        """Start these parts together; a failure or a wish to stop ends the start of the others."""
        starts = [asyncio.create_task(self._start(part)) for part in stage]
        together: asyncio.Future[Any] = asyncio.gather(*starts)
        stopped: asyncio.Future[Any] = asyncio.create_task(self._stop.wait())
        await asyncio.wait({together, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in (*starts, stopped):
            task.cancel()
        outcomes = await asyncio.gather(*starts, together, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _start(self, part: Part) -> None:
        began = time.monotonic()
        await asyncio.to_thread(part.prepare)
        process = await self._spawn(part)
        if part.once:
            await self._run_once(part, process)
        else:
            await self._wait_ready(part, process)
            part.opened()
            self._watches.append(asyncio.create_task(self._watch(part, process)))
        self._tell(f"{part.name} is {'done' if part.once else 'ready'} ({time.monotonic() - began:.1f} s)")

    async def _run_once(self, part: Part, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        self._gone(part)
        if code != 0 and not self._stop.is_set():
            raise self._failure(part, f"ended with code {code}", code)

    async def _wait_ready(self, part: Part, process: asyncio.subprocess.Process) -> None:
        until = time.monotonic() + part.patience
        while not await asyncio.to_thread(_answers, part):
            if process.returncode is not None:
                what = f"ended with code {process.returncode} before it was ready"
                raise self._failure(part, what, process.returncode)
            if time.monotonic() > until:
                raise self._failure(part, f"was not ready within {part.patience:.0f} s")
            await asyncio.sleep(0.02)

    async def _watch(self, part: Part, process: asyncio.subprocess.Process) -> None:
        pause, since = FIRST_PAUSE, time.monotonic()
        while True:
            code = await self._ended(part, process)
            self._bury(part.name, signal.SIGKILL)
            self._gone(part)
            if self._stop.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - since > STEADY else min(pause * 2, LONGEST_PAUSE)
            if part.name in self._renewed:
                self._renewed.discard(part.name)
                pause = FIRST_PAUSE
                self._tell(f"{part.name} has changed; starting it again")
            else:
                self._tell(f"{part.name} ended ({_cause(code)}); starting it again")
            await asyncio.sleep(pause)
            if self._stop.is_set():
                return
            since = time.monotonic()
            process = await self._spawn(part)
            try:
                await self._wait_ready(part, process)
                self._tell(f"{part.name} is ready again ({time.monotonic() - since:.1f} s)")
            except StartError as error:
                self._tell(str(error))
                self._bury(part.name, signal.SIGKILL)

    async def _ended(self, part: Part, process: asyncio.subprocess.Process) -> int:
        """With which code it ended; one that hangs is ended here."""
        silences, pulse = 0, Pulse(self._beats, part.name, process.pid)
        while process.returncode is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK if part.alive or part.beats else None):
                    return await process.wait()
            silences = silences + 1 if await asyncio.to_thread(_silent, part) else 0
            hangs = silences == SILENCES or (part.beats and pulse.hangs())
            if hangs and not self._stop.is_set():
                self._tell(f"{part.name} has not answered for a while and is killed")
                kill_family(process.pid)
                pulse = Pulse(self._beats, part.name, process.pid)
        return process.returncode

    async def _spawn(self, part: Part) -> asyncio.subprocess.Process:
        owner = pwd.getpwnam(part.user) if part.user else None
        path = self._home.log(part.name)
        self._spoken[part.name] = path.stat().st_size if path.exists() else 0
        self._beats.heard[part.name].clear()
        with path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *part.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **part.environment},
                cwd="/",
                # A session of its own: Ctrl-C reaches the supervisor alone, which stops the parts in order.
                start_new_session=True,
                preexec_fn=tie(part.orphaned, os.getpid()),
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
            )
        self._alive[part.name] = process
        self._home.record(part.name, process.pid)
        return process

    async def _stop_all(self) -> None:
        self._stop.set()
        for stage in reversed(self._stages):
            await asyncio.gather(*(self._stop_one(part) for part in stage))
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)

    async def _stop_one(self, part: Part) -> None:
        process = self._alive.get(part.name)
        if process is None:
            return
        await self._let_end(part, process)
        self._bury(part.name, signal.SIGKILL)
        await process.wait()
        self._gone(part)

    async def _let_end(self, part: Part, process: asyncio.subprocess.Process) -> None:
        """Ask a process to end, and kill it when its grace is over."""
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(part.stop)
        try:
            async with asyncio.timeout(part.grace):
                await process.wait()
        except TimeoutError:
            self._tell(f"{part.name} took longer than {part.grace:.0f} s to stop and was killed")
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    def _bury(self, name: str, number: signal.Signals) -> None:
        """Signal the whole session of a part, so that no worker outlives its leader."""
        process = self._alive.get(name)
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)

    def _gone(self, part: Part) -> None:
        self._alive.pop(part.name, None)
        self._home.forget(part.name)

    def _failure(self, part: Part, what: str, code: int = 0) -> StartError:
        check_space(self._home.path)
        path = self._home.log(part.name)
        if code == MISCONFIGURED:
            return StartError(logs.last_words(path, self._spoken.get(part.name, 0)).strip())
        tail = logs.last_words(path).splitlines()[-8:]
        return StartError("\n  ".join([f"{part.name} {what}. Its last words, from {path}:", *tail]))

    def _tell(self, text: str) -> None:
        self._say(f"{time.monotonic() - self._began:6.1f} s  {text}")


def _answers(part: Part) -> bool:
    try:
        return part.ready()
    except OSError:
        return False


def _silent(part: Part) -> bool:
    """Whether it takes questions and does not answer them; a refusal is an answer."""
    try:
        if part.alive is not None:
            part.alive()
    except TimeoutError:
        return True
    except OSError:
        return False
    return False


def _cause(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"code {code}"


def tie(number: signal.Signals, parent: int) -> Callable[[], None]:
    """What the child does before it becomes the part: ask the kernel to end it when its parent dies."""

    def tie() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return tie
