"""What two clamps, one after the other, are together."""

from mcucompile.ir.operators import Clamp


def compose(first: Clamp, second: Clamp) -> Clamp:
    """One clamp that does what `first` and then `second` do.

    >>> compose(Clamp(0, 6), Clamp(-1, 4))
    Clamp(low=0, high=4)
    >>> compose(Clamp(0, 1), Clamp(2, 3))
    Clamp(low=2, high=2)
    """
    low, high = (min(max(limit, second.low), second.high) for limit in first)
    return Clamp(low, high)
