"""The workbench: scenarios as a base and named changes, and recent plans, in one file."""

from planner.store.history import Base, Conflict, History, Made, Step
from planner.store.place import store_file
from planner.store.sheets import Sheets
from planner.store.store import Saved, Store, StoreError

__all__ = [
    "Base",
    "Conflict",
    "History",
    "Made",
    "Saved",
    "Sheets",
    "Step",
    "Store",
    "StoreError",
    "store_file",
]
