"""The catalogue's side of the admin."""

from offers.admin import bank, offers, people, releases

__all__ = ["bank", "offers", "people", "releases"]
