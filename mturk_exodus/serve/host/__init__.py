"""HITs of an archive, shown to people as MTurk showed them."""
