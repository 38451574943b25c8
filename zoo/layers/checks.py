"""Checks of arguments that many layers and models share."""


def check_sizes(**sizes):
    """Raises ValueError for the first size that is no integer of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            raise ValueError(
                f"`{name}` must be an integer of at least 1. Received: {name}={size!r}"
            )


def check_rates(**rates):
    """Raises ValueError for the first dropout rate that is not in [0, 1)."""
    for name, rate in rates.items():
        if not 0 <= rate < 1:
            raise ValueError(
                f"`{name}` must be at least 0 and less than 1. Received: {name}={rate}"
            )


def check_choice(argument, value, allowed):
    """Raises ValueError where an option is not one of those allowed."""
    if value not in allowed:
        raise ValueError(
            f"`{argument}` must be one of {allowed}. Received: {argument}={value!r}"
        )
