"""`engine=` picks who judges; where both do and differ, that is an error of neither input."""

from types import SimpleNamespace

import pytest

from weakstate import (
    BudgetExceeded,
    Chain,
    EngineDisagreement,
    InvalidBlock,
    InvalidWitness,
    NotWitnessed,
    WeakstateError,
    _native,
)
from weakstate.verifier import reference
from weakstate.verifier.engines import run_engine

ROOT, OTHER = b"\x01" * 32, b"\x02" * 32


def result(**changes):
    """What either engine returns, as far as they are compared."""
    values = {
        "pre_state_root": ROOT,
        "post_state_root": ROOT,
        "gas_used": 21000,
        "receipts_root": ROOT,
    } | changes
    header = SimpleNamespace(to_dict=lambda: values)
    return SimpleNamespace(**values, header=header)


@pytest.fixture
def engines(monkeypatch):
    """Sets what each engine returns or raises; returns which were asked."""
    asked = []

    def answer(name, outcome):
        def verify(*_):
            asked.append(name)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return verify

    def choose(native, other):
        monkeypatch.setattr(_native, "verify", answer("native", native))
        monkeypatch.setattr(reference, "verify_reference", answer("reference", other))
        return asked

    return choose


def run(engine):
    return run_engine(engine, Chain.builtin("mainnet"), None, b"", None, None, None)


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_one_engine_is_asked_alone(engines, engine):
    native, other = result(), result()
    asked = engines(native, other)
    assert run(engine) is (native if engine == "native" else other)
    assert asked == [engine]


def test_both_give_the_native_result(engines):
    native = result()
    asked = engines(native, result())
    assert run("both") is native
    assert asked == ["native", "reference"]


@pytest.mark.parametrize(
    "changed", ["pre_state_root", "post_state_root", "gas_used", "receipts_root"]
)
def test_both_compare_each_result(engines, changed):
    other = 1 if changed == "gas_used" else OTHER
    engines(result(), result(**{changed: other}))
    with pytest.raises(EngineDisagreement, match=changed.split("_", maxsplit=1)[0]):
        run("both")


@pytest.mark.parametrize(
    ("native", "other"),
    [
        (result(), InvalidBlock("wrong_state_root")),
        (InvalidBlock("wrong_state_root"), result()),
        (InvalidBlock("wrong_state_root"), InvalidWitness("broken_ancestry")),
        (InvalidWitness("malformed_node"), NotWitnessed("slot_not_witnessed")),
    ],
)
def test_both_compare_the_verdict(engines, native, other):
    engines(native, other)
    with pytest.raises(EngineDisagreement, match="verdict"):
        run("both")


def test_both_refuse_with_the_native_error(engines):
    native = NotWitnessed("slot_not_witnessed", at="here")
    engines(native, NotWitnessed("account_not_witnessed"))
    with pytest.raises(NotWitnessed) as caught:
        run("both")
    assert caught.value is native


def test_a_spent_budget_is_no_verdict_to_compare(engines):
    asked = engines(BudgetExceeded("too_slow"), result())
    with pytest.raises(BudgetExceeded):
        run("both")
    assert asked == ["native"]


def test_a_disagreement_blames_no_input():
    assert not issubclass(EngineDisagreement, WeakstateError)


def test_an_unknown_engine_is_the_callers_mistake():
    with pytest.raises(ValueError, match="unknown engine"):
        run("fast")
