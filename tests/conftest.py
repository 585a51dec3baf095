"""What every test starts from."""

from hypothesis import settings

settings.register_profile("shared machine", deadline=None)
"""A busy machine may stand still for longer than any deadline of an example."""
settings.load_profile("shared machine")
