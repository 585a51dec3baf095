"""Loops over options, compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def jit(function: Function) -> Function:
    """Compile, once for all runs."""
    return cast(Function, numba.njit(cache=True)(function))
