"""What the rules of both platforms say of invitations, for a person to weigh."""

RULES = (
    "Nothing was sent, and nothing will be: whether and how these invitations may be sent is for"
    " you to settle.",
    "MTurk's acceptable use policy forbids advertising and marketing, HITs that ask people to"
    " register at another website, messages to people who did not ask for them, and the collection"
    " of personal data. NotifyWorkers reaches workers of yours alone, and is no exception to that."
    " Ask Amazon before you use it.",
    "Prolific forbids to ask participants for anything that can tell who they are. An MTurk worker"
    " id can: never ask for one, on no page and in no message. Messages on Prolific are about a"
    " study, and no advertisements.",
    "People join Prolific by themselves. They may have to wait, and to show who they are. Ask"
    " Prolific about bringing participants of your own before you invite many.",
    "The list tells whose each token is. Keep it to yourself, give nobody the token of another,"
    " and never send the list to Prolific.",
)
"""Amazon Mechanical Turk's Acceptable Use Policy; Prolific's help for researchers, on data that
could identify participants, on messages, and on bringing one's own participants (2026)."""
