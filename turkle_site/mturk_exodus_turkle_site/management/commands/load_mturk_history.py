"""`manage.py load_mturk_history FILE`."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from mturk_exodus_turkle_site.history import NotHistory, load


class Command(BaseCommand):
    """Loads finished work."""

    help = "Load finished work that `exodus import --target turkle` has written to FILE."

    def add_arguments(self, parser) -> None:
        """FILE."""
        parser.add_argument("file")

    def handle(self, *_args, **options) -> None:
        """Load it, and say what there was."""
        try:
            with Path(options["file"]).open(encoding="utf-8") as lines:
                loaded = load(lines)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from error
        except (NotHistory, ValueError, LookupError, TypeError, AttributeError) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        except (RecursionError, OverflowError) as error:
            raise CommandError(f"{options['file']} holds what no history has") from error
        except DatabaseError as error:
            raise CommandError(f"{error}; what was loaded is there, run this again") from error
        self.stdout.write(
            f"{loaded.assignments} assignments loaded, {loaded.already} were there,"
            f" {loaded.users} users made"
        )
        if loaded.nobodys:
            self.stdout.write(
                f"{loaded.nobodys} of them are nobody's: their workers are called like"
                " administrators of this server"
            )
        if loaded.missing:
            raise CommandError(
                f"{loaded.missing} HITs have no task here; run `exodus import --target turkle`"
                " again, and then this"
            )
