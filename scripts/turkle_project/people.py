"""Makes the one user of a new database, with a token that is known."""

import os

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402 - Django wants to be set up first
from rest_framework.authtoken.models import Token  # noqa: E402 - as above

admin = User.objects.create_superuser("admin", "admin@example.org", "admin")
Token.objects.create(user=admin, key=os.environ["TURKLE_TOKEN"])
