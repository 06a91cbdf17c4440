"""Under a shifted clock Python sleeps by waiting for nothing: libfaketime spoils the sleep that it uses otherwise.

Python sleeps until a moment of the monotonic clock (clock_nanosleep, TIMER_ABSTIME), from which libfaketime 0.9.10
takes the shift of the wall clock away, also where it was told to leave the monotonic clock alone.
"""

import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
