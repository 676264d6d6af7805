"""Child processes that never outlive this one, however it ends."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Standard input is a pipe that only this process holds open. It is closed when the child shall stop, and by the kernel
# when this process is killed: one way to stop for both.
_GUARD = 'read -r _; kill -s "$2" "$1"'


@contextmanager
def child(
    command: Sequence[str], *, stop: signal.Signals, patience: float, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` until the end of the block; then `stop` it, and kill it if that takes longer than `patience`.

    It gets a session of its own, so that Ctrl-C reaches only this process, which stops its children in order.
    """
    with ExitStack() as stack:
        with _signals_held() as mask:
            process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                # The one way to hand a mask to a child; it only makes a system call, so threads can't hurt it.
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, mask),  # noqa: PLW1509
                **options,
            )
            stack.callback(_see_end, process, patience)
            stack.enter_context(
                subprocess.Popen(  # noqa: S603
                    ["/bin/sh", "-c", _GUARD, "guard", str(process.pid), stop.name.removeprefix("SIG")],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            )
        yield process


@contextmanager
def _signals_held() -> Iterator[set[signal.Signals | int]]:
    """Let no signal interrupt the moments in which a child runs, but nobody has noted how to stop it."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _see_end(process: subprocess.Popen[bytes], patience: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # What it left behind, and itself, if it did not stop.
    process.wait()
