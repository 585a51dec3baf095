"""Arrays that are needed now and then: kept in memory, or in a file of their own."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np


class Shelf:
    """Arrays by name, put away. A file has no name: it goes with the process, however that ends."""

    def __init__(self, arrays: dict[str, Any], *, on_disk: bool) -> None:
        self._names = tuple(arrays)
        self._arrays = {} if on_disk else arrays
        if on_disk:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the shelf)
            for array in arrays.values():
                np.save(self._file, array, allow_pickle=False)

    def take(self) -> dict[str, Any]:
        """The arrays; from a file they are read anew."""
        if self._arrays:
            return self._arrays
        self._file.seek(0)
        return {name: np.load(self._file, allow_pickle=False) for name in self._names}
