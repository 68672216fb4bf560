"""A page that a person wrote, with or without Crowd HTML Elements, as a form."""
