"""What this product is called in the files it writes."""

from __future__ import annotations

VERSION = "0.1.0"
