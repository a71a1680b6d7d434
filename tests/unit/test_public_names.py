"""What the package exports is what it says that it exports."""

import types

import weakstate


def test_all_is_exactly_the_public_names():
    public = {
        name
        for name, value in vars(weakstate).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert set(weakstate.__all__) - {"__version__"} == public
    assert len(weakstate.__all__) == len(set(weakstate.__all__))


def test_version_is_the_native_modules():
    from weakstate import _native

    assert weakstate.__version__ == _native.__version__
