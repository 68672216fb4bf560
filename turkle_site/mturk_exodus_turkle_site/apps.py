"""Mends Turkle's API when Django has loaded it."""

from django.apps import AppConfig


class MTurkExodusConfig(AppConfig):
    """The app; it has no tables."""

    name = "mturk_exodus_turkle_site"
    verbose_name = "From MTurk"

    def ready(self) -> None:
        """All apps are there."""
        from mturk_exodus_turkle_site import mending  # noqa: PLC0415 - Turkle's models come first

        mending.mend()
