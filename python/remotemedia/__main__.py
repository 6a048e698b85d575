"""Runs one node: ``python -m remotemedia <node_id> --session <session_id>``. Started by the service."""

import os
import sys

_USAGE = "usage: python -m remotemedia NODE_ID --session SESSION_ID [--control-fd FD]"


def main(arguments: list[str]) -> int:
    """Runs the node that the service describes on the control connection.

    Returns:
        The exit code: 0 after a stop, 1 after a failure, 2 when this was not started by the service.
    """
    match arguments:
        case [_, "--session", _]:
            fd = 3
        case [_, "--session", _, "--control-fd", number] if number.isdecimal():
            fd = int(number)
        case _:
            print(_USAGE, file=sys.stderr)
            return 2
    try:
        # Before anything else: no program that a node starts may keep the connection open.
        os.set_inheritable(fd, False)
    except OSError:
        print(
            f"There is no control connection on descriptor {fd}: the RemoteMedia service starts this command. "
            "To try a node, use remotemedia.testing.run_node.",
            file=sys.stderr,
        )
        return 2
    _close_inherited(fd)
    from remotemedia._channel import Control, Domain

    # Watched from here on, before any code of the user's runs.
    control = Control(fd)
    # Control-C in a terminal is for the service, which then stops this process in order.
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _tell_stacks()
    from remotemedia._runner.process import run_process

    return run_process(control, Domain.open)


def _close_inherited(control_fd: int) -> None:
    """Closes what came along from the service: files of other sessions, whose memory would live as long as this process.

    iceoryx2 opens its files without close-on-exec; everything that Python opens has it, and so stays.
    """
    try:
        names = os.listdir("/dev/fd")
    except OSError:
        return
    for fd in (int(name) for name in names if name.isdecimal()):
        try:
            if fd > 2 and fd != control_fd and os.get_inheritable(fd):
                os.close(fd)
        except OSError:
            # The one that the listing itself used.
            continue


def _tell_stacks() -> None:
    """Prints where every thread is, on standard error, when a fatal signal comes or the service asks for it.

    That is native code, which needs no GIL: it works where a library hangs or crashes.
    """
    import faulthandler
    import signal

    try:
        faulthandler.enable()
        if hasattr(signal, "SIGRTMAX"):
            faulthandler.register(signal.SIGRTMAX - 2)
    except (OSError, RuntimeError, ValueError):
        return  # there is no standard error to write to


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
