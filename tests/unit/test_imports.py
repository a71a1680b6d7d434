"""Who imports whom: cli → sizes → (witness, verifier) → state → trees; nothing points back."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RANK = {
    "_native": 0,
    "errors": 0,
    "fields": 1,
    "bounded_json": 0,
    "compression": 0,
    "whole": 0,
    "trees": 1,
    "state": 2,
    "witness": 3,
    "verifier": 3,
    "sizes": 4,
    "cli": 5,
    "__main__": 6,
    "__init__": 7,
}


def part_of(path):
    inside = path.relative_to(ROOT / "weakstate")
    return inside.parts[0].removesuffix(".py")


def imported_parts(source):
    """First name below `weakstate` of each import; "__init__" for the package itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            modules = [node.module]
            if node.module == "weakstate":
                modules = [f"weakstate.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            package, _, rest = module.partition(".")
            if package == "weakstate":
                part = rest.partition(".")[0]
                yield part if part in RANK else "__init__"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "weakstate").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_imports_point_down(path):
    here = part_of(path)
    assert here in RANK, f"say in RANK where {here} stands"
    for part in imported_parts(path.read_text(encoding="utf-8")):
        assert part == here or RANK[part] < RANK[here], f"{here} must not import {part}"


def test_the_rule_can_fail():
    parts = list(imported_parts("from weakstate import verify\nimport weakstate.cli.group"))
    assert parts == ["__init__", "cli"]
