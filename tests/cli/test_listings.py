"""The commands that list: errors, chains; version and help."""

import ast
import json
from pathlib import Path

import pytest

import weakstate
from tests.cli.helpers import run
from weakstate import _native, errors
from weakstate.cli.group import SECTIONS

COMMANDS = tuple(name for section in SECTIONS.values() for name in section)


def test_errors_lists_every_code_with_its_class_and_meaning():
    ran = run("errors", "--json")
    assert ran.code == 0
    listed = [(row["code"], row["class"], row["meaning"]) for row in ran.objects]
    assert listed == _native.error_codes()
    assert len({code for code, _, _ in listed}) == len(listed)
    for row in ran.objects:
        blame = getattr(errors, row["class"])
        assert issubclass(blame, weakstate.WeakstateError)
        assert (row["verdict"], row["exit_code"]) == (blame.verdict, blame.exit_code)
        assert row["meaning"].endswith(".")
    text = run("errors").out
    for code, name, meaning in listed:
        assert f"  {code} " in text
        assert name in text
        assert meaning in text


def test_codes_that_python_raises_are_listed():
    listed = {code for code, _, _ in _native.error_codes()}
    raised = set()
    package = Path(weakstate.__file__).parent
    for path in [
        *package.glob("cli/**/*.py"),
        *package.glob("state/*.py"),
        *package.glob("w*/*.py"),
        *package.glob("verifier/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                blame = getattr(errors, node.func.id, None)
                if isinstance(blame, type) and isinstance(node.args[0], ast.Constant):
                    raised.add(node.args[0].value)
    assert raised
    assert raised <= listed


def test_chains_lists_the_built_in_ones_with_their_forks():
    ran = run("chains", "--json")
    chains = {row["name"]: row for row in ran.objects}
    assert list(chains) == weakstate.Chain.builtin_names()
    assert {"mainnet", "sepolia", "holesky", "hoodi"} <= set(chains)
    assert chains["mainnet"]["id"] == 1
    assert chains["mainnet"]["scheme"] == "mpt"
    forks = {fork["name"]: fork for fork in chains["mainnet"]["forks"]}
    assert forks["London"]["block"] == 12_965_000
    assert forks["Cancun"]["timestamp"] == 1_710_338_135
    assert forks["Cancun"]["blobs"]["max"] == 6
    text = run("chains").out
    assert "mainnet, id 1, mpt" in text
    assert "2024-03-13 13:55:35" in text


def test_version():
    assert run("--version").out == f"weakstate {weakstate.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(command):
    ran = run(command, "--help")
    assert ran.code == 0
    assert "Examples:\n    weakstate" in ran.out
    assert f"weakstate {command}" in ran.out


def test_help_lists_the_commands():
    ran = run("--help")
    assert ran.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in ran.out


def test_an_unknown_command_is_wrong_usage():
    ran = run("verfy")
    assert ran.code == 2
    assert "No such command" in ran.err


def test_every_object_is_ascii_json():
    for command in ("errors", "chains"):
        for line in run(command, "--json").lines:
            assert line.isascii()
            json.loads(line)
