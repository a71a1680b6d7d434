"""Numbers as a person reads them."""

KILO, MEGA, GIGA = 1e3, 1e6, 1e9


def kilobytes(count: float) -> str:
    """For a column of kB: two digits or more."""
    return digits(count / KILO)


def digits(number: float) -> str:
    """Three digits where there are decimals, and all that stand before the point."""
    if 0 < number < 0.1:
        return f"{number:.3f}"
    if number >= 100 or number == 0:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def size(count: float) -> str:
    """Bytes with the unit that suits them."""
    for unit, name in ((GIGA, "GB"), (MEGA, "MB"), (KILO, "kB")):
        if count >= 0.9995 * unit:
            return f"{digits(count / unit)} {name}"
    return f"{count:.0f} B"


def millions(count: float) -> str:
    """A count of much, such as accounts."""
    if count >= GIGA:
        return f"{digits(count / GIGA)} billion"
    return f"{digits(count / MEGA)} million" if count >= MEGA else f"{count:,.0f}"
