import sys
import threading

import pytest

from remotemedia.nodes._program import ProgramRunner

ECHO = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read())"]
# Says that it has begun, and never ends.
HANG = [sys.executable, "-c", "import sys, time; print('begun', flush=True); time.sleep(1000)"]


def test_the_text_goes_in_by_standard_input_and_never_as_an_option():
    with ProgramRunner().run(ECHO, "--help -o /tmp/x\n\0\x1b[2J é") as program:
        assert program.stdout.read().decode() == "--help -o /tmp/x   [2J é\n"
    assert program.returncode == 0


def test_a_long_text_needs_nobody_to_read_meanwhile():
    with ProgramRunner().run(
        [sys.executable, "-c", "import sys; print(len(sys.stdin.read()))"], "x" * 1_000_000
    ) as program:
        assert program.stdout.read() == b"1000001\n"


def test_a_failed_program_says_why():
    fails = [sys.executable, "-c", "import sys; sys.stderr.write('no such voice' + 'x' * 100_000); sys.exit(3)"]
    with pytest.raises(RuntimeError, match="ended with exit code 3: no such voicex") as raised:
        with ProgramRunner().run(fails, ""):
            pass
    assert len(str(raised.value)) < 2_000


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        with ProgramRunner().run(["no-such-program"], ""):
            pass


def test_a_reader_that_has_enough_ends_the_program():
    runner = ProgramRunner()

    def lines():
        with runner.run(HANG, "") as program:
            seen.append(program)
            yield program.stdout.readline()

    seen = []
    reading = lines()
    assert next(reading) == b"begun\n"
    reading.close()
    assert seen[0].returncode == -9


def test_a_stop_from_another_thread_ends_the_program_and_lets_none_begin():
    runner = ProgramRunner()
    begun, failed = threading.Event(), []

    def work():
        try:
            with runner.run(HANG, "") as program:
                program.stdout.readline()
                begun.set()
                program.stdout.read()
        except RuntimeError as error:
            failed.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(30)
    runner.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert "signal 9" in failed[0]
    with pytest.raises(RuntimeError, match="is not started: the node has been stopped"):
        with runner.run(ECHO, ""):
            pass
