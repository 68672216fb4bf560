"""The template that rendered questions came from, and the values of each."""
