"""Every error code has an input in fixtures/invalid that is refused with it, and no other."""

import pytest

from fixtures.invalid_case import EXPECTED, INVALID, case_in, judge_case
from fixtures.make_invalid import write_invalid
from tests.cli.helpers import run
from weakstate import errors
from weakstate._native import error_codes

# What no block, witness or delta is refused with: it is tested where states are kept, nodes asked
# and records read. A store that is locked, full or of another format is no file to keep here.
ELSEWHERE = ("StoreError", "NodeError")
OF_OTHERS = ("malformed_dump", "wrong_dump", "malformed_access_list", "leaf_not_witnessed")

CLASSES = {
    code: getattr(errors, name)
    for code, name, _ in error_codes()
    if name not in ELSEWHERE and code not in OF_OTHERS
}

BY_BOTH = (errors.InvalidBlock, errors.InvalidWitness)
# The reference engine knows Merkle Patricia states alone.
BY_ONE = ("malformed_proof", "wrong_proof")


def test_each_code_has_its_folder_and_no_folder_is_left_over():
    assert sorted(folder.name for folder in INVALID.iterdir()) == sorted(CLASSES)


@pytest.mark.parametrize("code", CLASSES)
def test_the_input_is_refused_as_its_case_says(code):
    case = case_in(INVALID / code)
    with pytest.raises(errors.WeakstateError) as caught:
        judge_case(INVALID / code)
    refusal = caught.value
    assert type(refusal) is CLASSES[code]
    assert type(refusal).__name__ == case["class"]
    assert refusal.code == code == case["code"]
    assert {key: getattr(refusal, key) for key in EXPECTED} == case["expect"]


@pytest.mark.parametrize(
    "code",
    [code for code in CLASSES if issubclass(CLASSES[code], BY_BOTH) and code not in BY_ONE],
)
def test_the_reference_engine_refuses_it_alike(code):
    with pytest.raises(CLASSES[code]) as caught:
        judge_case(INVALID / code, engine="reference")
    # The engines need not agree on what a code that stands for the rest stands for.
    assert code in (caught.value.code, "invalid_transaction")


@pytest.mark.parametrize("code", CLASSES)
def test_the_command_line_says_the_same_in_one_line(code):
    folder = INVALID / code
    case = case_in(folder)
    args = [case.get("command", "verify"), "--json"]
    args += ["--chain", folder / case["chain"]] if "chain" in case else []
    args += ["--parent", case["parent"]] if "parent" in case else []
    for limit, value in case.get("budget", {}).items():
        args += [f"--max-{limit}", value]
    ran = run(*args, *(folder / name for name in case["input"]))

    [found] = ran.objects
    assert ran.err == ""
    assert ran.code == CLASSES[code].exit_code
    assert found["verdict"] == CLASSES[code].verdict
    assert found["code"] == found["error"]["code"] == code
    assert found["error"]["class"] == case["class"]
    if code != "wrong_parent":  # a run of many blocks expects its other blocks as well
        assert {key: found["error"][key] for key in EXPECTED} == case["expect"]


def test_the_same_files_come_out_byte_for_byte(tmp_path):
    write_invalid(tmp_path)
    made = contents(tmp_path)
    assert made == contents(INVALID)
    assert sum(map(len, made.values())) < 400_000


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
