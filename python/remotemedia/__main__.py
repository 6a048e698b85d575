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
    from remotemedia._channel import Control, Domain

    # Watched from here on, before any code of the user's runs.
    control = Control(fd)
    # Control-C in a terminal is for the service, which then stops this process in order.
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from remotemedia._runner.process import run_process

    return run_process(control, Domain.open)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
