"""HIT types of a university laboratory, all made through the API."""

from __future__ import annotations

from mturk_exodus.demo.fates import Fate
from mturk_exodus.demo.hit_types import HitType
from mturk_exodus.demo.html_forms import ask_background, ask_reaction, ask_survey_link
from mturk_exodus.demo.question_forms import ask_habits, ask_handwriting

# Longer than one and two pages, and exactly one and two pages of 100.
_CROWDED = (
    Fate("Assignable", 20, 2, submitted=60, approved=160, rejected=8, reversed=2),
    Fate(approved=97, rejected=3),
    Fate(approved=190, rejected=10),
)

LABORATORY = (
    HitType(
        "survey-link",
        ask_survey_link,
        "Memory for everyday events (~15 minutes, University study)",
        "Take part in an online study & paste the code that it ends with.",
        "survey, psychology, memory, study",
        "2.50",
        5400,
        (8, 26),
        28,
        30,
        running=True,
        share=1,
        workers=(6,),
        annotation="IRB 2026-114 memory study",
        first=_CROWDED,
    ),
    HitType(
        "follow-up",
        ask_background,
        "Follow-up questionnaire for earlier participants",
        "Only if you took part before.\nFive questions.",
        None,
        "1.00",
        720,
        (8, 24),
        30,
        29,
        running=True,
        workers=(4, 2),
        annotation="wave={}",
    ),
    HitType(
        "habits",
        ask_habits,
        "How do you read? ¿Cómo lee usted? あなたの読み方",
        "A questionnaire about reading, in <plain> language.",
        "=1+1; survey; reading",
        "0.75",
        2700,
        (6, 15),
        14,
        7,
        workers=(8, 5),
    ),
    HitType(
        "reaction",
        ask_reaction,
        "Arrows! A timing experiment ⏱ (needs a keyboard)",
        "Eight trials in a browser experiment.",
        "experiment, reaction time, psychology",
        "0.60",
        300,
        (7, 1),
        workers=(5,),
    ),
    HitType(
        "background",
        ask_background,
        "A short questionnaire",
        "Sleep, mood and languages.",
        "survey",
        "0.40",
        240,
        (5, 28),
        10,
        workers=(4,),
        annotation="project: background; wave {}; contact lab@university.example",
    ),
    HitType(
        "handwriting",
        ask_handwriting,
        "Transcribe a page of a ledger (optional: attach your notes)",
        "Old handwriting from the 18th to the 20th century.",
        "transcription, handwriting, history",
        "0.90",
        7200,
        (7, 6),
        20,
        14,
        workers=(3, 2),
        annotation="ledger page {} \\ verso",
    ),
)
