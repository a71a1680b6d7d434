"""Programs that make and verify Verkle proofs as JSON: ours, and go-verkle's."""

import json
import subprocess
from functools import cache

from bench.verkle import GO_VERKLE, build_example


@cache
def ours():
    return build_example("verkle_cases")


def theirs():
    return GO_VERKLE.harness[0]


def answers(program, mode, lines):
    """What a program answers to each of the objects, in their order."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run(
        [program, mode], input=text, stdout=subprocess.PIPE, text=True, check=True
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(lines)
    return found


def errors(program, witnesses):
    """Why each of the witnesses is refused; empty where it is not."""
    return [answer["error"] for answer in answers(program, "verify", witnesses)]
