"""What keeps people from being known: pseudonyms for everyone, and nothing left of one."""
