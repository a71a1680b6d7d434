"""JSON from outside: as `json.loads` reads it, unless it nests deeper than anything of ours.

The standard parser recurses. How deep it may is a setting of the whole process, which other
libraries raise until the stack gives way before the setting does.
"""

import json
import re
from typing import Any

# Blocks, witnesses and payloads need five.
MAX_DEPTH = 64

TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[][{}]', re.DOTALL)


def loads(text: bytes) -> Any:  # noqa: ANN401  # JSON is anything
    """The value that the text stands for.

    Raises: ValueError if it is no JSON, or nests too deep.
    """
    depth = 0
    for token in TOKENS.finditer(text):
        match token[0][:1]:
            case b"[" | b"{":
                depth += 1
                if depth > MAX_DEPTH:
                    raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
            case b"]" | b"}":
                depth -= 1
    return json.loads(text)
