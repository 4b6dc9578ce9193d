"""How a process that serves or works for long has its garbage collected."""

from __future__ import annotations

import gc


def settle_garbage() -> None:
    """What was made to start with stays to the end: the collector need not look at it again.

    Requests and pages of records leave few cycles behind, so it may also look less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
