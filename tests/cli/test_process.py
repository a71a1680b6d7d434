"""The command as a process: what it loads, and how it ends."""

import os
import signal
import subprocess
import sys

import pytest

from tests.cli.helpers import CHAIN, GENESIS

WEAKSTATE = [sys.executable, "-m", "weakstate"]
# Each costs more of a cold start than all of our own code.
SLOW = {"asyncio", "concurrent.futures", "dataclasses", "email", "logging", "rlp", "zstandard"}


def test_help_loads_neither_commands_nor_what_they_need():
    code = (
        "import sys; from weakstate.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(*sys.modules, sep='\\n')"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    loaded = set(printed.splitlines())
    assert "weakstate.cli.group" in loaded
    assert not SLOW & loaded
    assert not {name for name in loaded if name.startswith("weakstate.cli.verify")}


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((CHAIN, "--chain", GENESIS), 0),
        ((CHAIN, "--chain", GENESIS, "--parent", "0x" + "11" * 32), 1),
        ((os.devnull, "--chain", "mainnet"), 2),
        (("nowhere", "--chain", "mainnet"), 2),
        ((CHAIN, "--chain", GENESIS, "--max-bytes", "1"), 5),
    ],
)
def test_exit_codes_reach_the_shell(args, code):
    ran = subprocess.run([*WEAKSTATE, "verify", *args], capture_output=True, text=True, check=False)
    assert ran.returncode == code
    assert "Traceback" not in ran.stdout + ran.stderr


def test_an_interrupt_exits_130_without_a_traceback():
    with subprocess.Popen(
        [*WEAKSTATE, "verify", os.devnull, "-", "--chain", "mainnet", "--jobs", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("unreadable")  # now it waits for its input
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr.read() == ""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_long_work(samples, jobs):
    many = [samples[0].path] * 20_000
    with subprocess.Popen(
        [*WEAKSTATE, "verify", *many, "--chain", GENESIS, "--jobs", jobs],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("valid")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 130
        assert err == ""
        assert out.count("\n") < len(many) - 1


def test_an_interrupt_ends_processes_and_keeps_what_is_done(samples, tmp_path):
    many = [samples[-1].path] * 3000
    args = ["--chain", GENESIS, "--no-timing", "--jobs", "2", "-o", tmp_path]
    with subprocess.Popen(
        [*WEAKSTATE, "report", *many, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith(samples[-1].path.stem)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == ""
    assert len(list(tmp_path.glob("blocks/*.json"))) == 1
    assert not (tmp_path / "report.json").exists()


def test_an_interrupt_leaves_whole_files_alone(samples, tmp_path):
    many = [samples[0].path] * 20_000
    args = ["--to", "bytes", "--lossy", "-o", f"{tmp_path}/"]
    with subprocess.Popen(
        [*WEAKSTATE, "convert", *many, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("written")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == ""
    written = os.listdir(tmp_path)
    assert 0 < len(written) < len(many)
    assert len(written) - out.count("\n") in (1, 2), "no file but those named, and one more"
    for name in written:
        assert (tmp_path / name).read_bytes() == samples[0].witness.to_bytes()


def test_bytes_are_not_written_to_a_terminal(samples):
    terminal, screen = os.openpty()
    args = ["convert", samples[0].path, "--to", "bytes", "--lossy", "-o", "-"]
    ran = subprocess.run(
        [*WEAKSTATE, *args], stdout=screen, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(screen)
    os.close(terminal)
    assert ran.returncode == 2
    assert "nothing for a terminal" in ran.stderr


def test_a_closed_pipe_ends_without_a_traceback():
    with subprocess.Popen(
        [*WEAKSTATE, "errors"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=30) == 141


def test_a_terminal_that_lacks_a_letter_gets_its_escape(tmp_path):
    path = tmp_path / "€"
    path.write_bytes(b"")
    ran = subprocess.run(
        [*WEAKSTATE, "verify", path, "--chain", "mainnet"],
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "\\u20ac: " in ran.stdout
    assert ran.stderr == ""
