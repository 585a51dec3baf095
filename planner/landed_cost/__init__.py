"""Offers x trips -> options with the full waterfall from shelf price to netback."""
