"""Properties that hold of every input."""

import pytest

pytest.register_assert_rewrite("tests.property.engines")
