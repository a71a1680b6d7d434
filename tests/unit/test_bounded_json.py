"""JSON is read as deep as ours ever is, whatever the process allows."""

import pytest

from weakstate import bounded_json


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"b":', b'["\\"",['])
def test_what_nests_deep_is_refused_before_it_is_parsed(opening):
    with pytest.raises(ValueError, match="nested deeper than 64"):
        bounded_json.loads(opening * 1_000_000)


def test_brackets_in_strings_and_side_by_side_do_not_count():
    text = b'["' + b"[{" * 100 + b'\\"[", ' + b"[],{}," * 100 + b"[" * 63 + b"]" * 63 + b"]"
    assert len(bounded_json.loads(text)) == 202
    with pytest.raises(ValueError, match="Unterminated"):
        bounded_json.loads(b'["')
