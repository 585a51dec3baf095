"""Something large that is needed now and then: kept in memory, or in a file of its own."""

from __future__ import annotations

import pickle
import tempfile
from typing import IO, Generic, TypeVar

Thing = TypeVar("Thing")


class Shelf(Generic[Thing]):
    """A thing put away. A file has no name: it goes with the process, however that ends."""

    def __init__(self, thing: Thing, *, on_disk: bool) -> None:
        self._thing = None if on_disk else thing
        self._file: IO[bytes] | None = None
        if on_disk:
            self._file = tempfile.TemporaryFile()
            pickle.dump(thing, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._file.flush()

    def take(self) -> Thing:
        """The thing; from a file it is read anew."""
        if self._file is None:
            assert self._thing is not None
            return self._thing
        self._file.seek(0)
        thing: Thing = pickle.load(self._file)
        return thing
