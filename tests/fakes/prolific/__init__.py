"""A stateful fake of Prolific, its participants, and what goes wrong between it and a client.

with FakeProlific() as fake:        # PROLIFIC_URL is fake.url, PROLIFIC_TOKEN fake.token
...                             # make and publish a study with a client
person = fake.join(age=30)      # somebody at Prolific
place = person.take_part(id)    # place.url is where his browser goes
place.complete("CODE")          # back with a code; or person.finish(url)
fake.faults.next("POST /studies/", "lost")      # done, and no answer
fake.drafts_created, fake.paid("bonus"), fake.times("POST /studies/", "ok")
"""

from tests.fakes.prolific.account import Account, Study, Submission
from tests.fakes.prolific.contract import Contract
from tests.fakes.prolific.fake import TOKEN, Call, FakeProlific
from tests.fakes.prolific.faults import Chance, Faults
from tests.fakes.prolific.people import APP, COMPLETE, NotForYou, Participant, Place

__all__ = [
    "APP",
    "COMPLETE",
    "TOKEN",
    "Account",
    "Call",
    "Chance",
    "Contract",
    "FakeProlific",
    "Faults",
    "NotForYou",
    "Participant",
    "Place",
    "Study",
    "Submission",
]
