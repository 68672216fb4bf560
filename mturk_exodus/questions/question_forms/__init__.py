"""MTurk's own QuestionForm XML as a form."""
