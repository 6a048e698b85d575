"""A fixed amount of work in pure Python, which holds the GIL all the time."""


def burn(iterations: int) -> int:
    """Spend so many rounds of integer arithmetic."""
    state = 1
    for _ in range(iterations):
        state = (state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
    return state
